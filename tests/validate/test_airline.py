"""The airline market: what of the members of one program is put in, and what comes out that was not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from loyaltysim import validate
from loyaltysim.configure.compose import compose
from loyaltysim.theory.nbd import nbd_pmf
from loyaltysim.validate import airline, observed, patterns
from loyaltysim.validate.judge import cell, judge

SEEN = observed.table("airline_ffp").value


def closed(*words: str) -> pd.DataFrame:
    """The cells of the market, judged by their closed forms alone."""
    rows = [{**row, "simulated": row["closed_form"], "se": 0.001} for row in subject(*words).cells()]
    return judge([cell(**row) for row in rows]).set_index("pattern")


def subject(*words: str) -> validate.Subject:
    return validate.subject(compose(["market=airline", *words]))


def test_two_numbers_are_put_in_and_are_those_of_the_table() -> None:
    """M: flights a member over the leader's share, to its digits; K: the share without a flight, to 1e-4."""
    one = subject()
    m, share = one.scenario.market, one.shares["a"]
    assert pytest.approx(SEEN.flights_12m_mean / share, abs=5e-5) == m.M
    assert closed().closed_form[airline.NOBODY] == pytest.approx(SEEN.no_flight_in_12_months, abs=1e-4)
    assert one.scenario.customers.n == 3999 and one.scenario.weeks == 52


def test_what_is_held_out_is_met_within_two_errors() -> None:
    """One to five flights, the top fifth: none of it was fitted; errors sqrt(p (1 - p) / 3999)."""
    found = closed()
    held = [*airline.FLIGHTS, airline.TOP, f"{airline.NOBODY}, were all alike"]
    assert (found.verdict[held] == "pass").all()
    p = SEEN.flights_12m_eq_1_obs
    assert found.tolerance[airline.FLIGHTS[0]] == pytest.approx(2 * np.sqrt(p * (1 - p) / 3999))


@pytest.mark.parametrize("change", ["market.K=0.4", "market.K=0.21", "market.M=5.1", "market.M=2.75"])
def test_what_is_wrong_by_30_percent_is_a_miss(change: str) -> None:
    assert (closed(change).verdict == "miss").any()


def test_counts_with_one_airline_by_hand() -> None:
    """With one taste for all, flights with the leader are NBD(M share, K); a fifth of ten customers are two of them."""
    p = patterns.bought(np.asarray(nbd_pmf(4.0, 0.5, np.arange(200))), np.array([3e4]), np.array([7e4]))[0]
    assert p[:6] == pytest.approx(np.asarray(nbd_pmf(1.2, 0.5, np.arange(6))), abs=1e-4)
    assert airline.top_of_all(np.array([6, 2, 1, 0, 1])) == pytest.approx(6 / 8)
    assert airline.top_of_all(np.array([9, 0, 0, 1])) == 1.0


def test_a_small_panel_shows_what_its_closed_forms_say() -> None:
    """Three panels in the compiled step: within 4.4 errors of each panel's share."""
    one = subject()
    found = pd.DataFrame([one.measure(seed) for seed in range(3)])
    told = closed().closed_form
    for name in (airline.NOBODY, *airline.FLIGHTS):
        error = np.sqrt(told[name] * (1 - told[name]) / (3 * 3999))
        assert abs(found[name].mean() - told[name]) < 4.4 * error, name
