"""A bond is a liking that touchpoints build and time wears off."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.mechanisms.parts import Amplifier, Field, Hook, Mechanism
from loyaltysim.rules import rule
from loyaltysim.schema import term


@dataclass(frozen=True)
class Bond:
    """One dimension in [0, 1], 0 without a program, so that its pull is a deviation from the no-program state."""

    premium: float = term(
        0.10, "fraction of the reference price", 0.0, 2.0, doc="what a fully bonded customer would pay more to stay"
    )
    half_life: float = term(52.0, "weeks", 0.1, 5200.0)


@rule
def bond_pull(bond, bond_premium, link_bond):
    """What the bond is worth, as a fraction of the reference price."""
    return bond_premium * link_bond * bond


@rule
def bond_rises(bond, effect, receptivity):
    """A positive event closes part of the gap to a full bond; at most the whole gap."""
    return bond + min(1.0, effect * receptivity) * (1.0 - bond)


@rule
def bond_fades(bond, bond_keep):
    """A week passes."""
    return bond * bond_keep


def columns(terms: Bond, scenario) -> dict[str, float]:
    """The numbers that the step reads."""
    return {"bond_premium": terms.premium, "bond_keep": 0.5 ** (1.0 / terms.half_life)}


MECHANISM = Mechanism(
    name="bond",
    level="behaviour",
    source="Garbarino & Johnson 1999, J. Marketing 63 (relational and transactional customers); half-life assumed",
    terms=Bond,
    neutral={"premium": 0.0},
    columns=columns,
    fields={"bond": Field(per_firm=True, dtype="float64", start=0.0, unit="strength in [0, 1]")},
    hooks=(Hook("week", bond_fades, sets=("bond",)), Hook("utility", bond_pull)),
    amplifiers={"bond": Amplifier("bond", {"premium": 0.0})},
    order=40,
)
