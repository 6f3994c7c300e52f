"""What customers know, feel, say and do about one firm: numbers of one world of one seed, read off its book."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from loyaltysim.behaviour.bond import negativity_ratio
from loyaltysim.behaviour.emotions import FELT, SIDES
from loyaltysim.market.book import Book
from loyaltysim.market.customers import QUARTER
from loyaltysim.market.survey import noise_dimensions
from loyaltysim.measures import contracts, ratio, repeat_buying
from loyaltysim.measures.ab_test import ab_test
from loyaltysim.measures.channels import by_channel
from loyaltysim.measures.messages import messages
from loyaltysim.measures.ratio import divide, mean
from loyaltysim.measures.registry import brought
from loyaltysim.measures.scores import rated, scored
from loyaltysim.measures.statistics import correlation
from loyaltysim.mechanism.measure import Part, Style, measure
from loyaltysim.scenario.model import Scenario
from loyaltysim.theory.retention import net_promoter_score

LIKES = 0.25  # a bond from here on is an attitude: assumed
QUESTIONS = {  # of the survey, in words
    "satisfaction": Part("satisfaction", "满意度"),
    "quality": Part("quality", "质量"),
    "service": Part("service", "服务"),
    "image": Part("image", "形象"),
    "repurchase": Part("would choose it", "再次购买意愿"),
    "recommendation": Part("would recommend it", "推荐意愿"),
    "trust": Part("trust", "信任"),
    "bond": Part("bond", "情感纽带"),
}
ASKED = tuple(QUESTIONS)
TO_TEN = {name: part for name, part in QUESTIONS.items() if name not in ("trust", "bond")}
LOYALTY = {  # behaviour and attitude
    "true": Part("% who buy mostly there and like it", "真实忠诚"),
    "spurious": Part("% who buy mostly there and do not", "虚假忠诚"),
    "latent": Part("% who like it and buy mostly elsewhere", "潜在忠诚"),
    "none": Part("% who neither buy mostly there nor like it", "无忠诚"),
}
CELLS = tuple(LOYALTY)


def figures(scenario: Scenario, book: Book, firm: str, since: int = 0) -> dict[str, float]:
    """Everything below for one firm since a week, then what registered measures say; of a mechanism that is not at
    work, nothing.
    """
    j = list(scenario.firms).index(firm)
    parts = [
        part(book, j, since) for part in (bought, audited, newcomers, messages, by_channel, ab_test, rated, scored)
    ]
    parts += [known(scenario, book, j, since), loyal(book, j), surveyed(scenario, book, j), stated(scenario, book, j)]
    parts.append(brought(scenario, book, firm))
    return {k: v for part in parts for k, v in part.items()}


def bought(book: Book, j: int, since: int) -> dict[str, float]:
    """Value of a customer: the firm's profit by quarter since then, discounted, per customer who has entered. In open
    markets also retention by quarter, and the share of its buyers' purchases in the last year.
    """
    rows = book.weekly[(book.weekly.firm == book.firms[j]) & (book.weekly.week >= since)]
    profit = rows.profit.groupby((rows.week.to_numpy() - since) // QUARTER).sum().to_numpy()
    entered = book.people.status.to_numpy() != 0
    found = {"customer_value": float(contracts.customer_value(profit / 100.0 / entered.sum()))}
    if "renewals" in rows or not len(book.visits):
        return found
    found["retention"] = float(contracts.retention(book, since)[j])
    year = book.visits[-4:].sum(axis=0)
    return {**found, "scr": float(repeat_buying.share_of_category_requirements(year)[j])}


@measure(
    "rating", unit="mean review, usual = 0, from -2 to 2", words="public rating, -2 to 2, 0 = usual",
    chinese="公开评分（-2 至 2，0 = 通常）", style=Style(digits=3),
    of="the mean of public reviews of the firm at the end",
)  # fmt: skip
def known(scenario: Scenario, book: Book, j: int, since: int) -> dict[str, float]:
    """Who knows the firm at the end, complaints per purchase, the public rating at the end where there is one."""
    found, total, talk = {}, contracts.by_firm(book, since), scenario.behaviour.get("word_of_mouth")
    if "aware" in book.traits:
        active = book.people.status.to_numpy() == 1
        found["awareness"] = float(awareness(book.traits["aware"][active])[j])
    if "complaints" in total:
        found["complaint_rate"] = float(complaint_rate(total["complaints"], total["visits"])[j])
    if "returns" in total:
        found["return_rate"] = float(return_rate(total["returns"], total["visits"])[j])
    if "walkouts" in total:
        found["walkout_rate"] = float(walkout_rate(total["walkouts"], total["visits"])[j])
    if "promoters" in total:
        found["sentiment"] = float(sentiment(total["promoters"], total["detractors"])[j])
    if "cross_purchases" in total:
        found["cross_buying"] = float(cross_buying(total["cross_purchases"], total["visits"])[j])
    if talk is not None and (talk.review > 0.0 or talk.public_recovery != 0.0):
        found["rating"] = float(book.around[-1]["rating"][j])
    return found


@measure(
    "audit_quality", unit="units of quality, 0 = usual", words="quality by mystery shoppers, 0 = usual",
    chinese="神秘顾客测得的质量（0 = 通常）", style="change",
    of="mean quality of the visits of mystery shoppers since the launch",
)  # fmt: skip
@measure(
    "audit_error", unit="units of quality, standard error", words="standard error of that quality",
    chinese="该质量的标准误", style="number", of="standard error of the mean quality that mystery shoppers report",
)  # fmt: skip
def audited(book: Book, j: int, since: int) -> dict[str, float]:
    """What mystery shoppers report since then: the mean quality of their visits, and its standard error."""
    waves = [around for around in book.around[since:] if around.get("audit_visits", np.zeros(j + 1))[j] > 0]
    n, total, squares = (sum(w[f"audit_{name}"][j] for w in waves) for name in ("visits", "sum", "squares"))
    if n < 2:
        return {}
    spread = max(0.0, squares - total * total / n) / (n - 1.0)
    return {"audit_quality": float(total / n), "audit_error": float(np.sqrt(spread / n))}


@measure(
    "acquired_by_referral", unit="share of newcomers", words="% of newcomers brought by customers",
    chinese="由客户推荐而来的新客户（%）", style="per hundred",
    of="of all who entered the market since the launch, the share that the firm's customers brought",
)  # fmt: skip
@measure(
    "referred", unit="customers", words="newcomers brought by customers", chinese="由客户推荐而来的新客户数",
    style="whole", of="how many entered the market since the launch because the firm's customers brought them",
)  # fmt: skip
@measure(
    "acquired_otherwise", unit="share of newcomers", words="% of newcomers who came otherwise",
    chinese="以其他方式而来的新客户（%）", style="per hundred",
    of="of all who entered the market since the launch, the share that no firm's customers brought",
)  # fmt: skip
@measure(
    "acquired_from_rivals", unit="share of customers won", words="% of new customers won from rivals",
    chinese="从对手赢得的新客户（%）", style="per hundred",
    of="of the firm's new customers since the launch, the share that came from rivals; under contract",
)  # fmt: skip
def newcomers(book: Book, j: int, since: int) -> dict[str, float]:
    """Where new customers come from: of all who entered the market since then, whom the firm's customers brought and
    who came otherwise; under contract also which of the firm's new customers were won from rivals.
    """
    total, people = contracts.by_firm(book, since), book.people
    came, found = int(((people.status != 0) & (people.entered >= max(1, since))).sum()), {}
    if "referrals" in total:
        brought = ratio.divide(total["referrals"], came)
        found = {"acquired_by_referral": float(brought[j]), "acquired_otherwise": float(1.0 - brought.sum())}
        found["referred"] = float(total["referrals"][j])
    if "won" in total:
        found["acquired_from_rivals"] = float(ratio.divide(total["won"], total["won"] + total["acquired"])[j])
    return found


@measure(
    "loyalty_{}", unit="share of customers who bought", words="{}", chinese="{}", style="per hundred", each=LOYALTY,
    of="of last year's buyers in the category: more than half of purchases at the firm or not, a bond of .25 or not",
)  # fmt: skip
def loyal(book: Book, j: int) -> dict[str, float]:
    """Loyalty by behaviour (more than half of the last year's purchases) and attitude (a bond of `LIKES` or more)."""
    if "bond" not in book.traits or not len(book.visits):
        return {}
    year = book.visits[-4:].sum(axis=0)
    buys = year.sum(axis=1) > 0
    mostly = year[buys, j] > 0.5 * year[buys].sum(axis=1)
    cells = loyalty_cells(mostly, book.traits["bond"][buys, j] >= LIKES)
    return {f"loyalty_{name}": share for name, share in cells.items()}


@measure(
    "{}", unit="points, 0 to 10", words="{}, 0 to 10", chinese="{}（0 至 10）", style="number", each=TO_TEN,
    of="mean answer about the firm in the last wave of the survey",
)  # fmt: skip
@measure(
    "trust", unit="points, 1 to 7", words="trust, 1 to 7", chinese="信任（1 至 7）", style="number",
    of="mean answer about the firm in the last wave of the survey",
)  # fmt: skip
@measure(
    "bond", unit="points, 1 to 7", words="bond, 1 to 7", chinese="情感纽带（1 至 7）", style="number",
    of="mean answer about the firm in the last wave of the survey",
)  # fmt: skip
@measure(
    "my_company", unit="share of answers", words="call it their own company", chinese="视其为“我的公司”", style="share",
    of="of the answers in the last wave, the share that call the firm their own",
)  # fmt: skip
@measure(
    "net_promoter_score", unit="points, -100 to 100", words="net promoter score, -100 to 100",
    chinese="净推荐值（-100 至 100）", style="scale",
    of="promoters (9, 10) less detractors (0 to 6), of all answers to the question of recommendation",
)  # fmt: skip
@measure(
    "survey_dimensions", unit="dimensions", words="dimensions that the answers show", chinese="答卷显示的维数",
    style="scale", of="effective rank of the answers to the five sides of a bond in the last wave",
)  # fmt: skip
@measure(
    "noise_dimensions", unit="dimensions", words="dimensions of pure noise", chinese="纯噪声的维数", style="scale",
    of="effective rank that answers would have if everybody felt alike",
)  # fmt: skip
@measure(
    "felt_dimensions", unit="dimensions", words="dimensions that behaviour feels", chinese="行为所感受的维数",
    style="scale",
    of="effective rank of what the same customers feel",
)  # fmt: skip
def surveyed(scenario: Scenario, book: Book, j: int) -> dict[str, float]:
    """What the last wave says; beside the effective rank of the five sides' answers, that of what is felt (of the one
    bond where there are no sides: 1) and that of noise alone.
    """
    wave = book.survey[book.survey.week == book.survey.week.max()]
    wave = wave[wave.firm == j]
    if not len(wave):
        return {}
    named = {q: float(wave[q].mean()) for q in (*ASKED, "my_company")}
    named["net_promoter_score"] = net_promoter_score(wave.recommendation.to_numpy())
    named["survey_dimensions"] = effective_rank(wave[list(SIDES)].to_numpy())
    named["noise_dimensions"] = noise_dimensions(scenario.record.survey, len(SIDES))
    names = [name for name in FELT if name in book.traits] or [name for name in ("bond",) if name in book.traits]
    row = np.searchsorted(book.people.customer.to_numpy(), wave.customer.to_numpy())
    felt = [book.traits[name][row, j] for name in names]
    felt = [x for x in felt if np.ptp(x) > 0.0]
    return {**named, "felt_dimensions": effective_rank(np.column_stack(felt)) if felt else 0.0}


@measure(
    "retention_by_{}", unit="correlation over customers", words="{} and coming back, correlation",
    chinese="{}与再次购买的相关", style="change", each=QUESTIONS,
    of="correlation over last quarter's buyers between the answer and buying again in the quarter after the wave",
)  # fmt: skip
@measure(
    "my_company_auc", unit="chance", words="my company and coming back, chance", chinese="“我的公司”对再次购买的区分度",
    style="number",
    of="chance that one who buys again called the firm its own rather than one who does not; .5 = no better than luck",
)  # fmt: skip
def stated(scenario: Scenario, book: Book, j: int) -> dict[str, float]:
    """Stated against actual: how far each answer goes with buying again, among those who bought the firm in the quarter
    before the wave; again = in the quarter after it. The last wave with a quarter to come; needs `record.log`.
    """
    wave = book.survey[(book.survey.week < scenario.weeks - QUARTER) & (book.survey.firm == j)]
    if not len(wave) or not len(book.log):
        return {}
    at = int(wave.week.max())
    wave, log = wave[wave.week == at], book.log[book.log.firm == j]
    before, after = (log.customer[(log.week > w - QUARTER) & (log.week <= w)].unique() for w in (at, at + QUARTER))
    wave = wave[wave.customer.isin(before)]
    stays = wave.customer.isin(after).to_numpy()
    found = {}
    for q in ASKED:
        r = correlation(wave[q].to_numpy(float), stays.astype(float))
        found[f"retention_by_{q}"] = float("nan") if r is None else r
    return {**found, "my_company_auc": discrimination(wave.my_company.to_numpy(), stays)}


def labelled(found: Mapping[str, float], form: str) -> dict[str, float]:
    """The numbers under the name of their world or firm: form `{}_with` or `{}[a]`."""
    return {form.format(name): value for name, value in found.items()}


@measure(
    "awareness", unit="share of customers", words="% of customers who know the firm", chinese="知晓率（%）",
    style="per hundred", of="customers who know the firm at the end, of all active customers",
)  # fmt: skip
def awareness(aware: np.ndarray) -> np.ndarray:
    """Share of customers who know the firm. aware : (n_customers, n_firms) 0 or 1 -> (n_firms,)"""
    return np.array([mean(column) for column in np.asarray(aware).T])


@measure(
    "complaint_rate", unit="complaints per purchase", words="complaints per 100 purchases", chinese="每百次购买的投诉",
    style="per hundred, fine",
    of="complaints over purchases since the launch; it rises when complaining is made easier",
)  # fmt: skip
def complaint_rate(complaints: np.ndarray, visits: np.ndarray) -> np.ndarray:
    """Complaints per purchase. It rises when complaining is made easier, whatever the quality. Any one shape."""
    return divide(complaints, visits)


@measure(
    "return_rate", unit="returns per purchase", words="returns per 100 purchases", chinese="每百次购买的退货",
    style="per hundred, fine", of="purchases brought back and refunded, over purchases since the launch",
)  # fmt: skip
def return_rate(returns: np.ndarray, visits: np.ndarray) -> np.ndarray:
    """Purchases that were brought back and refunded, per purchase: quality, and who abuses leniency. Any one shape."""
    return divide(returns, visits)


@measure(
    "walkout_rate", unit="customers per purchase", words="customers who walk out per 100 purchases",
    chinese="每百次购买中拂袖而去的客户", style="per hundred, fine",
    of="customers who began to avoid the firm, over purchases since the launch",
)  # fmt: skip
def walkout_rate(walkouts: np.ndarray, visits: np.ndarray) -> np.ndarray:
    """Customers who begin to avoid the firm, per purchase. Any one shape."""
    return divide(walkouts, visits)


@measure(
    "sentiment", unit="promoters less detractors, of both", words="sentiment, -1 to 1", chinese="口碑情感（-1 至 1）",
    style="number", of="promoters less detractors, of those who took a side since the launch: what monitoring sees",
)  # fmt: skip
def sentiment(promoters: np.ndarray, detractors: np.ndarray) -> np.ndarray:
    """Promoters less detractors, of those who took a side, -1 to 1: what monitoring sees. Any one shape."""
    return divide(promoters - detractors, promoters + detractors)


@measure(
    "cross_buying", unit="second purchases per purchase", words="second products per 100 purchases",
    chinese="每百次购买的第二品类购买", style="per hundred, fine",
    of="purchases of the firm's second category per purchase of its first, since the launch",
)  # fmt: skip
def cross_buying(cross_purchases: np.ndarray, visits: np.ndarray) -> np.ndarray:
    """Purchases of a firm's second category per purchase of its first, returned ones included. Any one shape."""
    return divide(cross_purchases, visits)


def effective_rank(answers: np.ndarray) -> float:
    """How many dimensions answers have: participation ratio (sum l)^2 / sum l^2 of the eigenvalues l of their
    correlations, 1 to the number of questions; constant questions are left out. answers : (n, questions)

    Noise of its own in each question raises it: compare it with that of what is felt.
    """
    x = np.asarray(answers, float)
    x = x[:, x.std(axis=0) > 0] if len(x) else x
    if x.shape[1] < 2:
        return float(x.shape[1])
    eigenvalues = np.linalg.eigvalsh(np.corrcoef(x, rowvar=False))
    return float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


def loyalty_cells(behaviour: np.ndarray, attitude: np.ndarray) -> dict[str, float]:
    """Shares of customers by behaviour and attitude: true, spurious (buys, does not care), latent, no loyalty.

    behaviour, attitude : (n,) bool. Source: Dick & Basu 1994, JAMS 22(2).
    """
    buys, likes = np.asarray(behaviour, bool), np.asarray(attitude, bool)
    cells = {"true": buys & likes, "spurious": buys & ~likes, "latent": ~buys & likes, "none": ~buys & ~likes}
    return {name: mean(cell) for name, cell in cells.items()}


def discrimination(score: np.ndarray, outcome: np.ndarray) -> float:
    """Chance that one with the outcome scores higher than one without (area under the ROC curve); ties count half.

    score : (n,); outcome : (n,) bool; nan if all have it or none.
    """
    from scipy.stats import rankdata

    hit = np.asarray(outcome, bool)
    n, m = int(hit.sum()), int((~hit).sum())
    if n == 0 or m == 0:
        return float("nan")
    return float((rankdata(score)[hit].sum() - n * (n + 1) / 2.0) / (n * m))


@measure(
    "negativity_ratio", unit="ratio", words="a negative event, times a positive one",
    chinese="负面事件是正面事件的几倍",
    style="number",
    of="how much more a negative event moves a bond than a positive one of a tenth, at a bond of .25, .5 and .75",
)  # fmt: skip
def negativity(scenario: Scenario) -> dict[str, float]:
    """How much more a negative event moves a bond than a positive one of a tenth, at three levels; only with events."""
    bond = scenario.behaviour.get("bond")
    if bond is None or not ("emotions" in scenario.behaviour or bond.eventful):
        return {}
    return {f"negativity_ratio[{level}]": negativity_ratio(bond, level) for level in (0.25, 0.5, 0.75)}
