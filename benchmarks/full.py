"""The full market: eleven mechanisms of an open market at once, as a study would run it.

Four grocery chains; purchase rates drift, baskets vary, a better offer widens the category, one chain is not known to
all, experience makes expectations and satisfaction, habit and a bond hold customers; each chain runs another program:

    a   points on spending, with the goal gradient, and better service with recovery of complaints
    b   a stamp card                          c   cash back
    d   recognition at the till, no card; known to 85 % of customers
"""

from __future__ import annotations

import numpy as np

from loyaltysim.behaviour.bond import Bond
from loyaltysim.behaviour.experience import Experience
from loyaltysim.behaviour.habit import Habit
from loyaltysim.behaviour.outside import Outside
from loyaltysim.market.model import Market
from loyaltysim.programs.cashback import Cashback
from loyaltysim.programs.membership import Membership
from loyaltysim.programs.points import Points
from loyaltysim.programs.recognition import Recognition
from loyaltysim.programs.service import Service
from loyaltysim.programs.stamps import Stamps
from loyaltysim.scenario.model import Basket, Compute, Customers, Firm, Links, Record, Scenario
from loyaltysim.scenario.model import Market as Setting

WEEKS = 52
JOINING = Membership(ask=0.5, hassle=8.0, scale=7.0)
PROGRAMS = {
    "a": {"points": Points(threshold=500.0, face_value=5.0), "service": Service(quality=0.2, recovery=0.5)},
    "b": {"stamps": Stamps(needed=10, face_value=8.0)},
    "c": {"cashback": Cashback(rate=0.01)},
    "d": {"recognition": Recognition(probability=0.2, effect=0.05)},
}
BEHAVIOUR = {
    "habit": Habit(premium=0.05, gain=0.3, half_life=8.0),
    "bond": Bond(premium=0.1, half_life=52.0),
    "experience": Experience(premium=0.05, noise=1.0, failure=0.05),
    "outside": Outside(kind="elastic", expansion=0.1),
}
FIRMS = {"a": (0.40, 1.00, 1.0), "b": (0.27, 0.98, 1.0), "c": (0.20, 1.00, 1.0), "d": (0.13, 1.03, 0.85)}
GROCERY = Setting(name="full", M=110.0, K=1.1365, rho=0.93, S=1.3, basket=Basket(34.87, 0.44, 0.40))
COUNTS = ("visits", "revenue", "joins", "rewards", "cards_full", "cashback_paid", "recognitions", "recoveries")
TRAITS = ("z", "log_g", "prior", "beta", "rho", "link_reward", "link_recept", "basket_log", "spending", "aware")


def scenario(n: int, threads: int = 1, weeks: int = WEEKS) -> Scenario:
    """The full market in the words of the package. n customers."""
    firms = {
        name: Firm(share=share, price=price, awareness=known, program={**PROGRAMS[name], "membership": JOINING})
        for name, (share, price, known) in FIRMS.items()
    }
    return Scenario(
        name="full", weeks=weeks, focal="a", market=GROCERY, firms=firms, behaviour=BEHAVIOUR,
        customers=Customers(n=n, price_sensitivity_sd=0.3, links=Links(reward=-0.5, recept=0.5)),
        record=Record(panel=False), compute=Compute(threads=threads),
    )  # fmt: skip


def ours(n: int, seed: int, threads: int = 1) -> Market:
    """The full market, ready to step."""
    return Market(scenario(n, threads), seed)


def counted(market: Market) -> np.ndarray:
    """Counts of the run as every engine gives them. -> (n_firms, len(COUNTS))"""
    where = [market.assembled.counts.index(name) for name in COUNTS]
    return np.sum(market.weekly, axis=0)[:, where]
