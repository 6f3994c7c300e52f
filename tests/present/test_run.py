"""The screen: made from the numbers, short enough, and honest where it cannot judge."""

from __future__ import annotations

import dataclasses
import re

import pytest

from loyaltysim.present import format, run
from loyaltysim.present.summary import Summary
from loyaltysim.programs.channels import Channel
from loyaltysim.scenario.model import Compute, Survey
from loyaltysim.studies import single
from tests import scenarios, small_studies

MEASURED = ("how often people shop " * 8,)
ASSUMED = ("who the rivals are " * 30, "what they charge")


def fits(screen: str) -> bool:
    """At most 45 lines of 100 columns; the line of a path is as long as the path."""
    lines = screen.splitlines()
    return len(lines) <= 45 and all(len(line) <= 100 or line.startswith("figure: ") for line in lines)


def test_the_screen_of_a_real_run_fits_and_says_what_is_in_the_summary():
    found = small_studies.ran()
    screen = run.screen(found)
    assert fits(screen)
    lift, profit = found.summary["lift_visits"], found.summary["profit_per_customer"]
    for x, scale in ((lift, 100), (profit, 1)):
        assert f"{scale * x['low']:+.2f} to {scale * x['high']:+.2f}" in screen
    assert f"{100 * found.summary['deadweight']['value']:.1f}" in screen
    assert "3 runs of 400 customers" in screen and "not within the horizon" in screen


def test_the_fullest_screen_still_fits():
    """Every amplifier, more assumed values than are shown, long lists of what is measured and assumed."""
    scenario = scenarios.everything(200, 40)
    market = dataclasses.replace(
        scenario.market, occasion="shopping trips", currency="USD", measured=MEASURED, assumed=ASSUMED,
        source="a source with a long name " * 20, notice="Words that must travel with the result.",
    )  # fmt: skip
    vary = tuple(f"customers.price_sensitivity={k}" for k in (2, 3, 5, 6, 8, 9))
    scenario = dataclasses.replace(scenario, market=market, vary=vary, seeds=2, compute=Compute(processes=1))
    screen = run.screen(single.run(scenario))
    assert fits(screen), screen
    for words in ("habit", "bond", "progress", " more: summary.json)", market.notice, "... (all: config.yaml)"):
        assert words in screen, words


def test_what_customers_say_is_said():
    """With a survey: at most eight numbers of the summary, both worlds, and the dimensions felt and of noise; also a
    number that one world lacks (nobody brings friends without a referral), and in the short page;none without a survey.
    """
    program = {"recognition": {}, "referral": {"chance": 0.3}}
    behaviour = {
        "experience": {"noise": 1.0, "failure": 0.2},
        "bond": {"failure": 0.1},
        "word_of_mouth": {"review": 0.2},
    }
    behaviour["arrivals"] = {"pool": 600, "weekly": 0.01}
    scenario = scenarios.world(150, 26, program=program, behaviour=behaviour)
    record = dataclasses.replace(scenario.record, survey=Survey(every=6))
    found = single.run(dataclasses.replace(scenario, record=record, seeds=2, compute=Compute(processes=1)))
    s = Summary(found)
    block = run.what_customers_say(s, 45)
    rows = [line for line in block if line.startswith("  ")]
    assert len(rows) == 8 and fits("\n".join(block))
    nps = s["net_promoter_score_with"], s["net_promoter_score_without"]
    assert rows[0].split()[-1] == f"{nps[1].value:.1f}" and f" {nps[0].value:.1f} " in rows[0]
    assert "newcomers brought" in "".join(rows) and [r.split()[-1] for r in rows if "newcomers" in r] == ["-", "-"]
    words = " ".join(block)
    assert f"about {s['felt_dimensions_with'].value:.1f} dimensions that behaviour feels, 4.0 of pure noise" in words
    assert "A negative event weighs 0.67 times" in words
    assert rows[0] in run.screen(found)
    assert run.what_customers_say(Summary(small_studies.ran()), 45) == []


def test_what_channels_do_is_told():
    """A row for each channel in use, with what summary.json says; one that costs nothing has no bond per money."""
    own = {"audience": "everyone", "person": Channel(0.3, unit_cost=2.0), "app": Channel(0.3, unit_cost=0.0)}
    made = scenarios.world(60, 13, program={"channels": own}, behaviour={"bond": {}})
    found = single.run(dataclasses.replace(made, seeds=2, compute=Compute(processes=1)))
    [person] = re.findall(r"^  a person +(\S+) +(\S+)$", run.screen(found), re.MULTILINE)
    said = [found.summary[f"bond_per_{what}_person_with"]["value"] for what in ("contact", "money")]
    assert person == tuple(f"{value:.4f}" for value in said) and said[0] == pytest.approx(2.0 * said[1])
    assert re.search(r"^  the app +\S+ +-$", run.screen(found), re.MULTILINE) and "the phone" not in run.screen(found)


def test_a_table_is_as_wide_as_its_letters():
    """Chinese letters fill two columns; brackets are no markup; what is too wide widens its column and is not cut."""
    made = format.aligned(
        ("", "n", "95 %"), [("超市", "1", "x"), ("[b]ab", "22", "y"), ("longer", "3", "")], (6, 3, -4)
    )
    assert made == ["        n  95 %", "超市    1  x", "[b]ab  22  y", "longer  3"]
    assert format.aligned(("a", "b"), [("seven..", "1234")], (2, 3)) == ["a         b", "seven..1234"]


def test_one_run_cannot_judge():
    screen = run.screen(single.run(dataclasses.replace(small_studies.launched(), seeds=1)))
    assert fits(screen)
    assert "one run" in screen


def test_an_inert_program_is_said_to_do_nothing():
    screen = run.screen(single.run(small_studies.launched(points={"face_value": 0.0})))
    assert fits(screen)
    assert "+0.00 to +0.00" in screen and "Members cannot be compared" in screen


def test_a_market_without_a_program_prints_its_own_figures():
    scenario = dataclasses.replace(scenarios.world(300, 52, log=False), seeds=2, compute=Compute(processes=1))
    screen = run.screen(single.run(scenario))
    assert fits(screen)
    assert "program=points" in screen and all(f"\n{firm} " in screen for firm in scenario.firms)


def test_a_contract_market_tells_retention_by_tenure_beside_its_law():
    """One cohort, eight yearly renewals: rows 1 to 8, the curve of the configured law, and no more than eight rows."""
    words = ["market=subscription", "behaviour.renewal.a=1.2", "behaviour.renewal.b=2.1", "customers.n=2000"]
    told = run.screen(single.run([*words, "weeks=520", "seeds=2"]))
    rows = told[told.index("at renewal") :].split("\n\n")[0].splitlines()
    assert len(rows) == 9 and rows[0].endswith("sBG(1.2, 2.1)")
    seen, law = float(rows[1].split()[1]), float(rows[1].split()[-1])
    assert law == 63.6 and abs(seen - law) < 100 * 4 * (0.636 * 0.364 / 4000) ** 0.5
    assert "Measured: nothing." in told


def test_a_drift_of_shares_is_told():
    """Firms that differ in churn hold no shares that last: the sentence says where the largest change went."""
    words = ["market=bank", "behaviour.renewal.exit_share=0", "customers.n=300", "weeks=208", "seeds=2"]
    screen = run.screen(single.run([*words, "firms.a.churn=0.05"]))
    assert "so shares are no equilibrium and drift: a from 36.0 to " in " ".join(screen.split())
    assert "drift" not in run.screen(single.run(words))


def test_no_effect_at_all_changes_nothing():
    """An interval from 0 to 0 is no uncertainty."""
    assert not format.Number(0.0, 0.0, 0.0, 0.95, "share", 4).moved
    assert format.Number(0.0, -0.1, 0.1, 0.95, "share", 4).moved
