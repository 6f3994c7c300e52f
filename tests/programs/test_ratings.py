"""Buyer and seller rate each other: what is posted beside what was deserved, by who sees what first."""

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
from loyaltysim.measures.scores import rated
from loyaltysim.programs.ratings import Ratings, on_scale, stars_posted
from loyaltysim.scenario.reader import ConfigError
from tests.behaviour.test_felt_signs import sign, trend
from tests.scenarios import Z, in_plain, offered, same, totals, world

UNEVEN = {"experience": {"premium": 0.0, "disconfirmation": 0.0, "noise": 1.5}}
FAILING = {"experience": {"premium": 0.0, "noise": 1.0, "failure": 0.2, "severity": 2.0, "voice": 0.5}}


def rating(own, n=200, weeks=26, behaviour=UNEVEN, **more):
    """A market in which one firm has ratings."""
    return world(n, weeks, program={"ratings": own}, behaviour=behaviour, **more)


def told(own, seed=3, **more):
    """The numbers of such a market."""
    made = rating(own, **more)
    return figures(made, Market(made, seed).run(), "a")


def posted(quality, draw, complained=0, **own):
    """What a visit of this quality counts, in the order of the counters."""
    counters = ("rateable", "stars_due", "rated", "stars_given", "retaliations", "buyers_panned")
    visit = SimpleNamespace(complained=complained, returned=0, panned=0, **dict.fromkeys(counters, 0))
    stars_posted(SimpleNamespace(delivered=quality), offered(Ratings(**own)), visit, draw)
    return tuple(getattr(visit, name) for name in counters)


def test_a_rating_by_hand():
    """4 + quality to the nearest star from 1 to 5. Bad ones are posted 2 x .2 times as often where nobody sees them
    first; in sequence 1 - .5 x .6 of that, and the lowest .6 of the draws that post are given back.
    """
    assert [on_scale(x, 1, 5) for x in (-7.0, 1.49, 1.5, 4.5, 9.0)] == [1, 1, 2, 5, 5]
    own = {"post": 0.2, "negative": 2.0, "retaliation": 0.6, "fear": 0.5}
    assert posted(0.0, 0.19, **own) == (1, 4, 1, 4, 0, 0) and posted(0.0, 0.2, **own) == (1, 4, 0, 0, 0, 0)
    for blind in ("simultaneous", "one_sided"):
        assert posted(-2.0, 0.39, **own, disclosure=blind) == (1, 2, 1, 2, 0, 0)
        assert posted(-2.0, 0.4, **own, disclosure=blind) == (1, 2, 0, 0, 0, 0)
    seen = {**own, "disclosure": "sequential"}
    assert posted(-2.0, 0.279, **seen) == (1, 2, 1, 2, 0, 0) and posted(-2.0, 0.281, **seen) == (1, 2, 0, 0, 0, 0)
    assert posted(-2.0, 0.167, **seen) == (1, 2, 1, 2, 1, 1) and posted(-2.0, 0.169, **seen) == (1, 2, 1, 2, 0, 0)
    assert posted(0.0, 0.0, **seen) == (1, 4, 1, 4, 0, 0)


def test_who_complains_is_rated_badly_where_sellers_rate():
    """For cause, once a purchase, whoever sees what first; not where only buyers rate."""
    for disclosure, panned in (("one_sided", 0), ("simultaneous", 1), ("sequential", 1)):
        assert posted(-3.0, 0.0, 1, disclosure=disclosure, retaliation=1.0, fear=0.0)[-1] == panned


STARS = np.arange(1, 6)


def expected(weight, spread=1.5):
    """Mean stars of visits of normal quality, one or two stars posted `weight` times as often; its variance."""
    edges = stats.norm.cdf(np.array([-np.inf, -2.5, -1.5, -0.5, 0.5, np.inf]) / spread)
    chance = np.diff(edges) * np.where(STARS <= 2, weight, 1.0)
    mean = (chance @ STARS) / chance.sum()
    return mean, (chance @ (STARS - mean) ** 2) / chance.sum()


@pytest.mark.parametrize("negative, retaliation, fear", [(1.0, 0.6, 1.0), (2.0, 0.6, 0.5), (2.0, 0.0, 1.0)])
def test_stars_follow_their_closed_form(negative, retaliation, fear):
    """Quality is normal with spread 1.5, so chances of stars are known. What is deserved, and what is posted in
    sequence, where bad ratings weigh negative (1 - fear x retaliation): within 4.42 standard errors.
    """
    own = {"post": 0.4, "negative": negative, "disclosure": "sequential", "retaliation": retaliation, "fear": fear}
    made = rating(own)
    book = Market(made, 3).run()
    found, t = figures(made, book, "a"), totals(book).loc["a"]
    for name, weight, many in (
        ("stars_true", 1.0, t.rateable),
        ("stars", negative * (1 - fear * retaliation), t.rated),
    ):
        mean, variance = expected(weight)
        assert abs(found[name] - mean) < Z * math.sqrt(variance / many)


@pytest.mark.parametrize(
    "negative, fear, outcome", [(1.0, 1.0, 1), (2.0, 1.0, -1), (1.0, 0.0, 0), (1.0, 0.3, 1)],
)  # fmt: skip
def test_s3_77_retaliation_inflates_ratings_which_errs_more_or_less(negative, fear, outcome):
    """S3-77: stars posted in sequence less those posted unseen, by customers and luck in common, are higher wherever
    retaliation is feared; how far they are from the stars that all purchases deserved is more where the displeased are
    as ready to post as anybody, and less where they are twice as ready and half of them are silenced. Retaliation that
    nobody fears inflates nothing.
    """
    own = {"negative": negative, "fear": fear, "retaliation": 0.5, "post": 0.4}
    pairs = [
        [told({**own, "disclosure": d}, seed, n=4000) for d in ("simultaneous", "sequential")] for seed in range(5)
    ]
    assert all(blind["stars_true"] == seen["stars_true"] for blind, seen in pairs)
    assert trend([[found["stars"] for found in pair] for pair in pairs]) == (fear > 0.0)
    assert trend([[found["stars_error"] for found in pair] for pair in pairs]) == outcome


@pytest.mark.parametrize("fear", [0.0, 0.5, 1.0])
def test_what_all_fear_is_seldom_seen(fear):
    """Of what is posted in sequence a share is answered: 1 - fear as many bad ratings, where every one is answered.
    Nobody is answered where ratings are unseen; where all fear it nobody is, and no bad rating is left.
    """
    own = {"retaliation": 1.0, "fear": fear, "post": 0.4}
    seen, blind = (told({**own, "disclosure": d}) for d in ("sequential", "simultaneous"))
    bad = stats.norm.cdf(-1.5 / 1.5) * (1.0 - fear)
    share = bad / (bad + stats.norm.cdf(1.0))
    assert blind["retaliated"] == 0.0 and (fear < 1.0 or seen["retaliated"] == 0.0)
    many = 0.4 * 200 * 26 / 4  # fewer ratings than there are
    assert abs(seen["retaliated"] - share) <= Z * math.sqrt(share * (1.0 - share) / many)


@pytest.mark.parametrize("event, outcome", [(-0.2, -1), (0.0, 0), (0.2, 1)])
def test_a_bad_rating_is_felt(event, outcome):
    """Bonds of buyers after bad ratings, for complaints and given back, by the sign of the event."""
    behaviour = {**FAILING, "bond": {"premium": 0.0, "floor": -1.0}}
    market = Market(rating({"disclosure": "sequential", "fear": 0.0, "event": event}, behaviour=behaviour), 3)
    market.run()
    assert sign(market.population["bond"][:, 0].astype(float)) == outcome


def test_ratings_move_nobody_and_cost_what_is_posted():
    """Purchases are those without them; 2.5 cents a rating, rounded down together."""
    book = Market(rating({"unit_cost": 0.025}, weeks=12), 3).run()
    without = Market(world(200, 12, behaviour=UNEVEN, program={"service": {}}), 3).run()
    t = totals(book)
    assert (book.visits == without.visits).all() and t.loc["a", "rated"] > 0 and t.loc["b", "rated"] == 0
    assert t.loc["a", "touchpoints"] == int(t.loc["a", "rated"] * 2.5)


def test_ratings_are_the_same_compiled():
    """All at once, in plain Python and compiled, to the last byte."""
    own = {"negative": 1.5, "disclosure": "sequential", "fear": 0.3, "event": -0.1, "unit_cost": 0.01}
    made = rating(own, n=80, weeks=10, behaviour={**FAILING, "bond": {"floor": -1.0}})
    same(in_plain(Market(made, 3)).run(), Market(made, 3).run())


def test_a_chance_above_one_and_a_bond_that_is_not_there_are_refused():
    """With the key that is wrong."""
    with pytest.raises(ConfigError, match=r"negative.*times post is a chance of 1.5"):
        compose(["program=ratings", "program.ratings.negative=3"])
    with pytest.raises(ConfigError, match=r"event.*bond"):
        compose(["program=ratings", "program.ratings.event=-0.1"])


@pytest.mark.by_hand("stars", "stars_true", "stars_bias", "stars_error", "retaliated", "buyers_rated_badly")
def test_ratings_by_hand():
    """Of ten purchases worth 35 stars four are rated with 18, one of them answered; two buyers got a bad rating. An
    earlier week and another firm say nothing, nor does a firm that rates nothing.
    """
    names = ("rateable", "stars_due", "rated", "stars_given", "retaliations", "buyers_panned")
    weeks = [("a", 0, (9,) * 6), ("a", 1, (6, 21, 3, 14, 0, 1)), ("a", 2, (4, 14, 1, 4, 1, 1)), ("b", 1, (0,) * 6)]
    rows = [{"firm": firm, "week": week, **dict(zip(names, row, strict=True))} for firm, week, row in weeks]
    book = SimpleNamespace(firms=("a", "b"), weekly=pd.DataFrame(rows))
    found = rated(book, 0, 1)
    assert found == pytest.approx(
        {"stars": 4.5, "stars_true": 3.5, "stars_bias": 1.0, "stars_error": 1.0, "retaliated": 0.25,
         "buyers_rated_badly": 0.2}
    )  # fmt: skip
    assert rated(book, 1, 1) == {}
    low = SimpleNamespace(
        firms=("a",), weekly=pd.DataFrame([dict(zip(names, (2, 8, 1, 1, 0, 0), strict=True), firm="a", week=0)])
    )
    assert rated(low, 0, 0)["stars_bias"] == -3.0 and rated(low, 0, 0)["stars_error"] == 3.0
