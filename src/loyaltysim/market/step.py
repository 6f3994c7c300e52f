"""One customer's week on one screen.

`WEEK` below is the whole behaviour of a customer in an open market, over the rows that it is given; `CONTRACT_WEEK`
that of a customer with one provider at a time, who decides at renewals. Before a run, the lines in braces are replaced
by the pieces below and by the calls of the active mechanisms, which are bound by their argument names
(mechanism/declare.py); an inactive mechanism leaves no line, no column and no branch. The assembled source is kept in a
cache folder under a hash of the package source, so that neither an edit nor another set of mechanisms can meet a stale
compiled step. `Customer.step` runs the same assembled function in plain Python.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from loyaltysim.mechanism import draws, rules
from loyaltysim.mechanism.declare import Hook, Mechanism
from loyaltysim.mechanism.registry import absent

WEEK = '''
def step(start, stop, week, {arguments}):
    """One week in the life of the customers in rows [start, stop); -> the first row not yet served, or a fault."""
    for i in range(np.uint64(start), np.uint64(stop)):  # unsigned: no check for negative rows
        {room}
        if status[i] == 0:
            continue
        {week}
        if status[i] == 2:
            continue
        now = child(key[i], np.uint64(week))
        rate, none = np.float64(rates[i]), np.float64(nones[i])
        {appeal}
        {rate}
        if not rate <= FASTEST:
            return {fault_rate}
        seen = 0
        many = count(uniform(now, COUNT), rate, none)
        {week_left}
        for occasion in range(many):
            then = child(now, OCCASION + np.uint64(occasion))
            {clock}
            {basket}
            luck = child(then, CHOICE)
            {utilities}
            if top == -math.inf:
                continue
            {race}
            j = chosen
            {purchase}
            counts[j, BUYERS] += 1 - (seen >> j & 1)
            seen |= 1 << j
            {record}
            {visit}
            {leave}
        {end}
    return stop
'''

CONTRACT_WEEK = '''
def step(start, stop, week, {arguments}):
    """One week of customers who each have a contract at one firm; -> the first row not yet served, or a fault."""
    for i in range(np.uint64(start), np.uint64(stop)):
        {room}
        if status[i] == 0:
            continue
        {week}
        if status[i] == 2:
            continue
        now = child(key[i], np.uint64(week))
        many, occasion, then = 1, 0, child(now, OCCASION)
        {week_left}
        if provider[i] < 0:  # new to the market: the first contract
            {usual_basket}
            luck = child(now, CHOICE)
            {utilities}
            if top == -math.inf:
                continue
            {newcomers}
            {race}
            {sign}
            counts[chosen, ACQUIRED] += 1
        j, age = np.int64(provider[i]), week - started[i]
        if age % BILLING == 0:
            {clock}
            {basket}
            {purchase}
            counts[j, BUYERS] += 1
            {record}
            {visit}
        if (age + 1) % TERM == 0:  # what is decided now holds from the next week on
            counts[j, RENEWALS] += 1
            {usual_basket}
            luck = child(now, SWITCH)
            {utilities}
            {rivals}
            exits = exit_odds(theta[i], own, renewal_exit_share)
            switches = switch_odds(theta[i], own, lure, renewal_exit_share, {sensitivity} * renewal_lock)
            u, odds = uniform(now, RENEWAL), 1.0 + exits + switches
            if u * odds < exits:
                counts[provider[i], EXITED] += 1
                provider[i], status[i] = -1, 2
            elif (1.0 - u) * odds < switches:
                counts[provider[i], LOST] += 1
                {race}
                {sign}
                started[i] = week + 1
                counts[chosen, WON] += 1
        if provider[i] >= 0:
            counts[provider[i], CUSTOMERS] += 1
        {end}
    return stop
'''

UTILITIES = """
top = -math.inf
for j in range(FIRMS):
    utility[j] = -math.inf
    {known}
    {response}
    if utility[j] != utility[j]:
        return {fault_utility}
    {taste}
    top = max(top, utility[j])
"""

RACE = """
for j in range(FIRMS):
    waiting[j] = -math.log(unit(child(luck, firm_key[j])))
chosen, first = 0, math.inf
for j in range(FIRMS):
    behind = min(top - utility[j], 60.0)
    arrival = waiting[j] * math.exp(behind)
    if arrival < first:
        chosen, first = j, arrival
"""

PURCHASE = """
spend = {spend}
{served}
counts[j, VISITS] += 1
counts[j, REVENUE] += spend
counts[j, AT_BASE_PRICE] += cents
"""

# What changed at the own firm since theta was measured, and at the others together; then only these are in the race.
RIVALS = """
own = utility[provider[i]] - log_g[i, provider[i]] - {sensitivity} * renewal_usual
utility[provider[i]] = -math.inf
top, usual = -math.inf, -math.inf
for j in range(FIRMS):
    if utility[j] > -math.inf:
        usual = max(usual, log_g[i, j])
        utility[j] += {lure}
        top = max(top, utility[j])
lure = -math.inf
if top > -math.inf:
    pull, rest = 0.0, 0.0
    for j in range(FIRMS):
        if utility[j] > -math.inf:
            pull += math.exp(utility[j] - top)
            rest += math.exp(log_g[i, j] - usual)
    lure = top - usual + math.log(pull / rest)
"""

NEWCOMERS = """
top = -math.inf
for j in range(FIRMS):
    if utility[j] > -math.inf:
        utility[j] += entry_log[i, j] - log_g[i, j]
        top = max(top, utility[j])
"""

# The hazard of a new contract: the quantile of its firm's Beta law, from a table over the logit of a uniform.
SIGN = """
provider[i], started[i] = chosen, week
contract[i] += 1
u = {rank}
place = (math.log(u) - math.log1p(-u) - GRID_START) / GRID_STEP
cell = np.int64(place)
theta[i] = theta_table[chosen, cell]
theta[i] += (place - cell) * (theta_table[chosen, cell + 1] - theta_table[chosen, cell])
"""

BASE_COUNTS = {"visits": "purchases", "buyers": "customers", "revenue": "cents", "at_base_price": "cents"}
CONTRACT_COUNTS = {
    "customers": "customers at the end of the week",
    "renewals": "contracts that ended",
    "acquired": "customers from outside the market",
    "won": "customers from rivals",
    "lost": "customers to rivals",
    "exited": "customers who left the market",
}
ROOM = 4096  # purchases of one customer in one week that the log always has room for
EXPRESSION = {  # what a rule may ask for beside fields, columns and draws
    "week": "week",
    "occasion": "occasion",
    "cents": "cents",
    "paid_cents": "cents * paid[j]",
    "spend": "spend",
    "rate": "rates[i]",
    "appeal": "appeal",
    "beta": "beta[i]",
    "rho": "rho[i]",
    "eligible": "eligible[i, j]",
    "entered": "entered[i]",
    "status": "status[i]",
    "prior": "prior[i, j]",
    "spending": "spending[i]",
}
OF_THE_VISIT = ("cents", "spend")  # what a hook of the phase `served` may set beside fields
STEP_DRAWS = ("count", "time", "choice", "basket_size", "renewal", "switch", "theta")
IN_CONTRACTS = {"prior": "1.0"}  # all bills go to the one provider


@dataclass(frozen=True)
class Step:
    """An assembled step: its source, the arrays it reads in order, its counters, and how to run it.

    plain : the step as ordinary Python;  compiled : the same function compiled
    """

    source: str
    arguments: tuple[str, ...]
    counts: tuple[str, ...]
    plain: Callable
    compiled: Callable


class Assembler:
    """Turns the hooks of the active mechanisms into lines of the step."""

    def __init__(self, mechanisms: list[Mechanism], scalars: set[str], firm_columns: set[str], options: dict) -> None:
        self.mechanisms, self.scalars, self.firm_columns, self.options = mechanisms, scalars, firm_columns, options
        self.fields = {name: f for m in mechanisms for name, f in m.fields.items()}
        self.contracts = options["contracts"]
        base = {**BASE_COUNTS, **CONTRACT_COUNTS} if self.contracts else BASE_COUNTS
        self.counts = [*base, *(name for m in mechanisms for name in m.counts)]

    def source(self) -> str:
        """The step as Python source."""
        parts = {
            "room": self.room(),
            "week": self.each_firm(self.lines("week")),
            "appeal": self.appeal(),
            "rate": self.rate(),
            "fault_rate": "-1 - (np.int64(i) * (FIRMS + 1) + FIRMS)",
            "fault_utility": "-1 - (np.int64(i) * (FIRMS + 1) + j)",
            "week_left": ["left = 1.0"] if self.options["log"] else [],
            "clock": self.clock(),
            "basket": self.basket(),
            "usual_basket": ["cents = np.int64(max(1.0, spending[i] * 100.0 + 0.5))"],
            "known": [f"if {self.call(h)} == 0:\n    continue" for h in self.hooks("known")],
            "sensitivity": self.sensitivity(),
            "response": self.response(),
            "taste": self.taste(),
            "spend": "np.int64(cents * paid[j])",
            "lure": "lure_log[j]" if "lure_log" in self.firm_columns else "0.0",
            "rank": "uniform(child(key[i], np.uint64(contract[i])), THETA)"
            if self.options["theta"] == "contract"
            else "standing[i]",
            "served": self.lines("served"),
            "record": self.record(),
            "visit": self.lines("visit"),
            "leave": [f"if {self.call(h)} == 1:\n    status[i] = 2\n    break" for h in self.hooks("leave")],
            "end": [f"if {self.call(h)} == 1:\n    status[i] = 2" for h in self.hooks("end")],
        }
        pieces = {"utilities": UTILITIES, "race": RACE, "purchase": PURCHASE}
        pieces |= {"rivals": RIVALS, "newcomers": NEWCOMERS, "sign": SIGN} if self.contracts else {}
        parts |= {name: fill(piece.strip("\n"), parts).splitlines() for name, piece in pieces.items()}
        body = fill(CONTRACT_WEEK if self.contracts else WEEK, parts)
        names = set(re.findall(r"[a-z_]\w*", body))
        self.arguments = tuple(sorted(a for a in self.known_arrays() if a in names))
        return fill(body, {"arguments": ", ".join(self.arguments)})

    def rate(self) -> list[str]:
        """What changes the purchase rate of this week."""
        changed = ["if rate != rates[i]:", "    none = math.exp(-rate)"]
        return [*self.lines("rate"), *changed] if self.hooks("rate") else []

    def known_arrays(self) -> set[str]:
        """Every name that the step could take as an argument."""
        base = {"status", "key", "rates", "nones", "log_g", "basket_log", "counts", "utility", "waiting", "firm_key"}
        base |= {
            "price_gap",
            "paid",
            "base_cents",
            "basket_sd",
            "beta",
            "rho",
            "eligible",
            "entered",
            "prior",
            "spending",
            "taste_rank",
            "taste_tables",
            "taste_scale",
        }
        base |= {"panel_visits", "panel_spend", "ids", *LOG, "log_at"}
        base |= {f"link_{effect}" for effect in self.options["links"]}
        base |= {"theta_table"} if self.contracts else set()
        return base | set(self.fields) | self.firm_columns | self.scalars

    def hooks(self, phase: str) -> list[Hook]:
        """The hooks of a phase that act beside the others at work, in their order."""
        names = {m.name for m in self.mechanisms}
        found = [(m.order if h.order is None else h.order, h) for m in self.mechanisms for h in m.hooks]
        acting = [(k, h) for k, h in found if h.phase == phase and names.issuperset(h.beside)]
        return [h for _, h in sorted(acting, key=lambda pair: pair[0]) if names.isdisjoint(h.unless)]

    def lines(self, phase: str) -> list[str]:
        """One assignment a hook: the new values of its fields, then what its counters gain."""
        return [line for hook in self.hooks(phase) for line in self.assignment(hook)]

    def each_firm(self, lines: list[str]) -> list[str]:
        """The same lines for every firm; nothing if there are none."""
        return ["for j in range(FIRMS):", *(f"    {line}" for line in lines)] if lines else []

    def assignment(self, hook: Hook) -> list[str]:
        """The line or lines of one hook."""
        if hook.phase == "rate":
            return [f"rate = {self.call(hook)}"]
        targets = [self.place(name) for name in hook.sets]
        gains = [f"gain_{name}" for name in hook.counts]
        adds = [f"counts[j, {name.upper()}] += {gain}" for name, gain in zip(hook.counts, gains, strict=True)]
        lines = [f"{', '.join(targets + gains)} = {self.call(hook)}", *adds]
        return lines if hook.only is None else [f"if {self.condition(hook)}:", *(f"    {line}" for line in lines)]

    def condition(self, hook: Hook) -> str:
        """Where a hook acts, each name bound as in a call."""
        return re.sub(r"[a-z_]+", lambda m: m[0] if m[0] in ("and", "or") else self.bind(m[0], hook.phase), hook.only)

    def call(self, hook: Hook) -> str:
        """The call of a rule, each argument bound by its name."""
        bound = (self.bind(name, hook.phase) for name in inspect.signature(hook.rule).parameters)
        return f"{hook.rule.__name__}({', '.join(bound)})"

    def bind(self, name: str, phase: str) -> str:
        """What stands for an argument of a rule in the step."""
        if name in self.fields:
            dtype = "np.float64" if self.fields[name].dtype.startswith("float") else "np.int64"
            return f"{dtype}({self.place(name)})"
        if name.startswith("draw_") and phase == "week":
            return f"item_uniform(child(key[i], np.uint64(week)), {draws.purpose(name[5:])!r}, firm_key[j])"
        if name.startswith("draw_"):
            return f"uniform(then, {draws.purpose(name[5:])!r})"
        if name.startswith("lasting_"):
            return f"item_uniform(key[i], {draws.purpose(name[8:])!r}, firm_key[j])"
        if name.startswith("link_"):
            return f"{name}[i]" if name[5:] in self.options["links"] else "1.0"
        if name in self.firm_columns:
            return f"{name}[j]"
        if name in self.scalars:
            return name
        if name.startswith("gain_"):
            earlier = ("served", "visit") if phase == "visit" else (phase,)
            return name if any(name[5:] in h.counts for p in earlier for h in self.hooks(p)) else "0"
        if (name, phase) == ("rate", "rate"):
            return "rate"
        known = EXPRESSION | IN_CONTRACTS if self.contracts else EXPRESSION
        return known[name] if name in known else repr(absent(name))

    def place(self, name: str) -> str:
        """Where a field of this customer, or customer and firm, rests; what is bought and paid is of the visit."""
        if name in OF_THE_VISIT:
            return name
        return f"{name}[i, j]" if self.fields[name].per_firm else f"{name}[i]"

    def appeal(self) -> list[str]:
        """The log of the weighted appeal of all known offers, 0 at base offers; only if a rate asks for it."""
        if not any("appeal" in inspect.signature(h.rule).parameters for h in self.hooks("rate")):
            return []
        gains = " + ".join(["-price_gap[j]", *(self.call(h) for h in self.hooks("appeal"))])
        return [
            "appeal = 0.0",
            "for j in range(FIRMS):",
            f"    gain = {gains}",
            "    if gain != 0.0:",
            "        appeal += prior[i, j] * math.expm1(min(700.0, beta[i] * gain))",
            "appeal = math.log1p(max(-0.9999999999999999, appeal))",
        ]

    def sensitivity(self) -> str:
        """What turns money into utility."""
        return "beta[i] * (cents / math.exp(basket_log[i]))" if self.options["proportional"] else "beta[i]"

    def response(self) -> list[str]:
        """How utility answers to a gain: by as much, or, where tastes answer, by what `taste` makes of it."""
        gain = (
            f"{self.sensitivity()} * ({' + '.join(['-price_gap[j]', *(self.call(h) for h in self.hooks('utility'))])})"
        )
        if not self.options["taste_shift"]:
            return [f"utility[j] = log_g[i, j] + {gain}"]
        return [f"shift = taste_scale * ({gain})", "utility[j] = log_g[i, j] + shift"]

    def taste(self) -> list[str]:
        """The strength of a firm whose shape is multiplied by exp(shift), at the customer's rank: from its table."""
        if not self.options["taste_shift"]:
            return []
        return [
            "if shift != 0.0:",
            "    row, column = shift_place(shift), rank_place(taste_rank[i, j])",
            "    k, m = np.int64(row), np.int64(column)",
            "    low = between(column - m, taste_tables[j, k, m], taste_tables[j, k, m + 1])",
            "    high = between(column - m, taste_tables[j, k + 1, m], taste_tables[j, k + 1, m + 1])",
            "    utility[j] = log_g[i, j] + between(row - k, low, high) + beyond(shift)",
        ]

    def basket(self) -> list[str]:
        """Spending of an occasion at base prices, in cents: fixed, or log-normal; the same whichever firm is chosen."""
        if not self.options["varying_basket"]:
            return ["cents = base_cents[i]"]
        draw = "normal(uniform(then, BASKET_SIZE))"
        return [f"cents = np.int64(max(1.0, math.exp(basket_log[i] + basket_sd * {draw}) + 0.5))"]

    def clock(self) -> list[str]:
        """The share of the week that is left after this occasion: occasions come in the order of time.

        Of the m occasions to come, m independent uniform times, the next leaves V^(1/m) of what was left.
        """
        return ["left *= math.exp(math.log(uniform(then, TIME)) / (many - occasion))"] if self.options["log"] else []

    def room(self) -> list[str]:
        """Stop early where the log may not hold another customer's week."""
        return [f"if log_at[0] + {ROOM} > len(log_customer):", "    return np.int64(i)"] if self.options["log"] else []

    def record(self) -> list[str]:
        """Lines that note the purchase in the panel and in the log."""
        panel = ["panel_visits[i, j] += 1", "panel_spend[i, j] += spend"] if self.options["panel"] else []
        if not self.options["log"]:
            return panel
        values = {
            "log_customer": "ids[i]",
            "log_week": "week",
            "log_occasion": "occasion",
            "log_firm": "j",
            "log_spend": "spend",
            "log_day": "7.0 * (week + (1.0 - left))",
        }
        return [*panel, "at = log_at[0]", *(f"{name}[at] = {values[name]}" for name in LOG), "log_at[0] = at + 1"]


LOG = ("log_customer", "log_week", "log_occasion", "log_firm", "log_spend", "log_day")


def fill(template: str, parts: dict[str, list[str] | str]) -> str:
    """Put lines (or a piece of a line) where the template names them; a line without content goes away."""
    out = []
    for line in template.splitlines():
        found = re.fullmatch(r"(\s*)\{(\w+)\}", line)
        if found and found[2] in parts:
            indent, lines = found[1], parts[found[2]]
            out += [indent + piece for entry in lines for piece in entry.splitlines()]
        else:
            out.append(re.sub(r"\{(\w+)\}", lambda m: str(parts.get(m[1], m[0])), line))
    return "\n".join(out) + "\n"


def assemble(mechanisms: list[Mechanism], scalars: set[str], firm_columns: set[str], options: dict) -> Step:
    """The step of a run.

    options : firms (how many), links (a set), varying_basket, proportional, taste_shift, panel, log
    contracts : constants of the contract market ({"BILLING": 4, ...}), none in an open one; theta : contract | customer
    """
    assembler = Assembler(mechanisms, scalars, firm_columns, options)
    body = assembler.source()
    used = [r for m in mechanisms for r in (*(h.rule for h in m.hooks), *m.rules) if r.__name__ in body]
    header = [
        '"""Assembled for one set of mechanisms; written by loyaltysim, do not edit."""',
        *sorted({f"# {r.__module__} {outside_hash(r)}" for r in used if not r.__module__.startswith("loyaltysim.")}),
        "import math",
        "import numpy as np",
        "from loyaltysim.mechanism.draws import FASTEST, OCCASION, child, count, item_uniform, normal, uniform, unit",
        *(
            ["from loyaltysim.market.tastes import between, beyond, rank_place, shift_place"]
            if options["taste_shift"]
            else []
        ),
        *sorted({f"from {r.__module__} import {r.__name__}" for r in used}),
        *(f"{name.upper()} = np.uint64({int(draws.purpose(name))})" for name in STEP_DRAWS),
        *(f"{name.upper()} = {k}" for k, name in enumerate(assembler.counts)),
        f"FIRMS = {options['firms']}",
        *(f"{name} = {value!r}" for name, value in options["contracts"].items()),
    ]
    source = "\n".join(header) + "\n" + body
    module = load(source)
    return Step(source, assembler.arguments, tuple(assembler.counts), module.step, compiled(module))


@cache
def package_hash() -> str:
    """A hash of every source file of the package: the key of the compile cache."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def rules_hash(count: int) -> str:
    """A hash of every file of the package that defines a rule; count : how many rules there are, so that it is new."""
    files = {
        Path(inspect.getfile(inspect.unwrap(r))) for r in rules.RULES[:count] if r.__module__.startswith("loyaltysim.")
    }
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def outside_hash(rule: Callable) -> str:
    """A hash of the file of a rule that is not part of the package: an edit there must assemble anew."""
    return hashlib.sha256(Path(inspect.getfile(rule)).read_bytes()).hexdigest()[:16]


def cache_folder() -> Path:
    """Where assembled and compiled steps rest: private to the user, one folder for each state of the rules."""
    import platformdirs

    top = os.environ.get("LOYALTYSIM_CACHE") or platformdirs.user_cache_dir("loyaltysim")
    folder = Path(top) / rules_hash(len(rules.RULES))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def load(source: str) -> ModuleType:
    """Write the assembled source to the cache folder and import it."""
    name = "step_" + hashlib.sha256(source.encode()).hexdigest()[:16]
    if name in sys.modules:
        return sys.modules[name]
    path = cache_folder() / f"{name}.py"
    if not path.exists():
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(source)
        temporary.replace(path)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def compiled(module: ModuleType) -> Callable:
    """The step of an assembled module, compiled on first use."""
    if not hasattr(module, "compiled"):
        from numba import njit
        from numba.extending import register_jitable

        for function in rules.RULES:
            if not hasattr(function, "jitable"):
                register_jitable(forceinline=True)(function)
                function.jitable = True
        module.compiled = njit(cache=True, nogil=True, error_model="numpy")(module.step)
    return module.compiled


def is_compiled(step: Step) -> bool:
    """Has this step been compiled before, in this process or in an earlier one?"""
    return bool(step.compiled.signatures) or any(cache_folder().rglob(f"{step.plain.__module__}*.nbi"))
