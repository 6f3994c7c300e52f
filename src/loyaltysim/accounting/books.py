"""The books of a points program in both views: week by week, from opening to closing, by vintage, and under stress.

    statutory   every point outstanding at the cost of its reward, as the ledger books it
    expected    what was paid and is deferred for points, less what has become revenue (`forms`); how many will be
                redeemed is estimated anew every week from the vintages seen by then (`expected`)

Amounts are in cents and not rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from loyaltysim.accounting import forms
from loyaltysim.accounting.expected import Estimate, expected_redemption, ladder, shares
from loyaltysim.accounting.vintages import POINT, Vintages, dated_by_all, of_firm, pooled
from loyaltysim.programs.points import worth
from loyaltysim.scenario.dates import at
from loyaltysim.scenario.model import Scenario
from loyaltysim.theory.special import Array, check

YEAR = 52  # weeks


class Terms(NamedTuple):
    """What a program says of its points: cents that one redeemed costs the firm, and cents that it saves its holder.

    price : a number, or (weeks,) one of each week
    lapse : age in weeks, from the beginning of its vintage, at which a point lapses whatever its holder does; None =
            it does not
    """

    cost: float
    price: float | np.ndarray
    lapse: int | None = None


@dataclass(frozen=True)
class Books:
    """One firm's points in one run. vintages : what became of them;  terms : what they are worth

    sales : (weeks,) cents paid in each week, discounts off, by those who collect points
    """

    vintages: Vintages
    terms: Terms
    sales: Array

    @classmethod
    def of(cls, weekly: pd.DataFrame, terms: Terms, vintages: Vintages | None = None, members: bool = True) -> Books:
        """From the weekly table of one firm in one run. vintages : where they are known; None = one pool (`pooled`)

        members : are points for members alone?  Sales are then those to members where the table tells them, else all;
        and what partners paid for points that they gave. Raises KeyError as `pooled`.
        """
        rows = weekly.sort_values("week")
        sales = rows["member_revenue" if members and "member_revenue" in rows else "revenue"].to_numpy(float)
        sales = sales + rows.get("partner_fees", pd.Series(0.0, rows.index)).to_numpy(float)
        return cls(pooled(rows) if vintages is None else vintages, terms, np.maximum(sales, 0.0))

    @cached_property
    def chances(self) -> Array:
        """What was thought of a point as an age begins: at the end of each week, before any. (weeks + 1, ages + 1)"""
        return ladder(self.vintages, np.arange(self.vintages.weeks + 1), self.terms.lapse).later()

    @cached_property
    def ages(self) -> np.ndarray:
        """Age of each vintage in each week, (vintages, weeks), 0 where it has not begun."""
        ages: np.ndarray = np.maximum(np.arange(self.vintages.weeks) - self.vintages.start[:, None], 0)
        return ages

    @cached_property
    def thought(self) -> tuple[Array, Array]:
        """Points of each vintage expected to be redeemed in the end, (vintages, weeks) each: as the week's end thinks,
        and as the week before would have thought of the same sales.
        """
        v, ages, chance, week = self.vintages, self.ages, self.chances, np.arange(self.vintages.weeks)
        done, held = np.cumsum(v.redeemed, axis=1), np.maximum(v.held, 0.0)
        last = chance.shape[1] - 1
        now = done + held * chance[week + 1, np.minimum(ages + 1, last)]
        was = np.concatenate([np.zeros((len(v.start), 1)), now[:, :-1]], axis=1) + v.issued * chance[week, ages]
        return now, np.maximum(was, done)

    @cached_property
    def deferred(self) -> Array:
        """What is deferred of each week's sales for the points issued in it, (vintages, weeks), at what was thought
        before they were sold: a later estimate does not divide the price anew (IFRS 15.88).
        """
        v = self.vintages
        issued = np.maximum(v.issued, 0.0)
        worth = issued * self.chances[np.arange(v.weeks), self.ages]
        all_issued, all_worth = issued.sum(axis=0), worth.sum(axis=0)
        money = forms.deferral(self.sales, all_issued, self.terms.price, np.minimum(shares(all_worth, all_issued), 1.0))
        return shares(worth, all_worth + np.zeros_like(worth)) * money

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """Both views, a row a week: what moved in it and what stands at its end.

        Columns: week; issued, redeemed, gone, held (points); statutory (cents owed); deferred, recognised (cents in the
        week), caught_up (of recognised, what a new estimate alone brought), contract_liability (cents);
        expected (share of all points issued so far that is thought to be redeemed in the end).
        """
        v = self.vintages
        now, was = self.thought
        done, money = np.cumsum(v.redeemed, axis=1), np.cumsum(self.deferred, axis=1)
        known = np.asarray(forms.recognised(money, done, now)).sum(axis=0)
        held = np.maximum(v.held, 0.0).sum(axis=0)
        columns = {
            "week": np.arange(v.weeks),
            **{name: getattr(v, name).sum(axis=0) for name in ("issued", "redeemed", "gone")},
            "held": held,
            "statutory": forms.statutory(held, self.terms.cost),
            "deferred": self.deferred.sum(axis=0),
            "recognised": np.diff(known, prepend=0.0),
            "caught_up": np.asarray(forms.catch_up(money, done, was, now)).sum(axis=0),
            "contract_liability": money.sum(axis=0) - known,
            "expected": share_or_all(now.sum(axis=0), np.cumsum(v.issued.sum(axis=0))),
        }
        return pd.DataFrame(columns)

    def estimate(self) -> Estimate:
        """The share of all points issued that will have been redeemed in the end, with its error."""
        return expected_redemption(self.vintages, self.terms.lapse)

    def by_vintage(self) -> pd.DataFrame:
        """What is owed at the end for each vintage, a row each.

        Columns: vintage (its first week); issued, redeemed, gone, held (points); expected (share of them that is
        thought to be redeemed in the end); statutory, contract_liability (cents).
        """
        v = self.vintages
        now, done, money = self.thought[0][:, -1], v.redeemed.sum(axis=1), self.deferred.sum(axis=1)
        held = np.maximum(v.held[:, -1], 0.0)
        columns = {
            "vintage": v.start,
            **{name: getattr(v, name).sum(axis=1) for name in ("issued", "redeemed", "gone")},
            "held": held,
            "expected": share_or_all(now, v.issued.sum(axis=1)),
            "statutory": forms.statutory(held, self.terms.cost),
            "contract_liability": forms.owed(money, done, now),
        }
        return pd.DataFrame(columns)

    def roll_forward(self, weeks: int = YEAR) -> pd.DataFrame:
        """From opening to closing in both views, a row for so many weeks each; the last may be short. Cents.

            statutory   opening + issued - redeemed - gone = closing, at the cost of the reward
            expected    opening + deferred - recognised - caught up = closing

        Columns: from, to (weeks); statutory_opening, _issued, _redeemed, _gone, _closing; contract_opening, _deferred,
        _recognised (as was expected before), _caught_up (by a new estimate, less where more are expected), _closing.
        """
        check("weeks", weeks, "[1, inf)", whole=True)
        found, cost = self.weekly, self.terms.cost
        each = found.groupby(found.week // weeks)
        moved, closing = each.sum(), each[["statutory", "contract_liability"]].last()
        opening = closing.shift(1, fill_value=0.0)
        columns = {"from": each.week.first(), "to": each.week.last(), "statutory_opening": opening.statutory}
        columns |= {f"statutory_{name}": moved[name] * cost for name in ("issued", "redeemed", "gone")}
        columns |= {
            "statutory_closing": closing.statutory,
            "contract_opening": opening.contract_liability,
            "contract_deferred": moved.deferred,
            "contract_recognised": moved.recognised - moved.caught_up,
            "contract_caught_up": moved.caught_up,
            "contract_closing": closing.contract_liability,
        }
        return pd.DataFrame(columns).reset_index(drop=True)

    def run_on_points(self, able: float | None = None) -> Stress:
        """What it costs if all who can redeem do so at once, at the end. able : their points (`redeemable`); None = all

        Raises ValueError for more points than are held.
        """
        held = float(np.maximum(self.vintages.held[:, -1], 0.0).sum())
        forms.at_most("able", held if able is None else able, "held", held)
        last = self.weekly.iloc[-1]
        cost = float(np.asarray(forms.statutory(held if able is None else able, self.terms.cost)))
        owed = (float(last.statutory), float(last.contract_liability))
        return Stress(cost, *(cost / one if one else float("nan") for one in owed))

    def ended(self, honoured: float = 0.0) -> Ended:
        """What is owed if the program ends now. honoured : share of the points held that may still be redeemed, [0, 1]

        The rest lapses, which nobody owes any more: it is profit in both views, on the day.
        """
        share = float(check("honoured", honoured, forms.SHARE))
        last = self.weekly.iloc[-1]
        owed = share * float(last.statutory)
        return Ended(owed, float(last.statutory) - owed, float(last.contract_liability) * (1.0 - share))


class Stress(NamedTuple):
    """A run on points: cents that it costs, over what is owed in either view; nan where nothing is owed."""

    cost: float
    of_statutory: float
    of_contract: float


class Ended(NamedTuple):
    """A program that ends: cents still owed at cost, and profit of the day in either view."""

    owed: float
    statutory_profit: float
    expected_profit: float


def share_or_all(part: Array, whole: Array) -> Array:
    """part / whole; 1 where nothing was issued yet: every point is expected to be redeemed."""
    return np.where(whole > 0.0, shares(part, whole), 1.0)


def redeemable(balances: ArrayLike, card: float) -> float:
    """Points that may be redeemed now: whole cards of each customer. balances : (n,) points;  card : points of one

    Raises ValueError for a balance that is no number, or a card of none.
    """
    held, one = np.maximum(check("balances", balances, "(-inf, inf)"), 0.0), check("card", card, "(0, inf)")
    forms.go_together(balances=held, card=one)
    return float((held // one * one).sum())


class Run(Protocol):
    """What is kept of a run: `loyaltysim.run(...)`, `Records.load(folder)`."""

    scenario: Scenario
    firms: pd.DataFrame
    vintages: pd.DataFrame | None


def of_run(run: Run, firm: str = "", arm: str = "with", seed: int | None = None) -> Books:
    """The books of a firm's points in one arm and seed of a run. firm : "" = the focal one;  seed : None = the first

    The points are worth what the firm's configured program says at the end. Raises ValueError for a firm that is not
    there or has no points configured, an arm or a seed that the run does not hold.
    """
    firm, scenario = firm or run.scenario.focal_id, run.scenario
    seed = scenario.seed if seed is None else seed
    own = scenario.firms.get(firm)
    if own is None or "points" not in own.program:
        named = [name for name, f in scenario.firms.items() if "points" in f.program]
        raise ValueError(f"firm {firm!r} has no points configured; firms that have: {', '.join(named) or 'none'}")
    rows = of_firm(run.firms, firm, arm, seed)
    if rows.empty:
        raise ValueError(f"the run holds no arm {arm!r} with seed {seed}")
    points = at(own.program["points"], scenario.weeks - 1)
    table = None if run.vintages is None else of_firm(run.vintages, firm, arm, seed)
    return Books.of(rows, terms_of(points), dated_by_all(rows, table), points.members)


def terms_of(points: Any) -> Terms:
    """What the terms of `program.points` say. points : `loyaltysim.programs.points.Points`"""
    card, cost, price, lapse = worth(points)
    return Terms(cost * POINT / card, price * POINT / card, None if lapse < 0 else lapse)
