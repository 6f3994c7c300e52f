"""Relationship propensity that goes with what people are: rank correlations, put on the propensity alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from loyaltysim.configure.compose import compose
from loyaltysim.configure.folders import conf_dir
from loyaltysim.market.customers import Population, propensity
from loyaltysim.market.model import Market
from loyaltysim.mechanism.laws import log_gamma_quantile
from loyaltysim.mechanism.links import propensity_rank
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.theory.propensity import MIDDLE, TRAITS, Tastes, concentration, quantile, weighed
from tests.scenarios import SHARES, world

N = 40_000
FOUR = {"rate": 0.3, "taste": 0.4, "focal": -0.3, "beta": 0.4}
SKEWED = {"a": 0.13, "b": 0.6, "c": 0.27}


def people(n: int = N, seed: int = 3, shares=SHARES, S=1.3, sigma=0.0, share=0.5, **r: float) -> Population:
    """The people of a bare market with these correlations."""
    customers = {"price_sensitivity_sd": 0.5, "relational_share": share, **{f"r_{k}": v for k, v in r.items()}}
    return Market(world(n=n, S=S, sigma=sigma, shares=shares, customers=customers), seed).population


def traits(p: Population) -> dict[str, np.ndarray]:
    """What the propensity goes with, read off the people: the sum of squared shares is their concentration."""
    concentrated, focal = (p["prior"] ** 2).sum(axis=1), p["prior"][:, 0]
    return {"rate": p["rate"], "taste": concentrated, "focal": focal, "beta": p["beta"]}


def error(r: float, n: int = N) -> float:
    """Standard error of a rank correlation (Bonett & Wright 2000, Psychometrika 65)."""
    return (1.0 - r**2) * math.sqrt((1.0 + r**2 / 2.0) / (n - 3))


CASES = {
    **{f"{k} {r}": ({k: r}, SHARES, 1.3) for k in TRAITS for r in (0.6, -0.9)},
    "rate and beta": ({"rate": 0.2, "beta": -0.5}, SHARES, 1.3),
    "both of taste": ({"taste": 0.5, "focal": 0.5}, SHARES, 1.3),
    "a small focal firm": ({"taste": 0.5, "focal": -0.4}, SKEWED, 0.3),
    "two firms": ({"taste": 0.3, "focal": 0.3}, {"a": 0.5, "b": 0.5}, 8.0),
    "all four": (FOUR, SHARES, 1.3),
    "five concentrations": ({"taste": 0.5, "focal": 0.3}, SHARES, 1.3, 0.9),
    "all four, other signs": ({k: -r for k, r in FOUR.items()}, SHARES, 1.3),
}


@pytest.mark.parametrize("case", CASES)
def test_rank_correlations_are_those_asked(case):
    """Spearman's correlation of rho with each trait within four standard errors; what is not asked for moves nothing
    that is independent of it; rho keeps its mixture (Kolmogorov-Smirnov at 1e-5).
    """
    wanted, shares, *shape = CASES[case]
    p = people(shares=shares, **dict(zip(("S", "sigma"), shape, strict=False)), **wanted)
    for k, values in traits(p).items():
        if k in wanted or k in ("rate", "beta"):
            r = wanted.get(k, 0.0)
            assert abs(stats.spearmanr(p["rho"], values)[0] - r) < 4.0 * error(r), k
    limit = math.sqrt(-math.log(1e-5 / 2) / (2 * N))
    assert stats.kstest(propensity_rank(0.5, p["rho"]), "uniform").statistic < limit


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_a_correlated_propensity_keeps_the_mix_of_people(share):
    """rho ~ share Beta(8, 2) + (1 - share) Beta(2, 8) whatever it goes with: against scipy, 1e-5."""
    rho = people(share=share, **FOUR)["rho"]
    wanted = lambda x: share * stats.beta.cdf(x, 8, 2) + (1 - share) * stats.beta.cdf(x, 2, 8)  # noqa: E731
    assert stats.kstest(rho, wanted).statistic < math.sqrt(-math.log(1e-5 / 2) / (2 * N))


def test_what_is_bought_does_not_move():
    """Only rho: rates, strengths, sensitivities and baskets are the same bytes with and without correlations."""
    free, bound = people(500), people(500, **FOUR)
    assert free["rho"].tobytes() != bound["rho"].tobytes()
    for name in ("rate", "z", "log_g", "prior", "beta", "basket_log"):
        assert free[name].tobytes() == bound[name].tobytes(), name


def test_no_correlation_is_the_propensity_of_its_own_draws():
    """r = 0, said or not: the mixture at the customer's two uniforms, to the last byte."""
    p = people(500, **dict.fromkeys(TRAITS, 0.0))
    own = propensity(0.5, p.lasting("propensity_group"), p.lasting("propensity"))
    assert p["rho"].tobytes() == own.tobytes()


def test_one_more_customer_moves_nobody_else():
    """The laws are of the market, never of who is there: 500 people among 501 have the same bytes."""
    few, more = people(500, **FOUR), people(501, **FOUR)
    assert few["rho"].tobytes() == more["rho"][:500].tobytes()


def test_people_of_different_concentrations():
    """Classes of S: the law of the mixture; scores of a population drawn from it are normal, 1e-5."""
    from loyaltysim.theory.propensity import taste_scores

    rng = np.random.default_rng(1)
    S = rng.choice([0.4, 3.0], N, p=[0.3, 0.7])[:, None]
    with np.errstate(divide="ignore"):
        log_g = np.log(np.maximum(rng.gamma(S * np.array([0.5, 0.3, 0.2])), 1e-300))
    scores = taste_scores(Tastes((0.4, 3.0), (0.3, 0.7), (0.5, 0.3, 0.2), 0), log_g)
    for own in scores:
        assert stats.kstest(own, "norm").statistic < math.sqrt(-math.log(1e-5 / 2) / (2 * N))


def test_concentration_is_the_chance_that_two_choices_agree():
    """By hand: shares .5, .3, .2: two choices differ at .62 = 2 (.15 + .10 + .06); no limit is reached."""
    log_g = np.log([[0.5, 0.3, 0.2]])
    assert concentration(log_g)[0] == pytest.approx(-math.log(0.62))
    nearly_all = concentration(np.array([[0.0, -900.0], [0.0, -901.0]]))
    assert nearly_all == pytest.approx([900.0 - math.log(2.0), 901.0 - math.log(2.0)])


SPREAD = "customers.price_sensitivity_sd=0.3"
REFUSED = {
    "two": (["customers.r_rate=0.8", "customers.r_beta=0.7", SPREAD], "r_rate", "r_beta = 0.7 allowed 0 to 0.68"),
    "a sign": (["customers.r_rate=-0.8", "customers.r_beta=0.7", SPREAD], "r_rate", "allowed -0.68 to 0"),
    "tastes": (["customers.r_taste=0.7", "customers.r_focal=-0.8"], "r_focal", "beside r_taste = 0.7 allowed -0."),
    "others alone": (
        ["customers.r_rate=0.8", "customers.r_focal=0.7", "customers.r_beta=-0.7", SPREAD],
        "r_rate",
        "too much",
    ),
    "too much": (["customers.r_rate=0.95"], "r_rate", "0.9"),
    "no spread": (["customers.r_beta=0.3"], "r_beta", "price_sensitivity_sd is 0"),
    "bills": (["market=telecom", "customers.r_rate=0.3"], "r_rate", "billed alike"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_impossible_propensity_is_refused(case):
    """The key, its value, and what is allowed beside the others; what there is nothing to go with is said."""
    words, key, said = REFUSED[case]
    with pytest.raises(ConfigError) as caught:
        compose(words)
    [problem] = caught.value.problems
    assert problem.key == f"customers.{key}" and f"{problem.key}={problem.value}" in words
    assert said in str(caught.value)


def test_what_is_allowed_is_possible_and_little_more_is_not():
    """r_rate beside r_beta = .7: 2 sin(pi r / 6) squared and summed reaches 1 at .6801."""
    law = Tastes((1.3,), (1.0,), (0.5, 0.5), 0)
    assert weighed((0.68, 0.0, 0.0, 0.7), law) is not None and weighed((0.69, 0.0, 0.0, 0.7), law) is None


@pytest.mark.parametrize("preset", [p.stem for p in sorted((conf_dir() / "customers").glob("*.yaml"))])
def test_a_preset_of_customers_changes_one_thing(preset):
    """A mix, a link or a correlation; r_beta brings the spread that it needs. Several at once: customers=[a,b]."""
    plain, own = (written(compose(words))["customers"] for words in ([], [f"customers={preset}"]))
    changed = {key for key in own if own[key] != plain[key]}
    if isinstance(own["links"], dict):
        changed |= {f"link_{k}" for k, s in own["links"].items() if s != plain["links"][k]}
    thing = {"mixed": set(), "emotional": {"relational_share"}, "transactional": {"relational_share"}}
    assert changed - {"links"} == thing.get(
        preset, {preset} | ({"price_sensitivity_sd"} if preset == "r_beta" else set())
    )


@pytest.mark.parametrize("shape", [1e-3, 0.05, 0.4, 3.0, 300.0])
def test_strengths_of_the_reference_people_are_quantiles(shape):
    """By a spline, which is a hundred times as fast; many worlds ask for it."""
    x = special.logit(MIDDLE[:: len(MIDDLE) // 501])
    np.testing.assert_allclose(quantile(shape)(x), log_gamma_quantile(shape, x), rtol=1e-7, atol=1e-7)
