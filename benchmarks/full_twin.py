"""The full market in plain Mesa, as its tutorial would write it: an agent per customer, attributes, lists."""

from __future__ import annotations

import math

import mesa
import numpy as np
from scipy.special import gammaincinv, ndtr

from benchmarks.full import BEHAVIOUR, COUNTS, FIRMS, GROCERY, JOINING, PROGRAMS, WEEKS

HABIT, BOND, LIFE, OUTSIDE = (BEHAVIOUR[name] for name in ("habit", "bond", "experience", "outside"))
HABIT_KEEP, BOND_KEEP = 0.5 ** (1 / HABIT.half_life), 0.5 ** (1 / BOND.half_life)
QUARTER = 13


def gradient(terms, x):
    """How far a card feels done."""
    return x + terms.strength * x ** (terms.power + 1) / (terms.power + 1)


def share_of_card(terms, x, d):
    """The share of a reward that a step from x to x + d is worth."""
    cards, rest = divmod(x + d, 1.0)
    return cards + (gradient(terms, rest) - gradient(terms, x)) / gradient(terms, 1.0)


class Program:
    """A firm without a program; what members see of it."""

    joinable = True

    def __init__(self, terms):
        self.terms = terms

    def yearly(self, visits, basket):
        """Expected reward of so many visits."""
        return 0.0

    def pull(self, card, cents):
        """Reward of the next purchase per unit of spending."""
        return 0.0

    def cash(self, basket):
        """The same as plain cash."""
        return 0.0

    def bought(self, customer, j, cents, count):
        """What a purchase does to a member's card."""


class PointsProgram(Program):
    """Points on spending."""

    def yearly(self, visits, basket):
        return self.cash(basket) * visits * basket

    def pull(self, card, cents):
        t = self.terms
        return t.face_value * 100 * share_of_card(t, card / t.threshold, cents / 100 / t.threshold) / cents

    def cash(self, basket):
        return self.terms.face_value / self.terms.threshold

    def bought(self, customer, j, cents, count):
        customer.card[j] += cents / 100
        if customer.card[j] >= self.terms.threshold:
            rewards, customer.card[j] = divmod(customer.card[j], self.terms.threshold)
            count["rewards"][j] += int(rewards)


class StampProgram(Program):
    """A stamp a visit."""

    def yearly(self, visits, basket):
        return self.terms.face_value / self.terms.needed * visits

    def pull(self, card, cents):
        t = self.terms
        return t.face_value * 100 * share_of_card(t, card / t.needed, 1 / t.needed) / cents

    def cash(self, basket):
        return self.terms.face_value / self.terms.needed / basket

    def bought(self, customer, j, cents, count):
        customer.card[j] += 1
        if customer.card[j] == self.terms.needed:
            customer.card[j] = 0
            count["cards_full"][j] += 1


class CashProgram(Program):
    """A share of what is spent."""

    def yearly(self, visits, basket):
        return self.terms.rate * visits * basket

    def pull(self, card, cents):
        return self.terms.rate

    def cash(self, basket):
        return self.terms.rate

    def bought(self, customer, j, cents, count):
        count["cashback_paid"][j] += cents * round(self.terms.rate * 1e6) // 1_000_000


class NoProgram(Program):
    """Nothing to join."""

    joinable = False


KINDS = {"points": PointsProgram, "stamps": StampProgram, "cashback": CashProgram, "recognition": NoProgram}


class FirmTerms:
    """What customers see of a firm."""

    def __init__(self, name):
        _, self.price, _ = FIRMS[name]
        kind = next(kind for kind in PROGRAMS[name] if kind in KINDS)
        self.gap, self.program = self.price - 1.0, KINDS[kind](PROGRAMS[name][kind])
        self.recognition, self.service = PROGRAMS[name].get("recognition"), PROGRAMS[name].get("service")


class CustomerAgent(mesa.Agent):
    """One customer with tastes, memories, memberships and cards."""

    def __init__(self, model, z, tastes, prior, beta, rho, link_reward, link_recept, basket_log, spending, aware):
        super().__init__(model)
        self.z, self.tastes, self.prior, self.beta = z, tastes, prior, beta
        self.link_reward, self.link_recept = link_reward, link_recept
        self.basket_log, self.spending, self.aware = basket_log, spending, aware
        n = len(tastes)
        self.habit, self.bond, self.sat, self.expectation = ([0.0] * n for _ in range(4))
        self.joined, self.card = [False] * n, [0.0] * n
        self.luck = [self.random.random() for _ in range(n)]
        self.set_rate()

    def set_rate(self):
        """The purchase rate of this quarter: the gamma quantile of the rank."""
        self.rate = float(gammaincinv(GROCERY.K, ndtr(self.z))) * GROCERY.M / 52 / GROCERY.K

    def drift(self):
        """A quarter passes."""
        self.z = GROCERY.rho * self.z + math.sqrt(1 - GROCERY.rho**2) * self.random.gauss(0, 1)
        self.set_rate()

    def step(self):
        """Live through one week."""
        self.habit = [HABIT_KEEP * h for h in self.habit]
        self.bond = [BOND_KEEP * b for b in self.bond]
        for _ in range(self.number_of_purchases()):
            cents = int(max(1.0, math.exp(self.random.gauss(self.basket_log, GROCERY.basket.sd_within)) + 0.5))
            j = self.choose(cents)
            self.buy(j, int(cents * self.model.firms[j].price))

    def number_of_purchases(self):
        """A Poisson number at the rate that the offers make."""
        appeal = 0.0
        for j, firm in enumerate(self.model.firms):
            gain = -firm.gap
            if self.joined[j]:
                gain += self.link_reward * firm.program.cash(self.spending)
            appeal += self.prior[j] * math.expm1(self.beta * gain)
        rate = self.rate * math.exp(OUTSIDE.expansion * math.log1p(appeal))
        u, n, term = self.random.random(), 0, math.exp(-rate)
        while u > term:
            u -= term
            n += 1
            term *= rate / n
        return n

    def choose(self, cents):
        """Draw a firm by the logit law among the known ones."""
        weights, total = [], 0.0
        for j, firm in enumerate(self.model.firms):
            if self.aware[j]:
                gain = -firm.gap + HABIT.premium * self.habit[j] + BOND.premium * self.bond[j]
                gain += LIFE.premium * self.sat[j]
                if self.joined[j]:
                    gain += self.link_reward * firm.program.pull(self.card[j], cents * firm.price)
                total += math.exp(self.tastes[j] + self.beta * gain)
            weights.append(total)
        u = self.random.random() * total
        for j, weight in enumerate(weights):
            if u < weight:
                return j
        return len(weights) - 1

    def buy(self, j, cents):
        """Pay, join, collect, be recognised, experience, remember."""
        firm, count = self.model.firms[j], self.model.count
        count["visits"][j] += 1
        count["revenue"][j] += cents
        if firm.program.joinable and not self.joined[j] and self.random.random() < JOINING.ask:
            yearly = firm.program.yearly(52 * self.rate * self.prior[j], self.spending)
            if self.luck[j] * (1 + math.exp(min(600.0, (JOINING.hassle - yearly) / JOINING.scale))) < 1:
                self.joined[j] = True
                count["joins"][j] += 1
        if self.joined[j]:
            firm.program.bought(self, j, cents, count)
        if firm.recognition and self.random.random() < firm.recognition.probability:
            self.bond[j] += min(1.0, firm.recognition.effect * self.link_recept) * (1 - self.bond[j])
            count["recognitions"][j] += 1
        self.experience(j, firm.service, count)
        self.habit[j] += HABIT.gain * (1 - self.habit[j])

    def experience(self, j, service, count):
        """Quality of the visit moves satisfaction and expectation."""
        quality = LIFE.failure * LIFE.severity + LIFE.noise * self.random.gauss(0, 1)
        quality += service.quality if service else 0.0
        if self.random.random() < LIFE.failure:
            harm = self.random.expovariate(1 / LIFE.severity)
            if service and self.random.random() < LIFE.voice and self.random.random() < service.recovery:
                harm -= service.recovery_quality * harm
                count["recoveries"][j] += 1
            quality -= harm
        surprise = LIFE.disconfirmation * (quality - self.expectation[j])
        self.sat[j] += LIFE.gain * (surprise + (1 - LIFE.disconfirmation) * quality - self.sat[j])
        self.expectation[j] += LIFE.learning * (quality - self.expectation[j])


class FullMesaMarket(mesa.Model):
    """All customers and the counts of the firms."""

    def __init__(self, people: dict[str, np.ndarray], seed: int):
        super().__init__(rng=seed)
        self.firms = [FirmTerms(name) for name in FIRMS]
        self.count = {name: [0] * len(FIRMS) for name in COUNTS}
        self.week = 0
        columns = [column.tolist() for column in people.values()]
        CustomerAgent.create_agents(self, len(columns[0]), *columns)

    def step(self):
        """One week: all customers in random order."""
        if self.week and self.week % QUARTER == 0:
            self.agents.do("drift")
        self.agents.shuffle_do("step")
        self.week += 1


def run(people: dict[str, np.ndarray], seed: int, weeks: int = WEEKS) -> np.ndarray:
    """Counts of a run. -> (n_firms, len(COUNTS))"""
    market = FullMesaMarket(people, seed)
    for _ in range(weeks):
        market.step()
    return np.array([market.count[name] for name in COUNTS]).T
