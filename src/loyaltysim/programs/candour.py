"""Bad news about a firm: it says so itself, or hopes that nobody finds out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import feels
from loyaltysim.mechanism.declare import Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Candour(Dated):
    """Trouble that concerns a customer (a fault, a leak of data) costs the bond told_loss if the firm tells of it, and
    found_loss if it is found out. Telling is better for the bond where discovery x found_loss > told_loss.

    In a window of weeks it is a dated setback (or, with a negative loss, goodwill at a date). Where a bond is at its
    floor there is nothing to lose.
    """

    chance: float = term(0.01, "per customer and week", 0.0, 1.0, doc="of trouble that concerns this customer")
    told: float = term(1.0, "share of troubles", 0.0, 1.0, doc="that the firm tells of")
    told_loss: float = term(0.05, "bond event", -1.0, 1.0, doc="of one that is told; below 0 it wins hearts")
    discovery: float = term(0.5, "share of the untold", 0.0, 1.0, doc="that is found out")
    found_loss: float = term(0.2, "bond event", -1.0, 1.0, doc="of one that is found out")
    from_week: int = term(0, "week", 0, 5200, doc="the first week of trouble")
    weeks: int = term(5200, "weeks", 1, 5200, doc="of trouble from then on")

    @property
    def until(self) -> int:
        """The first week without trouble."""
        return self.from_week + self.weeks


@rule
def may_have_trouble(me: Any, terms: Any) -> bool:
    """Is there trouble for those in the market?"""
    return me.status == 1 and terms.chance != 0


@rule
def trouble(here: Any, me: Any, terms: Any, visit: Any, draw_trouble: float, draw_discovery: float) -> None:
    """A week: what was told or found out moves the bond."""
    if visit.week < terms.from_week or visit.week >= terms.until:
        return
    if draw_trouble >= terms.chance:
        return
    if draw_trouble < terms.chance * terms.told:
        feels(here, me, terms, -terms.told_loss)
        visit.disclosures += 1
    elif draw_discovery < terms.discovery:
        feels(here, me, terms, -terms.found_loss)
        visit.discoveries += 1


def tell(scene: Scene) -> list[str]:
    """Trouble, told or found out."""
    lines = []
    if scene.counts.get("disclosures", 0) > 0:
        lines += scene.say(f"{scene.firm} told of a trouble itself", f"{scene.firm} 主动说明了问题")
    if scene.counts.get("discoveries", 0) > 0:
        lines += scene.say(f"found out what {scene.firm} had kept quiet", f"发现 {scene.firm} 隐瞒了问题")
    return lines


MECHANISM = Mechanism(
    name="candour",
    level="program",
    source="honesty about bad news (source texts, S4-33), setbacks of trust (S3-18); sizes assumed",
    terms=Candour,
    neutral={"chance": 0.0},
    needs=("bond",),
    hooks=(Hook("week", trouble, when=may_have_trouble),),
    counts={"disclosures": "customers", "discoveries": "customers"},
    own=True,
    tell=tell,
    order=48,
)
