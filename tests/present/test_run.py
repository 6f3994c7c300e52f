"""The screen: made from the numbers, short enough, and honest where it cannot judge."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from loyaltysim.present import format, run
from loyaltysim.present.summary import Summary
from loyaltysim.runs.files import Records
from loyaltysim.scenario.model import Compute, Survey
from loyaltysim.studies import single
from tests import scenarios, small_studies

MEASURED = ("how often people shop " * 8,)
ASSUMED = ("who the rivals are " * 30, "what they charge")


def fits(screen: str) -> bool:
    """At most 45 lines of 100 columns; the line of a path is as long as the path."""
    lines = screen.splitlines()
    return len(lines) <= 45 and all(len(line) <= 100 or line.startswith("figure: ") for line in lines)


def told(profit: tuple, lift: tuple = (0.01, 0.009, 0.011), vary: dict | None = None, **numbers) -> str:
    """The sentences of a made-up run: each number as (value, low, high)."""
    tried = vary or {}
    scenario = dataclasses.replace(small_studies.launched(), vary=tuple(tried))
    base = small_studies.ran()
    given = {"profit_per_customer": profit, "lift_visits": lift, **numbers}
    given |= {f"profit_per_customer[{text}]": x for text, x in tried.items()}
    summary = dict(base.summary)
    for name, (value, low, high) in given.items():
        summary[name] = dict(value=value, low=low, high=high, level=0.95, unit="", n=1 if low is None else 3)
    s = Summary(Records(scenario, summary, base.firms, pd.DataFrame(), pd.DataFrame(), {}))
    return f"{run.happened(s)} {run.flips(s)}"


def test_the_screen_of_a_real_run_fits_and_says_what_is_in_the_summary():
    found = small_studies.ran()
    screen = run.screen(found)
    assert fits(screen)
    lift, profit = found.summary["lift_visits"], found.summary["profit_per_customer"]
    assert f"{100 * lift['value']:.2f} % more purchases ({100 * lift['low']:.2f} to {100 * lift['high']:.2f})" in screen
    assert f"over the 28 weeks after the launch, and {abs(profit['value']):.2f} money less profit" in " ".join(
        screen.split()
    )
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
    assert rows[0] in run.screen(found) and rows[0] in run.markdown(found)
    assert run.what_customers_say(Summary(small_studies.ran()), 45) == []


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
    assert "cannot judge: one run" in screen and "run more seeds" in " ".join(screen.split())


def test_an_inert_program_is_said_to_do_nothing():
    screen = run.screen(single.run(small_studies.launched(points={"face_value": 0.0})))
    assert fits(screen)
    assert "+0.00 to +0.00" in screen and "Members cannot be compared" in screen
    assert "moves nobody and costs nothing as it is set" in " ".join(screen.split())


def test_a_market_without_a_program_prints_its_own_figures():
    scenario = dataclasses.replace(scenarios.world(300, 52, log=False), seeds=2, compute=Compute(processes=1))
    screen = run.screen(single.run(scenario))
    assert fits(screen)
    assert "program=points" in screen and all(f"\n{firm} " in screen for firm in scenario.firms)


def test_a_loss_names_the_lift_and_the_cost_that_would_turn_it():
    words = told((-6.0, -7.0, -5.0), break_even_lift=(0.03, 0.02, 0.04), affordable_cost=(0.25, 0.2, 0.3))
    assert "6.00 money less profit per customer and year (5.00 to 7.00)" in words
    assert "It would pay if revenue rose by 3.00 % instead of" in words
    assert "1 money of reward cost the firm less than 0.20 (now 0.80)" in words  # 0.25 x 0.80


def test_a_gain_names_what_would_end_it():
    words = told((2.0, 1.0, 3.0), break_even_lift=(0.03, 0.02, 0.04), affordable_cost=(1.5, 1.2, 1.8))
    assert "2.00 money more profit" in words
    assert "It would stop paying if revenue rose by less than 3.00 %" in words
    assert "cost the firm more than 1.20 (now 0.80)" in words


def test_what_cannot_be_flipped_is_said():
    """No lift would pay (cost above margin) and even free rewards would not (other costs): both are left out."""
    words = told((-6.0, -7.0, -5.0), break_even_lift=(None, None, None), affordable_cost=(-0.1, -0.2, 0.0))
    assert "Neither more revenue nor cheaper rewards would make it pay" in words


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ((1.0, 0.5, 1.5), "it does pay where market.S = 9"),
        ((-1.0, -1.5, -0.5), "none of the 1 other assumed values turns the sign (-1.00 to -1.00 money)"),
        ((0.5, -0.5, 1.5), "none of the 1 other assumed values turns the sign"),
    ],
)
def test_an_assumed_value_that_turns_the_sign_is_named(other, words):
    assert words in told((-6.0, -7.0, -5.0), vary={"market.S=9": other})


def test_an_open_sign_is_said_to_be_open_and_where_it_is_settled():
    words = told((0.1, -1.0, 1.2), vary={"market.S=9": (2.0, 1.0, 3.0), "market.S=1": (0.0, -1.0, 1.0)})
    assert "changed profit by something between -1.00 and +1.20 money" in words
    assert "Whether it pays is open after 3 runs: more have to settle it; it is settled where market.S = 9." in words


def test_fewer_visits_are_called_fewer():
    assert "brought 2.00 % fewer purchases (1.00 to 3.00)" in told((-6.0, -7.0, -5.0), lift=(-0.02, -0.03, -0.01))


def test_markdown_has_two_sentences_and_at_most_eight_rows():
    page = run.markdown(small_studies.ran())
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 8 and len({row.count("|") for row in rows}) == 1
    assert page.startswith("The points program of firm a brought") and "![" in page


def test_the_figure_is_named_once_the_run_is_saved(tmp_path):
    found = dataclasses.replace(small_studies.ran())
    assert "weekly.png" not in run.screen(dataclasses.replace(found, folder=None))
    assert f"figure: {tmp_path / 'figures' / 'weekly.png'}" in run.screen(dataclasses.replace(found, folder=tmp_path))


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
