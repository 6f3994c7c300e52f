"""The reference market: one market that every engine here runs.

Customer i, firm j, week t; each line happens in this order (Z a standard normal draw):

    week begins   H_ij <- H_ij 2^(-1/8)                  habit halves in 8 weeks
                  A_ij <- 0.98 A_ij                      attachment wears off
    purchases     n ~ Poisson(rate_i),  rate_i ~ Gamma(shape 2, mean 1/2 a week)
    each purchase u_ij = log g_ij + beta_i [ -gap_j + w_i R_ij + 0.125 l_i A_ij + 0.15 H_ij ]
                  firm j with probability exp(u_ij) / sum_k exp(u_ik)
      points      B_ij <- B_ij + spend_j;  B_ij >= T_j: a reward, B_ij <- B_ij - T_j         (1 point per unit of money)
      habit       H_ij <- H_ij + 0.3 (1 - H_ij)
      experience  s_ij <- s_ij + 0.2 (mu_j + Z - s_ij)
      attachment  A_ij <- A_ij + 0.1 (s_ij - A_ij)

    reward        R_ij = (V_j / spend_j) [F(x + d) - F(x)] / F(1), what overshoots counting on the next card;
                  x = B_ij / T_j, d = spend_j / T_j, F(x) = x + 3 x^4 / 4    goal gradient: the last step pulls most

g_ij ~ Gamma(S share_j) strengths; gap_j price above its base price; spend_j what a basket c of 10.00 costs there; l_i
and w_i grow and fall with relationship propensity (mean 1). Everyone is a member of every program from week 0. What
customers are born with is built once and given to all engines.
Weekly counts per firm: purchases, revenue, rewards, customers with a purchase.
"""

from __future__ import annotations

import numpy as np

from benchmarks.attachment import MECHANISM as ATTACHMENT
from benchmarks.attachment import Attachment
from benchmarks.satisfaction import MECHANISM as SATISFACTION
from benchmarks.satisfaction import Satisfaction
from loyaltysim.behaviour.habit import Habit
from loyaltysim.market.model import Market
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.programs.membership import Membership
from loyaltysim.programs.points import Points
from loyaltysim.scenario.model import Basket, Compute, Customers, Firm, Links, Record, Scenario
from loyaltysim.scenario.model import Market as Setting

WEEKS = 52
POWER, STRENGTH = 3.0, 3.0
HABIT = Habit(premium=0.15, gain=0.3, half_life=8.0)
ATTACHED = Attachment()
MEMBERS = Membership(join="everyone")
FIRMS = {  # share, price, card in points, reward in money, mean experience
    "a": (0.30, 0.98, 60.0, 3.0, 0.0),
    "b": (0.27, 1.00, 80.0, 5.0, 0.3),
    "c": (0.23, 1.02, 100.0, 6.0, 0.6),
    "d": (0.20, 1.04, 60.0, 4.0, 0.0),
}
COUNTS = ("visits", "revenue", "rewards", "buyers")
TRAITS = ("rate", "log_g", "beta", "link_reward", "link_bond")  # what customers are born with


def scenario(n: int, weeks: int = WEEKS, threads: int = 1) -> Scenario:
    """The reference market in the words of the package. n customers."""
    firms = {
        name: Firm(share=share, price=price, program={
            "points": Points(threshold=card, face_value=value, strength=STRENGTH, power=POWER),
            "membership": MEMBERS,
            "satisfaction": Satisfaction(quality=quality),
        })
        for name, (share, price, card, value, quality) in FIRMS.items()
    }  # fmt: skip
    return Scenario(
        name="reference",
        weeks=weeks,
        focal="a",
        market=Setting(name="reference", M=26.0, K=2.0, S=4.0, basket=Basket(mean=10.0)),
        customers=Customers(n=n, links=Links(bond=0.5, reward=-0.5)),
        behaviour={"habit": HABIT, "attachment": ATTACHED},
        firms=firms,
        record=Record(panel=False),
        compute=Compute(threads=threads),
    )


def ours(n: int, seed: int, threads: int = 1) -> Market:
    """The reference market, ready to step."""
    for mechanism in (SATISFACTION, ATTACHMENT):
        mechanisms.register(mechanism)
    return Market(scenario(n, threads=threads), seed)


def counted(market: Market) -> np.ndarray:
    """Weekly counts of our engine as every engine gives them. -> (weeks, n_firms, len(COUNTS))."""
    where = [market.assembled.counts.index(name) for name in COUNTS]
    return np.array(market.weekly)[:, :, where]
