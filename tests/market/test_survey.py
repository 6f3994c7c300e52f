"""Answers against what is felt: scales, noise, bias, who replies; metrics by hand; every row of the source texts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from loyaltysim import contract, metrics
from loyaltysim.behaviour.emotions import FELT, SIDES
from loyaltysim.market import survey
from loyaltysim.market.model import Market
from loyaltysim.measures import attitudes, registry, twins
from loyaltysim.runs.files import Records
from loyaltysim.scenario.model import Record, Survey
from loyaltysim.studies import single
from tests.scenarios import EAGER, Z, everything, in_plain, same, totals, world

LIVED = {"experience": {"premium": 0.1, "noise": 1.0, "failure": 0.2, "voice": 0.5}}
GOOD = {"service": {"quality": 1.5, "recovery": 0.6}}


def asked(scenario, every=13, **own):
    """The scenario with a survey."""
    return dataclasses.replace(scenario, record=Record(panel=True, log=True, survey=Survey(every=every, **own)))


def ran(scenario, seed=3, **given):
    """The finished market, in plain Python."""
    market = in_plain(Market(scenario, seed, **given))
    market.run()
    return market


def surveyed(program=None, n=100, weeks=26, behaviour=None, customers=None, seed=3, **own):
    """A finished market that asks its customers."""
    made = world(n, weeks, program=program, behaviour=LIVED if behaviour is None else behaviour, customers=customers)
    return ran(asked(made, **own), seed)


def last(market, firm=0):
    """The last wave about one firm."""
    table = market.book().survey
    return table[(table.week == table.week.max()) & (table.firm == firm)]


# ---- answers ---------------------------------------------------------------------------------------------------------


def test_asking_changes_nobody():
    """A market with a survey is the market without: books, people, purchases, exact."""
    same(ran(world(60, 20, behaviour=LIVED)).book(), ran(asked(world(60, 20, behaviour=LIVED), every=5)).book())


def test_answers_without_noise_are_what_is_felt():
    """Satisfaction 7 + sat, sides 4 + 3 felt, recommendation 7.5 + sat + 3 bond, each rounded to its scale; exact."""
    behaviour = {**LIVED, "emotions": {}, "word_of_mouth": {"spread": 0.0}}
    market = surveyed({**GOOD, "recognition": {}}, behaviour=behaviour, noise=0.0)
    people, wave = market.population, last(market)
    rows = wave.customer.to_numpy()
    sat, bond = people["sat"][rows, 0], people["bond"][rows, 0]
    assert (wave.satisfaction == np.clip(np.floor(7.5 + sat), 0, 10)).all() and wave.satisfaction.nunique() > 3
    assert (wave.recommendation == np.clip(np.floor(8.0 + sat + 3.0 * bond), 0, 10)).all()
    for side, name in zip(SIDES, FELT, strict=True):
        assert (wave[side] == np.floor(4.5 + 3.0 * people[name][rows, 0])).all(), side


def test_each_question_reads_its_own_state():
    """Without noise: quality 7 + expectation, service 7 + care, image from reputation and rating (one
    unit up is half of the 3 points above 7, one down half of the 7 below); exact. No two of the four are alike.
    """
    market = surveyed({"service": {"quality": 1.0, "recovery": 0.6}}, behaviour={**LIVED, **REVIEWED}, noise=0.0)
    people, wave = market.population, last(market)
    rows = wave.customer.to_numpy()
    said = people["reputation"][rows, 0] + market.surroundings[-1]["rating"][0]
    assert (said > 0).any() and (said < 0).any()
    image = np.where(said > 0, 7.0 + 1.5 * said, 7.0 + 3.5 * said)
    shown = {"quality": 7.0 + people["expectation"][rows, 0], "service": 7.0 + people["care"][rows, 0], "image": image}
    for question, value in shown.items():
        assert (wave[question] == np.clip(np.floor(value + 0.5), 0, 10)).all(), question
    for k, one in enumerate(survey.QUALITIES):
        assert all((wave[one] != wave[other]).any() for other in survey.QUALITIES[k + 1 :]), one


def test_care_remembers_failures_and_answers():
    """By hand: every visit fails with harm 2 where 1 is usual; learning .5 from 0: 1 - 2 moves it to -.5, an
    answer that makes all good to +.5; from there a visit without failure to .75.
    """
    from tests.behaviour.test_experience import one_visit

    own = {"failure": 0.5, "learning": 0.5, "severity": 2.0, "voice": 1.0}
    failed = {"failure": 0.05, "severity": np.exp(-1.0)}

    def care(service=(), draws=failed, **before):
        return one_visit(own, service, draws, usual=1.0, **before)[0].care

    assert care() == pytest.approx(-0.5, abs=1e-12)
    assert care({"recovery": 1.0, "recovery_quality": 1.0}) == pytest.approx(0.5, abs=1e-12)
    assert care(draws={**failed, "failure": 0.9}, care=0.5) == pytest.approx(0.75, abs=1e-12)


def test_customers_who_do_not_talk_judge_the_image_by_their_own_visits():
    """Without word of mouth image reads satisfaction: no noise, the same answers, as the docstring says."""
    wave = last(surveyed(GOOD, noise=0.0))
    assert (wave.image == wave.satisfaction).all() and (wave.quality != wave.satisfaction).any()


def test_repurchase_intention_is_the_chance_of_choosing():
    """Without price changes and feelings it is ten times the base choice probability, rounded; exact."""
    market = surveyed(behaviour={}, noise=0.0)
    prior = market.population["prior"][last(market).customer.to_numpy(), 0]
    assert (last(market).repurchase == np.floor(10.0 * prior + 0.5)).all()


def test_choice_reads_every_behaviour():
    """With everything at work the chances are finite, sum to 1, and unknown firms have none."""
    market = ran(asked(everything(60, 15), every=15))
    chances = survey.choice(market)
    assert chances.sum(axis=1) == pytest.approx(1.0) and (chances[market.population["aware"] == 0] == 0.0).all()


def test_noise_has_its_spread_and_its_halo():
    """Of answers about a constant: spread 1 tenth of the scale plus rounding 1/12, correlation halo; within z.

    Centre 5 keeps the clip 5 standard deviations away; Fisher's z of the correlation, attenuated by rounding.
    """
    wave = last(surveyed(n=3000, weeks=1, every=1, behaviour={}, centre=5.0, halo=0.4))
    x, y = wave.satisfaction.to_numpy(float), wave.image.to_numpy(float)
    n, variance = len(x), 1.0 + 1.0 / 12.0
    assert abs(x.mean() - 5.0) < Z * np.sqrt(variance / n)
    assert abs(x.var() - variance) < Z * variance * np.sqrt(2.0 / n)
    assert abs(np.arctanh(np.corrcoef(x, y)[0, 1]) - np.arctanh(0.4 / variance)) < Z / np.sqrt(n - 3)


def test_customers_are_polite_by_the_bias():
    """Bias 1 is a point of eleven, or .6 of seven, higher, before rounding and the ends of the scale."""
    frank, polite = (last(surveyed(n=400, weeks=1, every=1, behaviour={}, bias=b)) for b in (0.0, 1.0))
    assert polite.satisfaction.mean() - frank.satisfaction.mean() == pytest.approx(1.0, abs=0.1)
    assert polite.trust.mean() > frank.trust.mean() + 0.4


def test_asking_often_tires():
    """Reply 1, fatigue .5: half of those asked once before reply, a quarter of those asked twice; within z."""
    table = surveyed(n=2000, weeks=3, every=1, behaviour={}, fatigue=0.5).book().survey
    replied = table[table.firm == 0].groupby("week").size().to_numpy()
    for wave, chance in enumerate((1.0, 0.5, 0.25)):
        assert abs(replied[wave] - 2000 * chance) <= Z * np.sqrt(2000 * chance * (1 - chance))


def test_only_customers_of_the_week_answer():
    """Potential customers and those who have gone are not asked; everybody else, of whom all reply, is."""
    market = ran(asked(everything(60, 15), every=15))
    assert set(market.book().survey.customer) == set(market.population.ids[market.population["status"] == 1])
    assert (market.population["status"] == 0).any() and (market.population["status"] == 2).any()


@pytest.mark.parametrize("selection, sign", [(1.5, 1), (-1.5, -1)])
def test_who_replies_can_flatter_or_blacken(selection, sign):
    """The satisfied, or the angry, reply more: mean satisfaction moves accordingly. Neither is built in."""
    means = [
        last(surveyed(n=400, weeks=20, every=20, reply=0.3, noise=0.0, selection=s)).satisfaction.mean()
        for s in (0.0, selection)
    ]
    assert sign * (means[1] - means[0]) > 0.05


def test_answers_are_saved_and_read_back(tmp_path):
    """survey.parquet exists only where customers were asked, with units, and comes back the same."""
    made = asked(world(40, 8, program=GOOD, behaviour=LIVED), every=4)
    records = single.run(dataclasses.replace(made, seeds=2))
    again = Records.load(records.save(tmp_path / "asked"))
    assert again.survey.equals(records.survey) and set(again.survey.arm) == {"without", "with", "replayed"}
    assert set(records.survey.columns) == {"arm", *survey.COLUMNS}
    assert records.summary["net_promoter_score_with"]["unit"] == "points, -100 to 100"
    assert 1.0 <= records.summary["survey_dimensions_with"]["value"] <= 5.0
    bare = single.run(world(20, 4, program=GOOD, behaviour=LIVED)).save(tmp_path / "bare")
    assert not (bare / "survey.parquet").exists() and Records.load(bare).survey is None


# ---- metrics by hand -------------------------------------------------------------------------------------------------


def test_metrics_by_hand():
    """Small tables, exact; of ten answers three promoters and two detractors make 10 points."""
    assert contract.net_promoter_score(np.array([9, 10, 9, 7, 8, 7, 8, 7, 6, 0])) == pytest.approx(10.0)
    assert metrics.awareness(np.array([[1, 0], [1, 1]])).tolist() == [1.0, 0.5]
    assert metrics.complaint_rate(np.array([2, 0]), np.array([8, 0]))[0] == 0.25
    value = metrics.customer_value(np.array([[4.0, 0.0], [4.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 1.1]]), 0.1)
    assert value == pytest.approx([4.0 + 4.0 * 1.1**-0.25, 1.0], rel=1e-12)
    cells = metrics.loyalty_cells(np.array([1, 1, 0, 0]), np.array([1, 0, 1, 0]))
    assert cells == {"true": 0.25, "spurious": 0.25, "latent": 0.25, "none": 0.25}
    assert metrics.discrimination(np.array([1.0, 2.0, 2.0, 3.0]), np.array([0, 0, 1, 1])) == 0.875


def test_the_effective_rank_counts_dimensions():
    """Five independent answers 5, one answer five times 1, by hand l = (1 + r, 1 - r): 4 / (2 + 2 r^2) for two."""
    x = np.random.default_rng(1).standard_normal((50_000, 5))
    assert metrics.effective_rank(x) == pytest.approx(5.0, abs=0.01)
    assert metrics.effective_rank(np.repeat(x[:, :1], 5, axis=1)) == pytest.approx(1.0, abs=1e-9)
    pair = x[:, :2] @ np.array([[1.0, 0.6], [0.0, 0.8]])
    r = np.corrcoef(pair, rowvar=False)[0, 1]
    assert metrics.effective_rank(pair) == pytest.approx(4.0 / (2.0 + 2.0 * r * r), rel=1e-9)


def test_five_answers_are_hardly_two_dimensions():
    """S4-16: what five sides feel after a year of touchpoints has an effective rank under 2; noise alone in the answers
    lifts it. Behaviour shows one number, their weighted mean, by construction.
    """
    behaviour = {**LIVED, "emotions": {}}
    market = surveyed({**GOOD, "recognition": {"probability": 0.5, "effect": 0.2}}, n=300, behaviour=behaviour)
    felt = np.column_stack([market.population[name][:, 0] for name in FELT])
    answers = last(market)[list(SIDES)].to_numpy()
    assert 1.0 < metrics.effective_rank(felt) < 2.0
    assert metrics.effective_rank(answers) > metrics.effective_rank(felt)


@pytest.mark.by_hand("noise_dimensions")
@pytest.mark.parametrize("halo, noise", [(0.3, 1.0), (0.0, 1.0), (0.8, 2.0)])
def test_noise_alone_looks_like_dimensions(halo, noise):
    """Nobody feels anything: the answers' rank is that of noise alone, within 2 % (n = 6000, clip ignored)."""
    terms = Survey(every=1, halo=halo, noise=noise)
    wave = last(surveyed(n=6000, weeks=1, every=1, behaviour={}, halo=halo, noise=noise))
    found = metrics.effective_rank(wave[list(SIDES)].to_numpy())
    assert found == pytest.approx(survey.noise_dimensions(terms, 5), rel=0.02)
    assert np.isnan(survey.noise_dimensions(Survey(noise=0.0), 5))


def test_one_bond_is_one_dimension_however_many_answers_show():
    """The reviewed fault: one bond's answers show more than 2.5 dimensions; beside them 1 felt, and 4.0 of noise."""
    behaviour = {**LIVED, "bond": {"premium": 0.1}}
    scenario = asked(world(400, 26, program={"recognition": {"effect": 0.05}}, behaviour=behaviour), every=26)
    found = attitudes.figures(scenario, ran(scenario).book(), "a")
    assert found["survey_dimensions"] > 2.5 and found["felt_dimensions"] == pytest.approx(1.0)
    assert found["noise_dimensions"] == pytest.approx(4.0, abs=0.1)


@pytest.mark.by_hand("awareness", "acquired_by_referral", "referred", "acquired_otherwise")
def test_felt_figures_by_hand():
    """A small book, exact: profit of 130, 0, 0, 0 and 110 money by quarter, three customers; two of the three, who buy
    there only, like the firm; one of two newcomers was brought; a complaint in four visits.
    """
    market = ran(asked(everything(60, 15), every=15))
    book = market.book()
    weekly = book.weekly[book.weekly.firm == "a"].head(1)
    weekly = weekly.loc[weekly.index.repeat(65)].assign(week=range(65), profit=0, complaints=0, visits=0, referrals=0)
    weekly.loc[weekly.week == 0, ["profit", "complaints", "visits"]] = (13_000, 1, 4)
    weekly.loc[weekly.week == 52, ["profit", "referrals"]] = (11_000, 1)
    people = book.people.head(4).assign(status=[1, 1, 1, 0], entered=[0, 5, 9, 0])
    visits = np.zeros((5, 4, 1), np.int32)
    visits[-1, :3, 0] = 1
    bond = np.array([[0.5], [0.25], [0.1], [0.9]])
    aware = np.array([[1], [0], [1], [1]])
    own = dataclasses.replace(
        book, weekly=weekly, people=people, visits=visits, firms=("a",), traits={"bond": bond, "aware": aware}
    )
    found = attitudes.bought(own, 0, 0) | attitudes.known(market.terms, own, 0, 0) | attitudes.newcomers(own, 0, 0)
    found |= attitudes.loyal(own, 0)
    assert found["customer_value"] == pytest.approx((130.0 + 110.0 / 1.1) / 3.0)
    assert found["complaint_rate"] == 0.25 and found["awareness"] == pytest.approx(2 / 3)
    assert (found["acquired_by_referral"], found["acquired_otherwise"]) == (0.5, 0.5) and found["referred"] == 1.0
    assert (found["loyalty_true"], found["loyalty_spurious"]) == pytest.approx((2 / 3, 1 / 3))
    assert found["scr"] == 1.0


@pytest.mark.by_hand("retention_by_{}", "my_company_auc")
def test_stated_is_held_against_actual():
    """S0-17 by hand: of four buyers before the wave, those who answer 9 come back and those who answer 2 do not: 1; who
    did not buy before does not count.
    """
    scenario = asked(world(10, 40), every=13)
    book = ran(scenario).book()
    at, later = 12, 20
    rows = [(0, at, 0), (1, at, 0), (2, at, 0), (3, at, 0), (0, later, 0), (1, later, 0), (4, later, 0), (3, later, 1)]
    log = pd.DataFrame(rows, columns=["customer", "week", "firm"])
    wave = book.survey[(book.survey.week == 25) & (book.survey.firm == 0) & (book.survey.customer < 5)]
    wave = wave.assign(week=at, satisfaction=[9, 9, 2, 2, 2], my_company=[1, 0, 0, 0, 0])
    found = attitudes.stated(scenario, dataclasses.replace(book, survey=wave, log=log), 0)
    assert found["retention_by_satisfaction"] == pytest.approx(1.0) and found["my_company_auc"] == 0.75


def test_a_study_reports_them_with_units_in_both_worlds():
    """Each number of either world has its unit; a market without a program reports the same of every firm."""
    made = asked(world(60, 26, program={**GOOD, "recognition": {}}, behaviour={**LIVED, **REVIEWED}), every=6)
    found = single.run(dataclasses.replace(made, seeds=2)).summary
    for name in ("customer_value", "retention", "scr", "complaint_rate", "rating", "retention_by_trust", "image"):
        for arm in ("with", "without"):
            assert found[f"{name}_{arm}"]["unit"] == registry.unit(name), name
    bare = single.run(dataclasses.replace(asked(world(60, 26, behaviour=LIVED), every=6), seeds=2)).summary
    assert all(f"{name}[{f}]" in bare for name in ("customer_value", "retention", "complaint_rate") for f in "abcd")
    assert bare["customer_value[a]"]["unit"].startswith("money") and "rating[a]" not in bare


# ---- every row of the source texts of this kind ----------------------------------------------------------------------

CLUB = {"recognition": {"audience": "member", "probability": 0.8, "effect": 0.3}, "membership": {**EAGER}}
TALK = {"word_of_mouth": {"premium": 0.3, "talk": 0.5}}
POOL = {"arrivals": {"pool": 150, "depleting": True}}
OPEN = {"arrivals": {"pool": 300, "weekly": 0.01}}
FEEL = {"bond": {"premium": 0.3}}
REFER = {"referral": {"chance": 0.6, "audience": "everyone"}}


def firm_total(counter):
    """A counter of the focal firm over the run."""
    return lambda m: float(totals(m.book()).loc["a", counter])


def mean_answer(question):
    """A mean answer of the last wave about the focal firm."""
    return lambda m: float(last(m)[question].mean())


def rate_of(counter):
    """A counter of the focal firm per purchase."""
    return lambda m: firm_total(counter)(m) / firm_total("visits")(m)


def of_visits(metric):
    """A metric of purchases, for the focal firm."""
    return lambda m: float(metric(m.book().visits.sum(axis=0))[0])


def wallet(m):
    """Share of wallet of the focal firm."""
    return float(metrics.share_of_wallet(m.book().spend.sum(axis=0))[0])


def nps(m):
    """Net promoter score of the focal firm."""
    return contract.net_promoter_score(last(m).recommendation.to_numpy())


def repeat(m):
    """Share of the first quarter's buyers who buy again in the second."""
    return float(metrics.repeat_rate(*m.book().visits[:2])[0])


def likes_and_buys(m):
    """Share of customers with true loyalty: half of their purchases, and an answer above the middle."""
    visits = m.book().visits.sum(axis=0)[last(m).customer.to_numpy()]
    return metrics.loyalty_cells(visits[:, 0] > 0.5 * visits.sum(axis=1), last(m).bond.to_numpy() > 4)["true"]


def figure(name):
    """A number that a study reports of the focal firm."""
    return lambda m: attitudes.figures(m.terms, m.book(), "a")[name]


def known(m):
    """Awareness of the fourth firm."""
    return attitudes.figures(m.terms, m.book(), "d")["awareness"]


def buyers_won(m):
    """Share of those who did not know the fourth firm at first who bought it: its acquisition."""
    born = Market(m.terms, m.root_seed).population["aware"][:, 3] == 0
    return float((m.book().visits.sum(axis=0)[born, 3] > 0).mean())


def heard(m):
    """How much customers hear of the focal firm in a week, good or bad."""
    return float(np.abs(m.population["heard"][:, 0]).mean())


def public(m):
    """The focal firm's public rating."""
    return float(m.surroundings[-1]["rating"][0])


def ownership(m):
    """Share that says `my company`."""
    return float(last(m).my_company.mean())


CHANNEL = {"recognition": {"probability": 0.8, "effect": 0.05}}  # frequent, and each touch does little
CROWD = {"word_of_mouth": {"premium": 0.3, "talk": 0.5, "degree": 20}}  # a community: more friends to talk with
TAUGHT = {**LIVED, "word_of_mouth": {"talk": 0.6, "teach": 0.4}}
REVIEWED = {"word_of_mouth": {"premium": 0.1, "talk": 0.6, "review": 0.6, "review_weight": 1.0}}
ROWS = {  # row: (what is set, to what; before and after), (market behaviour), metric, sign
    "S0-17 satisfaction": ({}, GOOD, LIVED, mean_answer("satisfaction"), 1),
    "S0-17 repurchase intention": ({}, GOOD, LIVED, mean_answer("repurchase"), 1),
    "S0-17 recommendation": ({}, GOOD, LIVED, mean_answer("recommendation"), 1),
    "S0-18 net promoter score": ({}, GOOD, LIVED, nps, 1),
    "S0-19 retention": ({}, {"service": {"quality": 4.0}}, LIVED, repeat, 1),
    "S0-24 a contact channel": ({}, CHANNEL, {**LIVED, **TALK, **FEEL}, rate_of("promoters"), 1),
    "S4-34 a community": (GOOD, GOOD, {**LIVED, **CROWD}, heard, 1),
    "S0-06 S2-06 acquisitions by source": (
        {"referral": {"chance": 0.0}}, REFER, {**LIVED, **TALK, **OPEN}, figure("acquired_by_referral"), 1,
    ),
    "S1-09 S4-38 recovery": ({}, {"service": {"recovery": 1.0}}, LIVED, mean_answer("satisfaction"), 1),
    "S2-02 behaviour and attitude": ({}, {**CLUB, **GOOD}, {**LIVED, **FEEL}, likes_and_buys, 1),
    "S2-15 S3-52 response time": (
        {"service": {"recovery": 1.0, "response_time": 20.0}}, {"service": {"recovery": 1.0}}, LIVED,
        mean_answer("satisfaction"), 1,
    ),
    "S2-19 customer value": ({}, {**CLUB, **GOOD}, {**LIVED, **FEEL}, figure("customer_value"), 1),
    "S2-19 awareness": ({}, {}, TAUGHT, known, 1),
    "S4-35 social proof": ({}, {}, TAUGHT, buyers_won, 1),
    "S4-52 reviews": (GOOD, GOOD, REVIEWED, of_visits(metrics.penetration), 1),
    "S2-20 S3-63 public answers": ({}, {"service": {"recovery": 1.0, "voice": 2.0}}, REVIEWED, public, 1),
    "S2-21 quality": ({}, GOOD, LIVED, mean_answer("quality"), 1),
    "S2-21 service": ({}, {"service": {"recovery": 1.0}}, LIVED, mean_answer("service"), 1),
    "S2-21 image": ({}, GOOD, {**LIVED, **REVIEWED}, mean_answer("image"), 1),
    "S3-26 share of requirements": ({}, {**CLUB, **GOOD}, {**LIVED, **FEEL},
                                    of_visits(metrics.share_of_category_requirements), 1),
    "S3-26 share of wallet": ({}, {**CLUB, **GOOD}, {**LIVED, **FEEL}, wallet, 1),
    "S3-37 my company": ({}, CLUB, {**LIVED, **FEEL}, ownership, 1),
    "S3-46 S4-22 referral": (
        {"referral": {"chance": 0.0}}, REFER, {**LIVED, **TALK, **POOL}, firm_total("referrals"), 1,
    ),
    "S3-54 S4-48 failures prevented": ({}, {"service": {"failures": 0.2}}, LIVED, rate_of("complaints"), -1),
    "S3-58 complaints invited": ({}, {"service": {"voice": 2.0, "recovery": 1.0}}, LIVED,
                                 mean_answer("satisfaction"), 1),
    "S3-67 complaint rate rises with voice": ({}, {"service": {"voice": 2.0}}, LIVED, rate_of("complaints"), 1),
    "S4-16 trust": ({}, GOOD, {**LIVED, "emotions": {}}, mean_answer("trust"), 1),
    "S4-46 promise kept": (
        {"service": {"quality": 0.5, "promise": 1.5}}, {"service": {"quality": 0.5, "promise": 0.0}},
        {**LIVED, "emotions": {}}, mean_answer("trust"), 1,
    ),
    "S4-51 easy access": ({"service": {"voice": 0.2, "recovery": 1.0}}, {"service": {"voice": 2.0, "recovery": 1.0}},
                          LIVED, rate_of("recoveries"), 1),
}  # fmt: skip


BEFORE = {  # row: the market's behaviour before, where that is what changes
    "S2-19 awareness": {**LIVED, "word_of_mouth": {"talk": 0.6}},
    "S4-35 social proof": {**LIVED, "word_of_mouth": {"talk": 0.6}},
    "S4-34 a community": {**LIVED, "word_of_mouth": {"premium": 0.3, "talk": 0.5, "degree": 4}},
    "S4-52 reviews": {"word_of_mouth": {**REVIEWED["word_of_mouth"], "review_weight": 0.0}},
}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_moves_its_metric(row):
    """Each mechanism or metric of the source texts of this kind is reached by configuration, and the named metric moves
    in the named direction (same customers and luck).
    """
    before, after, behaviour, metric, sign = ROWS[row]
    found = []
    for k, program in enumerate((before, after)):
        own = BEFORE.get(row, behaviour) if k == 0 else behaviour
        firm = {"d": {"awareness": 0.4}} if metric in (known, buyers_won) else {}
        made = world(150, 26, program=program, behaviour={**LIVED, **own}, firm=firm)
        found.append(metric(ran(asked(made, every=26))))
    assert sign * (found[1] - found[0]) > 0, found


def test_an_audit_is_a_small_sample():
    """S3-55: a twentieth of 1500 is asked, eight times: each mean is off the census of the same wave by sampling error
    alone, neither biased nor of another spread (chi-square of eight, two-sided 1e-5); S4-45: who answers is the share.
    """
    census, audit = (surveyed(n=1500, weeks=8, every=1, sample=s).book().survey for s in (1.0, 0.05))
    z = []
    for week in range(8):
        whole, part = (t[(t.week == week) & (t.firm == 0)].satisfaction.to_numpy(float) for t in (census, audit))
        assert abs(len(part) - 75) < Z * np.sqrt(75 * 0.95)
        z.append((part.mean() - whole.mean()) / (whole.std() * np.sqrt(0.95 / len(part))))
    assert abs(np.sum(z)) < Z * np.sqrt(8.0)
    assert 0.21 < np.sum(np.square(z)) < 39.0  # quantiles 5e-6 and 1 - 5e-6


def test_my_company_tells_who_stays():
    """S3-37: the phrase tells apart who still buys next quarter, better than chance and short of certain."""
    market = surveyed({**CLUB}, n=400, weeks=39, every=26, behaviour={**LIVED, "bond": {"premium": 1.0}})
    table = market.book().survey
    wave = table[(table.week == 25) & (table.firm == 0)]
    stays = market.book().visits[2][wave.customer.to_numpy(), 0] > 0
    assert 0.5 < metrics.discrimination(wave.my_company.to_numpy(), stays) < 1.0


def test_replayed_customers_are_asked_too():
    """The survey exists in every world of a study, so that a program's effect on answers has a truth."""
    found = twins.three(asked(world(40, 8, program=GOOD, behaviour=LIVED), every=4), 3)
    assert all(len(book.survey) for book in (found.without, found.with_it, found.replayed))


def test_a_saved_market_goes_on_with_what_was_said_and_asked(tmp_path):
    """Stop after 9 of 18 weeks, save, load, go on: books, people and answers of the uninterrupted run, exact; with the
    log (words of all weeks are kept) and without it (those of past weeks are not).
    """
    from loyaltysim.market import checkpoint

    for log in (True, False):
        scenario = asked(everything(40, 18), every=6)
        scenario = dataclasses.replace(scenario, record=dataclasses.replace(scenario.record, log=log))
        whole, first = (in_plain(Market(scenario, 5)) for _ in range(2))
        for _ in range(9):
            first.step()
        second = in_plain(checkpoint.load(checkpoint.save(first, tmp_path / f"half-{log}.npz")))
        for _ in range(9):
            second.step()
        same(whole.run(), second.book())
        assert whole.book().survey.equals(second.book().survey) and len(second.book().survey)
        assert (whole.population["reputation"] == second.population["reputation"]).all()
