"""A design in Hydra's words: every point is the scenario that the same words compose by themselves."""

from __future__ import annotations

import dataclasses
import random

import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import single
from loyaltysim.studies import sweep as campaign
from loyaltysim.studies.grid import plan, settled

TOY = ["market=toothpaste_1973", "customers.n=60", "weeks=4"]


def sets(*words: str) -> list[dict]:
    return [dict(point.set) for point in plan([*TOY, *words]).points]


def problems(*words: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        plan([*TOY, *words])
    return [str(problem) for problem in caught.value.problems]


def test_choices_and_ranges_multiply_the_last_key_fastest():
    assert sets("market.S=0.6,1.3", "market.M=range(5,15,5)") == [
        {"market.S": s, "market.M": m} for s in (0.6, 1.3) for m in (5, 10)
    ]


def test_keys_that_share_a_tag_move_together():
    found = sets("market.S=tag(w,choice(0.6,1.3))", "market.K=1,2", "market.M=tag(w,choice(5,10))")
    assert found == [{"market.S": s, "market.M": m, "market.K": k} for s, m in ((0.6, 5), (1.3, 10)) for k in (1, 2)]


def test_options_and_globs_are_axes():
    found = plan(["market=glob(co*)", "program=none,points,[points,club]", "policy=launch", "seeds=1"])
    assert [p.set["market"] for p in found.points[::3]] == [
        f"{n}{s}" for n in ("coffee_packs", "cold_cereal") for s in ("", "_spread")
    ]
    assert [p.set["program"] for p in found.points[:3]] == ["none", "points", "points+club"]


def test_points_may_be_listed_one_by_one():
    found = sets("sweep.points=['market.S=0.6 market.M=5','market.S=1.3 market.M=10']", "market.K=1,2")
    assert found[1] == {"market.K": 1, "market.S": 1.3, "market.M": 10}
    assert len(found) == 4


def test_a_file_may_hold_the_sweep(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("market: {S: 1.0}\nsweep:\n  axes: ['market.S=0.6,1.3', 'seed=range(1,4)']\n  keep: weekly\n")
    found = plan([f"from={path}", "customers.n=60"])
    assert ([p.set for p in found.points], found.seeds) == ([{"market.S": 0.6}, {"market.S": 1.3}], (1, 2, 3))
    assert found.terms.keep == "weekly"


def test_seeds_are_those_of_the_scenario_or_a_list():
    assert plan([*TOY, "seed=5", "seeds=3"]).seeds == (5, 6, 7)
    assert plan([*TOY, "seed=1,9,4"]).seeds == (1, 9, 4)


def test_one_seed_of_a_sweep_is_one_run():
    """`seed=7` beside `seed=7,8`: one run and two, whatever number of seeds the scenario would run."""
    assert plan(["run=quick", "market.S=1,2"]).seeds == tuple(range(1, 11))
    assert plan(["run=quick", "market.S=1,2", "seed=7"]).seeds == (7,)
    assert plan(["run=quick", "market.S=1,2", "seed=7,8"]).seeds == (7, 8)
    assert plan(["run=quick", "market.S=1,2", "seed=7", "seeds=3"]).seeds == (7, 8, 9)


def test_every_point_is_what_its_words_compose_by_themselves():
    """Also where options and values meet, and where a market says what was changed in it."""
    words = ["scenario=grocery_points", "program.points.face_value=8", "rivals=imitate"]
    axes = [
        "customers=mixed,emotional",
        "market.S=0.6,2.6",
        "program@firms.b.program=none,points",
        "behaviour=none,bond",
    ]
    design = plan([*words, *axes])
    assert len(design.points) == 16
    for point in random.Random(1).sample(design.points, 6):
        assert settled(compose([*words, *point.words])) == settled(point.scenario), point.words


BAD = {
    "19 the same seed twice": (["seed=3,4,3"], "seed = '3,4,3' (text): has the same value twice: 3"),
    "a seed beyond 64 bits": (["seed=1,99999999999999999999"], "takes whole numbers from 0 on and moves alone"),
    "seeds as an axis": (["seeds=2,3"], "moves alone: seed=1,2,5 or seed=range(1,11)"),
    "both ways to say seeds": (["seeds=3", "seed=1,2"], "and a list of seeds are both given; keep one"),
    "seeds in a point": (["sweep.points=['seed=3']"], "may not set seeds"),
    "no end": (["market.S=interval(0,1)"], "has no end: write choices a,b or range(start,stop,step)"),
    "no value": (["market.S=range(3,3)"], "has no value at all"),
    "a glob of values": (["market.S=glob(*)"], "takes values, not files"),
    "a key twice": (["market.S=1,2", "market.S=3"], "market.S is given twice"),
    "unequal pairs": (
        ["market.S=tag(a,choice(1,2))", "market.M=tag(a,choice(1,2,3))"],
        "moves with others that have more or fewer values: market.S 2, market.M 3",
    ),
    "an unknown option": (["program=poinst,none"], "did you mean 'points'?"),
    "an unknown key": (["market.Q=1,2"], "market.Q is no key"),
    "an unknown key of the sweep": (["sweep.kep=weekly"], "did you mean sweep.keep?"),
    "one value among axes": (["sweep.axes=['market.S=1']"], "has one value only"),
    "20 a million points": (["market.S=range(1,2000)", "market.M=range(1,2000)"], "would have 3,996,001 points"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_refused_says_why(case):
    words, why = BAD[case]
    assert any(why in line for line in problems(*words)), problems(*words)


def test_all_bad_points_are_told_at_once_and_each_problem_once():
    found = problems("market.S=0.6,-1", "market.M=5,-3", "customers.relational_share=0.5,2")
    assert len(found) == 3
    assert all("command line" in line and "allowed" in line for line in found)


def test_39_every_step_that_any_point_needs_is_compiled_before_workers_start():
    """One scenario for each set of mechanisms; what only moves a number shares one."""
    design = plan([
        "scenario=grocery_points", "customers.n=50", "weeks=60",
        "customers.links.reward=-0.5,0,0.5", "market.basket.sd_within=0,0.3", "program.points.strength=0,2",
        "behaviour=none,habit", "market.S=0.6,1.3,2.6", "market.rho=0.9,1.0",
    ])  # fmt: skip
    chosen = campaign.shapes(design)

    def sources(scenarios) -> set[str]:
        small = (dataclasses.replace(s, customers=dataclasses.replace(s.customers, n=1)) for s in scenarios)
        return {Market(s, 1).assembled.module for s in small}

    needed = sources(arm for point in random.Random(2).sample(design.points, 12) for arm in single.arms(point.scenario))
    assert len(needed) > 4, "all points share a step: the test would show nothing"
    assert needed <= sources(chosen)
    assert len(chosen) < len(design.points), "nothing was saved"


def test_points_that_are_the_same_world_share_their_runs():
    design = plan([*TOY, "market.S=1.3,2.6", "customers.links.reward=0", "seeds=2"])
    runs = campaign.runs_of(plan([*TOY[:2], "weeks=4,4.0", "seeds=2"]), {"source": "x"})
    assert len(runs) == 4 and len({run.key for run in runs}) == 2
    assert len({run.key for run in campaign.runs_of(design, {"source": "x"})}) == 4
    other = campaign.runs_of(design, {"source": "y"})
    assert not {r.key for r in other} & {r.key for r in campaign.runs_of(design, {"source": "x"})}
