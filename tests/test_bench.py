"""The engines of the benchmark compute one market, and a mechanism from outside the package is a full member of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from benchmarks import attachment, costs, full, full_twin, mesa_twin, numpy_twin, reference, satisfaction
from benchmarks.__main__ import born, distance, full_agreement, statistics
from scipy import stats

from loyaltysim.market.model import Market
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.programs.stamps import Stamps
from loyaltysim.theory.goal_gradient import card_share, plain_card_share
from tests.scenarios import in_plain


@pytest.fixture(autouse=True, scope="module")
def visitors():
    """The mechanisms of the benchmark leave with it: other tests ask what the package itself holds."""
    yield
    mechanisms.OUTSIDE.clear()
    mechanisms.registry.cache_clear()


SEEDS = range(1, 9)
WEEKS = 26
N = {mesa_twin: 1500, numpy_twin: 20_000}


def apart(twin) -> float:
    """Largest |t| between ours and a twin: eight populations, each lived through by both with luck of its own."""
    ours, theirs = [], []
    for seed in SEEDS:
        market = reference.ours(N[twin], seed)
        for _ in range(WEEKS):
            market.step()
        ours.append(statistics(reference.counted(market)))
        theirs.append(statistics(twin.run(born(N[twin], seed), seed, WEEKS)))
    return float(np.abs(distance(np.array(ours), np.array(theirs))).max())


def test_best_answers_in_prices_are_measured_where_prices_move():
    """What `make bench` times is a market whose four firms move their prices."""
    made = costs.answering(60, 4)
    book = in_plain(Market(made["best answers"], 1)).run()
    assert (book.weekly.groupby("firm").price.nunique() > 1).all()
    assert (in_plain(Market(made["stay"], 1)).run().weekly.groupby("firm").price.nunique() == 1).all()


CRITICAL = stats.t.isf(0.5e-4 / 7, len(SEEDS) - 1)  # seven numbers, two sides: a right twin fails once in 10,000 seeds


@pytest.mark.parametrize("twin", [mesa_twin, numpy_twin], ids=["mesa", "numpy"])
def test_a_twin_agrees_within_monte_carlo_error(twin):
    """Shares, purchases, rewards, weekly buyers: mean difference over its standard error, Student's t, 7 degrees."""
    assert apart(twin) < CRITICAL


def full_apart() -> float:
    """Largest |t| between ours and plain Mesa over the counts of the full market."""
    return float(np.abs(distance(*full_agreement(400, len(SEEDS), 20))).max())


def test_the_full_market_agrees_with_plain_mesa(monkeypatch):
    """Purchases, revenue, members, rewards of all kinds, recognitions, recoveries by firm: Student's t, 7 degrees, once
    in 10,000 seeds over some twenty counts. Cards of twice the stamps in the twin are far out: the test can fail.
    """
    limit = stats.t.isf(0.5e-4 / 20, len(SEEDS) - 1)
    assert full_apart() < limit
    monkeypatch.setattr(full_twin, "PROGRAMS", {**full.PROGRAMS, "b": {"stamps": Stamps(needed=20, face_value=8.0)}})
    assert full_apart() > limit


def test_the_cost_tables_measure_what_they_say():
    """A market with one mechanism holds it and what it needs; with more firms each still has a program."""
    scenario = full.scenario(50)
    assert {m.name for m in mechanisms.active(costs.only(scenario, {"stamps"}))} == {"stamps", "membership"}
    assert {m.name for m in mechanisms.active(costs.only(scenario, set()))} == set()
    many = costs.with_firms(scenario, 8)
    assert len(many.firms) == 8 and all(firm.program for firm in many.firms.values())
    assert min(costs.per_customer_week({1: scenario}, 1, 1).values()) > 0.0


def wrong_reward(balance):
    """Every step of a card is worth the same."""
    return numpy_twin.VALUE / numpy_twin.CARD


def test_points_fit_in_the_bytes_that_were_asked_for():
    """A market with points, bond, habit and four firms takes under 320 bytes of state a customer; points that lapse by
    date at the default period at most 200 more.
    """
    found = costs.bytes_of_points(50)
    first, *dated = found
    assert found[first] < 320.0
    assert len(dated) == 4 and all(0.0 < found[name] - found[first] <= 200.0 for name in dated)


@pytest.mark.parametrize(
    "name, wrong", [("reward", wrong_reward), ("QUALITY", np.zeros(4)), ("SPEND", numpy_twin.SPEND + 20)]
)
def test_the_agreement_tells_a_wrong_twin_apart(name, wrong, monkeypatch):
    """Without the goal gradient, with firms of one quality, or with dearer baskets, the same number is far out."""
    monkeypatch.setattr(numpy_twin, name, wrong)
    assert apart(numpy_twin) > CRITICAL


def test_plain_python_and_the_compiled_step_are_one_market():
    """The reference market with its two outside mechanisms: same counters and state, bit for bit, 20 weeks."""
    compiled, plain = reference.ours(20, 3), reference.ours(20, 3)
    for _ in range(20):
        compiled.step()
        plain.firms_decide()
        counts = sum(plain.customer(i).step() for i in range(20))
        np.testing.assert_array_equal(counts, compiled.weekly[-1])
        plain.week += 1
    for name, column in compiled.population.columns.items():
        assert column.tobytes() == plain.population[name].tobytes(), name


def test_a_registered_mechanism_is_found_once():
    """Registering again does nothing; another mechanism of the same name is refused with its name."""
    for _ in range(2):
        mechanisms.register(satisfaction.MECHANISM)
        mechanisms.register(attachment.MECHANISM)
    assert mechanisms.registry()["attachment"] is attachment.MECHANISM
    with pytest.raises(ValueError, match="'attachment' exists already"):
        mechanisms.register(dataclasses.replace(attachment.MECHANISM, order=1))


def test_the_plain_share_of_a_card_is_the_share_of_a_card():
    """The quick form of the goal gradient equals the general one for cards that began empty; 1e-12, rounding only."""
    rng = np.random.default_rng(1)
    cases = rng.random(500), rng.gamma(1.0, 0.5, 500), rng.uniform(0, 9, 500), rng.choice([0.0, 1.0, 2.5, 3.0], 500)
    for x, d, strength, power in zip(*cases, strict=True):
        lift = strength / (power + 1.0)
        quick = plain_card_share(x, d, power, lift, 1.0 / (1.0 + lift))
        assert quick == pytest.approx(card_share(x, d, 0.0, strength, power, 0.0), rel=1e-12, abs=1e-12)
