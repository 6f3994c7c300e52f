"""Firms that outbid, withdraw, shift and learn: what each decides, by hand, and once in a market."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.firms.decision import KEEP, Memory, Seen
from loyaltysim.firms.offer import Offer
from loyaltysim.firms.policies import reevaluate, registry
from loyaltysim.firms.policies.imitate import given
from loyaltysim.market.model import Market
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.theory.selection import false_triggers
from tests.scenarios import EAGER, Z, in_plain, parts, points_world, terms, world

POINTS = {"earn": 1.0, "threshold": 100.0, "face_value": 1.0}  # 1 % of spending


def seen(week: int, program=None, rivals=(), memory=None, buyers=(), **books) -> Seen:
    """What firm "a" sees in a week: its program, what rivals showed last week, its books (whole weeks so far)."""
    own = Offer(1.0, 1.0, parts(program))
    shown = {"a": own, **{name: Offer(1.0, 1.0, parts(p)) for name, p in zip("bcd", rivals, strict=False)}}
    return Seen(
        week, "a", "a", own, own.program, tuple(buyers), [shown] * week, lambda: books, Memory(memory or {})
    )  # fmt: skip


def decided(name: str, view: Seen, **values):
    """The answer of a policy at these terms, remembering what it starts with unless the view says otherwise."""
    policy = registry()[name]
    memory = {**policy.state, **{key: getattr(view.memory, key) for key in dir(view.memory)}}
    return policy.decide(terms(name, **values), view.shown_to(policy, Memory(memory)), lambda purpose: 0.5)


def rate(decision) -> float:
    return given(decision.program)


# --- escalate ---


def test_a_step_above_the_most_generous_rival_until_the_ceiling():
    """Rivals give 2 and 1.2 %: 2.5 % at the next look; 4.9 % is answered by the ceiling of 5 %; 5 % by nothing more."""
    rivals = [{"points": {**POINTS, "face_value": 2.0}}, {"cashback": {"rate": 0.012}}]
    first = decided("escalate", seen(13, {"points": POINTS}, rivals))
    assert rate(first) == pytest.approx(0.025) and first.memory["level"] == pytest.approx(2.5)
    rivals[1] = {"cashback": {"rate": 0.049}}
    second = decided("escalate", seen(26, {"points": POINTS}, rivals, {"level": 2.5}))
    assert rate(second) == pytest.approx(0.05)
    assert decided("escalate", seen(39, {"points": POINTS}, rivals, {"level": 5.0})).idle


@pytest.mark.parametrize("week, rival", [(14, 0.02), (0, 0.02), (13, 0.004), (13, None)])
def test_nothing_is_raised_between_looks_or_where_no_rival_is_near(week, rival):
    """Off the weeks of looks; a rival more than a step behind; rivals without rewards."""
    rivals = [{} if rival is None else {"cashback": {"rate": rival}}]
    assert decided("escalate", seen(week, {"points": POINTS}, rivals)).idle


def test_two_that_outbid_each_other_climb_together_and_stop():
    """From 1 %, a step of 1 % every 2 weeks, ceiling 3.5 %: together 1, 2, 3, 3.5 %, and no further, week by week."""
    own = {
        "program": parts({"points": POINTS}),
        "policy": parts({"escalate": {"step": 0.01, "ceiling": 0.035, "every": 2}}),
    }
    book = in_plain(Market(world(10, 9, firm={"a": own, "b": own}), 1)).run()
    for firm in "ab":
        rates = [round(given(offers[firm].program), 9) for offers in book.offers]
        assert rates == [0.01, 0.01, 0.02, 0.02, 0.03, 0.03, 0.035, 0.035, 0.035]


# --- guard ---


def flat(before: float, after: float, weeks: int, start: int, cost: int) -> dict[str, tuple]:
    """Books of so many weeks: profit before and after the start, rewards since."""
    zero = (0,) * weeks
    return {
        "profit": (before,) * start + (after,) * (weeks - start),
        "reward_cost": (0,) * start + (cost,) * (weeks - start),
        "liability_change": zero, "touchpoints": zero,
    }  # fmt: skip


@pytest.mark.parametrize(
    "after, least, stays", [(110, 0.0, True), (90, 0.0, False), (90, -0.6, True), (120, 1.5, False)]
)
def test_a_program_that_does_not_return_its_cost_is_withdrawn(after, least, stays):
    """Profit 100 a week before; 20 of rewards: +10 returns .5, -10 returns -.5, +20 returns 1 a unit of money."""
    books = flat(100, after, 10, 6, 20)
    keys = {"week": 6, "window": 4, "every": 4, "least": least}
    view = seen(10, {"points": POINTS}, **books)
    answer = decided("guard", view, **keys)
    assert bool(answer.program) is stays and ("withdrawn" in answer.memory) is not stays
    assert decided("guard", dataclasses.replace(view, week=11), **keys).program == view.configured  # no week of a look
    again = dataclasses.replace(view, memory=Memory({"withdrawn": 1.0}), week=14)
    assert decided("guard", again, **keys).program == {}
    assert decided("guard", dataclasses.replace(view, week=5), **keys).program == {}


def test_in_a_market_a_program_that_moves_nobody_is_withdrawn_and_one_that_costs_nothing_is_not():
    """People whom money does not move: rewards only cost; they end at the first look, to stay."""
    keys = {"guard": {"week": 5, "window": 5, "every": 3, "least": 5.0}}
    book = in_plain(Market(points_world(40, 16, policy=keys, joining=EAGER), 1)).run()
    assert [bool(offers["a"].program) for offers in book.offers] == [5 <= week < 10 for week in range(16)]
    free = in_plain(Market(points_world(40, 16, {"cost": 0.0}, policy=keys, joining=EAGER), 1)).run()
    assert all(free.offers[week]["a"].program for week in range(5, 16))


# --- relational shift ---

BOTH = {"points": POINTS, "recognition": {"probability": 0.2, "effect": 0.1}}


def budget(rewards: int, touch: int, weeks: int = 20) -> dict[str, tuple]:
    return {"reward_cost": (rewards,) * weeks, "liability_change": (0,) * weeks, "touchpoints": (touch,) * weeks}


@pytest.mark.parametrize(
    "touch, part, probability, face",
    [(30, 1.0, 0.6, 0.0), (30, 0.5, 0.4, 0.5), (12, 1.0, 1.0, 0.2)],
    ids=["all", "half", "as_much_as_fits"],
)
def test_the_same_money_goes_to_touchpoints(touch, part, probability, face):
    """60 a week of rewards: 60 + 30 make three times the touchpoints; of 12 to 60 only four times as much fits, and the
    12 that do not stay rewards.
    """
    answer = decided("relational_shift", seen(20, BOTH, **budget(60, touch)), week=20, part=part)
    assert answer.program["recognition"].probability == pytest.approx(probability)
    assert answer.program["points"].face_value == pytest.approx(face)
    spent = 60 * answer.program["points"].face_value + touch * answer.program["recognition"].probability / 0.2
    assert spent == pytest.approx(60 + touch)
    assert decided("relational_shift", seen(21, BOTH, memory={"shifted": 1.0}, **budget(60, 30)), week=20).idle
    assert decided("relational_shift", seen(19, BOTH, **budget(60, 30)), week=20).idle


def test_the_budget_moves_once_buyers_stay_away():
    """Nine of ten is the limit: 91 of 100 is not below it, 89 is; a first look has nothing to compare with."""
    keys = {"week": 13, "below": 0.9}
    first = decided("relational_shift", seen(13, BOTH, buyers=(10,) * 10, **budget(60, 30)), **keys)
    assert first.program is KEEP and first.memory == {"buyers": 100.0}
    for now, moved in ((91, False), (89, True)):
        view = seen(26, BOTH, memory={"buyers": 100.0}, buyers=(now,), **budget(60, 30))
        assert (decided("relational_shift", view, **keys).program is not KEEP) is moved


# --- commitment ---

COUPON = {"coupon": {"issued": "visit", "chance": 1.0, "worth_in": "share", "face_value": 0.05}}


def at(price: float, week: int, program, promised: float = 0.0) -> Seen:
    """The same at another price; a unit costs .6."""
    view = seen(week, program, memory={"promised": promised})
    return dataclasses.replace(view, own=dataclasses.replace(view.own, price=price), unit_cost=0.6)


def test_a_coupon_is_promised_now_and_kept_in_the_next_period():
    """A price of 1 leaves .4: half of it, .2 of the price, is promised and nothing kept yet; a period later it is kept
    whatever the firm asks by then, and half of the margin at .8, .125 of that price, promised; between, nothing.
    """
    keys = {"part": 0.5, "period": 10}
    first = decided("commitment", at(1.0, 0, COUPON), **keys)
    assert "coupon" not in first.program and first.memory["promised"] == pytest.approx(0.2)
    assert decided("commitment", at(1.0, 7, COUPON, 0.2), **keys).idle
    second = decided("commitment", at(0.8, 10, COUPON, 0.2), **keys)
    assert second.program["coupon"].face_value == 0.2 and second.program["coupon"].issued == "visit"
    assert second.memory["promised"] == pytest.approx(0.125)
    before = decided("commitment", at(1.0, 0, COUPON), start=4, **keys)
    assert "coupon" not in before.program and before.memory == {}


@pytest.mark.parametrize(("part", "price"), [(0.25, 0.7), (-0.5, 0.4)])
def test_a_loyal_price_is_cost_and_part_of_the_margin(part, price):
    """.6 and a quarter of .4; half of .4 below cost."""
    given = {"loyal_price": {"price": 0.95}}
    assert decided("commitment", at(1.0, 0, given), part=part).memory["promised"] == pytest.approx(price)
    kept = decided("commitment", at(1.3, 26, given, price), part=part)
    assert kept.program["loyal_price"].price == price and kept.program["loyal_price"].window == 26


def test_in_a_market_the_promise_of_one_period_is_what_the_next_one_has():
    """Price .9 at first, 1.1 from week 6: the coupon of weeks 5 to 9 is by the margin at .9, that from week 10 by the
    margin at .9 as it was asked when it was promised in week 5; from 15 on by that at 1.1, promised in week 10.
    """
    own = {"policy": parts({"commitment": {"part": 0.5, "period": 5}}), "program": parts(COUPON), "price": 0.9,
           "changes": ({"week": 6, "price": 1.1},)}  # fmt: skip
    book = in_plain(Market(world(20, 18, firm={"a": own}), 1)).run()
    own = [offers["a"].program for offers in book.offers]
    faces = [program["coupon"].face_value if "coupon" in program else None for program in own]
    early, late = 0.5 * 0.2 / 0.9, 0.5 * 0.4 / 1.1  # cost .7
    assert faces[:5] == [None] * 5 and faces[5:15] == pytest.approx([early] * 10)
    assert faces[15:] == pytest.approx([late] * 3)


# --- reevaluate ---


@pytest.mark.parametrize(
    "when, level, moved, after",
    [
        ("better", 1.0, 0.10, 1.25), ("better", 1.0, 0.01, 1.0), ("better", 1.0, -0.10, 0.0),
        ("better", 1.25, -0.1, 1.0),
        ("better", 1.9, 0.10, 2.0), ("worse", 1.0, -0.10, 1.25), ("worse", 1.0, 0.10, 1.0), ("worse", 1.25, 0.1, 1.0),
        ("better", 0.0, 0.10, 0.0),
    ],
)  # fmt: skip
def test_keep_raise_or_drop(when, level, moved, after):
    """Profit moves by a share of sales (1000 a week) since the last look; the reward follows; within 2 % it stays."""
    profit = 100 + 1000 * moved
    memory = {"level": level, "figure": 100.0, "sales": 1000.0}
    view = seen(26, {"points": POINTS}, memory=memory, profit=(0,) * 13 + (profit,) * 13, revenue=(1200,) * 26)
    answer = decided("reevaluate", view, week=13, every=13, raise_when=when)
    assert answer.memory == {"level": after, "figure": profit, "sales": 1200.0}
    assert (given(answer.program) == pytest.approx(0.01 * after)) and bool(answer.program) is (after > 0.0)


def test_it_reacts_to_customers_who_stay_away():
    """S0-28: buyers of the last 4 weeks were 20 a week at the last look and are 18 now: the reward rises by a half."""
    memory = {"level": 1.0, "figure": 20.0, "sales": 20.0}
    view = seen(12, {"points": POINTS}, memory=memory, buyers=(30, 30, 18, 18, 18, 18))
    answer = decided("reevaluate", view, week=4, every=4, watch="buyers", raise_when="worse", step=0.5)
    assert answer.memory["level"] == 1.5 and answer.memory["figure"] == 18.0
    kept = decided("reevaluate", seen(11, {"points": POINTS}, memory=memory), week=4, every=4)
    assert kept.idle and decided("reevaluate", seen(3, {"points": POINTS}), week=4).program == {}


def test_it_reacts_to_noise_as_often_as_chance_says():
    """20 buyers a week at every look, measured with an error of 3 %, a band of 4 %: of 4,000 looks a share
    Phi(-.04 / (.03 sqrt 2)) = .173 raises the reward though nothing has changed, and as many would lower it; z at 1e-5.
    """
    dice = np.random.default_rng(8)
    own = terms("reevaluate", week=4, every=4, watch="buyers", raise_when="worse", band=0.04, error=0.03)
    moved = []
    for _ in range(4000):
        memory = {"level": 1.5, "figure": 20.0 * (1.0 + 0.03 * dice.standard_normal()), "sales": 20.0}
        view = seen(12, {"points": POINTS}, memory=memory, buyers=(20,) * 12)
        answer = reevaluate.decide(own, view, lambda purpose: float(dice.random()))
        moved.append(np.sign(answer.memory["level"] - 1.5))
    chance = false_triggers(0.04, 0.03)
    assert chance == pytest.approx(0.1729, abs=1e-4) and false_triggers(0.04, 0.0) == 0.0
    for direction in (1.0, -1.0):
        share = (np.array(moved) == direction).mean()
        assert abs(share - chance) < Z * np.sqrt(chance * (1.0 - chance) / 4000)


def test_a_measured_figure_is_drawn_once_a_look_and_exact_without_error():
    """The keyed draw of the firm and week, and none where the error is 0."""
    asked = []
    memory = {"level": 1.0, "figure": 20.0, "sales": 20.0}
    view = seen(12, {"points": POINTS}, memory=memory, buyers=(20,) * 12)
    for error in (0.0, 0.1):
        own = terms("reevaluate", week=4, every=4, watch="buyers", error=error)
        answer = reevaluate.decide(own, view, lambda purpose: asked.append(purpose) or 0.8413447460685429)
        assert answer.memory["figure"] == pytest.approx(20.0 * (1.0 + error), rel=1e-8)
    assert asked == ["measured"]


# --- imitate ---


def test_a_copy_stops_at_its_ceiling():
    """3 % and 1 % copied twofold are 8 %; with a ceiling of 4 % each is copied as it was shown."""
    shown = {"points": {**POINTS, "face_value": 3.0}, "cashback": {"rate": 0.01}}
    view = dataclasses.replace(seen(4, {}, [shown]), focal="b")
    assert rate(decided("imitate", view, lag=1, fidelity=2.0)) == pytest.approx(0.08)
    limited = decided("imitate", view, lag=1, fidelity=2.0, ceiling=0.04)
    assert rate(limited) == pytest.approx(0.04) and limited.program["cashback"].rate == pytest.approx(0.01)


# --- what cannot be is told before the run ---


@pytest.mark.parametrize(
    "words, message",
    [
        (["policy=escalate"], "policy.escalate.step raises a reward on spending, and firms.a.program has none"),
        (["policy=escalate", "program=points_3", "policy.escalate.ceiling=0.02"], "is below the 0.03 that firms.a"),
        (["policy=guard", "policy.guard.week=20"], "policy.guard.week must leave window = 26 weeks without"),
        (["policy=relational_shift", "program=points"], "firms.a.program; it has no touchpoints"),
        (["policy=commitment", "program=points"], "program has not one of them: program=commit_coupon"),
        (["policy=commitment", "program=coupon"], "is a share of the purchase: set firms.a.program.coupon.worth_in"),
        (["policy=commitment", "program=loyal_price", "policy.commitment.part=-1"], "each repeat purchase loses money"),
        (["policy=reward_nash", "program=club", "behaviour=bond"], "changes a reward on spending"),
        (["policy=reward_nash", "program=points", "policy.reward_nash.floor=0.5"], "must not exceed ceiling"),
        (["policy=reevaluate", "program=club", "behaviour=bond"], "raises a reward, and firms.a.program has none"),
        (
            ["program=points", "program.points.face_value=300", "rivals=imitate", "rivals.policy.imitate.fidelity=1.9"],
            r"fidelity = 1.9 of firms.a.program.points: .*lower it",
        ),
    ],
)  # fmt: skip
def test_a_policy_says_before_the_run_what_it_cannot_do(words, message):
    with pytest.raises(ConfigError, match=message):
        compose(["market=grocery", "weeks=208", "worlds=none", *words])
