"""Points pull harder as the reward gets near."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Scene, Stock
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import NEVER, term
from loyaltysim.theory.goal_gradient import CLOSER, PROGRESS, card_share, plain_card_share, rational_impatience


@dataclass(frozen=True)
class Points:
    """Earn points on spending; a full card of `threshold` points is a reward of `face_value`."""

    earn: float = term(1.0, "points per unit of money", 0.0, 1e6)
    threshold: float = term(500.0, "points", 0.001, NEVER, doc=f"{NEVER} points = never reached")
    face_value: float = term(5.0, "money per reward", 0.0, 1e6)
    cost: float = term(0.8, "share of face value", 0.0, 2.0, doc="what a reward costs the firm (k)")
    perceived: float = term(1.0, "share of face value", 0.0, 5.0, doc="what a reward is worth to the customer (v)")
    pressure: str = term("curve", "", choices=("curve", "rational"), doc="goal gradient, or discounted waiting time")
    strength: float = term(1.0, "", 0.0, 50.0, doc="how much steeper the last step is (p); 0 = as good as cash")
    power: float = term(3.0, "", 0.0, 20.0, doc="how late the pull rises (n)")
    discount: float = term(0.002, "per week", 1e-6, 1.0, doc="impatience of the rational customer")
    expiry: int = term(0, "weeks without a visit", 0, 5200, doc="after how many weeks points lapse; 0 = never")
    bonus: float = term(0.0, "points", 0.0, NEVER, doc="sign-up bonus: endowed progress on the first card")


@rule
def points_pull(
    joined, balance, card_start, paid_cents, rate, prior, spending, link_reward, points_earn, points_threshold,
    points_worth, points_strength, points_power, points_rational, points_discount, points_expiry, points_pace,
    points_lift, points_part,
):  # fmt: skip
    """The reward of this purchase per unit of spending, for a member."""
    if joined < 0 or points_earn == 0:
        return 0.0
    x, d = min(1.0, balance / points_threshold), paid_cents * points_pace
    if points_rational == 0 and card_start == 0:
        share = plain_card_share(x, d, points_power, points_lift, points_part)
    else:
        impatience = 0.0
        if points_rational == 1:
            impatience = rational_impatience(
                rate * prior, spending * 100.0 * points_pace, points_discount, points_expiry
            )
        share = card_share(x, d, card_start / points_threshold, points_strength, points_power, impatience)
    return link_reward * points_worth * share / paid_cents


@rule
def points_cash(joined, points_rate, link_reward):
    """The reward rate of a member as plain cash, for the decision to buy in the category at all."""
    if joined < 0:
        return 0.0
    return link_reward * points_rate


@rule
def points_lapse(balance, card_start, last_earned, week, points_expiry):
    """At the start of a week: points lapse after more than `expiry` weeks without a visit."""
    if points_expiry == 0 or balance == 0 or week - last_earned <= points_expiry:
        return balance, card_start, 0
    return 0, 0, balance


@rule
def points_earned(joined, balance, card_start, last_earned, week, spend, points_earn, points_threshold, points_bonus):
    """At a visit: bonus on the first one as a member, points on spending, a reward for every full card."""
    if joined < 0 or spend == 0 or points_earn + points_bonus == 0:
        return balance, card_start, last_earned, 0, 0, 0
    issued = spend * points_earn // 100
    start = card_start
    if last_earned < 0:
        issued = issued + points_bonus
        start = points_bonus
    rewards = (balance + issued) // points_threshold
    if rewards > 0:
        start = 0
    redeemed = rewards * points_threshold
    return balance + issued - redeemed, start, week, issued, redeemed, rewards


def rate(terms: Points) -> float:
    """Reward per unit of spending as the customer values it: earn x face value x perceived / threshold."""
    if terms.threshold >= NEVER:
        return 0.0
    return terms.earn * terms.face_value * terms.perceived / terms.threshold


def gives(terms: Points) -> bool:
    """Does the card bring anything at all?"""
    return terms.face_value * terms.perceived * (terms.earn + terms.bonus) > 0 and terms.threshold < NEVER


def columns(terms: Points | None, program) -> dict[str, float | int]:
    """The numbers that the step reads: points in thousandths, money in cents."""
    own = Points(earn=0.0) if terms is None else terms
    live = terms is not None and gives(terms)
    lift = own.strength / (own.power + 1.0)
    return {
        "points_earn": round(own.earn * 1000) if live else 0,
        "points_threshold": round(own.threshold * 1000),
        "points_bonus": round(own.bonus * 1000) if live else 0,
        "points_worth": own.face_value * own.perceived * 100.0,
        "points_rate": rate(own),
        "points_strength": own.strength,
        "points_power": own.power,
        "points_rational": int(own.pressure == "rational"),
        "points_discount": own.discount,
        "points_expiry": own.expiry,
        "points_pace": own.earn / (100.0 * own.threshold),
        "points_lift": lift,
        "points_part": 1.0 / (1.0 + lift),
    }


def book(totals, terms: Points) -> dict[str, int]:
    """Rewards at their cost when redeemed, the outstanding points as a liability, lapsed points as breakage."""
    cents, card = round(terms.face_value * terms.cost * 100), round(terms.threshold * 1000)
    outstanding = totals["points_issued"] - totals["points_redeemed"] - totals["points_expired"]
    return {
        "reward_cost": totals["rewards"] * cents,
        "liability": outstanding * cents // card,
        "breakage": totals["points_expired"] * cents // card,
    }


def check(terms: Points) -> list[tuple[str, str]]:
    """Conditions between keys."""
    problems = []
    if terms.bonus >= terms.threshold:
        problems.append(("bonus", f"= {terms.bonus:g} must stay below threshold = {terms.threshold:g}"))
    if rate(terms) > 1.0:
        problems.append(("face_value", f"makes a reward rate of {rate(terms):.0%} of spending; at most 100 %"))
    return problems


def tell(scene: Scene) -> list[str]:
    """Points lapsed, a reward, or how far the next one is."""
    before, after, card = int(scene.before["balance"]), int(scene.after["balance"]), round(scene.terms.threshold * 1000)
    if not gives(scene.terms) or scene.after["joined"] < 0:
        return []
    issued = scene.spent * round(scene.terms.earn * 1000) // 100
    if scene.visits == 0 and after < before:
        return scene.say(
            f"{before / 1000:.0f} points of {scene.firm} lapsed", f"{scene.firm} 的 {before / 1000:.0f} 积分过期"
        )
    if scene.visits and (before + issued) // card > 0 and after < before + issued:
        worth = f"{scene.terms.face_value:g}"
        return scene.say(f"got a reward of {worth} at {scene.firm}", f"在 {scene.firm} 兑换了价值 {worth} 的奖励")
    if scene.visits and after > before:
        left = f"{(card - after) / 1000:.0f}"
        return scene.say(f"{left} points short of a reward at {scene.firm}", f"离 {scene.firm} 的奖励还差 {left} 积分")
    return []


MECHANISM = Mechanism(
    name="points",
    level="program",
    source="Kivetz, Urminsky & Zheng 2006, JMR 43 (goal gradient); Hartmann & Viard 2008, QME 6 (rational alternative)",
    terms=Points,
    neutral={"face_value": 0.0},
    columns=columns,
    needs=("membership",),
    fields={
        "balance": Field(per_firm=True, dtype="int64", start=0, unit="thousandths of a point"),
        "card_start": Field(per_firm=True, dtype="int64", start=0, unit="thousandths of a point"),
        "last_earned": Field(per_firm=True, dtype="int32", start=-1, unit="week, -1 = never"),
    },
    hooks=(
        Hook(
            "week", points_lapse, sets=("balance", "card_start"), counts=("points_expired",), only="points_expiry != 0"
        ),
        Hook("utility", points_pull),
        Hook("appeal", points_cash),
        Hook(
            "visit",
            points_earned,
            sets=("balance", "card_start", "last_earned"),
            counts=("points_issued", "points_redeemed", "rewards"),
        ),
    ),
    counts={
        "points_issued": "thousandths of a point",
        "points_redeemed": "thousandths of a point",
        "points_expired": "thousandths of a point",
        "rewards": "rewards",
    },
    book=book,
    reward_rate=rate,
    gives=gives,
    check=check,
    stocks=(Stock("points_issued", ("points_redeemed", "points_expired"), "balance"),),
    amplifiers={
        "progress": Amplifier(PROGRESS, {"strength": 0.0, "pressure": "curve"}, CLOSER),
        "bonus": Amplifier("sign-up bonus", {"bonus": 0.0}, "开卡赠点"),
    },
    generosity="face_value",
    cost="cost",
    tell=tell,
    order=20,
)
