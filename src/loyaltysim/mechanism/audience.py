"""Whom a touchpoint or an offer is for: everyone, members, whom the firm takes for relational, or whom its records
single out; the same for all.

A firm does not see relationship propensity. It guesses, as well as its data are reliable:

    estimate = sqrt(reliability) z + sqrt(1 - reliability) e

z the normal score of the customer's propensity in its mix, e a keyed draw for customer and firm that holds for life
(behaviour/estimate.py). The audience `estimated` is the `estimated_share` of customers with the highest estimate, where
it is below 0 that with the lowest; whether they are members does not matter, since an offer to join has an audience of
its own. The audience `targeted` is whom the firm's own `targeting` addresses (programs/targeting.py): by value, risk or
lot, from its log.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy import special

from loyaltysim.mechanism.declare import People
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term

FAR = 100.0  # an estimate that nobody has


EVERYBODY = ("everyone", "member", "estimated", "targeted")


def audience(default: str, doc: str, choices: tuple[str, ...] = EVERYBODY) -> Any:
    """The key of an audience."""
    return term(default, "", choices=choices, doc=doc)


@dataclass(frozen=True)
class Audience:
    """The keys of whatever has an audience; a component gives `audience` its own default."""

    audience: str = audience("everyone", "who is addressed")
    reliability: float = term(
        0.3, "share of variance", 0.0, 1.0,
        doc="audience estimated: of the firm's estimate of relationship propensity; 1 = known, 0 = guessed",
    )  # fmt: skip
    estimated_share: float = term(
        0.5, "share of customers", -1.0, 1.0,
        doc="audience estimated: whom the firm takes for the most relational; below 0 the least",
    )  # fmt: skip

    @property
    def members(self) -> bool:
        """Are only members addressed?"""
        return self.audience == "member"

    @property
    def estimated(self) -> bool:
        """Is it the firm's estimate that decides?"""
        return self.audience == "estimated"

    @property
    def targeted(self) -> bool:
        """Is it the firm's record that decides?"""
        return self.audience == "targeted"

    @property
    def known(self) -> float:
        """What propensity counts in the estimate."""
        return math.sqrt(self.reliability)

    @property
    def guessed(self) -> float:
        """What chance counts in it."""
        return math.sqrt(1.0 - self.reliability)

    @property
    def side(self) -> float:
        """1 for the most relational, -1 for the least."""
        return math.copysign(1.0, self.estimated_share)

    @property
    def bar(self) -> float:
        """The estimate beyond which a customer is addressed."""
        return min(FAR, max(-FAR, float(special.ndtri(1.0 - abs(self.estimated_share)))))


@rule
def addressed(here: Any, me: Any, terms: Any) -> Any:
    """1 for whom it is meant, else 0; plain arithmetic, for one customer or all at once."""
    guess = terms.known * me.propensity + terms.guessed * here.misjudged
    taken_for = terms.side * guess > terms.bar
    meant = 1 - terms.targeted * (here.picked != 1)
    meant = meant * (1 - terms.estimated * (1 - taken_for))
    return meant * (1 - terms.members * (here.joined < 0))


def audience_of(people: People, place: int, terms: Audience) -> np.ndarray:
    """Whom a firm's component is meant for. place : of the firm -> (n,) bool"""
    known, joined = people.columns, people["joined"][:, place]
    misjudged = known["misjudged"][:, place] if terms.estimated else 0.0
    me = SimpleNamespace(propensity=known["propensity"] if terms.estimated else 0.0)
    picked = known["picked"][:, place] if "picked" in known else 0
    here = SimpleNamespace(joined=joined, misjudged=misjudged, picked=picked)
    return np.asarray(addressed(here, me, terms) != 0)
