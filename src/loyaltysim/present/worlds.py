"""Tell a fit of evidence worlds: how many meet the targets, which targets exclude each other, what they narrow."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from loyaltysim.calibrate.worlds import Fit, Fitted
from loyaltysim.configure.publish import text
from loyaltysim.configure.targets import Target
from loyaltysim.present.format import aligned
from loyaltysim.present.lists_answer import fitted
from loyaltysim.present.telling import Telling, Told
from loyaltysim.scenario.said import Said
from loyaltysim.studies.ensembles import files, written
from loyaltysim.studies.reading import Reading

ROWS = 8


def screen(answer: Told, folder: Path | None) -> str:
    """What a fit found, in at most 25 lines."""
    found: Fitted = answer.found
    e = found.ensemble
    rows = [target_row(name, target, e.table[name]) for name, target in found.targets.items()]
    against = [f"{a} and {b} exclude each other: no world meets both" for a, b in e.conflicts(found.targets)]
    narrowed = [(f"  {name}", f"{share:.0%}") for name, share in found.narrowed.head(ROWS).itertuples(index=False)]
    blocks = [
        [f"{e.market}, worlds={e.name}: {'; '.join(found.said)}."],
        aligned(("targets", "wanted", "5 to 95 % of worlds", "meet it"), rows, (46, 16, 20, 8)),
        against,
        aligned(("narrowed most", "by"), narrowed, (46, 16)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def target_row(name: str, target: Target, moments: pd.Series) -> tuple[str, str, str, str]:
    """A target: its words, what is wanted, where worlds lie, how many meet it."""
    (low, high), share = target.ends, target.met(moments.to_numpy(float)).mean()
    wanted = f"{low:.3g} to {high:.3g}"
    if target.value is None:
        wanted = f"at most {high:.3g}" if target.at_least is None else f"at least {low:.3g}"
    spread = " to ".join(f"{q:.3g}" for q in moments.quantile([0.05, 0.95]))
    return f"  {target.words or name}{' (shown)' if target.shown else ''}", wanted, spread, f"{share:.0%}"


def pages(answer: Told) -> dict[str, Any]:
    """The ensemble's table and its note."""
    return {name: text(content) for name, content in files(answer.found.ensemble).items()}


def summary(answer: Told) -> dict[str, Any]:
    """What summary.json holds."""
    found: Fitted = answer.found
    e = found.ensemble
    return {
        **e.note,
        "sha256": hashlib.sha256(written(e.table).encode()).hexdigest(),
        "accepted": found.met,
        "said": found.said,
        "conflicts": e.conflicts(found.targets),
        "shrinkage": dict(found.narrowed.itertuples(index=False, name=None)),
    }


def aloud(answer: Told) -> Reading:
    """The answer of a fit."""
    assert isinstance(answer.study, Fit)
    return fitted(answer.found, answer.study.scenario.market)


TELLING = Telling(
    screen=screen,
    reading=lambda answer, _: aloud(answer),
    summary=summary,
    pages=pages,
    place=Said("ensemble, targets: {folder}", "情形、目标：{folder}"),
)
