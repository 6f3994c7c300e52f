"""Some people game programs: they fill a card with what they bring back, and open accounts for the sign-up bonus."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People, Role, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.programs.late_returns import packed
from loyaltysim.programs.points import full_cards, on_spending
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Gaming:
    """Who games is drawn once for life. Padding: at a visit with which cards could be filled, more is bought, just
    enough; the reward is spent, the rest brought back with the next visit that late_returns allows. Where spent points
    are taken back, or points cannot be used at once, there is nothing to gain: only `insist` of them still try. Several
    accounts: after a reward, or in debt, another one is opened for its sign-up bonus; what is left on the old one is
    given up (and lapses at once, a simplification). program.one_account finds some of them out; program.stacking bounds
    the cards at once.
    """

    share: float = term(0.03, "share of customers", 0.0, 1.0, doc="who game where it can be done")
    padding: float = term(0.5, "per visit", 0.0, 1.0, doc="that more is bought to fill a card, and brought back")
    stretch: float = term(2.0, "times the purchase", 0.0, 1000.0, doc="bought more at most")
    stack: int = term(1, "cards", 1, 1000, doc="that are filled at once at most")
    accounts: float = term(0.5, "per reward", 0.0, 1.0, doc="that another account is opened where there is a bonus")
    insist: float = term(0.0, "share of tries", 0.0, 1.0, doc="of padding, made where there is nothing to gain")


def gamers(people: People, terms: Gaming) -> np.ndarray:
    """One keyed draw for life. -> (n,) int8"""
    return (people.lasting("gaming") < terms.share).astype(np.int8)


@rule
def plays(me: Any) -> bool:
    """Does this customer game?"""
    return me.gamer != 0


@rule
def padded_by(here: Any, terms: Any, visit: Any) -> int:
    """Cents to buy more at this visit so that as many cards as can be are filled; 0 where none can."""
    issued, each = terms.points.issued, terms.points.issued_per_cent
    card, head_start = terms.points.card, terms.points.head_start
    held = here.balance + on_spending(visit.spend, issued, each)
    most = int(visit.spend * terms.stretch)
    if each <= 0.0 or here.balance < 0 or most <= 0:
        return 0
    full = full_cards(held, card, head_start)
    could = full_cards(held + on_spending(most, issued, each), card, head_start)
    more = min(could - full, terms.stack, terms.stacking.most - full)
    if more <= 0:
        return 0
    return math.ceil((card + (full + more - 1) * (card - head_start) - held) / each)


@rule
def pads(here: Any, terms: Any, visit: Any, draw_padding: float) -> None:
    """Before the till closes: a member to whom nothing waits to go back buys more, where it will be taken back."""
    chance = terms.padding
    if terms.late_returns.lenient == 0 or terms.points.runs_on == 1:
        chance = chance * terms.insist
    if terms.late_returns.window == 0 or here.parcel_week >= 0 or here.joined < 0 or here.last_earned < 0:
        return
    if draw_padding >= chance:
        return
    more = padded_by(here, terms, visit)
    visit.padded += more
    visit.cents = visit.cents + int(more / terms.paid)
    visit.spend = visit.spend + more


@rule
def pad_waits(here: Any, terms: Any, visit: Any) -> None:
    """After this purchase has earned: what was bought too much waits to go back."""
    if visit.padded > 0:
        packed(here, terms, visit, visit.padded)
        here.padding_waits = visit.padded


@rule
def pad_is_back(here: Any, visit: Any) -> None:
    """Once it is refunded: what gaming brought in points that stay, and what was brought back for it."""
    visit.gamed_points += visit.points_kept
    if visit.back_late > 0:
        visit.gamed_refunds += here.padding_waits
        visit.gamed_returns += min(1, here.padding_waits)
    if here.parcel_week < 0:
        here.padding_waits = 0


@rule
def asks_for_another(here: Any, terms: Any, visit: Any, draw_second_account: float) -> None:
    """After a reward, or in debt: another account, where it begins with something."""
    if visit.reward_given == 0 and here.balance >= 0:
        return
    if terms.points.endowed > 0 and draw_second_account < terms.accounts:
        visit.account_asked += 1


@rule
def another_account(here: Any, terms: Any, visit: Any) -> None:
    """The new account begins with its bonus; what the old one holds is given up, what it owes is never paid."""
    if visit.account_asked == 0 or visit.account_refused > 0:
        return
    owed, left = max(0, -here.balance), max(0, here.balance)
    bonus = terms.points.endowed
    visit.second_accounts += 1
    visit.points_expired += left
    visit.points_issued += bonus + owed
    visit.points_in += bonus + owed
    visit.gamed_points += bonus + owed
    here.balance = bonus
    here.card_start = terms.points.begins


@rule
def rewards_of_gamers(visit: Any) -> None:
    """Rewards that go to people who game."""
    visit.gamer_rewards += visit.reward_given


def fits(terms: Gaming, scenario: Scenario) -> list[tuple[str, str]]:
    """There must be something to game."""
    if terms.share == 0.0 or any("points" in firm.program for firm in scenario.firms.values()):
        return []
    return [("share", "games nothing: no firm has program.points; add it, or set share to 0")]


def tell(scene: Scene) -> list[str]:
    """Another account, and what was bought to be brought back."""
    lines = []
    if scene.counts.get("second_accounts", 0) > 0:
        lines += scene.say(f"opened another account at {scene.firm}", f"在 {scene.firm} 又开了一个账户")
    if scene.after["padding_waits"] > scene.before["padding_waits"]:
        more = scene.money(scene.after["padding_waits"])
        english = f"bought {more} more at {scene.firm} to fill a card, to bring it back"
        lines += scene.say(english, f"为凑满积分在 {scene.firm} 多买了 {more}，打算退掉")
    return lines


WITH = ("points", "late_returns")

MECHANISM = Mechanism(
    name="gaming",
    level="behaviour",
    source="returns abuse and duplicate accounts are known to operators; how many do so, and how often, is assumed",
    terms=Gaming,
    neutral={"share": 0.0},
    fields={
        "gamer": Field(per_firm=False, dtype="int8", start=gamers, unit="1 = games programs", idle=0),
        "padding_waits": Field(per_firm=True, dtype="int64", start=0, unit="cents bought to be brought back"),
    },
    hooks=(
        Hook("served", pads, when=plays, beside=WITH, order=60),
        Hook("visit", pad_is_back, when=plays, beside=WITH, order=19),
        Hook("visit", asks_for_another, when=plays, beside=("points",), order=40),
        Hook("visit", another_account, when=plays, beside=("points",), order=42),
        Hook("visit", rewards_of_gamers, when=plays, order=43),
        Hook("visit", pad_waits, when=plays, beside=WITH, order=92),
    ),
    roles={
        "padded": Role("cents bought to be brought back"),
        "account_asked": Role("further accounts asked for"),
    },
    counts={
        "gamed_points": "thousandths of a point",
        "gamed_refunds": "cents",
        "gamed_returns": "purchases",
        "gamer_rewards": "rewards",
        "second_accounts": "accounts",
    },
    fits=fits,
    tell=tell,
    order=92,
)
