"""Relationship propensity that goes with what people are: rank correlations, all put on the propensity.

    z = sum b_k z_k + sqrt(1 - b'C b) e          propensity = the quantile of its own law at F(z), F the law of z

z_k are normal scores of ranks: of the customer's purchase rate at birth, of how concentrated the realised strengths of
firms are, of the focal firm's share in them, of price sensitivity before its link; C their correlations, e the normal
score of the propensity that the customer has without any correlation. b makes the rank correlations those asked:
b = 2 sin(pi r / 6) where all scores are normal together (Pearson 1907, "On further methods of determining
correlation"), and then F is the normal law. Concentration and the focal firm's share are not: whoever buys at one firm
only buys all or nothing at the focal one. Where both are asked for, b and F are found in a reference population: a
Sobol sequence of people, the same for every seed, so that nobody's propensity depends on who else is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import special

from loyaltysim.mechanism.laws import TRAITS, asked, concentrations, log_gamma_quantile, open_means
from loyaltysim.scenario.model import Customers, Scenario
from loyaltysim.theory.retention import switching_strengths
from loyaltysim.theory.special import Array

POINTS = 15  # 2^15 reference people
MIDDLE = (np.arange(1 << POINTS) + 0.5) / (1 << POINTS)  # their ranks in (0, 1)
SCORES = special.ndtri(MIDDLE)  # and normal scores
NODES = 401  # of a spline
ROUNDS = 40  # to find the weights; a handful is enough unless the correlations are hardly possible
ONE = 1.0 - 1e-9  # correlation from which two traits are one
NEAR = 1e-5  # of a correlation


class Tastes(NamedTuple):
    """The law of the strengths of firms: g_j ~ Gamma(S mean_j), S one of some classes; and which firm is focal."""

    S: tuple[float, ...]
    weights: tuple[float, ...]
    means: tuple[float, ...]
    focal: int


class Weights(NamedTuple):
    """A propensity's weights: b of each trait, weight of the own draw, sorted z of the reference (None: normal)."""

    b: Array
    own: float
    law: Array | None


def taste_means(scenario: Scenario) -> dict[str, float]:
    """Dirichlet means of the tastes: shares of purchases or, where customers switch contracts, the strengths whose
    long-run shares of customers these are.
    """
    if (means := open_means(scenario)) is not None:
        return means
    shares = {name: firm.share for name, firm in scenario.firms.items()}
    names = sorted(
        shares, key=scenario.luck
    )  # not by id: who swaps ids has the strengths of the other, to the last bit
    found = dict(zip(names, switching_strengths(tuple(shares[name] for name in names), scenario.market.S), strict=True))
    return {name: found[name] for name in shares}


def tastes(scenario: Scenario) -> Tastes:
    """The law of a scenario's tastes."""
    means, (S, weights) = taste_means(scenario), concentrations(scenario.market.S, scenario.market.sigma)
    return Tastes(
        tuple(S.tolist()), tuple(weights.tolist()), tuple(means.values()), list(means).index(scenario.focal_id)
    )


def concentration(log_g: Array) -> Array:
    """How concentrated strengths are: minus log of the chance that two choices differ. log_g : (n, firms) -> (n,)

    Rises with the sum of squared shares, and does not saturate where one firm has nearly everything.
    """
    log_p = np.asarray(log_g - special.logsumexp(log_g, axis=1, keepdims=True))
    first, second = np.triu_indices(log_g.shape[1], 1)
    agree: Array = -np.log(2.0) - special.logsumexp(log_p[:, first] + log_p[:, second], axis=1)
    return agree


def leaning(log_g: Array, firm: int) -> Array:
    """Log odds of choosing one firm. log_g : (n, firms) -> (n,)"""
    odds: Array = log_g[:, firm] - special.logsumexp(np.delete(log_g, firm, axis=1), axis=1)
    return odds


def quantile(shape: float) -> Callable[[Array], Array]:
    """Log of the Gamma(shape, 1) quantile at logits of the reference people, by a cubic spline: error below 1e-7."""
    from scipy.interpolate import CubicSpline

    nodes = np.linspace(special.logit(MIDDLE[0]), special.logit(MIDDLE[-1]), NODES)
    return CubicSpline(nodes, log_gamma_quantile(shape, nodes))  # type: ignore[no-any-return]


@lru_cache(maxsize=4)
def crowd(firms: int) -> tuple[Array, Array, Array]:
    """What the reference people have whatever their tastes: normal scores of rate, beta and the own draw, (3, 2^15);
    a uniform of the class of S, (2^15,); logits of their strengths, (2^15, firms).
    """
    from scipy.stats import qmc  # a second to load, for those who ask

    u = qmc.Sobol(4 + firms, scramble=False).random_base2(POINTS) + 0.5 / (1 << POINTS)
    return special.ndtri(u[:, :3].T), u[:, 3], special.logit(u[:, 4:])


@lru_cache(maxsize=4)  # of 2 MB: many worlds let go of each other's
def reference(law: Tastes) -> tuple[Array, Array]:
    """Normal scores of rate, taste, focal, beta and the own draw of the reference people, (5, 2^15); and the sorted
    concentrations and leanings behind the second and third, (2, 2^15).
    """
    (rate, beta, own_draw), whose, x = crowd(len(law.means))
    S = np.array(law.S)[np.searchsorted(np.cumsum(law.weights)[:-1], whose, side="right")]
    log_g = np.empty_like(x)
    for own in set(law.S):
        here = own == S
        for j, mean in enumerate(law.means):
            log_g[here, j] = quantile(own * mean)(x[here, j])
    known = np.array([concentration(log_g), leaning(log_g, law.focal)])
    taste, focal = ranked(known, SCORES)
    return np.array([rate, taste, focal, beta, own_draw]), np.sort(known, axis=1)


def ranked(values: Array, by_rank: Array = MIDDLE) -> Array:
    """What goes with the ranks among the reference people, along the last axis. by_rank : (2^15,), rising"""
    found = np.empty_like(values)
    np.put_along_axis(found, np.argsort(values, axis=-1, kind="stable"), np.broadcast_to(by_rank, values.shape), -1)
    return found


def taste_scores(law: Tastes, log_g: Array) -> Array:
    """Normal scores of concentration and of the focal firm's share, for real people. log_g : (n, firms) -> (2, n)"""
    _, known = reference(law)
    values = (concentration(log_g), leaning(log_g, law.focal))
    return np.array([np.interp(v, k, SCORES) for v, k in zip(values, known, strict=True)])


@lru_cache(maxsize=64)
def weighed(r: tuple[float, ...], law: Tastes) -> Weights | None:
    """The weights that bring about rank correlations; None where no propensity has them all. r : by `TRAITS`"""
    wanted = 2.0 * np.sin(np.pi * np.array(r) / 6.0)
    if r[1] == 0.0 or r[2] == 0.0:
        own = 1.0 - wanted @ wanted
        return None if own < 0.0 else Weights(wanted, float(np.sqrt(own)), None)
    scores = reference(law)[0]
    traits, places = scores[:4], ranked(scores[:4]) - 0.5
    C = np.eye(4)
    C[1:3, 1:3] = np.corrcoef(traits[1:3])
    if not abs(C[1, 2]) < ONE:
        return None  # how concentrated tastes are and how much of them is the focal firm's is one thing here
    b = np.linalg.solve(C, wanted)
    for _ in range(ROUNDS):
        own = 1.0 - b @ C @ b
        if own < 0.0:
            return None
        z = b @ traits + np.sqrt(own) * scores[4]
        found = 12.0 * places @ (ranked(z) - 0.5) / len(z)
        if np.abs(found - np.array(r)).max() < NEAR:
            return Weights(b, float(np.sqrt(own)), np.sort(z))
        b = b + np.linalg.solve(C, wanted - 2.0 * np.sin(np.pi * found / 6.0))
    return None


def correlated(r: tuple[float, ...], law: Tastes, traits: Array, own: Array) -> Array:
    """The rank of each customer's propensity. traits : (4, n) normal scores by `TRAITS`; own : (n,) of the draw of the
    propensity itself -> (n,) in (0, 1). ValueError where no propensity has these correlations.
    """
    w = weighed(r, law)
    if w is None:
        raise ValueError(f"no propensity has the rank correlations {dict(zip(TRAITS, r, strict=True))}")
    z = w.b @ traits + w.own * own
    place = z if w.law is None else np.interp(z, w.law, SCORES)
    rank: Array = special.ndtr(place)
    return rank


def room(r: tuple[float, ...], k: int, law: Tastes) -> float:
    """The largest, of the sign that it has, that trait k may be beside the others: two decimals, rounded towards 0."""
    low, high = 0, int(abs(r[k]) * 100.0)
    while low < high:
        middle = (low + high + 1) // 2
        tried = (*r[:k], float(np.copysign(middle / 100.0, r[k])), *r[k + 1 :])
        low, high = (low, middle - 1) if weighed(tried, law) is None else (middle, high)
    return float(np.copysign(low / 100.0, r[k]))


def fits(customers: Customers, scenario: Scenario) -> list[tuple[str, str]]:
    """Correlations need something to go with, and a propensity that has them all. -> [(key, problem)]"""
    r = asked(customers)
    if not any(r):
        return []
    idle = {
        "rate": scenario.market.setting == "contract" and "everybody is billed alike where customers have contracts",
        "beta": customers.price_sensitivity_sd == 0.0 and "customers.price_sensitivity_sd is 0: all are alike",
        **dict.fromkeys(("taste", "focal"), len(scenario.firms) == 1 and "tastes need more than one firm"),
    }
    set_ = [(t, own) for t, own in zip(TRAITS, r, strict=True) if own]
    vain = [(f"r_{t}", f"goes with nothing: {idle[t]}") for t, _ in set_ if idle[t]]
    try:
        law = tastes(scenario)
    except ValueError:
        return vain  # no tastes have these shares of customers: said of `behaviour.renewal`
    if vain or weighed(r, law) is not None:
        return vain
    k = int(np.argmax(np.abs(r)))
    why = "no propensity goes so closely with all of these: beside "
    why += ", ".join(f"r_{t} = {own:g}" for t, own in set_ if t != TRAITS[k])
    if weighed((*r[:k], 0.0, *r[k + 1 :]), law) is None:
        return [(f"r_{TRAITS[k]}", f"{why} nothing is allowed, and these are too much by themselves")]
    most = room(r, k, law)
    return [(f"r_{TRAITS[k]}", f"{why} allowed {min(most, 0.0):g} to {max(most, 0.0):g}")]


@dataclass(frozen=True)
class Correlations:
    """The conditions of `customers.r_...`, as a scenario is checked by them."""

    terms: type = Customers
    check: None = None
    fits: Callable[[Customers, Scenario], list[tuple[str, str]]] = fits
