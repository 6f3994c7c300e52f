"""Stored worlds: whole or refused, chosen by their targets, never by a claim that is judged."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.configure.evidence import TABLES
from loyaltysim.configure.targets import Target, scored, targets
from loyaltysim.measures.uncertainty import verdict
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import ensembles
from loyaltysim.studies.ensembles import MOMENTS, Ensemble, load, store, worlds_of

POINTS = compose(["scenario=grocery_points", "customers.n=60"])


@pytest.fixture(scope="module")
def grocery() -> Ensemble:
    found = load("grocery", "evidence")
    assert found is not None
    return found


@pytest.mark.parametrize("path", sorted(ensembles.SHIPPED.glob("*.csv")), ids=lambda p: p.stem)
def test_a_shipped_ensemble_is_whole_and_its_targets_leave_enough_worlds(path):
    market, name = path.stem.rsplit("_", 1)
    found = load(market, name)
    assert name in TABLES and found.note["draws"] == len(found.table) >= ensembles.WORLDS
    assert ensembles.WORLDS <= found.met(scored(targets(market))).sum() <= len(found.table) / 2
    assert set(MOMENTS) < set(found.table)
    assert not found.stale, f"conf/worlds/{name}.yaml has changed: loyaltysim worlds fit market={market} worlds={name}"


def test_an_ensemble_comes_back_as_it_was_stored_and_a_changed_one_is_refused(grocery, tmp_path):
    path = store(grocery, tmp_path)
    again = load("grocery", "evidence", tmp_path)
    pd.testing.assert_frame_equal(again.table, grocery.table)
    assert path.read_bytes() == (ensembles.SHIPPED / path.name).read_bytes()
    path.write_bytes(path.read_bytes().replace(b"once", b"onec", 1))
    with pytest.raises(ConfigError, match="is not as it was stored"):
        load("grocery", "evidence", tmp_path)
    assert load("cafe", "evidence", tmp_path) is None


def test_worlds_of_another_table_are_not_used_and_that_is_said(grocery, monkeypatch):
    """Its targets chose among other draws: the table of today is taken as it is until somebody fits again."""
    older = dataclasses.replace(grocery, note={**grocery.note, "priors_sha256": "0" * 64})
    monkeypatch.setattr(ensembles, "load", lambda market, table: older)
    drawn = worlds_of(POINTS, "evidence")
    assert drawn.said[0].startswith("fit grocery again") and drawn.said[1] == "worlds are those of the evidence table"
    assert not np.isin(drawn.values["measured.S"], grocery.table["measured.S"]).any()


def test_worlds_are_drawn_without_replacement_among_those_that_meet_the_targets(grocery):
    drawn = worlds_of(POINTS, "evidence")
    met = grocery.drawn[grocery.met(scored(targets("grocery")))]
    assert len(drawn.values) == ensembles.WORLDS < len(met)
    key = ["measured.elasticity", "program.points.cost"]
    chosen = set(map(tuple, drawn.values[key].to_numpy()))
    assert len(chosen) == ensembles.WORLDS and chosen <= set(map(tuple, met[key].to_numpy()))
    assert drawn.said == (f"{len(met)} of {len(grocery.table)} worlds meet the targets",)


def test_fewer_worlds_than_are_wanted_are_all_used_and_counted(monkeypatch):
    aims = {"enrolled_share": Target("x", value=0.5, error=0.05), "driven_share": Target("x", value=0.01, error=0.003)}
    monkeypatch.setattr(ensembles, "targets", lambda market: aims)
    drawn = worlds_of(POINTS, "evidence")
    assert 50 <= len(drawn.values) < ensembles.WORLDS
    assert drawn.said[1] == f"all {len(drawn.values)} are used, 256 were wanted"


def test_too_few_worlds_are_not_used(monkeypatch):
    aims = {"enrolled_share": Target("x", value=0.99, error=0.01)}
    monkeypatch.setattr(ensembles, "targets", lambda market: aims)
    drawn = worlds_of(POINTS, "evidence")
    assert drawn.said[0].startswith("too few worlds to say") and "evidence table" in drawn.said[1]
    assert len(drawn.values) == ensembles.WORLDS


def test_a_judged_claim_is_not_met_beforehand(grocery):
    """S3-11 is restated by what programs drive: its worlds are those of the other targets."""
    drawn = worlds_of(POINTS, "evidence", judged=["S3-11"])
    left = scored(targets("grocery"), ["S3-11"])
    assert drawn.said[0] == verdict(grocery.met(left).sum(), len(grocery.table))
    assert grocery.met(left).sum() > grocery.met(scored(targets("grocery"))).sum()


def test_a_market_without_an_ensemble_takes_the_table_and_says_so():
    drawn = worlds_of(compose(["market=cafe", "program=stamps"]), "evidence")
    assert drawn.said == ("no ensemble is fitted for cafe: worlds are those of the evidence table",)
    assert "measured.elasticity" in drawn.values and "measured.S" not in drawn.values


def test_what_is_held_is_no_column_and_is_said():
    drawn = worlds_of(POINTS, "evidence", ["customers.price_sensitivity", "weeks"])
    assert "measured.elasticity" not in drawn.values
    assert drawn.said[-1].startswith("not fitted to your numbers")
    nothing = worlds_of(POINTS, "evidence", ["market.name"])
    assert len(nothing.said) == 1


def test_a_size_that_is_newer_than_the_ensemble_comes_from_the_table(grocery, monkeypatch):
    """Its draws are those of the prior, beside the rest as fitted."""
    older = dataclasses.replace(grocery, table=grocery.table.drop(columns="market.K"))
    monkeypatch.setattr(ensembles, "load", lambda market, table: older)
    drawn = worlds_of(POINTS, "evidence")
    assert drawn.values["market.K"].between(1.0, 1.7).all()
    assert not np.isin(drawn.values["market.K"], grocery.table["market.K"]).any()
    assert np.isin(drawn.values["measured.S"], grocery.table["measured.S"]).all()


def test_targets_that_exclude_each_other_are_named(grocery):
    """Each is met by some worlds, both by none."""
    low, high = Target("x", at_most=0.008), Target("x", at_least=0.02)
    found = grocery.conflicts({"driven_share": low, "lift_visits": high, "enrolled_share": Target("x", at_least=0.0)})
    assert found == [("driven_share", "lift_visits")]
