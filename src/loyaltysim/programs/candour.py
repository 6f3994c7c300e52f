"""Bad news about a firm: it says so itself, or hopes that nobody finds out."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.behaviour.bond import bond_moves
from loyaltysim.mechanism.declare import Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Candour:
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


@rule
def trouble(
    bond, week, link_recept, draw_trouble, draw_discovery, bond_loss, bond_floor, candour_chance, candour_told,
    candour_told_loss, candour_discovery, candour_found_loss, candour_from, candour_until,
):  # fmt: skip
    """A week: the bond after what was told or found out; disclosures, discoveries."""
    if draw_trouble >= candour_chance or week < candour_from or week >= candour_until:
        return bond, 0, 0
    if draw_trouble < candour_chance * candour_told:
        return bond_moves(bond, -candour_told_loss, link_recept, bond_loss, bond_floor), 1, 0
    if draw_discovery < candour_discovery:
        return bond_moves(bond, -candour_found_loss, link_recept, bond_loss, bond_floor), 0, 1
    return bond, 0, 0


def columns(terms: Candour | None, program) -> dict[str, float | int]:
    """The numbers that the step reads; without the component there is no trouble."""
    own = Candour(chance=0.0) if terms is None else terms
    names = ("chance", "told", "told_loss", "discovery", "found_loss")
    window = {"candour_from": own.from_week, "candour_until": own.from_week + own.weeks}
    return {**{f"candour_{name}": getattr(own, name) for name in names}, **window}


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
    columns=columns,
    needs=("bond",),
    hooks=(
        Hook(
            "week",
            trouble,
            sets=("bond",),
            counts=("disclosures", "discoveries"),
            only="status == 1 and candour_chance != 0",
        ),
    ),
    counts={"disclosures": "customers", "discoveries": "customers"},
    own=True,
    tell=tell,
    order=48,
)
