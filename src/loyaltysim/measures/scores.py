"""What was rated beside what was deserved: stars of buyers, the score that staff are paid by, ratings by staff."""

from __future__ import annotations

import numpy as np

from loyaltysim.market.book import Book
from loyaltysim.measures.ratio import ratio
from loyaltysim.mechanism.measure import measure


@measure(
    "stars", unit="stars, 1 to 5", words="stars that buyers posted, 1 to 5", chinese="买家评出的星级（1 至 5）",
    style="number", of="mean of the ratings that buyers posted since the launch",
)  # fmt: skip
@measure(
    "stars_true", unit="stars, 1 to 5", words="stars that all purchases deserved", chinese="全部购买应得的星级",
    style="number", of="mean of what every purchase since the launch deserved, rated or not",
)  # fmt: skip
@measure(
    "stars_bias", unit="stars", words="stars posted less stars deserved", chinese="星级偏差（评出减应得）",
    style="change", of="stars less stars_true: above 0 ratings are inflated",
)  # fmt: skip
@measure(
    "stars_error", unit="stars", words="how far posted stars are from those deserved", chinese="星级与应得相差",
    style="number", of="the size of stars_bias, whichever way",
)  # fmt: skip
@measure(
    "retaliated", unit="share of ratings", words="% of ratings that a bad one answered",
    chinese="被报复差评的评价（%）",
    style="per hundred",
    of="of the ratings that buyers posted since the launch, those that the seller gave back",
)  # fmt: skip
@measure(
    "buyers_rated_badly", unit="share of purchases", words="% of purchases whose buyer was rated badly",
    chinese="买家得到差评的购买（%）", style="per hundred",
    of="of purchases since the launch, those whose buyer got a bad rating, for cause or given back",
)  # fmt: skip
def rated(book: Book, j: int, since: int) -> dict[str, float]:
    """Stars posted and deserved, bad ratings of buyers; nothing where nothing is rated."""
    rows = book.weekly[(book.weekly.firm == book.firms[j]) & (book.weekly.week >= since)]
    if "rateable" not in rows or rows.rateable.sum() == 0:
        return {}
    total = rows[["rateable", "stars_due", "rated", "stars_given", "retaliations", "buyers_panned"]].sum()
    stars, true = ratio(total.stars_given, total.rated), ratio(total.stars_due, total.rateable)
    return {
        "stars": stars, "stars_true": true, "stars_bias": stars - true, "stars_error": abs(stars - true),
        "retaliated": ratio(total.retaliations, total.rated),
        "buyers_rated_badly": ratio(total.buyers_panned, total.rateable),
    }  # fmt: skip


@measure(
    "score", unit="points, 0 to 10", words="score that staff are paid by, 0 to 10", chinese="考核所用评分（0 至 10）",
    style="number", of="mean answer of the customers whom staff asked since the launch",
)  # fmt: skip
@measure(
    "score_true", unit="points, 0 to 10", words="score that all visits deserved", chinese="全部到店应得的评分",
    style="number", of="mean of what every visit since the launch deserved, asked or not",
)  # fmt: skip
@measure(
    "score_bias", unit="points", words="score less what was deserved", chinese="评分偏差（评出减应得）",
    style="change", of="score less score_true: what gaming adds",
)  # fmt: skip
@measure(
    "self_score", unit="points, 0 to 10", words="what staff give themselves, 0 to 10", chinese="员工自评（0 至 10）",
    style="number", of="mean rating by staff of visits of their own since the launch",
)  # fmt: skip
@measure(
    "peer_score", unit="points, 0 to 10", words="what staff give each other, 0 to 10", chinese="员工互评（0 至 10）",
    style="number", of="mean rating by staff of visits of a colleague since the launch",
)  # fmt: skip
def scored(book: Book, j: int, since: int) -> dict[str, float]:
    """The score given and deserved, and what staff make of it; of what nobody was asked, nothing."""
    rows, found = book.weekly[(book.weekly.firm == book.firms[j]) & (book.weekly.week >= since)], {}
    if "appraised" in rows and rows.appraised.sum() > 0:
        total = rows[["appraised", "points_due", "scored", "points_shown"]].sum()
        score, true = ratio(total.points_shown, total.scored), ratio(total.points_due, total.appraised)
        found = {"score": score, "score_true": true, "score_bias": score - true}
    staff = [around for around in book.around[since:] if around.get("staff_rating", np.zeros(j + 1))[j] > 0]
    if staff:
        many = float(sum(around["staff_rating"][j] for around in staff))
        mine, peers = (float(sum(around[n][j] for around in staff)) / many for n in ("self_points", "peer_points"))
        found |= {"self_score": mine, "peer_score": peers}
    return found
