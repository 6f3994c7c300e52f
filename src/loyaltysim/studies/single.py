"""Run a scenario: the same customers with and without the focal firm's program, over enough seeds for an interval."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from loyaltysim.accounting.journal import promises
from loyaltysim.configure.compose import USUAL, components, compose
from loyaltysim.market.accounts import ACCOUNT
from loyaltysim.market.book import Book
from loyaltysim.market.model import Market
from loyaltysim.measures import (
    accounts,
    after_the_end,
    attitudes,
    coalition,
    liability,
    members,
    memberships,
    program_effects,
    retention_effects,
    tiers,
    twins,
    your_customers,
)
from loyaltysim.measures.contracts import renewed
from loyaltysim.measures.coupons import coupons
from loyaltysim.measures.incidence import incidence
from loyaltysim.measures.lead import lead
from loyaltysim.measures.market import market_figures
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.registry import unit
from loyaltysim.measures.statistics import LEVEL, Estimate, correlation, estimate, inert
from loyaltysim.measures.surplus import surplus
from loyaltysim.measures.uncertainty import FEWEST, LEAST, over_worlds, shares
from loyaltysim.runs.files import Records, manifest
from loyaltysim.runs.plugins import brought
from loyaltysim.runs.pool import map_runs
from loyaltysim.runs.progress import watched
from loyaltysim.scenario.forms import complete, config_hash
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.outside import demand, records
from loyaltysim.scenario.read import read, varied
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.size import ARMS, size
from loyaltysim.studies.ensembles import Drawn, worlds_of
from loyaltysim.studies.protocol import Line, Study
from loyaltysim.studies.worlds import many, prepared

SMALL = 1e7  # customer-weeks that take a few seconds
TRIED = ("lift_visits", "profit_per_customer")  # read off where what is assumed is otherwise
RATIOS = (  # of one world; over seeds they are ratios of means
    ("naive_over_true", "naive_effect", "true_effect"),
    ("naive_over_true_wallet", "naive_wallet", "true_wallet"),
)
VARIED_SEEDS = 4  # what is assumed is tried at other values on so many seeds


def as_scenario(config: Scenario | Mapping[str, Any] | Sequence[str], worlds: str = "none") -> Scenario:
    """A checked scenario from a scenario, a plain tree, or override strings such as ["scenario=grocery_points"].

    worlds : what override strings draw that do not say it themselves; nothing where there is no program in question
    Raises ConfigError with every problem at once.
    """
    if isinstance(config, Scenario):
        demand(config.plugins)
        return config if config.plugins == records() else replace(config, plugins=records())
    if isinstance(config, Mapping):
        return read(config, components())
    return drawable(compose(list(config), worlds=worlds))


def drawable(scenario: Scenario) -> Scenario:
    """The scenario; without worlds where there is no program in question."""
    return scenario if scenario.focal_firm.program else replace(scenario, worlds="none", held=())


@dataclass(frozen=True)
class Run(Study[Records]):
    """What does a program do? The same customers with and without it; of a market without one, its own figures."""

    scenario: Scenario
    kind = "run"

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """The scenario of a command line. Raises ConfigError."""
        return cls(drawable(compose(words, config_dir, USUAL)))

    @property
    def name(self) -> str:
        """Of the scenario."""
        return self.scenario.name

    @property
    def digest(self) -> str:
        """Of the scenario's canonical form."""
        return config_hash(self.scenario)

    @property
    def compares(self) -> bool:
        """Is there a program in question?"""
        return bool(self.scenario.focal_firm.program)

    @property
    def variants(self) -> list[Scenario]:
        """The scenario at every other value of what is assumed."""
        return [variant(self.scenario, text) for text in self.scenario.vary if self.compares]

    def tree(self) -> dict[str, Any]:
        """The scenario as a person writes it."""
        return complete(self.scenario)

    def arms(self) -> list[Scenario]:
        """Every world of a seed, and of the variants."""
        tried = list(map(twins.logged, self.variants))
        small = [*self.small, *map(twins.no_program, self.small)]
        return [*arms(self.scenario), *tried, *map(twins.no_program, tried), *small]

    def worlds(self) -> dict[str, float]:
        """A replay beside the arms; variants run twins."""
        s = self.scenario
        tried = 2.0 * len(self.variants) * min(s.seeds, VARIED_SEEDS)
        drawn = 0.0 if self.drawn is None else 3.0 * len(self.drawn.values) * self.small[0].customers.n / s.customers.n
        more = {"assumptions": tried, "worlds": drawn}
        return {"seeds": float(s.seeds * (len(arms(s)) + self.compares)), **{k: v for k, v in more.items() if v}}

    @cached_property
    def drawn(self) -> Drawn | None:
        """The worlds in which what is assumed is drawn anew; None where none are asked for, nothing is compared, or
        all is known.
        """
        if self.scenario.worlds == "none" or not self.compares:
            return None
        drawn = worlds_of(self.scenario, self.scenario.worlds, self.scenario.held)
        return drawn if drawn.varying else None

    @cached_property
    def small(self) -> list[Scenario]:
        """The scenario as every such world begins; nothing without worlds."""
        return [] if self.drawn is None else [prepared(self.scenario, self.drawn.sizes)]

    def in_worlds(self) -> pd.DataFrame:
        """The numbers of every world, a row each."""
        assert self.drawn is not None
        processes = workers(self.small[0], len(self.drawn.values))
        return many(in_a_world, self.small, self.drawn.values, processes=processes)

    def read(self) -> Records:
        """Run every seed, then what is assumed at other values."""
        scenario = self.scenario
        seeds = [scenario.seed + k for k in range(scenario.seeds)]
        names = [f"seed={seed}" for seed in seeds]
        processes = workers(scenario, scenario.seeds)
        done = map_runs(partial(numbers_of, scenario), seeds, names, processes=processes, label="seeds")
        estimates = summarise(scenario, [d.numbers for d in done]) if self.compares else describe(done)
        if self.variants:
            estimates |= vary(scenario, [d.numbers for d in done])
        summary, unknown, worlds = {name: e.as_dict() for name, e in estimates.items()}, {}, None
        if self.drawn is not None:
            numbers = self.in_worlds()
            unknown, worlds = over(summary, self.drawn, numbers), self.drawn.values.join(numbers)
        return Records(
            scenario=scenario,
            summary=summary,
            unknown=unknown,
            worlds=worlds,
            firms=pd.concat([d.firms for d in done], ignore_index=True),
            customers=first(done[0].customers),
            panel=first(done[0].panel),
            survey=done[0].survey,
            log=done[0].log,
            accounts=done[0].accounts,
            promises=some(pd.concat([d.promises for d in done], ignore_index=True)),
            vintages=below([d.vintages for d in done]),
            partners=below([d.partners for d in done]),
            manifest=manifest(scenario),
        )

    def lines(self, found: Records) -> list[Line]:
        """The summary."""
        return [Line(name, **number) for name, number in found.summary.items()]

    def tables(self, found: Records) -> dict[str, pd.DataFrame]:
        """Weeks, customers, panel; survey and log if they were asked for."""
        return {name: getattr(found, name) for name in found.tables}


def over(summary: dict[str, dict[str, Any]], drawn: Drawn, numbers: pd.DataFrame) -> dict[str, Any]:
    """Write each number's interval over worlds into the summary. -> what the worlds say beside that (Records.unknown)

    numbers : a row a world; those that worlds do not have get none
    """
    found = over_worlds(numbers)
    for name, entry in summary.items():
        entry |= found.get(name, {"worlds_low": None, "worlds_high": None, "worlds_n": 0})
    profit = numbers.profit_per_customer.to_numpy(float)
    carried = shares(drawn.varied, profit) if len(profit) >= FEWEST else {}
    about = {
        "n": len(numbers),
        "chance_pays": float((profit > 0.0).mean()) if len(profit) >= FEWEST else None,
        "said": list(drawn.said),
        "words": drawn.words,
    }
    return {"depends_on": [[key, round(share, 4)] for key, share in carried.items() if share >= LEAST], "worlds": about}


def below(tables: Sequence[pd.DataFrame | None]) -> pd.DataFrame | None:
    """Tables of all seeds, one below the other; None where the first seed has none."""
    return None if tables[0] is None else pd.concat(tables, ignore_index=True)


def some(table: pd.DataFrame) -> pd.DataFrame | None:
    """A table that has rows."""
    return table if len(table) else None


def first(table: pd.DataFrame | None) -> pd.DataFrame:
    """A table that only the first seed keeps."""
    assert table is not None
    return table


def variant(scenario: Scenario, text: str) -> Scenario:
    """The scenario with one number at another value: "market.S=0.6". Raises ConfigError."""
    return varied(scenario, text, components())


def run(
    config: Scenario | Mapping[str, Any] | Sequence[str],
    *,
    plugins: Sequence[str | Path] = (),
    progress: bool = False,
) -> Records:
    """Simulate a scenario and compare it with the same market without the focal firm's program.

    config   : a Scenario or a mapping, which are run as they say, or override strings as on a command line: what is
               assumed is then drawn anew in many worlds unless they say worlds=none
    plugins  : files with mechanisms, policies or measures of your own (docs/adding.md), known during this run
    progress : say on standard error what takes long
    Returns records with `.firms` (arm x seed x week x firm), `.customers` and `.panel` (first seed), `.summary`
    ({name: {value, low, high, level, unit, n}}, Student intervals over seeds), `.worlds` (a row a world: what was
    drawn and its numbers; None without any) and `.manifest`.
    Raises ConfigError for bad input.
    """
    with brought(plugins), watched(progress):
        return Run(as_scenario(config, USUAL)).answer().found


def arms(scenario: Scenario) -> list[Scenario]:
    """Every world that a seed of this scenario runs: the step of each must be compiled."""
    if not scenario.focal_firm.program:
        return [scenario]
    with_it = twins.logged(scenario)
    off = twins.switched_off(with_it).values() if scenario.market.setting != "contract" else ()
    return [with_it, twins.no_program(with_it), *off]


def numbers_of(scenario: Scenario, seed: int) -> SeedResult:
    """One run of a scenario: compared with the market without the program in question, or its own figures."""
    return (compare_seed if scenario.focal_firm.program else describe_seed)(scenario, seed)


def workers(scenario: Scenario, jobs: int) -> int:
    """Processes as configured; left to us, one where the work takes no longer than starting others (some seconds),
    else one per core as long as their memory fits.
    """
    asked, small = scenario.compute.processes, scenario.customers.n * scenario.weeks * ARMS * jobs <= SMALL
    if asked or small:
        return asked or 1
    return max(1, min(os.cpu_count() or 1, int(scenario.compute.max_gigabytes / size(scenario)[0])))


@dataclass(frozen=True)
class SeedResult:
    """What travels back from a seed: its numbers, its weekly table; people and panel of the first seed only."""

    numbers: dict[str, float]
    firms: pd.DataFrame
    customers: pd.DataFrame | None
    panel: pd.DataFrame | None
    survey: pd.DataFrame | None
    log: pd.DataFrame | None
    promises: pd.DataFrame
    vintages: pd.DataFrame | None = None
    accounts: pd.DataFrame | None = None
    partners: pd.DataFrame | None = None

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        seed: int,
        numbers: dict[str, float],
        books: Mapping[str, Book],
        customers: pd.DataFrame,
    ) -> SeedResult:
        """Keep what is asked for of a seed's books. scenario : as it was asked, not as it was logged to be read off"""
        weeks, promised = stacked(books, seed), promises(books, seed)
        dated, beside = (of_arms(books, seed, name) for name in ("vintages", "partners"))
        if seed != scenario.seed:
            return cls(numbers, weeks, None, None, None, None, promised, dated, partners=beside)
        own = accounts_of(books) if scenario.record.accounts else None
        asked = answers(books) if scenario.record.survey.every > 0 else None
        log = purchases(books) if scenario.record.log else None
        return cls(numbers, weeks, customers, panel(books), asked, log, promised, dated, own, beside)


def compare_seed(scenario: Scenario, seed: int) -> SeedResult:
    """The worlds of one seed and every number that is read off them."""
    as_asked, scenario = scenario, twins.logged(scenario)
    past = twins.Past(scenario, seed)
    w = twins.three(scenario, seed, past)
    launch = launched(scenario, w.launch)
    numbers = effects(scenario, w) | after_the_end.left(scenario, w) | lead(scenario, w)
    numbers |= memberships.memberships(scenario, w.with_it) | memberships.gaming(scenario, w)
    numbers |= tiers.statuses(scenario, w.with_it) | coupons(scenario, w)
    numbers |= coalition.coalition(scenario, w)
    numbers |= liability.two_views(w.with_it, program_effects.window(scenario, w), numbers["profit_per_customer"])
    if scenario.market.setting != "contract":
        numbers |= taken_apart(scenario, past, w)
    numbers |= attitudes.negativity(scenario)
    for arm, book in (("with", w.with_it), ("without", w.without)):
        own = attitudes.figures(scenario, book, scenario.focal_id, launch)
        numbers |= attitudes.labelled(own, "{}_" + arm)
    numbers |= accounts.accounts(scenario, w.with_it, scenario.focal_id)
    books = {"without": w.without, "with": w.with_it, "replayed": w.replayed}
    return SeedResult.of(as_asked, seed, numbers, books, people(scenario, w))


def effects(scenario: Scenario, w: twins.Worlds) -> dict[str, float]:
    """Every number that is read off the three worlds of a seed alone."""
    parts = [
        program_effects.totals,
        program_effects.deadweight,
        program_effects.member_effect,
        members.members,
        program_effects.who_moved,
        surplus,
        incidence,
    ]
    parts += [retention_effects.base] if scenario.market.setting == "contract" else []
    found = {k: v for part in parts for k, v in part(scenario, w).items()}
    return found | your_customers.totals(scenario, found)


def in_a_world(scenarios: Sequence[Scenario], seed: int) -> dict[str, float]:
    """The numbers of one of many worlds (`studies.worlds.many`): its three arms, nothing switched off."""
    scenario = scenarios[0]
    found = effects(scenario, twins.three(scenario, seed))
    for name, top, bottom in RATIOS:
        found[name] = ratio(found[top], found[bottom])
    return found


def taken_apart(scenario: Scenario, past: twins.Past, w: twins.Worlds) -> dict[str, float]:
    """The lift of visits as elasticity and amplifiers: each of these is switched off in worlds of its own."""
    off, launch = {}, launched(scenario, w.launch)
    for name, arm in twins.switched_off(scenario).items():
        bare = twins.no_program(arm)
        same = bare == twins.no_program(scenario)  # another program has the same past, another behaviour its own
        before = past if same else twins.Past(arm, past.market.root_seed)
        beside = w.without if same else before.arm(bare)
        off[name] = program_effects.lift_in_visits(scenario, before.arm(arm), beside, launch)
    if (offers := twins.unanswered(w, scenario.focal_id)) is not None:
        off["rivals"] = program_effects.lift_in_visits(scenario, past.arm(scenario, offers=offers), w.without, launch)
    return program_effects.decomposition(scenario, w, off)


def launched(scenario: Scenario, launch: int | None) -> int:
    """The launch week. Raises ConfigError if the program never starts: there would be nothing to compare."""
    if launch is None:
        late = f"never starts the program of firm {scenario.focal!r} within {scenario.weeks} weeks"
        raise ConfigError([Problem("policy", late)])
    return launch


def describe_seed(scenario: Scenario, seed: int) -> SeedResult:
    """A market without a program in question: its own figures."""
    book = Market(scenario, seed).run()
    numbers = {**market_figures(book), **renewed(scenario, book), **attitudes.negativity(scenario)}
    for firm in scenario.firms:
        numbers = attitudes.labelled(attitudes.figures(scenario, book, firm), "{}[" + firm + "]") | numbers
    numbers |= accounts.accounts(scenario, book, scenario.focal_id)
    return SeedResult.of(scenario, seed, numbers, {"market": book}, book.people)


def stacked(books: Mapping[str, Book], seed: int) -> pd.DataFrame:
    """The weekly tables of the arms of a seed, one below the other."""
    frames = [book.weekly.assign(arm=arm, seed=seed) for arm, book in books.items()]
    table = pd.concat(frames, ignore_index=True)
    front = ["arm", "seed", "week", "firm"]
    rest = [c for c in table if c not in front]
    whole = [c for c in rest if c != "price"]
    return table[front + rest].fillna(0).astype(dict.fromkeys(whole, np.int64))


def of_arms(books: Mapping[str, Book], seed: int, name: str) -> pd.DataFrame | None:
    """A table of the arms of a seed, one below the other; None where no arm has it. name : vintages or partners"""
    tables = {arm: getattr(book, name) for arm, book in books.items()}
    frames = [table.assign(arm=arm, seed=seed) for arm, table in tables.items() if table is not None]
    if not frames:
        return None
    table: pd.DataFrame = pd.concat(frames, ignore_index=True)
    return table[["arm", "seed", *table.columns.drop(["arm", "seed"])]]


def people(scenario: Scenario, w: twins.Worlds) -> pd.DataFrame:
    """One row per customer: traits, group, and visits to the focal firm since the launch in each world."""
    frame = program_effects.window(scenario, w)
    table = w.with_it.people.copy()
    for name, book in (("without", w.without), ("with", w.with_it), ("replayed", w.replayed)):
        table[f"visits_{name}"] = frame.visits(book)
    if "surplus" in w.without.people:
        table["surplus_without"] = w.without.people.surplus
    for name, member in program_effects.groups(scenario, w).items():
        table[name] = member
    return table


def answers(books: Mapping[str, Book]) -> pd.DataFrame:
    """The survey of every arm, one below the other."""
    return pd.concat([book.survey.assign(arm=arm) for arm, book in books.items()], ignore_index=True)


def accounts_of(books: Mapping[str, Book]) -> pd.DataFrame:
    """What each customer brought and cost each firm in a quarter, cents by line, arm by arm; nothing is no row."""
    frames = []
    for arm, book in books.items():
        quarter, row, place = np.nonzero(book.accounts.any(axis=3))
        lines = pd.DataFrame(book.accounts[quarter, row, place], columns=list(ACCOUNT))
        at = {"arm": arm, "quarter": quarter, "customer": book.people.customer.to_numpy()[row]}
        frames.append(pd.DataFrame({**at, "firm": np.array(book.firms, object)[place]}).join(lines))
    return pd.concat(frames, ignore_index=True)


def purchases(books: Mapping[str, Book]) -> pd.DataFrame:
    """Every purchase of every arm: customer, week, occasion in it, firm (id), spending (money), day since the start."""
    frames = []
    for arm, book in books.items():
        log = book.log.assign(
            arm=arm, firm=np.array(book.firms, object)[book.log.firm], spending=book.log.spend / 100.0
        )
        frames.append(log[["arm", "customer", "week", "occasion", "firm", "spending", "day"]])
    return pd.concat(frames, ignore_index=True)


def panel(books: Mapping[str, Book]) -> pd.DataFrame:
    """Purchases and spending (cents) by arm, quarter, customer and firm; rows without a purchase are left out."""
    frames = []
    for arm, book in books.items():
        if not len(book.visits):
            continue
        quarter, row, firm = np.nonzero(book.visits)
        frame = {"arm": arm, "quarter": quarter, "customer": book.people.customer.to_numpy()[row]}
        frame |= {"firm": np.array(book.firms)[firm], "visits": book.visits[quarter, row, firm]}
        frames.append(pd.DataFrame({**frame, "spend": book.spend[quarter, row, firm]}))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def summarise(scenario: Scenario, numbers: Sequence[Mapping[str, float]]) -> dict[str, Estimate]:
    """Means and intervals over seeds; ratios of means where a mean of ratios would mislead."""
    column = by_name(numbers)
    out = {name: estimate(values, unit(name)) for name, values in column.items()}
    out |= program_effects.ratios(column)
    shared = correlation(column["visits_with"], column["visits_without"])
    out["correlation"] = Estimate(shared, None, None, LEVEL, unit("correlation"), 0 if shared is None else len(numbers))
    return out


def describe(done: Sequence[SeedResult]) -> dict[str, Estimate]:
    """The figures of a market, averaged over seeds."""
    return {name: estimate(values, unit(name)) for name, values in by_name([d.numbers for d in done]).items()}


def by_name(numbers: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    """Each number seed by seed; nan where a seed has none (nobody answered)."""
    names = dict.fromkeys(name for n in numbers for name in n)
    return {name: [n.get(name, float("nan")) for n in numbers] for name in names}


def vary(scenario: Scenario, numbers: Sequence[Mapping[str, float]]) -> dict[str, Estimate]:
    """The lift and the profit at every other value of what is assumed, one at a time, on the first seeds.

    numbers : what the scenario as it is says, seed by seed; a value that changes none of it is `inert`, and no more
    """
    seeds = [scenario.seed + k for k in range(min(scenario.seeds, VARIED_SEEDS))]
    jobs = [(variant(scenario, text), seed) for text in scenario.vary for seed in seeds]
    names = [f"{text} seed={seed}" for text in scenario.vary for seed in seeds]
    processes = workers(scenario, len(jobs))
    done = map_runs(lift_and_profit, jobs, names, processes=processes, label="assumptions")
    usual, out = [tuple(n[name] for name in TRIED) for n in numbers[: len(seeds)]], {}
    for k, text in enumerate(scenario.vary):
        rows = done[k * len(seeds) : (k + 1) * len(seeds)]
        if runs := inert(usual, rows):
            out[f"inert[{text}]"] = Estimate(float(runs), None, None, LEVEL, unit("inert"), runs)
            continue
        for name, values in zip(TRIED, zip(*rows, strict=True), strict=True):
            out[f"{name}[{text}]"] = estimate(values, unit(name))
    return out


def lift_and_profit(job: tuple[Scenario, int]) -> tuple[float, float]:
    """What is `TRIED`, lift of visits and profit per customer and year, of one variant and seed."""
    scenario, seed = job
    scenario = twins.logged(scenario)  # nobody reads the log; the compiled step of the main runs serves again
    past = twins.Past(scenario, seed)
    with_it, without = past.arm(scenario), past.arm(twins.no_program(scenario))
    launch = launched(scenario, twins.launch_week(with_it, scenario.focal_id))
    w = program_effects.Window.of(scenario, launch)
    profit = w.per_customer_year(float(program_effects.gained(with_it, without, w, "profit").sum()), with_it)
    return program_effects.lift_in_visits(scenario, with_it, without, launch), profit
