"""What is told and drawn of a complete sweep, against tables whose answer is known."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from loyaltysim.cli.main import main
from loyaltysim.present import answer, sweep_answer, sweep_figure
from loyaltysim.present import sweep as swept
from loyaltysim.runs import store
from loyaltysim.runs.store import Lock
from tests import small_studies
from tests.present.test_figures import cut_off

S, RATES, SEEDS = (0.5, 1.0, 8.0), (1, 2), (1, 2, 3, 4, 5, 6)


def table(profit) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """3 x 2 points x 6 seeds; the lift is S per cent, its luck +-0.1 per cent; profit(S, rate) with luck +-0.1."""
    sets = [{"market.S": s, "rate": r} for s in S for r in RATES]
    rows = []
    for number, one in enumerate(sets):
        for seed in SEEDS:
            luck = (-1) ** seed * 0.1
            numbers = {"lift_visits": (one["market.S"] + luck) / 100, "profit_per_customer": profit(**flat(one)) + luck}
            rows.append({"point": number, **one, "seed": seed, "code": "a", "forced": "", "other": 1.0, **numbers})
    return pd.DataFrame(rows), sets


def flat(one: dict[str, object]) -> dict[str, float]:
    return {"s": float(one["market.S"]), "rate": float(one["rate"])}


def swept_of(runs, sets, keys=("market.S", "rate")) -> sweep_answer.Swept:
    """A table as it is read aloud, of a points program in a market that is paid in USD."""
    names = swept.outcomes(runs, list(keys))
    points = swept.points_of(runs, sets, names)
    return sweep_answer.Swept(runs, points, sets, list(keys), names, small_studies.launched())


def read(profit, runs=None) -> tuple[str, str, str]:
    """First, second, sure in English, held to the rules; Chinese beside them turns as they do."""
    rows, sets = table(profit)
    found = sweep_answer.reading(swept_of(rows if runs is None else rows[rows.seed <= runs], sets))
    assert answer.faults(found) == [] and answer.over_budget(answer.screen(found)) == []
    return tuple(said.en for said in found.prose[:3])


def told(profit) -> str:
    runs, sets = table(profit)
    names = swept.outcomes(runs, ["market.S", "rate"])
    return swept.story(swept.points_of(runs, sets, names), ["market.S", "rate"], names)


def test_the_range_of_the_effect_and_a_sign_that_turns_with_one_key():
    """Profit is 2 where S is 8, and -2 elsewhere, whatever the rate: it turns with S, at 2 of 6 points."""
    found = told(lambda s, rate: 2.0 if s > 5 else -2.0)
    assert "lift_visits goes from 0.5 % at market.S=0.5 rate=1 to 8 % at market.S=8.0 rate=1." in found
    assert "above 0 at 2 and below 0 at 4 of 6 points; it turns most with market.S: above at 100 % " in found
    assert "where it is 8.0, at 0 % where it is 0.5" in found


@pytest.mark.parametrize(
    "profit, said",
    [
        (lambda s, rate: -2.0, "profit_per_customer is below 0 at every point: nothing in these ranges flips it."),
        (lambda s, rate: 2.0, "profit_per_customer is above 0 at every point"),
        (lambda s, rate: (rate - 1.5) * s, "it turns most with rate: above at 100 %"),
    ],
)
def test_signs_are_settled_by_intervals(profit, said):
    assert said in told(profit)


def test_what_pays_and_what_turns_it_is_read_aloud():
    """With S alone, with the rate alone, nowhere, everywhere: the sentence turns with the table."""
    first, second, _ = read(lambda s, rate: 2.0 if s > 5 else -2.0, 9)
    assert first == "Whether the points program pays depends most on how loyal tastes are: it does at 8, not at 0.5."
    assert second == "The lift of purchases moves most with how loyal tastes are: +0.50 % at 0.5, +8.00 % at 8."
    first, _, _ = read(lambda s, rate: -2.0 if s > 5 else 2.0, 9)
    assert first.endswith("it does at 0.5, not at 8.")
    first, second, sure = read(lambda s, rate: -2.0)
    assert first == "The points program loses money at every setting that was tried."
    assert second.startswith("Nothing in these ranges turns that.")
    assert sure.endswith("profit per customer and year at a setting by about 0.11 money either way.")
    assert read(lambda s, rate: 2.0)[0] == "The points program pays at every setting that was tried."
    assert read(lambda s, rate: (rate - 1.5) * s)[0].endswith("on the rate: it does at 2, not at 1.")
    assert read(lambda s, rate: 0.05)[0] == "Whether the points program pays cannot be told at any of these settings."


def test_fewer_than_five_runs_are_too_few_to_say():
    """No side, no interval, no rank."""
    first, second, sure = read(lambda s, rate: 2.0, 4)
    assert first == "Too few runs to say where the points program pays." and sure == answer.TOO_FEW.en
    assert second == "It takes at least 5 runs of each to tell settings from luck."


def test_what_no_interval_settles_is_said():
    """A mean of 0.05 with luck of 0.1 is on neither side."""
    found = told(lambda s, rate: -2.0 if s > 5 else 0.05)
    assert "is below 0 at 2 of 6 points; 4 cannot be told from 0: no point is surely on the other side" in found


def test_of_a_market_alone_the_figure_that_points_move_most_is_told():
    """Against luck: `noisy` differs more between points, but no more than between seeds."""
    rng = np.random.default_rng(1)
    runs, _ = table(lambda s, rate: 0.0)
    plain = runs.drop(columns=["lift_visits", "profit_per_customer", "other"])
    plain["noisy"] = rng.normal(0.0, 100.0, len(plain))
    plain["moved"] = plain["market.S"] + rng.normal(0.0, 0.1, len(plain))
    assert swept.outcomes(plain, ["market.S", "rate"]) == ["moved"]
    assert swept.outcomes(runs, ["market.S", "rate"]) == ["lift_visits", "profit_per_customer"]
    assert (
        swept.outcomes(runs.drop(columns=["lift_visits", "profit_per_customer", "other"]), ["market.S", "rate"]) == []
    )


def test_the_curve_is_the_mean_over_seeds_with_its_student_interval():
    """Drawn along the key with most values, a line for each of the other; the interval by the textbook formula."""
    runs, sets = table(lambda s, rate: rate * s)
    keys, names = ["rate", "market.S"], ["lift_visits", "profit_per_customer"]
    found = swept_of(runs, sets, keys)
    figure, data = sweep_figure.draw(found, sweep_answer.reading(found))
    assert cut_off(figure) == 0.0 and found.names == names
    data = data.assign(line=data.line.astype(float))
    line = data[(data.outcome == "profit_per_customer") & (data.line == 2)]
    assert line["market.S"].tolist() == list(S) and np.allclose(line.value, [1.0, 2.0, 16.0])
    luck = np.array([-0.1, 0.1] * 3)
    half = stats.t.ppf(0.975, 5) * luck.std(ddof=1) / np.sqrt(6)
    assert np.allclose(line.high - line.value, half)


def test_a_third_key_is_averaged_over_seed_by_seed():
    """Two values of a third key that differ by 10: the mean stands, and the interval is that of luck alone."""
    runs, _ = table(lambda s, rate: 0.0)
    both = pd.concat([runs.assign(third=k, profit_per_customer=runs.profit_per_customer + 10 * k) for k in (0, 1)])
    found = sweep_figure.curves(both, "market.S", "rate", ["profit_per_customer"])
    assert np.allclose(found.value, 5.0) and (found.high - found.low).max() < 1.0


def test_points_without_numbers_are_rows():
    """Where only names differ, every point has a row; one point alone needs no picture."""
    runs, _ = table(lambda s, rate: 1.0)
    runs = runs[runs.rate == 1].assign(program=runs["market.S"].map({0.5: "points", 1.0: "club", 8.0: "stamps"}))
    sets = [{"program": name} for name in ("points", "", "club", "", "stamps")]
    found = swept_of(runs, sets, ["program"])
    figure, rows = sweep_figure.draw(found, sweep_answer.reading(found))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["points program", "members' club", "stamp card"] and cut_off(figure) == 0.0
    assert rows.words.tolist() == ["program=points", "program=club", "program=stamps"]
    assert np.allclose(rows.lift_visits, [0.005, 0.01, 0.08])
    alone = dataclasses.replace(found, points=found.points.iloc[:1])
    assert sweep_figure.draw(alone, sweep_answer.reading(found)) is None


def test_eight_rows_at_most_from_least_to_most():
    points = pd.DataFrame({"words": [f"x={k}" for k in range(30)], "y": np.arange(30.0)[::-1]})
    points["y_low"], points["y_high"] = points.y - 1, points.y + 1
    lines = swept.short_table(points, ["y"]).splitlines()
    assert len(lines) == 9 and lines[1].startswith("x=29") and lines[8].startswith("x=0 ")


def test_a_sweep_prints_story_figure_and_table(tmp_path, capsys):
    """From the command line; begun again it has nothing to do and says the same."""
    words = ["market=toothpaste_1973", "customers.n=60", "weeks=8", "market.S=0.6,2.6", "seed=range(1,4)"]
    words += ["sweep.executor=inline"]
    assert main(["sweep", *words, f"out={tmp_path}"]) == 0
    first = capsys.readouterr()
    assert (tmp_path / "figure.png").exists() and f"figure: {tmp_path / 'figure.png'}" in first.out
    assert first.out.startswith("Too few runs to say what moves the ")
    summary = (tmp_path / "summary.json").read_bytes()
    assert json.loads(summary)["answer"]["zh"][0].startswith("运行次数太少，说不准")
    names = ("figure.png", "figure.svg", "figure.csv", "summary.json", "table.parquet")
    kept = {name: (tmp_path / name).read_bytes() for name in names}
    assert main(["sweep", *words, f"out={tmp_path}", "--more"]) == 0
    again = capsys.readouterr()
    assert {name: (tmp_path / name).read_bytes() for name in names} == kept
    assert "\nAll 6 runs of 2 points are there and match their checksums.\n" in again.out
    assert (
        again.out.startswith(first.out.partition("\n\nThe same command")[0])
        and "6 runs, 0 to do" in again.err
        and "about 0 seconds" in again.err
    )


def test_status_tells_a_living_writer_from_a_dead_one(tmp_path):
    """The lock of a process that was killed stays as a file, but holds nothing."""
    path = tmp_path / "lock"
    assert store.writer(path) == "nobody writes"
    with Lock(path):
        assert store.writer(path) == f"written by {store.owner_of(path)}"
    assert store.writer(path) == "nobody writes"
    code = "import os, sys, pathlib; from loyaltysim.runs.store import Lock; "
    code += "Lock(pathlib.Path(sys.argv[1])).__enter__(); os._exit(9)"
    environment = {**os.environ, "PYTHONPATH": str(Path(store.__file__).parents[2])}
    assert subprocess.run([sys.executable, "-c", code, str(path)], env=environment).returncode == 9
    assert store.writer(path).startswith("nobody writes; process ")
    path.write_text(path.read_text().replace(store.read_owner(path)["host"], "elsewhere"))
    assert store.writer(path).endswith("on elsewhere, unless that has ended")
