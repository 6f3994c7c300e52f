"""The shipped markets say what the data say: every number of conf/market against the tables that it comes from."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from loyaltysim import dirichlet, validate
from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.compose import compose
from loyaltysim.configure.folders import conf_dir
from loyaltysim.scenario.model import Scenario
from loyaltysim.theory import retention
from loyaltysim.validate import observed, shipped

CATEGORIES = observed.categories()


@cache
def market(name: str) -> Scenario:
    return compose([f"market={name}"])


def written(name: str) -> str:
    return (conf_dir() / "market" / f"{name}.yaml").read_text(encoding="utf-8")


def test_every_file_is_validated_and_every_validated_market_ships() -> None:
    """An open market that claims a measurement is held against it; one that measures nothing says so in its source."""
    files = {path.stem for path in (conf_dir() / "market").glob("*.yaml")}
    assert set(shipped()) <= files
    for name in sorted(files - set(shipped())):
        m = market(name).market
        if name.endswith("_spread"):  # a shipped market with another spread of tastes
            assert m.name == name.removesuffix("_spread") and m.sigma > 0.0 == market(m.name).market.sigma
            continue
        if m.setting == "contract" and m.measured:  # held against its closed form: test_contracts.py
            continue
        assert not m.measured and m.assumed and m.source.startswith("assumed")


@pytest.mark.parametrize("name", shipped())
def test_a_market_names_itself_its_source_and_what_is_assumed(name: str) -> None:
    m = market(name).market
    assert m.name == name
    assert len(m.source) > 40 and m.measured and m.assumed
    if name in CATEGORIES or name == "grocery":
        assert "simulated ... not real consumer data" in m.notice


INDUSTRIES = ("department_store", "hotel", "marketplace", "online_shop", "insurance")  # assumed throughout


@pytest.mark.parametrize("name", [*shipped(), *INDUSTRIES])
def test_shares_sum_to_one_as_written(name: str) -> None:
    firms = plain_yaml.parse(written(name), name, defaults=True)[0]["firms"]
    assert sum(Decimal(str(firm["share"])) for firm in firms.values()) == 1


@pytest.mark.parametrize("name", [*shipped(), *INDUSTRIES])
def test_every_number_has_a_word_behind_it(name: str) -> None:
    """Each line with a number below `market:` carries a comment: unit, source, or `assumed`; firms share one."""
    body = written(name).partition("\n  M:")[2].splitlines()
    numbers = [line for line in body if any(c.isdigit() for c in line.partition("#")[0])]
    bare = [line for line in numbers if not {"#", "{", "["} & set(line)]
    assert bare == []


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_category_has_the_parameters_of_its_table(category: str) -> None:
    year, m = observed.table("grocery_category").loc[category], market(category).market
    spread = observed.table("grocery_spread").loc[category]
    assert year.M == m.M
    assert (m.S, m.sigma) in ((year.S_dm_free, 0.0), (spread.S0, spread.sigma))
    assert m.K == year.K if m.rho == 1.0 else m.rho < 0.995
    shares = {name: firm.share for name, firm in market(category).firms.items()}
    assert shares == observed.strengths(category)


@pytest.mark.parametrize("category", CATEGORIES)
def test_strengths_stay_near_observed_shares(category: str) -> None:
    """Likelihood strengths differ from shares of purchases where heavy buyers favour a brand: 13 % at most."""
    data, fitted = observed.brands(category).share, pd.Series(observed.strengths(category))
    named = fitted.drop("other")
    assert set(named.index) == set(data.index)
    assert (named / data[named.index] - 1).abs().max() < 0.13


@pytest.mark.parametrize("category", CATEGORIES)
def test_price_sensitivity_gives_the_elasticity_of_the_nearest_panel(category: str) -> None:
    """Share-weighted own-price elasticity by the closed form = mixed logit of cracker (-1.17) or catsup (-2.36)."""
    scenario, panels = market(category), observed.table("choice_elasticities")
    m, shares = scenario.market, np.array([firm.share for firm in scenario.firms.values()])
    alone = observed.table("grocery_category").S_dm_free[category]
    nearest = (np.log(panels.S_mle) - np.log(alone)).abs().idxmin()
    eta = dirichlet.own_price_elasticity(scenario.customers.price_sensitivity, shares, m.S, sigma=m.sigma)
    assert float(shares @ eta) == pytest.approx(-panels.own_price_elasticity[nearest], abs=0.005)


def test_known_misfits_are_the_tables_and_nothing_else() -> None:
    """Sign and size: rel_misfit, drift columns, the Dirichlet's r, strengths, or the NBD with the table's M and K."""
    listed = observed.table("known_misfits")
    measure = observed.tolerances().measure
    names = {"growth over quarter 1": "growth", "repeat quarter to quarter": "repeat_q",
             "correlation 1 quarter apart": "corr1", "correlation 3 quarters apart": "corr3"}  # fmt: skip
    for category, row in listed[~listed.index.isin(["toothpaste_1973", "airline"])].iterrows():
        year = observed.table("grocery_category").loc[category]
        if "rel_misfit" in row.source:
            table = observed.table("grocery_tolerances").loc[category].set_index("measure")
            size = table.rel_misfit[measure[row.pattern]]
        elif "grocery_drift" in row.source:
            drift, column = observed.table("grocery_drift").loc[category], names[row.pattern]
            size = drift[f"{column}_drift"] / drift[f"{column}_obs"] - 1
        elif "dirichlet / observed" in row.source:
            drawn = observed.bootstrap(category).loc["D_r_obs"]
            size = drawn.dirichlet / drawn.observed - 1
        elif "r of the spread" in row.source:
            one = validate.subject(market(category))
            given, b = one.law().duplication(one.named), one.law().brands().penetration[one.named]
            off = ~np.eye(len(b), dtype=bool)
            pairs = np.broadcast_to(b.to_numpy(), given.shape)[off]
            r = np.corrcoef(given.to_numpy()[off], pairs)[0, 1]
            size = r / observed.grocery(category).observed["duplication r"] - 1
        elif "habit of .14" in row.source:  # run by test_one_market_is_more_inert_than_a_habit_makes_it
            seen = observed.bootstrap(category).loc["inertia_1"]
            assert (category, row.pattern) == ("laundry_detergent", "excess inertia, lag 1") and row["size"] < 0
            assert row.error == pytest.approx(seen.boot_se / seen.observed, abs=6e-5)
            size = row["size"]
        elif "panels of baseline B" in row.source:  # run by test_a_market_as_inert_as_its_panel_repeats_too_little
            drawn = observed.table("grocery_tolerances").loc[category].set_index("measure").loc["repeat_q_second"]
            assert (category, row.pattern) == ("frozen_pizza", "second repeat") and row["size"] < 0
            assert row.error == pytest.approx(drawn.boot_se / drawn.observed, abs=6e-5)
            size = row["size"]
        elif "strength^2" in row.source:
            m, strengths = market(category).market, np.array([*observed.strengths(category).values()])
            classes, weights = dirichlet.spread(m.S, m.sigma)
            size = weights @ ((1 + classes * (strengths @ strengths)) / (classes + 1))
            size = size / observed.bootstrap(category).observed[measure[row.pattern]] - 1
        elif "strength" in row.source:
            brand = row.pattern.split()[-1]
            size = observed.strengths(category)[brand] / observed.brands(category).share[brand] - 1
        else:
            part = {"penetration at 26 weeks": 0.5, "penetration at 39 weeks": 0.75}[row.pattern]
            size = (1 - (1 + part * year.M / year.K) ** -year.K) / year[measure[row.pattern]] - 1
        assert row["size"] == pytest.approx(size, abs=6e-5)
        assert row.pattern not in observed.NEVER_EXCUSED
        assert row.baseline == ("stationary" if market(category).market.rho == 1.0 else "drift")


def test_the_textbook_market_is_the_one_that_is_printed() -> None:
    """M, K, S by the rule of the R package NBDdirichlet 1.4, which prints 1.46, .78, 1.3 for a quarter."""
    data = observed.table("toothpaste_1973")
    fitted = dirichlet.fit(0.56, 2.6, data.share.iloc[1:], data.pen.iloc[1:], "notched_mean")
    m = market("toothpaste_1973").market
    assert pytest.approx(tuple(fitted), rel=2e-5) == (m.M / 4, m.K, m.S)
    assert (round(fitted.M, 2), round(fitted.K, 2), round(fitted.S, 1)) == (1.46, 0.78, 1.3)


@pytest.mark.parametrize(("name", "prefix"), [("cdnow", "bg"), ("cdnow_pareto", "pn")])
def test_the_cohort_has_the_published_parameters_and_enters_when_it_did(name: str, prefix: str) -> None:
    data, scenario = observed.table("repeat_buying_models").loc["cdnow_sample"], market(name)
    r, alpha = data[f"{prefix}_r"], data[f"{prefix}_alpha"]
    assert r == scenario.market.K
    assert pytest.approx(52 * r / alpha, rel=2e-5) == scenario.market.M
    terms = scenario.behaviour["dropout"]
    own = (terms.a, terms.b) if prefix == "bg" else (terms.s, terms.beta)
    columns = ("bg_a", "bg_b") if prefix == "bg" else ("pn_s", "pn_beta")
    assert own == tuple(data[list(columns)])
    entry, arrivals = observed.table("cdnow_entry").new_customers, scenario.behaviour["arrivals"]
    assert scenario.customers.n == entry[0]
    assert scenario.customers.n + arrivals.pool == entry.sum() == 2357
    assert np.array(arrivals.schedule)[1:] * arrivals.pool == pytest.approx(entry[1:].to_numpy(), abs=0.003)


def test_the_online_shop_is_the_published_one_among_rivals() -> None:
    """Rates by its share, drop-out a purchase by its share, orders: those of CDNOW's table, to the digits shown."""
    data, s = observed.table("repeat_buying_models").loc["cdnow_sample"], market("online_shop")
    share, drop = s.firms["a"].share, s.behaviour["dropout"]
    assert pytest.approx(52 * data.bg_r / data.bg_alpha / share, rel=1e-4) == s.market.M
    assert (s.market.K, drop.a) == (data.bg_r, data.bg_a)
    assert drop.a / (drop.a + drop.b) == pytest.approx(share * data.bg_a / (data.bg_a + data.bg_b), rel=1e-4)
    assert s.market.basket.mean == pytest.approx(data.value_per_order_mean, abs=0.05)
    assert (s.market.basket.sd_between, s.market.basket.sd_within) == pytest.approx(
        (data.log_value_sd_between, data.log_value_sd_within), abs=0.005
    )


def test_nine_in_ten_insured_renew_in_the_closed_form() -> None:
    """Mean churn of the first year .10, by cohorts of the shifted-beta-geometric; the note's 25 % too: to 5e-4."""
    terms = market("insurance").behaviour["renewal"]
    stay = 1 - terms.exit_share
    assert retention.sbg_market_churn(terms.a, terms.b, terms.age, stay, 1)[0] == pytest.approx(0.10, abs=5e-4)
    noted = [float(n) for n in re.findall(r"behaviour\.renewal\.[ab]=([0-9.]+)", written("insurance"))]
    assert retention.sbg_market_churn(*noted, terms.age, stay, 1)[0] == pytest.approx(0.25, abs=5e-4)


def test_the_grocery_market_scales_the_measured_trips_to_the_leaders_customers() -> None:
    """At 110 trips in all, customers of chain a make the measured 48.8 trips a year to it: within half a trip."""
    m = market("grocery").market
    shares = {name: firm.share for name, firm in market("grocery").firms.items()}
    trips = 4 * observed.table("grocery_drift").M_quarter["all_store_trips"]
    assert (m.K, m.rho) == tuple(observed.table("grocery_drift").loc["all_store_trips", ["K_quarter", "rho_quarter"]])
    year_K = observed.table("grocery_drift").K_year_drift["all_store_trips"]
    assert dirichlet.brand_table(m.M, year_K, m.S, shares).frequency["a"] == pytest.approx(trips, abs=0.5)


def test_data_tables_hold_aggregates_only() -> None:
    """No table has a row for each of hundreds of customers."""
    for path in Path(observed.DATA).glob("*.csv"):
        table = pd.read_csv(path)
        assert len(table) < 600, path.name
        assert not {"customer", "customer_id", "household", "household_id", "id"} & set(table.columns), path.name
