"""The pieces of a mechanism: what it remembers, what it asks for, and when it acts.

A mechanism owns its file. The file declares fields (what is remembered per customer, or per customer and firm),
terms (what a scenario may set), columns (the numbers that the step reads), and hooks: rules with the phase of the
week in which they act. A rule names what it needs by its argument names; the step binds them:

    a field            of this customer (and of this firm, where it has one value per firm)
    a column           of this firm (program) or of the market (behaviour)
    draw_<purpose>     the keyed uniform of this occasion; in the phase `week`, of this week and firm
    lasting_<purpose>  the keyed uniform of this customer and firm that holds for life
    link_<effect>      the customer's link for that effect (1 when no link is set)
    gain_<counter>     at a visit: what an earlier rule of this visit added to a counter of the firm; in every case, so
                       its hook has no `only`
    week, occasion, cents, spend, rate, beta, rho, eligible, and what the phase offers (see `market/step.py`)

What belongs to a mechanism that is not at work stands for nothing happening: its field at birth, its column without the
component, a gain of 0. So a bond can ask for failures in a market where no visit fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

PHASES = ("week", "rate", "known", "utility", "appeal", "served", "visit", "leave", "end")


@dataclass(frozen=True)
class Field:
    """Something remembered: dtype, value at birth (a number, or a function of the population), unit."""

    per_firm: bool
    dtype: str
    start: float | int | Callable = 0
    unit: str = ""


@dataclass(frozen=True)
class Hook:
    """A rule and the phase in which it acts.

    sets   : fields that take the returned values, in order; in the phase `served`, before the till closes, also `cents`
             (the basket at base prices) and `spend` (what is paid for it in the end)
    counts : weekly counters of the firm that grow by the returned values, in order, after `sets`
    only   : a condition on fields and columns; elsewhere the rule would change nothing and is not asked
    beside, unless : names of mechanisms with all of which, and without any of which, the rule acts
    order  : place within the phase where that differs from the mechanism's own
    """

    phase: str
    rule: Callable
    sets: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    only: str | None = None
    beside: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    order: int | None = None


@dataclass(frozen=True)
class Stock:
    """Something that customers hold and that is neither made nor lost: issued = the sum of `gone` + held.

    issued, gone : counters of the firm;  held : the field that holds it. Checked in every run.
    """

    issued: str
    gone: tuple[str, ...]
    held: str


@dataclass(frozen=True)
class Amplifier:
    """Something that makes a response larger than the plain money would: its name in words, the terms without it."""

    label: str
    off: Mapping[str, Any]
    chinese: str = ""


@dataclass(frozen=True)
class Scene:
    """A customer's week with one firm, for a mechanism to tell what it did in it.

    terms         of the mechanism, at this firm or in the market
    before, after what the customer remembered (of this firm) at the ends of the week, by column
    visits, spent purchases at this firm in the week, cents
    counts        what this customer added to the firm's counters in the week, by name: what happened, not what it left
    """

    lang: str
    firm: str
    place: int
    terms: Any
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    visits: int
    spent: int
    week: int
    counts: Mapping[str, int] = field(default_factory=dict)

    def say(self, english: str, chinese: str) -> list[str]:
        """One phrase, in the language of the diary."""
        return [chinese if self.lang == "zh" else english]

    def crossed(self, name: str, level: float) -> int:
        """1 if a number rose to a level in this week, -1 if it fell below it, else 0."""
        return int(self.after[name] >= level) - int(self.before[name] >= level)


@dataclass(frozen=True)
class Mechanism:
    """One way in which customers respond or programs act.

    level       "behaviour": one for the market; "program": one per firm
    terms       the dataclass of its keys; `neutral` names the values at which it changes nothing
    columns     (terms, context) -> {column: number}. For a behaviour, context is the scenario; for a program it is the
                firm's whole program (name -> terms) and terms is None where the firm has no such component
    needs       mechanisms that must be active with this one
    counts      weekly counters of a firm, name -> unit
    book        (totals since the start, terms) -> {ledger line: cents since the start}
    reward_rate expected reward per unit of spending, as the customer values it;  reward_visit: per visit, in money
    gives       terms -> does membership bring anything
    wanted      scenario -> active although no component of its name is configured
    each_week   (market, terms) -> None: acts on the population before customers shop
    check       terms -> [(key, problem)]: conditions between keys
    alone       (terms, scenario) -> the terms with which it moves choices where no firm has a program; none = it does
                not, and the market needs no refit
    fits        (terms, scenario) -> [(key, problem)]: conditions that involve the rest of the scenario
    rules       rules that the step calls by name, beside those of the hooks
    around      (market, terms) -> {name: array}: what this week's customers have in common or hear from each other;
                recorded, and replayed in worlds that live through another's record. `around_columns` names those of
                shape (n_firms,) that the step reads, each with the number that stands for it where the mechanism is
                not at work; others, such as (n, n_firms), are for `each_week`
    setting     the only market.setting in which it acts; "" = any
    stocks      what its customers hold and the firm owes
    amplifiers  name -> amplifier: what a study switches off to see how much it adds; mechanisms may share a name
    generosity  the term whose scale makes a program more generous;  cost: the term that says what a unit of face value
                costs the firm
    priced      the term that a comparison at equal budget turns, where a more generous program costs nothing by itself
    own         what befalls one firm alone: who imitates its program does not get it
    tell        scene -> phrases: what a customer's diary says of it
    order       place among the mechanisms within a phase
    """

    name: str
    level: str
    source: str
    terms: type
    columns: Callable[[Any, Any], Mapping[str, float | int]]
    neutral: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    hooks: tuple[Hook, ...] = ()
    counts: Mapping[str, str] = field(default_factory=dict)
    book: Callable[[Mapping[str, int], Any], Mapping[str, int]] | None = None
    reward_rate: Callable[[Any], float] | None = None
    reward_visit: Callable[[Any], float] | None = None
    gives: Callable[[Any], bool] | None = None
    wanted: Callable[[Any], bool] | None = None
    each_week: Callable[[Any, Any], None] | None = None
    check: Callable[[Any], list[tuple[str, str]]] | None = None
    alone: Callable[[Any, Any], Mapping[str, float]] | None = None
    fits: Callable[[Any, Any], list[tuple[str, str]]] | None = None
    rules: tuple[Callable, ...] = ()
    around: Callable[[Any, Any], Mapping[str, Any]] | None = None
    around_columns: Mapping[str, float] = field(default_factory=dict)
    setting: str = ""
    stocks: tuple[Stock, ...] = ()
    amplifiers: Mapping[str, Amplifier] = field(default_factory=dict)
    generosity: str | None = None
    cost: str | None = None
    priced: str | None = None
    own: bool = False
    tell: Callable[[Scene], list[str]] | None = None
    order: int = 50
