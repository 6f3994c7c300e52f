"""Three worlds, one seed: without the program, with it, and with it for everybody but you."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from loyaltysim.firms import policies
from loyaltysim.firms.offer import Offer
from loyaltysim.market.book import Book
from loyaltysim.market.checkpoint import branch
from loyaltysim.market.model import Market
from loyaltysim.mechanism.registry import amplifiers, registry
from loyaltysim.scenario.model import Firm, Scenario


@dataclass(frozen=True)
class Worlds:
    """The same customers three times.

    without  T0: the focal firm has no program and takes no decision about one
    with_it  T1: the scenario as written
    replayed T1|i: every customer lives through T1's recorded offers but may not join the focal program
    launch   first week in which the focal firm's program runs in T1; None if it never does
    """

    without: Book
    with_it: Book
    replayed: Book
    launch: int | None


def focal(scenario: Scenario) -> str:
    """The firm that the question is about: named in every scenario once it was read."""
    assert scenario.focal is not None, "a scenario that was read names its focal firm"
    return scenario.focal


def with_focal(scenario: Scenario, firm: Firm) -> Scenario:
    """The same market with another focal firm in the place of its own."""
    return replace(scenario, firms={**scenario.firms, focal(scenario): firm})


def no_program(scenario: Scenario) -> Scenario:
    """The same market in which the focal firm has no program and no policy that may set one; it still sets prices."""
    firm = scenario.firms[focal(scenario)]
    stays = {name: terms for name, terms in firm.policy.items() if "program" not in policies.registry()[name].sets}
    return with_focal(scenario, replace(firm, program={}, policy=stays))


def logged(scenario: Scenario) -> Scenario:
    """The same scenario with every purchase written down."""
    return replace(scenario, record=replace(scenario.record, log=True))


def launch_week(book: Book, firm: str) -> int | None:
    """The first week in which a firm runs any program."""
    return next((week for week, offers in enumerate(book.offers) if offers[firm].program), None)


class Past:
    """The weeks before the focal firm's program can begin, run once; every arm with this past goes on from there.

    The same bytes as from the first week: until the launch, a program that nobody was offered has moved nothing.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.market = Market(no_program(scenario), seed)
        for _ in range(burn_in(scenario)):
            self.market.step()

    def arm(self, scenario: Scenario, **more: Any) -> Book:
        """Run one arm to its end. more : eligible, offers, around of `Market`."""
        if self.market.week == 0:
            return Market(scenario, self.market.root_seed, **more).run()
        market = branch(self.market, scenario, **more)
        while market.week < scenario.weeks:
            market.step()
        return market.book()


def burn_in(scenario: Scenario) -> int:
    """Weeks that the worlds with and without the focal firm's program have in common for certain; 0 if none are.

    Another policy beside the launch may look at what the firm is going to offer, so nothing is certain then.
    """
    policy = scenario.firms[focal(scenario)].policy
    return policy["launch"].week if set(policy) == {"launch"} else 0


def three(scenario: Scenario, seed: int, past: Past | None = None) -> Worlds:
    """Run the three worlds of a seed. past : of this scenario, logged, if it has been run already"""
    scenario = logged(scenario)
    past = past or Past(scenario, seed)
    with_it = past.arm(scenario)
    replayed = past.arm(scenario, eligible=False, offers=with_it.offers, around=with_it.around)
    without = past.arm(no_program(scenario))
    return Worlds(without, with_it, replayed, launch_week(with_it, focal(scenario)))


def unanswered(worlds: Worlds, firm: str) -> list[Mapping[str, Offer]] | None:
    """A firm's offers of T1 among its rivals' offers of T0; None where rivals do the same in both."""
    pairs = list(zip(worlds.without.offers, worlds.with_it.offers, strict=True))
    if all(old[other] == new[other] for old, new in pairs for other in new if other != firm):
        return None
    return [{**old, firm: new[firm]} for old, new in pairs]


def muted(components: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Components of one level, those that have this amplifier without it."""
    known = {own: m.amplifiers[name].off for own, m in registry().items() if name in m.amplifiers}
    return {own: replace(terms, **known.get(own, {})) for own, terms in components.items()}


def without_amplifier(scenario: Scenario, name: str) -> Scenario:
    """The same market in which the focal program, or everybody's behaviour, lacks one amplifier."""
    firm = scenario.firms[focal(scenario)]
    without = with_focal(scenario, replace(firm, program=muted(firm.program, name)))
    return replace(without, behaviour=muted(scenario.behaviour, name))


def switched_off(scenario: Scenario) -> dict[str, Scenario]:
    """For every amplifier that the scenario uses (progress, sign-up bonus, habit, ...), the scenario without it."""
    arms = {name: without_amplifier(scenario, name) for name in amplifiers()}
    return {name: arm for name, arm in arms.items() if arm != scenario}
