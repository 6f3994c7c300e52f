"""Who adopts a program where others have one: the own gain by how many do, where adoption ends, what dropping out does.

Firms are alike here: what one gains is told by how many of its rivals have a program. Each number of runs is paired:
the same seeds in all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from loyaltysim.measures.statistics import Estimate, estimate, ratio_of_means
from loyaltysim.measures.verdict import Verdict, all_of, lies_within

FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the rivals


class Exit(NamedTuple):
    """The exit test: how profit changes in percent of that where nobody has a program, and what it says.

    dropped : of who drops its program while all others keep theirs (NA less AA)
    all     : of who has it as all have (AA less NN)
    kind    : one of `KINDS`
    """

    dropped: Estimate
    all: Estimate
    verdict: Verdict
    kind: str


KINDS = ("prisoner's dilemma", "price of entry", "pays all", "worth dropping", "undecided")


def counts(rivals: int, fractions: Sequence[float] = FRACTIONS) -> list[int]:
    """How many rivals adopt at each fraction, each number once: 0 .25 .5 .75 1 of three are 0 1 2 3."""
    return sorted({round(fraction * rivals) for fraction in fractions})


def own_effect(inside: Mapping[int, ArrayLike], outside: Mapping[int, ArrayLike], unit: str) -> dict[int, Estimate]:
    """What adopting does to one firm, by how many of its rivals have adopted.

    inside, outside : number of rivals that have a program -> (seeds,) an outcome of the firm with its own, without it
    Raises ValueError where they do not tell of the same numbers.
    """
    if set(inside) != set(outside):
        raise ValueError(f"inside tells of {sorted(inside)} rivals, outside of {sorted(outside)}; allowed: the same")
    return {n: estimate(np.asarray(inside[n], float) - np.asarray(outside[n], float), unit) for n in sorted(inside)}


def settled(effect: Sequence[float]) -> list[int]:
    """Numbers of adopters among equal firms at which nobody gains by changing alone: pure equilibria of adoption.

    effect : (firms,) what adopting brings where 0, 1, ..., firms - 1 others have adopted. Adopters stay where it is not
    below 0 at one fewer, the others stay out where it is not above 0.
    """
    firms = len(effect)
    return [n for n in range(firms + 1) if (n == 0 or effect[n - 1] >= 0.0) and (n == firms or effect[n] <= 0.0)]


def curve(effect: Sequence[float], lag: int, weeks: int, start: int = 1) -> np.ndarray:
    """How many equal firms have adopted in each week where one a time answers best, every `lag` weeks. -> (weeks,) int

    effect : as in `settled`;  start : adopters from week 0 on. Who gains by it joins, else who gains by it drops out;
    one that gains nothing stays as it is.
    """
    firms, now, path = len(effect), start, np.zeros(weeks, int)
    for week in range(weeks):
        if week and week % lag == 0:
            joins = now < firms and effect[now] > 0.0
            drops = not joins and now > 0 and effect[now - 1] < 0.0
            now += int(joins) - int(drops)
        path[week] = now
    return path


def exit_test(nobody: Sequence[float], dropped: Sequence[float], all_have: Sequence[float], margin: float) -> Exit:
    """Does who drops its program lose, and has anybody gained by all having one? The criterion of "price of entry".

    nobody, dropped, all_have : (seeds,) profit of one firm where nobody has a program (NN), where all but it have one
    (NA), where all have one (AA);  margin : percent of profit that nobody would act on, 0 < margin
    Supported where NA < AA and AA <= NN. The kind parts them: a dilemma (AA < NN), entry without loss (AA = NN within
    the margin), programs that pay all (AA > NN), a program worth dropping (NA >= AA).
    """
    if not margin > 0.0:
        raise ValueError(f"margin = {margin}, allowed: above 0")
    nn, na, aa = (np.asarray(x, float) for x in (nobody, dropped, all_have))
    changes = ((100.0 * (x - y)).tolist() for x, y in ((na, aa), (aa, nn)))
    drop, every = (ratio_of_means(change, nn.tolist(), "percent") for change in changes)
    loses, no_gain = lies_within(drop, -np.inf, 0.0), lies_within(every, -np.inf, margin)
    verdict = all_of({"who drops it loses": loses, "nobody has gained": no_gain})
    return Exit(drop, every, verdict, kind(drop, every, margin))


def kind(drop: Estimate, every: Estimate, margin: float) -> str:
    """What the two changes make of a program, where their intervals say so."""
    ends = (drop.low, drop.high, every.low, every.high)
    if None in ends:
        return "undecided"
    low, high, least, most = (float(x or 0.0) for x in ends)
    if low > 0.0:
        return "worth dropping"
    if high >= 0.0:
        return "undecided"
    if most < 0.0 and least < -margin:
        return "prisoner's dilemma"
    if -margin <= least and most <= margin:
        return "price of entry"
    return "pays all" if least > 0.0 else "undecided"
