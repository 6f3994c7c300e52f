"""Commit now to what who buys now will pay in the next period: a coupon off a price that is set later, or that price.

At the start of each period the firm looks at its margin, promises for the period after it, and keeps what it promised
one period before, whatever it asks by then. `part` of the margin is what a coupon takes off; a loyal price is cost and
`part` of the margin. Which of the two it is, and to whom it goes, says the program: a coupon worth a share of the
purchase, or a loyal price.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from loyaltysim.firms.decision import Decision, Draw, Policy, Seen
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

PROMISES = {"coupon": "face_value", "loyal_price": "price"}  # component -> the term that says what is promised


@dataclass(frozen=True)
class Commitment:
    """What is promised, from when on, for how long."""

    part: float = term(
        0.2, "share of the margin", -10.0, 10.0,
        doc="coupon: what it takes off; loyal price: what it leaves above cost, below 0 = under cost",
    )  # fmt: skip
    period: int = term(26, "weeks", 1, 5200, doc="from a promise until it is kept, and until the next")
    start: int = term(0, "week", 0, 5199, doc="of the first promise, which is kept a period later")


def decide(terms: Commitment, seen: Seen, draw: Draw) -> Decision:
    """At the start of a period: keep what was promised for it, promise for the next."""
    passed, kept = seen.week - terms.start, seen.memory.promised
    if passed < 0 or passed % terms.period:
        return Decision(program=without(seen)) if seen.week == 0 else Decision()
    name = kind(seen.configured)
    memory = {"promised": promise(name, terms.part, seen)}
    if passed == 0:  # nothing has been promised for this period
        return Decision(program=without(seen), memory=memory)
    own = dataclasses.replace(seen.configured[name], **{PROMISES[name]: kept})
    return Decision(program={**seen.configured, name: own}, memory=memory)


def promise(name: str, part: float, seen: Seen) -> float:
    """The coupon as a share of the price of now, or the loyal price as one of the base price; in their ranges."""
    margin = seen.own.price - seen.unit_cost
    if name == "coupon":
        return min(1.0, max(0.0, part * margin / seen.own.price))
    return min(100.0, max(0.001, (seen.unit_cost + part * margin) / seen.own.base_price))


def kind(program: Any) -> str:
    """The component that holds the promise; "" where there is none, or both."""
    found = [name for name in PROMISES if name in program]
    return found[0] if len(found) == 1 else ""


def without(seen: Seen) -> dict[str, Any]:
    """The configured program before any promise is kept."""
    return {name: own for name, own in seen.configured.items() if name != kind(seen.configured)}


def fits(terms: Commitment, firm: str, scenario: Scenario) -> list[tuple[str, str]]:
    """One promise in the program, and terms that it can have."""
    own = scenario.firms[firm]
    name = kind(own.program)
    if not name:
        why = f"is of a coupon or a loyal_price, and firms.{firm}.program has not one of them: program=commit_coupon"
        return [("part", f"{why} or program=loyal_price")]
    if name == "coupon" and own.program[name].worth_in != "share":
        return [("part", f"is a share of the purchase: set firms.{firm}.program.coupon.worth_in=share")]
    below = own.unit_cost + terms.part * (own.base_price - own.unit_cost)
    if name == "loyal_price" and below < own.unit_cost and not own.allow_loss:
        why = f"is a price below firms.{firm}.unit_cost = {own.unit_cost:g}: each repeat purchase loses money"
        return [("part", f"{why}; raise it or set firms.{firm}.allow_loss=true")]
    return []


POLICY = Policy(
    "commitment",
    "commitment to repeat buyers: Caminal & Matutes 1990, IJIO 8: best coupon 2/3 of the margin, price -1/3",
    Commitment,
    decide,
    fits=fits,
    sets=("program",),
    state={"promised": 0.0},
)
