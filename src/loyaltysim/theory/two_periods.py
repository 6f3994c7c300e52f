"""Two firms on a line for two periods, and what they commit to in the first: closed forms, for tests alone.

Customers lie evenly between two firms, pay t per unit of distance, foresee the second period, and are placed anew for
it; costs are 0 and nothing is discounted. In the second period a firm asks those who bought from it before a loyal
price, the others a new one. What was promised in the first decides how these may differ:

    none            nothing: one price
    coupon          a discount f for those who come back, off a price that is set later
    loyal_price     the loyal price itself; the new one is set later
    switching_cost  nothing; but who changes the firm pays s

Values coincide with Caminal & Matutes 1990, IJIO 8 (coupon and loyal price); `best_deviation` searches for a firm that
does better alone, and `lived` is the market itself: so many customers who choose one by one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from loyaltysim.theory.special import Array, Numbers, check, choose

REGIMES = ("none", "coupon", "loyal_price", "switching_cost")
HALVINGS = 60


class Equilibrium(NamedTuple):
    """Prices of the first period, of the second for new and for loyal customers; the chance of buying again at the same
    firm, profit of a firm over both periods, and what it promised (f of a coupon, the loyal price, else 0).
    """

    first: float
    new: float
    loyal: float
    repeat: float
    profit: float
    promise: float


def equilibrium(regime: str, t: float = 1.0, s: float = 0.0) -> Equilibrium:
    """The symmetric equilibrium. t : money per unit of distance;  s : switching cost in [0, t), of that regime alone.

    Raises ValueError for an unknown regime and for a number out of its range.
    """
    choose("regime", regime, REGIMES)
    t = float(check("t", t, "(0, inf)"))
    s = float(check("s", s, f"[0, {t})")) if regime == "switching_cost" else 0.0
    if regime == "coupon":
        return Equilibrium(13 * t / 9, 4 * t / 3, 2 * t / 3, 5 / 6, 10 * t / 9, 2 * t / 3)
    if regime == "loyal_price":
        return Equilibrium(4 * t / 3, t / 3, -t / 3, 5 / 6, 5 * t / 9, -t / 3)
    less = s / 3 - s * s / (3 * t)
    return Equilibrium(t - 2 * less, t, t, (t + s) / (2 * t), t - less, 0.0)


class Lived(NamedTuple):
    """What happened in a market: the share of A in the first period, of all who bought again where they had, and what
    each firm earned in both periods per customer.
    """

    share: float
    repeat: float
    profits: tuple[float, float]


def lived(
    regime: str, first: tuple[float, float], promise: tuple[float, float], t: float, s: float, places: Array
) -> Lived:
    """Customers choose in both periods, A at 0 and B at 1, at first prices and promises of A and B.

    places : (2, n) in [0, 1], where each stands in each period. They foresee what firms will ask, firms then ask what
    is best at the customers that they have.
    """
    m = foreseen(regime, (first[0], promise[0]), (first[1], promise[1]), t, s)
    own, other = second(regime, m, np.asarray(promise[0]), promise[1], t, s)
    x, y = places
    at_a = first[0] + t * x - surplus(*own, t, s) <= first[1] + t * (1 - x) - surplus(*other, t, s)
    (loyal, new_b), (loyal_b, new) = second(regime, at_a.mean(), np.asarray(promise[0]), promise[1], t, s)
    asked_a, asked_b = np.where(at_a, loyal, new), np.where(at_a, new_b, loyal_b)
    again_a = asked_a + t * y + s * ~at_a <= asked_b + t * (1 - y) + s * at_a
    earned_a = first[0] * at_a + asked_a * again_a
    earned_b = first[1] * ~at_a + asked_b * ~again_a
    return Lived(float(at_a.mean()), float((again_a == at_a).mean()), (float(earned_a.mean()), float(earned_b.mean())))


def foreseen(regime: str, mine: tuple[Numbers, Numbers], theirs: tuple[float, float], t: float, s: float) -> Array:
    """The share of A in the first period that comes about if customers expect it. mine, theirs : as of `profits`

    The root of m = 1/2 + (p_B - p_A + W_A(m) - W_B(m)) / (2 t), W the surplus that a firm's own buyers expect.
    """
    first, promise = np.broadcast_arrays(*(np.asarray(x, float) for x in mine))
    low, high = np.zeros(first.shape), np.ones(first.shape)
    for _ in range(HALVINGS):
        m = (low + high) / 2
        own, other = second(regime, m, promise, theirs[1], t, s)
        wanted = 0.5 + (theirs[0] - first + surplus(*own, t, s) - surplus(*other, t, s)) / (2 * t)
        low, high = np.where(wanted > m, m, low), np.where(wanted > m, high, m)
    return np.asarray((low + high) / 2)


def profits(regime: str, mine: tuple[Numbers, Numbers], theirs: tuple[float, float], t: float, s: float) -> Array:
    """What firm A earns in both periods at a first price and a promise, (first, promise), each any shape.

    Customers foresee what firms will ask, which depends on how many bought where (`foreseen`).
    """
    first, promise = np.broadcast_arrays(*(np.asarray(x, float) for x in mine))
    m = foreseen(regime, mine, theirs, t, s)
    (loyal, new_b), (loyal_b, new) = second(regime, m, promise, theirs[1], t, s)
    kept, won = stays(loyal, new_b, t, s), 1.0 - stays(loyal_b, new, t, s)
    earned: Array = first * m + m * loyal * kept + (1 - m) * new * won
    return earned


def second(
    regime: str, m: Array, a: Array, b: Numbers, t: float, s: float
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """What buyers of A are asked in the second period, (by A, by B), and buyers of B, (by B, by A).

    m : share of A in the first;  a, b : promises. Each firm's price is its best answer to the other's: of
    m (n - f) (1/2 + (n' - n + f) / 2t) + (1 - m) n (1/2 + (n' - f' - n) / 2t) for coupons, whose root is n = t + m f;
    of (1 - m) n (1/2 + (l' - n) / 2t) for loyal prices, n = (t + l') / 2; with a switching cost t + (2 m - 1) s / 3.
    """
    if regime == "loyal_price":
        return (a, (t + a) / 2), (b + 0 * m, (t + b) / 2 + 0 * m)
    if regime == "coupon":
        new_a, new_b = t + m * a, t + (1 - m) * b
        return (new_a - a, new_b), (new_b - b, new_a)
    own, other = t + (2 * m - 1) * s / 3, t - (2 * m - 1) * s / 3
    return (own, other), (other, own)


def stays(loyal: Array, elsewhere: Array, t: float, s: float) -> Array:
    """Of a firm's former buyers the share that buys there again."""
    share: Array = np.clip(0.5 + (elsewhere + s - loyal) / (2 * t), 0.0, 1.0)
    return share


def surplus(loyal: Array, elsewhere: Array, t: float, s: float) -> Array:
    """What a former buyer expects of the second period, less the worth of the good."""
    q = stays(loyal, elsewhere, t, s)
    cost: Array = loyal * q + t * q**2 / 2 + (elsewhere + s) * (1 - q) + t * (1 - q) ** 2 / 2
    return -cost


def best_deviation(regime: str, t: float = 1.0, s: float = 0.0, reach: float = 1.0, steps: int = 81) -> float:
    """How much more a firm earns at the best other first price and promise of a grid around the equilibrium's.

    reach : money to either side of both;  steps : of the grid in each direction. At most rounding where nobody gains.
    """
    at = equilibrium(regime, t, s)
    around = np.linspace(-reach, reach, steps)
    promised = around if regime in ("coupon", "loyal_price") else np.zeros(1)
    first, promise = np.meshgrid(at.first + around, at.promise + promised, indexing="ij")
    return float(np.max(profits(regime, (first, promise), (at.first, at.promise), t, s))) - at.profit
