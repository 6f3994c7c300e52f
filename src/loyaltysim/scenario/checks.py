"""Conditions between the keys of a scenario: each check yields every problem that it finds."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from loyaltysim.scenario.dates import Dated, variants
from loyaltysim.scenario.hints import nearest
from loyaltysim.scenario.model import Scenario, Written
from loyaltysim.scenario.reader import INT64, Reader, join, name_problem
from loyaltysim.scenario.settle import blocks, given_back, leader

MOST_FIRMS = 60  # the step keeps the firms seen in a week in the bits of one number


def check_name(reader: Reader, written: Written) -> None:
    """The name of a run becomes a folder: an allow-list, no path parts; its seeds stay 63-bit integers."""
    if reader.sound("name") and (wrong := name_problem(written.name)) is not None:
        reader.refuse("name", wrong, written.name)
    last = written.seed + written.seeds - 1
    if reader.sound("seed", "seeds") and last > INT64:
        reader.refuse("seed", f"the last seed would be {last}; keep it below 2^63", written.seed)


def check_firms(reader: Reader, written: Written) -> None:
    """Enough firms, shares that sum to one, and nothing said twice about the focal firm."""
    alone = written.market.setting in ("cohort", "contract")
    firms, need = written.firms, 1 if alone else 2
    unknown = [key for key in reader.bad if re.fullmatch(r"firms(\.[^.]+)?(\.share)?", key)]
    if unknown or not reader.sound("market.setting"):
        return
    if len(firms) < need:
        has = f"only {', '.join(firms)}" if firms else "none"
        setting = written.market.setting
        reader.refuse("firms", f"must hold at least {need} for market.setting = {setting}; it holds {has}")
        return
    if len(firms) > MOST_FIRMS:
        reader.refuse("firms", f"holds {len(firms)}; at most {MOST_FIRMS}")
    total = math.fsum(firm.share for firm in firms.values())
    if abs(total - 1.0) > 1e-6:
        members = " + ".join(f"{name} {firm.share:g}" for name, firm in firms.items())
        way = "; `shares.others=rescale` lets those that you do not name give way"
        reader.refuse("firms", f"must have shares that sum to 1 as they are: {members} = {total:.8g}{way}")
    focal = leader(firms) if written.focal is None else written.focal
    for level in ("program", "policy"):
        for name in sorted(set(getattr(written, level)) & set(getattr(firms.get(focal), level, ()))):
            reader.refuse(join(level, name), f"is also said at firms.{focal}.{level}.{name}; keep one")


def check_luck(reader: Reader, written: Written) -> None:
    """What keys a firm's draws is a name, and that of no other firm: two with one luck would always tie."""
    keyed = {name: firm.luck or name for name, firm in written.firms.items()}
    for name, firm in written.firms.items():
        key, twins = f"firms.{name}.luck", [other for other in keyed if other != name and keyed[other] == keyed[name]]
        if firm.luck is None or not reader.sound(key):
            continue
        if (wrong := name_problem(firm.luck)) is not None:
            reader.refuse(key, wrong, firm.luck)
        elif twins:
            reader.refuse(key, f"is what keys the draws of firm {twins[0]} too; each firm needs its own", firm.luck)


def check_named_firms(reader: Reader, written: Written) -> None:
    """Every value with the unit `firm` is the id of a firm; null, or the default, leaves the choice open."""
    if "firms" in reader.bad:
        return
    for key, terms in blocks(written):
        for f in dataclasses.fields(terms):
            name, own = getattr(terms, f.name), join(key, f.name)
            if (
                f.metadata.get("unit") == "firm"
                and name not in (None, f.default)
                and name not in written.firms
                and reader.sound(own)
            ):
                near = nearest(name, written.firms)
                hint = f"did you mean '{near}'? " if near is not None else ""
                reader.refuse(own, f"no such firm; {hint}firms: {', '.join(written.firms)}", name)


def check_money(reader: Reader, written: Written) -> None:
    """No firm sells below its cost unless it says so."""
    for name, firm in written.firms.items():
        key = f"firms.{name}"
        if not reader.sound(key) or firm.allow_loss:
            continue
        prices = [("base_price", firm.base_price) if firm.price is None else ("price", firm.price)]
        prices += [(f"changes[{k}].price", change["price"]) for k, change in enumerate(firm.changes)]
        what, price = min(prices, key=lambda item: item[1])
        if firm.unit_cost > price:
            reader.refuse(
                f"{key}.unit_cost",
                f"above {key}.{what} = {price:g}: each sale loses money; lower it or set {key}.allow_loss=true",
                firm.unit_cost,
            )


def check_rewards(reader: Reader, scenario: Scenario) -> None:
    """No program gives back more than its members spend, unless the firm says so."""
    programs = reader.components.get("program", {})
    for name, firm in scenario.firms.items():
        rates = {key: most_given_back(programs[key], terms, scenario) for key, terms in firm.program.items()}
        total = math.fsum(rates.values())
        if total > 1.0 and not firm.allow_loss:
            reader.refuse(
                f"firms.{name}.program",
                f"gives back {total:.0%} of spending ({', '.join(k for k, rate in rates.items() if rate)}); "
                f"at most 100 %, or set firms.{name}.allow_loss=true",
            )


def most_given_back(component: Any, terms: Any, scenario: Scenario) -> float:
    """What a component gives back at most, of all the terms that it will have."""
    return max(given_back(component, dated, scenario) for _, dated in variants(terms))


def check_contracts(reader: Reader, scenario: Scenario) -> None:
    """Keys of a firm that mean something only where customers have contracts, and what has no meaning there."""
    if scenario.market.setting == "contract":
        if scenario.market.sigma > 0.0:
            why = "has no closed forms under contracts: strengths there are solved for one S; set it to 0"
            reader.refuse("market.sigma", why, scenario.market.sigma)
        return
    for name, firm in scenario.firms.items():
        for key, idle in (("churn", None), ("acquisition", 0.0)):
            if getattr(firm, key) != idle:
                why = f"needs market.setting = contract; here it is {scenario.market.setting}"
                reader.refuse(f"firms.{name}.{key}", why, getattr(firm, key))


def clashes(policies: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Policies of one firm that set the same thing: the later would win without a word. policies : full key -> policy.

    -> [(key, problem)]
    """
    return [
        (key, f"sets the {part}, as {other} does; a firm keeps one of them: ~{key} or ~{other} removes it")
        for (other, first), (key, second) in combinations(policies.items(), 2)
        for part in getattr(first, "sets", ())
        if part in getattr(second, "sets", ())
    ]


def check_policies(reader: Reader, written: Written) -> None:
    """No firm has two policies that set the same thing, its own and those that all rivals have together."""
    if not written.firms or not reader.sound("firms", "policy", "rivals"):
        return
    known, focal = reader.components.get("policy", {}), written.focal or leader(written.firms)
    for name, firm in written.firms.items():
        top, common = ("policy", written.policy) if name == focal else ("rivals.policy", written.rivals.policy)
        keys = {policy: join(top, policy) for policy in common}
        keys |= {policy: f"firms.{name}.policy.{policy}" for policy in firm.policy}
        for key, message in clashes({keys[policy]: known[policy] for policy in sorted(keys)}):
            if reader.sound(key):  # what all rivals have is said once
                reader.refuse(key, message)


def unrecorded(terms: Any, program: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is for those whom the firm's record singles out needs one that does."""
    if getattr(terms, "audience", "") != "targeted" or "targeting" in program:
        return []
    return [("audience", "= targeted addresses nobody without a record: add program.targeting, or program=targeting")]


def check_fits(reader: Reader, scenario: Scenario) -> None:
    """What customers, a behaviour, or a firm's policy ask of the rest of the scenario."""
    setting = scenario.market.setting
    for conditions in reader.components.get("customers", {}).values():
        fits = getattr(conditions, "fits", None)
        for own, message in fits(scenario.customers, scenario) if fits is not None else ():
            reader.refuse(join("customers", own), message, getattr(scenario.customers, own))
    for name, terms in scenario.behaviour.items():
        only = getattr(reader.components["behaviour"][name], "setting", "")
        if only and only != setting:
            why = f"acts only where market.setting = {only}; here it is {setting}: ~behaviour.{name} removes it"
            reader.refuse(join("behaviour", name), why)
            return
        fits, key = getattr(reader.components["behaviour"][name], "fits", None), join("behaviour", name)
        for own, message in fits(terms, scenario) if fits is not None and reader.sound(key) else ():
            reader.refuse(join(key, own), message)
    for name, firm in scenario.firms.items():
        for part, terms in firm.program.items():
            fits, key = getattr(reader.components["program"][part], "fits", None), f"firms.{name}.program.{part}"
            for prefix, dated in variants(terms):
                problems = [*unrecorded(dated, firm.program), *(fits(dated, scenario) if fits is not None else ())]
                for own, message in problems:
                    if not prefix or reader.sound(join(key, own)):
                        reader.refuse(join(key, prefix + own), message)
        for policy, terms in firm.policy.items():
            fits, key = getattr(reader.components["policy"][policy], "fits", None), f"firms.{name}.policy.{policy}"
            for own, message in fits(terms, name, scenario) if fits is not None else ():
                reader.refuse(join(key, own), message)
            sets = getattr(reader.components["policy"][policy], "sets", ())
            if "active" in sets and setting == "contract":
                why = "lets a firm come or go, which nobody can where people have contracts: who would keep them?"
                reader.refuse(key, f"{why} choose an open market")
            if firm.changes and "price" in sets:
                reader.refuse(f"firms.{name}.changes", f"sets the price, as {key} does: keep one of them")


def check_dates(reader: Reader, written: Written) -> None:
    """Every value with the unit `week` is a week of the run, 0 to weeks - 1."""
    if not reader.sound("weeks"):
        return
    for key, terms in blocks(written):
        for f in dataclasses.fields(terms):
            if f.metadata.get("unit") == "week" and (week := getattr(terms, f.name)) is not None:
                within(reader, join(key, f.name), week, written.weeks, "ends" if f.name == "end" else "begins")
        check_changes(reader, key, terms, written)
    for name, firm in written.firms.items():
        check_changes(reader, f"firms.{name}", firm, written)


def check_changes(reader: Reader, key: str, terms: Any, written: Written) -> None:
    """A component ends after it starts; whatever changes does so while it runs, within the horizon."""
    first, last = 0, None
    if isinstance(terms, Dated):
        first, last, own = terms.start, terms.end, join(key, "end")
        if last is not None and last <= first and reader.sound(own):
            reader.refuse(own, f"must lie after {join(key, 'start')} = {first}", last)
    for k, change in enumerate(getattr(terms, "changes", ())):
        own = f"{key}.changes[{k}].week"
        if "week" not in change or not within(reader, own, change["week"], written.weeks, "begins"):
            continue
        if change["week"] < first or (last is not None and change["week"] >= last):
            until = "" if last is None else f" and before {key}.end = {last}"
            why = f"is a week in which it does not run; allowed from {key}.start = {first} on{until}"
            reader.refuse(own, why, change["week"])


def within(reader: Reader, key: str, week: int, weeks: int, what: str) -> bool:
    """Refuse a week after the horizon. -> is it one of the run"""
    if week < weeks or not reader.sound(key):
        return week < weeks
    reader.refuse(key, f"{what} after the horizon; allowed 0 to {weeks - 1} as weeks = {weeks}", week)
    return False
