"""The markets of a coalition's partners: the same people, stepped after the operator's market, with one account each.

    week t   operator: firms decide, customers shop          partner 1: customers shop          partner 2: ...
                              \\ the account of each member: balance, card, joined /
             then what partners gave and took is counted by the operator, who owes all of it, and settled in cents

A partner's market is a `Market` like any other. Its customers have the operator's ids, and the traits of the person:
relationship propensity, price sensitivity, how they redeem. Rates, tastes, baskets and all luck are its own, drawn
below a seed of its own, so that a partner more or less moves nobody else. Beside it stands its twin, in which the
partner never runs a program: what the partner gains is the difference.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from loyaltysim.mechanism import draws
from loyaltysim.mechanism.registry import registry
from loyaltysim.programs.coalition import Coalition, Partner
from loyaltysim.programs.points import Points, at_face_value
from loyaltysim.programs.stacking import Stacking
from loyaltysim.scenario.dates import at, variants
from loyaltysim.scenario.forms import config_hash
from loyaltysim.scenario.model import Basket, Firm, Record, Scenario, Survey
from loyaltysim.scenario.model import Market as MarketTerms

OTHERS = "others"  # a partner's rivals together
ACCOUNT = ("membership", "points", "redeemers")  # mechanisms whose fields of a customer at a firm are the account
OF_THE_PERSON = ("rho", "beta", "redeems", "redeem_from", "redeem_effort")
FLOWS = ("points_issued", "points_redeemed", "points_expired")
SETTLED = (*FLOWS, "partner_fees", "partner_refunds")
NOTED = {"collected": "from_partners", "handed": "to_partners"}  # at one partner, and at all in the operator's market
KEPT = 256  # weekly tables of twins in memory
TWINS: dict[bytes, pd.DataFrame] = {}
TWIN = ("visits", "revenue", "profit")  # columns that a partner's table has of its twin too


def seed_of(seed: int, name: str) -> int:
    """The seed of a partner's market, from that of the operator's: under what firms draw, by a name that none has."""
    with np.errstate(over="ignore"):
        own = draws.child(draws.child(draws.root(seed), draws.FIRMS), draws.item_key(f"partner {name}"))
    return int(own >> draws.ONE)


def program_at(partner: Partner, running: Mapping[str, Any]) -> dict[str, Any]:
    """What a partner runs where the operator runs this: points at its own rate, the same card, the same membership.

    running : without dates, or with those of the configuration, of which the first terms count
    """
    now = {name: at(running[name], 0) for name in ("membership", "points", "coalition")}
    joining = replace(now["membership"], ask=partner.ask, audience="everyone", set_up=0.0, running=0.0)
    own = {"coalition": Coalition(), "membership": joining, "points": replace(now["points"], earn=partner.earn)}
    return own if partner.redeem else {**own, "stacking": Stacking(most=0)}


def scenario_of(operator: Scenario, name: str, partner: Partner, program: Mapping[str, Any]) -> Scenario:
    """The world of a partner's market: the partner and its rivals together; nothing but the person is the operator's.

    program : of the partner, {} for its twin
    """
    basket = Basket(partner.mean, partner.sd_between, partner.sd_within)
    market = replace(MarketTerms(), name=name, currency=operator.market.currency, M=partner.M, K=partner.K,
                     rho=partner.rho, S=partner.S, basket=basket)  # fmt: skip
    people = replace(operator.customers, max_programs=None, response="utility_shift", basket_scaling="none",
                     r_rate=0.0, r_taste=0.0, r_focal=0.0, r_beta=0.0)  # fmt: skip
    firms = {name: Firm(partner.share, unit_cost=partner.unit_cost, program=dict(program)),
             OTHERS: Firm(1.0 - partner.share, unit_cost=partner.unit_cost)}  # fmt: skip
    behaviour = {k: v for k, v in operator.behaviour.items() if k == "redeemers" and program}
    record = Record(panel=False, log=False, surplus=False, accounts=False, survey=Survey())
    return replace(operator, name=name, focal=name, market=market, customers=people, firms=firms, behaviour=behaviour,
                   record=record, vary=(), held=(), changed=())  # fmt: skip


def at_work(operator: Any) -> Coalition | None:
    """The coalition that the operator runs this week, if it runs points too."""
    running = operator.firms[operator.focal].running_program
    found: Coalition | None = running.get("coalition") if "points" in running else None
    return found


class Place:
    """One partner and its market.

    settled : what was counted of the currency at the partner, and paid between it and the operator, week by week
    """

    def __init__(self, operator: Any, name: str, partner: Partner) -> None:
        self.name, self.partner, self.settled = name, partner, list[dict[str, int]]()
        program = program_at(partner, operator.firms[operator.focal].configured_program)
        scenario = scenario_of(operator.terms, name, partner, program)
        self.market = type(operator)(scenario, seed_of(operator.root_seed, name))
        same_people(operator, self.market, partner.together)
        focal = list(operator.firms).index(operator.focal)
        self.market.population["eligible"][:, 0] = operator.population["eligible"][:, focal]
        known = self.market.population.columns
        fields = [(field, f) for m in ACCOUNT for field, f in registry()[m].fields.items() if f.per_firm]
        self.account = [field for field, _ in fields if field in known]

    def catch_up(self, week: int) -> None:
        """Live through the weeks before this one, in which there was no program."""
        while self.market.week < week:
            self.served({})
            self.settled.append(dict.fromkeys(SETTLED, 0))

    def served(self, program: Mapping[str, Any]) -> None:
        """A week in which the partner's currency is its own."""
        self.market.firms[self.name].decided_program = program
        self.market.step()

    def week(self, operator: Any, at_operator: int) -> dict[str, int]:
        """The partner's week after the operator's. -> what the operator counts of it, by counter"""
        firm = operator.firms[operator.focal]
        now = at_work(operator)
        partner = None if now is None else now.partners.get(self.name)
        program = {} if partner is None else program_at(partner, firm.running_program)
        if now is None or partner is None or not now.shared:
            if {"coalition", "points"} & firm.closed():
                program = ended(self.market.firms[self.name].decided_program, self.market.week)
            self.served(program)
            counted = dict(zip(self.market.assembled.counts, self.market.weekly[-1][0].tolist(), strict=True))
            self.settled.append({**dict.fromkeys(SETTLED, 0), **{name: counted.get(name, 0) for name in FLOWS}})
            return {}
        return self.shared_week(operator, at_operator, partner, program)

    def shared_week(
        self, operator: Any, at_operator: int, partner: Partner, program: Mapping[str, Any]
    ) -> dict[str, int]:
        """The same where the currency is one: the account comes from the operator and goes back to it."""
        market, firm = self.market, self.market.firms[self.name]
        ours, theirs = market.population, operator.population
        firm.decided_program = program
        offers = market.firms_decide()
        for name in self.account:
            ours[name][:, 0] = theirs[name][:, at_operator]
        before = {name: ours[name][:, 0].copy() for name in NOTED}
        counts = market.customers_shop(offers)
        for name in self.account:
            theirs[name][:, at_operator] = ours[name][:, 0]
        for name, total in NOTED.items():
            theirs[total][:, at_operator] += ours[name][:, 0] - before[name]
        ours["balance"][:, 0] = 0  # it lies in the operator's books
        columns = [market.assembled.counts.index(name) for name in FLOWS]
        flows = dict(zip(FLOWS, counts[0, columns].tolist(), strict=True))
        counts[0, columns] = 0
        fee, refund, cost = settlement(partner, program["points"], flows)
        firm.carry("reward_cost", fee - refund + cost)
        market.books_close(counts)
        market.week_recorded()
        self.settled.append({**flows, "partner_fees": fee, "partner_refunds": refund})
        more = {"partner_issued": flows["points_issued"], "partner_redeemed": flows["points_redeemed"]}
        return {**self.settled[-1], **more}

    def table(self, operator: Any) -> pd.DataFrame:
        """The partner's weekly table, and of its twin what is compared; points as given and taken at its till."""
        rows = self.market.book().weekly.query("firm == @self.name").reset_index(drop=True)
        settled = pd.DataFrame(self.settled, index=rows.index, columns=list(SETTLED)).astype(np.int64)
        without = self.twin(operator)[: len(rows)].add_suffix("_without")
        counted_there = [*SETTLED, "partner_issued", "partner_redeemed"]
        own: pd.DataFrame = rows.drop(columns=[name for name in counted_there if name in rows])
        return own.join(settled).join(without)

    def twin(self, operator: Any) -> pd.DataFrame:
        """What the partner does without any program, week by week: run once for all programs that are tried.

        Columns: those of `TWIN`.
        """
        scenario = scenario_of(operator.terms, self.name, self.partner, {})
        people = [self.market.population[name].tobytes() for name in ("rho", "beta")]
        about = repr((config_hash(scenario), self.market.root_seed, operator.root_seed, self.partner.together))
        key = hashlib.sha256(b"".join([about.encode(), *people])).digest()
        if key not in TWINS:
            market = type(operator)(scenario, self.market.root_seed)
            same_people(operator, market, self.partner.together)
            weekly: pd.DataFrame = market.run().weekly
            if len(TWINS) >= KEPT:
                TWINS.pop(next(iter(TWINS)))
            TWINS[key] = weekly[weekly.firm == self.name].reset_index(drop=True)[list(TWIN)]
        return TWINS[key]


def settlement(partner: Partner, points: Points, flows: Mapping[str, int]) -> tuple[int, int, int]:
    """A week's fee and refund, and what goods for points cost where any amount is used; else each reward is booked.

    flows : thousandths of a point, by name of `FLOWS`;  -> whole cents
    """
    fee = at_face_value(flows["points_issued"], points.face_value * partner.fee, points.card)
    refund = at_face_value(flows["points_redeemed"], points.face_value * partner.refund, points.card)
    cost = at_face_value(flows["points_redeemed"], points.face_value * points.cost, points.card)
    return fee, refund, cost if points.partial else 0


def ended(program: Mapping[str, Any], week: int) -> dict[str, Any]:
    """A program whose last week was the one before: what customers hold of it goes as its components say."""
    return {name: replace(terms, end=week) for name, terms in program.items()} if week > 0 else {}


def same_people(operator: Any, market: Any, together: float) -> None:
    """Give the customers of a partner's market what is of the person, and rates that go together as asked."""
    people, own = market.population, operator.population
    shared = people.columns.keys() & own.columns.keys()
    mine = {name for name in shared if name in OF_THE_PERSON or name.startswith("link_")}
    people.restore({name: own[name] for name in sorted(mine)})
    born = special.ndtri(draws.lasting(draws.customer_keys(operator.root_seed, own.ids), "rate"))
    people.rerank(together * born + math.sqrt(1.0 - together**2) * people["z"])


class Partners:
    """All partners of an operator's coalition, by name in the order in which a week visits them."""

    def __init__(self, operator: Any) -> None:
        configured, first = operator.firms[operator.focal].configured_program, dict[str, Partner]()
        for _, terms in variants(configured["coalition"]) if {"coalition", "points"} <= configured.keys() else ():
            first = {**terms.partners, **first}
        self.places = [Place(operator, name, first[name]) for name in sorted(first)]
        self.at = list(operator.firms).index(operator.focal)

    def open(self, operator: Any) -> None:
        """Before the operator's customers shop: partners have come to this week; what is earned there is known."""
        for place in self.places:
            place.catch_up(operator.week)
        now = at_work(operator)
        if self.places and "abroad" in operator.population.columns:
            self.foresee(operator, now if now is not None and now.shared else Coalition())

    def foresee(self, operator: Any, terms: Coalition) -> None:
        """What each customer earns a week, and how often, at all other places of the coalition, at rates of today."""
        points = operator.firms[operator.focal].running_program.get("points")
        places = [(operator, self.at, 0.0 if points is None else points.earn)]
        places += [(p.market, 0, terms.partners[p.name].earn if p.name in terms.partners else 0.0) for p in self.places]
        often = [people["rate"] * people["prior"][:, j] * (earn > 0.0)
                 for people, j, earn in ((m.population, j, earn) for m, j, earn in places)]  # fmt: skip
        earned = [visits * m.population["spending"] * earn for visits, (m, _, earn) in zip(often, places, strict=True)]
        on = float(bool(terms.partners))
        for (market, j, _), visits, own in zip(places, often, earned, strict=True):
            market.population["abroad"][:, j] = on * (sum(earned) - own)
            market.population["abroad_visits"][:, j] = on * (sum(often) - visits)

    def close(self, operator: Any, counts: np.ndarray) -> None:
        """After they have shopped: the partners' weeks, one after the other; the operator's counters take them in.

        counts : (n_firms, n_counts) of the operator's market, is added to
        """
        for place in self.places:
            for name, value in place.week(operator, self.at).items():
                counts[self.at, operator.assembled.counts.index(name)] += value

    def shared(self, operator: Any) -> bool:
        """Did partners ever give points of the operator's currency?"""
        known = operator.population.columns
        return "from_partners" in known and bool(known["from_partners"].any())

    def earned_at(self, operator: Any) -> np.ndarray:
        """At how many firms of the coalition each customer earned points of its currency. -> (n,)"""
        markets = [(operator, self.at), *((place.market, 0) for place in self.places if self.shared(operator))]
        columns = [m.population["collected"][:, j] > 0 for m, j in markets if "collected" in m.population.columns]
        places: np.ndarray = np.sum(columns, axis=0, dtype=np.int64)
        return places

    def own_currencies(self, operator: Any) -> list[dict[str, Any]]:
        """By week, the offers of partners that each had a currency of their own; nothing where it ever was one."""
        if self.shared(operator):
            return []
        weeks = zip(*(place.market.shown for place in self.places), strict=True)
        return [{p.name: shown[p.name] for p, shown in zip(self.places, week, strict=True)} for week in weeks]

    def table(self, operator: Any) -> pd.DataFrame:
        """The weekly tables of all partners below each other; without rows where there are none."""
        return pd.concat([place.table(operator) for place in self.places], ignore_index=True)
