"""`loyaltysim worlds fit`: what is asked, what is found, what is stored and told."""

from __future__ import annotations

import json

import pytest

from loyaltysim.calibrate import worlds as fitting
from loyaltysim.calibrate.worlds import Fit
from loyaltysim.cli.main import main
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import ensembles
from loyaltysim.studies.worlds import draw

SMALL = ["fit", "market=grocery", "customers.n=40", "weeks=20", "policy.launch.week=4", "draws=50"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["market=grocery"], "worlds fit market"),
        (["fit", "worlds=wild"], "did you mean 'wide'"),
        (["fit", "draws=3"], "whole number from 50"),
        (["fit", "program=none"], "choose one"),
    ],
)
def test_what_cannot_be_fitted_is_refused(words, said):
    with pytest.raises(ConfigError, match=said):
        Fit.compose(words)


def test_a_fit_stores_its_ensemble_and_says_what_it_may_be_used_for(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fitting, "draw", lambda *asked: draw(*asked).head(56))
    code = main(["worlds", *SMALL, f"out={tmp_path / 'fit'}", "--more"])
    screen = capsys.readouterr().out
    summary = json.loads((tmp_path / "fit" / "summary.json").read_text("utf-8"))
    met = summary["accepted"]
    assert code == int(met < 50) and f"{met} of 56" in screen and summary["draws"] == 56
    assert "members' sales that the program drives" in screen and "(shown)" in screen
    found = ensembles.load("grocery", "evidence", tmp_path / "fit")
    assert found is not None and len(found.table) == 56
    assert summary["sha256"] == found.note["sha256"]
