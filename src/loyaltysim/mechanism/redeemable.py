"""The keys of points that are redeemed when customers like, and what does not go together among them.

`redeem: later` leaves the visit to them (behaviour/redeemers.py says what they do, programs/redeeming.py what happens
at the till). A program that has such keys says what a full card is and what it is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.declare import Scene
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import NEVER, term

UNIT = 1000  # points are counted in thousandths


@dataclass(frozen=True)
class Redeemable:
    """When a full card is a reward, how much is handed in at once, and for what."""

    redeem: str = term(
        "at_once", "", choices=("at_once", "later"),
        doc="a full card is a reward at once, or customers choose a later visit (behaviour.redeemers)",
    )  # fmt: skip
    minimum: float = term(0.0, "points", 0.0, NEVER, doc="later: least that is redeemed at once; 0 = a full card")
    partial: bool = term(False, "", doc="later: any amount from the minimum on, each point worth its share of a card")
    gives: str = term(
        "money", "", choices=("money", "item"),
        doc="later: worth beside a paid purchase, or an item: that purchase is free, and earns nothing",
    )  # fmt: skip

    @property
    def card(self) -> int:
        """A full card in thousandths of a point."""
        raise NotImplementedError

    @property
    def endowed(self) -> int:
        """The sign-up bonus in thousandths of a point."""
        raise NotImplementedError

    @property
    def later(self) -> bool:
        """Do customers choose the visit at which they redeem?"""
        return self.redeem == "later"

    @property
    def item(self) -> bool:
        """Is a reward a purchase for nothing?"""
        return self.gives == "item"

    @property
    def least_cards(self) -> int:
        """The fewest full cards that are redeemed at once."""
        return max(1, -(-round(self.minimum * UNIT) // self.card))

    @property
    def least(self) -> int:
        """The least that is redeemed at once, in thousandths of a point."""
        any_amount = self.partial and self.minimum > 0.0
        return max(1, round(self.minimum * UNIT)) if any_amount else self.least_cards * self.card

    @property
    def begins(self) -> int:
        """Where the first card begins, in thousandths of a point; where any amount is redeemed, there is no card."""
        return 0 if self.partial else self.endowed


def unfit(terms: Any) -> list[tuple[str, str]]:
    """What does not go together: terms of a later redemption where there is none; where any amount is redeemed, there
    is no card to be finished, endowed or exchanged for an item. terms : of the program -> [(key, problem)]
    """
    if not terms.later:
        given = {"minimum": terms.minimum > 0.0, "partial": terms.partial, "gives": terms.item}
        return [(key, "is for points that are redeemed later; set redeem=later") for key, on in given.items() if on]
    if terms.item and terms.minimum > terms.threshold:
        return [("minimum", f"= {terms.minimum:g}: one item is one card of {terms.threshold:g}; set minimum=0")]
    if not terms.partial:
        return []
    why = "no card is there to be finished where any amount is redeemed; set"
    wrong = {
        "strength": (terms.strength > 0.0, f"{why} strength=0, or partial=false"),
        "pressure": (terms.rational, f"{why} pressure=curve and strength=0, or partial=false"),
        "endowment": (terms.endowment > 0.0, f"{why} endowment=0, or partial=false"),
        "gives": (terms.item, "= item takes a whole card; set partial=false, or gives=money"),
    }
    return [(key, said) for key, (is_wrong, said) in wrong.items() if is_wrong]


def unredeemable(terms: Any, scenario: Scenario) -> list[tuple[str, str]]:
    """A free purchase that is not worth a usual one; a minimum above what may be handed in on one purchase.

    terms : of the program -> [(key, problem)]
    """
    problems, mean = [], scenario.market.basket.mean
    if terms.item and not 0.5 <= terms.face_value / mean <= 2.0:
        said = f"= {terms.face_value:g} is not what a free purchase is worth"
        problems.append(("face_value", f"{said}; set it to {mean:g} (market.basket.mean), or gives=money"))
    programs = [firm.program for firm in scenario.firms.values() if firm.program.get("points") == terms]
    most = min((own["stacking"].most for own in programs if "stacking" in own), default=NEVER)
    if terms.later and terms.least > most * terms.card:
        said = f"= {terms.minimum:g} is more than stacking.most = {most} lets be redeemed at once"
        problems.append(("minimum", f"{said}; set it to {most * terms.threshold:g} or less"))
    return problems


def tell_of_choice(scene: Scene) -> list[str]:
    """Points that were handed in, and for what; else what has come together, once it is enough."""
    terms, gone, held = scene.terms, scene.counts.get("points_redeemed", 0), int(scene.after["balance"])
    if gone > 0 and terms.item:
        times = scene.counts["rewards"]
        many = "a purchase" if times == 1 else f"{times} purchases"
        return scene.say(
            f"{many} at {scene.firm} for nothing, for {gone / UNIT:.0f} points",
            f"用 {gone / UNIT:.0f} 积分在 {scene.firm} 免费购买 {times} 次",
        )
    if gone > 0:
        worth = scene.money(100.0 * terms.face_value * gone / terms.card)
        return scene.say(
            f"handed in {gone / UNIT:.0f} points at {scene.firm} for {worth}",
            f"在 {scene.firm} 用 {gone / UNIT:.0f} 积分兑换 {worth}",
        )
    if scene.visits and held > scene.before["balance"]:
        enough = held >= terms.least
        return scene.say(
            f"{held / UNIT:.0f} points held at {scene.firm}, {'enough' if enough else 'too few'} for a reward",
            f"在 {scene.firm} 持有 {held / UNIT:.0f} 积分，{'已可兑换' if enough else '还不够兑换'}",
        )
    return []
