"""How many cards customers hold and use, and what gaming the program costs: numbers of one seed, from its books."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from loyaltysim.market.book import Book
from loyaltysim.measures.program_effects import YEAR, entered, member_since, window
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism.measure import measure
from loyaltysim.scenario.model import Scenario

DORMANT = 52  # weeks without a visit, where no program says otherwise


@measure(
    "cards_held", unit="cards per customer", words="cards that a customer holds", chinese="每位客户持有的会员卡",
    style="number", of="memberships of all firms at the horizon, over customers who have come",
)  # fmt: skip
@measure(
    "cards_used", unit="cards per customer", words="cards that a customer uses", chinese="每位客户使用的会员卡",
    style="number",
    of="of these, those whose firm was visited in the last 52 weeks (or as a program's lapse.dormant says)",
)  # fmt: skip
@measure(
    "active_memberships", unit="share of memberships", words="memberships in use", chinese="活跃的会员资格",
    style="share",
    of="cards used over cards held; 42 % in the field (COLLOQUY census 2015: 12 of a US household's 29), all programs",
)  # fmt: skip
def memberships(scenario: Scenario, book: Book) -> dict[str, float]:
    """Cards held and used by whoever has come; nan for a run that is shorter than what counts as dormant.

    Nothing in a redemption makes a card used: whoever redeems is there. A log of purchases must have been kept.
    """
    held, used = 0, 0.0
    people, weeks = entered(book), scenario.weeks
    for place, (name, firm) in enumerate(scenario.firms.items()):
        if f"joined_{name}" not in book.people:
            continue
        own = firm.program.get("lapse")
        dormant = own.dormant if own is not None else DORMANT
        mine = (book.people[f"joined_{name}"].to_numpy() >= 0) & people
        late = book.log[(book.log.firm == place) & (book.log.week >= weeks - dormant)]
        seen = np.isin(book.people.customer.to_numpy(), late.customer.to_numpy())
        held, used = held + int(mine.sum()), used + (int((mine & seen).sum()) if weeks >= dormant else math.nan)
    n = int(people.sum())
    return {"cards_held": ratio(held, n), "cards_used": ratio(used, n), "active_memberships": ratio(used, held)}


@measure(
    "gaming_cost", unit="money per member and year", words="cost of gaming, {currency} per member and year",
    chinese="每位会员每年被套利的成本", style="money",
    of="points that gaming brought (kept after a refund, or of second accounts) at the cost of their reward, goods "
    "written off and handling of what was bought to be brought back; over members and the years that they were",
)  # fmt: skip
@measure(
    "gamers_rewards", unit="share of rewards", words="rewards that go to people who game", chinese="套利者拿走的奖励",
    style="share", of="rewards at the firm that go to people who game programs, over all its rewards since the launch",
)  # fmt: skip
def gaming(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """What gaming costs the focal firm, by the terms as configured; nothing where nobody games points."""
    program = scenario.focal_firm.program
    if "gaming" not in scenario.behaviour or "points" not in program:
        return {}
    w = window(scenario, worlds)
    t = w.weekly(worlds.with_it).drop(columns="firm").sum()
    since = member_since(worlds.with_it, w)
    years = float(np.maximum(0, w.weeks - np.maximum(since, w.launch)).sum()) / YEAR
    given = float(t.rewards) + float(t.get("cards_full", 0))
    return {
        "gaming_cost": ratio(cost_of_gaming(scenario, t), 100.0 * years),
        "gamers_rewards": ratio(float(t.gamer_rewards), given),
    }


def cost_of_gaming(scenario: Scenario, totals: Any) -> float:
    """What gaming cost the focal firm, in cents. totals : its counters, by name"""
    firm = scenario.focal_firm
    points, back = firm.program["points"], firm.program.get("late_returns")
    cents = float(totals["gamed_points"]) * points.face_value * points.cost * 100.0 / points.card
    if back is not None:
        goods = firm.unit_cost / firm.base_price - back.salvage
        cents += float(totals["gamed_refunds"]) * goods + float(totals["gamed_returns"]) * back.unit_cost * 100.0
    return float(cents)
