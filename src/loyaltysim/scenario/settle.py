"""What follows from what is written: the focal firm, who runs what, components that others need."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from loyaltysim.scenario.model import Firm, Scenario, Written
from loyaltysim.scenario.reader import Components, join


def leader(firms: Mapping[str, Firm]) -> str:
    """The firm with the largest share; of equals, the first id in the alphabet."""
    return min(firms, key=lambda name: (-firms[name].share, name))


def settle(written: Written) -> Scenario:
    """Give every firm its own program and policy; what a firm says itself wins, component by component."""
    focal = leader(written.firms) if written.focal is None else written.focal
    firms = {}
    for name, firm in written.firms.items():
        common = written if name == focal else written.rivals
        firms[name] = dataclasses.replace(
            firm,
            program=dict(sorted({**common.program, **firm.program}.items())),
            policy=dict(sorted({**common.policy, **firm.policy}.items())),
        )
    values = {f.name: getattr(written, f.name) for f in dataclasses.fields(Scenario)}
    return Scenario(**{**values, "focal": focal, "firms": firms})


def needed(names: Iterable[str], known: Mapping[str, Any]) -> set[str]:
    """These components and all that they need, directly or through another. known : name -> component."""
    found, waiting = set(names), list(names)
    while waiting:
        for need in getattr(known.get(waiting.pop()), "needs", ()):
            if need not in found:
                found.add(need)
                waiting.append(need)
    return found


def completed(chosen: Mapping[str, Any], names: Iterable[str], known: Mapping[str, Any]) -> dict[str, Any]:
    """The chosen components, and those of `names` that are missing at their defaults. known : of this level."""
    missing = {name: known[name].terms() for name in names if name in known and name not in chosen}
    return dict(sorted({**chosen, **missing}.items()))


def supply(scenario: Scenario, components: Components) -> Scenario:
    """Write down, at their defaults, the components that the chosen ones need (recognition builds a bond)."""
    behaviours, programs = components.get("behaviour", {}), components.get("program", {})
    known = {**behaviours, **programs}
    firms = {
        name: dataclasses.replace(firm, program=completed(firm.program, needed(firm.program, known), programs))
        for name, firm in scenario.firms.items()
    }
    asked = {name for name, b in behaviours.items() if wants(b, scenario)}
    used = needed([*scenario.behaviour, *asked, *{name for firm in firms.values() for name in firm.program}], known)
    return dataclasses.replace(scenario, firms=firms, behaviour=completed(scenario.behaviour, used, behaviours))


def wants(behaviour: Any, scenario: Scenario) -> bool:
    """Is a behaviour with keys of its own at work although nobody named it (renewals, where people have contracts)?"""
    wanted = getattr(behaviour, "wanted", None)
    return wanted is not None and bool(dataclasses.fields(behaviour.terms)) and wanted(scenario)


def blocks(written: Written) -> Iterator[tuple[str, Any]]:
    """The scenario and each of its components, with their full keys."""
    yield "", written
    levels = [("behaviour", written.behaviour), ("program", written.program), ("policy", written.policy)]
    levels += [("rivals.program", written.rivals.program), ("rivals.policy", written.rivals.policy)]
    for name, firm in written.firms.items():
        levels += [(f"firms.{name}.program", firm.program), (f"firms.{name}.policy", firm.policy)]
    for path, chosen in levels:
        for name, terms in chosen.items():
            yield join(path, name), terms


def given_back(component: Any, terms: Any, scenario: Scenario) -> float:
    """What a component gives back per unit of spending, as customers value it; a visit counts at the mean basket."""
    rate, visit = (getattr(component, name, None) for name in ("reward_rate", "reward_visit"))
    per_visit = 0.0 if visit is None else visit(terms) / scenario.market.basket.mean
    return per_visit if rate is None else rate(terms) + per_visit
