"""What nobody knows: every line of conf/worlds is checked as it is read, and drawn as it says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from loyaltysim.configure.compose import components, compose
from loyaltysim.configure.evidence import TABLES, Row, digest, read_rows, rows
from loyaltysim.configure.folders import groups
from loyaltysim.configure.measured import HABIT, MEASURED
from loyaltysim.scenario.read import changed, parameters
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.theory.dirichlet import brand_table, own_price_elasticity

MANY = (np.arange(20_000) + 0.5) / 20_000


def row(text: str) -> Row:
    """The one row of a line, with a Chinese name."""
    return read_rows(text.rstrip("}") + ", chinese: 某数}", "mine.yaml")[0]


@pytest.mark.parametrize("name", TABLES)
def test_a_shipped_table_reads_and_gives_every_size_a_source(name):
    found = rows(name)
    assert len(found) > 25 and all(r.source for r in found)
    for one in found:
        values = one.values(MANY)
        if one.parameter.choices:
            assert set(values) <= set(one.parameter.choices)
        else:
            assert one.parameter.low <= values.min()
            assert one.parameter.high is None or values.max() <= one.parameter.high


def test_the_wide_table_is_the_wider_one_of_the_same_sizes():
    evidence, wide = ({r.key: r for r in rows(name)} for name in TABLES)
    assert evidence.keys() == wide.keys()
    for key, r in evidence.items():
        if r.varies and r.law != "categories" and r.chance == wide[key].chance == 0.0:
            near, far = (x.values(MANY) for x in (r, wide[key]))
            slack = 1e-3 * np.ptp(far)
            assert np.ptp(np.quantile(near, (0.05, 0.95))) < np.ptp(np.quantile(far, (0.05, 0.95))), key
            assert np.quantile(far, 0.01) <= np.quantile(near, 0.01) + slack or far.min() <= near.min() + slack, key


def test_words_in_another_language_draw_nothing(monkeypatch, tmp_path):
    """A table without its Chinese words has the same checksum, so that ensembles stay fitted; another law has not."""
    monkeypatch.setattr("loyaltysim.configure.evidence.conf_dir", lambda: tmp_path)
    (tmp_path / "worlds").mkdir()
    told = []
    for line in (
        "{uniform: [1, 2], source: x, chinese: 某}",
        "{uniform: [1, 2], source: x}",
        "{uniform: [1, 3], source: x}",
    ):
        (tmp_path / "worlds/mine.yaml").write_text(f"market.S: {line}", encoding="utf-8")
        told.append(digest("mine"))
    assert told[0] == told[1] != told[2]


def test_tables_are_no_choices_of_a_configuration():
    assert not {"worlds", "targets"} & groups().keys()


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        ("uniform: [0.2, 0.6]", stats.uniform(0.2, 0.4)),
        ("loguniform: [0.02, 0.5]", stats.loguniform(0.02, 0.5)),
        ("triangular: [0.1, 0.3, 0.9]", stats.triang(0.25, 0.1, 0.8)),
    ],
)
def test_a_law_is_that_of_scipy(law, expected):
    drawn = row(f"customers.relational_share: {{{law}, source: assumed}}").values(MANY)
    assert drawn == pytest.approx(expected.ppf(MANY), abs=1e-9)


@pytest.mark.parametrize("law", ["normal", "lognormal"])
def test_ends_of_a_normal_are_its_5_and_95_percent_points(law):
    drawn = row(f"market.S: {{{law}: [0.7, 2.5], source: assumed}}").values(MANY)
    assert np.quantile(drawn, (0.05, 0.95)) == pytest.approx((0.7, 2.5), rel=1e-3)
    centre = 1.6 if law == "normal" else (0.7 * 2.5) ** 0.5
    assert np.median(drawn) == pytest.approx(centre, rel=1e-3)


def test_a_chance_of_no_effect_takes_its_part_of_the_draws_and_whole_keys_stay_whole():
    text = "rivals.policy.imitate.lag: {loguniform: [8, 104], at: 5200, chance: 0.4, source: assumed, brings: true}"
    drawn = row(text).values(MANY)
    assert (drawn == 5200).mean() == pytest.approx(0.4, abs=1e-3) and drawn.dtype.kind == "i"
    rest = drawn[drawn < 5200]
    assert rest.min() == 8 and rest.max() == 104
    assert np.median(rest) == pytest.approx((8 * 104) ** 0.5, abs=1.0)


def test_categories_come_with_their_weights():
    drawn = row("program.membership.join: {categories: {once: 3, per_visit: 1}, source: assumed}").values(MANY)
    assert (drawn == "once").mean() == pytest.approx(0.75, abs=1e-3)


def test_every_problem_of_a_table_is_named_at_once():
    text = """
a.b: {uniform: [0, 1], source: x, chinese: 某}
market.S: {uniform: [2, 1], source: x, chinese: 某}
market.K: {unifrom: [1, 2], source: x, chinese: 某}
customers.relational_share: {uniform: [0, 1.5], source: x, chinese: 某}
program.membership.join: {categories: {twice: 1}, source: x, chinese: 某}
market.M: {uniform: [1, 2], only: [grocry], source: x, chinese: 某}
behaviour.habit.premium: {uniform: [0, 1], at: 0, chance: 1.5, source: x, chinese: 某}
behaviour.bond.premium: {uniform: [0, 1], chinese: 某}
behaviour.bond.half_life: {uniform: [1, 2], source: x}
program.points.power: {uniform: [0, 1], sorce: x, source: x, chinese: 某}
"""
    with pytest.raises(ConfigError) as caught:
        read_rows(text, "mine.yaml")
    said = str(caught.value)
    assert said.count("mine.yaml, line ") == 10
    for words in (
        "a.b is no size", "rising numbers", "needs one distribution", "0 to 1", "once, per_visit",
        "did you mean 'grocery'", "chance: between 0 and 1", "source: assumed", "did you mean 'source'",
        "half_life needs chinese",
    ):  # fmt: skip
        assert words in said


def test_a_size_acts_where_its_component_is_and_comes_along_where_it_brings_it():
    points, bare = compose(["scenario=grocery_points"]), compose(["market=grocery"])
    acting = {r.key for r in rows("evidence") if r.acts(points)}
    assert acting >= {"program.points.cost", "behaviour.habit.premium", "rivals.policy.imitate.lag"}
    assert not {"program.cashback.perceived", "behaviour.bond.premium", "customers.links.bond"} & acting
    assert not any(r.key.startswith("program.") for r in rows("evidence") if r.acts(bare))
    assert {r.key for r in rows("evidence") if r.acts(compose(["market=bank"]))}.isdisjoint(
        {"measured.S", "measured.elasticity", "behaviour.habit.premium"}
    )


def test_what_is_measured_is_what_the_derived_world_shows():
    s = compose(["scenario=grocery_points", "behaviour.habit.premium=0.07", "behaviour.outside.expansion=0.1"])
    values = {"S": 1.7, "leaders_share": 0.33, "trips": 45.0, "margin": 0.21, "elasticity": 1.8}
    for key, moment in MEASURED.items():
        s = changed(s, moment.keys(s, values[key.removeprefix("measured.")]), components())
    shares = {name: firm.share for name, firm in s.firms.items()}
    assert sum(shares.values()) == pytest.approx(1.0) and shares["a"] == pytest.approx(0.33)
    assert shares["b"] / shares["d"] == pytest.approx(0.27 / 0.13)
    assert pytest.approx(1.7 * (1 + HABIT * 0.07)) == s.market.S
    assert brand_table(s.market.M, s.market.K, s.market.S, shares).frequency["a"] == pytest.approx(45.0, abs=0.01)
    assert [firm.unit_cost for firm in s.firms.values()] == pytest.approx([0.79] * 4)
    eta = own_price_elasticity(s.customers.price_sensitivity, 0.33, s.market.S, expansion=0.1)
    assert eta == pytest.approx(1.8)


def test_every_moment_says_which_keys_it_settles():
    """A key that a moment derives and does not name would be drawn although somebody knows it."""
    import re

    s = compose(["scenario=grocery_points"])
    for key, moment in MEASURED.items():
        low = 0.4 if key != "measured.trips" else 45.0
        assert all(re.fullmatch(moment.decides, name) for name in moment.keys(s, low)), key


def test_a_parameter_knows_its_range_as_numbers():
    known = {p.key: p for p in parameters(components())}
    assert (known["market.S"].low, known["market.S"].high, known["market.S"].whole) == (0.05, 1e6, False)
    assert known["program.points.pressure"].choices == ("curve", "rational") and known["weeks"].whole
    assert dataclasses.replace(known["weeks"], low=None).allowed == known["weeks"].allowed
