"""The pieces of a mechanism: what it remembers, what it asks for, and when it acts.

A mechanism owns its file. The file declares fields (what is remembered per customer, or per customer and firm), terms
(what a scenario may set; properties are numbers worked out of them), and hooks: rules with the phase of the week in
which they act. A rule names what it needs by attributes of a few things, `points_pull(here, me, terms, visit)`: see
names.py for what there is.

    phase      called                                          does
    week       for each customer and firm, before shopping     changes fields, counts
    rate       for each customer                               changes me.pace, the purchase rate of this week
    appeal     for each firm, if a rate asks for me.appeal     returns a gain, as a fraction of the reference price
    known      for each firm at an occasion                    returns 0 where the firm cannot be chosen
    utility    for each firm at an occasion                    returns a gain, as a fraction of the reference price
    pull       beside the utility of a reward                  returns a factor: how strongly rewards pull now
    served     at the till of the firm, before it closes       changes visit.cents, visit.spend, fields, counts
    visit      after the till                                  changes fields, counts
    leave      after a visit                                   returns 1 where the customer leaves for good
    end        at the end of a customer's week                 returns 1 where the customer leaves for good
    lure       for each rival at a renewal                     changes visit.utility
    renew      at a renewal                                    sets visit.exits and visit.switches, odds
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from loyaltysim.scenario.model import Scenario

PHASES = (
    "week",
    "rate",
    "known",
    "utility",
    "pull",
    "appeal",
    "worth",
    "served",
    "visit",
    "leave",
    "end",
    "lure",
    "renew",
)


class People(Protocol):
    """All customers, one row each: what a field is born from, and what acts between the weeks may change in place.

    columns : of the traits and fields at work, by name, (n,) or (n, n_firms); `people[name]` is one
    ids     : (n,) as fixed at birth, rising
    """

    scenario: Scenario
    n: int
    ids: np.ndarray
    columns: dict[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray: ...

    def lasting(self, purpose: str, item: str | None = None) -> np.ndarray:
        """One keyed uniform a customer that holds for life. -> (n,) in (0, 1)"""

    def weekly(self, purpose: str, week: int, item: str | None = None) -> np.ndarray:
        """One keyed uniform a customer for a week. item : of what else, a firm's luck say. -> (n,) in (0, 1)"""

    def beta(self, a: float, b: float, u: np.ndarray) -> np.ndarray:
        """The Beta(a, b) quantile of uniforms."""

    def known(self) -> np.ndarray:
        """Which firms each customer knows at birth. -> (n, n_firms) bool"""


class Competitor(Protocol):
    """A firm: what it runs and spends this week, and the sums of its counters since the start, by name."""

    running_program: Mapping[str, Any]
    acquisition: float
    totals: Mapping[str, int]


class World(Protocol):
    """A market between two weeks, as mechanisms see it that act on all customers at once (`each_week`, `around`).

    population, firms      the customers; the firms by id
    terms, root_seed, week the scenario, the seed, weeks since the start
    shown, surroundings    the offers of each week, and what each week had in common (`around`), the latest last
    weekly                 (n_firms, n_counts) counters of each week;  assembled : the step, with `counts`, their names
    contracts, held        constants of contracts, none in an open market; there, each firm's customers
    network                who hears whom, once somebody has built it
    """

    population: People
    firms: Mapping[str, Competitor]
    terms: Scenario
    root_seed: int
    week: int
    shown: Sequence[Mapping[str, Any]]
    surroundings: Sequence[Mapping[str, np.ndarray]]
    weekly: Sequence[np.ndarray]
    assembled: Any
    contracts: Mapping[str, float]
    held: np.ndarray
    network: Any

    def books_of(self, place: int, weeks: int) -> Mapping[str, tuple[int, ...]]:
        """A firm's ledger lines over the first so many weeks, in cents. place : of the firm"""

    def rows_of(self, offers: Mapping[str, Any], around: Mapping[str, np.ndarray]) -> np.ndarray:
        """What rules read of offers, in what a week had in common. -> (n_firms,) records"""


@dataclass(frozen=True)
class Field:
    """Something remembered: dtype (fixed, or as the scenario needs), value at birth (a number, or a function of the
    population), unit.

    parts : names of the places of a field with a small fixed width (here.sides[0], here.sides[1], ...)
    width : how many places a scenario needs (here.batches[k] for k below len(here.batches)); None = one number
    idle : what rules read where its mechanism is not at work, of a field with a function; None = they may not
    of : the field of another mechanism of which this tells more, and with which it is forgotten
    now : of a field whose places are a ring, (market, place of the firm) -> the number whose place was written last
    """

    per_firm: bool
    dtype: str | Callable[[Scenario], str]
    start: float | int | Callable[[People, Any], np.ndarray] = 0
    unit: str = ""
    parts: tuple[str, ...] = ()
    idle: float | int | None = None
    width: Callable[[Scenario], int] | None = None
    of: str = ""
    now: Callable[[World, int], int] | None = None

    def kind(self, scenario: Scenario) -> np.dtype:
        """The dtype of one place in a run of a scenario."""
        return np.dtype(self.dtype(scenario) if callable(self.dtype) else self.dtype)

    def places(self, scenario: Scenario) -> int:
        """How many numbers it holds of a customer (and firm) in a run of a scenario."""
        return max(1, len(self.parts) if self.width is None else self.width(scenario))


@dataclass(frozen=True)
class Role:
    """Something that happens at a visit, whoever brings it about: rules add to it, later rules read it.

    It is 0 when a visit begins (and when a week begins, for what happens between visits).
    """

    meaning: str


ROLES = {
    "failed": Role("visits that failed"),
    "complained": Role("complaints about this visit"),
    "recovered": Role("complaints made good"),
    "returned": Role("purchases taken back"),
    "refused": Role("purchases not taken back"),
    "answered": Role("answers to what was said"),
    "reward_earned": Role("units of a reward that this visit earned"),
    "reward_given": Role("rewards received"),
    "points_in": Role("thousandths of a point that came to the balance"),
}


@dataclass(frozen=True)
class Hook:
    """A rule and the phase in which it acts.

    when   : a rule that says where it acts; elsewhere it would change nothing and is not asked
    beside, unless : names of mechanisms with all of which, and without any of which, the rule acts
    order  : place within the phase where that differs from the mechanism's own
    """

    phase: str
    rule: Callable[..., Any]
    when: Callable[..., Any] | None = None
    beside: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    order: int | None = None


class Worth(NamedTuple):
    """What a stock is worth: so many units of it, as they are counted, are a reward that costs the firm `cost` and that
    a customer would otherwise pay `price` for, cents. lapse : age in weeks, from the first week of those whose units
    lapse together, at which it lapses whatever its holder does; -1 = it does not
    """

    units: int
    cost: int
    price: int
    lapse: int = -1


@dataclass(frozen=True)
class Stock:
    """Something that customers hold and that is neither made nor lost: issued = the sum of `gone` + held.

    issued, gone : counters of the firm;  held : the field that holds it. Checked in every run.
    closed : the way in which what is held goes when the component ends; "" = it stays with the customer
    elsewhere : counters of other mechanisms by which it also goes; 0 where nobody counts them
    per : how many make one as people count them
    worth : terms -> what it is worth: `book` owes units held x cost // units, the journal says so; None = nothing
    """

    issued: str
    gone: tuple[str, ...]
    held: str
    closed: str = ""
    elsewhere: tuple[str, ...] = ()
    per: int = 1
    worth: Callable[[Any], Worth] | None = None


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
    currency      the unit of money in the language of the diary
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
    currency: str = ""

    def money(self, cents: float) -> str:
        """An amount with its unit."""
        return f"{cents / 100:.2f} {self.currency}".rstrip()

    def say(self, english: str, chinese: str) -> list[str]:
        """One phrase, in the language of the diary."""
        return [chinese if self.lang == "zh" else english]

    def crossed(self, name: str, level: float) -> int:
        """1 if a number rose to a level in this week, -1 if it fell below it, else 0."""
        return int(self.after[name] >= level) - int(self.before[name] >= level)


@dataclass(frozen=True, eq=False)
class Mechanism:
    """One way in which customers respond or programs act.

    level       "behaviour": one for the market; "program": one per firm
    terms       the dataclass of its keys; `neutral` names the values at which it changes nothing
    neutral     also stands for a firm that has no such component
    derive      (terms or None, context) -> numbers beyond the terms and their properties, in a NamedTuple: those that
                depend on the scenario (behaviour) or on the firm's whole program, name -> terms
    needs       mechanisms that must be active with this one
    ahead       numbers of a program that whoever reads them expects of the coming year, as far as it is announced
    counts      weekly counters of a firm, name -> unit
    book        (totals since the start, terms) -> {ledger line: cents since the start}; of behaviour at every firm
    reward_rate expected reward per unit of spending, as the customer values it;  reward_visit: per visit, in money;
                dues: what membership costs a year, in money
    gives       terms -> does membership bring anything
    wanted      scenario -> active although no component of its name is configured
    each_week   (market, terms) -> None: acts on the population before customers shop
    check       terms -> [(key, problem)]: conditions between keys
    alone       (terms, scenario) -> the terms with which it moves choices where no firm has a program; none = it does
                not, and the market needs no refit
    fits        (terms, scenario) -> [(key, problem)]: conditions that involve the rest of the scenario
    roles       what may happen at a visit, beside ROLES
    draws       purposes of its rules' draws that are not in `draws.PURPOSES`: they have their address by name
    around      (market, terms) -> {name: array}: what this week's customers have in common or hear from each other;
                recorded, and replayed in worlds that live through another's record. `around_columns` names those of
                shape (n_firms,) that the step reads, each with the number that stands for it where the mechanism is
                not at work; others, such as (n, n_firms), are for `each_week`
    setting     the only market.setting in which it acts; "" = any
    stocks      what its customers hold and the firm owes
    forfeits    (people, terms, place of the firm) -> (n,) bool: to whom the program of the firm owes nothing any more
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
    neutral: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()
    derive: Callable[[Any, Any], Any] | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)
    hooks: tuple[Hook, ...] = ()
    counts: Mapping[str, str] = field(default_factory=dict)
    book: Callable[[Mapping[str, int], Any], Mapping[str, int]] | None = None
    reward_rate: Callable[[Any], float] | None = None
    reward_visit: Callable[[Any], float] | None = None
    dues: Callable[[Any], float] | None = None
    gives: Callable[[Any], bool] | None = None
    wanted: Callable[[Scenario], bool] | None = None
    each_week: Callable[[World, Any], None] | None = None
    check: Callable[[Any], list[tuple[str, str]]] | None = None
    alone: Callable[[Any, Scenario], Mapping[str, float]] | None = None
    fits: Callable[[Any, Scenario], list[tuple[str, str]]] | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    draws: tuple[str, ...] = ()
    around: Callable[[World, Any], Mapping[str, np.ndarray]] | None = None
    around_columns: Mapping[str, float] = field(default_factory=dict)
    setting: str = ""
    stocks: tuple[Stock, ...] = ()
    forfeits: Callable[[People, Any, int], np.ndarray] | None = None
    amplifiers: Mapping[str, Amplifier] = field(default_factory=dict)
    generosity: str | None = None
    cost: str | None = None
    priced: str | None = None
    own: bool = False
    tell: Callable[[Scene], list[str]] | None = None
    order: int = 50
