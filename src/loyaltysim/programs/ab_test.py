"""A firm tries several wordings of a message on some customers, and sends the one that did best to all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term
from loyaltysim.theory.selection import best

REST, CONTROL = -1, 0  # arms beside the variants 1, 2, ...


@dataclass(frozen=True)
class AbTest(Dated):
    """What a variant truly adds to each choice of who gets it is drawn once for the firm, mean + spread x normal, and
    unknown to it. For `weeks` weeks the share `tested` of customers, but for the control, gets one variant each by a
    lot for life; then all but the control get the variant whose customers came most often. The control never gets any.
    """

    variants: int = term(4, "variants", 1, 20)
    mean: float = term(0.0, "fraction of the reference price", -1.0, 1.0, doc="true effect of a variant, in the mean")
    spread: float = term(0.005, "fraction of the reference price", 0.0, 1.0, doc="standard deviation of true effects")
    weeks: int = term(8, "weeks", 1, 5200, doc="how long variants are tested")
    tested: float = term(0.2, "share of customers", 0.0, 1.0, doc="in the test, of those outside the control")
    control: float = term(0.2, "share of customers", 0.0, 1.0, doc="who never gets any")
    unit_cost: float = term(0.05, "money per customer and week", 0.0, 1e5, doc="of sending it")


def arms(people: People, own: AbTest, firm: str) -> np.ndarray:
    """Each customer's arm, by a lot for life: CONTROL, variants 1 to k, or REST. -> (n,) int"""
    lot = people.lasting("variant", firm)
    inside = (lot - own.control) / max(1e-12, 1.0 - own.control)  # below 0: control
    part = np.floor(inside / max(1e-12, own.tested) * own.variants).astype(int) + 1
    return np.where(inside < 0.0, CONTROL, np.where(inside < own.tested, part, REST))


def effects(seed: int, own: AbTest, firm: str) -> np.ndarray:
    """What each variant truly adds to a choice: the firm's own keyed draws. -> (variants,)"""
    luck = [draws.firm_draw(seed, firm, 0, f"variant {v}") for v in range(1, own.variants + 1)]
    return own.mean + own.spread * np.array([draws.normal(u) for u in luck])


def visits_of(people: People, place: int, own: AbTest, arm: np.ndarray) -> np.ndarray:
    """Mean visits of each variant's customers in the test. -> (variants,); -inf where nobody got it"""
    seen, active = people["ab_visits"][:, place], people["status"] == 1
    groups = [seen[active & (arm == v)] for v in range(1, own.variants + 1)]
    return np.array([group.mean() if len(group) else -np.inf for group in groups])


def weeks_run(market: World, name: str) -> int:
    """Weeks for which a firm has run its test, and what came of it."""
    return int(market.firms[name].totals.get("weeks_running/ab_test", 0))


def decided(market: World, terms: AbTest) -> dict[str, np.ndarray]:
    """Which variant each firm sends to all, 0 = it still tests; and whether it has decided this week. -> (n_firms,)"""
    winner, now = np.zeros(len(market.firms)), np.zeros(len(market.firms))
    for j, (name, firm) in enumerate(market.firms.items()):
        own = firm.running_program.get("ab_test")
        if own is None:
            continue
        ran = weeks_run(market, name)
        now[j] = float(ran == own.weeks)
        if ran == own.weeks:
            found = visits_of(market.population, j, own, arms(market.population, own, market.terms.luck(name)))
            winner[j] = 1.0 + best(found)
        elif ran > own.weeks:
            winner[j] = market.surroundings[-1]["ab_winner"][j]
    return {"ab_winner": winner, "ab_now": now}


def send(market: World, terms: AbTest) -> None:
    """Before customers shop: which variant each gets this week, and what it adds."""
    people, around = market.population, market.surroundings[-1]
    for j, (name, firm) in enumerate(market.firms.items()):
        own, winner = firm.running_program.get("ab_test"), int(around["ab_winner"][j])
        if own is None:
            people["ab_arm"][:, j], people["ab_worth"][:, j] = REST, 0.0
            continue
        luck = market.terms.luck(name)
        arm = arms(people, own, luck)
        people["ab_arm"][:, j] = arm
        gets = np.where((arm != CONTROL) & (winner > 0), winner, np.maximum(arm, 0))
        worth = np.concatenate([[0.0], effects(market.root_seed, own, luck)])
        people["ab_gets"][:, j], people["ab_worth"][:, j] = gets, worth[gets]


@rule
def ab_pull(here: Any) -> float:
    """What this week's message adds to a choice."""
    return here.ab_worth


@rule
def ab_runs(terms: Any) -> bool:
    """Is something tested or sent?"""
    return terms.present != 0


@rule
def ab_week(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """A week: messages are counted, and in the week of the decision who had what, with the visits of the test."""
    if me.status != 1:
        return
    if here.ab_gets > 0:
        visit.ab_messages += 1
    if terms.ab_now != 0.0 and here.ab_arm == terms.ab_winner:
        visit.ab_chosen += 1
        visit.ab_chosen_visits += here.ab_visits
    if terms.ab_now != 0.0 and here.ab_arm == 0:
        visit.ab_control += 1
        visit.ab_control_visits += here.ab_visits
    if terms.ab_winner > 0.0 and here.ab_arm != 0:
        visit.ab_sent_weeks += 1
    if terms.ab_winner > 0.0 and here.ab_arm == 0:
        visit.ab_spared_weeks += 1


@rule
def ab_visit(here: Any, terms: Any, visit: Any) -> None:
    """At a visit: it counts for the test, or for what came of it."""
    if terms.ab_winner == 0.0:
        here.ab_visits = here.ab_visits + 1
    elif here.ab_arm == 0:
        visit.ab_spared_visits += 1
    else:
        visit.ab_sent_visits += 1


def book(totals: Mapping[str, int], terms: AbTest) -> dict[str, int]:
    """Messages at their unit cost."""
    return {"touchpoints": totals["ab_messages"] * round(terms.unit_cost * 1e5) // 1000}


MECHANISM = Mechanism(
    name="ab_test",
    level="program",
    source="the right words raise interest, tried by the firm (source texts, S4-60); winner's curse: Senn 2008, "
    "Statistics in Medicine 27; sizes assumed",
    terms=AbTest,
    neutral={"mean": 0.0, "spread": 0.0, "unit_cost": 0.0},
    fields={
        "ab_arm": Field(
            per_firm=True, dtype="int8", start=REST, unit="0 = control, 1, 2, ... = variant, -1 = not tested"
        ),
        "ab_gets": Field(per_firm=True, dtype="int8", unit="variant that is sent this week, 0 = none"),
        "ab_worth": Field(per_firm=True, dtype="float64", unit="fraction of the reference price"),
        "ab_visits": Field(per_firm=True, dtype="int32", unit="visits in the test"),
    },
    hooks=(
        Hook("week", ab_week, when=ab_runs),
        Hook("utility", ab_pull),
        Hook("visit", ab_visit, when=ab_runs),
    ),
    counts={
        "ab_messages": "messages",
        "ab_chosen": "customers who got the winner in the test",
        "ab_chosen_visits": "their visits in the test",
        "ab_control": "customers of the control",
        "ab_control_visits": "their visits in the test",
        "ab_sent_weeks": "customer-weeks with the winner, after the test",
        "ab_sent_visits": "visits in them",
        "ab_spared_weeks": "customer-weeks of the control, after the test",
        "ab_spared_visits": "visits in them",
    },
    around=decided,
    around_columns={"ab_winner": 0.0, "ab_now": 0.0},
    each_week=send,
    book=book,
    priced="unit_cost",
    own=True,
    order=74,
)
