"""Customers talk about a visit, and those who hear it next week think better or worse of the firm."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from loyaltysim.behaviour.bond import feels, unbonded
from loyaltysim.mechanism import draws
from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Scene, World
from loyaltysim.mechanism.draws import normal
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term
from loyaltysim.theory import networks

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SILENT, DETRACTOR, PASSIVE, PROMOTER, POSTED = (
    0,
    1,
    2,
    3,
    3,
)  # what is said; POSTED is added where everybody can read it


@dataclass(frozen=True)
class WordOfMouth:
    """A recommendation from 0 to 10: promoters 9-10, detractors 0-6. Messages count against the mean message of
    customers whose satisfaction and bond are usual, so that such talk is worth nothing on average and moves no
    reputation. A bond it does move: losses weigh more than gains, and at the floor there is nothing to lose; results
    say so (`alone`).
    """

    network: str = term("small_world", "", choices=("small_world", "scale_free", "none"), doc="who hears whom")
    degree: int = term(8, "friends", 2, 200, doc="mean number of friends; even")
    far: float = term(0.1, "share of picks", 0.0, 1.0, doc="small world: friends from anywhere")
    copying: float = term(0.5, "share of picks", 0.0, 0.7, doc="scale free: friends of friends; exponent 1 + 1/copying")
    talk: float = term(0.1, "per visit", 0.0, 1.0, doc="chance that a visit is talked about")
    negative: float = term(
        2.0,
        "times the usual talk",
        0.0,
        20.0,
        doc="reach of detractors",
        source="assumed, swept: which is larger is open",
    )
    centre: float = term(7.5, "points of 10", 0.0, 10.0, doc="mean answer where satisfaction and bond are usual")
    by_satisfaction: float = term(1.0, "points per unit of quality", -10.0, 10.0)
    by_bond: float = term(3.0, "points for a full bond", -10.0, 10.0)
    spread: float = term(1.5, "points", 0.0, 10.0, doc="noise of an answer, standard deviation")
    premium: float = term(
        0.0, "fraction of the reference price", 0.0, 2.0, doc="worth of the best of all reputations; 0 = talk is idle"
    )
    impact: float = term(
        0.2, "per message", 0.0, 1.0, doc="how far one message moves a firm's reputation with a hearer"
    )
    half_life: float = term(13.0, "weeks", 0.1, 5200.0, doc="of a reputation")
    teach: float = term(0.0, "per message", 0.0, 1.0, doc="chance that a message makes an unknown firm known")
    expectation: float = term(0.0, "units of quality per message", -10.0, 10.0, doc="what a message makes one expect")
    affinity: float = term(
        0.0, "bond event per message", -1.0, 1.0, doc="what praise does to a hearer's bond; below 0 praise puts off"
    )
    review: float = term(0.0, "share of talk", 0.0, 1.0, doc="posted where everybody reads it")
    review_weight: float = term(0.0, "times a friend's word", 0.0, 100.0, doc="worth of the public rating")
    public_recovery: float = term(
        0.0, "messages per complaint made good", -10.0, 10.0, doc="what bystanders read into an answer to a complaint"
    )

    @property
    def keep(self) -> float:
        """What is left of a reputation after a week."""
        return 0.5 ** (1.0 / self.half_life)


@rule
def recommendation(here: Any, terms: Any, noise: float) -> float:
    """The answer from 0 to 10 before it is rounded; noise is standard normal."""
    answer = terms.centre + terms.by_satisfaction * here.sat
    return answer + terms.by_bond * here.bond + terms.spread * noise


@rule
def speaks(here: Any, terms: Any, visit: Any, draw_talk: float, draw_answer: float, draw_review: float) -> None:
    """At a visit: what is said of the firm this week, the last word counting; promoters, detractors who spoke up."""
    if draw_talk >= terms.talk * max(1.0, terms.negative):
        return
    answer = recommendation(here, terms, normal(draw_answer))
    posted = 0
    if draw_review < terms.review:
        posted = POSTED
    if answer < 6.5:
        if draw_talk < terms.talk * terms.negative:
            here.said = DETRACTOR + posted
            visit.detractors += 1
    elif draw_talk < terms.talk:
        if answer < 8.5:
            here.said = PASSIVE + posted
        else:
            here.said = PROMOTER + posted
            visit.promoters += 1


@rule
def reputation_moves(here: Any, terms: Any) -> None:
    """A week passes: reputation fades, what was heard moves it; between -1 and 1."""
    moved = here.reputation * terms.keep + terms.impact * here.heard
    here.reputation = max(-1.0, min(1.0, moved))
    here.said = 0


@rule
def reputation_pull(here: Any, terms: Any) -> float:
    """What friends and reviews say of the firm, as a fraction of the reference price."""
    said = here.reputation + terms.review_weight * terms.rating
    return terms.premium * said


@rule
def hearsay_is_believed(terms: Any) -> bool:
    """Does praise make one expect more?"""
    return terms.expectation != 0


@rule
def hearsay_expected(here: Any, terms: Any) -> None:
    """Praise makes one expect more."""
    here.expectation = here.expectation + terms.expectation * here.heard


@rule
def hearsay_is_felt(terms: Any) -> bool:
    """Does praise move a hearer's bond?"""
    return terms.affinity != 0


@rule
def hearsay_warms(here: Any, me: Any, terms: Any) -> None:
    """Praise of friends is a bond event, blame a negative one; the other way round where affinity is below 0."""
    feels(here, me, terms, terms.affinity * here.heard)


def classes(terms: WordOfMouth) -> tuple[float, float, float]:
    """Chances that a customer whose satisfaction and bond are usual is a detractor, passive, a promoter."""
    below = [0.5 * math.erfc((terms.centre - edge) / max(terms.spread, 1e-12) / math.sqrt(2.0)) for edge in (6.5, 8.5)]
    return below[0], below[1] - below[0], 1.0 - below[1]


def values(terms: WordOfMouth) -> np.ndarray:
    """What each code is worth to a hearer: +1, 0, -1 less the usual mean of messages; 0 for silence. -> (7,)"""
    reach = (min(1.0, terms.talk * terms.negative), terms.talk, terms.talk)
    weights = np.multiply(classes(terms), reach)
    worth = np.array([-1.0, 0.0, 1.0])
    mean = weights @ worth / weights.sum() if weights.sum() > 0 else 0.0
    return np.concatenate([[0.0], worth - mean, worth - mean])


def friends(market: World, terms: WordOfMouth) -> csr_array | None:
    """The network of a market, built once. -> (n, n) sparse, or None"""
    if not hasattr(market, "network"):
        keys = market.population["key"]
        made: dict[str, Callable[[], csr_array | None]] = {
            "none": lambda: None,
            "small_world": lambda: networks.small_world(keys, terms.degree, terms.far),
            "scale_free": lambda: networks.scale_free(keys, terms.degree, terms.copying),
        }
        market.network = made[terms.network]()
    return market.network


def around(market: World, terms: WordOfMouth) -> dict[str, np.ndarray]:
    """What was said last week, (n, n_firms) codes, and each firm's public rating, (n_firms,)."""
    said = market.population["said"].copy()
    last = market.surroundings[-1] if market.surroundings else {}
    before = last.get("rating", np.zeros(len(market.firms)))
    return {"messages": said, "rating": rated(market, terms, said, before)}


def rated(market: World, terms: WordOfMouth, said: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Public ratings move towards last week's mean review; answered complaints are read along. -> (n_firms,)"""
    if terms.review == 0.0 and terms.public_recovery == 0.0:
        return before
    posted = said > POSTED
    worth, number = np.where(posted, values(terms)[said], 0.0).sum(axis=0), posted.sum(axis=0).astype(float)
    if terms.public_recovery != 0.0 and market.weekly and "recoveries" in market.assembled.counts:
        answered = market.weekly[-1][:, market.assembled.counts.index("recoveries")]
        worth, number = worth + terms.public_recovery * answered, number + answered
    keep = 0.5 ** (1.0 / terms.half_life)
    return keep * before + (1.0 - keep) * worth / np.maximum(number, 1.0)


@cache
def listening() -> Callable[..., None]:
    """The compiled pass over all customers; apart from the step, so that its memory stays small and near."""
    from numba import njit

    return njit(cache=True, nogil=True)(listen)


def listen(first: np.ndarray, friend: np.ndarray, said: np.ndarray, worth: np.ndarray, heard: np.ndarray) -> None:
    """Each customer hears what its friends said. first, friend : rows of a sparse matrix; heard : (n, n_firms) out."""
    for i in range(heard.shape[0]):
        heard[i, :] = 0.0
        for at in range(first[i], first[i + 1]):
            for j in range(heard.shape[1]):
                code = said[friend[at], j]
                if code != 0:
                    heard[i, j] += worth[code]


def hear(market: World, terms: WordOfMouth) -> None:
    """Before customers shop: everyone hears what friends said last week; who hears of a firm may get to know it."""
    network, people, said = friends(market, terms), market.population, market.surroundings[-1]["messages"]
    moves = (terms.premium, terms.teach, terms.expectation, terms.affinity)
    if network is None or not any(moves):
        return
    listening()(network.indptr, network.indices, said, values(terms), people["heard"])
    if terms.teach > 0.0 and "aware" in people.columns:
        learn(market, terms, said)


def learn(market: World, terms: WordOfMouth, said: np.ndarray) -> None:
    """Each message about an unknown firm makes it known with the same chance; one keyed draw a week and firm."""
    people = market.population
    for j, name in enumerate(market.firms):
        rows = np.flatnonzero(people["aware"][:, j] == 0)
        messages = market.network[rows] @ (said[:, j] != 0).astype(np.int32)
        with np.errstate(over="ignore"):
            week = draws.child(people["key"][rows], np.uint64(market.week))
            luck = draws.item_uniform(week, draws.purpose("hears"), draws.item_key(market.terms.luck(name)))
        people["aware"][rows[luck < 1.0 - (1.0 - terms.teach) ** messages], j] = 1


def alone(terms: WordOfMouth, scenario: Scenario) -> dict[str, float]:
    """Talk that is worth something, or that moves bonds, spreads the luck of visits, program or not."""
    bond = scenario.behaviour.get("bond")
    warms = terms.affinity != 0.0 and bond is not None and bond.premium != 0.0
    if terms.talk == 0.0 or (terms.premium * terms.impact == 0.0 and not warms):
        return {}
    return {name: value for name, value in dataclasses.asdict(terms).items() if not isinstance(value, str)}


def check(terms: WordOfMouth) -> list[tuple[str, str]]:
    """Conditions between keys."""
    return [("degree", f"= {terms.degree} must be even: each customer picks half of its friends")] * (terms.degree % 2)


def fits(terms: WordOfMouth, scenario: Scenario) -> list[tuple[str, str]]:
    """A message can only move what the market has."""
    problems, behaviour = unbonded(terms, scenario, "affinity"), scenario.behaviour
    if terms.expectation != 0.0 and "experience" not in behaviour:
        problems.append(("expectation", "moves expectations, which need behaviour.experience"))
    if terms.teach > 0.0 and all(firm.awareness == 1.0 for firm in scenario.firms.values()):
        problems.append(("teach", "teaches nobody while every firm's awareness is 1"))
    return problems


def tell(scene: Scene) -> list[str]:
    """What was heard from friends, and said to them."""
    lines = []
    if scene.after["heard"] > 0.5 or scene.after["heard"] < -0.5:
        good = scene.after["heard"] > 0
        english = f"friends {'praise' if good else 'complain about'} {scene.firm}"
        lines += scene.say(english, f"听朋友{'称赞' if good else '抱怨'} {scene.firm}")
    if scene.visits and scene.after["said"] in (PROMOTER, PROMOTER + POSTED):
        lines += scene.say(f"recommends {scene.firm} to friends", f"向朋友推荐了 {scene.firm}")
    elif scene.visits and scene.after["said"] in (DETRACTOR, DETRACTOR + POSTED):
        lines += scene.say(f"warns friends of {scene.firm}", f"劝朋友别去 {scene.firm}")
    return lines


MECHANISM = Mechanism(
    name="word_of_mouth",
    level="behaviour",
    source="promoters and detractors: Reichheld 2003, HBR 81(12); small worlds: Watts & Strogatz 1998; sizes assumed",
    terms=WordOfMouth,
    neutral={"premium": 0.0},
    fields={
        "said": Field(per_firm=True, dtype="int8", unit="0 nothing, 1 detractor, 2 passive, 3 promoter; +3 posted"),
        "heard": Field(per_firm=True, dtype="float32", unit="messages of friends last week, less the usual"),
        "reputation": Field(per_firm=True, dtype="float32", unit="in [-1, 1], 0 = usual"),
    },
    hooks=(
        Hook("week", reputation_moves),
        Hook("week", hearsay_expected, when=hearsay_is_believed, beside=("experience",)),
        Hook("week", hearsay_warms, when=hearsay_is_felt, beside=("bond",)),
        Hook("utility", reputation_pull),
        Hook("visit", speaks, order=97),
    ),
    counts={"promoters": "messages", "detractors": "messages"},
    around=around,
    around_columns={"rating": 0.0},
    each_week=hear,
    check=check,
    fits=fits,
    alone=alone,
    amplifiers={"talk": Amplifier("word of mouth", {"premium": 0.0}, "口碑")},
    tell=tell,
    order=70,
)
