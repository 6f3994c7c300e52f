"""Buy n, get one free: a stamp for each visit, a full card is a reward."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Scene, Stock
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term
from loyaltysim.theory.goal_gradient import CLOSER, PROGRESS, card_share, raised, rational_impatience, step_worth

PRESSURES = ("curve", "rational", "foresight", "none")


@dataclass(frozen=True)
class Stamps:
    """One stamp a visit; `needed` stamps are a reward of `face_value`, given at once."""

    needed: int = term(10, "stamps", 1, 10_000)
    face_value: float = term(4.0, "money per reward", 0.0, 1e6, doc="of a free item: its price")
    cost: float = term(0.5, "share of face value", 0.0, 2.0, doc="what a reward costs the firm (k)")
    perceived: float = term(1.0, "share of face value", 0.0, 5.0, doc="what a reward is worth to the customer (v)")
    min_spend: float = term(0.0, "money", 0.0, 1e6, doc="a visit below it earns no stamp")
    endowed: int = term(0, "stamps", 0, 9_999, doc="given with the first card: endowed progress")
    expiry: int = term(0, "weeks", 0, 5200, doc="after how many weeks a card lapses; 0 = never")
    expiry_from: str = term("visit", "", choices=("visit", "card"), doc="since the last stamp, or since the first")
    pressure: str = term(
        "curve", "", choices=PRESSURES, doc="goal gradient, discounted waiting time, dynamic program, or as cash"
    )
    strength: float = term(1.0, "", 0.0, 50.0, doc="curve: how much steeper the last step is (p)")
    power: float = term(3.0, "", 0.0, 20.0, doc="curve: how late the pull rises (n)")
    discount: float = term(0.002, "per week", 1e-6, 1.0, doc="rational, foresight: impatience of the customer")
    beta: float = term(0.0, "per occasion", 0.0, 0.999999, doc="foresight: discount factor; 0 = from discount and rate")
    elsewhere: float = term(0.0, "money per visit", 0.0, 1e6, doc="foresight: what buying elsewhere saves")
    lost_visit: float = term(0.0, "per visit", 0.0, 1.0, doc="chance that the card is lost after a stamp")
    lost_power: float = term(
        0.0,
        "",
        0.0,
        20.0,
        doc="lost_visit falls with displayed progress as (1 - progress)^this; 0 = the same each step",
    )
    lost_week: float = term(0.0, "per week", 0.0, 1.0, doc="chance that the card is lost in a week")


@rule
def stamps_pull(
    joined, stamps, stamps_start, paid_cents, rate, prior, link_reward, stamps_live, stamps_needed, stamps_least,
    stamps_worth, stamps_foresight, stamps_rational, stamps_strength, stamps_power, stamps_discount, stamps_expiry,
    stamps_beta, stamps_elsewhere,
):  # fmt: skip
    """The worth of this visit's stamp per unit of spending, for a member."""
    if joined < 0 or stamps_live == 0 or paid_cents < stamps_least:
        return 0.0
    if stamps_foresight == 1:
        beta = stamps_beta
        if beta == 0.0:
            beta = rate / (rate + stamps_discount)
        return link_reward * step_worth(stamps, stamps_needed, stamps_worth, stamps_elsewhere, prior, beta) / paid_cents
    step, impatience = 1.0 / stamps_needed, 0.0
    if stamps_rational == 1:
        impatience = rational_impatience(rate * prior, step, stamps_discount, stamps_expiry)
    share = card_share(
        stamps / stamps_needed, step, stamps_start / stamps_needed, stamps_strength, stamps_power, impatience
    )
    return link_reward * stamps_worth * share / paid_cents


@rule
def stamps_cash(joined, spending, link_reward, stamps_visit_worth):
    """A member's stamp as plain cash per unit of spending, for the decision to buy in the category at all."""
    if joined < 0:
        return 0.0
    return link_reward * stamps_visit_worth / (spending * 100.0)


@rule
def stamps_week(
    joined, status, stamps, stamps_start, stamps_since, week, stamps_live, stamps_endowed, stamps_expiry,
    stamps_lost_week, draw_card_lost,
):  # fmt: skip
    """At the start of a week: a new member's first card with its endowed stamps; cards lapse or are lost."""
    if stamps_since < 0:
        if joined < 0 or status != 1 or stamps_live == 0 or stamps_endowed == 0:
            return stamps, stamps_start, stamps_since, 0, 0, 0, 0, 0
        return stamps_endowed, stamps_endowed, week, stamps_endowed, 0, 0, 0, 0
    if stamps == 0:
        return stamps, stamps_start, stamps_since, 0, 0, 0, 0, 0
    if stamps_expiry > 0 and week - stamps_since > stamps_expiry:
        return 0, 0, stamps_since, 0, stamps, 0, 1, 0
    if draw_card_lost < stamps_lost_week:
        return 0, 0, stamps_since, 0, 0, stamps, 0, 1
    return stamps, stamps_start, stamps_since, 0, 0, 0, 0, 0


@rule
def stamped(
    joined, stamps, stamps_start, stamps_since, week, spend, stamps_live, stamps_needed, stamps_least, stamps_endowed,
    stamps_by_card, stamps_lost_visit, stamps_lost_power, draw_card_lost,
):  # fmt: skip
    """At a visit: a stamp (the first one with the endowed ones), a reward for a full card; or the card is lost."""
    if joined < 0 or stamps_live == 0 or spend < stamps_least:
        return stamps, stamps_start, stamps_since, 0, 0, 0, 0, 0
    issued, start, since = 1, stamps_start, week
    if stamps_since < 0:
        issued = 1 + stamps_endowed
        start = stamps_endowed
    elif stamps_by_card == 1 and stamps > 0:
        since = stamps_since
    held = stamps + issued
    if stamps_lost_visit > 0.0 and draw_card_lost < stamps_lost_visit * raised(
        1.0 - stamps / stamps_needed, stamps_lost_power
    ):
        return 0, 0, since, issued, 0, held, 0, 1
    cards = held // stamps_needed
    if cards > 0:
        start = 0
    used = cards * stamps_needed
    return held - used, start, since, issued, used, 0, cards, 0


def per_visit(terms: Stamps) -> float:
    """Reward per visit in money as the customer values it: face value x perceived / needed."""
    return terms.face_value * terms.perceived / terms.needed


def gives(terms: Stamps) -> bool:
    """Does the card bring anything at all?"""
    return per_visit(terms) > 0.0


def columns(terms: Stamps | None, program) -> dict[str, float | int]:
    """The numbers that the step reads: money in cents."""
    own = Stamps(face_value=0.0) if terms is None else terms
    weekly = own.endowed > 0 or own.expiry > 0 or own.lost_week > 0.0
    return {
        "stamps_live": int(gives(own)),
        "stamps_weekly": int(weekly),
        "stamps_needed": own.needed,
        "stamps_least": max(1, round(own.min_spend * 100)),  # what is brought back earns none
        "stamps_endowed": own.endowed,
        "stamps_worth": own.face_value * own.perceived * 100.0,
        "stamps_visit_worth": per_visit(own) * 100.0,
        "stamps_foresight": int(own.pressure == "foresight"),
        "stamps_rational": int(own.pressure == "rational"),
        "stamps_strength": own.strength if own.pressure == "curve" else 0.0,
        "stamps_power": own.power,
        "stamps_discount": own.discount,
        "stamps_beta": own.beta,
        "stamps_elsewhere": own.elsewhere * 100.0,
        "stamps_expiry": own.expiry,
        "stamps_by_card": int(own.expiry_from == "card"),
        "stamps_lost_visit": own.lost_visit,
        "stamps_lost_power": own.lost_power,
        "stamps_lost_week": own.lost_week,
    }


def book(totals, terms: Stamps) -> dict[str, int]:
    """Rewards at their cost when redeemed, the stamps held as a liability, lapsed and lost ones as breakage."""
    cents, gone = round(terms.face_value * terms.cost * 100), totals["stamps_expired"] + totals["stamps_lost"]
    held = totals["stamps_issued"] - totals["stamps_redeemed"] - gone
    return {
        "reward_cost": totals["cards_full"] * cents,
        "liability": held * cents // terms.needed,
        "breakage": gone * cents // terms.needed,
    }


def check(terms: Stamps) -> list[tuple[str, str]]:
    """Conditions between keys."""
    problems = []
    ahead = terms.pressure in ("rational", "foresight")
    ends = [key for key in ("lost_visit", "lost_week") if getattr(terms, key) > 0.0]
    ends += ["expiry"] if terms.expiry > 0 and (terms.pressure == "foresight" or terms.expiry_from == "card") else []
    if ahead and ends:
        how = " from the first stamp" if ends == ["expiry"] and terms.pressure == "rational" else ""
        said = f"= {terms.pressure} does not foresee how a card ends by {' and '.join(ends)}{how}; set it to 0, or "
        problems.append(("pressure", f"{said}pressure=curve or none"))
    if terms.endowed >= terms.needed:
        problems.append(("endowed", f"= {terms.endowed} must stay below needed = {terms.needed}"))
    return problems


def tell(scene: Scene) -> list[str]:
    """A card lost or lapsed, a reward, or how many stamps are missing."""
    before, after = int(scene.before["stamps"]), int(scene.after["stamps"])
    if not gives(scene.terms) or scene.after["joined"] < 0:
        return []
    if scene.visits == 0 and after < before:
        return scene.say(f"{before} stamps of {scene.firm} gone", f"{scene.firm} 的 {before} 枚印花没了")
    if scene.visits and after <= before and before + scene.visits >= scene.terms.needed:
        return scene.say(f"a full card: a reward at {scene.firm}", f"集满一卡,在 {scene.firm} 得到奖励")
    if scene.visits and after > before:
        left = scene.terms.needed - after
        word = "stamp" if left == 1 else "stamps"
        return scene.say(
            f"{left} {word} short of a reward at {scene.firm}", f"离 {scene.firm} 的奖励还差 {left} 枚印花"
        )
    return []


MECHANISM = Mechanism(
    name="stamps",
    level="program",
    source="Kivetz, Urminsky & Zheng 2006, JMR 43 (cafe card); Nunes & Dreze 2006, JCR 32 (endowed progress); "
    "Goel & Skochdopole 2017, WINE (foresight)",
    terms=Stamps,
    neutral={"face_value": 0.0},
    columns=columns,
    needs=("membership",),
    fields={
        "stamps": Field(per_firm=True, dtype="int32", start=0, unit="stamps"),
        "stamps_start": Field(per_firm=True, dtype="int32", start=0, unit="stamps"),
        "stamps_since": Field(per_firm=True, dtype="int32", start=-1, unit="week, -1 = never"),
    },
    hooks=(
        Hook(
            "week", stamps_week, sets=("stamps", "stamps_start", "stamps_since"),
            counts=("stamps_issued", "stamps_expired", "stamps_lost", "cards_expired", "cards_lost"),
            only="stamps_weekly != 0 and joined >= 0",
        ),
        Hook("utility", stamps_pull),
        Hook("appeal", stamps_cash),
        Hook(
            "visit", stamped, sets=("stamps", "stamps_start", "stamps_since"),
            counts=("stamps_issued", "stamps_redeemed", "stamps_lost", "cards_full", "cards_lost"),
        ),
    ),
    counts={
        "stamps_issued": "stamps",
        "stamps_redeemed": "stamps",
        "stamps_expired": "stamps",
        "stamps_lost": "stamps",
        "cards_full": "cards",
        "cards_expired": "cards",
        "cards_lost": "cards",
    },
    book=book,
    reward_visit=per_visit,
    gives=gives,
    check=check,
    stocks=(Stock("stamps_issued", ("stamps_redeemed", "stamps_expired", "stamps_lost"), "stamps"),),
    amplifiers={
        "progress": Amplifier(PROGRESS, {"pressure": "none"}, CLOSER),
        "bonus": Amplifier("sign-up bonus", {"endowed": 0}, "开卡赠点"),
    },
    generosity="face_value",
    cost="cost",
    tell=tell,
    order=22,
)  # fmt: skip
