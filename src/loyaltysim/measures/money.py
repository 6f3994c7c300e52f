"""What one program design does to its firm by a horizon: numbers of one seed, from the worlds with and without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from loyaltysim.market.book import Book
from loyaltysim.measures import contracts, program_effects, repeat_buying
from loyaltysim.measures.program_effects import Window
from loyaltysim.measures.twins import Worlds
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
        "profit_per_customer": w.per_customer_year(gain.sum(), with_it),
        "margin_per_customer": w.per_customer_year(margin.sum(), with_it),
        "program_cost_per_customer": program_cost(with_it, overhead(without, w), w),
        "extra_visits": float(visits) / (customers * w.years),
        "liability_per_customer": float(w.weekly(with_it).liability_change.sum()) / (100.0 * customers),
        "payback_week": program_effects.payback(gain.cumsum()),
    }


def outcomes(scenario: Scenario, with_it: Book, without: Book, launch: int) -> dict[str, float]:
    """Everything that a comparison tells of a design at the horizon `scenario.weeks`; both books end there."""
    w, worlds = Window.of(scenario, launch), Worlds(without, with_it, without, launch)
    whole, kept, wallet = program_effects.totals(scenario, worlds), {}, {}
    for name, book in (("with", with_it), ("without", without)):
        kept[name], wallet[name] = retention(book, w), wallet_share(book, w)
    return {
        **{name: whole[name] for name in TAKEN},
        **program_effects.deadweight(scenario, worlds),
        **program_effects.who_moved(scenario, worlds),
        **money(scenario, with_it, without, launch),
        "retention": kept["with"],
        "retention_change": kept["with"] - kept["without"],
        "wallet": wallet["with"],
        "wallet_change": wallet["with"] - wallet["without"],
        "active_share": active_share(with_it, w),
        "breakage_share": breakage_share(with_it, w),
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


def wallet_share(book: Book, w: Window) -> float:
    """The firm's share of what its buyers spend in the category, in the last year before the horizon."""
    log = book.log[(book.log.week >= max(w.launch, w.weeks - YEAR)) & (book.log.week < w.weeks)]
    row = np.searchsorted(book.people.customer.to_numpy(), log.customer.to_numpy())
    spend = np.zeros((len(book.people), 2))
    np.add.at(spend, (row, (log.firm.to_numpy() != w.place).astype(int)), log.spend.to_numpy())
    return float(repeat_buying.share_of_wallet(spend)[0])


def active_share(book: Book, w: Window) -> float:
    """Share of the members who bought from the firm in the last quarter before the horizon; nan without members."""
    member = program_effects.member_since(book, w) < w.weeks
    log = w.log(book)
    late = np.bincount(log.row[log.week >= w.weeks - QUARTER], minlength=len(member)) > 0
    return float(late[member].mean()) if member.any() else float("nan")


def breakage_share(book: Book, w: Window) -> float:
    """Share of the reward given out, at its cost, that lapsed unused; nan where no reward was given out."""
    rows = w.weekly(book)
    lapsed = float(rows.breakage.sum())
    issued = float(rows.reward_cost.sum() + rows.liability_change.sum()) + lapsed
    return lapsed / issued if issued else float("nan")
