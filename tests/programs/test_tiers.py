"""Tiers: rules by hand, a ledger of status, bunching, dilution, what a fall costs, points and price, refusals."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from loyaltysim.configure.compose import compose
from loyaltysim.firms.policies.imitate import copied
from loyaltysim.market.model import Market
from loyaltysim.measures import tiers as numbers
from loyaltysim.mechanism.declare import Scene
from loyaltysim.programs import tiers
from loyaltysim.programs.tiers import NOWHERE, Tiers
from loyaltysim.scenario.reader import ConfigError
from tests.scenarios import EAGER, FIXED, all_members, in_plain, offered, same, totals, world

pytestmark = pytest.mark.interpreter

TWO = {"a": 0.5, "b": 0.5}
ALL = {"join": "everyone"}
ROLES = (
    "tiers_won", "tiers_lost", "tier_rises", "tier_falls", "tier_cost", "tier_discounts", "tier_points", "points_in",
    "points_issued", "reward_earned",
)  # fmt: skip


def tiers_world(n=200, weeks=52, own=None, joining=EAGER, program=None, **more):
    """Firm "a" of two has tiers; a purchase is always 10.00."""
    given = {"basket": FIXED, "shares": TWO, **more}
    return world(n, weeks, program={"tiers": own or {}, "membership": joining, **(program or {})}, **given)


def member(tier=0, parts=(0,), joined=0, **more):
    """A customer at a firm."""
    here = {
        "joined": joined,
        "misjudged": 0.0,
        "picked": 0,
        "tier": tier,
        "tier_parts": list(parts),
        "last_earned": 3,
        "balance": 0,
    }
    return SimpleNamespace(**here, **more)


def at(week=0, spend=1000, **more):
    """A visit."""
    return SimpleNamespace(week=week, spend=spend, paid_cents=float(spend), **dict.fromkeys(ROLES, 0), **more)


def me(**more):
    """A customer whose links are all 1."""
    return SimpleNamespace(**{"propensity": 0.0, "link_reward": 1.0, "link_join": 1.0, "link_recept": 1.0, **more})


def lived(model, seed=1) -> Market:
    """The same, run in plain Python."""
    market = in_plain(Market(model, seed))
    market.run()
    return market


# ---- rules by hand -------------------------------------------------------------------------------------------------


def test_a_threshold_is_reached_to_the_cent():
    """300 and 1000: 299.99 is no tier, 300.00 the first, 1000.00 the second; visits and points are counted likewise."""
    bars = Tiers().bars
    assert bars == (30_000, 100_000, NOWHERE, NOWHERE)
    reached = [tiers.tier_of(cents, Tiers()) for cents in (0, 29_999, 30_000, 99_999, 100_000, 10**9)]
    assert reached == [0, 0, 1, 1, 2, 2]
    assert Tiers(by="visits", thresholds=(3.0,)).bars[0] == 3 and Tiers(by="points", thresholds=(2.5,)).bars[0] == 2500


def visit(tier=0, held=(29_000,), spend=1000, week=0, joined=0, **own):
    """(tier, parts | tier_rises, tiers won, cost) after a visit of 10.00."""
    here, now = member(tier, held, joined), at(week, spend)
    tiers.qualified(here, me(), offered(Tiers(**own)), now)
    return here.tier, tuple(here.tier_parts), now.tier_rises, now.tiers_won, now.tier_cost


def test_the_purchase_that_reaches_a_threshold_raises_to_the_tier():
    """290.00 and 10.00 are 300.00; two tiers at once are one rise; without a card, or for nothing, nobody rises."""
    assert visit() == (1, (30_000,), 1, 1, 0)
    assert visit(held=(28_999,)) == (0, (29_999,), 0, 0, 0)
    assert visit(spend=80_000) == (2, (109_000,), 1, 2, 0)
    assert visit(tier=1) == (1, (30_000,), 0, 0, 0)
    assert visit(joined=-1) == visit(spend=0) == visit(benefits=0.0) == (0, (29_000,), 0, 0, 0)
    by_visits = {"held": (2,), "by": "visits", "thresholds": (3.0,)}
    assert visit(**by_visits)[:2] == (1, (3,)) and visit(spend=0, **by_visits)[:2] == (0, (2,))


def test_serving_a_tier_costs_from_the_visit_after_it_was_reached():
    """Or at once, where the purchase that reaches a tier is served as of it; the last number holds for higher tiers."""
    cost = {"cost": (0.25,)}
    assert visit(**cost)[4] == 0 and visit(at_once=True, **cost)[4] == 25
    assert visit(tier=1, **cost)[4] == visit(tier=2, **cost)[4] == 25
    assert visit(tier=1, benefits=2.0, **cost)[4] == 50


def test_what_counts_is_the_sum_of_the_last_parts():
    """A window of 12 weeks in 3 parts of 4, in week 17 (part 4): parts 2, 3 and 4 count, in the places 2, 0 and 1."""
    own = offered(Tiers(window=12, parts=3))
    assert own.part == 4
    assert tiers.in_window(member(parts=(5, 7, 11)), own, 4) == 23
    assert tiers.in_window(member(parts=(100, 5, 7, 11)), offered(Tiers(window=12, parts=3)), 3) == 23
    assert visit(held=(0, 29_000, 0), week=17, window=12, parts=3)[:2] == (1, (0, 30_000, 0))


def review(tier, held, week=52, **own):
    """(tier, parts | tier_falls, tiers lost) after a review; None where there is none."""
    here, now, terms = member(tier, held), at(week), offered(Tiers(**own))
    if not tiers.part_begins(terms, now):
        return None
    tiers.reviewed(here, terms, now)
    return here.tier, tuple(here.tier_parts), now.tier_falls, now.tiers_lost


def test_who_did_not_reach_the_own_tier_in_the_window_falls():
    """Week 52 ends a window of 52: 299.99 loses everything, softly one tier; 300.00 keeps tier 1; all begin at 0."""
    assert review(2, (29_999,)) == (0, (0,), 1, 2) and review(2, (29_999,), soft=True) == (1, (0,), 1, 1)
    assert review(2, (30_000,)) == (1, (0,), 1, 1) and review(1, (30_000,)) == (1, (0,), 0, 0)
    assert review(0, (99,)) == (0, (0,), 0, 0)
    assert review(2, (0,), week=51) is review(2, (0,), week=0) is review(2, (0,), benefits=0.0) is None


def test_rolling_parts_are_reviewed_at_the_end_of_each():
    """Three parts of 4 weeks, week 16 (part 4 begins): parts 1, 2, 3 count, then the place of part 1 is emptied."""
    rolling = {"window": 12, "parts": 3, "week": 16}
    assert review(1, (10_000, 9_999, 10_000), **rolling) == (0, (10_000, 0, 10_000), 1, 1)
    assert review(1, (10_000, 10_000, 10_000), **rolling) == (1, (10_000, 0, 10_000), 0, 0)
    assert review(1, (50_000, 10_000, 9_999, 10_000), **rolling)[:2] == (0, (0, 10_000, 9_999, 10_000))
    assert review(1, (0, 0, 0), window=12, parts=3, week=17) is None


def test_points_are_multiplied_by_the_tier():
    """10.00 earn 10 points; at 1.5 times 5 more, counted as issued; none without a status or before any."""
    points = SimpleNamespace(issued=1000, issued_per_cent=10.0)

    def more(tier, spend=1000, last=3, joined=0):
        here, now = member(tier, joined=joined), at(spend=spend)
        here.last_earned = last
        tiers.multiplied(here, me(), offered(Tiers(multiplier=(1.5, 2.0)), points=points), now)
        assert here.balance == now.points_issued == now.points_in == now.reward_earned == now.tier_points
        return here.balance

    assert [more(0), more(1), more(2)] == [0, 5_000, 10_000]
    assert more(1, spend=0) == more(1, last=-1) == more(1, joined=-1) == 0
    assert more(1, spend=1003) == 5_015


def test_a_tier_pays_less():
    """3 % of 10.01 is 30.03 cents: 30 are taken off, at twice the benefits 60; never more than all."""

    def paid(tier, **own):
        now = at(spend=1001)
        tiers.tier_takes_off(member(tier), me(), offered(Tiers(price=(0.0, 0.03), **own)), now)
        assert now.spend + now.tier_discounts == 1001
        return now.tier_discounts

    assert [paid(0), paid(1), paid(2), paid(2, benefits=2.0)] == [0, 0, 30, 60]
    assert max(Tiers(price=(0.9,), benefits=10.0).off) == 1.0


def pull(tier, below=0.0, **own):
    """What a tier is worth, others than the k-th having nobody below."""
    shares = {f"below_{k}": below if k == tier else 0.0 for k in range(1, 5)}
    more = {"points": SimpleNamespace(rate=0.02), "paid": 1.0, **shares}
    return tiers.tier_pull(member(tier), me(), offered(Tiers(**own), **more))


def test_the_worth_of_a_tier_is_the_sum_of_what_it_brings():
    """Price 3 %, access 1 %, half more points of a rate of 2 %, rank .04 at .75 below: .03 + .01 + .01 + .03 = .08."""
    own = {"price": (0.03,), "access": (0.01,), "multiplier": (1.5,), "status": (0.04,)}
    assert pull(1, 0.75, **own) == pytest.approx(0.08, abs=1e-15)
    assert pull(1, 0.75, benefits=2.0, **own) == pytest.approx(0.16, abs=1e-15)
    assert pull(0, 0.75, **own) == 0.0 == pull(1, 0.75, benefits=0.0, **own)


@pytest.mark.parametrize("tier", [1, 2, 3, 4])
def test_rank_is_worth_the_share_that_is_below(tier):
    """Status .04 where half are below: .02, at dilution 2 .01, at 0 all of it; each tier reads its own share."""
    own = {"thresholds": (1.0, 2.0, 3.0, 4.0), "access": (), "status": (0.04,)}
    assert pull(tier, 0.5, **own) == pytest.approx(0.02, abs=1e-15)
    assert pull(tier, 0.5, dilution=2.0, **own) == pytest.approx(0.01, abs=1e-15)
    assert pull(tier, 0.5, dilution=0.0, **own) == pytest.approx(0.04, abs=1e-15)


def test_the_steps_to_a_tier_sum_to_one():
    """Thirty purchases of 10 lead to 300, seventy more to 1000, then nothing pulls; each way sums to one (1e-12), the
    step to the threshold pulls most, and the first one beyond it starts low again.
    """
    steep, even = Tiers(strength=1.0, power=3.0), Tiers(strength=0.0, power=3.0)
    steps = [tiers.step_share(1000 * k, 1000, steep) for k in range(120)]
    assert sum(steps[:30]) == pytest.approx(1.0, abs=1e-12) == sum(steps[30:100])
    assert max(steps[:30]) == steps[29] > 1.5 * steps[0] and steps[30] < steps[0] and set(steps[100:]) == {0.0}
    assert tiers.step_share(29_500, 1000, even) == pytest.approx(500 / 30_000, abs=1e-15)
    assert tiers.step_share(0, 1000, dataclasses.replace(even, thresholds=(300.0,))) == pytest.approx(1 / 30)


def test_the_next_tier_pulls_who_can_have_it():
    """10 money on the way to 300.00 by a purchase of 10.00: a thirtieth of it, 3.33 % of what is paid."""
    plain = {"near": 10.0, "strength": 0.0}
    near = tiers.near_pull(member(), me(), offered(Tiers(**plain)), at())
    assert near == pytest.approx(1.0 / 30.0, abs=1e-15)
    assert tiers.near_pull(member(joined=-1), me(), offered(Tiers(**plain)), at()) == 0.0
    by_visits = offered(Tiers(by="visits", thresholds=(10.0,), **plain))
    assert tiers.near_pull(member(), me(), by_visits, at()) == pytest.approx(0.1, abs=1e-15)
    assert not tiers.pulls_from_near(offered(Tiers())) and tiers.pulls_from_near(offered(Tiers(**plain)))


def test_rising_and_falling_are_felt_as_signed_events():
    """.1 a tier, two tiers: a fifth of the gap; a loss of twice -.1: .2 x 2 of what there is."""
    bond = SimpleNamespace(loss=2.0, floor=0.0)
    here, terms = member(bond=0.5), offered(Tiers(rise=0.1, fall=-0.1), bond=bond)
    tiers.rise_felt(here, me(), terms, SimpleNamespace(tiers_won=2))
    assert here.bond == pytest.approx(0.6)
    tiers.fall_felt(here, me(), terms, SimpleNamespace(tiers_lost=2))
    assert here.bond == pytest.approx(0.36)


# ---- a market ------------------------------------------------------------------------------------------------------


def ledger(log, terms, weeks, firm=0):
    """Status kept by hand from a log, every visitor a member: {customer: tier}, and rises and falls by week."""
    history, tier, moves = {}, {}, np.zeros((2, weeks), int)
    for week in range(weeks):
        if week % terms.part == 0 and week > 0:
            for who, old in tier.items():
                seen = sum(c for w, c in history[who] if week - terms.window <= w < week)
                level = sum(seen >= bar for bar in terms.bars)
                if level < old:
                    tier[who] = old - 1 if terms.soft else level
                    moves[1, week] += 1
        for row in log[(log.firm == firm) & (log.week == week)].itertuples():
            history.setdefault(row.customer, []).append((week, 1 if terms.by_visits else row.spend))
            since = (week // terms.part - terms.parts + 1) * terms.part
            level = sum(sum(c for w, c in history[row.customer] if w >= since) >= bar for bar in terms.bars)
            moves[0, week] += level > tier.get(row.customer, 0)
            tier[row.customer] = max(tier.get(row.customer, 0), level)
    return tier, moves


@pytest.mark.parametrize(
    "own",
    [
        {"thresholds": (60.0, 120.0), "window": 13},
        {"thresholds": (60.0, 120.0), "window": 12, "parts": 3, "soft": True},
        {"by": "visits", "thresholds": (2.0, 4.0, 7.0), "window": 8, "parts": 2},
    ],
)
def test_who_has_which_status_is_what_the_log_says(own):
    """A ledger kept by hand, window by window: every tier at the end, rises and falls of every week; exact."""
    market = lived(tiers_world(80, 40, own, ALL))
    book, terms = market.book(), Tiers(**own)
    tier, moves = ledger(book.log, terms, 40)
    held = dict(zip(market.population.ids, market.population["tier"][:, 0], strict=True))
    assert {who: level for who, level in held.items() if level} == {who: level for who, level in tier.items() if level}
    weekly = book.weekly[book.weekly.firm == "a"]
    assert weekly.tier_rises.tolist() == moves[0].tolist() and weekly.tier_falls.tolist() == moves[1].tolist()
    assert moves.sum(axis=1).min() > 20
    for review in numbers.reviews(book, "a"):
        assert review.week % terms.part == 0 and review.tier.sum() >= 0
    *_, last = numbers.reviews(book, "a")
    assert last.week == 39 // terms.part * terms.part


def test_spending_bunches_where_the_next_tier_pulls_and_only_there():
    """The same customers with the same luck, with the pull of the next tier and without: more windows end just above a
    threshold than just below. The difference of the two shares beyond 4 standard errors of a difference of shares
    (binomial, n windows each); with the pull off purchases are those without tiers, byte for byte.
    """
    own, alike = {"thresholds": (70.0,), "window": 13, "access": ()}, {"K": 20.0, "S": 5.0}
    pulled, plain = (
        lived(tiers_world(160, 53, {**own, "near": near, "power": 6.0, "strength": 6.0}, ALL, **alike)).book()
        for near in (60.0, 0.0)
    )
    shares = []
    for book in (pulled, plain):
        earned = np.concatenate([r.earned for r in numbers.reviews(book, "a")])
        above, below = (earned // 1000 == 7).sum(), (earned // 1000 == 6).sum()
        shares.append((above, above + below))
    (hit, n), (usual, m) = shares
    p = (hit + usual) / (n + m)
    assert (hit / n - usual / m) > 4.0 * np.sqrt(p * (1.0 - p) * (1.0 / n + 1.0 / m))
    assert plain.log.equals(lived(tiers_world(160, 53, {"benefits": 0.0}, ALL, **alike)).book().log)


def test_a_rank_is_worth_less_where_more_have_it():
    """Thirty customers have the tier in both worlds, 80 others in one of them: at dilution 1 the thirty come less
    where the others have it too, by common draws; at dilution 0 not one purchase moves.
    """

    def visits(many, dilution):
        own = {"thresholds": (1e9,), "window": 520, "access": (), "status": (0.5,), "dilution": dilution}
        market = in_plain(Market(tiers_world(120, 25, own, ALL), 1))
        market.population["joined"][:, 0] = 0
        market.population["tier"][:many, 0] = 1
        book = market.run()
        return book.visits[:, :30, 0].sum(), book.around[0]["below_1"][0]

    (few, rare), (common, usual) = visits(30, 1.0), visits(110, 1.0)
    assert (rare, usual) == (pytest.approx(90 / 120), pytest.approx(10 / 120))
    assert few > 1.1 * common
    assert visits(30, 0.0)[0] == visits(110, 0.0)[0] >= few


def test_better_service_is_what_a_service_of_that_quality_is():
    """A tier that everybody has from the start, .5 better: satisfaction and expectation as at a firm with service
    quality .5 and the same promise; 1e-9.
    """
    own = {"thresholds": (1e9,), "window": 520, "access": (), "quality": (0.5,)}
    behaviour = {"experience": {"premium": 0.2, "noise": 1.0}}
    states = []
    for program in ({"tiers": own}, {"service": {"quality": 0.5}}):
        market = in_plain(Market(world(60, 20, program=program, behaviour=behaviour, shares=TWO), 1))
        if "tiers" in program:
            all_members(market).population["tier"][:, 0] = 1
        market.run()
        states.append(np.column_stack([market.population[k][:, 0] for k in ("sat", "expectation", "delivered")]))
    assert np.abs(states[0]).max() > 0.3
    assert np.allclose(states[0], states[1], rtol=0.0, atol=1e-9)


def test_points_of_tiers_are_in_the_books():
    """Everybody a member, twice the points from the second purchase on: issued = plain points + those of the tier, and
    the books are conserved (checked in every run); at multiplier 1 byte for byte as without tiers.
    """
    card = {"threshold": 30.0, "face_value": 3.0}
    own = {"thresholds": (0.01,), "access": (), "multiplier": (2.0,)}
    doubled, plain = (
        lived(world(60, 30, program={"points": card, "membership": EAGER, **more}, basket=FIXED)).book()
        for more in ({"tiers": own}, {})
    )
    got = totals(doubled).loc["a"]
    assert got.points_issued == 2 * got.tier_points + 10_000 * got.tier_rises
    assert got.rewards > 1.5 * totals(plain).loc["a"].rewards
    once = {**own, "multiplier": (1.0,)}
    same(plain, lived(world(60, 30, program={"points": card, "membership": EAGER, "tiers": once}, basket=FIXED)).book())


def test_tiers_that_end_are_over_and_new_windows_begin_at_nothing():
    """In week 20 the tiers end: nobody has one. Another window from week 20 on: what counted is gone, status stays."""
    own = {"thresholds": (20.0,), "window": 52}
    over = lived(tiers_world(60, 22, {**own, "end": 20}, ALL))
    assert over.population["tier"].max() == 0 == over.population["tier_parts"].max()
    market = in_plain(Market(tiers_world(60, 22, {**own, "changes": ({"week": 20, "told": "before", "window": 26},)},
                                         ALL), 1))  # fmt: skip
    for _ in range(20):
        market.step()
    before = market.population["tier"].copy()
    assert before.max() == 1
    market.step()
    assert (market.population["tier"] >= before).all() and market.population["tier_parts"].max() <= 4000


def test_a_rival_that_copies_gives_the_share_of_the_benefits():
    """Fidelity .5 of tiers: half of what each brings, thresholds as they are."""
    half = copied("tiers", Tiers(price=(0.04,)), 0.5)
    assert half.off == (0.0, 0.02, 0.02, 0.02, 0.02) and half.thresholds == Tiers().thresholds


def test_a_rival_that_copies_gives_the_share_of_the_benefits_of_points():
    """Twice the points at fidelity .5: half again as many; nobody without a status gets less than usual."""
    assert copied("tiers", Tiers(multiplier=(2.0,)), 0.5).times == (1.0, 1.5, 1.5, 1.5, 1.5)


# ---- measures ------------------------------------------------------------------------------------------------------


@pytest.mark.by_hand("in_tier_{}", "bunching", "churn_after_demotion")
def test_numbers_on_tiers_by_hand():
    """Threshold 100, window 13. Sums of the first window: 100, 105, 95, 85, 300, of the second 95, 100, nothing: just
    above 3, just below 2, so 1/5. Who stays at 100 and 105 in week 13 and at 100 in week 26 comes again; who falls at
    95 does not: 1 less 0.
    """
    spent = {0: (100, 95, 0), 1: (105, 100, 10), 2: (95, 0, 0), 3: (85, 0, 0), 4: (300, 0, 0)}
    rows = [(who, 13 * k, 0, 100 * s) for who, own in spent.items() for k, s in enumerate(own) if s]
    log = dict(zip(("customer", "week", "firm", "spend"), map(np.array, zip(*rows, strict=True)), strict=True))
    own = Tiers(thresholds=(100.0,), window=13)
    offers = [{"a": SimpleNamespace(program={"tiers": own})}] * 39
    people = pd.DataFrame({"customer": range(5), "joined_a": [0] * 5})
    around = [{"below_1": np.array([0.6])}]
    book = SimpleNamespace(log=pd.DataFrame(log), firms=("a",), people=people, offers=offers, around=around,
                           weekly=np.zeros((39, 1)))  # fmt: skip
    found = numbers.around_thresholds(book, "a")
    assert found["bunching"] == pytest.approx((3 - 2) / 5) and found["churn_after_demotion"] == pytest.approx(1.0)
    scenario = SimpleNamespace(firms={"a": SimpleNamespace(program={"tiers": own})})
    assert numbers.ranks(book, scenario, "a") == {"in_tier_0": 0.6, "in_tier_1": pytest.approx(0.4)}


def test_who_falls_leaves_where_the_tier_was_worth_something():
    """Gone after a fall less gone at equal spending: of a tier worth a third of the price it is above what it is of one
    that is worth nothing, with the same customers; there it is within .15 of 0: who stayed spent a little more.
    """
    own = {"thresholds": (60.0,), "window": 13}
    found = []
    for worth in (0.35, 0.0):
        given = {**own, "access": (worth,)}
        book = lived(tiers_world(160, 66, given, ALL, K=20.0, S=5.0)).book()
        found.append(numbers.around_thresholds(book, "a")["churn_after_demotion"])
    assert found[0] > found[1] and abs(found[1]) < 0.15


# ---- what does not go together -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "key", "said"),
    [
        ({"thresholds": (), "access": ()}, "thresholds", "from 1 to 4"),
        ({"thresholds": (3.0, 2.0)}, "thresholds", "must rise"),
        ({"thresholds": (5.0,), "price": (0.1, 0.2)}, "price", "2 numbers for 1"),
        ({"window": 52, "parts": 3}, "parts", "must divide"),
    ],
)
def test_terms_that_do_not_go_together_are_refused(own, key, said):
    """Each with its key and what would be right."""
    [(where, why)] = tiers.check(Tiers(**own))
    assert where == key and said in why


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("program.tiers.multiplier=[2]", "multiplies points: add program.points"),
        ("program.tiers.by=points", "counts points: add program.points"),
        ("program.tiers.quality=[1]", "without behaviour.experience"),
        ("program.tiers.fall=-0.1", "moves bonds, which need behaviour.bond"),
        ("program.tiers.price=[2]", "price"),
    ],
)
def test_what_a_market_lacks_is_told(words, said):
    """Tiers that do something with what nobody has."""
    with pytest.raises(ConfigError, match=said):
        compose(["scenario=plain", "program=status", words])


def test_a_customer_is_told_of_a_status():
    """Rising, falling, losing it, in both languages; nothing where it stays."""

    def told(before, after, lang="en"):
        scene = Scene(lang, "a", 0, Tiers(), {"tier": before}, {"tier": after}, 1, 100, 3)
        return tiers.tell(scene)

    assert told(0, 1) == ["rose to tier 1 of a"] and told(2, 1) == ["fell to tier 1 of a"] and told(1, 1) == []
    assert told(1, 0) == ["lost the status at a"] and told(1, 0, "zh") == ["失去了 a 的等级"]


def test_the_shipped_programs_are_read():
    """conf/program/tiers.yaml and status.yaml, with the terms that they name."""
    own = compose(["scenario=plain", "program=tiers"]).focal_firm.program["tiers"]
    assert own.thresholds == (500.0, 1500.0) and own.times[:3] == (1.0, 1.25, 1.5)
    rank = compose(["scenario=plain", "program=status"]).focal_firm.program["tiers"]
    assert rank.use == (0.0,) * 5 and rank.rank_worth[:3] == (0.0, 0.01, 0.02)
    assert dataclasses.replace(own, benefits=0.0).live is False
