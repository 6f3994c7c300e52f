"""Incidence, adoption, exit, entry and escalation, worked out by hand; then read off arms of one market."""

from __future__ import annotations

import dataclasses
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from loyaltysim.firms.offer import Offer
from loyaltysim.market.model import Market
from loyaltysim.measures import adoption, entry, escalation, lock_in
from loyaltysim.measures.incidence import incidence, shared_out
from loyaltysim.studies import rivalry
from loyaltysim.studies.experiment import run_arms
from loyaltysim.theory import pricing
from tests.firms.oracles import oracle, per_purchase
from tests.measures.small_books import scenario, worlds
from tests.measures.test_surplus import told
from tests.scenarios import Z, in_plain, parts, terms, world

# --- incidence ---


@pytest.mark.by_hand("given_per_customer", "given_to_{}")
def test_who_has_the_money_by_hand():
    """Five people, one year: 6.00 are spent (3 rewards, 2 owed, .40, .60), 1.20 each. a earns 4 more all the same, so
    10 came back, 2.00; b loses 5, -1.00; customers gain 5 in all, 1.00; nobody has -.80.
    """
    found = incidence(scenario(), told([6.0, 2.0, 3.0, 2.0, 0.0, 99.0], [1.0, 1.0, 3.0, 0.0, 3.0, 0.0]))
    assert found == pytest.approx(
        {
            "given_per_customer": 1.2,
            "given_to_customers": 1.0,
            "given_to_firm": 2.0,
            "given_to_rivals": -1.0,
            "given_to_nobody": -0.8,
        }
    )
    assert sum(found.values()) == pytest.approx(2.0 * found["given_per_customer"])
    assert incidence(scenario(), worlds()) == {}


def of_all(runs: dict[str, list[rivalry.Earned]]) -> dict[str, float]:
    """Where the money of all programs went, as shares of it."""
    given, *rest = rivalry.shared(runs["all"], runs["none"], (0, 1))
    return {name: float(part.mean() / given.mean()) for name, part in shared_out(given, *rest).items()}


@pytest.mark.parametrize("k", [0.5, 1.0])
def test_at_prices_that_stay_customers_have_all_that_is_given(k):
    """O6 A, both adopt b: customers have b a purchase, which is 1 / k of what is given; firms get nothing back, and
    what nobody has is 1 - 1 / k. Who is chosen does not matter, so there is no luck in it but rounded cents.
    """
    b, beta = 0.1, 3.0
    arms = {
        name: oracle(beta, 0.4, programs=own, weeks=8)
        for name, own in (("none", []), ("all", [per_purchase(b, k)] * 2))
    }
    runs = {name: [rivalry.told(in_plain(Market(arm, 1)).run(), 0)] for name, arm in arms.items()}
    found = of_all(runs)
    assert found["customers"] == pytest.approx(1.0 / k, rel=1e-3)
    assert found["firm"] == pytest.approx(0.0, abs=1e-3) and found["rivals"] == 0.0
    assert found["nobody"] == pytest.approx(1.0 - 1.0 / k, abs=2e-3)


# --- adoption ---


def test_the_own_effect_by_the_fraction_of_adopters_by_hand():
    """Inside less outside, seed by seed: 3 and 1 where nobody has one, 1 and 1 where one has."""
    inside, outside = {0: [5.0, 4.0], 1: [4.0, 4.0]}, {0: [2.0, 3.0], 1: [3.0, 3.0]}
    found = adoption.own_effect(inside, outside, "money")
    assert [e.value for e in found.values()] == [2.0, 1.0] and found[1].low == found[1].high == 1.0
    assert adoption.counts(3) == [0, 1, 2, 3] and adoption.counts(1) == [0, 1] and adoption.counts(8) == [0, 2, 4, 6, 8]
    with pytest.raises(ValueError, match="allowed: the same"):
        adoption.own_effect(inside, {0: [1.0, 2.0]}, "money")


@pytest.mark.parametrize(
    ("effect", "at"),
    [
        ((3.0, 2.0, 1.0), [3]),  # everybody gains by adopting, whatever the others do
        ((-1.0, -2.0, -3.0), [0]),
        ((2.0, -1.0, -2.0), [1]),  # Singh et al. 2008: only one has a program
        ((-1.0, 0.5, 2.0), [0, 3]),  # who is alone loses, all together do not
        ((1.0, 0.0, -1.0), [1, 2]),
    ],
)
def test_where_adoption_ends(effect, at):
    """Nobody gains by changing alone, checked firm by firm against the effects."""
    assert adoption.settled(effect) == at


def test_the_curve_of_adoption_by_hand():
    """One of three has it; every four weeks one answers: 1 until week 3, 2 until week 7, then 3. Where adopting pays
    only the first, it stays at 1; where it pays nobody, the first drops it.
    """
    assert adoption.curve((3.0, 2.0, 1.0), 4, 13).tolist() == [1] * 4 + [2] * 4 + [3] * 5
    assert adoption.curve((2.0, -1.0, -2.0), 4, 9).tolist() == [1] * 9
    assert adoption.curve((-1.0, -2.0, -3.0), 4, 9).tolist() == [1] * 4 + [0] * 5


@pytest.mark.parametrize(
    ("nn", "na", "aa", "kind", "word"),
    [
        ([100.0, 101.0, 99.0], [75.0, 76.0, 74.0], [87.0, 88.0, 86.0], "prisoner's dilemma", "supported"),
        ([100.0, 101.0, 99.0], [85.0, 86.0, 84.0], [100.1, 101.0, 99.0], "price of entry", "supported"),
        ([100.0, 101.0, 99.0], [85.0, 86.0, 84.0], [109.0, 110.0, 108.0], "pays all", "refuted"),
        ([100.0, 101.0, 99.0], [95.0, 96.0, 94.0], [90.0, 91.0, 89.0], "worth dropping", "refuted"),
        ([100.0, 101.0, 99.0], [80.0, 102.0, 95.0], [90.0, 91.0, 92.0], "undecided", "inconclusive"),
    ],
)
def test_the_exit_test_by_hand(nn, na, aa, kind, word):
    """NA < AA and AA <= NN supports it; the kind parts a dilemma from entry without loss. Percent of NN."""
    found = adoption.exit_test(nn, na, aa, margin=1.0)
    assert (found.kind, found.verdict.word) == (kind, word)
    assert found.dropped.value == pytest.approx(100.0 * (np.mean(na) - np.mean(aa)) / np.mean(nn))
    assert found.kind in adoption.KINDS


def test_adoption_and_exit_in_a_market_whose_payoffs_are_known():
    """O6 A, b = .5 at alpha = 1, k = .5, two firms: .8750 (all), .7551 (left out), 1.0893 (alone) of profit without
    programs; so all adopt, and it is a dilemma. Four standard errors of the shares of 2400 purchases a run.
    """
    beta, m, k = 3.0, 2.0 / 3.0, 0.5
    base = oracle(beta, 1.0 - m, programs=[per_purchase(0.5 / beta, k)], weeks=5)
    runs = {
        name: [rivalry.told(in_plain(Market(arm, seed)).run(), 0) for seed in (1, 2, 3)]
        for name, arm in rivalry.adoption_arms(base).items()
    }
    assert set(runs) == {"in_0", "out_0", "in_1", "out_1"}
    known, (inside, outside) = pricing.fixed_prices(0.5, k), rivalry.adopted(runs, 0)
    usual = outside[0].mean()
    error = 4.0 * 2.0 * np.sqrt(0.25 / (3 * 16 * 1500.0 / 52.0 * 5))
    assert inside[0].mean() / usual == pytest.approx(known.alone, abs=2.0 * error)
    assert inside[1].mean() / usual == pytest.approx(known.all, abs=2.0 * error)
    assert outside[1].mean() / usual == pytest.approx(known.left_out, abs=2.0 * error)
    effect = [e.value for e in adoption.own_effect(inside, outside, "money").values()]
    assert adoption.settled(effect) == [2] and adoption.curve(effect, 13, 27).tolist() == [1] * 13 + [2] * 14
    assert adoption.exit_test(*rivalry.exits(runs, 0), margin=1.0).kind == "prisoner's dilemma"


def test_who_adopts_takes_the_leaders_program_and_when_it_starts():
    """Prices go on being decided by each firm; who has not adopted has no policy that sets a program."""
    own = {"b": {"policy": parts({"price_follow": {}, "imitate": {}}), "program": parts({"stamps": {}})}}
    base = world(9, 9, program={"points": {}}, policy={"launch": {"week": 3}, "price_markup": {}}, firm=own)
    some = rivalry.adopting(base, {"b"})
    assert set(some.firms["a"].policy) == {"price_markup"} and some.firms["a"].program == {}
    assert set(some.firms["b"].policy) == {"price_follow", "launch"} and some.firms["b"].policy["launch"].week == 3
    assert some.firms["b"].program == base.firms["a"].program and some.firms["c"].program == {}
    assert list(rivalry.adoption_arms(base)) == [f"{side}_{n}" for n in range(4) for side in ("in", "out")]
    largest_first = rivalry.adoption_arms(base)["out_1"]
    assert [name for name, firm in largest_first.firms.items() if firm.program] == ["b"]


# --- entry ---


def test_the_price_of_entry_by_hand():
    """Shares 30, 20, 10 % at .8, .9, 1: for 15 % it asks .95, for 20 % .9, for 10 % 1; 40 % is out of reach."""
    prices, shares = (0.8, 0.9, 1.0), [[0.3, 0.2, 0.1], [0.3, 0.25, 0.05]]
    assert entry.needed(prices, shares, 0.15) == pytest.approx([0.95, 0.95])
    assert entry.needed(prices, shares, 0.2) == pytest.approx([0.9, 0.925])
    assert entry.needed(prices, [[0.3, 0.2, 0.1]], 0.1) == pytest.approx([1.0])
    assert np.isnan(entry.needed(prices, shares, 0.4)).all()
    assert entry.dearer([0.9, 0.88], [0.95, 0.93]).value == pytest.approx(5.0)
    with pytest.raises(ValueError, match="allowed: rising"):
        entry.needed((0.9, 0.8), shares, 0.2)


def test_incumbents_programs_make_entry_dearer_by_what_they_are_worth():
    """Customers alike, three equal firms, the third comes at once. At a share of a third it must ask the base price
    where nobody has a program, and b less where the others give b a purchase: utility is beta (b - p). Tolerance: four
    standard errors of a share of some 5500 purchases over its slope beta s (1 - s), and the line between prices.
    """
    beta, b = 3.0, 0.1
    base = oracle(beta, 0.4, firms=3, weeks=13, programs=[per_purchase(b, 1.0)] * 2)
    late = {"c": dataclasses.replace(base.firms["c"], policy=parts({"entrant": {"week": 0}}))}
    base = dataclasses.replace(base, firms={**base.firms, **late})
    tried = (0.8, 0.85, 0.9, 0.95, 1.0, 1.05)
    runs = {
        name: rivalry.told(in_plain(Market(arm, 1)).run(), 0).share[2]
        for name, arm in rivalry.entry_arms(base, tried).items()
    }
    shares = [[runs[f"{side}_{k}"] for k in range(len(tried))] for side in ("with", "without")]
    found = entry.needed(tried, shares, 1.0 / 3.0)
    error = Z * np.sqrt(2.0 / 9.0 / (16 * 1500.0 / 52.0 * 13)) / (beta * 2.0 / 9.0) + 0.002
    assert found == pytest.approx([1.0 - b, 1.0], abs=error)
    assert np.diff(shares).max() < 0.0  # twins: a lower price wins more, luck or not
    with pytest.raises(ValueError, match="allowed: one"):
        rivalry.entry_arms(oracle(beta, 0.4), tried)


# --- escalation ---


def test_where_a_path_of_rewards_stops_by_hand():
    """1 %, 2 % in week 3, 1.5 % in week 5, then nothing for 26 weeks; and one that still moves at the end."""
    path = np.array([0.01] * 3 + [0.02] * 2 + [0.015] * 27)
    assert escalation.stop(path) == escalation.Stop(0.015, 5, 1, 1, True)
    assert not escalation.stop(path[:31]).stopped
    fading = 0.02 - 0.01 * 0.5 ** np.arange(60)
    assert escalation.stop(fading).rises == 7 and escalation.stop(fading).stopped


def test_the_path_of_rewards_is_read_off_what_is_shown():
    """Points at 6 per 100 give 6 %; a stamp card has no rate; a firm without a program gives nothing."""
    cards = {"points": terms("points", earn=1.0, threshold=100.0, face_value=6.0)}
    stamps = {"stamps": terms("stamps")}
    weeks = [{"a": Offer(1.0, 1.0), "b": Offer(1.0, 1.0, stamps)}, {"a": Offer(1.0, 1.0, cards), "b": Offer(1.0, 1.0)}]
    found = escalation.reward_path(SimpleNamespace(offers=weeks, firms=("a", "b")))
    assert found.a.tolist() == pytest.approx([0.0, 0.06]) and found.b.tolist() == [0.0, 0.0]
    rising = world(
        30, 30, program={"points": {}}, rivals={"points": {}}, rivals_policy={"escalate": {"every": 5}}, log=False
    )
    book = in_plain(Market(rising, 2)).run()
    ends = escalation.stop(escalation.reward_path(book).b.to_numpy(), quiet=4)
    assert ends.rises >= 2 and ends.falls == 0


def test_arms_run_as_every_study_runs_them():
    """The same numbers from a pool of arms as from the markets themselves."""
    base = oracle(3.0, 0.4, programs=[per_purchase(0.1, 0.5)], weeks=3, n=8)
    arms = rivalry.adoption_arms(base, (0.0,))
    done = run_arms(partial(rivalry.earned, after=1), arms, range(1, 3), lambda arm: arm, 1)
    alone = rivalry.told(in_plain(Market(arms["in_0"], 2)).run(), 1)
    assert (done["in_0"][1].profit == alone.profit).all() and done["in_0"][1].surplus == alone.surplus


# --- lock-in ---


def test_lock_in_by_hand():
    """10 won at once, five weeks of a low price: 50 would be won if nobody stayed; 60 and 80 are: .4 more."""
    found = lock_in.lock_in([10.0, 10.0], [60.0, 80.0], 5)
    assert found.value == pytest.approx(0.4) and found.low < 0.4 < found.high and found.unit == "units per unit"
    weeks = [{"week": w, "firm": f, "at_base_price": 100 * w} for w in range(4) for f in "ab"]
    table = pd.DataFrame(weeks)
    old, new = (SimpleNamespace(weekly=table.assign(at_base_price=k * table.at_base_price)) for k in (1, 2))
    assert lock_in.won(new, old, "a", 1, 3) == 100.0 + 200.0


def locking(premium: float, n: int = 3000, **more):
    """Two firms at .4 of cost; a habit of this worth that lasts for months. The horizon is week 60."""
    own = {"behaviour": {"habit": {"premium": premium, "gain": 0.5, "half_life": 20.0}}, "shares": {"a": 0.5, "b": 0.5}}
    costs = {"firm": {x: {"unit_cost": 0.4, "allow_loss": True} for x in "ab"}, "customers": {"price_sensitivity": 3.0}}
    return world(n, 60, S=50.0, log=False, **own, **costs, **more)


def test_habits_lock_in_and_who_invests_by_as_much_earns_most():
    """Measured in twins: nothing without a habit, a good part of a unit with one. From week 20 on a firm that invests
    for 20 weeks and harvests for 20 by that number earns more than one that looks at its week alone, and than one that
    takes three times the number, on each of three seeds.
    """
    parted = {"cut": 0.05, "start": 20, "invest": 20}
    found = {}
    for premium in (0.0, 0.5):
        early, late = zip(*(rivalry.locked((locking(premium), seed), **parted) for seed in range(1, 6)), strict=True)
        found[premium] = lock_in.lock_in(early, late, 20)
    assert found[0.0].low < 0.0 < found[0.0].high and found[0.5].low > 0.05
    keys = {"conduct": 1.0, "low": 0.2, "high": 3.0, "start": 20, "invest": 20, "harvest": 20, "again": False}

    def profit(times: float, seed: int) -> float:
        policy = {"two_period": {**keys, "lock_in": times * found[0.5].value}}
        weekly = Market(locking(0.5, policy=policy), seed).run().weekly
        return float(weekly.profit[(weekly.firm == "a") & (weekly.week >= 20)].sum())

    for seed in (1, 2, 3):
        assert profit(1.0, seed) > max(profit(0.0, seed), profit(3.0, seed))
