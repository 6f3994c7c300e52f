"""The market: firms decide, customers shop, the books close, the week is recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import mesa
import numpy as np
import pandas as pd

from loyaltysim.behaviour.renewal import law
from loyaltysim.firms import offer as programs
from loyaltysim.firms import policies
from loyaltysim.firms.decision import Seen
from loyaltysim.firms.firm import LINES, Firm
from loyaltysim.firms.offer import Offer
from loyaltysim.market import survey, tastes
from loyaltysim.market.accounts import Accounts
from loyaltysim.market.assemble import LOG, ROOM, Question, assemble
from loyaltysim.market.book import Book
from loyaltysim.market.compile import ready
from loyaltysim.market.customers import QUARTER, Population
from loyaltysim.market.expectation import Expectation
from loyaltysim.market.partners import Partners
from loyaltysim.market.quantiles import GRID, beta_table
from loyaltysim.market.vintages import Vintages
from loyaltysim.mechanism import draws
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.declare import Stock
from loyaltysim.mechanism.draws import FASTEST
from loyaltysim.mechanism.laws import concentrations, open_means
from loyaltysim.mechanism.registry import terms_of
from loyaltysim.scenario.model import Links, Scenario
from loyaltysim.scenario.outside import demand
from loyaltysim.theory.propensity import taste_means

LOG_TYPES = tuple(np.dtype(kind) for kind in LOG.values())
SETTLED = 1e-9  # price index: firms that answer each other within a week are done
ROWS = 1 << 16  # purchases that the log holds before it is emptied


def contract_constants(scenario: Scenario) -> dict[str, float]:
    """What the step has to know of contracts: their length, when they are paid, the grid of hazards; else nothing."""
    if scenario.market.setting != "contract":
        return {}
    term = scenario.behaviour["renewal"].term
    grid = {"GRID_START": float(GRID[0]), "GRID_STEP": float(GRID[1] - GRID[0])}
    return {"BILLING": round(52.0 / scenario.market.M), "TERM": term, **grid}


def asked(scenario: Scenario) -> Question:
    """What of a scenario decides which lines the step has."""
    s, constants = scenario, contract_constants(scenario)
    return Question(
        firms=len(s.firms),
        links=frozenset(e for e in Links.__dataclass_fields__ if getattr(s.customers.links, e) != 0.0),
        varying_basket=s.market.basket.sd_within > 0.0,
        proportional=s.customers.basket_scaling == "proportional",
        taste_shift=s.customers.response == "taste_shift",
        panel=s.record.panel,
        log=s.record.log,
        surplus=s.record.surplus and constants == {},
        accounts=s.record.accounts,
        hazard_for_life=constants != {} and s.behaviour["renewal"].theta == "customer",
        absences=policies.move_in_and_out(s),
        constants=tuple(constants.items()),
    )


class Market(mesa.Model):  # type: ignore[misc]  # Mesa ships no types
    """One world: a scenario, a seed, and optionally the recorded offers of another world.

    eligible : may customers join the focal firm's program? (False gives the world T1|i of every customer at once)
    offers   : the offers of every week as another market recorded them; firms then follow the record
    around   : what each week had in common, as the same market recorded it (`Book.around`)
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        *,
        eligible: bool = True,
        offers: Sequence[Mapping[str, Offer]] | None = None,
        around: Sequence[Mapping[str, np.ndarray]] | None = None,
    ) -> None:
        super().__init__(rng=seed % 2**32)
        demand(scenario.plugins)
        self.terms, self.root_seed, self.week = scenario, seed, 0
        self.firms = {name: Firm(self, name, terms) for name, terms in scenario.firms.items()}
        self.focal = scenario.focal
        self.shown: list[Mapping[str, Offer]] = []
        self.contracts = self._contracts()
        self.recorded, self.recorded_around = offers, around
        self.surroundings: list[Mapping[str, np.ndarray]] = []
        self.mechanisms = mechanisms.active(scenario)
        self._prepare(eligible)
        self.weekly: list[np.ndarray] = []
        self.ledgers: list[list[int]] = []
        self.log: list[list[np.ndarray]] = []
        self.waves: list[pd.DataFrame] = []
        self.moves: list[np.ndarray] = []

    def _prepare(self, eligible: bool) -> None:
        """Assemble the step, let the customers be born, lay out the records that the step reads."""
        s, question = self.terms, asked(self.terms)
        self.assembled = assemble(tuple(self.mechanisms), tuple(mechanisms.registry().values()), question)
        self.ready = ready(self.assembled.module)
        self.taste_tables = np.zeros((0, 0, 0))
        if question.taste_shift:
            classes, _ = concentrations(s.market.S, s.market.sigma)
            self.taste_tables = tastes.tables(
                [S * mean for S in classes for mean in (open_means(s) or taste_means(s)).values()]
            )
        self.population = Population(s, self.root_seed, self.mechanisms, self.assembled)
        if not eligible:
            self.population["eligible"][:, list(s.firms).index(s.focal)] = 0
        if self.contracts:
            provider = self.population["provider"]
            self.held = np.bincount(provider[provider >= 0], minlength=len(s.firms))
            self.first_started = self.population["started"].copy()
        self.count_vintages()
        self.accounts = Accounts(self) if s.record.accounts else None
        self.partners = Partners(self)
        shape = (math.ceil(s.weeks / QUARTER), self.population.n, len(s.firms)) if s.record.panel else (0, 0, 0)
        self.visits, self.spend = np.zeros(shape, np.int32), np.zeros(shape, np.int64)
        self.read_offers: Mapping[str, Offer] = {}
        self.read_beliefs = np.zeros((0, 0, len(s.firms)), self.assembled.offers)

    def count_vintages(self, rows: np.ndarray | None = None) -> None:
        """Count points by the weeks in which they were earned, where they lapse by date. rows : of the past"""
        self.vintages = Vintages(self, rows) if "batches" in self.population.columns else None

    def _contracts(self) -> dict[str, float]:
        """What the step has to know of contracts; nothing in an open market."""
        constants = contract_constants(self.terms)
        if constants:
            self.theta_table = np.array([beta_table(*map(float, law(self.terms, name))) for name in self.terms.firms])
        return constants

    @property
    def question(self) -> Question:
        """What of the scenario decides which lines the step has."""
        return asked(self.terms)

    def step(self) -> None:
        """One week."""
        offers = self.firms_decide()
        counts = self.customers_shop(offers)
        self.books_close(counts)
        self.week_recorded()

    def run(self) -> Book:
        """All weeks of the scenario."""
        for _ in range(self.terms.weeks):
            self.step()
        return self.book()

    def firms_decide(self) -> Mapping[str, Offer]:
        """Together, from last week's books; then the offers are frozen."""
        if self.recorded is not None:
            offers = self.recorded[self.week]
            for name, firm in self.firms.items():
                firm.follow(offers[name])
        else:
            acting, expectation = {m.name for m in self.mechanisms}, Expectation(self)
            seen = {name: self.seen(firm, expectation) for name, firm in self.firms.items()}
            luck = {n: partial(draws.firm_draw, self.root_seed, self.terms.luck(n), self.week) for n in seen}
            taken = {name: firm.decide(seen[name], luck[name], acting) for name, firm in self.firms.items()}
            for _ in range(1, max((one.rounds for own in taken.values() for one in own), default=1)):
                demand = Expectation(self).demand  # at what all are about to ask
                moved = [
                    firm.settle(taken[name], replace(seen[name], _demand=demand), luck[name], acting)
                    for name, firm in self.firms.items()
                ]
                if max(moved) <= SETTLED:
                    break
            offers = {name: firm.offer() for name, firm in self.firms.items()}
        self.shown.append(offers)
        return offers

    def offers(self) -> Mapping[str, Offer]:
        """This week's offers; where firms have not decided yet, those that a record holds or that stand from before."""
        if len(self.shown) > self.week:
            return self.shown[self.week]
        if self.recorded is not None:
            return self.recorded[self.week]
        return {name: firm.offer() for name, firm in self.firms.items()}

    def seen(self, firm: Firm, expectation: Expectation | None = None) -> Seen:
        """What a firm could know before it decides this week. expectation : of what analysts alone are told"""
        j, column = list(self.firms).index(firm.name), self.assembled.counts.index("buyers")
        return Seen(
            week=self.week,
            me=firm.name,
            focal=self.focal,
            own=replace(firm.offer().public(), acquisition=firm.acquisition),
            configured=MappingProxyType(dict(firm.configured_program)),
            buyers=tuple(int(counts[j, column]) for counts in self.weekly[-QUARTER:]),
            _past=self.shown,
            _ledger=partial(self.books_of, j, self.week),
            unit_cost=firm.terms.unit_cost,
            _demand=(expectation or Expectation(self)).demand,
        )

    def books_of(self, place: int, weeks: int) -> Mapping[str, tuple[int, ...]]:
        """A firm's ledger lines over the first so many weeks, in cents."""
        n = len(self.firms)
        rows = self.ledgers[place : weeks * n : n]
        return {line: tuple(row[k] for row in rows) for k, line in enumerate(LINES)}

    def customers_shop(self, offers: Mapping[str, Offer]) -> np.ndarray:
        """Every customer's week, independent of all others given the offers. -> counters (n_firms, n_counts)."""
        people = self.population
        closing = self.close_components()
        self.remember(self.around())
        for m in self.mechanisms:
            if m.each_week is not None:
                m.each_week(self, terms_of(self.terms, m))
        if self.vintages is not None:
            self.vintages.begin(self, closing)
        people.drift(self.week)
        self.partners.open(self)
        rows = self.rows_of(offers, self.surroundings[-1])
        before = people["provider"].copy() if "provider" in people.columns else None
        threads = min(self.terms.compute.threads, people.n)
        edges = np.linspace(0, people.n, threads + 1).astype(int)
        pieces = list(pairwise(edges))
        if threads == 1:
            done = [self._served(*pieces[0], rows)]
        else:
            with ThreadPoolExecutor(threads) as pool:
                done = list(pool.map(lambda piece: self._served(piece[0], piece[1], rows), pieces))
        for _, log in done:
            self.log += log
        if before is not None:
            self.note_moves(before)
        counted: np.ndarray = np.sum([closing, *(counts for counts, _ in done)], axis=0)
        self.partners.close(self, counted)
        return counted

    def close_components(self) -> np.ndarray:
        """Where a component ended with the week before, or to whom it owes nothing more, what customers hold of it goes
        as its stock says; they begin anew, should it return. -> counters (n_firms, n_counts)
        """
        closing, known = np.zeros((len(self.firms), len(self.assembled.counts)), np.int64), mechanisms.registry()
        for j, firm in enumerate(self.firms.values()):
            given_up = np.zeros(self.population.n, bool)
            for name, terms in firm.running_program.items():
                if (forfeits := known[name].forfeits) is not None:
                    given_up |= forfeits(self.population, terms, j)
            gone = dict.fromkeys(firm.running_program, given_up) if given_up.any() else {}
            gone |= dict.fromkeys(firm.closed(), np.ones(self.population.n, bool))
            for name in sorted(gone):
                for stock in known[name].stocks:
                    self.forfeit(name, stock, j, gone[name], closing)
        return closing

    def forfeit(self, name: str, stock: Stock, place: int, who: np.ndarray, counted: np.ndarray) -> None:
        """Customers give up what they hold of a stock at a firm: counted as gone, and nothing is remembered of it. What
        they owe of it is given to them.

        who : (n,) bool;  counted : (n_firms, n_counts), is added to. A stock that nothing closes stays.
        """
        if stock.closed:
            held, at = self.population[stock.held][who, place], self.assembled.counts.index
            counted[place, at(stock.closed)] += np.maximum(held, 0).sum()
            counted[place, at(stock.issued)] -= np.minimum(held, 0).sum()
            if self.accounts is not None:
                self.accounts.count(self, place, {stock.closed: np.maximum(held, 0)}, who)
                self.accounts.count(self, place, {stock.issued: -np.minimum(held, 0)}, who)
            beside = [(f, d) for m in self.mechanisms for f, d in m.fields.items() if d.of == stock.held]
            for field, declared in (*mechanisms.registry()[name].fields.items(), *beside):
                for part in declared.parts or (field,):
                    if not callable(declared.start):
                        self.population[part][who, place] = declared.start

    def around(self) -> Mapping[str, np.ndarray]:
        """What this week's customers have in common beside the offers: worked out, or as recorded."""
        if self.recorded_around is not None:
            return self.recorded_around[self.week]
        acting = [(m.around, terms_of(self.terms, m)) for m in self.mechanisms if m.around is not None]
        return {k: v for around, terms in acting for k, v in around(self, terms).items()}

    def remember(self, around: Mapping[str, np.ndarray]) -> None:
        """Keep what this week had in common; what earlier customers said only where a replay may ask for it."""
        if self.surroundings and not self.terms.record.log:
            firms = {k: v for k, v in self.surroundings[-1].items() if v.ndim == 1}
            self.surroundings[-1] = firms
        self.surroundings.append(around)

    def note_moves(self, before: np.ndarray) -> None:
        """Write down who changed firms this week."""
        after = self.population["provider"]
        rows = np.flatnonzero(after != before)
        week = np.full(len(rows), self.week)
        self.moves.append(np.column_stack([self.population.ids[rows], week, before[rows], after[rows]]))

    def rows_of(self, offers: Mapping[str, Offer], around: Mapping[str, np.ndarray]) -> np.ndarray:
        """What rules read of the offers, worked out anew when one changes, and of this week's surroundings."""
        if offers != self.read_offers:
            self.read_offers = offers
            a = self.assembled
            self.read_rows = programs.numbers(offers, self.terms, self.mechanisms, a.offers, a.numbers)
            if "beliefs" in a.arguments:
                self.read_beliefs = programs.beliefs(offers, self.terms, self.mechanisms, a.offers, a.numbers)
        for number in self.assembled.numbers.values():
            if number.around:
                self.read_rows[number.flat] = around[number.name]
                self.read_beliefs[number.flat] = around[number.name]
        return self.read_rows

    def _served(self, start: int, stop: int, offers: np.ndarray) -> tuple[np.ndarray, list[list[np.ndarray]]]:
        """The compiled step over rows [start, stop) with counters and log of its own; their accounts are kept."""
        arrays = self.arguments(offers)
        log, at = list[list[np.ndarray]](), int(start)
        while at < stop:
            at = self.reached(self.ready.compiled(at, int(stop), self.week, *arrays.values()))
            if self.terms.record.log:
                filled = arrays["log"][: arrays["log_at"][0]]
                log.append([filled[name].copy() for name in LOG])
                arrays["log_at"][0] = 0
        if self.accounts is None:
            return self.counted(arrays["visits"]), log
        own = arrays["accounts"][start:stop]
        self.accounts.add(self, own, slice(start, stop))
        return self.counted(own), log

    def counted(self, visits: np.ndarray) -> np.ndarray:
        """The counters among what the step notes of visits, of all customers. -> (n_firms, n_counts)

        visits : (n_firms,), or (n, n_firms) where each customer's are kept apart
        """
        n = len(self.firms)
        return np.column_stack([visits[name].reshape(-1, n).sum(axis=0) for name in self.assembled.counts])

    def reached(self, reached: int) -> int:
        """The row that a call of the step reached. Raises FloatingPointError for a fault: who, which firm, what."""
        if reached >= 0:
            return int(reached)
        row, place = divmod(-1 - int(reached), len(self.firms) + 1)
        who = f"week {self.week}: customer {self.population.ids[row]}"
        if place == len(self.firms):
            raise FloatingPointError(
                f"{who} would buy more than {FASTEST:g} times a week; lower market.M or raise market.K"
            )
        raise FloatingPointError(f"{who}: the utility of firm {list(self.firms)[place]!r} is not a number")

    def arguments(self, offers: np.ndarray) -> dict[str, np.ndarray]:
        """What the step reads and writes, by name and in order: people, offers, panel, fresh counters and scratch."""
        found = {"people": self.population.people, "pairs": self.population.pairs, "offers": offers}
        found["beliefs"] = self.read_beliefs
        found["visits"] = np.zeros(len(self.firms), self.assembled.visits)
        found["visits"]["week"] = self.week
        if self.terms.record.accounts:
            found["accounts"] = np.zeros((self.population.n, len(self.firms)), self.assembled.visits)
            found["accounts"]["week"] = self.week
        found["taste_tables"] = self.taste_tables
        if self.contracts:
            found["theta_table"] = self.theta_table
        if self.terms.record.panel:
            quarter = min(self.week // QUARTER, len(self.visits) - 1)
            found |= {"panel_visits": self.visits[quarter], "panel_spend": self.spend[quarter]}
        if self.terms.record.log:
            found |= {
                "log": np.empty(ROWS + ROOM, np.dtype(list(LOG.items()), align=True)),
                "log_at": np.zeros(1, np.int64),
            }
        return {name: found[name] for name in self.assembled.arguments[3:]}

    def books_close(self, counts: np.ndarray) -> None:
        """Each firm books its week; counters and ledgers stay integers."""
        if (counts < 0).any() or (counts > 2**60).any():
            firm, counter = np.argwhere((counts < 0) | (counts > 2**60))[0]
            what = f"firm {list(self.firms)[firm]!r}: counter {self.assembled.counts[counter]!r}"
            raise OverflowError(f"week {self.week}, {what} overflowed")
        self.weekly.append(counts)
        for row, firm in zip(counts, self.firms.values(), strict=True):
            self.ledgers.append(list(firm.close(dict(zip(self.assembled.counts, row.tolist(), strict=True))).values()))
        if self.vintages is not None:
            self.vintages.end(self, dict(zip(self.assembled.counts, counts.T, strict=True)))

    def week_recorded(self) -> None:
        """Count the week; ask customers where that is due; at the end of a quarter check the books."""
        if self.contracts:
            self.count_customers()
        if survey.due(self.terms.record.survey, self.week):
            self.waves.append(survey.ask(self))
        self.week += 1
        last = self.week == self.terms.weeks
        if self.week % QUARTER == 0 or last:
            self.check()

    def count_customers(self) -> None:
        """Every week: each firm's customers follow from those of the week before, nobody is lost between firms."""
        now = dict(zip(self.assembled.counts, self.weekly[-1].T, strict=True))
        provider = self.population["provider"]
        held = np.bincount(provider[provider >= 0], minlength=len(self.firms))
        before = self.held + now["acquired"] + now["won"] - now["lost"] - now["exited"]
        if (now["won"].sum() != now["lost"].sum()) or (before != now["customers"]).any() or (held != before).any():
            raise ArithmeticError(f"week {self.week}: customers are not conserved between firms: {held} of {before}")
        self.held = held

    def check(self) -> None:
        """Identities that hold in every run: points and money are neither made nor lost, no number is not a number."""
        for name, column in self.population.columns.items():
            if column.dtype.kind == "f" and not np.isfinite(column).all():
                row = int(np.argwhere(~np.isfinite(column))[0][0])
                raise FloatingPointError(
                    f"week {self.week}: {name} of customer {self.population.ids[row]} is {column[row]}"
                )
        totals = {name: firm.totals for name, firm in self.firms.items()}
        for stock in (stock for m in self.mechanisms for stock in m.stocks):
            held = self.population[stock.held].sum(axis=0)
            for j, (name, t) in enumerate(totals.items()):
                ways = [*stock.gone, *(way for way in stock.elsewhere if way in t)]
                if t[stock.issued] != sum(t[way] for way in ways) + int(held[j]):
                    parts = " + ".join([*ways, "held"]).replace("_", " ")
                    raise ArithmeticError(
                        f"week {self.week}, firm {name!r}: {stock.issued.replace('_', ' ')} differ from {parts}"
                    )
        if self.terms.record.panel:
            spent = int(self.spend.sum())
            taken = sum(t["revenue"] for t in totals.values())
            if spent != taken:
                raise ArithmeticError(f"week {self.week}: customers spent {spent} cents, firms took {taken}")

    @property
    def quarters(self) -> int:
        """How many quarters are complete; at the horizon, the last one counts however short."""
        return len(self.visits) if self.week >= self.terms.weeks else self.week // QUARTER

    def customer(self, i: int) -> Customer:
        """A view of one customer as a Mesa agent; it is not registered and costs nothing."""
        return Customer(self, i)

    def book(self) -> Book:
        """The run as tables."""
        return Book.of(self)


class Customer(mesa.Agent):  # type: ignore[misc]  # Mesa ships no types
    """A customer seen as an agent: a window on one row, never registered with the model."""

    def __init__(self, market: Market, row: int) -> None:
        self.model, self.row, self.pos = market, row, None
        self.unique_id = int(market.population.ids[row])

    def __getattr__(self, name: str) -> Any:
        columns = self.__dict__["model"].population.columns
        if name not in columns:
            raise AttributeError(f"a customer has no {name!r}; known: {', '.join(sorted(columns))}")
        return columns[name][self.__dict__["row"]]

    def step(self) -> np.ndarray:
        """This customer's week in plain Python, on the market's own rows; -> counters (n_firms, n_counts)."""
        market = self.model
        offers = market.offers()
        begun = len(market.surroundings) > market.week
        around = market.surroundings[-1] if begun else market.around()
        arrays = market.arguments(market.rows_of(offers, around))
        market.reached(market.ready.plain(self.row, self.row + 1, market.week, *arrays.values()))
        return market.counted(arrays.get("accounts", arrays["visits"]))


__all__ = ["Customer", "Market"]
