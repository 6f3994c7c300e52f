"""A need for contact: how often a customer wants to hear from a firm, and what too little or too much of it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, People, Role, Scene
from loyaltysim.mechanism.links import link, reference_mix
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Need:
    """Contacts a week that a customer wants, beyond what is usual in the market: `per_week`, times a link to
    relationship propensity (strength `lean`, mean 1). What a firm gives is a mean over about `memory` weeks.

        gain = worth x min(1, given / wanted) - bother x max(0, given - wanted)

    Nobody is given anything without a program, so that the gain is 0 then. Who is used to contact and gets less loses
    what it was worth; who wants little is soon bothered. Which of the two a customer is follows from `lean`.
    """

    per_week: float = term(0.05, "contacts per week", 0.0, 7.0, doc="that customers want in the mean")
    lean: float = term(0.0, "", -2.0, 2.0, doc="how strongly relationship propensity moves it; signed, 0 = no link")
    worth: float = term(0.02, "fraction of the reference price", 0.0, 2.0, doc="of being given all that is wanted")
    bother: float = term(
        0.0, "fraction of the reference price per contact a week", 0.0, 100.0, doc="of what is beyond it"
    )
    memory: float = term(13.0, "weeks", 0.1, 5200.0, doc="half-life of contacts in what a customer feels given")

    @property
    def keep(self) -> float:
        """What is left of the mean after a week."""
        return 0.5 ** (1.0 / self.memory)


@rule
def need_pull(here: Any, me: Any, terms: Any) -> float:
    """What the contacts that a firm gives are worth to who wants so many, as a fraction of the reference price; plain
    arithmetic, for one customer or all at once.
    """
    short = 1 - (here.given > me.wanted)
    part = terms.worth * here.given / (me.wanted + (me.wanted == 0.0))
    return short * part + (1 - short) * (terms.worth - terms.bother * (here.given - me.wanted))


@rule
def need_is_felt(here: Any, terms: Any, visit: Any) -> bool:
    """Was there a contact, or is one remembered? Where nobody minds either way nothing is."""
    return terms.worth + terms.bother > 0.0 and (visit.touches != 0 or here.given > 0.0)


@rule
def need_remembers(here: Any, terms: Any, visit: Any) -> None:
    """A week: the mean of contacts a week moves towards those of this one."""
    here.given = here.given * terms.keep + (1.0 - terms.keep) * visit.touches


@rule
def need_at_visit(here: Any, terms: Any, visit: Any) -> None:
    """At a visit: contacts there count like those of a week."""
    here.given = here.given + (1.0 - terms.keep) * visit.touches


def wants(population: People, terms: Need) -> np.ndarray:
    """Contacts a week that each customer wants, for life. -> (n,)"""
    mix = reference_mix(population.scenario.customers)
    found: np.ndarray = terms.per_week * link(terms.lean, population["rho"], mix)
    return found


def tell(scene: Scene) -> list[str]:
    """Enough, or too little again."""
    moved = int(scene.after["given"] >= scene.after["wanted"]) - int(scene.before["given"] >= scene.before["wanted"])
    if moved > 0:
        return scene.say(f"hears from {scene.firm} as often as wished", f"{scene.firm} 的联系已经够多")
    if moved < 0:
        return scene.say(f"hears from {scene.firm} less often than wished", f"{scene.firm} 的联系太少")
    return []


MECHANISM = Mechanism(
    name="need",
    level="behaviour",
    source="some customers crave contact and respect, others do not (source texts, S3-20); form and sizes assumed",
    terms=Need,
    neutral={"worth": 0.0, "bother": 0.0},
    fields={
        "wanted": Field(per_firm=False, dtype="float64", start=wants, unit="contacts per week"),
        "given": Field(per_firm=True, dtype="float64", start=0.0, unit="contacts per week, mean over the memory"),
    },
    roles={"touches": Role("times that a firm turned to the customer")},
    hooks=(
        Hook("week", need_remembers, when=need_is_felt, order=80),
        Hook("utility", need_pull),
        Hook("visit", need_at_visit, when=need_is_felt, order=80),
    ),
    tell=tell,
    order=42,
)
