"""What a program does to the firm that runs it: numbers of one seed, from its worlds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from loyaltysim.market.book import Book
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.links import link
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.settle import given_back
from loyaltysim.theory.retention import break_even_lift

YEAR = 52.0
OCCASIONS = 1 << 13  # more than any customer's purchases in a week
GROUPS = ("heavy", "light", "emotional", "transactional")


@dataclass(frozen=True)
class Window:
    """The focal firm from the launch to the horizon: what every number below is about."""

    firm: str
    place: int
    launch: int
    weeks: int

    @classmethod
    def of(cls, scenario: Scenario, launch: int) -> Window:
        """The window of a scenario whose focal firm launches its program in this week."""
        return cls(scenario.focal, list(scenario.firms).index(scenario.focal), launch, scenario.weeks)

    @property
    def before(self) -> Window:
        """The weeks before the launch."""
        return Window(self.firm, self.place, 0, self.launch)

    @property
    def years(self) -> float:
        """Length in years."""
        return (self.weeks - self.launch) / YEAR

    def per_customer_year(self, cents: float, book: Book) -> float:
        """Cents of the whole window as money per customer and year."""
        return float(cents) / (entered(book).sum() * self.years * 100.0)

    def weekly(self, book: Book) -> pd.DataFrame:
        """The focal firm's weeks since the launch."""
        rows = book.weekly
        return rows[(rows.firm == self.firm) & (rows.week >= self.launch)]

    def share(self, book: Book) -> float:
        """The focal firm's share of all visits since the launch."""
        rows = book.weekly[book.weekly.week >= self.launch]
        return float(rows.visits[rows.firm == self.firm].sum() / max(1, rows.visits.sum()))

    def visits(self, book: Book, after: np.ndarray | None = None) -> np.ndarray:
        """Visits of every customer to the focal firm since the launch, or in the weeks after `after`. -> (n,)"""
        log = self.log(book, after)
        return np.bincount(log.row, minlength=len(book.people))

    def log(self, book: Book, after: np.ndarray | None = None) -> pd.DataFrame:
        """The purchases at the focal firm since the launch, with the customer's row. after : (n,) weeks."""
        log = book.log[(book.log.firm == self.place) & (book.log.week >= self.launch) & (book.log.week < self.weeks)]
        row = np.searchsorted(book.people.customer.to_numpy(), log.customer.to_numpy())
        log = log.assign(row=row)
        return log if after is None else log[log.week.to_numpy() > after[row]]

    def shares_of_purchases(self, book: Book) -> np.ndarray:
        """The focal firm's share of each customer's purchases in the window; nan for who bought nothing. -> (n,)"""
        inside = book.log[(book.log.week >= self.launch) & (book.log.week < self.weeks)]
        row = np.searchsorted(book.people.customer.to_numpy(), inside.customer.to_numpy())
        bought = np.bincount(row, minlength=len(book.people))
        here = np.bincount(row[inside.firm.to_numpy() == self.place], minlength=len(book.people))
        return np.divide(here, bought, out=np.full(len(bought), np.nan), where=bought > 0)


def window(scenario: Scenario, worlds: Worlds) -> Window:
    """The window of a scenario whose focal firm launches something. Raises ValueError if it never does."""
    if worlds.launch is None:
        raise ValueError(f"firm {scenario.focal!r} never runs a program: there is nothing to compare")
    return Window.of(scenario, worlds.launch)


def entered(book: Book) -> np.ndarray:
    """Who has come by the horizon; the others of a pool of potential customers count nowhere. -> (n,) bool"""
    return book.people.status.to_numpy() != 0


def relative(new: float, old: float) -> float:
    """Growth of a total; nan where there was nothing."""
    return new / old - 1.0 if old else float("nan")


def gained(new: Book, old: Book, w: Window, line: str) -> np.ndarray:
    """What a ledger line of the focal firm gained in each week since the launch, in cents. -> (weeks,)"""
    return w.weekly(new)[line].to_numpy() - w.weekly(old)[line].to_numpy()


def lift_in_visits(scenario: Scenario, with_it: Book, without: Book, launch: int) -> float:
    """Relative lift of the focal firm's visits since the launch."""
    w = Window.of(scenario, launch)
    return relative(w.weekly(with_it).visits.sum(), w.weekly(without).visits.sum())


def totals(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """Lift of visits, revenue, share and profit; what the program costs; payback; the lift that would pay for it."""
    w = window(scenario, worlds)
    new, old = w.weekly(worlds.with_it), w.weekly(worlds.without)
    customers = int(entered(worlds.with_it).sum())
    expense = float(new.reward_cost.sum() + new.liability_change.sum())
    gain = gained(worlds.with_it, worlds.without, w, "profit").cumsum()
    others = ("touchpoints", "recovery", "fixed_cost")
    beside = sum(gained(worlds.with_it, worlds.without, w, line).sum() for line in others)
    beside += refunded(new) - refunded(old)
    member_revenue = new.member_revenue.sum() if "member_revenue" in new else 0
    return {
        "launch_week": float(w.launch),
        "horizon": float(w.weeks - w.launch),
        "visits_with": new.visits.sum() / (customers * w.years),
        "visits_without": old.visits.sum() / (customers * w.years),
        "lift_visits": relative(new.visits.sum(), old.visits.sum()),
        "lift_revenue": relative(new.revenue.sum(), old.revenue.sum()),
        "lift_share_points": w.share(worlds.with_it) - w.share(worlds.without),
        "lift_profit": relative(new.profit.sum(), old.profit.sum()),
        "revenue_per_customer": w.per_customer_year(new.revenue.sum() - old.revenue.sum(), worlds.with_it),
        "profit_per_customer": w.per_customer_year(gain[-1], worlds.with_it),
        "reward_expense_per_customer": w.per_customer_year(expense, worlds.with_it),
        "program_cost_per_customer": w.per_customer_year(expense + beside, worlds.with_it),
        "reward_expense_of_sales": expense / float(new.revenue.sum()),
        "break_even_lift": lift_that_pays(new, expense + beside),
        "liability": float(new.liability_change.sum()) / 100.0,
        "payback_week": payback(gain),
        "enrolled_share": float((member_since(worlds.with_it, w) < w.weeks).sum() / customers),
        "member_share_of_sales": float(member_revenue / new.revenue.sum()),
    }


def lift_that_pays(rows: pd.DataFrame, program_cost: float) -> float:
    """The lift of revenue at which the gain in margin equals what the program cost; infinite if none does.

    Revenue before refunds, which are part of what it cost.
    """
    sold = rows.revenue.sum() + refunded(rows)
    margin, cost = 1.0 - rows.cost_of_goods.sum() / sold, program_cost / sold
    return float(break_even_lift(margin, cost)) if margin > 0.0 and cost >= 0.0 else float("nan")


def refunded(rows: pd.DataFrame) -> float:
    """Cents given back for goods that were written off."""
    return float(rows.refunds.sum()) if "refunds" in rows else 0.0


def payback(cumulative: np.ndarray) -> float:
    """Weeks from the launch until the cumulative profit gain is positive for good; nan if that never happens."""
    below = np.flatnonzero(cumulative <= 0)
    weeks = 1 if len(below) == 0 else below[-1] + 2
    return float(weeks) if weeks <= len(cumulative) else float("nan")


def deadweight(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """How much of the reward went to purchases that would have happened anyway.

    Net count: what T1's members spent at the firm after joining in T0, over what they spent there in T1 (face value is
    earned in proportion to spending; a sign-up bonus is left out). Twin match: the share of their rewarded occasions at
    which the twin in T0 chose the firm too; it depends on how the worlds share their luck.
    """
    w = window(scenario, worlds)
    joined = member_since(worlds.with_it, w)
    rewarded, anyway = w.log(worlds.with_it, joined), w.log(worlds.without, joined)
    spent = rewarded.spend.sum()
    if spent == 0 or mean_reward_rate(scenario, worlds, w) == 0.0:
        return {"deadweight": float("nan"), "deadweight_twin": float("nan")}
    twin = np.isin(occasion_key(rewarded), occasion_key(anyway))
    return {
        "deadweight": float(anyway.spend.sum() / spent),
        "deadweight_twin": float(rewarded.spend.to_numpy()[twin].sum() / spent),
    }


def member_since(book: Book, w: Window) -> np.ndarray:
    """The week in which each customer joined the focal program; never = beyond the horizon. -> (n,)"""
    name = f"joined_{w.firm}"
    joined = book.people[name].to_numpy() if name in book.people else np.full(len(book.people), -1)
    return np.where(joined >= 0, joined, w.weeks)


def occasion_key(log: pd.DataFrame) -> np.ndarray:
    """One number for each (customer row, week, occasion)."""
    return (log.row.to_numpy() * 8192 + log.week.to_numpy()) * OCCASIONS + log.occasion.to_numpy()


def member_effect(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """What an analyst would say of membership, and the truth, in visits per member and year.

    Naive: mean visits of members minus those of non-members since the launch. Truth: T1 - T1|i over T1's members.
    Before: the naive comparison of the same people before the launch, when there was nothing to be a member of; change
    is the difference in differences. Wallet: the same of the firm's share of each customer's purchases.
    How far the naive effect exceeds the truth has two causes: who joins (heavy customers of the firm) and how little a
    reward of a few percent can move at grocery elasticities; the first is seen before the launch, the second is not.
    """
    w = window(scenario, worlds)
    member = member_since(worlds.with_it, w) < w.weeks
    here = np.where(compared(scenario, worlds, w) | member, 1.0, np.nan)
    new, barred = here * w.visits(worlds.with_it) / w.years, w.visits(worlds.replayed) / w.years
    share, barred_share = w.shares_of_purchases(worlds.with_it), w.shares_of_purchases(worlds.replayed)
    unknown = np.full(len(member), np.nan)
    before = here * w.before.visits(worlds.with_it) / w.before.years if w.launch else unknown
    return {
        "naive_effect": contrast(new, member),
        "naive_before": contrast(before, member),
        "naive_change": contrast(new - before, member),
        "true_effect": mean(new[member] - barred[member]),
        "naive_wallet": contrast(share, member),
        "true_wallet": mean(share[member] - barred_share[member]),
    }


def compared(scenario: Scenario, worlds: Worlds, w: Window) -> np.ndarray:
    """Whom an analyst would compare with members: who ever came; of contracts, who paid the firm bills. -> (n,)"""
    if scenario.market.setting == "contract":
        return w.visits(worlds.with_it) > 0
    return entered(worlds.with_it)


def contrast(values: np.ndarray, member: np.ndarray) -> float:
    """Mean of the members minus mean of the others, as if membership had been drawn by lot."""
    return mean(values[member]) - mean(values[~member])


def mean(values: np.ndarray) -> float:
    """Mean of the defined values; nan of none."""
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else float("nan")


def groups(scenario: Scenario, worlds: Worlds) -> dict[str, np.ndarray]:
    """Who is who: heavy (top fifth) and light (lower half) shoppers of the firm, emotional and transactional people.

    By visits to the focal firm before the launch, as the firm itself would sort them (Liu 2007); if the program runs
    from the first week, by visits in the world without it. Where everybody pays as many bills, by the size of a bill.
    """
    people, w = worlds.without.people, window(scenario, worlds)
    contracts = scenario.market.setting == "contract"
    bought = people.spending.to_numpy() if contracts else (w.before if w.launch else w).visits(worlds.without)
    here, rho = entered(worlds.with_it), people.rho.to_numpy()
    order = np.argsort(np.argsort(np.where(here, bought, -1), kind="stable"), kind="stable") - (~here).sum()
    heavy, emotional = order >= 0.8 * here.sum(), rho >= 0.5
    found = {"heavy": heavy, "light": order < 0.5 * here.sum(), "emotional": emotional, "transactional": ~emotional}
    return {name: group & here for name, group in found.items()}


def who_moved(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """For each group: its share of customers and of rewards, the lift of its visits, and its extra visits.

    Extra visits are those of the group, a year, over all customers: groups of a pair add up to the whole.
    """
    w = window(scenario, worlds)
    new, old = w.visits(worlds.with_it), w.visits(worlds.without)
    rewarded = w.log(worlds.with_it, member_since(worlds.with_it, w))
    earned = np.bincount(rewarded.row, rewarded.spend, minlength=len(new))
    customers = int(entered(worlds.with_it).sum())
    out = {"extra_visits": float((new - old).sum() / (customers * w.years))}
    for name, group in groups(scenario, worlds).items():
        out[f"{name}_share_of_customers"] = float(group.sum() / customers)
        out[f"{name}_lift"] = relative(new[group].sum(), old[group].sum())
        out[f"{name}_extra_visits"] = float((new - old)[group].sum()) / (customers * w.years)
        out[f"{name}_share_of_rewards"] = float(earned[group].sum() / earned.sum()) if earned.sum() else float("nan")
    return out


def decomposition(scenario: Scenario, worlds: Worlds, off: Mapping[str, float]) -> dict[str, float]:
    """The lift of visits as population elasticity x reward x enrolled share, selection, amplifiers and remainder.

    off : amplifier -> the lift with that amplifier switched off (same seed); rivals: they do what they do in T0.
    With w_i the customer's visits, P_i the chance of the focal firm at base offers, alpha_i = beta_i / reference price
    and m_i the share of the window as a member, |eta| = sum w P alpha (1 - P + eps P) / sum w P and the enrolled share
    of sales is sum m w P / sum w P.
    Selection: members are not like everybody, in their elasticity or in how strongly rewards pull them.
    Source: first order of the logit in the reward (docs: the model, section 11.7).
    """
    w = window(scenario, worlds)
    people, prior = worlds.without.people, worlds.without.traits["prior"][:, w.place]
    weight = people.rate.to_numpy() * prior * entered(worlds.with_it)
    alpha = people.beta.to_numpy() / scenario.market.reference_price
    slope = weight * alpha * (1.0 - prior + expansion(scenario) * prior)
    member = np.clip((w.weeks - member_since(worlds.with_it, w)) / (w.weeks - w.launch), 0.0, 1.0)
    pull = reward_pull(scenario, people.rho.to_numpy())
    rate = mean_reward_rate(scenario, worlds, w)
    elasticity, enrolled = slope.sum() / weight.sum(), (member * weight).sum() / weight.sum()
    lift = lift_in_visits(scenario, worlds.with_it, worlds.without, w.launch)
    parts = {
        "lift_from_price": elasticity * rate * enrolled,
        "lift_from_selection": rate * (member * pull * slope).sum() / weight.sum() - elasticity * rate * enrolled,
    }
    parts |= {f"lift_from_{name}": lift - off[name] if name in off else 0.0 for name in amplifiers()}
    return {
        **parts,
        "lift_from_remainder": lift - sum(parts.values()),
        "elasticity": -elasticity,
        "reward_rate": rate,
        "enrolled_share_of_sales": enrolled,
    }


def amplifiers() -> dict[str, str]:
    """What a study switches off to see how much it adds to a lift, name -> words."""
    return {**mechanisms.amplifiers(), "rivals": "rivals' answer"}


def expansion(scenario: Scenario) -> float:
    """How far the category grows with its appeal: lambda, or s_0 at base offers; 0 without an outside option."""
    outside = scenario.behaviour.get("outside")
    return 0.0 if outside is None else outside.expansion


def reward_pull(scenario: Scenario, rho: np.ndarray) -> np.ndarray:
    """How strongly rewards pull each customer, relative to the mean of the reference mix. -> (n,)"""
    c = scenario.customers
    return link(c.links.reward, rho, c.relational_share if c.link_mean == "current" else 0.5)


def mean_reward_rate(scenario: Scenario, worlds: Worlds, w: Window) -> float:
    """The focal program's reward per unit of spending as customers value it, as launched."""
    program = worlds.with_it.offers[w.launch][w.firm].program
    return float(sum(given_back(mechanisms.registry()[name], terms, scenario) for name, terms in program.items()))
