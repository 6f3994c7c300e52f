"""Staff paid by a score: work, gaming, and what staff say of themselves, beside the truth."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.measures.attitudes import figures
from loyaltysim.measures.scores import scored
from loyaltysim.programs.appraisal import Appraisal, scores, staff_ratings
from loyaltysim.programs.audit import keys_of
from loyaltysim.scenario.reader import ConfigError
from tests.behaviour.test_felt_signs import sign, trend
from tests.scenarios import Z, in_plain, offered, same, totals, world

LIVED = {"experience": {"premium": 0.5, "disconfirmation": 0.0, "noise": 1.0}}
IDLE = {"experience": {"premium": 0.0, "disconfirmation": 0.0, "noise": 1.0}}
FULL = 1e6  # a bonus that brings all of the response, where half is 1


def paid(own=None, n=200, weeks=26, behaviour=IDLE, **more):
    """A market in which one firm appraises its staff."""
    program = {"appraisal": {"bonus": FULL, "half": 1.0, "every": 0, **(own or {})}, **more.pop("beside", {})}
    return world(n, weeks, program=program, behaviour=behaviour, **more)


def told(own=None, seed=3, **more):
    """The numbers of such a market."""
    made = paid(own, **more)
    return figures(made, Market(made, seed).run(), "a")


# ---- the rule --------------------------------------------------------------------------------------------------------


def test_a_bonus_moves_staff_by_half_of_what_is_left():
    """50, 75, 100 % of the response at one, two and many times `half`; work and gaming share it."""
    for times, response in ((0.0, 0.0), (1.0, 0.5), (2.0, 0.75), (1e4, 1.0)):
        own = Appraisal(bonus=30.0 * times, half=30.0, effect=2.0, gamed=0.25, pick=0.8, polish=3.0)
        assert own.response == pytest.approx(response) and own.effort == pytest.approx(1.5 * response)
        assert (own.passed_over, own.begged) == pytest.approx((0.2 * response, 0.75 * response))


def given(quality, draw, **own):
    """What a visit of this quality counts, in the order of the counters."""
    counters = ("appraised", "points_due", "scored", "points_shown")
    visit = SimpleNamespace(**dict.fromkeys(counters, 0))
    scores(SimpleNamespace(delivered=quality), offered(Appraisal(**own)), visit, draw)
    return tuple(getattr(visit, name) for name in counters)


def test_a_score_by_hand():
    """7 + quality, asked at .2; at full gaming the displeased are asked half as often, all give 2 more."""
    assert given(-1.0, 0.19) == (1, 6, 1, 6) and given(-1.0, 0.2) == (1, 6, 0, 0) and given(9.0, 0.0) == (1, 10, 1, 10)
    own = {"bonus": FULL, "half": 1.0, "gamed": 1.0, "pick": 0.5, "polish": 2.0}
    assert given(-1.0, 0.09, **own) == (1, 6, 1, 8) and given(-1.0, 0.11, **own) == (1, 6, 0, 0)
    assert given(0.0, 0.19, **own) == (1, 7, 1, 9) and given(2.0, 0.0, **own) == (1, 9, 1, 10)


# ---- what a bonus does -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gamed, worse", [(0.0, 0), (0.5, 1), (1.0, 1)])
def test_s3_74_pay_by_score_brings_work_or_a_better_score(gamed, worse):
    """S3-74: quality of visits rises by effect (1 - gamed), to rounding; the score is above what all visits deserved
    as soon as there is gaming, and tells the truth without. With all of the response in gaming the score rises by more
    than where there is none, and no visit is any better.
    """
    own = {"gamed": gamed, "pick": 1.0, "polish": 1.0, "asked": 0.5}
    pairs = [[told({**own, "bonus": b}, seed) for b in (0.0, FULL)] for seed in range(5)]
    assert trend([[0.0, found["score_bias"]] for _, found in pairs]) == worse
    assert trend([[f["score_true"] for f in pair] for pair in pairs]) == (gamed < 1.0)
    assert trend([[f["score"] for f in pair] for pair in pairs]) == 1
    gained = np.mean([found["score_true"] - before["score_true"] for before, found in pairs])
    assert gained == pytest.approx(1.0 - gamed, abs=0.05)


@pytest.mark.parametrize("gamed, outcome", [(0.0, 1), (1.0, -1)])
def test_s3_74_a_bonus_against_training_of_equal_cost(gamed, outcome):
    """S3-74: 50 a week as a bonus or as training that settles at half a unit of quality: more visits with the bonus
    where it is worked for, and fewer where it is gamed.
    """
    spend = {"training": 0.5, "turnover": 0.0, "friendliness": 0.5, "expertise": 0.0, "spend": 50.0}
    trained = world(300, 39, program={"staff": spend}, behaviour=LIVED)
    bonus = paid({"bonus": 50.0, "gamed": gamed}, n=300, weeks=39, behaviour=LIVED)
    books = [Market(made, 3).run() for made in (trained, bonus)]
    costs = [totals(book).loc["a", "fixed_cost"] for book in books]
    visits = [book.visits.sum(axis=0)[:, 0].astype(float) for book in books]
    assert costs[0] == costs[1] == 39 * 5000
    assert sign(visits[1] - visits[0]) == outcome


def test_asking_only_the_pleased_by_the_half_normal():
    """With nobody displeased asked and nothing begged: quality is |z| in law, so the score is the mean of
    rounded 7 + |z|, points from 7 to 10; what is deserved is 7. Within 4.42 standard errors.
    """
    made = paid({"gamed": 1.0, "pick": 1.0, "polish": 0.0, "asked": 0.5})
    book = Market(made, 3).run()
    found, t = figures(made, book, "a"), totals(book).loc["a"]
    edges = np.array([0.0, 0.5, 1.5, 2.5, np.inf])
    chance, points = np.diff(2.0 * stats.norm.cdf(edges) - 1.0), np.arange(7, 11)
    mean = chance @ points
    error = math.sqrt(chance @ (points - mean) ** 2 / t.scored)
    assert abs(found["score"] - mean) < Z * error
    assert abs(found["score_true"] - 7.0) < Z * math.sqrt((1.0 + 1.0 / 12.0) / t.appraised)


# ---- staff about staff -----------------------------------------------------------------------------------------------


def test_staff_ratings_by_hand():
    """The first two visits are their own, the others a colleague's: 7 + quality + bias, from 0 to 10."""
    own = Appraisal(raters=2, self_bias=1.0, peer_bias=-0.5)
    mine, peers = staff_ratings(own, np.array([0.0, 5.0, 0.0, -9.0]))
    assert mine.tolist() == [8.0, 10.0] and peers.tolist() == [7.0, 0.0]


@pytest.mark.parametrize("mine, peers", [(0.0, 0.0), (2.0, 1.0), (-1.0, 0.0)])
def test_s3_73_staff_are_a_biased_estimator_beside_customers_and_shoppers(mine, peers):
    """S3-73, at a quality of .3 above the usual: what staff give themselves and each other is off by their bias,
    whatever its sign; mystery shoppers and the score of all customers who are asked are not. Within 4.42 standard
    errors of 400 visits each, of spread 1 and rounding.
    """
    own = {"bonus": 0.0, "asked": 0.5, "every": 8, "raters": 100, "self_bias": mine, "peer_bias": peers}
    beside = {"audit": {"every": 8, "shoppers": 100}, "service": {"quality": 0.3}}
    found = told(own, weeks=34, beside=beside)
    error = Z * math.sqrt((1.0 + 1.0 / 12.0) / 400)
    assert abs(found["self_score"] - 7.3 - mine) < error + 0.05  # few visits lie beyond 10
    assert abs(found["peer_score"] - 7.3 - peers) < error + 0.05
    assert abs(found["score"] - found["score_true"]) < error
    assert abs(7.0 + found["audit_quality"] - 7.3) < error
    assert (abs(found["self_score"] - found["score_true"]) > error) == (mine != 0.0)


def test_each_visit_that_staff_remember_is_another():
    """Ten people and ten colleagues: twenty visits of their own luck, none of them a shopper's."""
    market = Market(paid(n=20, weeks=2), 3)
    market.run()
    keys = [keys_of(market, purpose, "a", 20) for purpose in ("staff_rating", "audit")]
    assert len(set(np.concatenate(keys).tolist())) == 40


# ---- books -----------------------------------------------------------------------------------------------------------


def test_a_score_alone_moves_nobody_and_a_bonus_costs_what_it_is():
    """Without a bonus purchases are those of a usual firm; 40 a week in 12 weeks, whoever is asked."""
    asked, usual = (Market(made, 3).run() for made in (
        paid({"bonus": 0.0, "every": 4}, weeks=12, behaviour=LIVED),
        world(200, 12, program={"service": {}}, behaviour=LIVED),
    ))  # fmt: skip
    assert (asked.visits == usual.visits).all() and totals(asked).loc["a", "fixed_cost"] == 0
    assert totals(Market(paid({"bonus": 40.0}, weeks=12), 3).run()).loc["a", "fixed_cost"] == 12 * 4000


def test_an_appraisal_is_the_same_compiled():
    """In plain Python and compiled, to the last byte."""
    made = paid({"bonus": 40.0, "half": 30.0, "every": 3, "raters": 4}, n=80, weeks=10, behaviour=LIVED)
    same(in_plain(Market(made, 3)).run(), Market(made, 3).run())


def test_a_bonus_by_a_score_that_nobody_gives_is_refused():
    """With the key to set."""
    with pytest.raises(ConfigError, match=r"bonus.*set asked above 0"):
        compose(["program=appraisal", "program.appraisal.asked=0"])


@pytest.mark.by_hand("score", "score_true", "score_bias", "self_score", "peer_score")
def test_scores_by_hand():
    """Ten visits worth 65 points, four asked and 30 given; four staff in two waves gave themselves 36 and others 30. An
    earlier week and another firm say nothing.
    """
    names = ("appraised", "points_due", "scored", "points_shown")
    weeks = [("a", 0, (9,) * 4), ("a", 1, (6, 40, 3, 24)), ("a", 2, (4, 25, 1, 6)), ("b", 1, (0,) * 4)]
    rows = [{"firm": firm, "week": week, **dict(zip(names, row, strict=True))} for firm, week, row in weeks]
    waves = [(9.0, 9.0, 9.0), (3.0, 27.0, 23.0), (1.0, 9.0, 7.0)]
    fields = ("staff_rating", "self_points", "peer_points")
    around = [{name: np.array([x, 0.0]) for name, x in zip(fields, wave, strict=True)} for wave in waves]
    book = SimpleNamespace(firms=("a", "b"), weekly=pd.DataFrame(rows), around=around)
    expected = {"score": 7.5, "score_true": 6.5, "score_bias": 1.0, "self_score": 9.0, "peer_score": 7.5}
    assert scored(book, 0, 1) == pytest.approx(expected) and scored(book, 1, 1) == {}
