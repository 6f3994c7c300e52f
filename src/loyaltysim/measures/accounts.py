"""Customer accounts: what each customer leaves a firm, by tenure, by bond, by kind, and whether tenure is the reason.

Profit of a customer: revenue - goods - rewards at their cost (what is owed for them too) - what was spent on serving
the customer, quarter by quarter. Customers' profits add up to the firm's but for what no customer caused: what the firm
spends whoever comes, and points that became worth something else (`of_nobody`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from loyaltysim.market.accounts import ACCOUNT
from loyaltysim.market.book import Book, booked_revenue
from loyaltysim.market.customers import QUARTER
from loyaltysim.measures.contracts import by_firm, contract_table
from loyaltysim.measures.program_effects import GROUPS
from loyaltysim.measures.ratio import divide, mean, ratio
from loyaltysim.measures.statistics import correlation
from loyaltysim.mechanism.measure import measure

if TYPE_CHECKING:
    from loyaltysim.scenario.model import Scenario

YEARLY = 4.0 / 100.0  # cents of a quarter as money a year
MOST = 8  # years of tenure that are told
TENTHS, FIFTHS = 10, 5
KINDS = {name: GROUPS[name] for name in ("emotional", "transactional")}
MONTH = 4  # weeks


@dataclass(frozen=True)
class Account:
    """All customers at one firm.

    profit : (quarters, n) money a year;  active : (quarters, n) bool, bought in the quarter
    since  : (n,) quarter in which the customer came to the firm, before the run where a contract says so; nan = never
    weeks  : of the run
    """

    profit: np.ndarray
    active: np.ndarray
    since: np.ndarray
    weeks: int

    @classmethod
    def of(cls, book: Book, firm: str) -> Account:
        """From the accounts of a run. Raises ValueError where they were not recorded."""
        j = book.firms.index(firm)
        lines = book.accounts[:, :, j]
        active = (lines[:, :, ACCOUNT.index("revenue")] != 0) | (lines[:, :, ACCOUNT.index("cost_of_goods")] != 0)
        since = np.where(active.any(axis=0), active.argmax(axis=0), np.nan)
        if "provider" in book.people:
            since = np.fmin(since, under_contract(book, j))
        return cls(profit(book, firm) * YEARLY, active, since, len(book.weekly) // len(book.firms))

    @property
    def buyers(self) -> np.ndarray:
        """Who ever bought. -> (n,) bool"""
        found: np.ndarray = self.active.any(axis=0)
        return found

    @property
    def tenure(self) -> np.ndarray:
        """Years since the customer came, by quarter. -> (quarters, n)"""
        found: np.ndarray = (np.arange(len(self.profit))[:, None] - self.since) / 4.0
        return found

    @property
    def yearly(self) -> np.ndarray:
        """Money a year, over the whole run. -> (n,)"""
        found: np.ndarray = self.profit.sum(axis=0) * QUARTER / self.weeks
        return found


def profit(book: Book, firm: str) -> np.ndarray:
    """What each customer leaves a firm in each quarter. -> (quarters, n) cents. Raises ValueError: not recorded"""
    if not len(book.accounts):
        raise ValueError("customers' accounts were not recorded: set record.accounts=true")
    signs = np.array([1 if name == "revenue" else -1 for name in ACCOUNT])
    found: np.ndarray = book.accounts[:, :, book.firms.index(firm)] @ signs
    return found


def of_nobody(book: Book, firm: str) -> dict[str, int]:
    """What of a firm's ledger no customer caused, cents over the run, by line of an account."""
    rows = book.weekly[book.weekly.firm == firm]
    lines = {"revenue": booked_revenue(rows), **{name: rows[name] for name in ACCOUNT[1:]}}
    of_all = book.accounts[:, :, book.firms.index(firm)].sum(axis=(0, 1))
    return {name: int(lines[name].sum()) - int(cents) for name, cents in zip(ACCOUNT, of_all, strict=True)}


def under_contract(book: Book, place: int) -> np.ndarray:
    """The quarter in which each customer's first contract with a firm began; negative before the run. -> (n,), nan"""
    table = contract_table(book)
    first = table[table.firm == place].groupby("customer").started.min().reindex(book.people.customer)
    found: np.ndarray = np.floor(first.to_numpy(float) / QUARTER)
    return found


# --- tenure ---


@measure(
    "customer_profit", unit="money per customer and year", words="profit, {currency} per buyer and year",
    chinese="每位买家的年利润", style="change",
    of="revenue less goods, rewards at their cost and what was spent on serving the customer, per customer who ever "
    "bought and year (record.accounts)",
)  # fmt: skip
@measure(
    "profit_at_tenure", unit="money per customer and year", words="profit in this year of tenure, {currency} a year",
    chinese="第几年的客户年利润", style="change",
    of="the same of customers who bought in the quarter, in year 1, 2, ... since they came to the firm",
)  # fmt: skip
@measure(
    "tenure_profit_r", unit="correlation", words="tenure and profit", chinese="关系年限与利润的相关", style="change",
    of="over customers: quarters from the first to the last purchase, against the profit of the whole run",
)  # fmt: skip
@measure(
    "tenure_yearly_profit_r", unit="correlation", words="tenure and profit a year", chinese="关系年限与年均利润的相关",
    style="change", of="the same against the profit per quarter of that time: longer is then not more by itself",
)  # fmt: skip
@measure(
    "profit_slope_mix", unit="money per customer and year, by year of tenure",
    words="profit by year of tenure, all customers in one line", chinese="利润随年限的斜率（混合）", style="change",
    of="slope of profit on tenure over all customers and quarters with a purchase but each one's first and last: who "
    "stays and what tenure does, together",
)  # fmt: skip
@measure(
    "profit_slope_within", unit="money per customer and year, by year of tenure",
    words="profit by year of tenure, within customers", chinese="利润随年限的斜率（同一客户内）", style="change",
    of="the same of each customer's departures from his own mean: what tenure does without who stays",
)  # fmt: skip
def by_tenure(account: Account) -> dict[str, float]:
    """Profit by year of tenure, its correlations, and its slope over all and within customers.

    Where only who stays differs (sorting), the slope within is 0 whatever the mix shows.
    Source: Reinartz & Kumar 2000, J. Marketing 64(4); 2002, HBR (correlations .20 to .45).
    """
    year = np.where(account.active, np.floor(account.tenure), np.nan)
    found = {"customer_profit": mean(account.yearly[account.buyers])}
    for k in range(MOST):
        if (year == k).any():
            found[f"profit_at_tenure[{k + 1}]"] = mean(account.profit[year == k])
    whole = whole_quarters(account.active)
    span = lasted(account)[account.buyers]
    total = account.profit.sum(axis=0)[account.buyers]
    found["tenure_profit_r"] = related(span, total)
    found["tenure_yearly_profit_r"] = related(span, total / span)
    found["profit_slope_mix"] = slope(account.tenure[whole], account.profit[whole])
    found["profit_slope_within"] = slope(within(account.tenure, whole)[whole], within(account.profit, whole)[whole])
    return found


def whole_quarters(active: np.ndarray) -> np.ndarray:
    """Quarters with a purchase but each customer's first and last, which may be a part of one. -> (quarters, n) bool"""
    count = active.cumsum(axis=0)
    found: np.ndarray = active & (count > 1) & (count < count[-1])
    return found


def lasted(account: Account) -> np.ndarray:
    """Quarters from coming to the last with a purchase. -> (n,), nan for who never bought"""
    last = len(account.active) - 1 - account.active[::-1].argmax(axis=0)
    found: np.ndarray = last - account.since + 1.0
    return found


def within(values: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Departures from each customer's own mean over some quarters. values, which : (quarters, n)"""
    own = divide(np.where(which, values, 0.0).sum(axis=0), which.sum(axis=0))
    found: np.ndarray = values - own
    return found


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Least squares of y on x; nan of fewer than three, or where x does not vary."""
    if len(x) < 3 or np.ptp(x) == 0.0:
        return float("nan")
    dx = x - x.mean()
    return ratio(float(dx @ (y - y.mean())), float(dx @ dx))


def related(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson's correlation; nan without variation."""
    found = correlation(x, y)
    return float("nan") if found is None else found


# --- bond and kind, raw and at a fixed purchase rate ---


@measure(
    "profit_by_bond", unit="money per customer and year", words="profit in this tenth by bond, {currency} a year",
    chinese="按情感联结十分位的客户年利润", style="change",
    of="profit per buyer and year in tenth 1 (weakest) to 10 of buyers by their bond with the firm at the end",
)  # fmt: skip
@measure(
    "profit_by_bond_at_rate", unit="money per customer and year",
    words="the same at a fixed purchase rate", chinese="同上（固定购买频率）", style="change",
    of="the same, each tenth weighted so that fifths by purchase rate in the category are as frequent as among all",
)  # fmt: skip
@measure(
    "bond_gain", unit="money per customer and year", words="profit of the strongest tenth by bond, over the weakest",
    chinese="联结最强与最弱十分位的年利润之差", style="change", of="profit_by_bond of tenth 10 less that of tenth 1",
)  # fmt: skip
@measure(
    "bond_gain_at_rate", unit="money per customer and year", words="the same at a fixed purchase rate",
    chinese="同上（固定购买频率）", style="change", of="profit_by_bond_at_rate of tenth 10 less that of tenth 1",
)  # fmt: skip
def by_bond(account: Account, bond: np.ndarray, rate: np.ndarray) -> dict[str, float]:
    """Profit by tenth of the bond. bond, rate : (n,); nothing where all bonds are alike, or of under ten buyers"""
    who = account.buyers
    if who.sum() < TENTHS or np.ptp(bond[who]) == 0.0:
        return {}
    tenth, fifth, yearly = parts(bond[who], TENTHS), parts(rate[who], FIFTHS), account.yearly[who]
    found = {}
    for k in range(TENTHS):
        found[f"profit_by_bond[{k + 1}]"] = mean(yearly[tenth == k])
        found[f"profit_by_bond_at_rate[{k + 1}]"] = standardised(yearly, tenth == k, fifth)
    for name, of in (("bond_gain", "profit_by_bond"), ("bond_gain_at_rate", "profit_by_bond_at_rate")):
        found[name] = found[f"{of}[{TENTHS}]"] - found[f"{of}[1]"]
    return found


@measure(
    "{}_profit_each", unit="money per customer and year", words="{}: profit, {currency} per buyer and year",
    chinese="{}：每位买家的年利润", style="change", each=KINDS, of="profit per buyer of the group and year",
)  # fmt: skip
@measure(
    "{}_profit_at_rate", unit="money per customer and year", words="{}: the same at a fixed purchase rate",
    chinese="{}：同上（固定购买频率）", style="change", each=KINDS,
    of="the same, weighted so that fifths by purchase rate in the category are as frequent as among all buyers",
)  # fmt: skip
@measure(
    "{}_members_profit", unit="money per customer and year", words="{}: profit, {currency} per member and year",
    chinese="{}：每位会员的年利润", style="change", each=KINDS, of="the same of the group's members who ever bought",
)  # fmt: skip
def by_kind(account: Account, rho: np.ndarray, rate: np.ndarray, member: np.ndarray) -> dict[str, float]:
    """Profit of emotional (rho >= .5) and transactional people. rho, rate : (n,);  member : (n,) bool"""
    who, found = account.buyers, {}
    fifth, yearly = parts(rate[who], FIFTHS), account.yearly[who]
    for name, group in (("emotional", rho >= 0.5), ("transactional", rho < 0.5)):
        found[f"{name}_profit_each"] = mean(yearly[group[who]])
        found[f"{name}_profit_at_rate"] = standardised(yearly, group[who], fifth)
        found[f"{name}_members_profit"] = mean(yearly[(group & member)[who]])
    return found


def parts(values: np.ndarray, many: int) -> np.ndarray:
    """Which of so many equal parts each value lies in, from the lowest; equals in the order of customers. -> (n,)"""
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    found: np.ndarray = order * many // max(1, len(values))
    return found


def standardised(values: np.ndarray, group: np.ndarray, stratum: np.ndarray) -> float:
    """Mean of a group if strata were as frequent in it as among all; strata that it lacks are left out. (n,) each"""
    top = bottom = 0.0
    for k in np.unique(stratum):
        own = group & (stratum == k)
        if own.any():
            weight = float((stratum == k).mean())
            top, bottom = top + weight * float(values[own].mean()), bottom + weight
    return ratio(top, bottom)


# --- who came by word of mouth; frequency; variation ---


@measure(
    "referred_profit", unit="money per customer and year", words="profit of referred newcomers, {currency} a year",
    chinese="被推荐新客户的年利润", style="change",
    of="profit per year since they came, of customers who came by a referral of the firm and bought",
)  # fmt: skip
@measure(
    "unreferred_profit", unit="money per customer and year", words="profit of other newcomers, {currency} a year",
    chinese="其他新客户的年利润", style="change", of="the same of customers who came in the run otherwise, and bought",
)  # fmt: skip
@measure(
    "referred_advantage", unit="share", words="referred newcomers, worth more than others by",
    chinese="被推荐新客户的价值优势", style="lift",
    of="referred_profit over unreferred_profit, less 1; where others bring a profit",
)  # fmt: skip
def by_origin(account: Account, entered: np.ndarray, came_by: np.ndarray) -> dict[str, float]:
    """Value of referred against other newcomers. entered, came_by : (n,) weeks, came_by -1 = not by a referral

    Source: Schmitt, Skiera & Van den Bulte 2011, J. Marketing 75(1): referred customers are worth 16 % more at least.
    """
    new = account.buyers & (entered > 0)
    yearly = divide(account.profit.sum(axis=0) * QUARTER, account.weeks - entered)
    referred, others = mean(yearly[new & (came_by >= 0)]), mean(yearly[new & (came_by < 0)])
    gain = ratio(referred, others) - 1.0 if others > 0.0 else float("nan")
    return {"referred_profit": referred, "unreferred_profit": others, "referred_advantage": gain}


@measure(
    "frequency_share_r", unit="correlation", words="how often at the firm, and share of requirements",
    chinese="到店频率与需求份额的相关", style="change",
    of="over the firm's buyers: purchases at the firm against their share of all purchases of the customer "
    "(record.panel); without any loyalty above 0 already",
)  # fmt: skip
@measure(
    "category_share_r", unit="correlation", words="how often in the category, and share of requirements",
    chinese="品类购买频率与需求份额的相关", style="change",
    of="the same of purchases at all firms: heavy buyers of a category buy around",
)  # fmt: skip
def by_frequency(visits: np.ndarray, place: int) -> dict[str, float]:
    """Does who comes often buy little elsewhere? visits : (n, n_firms) purchases of a run. Source: Ehrenberg 1988"""
    own, all_ = visits[:, place], visits.sum(axis=1)
    who = own > 0
    share = own[who] / all_[who]
    return {"frequency_share_r": related(own[who], share), "category_share_r": related(all_[who], share)}


@measure(
    "revenue_cv", unit="share", words="variation of revenue", chinese="销售额波动系数", style="rate",
    of="standard deviation of a firm's revenue over blocks of four weeks, over their mean",
)  # fmt: skip
def revenue_cv(revenue: np.ndarray) -> float:
    """Coefficient of variation over whole blocks of four weeks. revenue : (weeks,) cents"""
    blocks = revenue[: len(revenue) // MONTH * MONTH].reshape(-1, MONTH).sum(axis=1)
    return ratio(float(blocks.std(ddof=1)), float(blocks.mean())) if len(blocks) > 1 else float("nan")


# --- what winning and keeping costs ---


@measure(
    "cost_per_won", unit="money per customer won", words="{currency} spent for each customer won",
    chinese="每赢得一位客户的平均成本", style="money",
    of="spending on acquisition over customers from outside and from rivals (contracts)",
)  # fmt: skip
@measure(
    "cost_per_won_more", unit="money per customer won", words="{currency} for one more customer won",
    chinese="再多赢得一位客户的成本", style="money",
    of="what one more of the audience costs at the budget as it is, on the response curve of behaviour.acquisition",
)  # fmt: skip
@measure(
    "cost_per_kept", unit="money per renewal", words="{currency} spent for each renewal",
    chinese="每次续约的平均成本", style="money",
    of="rewards, serving and recovery over contracts that were renewed: whoever would have stayed anyway, too",
)  # fmt: skip
def winning_and_keeping(scenario: Scenario, total: Mapping[str, float], ceiling: float) -> dict[str, float]:
    """Average cost of a customer won and kept, and the marginal one of winning; nothing without contracts.

    total : of one firm, counters and lines over the run;  ceiling : people whom spending can still reach, at the end
    """
    if "renewals" not in total:
        return {}
    kept = total["renewals"] - total["lost"] - total["exited"]
    spent = sum(total[name] for name in ("reward_cost", "liability_change", "touchpoints", "recovery"))
    found = {
        "cost_per_won": ratio(total["acquisition"], 100.0 * (total["acquired"] + total["won"])),
        "cost_per_kept": ratio(spent, 100.0 * kept),
    }
    terms = scenario.behaviour.get("acquisition")
    if terms is None or terms.audience != "prospects" or ceiling <= 0.0:
        return found
    weekly = total["acquisition"] / (100.0 * scenario.weeks)
    return found | {"cost_per_won_more": one_more(weekly, ceiling, terms)}


def one_more(budget: float, audience: float, terms: Any) -> float:
    """What one more person reached costs at a weekly budget: 1 over the slope of audience x `acquisition.reached`."""
    return float(np.exp(terms.response * budget / audience) / (terms.ceiling * terms.response))


# --- all of it ---


def accounts(scenario: Scenario, book: Book, firm: str) -> dict[str, float]:
    """Every number of the customers' accounts of one firm; nothing where they were not recorded (record.accounts)."""
    if not len(book.accounts):
        return {}
    account, people, j = Account.of(book, firm), book.people, book.firms.index(firm)
    rate, joined = people.rate.to_numpy(), f"joined_{firm}"
    member = people[joined].to_numpy() >= 0 if joined in people else np.zeros(len(people), bool)
    rows = book.weekly[book.weekly.firm == firm]
    found = by_tenure(account) | by_kind(account, people.rho.to_numpy(), rate, member)
    found["revenue_cv"] = revenue_cv(rows.revenue.to_numpy())
    if "bond" in book.traits:
        found |= by_bond(account, book.traits["bond"][:, j], rate)
    if book.came_by is not None:
        found |= by_origin(account, people.entered.to_numpy(), book.came_by[:, j])
    if len(book.visits) and scenario.market.setting != "contract":
        found |= by_frequency(book.visits.sum(axis=0), j)
    total = {name: float(values[j]) for name, values in by_firm(book).items()}
    return found | winning_and_keeping(scenario, total, float((people.status == 0).sum()))
