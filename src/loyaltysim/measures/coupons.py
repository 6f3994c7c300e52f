"""Of redeemed coupons, which were for purchases that would not have been made, and which were given away."""

from __future__ import annotations

from loyaltysim.measures.program_effects import gained, window
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism.measure import measure
from loyaltysim.scenario.model import Scenario

GAINED = ("visits", "revenue", "cost_of_goods")
MONEY = ("coupons_incremental", "coupons_subsidised")


@measure(
    "coupons_anyway", unit="share of coupons", words="of 100 coupons redeemed, for purchases that came anyway",
    chinese="每 100 张核销券中本来就会购买的", style="per hundred",
    of="1 less the purchases at the firm beyond those of the same customers without the program, over coupons "
    "redeemed; at least 0, at most 1",
)  # fmt: skip
@measure(
    "coupons_incremental", unit="money per customer and year",
    words="margin that coupons brought, {currency} per customer and year",
    chinese="优惠券带来的增量毛利", style="change",
    of="revenue less goods beyond the twin's, less the coupons redeemed at such purchases, at their cost",
)  # fmt: skip
@measure(
    "coupons_subsidised", unit="money per customer and year",
    words="coupons given away, {currency} per customer and year", chinese="补贴掉的优惠券", style="money",
    of="coupons redeemed at purchases that would have come anyway, at their cost",
)  # fmt: skip
def coupons(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """Incremental against subsidised margin, by net count: which purchase of a customer a coupon brought nobody knows,
    how many it brought is the difference to the twin. Nothing where no coupon was redeemed.

    Source: incremental sales per redemption, Neslin 1990, Marketing Science 9.
    """
    w = window(scenario, worlds)
    rows = w.weekly(worlds.with_it)
    if "coupons_redeemed" not in rows or rows.coupons_redeemed.sum() == 0:
        return {}
    own = scenario.firms[scenario.focal].program.get("coupon")
    cost = float(rows.coupon_cents.sum()) * (1.0 if own is None else own.cost)
    more = {line: float(gained(worlds.with_it, worlds.without, w, line).sum()) for line in GAINED}
    found = split(float(rows.coupons_redeemed.sum()), cost, more["visits"], more["revenue"] - more["cost_of_goods"])
    each = {name: w.per_customer_year(found[name], worlds.with_it) for name in MONEY}
    return {"coupons_anyway": found["coupons_anyway"], **each}


def split(redeemed: float, cost: float, extra: float, margin: float) -> dict[str, float]:
    """Coupons redeemed and what they cost, by what they were for.

    extra, margin : purchases beyond the twin's, and what they leave
    """
    anyway = min(1.0, max(0.0, 1.0 - ratio(extra, redeemed)))
    return {
        "coupons_anyway": anyway,
        "coupons_incremental": margin - cost * (1.0 - anyway),
        "coupons_subsidised": cost * anyway,
    }
