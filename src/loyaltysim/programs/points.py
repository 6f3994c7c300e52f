"""Points pull harder as the reward gets near."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Scene, Stock, Worth
from loyaltysim.mechanism.redeemable import UNIT, Redeemable, tell_of_choice, unfit, unredeemable
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated, variants
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import NEVER, term
from loyaltysim.theory.goal_gradient import CLOSER, PROGRESS, cards_share, plain_card_share, rational_impatience

FINE = 1e-4  # of a full card, that rounding to whole thousandths may move
LEAST = 100  # thousandths that a mean purchase must earn, so that rounding down takes no more than half a percent
WAYS = ("points_redeemed", "points_expired")  # in which points go
ELSEWHERE = ("points_reversed", "points_given")  # the same, where other mechanisms are at work that count them
PERIODS = {"week": 1, "four_weeks": 4, "quarter": 13, "year": 52}
MOST_BATCHES = 60  # dated batches of a customer at a firm
LARGER = "count in smaller points (earn, threshold and bonus times 1000 say the same)"


@dataclass(frozen=True)
class Points(Redeemable, Audience, Dated):
    """Earn points on spending; a full card of `threshold` points is a reward of `face_value`."""

    audience: str = audience("member", "who collects points; others than members need no card")
    earn: float = term(1.0, "points per unit of money", 0.0, 1e6)
    threshold: float = term(500.0, "points", 0.001, NEVER, doc=f"{NEVER} points = never reached")
    face_value: float = term(5.0, "money per reward", 0.0, 1e6)
    cost: float = term(0.8, "share of face value", 0.0, 2.0, doc="what a reward costs the firm (k)")
    perceived: float = term(1.0, "share of face value", 0.0, 5.0, doc="what a reward is worth to the customer (v)")
    pressure: str = term("curve", "", choices=("curve", "rational"), doc="goal gradient, or discounted waiting time")
    strength: float = term(1.0, "", 0.0, 50.0, doc="how much steeper the last step is (p); 0 = as good as cash")
    power: float = term(3.0, "", 0.0, 20.0, doc="how late the pull rises (n)")
    discount: float = term(0.002, "per week", 1e-6, 1.0, doc="impatience of the rational customer")
    expiry: int = term(0, "weeks", 0, 5200, doc="after how many weeks points lapse; 0 = never")
    expiry_rule: str = term(
        "inactivity", "", choices=("inactivity", "age", "calendar"),
        doc="weeks without a visit, weeks since points were earned, or one date for all every `expiry` weeks",
    )  # fmt: skip
    grace: int = term(0, "weeks", 0, 520, doc="how long after that points can still be used")
    notice: int = term(0, "weeks", 0, 520, doc="how long ahead customers know that points will lapse")
    batch: int = term(
        13, "weeks", 1, 52, words=PERIODS,
        doc="age: points of so many weeks lapse together, with the youngest; or week, four_weeks, quarter, year",
    )  # fmt: skip
    pending: int = term(0, "weeks", 0, 52, doc="until points can be used")
    bonus: float = term(0.0, "points", 0.0, NEVER, doc="sign-up bonus: endowed progress on the first card")
    endowment: float = term(0.0, "points", 0.0, NEVER, doc="endowed progress on each card after the first")

    @property
    def rate(self) -> float:
        """Reward per unit of spending as the customer values it: earn x face value x perceived / what a card takes."""
        if self.threshold >= NEVER or self.head_start >= self.card:
            return 0.0
        return self.earn * self.face_value * self.perceived / ((self.card - self.head_start) / UNIT)

    @property
    def each(self) -> float:
        """What a point is worth to the customer, in money."""
        return self.rate / self.earn if self.earn > 0.0 else 0.0

    @property
    def live(self) -> bool:
        """Does the card bring anything at all?"""
        return self.face_value * self.perceived * (self.earn + self.bonus) > 0 and self.threshold < NEVER

    @property
    def issued(self) -> int:
        """Thousandths of a point per unit of money, where that is a whole number; else 0."""
        whole = round(self.earn * UNIT)
        return whole if self.live and whole / UNIT == self.earn else 0

    @property
    def issued_per_cent(self) -> float:
        """Thousandths of a point per cent, whatever the rate; 0 where nothing is earned on spending."""
        return self.earn * UNIT / 100.0 if self.live else 0.0

    @property
    def card(self) -> int:
        """A full card in thousandths of a point."""
        return round(self.threshold * UNIT)

    @property
    def endowed(self) -> int:
        """The sign-up bonus in thousandths of a point."""
        return round(self.bonus * UNIT) if self.live else 0

    @property
    def head_start(self) -> int:
        """What each card after the first begins with, in thousandths of a point."""
        return round(self.endowment * UNIT) if self.live else 0

    @property
    def dated(self) -> bool:
        """Do points lapse by the date on which they were earned, whatever their holder does?"""
        return self.expiry > 0 and self.expiry_rule != "inactivity"

    @property
    def period(self) -> int:
        """Weeks whose points lapse together; 0 where no dates decide."""
        return (self.batch if self.expiry_rule == "age" else self.expiry) if self.dated else 0

    @property
    def life(self) -> int:
        """Weeks from the last week of a batch to that at whose start it lapses, grace included."""
        return (1 if self.expiry_rule == "calendar" else self.expiry) + self.grace

    @property
    def slots(self) -> int:
        """How many batches a customer may hold: as many periods as are alive, and one more."""
        return -(-self.life // self.period) + 1 if self.dated else 0

    @property
    def idle_weeks(self) -> int:
        """Weeks without a visit after which all points lapse, grace included; 0 where other dates decide, or none."""
        return self.expiry + self.grace if self.expiry > 0 and not self.dated else 0

    @property
    def worth(self) -> float:
        """A reward in cents, as the customer values it."""
        return self.face_value * self.perceived * 100.0

    @property
    def rational(self) -> bool:
        """Do customers discount waiting time?"""
        return self.pressure == "rational"

    @property
    def plain(self) -> bool:
        """Does a card pull by its goal gradient alone, and the next one begin empty?"""
        return not self.rational and self.head_start == 0

    @property
    def runs_on(self) -> bool:
        """May a balance hold more than a full card, because points cannot be used at once?"""
        return self.pending > 0 or self.later

    @property
    def pace(self) -> float:
        """Cards per cent of spending."""
        return self.earn / (100.0 * (self.card / UNIT))

    @property
    def lift(self) -> float:
        """How far the last step pulls beyond a plain share of the card."""
        return self.strength / (self.power + 1.0)

    @property
    def part(self) -> float:
        """What makes all steps of a card sum to one."""
        return 1.0 / (1.0 + self.lift)


@rule
def on_spending(spend: int, issued: int, issued_per_cent: float) -> int:
    """Thousandths of a point for a purchase of so many cents, rounded down once: of a whole rate in whole numbers."""
    if issued > 0:
        return spend * issued // 100
    return int(spend * issued_per_cent + 1e-6)  # a millionth of a thousandth: 2.9999999996 is 3


@rule
def full_cards(held: int, card: int, head_start: int) -> int:
    """Cards that so many thousandths fill, where each card after the first begins with a head start."""
    if held < card:
        return 0
    return 1 + (held - card) // (card - head_start)


@rule
def at_face_value(points: int, face_value: float, card: int) -> int:
    """What so many thousandths of a point are worth, in whole cents, rounded down once."""
    return int(points * (face_value * 100.0) / card + 1e-6)


@rule
def displayed(here: Any, terms: Any) -> float:
    """Progress on the present card in [0, 1]; of points that wait to be used, what is beyond full cards."""
    card, start = terms.card, terms.head_start
    if terms.runs_on == 1 and here.balance >= card:
        return (start + (here.balance - card) % (card - start)) / card
    return min(1.0, max(0, here.balance) / card)


@rule
def points_pull(here: Any, me: Any, terms: Any, visit: Any) -> float:
    """The reward of this purchase per unit of spending, for a member."""
    if terms.issued_per_cent == 0.0 or addressed(here, me, terms) == 0:
        return 0.0
    x, d = displayed(here, terms), visit.paid_cents * terms.pace
    if terms.plain == 1 and here.card_start == 0:
        share = plain_card_share(x, d, terms.power, terms.lift, terms.part)
    else:
        impatience = 0.0
        if terms.rational == 1:
            step, often = me.spending * 100.0 * terms.pace, me.rate * here.prior
            if here.abroad > 0.0:  # the one card fills at partners too
                step = (often * step + here.abroad * UNIT / terms.card) / (often + here.abroad_visits)
                often = often + here.abroad_visits
            impatience = rational_impatience(often, step, terms.discount, terms.idle_weeks)
        x_0, x_1 = here.card_start / terms.card, terms.head_start / terms.card
        share = cards_share(x, d, x_0, x_1, terms.strength, terms.power, impatience)
    return me.link_reward * terms.worth * share / visit.paid_cents


@rule
def points_cash(here: Any, me: Any, terms: Any) -> float:
    """The reward rate of a member as plain cash, for the decision to buy in the category at all."""
    if addressed(here, me, terms) == 0:
        return 0.0
    return me.link_reward * terms.rate


@rule
def points_can_lapse(terms: Any) -> bool:
    """Do points of this program lapse where a customer stays away?"""
    return terms.idle_weeks != 0


@rule
def points_lapse(here: Any, terms: Any, visit: Any) -> None:
    """At the start of a week: points lapse after more than `expiry` (and `grace`) weeks without a visit."""
    if here.balance <= 0 or visit.week - here.last_earned <= terms.idle_weeks:
        return
    visit.points_expired += here.balance
    here.balance = 0
    here.card_start = 0


@rule
def points_earned(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """At a visit: bonus on the first one as a member, points on spending, a reward for every card that is full of
    points that can be used.
    """
    if visit.spend == 0 or terms.issued_per_cent + terms.endowed == 0:
        return
    if addressed(here, me, terms) == 0:
        return
    issued = on_spending(visit.spend, terms.issued, terms.issued_per_cent)
    if here.last_earned < 0:
        issued = issued + terms.endowed
        here.card_start = terms.begins
    rewards = 0
    if terms.later == 1:
        if full_cards(here.balance + issued, terms.card, terms.head_start) > full_cards(
            here.balance, terms.card, terms.head_start
        ):
            here.card_start = terms.head_start
    elif terms.pending == 0:
        rewards = full_cards(here.balance + issued, terms.card, terms.head_start)
    else:
        rewards = full_cards(here.balance - here.unripe, terms.card, 0)
    rewards = min(rewards, terms.stacking.most)
    if rewards > 0:
        here.card_start = terms.head_start
        issued = issued + rewards * terms.head_start
    here.balance = here.balance + issued - rewards * terms.card
    here.last_earned = visit.week
    visit.points_in += issued
    visit.points_issued += issued
    visit.points_redeemed += rewards * terms.card
    visit.rewards += rewards
    visit.reward_earned += issued
    visit.reward_given += rewards


def programs(scenario: Scenario) -> Iterator[Points]:
    """The terms of every points program of a scenario, before and after each change."""
    for firm in scenario.firms.values():
        if "points" in firm.program:
            yield from (terms for _, terms in variants(firm.program["points"]))


def kind_of_start(scenario: Scenario) -> str:
    """32 bits for what a card begins with, unless it has more than two million points."""
    most = max((max(terms.endowed, terms.head_start) for terms in programs(scenario)), default=0)
    return "int32" if most < 2**31 else "int64"


def worth(terms: Points) -> Worth:
    """A full card of points."""
    lapse = terms.period - 1 + terms.life if terms.dated else -1
    return Worth(terms.card, round(terms.face_value * terms.cost * 100), round(terms.face_value * 100), lapse)


def book(totals: Mapping[str, int], terms: Points) -> dict[str, int]:
    """Rewards at their cost when redeemed, the outstanding points as a liability, lapsed points as breakage."""
    card, cents, _, _ = worth(terms)
    gone = sum(totals.get(way, 0) for way in (*WAYS, *ELSEWHERE))
    outstanding = totals["points_issued"] - gone
    by_points = (totals["points_redeemed"] - totals.get("partner_redeemed", 0)) * cents // card
    return {
        "reward_cost": by_points if terms.partial else totals["rewards"] * cents,
        "liability": outstanding * cents // card,
        "breakage": totals["points_expired"] * cents // card,
    }


def check(terms: Points) -> list[tuple[str, str]]:
    """Conditions between keys."""
    problems = []
    if terms.bonus >= terms.threshold:
        problems.append(("bonus", f"= {terms.bonus:g} must stay below threshold = {terms.threshold:g}"))
    if terms.slots > MOST_BATCHES:
        problems.append(too_many_batches(terms))
    if terms.pending > 0 and terms.expiry > 0 and terms.pending >= terms.life + (terms.expiry_rule != "calendar"):
        why = f"= {terms.pending} weeks: points would lapse before they can be used; set grace or expiry longer"
        problems.append(("pending", why))
    if terms.endowment >= terms.threshold or 0 < terms.card <= terms.head_start:
        problems.append(("endowment", f"= {terms.endowment:g} must stay below threshold = {terms.threshold:g}"))
    if terms.rational and terms.dated:
        how = f"= rational does not foresee how points lapse by {terms.expiry_rule}"
        problems.append(("pressure", f"{how}; set expiry_rule=inactivity, or pressure=curve"))
    if terms.live and abs(terms.card / UNIT / terms.threshold - 1.0) > FINE:
        near = f"{terms.card / UNIT:g}"
        problems.append(("threshold", f"is counted in thousandths of a point: write {near}, or {LARGER}"))
    problems += unfit(terms)
    if terms.rate > 1.0:
        problems.append(("face_value", f"makes a reward rate of {terms.rate:.0%} of spending; at most 100 %"))
    return problems


def too_many_batches(terms: Points) -> tuple[str, str]:
    """What to change where a customer would hold more dated batches than a run keeps."""
    said = f"keeps {terms.slots} batches a customer, at most {MOST_BATCHES}"
    if terms.expiry_rule == "calendar":
        return "grace", f"= {terms.grace} after a date every {terms.expiry} weeks {said}: shorten it"
    least = -(-terms.life // (MOST_BATCHES - 1))
    return "batch", f"= {terms.batch} with points that lapse after {terms.life} weeks {said}: set batch={least} or more"


def fits(terms: Points, scenario: Scenario) -> list[tuple[str, str]]:
    """A rate that is no whole thousandth must earn enough per purchase for rounding down not to matter; what is
    redeemed must go together with what is bought and what else the program says.
    """
    mean, problems = scenario.market.basket.mean, unredeemable(terms, scenario)
    per_purchase = terms.issued_per_cent * 100.0 * mean
    if terms.issued > 0 or not 0.0 < per_purchase < LEAST:
        return problems
    lost = (
        f"a purchase of {mean:g} earns {per_purchase / UNIT:.3g} points, and less than a thousandth is lost each time"
    )
    return [*problems, ("earn", f"is too small to be counted: {lost}; {LARGER}")]


def no_points(name: str, key: str) -> Callable[[Any, Scenario], list[tuple[str, str]]]:
    """The condition of a component that does something with points: its firm has some. key : that it is told of"""

    def fits(terms: Any, scenario: Scenario) -> list[tuple[str, str]]:
        """A firm that runs it without points."""
        alone = [f for f in scenario.firms.values() if f.program.get(name) == terms and "points" not in f.program]
        value = getattr(terms, key)
        return [(key, f"= {value:g} does nothing without points: add program.points, or drop {name}")] if alone else []

    return fits


def tell(scene: Scene) -> list[str]:
    """Points lapsed, a reward, or how far the next one is."""
    before, after, terms = int(scene.before["balance"]), int(scene.after["balance"]), scene.terms
    if not terms.live or (terms.members and scene.after["joined"] < 0):
        return []
    issued = on_spending(scene.spent, terms.issued, terms.issued_per_cent)
    if scene.visits == 0 and after < before and scene.after.get("to_partners", 0) == scene.before.get("to_partners", 0):
        lapsed = f"{(before - after) / UNIT:.0f}"
        return scene.say(f"{lapsed} points of {scene.firm} lapsed", f"{scene.firm} 的 {lapsed} 积分过期")
    if terms.later:
        return tell_of_choice(scene)
    if scene.visits and (before + issued) // terms.card > 0 and after < before + issued:
        worth = scene.money(100.0 * terms.face_value)
        return scene.say(f"got a reward of {worth} at {scene.firm}", f"在 {scene.firm} 兑换了价值 {worth} 的奖励")
    if scene.visits and after > before:
        present = displayed(SimpleNamespace(balance=after), terms)
        left = f"{(1.0 - present) * terms.card / UNIT:.0f}"
        return scene.say(f"{left} points short of a reward at {scene.firm}", f"离 {scene.firm} 的奖励还差 {left} 积分")
    return []


MECHANISM = Mechanism(
    name="points",
    level="program",
    source="Kivetz, Urminsky & Zheng 2006, JMR 43 (goal gradient); Hartmann & Viard 2008, QME 6 (rational alternative)",
    terms=Points,
    neutral={"face_value": 0.0},
    needs=("membership",),
    fields={
        "balance": Field(per_firm=True, dtype="int64", start=0, unit="thousandths of a point"),
        "card_start": Field(per_firm=True, dtype=kind_of_start, start=0, unit="thousandths of a point"),
        "last_earned": Field(per_firm=True, dtype="int16", start=-1, unit="week, -1 = never"),
    },
    hooks=(
        Hook("week", points_lapse, when=points_can_lapse),
        Hook("utility", points_pull),
        Hook("appeal", points_cash),
        Hook("visit", points_earned),
    ),
    counts={
        "points_issued": "thousandths of a point",
        "points_redeemed": "thousandths of a point",
        "points_expired": "thousandths of a point",
        "rewards": "rewards",
    },
    book=book,
    reward_rate=lambda terms: terms.rate,
    gives=lambda terms: terms.members and terms.live,
    check=check,
    fits=fits,
    stocks=(Stock("points_issued", WAYS, "balance", "points_expired", ELSEWHERE, UNIT, worth),),
    amplifiers={
        "progress": Amplifier(PROGRESS, {"strength": 0.0, "pressure": "curve"}, CLOSER),
        "bonus": Amplifier("sign-up bonus", {"bonus": 0.0, "endowment": 0.0}, "开卡赠点"),
    },
    generosity="face_value",
    cost="cost",
    tell=tell,
    order=20,
)
