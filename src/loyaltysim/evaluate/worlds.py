"""Three worlds, one seed: without the program, with it, and with it for everybody but you."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from loyaltysim.market import Market
from loyaltysim.programs import Offer
from loyaltysim.records import Book
from loyaltysim.schema import Scenario


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


def no_program(scenario: Scenario) -> Scenario:
    """The same market in which the focal firm has no program."""
    bare = replace(scenario.firms[scenario.focal], program={}, policy={})
    return replace(scenario, firms={**scenario.firms, scenario.focal: bare})


def logged(scenario: Scenario) -> Scenario:
    """The same scenario with every purchase written down."""
    return replace(scenario, record=replace(scenario.record, log=True))


def launch_week(book: Book, firm: str) -> int | None:
    """The first week in which a firm runs any program."""
    return next((week for week, offers in enumerate(book.offers) if offers[firm].program), None)


def three(scenario: Scenario, seed: int) -> Worlds:
    """Run the three worlds of a seed."""
    scenario = logged(scenario)
    with_it = Market(scenario, seed).run()
    replayed = Market(scenario, seed, eligible=False, offers=with_it.offers, around=with_it.around).run()
    without = Market(no_program(scenario), seed).run()
    return Worlds(without, with_it, replayed, launch_week(with_it, scenario.focal))


def unanswered(worlds: Worlds, focal: str) -> list[Mapping[str, Offer]] | None:
    """The focal firm's offers of T1 among its rivals' offers of T0; None where rivals do the same in both."""
    pairs = list(zip(worlds.without.offers, worlds.with_it.offers, strict=True))
    if all(old[firm] == new[firm] for old, new in pairs for firm in new if firm != focal):
        return None
    return [{**old, focal: new[focal]} for old, new in pairs]


def with_points(scenario: Scenario, **terms) -> Scenario:
    """The focal firm's points with some terms replaced."""
    firm = scenario.firms[scenario.focal]
    program = {**firm.program, "points": replace(firm.program["points"], **terms)}
    return replace(scenario, firms={**scenario.firms, scenario.focal: replace(firm, program=program)})


def without_behaviour(scenario: Scenario, name: str) -> Scenario:
    """The same market in which one behaviour has no premium."""
    return replace(scenario, behaviour={**scenario.behaviour, name: replace(scenario.behaviour[name], premium=0.0)})


def switched_off(scenario: Scenario) -> dict[str, Scenario]:
    """For every amplifier that the scenario uses, the scenario without it: progress, bonus, habit, bond."""
    arms = {}
    points = scenario.firms[scenario.focal].program.get("points")
    if points is not None and (points.strength > 0.0 or points.pressure == "rational"):
        arms["progress"] = with_points(scenario, strength=0.0, pressure="curve")
    if points is not None and points.bonus > 0.0:
        arms["bonus"] = with_points(scenario, bonus=0.0)
    for name in ("habit", "bond"):
        if name in scenario.behaviour and scenario.behaviour[name].premium > 0.0:
            arms[name] = without_behaviour(scenario, name)
    return arms
