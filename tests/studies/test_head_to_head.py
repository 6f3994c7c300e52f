"""Recognition against points: what is told follows from the numbers, in both languages; lines, budgets and arms."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from experiments import head_to_head as duel

from loyaltysim.market.model import Market
from loyaltysim.present import answer, story
from loyaltysim.scenario.model import Links
from loyaltysim.scenario.reader import ConfigError
from tests import two_kinds

pytestmark = pytest.mark.usefixtures("quiet")

YEARS = (1, 2, 5)


@pytest.fixture(scope="module")
def made() -> duel.Plan:
    """As committed, with few people in one process."""
    return duel.EXPERIMENT.compose(["compute.processes=1", "customers.n=200"]).plan


def run_of(a: float, b: float) -> duel.Numbers:
    """A run with these profits at every horizon, and anything else alike at both chains."""
    same = {"cost": 6.0, "touches": 6.0, "share": 0.25, **{f"kept_{kind}": 0.8 for kind in duel.KINDS}}
    found = {f"{key}_{firm}/{h}": value for key, value in same.items() for firm in "ab" for h in YEARS}
    return found | {f"profit_{firm}/{h}": value for firm, value in (("a", a), ("b", b)) for h in YEARS}


def table_of(
    made: duel.Plan, slope: float = 10.0, share: float = 0.4, points: float = -4.0, seeds: int = 6
) -> pd.DataFrame:
    """The table of runs in which a leads b by slope (mix - share), b gains `points`, luck is +-.1, and touchpoints pay
    from a yield of 3 on.
    """
    luck = 0.1 * np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])[:seeds]
    runs = {}
    for x in duel.settings(made):
        flat = 0.0 if x.link_mean == "current" else 1.0
        runs[f"{x.name}/bare"] = [run_of(100.0, 100.0)] * seeds
        for mix in made.settings.mixes:
            led = flat * slope * (mix - share)
            runs[f"{x.name}/{mix:g}"] = [run_of(100.0 + points + led + e, 100.0 + points) for e in luck]
    runs |= {f"yield/{y:g}": [run_of(100.0 + y - 3.0, 100.0)] * seeds for y in made.settings.yields}
    return duel.table(made, runs, dict.fromkeys(runs, 1.0))


def worlds_of(made: duel.Plan, slope: float = 10.0, shift: float = 0.0, n: int = 60) -> pd.DataFrame:
    """Worlds of both tables whose shares needed are spread evenly from 0.2 to 0.6 by what a bond is worth."""
    share = np.linspace(0.2, 0.6, n) + shift
    found = {
        "customers.relational_share": np.full(n, 0.5),
        "behaviour.bond.premium": share,
        "market.K": np.tile([1.0, 2.0], n // 2),
    }
    for name in duel.CONTENDERS:
        for mix in duel.ends(made.settings):
            found |= {f"lead/{name}/{mix:g}": slope * (mix - share), f"kept/{name}/{mix:g}": slope * (mix - share)}
            found[f"cost/{name}/{mix:g}"] = np.full(n, 6.0)
    return pd.concat([pd.DataFrame(found).assign(table=table) for table in duel.TABLES], ignore_index=True)


def swapped(t: pd.DataFrame) -> pd.DataFrame:
    """The saved table with the chains exchanged: what a did, b did."""
    pairs = {c: c.replace("_a", "_b", 1) for c in t if c.startswith("gain_a")} | {
        c: c.replace("_b", "_a", 1) for c in t if c.startswith("gain_b")
    }
    turned = t.rename(columns=pairs)
    return turned.assign(profit_difference=-t.profit_difference, low=-t.high, high=-t.low)


# --- lines ---


def test_break_even_of_hand_made_lines():
    """Leads -4, 0, 4 at .1, .5, .9 cross at .5 in every run; shifted by 1 up or down: .5 with an interval."""
    mixes = (0.1, 0.5, 0.9)
    up = np.array([-4.0, 0.0, 4.0])
    assert duel.break_even(mixes, np.array([up, up])).value == pytest.approx(0.5)
    found = duel.break_even(mixes, np.array([up + 1.0, up - 1.0, up + 1.0, up - 1.0]))
    assert found.value == pytest.approx(0.5) and found.low < 0.5 < found.high and found.high - found.low > 0.1
    assert duel.break_even(mixes, np.array([-up, -up])).value == pytest.approx(0.5)  # where points take over


@pytest.mark.parametrize("lead", [np.ones(3), -np.ones(3), np.zeros(3), np.array([5.0, 9.0, 13.0])])
def test_without_a_crossing_there_is_no_break_even(lead):
    """A mix that moves nothing, or one program that leads in every mix: no share."""
    found = duel.break_even((0.1, 0.5, 0.9), np.array([lead, lead + 0.1]))
    assert (found.value, found.low, found.high) == (None, None, None)


def test_the_share_that_worlds_need():
    """0 where recognition leads in both mixes, 1 where points do, else the crossing: -1 and 3 at .1 and .9 give .3."""
    leads = np.array([[1.0, 3.0], [-3.0, -1.0], [-1.0, 3.0]])
    assert duel.needed((0.1, 0.9), leads) == pytest.approx([0.0, 1.0, 0.3])


def test_where_touchpoints_pay_by_hand():
    """Gains -3, -1, 1 at yields 0, 2, 4 pay from 3 on; gains above 0 from the least yield on; none: nan."""
    assert duel.crossing((0.0, 2.0, 4.0), np.array([-3.0, -1.0, 1.0])) == 3.0
    assert duel.crossing((0.0, 2.0), np.array([1.0, 2.0])) == 0.0
    assert np.isnan(duel.crossing((0.0, 2.0), np.array([-2.0, -1.0])))


# --- what is told ---


def test_an_answer_reads_as_it_should(made):
    """First line, keys, Chinese, at most eight rows; the story within its budget of words and numbers."""
    found = duel.told(made, table_of(made), worlds_of(made))
    assert answer.faults(found.reading) == []
    for lang in ("en", "zh"):
        told = story.story(found, lang)
        assert len(answer.numbers(told)) <= answer.STORY_NUMBERS, answer.numbers(told)
    assert len(re.findall(r"[A-Za-z][\w'-]*", story.story(found))) <= answer.STORY_WORDS
    assert found.numbers["break_even_share"]["value"] == pytest.approx(0.4, abs=1e-6)
    assert found.numbers["break_even_share"]["worlds_low"] == pytest.approx(0.22, abs=0.01)
    assert "what a bond is worth" in found.reading.sure.en and "情感联系值多少" in found.reading.sure.zh


def test_the_flip_of_a_saved_table_turns_the_sentence(made):
    """Chains exchanged: the other program needs the share, in both languages, in the answer and on the figure."""
    t, w = table_of(made), worlds_of(made)
    as_is, turned = duel.told(made, t, w).reading.first, duel.told(made, swapped(t), w).reading.first
    assert "recognition needs 40 %" in as_is.en and "会员关怀占优" in as_is.zh
    assert "points need 40 %" in turned.en and "积分占优" in turned.zh


def test_whoever_wins_everywhere_is_said(made):
    """Lines that do not cross: the winner by name, turned with the sign; a mix that moves nothing decides nothing."""
    wins = duel.first(made, table_of(made, share=-1.0))
    loses = duel.first(made, swapped(table_of(made, share=-1.0)))
    assert "recognition wins whoever" in wins.en and "不论客户是谁，会员关怀都占优" in wins.zh
    assert "points win whoever" in loses.en and "不论客户是谁，积分都占优" in loses.zh
    none = duel.first(made, table_of(made, slope=0.0))
    assert "no share" in none.en and "分不出" in none.zh


@pytest.mark.parametrize(
    ("points", "en", "zh"),
    [(-4.0, "Neither pays", "都不赚钱"), (9.0, "Both pay", "都赚钱"), (0.0, "cannot be told", "说不准"),
     (-0.5, "Only recognition pays", "只有会员关怀赚钱")],
)  # fmt: skip
def test_both_may_lose_and_then_it_is_said(made, points, en, zh):
    """At half relational a leads by 1: gains of 1 more than those of points, which may be nothing."""
    said = duel.first(made, table_of(made, points=points))
    assert said.en.startswith(en.split(" cannot")[0] if "cannot" not in en else "Whether") and zh in said.zh


def test_few_runs_say_nothing(made):
    """Two runs: no winner, no chances."""
    reading = duel.told(made, table_of(made, seeds=2), pd.DataFrame()).reading
    assert "so few runs" in reading.first.en and reading.sure == answer.TOO_FEW and answer.faults(reading) == []


def test_each_row_has_its_own_verdict(made):
    """Worlds at half relational whose shares lie at .2 to .6 depend, at -.2 to .2 support, at .8 to 1.2 refute; a lead
    in profit alone supports the gap (S3-24), not the row that asks for retention (S3-23).
    """
    words = {shift: duel.verdicts(made, worlds_of(made, shift=shift))["S3-23"].word for shift in (0.0, -0.4, 0.6)}
    assert words == {0.0: "depends", -0.4: "supported", 0.6: "refuted"}
    w = worlds_of(made, shift=-0.4)
    w = w.assign(**{c: -w[c] for c in w if c.startswith("kept/")})
    found = duel.verdicts(made, w)
    assert (found["S3-23"].word, found["S3-24"].word, found["S3-38"].word) == ("refuted", "supported", "cannot judge")
    assert {v.word for v in duel.verdicts(made, worlds_of(made, n=20)).values()} == {"cannot judge"}


def test_tables_that_disagree_depend(made):
    """Evidence supports, wide refutes: depends on what is taken for known."""
    a, b = worlds_of(made, shift=-0.4), worlds_of(made, shift=0.6)
    mixed = pd.concat([a[a.table == "evidence"], b[b.table == "wide"]], ignore_index=True)
    assert duel.verdicts(made, mixed)["S3-23"].word == "depends"


# --- markets ---


def short(made: duel.Plan, weeks: int = 52, **customers):
    """The committed market for a year."""
    return replace(made.world, weeks=weeks, customers=replace(made.world.customers, **customers))


def test_it_is_the_market_of_the_earlier_trial(made):
    """Links, bond, programs, prices and people of tests/two_kinds.py, of which results/two_kinds.csv tells."""
    then, now = two_kinds.scenario(0.5), duel.arena(made.world, duel.BASE, 0.5)
    assert now.behaviour == then.behaviour and now.market.S == then.market.S and now.market.sigma == then.market.sigma
    assert replace(now.customers, n=1) == replace(then.customers, n=1)
    assert (
        now.firms["b"] == then.firms["b"]
        and now.firms["a"].program["recognition"] == then.firms["a"].program["recognition"]
    )


def test_without_links_the_mix_moves_no_cent(made):
    """Links at 0: the same books among few and many relational people, so no break-even share, and that is said."""
    world = short(made, links=Links())
    few, many = (duel.play(((duel.arena(world, duel.BASE, mix), (1,)), 3)) for mix in (0.1, 0.9))
    kinds = ("kept_relational", "kept_transactional")
    assert {k: v for k, v in few.items() if not k.startswith(kinds)} == {
        k: v for k, v in many.items() if not k.startswith(kinds)
    }
    assert duel.break_even((0.1, 0.9), np.array([[few["profit_a/1"] - few["profit_b/1"]] * 2] * 3)).value is None


def test_equal_programs_do_not_lead(made):
    """The same program at a and at b, ids swapped: neither leads by more than luck, and b is read as a is."""
    world = short(made)
    same = replace(world.firms["a"], program=world.firms["b"].program)
    both = replace(world, firms={**world.firms, "a": same})
    empty = replace(world, firms={name: replace(firm, program={}) for name, firm in world.firms.items()})
    led = [duel.lead(duel.play(((both, (1,)), k)), duel.play(((empty, (1,)), k)), 1) for k in range(1, 9)]
    assert abs(np.mean(led)) < 3.0 * np.std(led, ddof=1) / 8**0.5
    run = duel.play(((both, (1,)), 1))
    turned = {k.replace("_a/", "_x/").replace("_b/", "_a/").replace("_x/", "_b/"): v for k, v in run.items()}
    assert duel.lead(turned, turned, 1) == 0.0 and duel.gain(run, turned, "a", 1) == -duel.gain(run, turned, "b", 1)


@pytest.mark.parametrize("setting", duel.CONTENDERS.values(), ids=list(duel.CONTENDERS))
def test_touchpoints_cost_what_points_cost(made, setting):
    """The budget that was found makes both programs cost the same, within a twentieth, on the luck it was found on."""
    world = short(made, n=1000)
    trial = duel.play(((duel.arena(world, setting, 0.5), (1,)), 5))
    run = duel.play(((duel.arena(world, setting, 0.5, duel.budget([trial], 1)), (1,)), 5))
    assert run["cost_a/1"] == pytest.approx(run["cost_b/1"], rel=0.05)
    assert duel.yield_of(duel.arena(world, setting, 0.5, 1.7)) == pytest.approx(duel.yield_of(world))


def test_rivals_copy_one_program_each(made):
    """c shows what a shows, d what b shows, after the lag; b never copies; passive ones never show any."""
    world = short(made, 20)
    c, d = (replace(world.firms[x], policy={"imitate": duel.Imitate(lag=5)}) for x in "cd")
    copying = duel.arena(
        replace(world, firms={**world.firms, "c": c, "d": d}), replace(duel.BASE, rivals="imitating"), 0.5
    )
    offers = Market(copying, 1).run().offers[-1]
    assert "recognition" in offers["c"].program and "points" not in offers["c"].program
    assert "points" in offers["d"].program and "recognition" not in offers["b"].program
    assert not any(Market(duel.arena(world, duel.BASE, 0.5), 1).run().offers[-1][x].program for x in "cd")


def test_kept_are_customers_of_the_first_quarter(made):
    """Shares of each kind between 0 and 1; all lies between the kinds."""
    run = duel.play(((duel.arena(short(made), duel.BASE, 0.5), (1,)), 2))
    for firm in "ab":
        low, high = sorted(run[f"kept_{kind}_{firm}/1"] for kind in duel.KINDS[1:])
        assert 0.0 < low <= run[f"kept_all_{firm}/1"] <= high <= 1.0


@pytest.mark.parametrize(
    "words", [["weeks=104"], ["experiment.mixes=[0.5]"], ["experiment.mixes=[0.1,0.9]"], ["firms.b.program=none"]]
)
def test_markets_that_cannot_answer_are_refused(words):
    """Said before anything runs."""
    with pytest.raises(ConfigError):
        duel.check(duel.EXPERIMENT.compose(words).plan)


def test_the_lag_of_copies_is_that_of_the_settings(made):
    """`experiment.lag` decides in the scenario; a world brings its own."""
    slow = replace(made, settings=replace(made.settings, lag=40))
    copying = duel.arena(duel.copied_later(slow), replace(duel.BASE, rivals="imitating"), 0.5)
    assert [copying.firms[x].policy["imitate"].lag for x in "cd"] == [40, 40]
    assert [copying.firms[x].policy["imitate"].whom for x in "cd"] == ["a", "b"] and not copying.firms["b"].policy
