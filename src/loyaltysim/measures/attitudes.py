"""What customers know, feel, say and do about one firm: numbers of one world of one seed, read off its book."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from loyaltysim.behaviour.emotions import FELT, SIDES
from loyaltysim.market.book import Book
from loyaltysim.market.customers import QUARTER
from loyaltysim.market.survey import noise_dimensions
from loyaltysim.measures import contracts, ratio, repeat_buying
from loyaltysim.measures.ratio import divide
from loyaltysim.scenario.model import Scenario
from loyaltysim.theory.retention import net_promoter_score

LIKES = 0.25  # a bond from here on is an attitude: assumed
ASKED = ("satisfaction", "quality", "service", "image", "repurchase", "recommendation", "trust", "bond")
CELLS = ("true", "spurious", "latent", "none")
UNITS = {  # of the numbers below
    "customer_value": "money per customer, present value at 10 % a year", "retention": "share", "scr": "share",
    "awareness": "share of customers", "complaint_rate": "complaints per purchase",
    "cross_buying": "second purchases per purchase", "return_rate": "returns per purchase",
    "walkout_rate": "customers per purchase",
    "sentiment": "promoters less detractors, of both", "audit_quality": "units of quality, 0 = usual",
    "audit_error": "units of quality, standard error",
    "rating": "mean review, usual = 0, from -2 to 2",
    "acquired_by_referral": "share of newcomers", "acquired_otherwise": "share of newcomers",
    "acquired_from_rivals": "share of customers won",
    **{f"loyalty_{cell}": "share of customers who bought" for cell in CELLS},
    **{q: "points, 1 to 7" if q in ("trust", "bond") else "points, 0 to 10" for q in ASKED},
    "my_company": "share of answers", "net_promoter_score": "points, -100 to 100",
    **dict.fromkeys(("survey_dimensions", "felt_dimensions", "noise_dimensions"), "dimensions"),
    **{f"retention_by_{q}": "correlation over customers" for q in ASKED}, "my_company_auc": "chance",
}  # fmt: skip


def figures(scenario: Scenario, book: Book, firm: str, since: int = 0) -> dict[str, float]:
    """Everything below for one firm since a week; of a mechanism that is not at work, nothing."""
    j = list(scenario.firms).index(firm)
    parts = [part(book, j, since) for part in (bought, audited, newcomers)]
    parts += [known(scenario, book, j, since), loyal(book, j), surveyed(scenario, book, j), stated(scenario, book, j)]
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


def audited(book: Book, j: int, since: int) -> dict[str, float]:
    """What mystery shoppers report since then: the mean quality of their visits, and its standard error."""
    waves = [around for around in book.around[since:] if around.get("audit_visits", np.zeros(j + 1))[j] > 0]
    n, total, squares = (sum(w[f"audit_{name}"][j] for w in waves) for name in ("visits", "sum", "squares"))
    if n < 2:
        return {}
    spread = max(0.0, squares - total * total / n) / (n - 1.0)
    return {"audit_quality": float(total / n), "audit_error": float(np.sqrt(spread / n))}


def newcomers(book: Book, j: int, since: int) -> dict[str, float]:
    """Where new customers come from: of all who entered the market since then, whom the firm's customers brought and
    who came otherwise; under contract also which of the firm's new customers were won from rivals.
    """
    total, people = contracts.by_firm(book, since), book.people
    came, found = int(((people.status != 0) & (people.entered >= max(1, since))).sum()), {}
    if "referrals" in total:
        brought = ratio.divide(total["referrals"], came)
        found = {"acquired_by_referral": float(brought[j]), "acquired_otherwise": float(1.0 - brought.sum())}
    if "won" in total:
        found["acquired_from_rivals"] = float(ratio.divide(total["won"], total["won"] + total["acquired"])[j])
    return found


def loyal(book: Book, j: int) -> dict[str, float]:
    """Loyalty by behaviour (more than half of the last year's purchases) and attitude (a bond of `LIKES` or more)."""
    if "bond" not in book.traits or not len(book.visits):
        return {}
    year = book.visits[-4:].sum(axis=0)
    buys = year.sum(axis=1) > 0
    mostly = year[buys, j] > 0.5 * year[buys].sum(axis=1)
    cells = loyalty_cells(mostly, book.traits["bond"][buys, j] >= LIKES)
    return {f"loyalty_{name}": share for name, share in cells.items()}


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
    found = {f"retention_by_{q}": correlation(wave[q].to_numpy(float), stays.astype(float)) for q in ASKED}
    return {**found, "my_company_auc": discrimination(wave.my_company.to_numpy(), stays)}


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson's correlation; nan where one of them does not vary."""
    if len(x) < 2 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def labelled(found: Mapping[str, float], form: str) -> dict[str, float]:
    """The numbers under the name of their world or firm: form `{}_with` or `{}[a]`."""
    return {form.format(name): value for name, value in found.items()}


def awareness(aware: np.ndarray) -> np.ndarray:
    """Share of customers who know the firm. aware : (n_customers, n_firms) 0 or 1 -> (n_firms,)"""
    known: np.ndarray = np.asarray(aware, float).mean(axis=0)
    return known


def complaint_rate(complaints: np.ndarray, visits: np.ndarray) -> np.ndarray:
    """Complaints per purchase. It rises when complaining is made easier, whatever the quality. Any one shape."""
    return divide(complaints, visits)


def return_rate(returns: np.ndarray, visits: np.ndarray) -> np.ndarray:
    """Purchases that were brought back and refunded, per purchase: quality, and who abuses leniency. Any one shape."""
    return divide(returns, visits)


def walkout_rate(walkouts: np.ndarray, visits: np.ndarray) -> np.ndarray:
    """Customers who begin to avoid the firm, per purchase. Any one shape."""
    return divide(walkouts, visits)


def sentiment(promoters: np.ndarray, detractors: np.ndarray) -> np.ndarray:
    """Promoters less detractors, of those who took a side, -1 to 1: what monitoring sees. Any one shape."""
    return divide(promoters - detractors, promoters + detractors)


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
    return {name: float(cell.mean()) for name, cell in cells.items()}


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
