"""Points as the standards book them: closed forms of revenue deferred, recognised and owed, none of which is rounded.

Two views. Statutory: every point outstanding is owed at the cost of its reward. Expected (IFRS 15 B39 to B47, ASC
606-10-55-41 to 55-49): points are a promise of their own. Part of what was paid is deferred for them, by relative
stand-alone prices; it becomes revenue as points are redeemed, in proportion to all that are expected to be; a new
estimate is caught up with at once.

Amounts of money may be in any unit, cents or millions: what comes out has the unit of what went in. Points are
counted in whatever goes in too, `expected` is a share of them in `deferral` and a number of them elsewhere. A number or
an array goes in, arrays of different shape are broadcast, the common shape comes out. Arguments outside their range
raise ValueError with name, value and range.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from loyaltysim.theory.special import Array, Numbers, check

SHARE, NOT_NEGATIVE = "[0, 1]", "[0, inf)"
SLACK = 1e-9  # relative: what rounding alone may put above a limit


def deferral(
    sales: ArrayLike,
    points: ArrayLike,
    price: ArrayLike = 1.0,
    expected: ArrayLike = 1.0,
    goods: ArrayLike | None = None,
) -> Numbers:
    """What of a payment is deferred for the points that came with it: sales x worth / (goods + worth).

        worth = points x price x expected        what the points would sell for, apart

    sales    : what was paid, for goods and points together
    points   : points issued with it
    price    : what a point that is redeemed saves its holder, in the unit of `sales`: face value over a full card
    expected : share of these points that is expected to be redeemed, [0, 1]
    goods    : stand-alone price of the goods; None = what was paid. More than that where goods came at a discount,
               0 where points alone were bought: all is then deferred
    The unit of `sales`. Raises ValueError for an argument out of its range, and where something was paid for goods and
    points that are both worth nothing.
    Source: IFRS 15 paragraphs 74, 76, B42; illustrative example 52.
    """
    paid, issued = check("sales", sales, NOT_NEGATIVE), check("points", points, NOT_NEGATIVE)
    saves, share = check("price", price, NOT_NEGATIVE), check("expected", expected, SHARE)
    alone = paid if goods is None else check("goods", goods, NOT_NEGATIVE)
    go_together(sales=paid, points=issued, price=saves, expected=share, goods=alone)
    worth = issued * saves * share
    whole = alone + worth
    if ((whole == 0.0) & (paid > 0.0)).any():
        nothing = "points that are worth nothing (points x price x expected = 0)"
        raise ValueError(f"goods = 0 and {nothing}: no prices to share what was paid by")
    deferred: Array = paid * np.divide(worth, whole, out=np.zeros_like(whole * paid), where=whole > 0.0)
    return deferred[()]


def recognised(deferred: ArrayLike, redeemed: ArrayLike, expected: ArrayLike) -> Numbers:
    """Of what was deferred, the part that is revenue by now: deferred x redeemed / expected.

    redeemed : points redeemed so far;  expected : points that will have been redeemed in the end, those included
    Where all that are expected have been redeemed everything is revenue, also where none is expected any more. The
    difference of two dates is the revenue between them, a new estimate caught up with: `by_period`.
    The unit of `deferred`. Raises ValueError for an argument out of its range, or more redeemed than are expected.
    Source: IFRS 15 paragraphs 44, 88, B46.
    """
    money, done, due = _position(deferred, redeemed, expected)
    share = np.divide(done, due, out=np.ones_like(done), where=due > 0.0)
    return (money * np.minimum(share, 1.0))[()]


def owed(deferred: ArrayLike, redeemed: ArrayLike, expected: ArrayLike) -> Numbers:
    """The contract liability of the expected view: what was deferred and is not yet revenue. As `recognised`."""
    money: Array = check("deferred", deferred, NOT_NEGATIVE) - recognised(deferred, redeemed, expected)
    return money[()]


def catch_up(deferred: ArrayLike, redeemed: ArrayLike, before: ArrayLike, now: ArrayLike) -> Numbers:
    """Revenue that a new estimate alone brings, or takes back: deferred x redeemed x (1 / now - 1 / before).

    before, now : points expected to have been redeemed in the end, as was and as is thought. More expected, less
    revenue: the sum is negative. The unit of `deferred`. Raises ValueError as `recognised`.
    Source: IFRS 15 paragraphs 44, 87 to 90 (a change of an estimate belongs to the period in which it is made).
    """
    done = check("redeemed", redeemed, NOT_NEGATIVE)
    for name, thought in (("before", before), ("now", now)):
        at_most("redeemed", done, "expected", thought, name)
    return (np.asarray(recognised(deferred, redeemed, now)) - recognised(deferred, redeemed, before))[()]


def by_period(deferred: ArrayLike, redeemed: ArrayLike, expected: ArrayLike) -> Array:
    """Revenue of each period, new estimates caught up with.

    deferred : (...,) or a number;  redeemed : (..., periods) points redeemed from the start to the end of each;
    expected : (..., periods) points expected in all, as each period's end thinks, or a number. Returns (..., periods).
    Raises ValueError as `recognised`, and where points redeemed since the start become fewer.
    """
    done = np.atleast_1d(check("redeemed", redeemed, NOT_NEGATIVE))
    if (less := np.diff(done, axis=-1) < 0.0).any():
        fewer, most = done[..., 1:][less].flat[0], done[..., :-1][less].flat[0]
        raise ValueError(f"redeemed = {fewer:g} after {most:g}: it counts from the start and cannot become less")
    money = check("deferred", deferred, NOT_NEGATIVE)[..., None]
    known = np.atleast_1d(np.asarray(recognised(money, done, expected)))
    return np.diff(known, axis=-1, prepend=0.0)


def breakage(deferred: ArrayLike, points: ArrayLike, redeemed: ArrayLike, expected: ArrayLike) -> Numbers:
    """The part of `recognised` that stands for points nobody will redeem, booked in proportion as others do.

        deferred x redeemed x (1 / expected - 1 / points)

    points : points issued, at least those expected. It tells breakage apart where points were sold for cash: a point
    redeemed is then revenue at its price, and this much beside it. Where none is expected the whole of it is breakage.
    The unit of `deferred`. Raises ValueError as `recognised`, and for more points expected than were issued.
    Source: IFRS 15 B46.
    """
    issued = check("points", points, NOT_NEGATIVE)
    at_most("expected", check("expected", expected, NOT_NEGATIVE), "issued", issued, "points")
    return (np.asarray(recognised(deferred, redeemed, expected)) - _of_all(deferred, redeemed, issued))[()]


def _of_all(deferred: ArrayLike, redeemed: ArrayLike, issued: Array) -> Array:
    """Revenue if every point issued were expected; none where none was issued."""
    money, done, due = _position(deferred, redeemed, issued)
    return money * np.divide(done, due, out=np.zeros_like(done), where=due > 0.0)


def statutory(points: ArrayLike, cost: ArrayLike) -> Numbers:
    """Every point outstanding at the cost of its reward: points x cost.

    points : issued and neither redeemed, lapsed, taken back nor given away, 0 or more
    cost   : what a point redeemed costs the firm: reward's face value x its cost, over a full card
    The unit of `cost`. Raises ValueError for an argument out of its range.
    Source: the accrual of cost (IAS 37.36, before IFRS 15; ASC 450-20), without a deduction for breakage.
    """
    held, each = check("points", points, NOT_NEGATIVE), check("cost", cost, NOT_NEGATIVE)
    go_together(points=held, cost=each)
    return (held * each)[()]


def _position(deferred: ArrayLike, redeemed: ArrayLike, expected: ArrayLike) -> tuple[Array, Array, Array]:
    """Deferred money, points redeemed and points expected, of one shape."""
    money, done = check("deferred", deferred, NOT_NEGATIVE), check("redeemed", redeemed, NOT_NEGATIVE)
    due = check("expected", expected, NOT_NEGATIVE)
    go_together(deferred=money, redeemed=done, expected=due)
    at_most("redeemed", done, "expected", due)
    one, two, three = np.broadcast_arrays(money, done, due)
    return one, two, three


def at_most(name: str, value: ArrayLike, limit: str, most: ArrayLike, called: str = "") -> None:
    """Refuse more points than there can be. called : the argument that says how many, where it is not `limit`"""
    value, most = check(name, value, NOT_NEGATIVE), check(called or limit, most, NOT_NEGATIVE)
    go_together(**{name: value, called or limit: most})
    value, most = np.broadcast_arrays(value, most)
    over = value > most * (1.0 + SLACK)
    if over.any():
        which = f" ({called})" if called else ""
        raise ValueError(f"{name} = {value[over].flat[0]:g} points, but only {most[over].flat[0]:g} are {limit}{which}")


def go_together(**given: Array) -> None:
    """Refuse arrays whose shapes cannot be broadcast, by their names."""
    try:
        np.broadcast_shapes(*(array.shape for array in given.values()))
    except ValueError:
        told = ", ".join(f"{name} {array.shape}" for name, array in given.items() if array.ndim)
        raise ValueError(f"shapes that do not go together: {told}; give numbers, or arrays of one shape") from None
