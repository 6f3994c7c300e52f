"""A firm: its public offer, its decisions and its books in whole cents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mesa

from loyaltysim.firms import policies
from loyaltysim.firms.offer import Offer, complete
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.scenario.model import Firm as FirmTerms

PARTS = 10**9  # unit costs are carried in billionths of a cent
LINES = (
    "revenue",
    "cost_of_goods",
    "reward_cost",
    "liability_change",
    "breakage",
    "touchpoints",
    "recovery",
    "fixed_cost",
    "acquisition",
    "profit",
)
COSTS = ("cost_of_goods", "reward_cost", "liability_change", "touchpoints", "recovery", "fixed_cost", "acquisition")


class Firm(mesa.Agent):
    """One competitor. It decides from its own books and from what everybody can see."""

    def __init__(self, market: mesa.Model, name: str, terms: FirmTerms) -> None:
        super().__init__(market)
        self.name, self.terms = name, terms
        self.configured_program: Mapping[str, Any] = complete(terms.program)
        self.price = terms.base_price if terms.price is None else terms.price
        self.policies = [(p, terms.policy[n]) for n, p in policies.registry().items() if n in terms.policy]
        self.running_program: Mapping[str, Any] = {} if self.policies else self.configured_program
        self.ran: dict[str, Any] = {}  # the last terms of every component that ever ran
        self.carried: dict[str, int] = {}  # ledger line -> cents booked under earlier terms beyond the present ones
        self.totals: dict[str, int] = {}
        self.booked = dict.fromkeys((*LINES, "liability"), 0)

    def decide(self) -> None:
        """Ask each policy in turn for the running program."""
        for policy, terms in self.policies:
            self.running_program = policy.decide(terms, self, self.model)
        self.keep_books()

    def keep_books(self) -> None:
        """Note what runs. New terms leave what was booked under the old ones and value the liability anew."""
        for name, terms in self.running_program.items():
            booker, old = mechanisms.registry()[name].book, self.ran.get(name, terms)
            if booker is not None and old != terms and self.totals:
                before, after = booker(self.of_component(name), old), booker(self.of_component(name), terms)
                for line in before.keys() - {"liability"}:
                    self.carried[line] = self.carried.get(line, 0) + before[line] - after[line]
            self.ran[name] = terms

    def offer(self) -> Offer:
        """What everybody can see this week."""
        return Offer(price=self.price, base_price=self.terms.base_price, program=self.running_program)

    def close(self, counted: Mapping[str, int]) -> dict[str, int]:
        """Book a week: counters in, ledger lines of the week out, all in cents.

        Lines are computed on totals since the start and differenced, so that rounding never piles up. Rewards are
        booked when redeemed; the change of the liability for outstanding points is an expense of the week.
        """
        for name in self.running_program:
            self.totals[f"weeks_running/{name}"] = self.totals.get(f"weeks_running/{name}", 0) + 1
        for name, value in counted.items():
            self.totals[name] = self.totals.get(name, 0) + int(value)
        now = self._since_start()
        week = {line: now[line] - self.booked[line] for line in (*LINES, "liability") if line in now}
        self.booked = now
        week["liability_change"] = week.pop("liability")
        week["profit"] = week["revenue"] - sum(week[line] for line in COSTS)
        return {line: week[line] for line in LINES}

    def of_component(self, name: str) -> Mapping[str, int]:
        """The totals as a component books them: `weeks_running` are the weeks in which it ran."""
        return {**self.totals, "weeks_running": self.totals.get(f"weeks_running/{name}", 0)}

    def _since_start(self) -> dict[str, int]:
        """Every ledger line but profit, in cents since the start; liability is the stock."""
        t = self.totals
        lines = dict.fromkeys([line for line in (*LINES, "liability") if line not in ("liability_change", "profit")], 0)
        lines["revenue"] = t["revenue"]
        unit_cost = round(self.terms.unit_cost / self.terms.base_price * PARTS)
        lines["cost_of_goods"] = t["at_base_price"] * unit_cost // PARTS
        lines["fixed_cost"] = (self.model.week + 1) * round(self.terms.fixed_cost * 100)
        lines["acquisition"] = (self.model.week + 1) * round(self.terms.acquisition * 100)
        for name, terms in self.ran.items():
            booker = mechanisms.registry()[name].book
            if booker is not None:
                for line, cents in booker(self.of_component(name), terms).items():
                    lines[line] += cents
        return {line: cents + self.carried.get(line, 0) for line, cents in lines.items()}
