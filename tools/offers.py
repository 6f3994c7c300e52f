"""Draw the pictures of docs/offers.md with the very rules that a market runs: `python tools/offers.py`."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from matplotlib.axes import Axes

from loyaltysim.mechanism.left_out import minds
from loyaltysim.present import charts
from loyaltysim.programs.coupon import Coupon, coupon_pull
from loyaltysim.programs.promotion import Promotion, buys_ahead, uses_stock, weeks_purchases
from loyaltysim.programs.returns import Returns, credit_pulls

FILE = Path(__file__).resolve().parents[1] / "docs" / "offers.png"
USUAL = 2000  # cents of a purchase, one a week


def offered(terms: Any, **more: Any) -> SimpleNamespace:
    """Terms as rules read them."""
    return SimpleNamespace(**{**{k: getattr(terms, k) for k in dir(terms) if not k.startswith("_")}, **more})


def coupons(axes: Axes) -> None:
    """The pull of a coupon in hand by the size of the purchase."""
    spends, me = [25.0 * k for k in range(1, 241)], SimpleNamespace(link_reward=1.0)
    kinds = {
        "2 off": Coupon(face_value=2.0, redeem=1.0),
        "2 off from 15 on": Coupon(face_value=2.0, min_spend=15.0, redeem=1.0),
        "10 % off": Coupon(face_value=0.1, worth_in="share", redeem=1.0),
    }
    for (label, own), colour, dash in zip(kinds.items(), charts.PALETTE, charts.DASHES, strict=False):
        terms = offered(own)
        pull = [100.0 * coupon_pull(None, me, terms, SimpleNamespace(paid_cents=s), 0.0) for s in spends]
        axes.plot([s / 100.0 for s in spends], pull, color=colour, linestyle=dash, label=label)
    axes.set(title="a coupon in hand", xlabel="purchase, money", ylabel="pull, % of the purchase", ylim=(0, 45))
    axes.legend(frameon=False)


def weekly(own: Promotion, weeks: int) -> list[float]:
    """Volume of one customer week by week, in usual purchases; one who buys ahead, or waits, at one firm."""
    me = SimpleNamespace(status=1, rate=1.0, spending=USUAL / 100.0, pace=1.0, from_stock=0.0, waits=0.0, put_off=0.0)
    here, found = SimpleNamespace(stocked=0, bond=0.0, prior=1.0), []
    for week in range(weeks):
        near, me.pace = float(own.soon(week)), 1.0
        terms = offered(own, paid=1.0, promotion_near=near)
        visit = SimpleNamespace(cents=0, spend=0, stock_used=0, stock_bought=0, bought_ahead=0)
        uses_stock(here, me, terms, visit)
        weeks_purchases(me)
        visit.cents = visit.spend = round(USUAL * me.pace)
        if own.on(week):
            buys_ahead(here, me, terms, visit, 0.0)
        found.append(visit.cents / USUAL)
    return found


def promotions(axes: Axes) -> None:
    """What one customer buys around a promotion."""
    once = {"first": 6, "length": 2, "every": 0}
    kinds = {
        "buys ahead": Promotion(**once, stockpile=1.0),
        "waits": Promotion(**once, stockpile=0.0, waiting=0.5),
        "neither": Promotion(**once, stockpile=0.0),
    }
    for (label, own), colour, dash in zip(kinds.items(), charts.PALETTE, charts.DASHES, strict=False):
        axes.step(range(18), weekly(own, 18), where="post", color=colour, linestyle=dash, label=label)
    axes.axvspan(6, 8, color=charts.SKY, alpha=0.2, linewidth=0)
    axes.set(title="a promotion in weeks 6 and 7", xlabel="week", ylabel="volume, usual purchases", ylim=(0, 2.6))
    axes.legend(frameon=False)


def feelings(axes: Axes) -> None:
    """What credit in hand, and being left out, are worth to a choice."""
    me, share = SimpleNamespace(spending=USUAL / 100.0), [k / 50.0 for k in range(151)]
    terms = offered(Returns(refund="credit", credit_pull=0.1))
    credit = [100.0 * credit_pulls(SimpleNamespace(store_credit=s * USUAL), me, terms) for s in share]
    axes.plot(share, credit, color=charts.BLUE, label="credit, credit_pull .1")
    axes.axhline(
        100.0 * minds(0, 0.0, 1.0, 0.02),
        color=charts.VERMILION,
        linestyle=charts.DASHES[1],
        label="left out, fairness .02",
    )
    axes.axhline(0.0, color=charts.GREY, linewidth=0.8)
    axes.set(
        title="credit, and being left out",
        xlabel="credit, usual purchases",
        ylabel="worth, % of the price",
        ylim=(-4, 10),
    )
    axes.legend(frameon=False)


def main() -> None:
    """Draw the three rules side by side."""
    with charts.style():
        figure, axes = charts.sheet(11.0, 3.6, columns=3)
        for draw, own in zip((coupons, promotions, feelings), axes, strict=True):
            draw(own)
        figure.savefig(FILE, dpi=80)


if __name__ == "__main__":
    main()
