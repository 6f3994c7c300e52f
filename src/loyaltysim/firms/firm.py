"""A firm: its public offer, its decisions and its books in whole cents."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mesa

from loyaltysim.firms import policies
from loyaltysim.firms.decision import KEEP, Decision, Draw, Memory, Number, Policy, Seen, admitted
from loyaltysim.firms.offer import Offer, complete, running
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.scenario.checks import clashes
from loyaltysim.scenario.dates import value_in
from loyaltysim.scenario.model import Firm as FirmTerms
from loyaltysim.scenario.reader import ConfigError, Problem

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


@dataclass
class Taken:
    """A decision of this week: which policy took it, and the price that stood before."""

    policy: Policy
    terms: Any
    before: float
    decision: Decision

    @property
    def rounds(self) -> int:
        """How often its firm answers the others within a week."""
        return 1 if self.policy.rounds is None else self.policy.rounds(self.terms)


@dataclass(frozen=True)
class State:
    """Something that a firm carries from week to week; what stands in `STATE` is saved, copied and replayed.

    start   : firm -> value before the first week
    decided : the part of a decision that sets it; "" = the books or policies do
    """

    start: Callable[[Firm], Any]
    decided: str = ""


STATE: Mapping[str, State] = {
    "price": State(lambda f: f.terms.base_price if f.terms.price is None else f.terms.price, "price"),
    "decided_program": State(lambda f: f.configured_program, "program"),
    "running_program": State(lambda f: running(f.configured_program, 0)),  # what of it runs this week
    "acquisition": State(lambda f: f.terms.acquisition, "acquisition"),  # money per week
    "active": State(lambda f: not any(p.absent for p, _ in f.policies), "active"),  # is it in the market
    "week": State(lambda f: 0),  # of what it runs
    "cost": State(lambda f: 0.0),  # money that this week's decisions took
    "ran": State(lambda f: {}),  # the last terms of every component that ever ran
    "carried": State(lambda f: {}),  # ledger line -> cents that present terms and counters do not tell
    "totals": State(lambda f: {}),  # counter -> sum since the start
    "booked": State(lambda f: dict.fromkeys((*LINES, "liability"), 0)),  # ledger line -> cents since the start
    "memory": State(lambda f: {p.name: dict(p.state) for p, _ in f.policies if p.state}),  # policy -> its own state
}


def booked(behaviour: Mapping[str, Any]) -> dict[str, Any]:
    """What of a market's behaviour costs its firms money: mechanisms that book, name -> terms."""
    return {name: terms for name, terms in behaviour.items() if mechanisms.registry()[name].book is not None}


class Firm(mesa.Agent):  # type: ignore[misc]  # Mesa ships no types
    """One competitor. It decides from its own books and from what everybody can see.

    Raises ConfigError where two of its policies set the same thing.
    """

    name: str
    terms: FirmTerms
    of_market: Mapping[str, Any]
    policies: list[tuple[Policy, Any]]
    price: float
    decided_program: Mapping[str, Any]
    running_program: Mapping[str, Any]
    acquisition: float
    active: bool
    week: int
    cost: float
    ran: dict[str, Any]
    carried: dict[str, int]
    totals: dict[str, int]
    booked: dict[str, int]
    memory: dict[str, dict[str, Number]]

    def __init__(self, market: mesa.Model, name: str, terms: FirmTerms) -> None:
        super().__init__(market)
        self.name, self.terms = name, terms
        self.configured_program: Mapping[str, Any] = complete(terms.program)
        self.of_market = booked(market.terms.behaviour)
        self.policies = [(p, terms.policy[n]) for n, p in policies.registry().items() if n in terms.policy]
        if both := clashes({f"firms.{name}.policy.{p.name}": p for p, _ in self.policies}):
            raise ConfigError([Problem(key, message) for key, message in both])
        for key, state in STATE.items():
            setattr(self, key, state.start(self))

    def decides(self, part: str) -> bool:
        """May a policy of this firm set this part of a decision?"""
        return any(part in policy.sets for policy, _ in self.policies)

    def decide(self, seen: Seen, draw: Draw, at_work: Collection[str]) -> list[Taken]:
        """Ask every policy, each for its own part, and do what they say; they see the same. -> what was decided

        at_work : names of the mechanisms of the market. Raises ConfigError for a decision that cannot be carried out.
        """
        self.cost, taken = 0.0, list[Taken]()
        if self.terms.changes:
            self.price = value_in(self.terms.changes, "price", seen.week, STATE["price"].start(self))
        for policy, terms in self.policies:
            taken.append(Taken(policy, terms, self.price, self.asked(policy, terms, seen, draw, at_work)))
            self.carry_out(policy, taken[-1].decision)
        self.run(seen.week)
        return taken

    def asked(self, policy: Policy, terms: Any, seen: Seen, draw: Draw, at_work: Collection[str]) -> Decision:
        """What a policy says to what the firm sees."""
        given = seen.shown_to(policy, Memory(self.memory.get(policy.name, {})))
        return admitted(policy.decide(terms, given, draw), policy, given, at_work)

    def settle(self, taken: Sequence[Taken], seen: Seen, draw: Draw, at_work: Collection[str]) -> float:
        """Ask those once more that answer within the week, and put the new price in the place of the one decided.

        taken : of `decide`, is brought up to date;  seen : as then, but expected demand is that of what all are about
        to ask. -> how far the price moved, price index
        """
        moved = 0.0
        for one in taken:
            if one.rounds == 1:
                continue
            new = self.asked(one.policy, one.terms, seen, draw, at_work)
            price = one.before if new.price is KEEP else new.price
            moved, self.price = max(moved, abs(price - self.price)), price
            self.cost += new.cost - one.decision.cost
            if new.memory:
                self.memory[one.policy.name] |= new.memory
            one.decision = new
        return moved

    def run(self, week: int) -> None:
        """Run what the dates of the program say for a week, nothing outside the market, and note it in the books."""
        self.week, self.running_program = week, running(self.decided_program, week) if self.active else {}
        self.keep_books()

    def carry_out(self, policy: Policy, decision: Decision) -> None:
        """Change what a decision names."""
        for key, state in STATE.items():
            if state.decided and (value := getattr(decision, state.decided)) is not KEEP:
                setattr(self, key, value)
        self.cost += decision.cost
        if decision.memory:
            self.memory[policy.name] |= decision.memory

    def follow(self, offer: Offer) -> None:
        """Do what was recorded instead of deciding."""
        self.price, self.decided_program, self.cost = offer.price, offer.decided, offer.cost
        self.acquisition = self.terms.acquisition if offer.acquisition is None else offer.acquisition
        self.active = offer.active
        self.run(offer.week)

    def keep_books(self) -> None:
        """Note what runs. New terms leave what was booked under the old ones and value the liability anew."""
        for name, terms in self.running_program.items():
            booker, old = mechanisms.registry()[name].book, self.ran.get(name, terms)
            if booker is not None and old != terms and self.totals:
                before, after = booker(self.of_component(name), old), booker(self.of_component(name), terms)
                for line in before.keys() - {"liability"}:
                    self.carry(line, before[line] - after[line])
            self.ran[name] = terms

    def carry(self, line: str, cents: int) -> None:
        """Book cents that neither counters nor the terms of a component tell."""
        self.carried[line] = self.carried.get(line, 0) + cents

    def offer(self) -> Offer:
        """What it shows this week, and what it spends on that."""
        dates: dict[str, Any] = {}
        if not self.active:
            dates = {"active": False}
        if self.running_program is not self.decided_program:
            dates |= {"dated": self.decided_program, "week": self.week}
        return Offer(self.price, self.terms.base_price, self.running_program, self.acquisition, self.cost, **dates)

    def closed(self) -> set[str]:
        """Components whose last week was the one before this; none of a firm outside the market, which still owes."""
        if not self.active:
            return set()
        before = running(self.decided_program, self.week - 1) if self.week else {}
        return set(before) - set(self.running_program)

    def continues(self, old: Firm) -> None:
        """Take over what the same firm carried in another market with the same past; counters are the market's to give.

        What it decides, and what it once decided otherwise than configured, stays as it was; the rest is as this firm's
        own terms say.
        """
        for key, state in STATE.items():
            value = getattr(old, key)
            if key == "memory":
                self.memory |= copy.deepcopy({name: own for name, own in value.items() if name in self.memory})
            elif not state.decided or self.decides(state.decided) or value != state.start(old):
                setattr(self, key, copy.copy(value))
        self.running_program = running(self.decided_program, self.week) if self.active else {}

    def close(self, counted: Mapping[str, int]) -> dict[str, int]:
        """Book a week: counters in, ledger lines of the week out, all in cents.

        Lines are computed on totals since the start and differenced, so that rounding never piles up. Rewards are
        booked when redeemed; the change of the liability for outstanding points is an expense of the week.
        """
        for name in self.running_program:
            self.totals[f"weeks_running/{name}"] = self.totals.get(f"weeks_running/{name}", 0) + 1
        for name, value in counted.items():
            self.totals[name] = self.totals.get(name, 0) + int(value)
        self.carry("fixed_cost", self.active * round(self.terms.fixed_cost * 100) + round(self.cost * 100))
        self.carry("acquisition", self.active * round(self.acquisition * 100))
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
        for name, terms in {**self.of_market, **self.ran}.items():
            booker = mechanisms.registry()[name].book
            if booker is not None:
                for line, cents in booker(self.of_component(name), terms).items():
                    lines[line] += cents
        return {line: cents + self.carried.get(line, 0) for line, cents in lines.items()}
