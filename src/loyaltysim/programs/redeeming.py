"""Points are redeemed at a later visit that the customer chooses: as money beside a purchase, or for a free one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.redeemers import chosen_later, has_enough, redeeming_chance
from loyaltysim.mechanism.declare import Hook, Mechanism
from loyaltysim.mechanism.rules import rule
from loyaltysim.programs.batches import due_soon
from loyaltysim.programs.points import full_cards


@dataclass(frozen=True)
class Redeeming:
    """No keys: it acts where program.points.redeem is `later`; what customers do is behaviour.redeemers."""


@rule
def cards_at_once(held: int, card: int, head_start: int, least: int, portion: float) -> int:
    """Full cards that are handed in at once: a portion of those held, at least `least`; none where there are fewer."""
    full = full_cards(held, card, head_start)
    if full < least:
        return 0
    return max(least, int(full * portion))


@rule
def points_at_once(held: int, least: int, portion: float) -> int:
    """The same where any amount is redeemed, in thousandths of a point."""
    if held < least:
        return 0
    return max(least, int(held * portion))


@rule
def on_offer(here: Any, terms: Any) -> int:
    """Thousandths of a point that a redemption at this visit would take: of what can be used, before this purchase."""
    if terms.points.members == 1 and here.joined < 0:
        return 0
    held, most = here.balance - here.unripe, terms.stacking.most
    if terms.points.partial == 1:
        amount = points_at_once(held, terms.points.least, terms.redeemers.portion)
        if amount // terms.points.card >= most:
            return most * terms.points.card
        return amount
    cards = cards_at_once(
        held, terms.points.card, terms.points.head_start, terms.points.least_cards, terms.redeemers.portion
    )
    if terms.points.item == 1:
        most = 1
    return min(cards, most) * terms.points.card


@rule
def redeems_later(terms: Any) -> bool:
    """Does the program leave it to customers when they redeem?"""
    return terms.points.later != 0


@rule
def exchanged(here: Any, terms: Any, visit: Any, amount: int) -> int:
    """Points become rewards, and each new card begins with its head start; rewards, 0 for part of a card."""
    cards = amount // terms.points.card
    given = cards * terms.points.head_start
    here.balance = here.balance + given - amount
    visit.points_in += given
    visit.points_issued += given
    visit.points_redeemed += amount
    visit.rewards += cards
    return cards


@rule
def handed_in(here: Any, me: Any, terms: Any, visit: Any, draw_redeem: float) -> None:
    """Before the till closes: what was held before this purchase is handed in. For an item this purchase is free: its
    goods are the reward, and it earns nothing.
    """
    amount = on_offer(here, terms)
    if draw_redeem >= redeeming_chance(here, me, terms, visit, amount, due_soon(here, terms, visit)):
        return
    visit.reward_given += max(1, exchanged(here, terms, visit, amount))
    if terms.points.item == 1:
        visit.cents = 0
        visit.spend = 0
        if here.last_earned >= 0:
            here.last_earned = visit.week


@rule
def redeems_at_home(terms: Any) -> bool:
    """May points be redeemed without a purchase?"""
    return terms.redeemers.at_home * terms.points.later != 0.0


@rule
def ordered(here: Any, me: Any, terms: Any, visit: Any, draw_redeem: float) -> None:
    """In a week: what is held is handed in without a purchase, by who ever redeems and holds enough; its goods are the
    reward.
    """
    amount = on_offer(here, terms)
    if amount == 0 or me.redeems == 0.0 or me.status != 1 or draw_redeem >= terms.redeemers.at_home:
        return
    if has_enough(here, me, terms, amount) == 0:
        return
    here.received = here.received + max(1, exchanged(here, terms, visit, amount))


@rule
def redeeming_pulls(terms: Any) -> bool:
    """Does what may be redeemed pull by itself?"""
    return terms.redeemers.redeem_effect * terms.points.later != 0.0


@rule
def redeeming_pull(here: Any, me: Any, terms: Any, visit: Any) -> float:
    """What this customer would redeem at this visit, as a fraction of what it costs: at most all of it."""
    amount = on_offer(here, terms)
    chance = redeeming_chance(here, me, terms, visit, amount, due_soon(here, terms, visit))
    brings = amount * terms.points.worth / terms.points.card / visit.paid_cents
    return terms.redeemers.redeem_effect * me.link_reward * chance * min(1.0, brings)


MECHANISM = Mechanism(
    name="redeeming",
    level="behaviour",
    source="when and how much is the customer's choice: Dorotic, Verhoef, Fok & Bijmolt 2014, IJRM 31",
    terms=Redeeming,
    wanted=chosen_later,
    hooks=(
        Hook("utility", redeeming_pull, when=redeeming_pulls, beside=("points", "redeemers")),
        Hook("week", ordered, when=redeems_at_home, beside=("points", "redeemers"), order=48),
        Hook("served", handed_in, when=redeems_later, beside=("points", "redeemers")),
    ),
    reward_rate=lambda terms: 0.0,  # beyond that of points; it pulls as a reward does, and is none of what is felt
    order=19,
)
