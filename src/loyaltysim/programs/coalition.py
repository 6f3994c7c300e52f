"""A coalition: one currency that firms of several markets give and take, held in one account of each customer.

The firm that runs it is the operator: it owes every point, whoever gave it. A partner is a firm of another market, with
its own customers' rates, tastes and rivals; the same people shop there, week by week, after they have shopped in the
operator's market (market/partners.py). What a partner gives on spending goes into the one account, and a card that
fills at its till is a reward there. It pays the operator for each point that it gives, and is paid for each that it
takes: what one pays the other gets. With `shared=false` every partner runs the same program by itself, with a currency
of its own: the alternative at the same give-back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term

UNIT = 1000  # points are counted in thousandths
MOST = 5  # partners
PEOPLE_MOVE = ("acquisition", "arrivals", "dropout", "inflow")  # behaviour by which customers come or go


@dataclass(frozen=True)
class Partner:
    """A firm of another market, and that market: the partner and all its rivals together.

    Of a market whose tastes are a Dirichlet the rivals of one firm are one firm, exactly: shapes add up.
    """

    M: float = term(26.0, "purchases per customer and 52 weeks", 0.001, 2000.0, doc="from the partner and its rivals")
    K: float = term(0.8, "", 0.05, 1000.0, doc="NBD shape of purchase rates")
    rho: float = term(0.93, "per quarter", 0.0, 1.0, doc="persistence of purchase rates")
    S: float = term(1.3, "", 0.05, 1e6, doc="Dirichlet shape of tastes: small = loyal, large = all alike")
    share: float = term(0.4, "share of purchases", 1e-6, 0.999999, doc="of the partner, without programs")
    mean: float = term(20.0, "money", 0.01, 1e7, doc="mean spending per purchase")
    sd_between: float = term(0.4, "log money", 0.0, 3.0, doc="spread of mean log baskets between customers")
    sd_within: float = term(0.5, "log money", 0.0, 3.0, doc="spread of the log basket within a customer")
    unit_cost: float = term(0.7, "share of the price", 0.0, 1.0, doc="variable cost of what is sold")
    together: float = term(
        0.0, "correlation", -1.0, 1.0, doc="of the normal scores of purchase rates here and at the operator, at birth"
    )
    earn: float = term(1.0, "points per unit of money", 0.0, 1e6)
    ask: float = term(0.02, "per visit", 0.0, 1.0, doc="chance that a visitor notices the offer to join")
    redeem: bool = term(True, "", doc="can points be used here, or only be earned")
    fee: float = term(0.8, "share of a point's face value", 0.0, 5.0, doc="paid to the operator for each point given")
    refund: float = term(0.8, "share of a point's face value", 0.0, 5.0, doc="paid by the operator for each point used")


@dataclass(frozen=True)
class Coalition(Dated):
    """Who takes part, and whether the currency is one."""

    partners: Mapping[str, Partner] = field(
        default_factory=dict, metadata=term(None, "", doc="firms of other markets, by name").metadata
    )
    shared: bool = term(True, "", doc="one currency; false = each partner runs the same program by itself")


@rule
def collected(here: Any, visit: Any) -> None:
    """At the end of a visit: what came to the account here, and what was handed over here."""
    here.collected = here.collected + visit.points_in
    here.handed = here.handed + visit.reward_given


def fits(terms: Coalition, scenario: Scenario) -> list[tuple[str, str]]:
    """One firm runs it; customers are there from the first week to the last; points neither wait nor lapse by date."""
    problems = [(f"partners.{name}", f"is a firm of this market; {called(name)}") for name in terms.partners
                if name in scenario.firms]  # fmt: skip
    if len(terms.partners) > MOST:
        problems.append(("partners", f"are {len(terms.partners)}, at most {MOST}"))
    running = [name for name, firm in scenario.firms.items() if firm.program.get("coalition") == terms]
    if len(running) > 1:
        why = f"are those of one firm, and {' and '.join(running)} have them: one coalition a market, none in a game"
        problems.append(("partners", f"{why}; drop coalition from the others"))
    elif running and running[0] != scenario.focal:
        problems.append(("partners", f"are those of the firm in question: set focal={running[0]}, or drop coalition"))
    if scenario.market.setting == "contract":
        problems.append(("partners", "need a market in which people shop; here they have contracts"))
    if moving := [name for name in PEOPLE_MOVE if name in scenario.behaviour]:
        why = f"shop from the first week to the last: ~behaviour.{moving[0]} removes what lets customers come or go"
        problems.append(("partners", why))
    if scenario.record.accounts:
        problems.append(("partners", "are nobody's account: set record.accounts=false"))
    return [*problems, *unlike(scenario, running)] if terms.partners else []


def unlike(scenario: Scenario, running: list[str]) -> list[tuple[str, str]]:
    """What of the points of these firms no partner can give."""
    programs = [scenario.firms[name].program for name in running]
    without = [("partners", "do nothing without points: add program.points, or drop coalition")]
    problems = without if any("points" not in program for program in programs) else []
    for points in (program["points"] for program in programs if "points" in program):
        if points.pending > 0 or points.dated:
            why = "give points that are used at once and lapse by inactivity or never: set points.pending=0"
            problems.append(("partners", f"{why}, points.expiry_rule=inactivity"))
        if points.audience != "member":
            problems.append(("partners", "know members only: set points.audience=member"))
    return problems


def called(name: str) -> str:
    """Another name for a partner."""
    return f"call it {name}_partner"


def tell(scene: Scene) -> list[str]:
    """Points from partners, rewards there."""
    earned, used = (int(scene.after[name]) - int(scene.before[name]) for name in ("from_partners", "to_partners"))
    points, told = f"{earned / UNIT:.0f}", list[str]()
    if earned > 0:
        told += scene.say(
            f"earned {points} points of {scene.firm} at partners", f"在伙伴商家赚到 {scene.firm} 的 {points} 积分"
        )
    if used > 0:
        told += scene.say(
            f"got a reward for points of {scene.firm} at a partner", f"用 {scene.firm} 的积分在伙伴商家换了奖励"
        )
    return told


def book(totals: Mapping[str, int], terms: Coalition) -> dict[str, int]:
    """What partners paid for points that they gave, less what they were paid for points that they took."""
    return {"reward_cost": totals.get("partner_refunds", 0) - totals.get("partner_fees", 0)}


MECHANISM = Mechanism(
    name="coalition",
    level="program",
    source="coalition programs such as Air Miles, Nectar and Payback; that they add nothing as such: Bombaij & Dekimpe "
    "2020, IJRM 37; one currency, settled point by point, is what their terms say; sizes assumed",
    terms=Coalition,
    neutral={"partners": {}},
    needs=("membership",),
    fields={
        "abroad": Field(per_firm=True, dtype="float64", start=0.0, unit="points a week that are earned elsewhere"),
        "abroad_visits": Field(per_firm=True, dtype="float64", start=0.0, unit="purchases a week elsewhere"),
        "collected": Field(
            per_firm=True, dtype="int64", start=0, unit="thousandths of a point that came to the account"
        ),
        "handed": Field(per_firm=True, dtype="int64", start=0, unit="rewards handed over"),
        "from_partners": Field(per_firm=True, dtype="int64", start=0, unit="thousandths of a point earned at partners"),
        "to_partners": Field(per_firm=True, dtype="int64", start=0, unit="rewards handed over by partners"),
    },
    hooks=(Hook("visit", collected, order=97),),
    counts={
        "partner_issued": "thousandths of a point",
        "partner_redeemed": "thousandths of a point",
        "partner_fees": "cents",
        "partner_refunds": "cents",
    },
    book=book,
    fits=fits,
    own=True,
    tell=tell,
    order=22,
)
