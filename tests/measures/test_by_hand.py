"""Every number that no other test works out is worked out here, on a market that fits on a page (small_books.py)."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from loyaltysim.measures import (
    attitudes,
    contracts,
    market,
    members,
    money,
    program_effects,
    retention_effects,
    statistics,
    your_customers,
)
from loyaltysim.measures.twins import Worlds
from loyaltysim.theory.retention import sbg_retention
from tests import scenarios
from tests.measures import small_books
from tests.measures.small_books import LAUNCH, counted, scenario, worlds


def says(found: dict[str, float], **expected: Any) -> None:
    """Each of these numbers is what the hand says."""
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9, nan_ok=True)


@pytest.mark.by_hand(
    "launch_week", "horizon", "visits", "lift_visits", "lift_revenue", "lift_share_points", "lift_profit",
    "revenue_per_customer", "profit_per_customer", "profit_of_sales", "reward_expense_per_customer",
    "program_cost_per_customer", "reward_expense_of_sales", "break_even_lift", "liability", "payback_week",
    "ahead_until_week", "enrolled_share", "member_share_of_sales",
)  # fmt: skip
def test_totals():
    """Purchases at a 6 and 4 (of 10 and 9), revenue 70 and 50, five customers, one year. The program costs 3 + 2 of
    rewards, .40 of touchpoints and .60 a year; profit 29 and 25. Break even: (L / (1 + L)) .5 = 6 / 70. The summed gain
    is -.60, -1, 1 (week 30), 6, 1, 4: above 0 for good from the 18th week on.
    """
    says(
        program_effects.totals(scenario(), worlds()),
        launch_week=13.0, horizon=52.0, visits_with=6 / 5, visits_without=4 / 5, lift_visits=0.5, lift_revenue=0.4,
        lift_share_points=6 / 10 - 4 / 9, lift_profit=29 / 25 - 1, revenue_per_customer=20 / 5,
        profit_per_customer=4 / 5, profit_of_sales=4 / 50,
        reward_expense_per_customer=5 / 5, program_cost_per_customer=6 / 5,
        reward_expense_of_sales=5 / 70, break_even_lift=6 / 29, liability=2.0, payback_week=18.0, enrolled_share=1 / 5,
        member_share_of_sales=40 / 70, ahead_until_week=float("nan"),
    )  # fmt: skip


@pytest.mark.by_hand("deadweight", "deadweight_twin")
def test_deadweight():
    """After week 14 customer 0 spends 40 with and 20 without; only in week 20 do both buy at the same occasion."""
    says(program_effects.deadweight(scenario(), worlds()), deadweight=0.5, deadweight_twin=0.25)


def test_deadweight_of_a_program_that_has_ended():
    """It ends in week 35: after week 14 customer 0 spends 20 until then, 10 of it without the program too. A program
    whose rewards begin after its launch is judged from there on.
    """
    ended, late = worlds(), worlds()
    for week, offers in enumerate(ended.with_it.offers):
        if week >= 35:
            offers["a"] = dataclasses.replace(offers["a"], program={})
    for week, offers in enumerate(late.with_it.offers):
        if week < 25:
            offers["a"] = dataclasses.replace(offers["a"], program={})
    says(program_effects.deadweight(scenario(), ended), deadweight=0.5, deadweight_twin=0.5)
    says(program_effects.deadweight(scenario(), late), deadweight=1 / 3, deadweight_twin=0.0)


@pytest.mark.by_hand("naive_effect", "naive_before", "naive_change", "true_effect", "naive_wallet", "true_wallet")
def test_member_effect():
    """The member buys 5 a year, the four others 1, 0, 0, 0; in the quarter before 8 a year against 4, 0, 0, 0. Barred
    it would have bought 3. Wallets: all, half, nothing; barred 3 of 4.
    """
    says(
        program_effects.member_effect(scenario(), worlds()),
        naive_effect=5 - 1 / 4, naive_before=8 - 4 / 4, naive_change=-3 + 3 / 4, true_effect=2.0,
        naive_wallet=1 - 1 / 4, true_wallet=1 - 3 / 4,
    )  # fmt: skip


@pytest.mark.by_hand("driven_share", "heavy_less_light")
def test_members():
    """One member, who joins in week 14 and spends 40 after that; barred, the same person would have spent 20. One
    member has no lower half: nobody is light.
    """
    says(members.members(scenario(), worlds()), driven_share=0.5, heavy_less_light=np.nan)


@pytest.mark.by_hand(
    "extra_visits", "{}_share_of_customers", "{}_lift", "{}_extra_visits", "{}_share_of_rewards"
)  # fmt: skip
def test_who_moved():
    """Customer 0 is the heaviest fifth and one of two emotional people, three are light; 3 purchases become 5."""
    says(
        program_effects.who_moved(scenario(), worlds()),
        extra_visits=2 / 5, heavy_share_of_customers=1 / 5, light_share_of_customers=3 / 5,
        emotional_share_of_customers=2 / 5, heavy_lift=2 / 3, light_lift=np.nan, transactional_lift=0.0,
        heavy_extra_visits=2 / 5, transactional_extra_visits=0.0, emotional_share_of_rewards=1.0,
        light_share_of_rewards=0.0,
    )  # fmt: skip


@pytest.mark.by_hand("lift_from_{}", "elasticity", "reward_rate", "enrolled_share_of_sales")
def test_decomposition():
    """Weights .6 .5 .2 .2 .5, together 2; 2 (1 - P) of them is .48 .5 .32 .32 .5, together 2.12. Enrolled: .6 of 2 for
    51 of 52 weeks; 6 of 100 points. Without progress the lift would have been .4.
    """
    enrolled, rate = 0.3 * 51 / 52, 0.06
    price, whole = 1.06 * rate * enrolled, rate * (51 / 52) * 0.24
    says(
        program_effects.decomposition(scenario(), worlds(), {"progress": 0.4}),
        elasticity=-1.06, reward_rate=rate, enrolled_share_of_sales=enrolled, lift_from_price=price,
        lift_from_selection=whole - price, lift_from_progress=0.1, lift_from_habit=0.0,
        lift_from_remainder=0.5 - whole - 0.1,
    )  # fmt: skip


@pytest.mark.by_hand("naive_over_true", "naive_over_true_wallet", "affordable_cost", "{}_share_of_extra_visits")
def test_ratios_are_of_means():
    """(4 + 8) / (1 + 2); (.1 + .3) / (.1 + .1); (1 + 3 + 2 + 2) / (2 + 2); (1 + 2) / (2 + 4), not means of ratios."""
    column = {
        "naive_effect": [4.0, 8.0], "true_effect": [1.0, 2.0], "naive_wallet": [0.1, 0.3], "true_wallet": [0.1, 0.1],
        "profit_per_customer": [1.0, 3.0], "reward_expense_per_customer": [2.0, 2.0], "extra_visits": [2.0, 4.0],
        **{f"{group}_extra_visits": [1.0, 2.0] for group in program_effects.GROUPS},
    }  # fmt: skip
    found = {name: one.value for name, one in program_effects.ratios(column).items()}
    says(found, naive_over_true=4.0, naive_over_true_wallet=2.0, affordable_cost=2.0, light_share_of_extra_visits=0.5)


@pytest.mark.by_hand(
    "margin_per_customer", "liability_per_customer", "retention_change", "wallet", "wallet_change", "active_share",
    "breakage_share",
)  # fmt: skip
def test_outcomes():
    """Margin 35 and 25. Buyers of a by quarter with: 0 and 1, 0, 0, 0: 3 of 4 come again; without: 0 and 1, none, 0,
    none: 0 of 3. Spent at a by its buyers 70 of 80, and 50 of 70. The member buys in the last quarter. Of rewards worth
    6, 1 lapsed.
    """
    w = worlds()
    says(
        money.outcomes(scenario(), w.with_it, w.without, LAUNCH),
        margin_per_customer=10 / 5, liability_per_customer=2 / 5, retention=3 / 4, retention_change=3 / 4,
        wallet=7 / 8, wallet_change=7 / 8 - 5 / 7, active_share=1.0, breakage_share=1 / 6,
        program_cost_per_customer=1.2,
    )  # fmt: skip


@pytest.mark.by_hand("return")
def test_return():
    """(1 + 5) / (2 + 2), not the mean of 1/2 and 5/2."""
    assert money.back_per_cost([1.0, 5.0], [2.0, 2.0]).value == 1.5


@pytest.mark.by_hand("customer_value", "retention", "scr")
def test_what_a_customer_is_worth():
    """Profit of the quarters since the launch 19, 2, 5, 3 at 10 % a year, five customers; 3 of 4 buyers come again;
    buyers of a make 5 and 2 purchases, 5 and 1 of them there.
    """
    found = attitudes.bought(worlds().with_it, 0, LAUNCH)
    value = sum(profit / 1.1 ** (k / 4) for k, profit in enumerate((19.0, 2.0, 5.0, 3.0))) / 5
    says(found, customer_value=value, retention=3 / 4, scr=6 / 7)


@pytest.mark.by_hand("return_rate", "walkout_rate", "sentiment", "cross_buying", "rating", "complaint_rate")
def test_what_is_counted_per_purchase():
    """Two weeks of 4 and 6 purchases at a; a rating of .3 at the end."""
    book = counted(
        visits=[4, 9, 6, 9], returns=[1, 0, 1, 0], walkouts=[0, 0, 1, 0], complaints=[3, 0, 0, 0],
        promoters=[3, 0, 3, 0], detractors=[1, 0, 1, 0], cross_purchases=[2, 0, 3, 0],
    )  # fmt: skip
    book.around = [{}, {"rating": np.array([0.3, 0.0])}]
    talking = scenarios.world(6, 65, shares={"a": 0.5, "b": 0.5}, behaviour={"word_of_mouth": {"review": 0.3}})
    says(
        attitudes.known(talking, book, 0, 0),
        return_rate=0.2, walkout_rate=0.1, complaint_rate=0.3, sentiment=0.5, cross_buying=0.5, rating=0.3,
    )  # fmt: skip


@pytest.mark.by_hand("audit_quality", "audit_error")
def test_mystery_shoppers():
    """Qualities 1 and 2 in one wave, 3 in another: mean 2, variance 1, error 1 / sqrt(3)."""
    waves = [(2, 3.0, 5.0), (1, 3.0, 9.0)]
    names = ("audit_visits", "audit_sum", "audit_squares")
    around = [{name: np.array([x]) for name, x in zip(names, wave, strict=True)} for wave in waves]
    book = dataclasses.replace(small_books.book(small_books.BOTH, {}), around=around)
    says(attitudes.audited(book, 0, 0), audit_quality=2.0, audit_error=3**-0.5)


@pytest.mark.by_hand("acquired_from_rivals")
def test_from_whom_new_customers_are_won():
    """3 of 4 new customers of a come from rivals."""
    book = counted(won=[1, 0, 2, 0], acquired=[0, 0, 1, 0])
    says(attitudes.newcomers(book, 0, 0), acquired_from_rivals=3 / 4)


@pytest.mark.by_hand("{}", "trust", "bond", "my_company", "net_promoter_score", "survey_dimensions", "felt_dimensions")
def test_a_wave_of_answers():
    """Two customers answer about a: means; one promoter (9) and one passive (8) make 50; two sides that move together
    are one dimension, as is the one bond that is felt.
    """
    answers = {name: [6, 8] for name in attitudes.TO_TEN}
    wave = pd.DataFrame(
        {"week": 64, "customer": [0, 2], "firm": 0, **answers, "recommendation": [8, 9], "trust": [3, 5],
         "competence": [3, 5], "my_company": [0, 1], "bond": [2, 7]}
    )  # fmt: skip
    wave = wave.assign(**{side: 4 for side in attitudes.SIDES if side not in wave})
    book = dataclasses.replace(small_books.book(small_books.BOTH, {}), survey=wave)
    book.traits["bond"] = np.linspace(0.0, 1.0, 12).reshape(6, 2)
    says(
        attitudes.surveyed(scenario(), book, 0),
        satisfaction=7.0, quality=7.0, service=7.0, image=7.0, repurchase=7.0, recommendation=8.5, trust=4.0, bond=4.5,
        my_company=0.5, net_promoter_score=50.0, survey_dimensions=1.0, felt_dimensions=1.0,
    )  # fmt: skip


@pytest.mark.by_hand("loyalty_{}")
def test_loyalty_by_deed_and_feeling():
    """Last year's buyers with the program: 0 mostly at a, 1 half there, 2 not; 0 and 2 like it: one true, one latent,
    one neither.
    """
    book = worlds().with_it
    book.traits["bond"] = np.array([[0.25], [0.2], [0.3], [0.9], [0.9], [0.9]])
    says(
        attitudes.loyal(book, 0), loyalty_true=1 / 3, loyalty_latent=1 / 3, loyalty_none=1 / 3, loyalty_spurious=0.0
    )  # fmt: skip


@pytest.mark.by_hand("share_of_visits", "share_of_revenue")
def test_shares_of_a_market():
    """With the program, all 65 weeks: 9 of 14 purchases, 110 of 160 money are a's."""
    says(market.shopping_figures(worlds().with_it), **{"share_of_visits[a]": 9 / 14, "share_of_revenue[a]": 11 / 16})


CONTRACTS = {
    "customers": [2600, 400, 2600, 400], "renewals": [100, 50, 100, 50], "lost": [5, 0, 5, 1], "exited": [5, 0, 5, 1],
    "won": [3, 0, 4, 1], "acquired": [6, 0, 7, 1], "acquisition": [5000, 0, 5000, 0], "visits": [1, 1, 1, 1],
}  # fmt: skip


@pytest.mark.by_hand("share_of_customers", "exited", "lost", "won", "acquired", "cost_per_acquired")
def test_who_comes_and_goes():
    """100 customer-years of 52 weeks are 5200 customer-weeks, a's own: flows are heads; 100 money for 20 customers."""
    book = counted(**CONTRACTS)
    says(
        market.contract_figures(book),
        **{"share_of_customers[a]": 2600 / 3000, "retention[a]": 0.9, "exited[a]": 10.0, "lost[a]": 10.0,
           "won[a]": 7.0, "acquired[a]": 13.0},
    )  # fmt: skip
    assert contracts.cost_per_acquired(book)[0] == 5.0


@pytest.mark.by_hand(
    "lift_customers", "lift_customer_share_points", "extra_customers", "extra_from_{}", "lifetime",
    "lift_retention_points",
)  # fmt: skip
def test_a_base_of_contracts():
    """Without: as above. With: 8 instead of 10 go either way, 2600 + 4 customers at the end, so churn .08, not .1 of
    the contracts that end, each of 8 weeks.
    """
    with_it = counted(
        **{**CONTRACTS, "lost": [4, 0, 4, 1], "exited": [4, 0, 4, 1], "customers": [2600, 400, 2604, 396]}
    )
    made = dataclasses.replace(scenarios.contract_world(6, 2, shares={"a": 0.5, "b": 0.5}), weeks=2)
    without = counted(**CONTRACTS)
    says(
        retention_effects.base(made, Worlds(without, with_it, without, 0)),
        lift_customers=4 / 2600, lift_customer_share_points=4 / 3000, extra_customers=4.0, extra_from_lost=2.0,
        extra_from_exited=2.0, extra_from_won=0.0, extra_from_acquired=0.0, retention_with=0.92, retention_without=0.9,
        lift_retention_points=0.02, lifetime_with=8 / 52 / 0.08, lifetime_without=8 / 52 / 0.1,
        cost_per_acquired_with=5.0,
    )  # fmt: skip


@pytest.mark.by_hand("retention_at", "retention_sbg")
def test_renewals_one_by_one():
    """Six contracts of 8 weeks begin with the run of 16: one ends at the first renewal, two of five at the second; the
    law of the scenario, a = .5 and b = 1.5: 1.5 / 2 and 2.5 / 3.
    """
    made = dataclasses.replace(scenarios.contract_world(6, 16, shares={"a": 0.5, "b": 0.5}))
    moves = pd.DataFrame({"customer": [0, 1, 2], "week": [7, 15, 15], "from": 0, "to": [-1, 1, -1]})
    empty = small_books.book(small_books.BOTH, {})
    people = empty.people.assign(provider=[-1, 1, -1, 0, 0, 0], started=0)
    book = dataclasses.replace(
        empty, weekly=pd.DataFrame({"week": range(16)}), people=people, moves=moves, first_started=np.zeros(6, int)
    )
    found = contracts.renewed(made, book)
    says(found, **{"retention_at[1]": 5 / 6, "retention_at[2]": 3 / 5, "retention_sbg[1]": 1.5 / 2.0})
    assert found["retention_sbg[2]"] == pytest.approx(2.5 / 3.0) == sbg_retention(0.5, 1.5, 2)


@pytest.mark.by_hand("correlation")
def test_correlation_over_seeds():
    """1 2 3 against 1 2 3 and 3 2 1; two runs cannot tell."""
    assert statistics.correlation([1, 2, 3], [1, 2, 3]) == pytest.approx(1.0)
    assert statistics.correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)
    assert statistics.correlation([1, 2], [1, 2]) is None


@pytest.mark.by_hand("profit_total", "program_cost_total", "extra_visits_total")
def test_totals_of_all_customers():
    """3,000 customers: profit .80 a head and year, 1.20 for the program, 6/5 visits for 4/5; unknown, none are told."""
    per_head = program_effects.totals(scenario(), worlds())
    assert your_customers.totals(scenario(), per_head) == {}
    known = dataclasses.replace(scenario().customers, total=3000)
    found = your_customers.totals(dataclasses.replace(scenario(), customers=known), per_head)
    says(found, profit_total=2400.0, program_cost_total=3600.0, extra_visits_total=1200.0)
    found = your_customers.totals(dataclasses.replace(scenario(), customers=known), {**per_head, "extra_visits": 0.5})
    says(found, extra_visits_total=1500.0)
