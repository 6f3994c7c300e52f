"""The people: what each customer is born with, and how a purchase rate drifts.

Every trait is a function of the customer's own keyed uniforms, so that one more customer changes nobody else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from scipy import special

from loyaltysim.firms.policies import absent
from loyaltysim.market import tastes
from loyaltysim.market.assemble import SCRATCH, Assembled
from loyaltysim.market.quantiles import GRID, beta_quantile, beta_table, log_gamma, logit
from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Field, Mechanism
from loyaltysim.mechanism.laws import TRAITS, asked, concentrations, open_means
from loyaltysim.mechanism.links import GROUPS, link, propensity_rank, reference_mix
from loyaltysim.mechanism.registry import terms_of
from loyaltysim.scenario.model import Links, Scenario
from loyaltysim.theory.propensity import correlated, taste_means, taste_scores
from loyaltysim.theory.propensity import tastes as taste_law

POOL = 1 << 40  # ids of potential customers start here, so that more initial customers rename nobody
QUARTER = 13  # weeks


def propensity(share: float, group: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Relationship propensity rho: a `share` draws Beta(8, 2), the others Beta(2, 8). Two uniforms -> [0, 1]."""
    x = logit(within)
    emotional, transactional = (np.interp(x, GRID, beta_table(a, b)) for a, b in GROUPS)
    rho: np.ndarray = np.where(group < share, emotional, transactional)
    return rho


@cache
def propensity_ranks(share: float) -> tuple[np.ndarray, np.ndarray]:
    """Propensities, and their ranks in the mixture; both rise."""
    rho = special.expit(np.linspace(-20.0, 20.0, 16385))
    return rho, np.maximum.accumulate(propensity_rank(share, rho))


def propensity_at(share: float, rank: np.ndarray) -> np.ndarray:
    """The propensity of a rank: the inverse of `propensity_rank`."""
    rho, known = propensity_ranks(share)
    found: np.ndarray = np.interp(rank, known, rho)
    return found


class Population:
    """All customers as named columns, one row each; ids are fixed at birth.

    Indexing by a column's name gives its array: (n,) or (n, n_firms). What the step of this run reads lies in records,
    `people` (n,) and `pairs` (n, n_firms), of which such an array is a view: change it in place.
    """

    def __init__(self, scenario: Scenario, seed: int, mechanisms: list[Mechanism], step: Assembled) -> None:
        self.scenario = scenario
        pool = scenario.behaviour["arrivals"].pool if "arrivals" in scenario.behaviour else 0
        self.ids = np.concatenate([np.arange(scenario.customers.n), POOL + np.arange(pool)])
        self.n = len(self.ids)
        self.wide: dict[str, tuple[str, ...]] = {}
        self.columns: dict[str, np.ndarray] = {"key": draws.customer_keys(seed, self.ids)}
        self._born()
        self._tastes(answering="taste_rank" in step.pairs)
        self._propensity()
        self._linked(set(step.people))
        if "surplus" in step.people:
            self.columns["surplus"] = np.zeros(self.n)  # cents
        for mechanism in mechanisms:
            for name, field in mechanism.fields.items():
                self.columns |= self._field(name, field, terms_of(scenario, mechanism))
        scratch = dict.fromkeys(SCRATCH, np.zeros(self.n))
        self.people = self._records((self.n,), step.people, {"id": self.ids, **scratch})
        self.pairs = self._records((self.n, len(scenario.firms)), step.pairs, {})

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def lasting(self, purpose: str, item: str | None = None) -> np.ndarray:
        """One keyed uniform a customer that holds for life. -> (n,) in (0, 1)."""
        return draws.lasting(self["key"], purpose, item)

    def weekly(self, purpose: str, week: int, item: str | None = None) -> np.ndarray:
        """One keyed uniform a customer for a week, or for any other number in its place. -> (n,) in (0, 1).

        item : what else it is of, the luck of a firm say
        """
        with np.errstate(over="ignore"):
            keys = draws.child(self["key"], np.uint64(week))
        return draws.lasting(keys, purpose, item)

    def beta(self, a: float, b: float, u: np.ndarray) -> np.ndarray:
        """`beta_quantile`, for mechanisms."""
        return beta_quantile(a, b, u)

    def known(self) -> np.ndarray:
        """Which firms each customer knows: one lasting keyed draw for each customer and firm. -> (n, n_firms) bool"""
        luck, firms = self.scenario.luck, self.scenario.firms.items()
        return np.column_stack([self.lasting("awareness", luck(j)) < firm.awareness for j, firm in firms])

    def _born(self) -> None:
        """Life, purchase rate and mean basket."""
        s = self.scenario
        waiting = self.ids >= POOL
        self.columns["status"] = np.where(waiting, 0, 1).astype(np.int8)
        self.columns["entered"] = np.zeros(self.n, np.int32)
        self.columns["eligible"] = np.ones((self.n, len(s.firms)), np.int8)
        self.columns["z"] = special.ndtri(self.lasting("rate"))
        self._rates()
        basket = s.market.basket
        centre = math.log(basket.mean * 100.0) - (basket.sd_between**2 + basket.sd_within**2) / 2.0
        self.columns["basket_log"] = centre + basket.sd_between * special.ndtri(self.lasting("spending"))
        if basket.sd_within == 0.0:
            self.columns["base_cents"] = np.maximum(1.0, np.exp(self["basket_log"]) + 0.5).astype(np.int64)
        self.columns["spending"] = np.exp(self["basket_log"] + basket.sd_within**2 / 2.0) / 100.0

    def _tastes(self, answering: bool) -> None:
        """Strengths g ~ Gamma(S_i share), kept as logs, and the choice probabilities at base offers among known firms.

        S_i : that of the customer's class, a lasting one of five where market.sigma is above 0
        """
        means, market = open_means(self.scenario) or taste_means(self.scenario), self.scenario.market
        classes, weights = concentrations(market.S, market.sigma)
        place = np.zeros(self.n, np.int64)
        if len(classes) > 1:
            place = np.searchsorted(np.cumsum(weights)[:-1], self.lasting("loyalty"), side="right")
        ranks = np.column_stack([logit(self.lasting("taste", self.scenario.luck(j))) for j in means])
        self.columns["log_g"] = np.empty_like(ranks)
        for k, S in enumerate(classes):
            own = place == k
            for j, mean in enumerate(means.values()):
                self.columns["log_g"][own, j] = log_gamma(S * mean, ranks[own, j])
        if answering:
            self.columns |= {"taste_rank": ranks, "taste_class": place, "taste_scale": tastes.scale(classes[place])}
        heard = np.where(self.known() & ~np.array(absent(self.scenario)), self["log_g"], -math.inf)
        weight = np.exp(heard - np.maximum(heard.max(axis=1, keepdims=True), -1e308))
        total = weight.sum(axis=1, keepdims=True)
        self.columns["prior"] = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)

    def _propensity(self) -> None:
        """Relationship propensity, which may go with rate, tastes and price sensitivity; and that sensitivity."""
        c, normal = self.scenario.customers, special.ndtri(self.lasting("sensitivity"))
        rho = propensity(c.relational_share, self.lasting("propensity_group"), self.lasting("propensity"))
        r = asked(c)
        if any(r):
            law, own = taste_law(self.scenario), special.ndtri(propensity_rank(c.relational_share, rho))
            scores = np.array([self["z"], np.zeros(self.n), np.zeros(self.n), normal])
            if r[TRAITS.index("taste")] or r[TRAITS.index("focal")]:
                scores[1:3] = taste_scores(law, self["log_g"])
            rho = propensity_at(c.relational_share, correlated(r, law, scores, own))
        self.columns["rho"] = rho
        sigma = c.price_sensitivity_sd
        unequal = np.exp(sigma * normal - sigma**2 / 2.0)
        self.columns["beta"] = c.price_sensitivity * unequal * link(c.links.beta, rho, c.relational_share)

    def _linked(self, needed: set[str]) -> None:
        """One column for every link that is set and read."""
        c = self.scenario.customers
        share = reference_mix(c)
        for effect in Links.__dataclass_fields__:
            if f"link_{effect}" in needed:
                self.columns[f"link_{effect}"] = link(getattr(c.links, effect), self["rho"], share)

    def _field(self, name: str, field: Field, terms: Any) -> dict[str, np.ndarray]:
        """A field at birth, by the names of its places."""
        shape = (self.n, len(self.scenario.firms)) if field.per_firm else (self.n,)
        kind = field.kind(self.scenario)
        if callable(field.start):
            start = np.ascontiguousarray(field.start(self, terms)).astype(kind)
        else:
            more = () if field.width is None else (field.places(self.scenario),)
            start = np.full((*shape, *more), field.start, kind)
        if not field.parts:
            return {name: start}
        self.wide[name] = field.parts
        return {part: start.copy() for part in field.parts}

    def _records(self, shape: tuple[int, ...], names: Sequence[str], more: Mapping[str, np.ndarray]) -> np.ndarray:
        """Lay columns together in one array of records; from now on they are views of it."""
        columns = {**self.columns, **more}
        whole = {name: columns[self.wide[name][0] if name in self.wide else name] for name in names}
        inside = {n: (len(self.wide[n]),) if n in self.wide else c.shape[len(shape) :] for n, c in whole.items()}
        fields = [(n, c.dtype, inside[n]) for n, c in whole.items()]
        made = np.zeros(shape, np.dtype(sorted(fields, key=lambda f: -f[1].itemsize), align=True))
        for name in names:
            places = {part: made[name][..., k] for k, part in enumerate(self.wide.get(name, ()))} or {name: made[name]}
            for part, view in places.items():
                view[...] = columns[part]
                if part in self.columns:
                    self.columns[part] = view
        return made

    def _rates(self) -> None:
        """Weekly purchase rates: the gamma quantile of the customer's rank."""
        market = self.scenario.market
        if market.setting == "contract":  # bills come when they are due
            self._put("rate", np.full(self.n, market.M / 52.0))
            self._put("none", np.exp(-self["rate"]))
            return
        rank = special.log_ndtr(self["z"]) - special.log_ndtr(-self["z"])
        self._put("rate", np.exp(log_gamma(market.K, rank)) * (market.M / 52.0 / market.K))
        self._put("none", np.exp(-self["rate"]))

    def rerank(self, z: np.ndarray) -> None:
        """Give customers other ranks of their purchase rates. z : (n,) normal scores"""
        self._put("z", z)
        self._rates()

    def restore(self, columns: Mapping[str, np.ndarray]) -> None:
        """Set columns as they were in another population of these customers, by value."""
        for name, values in columns.items():
            self._put(name, values)

    def _put(self, name: str, values: np.ndarray) -> None:
        """Set a column, in its place where it has one."""
        if name in self.columns:
            self.columns[name][...] = values
        else:
            self.columns[name] = values.copy()

    def drift(self, week: int) -> None:
        """Once a quarter: ranks move by a Gaussian AR(1), rates follow. The law of a quarter's rates never changes."""
        rho = self.scenario.market.rho
        if rho == 1.0 or week == 0 or week % QUARTER:
            return
        u = self.weekly("drift", week)
        self._put("z", rho * self["z"] + math.sqrt(1.0 - rho**2) * special.ndtri(u))
        self._rates()
