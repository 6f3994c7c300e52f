"""Points for what is no purchase: a review, a survey, the use of an app, a walk; some claim it without doing it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.behaviour.bond import feels
from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Hook, Mechanism, Role, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Tasks(Audience, Dated):
    """Beside the till, at most once a week: some customers never do it, the others with a chance that a reward raises.

    What it is to the firm is what it does to the bond and to a balance; no choice of a firm is moved by it directly.
    """

    audience: str = audience("member", "who may do it")
    willing: float = term(0.3, "share of customers", 0.0, 1.0, doc="who do it at all, for life")
    per_week: float = term(0.05, "per week", 0.0, 1.0, doc="chance that a willing one does, without a reward")
    moved: float = term(
        0.0, "per unit of money", 0.0, 1e4, doc="how much more often for a reward; 0 = as often as ever"
    )
    reward: float = term(20.0, "points per task", 0.0, 1e9)
    spread: float = term(
        0.0,
        "",
        0.0,
        3.0,
        doc="how unequal they are: a power of an exponential pace, for life; 0 = alike, 1 = exponential",
    )
    opened: str = term(
        "purchase", "", choices=("purchase", "joining"), doc="what opens the balance that points come into"
    )
    sold: float = term(0.0, "money per point", 0.0, 1e5, doc="what a partner pays, a task in whole cents; revenue")
    effect: float = term(0.02, "share of the gap to a full bond", -1.0, 1.0, doc="of having done it")
    unit_cost: float = term(0.1, "money per claim", 0.0, 1e5, doc="of asking, reading and checking")
    cheats: float = term(0.0, "share of customers", 0.0, 1.0, doc="who claim it without doing it, for life")
    claims: float = term(0.5, "per week", 0.0, 1.0, doc="chance that one of them does")
    caught: float = term(0.0, "share of false claims", 0.0, 1.0, doc="that are found out, and bring nothing")
    offence: float = term(0.0, "event per false claim found out", 0.0, 1.0, doc="what being found out takes")

    @property
    def live(self) -> bool:
        """Does anybody do or claim it?"""
        return self.willing * self.per_week > 0.0 or self.cheats * self.claims > 0.0

    @property
    def held(self) -> int:
        """The reward in thousandths of a point."""
        return round(self.reward * 1000)

    @property
    def sold_cents(self) -> int:
        """What a partner pays for the reward of one task, in whole cents."""
        return round(self.reward * self.sold * 100)

    @property
    def scale(self) -> float:
        """What makes the mean pace 1."""
        return 1.0 / math.gamma(1.0 + self.spread)

    @property
    def from_joining(self) -> bool:
        """Do points come in before the first purchase?"""
        return self.opened == "joining"


@rule
def task_chance(terms: Any) -> float:
    """How likely a willing customer does it this week: more so for more money."""
    money = terms.held * terms.points.worth / (terms.points.card * 100.0)
    return terms.per_week * (1.0 + terms.moved * money)


@rule
def own_pace(terms: Any, luck: float) -> float:
    """How often this customer does it, of the mean: a Weibull variate from a uniform."""
    if terms.spread == 0.0:
        return 1.0
    return terms.scale * math.exp(terms.spread * math.log(-math.log(luck)))


@rule
def may_do_tasks(me: Any, terms: Any) -> bool:
    """Is there something to do, and somebody to do it?"""
    return terms.live != 0 and me.status == 1


@rule
def tasks_week(
    here: Any, me: Any, terms: Any, visit: Any, draw_task: float, draw_task_check: float,
    lasting_task: float, lasting_liar: float, lasting_pace: float,
) -> None:  # fmt: skip
    """A week: it is done, or claimed, or neither; a false claim may be found out."""
    if addressed(here, me, terms) == 0:
        return
    if lasting_task < terms.willing and draw_task < task_chance(terms) * own_pace(terms, lasting_pace):
        visit.tasks_done += 1
        visit.task_claims += 1
        visit.task_credit += 1
        feels(here, me, terms, terms.effect)
    elif lasting_liar < terms.cheats and 1.0 - draw_task < terms.claims:
        visit.task_claims += 1
        if draw_task_check < terms.caught:
            visit.tasks_refused += 1
            feels(here, me, terms, -terms.offence)
        else:
            visit.task_credit += 1


@rule
def is_credited(here: Any, terms: Any, visit: Any) -> bool:
    """Are points due, to somebody who has a balance? The first purchase opens it, or joining does."""
    opened = here.last_earned >= 0 or (terms.from_joining == 1 and here.joined >= 0)
    return visit.task_credit != 0 and terms.held > 0 and opened


@rule
def credited(here: Any, terms: Any, visit: Any) -> None:
    """Points come in beside the till; they are used and lapse like others, and extend the life of none."""
    here.balance = here.balance + terms.held
    visit.points_in += terms.held
    visit.points_issued += terms.held
    visit.task_points += terms.held
    visit.task_cents += terms.sold_cents


def book(totals: Mapping[str, int], terms: Tasks) -> dict[str, int]:
    """Claims at their unit cost, what partners pay for points; what points cost is booked with all points."""
    return {"touchpoints": totals["task_claims"] * round(terms.unit_cost * 100), "revenue": totals["task_cents"]}


def fits(terms: Tasks, scenario: Scenario) -> list[tuple[str, str]]:
    """Points are given where there are some; those of who never buys do not lapse by weeks without a visit."""
    programs = [f.program for f in scenario.firms.values() if f.program.get("tasks") == terms]
    if terms.reward > 0.0 and any("points" not in own for own in programs):
        return [("reward", f"= {terms.reward:g} points, and the program has none: add program.points, or set it to 0")]
    if terms.from_joining and any("points" in own and own["points"].idle_weeks > 0 for own in programs):
        why = "= joining, and points lapse by weeks without a visit, which nobody had: set points.expiry_rule=age"
        return [("opened", why)]
    return []


def tell(scene: Scene) -> list[str]:
    """A task done, or claimed."""
    firm = scene.firm
    if scene.counts.get("tasks_done", 0) > 0:
        return scene.say(f"did something for {firm} beside buying", f"为 {firm} 做了一件与购买无关的事")
    if scene.counts.get("tasks_refused", 0) > 0:
        return scene.say(f"claimed a reward of {firm} for nothing, and was found out", f"向 {firm} 虚报任务，被发现")
    if scene.counts.get("task_claims", 0) > 0:
        return scene.say(f"claimed a reward of {firm} for nothing", f"向 {firm} 虚报任务")
    return []


MECHANISM = Mechanism(
    name="tasks",
    level="program",
    source="rewards for reviews, surveys, app use, activity (source texts, S4-21, S4-22, S4-23); all sizes assumed",
    terms=Tasks,
    neutral={"willing": 0.0, "cheats": 0.0},
    needs=("bond", "membership"),
    hooks=(
        Hook("week", tasks_week, when=may_do_tasks),
        Hook("week", credited, when=is_credited, beside=("points",), order=49),
    ),
    counts={
        "tasks_done": "tasks",
        "task_claims": "tasks done or claimed",
        "tasks_refused": "false claims found out",
        "task_points": "thousandths of a point",
        "task_cents": "cents",
    },
    roles={"task_credit": Role("tasks for which points are due")},
    book=book,
    fits=fits,
    gives=lambda terms: terms.members and terms.live and terms.reward > 0.0,
    generosity="reward",
    tell=tell,
    order=48,
)
