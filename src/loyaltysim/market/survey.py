"""Ask customers what they feel: noisy, polite, self-selected answers, as a firm would get them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from loyaltysim.behaviour.emotions import FELT, SIDES
from loyaltysim.behaviour.word_of_mouth import recommendation
from loyaltysim.market.customers import Population
from loyaltysim.mechanism import draws
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.names import Offered
from loyaltysim.mechanism.registry import terms_of
from loyaltysim.scenario.model import Survey

QUALITIES = ("satisfaction", "quality", "service", "image")  # questions about what the firm does, 0 to 10
COLUMNS = {  # of the survey's table, with their units
    "week": "week of the answer", "customer": "id", "firm": "position of the firm",
    **dict.fromkeys((*QUALITIES, "repurchase", "recommendation"), "points, 0 to 10"),
    **dict.fromkeys((*SIDES, "bond"), "points, 1 to 7"), "my_company": "0 or 1",
}  # fmt: skip


def due(terms: Survey, week: int) -> bool:
    """Is there a wave at the end of this week?"""
    return terms.every > 0 and (week + 1) % terms.every == 0


def ask(market: Any) -> pd.DataFrame:
    """One wave: a row for every customer who replies and every firm that this customer knows.

    Quality reads the quality that visits have taught to expect, service the harm of failures less what answers made
    good, image what friends and reviews say, repurchase the chance of choosing the firm now, recommendation what the
    customer would tell a friend. Where customers do not talk (no word_of_mouth) their image of a firm is their own
    satisfaction; trust and the other sides read the bond where it has no sides (no emotions): such answers differ by
    noise alone. `my_company` is 1 where a customer calls the firm its own, with the chance of the bond's strength.
    """
    people, terms = market.population, market.terms.record.survey
    rows = np.flatnonzero(replies(people, terms, market.week))
    waves = [about(market, rows, j, name) for j, name in enumerate(market.firms)]
    table = pd.concat(waves, ignore_index=True)
    return table.sort_values(["customer", "firm"], kind="stable", ignore_index=True)


def replies(people: Population, terms: Survey, week: int) -> np.ndarray:
    """Who answers in the wave of this week: the living who are asked and have the patience. -> (n,) bool"""
    waves = range(terms.every - 1, week, terms.every)
    before = sum(
        ((people.weekly("survey_asked", w) < terms.sample).astype(int) for w in waves), np.zeros(people.n, int)
    )
    pleased = (people["prior"] * state(people, "sat")).sum(axis=1)
    willing = terms.reply * (1.0 - terms.fatigue) ** before
    tilt = np.exp(np.clip(terms.selection * pleased, -50.0, 50.0))
    willing = willing * tilt / (1.0 - willing + willing * tilt)
    asked = people.weekly("survey_asked", week) < terms.sample
    replied: np.ndarray = (people["status"] == 1) & asked & (people.weekly("survey_reply", week) < willing)
    return replied


def state(people: Population, name: str) -> np.ndarray:
    """A field per customer and firm, 0 where its mechanism is not at work. -> (n, n_firms)"""
    return people[name] if name in people.columns else np.zeros_like(people["prior"])


def about(market: Any, rows: np.ndarray, j: int, name: str) -> pd.DataFrame:
    """The answers of these customers about one firm; who does not know it says nothing."""
    people, terms = market.population, market.terms.record.survey
    if "aware" in people.columns:
        rows = rows[people["aware"][rows, j] == 1]
    ear = Noise(people["key"][rows], market.week, market.terms.luck(name), terms)
    sat, bond = state(people, "sat")[rows, j], state(people, "bond")[rows, j]
    found: dict[str, Any] = {"week": market.week, "customer": people.ids[rows], "firm": j}
    read = (sat, state(people, "expectation")[rows, j], state(people, "care")[rows, j])
    lived = [terms.centre + terms.by_quality * value for value in read]
    shown = (*lived, standing(market, rows, j) if "reputation" in people.columns else lived[0])
    found |= {q: ear.answer(q, value, 0, 10) for q, value in zip(QUALITIES, shown, strict=True)}
    found["repurchase"] = ear.answer("repurchase", 10.0 * choice(market)[rows, j], 0, 10)
    own = terms_of(market.terms, mechanisms.registry()["word_of_mouth"])
    told = recommendation(SimpleNamespace(sat=sat, bond=bond), own, 0.0)
    found["recommendation"] = ear.answer("recommendation", told, 0, 10, own.spread)
    sides = {side: people[f][rows, j] if f in people.columns else bond for side, f in zip(SIDES, FELT, strict=True)}
    found |= {q: ear.answer(q, 4.0 + 3.0 * value, 1, 7) for q, value in {**sides, "bond": bond}.items()}
    found["my_company"] = (ear.uniform("my_company") < bond).astype(np.int8)
    return pd.DataFrame(found)


def standing(market: Any, rows: np.ndarray, j: int) -> np.ndarray:
    """A firm's image before noise, 0 to 10: from `centre`, half of the way to the end of the scale for each unit of
    what friends (reputation) and reviews (rating) say of it, best is 2. -> (rows,)
    """
    centre, rating = market.terms.record.survey.centre, market.surroundings[-1]["rating"][j]
    said = market.population["reputation"][rows, j].astype(float) + rating
    image: np.ndarray = centre + 0.5 * said * np.where(said > 0.0, 10.0 - centre, centre)
    return image


def noise_dimensions(terms: Survey, questions: int) -> float:
    """Effective rank of answers to so many questions about what everybody feels alike: noise alone; nan without noise.

    Answers share `halo` of the variance of their noise; rounding adds 1/12 of a point to each. Scale of 1 to 7 points.
    """
    variance = (0.6 * terms.noise) ** 2
    if variance == 0.0:
        return float("nan")
    shared = terms.halo * variance / (variance + 1.0 / 12.0)
    return questions / (1.0 + (questions - 1) * shared**2)


class Noise:
    """One ear for one firm in one wave: keyed noise for each question, a share of it common to all of them."""

    def __init__(self, keys: np.ndarray, week: int, firm: str, terms: Survey) -> None:
        with np.errstate(over="ignore"):
            wave = draws.child(draws.child(keys, np.uint64(week)), draws.purpose("survey_answer"))
            self.keys, self.terms = draws.child(wave, draws.item_key(firm)), terms
        self.mood = special.ndtri(self.uniform("mood"))

    def uniform(self, question: str) -> np.ndarray:
        """One keyed uniform for each customer. -> (n,)"""
        with np.errstate(over="ignore"):
            luck: np.ndarray = draws.unit(draws.child(self.keys, draws.item_key(question)))
        return luck

    def answer(
        self, question: str, value: np.ndarray | float, low: int, high: int, spread: float | None = None
    ) -> np.ndarray:
        """A whole number on a scale: value + bias + noise of this spread (`noise` points of the scale by default)."""
        t = self.terms
        own = np.sqrt(1.0 - t.halo) * special.ndtri(self.uniform(question)) + np.sqrt(t.halo) * self.mood
        spread = t.noise * (high - low) / 10.0 if spread is None else spread
        heard = value + t.bias * (high - low) / 10.0 + spread * own
        whole: np.ndarray = np.clip(np.floor(heard + 0.5), low, high).astype(np.int8)
        return whole


def choice(market: Any) -> np.ndarray:
    """Chances of choosing each firm by taste, price and what is felt, without rewards. -> (n, n_firms)"""
    people = market.population
    rows = market.rows_of(market.shown[-1], market.surroundings[-1])
    worth = -rows["price_gap"]
    for m in market.mechanisms:
        if m.reward_rate is None and m.reward_visit is None:
            about = {
                "here": Everybody(people.columns),
                "me": Everybody({name: c[:, None] for name, c in people.columns.items() if c.ndim == 1}),
                "terms": Offered(rows, m, mechanisms.registry(), market.assembled.numbers),
            }
            for rule in (hook.rule for hook in m.hooks if hook.phase == "utility"):
                asks = inspect.signature(rule).parameters
                if about.keys() >= asks.keys():  # what a purchase elsewhere leaves behind is no feeling for a firm
                    worth = worth + rule(**{name: about[name] for name in asks})
    v = people["log_g"] + people["beta"][:, None] * worth
    if "aware" in people.columns:
        v = np.where(people["aware"] == 1, v, -1e300)
    if "away_until" in people.columns:
        v = np.where(people["away_until"] <= market.week, v, -1e300)
    v = np.where([offer.active for offer in market.shown[-1].values()], v, -1e300)
    chances: np.ndarray = special.softmax(v, axis=1) * (v.max(axis=1, keepdims=True) > -1e300)
    return chances


class Everybody:
    """All customers at once, as a rule about one of them reads columns; a link that is not set is 1."""

    def __init__(self, columns: Mapping[str, np.ndarray]) -> None:
        self._columns = columns

    def __getattr__(self, name: str) -> Any:
        return self._columns.get(name, 1.0 if name.startswith("link_") else 0.0)
