"""Components start and end, terms and prices change at a date; what is booked, and what customers know of it."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.behaviour.found_out import finds_out
from loyaltysim.configure.compose import components, compose
from loyaltysim.firms import offer as programs
from loyaltysim.firms.firm import LINES
from loyaltysim.firms.offer import Offer
from loyaltysim.market import checkpoint
from loyaltysim.market.model import Market
from loyaltysim.mechanism.names import numbers as offered
from loyaltysim.mechanism.registry import registry
from loyaltysim.scenario.dates import Dated, at
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import EAGER, fingerprint, in_plain, parts, points_world, same, world

PROGRAMS = sorted(components()["program"])
REWARDS = {
    "points": {"earn": 1.0, "threshold": 100.0, "face_value": 6.0, "bonus": 20.0},
    "stamps": {"needed": 4, "face_value": 8.0, "endowed": 1},
    "cashback": {"rate": 0.05, "payout": 6.0},
}
HALF = 3.0  # a devaluation: the face value halved


def rewarding(weeks: int = 40, n: int = 60, **dates):
    """Every kind of reward at once, with the same dates."""
    program = {name: {**terms, **dates} for name, terms in REWARDS.items()}
    return world(n, weeks, program={**program, "membership": EAGER})


def devalued(told: str, n: int = 600, weeks: int = 40, week: int = 20, face_value: float = HALF):
    """Points whose face value changes in a week."""
    return points_world(
        n, weeks, {"changes": ({"week": week, "told": told, "face_value": face_value},)}, EAGER,
        customers={"price_sensitivity": 12.0},
    )  # fmt: skip


def steady(n: int = 600, weeks: int = 40):
    """The same points without any change."""
    return points_world(n, weeks, joining=EAGER, customers={"price_sensitivity": 12.0})


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_component_has_the_same_dates(name):
    """One declaration for all of them; by default the launch decides alone."""
    terms = registry()[name].terms()
    assert isinstance(terms, Dated) and (terms.start, terms.end, terms.changes) == (0, None, ())
    assert at(terms, 77) is terms


def test_before_its_start_and_after_its_end_a_component_does_nothing():
    """Choices outside the dates are those of a market without the program, to the last byte; inside they are not."""
    dated = in_plain(Market(rewarding(start=5, end=20), 3)).run().log
    none = in_plain(Market(world(60, 40), 3)).run().log
    outside = [log[(log.week < 5) | (log.week >= 20)].reset_index(drop=True) for log in (dated, none)]
    assert outside[0].equals(outside[1]) and not dated.equals(none)


def test_what_customers_hold_at_the_end_goes_and_is_booked():
    """Points and stamps lapse as breakage, credit is paid out; nothing is owed any more, nothing is lost or made."""
    market = in_plain(Market(rewarding(end=20), 3))
    weekly = market.run().weekly
    own = weekly[weekly.firm == "a"].set_index("week")
    last, after = own.loc[20], own.loc[21:]
    total = own.sum()
    assert last.points_expired > 0 and last.stamps_expired > 0 and last.cashback_paid > 0
    assert total.points_issued == total.points_redeemed + total.points_expired
    assert total.stamps_issued == total.stamps_redeemed + total.stamps_expired + total.stamps_lost
    assert total.cashback_issued == total.cashback_paid
    assert total.liability_change == 0 and own.loc[:19].liability_change.sum() > 0
    assert last.breakage > 0 and last.reward_cost == last.cashback_paid
    nothing = ["points_issued", "rewards", "stamps_issued", "cashback_issued", "reward_cost", "breakage"]
    assert not after[nothing].to_numpy().any()
    assert not any(market.population[held].any() for held in ("balance", "stamps", "credit"))
    assert own.profit.sum() == total.revenue - sum(
        total[line] for line in LINES if line not in ("revenue", "breakage", "profit")
    )


def test_what_it_needs_ends_a_component():
    """Where the membership ends the points end with it, and nobody joins any more."""
    points, joining = REWARDS["points"], {**EAGER, "ask": 0.05, "end": 20}
    by_need = {"points": points, "membership": joining}
    by_both = {"points": {**points, "end": 20}, "membership": joining}
    one, two = (in_plain(Market(world(60, 30, program=program), 3)).run() for program in (by_need, by_both))
    same(one, two)
    assert not one.weekly[(one.weekly.firm == "a") & (one.weekly.week >= 20)].joins.any()


def test_a_change_to_what_it_was_changes_nothing():
    """The same face value from a week on: the same bytes, announced or not."""
    for told in ("before", "silent", "found_out"):
        same(in_plain(Market(devalued(told, 60, face_value=6.0), 3)).run(), in_plain(Market(steady(60), 3)).run())


@pytest.mark.parametrize("told", ["before", "silent", "found_out"])
def test_the_books_follow_the_terms_at_once(told):
    """Whoever knows it: a reward costs face value x cost of its week, and what is owed is valued anew."""
    weekly = Market(devalued(told), 3).run().weekly
    own = weekly[weekly.firm == "a"]
    cents = np.where(own.week < 20, 480, 240)
    assert (own.reward_cost == own.rewards * cents).all() and (own.rewards[own.week >= 20] > 0).any()
    outstanding = own.points_issued.sum() - own.points_redeemed.sum()
    assert own.liability_change.sum() == outstanding * 240 // 100_000


def test_a_customer_finds_out_at_the_first_purchase():
    """Up to that purchase, and with it, everybody buys as if nothing had changed; then some buy elsewhere."""
    changed, before = Market(devalued("found_out"), 3).run().log, Market(steady(), 3).run().log
    first = changed[(changed.week >= 20) & (changed.firm == 0)].drop_duplicates("customer").set_index("customer")
    ignorant = []
    for log in (changed, before):
        week = first.week.reindex(log.customer).fillna(99).to_numpy()
        occasion = first.occasion.reindex(log.customer).fillna(0).to_numpy()
        early = (log.week < week) | ((log.week == week) & (log.occasion <= occasion))
        ignorant.append(log[early].reset_index(drop=True))
    assert ignorant[0].equals(ignorant[1]) and not changed.equals(before)


def test_a_silent_change_is_met_at_a_reward():
    """Members from before who were handed no reward since buy as ever; those who were know what it is worth now."""
    market = Market(devalued("silent"), 3)
    changed, before = market.run().log, Market(steady(), 3).run().log
    ignorant = np.flatnonzero(market.population["met"][:, 0] == 0)
    assert 0 < len(ignorant) < market.population.n
    logs = [log[log.customer.isin(ignorant)].reset_index(drop=True) for log in (changed, before)]
    assert logs[0].equals(logs[1]) and not changed.equals(before)


def test_how_a_customer_finds_out():
    """By hand: any purchase shows what purchases show; a reward, or joining, also the rest."""

    def known(reward=0, joined=3):
        here = SimpleNamespace(found=0, met=0, joined=joined)
        finds_out(here, SimpleNamespace(found_due=2.0, met_due=1.0), SimpleNamespace(reward_given=reward, week=7))
        return here.found, here.met

    assert known() == (2, 0) and known(reward=1) == (2, 1) and known(joined=7) == (2, 1)


def test_announced_changes_move_choices_from_their_week_on_and_more_than_secret_ones():
    """Purchases in the first two weeks of a devaluation: fewest where all were told, most where nobody was."""
    bought = []
    for scenario in (devalued("before", 2000), devalued("found_out", 2000), devalued("silent", 2000), steady(2000)):
        weekly = Market(scenario, 3).run().weekly
        own = weekly[weekly.firm == "a"].set_index("week").visits
        bought.append((int(own.loc[:19].sum()), int(own.loc[20:21].sum())))
    assert bought[0][0] <= bought[1][0] == bought[2][0] == bought[3][0]  # some did not join for what will be less
    assert bought[0][1] < bought[1][1] < bought[2][1] < bought[3][1]


@pytest.mark.parametrize(
    "dates, week, expected",
    [
        ({}, 40, 1.0),
        ({"end": 66}, 40, 0.5),
        ({"end": 200}, 40, 1.0),
        ({"changes": ({"week": 66, "told": "before", "face_value": HALF},)}, 40, 0.75),
        ({"changes": ({"week": 66, "told": "found_out", "face_value": HALF},)}, 40, 1.0),
        ({"changes": ({"week": 66, "told": "silent", "face_value": HALF},)}, 70, 0.5),
        ({"start": 40}, 39, 0.0),
    ],
)
def test_who_thinks_of_joining_counts_the_coming_year(dates, week, expected):
    """The yearly reward is the mean of 52 weeks at the terms that are announced: to the end, and beyond a change."""
    program = {**parts({"points": {**REWARDS["points"], **dates}}), "membership": registry()["membership"].terms()}
    now = programs.running(program, week)
    offer = Offer(1.0, 1.0, now, dated={} if now is program else program, week=week)
    scenario = steady(10)
    known = offered(registry()["membership"])
    wanted = {known[name].flat: known[name] for name in ("reward_rate", "open")}
    row = np.dtype([("key", "u8"), *((flat, n.dtype) for flat, n in wanted.items())])
    found = programs.numbers({"a": offer}, scenario, [registry()["membership"]], row, wanted)
    assert abs(found["membership_reward_rate"][0] - 0.06 * expected) < 1e-15
    assert found["membership_open"][0] == (expected > 0.0)


def test_a_replay_and_a_checkpoint_go_through_dates(tmp_path):
    """Recorded offers carry what customers may believe: T1|i of everybody is T0; a market goes on from any week."""
    scenario = devalued("silent", 300)
    full = Market(scenario, 3).run()
    same(Market(scenario, 3, offers=full.offers, around=full.around).run(), full)
    replay = Market(scenario, 3, eligible=False, offers=full.offers, around=full.around).run()
    assert replay.log.equals(Market(world(300, 40, customers={"price_sensitivity": 12.0}), 3).run().log)
    for week in (19, 21):
        half = Market(scenario, 3)
        for _ in range(week):
            half.step()
        loaded = checkpoint.load(checkpoint.save(half, tmp_path / f"{week}.npz"))
        whole = Market(scenario, 3)
        whole.run()
        for _ in range(40 - week):
            loaded.step()
        assert fingerprint(loaded) == fingerprint(whole)


def test_rivals_copy_what_runs_and_not_its_dates():
    """The copy of a program that ended ends as much later; until then it has the leader's terms of that week."""
    scenario = world(
        100, 30, program={"points": {**REWARDS["points"], "end": 15}, "membership": EAGER},
        rivals_policy={"imitate": {"lag": 5}},
    )  # fmt: skip
    market = in_plain(Market(scenario, 3))
    market.run()
    runs = {f: [week for week, o in enumerate(market.shown) if "points" in o[f].program] for f in ("a", "b")}
    assert runs == {"a": list(range(15)), "b": list(range(5, 20))}
    assert market.shown[19]["b"].program["points"] == at(scenario.firms["a"].program["points"], 14)


def test_a_price_changes_at_its_date():
    """The price of each week, and what customers pay from then on."""
    firm = {"a": {"changes": ({"week": 10, "price": 1.1}, {"week": 20, "price": 0.9})}}
    book = in_plain(Market(world(60, 30, firm=firm), 3)).run()
    own = book.weekly[book.weekly.firm == "a"]
    assert own.price.tolist() == [1.0] * 10 + [1.1] * 10 + [0.9] * 10
    plain = in_plain(Market(world(60, 30), 3)).run()
    assert book.log[book.log.week < 10].equals(plain.log[plain.log.week < 10]) and not book.log.equals(plain.log)


REFUSED = {
    "program.points.end=2": "must lie after program.points.start = 5",
    "program.points.start=99": "begins after the horizon",
    "program.points.end=99": "ends after the horizon",
    "program.points.changes=[{week:9}]": "changes nothing",
    "program.points.changes=[{face_value:3}]": "changes[0].week is missing",
    "program.points.changes=[{week:9,face_valu:3}]": "did you mean program.points.changes[0].face_value?",
    "program.points.changes=[{week:9,face_value:-3}]": "allowed 0 to 1e+06",
    "program.points.changes=[{week:9,end:12}]": "changes[0].end is no key",
    "program.points.changes=[{week:9,told:never,face_value:3}]": "choose from before, silent, found_out",
    "program.points.changes=[{week:99,face_value:3}]": "begins after the horizon",
    "program.points.changes=[{week:3,face_value:3}]": "a week in which it does not run",
    "program.points.changes=[{week:12,face_value:3},{week:9,face_value:2}]": "earlier than that of the change before",
    "program.points.changes=[{week:9,face_value:3},{week:9,earn:2}]": "the same as that of the change before",
    "program.points.changes=[{week:9,bonus:900}]": "must stay below threshold",
    "program.points.changes=7": "expected a list",
    "firms.a.changes=[{week:9,told:silent,price:1.1}]": "changes[0].told is no key",
    "firms.a.changes=[{week:9,unit_cost:0.5}]": "changes[0].unit_cost is no key",
    "firms.a.changes=[{week:9,price:0.1}]": "above firms.a.changes[0].price",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refusals(text):
    """Each names the key, what is allowed, and the nearest name."""
    with pytest.raises(ConfigError) as refused:
        compose(
            ["scenario=grocery_points", "weeks=60", "vary=[]", "policy.launch.week=2", "program.points.start=5", text]
        )
    assert REFUSED[text] in str(refused.value)


def test_a_firm_with_dated_prices_has_no_policy_that_sets_them():
    """One of the two decides."""
    with pytest.raises(ConfigError, match="sets the price"):
        compose(["scenario=plain", "firms.b.policy.price_follow.floor=0.9", "firms.b.changes=[{week:9,price:1.1}]"])


def test_a_dated_scenario_is_read_as_it_is_written():
    """The plain form of a scenario with changes leads to the same scenario."""
    text = "program.points.changes=[{week:9,told:silent,face_value:3}]"
    scenario = compose(["scenario=grocery_points", text, "firms.b.changes=[{week:9,price:1.1}]"])
    again = read(written(scenario), {**components()})
    assert dataclasses.replace(again, compute=scenario.compute) == scenario
    assert scenario.firms[scenario.focal].program["points"].changes == (
        {"week": 9, "told": "silent", "face_value": 3.0},
    )
