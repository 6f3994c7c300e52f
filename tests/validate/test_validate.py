"""Validation catches what it should: bugs, wrong parameters, excuses that are none."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import special

from loyaltysim import dirichlet, metrics, validate
from loyaltysim.cli import main as cli
from loyaltysim.configure.compose import compose
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.validate import observed, panels
from loyaltysim.validate import patterns as theory
from loyaltysim.validate.judge import cell, judge
from loyaltysim.validate.tables import screen

SEEDS = 12
WEIGHTS = np.array([0.011257, 0.222076, 0.533334, 0.222076, 0.011257])  # of the five nodes


def test_a_market_without_data_is_refused_before_anything_is_made() -> None:
    """Composing alone refuses it: no folder, no lock, no run (F-60)."""
    with pytest.raises(ConfigError, match=r"cafe.*has no data to be held against"):
        validate.Validation.compose(["market=cafe"])


# --- the closed forms under drift ---


def test_without_drift_the_panel_theory_is_the_public_dirichlet() -> None:
    """Sums over n purchases (Goodhardt et al. 1984) against the integrals of `dirichlet`: 1e-8."""
    shares = {"a": 0.5, "b": 0.3, "c": 0.05, "other": 0.15}
    law = theory.Market(8.0, 0.6, 1.0, 1.4, shares)
    table, brands = dirichlet.brand_table(8.0, 0.6, 1.4, shares), law.brands()
    for column in ("penetration", "frequency", "scr"):
        assert brands[column].to_numpy() == pytest.approx(table[column].to_numpy(), rel=1e-8)
    assert brands["sole buyers"].to_numpy() == pytest.approx(table.sole_buyers.to_numpy(), rel=1e-8)
    quarter = dirichlet.brand_table(8.0, 0.6, 1.4, shares, periods=0.25)
    assert brands.repeat.to_numpy() == pytest.approx(quarter.repeat.to_numpy(), rel=1e-8)
    category, year = law.category(), dirichlet.category_table(8.0, 0.6).iloc[0]
    assert category["share of top 20 % of buyers"] == pytest.approx(year.top20_share, rel=1e-6)
    assert category["buying once"] == pytest.approx(year.once_only, rel=1e-8)
    assert category["K"] == pytest.approx(0.6, rel=1e-5)
    given = dirichlet.duplication(8.0, 0.6, 1.4, shares)
    assert law.duplication(["a", "b"]).loc["a", "b"] == pytest.approx(given.loc["a", "b"], rel=1e-8)


@pytest.mark.parametrize("rho", [1.0, 0.93])
def test_with_a_spread_of_tastes_the_panel_theory_is_the_public_one_and_a_crowd(rho: float) -> None:
    """Sums over n against the integrals of `dirichlet` (1e-8, rho 1); S as likelihood reads it off 400,000 customers
    drawn by numpy, and the error of a share off their spread: 1 %, 3 %.
    """
    shares = {"a": 0.5, "b": 0.3, "c": 0.05, "other": 0.15}
    law = theory.Market(8.0, 0.6, rho, 1.4, shares, sigma=0.9)
    if rho == 1.0:
        table, brands = dirichlet.brand_table(8.0, 0.6, 1.4, shares, sigma=0.9), law.brands()
        for column in ("penetration", "frequency", "scr", "sole_buyers"):
            told = brands[column.replace("_", " ")].to_numpy()
            assert told == pytest.approx(table[column].to_numpy(), rel=1e-8)
        given = dirichlet.duplication(8.0, 0.6, 1.4, shares, sigma=0.9)
        assert law.duplication(["a", "b"]).loc["a", "b"] == pytest.approx(given.loc["a", "b"], rel=1e-8)
    rng, n = np.random.default_rng(5), 400_000
    S = 1.4 * np.exp(0.9 * rng.choice([-2.856970, -1.355626, 0, 1.355626, 2.856970], n, p=WEIGHTS))
    g = rng.gamma(S[:, None] * np.array(list(shares.values())))
    counts = rng.multinomial(rng.choice(len(law.year), n, p=law.year / law.year.sum()), g / g.sum(axis=1)[:, None])
    assert law.category()["S"] == pytest.approx(panels.taste_shape(counts), rel=0.01)
    assert law.category()["S"] < 1.4
    own, total = counts[:, 0], counts.sum(axis=1)
    error = np.sqrt(np.mean((own - 0.5 * total) ** 2) / n) / (0.5 * total.mean())
    assert law.share_error("a", n) == pytest.approx(error, rel=0.03)


def correlation_on_a_grid(K: float, rho: float, mean: float, lag: int) -> float:
    """Correlation of Poisson counts whose gamma rates have Gaussian ranks with correlation rho^lag: a double sum."""
    x = np.linspace(-9, 9, 1801)
    weight = np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * (x[1] - x[0])

    def rate(z: np.ndarray) -> np.ndarray:
        below, above = special.gammaincinv(K, special.ndtr(z)), special.gammainccinv(K, special.ndtr(-z))
        return np.where(z < 0, below, above) * mean / K

    r = rho**lag
    given = np.array([weight @ rate(r * z + np.sqrt(1 - r * r) * x) for z in x])
    return float((weight @ (rate(x) * given) - mean**2) / (mean + mean**2 / K))


@pytest.mark.parametrize(("K", "rho"), [(0.3, 0.93), (1.1365, 0.93), (0.5, 0.88)])
def test_correlations_under_drift_agree_with_a_double_integral(K: float, rho: float) -> None:
    """Hermite series (Mehler) against the trapezoid rule in two dimensions: 1e-7."""
    law = theory.Market(4.8, K, rho, 1.0, {"all": 1.0})
    for lag in (1, 3):
        assert law.correlation(lag) == pytest.approx(correlation_on_a_grid(K, rho, 1.2, lag), abs=1e-7)


def test_totals_under_drift_have_the_variance_of_the_correlations() -> None:
    """Var N = 4 v + 2 sum of covariances, from the series; the Sobol net gives it within 1 %."""
    law = theory.Market(6.0, 0.6, 0.92, 1.0, {"all": 1.0})
    quarter = 1.5 + 1.5**2 / 0.6
    variance = quarter * (4 + 2 * (3 * law.correlation(1) + 2 * law.correlation(2) + law.correlation(3)))
    n = np.arange(len(law.year))
    assert (n - 6.0) ** 2 @ law.year == pytest.approx(variance, rel=0.01)


def test_little_drift_is_nearly_none_and_the_mean_never_moves() -> None:
    """rho = 0.99999 gives the NBD within 1e-3; every rho gives the mean M within 1e-3."""
    still, hardly = (theory.Market(6.0, 0.5, rho, 1.0, {"all": 1.0}) for rho in (1.0, 0.99999))
    n = min(len(still.year), len(hardly.year))
    assert hardly.year[:n] == pytest.approx(still.year[:n], abs=1e-3)
    moving = theory.Market(6.0, 0.5, 0.85, 1.0, {"all": 1.0}).year
    assert np.arange(len(moving)) @ moving == pytest.approx(6.0, rel=1e-3)
    assert moving.sum() == pytest.approx(1.0, abs=1e-6)


def test_pareto_customers_who_never_die_are_nbd() -> None:
    """P(no purchase) with a death rate of nearly 0 is (alpha / (alpha + t))^r; the quadrature has 1000 points."""
    assert theory.pareto_none(0.55, 10.6, 0.6, 1e9, 39.0) == pytest.approx((10.6 / 49.6) ** 0.55, abs=1e-3)


# --- the estimators, worked by hand ---


def test_brand_figures_of_four_customers() -> None:
    """Two quarters, firms a and b. Customers: (2a | a), (b | -), (a, b | b), (- | -)."""
    visits = np.array([[[2, 0], [0, 1], [1, 1], [0, 0]], [[1, 0], [0, 0], [0, 1], [0, 0]]])
    table = panels.brand_figures(visits, ("a", "b"))
    assert table.share.tolist() == pytest.approx([4 / 7, 3 / 7])
    assert table.penetration.tolist() == [0.5, 0.5]
    assert table.frequency.tolist() == [2.0, 1.5]
    assert table.scr.tolist() == pytest.approx([4 / 6, 3 / 4])
    assert table["sole buyers"].tolist() == [0.5, 0.5]
    assert table.repeat.tolist() == [0.5, 0.5]


def test_concentration_by_hand() -> None:
    """Ten buyers of 1 each and ten of 3: the top fifth (4 buyers) make 12 of 40, in a histogram and in a panel.

    A store's ten customers spend 1 but for one who spends 9: the top two make 10 of 18, the Gini is 0.4.
    """
    assert theory.top_share(np.array([5, 10, 0, 10])) == pytest.approx(0.3)
    trips = np.repeat([[1], [0], [0], [0]], 10, axis=1)
    shop = panels.store_figures(trips, trips * np.where(np.arange(10) == 3, 9, 1))
    assert shop["top 20 % of customers' share of revenue"] == pytest.approx(10 / 18)
    assert shop["Gini of revenue"] == pytest.approx(0.4)


def test_a_panel_and_a_histogram_have_the_same_concentration() -> None:
    """The share of the heaviest fifth from 20,001 customers and from the counts of them, to rounding."""
    year = np.random.default_rng(3).negative_binomial(1, 0.2, 20_001)
    assert metrics.heavy_share(year) == pytest.approx(theory.top_share(np.bincount(year)), abs=1e-12)


def test_shapes_are_recovered_from_large_samples() -> None:
    """K and S by likelihood from 200,000 customers; the tolerance is 4 standard errors of the known law (about 1 %)."""
    rng = np.random.default_rng(7)
    n = rng.poisson(rng.gamma(0.5, 6.0, 200_000))
    assert theory.nbd_shape(np.bincount(n)) == pytest.approx(0.5, rel=0.012)
    taste = rng.dirichlet([0.8, 0.5, 0.2], 50_000)
    counts = np.array([rng.multinomial(5, p) for p in taste])
    assert panels.taste_shape(counts) == pytest.approx(1.5, rel=0.03)


# --- how a cell is judged ---


def verdict(**values: object) -> str:
    common = dict(simulated=1.0, se=0.01, seeds=30, closed_form=1.0, kind="relative", tolerance=0.08, observed=1.0)
    pattern = values.pop("pattern", "leader frequency")
    return str(judge([cell("ice_cream", "drift", pattern, **{**common, **values})]).verdict[0])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "pass"),
        ({"closed_form": 0.9}, "miss"),  # 10 standard errors from the closed form: a bug, although the data agree
        ({"closed_form": 0.9, "observed": float("nan"), "kind": ""}, "miss"),
        ({"observed": 1.105}, "known misfit"),  # -9.5 %, listed as -9.45 %
        ({"observed": 0.905}, "miss"),  # the size is listed, with the other sign
        ({"observed": 1.25}, "miss"),  # -20 %: the sign is listed, the size is not within two errors of 3.7 %
        ({"observed": 1.2, "pattern": "second penetration"}, "miss"),  # nothing is listed
        ({"kind": "at least", "tolerance": 1.1, "observed": float("nan")}, "miss"),
        ({"kind": "between 1 and 3", "simulated": 3.2, "closed_form": 3.2}, "miss"),
        ({"kind": "must fail", "observed": 1.05}, "miss"),  # should lie 8 % off, lies 5 % off
        ({"kind": "must fail", "observed": 1.5}, "pass"),
        ({"kind": "absolute", "observed": 1.05, "tolerance": 0.02}, "miss"),
        ({"simulated": float("nan"), "se": float("nan")}, "pass"),  # closed form alone
    ],
)
def test_a_cell_gets_the_verdict_of_the_two_questions(values: dict[str, object], expected: str) -> None:
    assert verdict(**values) == expected


@pytest.fixture
def forged(monkeypatch: pytest.MonkeyPatch):
    """A list of known misfits with these patterns for ice cream."""

    def forge(patterns: list[str]) -> None:
        rows = pd.DataFrame(dict(pattern=patterns, size=-0.095, error=0.05)).set_index("pattern")
        monkeypatch.setattr("loyaltysim.validate.judge.known_misfits", lambda market, baseline: rows)

    return forge


@pytest.mark.parametrize("pattern", sorted(observed.NEVER_EXCUSED))
def test_six_patterns_are_never_excused(pattern: str, forged) -> None:
    forged([pattern])
    assert verdict(pattern=pattern, observed=1.105, tolerance=0.03) == "miss"


def test_a_list_that_excuses_too_much_is_a_miss(forged) -> None:
    """4 of 12 gated cells listed is more than 30 %, 3 of 12 is not."""
    names = [f"pattern {k}" for k in range(12)]
    rows = [
        cell("ice_cream", "drift", name, simulated=1.0, se=0.01, seeds=30, observed=1.0, kind="relative", tolerance=0.1)
        for name in names
    ]
    forged(names[:3])
    assert not (judge([dict(row) for row in rows]).verdict == "miss").any()
    forged(names[:4])
    assert judge(rows).pattern[lambda p: p == "gated cells that are listed"].size == 1


def test_the_family_wise_limit_grows_with_the_cells() -> None:
    """4.2 standard errors fail a single cell at 30 seeds, and pass among 400."""
    one = cell("x", "", "p", simulated=1.042, se=0.01, seeds=30, closed_form=1.0)
    assert judge([dict(one)]).verdict[0] == "miss"
    assert (judge([dict(one) for _ in range(400)]).verdict == "pass").all()


# --- markets ---


@cache
def judged(*overrides: str) -> pd.DataFrame:
    return validate.run([compose(list(overrides))], seeds=SEEDS, processes=1, progress=False)


def shifted(name: str, factor: float) -> list[str]:
    """Overrides that move 30 % of a brand's share to the next one."""
    firms = compose([f"market={name}"]).firms
    first, second = sorted((f for f in firms if f != "other"), key=lambda f: -firms[f].share)[:2]
    move = round(firms[first].share * factor, 4)
    return [
        f"firms.{first}.share={firms[first].share - move:.4f}",
        f"firms.{second}.share={firms[second].share + move:.4f}",
    ]


def test_a_shipped_market_passes_and_shows_its_known_misfits_first() -> None:
    cells = judged("market=yogurt")
    assert not (cells.verdict == "miss").any()
    text = screen(cells)
    assert text.index("known misfits") < text.index("yogurt (drift)")
    assert "not real consumer data" in text


@pytest.mark.parametrize(
    "change",
    [
        ["market.K=0.394"],
        ["market.K=0.212"],
        ["market.S=2.04"],
        ["market.S=1.10"],
        shifted("yogurt", 0.3),
        shifted("yogurt", -0.3),
    ],
    ids=["K up", "K down", "S up", "S down", "leader down", "leader up"],
)
def test_parameters_that_are_wrong_by_30_percent_are_a_miss(change: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """And not a bug: the simulation still agrees with its own closed forms."""
    cells = judged("market=yogurt", *change)
    missed = cells[cells.verdict == "miss"]
    assert len(missed) and not missed.why.str.startswith("simulation").any()


def test_the_exit_code_tells(tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The judging is that of the two tests above; here only what follows from it."""
    sound, missed = judged("market=yogurt"), judged("market=yogurt", "market.K=0.394")
    monkeypatch.setattr(validate.Validation, "read", lambda self: sound)
    assert cli.main(["validate", "market=yogurt", f"out={tmp_path / 'sound'}"]) == 0
    monkeypatch.setattr(validate.Validation, "read", lambda self: missed)
    folder = tmp_path / "missed"
    assert cli.main(["validate", "market=yogurt", "market.K=0.394", f"out={folder}"]) == 1
    table = pd.read_csv(folder / "validation.csv")
    assert (table.verdict == "miss").any()
    assert "misses: 0" not in capsys.readouterr().out.splitlines()[-1]
    assert "# Validation" in (folder / "validation.md").read_text(encoding="utf-8")


def test_json_prints_the_counts_alone(tmp_path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """`print=json`: the counts of the table beside it; one miss is forged."""
    cells = judged("market=yogurt").copy()
    cells.loc[0, "verdict"] = "miss"
    monkeypatch.setattr(validate.Validation, "read", lambda self: cells)
    assert cli.main(["validate", "market=yogurt", "print=json", f"out={tmp_path}"]) == 1
    told = json.loads(capsys.readouterr().out)
    table = pd.read_csv(tmp_path / "validation.csv")
    assert told["misses"] == {"value": 1, "unit": "cells"}
    assert told["known_misfits"]["value"] == (table.verdict == "known misfit").sum() > 0
    assert told["cells[yogurt]"]["value"] == len(table)


def test_a_configuration_is_shown_not_validated(capsys) -> None:
    assert cli.main(["validate", "market=yogurt", "--cfg", "job"]) == 2
    assert "loyaltysim show" in capsys.readouterr().err


@pytest.mark.parametrize("market", ["yogurt", "toothpaste_1973"])
def test_simulated_is_closed_form_where_some_are_more_loyal(market: str) -> None:
    """Spread .9, with and without drift: no cell departs from its closed form, S among them."""
    cells = judged(f"market={market}", "market.sigma=0.9")
    assert (cells.why != "simulation differs from the closed form").all()
    assert abs(cells.set_index("pattern").t["S"]) < 4


def test_a_stationary_market_is_seen_through() -> None:
    """Yogurt with the year's K and no drift misses the correlation three quarters apart, by about a third."""
    cells = judged("market=yogurt", "market.rho=1.0", "market.K=0.3513").set_index("pattern")
    row = cells[cells.baseline == "stationary"].loc["correlation 3 quarters apart"]
    assert row.verdict == "miss" and row.misfit == pytest.approx(0.33, abs=0.05)


def test_a_cohort_without_drop_out_misses_the_hold_out() -> None:
    cells = judged("market=cdnow", "~behaviour.dropout").set_index("pattern")
    assert cells.verdict["hold-out purchases"] == "miss"


def test_a_market_without_data_is_refused() -> None:
    scenario: Scenario = compose(["market=yogurt"])
    with pytest.raises(ConfigError, match=r"no data to be held against.*yogurt"):
        validate.run([replace(scenario, market=replace(scenario.market, name="yoghurt"))])


@pytest.mark.parametrize("words", [["market=cafe"], ["market=coffee_shop"], ["market=bank", "firms.a.price=1.2"]])
def test_a_refusal_leaves_no_folder(words: list[str], tmp_path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["validate", *words]) == 2
    assert "nothing was run" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_what_only_all_brands_show_is_judged_with_all_markets() -> None:
    """Contracts: the sBG fitted on renewals 1-7 misses survival at 8-12 by 1.2 points, constant churn by 8.9 (O1)."""
    sbg, constant = validate.contracts()
    assert sbg["closed_form"] == pytest.approx(0.0119, abs=0.0002)
    assert constant["closed_form"] == pytest.approx(0.0886, abs=0.0005)
    assert judge([sbg, constant]).verdict.tolist() == ["pass", "pass"]
