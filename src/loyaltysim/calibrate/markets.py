"""Write conf/market/refitted/<market>_b.yaml: tastes and strengths, or the usual pull, that go with baseline B.

usage: python -m loyaltysim.calibrate.markets [market ...]    (minutes; after a change of a market or of baseline B)

For every market: S and strengths by simulated moments (calibrate/tastes.py), or where customers have
contracts the usual pull of the own firm (renewals.py), from the market as it was fitted and the behaviour of
conf/baseline/b.yaml. The same inputs give the same files.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from loyaltysim.calibrate.renewals import refit_contracts
from loyaltysim.calibrate.tastes import CUSTOMERS, SEEDS, refit
from loyaltysim.configure.compose import compose, conf_dir
from loyaltysim.scenario.model import Scenario
from loyaltysim.validate import shipped

PLACE = conf_dir() / "market" / "refitted"
HEAD = """\
# @package _global_
# {title} under baseline B. Written by calibrate/markets.py: S and strengths by simulated moments
# ({customers:,} customers, {seeds} seeds), so that S and shares of purchases are those of the market without behaviour.
market:
  fitted_with:
{terms}  S: {S:.4f}  # {old_S:g} without
firms:  # strength; behind it the one without behaviour
{firms}"""
HEAD_OF_CONTRACTS = """\
# @package _global_
# {title} under baseline B. Written by calibrate/markets.py: renewals centred on the behaviour by a simulated moment
# ({customers:,} customers, {seeds} seeds), so that churn is that of the market without behaviour; theta stays.
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
    more = {k: terms for k, terms in behaviour.items() if k not in plain.behaviour}
    if plain.market.setting != "contract" and len(plain.firms) == 1:
        return ""
    text, said = (contracts if plain.market.setting == "contract" else tastes)(plain, more)
    PLACE.mkdir(exist_ok=True)
    (PLACE / f"{name}_b.yaml").write_text(text, encoding="utf-8")
    return said


def tastes(plain: Scenario, behaviour: dict[str, object]) -> tuple[str, str]:
    """S and strengths of a market: the text of its file, and what was found."""
    found = refit(plain, behaviour)
    shares = rounded(found.shares)
    text = HEAD.format(
        **head(plain, found.fitted_with),
        S=found.S,
        old_S=plain.market.S,
        firms="".join(f"  {k}: {{share: {s:.5f}}}  # {plain.firms[k].share:g}\n" for k, s in shares.items()),
    )
    return text, f"S {found.S:.4f}, largest gap of a moment {found.before:.2%} -> {found.after:.3%}"


def contracts(plain: Scenario, behaviour: dict[str, object]) -> tuple[str, str]:
    """The usual pull in a market of contracts: the text of its file, and what was found."""
    found = refit_contracts(plain, behaviour)
    text = HEAD_OF_CONTRACTS.format(**head(plain, found.fitted_with), pull=found.usual_pull)
    return text, f"usual pull {found.usual_pull:.4f}, gap of churn {found.before:.2%} -> {found.after:.3%}"


def head(plain: Scenario, fitted_with: tuple[str, ...]) -> dict[str, object]:
    """What every file says."""
    title, terms = plain.market.name.replace("_", " ").capitalize(), "".join(f'    - "{t}"\n' for t in fitted_with)
    return {"title": title, "customers": CUSTOMERS, "seeds": len(SEEDS), "terms": terms}


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
