"""Customers bring purchases back: because something was wrong, or because they can."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.behaviour.bond import bond_moves, unbonded
from loyaltysim.mechanism.declare import Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Returns:
    """What is brought back and accepted is refunded in full: it is neither revenue nor spending, earns no reward, and
    its goods are written off. A refund after a failure makes part of the harm good. Some customers also bring back what
    was fine; `lean` says who: 1 those of low relationship propensity, -1 those of high, 0 anybody.
    """

    request: float = term(0.3, "share of failed visits", 0.0, 1.0, doc="whose purchase is brought back")
    leniency: float = term(1.0, "share of requests", 0.0, 1.0, doc="that are accepted")
    made_good: float = term(0.5, "share of the harm", 0.0, 1.0, doc="that a refund makes good")
    opportunists: float = term(0.0, "share of customers", 0.0, 0.5, doc="who also bring back what was fine")
    abuse: float = term(0.1, "per visit of theirs", 0.0, 1.0, doc="how often they do")
    lean: float = term(0.0, "", -1.0, 1.0, doc="who they are, by relationship propensity")
    gratitude: float = term(0.0, "bond event per refund", -1.0, 1.0, doc="signed")
    resentment: float = term(0.0, "bond event per refusal", -1.0, 1.0, doc="what a refusal takes; signed")
    unit_cost: float = term(1.0, "money per return", 0.0, 1e5, doc="handling, refused ones too")


@rule
def wants_back(
    failed, rho, draw_return, lasting_opportunist, returns_request, returns_abuse, returns_opportunists, returns_lean
):
    """1 if the purchase is brought back."""
    if failed == 1:
        return int(draw_return < returns_request)
    if lasting_opportunist < returns_opportunists * (1.0 + returns_lean * (1.0 - 2.0 * rho)):
        return int(draw_return < returns_abuse)
    return 0


@rule
def brought_back(
    spend, sat, harm, rho, gain_failures, draw_return, draw_return_accepted, lasting_opportunist, returns_request,
    returns_abuse, returns_opportunists, returns_lean, returns_leniency, returns_made_good, experience_gain,
):  # fmt: skip
    """Before the till closes: what is paid in the end, satisfaction; returns, refusals, and the cents refunded."""
    wanted = wants_back(
        gain_failures, rho, draw_return, lasting_opportunist, returns_request, returns_abuse, returns_opportunists,
        returns_lean,
    )  # fmt: skip
    if wanted == 0:
        return spend, sat, 0, 0, 0
    if draw_return_accepted >= returns_leniency:
        return spend, sat, 0, 1, 0
    return 0, sat + experience_gain * returns_made_good * max(0.0, harm), 1, 0, spend


@rule
def return_felt(
    bond, gain_returns, gain_refusals, link_recept, returns_gratitude, returns_resentment, bond_loss, bond_floor
):
    """What a refund or a refusal does to the bond."""
    event = returns_gratitude * gain_returns - returns_resentment * gain_refusals
    return bond_moves(bond, event, link_recept, bond_loss, bond_floor)


def columns(terms: Returns | None, program) -> dict[str, float | int]:
    """The numbers that the step reads; without the component nothing is brought back."""
    own = Returns(request=0.0) if terms is None else terms
    names = ("request", "leniency", "made_good", "opportunists", "abuse", "lean", "gratitude", "resentment")
    return {f"returns_{name}": getattr(own, name) for name in names}


def fits(terms: Returns, scenario) -> list[tuple[str, str]]:
    """What moves a bond needs one."""
    return unbonded(terms, scenario, "gratitude", "resentment")


def book(totals, terms: Returns) -> dict[str, int]:
    """Handling of every purchase that was brought to the counter; the refund itself is revenue that never was."""
    return {"recovery": int((totals["returns"] + totals["refusals"]) * round(terms.unit_cost * 100))}


def tell(scene: Scene) -> list[str]:
    """A refund, or none."""
    lines = []
    if scene.counts.get("returns", 0) > 0:
        lines += scene.say(f"brought a purchase back to {scene.firm}", f"在 {scene.firm} 退了货")
    if scene.counts.get("refusals", 0) > 0:
        lines += scene.say(f"{scene.firm} would not take a purchase back", f"{scene.firm} 拒绝退货")
    return lines


MECHANISM = Mechanism(
    name="returns",
    level="program",
    source="flexible returns and who abuses them (source texts, S3-54, S4-49, S3-16); sizes assumed",
    terms=Returns,
    neutral={"request": 0.0, "opportunists": 0.0},
    columns=columns,
    needs=("experience", "service"),
    hooks=(
        Hook("served", brought_back, sets=("spend", "sat"), counts=("returns", "refusals", "refunds")),
        Hook(
            "visit",
            return_felt,
            sets=("bond",),
            beside=("bond",),
            only="returns_gratitude != 0 or returns_resentment != 0",
            order=89,
        ),
    ),
    counts={"returns": "purchases", "refusals": "purchases", "refunds": "cents"},
    book=book,
    fits=fits,
    generosity="leniency",
    tell=tell,
    order=57,
)
