"""Joining: who, when, how many; nested across arms; a plateau; ineligible customers live without the program."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.measures.program_effects import Window, half_time
from loyaltysim.programs import membership
from loyaltysim.scenario.model import Links
from tests.scenarios import FIXED, Z, in_plain, points_world, same, world

ALIKE = {"S": 1e6, "K": 1000.0, "basket": FIXED}  # every customer the same: one probability of joining


def join(
    luck=0.5, worth_per_scale=0.0, notice=0.0, joined=-1, eligible=1, rate=0.0, open_=True, reward_rate=0.0,
    reward_visit=0.0, hassle=0.0, scale=1.0, worth=0.0, pull=1.0,
):  # fmt: skip
    """The rule at one visit, with a worth given directly as (relational worth) / scale: (week of joining, joins)."""
    (hook,) = (h for h in membership.MECHANISM.hooks if h.rule is membership.joins)
    own = membership.Membership(ask=0.3, hassle=hassle, scale=scale, relational=worth_per_scale, worth=worth)
    door = membership.Door(open_, reward_rate, reward_visit)
    worked_out = {
        name: getattr(own, name)
        for name in ("again", "members", "estimated", "targeted", "known", "guessed", "side", "bar")
    }
    terms = SimpleNamespace(**vars(own), **worked_out, **door._asdict())
    here = SimpleNamespace(joined=joined, eligible=eligible, prior=0.5, misjudged=0.0, picked=0, abroad=0.0)
    me = SimpleNamespace(rate=rate, spending=10.0, propensity=0.0, link_reward=pull, link_join=1.0, link_hassle=1.0)
    visit = SimpleNamespace(week=7, joins=0)
    if hook.when(here, terms):
        hook.rule(here, me, terms, visit, draw_notice=notice, draw_join=0.0, lasting_join=luck)
    return here.joined, visit.joins


def test_join_where_luck_stays_below_the_logistic():
    """U < 1 / (1 + exp(-worth)): at worth log 3 that is .75; a U exactly there does not join."""
    w = math.log(3.0)
    assert join(0.7499, w) == (7, 1) and join(0.7501, w) == (-1, 0)
    assert join(0.5, 0.0) == (-1, 0) and join(np.nextafter(0.5, 0), 0.0) == (7, 1)
    assert join(1e-300, -1e6) == (-1, 0)


def test_only_noticed_open_offers_to_eligible_strangers():
    """ask, openness, eligibility and membership each stop it; a draw that equals ask is not noticed."""
    assert join(0.1, 5.0, notice=0.2999) == (7, 1) and join(0.1, 5.0, notice=0.3) == (-1, 0)
    assert join(0.1, 5.0, open_=False) == (-1, 0)
    assert join(0.1, 5.0, eligible=0) == (-1, 0)
    assert join(0.1, 5.0, joined=3) == (3, 0)


def test_the_worth_is_the_yearly_reward_at_the_customers_own_rate_and_share():
    """52 x rate x share x spending x reward rate: 2 visits a week, half here, 10.00 each, 5 % = 26.00 a year; hassle
    20.
    """
    worth = (26.0 - 20.0) / 4.0
    edge = 1.0 / (1.0 + math.exp(-worth))
    terms = dict(rate=2.0, reward_rate=0.05, hassle=20.0, scale=4.0)
    assert join(edge - 1e-9, **terms) == (7, 1) and join(edge + 1e-9, **terms) == (-1, 0)


@pytest.mark.parametrize("pull", [0.0, 0.3, 2.0])
def test_rewards_weigh_at_the_door_as_in_the_choice(pull):
    """The link of rewards times a year of them: 26.00 a year, hassle 20; the hassle has a link of its own."""
    edge = 1.0 / (1.0 + math.exp(-(26.0 * pull - 20.0) / 4.0))
    terms = dict(rate=2.0, reward_rate=0.05, hassle=20.0, scale=4.0, pull=pull)
    assert join(edge - 1e-9, **terms) == (7, 1) and join(edge + 1e-9, **terms) == (-1, 0)


def test_whom_rewards_do_not_pull_does_not_join_for_them():
    """links.reward = -2: where the pull is exactly 0 as many join as for no reward, 1 / (1 + exp(hassle / scale)).

    Everybody alike but for propensity; 14.40 a year, hassle 10, scale 4, so 8 % without reward, 75 % at a pull of 1;
    z of the members among buyers.
    """
    joining = {"ask": 1.0, "hassle": 10.0, "scale": 4.0}
    people = {"customers": {"links": Links(reward=-2.0)}}
    market = in_plain(Market(points_world(600, 20, {"face_value": 6.0}, joining=joining, **ALIKE, **people), 2))
    book = market.run()
    came = book.visits[:, :, 0].sum(axis=0) > 0
    member, pull = market.population["joined"][:, 0] >= 0, market.population["link_reward"]
    nothing = came & (pull == 0.0)
    p = 1.0 / (1.0 + math.exp(10.0 / 4.0))
    assert nothing.sum() > 150
    assert abs(member[nothing].mean() - p) < Z * math.sqrt(p * (1 - p) / nothing.sum())
    assert member[came & (pull > 1.0)].mean() > 0.7


def test_the_worth_of_a_card_counts_the_visits():
    """52 x rate x share x reward per visit: 2 visits a week, half here, .40 each = 20.80 a year; hassle 20."""
    edge = 1.0 / (1.0 + math.exp(-0.8 / 4.0))
    terms = dict(rate=2.0, reward_visit=0.4, hassle=20.0, scale=4.0)
    assert join(edge - 1e-9, **terms) == (7, 1) and join(edge + 1e-9, **terms) == (-1, 0)


@pytest.mark.parametrize("hassle", [0.0, 10.0, 25.0])
def test_enrolment_has_a_plateau_at_the_logistic_share(hassle):
    """Closed form for equal customers: of those who ever notice the offer, a share 1 / (1 + exp(-worth)) joins.

    60 visits a year, share .4, 10.00 each, 6 % -> 14.40 a year. z of the members among buyers, with ask = 1.
    """
    joining = {"ask": 1.0, "hassle": hassle, "scale": 8.0}
    market = Market(points_world(4000, 40, {"face_value": 6.0}, joining=joining, **ALIKE), 2)
    book = market.run()
    p = 1.0 / (1.0 + math.exp(-(60.0 * 0.4 * 10.0 * 0.06 - hassle) / 8.0))
    came = book.visits[:, :, 0].sum(axis=0) > 0
    joined = market.population["joined"][:, 0] >= 0
    assert not joined[~came].any()
    assert (
        abs(joined[came].mean() - p) < Z * math.sqrt(p * (1 - p) / came.sum()) + 0.003
    )  # worths differ by 3 %: K = 1000
    late = book.weekly[(book.weekly["firm"] == "a") & (book.weekly["week"] >= 30)]["joins"].sum()
    assert late <= 0.01 * joined.sum()


def test_a_draw_at_each_visit_has_no_plateau():
    """The structural alternative: with a new draw per visit nearly everybody who comes often joins in the end."""
    enrolled = []
    for how in ("once", "per_visit"):
        joining = {"ask": 1.0, "hassle": 25.0, "scale": 8.0, "join": how}
        market = Market(points_world(1000, 52, joining=joining, **ALIKE), 2)
        market.run()
        enrolled.append((market.population["joined"][:, 0] >= 0).mean())
    assert enrolled[0] < 0.3 < 0.9 < enrolled[1]


def test_joining_is_nested_across_arms():
    """One lasting U: whoever joins at a lower reward also joins at a higher one, no later; exact, customer by
    customer.
    """
    joined = []
    for value in (1.0, 4.0, 8.0):
        market = Market(points_world(1500, 40, {"face_value": value}, joining={"ask": 0.5}), 2)
        market.run()
        week = market.population["joined"][:, 0].astype(float)
        joined.append(np.where(week < 0, np.inf, week))
    for poor, rich in itertools.pairwise(joined):
        assert (rich <= poor).all() and np.isfinite(rich).sum() > np.isfinite(poor).sum()


def test_heavier_customers_join():
    """model.md 11.5: members are heavier before they join; mean T0 purchases, Welch z above 4.42."""
    market = Market(points_world(3000, 30, joining={"ask": 1.0, "scale": 5.0}), 2)
    market.run()
    before = Market(world(3000, 30), 2).run().visits.sum(axis=(0, 2))
    member = market.population["joined"][:, 0] >= 0
    heavy, light = before[member], before[~member]
    assert heavy.mean() - light.mean() > Z * math.sqrt(heavy.var() / heavy.size + light.var() / light.size)


def test_members_are_counted_at_their_visits():
    """By hand from the log: a member's visits and spending start with the visit at which the customer joins."""
    market = Market(points_world(500, 30, joining={"ask": 1.0, "hassle": 0.0, "scale": 0.001}), 2)
    book = market.run()
    own = book.log[book.log["firm"] == 0]
    weekly = book.weekly[book.weekly["firm"] == "a"]
    assert weekly["member_visits"].sum() == len(own) and weekly["member_revenue"].sum() == own["spend"].sum()
    first = own.groupby("customer")["week"].min()
    assert weekly["joins"].tolist() == [int((first == week).sum()) for week in range(30)]
    assert (market.population["joined"][first.index, 0] == first).all()


def test_nobody_joins_a_program_that_gives_nothing():
    """Without a component that gives members anything the offer is closed, whatever belonging is worth."""
    joining = {"ask": 1.0, "relational": 1e4, "hassle": 0.0}
    for program in ({"membership": joining}, {"membership": joining, "points": {"face_value": 0.0}}):
        market = in_plain(Market(world(40, 8, program=program), 2))
        market.run()
        assert (market.population["joined"] == -1).all()


def test_everyone_joins_at_the_launch():
    """join: everyone enrols all living customers in the launch week, and newcomers when they come."""
    program = {"points": {}, "membership": {"join": "everyone"}}
    behaviour = {
        "arrivals": {"pool": 30, "weekly": 0.05, "depleting": True},
        "dropout": {"kind": "per_purchase", "a": 1.0, "b": 4.0},
    }
    market = in_plain(Market(world(40, 20, program=program, policy={"launch": {"week": 6}}, behaviour=behaviour), 2))
    here = []
    for _ in range(20):
        market.step()
        here.append((market.population["status"] == 1).copy())
    joined, entered = market.population["joined"][:, 0], market.population["entered"]
    status = market.population["status"]
    assert (joined[here[6]] == np.maximum(6, entered[here[6]])).all()
    assert (joined[~here[5] & (entered < 6)] == -1).all()  # gone or never come before the launch
    newcomers = (entered > 6) & (status > 0)
    assert newcomers.any() and (joined[newcomers] == entered[newcomers]).all()


def test_without_eligibility_the_program_does_not_exist():
    """model.md 9: with static rivals T1|i is T0, for every customer at once; every shared column, every byte."""
    scenario = points_world(800, 40, joining={"ask": 0.7}, policy={"launch": {"week": 10}})
    with_program = Market(scenario, 3).run()
    replay = Market(scenario, 3, eligible=False, offers=with_program.offers).run()
    none = Market(world(800, 40), 3).run()
    assert (replay.people.filter(like="joined") == -1).all(axis=None)
    replay.people = replay.people.drop(columns="eligible", errors="ignore")
    same(replay, none)
    assert not with_program.log["firm"].equals(none.log["firm"])


def test_one_ineligible_customer_changes_nobody_else():
    """T1|i for one i: i lives as in the world without eligibility, all others as in T1; exact."""
    scenario = points_world(300, 30, joining={"ask": 1.0, "hassle": 0.0})
    full, none = Market(scenario, 3).run().log, Market(scenario, 3, eligible=False).run().log
    who = int(full["customer"][full["firm"] != none["firm"]].iloc[0])
    one = Market(scenario, 3)
    one.population["eligible"][who] = 0
    log = one.run().log
    mine = log["customer"] == who
    assert log[~mine].equals(full[~mine]) and log[mine].equals(none[mine])
    assert not log[mine].equals(full[mine])


def test_relational_customers_join_for_belonging():
    """s_join: the relational worth of joining grows with propensity; members' mean rho is above that of the others."""
    more = {"customers": {"links": Links(join=1.0)}}
    joining = {"ask": 1.0, "relational": 12.0, "hassle": 12.0, "scale": 3.0}
    market = in_plain(Market(world(150, 26, program={"points": {"face_value": 0.1}, "membership": joining}, **more), 2))
    market.run()
    member, rho = market.population["joined"][:, 0] >= 0, market.population["rho"]
    gap = rho[member].mean() - rho[~member].mean()
    assert gap > Z * math.sqrt(rho[member].var() / member.sum() + rho[~member].var() / (~member).sum())


def test_a_membership_worth_by_itself_moves_choices_as_a_lower_price_does():
    """Everybody a member: a worth of 5 % of the price chooses as a price cut of 5 % would, without being paid."""
    program = {"membership": {"join": "everyone", "worth": 0.05}}
    worth = in_plain(Market(world(80, 12, program=program), 3)).run().log
    cut = in_plain(Market(world(80, 12, firm={"a": {"price": 0.95}}), 3)).run().log
    none = in_plain(Market(world(80, 12), 3)).run().log
    assert worth["firm"].equals(cut["firm"]) and not worth["firm"].equals(none["firm"])
    assert worth["spend"].sum() > cut["spend"].sum()


def test_a_worth_is_felt_by_members_only():
    """One customer or all at once, as a survey asks them."""
    found = membership.member_worth(SimpleNamespace(joined=np.array([-1, 0, 7])), SimpleNamespace(worth=0.05))
    assert found.tolist() == [0.0, 0.05, 0.05]


def test_a_membership_worth_by_itself_is_joined_for():
    """It opens the door without any reward, and counts at the own rate and share: 2 x 52 x .5 x 10.00 x 5 % = 26.00."""
    edge = 1.0 / (1.0 + math.exp(-(26.0 - 20.0) / 4.0))
    terms = dict(rate=2.0, worth=0.05, hassle=20.0, scale=4.0)
    assert join(edge - 1e-9, **terms) == (7, 1) and join(edge + 1e-9, **terms) == (-1, 0)
    assert membership.door(membership.Membership(worth=0.05), {"membership": membership.Membership(worth=0.05)}).open
    assert not membership.door(membership.Membership(), {"membership": membership.Membership()}).open


def test_people_enrol_slowly_by_default():
    """Half of those who join a grocer's program within three years have done so after 6 to 12 months."""
    market = Market(compose(["market=grocery", "program=points", "policy=static", "customers.n=1500", "weeks=156"]), 1)
    joined = market.run().people[f"joined_{market.focal}"].to_numpy()
    assert 26 <= half_time(np.where(joined < 0, 156, joined), Window(market.focal, 0, 0, 156)) <= 52


def test_novelty_by_hand():
    """1 + nu on the day, 1 + nu / 2 after a half-life; 1 for who is no member or where nothing is new."""

    def fresh(week, joined=3, nu=2.0):
        terms = SimpleNamespace(novelty=nu, novelty_half_life=26.0)
        return membership.freshness(SimpleNamespace(joined=joined), terms, SimpleNamespace(week=week))

    assert fresh(3) == 3.0 and fresh(29) == pytest.approx(2.0) and fresh(55) == pytest.approx(1.5)
    assert fresh(29, joined=-1) == 1.0 and fresh(29, nu=0.0) == 1.0


def test_novelty_is_a_stronger_reward_at_first():
    """Novelty that never fades is a cash reward worth three times as much; one that halves each week is soon none."""
    everyone = {"join": "everyone"}

    def chosen(rate, **novelty):
        program = {"cashback": {"rate": rate, "perceived": 1.0}, "membership": {**everyone, **novelty}}
        return in_plain(Market(world(60, 16, program=program), 3)).run().log

    thrice, plain = chosen(0.06), chosen(0.02)
    assert chosen(0.02, novelty=2.0, novelty_half_life=5200.0)["firm"].equals(thrice["firm"])
    brief = chosen(0.02, novelty=2.0, novelty_half_life=0.1)
    late = brief["week"] > 0
    assert brief[late]["firm"].equals(plain[plain["week"] > 0]["firm"]) and not brief["firm"].equals(plain["firm"])
    assert brief[~late]["firm"].equals(thrice[thrice["week"] == 0]["firm"])
