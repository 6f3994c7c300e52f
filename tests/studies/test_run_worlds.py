"""`run` draws worlds unless told otherwise: what nobody knows first, luck second; what is set is held."""

from __future__ import annotations

import json
from functools import cache, partial

import pandas as pd
import pytest

from loyaltysim.configure.compose import USUAL, compose
from loyaltysim.measures.uncertainty import interval
from loyaltysim.present.diary import DiaryOf
from loyaltysim.present.format import HEIGHT
from loyaltysim.present.run import screen
from loyaltysim.present.run_answer import pays_in
from loyaltysim.runs.files import Records
from loyaltysim.scenario.forms import canonical, config_hash
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import grid, single, worlds
from loyaltysim.studies.dials import Dials
from loyaltysim.studies.ensembles import worlds_of
from loyaltysim.validate import Validation

WORDS = ["scenario=grocery_points", "customers.n=60", "weeks=12", "policy.launch.week=3", "seeds=2", "vary=[]"]
N = 52  # worlds: enough to say something


@cache
def ran(*more: str) -> Records:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(single, "worlds_of", partial(worlds_of, n=N))
        return single.run([*WORDS, *more])


def test_worlds_are_drawn_unless_told_otherwise(tmp_path):
    """By a command line and by override strings; not where no program is in question; a kept choice stays one."""
    assert single.Run.compose(WORDS).scenario.worlds == USUAL == single.as_scenario(WORDS, USUAL).worlds
    assert single.Run.compose(["market=yogurt"]).scenario.worlds == single.as_scenario(["market=bank"], USUAL).worlds
    for words, drawn in ((WORDS, USUAL), ([*WORDS, "worlds=none"], "none"), ([*WORDS, "worlds=wide"], "wide")):
        study = single.Run.compose(words)
        (tmp_path / "config.yaml").write_text(study.written, encoding="utf-8")
        again = single.Run.compose([f"from={tmp_path / 'config.yaml'}"])
        assert again.scenario.worlds == drawn and again.digest == study.digest


def test_what_draws_no_worlds_has_the_hash_that_it_had():
    """Experiments, sweeps and all else know nothing of worlds that run would draw."""
    scenario = compose(["experiment=parity"])
    assert scenario.worlds == "none" and not {"worlds", "held"} & set(canonical(scenario))


def test_where_every_size_is_set_no_world_is_drawn_and_that_is_said():
    held = sorted({row.key.partition(".")[0] for row in worlds.sizes(compose(WORDS), "evidence")} | {"firms"})
    found = ran(f"held={[*held, 'market', 'customers', 'behaviour']}".replace("'", ""))
    assert found.worlds is None and "worlds_low" not in found.summary["lift_visits"]
    assert "No world is drawn" in screen(found)


def test_the_worlds_are_written_down_one_a_row():
    """What was drawn and what came of it; the intervals are read off the same table."""
    found = ran()
    assert len(found.worlds) == N and {"measured.elasticity", "lift_visits"} < set(found.worlds)
    low, high = interval(found.worlds.profit_per_customer.to_numpy())
    e = found.summary["profit_per_customer"]
    assert (e["worlds_low"], e["worlds_high"]) == (low, high)


def test_every_number_of_a_world_has_its_interval_over_worlds():
    found = ran()
    for name in ("lift_visits", "profit_per_customer", "profit_of_sales", "enrolled_share", "heavy_lift"):
        e = found.summary[name]
        assert e["worlds_low"] < e["worlds_high"] and e["worlds_n"] == N, name
    assert found.summary["lift_from_price"]["worlds_n"] == 0  # parts are taken apart in the scenario alone


def test_what_carries_the_width_is_named_by_key_and_share():
    depends = ran().told["depends_on"]
    assert depends and all(isinstance(key, str) and 0.0 < share <= 1.0 for key, share in depends)
    assert depends == sorted(depends, key=lambda item: -item[1])


def test_the_screen_says_worlds_first_then_luck_and_that_the_structure_is_given():
    said = screen(ran())
    first = said.splitlines()[0]
    assert f"{N} worlds" in first and first.index("of worlds") < first.index("luck")
    for words in ("It pays in", "profit, per 100 of sales", "for this structure of the model", "meet the targets"):
        assert words in " ".join(said.split())
    assert len(said.splitlines()) <= HEIGHT and max(map(len, said.splitlines())) <= 100


def test_none_and_all_are_said_only_where_it_is_so():
    """One of 1,000 worlds is not none of them."""
    said = {0.0: "none", 1.0: "all", 0.001: "1 %", 0.999: "99 %", 0.25: "25 %"}
    assert all(pays_in(chance).en == f"It pays in {share} of these worlds." for chance, share in said.items())
    assert pays_in(None).en == "Too few worlds to say how often it pays."


def test_without_worlds_a_run_is_what_it_was():
    """Neither a byte of the summary nor of the configuration's hash knows of worlds."""
    found = ran("worlds=none")
    assert {k: v for k, v in found.told.items() if k != "changed"} == found.summary
    assert not found.unknown and found.worlds is None
    assert not any("worlds_low" in e for e in found.summary.values())
    assert config_hash(compose(WORDS)) == config_hash(compose([*WORDS, "worlds=none"]))
    assert ran().summary["lift_visits"]["value"] == found.summary["lift_visits"]["value"]


def test_what_the_user_sets_is_held_and_said(tmp_path):
    words = [*WORDS, "worlds=evidence", "market.S=1.2", "rivals=imitate", "program.points.face_value=4"]
    scenario = compose(words)
    assert set(scenario.held) >= {"market.S", "rivals", "program.points.face_value"}
    assert not {"customers.n", "weeks", "seeds", "program.membership.hassle"} & set(scenario.held)
    drawn = worlds_of(scenario, "evidence", scenario.held)
    assert not {"measured.S", "rivals.policy.imitate.lag"} & set(drawn.values)
    assert drawn.said[-1].startswith("not fitted to your numbers")
    saved = tmp_path / "config.yaml"
    from loyaltysim.configure.yaml import to_yaml

    saved.write_text(to_yaml(scenario), encoding="utf-8")
    assert config_hash(compose([f"from={saved}"])) == config_hash(scenario)
    mine = tmp_path / "mine.yaml"
    mine.write_text("market: {K: 1.2}\nworlds: evidence\n", encoding="utf-8")
    assert compose([*WORDS, f"from={mine}"][1:]).held[0] == "market.K"


def test_a_run_with_worlds_comes_back_from_its_folder(tmp_path):
    found = ran()
    folder = found.save(tmp_path / "run")
    again = Records.load(folder)
    assert again.summary == found.summary and again.unknown == found.unknown
    pd.testing.assert_frame_equal(again.worlds, found.worlds, rtol=1e-6, check_dtype=False)
    whole = json.loads((folder / "summary.json").read_text("utf-8"))
    assert whole["depends_on"] and whole["worlds"]["n"] == N


def test_a_table_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match="evidence, wide, none"):
        compose([*WORDS, "worlds=wild"])


@pytest.mark.parametrize(
    "study",
    [
        lambda words: grid.plan(["market.S=0.6,1.3", *words]),
        lambda words: Dials.compose(words),
        lambda words: DiaryOf.compose(["customer=1", *words]),
        lambda words: Validation.compose(["market=yogurt", *words]),
    ],
    ids=["sweep", "dials", "diary", "validate"],
)
def test_whoever_draws_no_worlds_refuses_them(study):
    """A setting that a study would leave unread is no setting."""
    with pytest.raises(ConfigError, match=r"worlds = 'evidence' .*is of run and compare"):
        study(["worlds=evidence"])
