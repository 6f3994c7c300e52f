"""Customers bring purchases back: because something was wrong, or because they can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import feels, unbonded
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene, Stock
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Returns(Dated):
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
    refund: str = term("money", "", choices=("money", "credit"), doc="what is given back: money, or credit at the firm")
    credit_pull: float = term(
        0.0, "fraction of the reference price", -1.0, 1.0, doc="credit: what much of it in hand is worth to a choice"
    )

    @property
    def in_credit(self) -> bool:
        """Is the refund credit at the firm?"""
        return self.refund == "credit"


@rule
def wants_back(me: Any, terms: Any, visit: Any, luck: float, opportunism: float) -> int:
    """1 if the purchase is brought back. luck : of this visit;  opportunism : a uniform for life"""
    if visit.failed == 1:
        return int(luck < terms.request)
    if opportunism < terms.opportunists * (1.0 + terms.lean * (1.0 - 2.0 * me.rho)):
        return int(luck < terms.abuse)
    return 0


@rule
def brought_back(
    here: Any, me: Any, terms: Any, visit: Any, draw_return: float, draw_return_accepted: float,
    lasting_opportunist: float,
) -> None:  # fmt: skip
    """Before the till closes: what is brought back and accepted is not paid, and makes part of a harm good."""
    if wants_back(me, terms, visit, draw_return, lasting_opportunist) == 0:
        return
    if draw_return_accepted >= terms.leniency:
        visit.refusals += 1
        visit.refused += 1
        return
    visit.returns += 1
    visit.returned += 1
    visit.refunds += visit.spend
    if terms.in_credit == 1:
        here.store_credit = here.store_credit + visit.spend
        visit.credit_issued += visit.spend
    visit.spend = 0
    here.sat = here.sat + terms.experience.gain * terms.made_good * max(0.0, here.harm)


@rule
def refunds_are_felt(terms: Any) -> bool:
    """Does a refund or a refusal move the bond?"""
    return terms.gratitude != 0 or terms.resentment != 0


@rule
def return_felt(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """What a refund or a refusal does to the bond."""
    feels(here, me, terms, terms.gratitude * visit.returned - terms.resentment * visit.refused)


@rule
def credit_pulls(here: Any, me: Any, terms: Any) -> float:
    """What credit in hand adds to the firm; for one customer or all at once."""
    return terms.credit_pull * here.store_credit / (here.store_credit + me.spending * 100.0)


@rule
def has_credit(here: Any) -> bool:
    """Is there credit from refunds?"""
    return here.store_credit != 0


@rule
def credit_pays(here: Any, visit: Any) -> None:
    """At a visit: credit pays for as much of the purchase as it can."""
    used = min(here.store_credit, visit.spend)
    here.store_credit = here.store_credit - used
    visit.credit_used += used


def fits(terms: Returns, scenario: Scenario) -> list[tuple[str, str]]:
    """What moves a bond needs one."""
    return unbonded(terms, scenario, "gratitude", "resentment")


def check(terms: Returns) -> list[tuple[str, str]]:
    """Only credit that is given can pull."""
    if terms.credit_pull == 0.0 or terms.in_credit:
        return []
    return [("credit_pull", f"= {terms.credit_pull:g} pulls nobody where refunds are money; set refund=credit")]


def book(totals: Mapping[str, int], terms: Returns) -> dict[str, int]:
    """Handling of every purchase that was brought to the counter; the refund itself is revenue that never was."""
    return {"recovery": int((totals["returns"] + totals["refusals"]) * round(terms.unit_cost * 100))}


def tell(scene: Scene) -> list[str]:
    """A refund, or none."""
    lines = []
    if scene.counts.get("returns", 0) > 0:
        lines += scene.say(f"brought a purchase back to {scene.firm}", f"在 {scene.firm} 退了货")
    if (used := scene.counts.get("credit_used", 0)) > 0:
        paid = scene.money(used)
        lines += scene.say(f"paid {paid} with store credit of {scene.firm}", f"用 {scene.firm} 的退货额度支付 {paid}")
    if scene.counts.get("refusals", 0) > 0:
        lines += scene.say(f"{scene.firm} would not take a purchase back", f"{scene.firm} 拒绝退货")
    return lines


MECHANISM = Mechanism(
    name="returns",
    level="program",
    source="flexible returns and who abuses them (source texts, S3-54, S4-49, S3-16); sizes assumed",
    terms=Returns,
    neutral={"request": 0.0, "opportunists": 0.0},
    needs=("experience", "service"),
    fields={"store_credit": Field(per_firm=True, dtype="int64", start=0, unit="cents of credit from refunds")},
    hooks=(
        Hook("served", brought_back),
        Hook("utility", credit_pulls, when=has_credit),
        Hook("visit", credit_pays, when=has_credit),
        Hook("visit", return_felt, when=refunds_are_felt, beside=("bond",), order=89),
    ),
    counts={
        "returns": "purchases",
        "refusals": "purchases",
        "refunds": "cents",
        "credit_issued": "cents",
        "credit_used": "cents",
    },
    book=book,
    check=check,
    stocks=(Stock("credit_issued", ("credit_used",), "store_credit", per=100),),
    fits=fits,
    generosity="leniency",
    tell=tell,
    order=57,
)
