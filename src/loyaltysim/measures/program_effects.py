"""What a program does to the firm that runs it: numbers of one seed, from its worlds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.market.book import Book, booked_revenue
from loyaltysim.measures.ratio import divide, mean, ratio
from loyaltysim.measures.registry import unit
from loyaltysim.measures.statistics import Estimate, ratio_of_means
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.links import link, reference_mix
from loyaltysim.mechanism.measure import Part, measure
from loyaltysim.scenario.dates import variants
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.settle import given_back
from loyaltysim.theory.retention import break_even_lift

YEAR = 52.0
OCCASIONS = 1 << 13  # more than any customer's purchases in a week
GROUPS = {
    "heavy": Part("heavy shoppers\n(top fifth)", "重度购买者（前五分之一）"),
    "light": Part("light shoppers\n(lower half)", "轻度购买者（后一半）"),
    "emotional": Part("emotional\npeople", "情感型客户"),
    "transactional": Part("transactional\npeople", "交易型客户"),
}
CONTRACT_GROUPS = {  # where everybody pays as many bills, groups are made by the size of a bill
    **GROUPS,
    "heavy": Part("large bills\n(top fifth)", "大额账单（前五分之一）"),
    "light": Part("small bills\n(lower half)", "小额账单（后一半）"),
}


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
        return ratio(cents, entered(book).sum() * self.years * 100.0)

    def weekly(self, book: Book) -> pd.DataFrame:
        """The focal firm's weeks since the launch."""
        rows = book.weekly
        return rows[(rows.firm == self.firm) & (rows.week >= self.launch)]

    def share(self, book: Book) -> float:
        """The focal firm's share of all visits since the launch."""
        rows = book.weekly[book.weekly.week >= self.launch]
        return ratio(rows.visits[rows.firm == self.firm].sum(), rows.visits.sum())

    def visits(self, book: Book, after: np.ndarray | None = None) -> np.ndarray:
        """Visits of every customer to the focal firm since the launch, or in the weeks after `after`. -> (n,)"""
        count: np.ndarray = np.bincount(self.rows(book, after)[1], minlength=len(book.people))
        return count

    def log(self, book: Book, after: np.ndarray | None = None, during: np.ndarray | None = None) -> pd.DataFrame:
        """The purchases at the focal firm since the launch, with the customer's row.

        after : (n,) weeks, only later ones;  during : (weeks,) bool, only in these
        """
        at, row = self.rows(book, after)
        found = book.log.take(at).assign(row=row)
        return found if during is None else found[during[found.week]]

    def rows(self, book: Book, after: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Where in the log the purchases at the focal firm since the launch are, and the customer's row of each."""
        firm, week, customer = (book.log[name].to_numpy() for name in ("firm", "week", "customer"))
        at = np.flatnonzero((firm == self.place) & (week >= self.launch) & (week < self.weeks))
        row = np.searchsorted(book.people.customer.to_numpy(), customer[at])
        if after is None:
            return at, row
        later = week[at] > after[row]
        return at[later], row[later]

    def shares_of_purchases(self, book: Book) -> np.ndarray:
        """The focal firm's share of each customer's purchases in the window; nan for who bought nothing. -> (n,)"""
        inside = book.log[(book.log.week >= self.launch) & (book.log.week < self.weeks)]
        row = np.searchsorted(book.people.customer.to_numpy(), inside.customer.to_numpy())
        bought = np.bincount(row, minlength=len(book.people))
        here = np.bincount(row[inside.firm.to_numpy() == self.place], minlength=len(book.people))
        return divide(here, bought)


def window(scenario: Scenario, worlds: Worlds) -> Window:
    """The window of a scenario whose focal firm launches something. Raises ValueError if it never does."""
    if worlds.launch is None:
        raise ValueError(f"firm {scenario.focal!r} never runs a program: there is nothing to compare")
    return Window.of(scenario, worlds.launch)


def entered(book: Book) -> np.ndarray:
    """Who has come by the horizon; the others of a pool of potential customers count nowhere. -> (n,) bool"""
    here: np.ndarray = book.people.status.to_numpy() != 0
    return here


def relative(new: float, old: float) -> float:
    """Growth of a total; nan where there was nothing."""
    return ratio(new, old) - 1.0


def gained(new: Book, old: Book, w: Window, line: str) -> np.ndarray:
    """What a ledger line of the focal firm gained in each week since the launch, in cents. -> (weeks,)"""
    gain: np.ndarray = w.weekly(new)[line].to_numpy() - w.weekly(old)[line].to_numpy()
    return gain


def lift_in_visits(scenario: Scenario, with_it: Book, without: Book, launch: int) -> float:
    """Relative lift of the focal firm's visits since the launch."""
    w = Window.of(scenario, launch)
    return relative(w.weekly(with_it).visits.sum(), w.weekly(without).visits.sum())


@measure(
    "launch_week", unit="week", words="week of the launch", chinese="上线周", style="whole",
    of="the first week in which the firm's program runs",
)  # fmt: skip
@measure(
    "horizon", unit="weeks since launch", words="weeks after the launch", chinese="上线后的周数", style="whole",
    of="how long the program has run when it is judged",
)  # fmt: skip
@measure(
    "visits", unit="visits per customer and year", words="{occasion} per customer and year",
    chinese="每位客户每年的购买次数",
    style="number", of="purchases at the firm since the launch, over customers who have come and years",
)  # fmt: skip
@measure(
    "lift_visits", unit="share", words="lift of {occasion}", chinese="购买次数提升", style="lift", short="{occasion}",
    of="purchases at the firm since the launch, with the program against without it",
)  # fmt: skip
@measure(
    "lift_revenue", unit="share", words="lift of revenue", chinese="销售额提升", style="lift", short="revenue",
    of="revenue of the firm since the launch, with the program against without it",
)  # fmt: skip
@measure(
    "lift_share_points", unit="share of visits", words="share of all {occasion}, points",
    chinese="购买份额变化（百分点）",
    style="points", of="the firm's share of all purchases since the launch, with the program less without it",
)  # fmt: skip
@measure(
    "lift_profit", unit="share", words="lift of profit", chinese="利润提升", style="lift",
    of="profit of the firm since the launch, with the program against without it",
)  # fmt: skip
@measure(
    "revenue_per_customer", unit="money per customer and year", words="revenue, {currency} per customer and year",
    chinese="销售额变化", style="change",
    of="change of the firm's revenue per customer and year against the same market without its program",
)  # fmt: skip
@measure(
    "profit_per_customer", unit="money per customer and year", words="profit, {currency} per customer and year",
    chinese="利润变化", style="change", short="profit", head=("", "profit"),
    of="change of the firm's profit per customer and year against the same market without its program",
)  # fmt: skip
@measure(
    "profit_of_sales", unit="share of sales", words="profit, per 100 of sales", chinese="利润变化占销售额",
    style="lift",
    of="change of the firm's profit over its revenue without the program, since the launch: free of scale",
)  # fmt: skip
@measure(
    "reward_expense_per_customer", unit="money per customer and year",
    words="expense for rewards, {currency} per customer and year", chinese="奖励支出", style="money",
    of="rewards at their cost when redeemed and the change of what is owed, per customer and year",
)  # fmt: skip
@measure(
    "program_cost_per_customer", unit="money per customer and year",
    words="cost of the program, {currency} per customer and year", chinese="实际花费", style="money", short="spent",
    head=("", "spent"),
    of="what the program costs per customer and year: rewards at their cost when redeemed, the change of "
    "what is owed, touchpoints, set-up and running",
)  # fmt: skip
@measure(
    "reward_expense_of_sales", unit="share of sales", words="expense for rewards, of sales", chinese="奖励支出占销售额",
    style="rate",
    of="rewards at their cost when redeemed and the change of what is owed, over the firm's revenue since the launch",
)  # fmt: skip
@measure(
    "break_even_lift", unit="share", words="lift of revenue that would pay for it", chinese="回本所需的销售额提升",
    style="lift", of="the lift of revenue at which the gain in margin equals what the program costs",
)  # fmt: skip
@measure(
    "liability", unit="money", words="owed at the end, {currency}", chinese="期末负债总额", style="money",
    of="rewards promised and not yet redeemed at the horizon, at their cost",
)  # fmt: skip
@measure(
    "payback_week", unit="weeks since launch", words="weeks until the loss is made good", chinese="回本周数",
    style="whole", short="payback week", head=("payback", "week"),
    of="weeks after the launch from which on the summed profit stays above 0, over the runs in which that happens",
)  # fmt: skip
@measure(
    "ahead_until_week", unit="weeks since launch", words="weeks until the gain is lost again", chinese="盈利终止周数",
    style="whole", short="ahead until week",
    of="the last week after the launch in which the summed profit is above 0, over the runs that end at 0 or below",
)  # fmt: skip
@measure(
    "enrolled_share", unit="share of customers", words="customers enrolled", chinese="入会客户比例", style="share",
    of="customers who joined the program by the horizon, of all who have come",
)  # fmt: skip
@measure(
    "enrolment_half_time", unit="weeks since launch", words="weeks until half of the members had joined",
    chinese="半数会员入会所需周数", style="whole",
    of="weeks from the launch to the one by which half of those who joined by the horizon had done so",
)  # fmt: skip
@measure(
    "member_share_of_sales", unit="share of sales", words="sales to members", chinese="会员销售额占比", style="share",
    of="revenue from members over all revenue of the firm since the launch",
)  # fmt: skip
def totals(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """Lift of visits, revenue, share and profit; what the program costs; payback; the lift that would pay for it."""
    w = window(scenario, worlds)
    new, old = w.weekly(worlds.with_it), w.weekly(worlds.without)
    customers = int(entered(worlds.with_it).sum())
    expense = float(new.reward_cost.sum() + new.liability_change.sum())
    gain = gained(worlds.with_it, worlds.without, w, "profit").cumsum()
    others = ("touchpoints", "recovery", "fixed_cost")
    beside = float(sum(gained(worlds.with_it, worlds.without, w, line).sum() for line in others))
    taken, before = (float(booked_revenue(rows).sum()) for rows in (new, old))
    beside += refunded(new) - refunded(old) + new.revenue.sum() - taken - old.revenue.sum() + before
    member_revenue = new.member_revenue.sum() if "member_revenue" in new else 0
    return {
        "launch_week": float(w.launch),
        "horizon": float(w.weeks - w.launch),
        "visits_with": ratio(new.visits.sum(), customers * w.years),
        "visits_without": ratio(old.visits.sum(), customers * w.years),
        "lift_visits": relative(new.visits.sum(), old.visits.sum()),
        "lift_revenue": relative(taken, before),
        "lift_share_points": w.share(worlds.with_it) - w.share(worlds.without),
        "lift_profit": relative(new.profit.sum(), old.profit.sum()),
        "revenue_per_customer": w.per_customer_year(taken - before, worlds.with_it),
        "profit_per_customer": w.per_customer_year(gain[-1], worlds.with_it),
        "profit_of_sales": ratio(gain[-1], old.revenue.sum()),
        "reward_expense_per_customer": w.per_customer_year(expense, worlds.with_it),
        "program_cost_per_customer": w.per_customer_year(expense + beside, worlds.with_it),
        "reward_expense_of_sales": ratio(expense, new.revenue.sum()),
        "break_even_lift": lift_that_pays(new, expense + beside),
        "liability": float(new.liability_change.sum()) / 100.0,
        "payback_week": payback(gain),
        "ahead_until_week": ahead_until(gain),
        "enrolled_share": ratio((member_since(worlds.with_it, w) < w.weeks).sum(), customers),
        "enrolment_half_time": half_time(member_since(worlds.with_it, w), w),
        "member_share_of_sales": ratio(member_revenue, new.revenue.sum()),
    }


def half_time(joined: np.ndarray, w: Window) -> float:
    """Weeks from the launch until half of those who ever join have; nan if nobody does. joined : (n,) `member_since`"""
    weeks = np.sort(joined[joined < w.weeks])
    return float(weeks[(len(weeks) - 1) // 2] - w.launch) if len(weeks) else float("nan")


def lift_that_pays(rows: pd.DataFrame, program_cost: float) -> float:
    """The lift of revenue at which the gain in margin equals what the program cost; infinite if none does.

    Revenue before refunds, which are part of what it cost.
    """
    sold = rows.revenue.sum() + refunded(rows)
    margin, cost = 1.0 - ratio(rows.cost_of_goods.sum(), sold), ratio(program_cost, sold)
    return float(break_even_lift(margin, cost)) if margin > 0.0 and cost >= 0.0 else float("nan")


def refunded(rows: pd.DataFrame) -> float:
    """Cents given back for goods that were written off."""
    return float(rows.refunds.sum()) if "refunds" in rows else 0.0


def payback(cumulative: np.ndarray) -> float:
    """Weeks from the launch until the cumulative profit gain is positive for good; nan if that never happens."""
    below = np.flatnonzero(cumulative <= 0)
    weeks = 1 if len(below) == 0 else below[-1] + 2
    return float(weeks) if weeks <= len(cumulative) else float("nan")


def ahead_until(cumulative: np.ndarray) -> float:
    """The last week from the launch on in which the cumulative profit gain is positive, where it ends at 0 or below.

    nan where it never was positive, or still is at the end.
    """
    above = np.flatnonzero(cumulative > 0)
    return float(above[-1] + 1) if len(above) and above[-1] + 1 < len(cumulative) else float("nan")


@measure(
    "deadweight", unit="share of rewards", words="of 100 of reward, for purchases that would have come anyway",
    chinese="每 100 元奖励中本来就会发生的", style="per hundred", short="of 100 of reward, anyway", head=("anyway",
    "of 100"),
    of="of every 100 of reward, how much went to purchases that would have happened anyway",
)  # fmt: skip
@measure(
    "deadweight_twin", unit="share of rewards", words="of 100 of reward, for purchases that the twin made too",
    chinese="每 100 元奖励中孪生客户同样会发生的", style="per hundred",
    of="the same, purchase by purchase: rewarded occasions at which the twin without the program chose the firm too",
)  # fmt: skip
def deadweight(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """How much of the reward went to purchases that would have happened anyway.

    Net count: what T1's members spent at the firm after joining in T0, over what they spent there in T1, in the weeks
    in which the program gives something back (face value is earned in proportion to spending; a sign-up bonus is left
    out; where a reward is a free purchase, of T0's as large a share as is paid in T1). Twin match: the share of their
    rewarded occasions at which the twin in T0 chose the firm too; it depends on how the worlds share their luck.
    """
    w = window(scenario, worlds)
    joined = member_since(worlds.with_it, w)
    paid = rewarding(scenario, worlds.with_it)
    rewarded, anyway = (w.log(book, joined, paid) for book in (worlds.with_it, worlds.without))
    spent = rewarded.spend.sum()
    if spent == 0:
        return {"deadweight": float("nan"), "deadweight_twin": float("nan")}
    twin = np.isin(occasion_key(rewarded), occasion_key(anyway))
    return {
        "deadweight": ratio(anyway.spend.sum() * share_paid(scenario, rewarded), spent),
        "deadweight_twin": ratio(rewarded.spend.to_numpy()[twin].sum(), spent),
    }


def share_paid(scenario: Scenario, rewarded: pd.DataFrame) -> float:
    """Of members' purchases in T1 the share that is paid, and so earns a reward; 1 where no reward is a free one."""
    points = scenario.firms[scenario.focal].program.get("points")
    free = points is not None and any(terms.item for _, terms in variants(points))
    return float((rewarded.spend > 0).mean()) if free else 1.0


def rewarding(scenario: Scenario, book: Book) -> np.ndarray:
    """In which weeks the focal firm's program gives something back. -> (weeks,) bool"""
    shown = [offers[scenario.focal_id].program for offers in book.offers]
    return np.array([reward_rate(program, scenario) > 0.0 for program in shown])


def member_since(book: Book, w: Window) -> np.ndarray:
    """The week in which each customer joined the focal program; never = beyond the horizon. -> (n,)"""
    name = f"joined_{w.firm}"
    joined = book.people[name].to_numpy() if name in book.people else np.full(len(book.people), -1)
    return np.where(joined >= 0, joined, w.weeks)


def occasion_key(log: pd.DataFrame) -> np.ndarray:
    """One number for each (customer row, week, occasion)."""
    key: np.ndarray = (log.row.to_numpy() * 8192 + log.week.to_numpy()) * OCCASIONS + log.occasion.to_numpy()
    return key


@measure(
    "naive_effect", unit="visits per member and year", words="members against others\nsince the launch",
    chinese="会员与非会员之差（上线后）", style="change",
    of="mean purchases at the firm of members less those of other customers, since the launch",
)  # fmt: skip
@measure(
    "naive_before", unit="visits per member and year", words="the same people\nbefore the launch",
    chinese="同一批人上线前之差", style="change",
    of="the same comparison of the same people before the launch, when there was nothing to be a member of",
)  # fmt: skip
@measure(
    "naive_change", unit="visits per member and year", words="change of that gap", chinese="差距的变化", style="change",
    of="the difference of the two: difference in differences",
)  # fmt: skip
@measure(
    "true_effect", unit="visits per member and year", words="truth: what membership\ncauses",
    chinese="真实效应：会员身份带来的",
    style="change", of="members' purchases at the firm, less those of the same people barred from the program",
)  # fmt: skip
@measure(
    "naive_wallet", unit="share of purchases", words="members against others, share of their purchases",
    chinese="会员与非会员的钱包份额之差", style="points",
    of="the firm's share of each member's purchases less that of others, means since the launch",
)  # fmt: skip
@measure(
    "true_wallet", unit="share of purchases", words="truth: share of members' purchases", chinese="真实的钱包份额变化",
    style="points",
    of="the firm's share of members' purchases, less that of the same people barred from the program",
)  # fmt: skip
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


@measure(
    "extra_visits", unit="visits per customer and year", words="extra {occasion} per customer and year",
    chinese="增量购买次数", style="change", short="extra visits", head=("extra", "visits"),
    of="change of purchases at the firm per customer and year",
)  # fmt: skip
@measure(
    "{}_share_of_customers", unit="share", words="{}: share of customers", chinese="{}：占客户比例", style="share",
    each=GROUPS, of="how many of all customers belong to the group",
)  # fmt: skip
@measure(
    "{}_lift", unit="share", words="{}: lift of {occasion}", chinese="{}：购买次数提升", style="lift", each=GROUPS,
    of="the group's purchases at the firm since the launch, with the program against without it",
)  # fmt: skip
@measure(
    "{}_extra_visits", unit="visits per customer and year", words="{}: extra {occasion} per customer and year",
    chinese="{}：增量购买次数", style="change", each=GROUPS,
    of="the group's extra purchases at the firm a year, over all customers",
)  # fmt: skip
@measure(
    "{}_share_of_rewards", unit="share", words="{}: share of rewards", chinese="{}：占奖励比例", style="share",
    each=GROUPS, of="what the group spent as members while rewards were given, of all that members spent so",
)  # fmt: skip
def who_moved(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """For each group: its share of customers and of rewards, the lift of its visits, and its extra visits.

    Extra visits are those of the group, a year, over all customers: groups of a pair add up to the whole.
    """
    w = window(scenario, worlds)
    new, old = w.visits(worlds.with_it), w.visits(worlds.without)
    rewarded = w.log(worlds.with_it, member_since(worlds.with_it, w), rewarding(scenario, worlds.with_it))
    earned = np.bincount(rewarded.row, rewarded.spend, minlength=len(new))
    customers = int(entered(worlds.with_it).sum())
    out = {"extra_visits": ratio((new - old).sum(), customers * w.years)}
    for name, group in groups(scenario, worlds).items():
        out[f"{name}_share_of_customers"] = ratio(group.sum(), customers)
        out[f"{name}_lift"] = relative(new[group].sum(), old[group].sum())
        out[f"{name}_extra_visits"] = ratio((new - old)[group].sum(), customers * w.years)
        out[f"{name}_share_of_rewards"] = ratio(earned[group].sum(), earned.sum())
    return out


def amplifiers() -> dict[str, Part]:
    """What a study switches off to see how much it adds to a lift, name -> words."""
    known = {name: Part(one.label, one.chinese) for name, one in mechanisms.amplifiers().items()}
    return {**known, "rivals": Part("rivals' answer", "对手的反应")}


def parts() -> dict[str, Part]:
    """Everything that a lift of visits is made of, in the order in which it is told."""
    return {
        "price": Part("price: elasticity x reward\nx sales enrolled", "价格：弹性 × 奖励率 × 入会销售额占比"),
        "selection": Part("who joins, and how\nstrongly rewards pull them", "谁入会，以及奖励对其的吸引力"),
        **amplifiers(),
        "remainder": Part("remainder", "余项"),
    }


@measure(
    "lift_from_{}", unit="share", words="{}", chinese="{}", style="lift", each=parts,
    of="what this adds to the lift of purchases; the parts add up to lift_visits",
)  # fmt: skip
@measure(
    "elasticity", unit="elasticity", words="price elasticity of {occasion}", chinese="价格弹性", style="number",
    of="population elasticity of purchases at the firm, from tastes at base offers",
)  # fmt: skip
@measure(
    "reward_rate", unit="share of spending", words="reward as customers value it", chinese="客户眼中的奖励率",
    style="rate",
    of="the program's reward per unit of spending as launched, as customers value it",
)  # fmt: skip
@measure(
    "enrolled_share_of_sales", unit="share of sales", words="sales enrolled", chinese="入会销售额占比", style="share",
    of="the share of the window as a member, weighted by the purchases that tastes promise the firm",
)  # fmt: skip
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
    elasticity, enrolled = ratio(slope.sum(), weight.sum()), ratio((member * weight).sum(), weight.sum())
    lift = lift_in_visits(scenario, worlds.with_it, worlds.without, w.launch)
    found = {
        "lift_from_price": elasticity * rate * enrolled,
        "lift_from_selection": ratio(rate * (member * pull * slope).sum(), weight.sum()) - elasticity * rate * enrolled,
    }
    found |= {f"lift_from_{name}": lift - off[name] if name in off else 0.0 for name in amplifiers()}
    return {
        **found,
        "lift_from_remainder": lift - sum(found.values()),
        "elasticity": -elasticity,
        "reward_rate": rate,
        "enrolled_share_of_sales": enrolled,
    }


@measure(
    "naive_over_true", unit="ratio", words="the naive comparison, times the truth", chinese="朴素比较是真实值的几倍",
    style="whole", of="naive_effect over true_effect, a ratio of means over runs",
)  # fmt: skip
@measure(
    "naive_over_true_wallet", unit="ratio", words="the naive comparison of wallets, times the truth",
    chinese="朴素钱包比较是真实值的几倍", style="whole", of="naive_wallet over true_wallet, a ratio of means over runs",
)  # fmt: skip
@measure(
    "affordable_cost", unit="share of what rewards cost", words="what rewards could cost, of what they cost",
    chinese="奖励成本可承受的比例", style="share",
    of="profit before the expense for rewards, over that expense: a ratio of means over runs",
)  # fmt: skip
@measure(
    "{}_share_of_extra_visits", unit="share", words="{}: share of the extra {occasion}", chinese="{}：占增量购买的比例",
    style="share", each=GROUPS,
    of="the group's extra purchases over all extra purchases: a ratio of means over runs",
)  # fmt: skip
def ratios(column: Mapping[str, Sequence[float]]) -> dict[str, Estimate]:
    """Ratios of means over runs, where a mean of ratios would mislead. column : number -> its value in every run"""
    both = [a + b for a, b in zip(column["profit_per_customer"], column["reward_expense_per_customer"], strict=True)]
    pairs = {
        "naive_over_true": (column["naive_effect"], "true_effect"),
        "naive_over_true_wallet": (column["naive_wallet"], "true_wallet"),
        "affordable_cost": (both, "reward_expense_per_customer"),
        **{f"{g}_share_of_extra_visits": (column[f"{g}_extra_visits"], "extra_visits") for g in GROUPS},
    }
    return {name: ratio_of_means(top, column[bottom], unit(name)) for name, (top, bottom) in pairs.items()}


def expansion(scenario: Scenario) -> float:
    """How far the category grows with its appeal: lambda, or s_0 at base offers; 0 without an outside option."""
    outside = scenario.behaviour.get("outside")
    return 0.0 if outside is None else outside.expansion


def reward_pull(scenario: Scenario, rho: np.ndarray) -> np.ndarray:
    """How strongly rewards pull each customer, relative to the mean of the reference mix. -> (n,)"""
    c = scenario.customers
    return link(c.links.reward, rho, reference_mix(c))


def mean_reward_rate(scenario: Scenario, worlds: Worlds, w: Window) -> float:
    """The focal program's reward per unit of spending as customers value it, as launched."""
    return reward_rate(worlds.with_it.offers[w.launch][w.firm].program, scenario)


def reward_rate(program: Mapping[str, Any], scenario: Scenario) -> float:
    """A program's reward per unit of spending as customers value it."""
    return float(sum(given_back(mechanisms.registry()[name], terms, scenario) for name, terms in program.items()))
