"""What one program design does to its firm by a horizon: numbers of one seed, from the worlds with and without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from loyaltysim.market.book import Book
from loyaltysim.measures import coalition, contracts, liability, program_effects, repeat_buying
from loyaltysim.measures.program_effects import Window
from loyaltysim.measures.ratio import mean, ratio
from loyaltysim.measures.registry import brought, unit
from loyaltysim.measures.statistics import Estimate, ratio_of_means
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism.measure import measure
from loyaltysim.scenario.model import Scenario

QUARTER, YEAR = 13, 52
TAKEN = ("lift_visits", "lift_revenue", "lift_share_points", "break_even_lift", "enrolled_share", "payback_week")


def until(book: Book, week: int) -> Book:
    """The same run as if it had ended before `week`; who came later counts as not yet come."""
    people = book.people
    late = people.entered.to_numpy() >= week
    return replace(
        book,
        weekly=book.weekly[book.weekly.week < week],
        people=people.assign(status=np.where(late, 0, people.status.to_numpy())),
        log=book.log[book.log.week < week],
        offers=book.offers[:week],
        around=book.around[:week],
        moves=book.moves[book.moves.week < week],
        survey=book.survey[book.survey.week < week],
        partners=None if book.partners is None else book.partners[book.partners.week < week],
    )


def overhead(book: Book, w: Window) -> float:
    """What the firm paid beside the goods since the launch, in cents: every line between revenue and profit, and what
    it gave back for goods that it wrote off.
    """
    rows = w.weekly(book)
    return float(rows.revenue.sum() + program_effects.refunded(rows) - rows.cost_of_goods.sum() - rows.profit.sum())


def program_cost(with_it: Book, idle: float, w: Window) -> float:
    """What the program costs, money per customer and year: overhead with it less overhead without it (idle, cents).

    Rewards at their cost when redeemed and the change of the liability, touchpoints, set-up and running: whatever
    line a component books, present or future.
    """
    return w.per_customer_year(overhead(with_it, w) - idle, with_it)


@measure(
    "margin_per_customer", unit="money per customer and year",
    words="extra margin, {currency} per customer and year", chinese="增量毛利", style="change", short="extra margin",
    head=("extra", "margin"), of="change of revenue less the cost of the goods, per customer and year",
)  # fmt: skip
@measure(
    "liability_per_customer", unit="money per customer", words="owed at the end, {currency} per customer",
    chinese="期末负债", style="money", short="owed at the end", head=("", "owed"),
    of="rewards promised and not yet redeemed at the horizon, at their cost, per customer",
)  # fmt: skip
def money(scenario: Scenario, with_it: Book, without: Book, launch: int) -> dict[str, float]:
    """Profit, margin and cost, money per customer and year; extra visits, liability, payback. From weekly tables."""
    w = Window.of(scenario, launch)
    gain = program_effects.gained(with_it, without, w, "profit")
    margin = program_effects.gained(with_it, without, w, "revenue") - program_effects.gained(
        with_it, without, w, "cost_of_goods"
    )
    visits = program_effects.gained(with_it, without, w, "visits").sum()
    customers = int(program_effects.entered(with_it).sum())
    return {
        "profit_per_customer": w.per_customer_year(float(gain.sum()), with_it),
        "margin_per_customer": w.per_customer_year(margin.sum(), with_it),
        "program_cost_per_customer": program_cost(with_it, overhead(without, w), w),
        "extra_visits": ratio(visits, customers * w.years),
        "liability_per_customer": ratio(w.weekly(with_it).liability_change.sum(), 100.0 * customers),
        "payback_week": program_effects.payback(gain.cumsum()),
        "ahead_until_week": program_effects.ahead_until(gain.cumsum()),
    }


@measure(
    "retention_change", unit="share", words="customers who stay, points", chinese="留存率变化（百分点）",
    style="points",
    short="retention, points", head=("retention", "points"),
    of="change of the share of a quarter's buyers who buy again in the next quarter (with contracts: of "
    "ended contracts that are renewed), in percentage points",
)  # fmt: skip
@measure(
    "wallet_change", unit="share", words="share of buyers' spending, points", chinese="钱包份额变化（百分点）",
    style="points",
    of="wallet with the program less without it",
)  # fmt: skip
def outcomes(scenario: Scenario, with_it: Book, without: Book, launch: int) -> dict[str, float]:
    """Everything that a comparison tells of a design at the horizon `scenario.weeks`; both books end there."""
    w, worlds = Window.of(scenario, launch), Worlds(without, with_it, without, launch)
    whole, kept, wallet = program_effects.totals(scenario, worlds), {}, {}
    cash = money(scenario, with_it, without, launch)
    for name, book in (("with", with_it), ("without", without)):
        kept[name], wallet[name] = retention(book, w), wallet_share(book, w)
    return {
        **{name: whole[name] for name in TAKEN},
        **program_effects.deadweight(scenario, worlds),
        **program_effects.who_moved(scenario, worlds),
        **cash,
        **liability.two_views(with_it, w, cash["profit_per_customer"]),
        **coalition.coalition(scenario, worlds),
        "retention": kept["with"],
        "retention_change": kept["with"] - kept["without"],
        "wallet": wallet["with"],
        "wallet_change": wallet["with"] - wallet["without"],
        "active_share": active_share(with_it, w),
        "breakage_share": breakage_share(with_it, w),
        **brought(scenario, with_it, w.firm),
    }


def retention(book: Book, w: Window) -> float:
    """Share of the firm's buyers of a quarter who buy there again in the next: all pairs of quarters since the launch.

    Every pair counts by its buyers; a horizon of less than two quarters has none (nan). Where customers have contracts:
    the share of contracts that ended since the launch and were renewed with the firm, 1 - churn per renewal.
    """
    if "renewals" in book.weekly:
        return float(contracts.retention(book, w.launch)[w.place])
    quarters = (w.weeks - w.launch) // QUARTER
    if quarters < 2:
        return float("nan")
    log = w.log(book)
    bought = np.zeros((len(book.people), quarters))
    block = (log.week.to_numpy() - w.launch) // QUARTER
    inside = block < quarters
    bought[log.row.to_numpy()[inside], block[inside]] = 1.0
    periods = bought.T[:, :, None]
    return float(repeat_buying.repeat_rate(periods[:-1], periods[1:])[0])


@measure(
    "wallet", unit="share", words="share of its buyers' spending", chinese="钱包份额", style="per hundred",
    of="spending at the firm over all category spending of its buyers, in the last year before the horizon",
)  # fmt: skip
def wallet_share(book: Book, w: Window) -> float:
    """The firm's share of what its buyers spend in the category, in the last year before the horizon."""
    log = book.log[(book.log.week >= max(w.launch, w.weeks - YEAR)) & (book.log.week < w.weeks)]
    row = np.searchsorted(book.people.customer.to_numpy(), log.customer.to_numpy())
    spend = np.zeros((len(book.people), 2))
    np.add.at(spend, (row, (log.firm.to_numpy() != w.place).astype(int)), log.spend.to_numpy())
    return float(repeat_buying.share_of_wallet(spend)[0])


@measure(
    "active_share", unit="share", words="members who still buy", chinese="活跃会员比例", style="share",
    of="of the members, the share that bought from the firm in the last quarter before the horizon",
)  # fmt: skip
def active_share(book: Book, w: Window) -> float:
    """Share of the members who bought from the firm in the last quarter before the horizon; nan without members."""
    member = program_effects.member_since(book, w) < w.weeks
    log = w.log(book)
    late = np.bincount(log.row[log.week >= w.weeks - QUARTER], minlength=len(member)) > 0
    return mean(late[member])


@measure(
    "breakage_share", unit="share", words="rewards that lapsed unused", chinese="失效奖励比例", style="share",
    of="of the reward given out, at its cost, the share that lapsed unused",
)  # fmt: skip
def breakage_share(book: Book, w: Window) -> float:
    """Share of the reward given out, at its cost, that lapsed unused; nan where no reward was given out."""
    rows = w.weekly(book)
    lapsed = float(rows.breakage.sum())
    issued = float(rows.reward_cost.sum() + rows.liability_change.sum()) + lapsed
    return ratio(lapsed, issued)


@measure(
    "return", unit="margin per unit of cost", words="extra margin for every 1 that the program costs",
    chinese="每花 1 元的回报", style="change", short="back per 1 spent", head=("back", "per 1"),
    of="extra margin for every 1 that the program costs; above 1 it pays",
)  # fmt: skip
def back_per_cost(margin: Sequence[float], cost: Sequence[float]) -> Estimate:
    """Mean extra margin over mean cost of the program, with Fieller's interval. margin, cost : (n,) run by run"""
    return ratio_of_means(margin, cost, unit("return"))
