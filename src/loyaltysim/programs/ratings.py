"""Buyer and seller rate each other after a purchase, one before the other or both unseen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import feels, unbonded
from loyaltysim.mechanism.declare import Hook, Mechanism, Role, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Ratings(Dated):
    """A purchase deserves centre + by_quality x its quality, in whole stars from 1 to 5. A buyer posts them with the
    chance `post`; one or two stars are a bad rating, posted `negative` times as often.

    sequential     the seller sees a bad rating and answers with one, with the chance `retaliation`; who foresees that
                   (`fear`) says nothing, so bad ratings are posted 1 - fear x retaliation times as often
    simultaneous   neither sees the other's before both have rated: nothing to answer, nothing to fear
    one_sided      only the buyer rates

    Where both rate, the seller rates a buyer badly who complained or brought the purchase back.
    """

    post: float = term(0.5, "per purchase", 0.0, 1.0, doc="chance that a buyer who is not displeased posts a rating")
    negative: float = term(1.0, "times the usual chance", 0.0, 20.0, doc="how much readier the displeased are to post")
    disclosure: str = term(
        "simultaneous",
        "",
        choices=("one_sided", "sequential", "simultaneous"),
        doc="who rates, and who sees what first",
    )
    retaliation: float = term(0.5, "share of bad ratings", 0.0, 1.0, doc="that a seller who sees them gives back")
    fear: float = term(1.0, "share of the displeased", 0.0, 1.0, doc="who foresee it and say nothing instead")
    centre: float = term(4.0, "stars", 1.0, 5.0, doc="what a usual purchase deserves")
    by_quality: float = term(1.0, "stars per unit of quality", 0.0, 10.0)
    event: float = term(0.0, "bond event", -1.0, 1.0, doc="what a bad rating does to the buyer who gets it; signed")
    unit_cost: float = term(0.0, "money per rating", 0.0, 1e5, doc="of asking for it and showing it")

    @property
    def both(self) -> bool:
        """Does the seller rate too?"""
        return self.disclosure != "one_sided"

    @property
    def answered(self) -> float:
        """Share of bad ratings that the seller sees before rating, and gives back."""
        return self.retaliation if self.disclosure == "sequential" else 0.0

    @property
    def silenced(self) -> float:
        """Share of bad ratings that are not posted for fear of that."""
        return self.fear * self.answered


@rule
def on_scale(value: float, low: int, high: int) -> int:
    """The nearest whole number from low to high."""
    return int(max(low, min(high, math.floor(value + 0.5))))


@rule
def may_rate(terms: Any) -> bool:
    """Is anything rated?"""
    return terms.post > 0.0


@rule
def stars_posted(here: Any, terms: Any, visit: Any, draw_star_rating: float) -> None:
    """After a visit: stars that it deserves, stars that are posted, what the seller gives back."""
    stars = on_scale(terms.centre + terms.by_quality * here.delivered, 1, 5)
    visit.rateable += 1
    visit.stars_due += stars
    chance = terms.post
    if stars <= 2:
        chance = terms.post * terms.negative * (1.0 - terms.silenced)
    if terms.both and visit.complained + visit.returned > 0:
        visit.panned += 1
    if draw_star_rating < chance:
        visit.rated += 1
        visit.stars_given += stars
        if stars <= 2 and draw_star_rating < chance * terms.answered:
            visit.retaliations += 1
            visit.panned += 1
    if visit.panned > 0:
        visit.buyers_panned += 1


@rule
def being_rated_is_felt(terms: Any) -> bool:
    """Does a bad rating move the bond of the buyer who gets it?"""
    return terms.event != 0.0


@rule
def being_rated(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """A bad rating is felt once a purchase, whatever it was for."""
    feels(here, me, terms, terms.event * min(1, visit.panned))


def book(totals: Mapping[str, int], terms: Ratings) -> dict[str, int]:
    """Ratings at their unit cost."""
    return {"touchpoints": totals["rated"] * round(terms.unit_cost * 1e5) // 1000}


def check(terms: Ratings) -> list[tuple[str, str]]:
    """A chance is one at most."""
    if terms.post * terms.negative > 1.0 + 1e-12:
        return [("negative", f"times post is a chance of {terms.post * terms.negative:g}; allowed up to 1")]
    return []


def fits(terms: Ratings, scenario: Scenario) -> list[tuple[str, str]]:
    """What moves a bond needs one."""
    return unbonded(terms, scenario, "event")


def tell(scene: Scene) -> list[str]:
    """A bad rating received."""
    if scene.counts.get("buyers_panned", 0) > 0:
        return scene.say(f"{scene.firm} gave this customer a bad rating", f"{scene.firm} 给了该客户差评")
    return []


MECHANISM = Mechanism(
    name="ratings",
    level="program",
    source="two-sided ratings (source texts, S3-77); silence for fear: Dellarocas & Wood 2008, Management Science "
    "54(3); blind against open: Bolton, Greiner & Ockenfels 2013, Management Science 59(2); sizes assumed",
    terms=Ratings,
    neutral={"post": 0.0},
    needs=("experience",),
    roles={"panned": Role("bad ratings that the buyer got")},
    hooks=(
        Hook("visit", stars_posted, when=may_rate),
        Hook("visit", being_rated, when=being_rated_is_felt, beside=("bond",)),
    ),
    counts={
        "rateable": "purchases",
        "stars_due": "stars",
        "rated": "ratings",
        "stars_given": "stars",
        "retaliations": "ratings",
        "buyers_panned": "purchases",
    },
    book=book,
    check=check,
    fits=fits,
    priced="unit_cost",
    tell=tell,
    order=98,
)
