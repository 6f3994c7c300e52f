"""Points that a later visit redeems: who thinks of it, what it must bring, who holds on, who never does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People, Role
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import variants
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

LOG_2 = math.log(2.0)
HELD = 10**6  # cards that nobody ever has: held until they are about to lapse


@dataclass(frozen=True)
class Redeemers:
    """What customers do with points that a program lets them redeem when they like (program.points.redeem: later).

    At a visit with enough points somebody redeems with an own chance, Beta with mean `propensity` for life, times
    2^(-weeks since the last visit or reminder / half_life), where it brings enough to be worth the effort. `never`,
    `hoard` and `round` are shares of all customers, each with a habit for life.
    """

    propensity: float = term(
        0.3, "per visit with enough points", 0.0, 1.0, doc="mean chance of redeeming, of those who ever do"
    )
    spread: float = term(
        0.3, "", 0.0, 0.99, doc="how much they differ: the correlation of two visits of one customer; 0 = all alike",
        source="large between customers (Stourm, Bradlow & Fader 2015, JMR 52(2)); size assumed",
    )  # fmt: skip
    never: float = term(
        0.15, "share of customers", 0.0, 1.0, doc="who never redeem anything",
        source="card holders who never redeem are a kind of their own (Smith & Sparks 2009, BJM 20); size assumed",
    )  # fmt: skip
    half_life: float = term(
        26.0, "weeks since the last visit or reminder", 0.0, 5200.0, doc="in which points go out of mind; 0 = never"
    )
    hoard: float = term(
        0.1, "share of customers", 0.0, 1.0, doc="who hold on until points are about to lapse",
        source="points are kept although nothing rewards it (Stourm, Bradlow & Fader 2015); size assumed",
    )  # fmt: skip
    round: float = term(0.2, "share of customers", 0.0, 1.0, doc="who wait for a round number, `cards` full cards")
    cards: int = term(2, "cards", 1, 1000, doc="which number that is")
    effort: float = term(
        0.0, "money", 0.0, 1e6, doc="what one redemption must bring to be worth it: a mean, exponential over customers",
        source="a fixed cost in effort (cognitive) or a separate account for points (Stourm, Bradlow & Fader 2015)",
    )  # fmt: skip
    portion: float = term(
        1.0, "share of the points held", 0.0, 1.0, doc="that is redeemed at once, as far as the program lets it",
        source="many redeem a fraction (Dorotic, Verhoef, Fok & Bijmolt 2014, IJRM 31); size assumed",
    )  # fmt: skip
    hurry: float = term(0.6, "per visit", 0.0, 1.0, doc="chance where points lapse within the program's notice")
    at_home: float = term(
        0.0, "per week with enough points", 0.0, 1.0,
        doc="chance of who ever redeems to do so without a purchase: an award ticket, a catalogue",
    )  # fmt: skip
    redeem_effect: float = term(
        0.0, "share of what may be redeemed", 0.0, 1.0,
        doc="that pulls to the firm where it can be redeemed, on top of what it pulled while earned",
        source="momentum around a redemption (Dorotic et al. 2014); 0: a reward counts once, while earned",
    )  # fmt: skip

    @property
    def polar(self) -> float:
        """a + b of the Beta law of chances; 0 where all are alike."""
        return (1.0 - self.spread) / self.spread if self.spread > 0.0 else 0.0


# ---- who they are, for life ----------------------------------------------------------------------------------------


def chances(people: People, terms: Redeemers) -> np.ndarray:
    """The own chance of redeeming at a visit; 0 for who never does. -> (n,)"""
    mean, polar = terms.propensity, terms.polar
    own = np.full(people.n, mean)
    if polar > 0.0 and 0.0 < mean < 1.0:
        own = people.beta(mean * polar, (1.0 - mean) * polar, people.lasting("redemption"))
    return np.where(people.lasting("redemption_kind") < terms.never, 0.0, own)


def waits(people: People, terms: Redeemers) -> np.ndarray:
    """The full cards that each waits for: 0, a round number, or more than anybody has. -> (n,) int32"""
    kind = people.lasting("redemption_kind")
    hoards = kind < terms.never + terms.hoard
    rounds = kind < terms.never + terms.hoard + terms.round
    return np.where(hoards, HELD, np.where(rounds, terms.cards, 0)).astype(np.int32)


def efforts(people: People, terms: Redeemers) -> np.ndarray:
    """What one redemption must bring, in cents. -> (n,)"""
    own: np.ndarray = -np.log(people.lasting("redemption_effort")) * (100.0 * terms.effort)
    return own + 0.0


# ---- at a visit ----------------------------------------------------------------------------------------------------


@rule
def comes_to_mind(weeks: float, half_life: float) -> float:
    """The chance that points are thought of so many weeks after the last visit or reminder."""
    if half_life == 0.0 or weeks <= 0.0:
        return 1.0
    return math.exp(-LOG_2 * weeks / half_life)


@rule
def has_enough(here: Any, me: Any, terms: Any, amount: int) -> bool:
    """Is it worth the effort, and as many cards as this customer waits for?"""
    if here.balance < me.redeem_from * terms.points.card:
        return False
    return amount * terms.points.worth >= me.redeem_effort * terms.points.card


@rule
def redeeming_chance(here: Any, me: Any, terms: Any, visit: Any, amount: int, due: int) -> float:
    """The chance that so many thousandths of a point are redeemed at this visit. due : how many lapse before long"""
    if amount == 0 or me.redeems == 0.0:
        return 0.0
    chance = 0.0
    if has_enough(here, me, terms, amount):
        away = visit.week - max(here.last_earned, here.reminded)
        chance = me.redeems * comes_to_mind(away, terms.redeemers.half_life)
    if due > 0:
        chance = max(chance, terms.redeemers.hurry)
    return chance


# ---- between visits ------------------------------------------------------------------------------------------------


@rule
def points_are_forgotten(terms: Any) -> bool:
    """Do points go out of mind that may be redeemed?"""
    return terms.half_life * terms.points.later != 0.0


@rule
def is_reminded(here: Any, visit: Any) -> None:
    """A message of the firm brings the points back to mind."""
    if visit.reminders > 0:
        here.reminded = visit.week


def chosen_later(scenario: Scenario) -> bool:
    """Does some program let customers choose when to redeem, now or from a date on?"""
    parts = [part for firm in scenario.firms.values() for part in firm.program.values()]
    return any(getattr(then, "redeem", None) == "later" for part in parts for _, then in variants(part))


MECHANISM = Mechanism(
    name="redeemers",
    level="behaviour",
    source="Stourm, Bradlow & Fader 2015, JMR 52(2) (stockpiling); Dorotic et al. 2014, IJRM 31 (when and how much); "
    "Smith & Sparks 2009, BJM 20 (kinds of redeemers); form and sizes assumed",
    terms=Redeemers,
    wanted=chosen_later,
    roles={"reminders": Role("messages that call points to mind")},
    fields={
        "redeems": Field(per_firm=False, dtype="float64", start=chances, unit="chance per visit, 0 = never"),
        "redeem_from": Field(per_firm=False, dtype="int32", start=waits, unit="full cards waited for, 0 = none"),
        "redeem_effort": Field(per_firm=False, dtype="float64", start=efforts, unit="cents a redemption must bring"),
        "reminded": Field(per_firm=True, dtype="int32", start=-1, unit="week of the last message, -1 = never"),
    },
    hooks=(Hook("week", is_reminded, when=points_are_forgotten, beside=("points", "contact"), order=47),),
    order=19,
)
