"""Status: who spends, comes or earns enough within a window rises to a tier, and falls again without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.behaviour.bond import feels, unbonded
from loyaltysim.mechanism.audience import Audience, addressed, audience, audience_of
from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Role, Scene, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.programs.points import on_spending
from loyaltysim.scenario.dates import Dated, variants
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term
from loyaltysim.theory.goal_gradient import progress, raised

MOST = 4  # tiers
NOWHERE = 10**18  # a threshold that nobody reaches
UNITS = {"spend": 100, "visits": 1, "points": 1000}  # thresholds are counted in cents, visits, thousandths of a point
BENEFITS = ("multiplier", "price", "access", "quality", "status", "cost")  # lists with a number a tier
BEGIN = ("by", "window", "parts")  # with another of these, counting begins anew


@dataclass(frozen=True)
class Tiers(Audience, Dated):
    """Thresholds in a window, and what each tier brings. In a list of benefits the last number holds for the tiers
    above it; an empty one is no such benefit.
    """

    audience: str = audience("member", "who can have a status; others than members need no card")
    by: str = term("spend", "", choices=tuple(UNITS), doc="what counts: money, visits, or points earned on spending")
    thresholds: tuple[float, ...] = term(
        (300.0, 1000.0), "money, visits or points in the window", 0.01, 1e9, doc=f"of tier 1, 2, ...; at most {MOST}"
    )
    window: int = term(52, "weeks", 1, 520, doc="in which a threshold must be reached, to rise or to stay")
    parts: int = term(
        1, "", 1, 26, doc="1 = windows follow each other from week 0 on; n = the last n parts of a window count"
    )
    soft: bool = term(False, "", doc="soft landing: status falls one tier at a time")
    at_once: bool = term(False, "", doc="the purchase that reaches a tier is already served as of that tier")
    multiplier: tuple[float, ...] = term((), "times the points of a purchase", 1.0, 100.0)
    price: tuple[float, ...] = term((), "share of the price taken off", 0.0, 1.0)
    access: tuple[float, ...] = term(
        (0.01,),
        "fraction of the reference price",
        -2.0,
        2.0,
        doc="what may be used is worth: a lounge, a queue, a seat",
    )
    quality: tuple[float, ...] = term((), "units of quality above the usual", -100.0, 100.0, doc="of service")
    status: tuple[float, ...] = term(
        (),
        "fraction of the reference price",
        -2.0,
        2.0,
        doc="worth of rank where all others are below; times links.join",
    )
    dilution: float = term(
        1.0, "", 0.0, 20.0, doc="how fast that worth falls as others are no longer below: (share below)^this; 0 = not"
    )
    cost: tuple[float, ...] = term((), "money per visit", 0.0, 1e5, doc="what service and access cost the firm")
    benefits: float = term(1.0, "times all of this", 0.0, 10.0, doc="generosity: scales the lists above, and near")
    near: float = term(
        0.0, "money", 0.0, 1e6, doc="what reaching or keeping the next tier is felt to be worth on the way; 0 = off"
    )
    strength: float = term(1.0, "", 0.0, 50.0, doc="near: how much steeper the last step is (p), as of points")
    power: float = term(3.0, "", 0.0, 20.0, doc="near: how late the pull rises (n)")
    rise: float = term(0.0, "bond event per tier", -1.0, 1.0, doc="of rising; signed")
    fall: float = term(0.0, "bond event per tier", -1.0, 1.0, doc="of falling; signed")

    def by_tier(self, name: str, usual: float = 0.0) -> tuple[float, ...]:
        """What a list says of no tier (0) and of each, scaled: usual + benefits x (number - usual). -> MOST + 1"""
        given = getattr(self, name)
        own = [given[min(k, len(given) - 1)] if given else usual for k in range(MOST)]
        return (usual, *(usual + self.benefits * (value - usual) for value in own))

    @property
    def live(self) -> bool:
        """Is there any status at all?"""
        return self.benefits > 0.0

    @property
    def bars(self) -> tuple[int, ...]:
        """Thresholds as they are counted, as many as there may be."""
        own = [max(1, round(threshold * UNITS[self.by])) for threshold in self.thresholds[:MOST]]
        return (*own, *[NOWHERE] * (MOST - len(own)))

    @property
    def part(self) -> int:
        """Weeks from one review to the next."""
        return max(1, self.window // self.parts)

    @property
    def by_visits(self) -> bool:
        """Do visits count?"""
        return self.by == "visits"

    @property
    def by_points(self) -> bool:
        """Do points count?"""
        return self.by == "points"

    @property
    def times(self) -> tuple[float, ...]:
        """What the points of a purchase are multiplied by."""
        return self.by_tier("multiplier", 1.0)

    @property
    def off(self) -> tuple[float, ...]:
        """The share of the price that is taken off; never more than all of it."""
        return tuple(min(1.0, share) for share in self.by_tier("price"))

    @property
    def use(self) -> tuple[float, ...]:
        """What access is worth."""
        return self.by_tier("access")

    @property
    def better(self) -> tuple[float, ...]:
        """How much better a visit is."""
        return self.by_tier("quality")

    @property
    def rank_worth(self) -> tuple[float, ...]:
        """What rank is worth where all others are below."""
        return self.by_tier("status")

    @property
    def cents(self) -> tuple[int, ...]:
        """What a visit costs."""
        return tuple(round(100.0 * money) for money in self.by_tier("cost"))

    @property
    def lure(self) -> float:
        """What the next tier is felt to be worth, cents."""
        return 100.0 * self.near * self.benefits

    @property
    def cheaper(self) -> bool:
        """Does some tier pay less?"""
        return max(self.off) > 0.0

    @property
    def serves(self) -> bool:
        """Is some tier served otherwise?"""
        return any(self.better)

    @property
    def multiplies(self) -> bool:
        """Does some tier earn other points?"""
        return any(times != 1.0 for times in self.times)


@rule
def rank(here: Any, me: Any, terms: Any) -> int:
    """The tier that a customer has; 0 = none, and for whom there is none."""
    if terms.live == 0 or addressed(here, me, terms) == 0:
        return 0
    return here.tier


@rule
def tier_of(earned: int, terms: Any) -> int:
    """The tier that so much in a window reaches: how many thresholds it is not below."""
    reached = 0
    for k in range(MOST):
        if earned >= terms.bars[k]:
            reached = k + 1
    return reached


@rule
def in_window(here: Any, terms: Any, now: int) -> int:
    """What counts in the window that part number `now` closes."""
    many, earned = len(here.tier_parts), 0
    for k in range(terms.parts):
        earned += here.tier_parts[(now - k) % many]
    return earned


@rule
def brings(terms: Any, cents: Any) -> Any:
    """What a purchase of so many cents counts."""
    if terms.by_visits == 1:
        return 1
    if terms.by_points == 1:
        return on_spending(cents, terms.points.issued, terms.points.issued_per_cent)
    return cents


@rule
def standing(tier: int, terms: Any) -> float:
    """The share of those who can have a status that is below a tier, as it was when the week began."""
    if tier == 1:
        return terms.below_1
    if tier == 2:
        return terms.below_2
    if tier == 3:
        return terms.below_3
    if tier == 4:
        return terms.below_4
    return 0.0


@rule
def tier_pull(here: Any, me: Any, terms: Any) -> float:
    """What a tier is worth, as a fraction of the reference price: price, access, rank, and more points as cash."""
    tier = rank(here, me, terms)
    if tier == 0:
        return 0.0
    worth = terms.off[tier] * terms.paid + terms.use[tier]
    if terms.rank_worth[tier] != 0.0:
        worth += terms.rank_worth[tier] * raised(standing(tier, terms), terms.dilution) * me.link_join
    return worth + (terms.times[tier] - 1.0) * terms.points.rate * me.link_reward


@rule
def pulls_from_near(terms: Any) -> bool:
    """Does the next threshold pull?"""
    return terms.lure > 0.0


@rule
def step_share(earned: float, step: float, terms: Any) -> float:
    """The share of the next tier that a step is worth: the goal gradient of a card that begins at the threshold below
    and ends at the next one; nothing once the highest is reached. What overshoots counts no more.
    """
    below, goal = 0, 0
    for k in range(MOST):
        if goal == 0 and earned < terms.bars[k]:
            goal = terms.bars[k]
            if k > 0:
                below = terms.bars[k - 1]
    if goal == 0 or goal >= NOWHERE:
        return 0.0
    x = (earned - below) / (goal - below)
    end = min(1.0, x + step / (goal - below))
    whole = progress(1.0, terms.strength, terms.power, 0.0)
    come = progress(x, terms.strength, terms.power, 0.0)
    return (progress(end, terms.strength, terms.power, 0.0) - come) / whole


@rule
def near_pull(here: Any, me: Any, terms: Any, visit: Any) -> float:
    """What this purchase brings of the next tier, to be reached or kept, per unit of spending."""
    if terms.live == 0 or addressed(here, me, terms) == 0:
        return 0.0
    earned = in_window(here, terms, visit.week // terms.part)
    step = brings(terms, visit.paid_cents)
    share = step_share(earned, step, terms)
    return me.link_reward * terms.lure * share / visit.paid_cents


@rule
def part_begins(terms: Any, visit: Any) -> bool:
    """Is status reviewed this week?"""
    return terms.live != 0 and visit.week > 0 and visit.week % terms.part == 0


@rule
def reviewed(here: Any, terms: Any, visit: Any) -> None:
    """A part of the window is over: who did not reach the own tier in the last whole window falls; a new part begins
    at 0.
    """
    now = visit.week // terms.part
    reached = tier_of(in_window(here, terms, now - 1), terms)
    here.tier_parts[now % len(here.tier_parts)] = 0
    if reached >= here.tier:
        return
    if terms.soft == 1:
        reached = here.tier - 1
    visit.tier_falls += 1
    visit.tiers_lost += here.tier - reached
    here.tier = reached


@rule
def falls_are_felt(terms: Any, visit: Any) -> bool:
    """Did a status fall, and is that felt?"""
    return terms.fall != 0 and visit.tiers_lost > 0


@rule
def fall_felt(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """What losing tiers does to the bond."""
    feels(here, me, terms, terms.fall * visit.tiers_lost)


@rule
def tiers_pay_less(terms: Any) -> bool:
    """Does some tier pay less?"""
    return terms.cheaper != 0


@rule
def tier_takes_off(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """Before the till closes: the price of the tier, the discount rounded down."""
    off = int(visit.spend * terms.off[rank(here, me, terms)])
    visit.spend = visit.spend - off
    visit.tier_discounts += off


@rule
def tiers_are_served(terms: Any) -> bool:
    """Is some tier served otherwise?"""
    return terms.serves != 0


@rule
def better_served(here: Any, me: Any, terms: Any) -> None:
    """After the visit was lived: it was so much better, for satisfaction and expectation alike."""
    above = terms.better[rank(here, me, terms)]
    here.sat = here.sat + terms.experience.gain * above
    here.expectation = here.expectation + terms.experience.learning * above
    here.delivered = here.delivered + above


@rule
def qualified(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """At a visit: what it counts, the tier that is reached, and what serving the tier costs."""
    if terms.live == 0 or visit.spend <= 0 or addressed(here, me, terms) == 0:
        return
    served, now = here.tier, visit.week // terms.part
    at = now % len(here.tier_parts)
    here.tier_parts[at] = here.tier_parts[at] + brings(terms, visit.spend)
    reached = tier_of(in_window(here, terms, now), terms)
    if reached > here.tier:
        visit.tier_rises += 1
        visit.tiers_won += reached - here.tier
        here.tier = reached
        if terms.at_once == 1:
            served = reached
    visit.tier_cost += terms.cents[served]


@rule
def old_status_multiplies(terms: Any) -> bool:
    """Does a purchase earn as the status before it?"""
    return terms.multiplies != 0 and terms.at_once == 0


@rule
def new_status_multiplies(terms: Any) -> bool:
    """Does a purchase earn as the status that it reaches?"""
    return terms.multiplies != 0 and terms.at_once == 1


@rule
def multiplied(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """Before this purchase earns: the points that the tier adds, for who has earned points before."""
    times = terms.times[rank(here, me, terms)]
    if times == 1.0 or visit.spend <= 0 or here.last_earned < 0:
        return
    earned = on_spending(visit.spend, terms.points.issued, terms.points.issued_per_cent)
    more = int(earned * (times - 1.0) + 1e-6)  # a millionth of a thousandth, as in `on_spending`
    here.balance = here.balance + more
    visit.points_issued += more
    visit.points_in += more
    visit.reward_earned += more
    visit.tier_points += more


@rule
def rises_are_felt(terms: Any, visit: Any) -> bool:
    """Did a status rise, and is that felt?"""
    return terms.rise != 0 and visit.tiers_won > 0


@rule
def rise_felt(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """What winning tiers does to the bond."""
    feels(here, me, terms, terms.rise * visit.tiers_won)


def around(market: World, terms: Tiers) -> dict[str, np.ndarray]:
    """The share of those who can have a status at each firm that is below each tier; 0 where it has none."""
    people, below = market.population, np.zeros((MOST, len(market.firms)))
    for j, firm in enumerate(market.firms.values()):
        own = firm.running_program.get("tiers")
        if own is None or not own.live:
            continue
        who = (people["status"] == 1) & audience_of(people, j, own)
        count = np.bincount(people["tier"][who, j], minlength=MOST + 1)
        below[:, j] = np.cumsum(count)[:MOST] / max(1, int(count.sum()))
    return {f"below_{k + 1}": below[k] for k in range(MOST)}


def follow_terms(market: World, terms: Tiers) -> None:
    """Where a firm's tiers ended with the week before nobody has any; where another thing counts now, it begins at 0.

    Raises ValueError for windows of more parts than this run keeps.
    """
    for j, (name, firm) in enumerate(market.firms.items()):
        now = firm.running_program.get("tiers")
        before = market.shown[market.week - 1][name].program.get("tiers") if market.week else None
        held = market.population.columns["tier_parts"]
        if now is not None and now.parts > held.shape[2]:
            why = f"the tiers of firm {name!r} need {now.parts} parts, this run keeps {held.shape[2]}"
            raise ValueError(f"week {market.week}: {why}: let some firm configure tiers with as many")
        if before is not None and (now is None or any(getattr(now, key) != getattr(before, key) for key in BEGIN)):
            held[:, j] = 0
            if now is None:
                market.population.columns["tier"][:, j] = 0


def places(scenario: Scenario) -> int:
    """How many parts the longest of the programs needs."""
    programs = [firm.program["tiers"] for firm in scenario.firms.values() if "tiers" in firm.program]
    return max((own.parts for program in programs for _, own in variants(program)), default=1)


def book(totals: Mapping[str, int], terms: Tiers) -> dict[str, int]:
    """What serving the tiers cost, as it was when it was spent; what is taken off a price is revenue that never was."""
    return {"touchpoints": totals["tier_cost"]}


def check(terms: Tiers) -> list[tuple[str, str]]:
    """Conditions between keys."""
    problems, own = [], terms.thresholds
    if not 1 <= len(own) <= MOST:
        problems.append(("thresholds", f"has {len(own)} numbers; from 1 to {MOST} tiers"))
    elif any(high <= low for low, high in zip(terms.bars, terms.bars[1 : len(own)], strict=False)):
        problems.append(("thresholds", f"= {list(own)} must rise from tier to tier"))
    for name in BENEFITS:
        if len(getattr(terms, name)) > len(own):
            problems.append((name, f"has {len(getattr(terms, name))} numbers for {len(own)} thresholds"))
    if terms.window % terms.parts:
        problems.append(("parts", f"= {terms.parts} must divide window = {terms.window} weeks"))
    return problems


def fits(terms: Tiers, scenario: Scenario) -> list[tuple[str, str]]:
    """What multiplies or counts points needs points, better service experience, what moves a bond a bond."""
    problems = unbonded(terms, scenario, "rise", "fall")
    pointless = [f for f in scenario.firms.values() if f.program.get("tiers") == terms and "points" not in f.program]
    for key, said, uses in (("multiplier", "multiplies", terms.multiplies), ("by", "counts", terms.by_points)):
        if uses and pointless:
            problems.append((key, f"{said} points: add program.points, or drop it"))
    if terms.serves and "experience" not in scenario.behaviour:
        problems.append(("quality", "is felt by nobody without behaviour.experience; add it, or drop it"))
    return problems


def tell(scene: Scene) -> list[str]:
    """A tier won, or lost."""
    before, after = int(scene.before["tier"]), int(scene.after["tier"])
    if after > before:
        return scene.say(f"rose to tier {after} of {scene.firm}", f"升为 {scene.firm} 的 {after} 级会员")
    if after < before and after > 0:
        return scene.say(f"fell to tier {after} of {scene.firm}", f"降为 {scene.firm} 的 {after} 级会员")
    return scene.say(f"lost the status at {scene.firm}", f"失去了 {scene.firm} 的等级") if after < before else []


MECHANISM = Mechanism(
    name="tiers",
    level="program",
    source="tiers, status and its dilution (source texts, S3-47, S4-27); rank depends on who else has it: Dreze "
    "& Nunes 2009, J. Consumer Research 35(6); goal gradient as of points; sizes assumed",
    terms=Tiers,
    neutral={"benefits": 0.0},
    needs=("membership",),
    fields={
        "tier": Field(per_firm=True, dtype="int8", start=0, unit="tier, 0 = none"),
        "tier_parts": Field(
            per_firm=True, dtype="int64", start=0, unit="cents, visits or thousandths of a point", width=places
        ),
    },
    roles={"tiers_won": Role("tiers won at this visit"), "tiers_lost": Role("tiers lost at a review")},
    hooks=(
        Hook("week", reviewed, when=part_begins),
        Hook("week", fall_felt, when=falls_are_felt, beside=("bond",)),
        Hook("utility", tier_pull),
        Hook("utility", near_pull, when=pulls_from_near),
        Hook("appeal", tier_pull),
        Hook("served", tier_takes_off, when=tiers_pay_less),
        Hook("served", better_served, when=tiers_are_served, beside=("experience",), order=56),
        Hook("visit", multiplied, when=old_status_multiplies, beside=("points",), order=17),
        Hook("visit", qualified, order=18),
        Hook("visit", multiplied, when=new_status_multiplies, beside=("points",), order=18),
        Hook("visit", rise_felt, when=rises_are_felt, beside=("bond",), order=89),
    ),
    counts={
        "tier_rises": "customers",
        "tier_falls": "customers",
        "tier_cost": "cents",
        "tier_discounts": "cents",
        "tier_points": "thousandths of a point",
    },
    around=around,
    around_columns={f"below_{k + 1}": 0.0 for k in range(MOST)},
    each_week=follow_terms,
    book=book,
    reward_rate=lambda terms: 0.0,  # at the first purchase; it pulls as a reward does, and is not what is felt
    gives=lambda terms: terms.members and terms.live,
    check=check,
    fits=fits,
    amplifiers={"next tier": Amplifier("the next tier near", {"near": 0.0}, "临近下一等级")},
    generosity="benefits",
    tell=tell,
    order=31,
)
