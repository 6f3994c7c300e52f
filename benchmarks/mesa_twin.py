"""The reference market in plain Mesa, as its tutorial would write it: an agent per customer, attributes, lists."""

from __future__ import annotations

import math

import mesa
import numpy as np

from benchmarks.reference import ATTACHED, FIRMS, HABIT, STRENGTH, WEEKS

KEEP = 0.5 ** (1.0 / HABIT.half_life)
CENTS = 1000


def gradient(x: float) -> float:
    """How far a card feels done."""
    return x + STRENGTH * x**4 / 4.0


class CustomerAgent(mesa.Agent):
    """One customer with tastes, memories and cards."""

    def __init__(self, model, rate, tastes, beta, link_reward, link_bond):
        super().__init__(model)
        self.none = math.exp(-rate)
        self.rate = rate
        self.tastes = tastes
        self.beta = beta
        self.link_reward = link_reward
        self.link_bond = link_bond
        n_firms = len(tastes)
        self.habit = [0.0] * n_firms
        self.satisfaction = [0.0] * n_firms
        self.attachment = [0.0] * n_firms
        self.balance = [0] * n_firms

    def step(self):
        """Live through one week."""
        self.habit = [KEEP * h for h in self.habit]
        self.attachment = [ATTACHED.keep * a for a in self.attachment]
        bought = set()
        for _ in range(self.number_of_purchases()):
            j = self.choose()
            self.buy(j)
            bought.add(j)
        for j in bought:
            self.model.buyers[j] += 1

    def number_of_purchases(self):
        """A Poisson number by inversion."""
        u, n, term = self.random.random(), 0, self.none
        while u > term:
            u -= term
            n += 1
            term *= self.rate / n
        return n

    def reward(self, j, firm):
        """What the points of the next purchase are worth, as a fraction of its price."""
        x = self.balance[j] / firm.card
        end = x + firm.spend / firm.card
        if end < 1.0:
            share = (gradient(end) - gradient(x)) / firm.whole
        else:
            share = (firm.whole - gradient(x) + gradient(end - 1.0)) / firm.whole
        return self.link_reward * firm.value * share / firm.spend

    def choose(self):
        """Draw a firm by the logit law."""
        weights = []
        total = 0.0
        for j, firm in enumerate(self.model.firms):
            gain = (
                -firm.gap
                + self.reward(j, firm)
                + ATTACHED.premium * self.link_bond * self.attachment[j]
                + HABIT.premium * self.habit[j]
            )
            total += math.exp(self.tastes[j] + self.beta * gain)
            weights.append(total)
        u = self.random.random() * total
        for j, weight in enumerate(weights):
            if u < weight:
                return j
        return len(weights) - 1

    def buy(self, j):
        """Pay, collect, experience, remember."""
        firm = self.model.firms[j]
        self.model.visits[j] += 1
        self.model.revenue[j] += firm.spend
        self.balance[j] += firm.spend
        if self.balance[j] >= firm.card:
            self.balance[j] -= firm.card
            self.model.rewards[j] += 1
        self.habit[j] += HABIT.gain * (1.0 - self.habit[j])
        self.satisfaction[j] += 0.2 * (self.random.gauss(firm.quality, 1.0) - self.satisfaction[j])
        self.attachment[j] += ATTACHED.gain * (self.satisfaction[j] - self.attachment[j])


class FirmTerms:
    """What customers see of a firm; money in cents, points in hundredths."""

    def __init__(self, price, card, value, quality):
        self.gap, self.spend = price - 1.0, int(CENTS * price)
        self.card, self.value, self.quality = 100.0 * card, 100.0 * value, quality
        self.whole = gradient(1.0)


class MesaMarket(mesa.Model):
    """All customers and the weekly counts of the firms."""

    def __init__(self, people: dict[str, np.ndarray], seed: int):
        super().__init__(rng=seed)
        self.firms = [FirmTerms(price, card, value, quality) for _, price, card, value, quality in FIRMS.values()]
        columns = [people[name].tolist() for name in ("rate", "log_g", "beta", "link_reward", "link_bond")]
        CustomerAgent.create_agents(self, len(columns[0]), *columns)
        self.weekly = []

    def step(self):
        """One week: all customers in random order."""
        n_firms = len(self.firms)
        self.visits, self.revenue = [0] * n_firms, [0] * n_firms
        self.rewards, self.buyers = [0] * n_firms, [0] * n_firms
        self.agents.shuffle_do("step")
        self.weekly.append(list(zip(self.visits, self.revenue, self.rewards, self.buyers, strict=True)))


def run(people: dict[str, np.ndarray], seed: int, weeks: int = WEEKS) -> np.ndarray:
    """-> (weeks, n_firms, 4) visits, revenue, rewards, buyers."""
    market = MesaMarket(people, seed)
    for _ in range(weeks):
        market.step()
    return np.array(market.weekly)
