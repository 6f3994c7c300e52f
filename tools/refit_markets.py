"""Write conf/market/refitted/<market>_b.yaml: tastes and strengths that go with baseline B.

usage: python tools/refit_markets.py [market ...]    (some minutes; only after a change of a market or of baseline B)

For every market: S and strengths by simulated moments (src/loyaltysim/evaluate/refit.py), from the market as it was
fitted and the behaviour of conf/baseline/b.yaml. The same inputs give the same files.
"""

from __future__ import annotations

import sys
from pathlib import Path

from loyaltysim.compose import compose
from loyaltysim.evaluate.refit import CUSTOMERS, SEEDS, Refit, refit
from loyaltysim.validate import shipped

PLACE = Path(__file__).resolve().parents[1] / "conf" / "market" / "refitted"
HEAD = """\
# @package _global_
# {title} under baseline B. Written by tools/refit_markets.py: S and strengths by simulated moments
# ({customers:,} customers, {seeds} seeds), so that S and shares of purchases are those of the market without behaviour.
market:
  fitted_with:
{terms}  S: {S:.4f}  # {old_S:g} without
firms:  # strength; behind it the one without behaviour
{firms}"""


def write(name: str) -> Refit | None:
    """Refit one market and write its file; nothing to do for a single firm."""
    plain = compose([f"market={name}"])
    behaviour = compose([f"market={name}", "baseline=b"]).behaviour
    if len(plain.firms) == 1:
        return None
    found = refit(plain, {k: terms for k, terms in behaviour.items() if k not in plain.behaviour})
    shares = rounded(found.shares)
    text = HEAD.format(
        title=name.replace("_", " ").capitalize(),
        customers=CUSTOMERS,
        seeds=len(SEEDS),
        terms="".join(f'    - "{text}"\n' for text in found.fitted_with),
        S=found.S,
        old_S=plain.market.S,
        firms="".join(f"  {k}: {{share: {s:.5f}}}  # {plain.firms[k].share:g}\n" for k, s in shares.items()),
    )
    PLACE.mkdir(exist_ok=True)
    (PLACE / f"{name}_b.yaml").write_text(text, encoding="utf-8")
    return found


def rounded(shares: dict[str, float]) -> dict[str, float]:
    """Shares in hundred-thousandths that sum to 1; the largest takes the remainder."""
    parts = {name: max(1, round(share * 100_000)) for name, share in shares.items()}
    largest = max(parts, key=parts.__getitem__)
    parts[largest] += 100_000 - sum(parts.values())
    return {name: k / 100_000 for name, k in parts.items()}


if __name__ == "__main__":
    for market in sys.argv[1:] or shipped():
        done = write(market)
        if done is not None:
            print(
                f"{market:18} S {done.S:.4f}, largest gap of a moment {done.before:.2%} -> {done.after:.3%}", flush=True
            )
