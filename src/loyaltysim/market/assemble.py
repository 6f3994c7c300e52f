"""Put the rules of the active mechanisms into a customer's week, and name what they remember.

A rule says `here.balance`, `terms.threshold`, `visit.spend`; this file knows where such names rest in a run. It copies
each rule with its names resolved (what belongs to a mechanism that is not at work becomes the number that stands for
nothing happening), writes the calls into the week (week.py), and reads off the result which columns the records of
customers, offers and visits need. The assembled module imports nothing but mathematics: its text alone says what runs.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from loyaltysim.market import week
from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Hook, Mechanism
from loyaltysim.mechanism.names import CONTRACT_COUNTS, COUNTS, Names, Number, drawn, numbers, parsed

ROOM = 4096  # purchases of one customer in one week that the log always has room for
LOG = {"customer": "i8", "week": "i2", "occasion": "i2", "firm": "i1", "spend": "i8", "day": "f8"}
VISIT = {  # what the step notes of a visit beside counters and roles; scratch, nothing of it is kept
    "week": "i8", "occasion": "i8", "cents": "i8", "spend": "i8", "paid_cents": "f8", "utility": "f8", "waiting": "f8",
    "own": "f8", "lure": "f8", "sensitivity": "f8", "exits": "f8", "switches": "f8",
}  # fmt: skip
OFFER = {"key": "u8", "price_gap": "f8", "paid": "f8", "basket_sd": "f8", "present": "f8"}
SCRATCH = {"pace": "f8", "appeal": "f8"}  # of a customer, within a week
TAB = 4
WIDE = 80  # a longer call has its comment above it
LONGEST = 96  # characters of what adds to a utility, before it is told in two lines
NOBODY: frozenset[str] = frozenset()
STEPS_OWN = {**vars(week), "item_uniform": draws.item_uniform}  # what the names of the week mean


@dataclass(frozen=True)
class Question:
    """What of a scenario decides which lines the step has.

    constants : of a contract market (("BILLING", 4), ...), none in an open one
    """

    firms: int
    links: frozenset[str]
    varying_basket: bool
    proportional: bool
    taste_shift: bool
    panel: bool
    log: bool
    surplus: bool
    accounts: bool
    hazard_for_life: bool
    absences: bool
    constants: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Called:
    """A rule that the step calls, and the name of its mechanism."""

    mechanism: str
    rule: Callable[..., Any]


@dataclass(frozen=True)
class Assembled:
    """The step of a run as text, and which names its records hold.

    module : the whole text;  step : the week alone;  arguments : of the step after start, stop, week
    rules : those that the step calls, by their names there, in the order of the week
    people, pairs : columns of the population;  numbers : of an offer, by flat name
    offers, visits : dtypes of a row;  counts : the counters among the names of a visit, in their order
    """

    module: str
    step: str
    people: tuple[str, ...]
    pairs: tuple[str, ...]
    numbers: Mapping[str, Number]
    offers: np.dtype
    visits: np.dtype
    counts: tuple[str, ...]
    arguments: tuple[str, ...]
    rules: Mapping[str, Called]


class Assembler:
    """Turns the hooks of the active mechanisms into lines of the week."""

    def __init__(self, mechanisms: Sequence[Mechanism], known: Mapping[str, Mechanism], question: Question) -> None:
        self.mechanisms, self.question = mechanisms, question
        self.contracts = bool(question.constants)
        self.names = Names(known, {m.name for m in mechanisms}, question.links, self.contracts)
        base = {**COUNTS, **CONTRACT_COUNTS} if self.contracts else COUNTS
        self.counts = tuple(dict.fromkeys([*base, *(name for m in mechanisms for name in m.counts)]))
        self.functions: dict[str, str] = {}
        self.constants: dict[str, str] = {}
        self.called: dict[str, Called] = {}
        self.roles = self.live_roles()

    def source(self, template: Callable[..., Any]) -> tuple[str, str]:
        """The text of the assembled module, and of the step in it. template : a week of week.py"""
        lines = self.body(template)
        step = "\n".join(lines) + "\n"
        self.bring(ast.parse(step), vars(week))
        head = ['"""Assembled for one set of mechanisms; written by loyaltysim, do not edit."""', ""]
        head += ["from __future__ import annotations", "", "import math", "from collections import namedtuple", ""]
        head += ["import numpy as np", "", 'Others = namedtuple("Others", "here terms")']
        head += [f"{name} = {value}" for name, value in sorted(self.constants.items())]
        functions = [f"def {name}{text[text.index('(') :]}" for name, text in sorted(self.functions.items())]
        return "\n".join(head) + "\n\n\n" + "\n\n".join([*functions, step]), step

    # -- the hooks ----------------------------------------------------------------------------------------------------

    def hooks(self, phase: str) -> list[tuple[Mechanism, Hook]]:
        """The hooks of a phase that act beside the others at work, in their order."""
        names = {m.name for m in self.mechanisms}
        found = [(m.order if h.order is None else h.order, m, h) for m in self.mechanisms for h in m.hooks]
        acting = [(k, m, h) for k, m, h in found if h.phase == phase and names.issuperset(h.beside)]
        return [(m, h) for _, m, h in sorted(acting, key=lambda item: item[0]) if names.isdisjoint(h.unless)]

    def acting(self, *phases: str) -> Iterable[tuple[Mechanism, Callable[..., Any]]]:
        """Every rule that acts in some phases, its condition too."""
        for phase in phases:
            for m, h in self.hooks(phase):
                yield from ((m, rule) for rule in (h.rule, h.when) if rule is not None)

    def live_roles(self) -> dict[str, frozenset[str]]:
        """Roles that somebody plays and somebody asks for, by the stretch of the week: at a visit, or before."""
        live = {}
        for stretch, phases in {"week": ("week",), "begin": ("served", "visit", "leave")}.items():
            uses = [self.names.roles_of(rule) for _, rule in self.acting(*phases)]
            read, written = (set().union(*(use[k] for use in uses)) if uses else set() for k in (0, 1))
            live[stretch] = frozenset(read & written)
        return live

    def calls(self, phase: str) -> list[str]:
        """The lines of a phase."""
        lines = [f"visit.{role} = 0" for role in sorted(self.roles.get(phase, ()))]
        stretch = "week" if phase == "week" else "begin"
        for mechanism, hook in self.hooks(phase):
            lines += self.call(mechanism, hook, self.roles[stretch])
        return lines

    def call(self, mechanism: Mechanism, hook: Hook, roles: frozenset[str]) -> list[str]:
        """The draws that a rule asks for, and its call; all under its condition."""
        parameters = list(inspect.signature(hook.rule).parameters)
        lines = [f"{name} = {self.luck(name, hook.phase)}" for name in parameters if drawn(name)]
        if "others" in parameters:
            lines.append("others = Others(pairs[i], offers)")
        said = f"{self.name(hook.rule, mechanism, roles)}({', '.join(parameters)})"
        why = f"  # {mechanism.name}"
        if hook.phase == "known":
            lines += [f"if {said} == 0:{why}", " " * TAB + "continue"]
        elif hook.phase == "worth":
            lines.append(f"me.surplus += money({said}, cents, sensitivity){why}")
        elif hook.phase in ("utility", "appeal"):
            factors = f"gain += {self.scaled(mechanism, hook)}{self.pull(mechanism, hook, roles)}"
            if len(factors + said) > LONGEST:
                lines += [why.strip(), f"brought = {said}", f"{factors}brought"]
            else:
                lines += [why.strip(), factors + said] if len(factors + said) > WIDE else [factors + said + why]
        elif hook.phase in ("leave", "end"):
            lines += [f"if {said} == 1:{why}", " " * TAB + "me.status = 2"]
            lines += [" " * TAB + "break"] if hook.phase == "leave" else []
        elif len(said) > WIDE:
            lines += [why.strip(), said]
        else:
            lines.append(said + why)
        if hook.when is None:
            return lines
        asked = f"{self.name(hook.when, mechanism, roles)}({', '.join(inspect.signature(hook.when).parameters)})"
        return [f"if {asked}:{why}", *(" " * TAB + line for line in lines)]

    def scaled(self, mechanism: Mechanism, hook: Hook) -> str:
        """What a reward is a share of, `terms.paid * `: in a utility all rewards are told per unit of what is paid, in
        an appeal those that are earned on spending; "" for anything else.
        """
        on_spending = mechanism.reward_rate is not None
        per_visit = mechanism.reward_visit is not None and hook.phase == "utility"
        return "terms.paid * " if on_spending or per_visit else ""

    def pull(self, mechanism: Mechanism, hook: Hook, roles: frozenset[str]) -> str:
        """The factors of what a reward adds to a utility, `freshness(here, terms, visit) * `; "" for anything else."""
        if hook.phase != "utility" or (mechanism.reward_rate is None and mechanism.reward_visit is None):
            return ""
        found = [(self.name(h.rule, m, roles), inspect.signature(h.rule).parameters) for m, h in self.hooks("pull")]
        return "".join(f"{name}({', '.join(parameters)}) * " for name, parameters in found)

    def name(self, rule: Callable[..., Any], mechanism: Mechanism, roles: frozenset[str]) -> str:
        """The name by which the step calls a rule."""
        name = self.copy(rule, mechanism, roles)
        self.called[name] = Called(mechanism.name, rule)
        return name

    def luck(self, name: str, phase: str) -> str:
        """The keyed uniform behind a name: of this week and firm, of this occasion, or of this customer for life."""
        kind, _, purpose = name.partition("_")
        listed = purpose in draws.PURPOSES
        address = draws.purpose(purpose) if listed else draws.named_purpose(purpose)
        self.constants[f"DRAW_{purpose.upper()}"] = repr(address)
        self.bring(ast.parse("item_uniform, uniform, child"), vars(draws))
        if kind == "lasting":
            return f"item_uniform(me.key, DRAW_{purpose.upper()}, terms.key)"
        if phase == "week":
            return f"item_uniform(child(me.key, np.uint64(week)), DRAW_{purpose.upper()}, terms.key)"
        return f"uniform(then, DRAW_{purpose.upper()})"

    # -- copies of rules ----------------------------------------------------------------------------------------------

    def copy(self, function: Callable[..., Any], mechanism: Mechanism | None, roles: frozenset[str] = NOBODY) -> str:
        """Copy a function into the module with its names resolved, and what it calls; -> its name there."""
        tree, text = parsed(function)
        changes = self.names.resolved(function, mechanism, set(roles))
        renamed = self.bring(tree, function.__globals__, mechanism, roles)
        changes += [(n, renamed[n.id]) for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in renamed]
        text = without_idle(replaced(text, changes))
        name = self.free(function.__name__, function, text)
        self.functions[name] = text
        return name

    def bring(
        self,
        tree: ast.AST,
        known: Mapping[str, Any],
        mechanism: Mechanism | None = None,
        roles: frozenset[str] = NOBODY,
    ) -> dict[str, str]:
        """Bring along what a text calls and which constants it reads; -> those that have another name here."""
        nodes = list(ast.walk(tree))
        own = {n.arg for n in nodes if isinstance(n, ast.arg)}
        own |= {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        used = {n.id for n in nodes if isinstance(n, ast.Name)} - own
        renamed = {}
        for name in sorted(used & known.keys()):
            value = known[name]
            if isinstance(value, (int, float, tuple, np.number)):
                renamed[name] = self.free(name, value, repr(value))
                self.constants[renamed[name]] = repr(value)
            elif inspect.isfunction(value):
                renamed[name] = self.copy(value, mechanism, roles)
        return {name: new for name, new in renamed.items() if name != new}

    def free(self, name: str, value: Any, text: str) -> str:
        """A name for a function or constant of this text: its own, unless another or the week itself has it."""
        taken = self.functions | self.constants
        if STEPS_OWN.get(name) is not value and (name in words_of_the_week() or name.startswith("DRAW_")):
            taken.setdefault(name, "")
        return free(name, taken, text)

    # -- the week -----------------------------------------------------------------------------------------------------

    def body(self, template: Callable[..., Any]) -> list[str]:
        """The lines of the step."""
        q = self.question
        options = {
            "LOGGED": q.log,
            "PANEL": q.panel,
            "SURPLUS": q.surplus,
            "ACCOUNTS": q.accounts,
            "GROWING": bool(self.hooks("worth")),
            "VARYING_BASKET": q.varying_basket,
            "PROPORTIONAL": q.proportional,
            "TASTE_SHIFT": q.taste_shift,
            "HAZARD_FOR_LIFE": q.hazard_for_life,
            "ABSENCES": q.absences,
            "WEEKLY": bool(self.hooks("week")),
            "RATES_MOVE": bool(self.hooks("rate")),
            "APPEALING": any("me.appeal" in parsed(rule)[1] for _, rule in self.acting("rate")),
            "ENDING": bool(self.hooks("end")),
            "BELIEVING": any(m.name == "found_out" for m in self.mechanisms),
        }
        self.constants |= {"FIRMS": repr(q.firms), "ROOM": repr(ROOM)}
        self.constants |= {name: repr(value) for name, value in q.constants}
        lines = Weaver(options, self.calls).function(template)
        text = "\n".join(lines)
        for purpose in ("count", "time", "choice", "basket_size", "renewal", "switch", "theta"):
            if f"DRAW_{purpose.upper()}" in text:
                self.constants[f"DRAW_{purpose.upper()}"] = repr(draws.purpose(purpose))
        names = {n.id for n in ast.walk(ast.parse("if 1:\n" + text)) if isinstance(n, ast.Name)} | {"week"}
        self.arguments = tuple(name for name in inspect.signature(template).parameters if name in names)
        head = ["def step(", *wrapped(self.arguments, 116), "):"]
        return [*head, *lines]


class Weaver:
    """Writes a week out: pieces in their places, conditions of the run decided, the calls of rules in theirs."""

    def __init__(self, options: Mapping[str, bool], rules: Callable[[str], list[str]]) -> None:
        self.options, self.rules = options, rules

    def function(self, template: Callable[..., Any]) -> list[str]:
        """The body of a template function, its docstring first."""
        tree, text = parsed(template)
        function = tree.body[0]
        assert isinstance(function, ast.FunctionDef)
        return self.block(function.body, text.splitlines(), TAB, function.body[0].lineno - 1)

    def piece(self, name: str, indent: int) -> list[str]:
        """The body of a piece, without its docstring."""
        tree, text = parsed(getattr(week, name))
        function = tree.body[0]
        assert isinstance(function, ast.FunctionDef)
        return self.block(function.body[1:], text.splitlines(), indent, function.body[0].end_lineno or 0)

    def block(self, statements: Sequence[ast.stmt], lines: list[str], indent: int, after: int) -> list[str]:
        """Statements at an indentation, each with the comments above it. after : the line that ended before them"""
        out: list[str] = []
        for statement in statements:
            shift = indent - statement.col_offset
            comments = [line for line in lines[after : statement.lineno - 1] if line.strip()]
            out += moved(comments, shift) + self.statement(statement, lines, indent)
            after = statement.end_lineno or after
        return out

    def statement(self, s: ast.stmt, lines: list[str], indent: int) -> list[str]:
        """One statement: a piece, calls of rules, a condition of the run, a block, or lines as they stand."""
        shift = indent - s.col_offset
        if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call) and isinstance(s.value.func, ast.Name):
            name, arguments = s.value.func.id, s.value.args
            if name == "rules" and isinstance(arguments[0], ast.Constant):
                return moved(self.rules(str(arguments[0].value)), indent)
            if not arguments and inspect.isfunction(getattr(week, name, None)):
                return self.piece(name, indent)
        if isinstance(s, ast.If) and isinstance(s.test, ast.Name) and s.test.id in self.options:
            chosen = s.body if self.options[s.test.id] else s.orelse
            return self.block(chosen, lines, indent, chosen[0].lineno - 1) if chosen else []
        if isinstance(s, (ast.If, ast.For, ast.While)):
            out = moved(lines[s.lineno - 1 : s.body[0].lineno - 1], shift)
            out += self.block(s.body, lines, indent + TAB, s.body[0].lineno - 1)
            if s.orelse:
                between = lines[s.body[-1].end_lineno : s.orelse[0].lineno - 1]
                deeper = TAB if between else 0
                out += moved(between, shift) + self.block(s.orelse, lines, indent + deeper, s.orelse[0].lineno - 1)
            return out
        return moved(lines[s.lineno - 1 : s.end_lineno], shift)


@cache
def words_of_the_week() -> frozenset[str]:
    """Names that the week uses or Python has: no rule and no constant of a mechanism may stand for them."""
    tree = ast.parse(inspect.getsource(week))
    pieces = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
    nodes = list(ast.walk(tree))
    found = {n.id for n in nodes if isinstance(n, ast.Name)} | {n.arg for n in nodes if isinstance(n, ast.arg)}
    return frozenset((found - pieces) | {"item_uniform", "step", "Others", "others", *dir(builtins)})


def moved(lines: Iterable[str], shift: int) -> list[str]:
    """Lines further in, or out."""
    return [" " * shift + line if shift >= 0 else line[-shift:] for line in lines]


def wrapped(words: Sequence[str], width: int) -> list[str]:
    """Words with commas behind them, in indented lines."""
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) + 2 > width:
            lines.append(line)
            line = ""
        line += f"{word}, "
    return [" " * TAB + line.rstrip() for line in [*lines, line]]


def replaced(text: str, changes: Iterable[tuple[ast.expr | ast.stmt, str]]) -> str:
    """A text with some of its nodes said otherwise."""
    lines = [line.encode() for line in text.splitlines()]
    for node, new in sorted(changes, key=lambda c: (c[0].lineno, c[0].col_offset), reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        tail = lines[last][node.end_col_offset :]
        lines[first : last + 1] = [lines[first][: node.col_offset] + new.encode() + tail]
    return "\n".join(line.decode() for line in lines) + "\n"


def without_idle(text: str) -> str:
    """A text without the statements that do nothing, where others stand beside them."""
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            idle = [s for s in block if isinstance(s, ast.Pass)] if isinstance(block, list) else []
            for statement in idle if idle != block else idle[1:]:
                lines[statement.lineno - 1] = ""
    return "".join(lines)


def free(name: str, taken: Mapping[str, str], text: str) -> str:
    """A name for a text among others: its own, or with a number behind it where that means something else."""
    found, k = name, 2
    while taken.get(found, text) != text:
        found, k = f"{name}_{k}", k + 1
    return found


def used(text: str) -> dict[str, set[str]]:
    """Which names an assembled module reads or writes of people, pairs, offers and visits."""
    rows = {"me": "people", "here": "pairs", "terms": "offers", "visit": "visits"}
    rows |= {name: name for name in rows.values()}
    found: dict[str, set[str]] = {name: set() for name in rows.values()}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            base: ast.expr = node.value
            base = base.value if isinstance(base, ast.Subscript) else base
            name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
            found.get(rows.get(name, ""), set()).add(node.attr)
    return found


@cache
def assemble(mechanisms: tuple[Mechanism, ...], every: tuple[Mechanism, ...], question: Question) -> Assembled:
    """The step of a run as text, and what its records hold; worked out once in a process, for all its seeds.

    every : all mechanisms there are, at work or not
    """
    known = {m.name: m for m in every}
    assembler = Assembler(mechanisms, known, question)
    module, step = assembler.source(week.contract_week if assembler.contracts else week.open_week)
    names, counts = used(module), assembler.counts
    if assembler.contracts:
        usual = numbers(known["renewal"])["usual_pull"]
        assembler.names.numbers[usual.flat] = usual
    offers: list[tuple[Any, ...]] = [(name, kind) for name, kind in OFFER.items() if name in names["offers"] | {"key"}]
    offers += [(n.flat, n.dtype, n.width) for n in assembler.names.numbers.values() if n.flat in names["offers"]]
    visits = [(name, kind) for name, kind in VISIT.items() if name in names["visits"] | {"week"}]
    visits += [(name, "i8") for name in sorted(names["visits"] - VISIT.keys() - set(counts))]
    return Assembled(
        module=module,
        step=step,
        arguments=assembler.arguments,
        rules=assembler.called,
        people=tuple(sorted(names["people"])),
        pairs=tuple(sorted(names["pairs"])),
        numbers={n.flat: n for n in assembler.names.numbers.values() if n.flat in names["offers"]},
        offers=np.dtype(offers, align=True),
        visits=np.dtype([*visits, *((name, "i8") for name in counts)], align=True),
        counts=counts,
    )


@dataclass(frozen=True)
class Expecting:
    """A week by chances instead of luck, as text. module : the whole text;  arguments : after start, stop, week"""

    module: str
    arguments: tuple[str, ...]


@cache
def expecting(mechanisms: tuple[Mechanism, ...], every: tuple[Mechanism, ...], question: Question) -> Expecting:
    """What customers of an open market would buy, on the records of the step that `assemble` makes of the same."""
    assembler = Assembler(mechanisms, {m.name: m for m in every}, question)
    module, _ = assembler.source(week.expected_week)
    return Expecting(module, assembler.arguments)
