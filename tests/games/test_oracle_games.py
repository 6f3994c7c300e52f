"""Games whose payoffs and equilibria are known: regimes A, B and C of rewards, played through `loyaltysim game`.

The market is that of tests/firms/oracles.py (customers alike, S = 1e6, no habit), written as a user would write it:
every outcome is simulated, nothing of a closed form is read. Budget: 16 customers who buy 29 times a week; 4 seeds of
5 weeks where prices stay, 3 of 4 settled weeks where they move: 9,000 and 5,500 purchases an outcome. Tolerance: four
standard errors of a firm's share of them, of both outcomes that are held against each other.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from loyaltysim.games import around, study
from loyaltysim.games.payoffs import SAME
from loyaltysim.games.study import Played, play
from loyaltysim.present import game as told
from loyaltysim.studies import protocol
from loyaltysim.theory import pricing
from tests.games.test_study import in_plain_python

BETA, PER_WEEK = 3.0, 16 * 1500.0 / 52.0
STAY, MOVE = {"weeks": 5, "after": 0, "seeds": 4}, {"weeks": 12, "after": 8, "seeds": 3}
NASH = {"price_nash": {"conduct": 1.0, "low": 0.2, "high": 5.0, "least": 0.0}}


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Markets in this process, without the compiler."""
    for module in (study, around):
        monkeypatch.setattr(module, "earned", in_plain_python)
    monkeypatch.setattr(protocol, "prepare", lambda scenarios: None)


def played(folder, rewards, firms=2, free=False, beta=BETA, cost=None, s0=0.0) -> Played:
    """A game of equal firms at base price 1 whose strategies are no program and stamp cards of one stamp.

    rewards : (worth b as a fraction of the base price, cost k) each;  free : prices are best answers of every week
    cost : of what is sold; None = the covered market's, at which 1 is the price without programs
    """
    settings = MOVE if free else STAY
    own = {"share": 1.0 / firms, "unit_cost": cost or 1.0 - pricing.covered_price(0.0, beta, firms), "allow_loss": True}
    own |= {"policy": NASH} if free else {}
    world = {
        "name": "oracle", "weeks": settings["weeks"], "seeds": settings["seeds"],
        "firms": dict.fromkeys("abcdefgh"[:firms], own),
        "market": {"M": 1500, "K": 1000, "S": 1e6, "basket": {"mean": 10000}},
        "customers": {"n": 16, "price_sensitivity": beta},
        "behaviour": {"outside": {"kind": "logit", "expansion": s0}} if s0 else {},
    }  # fmt: skip
    (folder / "world.yaml").write_text(json.dumps(world))
    for at, (b, k) in enumerate(rewards):
        face = {"needed": 1, "face_value": round(10000 * b, 2), "cost": k, "pressure": "none", "audience": "everyone"}
        (folder / f"r{at}.yaml").write_text(json.dumps({"stamps": face}))
    names = ",".join(["none", *(str(folder / f"r{at}.yaml") for at in range(len(rewards)))])
    words = [f"programs=[{names}]", f"after={settings['after']}", f"most_seeds={settings['seeds']}"]
    return play([f"from={folder / 'world.yaml'}", *words, "map=none", "compute.processes=1"])


def ratios(found: Played, outcomes, firms: int = 2) -> np.ndarray:
    """What a firm earns in outcomes, its own strategy first, in what each earns where nobody has a program; mean over
    who that firm is.
    """
    mean = found.payoffs.mean
    each = [[mean[(*one[1 : at + 1], one[0], *one[at + 1 :])][at] for at in range(firms)] for one in outcomes]
    return np.mean(each, axis=1) / mean[(0,) * firms].mean()


def error(known: np.ndarray, at: dict, firms: int = 2) -> np.ndarray:
    """Four standard errors: profit at a share s errs by sqrt((1 - s) / (s N)); beside it the luck of the base."""
    many, share = PER_WEEK * (at["weeks"] - at["after"]) * at["seeds"], 1.0 / firms
    one = np.sqrt((1.0 - share) / (share * many))
    return 4.0 * np.sqrt(2.0) * one * np.maximum(known, 1.0)


TWO = [(1, 0), (0, 1), (1, 1)]


@pytest.mark.parametrize(("k", "kind"), [(0.5, "dilemma"), (1.25, "nobody")])
def test_regime_a_is_the_game_of_the_table(tmp_path, k, kind):
    """O6 A, N = 2, b = .5 at alpha = 1: payoffs alone, left out, together; a dilemma below k = 1, beyond luck."""
    found, known = played(tmp_path, [(0.5 / BETA, k)]), pricing.fixed_prices(0.5, k)
    wanted = np.array([known.alone, known.left_out, known.all])
    assert (np.abs(ratios(found, TWO) - wanted) < error(wanted, STAY)).all()
    assert ratios(found, TWO)[2] == pytest.approx(known.all, abs=1e-5)  # prices and shares stay: no luck in it
    assert found.pure == [(1, 1)] if kind == "dilemma" else [(0, 0)]
    row = found.kinds.iloc[0]
    assert row.kind == kind and bool(row.sure) and found.holds[found.pure[0]] == "yes" and found.mixed == []


def test_rewards_below_the_last_one_are_outbid(tmp_path):
    """O6 A, k = .5: of none and 1/4, 1/2 and 3/4 of b* = 2 / beta firms climb to the last, though all earn less there:
    1 - 3/4 (1 - k) of what they had. Every step pays by a twentieth of profit or more.
    """
    best = pricing.best_reward(0.5, BETA, 2)
    found = played(tmp_path, [(best * x, 0.5) for x in (0.25, 0.5, 0.75)])
    assert found.pure == [(3, 3)] and found.path.rests and found.path.steps[-1] == (3, 3)
    assert ratios(found, [(3, 3)])[0] == pytest.approx(0.625, abs=1e-5)
    assert found.kinds.kind.tolist() == ["dilemma"] * 3


def test_nobody_goes_beyond_the_last_reward(tmp_path):
    """O6 A, k = .5: where both give 3/2 of b*, going back to b* pays (.269 against .25); at b* both keep half of what
    they had, and neither more nor nothing pays.
    """
    best = pricing.best_reward(0.5, BETA, 2)
    found = played(tmp_path, [(best, 0.5), (1.5 * best, 0.5)])
    assert (1, 1) in found.pure and (2, 2) not in found.pure
    assert ratios(found, [(1, 1), (2, 2)]) == pytest.approx([0.5, 0.25], abs=1e-5)


@pytest.mark.parametrize("firms", [2, 3])
def test_regime_b_is_a_price_of_entry(tmp_path, firms):
    """O6 B, b = 1 at alpha = 1, k = .5, N = 2: 1.1808 alone, .8469 left out, 1 together: everybody takes it, dropping
    it hurts, and nobody earns less: told as a price of entry, not as a dilemma.
    """
    known, found = pricing.free_prices(1.0, 0.5, firms=firms), played(tmp_path, [(1.0 / BETA, 0.5)], firms, True)
    alone, left = (1, *(0,) * (firms - 1)), (0, *(1,) * (firms - 1))
    wanted = np.array([known.alone, known.left_out, known.all]) / known.none
    seen = ratios(found, [alone, left, (1,) * firms], firms)
    assert (np.abs(seen - wanted) < error(wanted, MOVE, firms)).all()
    assert seen[2] == pytest.approx(1.0, abs=SAME)
    row = found.kinds.iloc[0]
    assert row.kind == "parity" and found.pure == [(1,) * firms] and found.holds[(1,) * firms] == "yes"
    assert "price of entry" in str(told.screen(found))


def test_regime_c_lets_all_gain(tmp_path):
    """O6 C, N = 2, v = 4, c = 1, b = 1, k = .5: .8402 beside .7732: all take it, all earn more."""
    at = pricing.bertrand(np.ones(2), 1.0, 4.0)
    p0, s0 = float(at.prices[0]), 1.0 - float(at.shares.sum())
    known = pricing.free_prices(1.0, 0.5, value=4.0, cost=1.0)
    found = played(tmp_path, [(1.0 / p0, 0.5)], 2, True, p0, 1.0 / p0, s0)
    wanted = np.array([known.alone, known.left_out, known.all]) / known.none
    assert (np.abs(ratios(found, TWO) - wanted) < error(wanted, MOVE)).all()
    assert found.kinds.iloc[0].kind == "all gain" and found.pure == [(1, 1)]
