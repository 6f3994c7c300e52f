"""The emergent arm, the profit of retention, the arithmetic: conservation, parts by hand, verdicts, both outcomes."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from experiments import profit_of_retention as profit
from experiments import retention_arithmetic as books
from experiments import retention_emergent as emergent

from loyaltysim.cli.experiment import main
from loyaltysim.measures.verdict import Verdict
from loyaltysim.present import answer, story
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.scenario.said import LANGUAGES
from loyaltysim.studies import assumed, experiment

ROOT = Path(__file__).parents[2]
VALUES = {"quality_cost": 0.5, "differ": 0.0, "behaviour.experience.premium": 0.2}
BUDGET, BETTER, WORSE = 0.05, 2.5, -1.6  # about what the fits find


def emergent_plan(*words: str) -> emergent.Plan:
    return experiment.plan("retention_emergent", emergent.Emergent, ["compute.processes=1", *words])


def profit_plan(*words: str) -> profit.Plan:
    return experiment.plan("profit_of_retention", profit.ProfitOfRetention, ["compute.processes=1", *words])


def reads_well(found: experiment.Finding) -> None:
    """No rule of an answer is broken, in either language; the story keeps within its budget."""
    assert answer.faults(found.reading) == []
    for lang in LANGUAGES:
        text = story.story(found, lang)
        assert len(answer.numbers(text)) <= answer.STORY_NUMBERS, answer.numbers(text)
        assert len(re.findall(r"[A-Za-z][\w'-]*", text)) <= answer.STORY_WORDS
    assert len(found.reading.table.rows) <= 6
    assert len(found.numbers["card"]) == 64


def turned(one: experiment.Finding, other: experiment.Finding) -> None:
    """The first sentence differs in both languages."""
    for lang in LANGUAGES:
        assert one.reading.first[lang] != other.reading.first[lang]


# --- what all three share ---


def test_sizes_are_spread_over_their_ranges():
    """Sixteen draws of two laws: in range, one in each sixteenth, the logarithm evenly spread."""
    sizes = [assumed.Assumed("a", low=2.0, high=4.0), assumed.Assumed("b", low=0.1, high=10.0, law="loguniform"),
             assumed.Assumed("c", low=0.0, high=1.0, law="either")]  # fmt: skip
    d = assumed.drawn(sizes, 16, 3)
    assert len(d) == 16 and d.a.between(2, 4).all() and set(d.c) == {0.0, 1.0}
    assert 0.6 < np.exp(np.log(d.b).mean()) < 1.7
    assert sizes[1].values(np.array([0.5])) == pytest.approx([1.0])


def test_fits_may_not_see_judged_seeds():
    """Known answer: a first seed of a fit within the judged ones is refused with the seed."""
    (problem,) = assumed.overlap(range(5, 9), range(1, 7), "experiment.fit_seed")
    assert problem.value == 5 and assumed.overlap(range(7, 9), range(1, 7), "x") == []


@pytest.mark.parametrize(("made", "check"), [(profit_plan, profit.check), (emergent_plan, emergent.check)])
def test_committed_fits_are_disjoint_from_what_is_judged(made, check):
    """As committed nothing is refused; a fit on judged seeds is."""
    check(made())
    with pytest.raises(ConfigError, match="seeds that are judged"):
        check(made("experiment.fit_seed=1001"))


def test_who_orders_the_worlds_is_named():
    """A size that orders them exactly is named; noise explains nothing."""
    sizes = [assumed.Assumed("a", "the first"), assumed.Assumed("b", "the second")]
    d = pd.DataFrame({"a": np.arange(20.0), "b": np.tile([0.0, 1.0], 10)})
    found = assumed.carrier(sizes, d, np.arange(20.0) ** 3)
    assert found is not None and found.key == "a"
    assert assumed.carrier(sizes, d, np.tile([1.0, 1.0, 2.0, 2.0], 5)) is None
    assert assumed.carrier(sizes, d, np.full(20, np.nan)) is None


def test_the_end_that_is_nearer_where_the_goal_is_out_of_reach():
    """A root inside is found, within the tolerance after a few steps; without one the nearer end is the answer."""
    assert assumed.sought(lambda x: x - 0.3, 0.0, 1.0) == pytest.approx(0.3, abs=2e-3)
    assert assumed.sought(lambda x: x - 3.0, 0.0, 1.0) == 1.0
    assert assumed.sought(lambda x: x + 3.0, 0.0, 1.0) == 0.0
    asked: list[float] = []
    found = assumed.sought(lambda x: asked.append(x) or x**3 - 0.3, 0.0, 1.0, 0.01)
    assert abs(found**3 - 0.3) <= 0.01 and len(asked) <= 8


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["refuted", "refuted"], "refuted"), (["refuted", "depends"], "depends"),
        (["supported", "refuted"], "depends"), (["supported", "inconclusive"], "inconclusive"),
    ],
)  # fmt: skip
def test_settings_as_a_whole(words, word):
    """What depends in one industry depends as a whole."""
    assert assumed.whole({str(k): Verdict(w, "") for k, w in enumerate(words)}).word == word


def test_a_card_changes_with_what_was_fixed():
    """Another range or seed is another card."""
    cards = {assumed.card(profit_plan(*words).settings) for words in ((), ("experiment.draws=9",), ("seeds=3",))}
    assert len(cards) == 2


# --- the emergent arm ---


@pytest.fixture(scope="module")
def closed() -> pd.DataFrame:
    """The closed market of 600 customers: nobody changes, and a serves better while c slips."""
    made = emergent_plan("customers.n=600", "weeks=208")
    equal = emergent.world(emergent.bases(made)["closed"], VALUES, BUDGET)
    apart = emergent.serving(emergent.serving(equal, "a", BETTER, 0.5), "c", WORSE, 0.5)
    arms = {"nobody": emergent.Arm(equal, equal, 52), "apart": emergent.Arm(apart, equal, 52)}
    return pd.concat([emergent.live(arm, 0).assign(arm=name) for name, arm in arms.items()], ignore_index=True)


def test_who_wins_a_customer_takes_it_from_somebody(closed):
    """Closed market, every year: acquired = lost over all firms, nobody from outside, nobody from oneself."""
    yearly = closed.groupby(["arm", "year"]).sum(numeric_only=True)
    assert (emergent.acquired(yearly) == yearly.left).all()
    assert (yearly.closing == 600).all() and (closed.outside == 0).all()
    assert all((closed[f"from_{firm}"][closed.firm == firm] == 0).all() for firm in "abc")
    assert (closed.opening + emergent.acquired(closed) - closed.left == closed.closing).all()


def test_firms_are_the_same_until_they_part(closed):
    """The year as equals is one and the same in both arms, money included; later years are not."""
    shared = closed.drop(columns="arm").groupby(["firm", "year"]).nunique()
    assert (shared.xs(0, level="year") == 1).all(axis=None)
    assert shared.closing.xs(2, level="year").max() > 1


def test_a_draw_reaches_the_world():
    """Sizes are set; a closed market has nobody who leaves it; customers who differ have the same mean churn."""
    made = emergent_plan("customers.n=90")
    bases = emergent.bases(made)
    values = {**VALUES, "behaviour.renewal.exit_share": 0.7, "measured.margin": 0.4, "differ": 1.0}
    open_, closed = (emergent.world(bases[name], values, BUDGET) for name in ("open", "closed"))
    assert (open_.behaviour["renewal"].exit_share, closed.behaviour["renewal"].exit_share) == (0.7, 0.0)
    terms = open_.behaviour["renewal"]
    assert terms.a / (terms.a + terms.b) == pytest.approx(0.1) and terms.a < 1.0
    assert open_.firms["a"].unit_cost == pytest.approx(0.6) and open_.firms["b"].acquisition == 4.5


def fake_windows(made: emergent.Plan, loyal: float, other: float, dearer: float, poorer: float) -> pd.DataFrame:
    """Windows with known numbers, all worlds alike but for size: a and c grow so much a year, b stands still.

    Cost per customer of everybody in the last years is `dearer` times what it was as equals, profit `poorer` times.
    """
    rows, s = [], made.settings
    grow, lost = dict(zip("abc", (loyal, 0.0, other), strict=True)), dict(zip("abc", s.churn, strict=True))
    for at in range(emergent.n_worlds(made)):
        for x in s.structures:
            for arm in ("nobody", "apart"):
                for seed in range(made.world.seeds):
                    for window, years in {"equals": 1, "second": 1, "late": 3, "apart": 10}.items():
                        for firm in "abc":
                            g = (grow[firm] if arm == "apart" else 0.0) + 0.001 * (at % 3) + 0.0002 * seed
                            late = window == "late"
                            won = 1000 * years * (0.09 if late else s.acquisition)
                            row = {"world": at, "structure": x.name, "arm": arm, "seed": seed, "firm": firm}
                            row |= {"opening": 1000 * years, "acquired": won, "window": window, "years": years}
                            row |= {"left": 1000 * years * lost[firm], "first": 1000, "last": 1000 * (1 + g) ** years}
                            row |= {"spent": won * 50 * (dearer if late else 1.0) * (1 + 0.001 * seed)}
                            rows.append({**row, "profit": years * 100 * (poorer if late else 1.0) * (1 + 0.001 * seed)})
    return pd.DataFrame(rows)


@cache
def emergent_found(loyal=0.04, other=-0.05, dearer=1.3, poorer=0.7) -> experiment.Finding:
    made = emergent_plan("seeds=3", "experiment.worlds_per_run=2")
    runs = fake_windows(made, loyal, other, dearer, poorer)
    draws = assumed.drawn(made.settings.sizes, emergent.n_worlds(made), 1)
    line = {"year": 10, "low": 90.0, "value": 100.0, "high": 110.0}
    data = pd.DataFrame([{"structure": x.name, "firm": f, **line} for x in made.settings.structures for f in "abc"])
    return emergent.told(made, runs, data, draws.assign(world=draws.index))


def test_growth_and_cost_by_hand():
    """4 % a year for ten years; 30 % dearer, 30 % poorer; S4-05 in the still firm, S4-06 in the loyal one."""
    found = emergent_found()
    own = found.table[(found.table.arm == "apart") & (found.table.firm == "a") & (found.table.world == 0)]
    assert own.growth.to_numpy() == pytest.approx(0.0402, abs=1e-6)
    assert own.cost_change.to_numpy() == pytest.approx(0.3) and own.profit_change.to_numpy() == pytest.approx(-0.3)
    assert {claim: v.word for claim, v in found.verdicts.items()} == {"S4-05": "supported", "S4-06": "supported"}
    assert set(found.verdicts) == set(emergent_plan().settings.claims)
    judged = found.more["verdicts"]
    assert set(judged[judged.case == "disloyal"].verdict) == {"cannot judge"}  # it shrinks: not the firm of S4-05
    reads_well(found)


@pytest.mark.parametrize(("dearer", "poorer", "word"), [(1.3, 0.7, "supported"), (1.0, 0.7, "refuted"),
                                                        (1.3, 1.0, "refuted"), (0.8, 1.2, "refuted")])  # fmt: skip
def test_zero_growth_needs_dearer_and_poorer(dearer, poorer, word):
    """The row asks for both, over time, of the firm that stands still; a constant cost refutes it."""
    found = emergent_found(dearer=dearer, poorer=poorer)
    assert found.verdicts["S4-05"].word == word
    assert ("dearer to win" in found.reading.second.en) == (word == "supported")
    assert ("变贵、利润下降" in found.reading.second.zh) == (word == "supported")
    reads_well(found)


def test_no_growth_is_written_in_advance():
    """Runs in which a and c trade places tell another story in both languages."""
    one, other = emergent_found(), emergent_found(loyal=-0.05, other=0.04)
    turned(one, other)
    assert other.verdicts["S4-06"].word == "refuted"
    reads_well(other)


def test_a_world_that_misses_its_rates_is_not_judged():
    """A loyal firm that loses 8 % instead of 5 says nothing about 5; the sentence says that it cannot tell."""
    made = emergent_plan("seeds=3", "experiment.worlds_per_run=2")
    runs = fake_windows(made, 0.04, -0.05, 1.3, 0.7)
    runs.loc[(runs.firm == "a") & (runs.window == "second"), "left"] = 80.0
    t = emergent.table(made, runs, assumed.drawn(made.settings.sizes, 6, 1).assign(world=range(6)))
    found = emergent.judged(made, t)
    assert set(found.verdict) == {"cannot judge"}
    assert emergent.first_line(made, t, found).en.startswith("Nobody can tell")
    assert "说不准" in emergent.first_line(made, t, found).zh


@pytest.mark.parametrize(("words", "said"), [(["weeks=560"], "whole years"), (["experiment.apart=60"], "whole years")])
def test_bad_years_are_refused(tmp_path, capsys, words, said):
    """Exit code 2 and the fix."""
    assert main(emergent.EXPERIMENT, [*words, f"out={tmp_path / 'none'}"]) == 2
    assert said in capsys.readouterr().err


# --- the profit of retention ---


def test_the_quoted_churn_is_in_the_market():
    """Pitney Bowes 2007: 18.3 % retail banking; 17.5 % software; a tenth in insurance, to half a last digit."""
    made = profit_plan("weeks=208")
    for industry, churn in zip(made.settings.industries, (0.100, 0.183, 0.175), strict=True):
        terms = profit.market(made, industry).behaviour["renewal"]
        assert profit.mean_churn(terms) == pytest.approx(churn, abs=5e-4), industry.name


def test_what_better_service_costs_moves_money_only():
    """The same people stay at any cost, and profit falls by exactly what is booked."""
    made = profit_plan("customers.n=300", "weeks=208")
    quality = made.settings.causes[1]
    base = profit.market(made, made.settings.industries[1], quality.change)
    dear, cheap = (profit.keep(made, profit.acting(base, quality, 2.0, cost), 4) for cost in (0.5, 0.0))
    assert dear["retention"] == cheap["retention"] and dear["cost"] > 0.0 == cheap["cost"]
    assert cheap["pv"] - dear["pv"] == pytest.approx(dear["cost"], rel=1e-9)
    spend = profit.acting(base, quality, 2.0, 0.5).firms["a"].program["service"].unit_cost
    assert spend == pytest.approx(0.5 * 0.2 * 0.5 * 2.0 * 20.0)  # cost x premium x lasting share x quality x bill


def test_a_draw_reaches_the_copying_rivals_only_where_they_copy():
    """The lag is whole weeks, set where rivals imitate and left out where they do not."""
    made = profit_plan("weeks=208")
    industry, cause = made.settings.industries[1], made.settings.causes[1]
    plain = profit.market(made, industry, cause.change, 100)
    copying = profit.market(made, industry, [*cause.change, "rivals=imitate"], 100)
    values = {"rivals.policy.imitate.lag": 30.4, "measured.margin": 0.5, "cost_of_worth": 0.2}
    assert profit.world(copying, values).firms["b"].policy["imitate"].lag == 30
    alone = profit.world(plain, values)
    assert "imitate" not in alone.firms["b"].policy and alone.firms["c"].unit_cost == pytest.approx(0.5)


def test_a_fit_scales_by_what_was_gained():
    """Known answer: a gain of half the term needs twice the goal; out of reach the nearest end."""
    assert profit.fitted(lambda x: 0.5 * x, 0.05, 0.02, 10.0, 1e-6) == pytest.approx(0.1)
    assert profit.fitted(lambda x: 0.01 * x, 0.05, 1.0, 2.0, 1e-6) == 2.0


def test_fits_and_verdicts_see_different_seeds(monkeypatch):
    """Every seed of a fit is far from every seed of a judged run, in each world."""
    used: dict[str, set[int]] = {"fit": set(), "judged": set()}
    made = profit_plan("seeds=2", "weeks=208", "experiment.measured=[53, 207]")
    full = made.world.weeks

    def keep(made, world, seed):
        used["judged" if world.weeks == full and seed < made.settings.fit_seed else "fit"].add(seed)
        return {"retention": 0.8, "pv": 1.0, "cost": 1.0}

    monkeypatch.setattr(profit, "keep", keep)
    base = SimpleNamespace(weeks=full, customers=SimpleNamespace(price_sensitivity=3.0),
                           behaviour={"experience": SimpleNamespace(premium=0.2)})  # fmt: skip
    monkeypatch.setattr(profit, "world", lambda base, values: base)
    monkeypatch.setattr(profit, "acting", lambda world, cause, value, cost: world)
    monkeypatch.setattr(profit, "replace", lambda world, weeks: world)
    arms = ["base", *(f"{c.name}{end}" for c in made.settings.causes for end in ("", "_copied"))]
    for at in (0, 3):
        profit.earned((made, made.settings.industries[0], dict.fromkeys(arms, base), at, {"cost_of_worth": 0.5}))
    assert used["fit"] == {1_001_001, 1_001_002, 1_001_003, 1_004_001, 1_004_002, 1_004_003}
    assert used["judged"] == {1001, 1002, 1003, 4001, 4002, 4003}


def fake_runs(made: profit.Plan, alone: float, copied: float, kept: float = 0.85) -> tuple[pd.DataFrame, ...]:
    """Runs with known parts: base 100, for nothing 120, earned at a cost of 15; worlds differ by a few of 100."""
    n = profit.n_worlds(made)
    apart = np.linspace(-4.0, 4.0, n)

    def row(arm, seed, pv, cost, kept, **keys):
        values = {"pv": pv, "pv_plain": pv, "pv_half": 0.5 * pv, "last": 0.1 * pv, "cost": cost}
        return {**keys, "arm": arm, "seed": seed, "retention": kept, **values}

    gifts, runs = [], []
    for x in made.settings.industries:
        for arm, pv, r in (("base", 100.0, 0.80), ("points", 120.0, 0.85), ("relative", 116.0, 0.84)):
            gifts += [row(arm, k, pv + wave, 0.0, r, industry=x.name) for k, wave in enumerate((-1, 1, -1, 1))]
        for at in range(n):
            arms = {"base": (100.0, 0.0, 0.80)}
            for k, cause in enumerate(made.settings.causes):
                arms[cause.name] = (alone + apart[at] - k, 15.0, kept)
                arms[f"{cause.name}_copied"] = (copied + apart[at] - k, 15.0, 0.82)
            for arm, (pv, cost, r) in arms.items():
                runs += [row(arm, k, pv + wave, cost, r, industry=x.name, world=at, term=1.0)
                         for k, wave in enumerate((-0.5, 0.5, 0.0))]  # fmt: skip
    draws = assumed.drawn(made.settings.sizes, n, made.settings.draws)
    return pd.DataFrame(gifts), pd.DataFrame(runs), draws.assign(world=draws.index)


@cache
def profit_found(alone=130.0, copied=105.0, kept=0.85) -> experiment.Finding:
    made = profit_plan()
    return profit.told(made, *fake_runs(made, alone, copied, kept))


def test_the_parts_of_known_runs():
    """30 % alone, 5 % copied at the middle; could cost (130 + 15 - 100) / 15 = 3 times as much; gifts by hand."""
    found = profit_found()
    t, free = found.table, found.more["arithmetic"].set_index(["industry", "how"])
    own = t[(t.industry == "bank") & (t.cause == "rewards")]
    assert own.alone.median() == pytest.approx(0.30) and own.copied.median() == pytest.approx(0.05)
    assert own.break_even.median() == pytest.approx(3.0)
    assert free.value["bank", "20 years, discount 10 %"] == pytest.approx(0.20)
    assert free.value["bank", "5 % of retention, 20 years"] == pytest.approx(0.16)
    assert free.value["bank", "one customer for ever, discount 0 %"] == pytest.approx(0.05 / 0.15)
    assert free.value["bank", "one customer for ever, discount 10 %"] == pytest.approx(0.05 / 0.25)
    assert set(free.verdict["bank"]) == {"supported", "refuted"}  # arithmetic comes out on either side


def test_the_better_way_speaks_for_a_world():
    """Rewards are one point better than service everywhere; where rewards miss the points, service speaks."""
    t = profit_found().table.copy()
    assert set(profit.cheaper(t, "alone").cause) == {"rewards"}
    t.loc[t.cause == "rewards", ["verdict_alone", "verdict_copied"]] = "cannot judge"
    assert set(profit.cheaper(t, "alone").cause) == {"quality"}


@pytest.mark.parametrize(("kept", "judged"), [(0.8699, True), (0.8701, False), (0.8301, True), (0.8299, False)])
def test_seven_points_are_not_judged_as_five(kept, judged):
    """More than the tolerance of two points off, on either side: no verdict."""
    words = {v.word for v in profit.settings_of(profit_plan(), profit_found(kept=kept).table).values()}
    assert (words != {"cannot judge"}) == judged


@pytest.mark.parametrize(
    ("alone", "copied", "word"), [(140.0, 135.0, "supported"), (80.0, 60.0, "refuted"), (140.0, 60.0, "depends"),
                                  (102.0, 100.0, "refuted"), (250.0, 240.0, "refuted")],
)  # fmt: skip
def test_what_is_said_follows_the_table(alone, copied, word):
    """In the range, lost, lost by copies, about nothing, far above the range: verdict and rules of an answer hold."""
    found = profit_found(alone, copied)
    assert found.verdicts["S4-14"].word == word
    reads_well(found)


def test_no_profit_is_written_in_advance():
    """Profit with its sign flipped turns the first sentence in both languages; none says that it cannot tell."""
    up, down, none = profit_found(110.0, 110.0), profit_found(90.0, 90.0), profit_found(100.0, 100.0)
    turned(up, down)
    turned(up, none)
    turned(none, down)
    assert "raises profit" in up.reading.first.en and "lowers profit" in down.reading.first.en
    assert "nobody can tell" in none.reading.first.en and "说不准" in none.reading.first.zh


def test_industries_that_differ_are_told_apart():
    """One pays, one loses: each is named in both languages."""
    made = profit_plan()
    gifts, runs, draws = fake_runs(made, 110.0, 110.0)
    lost = (runs.industry == "bank") & (runs.arm != "base")
    runs.loc[lost, "pv"] -= 40.0
    found = profit.told(made, gifts, runs, draws)
    assert "pays in insurance and software, loses in banking" in found.reading.first.en
    assert "在保险、软件划算，在银行亏钱" in found.reading.first.zh
    reads_well(found)


def test_grocery_cannot_be_judged(tmp_path, capsys):
    """Without contracts nobody leaves: exit code 2, and it says why."""
    words = ["experiment.industries=[{name: shop, market: grocery}]", f"out={tmp_path / 'none'}"]
    assert main(profit.EXPERIMENT, words) == 2
    assert "repeat buying" in capsys.readouterr().err


# --- arithmetic ---


@pytest.fixture(scope="module")
def counted() -> pd.DataFrame:
    """Sizes of a market that repeats the closed forms exactly."""
    data = books.curves(books.RetentionArithmetic())
    return data.assign(market=data.closed_form, error=0.01)[["convention", "churn", "year", "market", "error"]]


def test_arithmetic_is_said_to_be_no_evidence(counted):
    """Each of its rows is arithmetic, growth is not judged here, and the example's own way of counting is named."""
    found = books.told(books.EXPERIMENT.compose().plan, counted)
    assert {claim: v.word for claim, v in found.verdicts.items()} == dict.fromkeys(
        ("S4-01", "S4-02", "S4-03", "S4-04"), "arithmetic"
    )
    assert "both are shares of the opening base" in found.reading.first.en
    reads_well(found)


def test_the_way_of_counting_is_read_off_the_table(counted):
    """The conventions swapped name another; growth that none gives is said, in both languages."""
    made = books.EXPERIMENT.compose().plan
    table = books.told(made, counted).table
    one = {c: table[table.convention == c] for c in table.convention.unique()}
    claimed = [0.10, 0.05, 0.0]
    swapped = {"additive": one["sequential"], "sequential": one["additive"], "fixed_inflow": one["fixed_inflow"]}
    said = [books.first_line(x, y) for x, y in ((one, claimed), (swapped, claimed), (one, [0.2, 0.2, 0.2]))]
    assert "those who stayed" in said[1].en and "no way of counting" in said[2].en
    assert len({x.zh for x in said}) == 3


def test_worlds_outside_of_a_claim_count_neither_way():
    """18 of 24 worlds have its rates and all support it: supported. Eleven of 24 are too few to judge by."""
    yes, out, no = (Verdict(word, "") for word in ("supported", "cannot judge", "refuted"))
    assert emergent.where_it_arises([yes] * 18 + [out] * 6).word == "supported"
    assert "6 of 24 worlds do not have" in emergent.where_it_arises([yes] * 18 + [out] * 6).why
    assert emergent.where_it_arises([yes] * 11 + [out] * 13).word == "cannot judge"
    assert emergent.where_it_arises([yes] * 12 + [no] * 6 + [out] * 6).word == "depends"


# --- the committed results ---


@pytest.mark.parametrize(("script", "tables"), [(profit, ("gifts", "runs", "draws")),
                                                (emergent, ("runs", "figure", "draws"))])  # fmt: skip
def test_the_committed_answer_follows_from_its_runs(script, tables):
    """Both stories are made again from the saved tables, byte by byte."""
    made = script.EXPERIMENT.compose().plan
    folder = ROOT / "results" / made.name
    found = script.told(made, *(pd.read_csv(folder / f"{table}.csv") for table in tables))
    assert story.story(found) == (folder / "story.md").read_text("utf-8")
    assert story.story(found, "zh") == (folder / "story.zh.md").read_text("utf-8")
    reads_well(found)
