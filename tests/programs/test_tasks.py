"""Points for what is no purchase: who does it, who claims it, what it costs and moves; and points for charity."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from loyaltysim.behaviour.bond import Bond
from loyaltysim.configure.compose import compose
from loyaltysim.market.model import Market
from loyaltysim.mechanism.names import Blank
from loyaltysim.programs import donation, tasks
from loyaltysim.programs.donation import Donation
from loyaltysim.programs.points import Points
from loyaltysim.programs.tasks import Tasks
from loyaltysim.scenario.reader import ConfigError
from tests.behaviour.test_felt_signs import ran, sign, trend
from tests.scenarios import FIXED, Z, offered, totals, world

CARD = {"earn": 1.0, "threshold": 100.0, "face_value": 5.0}
ALIKE = SimpleNamespace(link_recept=1.0, propensity=0.0, status=1)


def asked(own, n=60, weeks=20, premium=0.0, strength=1.0, **more):
    """All are members of a firm with points; own : more of its program."""
    program = {"membership": {"join": "everyone"}, "points": {**CARD, "strength": strength}, **own}
    return world(n, weeks, program=program, behaviour={"bond": {"premium": premium}}, basket=FIXED, **more)


IDLE = {"tasks": {"willing": 1e-6, "per_week": 1e-6}, "donation": {"chance": 1e-9}}  # at work, and nobody does it


def crowd(own, n=800, weeks=39, **more):
    """The same with two firms, many customers and no log: one step for all, compiled once."""
    return asked({**IDLE, **own}, n, weeks, shares={"a": 0.5, "b": 0.5}, log=False, **more)


# ---- by hand ---------------------------------------------------------------------------------------------------------


def a_week(draw=0.5, check=0.5, willing=0.9, cheat=0.9, joined=0, pace=0.5, **own):
    """A week of a member, from a bond of .2: -> done, claims, refused, credited, bond."""
    given = {"willing": 0.5, "per_week": 0.2, "effect": 0.1, "cheats": 0.5, "caught": 0.4, "offence": 0.1, **own}
    terms = offered(Tasks(**given), bond=Bond(loss=2.0), points=offered(Points(**CARD)))
    here, visit = SimpleNamespace(joined=joined, misjudged=0.0, picked=0, bond=0.2), Blank()
    tasks.tasks_week(here, ALIKE, terms, visit, draw, check, willing, cheat, pace)
    found = (visit.tasks_done, visit.task_claims, visit.tasks_refused, visit.task_credit)
    return *found, pytest.approx(here.bond)


def test_a_week_by_hand():
    """A willing one does it below .2: a tenth of the gap .8, credited. At .2 not. A cheat claims in the upper half of
    the luck; below .4 it is found out, which takes twice a tenth of .2. Who is both does one of them. No member, none.
    """
    assert a_week(0.19, willing=0.1) == (1, 1, 0, 1, 0.28)
    assert a_week(0.2, willing=0.1) == a_week(0.19, willing=0.5) == (0, 0, 0, 0, 0.2)
    assert a_week(0.6, cheat=0.1) == (0, 1, 0, 1, 0.2) and a_week(0.6, check=0.3, cheat=0.1) == (0, 1, 1, 0, 0.16)
    assert a_week(0.4, cheat=0.1) == a_week(0.6, cheat=0.5) == (0, 0, 0, 0, 0.2)
    assert a_week(0.19, willing=0.1, cheat=0.1, claims=1.0) == (1, 1, 0, 1, 0.28)
    assert a_week(0.19, willing=0.1, joined=-1) == (0, 0, 0, 0, 0.2)


def test_a_reward_raises_how_often_by_hand():
    """20 points are a fifth of a card of 5.00: at .5 more per unit of money 1.5 times as often; without, as ever."""
    card = offered(Points(**CARD))
    assert tasks.task_chance(offered(Tasks(per_week=0.2, moved=0.5), points=card)) == pytest.approx(0.3)
    assert tasks.task_chance(offered(Tasks(per_week=0.2), points=card)) == 0.2
    assert tasks.task_chance(offered(Tasks(per_week=0.2, moved=0.5, reward=0.0), points=card)) == 0.2


def test_paces_differ_for_life_by_hand():
    """An exponential pace at luck e^-2 is twice the mean: .3 < 2 x .2, which all alike would not do. A power of it has
    mean 1 (10^5 midpoints): (-ln u)^k / Gamma(1 + k).
    """
    luck = {"willing": 0.1, "pace": math.exp(-2.0)}
    assert a_week(0.3, spread=1.0, **luck)[0] == 1 and a_week(0.3, **luck)[0] == 0
    assert a_week(0.41, spread=1.0, **luck)[0] == 0
    u = (np.arange(100_000) + 0.5) / 100_000
    for spread, squared in ((0.5, 4.0 / math.pi), (1.0, 2.0)):
        own = np.array([tasks.own_pace(offered(Tasks(spread=spread)), x) for x in u])
        assert own.mean() == pytest.approx(1.0, abs=1e-3) and (own**2).mean() == pytest.approx(squared, rel=0.01)


def test_joining_may_open_a_balance_by_hand():
    """Points to who never bought, once a member, where joining opens the balance; else not."""
    visit = Blank()
    visit.task_credit = 1
    for opened, joined, due in (("joining", 3, True), ("joining", -1, False), ("purchase", 3, False)):
        here = SimpleNamespace(balance=0, last_earned=-1, joined=joined)
        assert bool(tasks.is_credited(here, offered(Tasks(opened=opened)), visit)) is due


def test_what_a_partner_pays_is_revenue_by_hand():
    """2,000 points at .01 are 20.00 a task; nothing is paid unless it is said."""
    assert Tasks(reward=2000.0, sold=0.01).sold_cents == 2_000 and Tasks(reward=2000.0).sold_cents == 0
    here, visit = SimpleNamespace(balance=0), Blank()
    tasks.credited(here, offered(Tasks(reward=2000.0, sold=0.01)), visit)
    assert (here.balance, visit.task_cents) == (2_000_000, 2_000)
    counted = {"task_claims": 5, "task_cents": 10_000}
    assert tasks.book(counted, Tasks(sold=0.01, unit_cost=0.3)) == {"touchpoints": 150, "revenue": 10_000}


def test_points_that_would_lapse_at_once_are_refused():
    """Weeks without a visit cannot be counted for who has never bought."""
    with pytest.raises(ConfigError, match="expiry_rule=age"):
        compose(["market=cafe", "program=points", "program.points.expiry=10", "program.tasks.opened=joining"])


def test_points_come_in_beside_the_till_by_hand():
    """20 points to who has bought before; nobody's points live longer for it. Not before the first purchase."""
    here, visit = SimpleNamespace(balance=5_000, last_earned=3, joined=0), Blank()
    visit.task_credit = 1
    assert tasks.is_credited(here, offered(Tasks()), visit)
    tasks.credited(here, offered(Tasks()), visit)
    assert (here.balance, visit.points_in, visit.points_issued, visit.task_points) == (25_000, 20_000, 20_000, 20_000)
    assert here.last_earned == 3 and not tasks.is_credited(here, offered(Tasks(reward=0.0)), visit)
    assert not tasks.is_credited(SimpleNamespace(balance=0, last_earned=-1, joined=0), offered(Tasks()), visit)


# ---- who, and what it costs ------------------------------------------------------------------------------------------


def test_tasks_are_counted_and_paid_for():
    """Willing ones are binomial, what they do is so given who they are, false claims and those found out too; a claim
    costs .30, and all points are issued, redeemed or held.
    """
    own = {"willing": 0.4, "per_week": 0.3, "cheats": 0.3, "claims": 0.6, "caught": 0.25, "unit_cost": 0.3}
    market = ran(asked({"tasks": {**own, "reward": 10.0, "effect": 0.2}}, 250, 20, strength=0.0))
    t = totals(market.book()).loc["a"]
    does = (market.population["bond"][:, 0] > 0.0).sum()  # in 20 weeks all but 8e-4 of the willing did it once
    assert abs(does - 0.4 * 250) < Z * math.sqrt(0.24 * 250)
    assert abs(t["tasks_done"] - 0.3 * 20 * does) < Z * math.sqrt(0.21 * 20 * does) + 0.01 * t["tasks_done"]
    false = t["task_claims"] - t["tasks_done"]
    expected = 0.3 * 250 * 20 * (0.6 * 0.6 + 0.4 * 0.6)  # who is both claims as often: the two lie apart in the luck
    assert abs(false - expected) < Z * math.sqrt(0.21 * 250) * 12 + Z * math.sqrt(expected)
    assert abs(t["tasks_refused"] - 0.25 * false) < Z * math.sqrt(0.1875 * false)
    assert t["touchpoints"] == 30 * t["task_claims"]
    assert 0 < t["task_points"] <= 10_000 * (t["task_claims"] - t["tasks_refused"])
    assert t["points_issued"] == t["points_redeemed"] + market.population["balance"][:, 0].sum()


def test_s4_23_bonds_move_and_spending_does_not():
    """S4-23: what is done beside buying builds bonds; where a bond is worth nothing and points pull as cash, purchases
    are those without it, one by one, though the balances are not. Where a bond is worth something they are not.
    """
    active = {"tasks": {"willing": 0.5, "per_week": 0.5, "effect": 0.1, "reward": 30.0}}
    with_it, without = (ran(asked(own, strength=0.0)) for own in (active, {}))
    assert with_it.book().log.equals(without.book().log)
    assert sign(with_it.population["bond"][:, 0]) == 1 and not without.population["bond"].any()
    assert totals(with_it.book()).loc["a", "rewards"] > totals(without.book()).loc["a", "rewards"]
    assert not ran(asked(active, strength=0.0, premium=1.0)).book().log.equals(without.book().log)


@pytest.mark.parametrize("cheats, outcome", [(0.0, 1), (0.8, -1)])
def test_s4_21_s4_22_rewards_beside_buying_pay_until_they_are_gamed(cheats, outcome):
    """S4-21, S4-22: a bond that is worth as much as the price, built by tasks at .40 of points each, brings more profit
    than it costs where nobody cheats, and less where four in five customers claim it every week.
    """
    own = {"willing": 0.5, "per_week": 0.3, "effect": 0.03, "reward": 8.0, "unit_cost": 0.0}
    own |= {"cheats": cheats, "claims": 1.0}

    def profit(program, seed):
        return float(totals(Market(crowd(program, premium=1.0), seed).run()).loc["a", "profit"])

    assert trend([[profit({}, seed), profit({"tasks": own}, seed)] for seed in range(5)]) == outcome


@pytest.mark.parametrize("moved, outcome", [(0.0, 0), (1.0, 1)])
def test_a_reward_brings_more_tasks_only_where_it_moves_people(moved, outcome):
    """Twice the points: as many tasks where nobody minds, more where a unit of money makes them twice as frequent."""
    few, many = (
        totals(Market(crowd({"tasks": {"moved": moved, "reward": r, "per_week": 0.2}}), 3).run()).loc["a", "tasks_done"]
        for r in (20.0, 40.0)
    )
    assert np.sign(many - few) == outcome and (outcome == 0 or many > 1.2 * few)


def test_points_are_given_only_where_there_are_some():
    """Refused by name; without a reward it needs none."""
    with pytest.raises(ConfigError, match=r"program\.tasks\.reward.*has none: add program\.points"):
        compose(["scenario=grocery_points", "program=stamps", "+program.tasks={}"])
    assert (
        "tasks" in compose(["scenario=grocery_points", "program=stamps", "+program.tasks.reward=0"]).firms["a"].program
    )


# ---- charity ---------------------------------------------------------------------------------------------------------


def test_giving_is_felt_by_hand():
    """Of the gap .8 a tenth; only at a visit at which something was given, and where it moves the bond at all."""
    here, visit = SimpleNamespace(bond=0.2), Blank()
    own = offered(Donation(effect=0.1), bond=Bond())
    assert not donation.has_given(own, visit)
    visit.gave = 1
    assert donation.has_given(own, visit) and not donation.has_given(offered(Donation()), visit)
    donation.giving_felt(here, ALIKE, own)
    assert here.bond == pytest.approx(0.28)


@pytest.mark.parametrize("premium, outcome", [(0.0, -1), (1.0, 1)])
def test_s4_19_points_for_charity_against_points_alone(premium, outcome):
    """S4-19: the firm pays the cause what the points would have cost it. Where a bond is worth as much as the price who
    gives comes more often; where it is worth nothing less often, for the card is emptier.
    """
    own = {"part": 1.0, "cost": 0.8, "effect": 0.1}
    gives, keeps = (
        Market(crowd({"donation": {**own, "chance": chance}}, premium=premium), 3).run() for chance in (0.3, 1e-9)
    )
    assert sign((gives.visits - keeps.visits)[:, :, 0].sum(axis=0).astype(float)) == outcome
    assert totals(gives).loc["a", "donated"] > 1000 and not totals(keeps).loc["a", "donated"]
