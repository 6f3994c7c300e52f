"""Points: hand-worked cards, the pull of a card, an independent ledger, neutral routes, scaling, price cuts."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loyaltysim.market.model import Market
from loyaltysim.mechanism.registry import terms_of
from loyaltysim.programs import points
from loyaltysim.scenario.model import Basket
from loyaltysim.scenario.terms import NEVER
from loyaltysim.theory.goal_gradient import card_share, progress, rational_impatience
from tests.scenarios import (
    EAGER,
    FIXED,
    SHARES,
    VARIED,
    Z,
    all_members,
    everything,
    in_plain,
    offered,
    parts,
    points_world,
    same,
    totals,
    world,
)

EAGER_POINTS = {"joining": EAGER, "basket": Basket(mean=20.0, sd_between=0.4, sd_within=0.5)}


ANYBODY = SimpleNamespace(propensity=0.0)


# ---- rules by hand -------------------------------------------------------------------------------------------------


def earned(spend, balance=0, start=0, last=5, joined=0, bonus=0.0, week=9):
    """What a purchase leaves on a card of 100 points: (balance, start, last | issued, redeemed, rewards).

    The same is told to the rules that live on what was earned and given.
    """
    here = SimpleNamespace(joined=joined, misjudged=0.0, picked=0, balance=balance, card_start=start, last_earned=last)
    visit = SimpleNamespace(
        week=week,
        spend=spend,
        points_issued=0,
        points_redeemed=0,
        rewards=0,
        reward_earned=0,
        reward_given=0,
        points_in=0,
    )
    own = points.Points(earn=1.0, threshold=100.0, bonus=bonus)
    points.points_earned(here, ANYBODY, offered(own, stacking=SimpleNamespace(most=NEVER)), visit)
    assert (visit.reward_earned, visit.reward_given) == (visit.points_issued, visit.rewards)
    assert here.joined == joined
    return (
        here.balance, here.card_start, here.last_earned, visit.points_issued, visit.points_redeemed, visit.rewards,
    )  # fmt: skip


def test_points_are_earned_redeemed_and_carried_over():
    """By hand: 1 point a unit, 100 for a reward. 70 held + 250 spent = 3 rewards and 20 left."""
    assert earned(3_000) == (30_000, 0, 9, 30_000, 0, 0)
    assert earned(25_000, balance=70_000) == (20_000, 0, 9, 250_000, 300_000, 3)
    assert earned(3_000, joined=-1) == (0, 0, 5, 0, 0, 0)


@pytest.mark.parametrize(("earn", "issued"), [(0.0015, 3_000), (1 / 3, 666_666), (0.0001, 200), (1.2345678, 2_469_135)])
def test_a_rate_that_is_no_whole_thousandth_issues_what_it_says(earn, issued):
    """F-02: 2,000 spent at .0015 are 3 points, not 4; by hand earn x 2,000 in thousandths, rounded down once."""
    own = points.Points(earn=earn, threshold=5.0, face_value=0.001)
    assert points.on_spending(200_000, own.issued, own.issued_per_cent) == issued
    assert own.rate == pytest.approx(earn * 0.001 / 5.0) and own.pace == pytest.approx(earn / 500.0)


@given(spend=st.integers(0, 10**9), thousandths=st.integers(1, 10**6))
def test_whole_thousandths_are_counted_in_whole_numbers(spend, thousandths):
    """What such rates always issued, to the last thousandth."""
    own = points.Points(earn=thousandths / 1000, threshold=1e6, face_value=0.001)
    assert points.on_spending(spend, own.issued, own.issued_per_cent) == spend * thousandths // 100


def test_books_and_pull_read_the_same_card():
    """A card of 7.0004 points is kept as 7; one of .0014, which would be kept as .001, is refused, as is a rate that
    gives less than a tenth of a point for a purchase.
    """
    own = points.Points(earn=1.0, threshold=7.0004, face_value=1.0)
    assert own.card == 7000 and own.rate == 1 / 7 and own.pace == 1 / 700 and points.check(own) == []
    ((key, said),) = points.check(points.Points(earn=1e-3, threshold=0.0014, face_value=1e-3))
    assert key == "threshold" and "write 0.001" in said and "times 1000" in said
    small, model = points.Points(earn=0.00015, threshold=5.0), points_world(10, 4, basket=FIXED)
    ((key, said),) = points.fits(small, model)
    assert key == "earn" and "0.0015 points" in said and "times 1000" in said
    assert points.fits(points.Points(earn=0.001), model) == points.fits(points.Points(earn=0.0123), model) == []


def test_points_issued_are_the_rate_times_the_revenue_of_members():
    """A whole market at .0123 a unit: within one thousandth of a point a purchase of what members paid."""
    given_ = {"earn": 0.0123, "threshold": 1.0, "face_value": 1.0}
    market = all_members(in_plain(Market(points_world(60, 12, points=given_, joining=EAGER, basket=VARIED), 3)))
    row = totals(market.run()).loc["a"]
    assert row.visits > 100 and 0.0 <= row.revenue * 0.123 - row.points_issued <= row.visits


def test_a_return_at_the_till_takes_its_points_back():
    """Bought, earned, brought back, points kept? Not here: what comes back before the till closes is not paid and
    earns nothing; points issued are the rate times what stayed sold, and the card of who brings all back stays empty.
    """
    program = {"points": {"earn": 1.0, "threshold": 100.0, "face_value": 6.0}, "returns": {"leniency": 1.0},
               "service": {"failures": 1.0}, "membership": EAGER}  # fmt: skip
    for request, kept in ((0.5, True), (1.0, False)):
        own = {**program, "returns": {"leniency": 1.0, "request": request}}
        model = world(40, 12, program=own, behaviour={"experience": {"failure": 1.0}}, basket=VARIED)
        market = all_members(in_plain(Market(model, 1)))
        row, held = totals(market.run()).loc["a"], market.population["balance"][:, 0]
        assert row.returns > 20 and row.refunds > 0
        assert 0 <= row.revenue * 10 - row.points_issued <= row.visits * 10 and (row.points_issued > 0) == kept
        assert row.points_issued == row.points_redeemed + row.points_expired + held.sum()


def test_exactly_full_is_full():
    """A balance that equals the threshold is a reward, one thousandth of a point less is none."""
    assert earned(3_000, balance=70_000)[:1] + earned(3_000, balance=70_000)[3:] == (0, 30_000, 100_000, 1)
    assert earned(3_000, balance=69_999)[:1] + earned(3_000, balance=69_999)[3:] == (99_999, 30_000, 0, 0)


def test_bonus_comes_once_and_opens_the_first_card():
    """The sign-up bonus is issued at the first visit as a member, marks where the card began, and never returns."""
    first = earned(3_000, last=-1, bonus=20.0)
    assert first == (50_000, 20_000, 9, 50_000, 0, 0)
    assert earned(3_000, balance=50_000, start=20_000, bonus=20.0) == (80_000, 20_000, 9, 30_000, 0, 0)
    assert earned(5_000, balance=50_000, start=20_000, bonus=20.0) == (0, 0, 9, 50_000, 100_000, 1)


def lapsed(week, expiry):
    """A card of 500 last stamped in week 10, at the start of a week: (balance, start | expired)."""
    (hook,) = (h for h in points.MECHANISM.hooks if h.rule is points.points_lapse)
    here = SimpleNamespace(balance=500, card_start=20, last_earned=10)
    visit, terms = SimpleNamespace(week=week, points_expired=0), points.Points(expiry=expiry)
    if hook.when(terms):
        hook.rule(here, terms, visit)
    return here.balance, here.card_start, visit.points_expired


def test_points_lapse_after_more_than_expiry_weeks():
    """Expiry 3, last visit in week 10: held until week 13, gone in week 14; 0 means never (oracle 23)."""
    assert lapsed(13, 3) == (500, 20, 0)
    assert lapsed(14, 3) == (0, 0, 500)
    assert lapsed(5000, 0) == (500, 20, 0)


@given(
    strength=st.floats(0.0, 50.0), power=st.floats(0.0, 20.0), step=st.floats(0.004, 3.7), endowed=st.floats(0.0, 0.95),
    impatience=st.one_of(st.just(0.0), st.floats(1e-4, 500.0)), cards=st.integers(1, 4),
)  # fmt: skip
def test_the_steps_of_a_card_sum_to_its_reward(strength, power, step, endowed, impatience, cards):
    """model.md 4: whatever the steepness, step, endowment and pressure, a full card is worth one reward.

    Walk from the endowed start over whole cards, the last step ending exactly on a full card; sum = number of cards.
    Tolerance 1e-9 per step: at impatience 1e-4 the curve spans 1e-4, so 1e-16 of rounding is 1e-12 of a reward.
    """
    whole = progress(1.0, strength, power, impatience) - progress(endowed, strength, power, impatience)
    assume(whole > 1e-6)  # an impatience of 500 puts the whole worth within the last 1 % of the card
    place, start, total, done, steps = endowed, endowed, 0.0, 0, 0
    while done < cards:
        d = min(step, cards - done - place)
        total += card_share(place, d, start, strength, power, impatience)
        steps += 1
        full = math.floor(place + d + 1e-12)
        place, start, done = max(0.0, place + d - full), start if full == 0 else 0.0, done + full
    assert total == pytest.approx(cards, abs=1e-9 * steps + 1e-9)


def test_no_pressure_is_cash():
    """p = 0: every step is worth its share of the card, wherever it happens; exact in binary fractions."""
    for place in (0.0, 0.25, 0.5, 0.875):
        assert card_share(place, 0.125, 0.0, 0.0, 3.0, 0.0) == 0.125
    assert card_share(0.5, 2.75, 0.0, 0.0, 3.0, 0.0) == 2.75


def test_the_pull_grows_along_a_card_and_falls_back_after_the_reward():
    """Kivetz, Urminsky & Zheng 2006: goal gradient and post-reward reset (model.md 11.4), at the default curve."""
    steps = [card_share(k / 10, 0.1, 0.0, 1.0, 3.0, 0.0) for k in range(10)]
    assert steps == sorted(steps) and steps[9] > 1.2 * steps[0]
    after = card_share(0.0, 0.1, 0.0, 1.0, 3.0, 0.0)
    assert after == steps[0]


def visits_to_fill(place, d, steps, strength):
    """Mean visits to the category until a card is full, at even odds without a reward and a whole reward worth 3."""
    pulls = [card_share(place + k * d, d, place, strength, 3.0, 0.0) for k in range(steps)]
    return sum(1.0 + math.exp(-3.0 * pull) for pull in pulls)


def test_endowed_progress_fills_a_card_sooner():
    """Nunes & Dreze 2006 (model.md 11.4): ten stamps with two given beat eight stamps with none, at the default curve.

    The sign only: both cards hand out one reward over eight steps, so the difference is far below the published 34 %
    against 19 %, a known misfit in size of a formula whose steps sum to one reward.
    """
    assert visits_to_fill(0.2, 0.1, 8, 1.0) < visits_to_fill(0.0, 0.125, 8, 1.0)


def test_endowed_stamps_are_cash_without_a_gradient():
    """p = 0: ten stamps with two given are eight stamps with none, to 1e-12."""
    assert visits_to_fill(0.2, 0.1, 8, 0.0) == pytest.approx(visits_to_fill(0.0, 0.125, 8, 0.0), rel=1e-12)


def steepness(visits, expiry=0, steps=10, discount=0.002):
    """Worth of the last step over the first, for a rational customer."""
    a = rational_impatience(visits, 1.0 / steps, discount, expiry)
    first = card_share(0.0, 1.0 / steps, 0.0, 0.0, 0.0, a)
    return card_share(1.0 - 1.0 / steps, 1.0 / steps, 0.0, 0.0, 0.0, a) / first


def test_rational_incentives_are_flat_for_frequent_customers_and_steep_for_light_ones():
    """Hartmann & Viard 2008: rewards switch little cost on frequent customers. Closed form: last / first = psi^-(N-1).

    psi = visits / (visits + discount) is the discounted chance of the next visit; relative tolerance 1e-6.
    """
    for visits in (5.0, 0.5, 0.05):
        psi = visits / (visits + 0.002)
        assert steepness(visits) == pytest.approx(psi**-9, rel=1e-6)
    assert steepness(5.0) < 1.01 < 1.4 < steepness(0.05)


def test_rational_customers_mind_an_expiry_that_they_may_miss():
    """psi is multiplied by the chance that the next visit comes in time, 1 - exp(-(visits + discount) expiry)."""
    psi = 0.25 / 0.252 * (1.0 - math.exp(-0.252 * 4))
    assert steepness(0.25, expiry=4) == pytest.approx(psi**-9, rel=1e-6)
    assert steepness(0.25, expiry=4) > 3.0 > 1.1 > steepness(0.25)


# ---- the ledger ----------------------------------------------------------------------------------------------------


def ledger(log, terms, weeks, firm=0):
    """Points kept by hand from a log of purchases, for customers who join at their first visit to a firm.

    -> {(week, counter): thousandths of a point}, {customer: balance}
    """
    booked, held, last = defaultdict(int), {}, {}
    earn, card, bonus = round(terms.earn * 1000), round(terms.threshold * 1000), round(terms.bonus * 1000)
    by_week = dict(tuple(log[log["firm"] == firm].groupby("week")))
    for week in range(weeks):
        for who in held:
            if terms.expiry and week > last[who] + terms.expiry:
                booked[week, "points_expired"] += held[who]
                held[who] = 0
        for who, spend in by_week[week][["customer", "spend"]].to_numpy() if week in by_week else ():
            issued = int(spend) * earn // 100 + (bonus if who not in held else 0)
            full, rest = divmod(held.get(who, 0) + issued, card)
            held[who], last[who] = rest, week
            booked[week, "points_issued"] += issued
            booked[week, "points_redeemed"] += full * card
            booked[week, "rewards"] += full
    return booked, held


@pytest.mark.parametrize(
    "values", [{}, {"expiry": 2}, {"expiry": 1, "bonus": 30.0}, {"earn": 0.37, "threshold": 33.0}], ids=str
)
def test_books_equal_a_ledger_kept_by_hand(values):
    """Oracle 7: issued = redeemed + expired + outstanding, recomputed purchase by purchase from the log; integers,
    exact.
    """
    scenario = points_world(600, 40, values, **EAGER_POINTS)
    market = Market(scenario, 4)
    book = market.run()
    booked, held = ledger(book.log, scenario.firms["a"].program["points"], 40)
    own = book.weekly[book.weekly["firm"] == "a"]
    for counter in ("points_issued", "points_redeemed", "points_expired", "rewards"):
        assert own[counter].tolist() == [booked[week, counter] for week in range(40)], counter
    balance = market.population["balance"][:, 0]
    assert {i: int(b) for i, b in enumerate(balance) if b} == {int(i): b for i, b in held.items() if b}
    assert own["points_issued"].sum() == own["points_redeemed"].sum() + own["points_expired"].sum() + balance.sum()
    assert own["rewards"].sum() > 100
    others = book.weekly[book.weekly["firm"] != "a"]
    assert (others[["points_issued", "points_redeemed", "points_expired", "joins"]].to_numpy() == 0).all()


def test_points_balance_for_each_customer_firm_and_week():
    """Oracle 7, finest grain: what a customer holds at a firm changes by issued - redeemed - expired - taken back -
    given away; every week, exact.
    """
    market = Market(everything(40, 30, log=False), 2)
    names = list(market.assembled.counts)
    at = [names.index(f"points_{what}") for what in ("issued", "redeemed", "expired", "reversed", "given")]
    seen = np.zeros(len(at), int)
    for _ in range(30):
        offers = market.firms_decide()
        market.remember(market.around())
        for m in market.mechanisms:
            if m.each_week is not None:
                m.each_week(market, terms_of(market.terms, m))
        market.population.drift(market.week)
        before, whole = market.population["balance"].copy(), 0
        for i in range(market.population.n):
            counts = market.customer(i).step()
            change = market.population["balance"][i] - before[i]
            assert (change == counts[:, at[0]] - counts[:, at[1:]].sum(axis=1)).all()
            seen += counts[:, at].any(axis=0)
            whole = whole + counts
        market.books_close(whole)
        market.week_recorded()
    assert seen.min() > 10 and seen.sum() > 200 and len(offers) == 4


def test_points_of_customers_who_left_lapse_like_any_others():
    """A customer who dropped out never comes back, so with expiry e nothing is held e + 1 weeks after the last
    purchase.
    """
    behaviour = {"dropout": {"kind": "per_purchase", "a": 2.0, "b": 2.0}}
    market = in_plain(Market(points_world(60, 30, {"expiry": 3}, joining=EAGER, behaviour=behaviour), 1))
    market.run()
    assert (market.population["status"] == 2).mean() > 0.9
    late = market.population["last_earned"][:, 0] + 3 < 29
    assert late.sum() > 20
    assert (market.population["balance"][late, 0] == 0).all()


# ---- neutral, scaled, equivalent -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"earn": 0.0},
        {"face_value": 0.0},
        {"threshold": float(NEVER)},
        {"perceived": 0.0, "bonus": 50.0},
        {"earn": 0.0, "bonus": 0.0},
    ],
    ids=str,
)
def test_no_program_by_every_route(values):
    """Oracle 10: nothing earned, worthless, or out of reach = no program; every shared column, every byte."""
    same(Market(points_world(400, 30, values), 1).run(), Market(world(400, 30), 1).run())


def test_points_times_ten_change_nothing():
    """Oracle 12: points, threshold and bonus times 10 buy the same things; all but the points themselves, exact."""
    one = Market(
        points_world(500, 40, {"earn": 1.0, "threshold": 100.0, "bonus": 20.0, "expiry": 3}, joining={"ask": 0.5}), 1
    ).run()
    ten = Market(
        points_world(500, 40, {"earn": 10.0, "threshold": 1000.0, "bonus": 200.0, "expiry": 3}, joining={"ask": 0.5}), 1
    ).run()
    counted = ["points_issued", "points_redeemed", "points_expired"]
    assert np.array_equal(one.weekly[counted] * 10, ten.weekly[counted])
    assert np.allclose(one.people.balance * 10, ten.people.balance, rtol=1e-12)
    one.weekly, ten.weekly = one.weekly.drop(columns=counted), ten.weekly.drop(columns=counted)
    one.people, ten.people = one.people.drop(columns="balance"), ten.people.drop(columns="balance")
    same(one, ten)


def test_money_in_another_unit_changes_nothing():
    """Oracle 11: prices, costs, baskets, rewards and hassle times 2, points per money halved: same choices, money
    doubled.

    Doubling is exact in binary, and 1600-cent baskets at prices of 1 and 17/16 leave no remainder, nor do
    16 points at 4.80 per 160, so every number is exact.
    """

    def at(c):
        firm = {
            name: {"base_price": c, "price": c * 1.0625 if name == "b" else c, "unit_cost": 0.75 * c} for name in SHARES
        }
        program = {
            "points": {"earn": 1.0 / c, "threshold": 160.0, "face_value": 6.0 * c},
            "membership": {"hassle": 8.0 * c, "scale": 4.0 * c},
        }
        firm["a"]["program"] = parts(program)
        basket = dataclasses.replace(FIXED, mean=16.0 * c)
        return Market(world(500, 40, firm=firm, basket=basket, reference_price=c), 1).run()

    one, two = at(1.0), at(2.0)
    money = [
        "price",
        "revenue",
        "at_base_price",
        "member_revenue",
        "cost_of_goods",
        "reward_cost",
        "liability_change",
        "breakage",
        "profit",
    ]
    for name in one.weekly.columns:
        factor = 2 if name in money else 1
        if name != "firm":
            assert np.array_equal(one.weekly[name] * factor, two.weekly[name]), name
    assert np.array_equal(one.visits, two.visits) and np.array_equal(one.spend * 2, two.spend)
    assert totals(one).loc["a", "rewards"] > 100


@pytest.mark.parametrize("expansion", [0.0, 0.5], ids=["inside", "with outside option"])
def test_instant_redemption_is_a_price_cut(expansion):
    """Oracle 24: a reward at every purchase, of perceived = face value = cost, is a price cut of 1/16: same purchases.

    Every purchase of 10.00 earns 10 rewards of 0.0625; the price arm asks 0.9375. Binary fractions: exact. Profit
    agrees to the cent too, since 10.00 x 0.0625 = 0.625 is booked on totals, rounded once a week (1 cent).
    """
    card = {"earn": 1.6, "threshold": 16.0, "face_value": 0.625, "cost": 1.0, "strength": 0.0}
    behaviour = {"outside": {"expansion": expansion}} if expansion else {}
    run = (lambda m: in_plain(m).run()) if expansion else Market.run
    n, weeks = (60, 20) if expansion else (800, 30)
    reward = run(all_members(Market(points_world(n, weeks, card, basket=FIXED, behaviour=behaviour, log=True), 1)))
    price = run(Market(world(n, weeks, firm={"a": {"price": 0.9375}}, basket=FIXED, behaviour=behaviour), 1))
    plain = run(Market(world(n, weeks, basket=FIXED, behaviour=behaviour), 1))
    same_columns = ["customer", "week", "occasion", "firm"]
    assert reward.log[same_columns].equals(price.log[same_columns])
    assert not reward.log["firm"].equals(plain.log["firm"])
    given_back = totals(reward).loc["a", "reward_cost"]
    assert given_back == totals(reward).loc["a", "rewards"] * 62  # 62.5 cents, booked in whole cents per reward
    kept = totals(reward).loc["a", "visits"] * 1000 - totals(price).loc["a", "revenue"]
    assert kept == totals(reward).loc["a", "visits"] * 63  # 937.5 cents paid, rounded down for each purchase


def test_expiry_never_and_immediate():
    """Oracle 23: expiry 0 (never) expires nothing; expiry at once, with a card that no run of visits fills, redeems
    nothing.
    """
    never = totals(Market(points_world(500, 40, {"threshold": 60.0}, joining=EAGER), 1).run()).loc["a"]
    assert never["points_expired"] == 0 and never["rewards"] > 0
    rare = points_world(2000, 40, {"threshold": 200.0, "expiry": 1}, joining=EAGER, basket=FIXED, M=6.0, K=100.0)
    at_once = totals(Market(rare, 1).run()).loc["a"]
    assert at_once["points_redeemed"] == 0 == at_once["rewards"] and at_once["points_expired"] > 0


def test_a_dearer_reward_costs_exactly_its_cost():
    """Oracle 26: the same reward at a unit cost of 100 % instead of 80 %: same choices, profit lower by the cost, in
    cents.
    """
    cheap, dear = (Market(points_world(500, 40, {"cost": k}), 1).run() for k in (0.8, 1.0))
    choices = [c for c in cheap.weekly.columns if c not in ("reward_cost", "liability_change", "breakage", "profit")]
    assert cheap.weekly[choices].equals(dear.weekly[choices]) and cheap.log.equals(dear.log)
    lost = cheap.weekly["profit"] - dear.weekly["profit"]
    more = (dear.weekly["reward_cost"] - cheap.weekly["reward_cost"]) + (
        dear.weekly["liability_change"] - cheap.weekly["liability_change"]
    )
    assert lost.equals(more)
    rewards, outstanding = (
        totals(cheap).loc["a", "rewards"],
        int(totals(cheap).loc["a", "points_issued"] - totals(cheap).loc["a", "points_redeemed"]),
    )
    assert lost.sum() == rewards * 120 + outstanding * 600 // 100_000 - outstanding * 480 // 100_000


def test_a_better_reward_never_loses_a_purchase():
    """Oracle 25: with the same members and a card that pulls evenly, a higher face value keeps every purchase at
    "a".
    """
    logs = [
        all_members(Market(points_world(500, 26, {"face_value": value, "strength": 0.0}), 1)).run().log
        for value in (0.5, 3.0, 9.0)
    ]
    for less, more in itertools.pairwise(logs):
        assert (more["firm"][less["firm"] == 0] == 0).all()
        assert (less["firm"] == 0).sum() < (more["firm"] == 0).sum()


def test_a_better_reward_gains_share_in_dynamics():
    """Oracle 25, with a goal gradient, joining and expiry: paired seeds, share of "a" at 6 % against 2 %.

    One-sided t of 8 paired differences above the 1e-5 point of t(7), 9.79: the gain, not only its sign, is certain.
    """
    gain = []
    for seed in range(8):
        share = []
        for value in (2.0, 6.0):
            t = totals(
                Market(points_world(500, 52, {"face_value": value, "expiry": 8}, joining={"ask": 0.5}), seed).run()
            )
            share.append(t.loc["a", "visits"] / t["visits"].sum())
        gain.append(share[1] - share[0])
    assert np.mean(gain) / (np.std(gain, ddof=1) / math.sqrt(8)) > 9.79


def test_outstanding_points_are_issue_rate_times_holding_time():
    """Oracle 22 (Little's law): cards of N equal stamps stand evenly on 0 ... N-1 in steady state.

    Holding time of a stamp: (N-1)/2 visits on average, so outstanding = members x (N-1)/2 stamps. After 60 weeks of
    about 1.15 visits a customer; z with the variance (N^2-1)/12 of an even card, plus 1 % for what is left of the
    start.
    """
    scenario = points_world(
        6000, 60, {"threshold": 50.0, "face_value": 1e-6, "strength": 0.0}, basket=FIXED, K=100.0, S=1e6, M=150.0
    )
    market = all_members(Market(scenario, 5))
    market.run()
    stamps = market.population["balance"][:, 0] / 10_000
    assert set(np.unique(stamps)) == {0.0, 1.0, 2.0, 3.0, 4.0}
    assert abs(stamps.mean() - 2.0) < Z * math.sqrt(2.0 / 6000) + 0.02


def test_choices_follow_the_pull_of_the_card():
    """The market uses the very rule that a figure plots: choices along the card against the logit of the pull.

    Equal tastes, two firms, everyone a member, stamps of 10.00 on cards of 5: P(a | k stamps) = 1/(1 + exp(-beta
    pull_k)). z of each k within 4.42; the last step beats the first by five points of share, and the next card
    begins low again.
    """
    scenario = points_world(
        4000, 30, {"threshold": 50.0, "face_value": 5.0, "strength": 8.0}, basket=FIXED, S=1e6, K=100.0,
        shares={"a": 0.5, "b": 0.5}, customers={"price_sensitivity": 3.0},
    )  # fmt: skip
    market = all_members(Market(scenario, 6))
    v = market.population["log_g"][:, 0] - market.population["log_g"][:, 1]
    log = market.run().log
    log = log.sort_values(["customer", "week", "occasion"], kind="stable")
    at_a = (log["firm"] == 0).to_numpy()
    before = log.assign(a=at_a).groupby("customer")["a"].cumsum().to_numpy() - at_a
    stamp = before % 5
    shares = []
    for k in range(5):
        pull = card_share(k / 5, 0.2, 0.0, 8.0, 3.0, 0.0) * 5.0 / 10.0
        here = stamp == k
        p = 1.0 / (1.0 + np.exp(-(v[log["customer"][here]] + 3.0 * pull)))
        assert abs(at_a[here].sum() - p.sum()) / math.sqrt(np.sum(p * (1 - p))) < Z, k
        shares.append(at_a[here].mean())
    assert shares[4] > shares[0] + 0.05


def test_the_last_gap_of_a_coffee_card_is_shorter_than_the_first():
    """Kivetz, Urminsky & Zheng 2006 (model.md 11.4): buy ten, get one free; visits come about 20 % sooner at the end.

    Gaps in category purchases are geometric with mean 1 / P_k, so the ratio of the last gap to the first is P_0 / P_9,
    by the logit of the pull at the default curve. Simulated ratio within 4.42 standard errors (delta method) of it, and
    both between 10 and 30 % shorter, which holds the published size.
    """
    card = {"threshold": 100.0, "face_value": 10.0}
    scenario = points_world(
        4000, 52, card, basket=FIXED, S=1e6, K=1000.0, M=150.0, shares={"a": 0.2, "b": 0.8}, log=True
    )
    log = all_members(Market(scenario, 6)).run().log.sort_values(["customer", "week", "occasion"], kind="stable")
    at_a = (log["firm"] == 0).to_numpy()
    stamp = (log.assign(a=at_a).groupby("customer")["a"].cumsum().to_numpy() - at_a) % 10
    p, se = {}, 0.0
    for k in (0, 9):
        here = at_a[stamp == k]
        p[k] = here.mean()
        se += (1.0 - p[k]) / (p[k] * here.size)  # variance of log p
    told = {k: 1.0 / (1.0 + 4.0 * math.exp(-4.0 * card_share(k / 10, 0.1, 0.0, 1.0, 3.0, 0.0))) for k in (0, 9)}
    assert abs(math.log(p[0] / p[9]) - math.log(told[0] / told[9])) < Z * math.sqrt(se)
    assert 0.7 < told[0] / told[9] < 0.9 and 0.7 < p[0] / p[9] < 0.9


def test_members_differ_far_more_than_they_change():
    """model.md 11.5: heavy buyers take most rewards and move little; the naive member effect is several times the
    truth.

    Truth: T1 - T1|i of the members, purchases at "a". Naive: members less non-members in T1. Rewards: the heaviest
    fifth takes more than 40 %; relative change: the lightest half of the members moves more than the heaviest fifth,
    each by a paired difference 4.42 standard errors apart (delta method).
    """
    scenario = points_world(8000, 52, {"threshold": 50.0, "face_value": 2.0}, joining={"ask": 0.3, "hassle": 8.0})
    market = Market(scenario, 6)
    t1 = market.run()
    t0 = Market(scenario, 6, eligible=False, offers=t1.offers).run()
    with_it, without = (b.visits.sum(axis=0)[:, 0] for b in (t1, t0))
    member = market.population["joined"][:, 0] >= 0
    true = (with_it - without)[member].mean()
    naive = with_it[member].mean() - with_it[~member].mean()
    assert (with_it == without)[~member].all()
    assert naive > 3.0 * true > 0.0
    heaviness = without[member]
    order = np.argsort(heaviness, kind="stable")
    light, heavy = order[: order.size // 2], order[-order.size // 5 :]
    assert with_it[member][heavy].sum() > 0.4 * with_it[member].sum()
    growth = []
    for group in (light, heavy):
        x, y = with_it[member][group], heaviness[group]
        ratio = x.sum() / y.sum()
        growth.append((ratio, np.std(x - ratio * y) / (y.mean() * math.sqrt(y.size))))
    assert growth[0][0] - growth[1][0] > Z * math.hypot(growth[0][1], growth[1][1])


def test_a_book_by_hand_of_points_that_lapse():
    """F-63: a reward of 5.00 that costs 60 % of it, for 100 points: 3.00 a card, 3 cents a point.

    700 points issued: 400 redeemed as 4 rewards, 12.00; 100 lapsed, 3.00 of breakage; 200 owed, 6.00. Nothing lapsed is
    no breakage, whatever was issued.
    """
    terms = points.Points(earn=1.0, threshold=100.0, face_value=5.0, cost=0.6)
    totals = {"points_issued": 700_000, "points_redeemed": 400_000, "points_expired": 100_000, "rewards": 4}
    assert points.book(totals, terms) == {"reward_cost": 1200, "liability": 600, "breakage": 300}
    assert points.book({**totals, "points_expired": 0}, terms)["breakage"] == 0
