"""Whom a firm turns to, by what its own records say: what it gives with audience `targeted` goes to them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People, Scene, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

WHO = ("random", "top_value", "light", "at_risk", "portrait")
WHEN = ("round", "lapsed", "joined")
CLASSES = 10
TIE = 1e-6  # of a score: luck decides between equals
NOBODY = math.inf
LINES = ("value_from", "value_below", "least_score")
ADDRESSED, HELD_OUT, PASSED = 1, 2, 3  # places of a customer whom the record knows; 0 = not in it


@dataclass(frozen=True)
class Targeting(Dated):
    """Every `every` weeks the firm sorts the customers in its record by a score and turns to the best of them, `share`
    of all whom it knows, until the next time. Some of those are held out by lot, so that what it does can be measured.

    What the record holds: of members, or of everybody, each purchase with chance `recorded`. Scores:
    random     luck, anew each time
    top_value  recorded spending, of which half is forgotten after `half_life` weeks
    light      the same, least first
    at_risk    weeks since the last recorded visit, in gaps as they were usual between visits
    portrait   r z + sqrt(1 - r^2) e: age, sex, job, interests, which tell a little of relationship propensity (z)

    Or each customer by himself (`when`), for `lasts` weeks: once no visit has been recorded for `after` weeks, until
    he is back; or once `after` weeks have passed since he joined. A lot for life addresses the `share` of them.
    """

    when: str = term(
        "round", "", choices=WHEN, doc="all at once, or who has stayed away, or who has joined (win-back, onboarding)"
    )
    after: int = term(13, "weeks", 0, 5200, doc="when lapsed: without a recorded visit; when joined: since then")
    lasts: int = term(8, "weeks", 1, 5200, doc="when lapsed or joined: how long one is addressed")

    who: str = term("top_value", "", choices=WHO, doc="by which score customers are chosen")
    share: float = term(0.2, "share of known customers", 0.0, 1.0, doc="who is chosen: the budget")
    class_from: int = term(1, "tenth by value", 1, CLASSES, doc="chosen among: 1 = the tenth that spends most")
    class_to: int = term(CLASSES, "tenth by value", 1, CLASSES, doc="the last tenth among whom is chosen")
    every: int = term(13, "weeks", 1, 520, doc="until customers are sorted anew")
    holdout: float = term(0.1, "share of the chosen", 0.0, 1.0, doc="who gets nothing, by a lot that holds for life")
    recorded: float = term(1.0, "share of purchases", 0.0, 1.0, doc="quality of the data: how many are in the record")
    members_only: bool = term(True, "", doc="is the record one of members' purchases alone?")
    half_life: float = term(26.0, "weeks", 0.1, 5200.0, doc="of recorded spending")
    r: float = term(0.3, "correlation", -1.0, 1.0, doc="portrait: of what is seen with relationship propensity")
    unit_cost: float = term(0.1, "money per message", 0.0, 1e5, doc="a message to each who is addressed, each time")
    privacy: float = term(
        0.0, "fraction of the reference price", -1.0, 1.0,
        doc="what being in the record costs a customer in each choice; below 0 it pleases",
    )  # fmt: skip
    slight: float = term(
        0.0, "fraction of the reference price", -1.0, 1.0,
        doc="what who is in the record and not addressed takes amiss; below 0 it pleases",
    )  # fmt: skip

    @property
    def cards(self) -> bool:
        """Does the record hold members only?"""
        return self.members_only

    @property
    def sorts(self) -> bool:
        """Are all sorted at once?"""
        return self.when == "round"


@rule
def is_kept(terms: Any) -> bool:
    """Does the firm keep a record?"""
    return terms.present != 0


@rule
def logged(here: Any, terms: Any, visit: Any, draw_recorded: float) -> None:
    """At a visit: with some chance the purchase comes into the record, and counts for where the customer stands."""
    if draw_recorded >= terms.recorded or (terms.cards == 1 and here.joined < 0):
        return
    if here.logged_first < 0:
        here.logged_first = visit.week
    here.logged_last = visit.week
    here.logged_visits = here.logged_visits + 1
    first = int(here.logged_now == 0)
    here.logged_now = here.logged_now + 1
    here.logged_spend = here.logged_spend + visit.spend
    if here.picked == 1:
        visit.visits_addressed += 1
        visit.came_addressed += first
    if here.picked == 2:
        visit.visits_held += 1
        visit.came_held += first
    if here.picked == 3:
        visit.visits_passed += 1


@rule
def was_sorted(here: Any) -> bool:
    """Has the customer been sorted since the last week?"""
    return here.logged_before >= 0


@rule
def sorted_now(here: Any, visit: Any) -> None:
    """The first week of a round, or of a customer's own time: who is where is counted, with what was bought before."""
    if here.picked == 1:
        visit.messages += 1
        visit.before_addressed += here.logged_before
    if here.picked == 2:
        visit.held_out += 1
        visit.before_held += here.logged_before
    if here.picked == 3:
        visit.passed_over += 1
        visit.before_passed += here.logged_before
    here.logged_before = -1


@rule
def watched(here: Any, terms: Any) -> float:
    """What a customer takes amiss of being recorded, and of others being preferred; for one customer or all at once."""
    return (here.logged_first >= 0) * (-terms.privacy - terms.slight * (here.picked > 1))


def score(people: People, place: int, terms: Targeting, week: int) -> np.ndarray:
    """By what customers are sorted, the highest first. -> (n,)"""
    if terms.who == "random":
        return luck(people, place, week)
    if terms.who == "portrait":
        known, own = people["propensity"], people["misjudged"][:, place]
        found: np.ndarray = terms.r * known + math.sqrt(1.0 - terms.r**2) * own
        return found
    if terms.who == "at_risk":
        return overdue(people, place, week) + TIE * luck(people, place, week)
    value = worth(people, place, terms)
    return (value if terms.who == "top_value" else -value) + TIE * luck(people, place, week)


def luck(people: People, place: int, week: int) -> np.ndarray:
    """A keyed uniform for customer, firm and week. -> (n,)"""
    firm = people.scenario.luck(list(people.scenario.firms)[place])
    with np.errstate(over="ignore"):
        keys = draws.child(people["key"], np.uint64(week))
    return draws.lasting(keys, "targeting", firm)


def worth(people: People, place: int, terms: Targeting) -> np.ndarray:
    """Recorded spending in cents, half of it forgotten after `half_life` weeks; up to now. -> (n,)"""
    keep = 0.5 ** (terms.every / terms.half_life)
    value: np.ndarray = people["logged_value"][:, place] * keep + people["logged_spend"][:, place]
    return value


def overdue(people: People, place: int, week: int) -> np.ndarray:
    """Weeks since the last recorded visit over the usual gap between visits; 0 of who came in one week only. -> (n,)"""
    first, last, visits = (people[f"logged_{name}"][:, place].astype(float) for name in ("first", "last", "visits"))
    gap = (last - first) / np.maximum(visits - 1.0, 1.0)
    return np.where(gap > 0.0, (week - last) / np.where(gap > 0.0, gap, 1.0), 0.0)


def cuts(people: People, place: int, terms: Targeting, week: int) -> tuple[float, float, float]:
    """Between which values customers are chosen (from, below), and the least score of one who is."""
    known = people["logged_first"][:, place] >= 0
    known &= people["status"] == 1
    many = math.floor(terms.share * int(known.sum()) + 0.5)
    value = worth(people, place, terms) + TIE * luck(people, place, week)
    ranked = np.sort(value[known])[::-1]
    below, least = bound(ranked, terms.class_from - 1), bound(ranked, terms.class_to)
    among = known & (value >= least) & (value < below)
    scores = np.sort(score(people, place, terms, week)[among])[::-1]
    many = min(many, len(scores))
    return least, below, float(scores[many - 1]) if many else NOBODY


def bound(ranked: np.ndarray, k: int) -> float:
    """The least value in the first k tenths of values that fall; -inf below all, inf where nobody is in them."""
    last = len(ranked) * k // CLASSES
    if k == CLASSES:
        return -math.inf
    return float(ranked[last - 1]) if last else math.inf


def around(market: World, terms: Targeting) -> dict[str, np.ndarray]:
    """Whether each firm sorts its customers this week, and where it draws the lines. -> (n_firms,) each

    The lines are what customers have in common; on which side of them one falls is a matter of one's own record.
    """
    found = {name: np.zeros(len(market.firms)) for name in ("sorting", *LINES)}
    for j, firm in enumerate(market.firms.values()):
        own = firm.running_program.get("targeting")
        if own is not None and own.sorts and market.week % own.every == 0:
            found["sorting"][j] = 1.0
            for name, line in zip(LINES, cuts(market.population, j, own, market.week), strict=True):
                found[name][j] = line
    return found


def sort_customers(market: World, terms: Targeting) -> None:
    """Before customers shop: who is chosen until the next time, and who of them is held out."""
    people, lines = market.population, market.surroundings[-1]
    for j, (name, firm) in enumerate(market.firms.items()):
        own = firm.running_program.get("targeting")
        if own is None:
            people["picked"][:, j] = 0
            people["logged_before"][:, j] = -1
        elif not own.sorts:
            turn_to_each(people, j, own, market.week)
        elif lines["sorting"][j] > 0.0:
            known = people["logged_first"][:, j] >= 0
            value = worth(people, j, own) + TIE * luck(people, j, market.week)
            best = known & (score(people, j, own, market.week) >= lines["least_score"][j])
            best &= (value >= lines["value_from"][j]) & (value < lines["value_below"][j])
            held = people.lasting("holdout", market.terms.luck(name)) < own.holdout
            place = np.where(best, np.where(held, HELD_OUT, ADDRESSED), PASSED)
            people["picked"][:, j] = np.where(known & (people["status"] == 1), place, 0)
            people["logged_before"][:, j] = people["logged_now"][:, j]
            people["logged_value"][:, j] = worth(people, j, own)
            for column in ("logged_now", "logged_spend"):
                people[column][:, j] = 0


def due(people: People, place: int, own: Targeting, week: int) -> np.ndarray:
    """Whose own time it is: so long since the last recorded visit, or since joining, and not longer. -> (n,) bool"""
    since = people["logged_last" if own.when == "lapsed" else "joined"][:, place]
    ago = week - since - 1  # full weeks
    lot = people.lasting("targeting", people.scenario.luck(list(people.scenario.firms)[place]))
    found: np.ndarray = (since >= 0) & (ago >= own.after) & (ago < own.after + own.lasts) & (lot < own.share)
    return found & (people["status"] == 1)


def turn_to_each(people: People, place: int, own: Targeting, week: int) -> None:
    """Before customers shop: whose time begins, goes on or is over."""
    now, before = due(people, place, own, week), people["picked"][:, place]
    begins = now & (before != ADDRESSED) & (before != HELD_OUT)
    held = people.lasting("holdout", people.scenario.luck(list(people.scenario.firms)[place])) < own.holdout
    known = (people["logged_first"][:, place] >= 0) & (people["status"] == 1)
    people["picked"][:, place] = np.where(now, np.where(held, HELD_OUT, ADDRESSED), np.where(known, PASSED, 0))
    people["logged_before"][:, place] = np.where(begins, 0, -1)
    people["logged_now"][begins, place] = 0


def book(totals: Mapping[str, int], terms: Targeting) -> dict[str, int]:
    """Messages at their unit cost."""
    return {"touchpoints": totals["messages"] * round(terms.unit_cost * 1e5) // 1000}


def check(terms: Targeting) -> list[tuple[str, str]]:
    """Conditions between keys."""
    found = []
    if terms.class_from > terms.class_to:
        why = f"= {terms.class_from} is beyond class_to = {terms.class_to}: 1 is the tenth that spends most"
        found.append(("class_from", why))
    if terms.when == "lapsed" and terms.after == 0:
        found.append(("after", "= 0: with when=lapsed at least one week without a visit"))
    return found


def tell(scene: Scene) -> list[str]:
    """A message."""
    if scene.counts.get("messages", 0) > 0:
        return scene.say(f"was picked by {scene.firm} and written to", f"被 {scene.firm} 选中并收到消息")
    return []


MECHANISM = Mechanism(
    name="targeting",
    level="program",
    source="whom to turn to: source texts, S0-21, S3-43, S3-48, S3-72; what they do: S4-40, S4-50; sizes assumed",
    terms=Targeting,
    neutral={"share": 0.0, "privacy": 0.0, "slight": 0.0},
    needs=("membership",),
    fields={
        "logged_first": Field(per_firm=True, dtype="int32", start=-1, unit="week of the first record, -1 = never"),
        "logged_last": Field(per_firm=True, dtype="int32", start=-1, unit="week of the last record"),
        "logged_visits": Field(per_firm=True, dtype="int32", unit="recorded purchases"),
        "logged_now": Field(per_firm=True, dtype="int32", unit="recorded purchases since customers were sorted"),
        "logged_spend": Field(per_firm=True, dtype="int64", unit="cents recorded since then"),
        "logged_value": Field(per_firm=True, dtype="float64", unit="cents recorded before, fading"),
        "logged_before": Field(
            per_firm=True, dtype="int32", start=-1, unit="recorded purchases of the period before, -1 = counted"
        ),
        "picked": Field(per_firm=True, dtype="int8", unit="1 = addressed, 2 = held out, 3 = not chosen, 0 = not known"),
    },
    hooks=(
        Hook("week", sorted_now, when=was_sorted),
        Hook("utility", watched),
        Hook("visit", logged, when=is_kept),
    ),
    counts={
        "messages": "customers written to",
        "held_out": "customers held out",
        "passed_over": "customers not chosen",
        "visits_addressed": "recorded purchases of those written to",
        "visits_held": "recorded purchases of those held out",
        "visits_passed": "recorded purchases of those not chosen",
        "came_addressed": "customers written to who bought until the next time",
        "came_held": "customers held out who did",
        "before_addressed": "the same, in the period before",
        "before_held": "the same, in the period before",
        "before_passed": "the same, in the period before",
    },
    around=around,
    each_week=sort_customers,
    book=book,
    gives=lambda terms: terms.members_only and terms.share > 0.0,
    check=check,
    generosity="share",
    priced="unit_cost",
    tell=tell,
    order=13,
)
