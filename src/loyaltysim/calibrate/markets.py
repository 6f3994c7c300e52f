"""Write conf/market/refitted/<market>_b.yaml: tastes and strengths, or the usual pull, that go with baseline B.

usage: python -m loyaltysim.calibrate.markets [market ...]    (minutes; after a change of a market or of baseline B)

For every market: S, its spread, strengths and what a habit is worth by simulated moments (calibrate/tastes.py), or
where customers have contracts the usual pull of the own firm (renewals.py), from the market as it was fitted and the
behaviour of conf/baseline/b.yaml. The same inputs give the same files.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np

from loyaltysim.calibrate.renewals import refit_contracts
from loyaltysim.calibrate.tastes import CUSTOMERS, FEW, SEEDS, refit
from loyaltysim.configure.compose import compose
from loyaltysim.configure.folders import conf_dir
from loyaltysim.scenario.model import Scenario
from loyaltysim.validate import observed, shipped

PLACE = conf_dir() / "market" / "refitted"
HEAD = """\
# @package _global_
# {title} under baseline B. Written by calibrate/markets.py: {what} by simulated moments
# ({customers:,} customers, {seeds}), so that S and shares of purchases are those without behaviour{inert}.
market:
  fitted_with:
{terms}  S: {S:.4f}  # {old_S:g} without
{more}firms:  # strength; behind it the one without behaviour
{firms}"""
UNLIKE = ("laundry_detergent",)  # no habit is as inert as the panel at lag 1 and at lag 10: that of the baseline stays
INERT = "fraction of the price: the last brand is repeated as often beyond tastes as in the panel"
HEAD_OF_CONTRACTS = """\
# @package _global_
# {title} under baseline B. Written by calibrate/markets.py: renewals centred on the behaviour by a simulated moment
# ({customers:,} customers, {seeds}), so that churn is that of the market without behaviour; theta stays.
market:
  fitted_with:
{terms}behaviour:
  renewal:
    usual_pull: {pull:.4f}  # fraction of the reference price: what habit and satisfaction are usually worth
"""


def write(name: str) -> str:
    """Refit one market and write its file; -> what was found. Nothing to do for a single firm without contracts."""
    plain = compose([f"market={name}"])
    behaviour = compose([f"market={name}", "baseline=b"]).behaviour
    behaviour = {**behaviour, "habit": compose(["market=cafe", "baseline=b"]).behaviour["habit"]}  # as no refit has it
    more = {k: terms for k, terms in behaviour.items() if k not in plain.behaviour}
    if plain.market.setting != "contract" and len(plain.firms) == 1:
        return ""
    text, said = (contracts if plain.market.setting == "contract" else tastes)(plain, more)
    PLACE.mkdir(exist_ok=True)
    (PLACE / f"{name}_b.yaml").write_text(text, encoding="utf-8")
    return said


def tastes(plain: Scenario, behaviour: dict[str, object]) -> tuple[str, str]:
    """S and strengths of a market: the text of its file, and what was found."""
    name = plain.market.name
    seen = float("nan") if name in UNLIKE else observed.inertia_of(name)
    found = refit(plain, behaviour, seen)
    market, sigma = found.scenario.market, plain.market.sigma
    shares = rounded({name: firm.share for name, firm in found.scenario.firms.items()})
    more = f"  sigma: {market.sigma:.4f}  # {sigma:g} without\n" if sigma > 0.0 else ""
    if np.isfinite(seen):
        habit = found.scenario.behaviour["habit"]
        more += f"behaviour:\n  habit:\n    premium: {habit.premium:.4f}  # {INERT}\n"
    text = HEAD.format(
        **head(plain, found.fitted_with, FEW if np.isfinite(seen) else len(SEEDS)),
        what="S, its spread and strengths" if sigma > 0.0 else "S and strengths",
        inert=", and customers as inert as the panel's" if np.isfinite(seen) else "",
        more=more,
        S=market.S,
        old_S=plain.market.S,
        firms="".join(f"  {k}: {{share: {s:.5f}}}  # {plain.firms[k].share:g}\n" for k, s in shares.items()),
    )
    premium = found.scenario.behaviour["habit"].premium
    said = f"S {market.S:.4f}, sigma {market.sigma:.4f}, habit {premium:.4f}"
    return text, f"{said}, largest gap of a moment {found.before:.2%} -> {found.after:.3%}"


def contracts(plain: Scenario, behaviour: dict[str, object]) -> tuple[str, str]:
    """The usual pull in a market of contracts: the text of its file, and what was found."""
    found = refit_contracts(plain, behaviour)
    text = HEAD_OF_CONTRACTS.format(**head(plain, found.fitted_with, len(SEEDS)), pull=found.usual_pull)
    return text, f"usual pull {found.usual_pull:.4f}, gap of churn {found.before:.2%} -> {found.after:.3%}"


def head(plain: Scenario, fitted_with: tuple[str, ...], seeds: int) -> dict[str, object]:
    """What every file says."""
    title, terms = plain.market.name.replace("_", " ").capitalize(), "".join(f'    - "{t}"\n' for t in fitted_with)
    return {
        "title": title,
        "customers": CUSTOMERS,
        "seeds": f"{seeds} seeds".replace("1 seeds", "1 seed"),
        "terms": terms,
    }


def rounded(shares: Mapping[str, float]) -> dict[str, float]:
    """Shares in hundred-thousandths that sum to 1; the largest takes the remainder."""
    parts = {name: max(1, round(share * 100_000)) for name, share in shares.items()}
    largest = max(parts, key=parts.__getitem__)
    parts[largest] += 100_000 - sum(parts.values())
    return {name: k / 100_000 for name, k in parts.items()}


if __name__ == "__main__":
    for market in sys.argv[1:] or shipped():
        if said := write(market):
            print(f"{market:18} {said}", flush=True)
