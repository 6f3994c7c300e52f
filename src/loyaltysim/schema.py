"""What a scenario may say: every key with its type, unit, range and source.

The dataclasses below are the whole vocabulary. Components (`behaviour`, `program`, `policy`) are declared by
the files that own them and joined through a registry, so that a new mechanism adds its keys in its own file.
`read` turns a plain tree into a checked `Scenario` or raises `ConfigError` with every problem at once.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from loyaltysim.checking import (
    INT64,
    Components,
    ConfigError,
    Parameter,
    Problem,
    Reader,
    join,
    name_problem,
    nearest,
)
from loyaltysim.checking import parameters as listed

__all__ = [
    "ConfigError",
    "Problem",
    "Scenario",
    "canonical",
    "config_hash",
    "parameters",
    "read",
    "term",
    "to_yaml",
]

MOST_FIRMS = 60  # the step keeps the firms seen in a week in the bits of one number
SETTINGS = ("store", "brand", "cohort", "contract")
NEVER = 10**9  # a threshold of this many points is never reached


def term(
    default: Any,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    *,
    source: str = "assumed",
    choices: tuple[str, ...] | None = None,
    doc: str = "",
) -> Any:
    """Declare one key: default, unit, allowed range (both ends included), source, choices, one line of help.

    default : the value when the key is absent; `dataclasses.MISSING` makes the key required.
    Ranges hold for every element of a list. Raises nothing; `read` checks values.
    """
    facts = dict(unit=unit, low=low, high=high, source=source, choices=choices, doc=doc)
    return field(default=default, metadata=facts)


@dataclass(frozen=True)
class Basket:
    """Spending per purchase: log-normal, between and within customers; both spreads 0 means a fixed price."""

    mean: float = term(1.0, "money", 0.01, 1e7, doc="mean spending per purchase at base prices")
    sd_between: float = term(0.0, "log money", 0.0, 3.0, doc="spread of mean log baskets between customers")
    sd_within: float = term(0.0, "log money", 0.0, 3.0, doc="spread of the log basket within a customer")


@dataclass(frozen=True)
class Market:
    """A market that is known to be real: how often people buy and how their tastes differ."""

    name: str = term("market", "name")
    setting: str = term("store", "", choices=SETTINGS, doc="what a firm is, or how one buys: by contract")
    occasion: str = term("purchases", "", doc="what one purchase is called, in the plural")
    currency: str = term("money", "", doc="name of the unit of money")
    source: str = term("assumed", "", doc="where the numbers come from")
    notice: str = term("", "", doc="words of the data's packager that must travel with every result")
    measured: tuple[str, ...] = term((), "", doc="what is measured, in plain words")
    assumed: tuple[str, ...] = term((), "", doc="what is assumed, in plain words")
    fitted_with: tuple[str, ...] = term(
        (), "key=number", doc="behaviour at work when S and shares were fitted; none = tastes and rates alone"
    )
    M: float = term(10.0, "purchases per customer and 52 weeks", 0.001, 2000.0, doc="mean category purchases")
    K: float = term(1.0, "", 0.05, 1000.0, doc="NBD shape: of the year if rho = 1, of the quarter if rho < 1")
    rho: float = term(1.0, "per quarter", 0.0, 1.0, doc="persistence of purchase rates; 1 = stationary")
    S: float = term(1.0, "", 0.05, 1e6, doc="Dirichlet shape of tastes: small = loyal, large = all alike")
    reference_price: float = term(1.0, "price index", 0.001, 1e6, doc="price of the market without programs")
    basket: Basket = field(default_factory=Basket)


@dataclass(frozen=True)
class Links:
    """How strongly relationship propensity moves each effect; signed, 0 = no link (model.md section 3)."""

    reward: float = term(0.0, "", -2.0, 2.0, doc="pull of rewards")
    bond: float = term(0.0, "", -2.0, 2.0, doc="worth of a bond")
    recept: float = term(0.0, "", -2.0, 2.0, doc="receptivity to bond-building")
    beta: float = term(0.0, "", -2.0, 2.0, doc="price sensitivity; keeps its mean in every mix")
    join: float = term(0.0, "", -2.0, 2.0, doc="relational worth of joining")
    hassle: float = term(0.0, "", -2.0, 2.0, doc="hassle of joining")
    sat: float = term(0.0, "", -2.0, 2.0, doc="worth of satisfaction")
    voice: float = term(0.0, "", -2.0, 2.0, doc="chance of a complaint about a failure")


@dataclass(frozen=True)
class Customers:
    """Who buys: how many, how price sensitive, which relationship propensities."""

    n: int = term(10000, "customers", 1, 50_000_000)
    relational_share: float = term(0.5, "share", 0.0, 1.0, doc="share of customers in the emotional group")
    price_sensitivity: float = term(4.0, "utility per price", 0.0, 100.0, doc="mean of beta")
    price_sensitivity_sd: float = term(0.0, "log", 0.0, 2.0, doc="spread of log beta between customers")
    basket_scaling: str = term("none", "", choices=("none", "proportional"), doc="do large baskets weigh more")
    response: str = term(
        "utility_shift", "", choices=("utility_shift", "taste_shift"),
        doc="what a gain moves: the utility of a firm, or the shape that its strength is drawn from",
    )  # fmt: skip
    link_mean: str = term("reference", "", choices=("reference", "current"), doc="the mix where links have mean 1")
    links: Links = field(default_factory=Links)


@dataclass(frozen=True)
class Firm:
    """One competitor: its share without programs, its price and cost, its program and how it decides."""

    share: float = term(dataclasses.MISSING, "share of purchases", 1e-6, 1.0)
    base_price: float = term(1.0, "price index", 0.001, 1e6)
    price: float | None = term(None, "price index", 0.001, 1e6, doc="null = base_price")
    unit_cost: float = term(0.75, "price index", 0.0, 1e6, doc="variable cost of what sells at the base price")
    fixed_cost: float = term(0.0, "money per week", 0.0, 1e12)
    allow_loss: bool = term(False, "", doc="accept a cost above the price, or rewards above the spending")
    awareness: float = term(1.0, "share", 0.0, 1.0, doc="share of customers who know the firm at the start")
    churn: float | None = term(
        None, "chance per renewal", 1e-6, 0.999999, doc="mean churn of its contracts; null = that of the market"
    )
    acquisition: float = term(0.0, "money per week", 0.0, 1e12, doc="budget for winning customers")
    program: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "program"})
    policy: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "policy"})


@dataclass(frozen=True)
class Survey:
    """Waves of questions to customers: whom, how often, and how far answers are from what is felt."""

    every: int = term(0, "weeks", 0, 5200, doc="from wave to wave, the first after so many weeks; 0 = no survey")
    sample: float = term(1.0, "share of customers", 0.0, 1.0, doc="asked in a wave; a small one is an audit")
    reply: float = term(1.0, "share of those asked", 0.0, 1.0)
    fatigue: float = term(0.0, "share", 0.0, 1.0, doc="of willingness lost each time one is asked")
    selection: float = term(0.0, "log odds per unit of quality", -10.0, 10.0, doc="do the satisfied reply more often")
    noise: float = term(1.0, "tenths of the scale", 0.0, 10.0, doc="spread of an answer about what is felt")
    halo: float = term(0.3, "share of variance", 0.0, 1.0, doc="noise that all answers about a firm share")
    bias: float = term(0.0, "tenths of the scale", -10.0, 10.0, doc="politeness")
    centre: float = term(7.0, "points of 10", 0.0, 10.0, doc="answer where satisfaction is usual")
    by_quality: float = term(1.0, "points per unit of quality", -10.0, 10.0)


@dataclass(frozen=True)
class Record:
    """What a run writes beside the weekly table of firms."""

    panel: bool = term(True, "", doc="purchases and spending by customer, firm and quarter")
    log: bool = term(False, "", doc="every purchase: customer, week, occasion, firm, spending, day")
    survey: Survey = field(default_factory=Survey)


@dataclass(frozen=True)
class Compute:
    """How a run is computed; never changes a result and stays outside every hash."""

    threads: int = term(1, "threads per run", 1, 256)
    processes: int = term(0, "processes", 0, 256, doc="0 = one per core")
    max_gigabytes: float = term(16.0, "GB", 0.5, 1e5, doc="refuse a run that needs more memory")
    max_customer_weeks: float = term(2e10, "customer-weeks", 1.0, 1e15, doc="refuse a study larger than this")


@dataclass(frozen=True)
class Scenario:
    """One complete, checked world. `firms` is keyed by id; each firm carries its own program and policy."""

    name: str = term("run", "name")
    seed: int = term(1, "", 0, INT64)
    seeds: int = term(1, "runs", 1, 100_000, doc="how many seeds: seed, seed + 1, ...")
    weeks: int = term(104, "weeks", 1, 5200)
    focal: str | None = term(None, "firm", doc="the firm that the question is about; null = the leader")
    vary: tuple[str, ...] = term((), "key=number", doc="what is assumed, at other values, one at a time")
    market: Market = field(default_factory=Market)
    customers: Customers = field(default_factory=Customers)
    behaviour: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "behaviour"})
    firms: Mapping[str, Firm] = field(default_factory=dict)
    record: Record = field(default_factory=Record)
    compute: Compute = field(default_factory=Compute)


@dataclass(frozen=True)
class Rivals:
    """What every firm but the focal one does, unless the firm says otherwise."""

    program: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "program"})
    policy: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "policy"})


@dataclass(frozen=True)
class Written(Scenario):
    """A scenario as a person writes it: `program`, `policy` of the focal firm, `rivals` for all others."""

    program: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "program"})
    policy: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "policy"})
    rivals: Rivals = field(default_factory=Rivals)


def read(tree: Mapping[str, Any], components: Components, places: Mapping[str, str] | None = None) -> Scenario:
    """Check a plain tree and build its scenario.

    components : {"behaviour" | "program" | "policy": {name: Component}}
    places     : full key -> where it was written, for messages; "" -> the default place
    Raises ConfigError with every problem: place, key, value, what is allowed, nearest name.
    """
    reader = Reader(components, places)
    reader.vocabulary = lambda: [parameter.key for parameter in listed(Written, components)]
    written = reader.record(Written, tree)
    if written is not None:
        for check in (check_name, check_firms, check_named_firms, check_policies, check_money, check_dates, check_size):
            check(reader, written)
    if written is None or not reader.sound("firms", "focal", "program", "policy", "rivals"):
        raise ConfigError(reader.problems)
    scenario = supply(settle(written), components)
    check_rewards(reader, scenario)
    check_contracts(reader, scenario)
    check_fits(reader, scenario)
    if not reader.problems:
        check_vary(reader, scenario)
    if reader.problems:
        raise ConfigError(reader.problems)
    return scenario


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
        reader.refuse("firms", f"must have shares that sum to 1 as they are: {members} = {total:.8g}")
    focal = leader(firms) if written.focal is None else written.focal
    for level in ("program", "policy"):
        for name in sorted(set(getattr(written, level)) & set(getattr(firms.get(focal), level, ()))):
            reader.refuse(join(level, name), f"is also said at firms.{focal}.{level}.{name}; keep one")


def check_named_firms(reader: Reader, written: Written) -> None:
    """Every value with the unit `firm` is the id of a firm; empty or null leaves the choice open."""
    if "firms" in reader.bad:
        return
    for key, terms in blocks(written):
        for f in dataclasses.fields(terms):
            name, own = getattr(terms, f.name), join(key, f.name)
            if f.metadata.get("unit") == "firm" and name and name not in written.firms and reader.sound(own):
                near = nearest(name, written.firms)
                hint = f"did you mean '{near}'? " if near is not None else ""
                reader.refuse(own, f"no such firm; {hint}firms: {', '.join(written.firms)}", name)


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


def check_money(reader: Reader, written: Written) -> None:
    """No firm sells below its cost unless it says so."""
    for name, firm in written.firms.items():
        key = f"firms.{name}"
        if not reader.sound(key) or firm.allow_loss:
            continue
        what, price = ("base_price", firm.base_price) if firm.price is None else ("price", firm.price)
        if firm.unit_cost > price:
            reader.refuse(
                f"{key}.unit_cost",
                f"above {key}.{what} = {price:g}: each sale loses money; lower it or set {key}.allow_loss=true",
                firm.unit_cost,
            )


def given_back(component: Any, terms: Any, scenario: Scenario) -> float:
    """What a component gives back per unit of spending, as customers value it; a visit counts at the mean basket."""
    rate, visit = (getattr(component, name, None) for name in ("reward_rate", "reward_visit"))
    per_visit = 0.0 if visit is None else visit(terms) / scenario.market.basket.mean
    return per_visit if rate is None else rate(terms) + per_visit


def check_rewards(reader: Reader, scenario: Scenario) -> None:
    """No program gives back more than its members spend, unless the firm says so."""
    programs = reader.components.get("program", {})
    for name, firm in scenario.firms.items():
        rates = {key: given_back(programs[key], terms, scenario) for key, terms in firm.program.items()}
        total = math.fsum(rates.values())
        if total > 1.0 and not firm.allow_loss:
            reader.refuse(
                f"firms.{name}.program",
                f"gives back {total:.0%} of spending ({', '.join(k for k, rate in rates.items() if rate)}); "
                f"at most 100 %, or set firms.{name}.allow_loss=true",
            )


def check_contracts(reader: Reader, scenario: Scenario) -> None:
    """Keys of a firm that mean something only where customers have contracts."""
    if scenario.market.setting == "contract":
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


def check_fits(reader: Reader, scenario: Scenario) -> None:
    """What a behaviour, or a firm's policy, asks of the rest of the scenario."""
    setting = scenario.market.setting
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
            fits = getattr(reader.components["program"][part], "fits", None)
            for own, message in fits(terms, scenario) if fits is not None else ():
                reader.refuse(f"firms.{name}.program.{part}.{own}", message)
        for policy, terms in firm.policy.items():
            fits, key = getattr(reader.components["policy"][policy], "fits", None), f"firms.{name}.policy.{policy}"
            for own, message in fits(terms, name, scenario) if fits is not None else ():
                reader.refuse(join(key, own), message)


def check_dates(reader: Reader, written: Written) -> None:
    """Every value with the unit `week` is a week of the run, 0 to weeks - 1."""
    if not reader.sound("weeks"):
        return
    for key, terms in blocks(written):
        for f in dataclasses.fields(terms):
            own, week = join(key, f.name), getattr(terms, f.name)
            if f.metadata.get("unit") == "week" and reader.sound(own) and week >= written.weeks:
                limit = f"allowed 0 to {written.weeks - 1} as weeks = {written.weeks}"
                reader.refuse(own, f"begins after the horizon; {limit}", week)


def check_vary(reader: Reader, scenario: Scenario) -> None:
    """Every variant is a scenario that could run by itself."""
    for i, text in enumerate(scenario.vary):
        try:
            varied(scenario, text, reader.components)
        except ConfigError as error:
            for problem in error.problems:
                reader.refuse(f"vary[{i}]", f"leads to: {problem.key} {problem.message}", text)


def varied(scenario: Scenario, text: str, components: Components) -> Scenario:
    """The scenario with one number at another value ("market.S=0.6"), checked like any other.

    The focal firm's program is named as on a command line ("program.points.face_value=10"); what all rivals do may be
    new to the scenario ("rivals.policy.imitate.lag=13"). Raises ConfigError.
    """
    key, _, value = text.partition("=")
    tree = written(scenario)
    *path, last = key.split(".")
    node: Any = tree
    for name in path:
        if path[0] == "rivals" and isinstance(node, dict):
            node.setdefault(name, {last: None} if name == path[-1] else {})
        node = node.get(name) if isinstance(node, dict) else None
    if not isinstance(node, dict) or last not in node:
        raise ConfigError([Problem(key, "is no key of this scenario; write key=number such as market.S=0.6")])
    try:
        node[last] = float(value)
    except ValueError:
        raise ConfigError([Problem(key, "expected a number such as 0.6", value)]) from None
    return dataclasses.replace(read({**tree, "vary": []}, components), compute=scenario.compute)


ARMS = 4  # worlds per seed: with, without, and the replays
PROCESS = 0.4  # GB of a process that has compiled a step, before the first customer; measured
KEPT = 3  # worlds of a seed whose people, panels and purchases are in memory at once
PURCHASE = 29.0  # B of a purchase in the log
LOGS = 8.0  # times its log that a compared run holds at its peak: three worlds, pieces, copies; measured


def compares(scenario: Scenario) -> bool:
    """Does `run` compare worlds, with every purchase written down, or tell of one market?"""
    focal = scenario.firms.get(scenario.focal or "")
    return focal is not None and bool(focal.program)


def size(scenario: Scenario) -> tuple[float, float]:
    """What `run` takes at most: gigabytes of one process, customer-weeks for all seeds and arms."""
    firms, weeks, several = len(scenario.firms), scenario.weeks, compares(scenario)
    n = scenario.customers.n + getattr(scenario.behaviour.get("arrivals"), "pool", 0)
    each = 200.0 + 60.0 * firms
    if scenario.record.panel:
        each += 12.0 * firms * math.ceil(weeks / 13)
    talk = scenario.behaviour.get("word_of_mouth")
    if talk is not None:  # a friend takes 12 B; 1 B what a customer said of a firm in a week, and belonging to it
        clubs = any("community" in firm.program for firm in scenario.firms.values())
        each += (8.0 + 12.0 * talk.degree) * (talk.network != "none")
        each += firms * (weeks if several or scenario.record.log else 2.0) * (1 + clubs)
    each *= KEPT if several else 1
    if several or scenario.record.log:
        each += PURCHASE * scenario.market.M * weeks / 52 * (LOGS if several else LOGS / KEPT)
    return PROCESS + n * each / 1e9, float(n) * weeks * scenario.seeds * ARMS


def check_size(reader: Reader, written: Written) -> None:
    """Refuse what would not fit, before anything is computed; processes count where their number is written."""
    if not reader.sound("customers.n", "firms", "weeks", "seeds", "record", "market.M", "behaviour", "compute"):
        return
    scenario = settle(written)
    one, customer_weeks = size(scenario)
    n, limits = written.customers.n, written.compute
    together = max(1, min(limits.processes, written.seeds))
    if one * together > limits.max_gigabytes:
        each = "a run" if together == 1 else f"{together} runs at once, {one:.3g} GB each,"
        fewer = ["customers.n", *(["weeks"] if compares(scenario) or written.record.log else [])]
        fewer += ["compute.processes"] if together > 1 else []
        log = ", or set record.log=false" if written.record.log and not compares(scenario) else ""
        needs = "need" if together > 1 else "needs"
        reader.refuse(
            "customers.n",
            f"{each} {needs} about {one * together:.3g} GB, the limit is compute.max_gigabytes = "
            f"{limits.max_gigabytes:g}; lower {' or '.join(fewer)}{log}",
            n,
        )
    if customer_weeks > limits.max_customer_weeks:
        reader.refuse(
            "customers.n",
            f"{n} customers x {written.weeks} weeks x {written.seeds} seeds x {ARMS} worlds = "
            f"{customer_weeks:.3g} customer-weeks, the limit is compute.max_customer_weeks = "
            f"{limits.max_customer_weeks:g}; lower customers.n, weeks or seeds",
            n,
        )


def parameters(components: Components) -> list[Parameter]:
    """Every key that a configuration may set, in order."""
    return list(listed(Written, components))


def plain(value: Any) -> Any:
    """Dataclasses, mappings and tuples as sorted dicts and lists."""
    if dataclasses.is_dataclass(value):
        return plain({f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    if isinstance(value, Mapping):
        return {name: plain(value[name]) for name in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def canonical(scenario: Scenario) -> dict[str, Any]:
    """The one way to say a scenario: plain, sorted, complete; without `compute`, which changes no result."""
    tree: dict[str, Any] = plain(scenario)
    del tree["compute"]
    return tree


def config_hash(scenario: Scenario) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    text = json.dumps(canonical(scenario), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def written(scenario: Scenario) -> dict[str, Any]:
    """The canonical form as a person writes it: the focal firm's program and policy stand at the top."""
    tree = canonical(scenario)
    own = tree["firms"][scenario.focal]
    top = {name: tree.pop(name) for name in ("name", "seed", "seeds", "weeks", "focal")}
    return {**top, "program": own.pop("program"), "policy": own.pop("policy"), **tree}


def to_yaml(scenario: Scenario) -> str:
    """A scenario as a file that `from=` reads back to the same canonical form."""
    from loyaltysim import plain_yaml

    return plain_yaml.dump(written(scenario))
