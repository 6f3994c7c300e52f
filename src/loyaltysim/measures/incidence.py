"""Where a program's money ends up: with customers, with the firm that pays, with its rivals, or nowhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from loyaltysim.measures.money import overhead, program_cost
from loyaltysim.measures.program_effects import entered, gained, window
from loyaltysim.measures.ratio import mean
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism.measure import Part, measure
from loyaltysim.scenario.model import Scenario

PARTS = {
    "customers": Part("customers, as surplus", "归客户（消费者剩余）"),
    "firm": Part("the firm, as extra margin", "回到本企业（增量毛利）"),
    "rivals": Part("rivals, as profit", "归对手（利润）"),
    "nobody": Part("nobody", "无人得到"),
}


@measure(
    "given_per_customer", unit="money per customer and year",
    words="spent on the program, {currency} per customer and year", chinese="计划支出", style="money",
    of="what the program costs its firm: rewards at their cost, what is owed, touchpoints, set-up and running",
)  # fmt: skip
@measure(
    "given_to_{}", unit="money per customer and year", words="of it to {}", chinese="其中{}", style="change",
    each=PARTS,
    of="what of the money spent on the program ends up there, against the same market without it; the four add up to "
    "what is spent. To nobody: the rest, what rewards cost above what they are worth; below 0, they are worth more",
)  # fmt: skip
def incidence(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """What is spent on the program, and who has it in the end, money per customer and year.

    Where everybody has a program, or prices move, this is the focal program alone beside what the others do in both
    worlds. Nothing in a market of contracts, or where `record.surplus` is off: customers' part is not known then.
    """
    if "surplus" not in worlds.with_it.people:
        return {}
    w, new, old = window(scenario, worlds), worlds.with_it, worlds.without
    change = (new.people.surplus - old.people.surplus).to_numpy()[entered(new)]
    theirs = [(b.weekly.week >= w.launch) & (b.weekly.firm != w.firm) for b in (new, old)]
    rivals = float(new.weekly.profit[theirs[0]].sum() - old.weekly.profit[theirs[1]].sum())
    given = program_cost(new, overhead(old, w), w)
    profit = w.per_customer_year(float(gained(new, old, w, "profit").sum()), new)
    found = shared_out(given, mean(change) / w.years, profit, w.per_customer_year(rivals, new))
    return {"given_per_customer": given} | {f"given_to_{name}": float(value) for name, value in found.items()}


def shared_out(given: ArrayLike, surplus: ArrayLike, profit: ArrayLike, rivals: ArrayLike) -> dict[str, np.ndarray]:
    """Money given for programs, by where it ends up; the parts add up to it. -> {customers, firm, rivals, nobody}

    given   : what programs cost;  surplus, profit, rivals : change of consumers' surplus, of the profit of who gives
    (after that cost), of all others' profit. Each any shape, in one unit.
    The firm gets back what its profit does not lose: profit + given, extra sales and higher prices. Source: the sum of
    the changes is the change of welfare (Small & Rosen 1981, Econometrica 49, for the customers' part).
    """
    cost, customers, left, others = (np.asarray(x, float) for x in (given, surplus, profit, rivals))
    back = left + cost
    return {"customers": customers, "firm": back, "rivals": others, "nobody": cost - customers - back - others}
