"""A game in normal form: who would change his choice, where nobody would, and by how much one errs.

A profile is the number of each firm's strategy, one a firm. All that is asked of a game are its gains: what a firm
would gain if it alone took another strategy. `gains` has the shape (S, ..., S, N, S): profile, firm, other strategy.
Nothing here knows a market.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

Profile = tuple[int, ...]
CLOSE = 1e-9  # of the range of payoffs: what rounding may leave
STEPS = 100  # of a path, after which it is called one that does not end


def profiles(firms: int, strategies: int) -> Iterator[Profile]:
    """Every profile."""
    return product(range(strategies), repeat=firms)


def replaced(profile: Profile, firm: int, other: int) -> Profile:
    """The profile in which one firm takes another strategy."""
    return (*profile[:firm], other, *profile[firm + 1 :])


def gains_of(payoffs: np.ndarray) -> np.ndarray:
    """Gains from a table of payoffs. payoffs : (S, ..., S, N), one axis a firm, then the firm whose payoff it is"""
    firms, strategies = payoffs.shape[-1], payoffs.shape[0]
    found = np.zeros((*payoffs.shape, strategies))
    for firm in range(firms):
        own = payoffs[..., firm]
        for other in range(strategies):
            found[..., firm, other] = np.take(own, [other], axis=firm) - own
    return found


def regrets(gains: np.ndarray) -> np.ndarray:
    """The most that each firm would gain by changing alone, 0 where nothing is better. -> (S, ..., S, N)"""
    most: np.ndarray = np.maximum(gains.max(axis=-1), 0.0)
    return most


def pure_equilibria(gains: np.ndarray) -> list[Profile]:
    """Every profile in which no firm would gain by changing alone; none where there is none."""
    regret = regrets(gains)
    firms, strategies = gains.shape[-2:]
    return [profile for profile in profiles(firms, strategies) if (regret[profile] == 0.0).all()]


def mixed_equilibria(payoffs: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Every equilibrium of two firms, pure ones too, as chances of each strategy. payoffs : (S, S, 2)

    Support enumeration of nashpy; of a game in which a best answer is not unique some may be missing. What is found is
    checked: no strategy gains on the mixture.
    """
    from nashpy import Game

    low, high = payoffs.min(), payoffs.max()
    a, b = (payoffs[..., firm] - low for firm in range(2))
    scale = (high - low) or 1.0
    found = list[tuple[np.ndarray, np.ndarray]]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a game is degenerate is no fault of who asks
        for p, q in Game(a / scale, b / scale).support_enumeration():
            stays = _holds(a / scale, p, q) and _holds(b.T / scale, q, p)
            if stays and not any(np.allclose(p, x) and np.allclose(q, y) for x, y in found):
                found.append((np.asarray(p, float), np.asarray(q, float)))
    return found


def _holds(own: np.ndarray, mine: np.ndarray, theirs: np.ndarray) -> bool:
    """Does no strategy earn more against theirs than my mixture does?"""
    worth = own @ theirs
    return bool(worth.max() - mine @ worth <= CLOSE)


@dataclass(frozen=True)
class Dominated:
    """A strategy that a firm never takes: another is better whatever the others do (strict), or never worse."""

    firm: int
    strategy: int
    by: int
    strict: bool


def dominated(gains: np.ndarray) -> list[Dominated]:
    """Every strategy that another one dominates, firm by firm."""
    firms, strategies = gains.shape[-2:]
    found = []
    for firm, own, other in product(range(firms), range(strategies), range(strategies)):
        gain = np.take(gains, own, axis=firm)[..., firm, other]
        if own != other and (gain >= 0.0).all() and (gain > 0.0).any():
            found.append(Dominated(firm, own, other, bool((gain > 0.0).all())))
    return found


@dataclass(frozen=True)
class Path:
    """Where firms come to that answer each other in turn. rests : does it end in a profile that nobody leaves?"""

    steps: tuple[Profile, ...]
    rests: bool


def answers(gains: np.ndarray, start: Profile | None = None) -> Path:
    """Firms in turn take what earns them most then, from where nobody has a program. Ends where nobody changes, or
    where the same firm stands before the same profile again.
    """
    firms = gains.shape[-2]
    here: Profile = (0,) * firms if start is None else start
    steps, seen, quiet, turn = [here], set[tuple[Profile, int]](), 0, 0
    while quiet < firms and (here, turn) not in seen and len(steps) <= STEPS:
        seen.add((here, turn))
        gain = gains[here][turn]
        best = int(gain.argmax())
        quiet = 0 if gain[best] > 0.0 else quiet + 1
        if gain[best] > 0.0:
            here = replaced(here, turn, best)
            steps.append(here)
        turn = (turn + 1) % firms
    return Path(tuple(steps), quiet >= firms)


KINDS = ("dilemma", "parity", "all gain", "nobody", "nobody alone", "some", "all or nobody", "mixed")


def kind(alone: np.ndarray, keep: np.ndarray, together: np.ndarray, same: float = 0.0) -> str:
    """What a program is between firms, by its signs at every firm.

    alone    : what a firm gains by being the only one that has it          together : what each gains if all have it
    keep     : what a firm that has it among others who have it would lose by dropping it
    same     : a change of all together that is no larger counts as none
    dilemma        each takes it whatever the others do, and all are worse off: the prisoners'
    parity         each takes it, and all earn what they did: a price of entry
    all gain       each takes it, and all are better off            nobody         none takes it, none would gain
    nobody alone   none takes it, though all would gain together    some           it pays as long as others lack it
    all or nobody  it pays once the others have it                  mixed          not the same at every firm
    """
    together = np.where(np.abs(together) <= same, 0.0, together)
    if not all((x > 0.0).all() or (x <= 0.0).all() for x in (alone, keep, together)):
        return "mixed"
    first, stay, better = bool(alone[0] > 0.0), bool(keep[0] > 0.0), bool(together[0] > 0.0)
    if first and stay:
        worse = (together < 0.0).all()
        return "all gain" if better else "dilemma" if worse else "mixed" if (together < 0.0).any() else "parity"
    if first or stay:
        return "some" if first else "all or nobody"
    return "nobody alone" if better else "nobody"
