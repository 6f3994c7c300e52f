"""Who talks to whom: each customer picks some of those who were there before.

A pick depends on the customer's own keyed draws and on its place in line only, so one more customer at the end of the
line adds friends and moves nobody else's. (One more among the initial customers shifts the line of the potential ones
behind them by one.) Neighbours in line are mostly friends, so that friends lie near each other in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loyaltysim.mechanism import draws

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def small_world(keys: np.ndarray, degree: int, rewired: float) -> csr_array:
    """Friends are the next in line, but for a share `rewired` of the picks, which may be anybody earlier.

    keys : (n,) customer keys in line; degree : even, the mean number of friends. -> (n, n) symmetric, entries 1.
    Source: Watts & Strogatz 1998, Nature 393, on a line instead of a ring.
    """
    row = np.arange(len(keys))
    picks = []
    for k in range(degree // 2):
        far = _uniform(keys, "network", k) < rewired
        picks.append(np.where(far, _earlier(keys, k), row - 1 - k))
    return _mutual(np.array(picks))


def scale_free(keys: np.ndarray, degree: int, copying: float) -> csr_array:
    """A pick is anybody earlier or, with chance `copying`, whom that one picked: popular customers grow more popular.

    Each of the degree / 2 picks is made x times with P(X >= x) = G(x + a) G(a + 1/c) / (G(x + a + 1/c) G(a)), G the
    gamma function, c = copying, a = (1 - c) / c: a power tail whose density has exponent 1 + 1/c. For after t customers
    a target of x picks gains one with chance ((1 - c) + c x) / t. The first in line are hubs: at c = .7 and 20,000
    customers the largest knows some 30 % of all, and picks that coincide there cost 1.5 % of the mean degree; above
    that one hub knows nearly everybody. Arguments as in `small_world`.
    Source: Kumar et al. 2000, "Stochastic models for the Web graph", FOCS, whose alpha is 1 - copying.
    """
    picks = []
    for k in range(degree // 2):
        copies, pick = _uniform(keys, "network_copy", k) < copying, _earlier(keys, k)
        target, asked = pick.copy(), copies.copy()
        while asked.any():
            through = target[asked]
            target[asked] = np.where(through > 0, pick[through], 0)
            asked[asked] = copies[through] & (through > 0)
        picks.append(target)
    return _mutual(np.array(picks))


def _uniform(keys: np.ndarray, purpose: str, k: int) -> np.ndarray:
    """The keyed uniform of every customer's k-th pick. -> (n,)"""
    with np.errstate(over="ignore"):
        luck: np.ndarray = draws.item_uniform(keys, draws.purpose(purpose), np.uint64(k))
    return luck


def _earlier(keys: np.ndarray, k: int) -> np.ndarray:
    """A place earlier in line, all equally likely; -1 for the first. -> (n,)"""
    row = np.arange(len(keys))
    return np.where(row > 0, (_uniform(keys, "network_target", k) * row).astype(np.int64), -1)


def _mutual(picks: np.ndarray) -> csr_array:
    """Friendship is mutual, and with nobody twice. picks : (k, n) places in line, below 0 = nobody."""
    from scipy.sparse import coo_array

    n = picks.shape[1]
    others = (picks >= 0) & (picks != np.arange(n))
    who, whom = np.broadcast_to(np.arange(n), picks.shape)[others], picks[others]
    ends = (np.concatenate([who, whom]), np.concatenate([whom, who]))
    friends = coo_array((np.ones(len(ends[0]), np.int32), ends), (n, n)).tocsr()
    friends.sum_duplicates()
    friends.data[:] = 1
    return friends
