"""Draw the picture of docs/prices.md from the conditions that the policies solve: `python tools/prices.py`.

Two equal firms, all customers buy one, choices by a logit at beta = 3; without programs the base price 1 is best.
"""

from __future__ import annotations

import math
from pathlib import Path

from matplotlib.axes import Axes

from loyaltysim.firms.policies.price_nash import root
from loyaltysim.firms.policies.two_period import TwoPeriod, investing
from loyaltysim.present import charts

FILE = Path(__file__).resolve().parents[1] / "docs" / "prices.png"
BETA, MARGIN = 3.0, 2.0 / 3.0


def share(worse: float) -> float:
    """Of the one firm, where it is so much worse a deal than the other."""
    return 1.0 / (1.0 + math.exp(BETA * worse))


def answer(rival: float, later: float) -> float:
    """The best price, a unit sold now being worth so much later: p - c + later = 1 / (beta (1 - s))."""
    cost = 1.0 - MARGIN
    return root(lambda p: p - cost + later - 1.0 / (BETA * (1.0 - share(p - rival))), 1.0, 0.1, 3.0, 1.0)


def given_back(rival: float, k: float) -> float:
    """The best reward at a price of 1: m - k b = k / (beta (1 - s))."""
    return root(lambda b: k * b + k / (BETA * (1.0 - share(rival - b))) - MARGIN, rival, 0.0, 3.0, 1.0)


def prices(axes: Axes) -> None:
    """What both ask, week by week: invest 26 weeks, harvest 26, again."""
    for lock_in, colour, dash in zip((0.0, 0.15, 0.3), charts.PALETTE, charts.DASHES, strict=False):
        terms, path = TwoPeriod(lock_in=lock_in), [1.0]
        for week in range(104):
            path.append(answer(path[-1], lock_in * MARGIN if investing(terms, week) else 0.0))
        axes.plot(path, color=colour, linestyle=dash, label=f"lock_in {lock_in:g}")
    axes.set(title="invest and harvest", xlabel="week", ylabel="price", ylim=(0.7, 1.05))
    axes.legend(frameon=False)


def rewards(axes: Axes) -> None:
    """What both give back, answer by answer, from 5 % on, by what 1 of it costs."""
    for k, colour, dash in zip((0.9, 0.75, 0.6), charts.PALETTE, charts.DASHES, strict=False):
        path = [0.05]
        for _ in range(12):
            path.append(given_back(path[-1], k))
        axes.plot([100.0 * b for b in path], color=colour, linestyle=dash, label=f"costs {k:g} of its worth")
    axes.set(title="rewards at prices that stay", xlabel="answer", ylabel="given back, % of spending", ylim=(0, 70))
    axes.legend(frameon=False)


def main() -> None:
    """Draw both side by side."""
    with charts.style():
        figure, (left, right) = charts.sheet(8.0, 3.2, columns=2)
        prices(left)
        rewards(right)
        figure.savefig(FILE, dpi=90)


if __name__ == "__main__":
    main()
