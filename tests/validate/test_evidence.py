"""What a cell says is observed is observed, and what is judged on data can fail on data."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from loyaltysim import validate
from loyaltysim.configure.compose import compose
from loyaltysim.validate import observed, panels
from loyaltysim.validate import patterns as theory
from loyaltysim.validate.judge import judge

CATEGORIES = observed.categories()


@cache
def cells(name: str) -> pd.DataFrame:
    """The cells of a market before anything is simulated."""
    return pd.DataFrame(validate.subject(compose([f"market={name}"])).cells()).set_index("pattern")


def shown(name: str, pattern: str, simulated: float) -> pd.Series:
    """The cell of a market judged as if this had been simulated, the closed form apart."""
    row = {**cells(name).loc[pattern].to_dict(), "pattern": pattern, "closed_form": np.nan}
    return judge([{**row, "simulated": simulated, "se": 1e-4, "seeds": 40}]).iloc[0]


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_observed_share_is_the_observed_one(category: str) -> None:
    """Every share of purchases against grocery_brand.csv; the strength stands as closed form beside it."""
    data, strengths = observed.brands(category).share, observed.strengths(category)
    for name, share in data.items():
        cell = cells(category).loc[f"share of purchases of {name}"]
        assert (cell.observed, cell.closed_form) == (share, strengths[name])


def test_a_share_that_its_strength_misses_is_no_pass() -> None:
    """Bath tissue, m595: strength .2853, observed .3250, two sampling errors 7.9 %: listed, 12 % off."""
    cell = shown("bath_tissue", "share of purchases of m595", 0.2853)
    assert (cell.observed, cell.verdict) == (0.3250, "known misfit")
    assert cell.misfit == pytest.approx(-0.122, abs=0.001) and cell.tolerance == pytest.approx(0.079, abs=0.001)
    assert shown("bath_tissue", "share of purchases of m1011", 1.3 * 0.0804).verdict == "miss"


def test_the_sampling_error_of_a_share_by_simulation() -> None:
    """A ratio of sums over 400 panels of 1,000 customers, gamma rates and Dirichlet tastes: 10 %."""
    rng, law = np.random.default_rng(5), theory.Market(6.0, 0.5, 1.0, 1.4, {"a": 0.3, "b": 0.7})
    n = rng.poisson(rng.gamma(0.5, 12.0, (400, 1000)))
    own = rng.binomial(n, rng.beta(0.42, 0.98, n.shape))
    assert law.share_error("a", 1000) == pytest.approx((own.sum(1) / n.sum(1)).std() / 0.3, rel=0.10)


@pytest.mark.parametrize("category", CATEGORIES)
def test_r_of_duplication_is_held_against_the_market_within_two_bootstrap_errors(category: str) -> None:
    seen, cell = observed.bootstrap(category).loc["D_r_obs"], cells(category).loc["duplication r"]
    assert (cell.kind, cell.observed) == ("relative", observed.table("grocery_category").D_r_obs[category])
    assert cell.tolerance == pytest.approx(2 * seen.boot_se / cell.observed) and cell.tolerance < 0.1
    assert seen.observed == pytest.approx(cell.observed, abs=1e-4)  # the panel that gave the error gave the value


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_listed_r_is_the_dirichlets(category: str) -> None:
    """r of the closed forms at the table's M, K, S_mle and observed shares."""
    year, shares = observed.table("grocery_category").loc[category], observed.brands(category).share
    law = theory.Market(year.M, year.K, 1.0, year.S_mle, shares.to_dict())
    _, r = theory.duplication_law(law.duplication(list(shares.index)).to_numpy(), law.brands().penetration.to_numpy())
    assert observed.bootstrap(category).dirichlet["D_r_obs"] == pytest.approx(r, abs=1e-5)


def test_a_partitioned_market_is_seen_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Yogurt with .64 observed: simulated .978 is a miss, where `at least .75` passed; so is a panel of .64."""
    assert shown("yogurt", "duplication r", 0.978).verdict == "pass"
    assert shown("yogurt", "duplication r", 0.64).verdict == "miss"
    table = observed.table("grocery_category").copy()
    table.loc["yogurt", "D_r_obs"] = 0.64
    read = observed.table
    monkeypatch.setattr(observed, "table", lambda name: table if name == "grocery_category" else read(name))
    observed.grocery.cache_clear()
    cells.cache_clear()
    assert shown("yogurt", "duplication r", 0.978).verdict == "miss"
    observed.grocery.cache_clear()
    cells.cache_clear()


def test_r_falls_where_the_market_is_partitioned() -> None:
    """Customers who choose within one of two pairs of brands: D r below .75, in one market of four above .9."""
    rng = np.random.default_rng(11)
    share, half = np.array([0.3, 0.2, 0.3, 0.2]), np.array([1.0, 1.0, 0.0, 0.0])
    n, side = rng.poisson(rng.gamma(0.6, 10.0, 2469)), rng.random(2469) < 0.5
    free = rng.dirichlet(3 * share, 2469)
    apart = np.where(side[:, None], half, 1 - half)
    found = []
    for taste in (free, free * (0.03 + 0.97 * apart)):
        counts = rng.multinomial(n, taste / taste.sum(axis=1, keepdims=True))
        visits = np.moveaxis(rng.multinomial(counts, [0.25] * 4), -1, 0)
        found.append(panels.patterns(visits, tuple("abcd"), list("abcd"))["duplication r"])
    assert found[0] > 0.9 and found[1] < 0.75
