"""Whatever a firm decides, in a world and in its twins: saved, branched off, replayed, with a common past or without.

Each policy acts at a rival of a firm that launches points in week 5, beside a third that undercuts prices. A policy
that is not in ACTS fails here, so that none is left out.
"""

from __future__ import annotations

import dataclasses

import pytest

from loyaltysim.firms import policies
from loyaltysim.market import checkpoint
from loyaltysim.market.model import Market
from loyaltysim.measures import twins
from tests.scenarios import EAGER, fingerprint, in_plain, parts, points_world, same

WEEKS, SAVED, SEED = 12, (2, 7), 5
STAMPS = {"stamps": {"needed": 3, "face_value": 4.0}}
POINTS = {"points": {"earn": 1.0, "threshold": 50.0, "face_value": 1.0}}  # 2 % of spending
WARM = {**POINTS, "recognition": {"probability": 0.5, "effect": 0.2}}
ACTS = {  # policy -> its keys, the program of its firm
    "static": ({}, STAMPS),
    "commitment": ({"period": 4}, {"loyal_price": {"window": 6}}),
    "launch": ({"week": 3}, STAMPS),
    "imitate": ({"lag": 2}, {}),
    "escalate": ({"step": 0.01, "ceiling": 0.09, "every": 2}, POINTS),
    "guard": ({"week": 3, "window": 3, "every": 2, "least": 9.0}, STAMPS),
    "relational_shift": ({"week": 6}, WARM),
    "reevaluate": ({"week": 3, "every": 3, "band": 0.0}, POINTS),
    "entrant": ({"week": 4, "cost": 9.0}, STAMPS),
    "leaver": ({"week": 8}, STAMPS),
    "price_follow": ({}, {}),
    "price_undercut": ({"by": 0.01, "whom": "c", "menu_cost": 2.0}, {}),
    "price_markup": ({"over": "all", "markup": 0.4}, STAMPS),
    "price_estimated": ({"every": 2}, {}),
    "price_nash": ({"every": 2}, STAMPS),
    "two_period": ({"every": 2, "invest": 4}, STAMPS),
    "reward_nash": ({"every": 2, "start": 2}, POINTS),
}
every = pytest.mark.parametrize("name", list(policies.registry()))


def rivalry(name: str):
    """The market in which firm b has a policy."""
    assert name in ACTS, f"say in ACTS how the policy {name} acts within {WEEKS} weeks"
    keys, program = ACTS[name]
    firm = {
        "b": {"policy": parts({name: keys}), "program": parts(program), "awareness": 0.8, "fixed_cost": 3.0},
        "c": {"policy": parts({"price_undercut": {"by": 0.01, "low": 0.9}})},
    }
    shares = {"a": 0.4, "b": 0.35, "c": 0.25}
    bond = {"bond": {"premium": 0.3}} if "recognition" in program else {}
    launch = {"launch": {"week": 5}}
    return points_world(16, WEEKS, joining=EAGER, policy=launch, firm=firm, shares=shares, behaviour=bond)


@pytest.fixture
def plainly(monkeypatch):
    """Every market in plain Python, those too that a function makes by itself."""
    built = Market._prepare

    def prepared(market, eligible):
        built(market, eligible)
        in_plain(market)

    monkeypatch.setattr(Market, "_prepare", prepared)


def stepped(market: Market, weeks: int) -> Market:
    for _ in range(weeks):
        market.step()
    return market


@every
def test_it_is_saved_and_branched_off_to_the_byte(name, plainly, tmp_path):
    """From a file and from a copy in week 2 and 7, before and after it acted: the same bytes at the end."""
    scenario = rivalry(name)
    whole = stepped(Market(scenario, SEED), WEEKS)
    shown = [offers["b"] for offers in whole.shown]
    anew = [offer for offer in shown if dataclasses.replace(offer, week=0) != dataclasses.replace(shown[0], week=0)]
    assert anew or name == "static", "it never did anything"
    for week in SAVED:
        half = stepped(Market(scenario, SEED), week)
        loaded = checkpoint.load(checkpoint.save(half, tmp_path / "m"))
        assert fingerprint(stepped(loaded, WEEKS - week)) == fingerprint(whole), f"saved in week {week}"
        copy = checkpoint.branch(half, scenario)
        assert fingerprint(stepped(copy, WEEKS - week)) == fingerprint(whole), f"copied in week {week}"
        assert {n: f.memory for n, f in copy.firms.items()} == {n: f.memory for n, f in whole.firms.items()}


@every
def test_its_twins_share_a_past_and_replay_it(name, plainly):
    """With the program, without it, and replayed for who may not join: from a common past of five weeks or from the
    first, the same bytes; and recorded offers alone give the same world.
    """
    scenario = rivalry(name)
    w, past = twins.three(scenario, SEED), twins.Past(scenario, SEED)
    assert past.market.week == 5 and w.launch == 5
    whole = Market(scenario, SEED).run()
    same(w.with_it, whole)
    same(w.without, Market(twins.no_program(scenario), SEED).run())
    replay = {"eligible": False, "offers": whole.offers, "around": whole.around}
    same(w.replayed, Market(scenario, SEED, **replay).run())
    same(Market(scenario, SEED, offers=whole.offers, around=whole.around).run(), whole)
    assert all(not offers["a"].program for offers in w.without.offers)


ABSENT = {"comes": {"entrant": {"week": 5}}, "leaves": {"leaver": {"week": 6}}}  # how a firm is out of the market


@pytest.mark.parametrize("how", ABSENT)
@pytest.mark.parametrize("name", [name for name, p in policies.registry().items() if p.sets != ("active",)])
def test_it_decides_while_its_firm_is_out_of_the_market(name, how, plainly):
    """A firm that comes in week 5, or leaves in week 6, with any policy: it sells in its weeks and in no other. What it
    decides before it comes nobody sees: until then the market is the one in which it decides nothing.
    """
    scenario = rivalry(name)
    firm = scenario.firms["b"]
    both, alone = (
        dataclasses.replace(
            scenario, firms={**scenario.firms, "b": dataclasses.replace(firm, policy={**own, **parts(ABSENT[how])})}
        )
        for own in (firm.policy, {})
    )
    book = Market(both, SEED).run()
    own, rest = (book.weekly[(book.weekly.firm == "b") == mine] for mine in (True, False))
    inside = own.week >= 5 if how == "comes" else own.week < 6
    assert own.visits[inside].sum() > 0 and not own.visits[~inside].any() and (own.active == inside).all()
    if how == "comes":
        quiet = Market(alone, SEED).run().weekly
        quiet = quiet[(quiet.firm != "b") & (quiet.week < 5)]
        assert rest[rest.week < 5].reset_index(drop=True).equals(quiet.reset_index(drop=True))


@pytest.mark.parametrize("name", sorted(name for name, p in policies.registry().items() if p.sets == ("price",)))
def test_a_price_beside_a_launch_has_its_twins(name, plainly, tmp_path):
    """The focal firm prices too: without its program it still does, nothing is shared for certain, and all worlds are
    saved and replayed to the byte.
    """
    keys = {"price_undercut": {"by": 0.01}, "price_markup": {"over": "all", "markup": 0.4}}.get(name, {})
    scenario = rivalry("price_undercut")
    focal = dataclasses.replace(scenario.firms["a"], policy=parts({"launch": {"week": 5}, name: keys}))
    scenario = twins.with_focal(scenario, focal)
    bare = twins.no_program(scenario)
    assert list(bare.firms["a"].policy) == [name] and twins.burn_in(scenario) == 0
    w = twins.three(scenario, SEED)
    prices = {made: [o["a"].price for o in getattr(w, made).offers] for made in ("with_it", "without", "replayed")}
    assert set(prices["without"]) != {1.0} and prices["replayed"] == prices["with_it"]
    for made, book in ((scenario, w.with_it), (bare, w.without)):
        same(Market(made, SEED, offers=book.offers, around=book.around).run(), book)
        half = stepped(Market(made, SEED), 6)
        loaded = checkpoint.load(checkpoint.save(half, tmp_path / "m"))
        assert [o["a"].price for o in stepped(loaded, WEEKS - 6).shown] == [o["a"].price for o in book.offers]
        assert fingerprint(loaded) == fingerprint(stepped(Market(made, SEED), WEEKS))
