"""Buy n, get one free: a stamp for each visit, a full card is a reward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Amplifier, Field, Hook, Mechanism, Scene, Stock, Worth
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term
from loyaltysim.theory.goal_gradient import CLOSER, PROGRESS, card_share, raised, rational_impatience, step_worth

PRESSURES = ("curve", "rational", "foresight", "none")


@dataclass(frozen=True)
class Stamps(Audience, Dated):
    """One stamp a visit; `needed` stamps are a reward of `face_value`, given at once."""

    audience: str = audience("member", "who collects stamps; others than members need no card")
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
    strength: float = term(
        2.0, "", 0.0, 50.0, doc="curve: how much steeper the last step is (p)",
        source="Kivetz et al. 2006: the last gap of a cafe card is 20 % shorter than the first; so it is at 2",
    )  # fmt: skip
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

    @property
    def per_visit(self) -> float:
        """Reward per visit in money as the customer values it: face value x perceived / needed."""
        return self.face_value * self.perceived / self.needed

    @property
    def live(self) -> bool:
        """Does the card bring anything at all?"""
        return self.per_visit > 0.0

    @property
    def weekly(self) -> bool:
        """Can a card change between visits?"""
        return self.endowed > 0 or self.expiry > 0 or self.lost_week > 0.0

    @property
    def least(self) -> int:
        """The least spending that earns a stamp, cents: what is brought back earns none."""
        return max(1, round(self.min_spend * 100))

    @property
    def worth(self) -> float:
        """A reward in cents, as the customer values it."""
        return self.face_value * self.perceived * 100.0

    @property
    def worth_of_a_visit(self) -> float:
        """A stamp as plain cash, in cents."""
        return self.per_visit * 100.0

    @property
    def foresees(self) -> bool:
        """Does the customer solve a dynamic program?"""
        return self.pressure == "foresight"

    @property
    def rational(self) -> bool:
        """Do customers discount waiting time?"""
        return self.pressure == "rational"

    @property
    def steepness(self) -> float:
        """How much steeper the last step is; 0 where the card pulls as cash."""
        return self.strength if self.pressure == "curve" else 0.0

    @property
    def saved_elsewhere(self) -> float:
        """What buying elsewhere saves, in cents."""
        return self.elsewhere * 100.0

    @property
    def by_card(self) -> bool:
        """Does a card lapse some time after its first stamp?"""
        return self.expiry_from == "card"


@rule
def stamps_pull(here: Any, me: Any, terms: Any, visit: Any) -> float:
    """The worth of this visit's stamp per unit of spending, for a member."""
    if terms.live == 0 or visit.paid_cents < terms.least or addressed(here, me, terms) == 0:
        return 0.0
    if terms.foresees == 1:
        beta = terms.beta
        if beta == 0.0:
            beta = me.rate / (me.rate + terms.discount)
        saved = terms.saved_elsewhere
        worth = step_worth(here.stamps, terms.needed, terms.worth, saved, here.prior, beta)
        return me.link_reward * worth / visit.paid_cents
    step, impatience = 1.0 / terms.needed, 0.0
    if terms.rational == 1:
        impatience = rational_impatience(me.rate * here.prior, step, terms.discount, terms.expiry)
    x, x_0 = here.stamps / terms.needed, here.stamps_start / terms.needed
    share = card_share(x, step, x_0, terms.steepness, terms.power, impatience)
    return me.link_reward * terms.worth * share / visit.paid_cents


@rule
def stamps_cash(here: Any, me: Any, terms: Any) -> float:
    """A member's stamp as plain cash per unit of spending, for the decision to buy in the category at all."""
    if addressed(here, me, terms) == 0:
        return 0.0
    return me.link_reward * terms.worth_of_a_visit / (me.spending * 100.0)


@rule
def cards_change_between_visits(here: Any, me: Any, terms: Any) -> bool:
    """Are cards endowed, or can they end, between visits?"""
    return terms.weekly != 0 and addressed(here, me, terms) != 0


@rule
def stamps_week(here: Any, me: Any, terms: Any, visit: Any, draw_card_lost: float) -> None:
    """At the start of a week: a new member's first card with its endowed stamps; cards lapse or are lost."""
    if here.stamps_since < 0:
        if me.status == 1 and terms.live == 1 and terms.endowed > 0:
            here.stamps = terms.endowed
            here.stamps_start = terms.endowed
            here.stamps_since = visit.week
            visit.stamps_issued += terms.endowed
    elif here.stamps > 0:
        if terms.expiry > 0 and visit.week - here.stamps_since > terms.expiry:
            visit.stamps_expired += here.stamps
            visit.cards_expired += 1
            here.stamps = 0
            here.stamps_start = 0
        elif draw_card_lost < terms.lost_week:
            visit.stamps_lost += here.stamps
            visit.cards_lost += 1
            here.stamps = 0
            here.stamps_start = 0


@rule
def stamped(here: Any, me: Any, terms: Any, visit: Any, draw_card_lost: float) -> None:
    """At a visit: a stamp (the first one with the endowed ones), a reward for a full card; or the card is lost."""
    if terms.live == 0 or visit.spend < terms.least or addressed(here, me, terms) == 0:
        return
    issued = 1
    if here.stamps_since < 0:
        issued = 1 + terms.endowed
        here.stamps_start = terms.endowed
        here.stamps_since = visit.week
    elif terms.by_card == 0 or here.stamps == 0:
        here.stamps_since = visit.week
    held = here.stamps + issued
    visit.stamps_issued += issued
    visit.reward_earned += issued
    if terms.lost_visit > 0.0 and draw_card_lost < terms.lost_visit * raised(
        1.0 - here.stamps / terms.needed, terms.lost_power
    ):
        visit.stamps_lost += held
        visit.cards_lost += 1
        here.stamps = 0
        here.stamps_start = 0
        return
    cards = held // terms.needed
    if cards > 0:
        here.stamps_start = 0
    here.stamps = held - cards * terms.needed
    visit.stamps_redeemed += cards * terms.needed
    visit.cards_full += cards
    visit.reward_given += cards


def worth(terms: Stamps) -> Worth:
    """A full card of stamps."""
    return Worth(terms.needed, round(terms.face_value * terms.cost * 100), round(terms.face_value * 100))


def book(totals: Mapping[str, int], terms: Stamps) -> dict[str, int]:
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
    if not scene.terms.live or (scene.terms.members and scene.after["joined"] < 0):
        return []
    if scene.visits == 0 and after < before:
        return scene.say(f"{before} stamps of {scene.firm} gone", f"{scene.firm} 的 {before} 个章作废")
    if scene.visits and after <= before and before + scene.visits >= scene.terms.needed:
        return scene.say(f"a full card: a reward at {scene.firm}", f"集满一卡，在 {scene.firm} 得到奖励")
    if scene.visits and after > before:
        left = scene.terms.needed - after
        word = "stamp" if left == 1 else "stamps"
        return scene.say(f"{left} {word} short of a reward at {scene.firm}", f"离 {scene.firm} 的奖励还差 {left} 个章")
    return []


MECHANISM = Mechanism(
    name="stamps",
    level="program",
    source="Kivetz, Urminsky & Zheng 2006, JMR 43 (cafe card); Nunes & Dreze 2006, JCR 32 (endowed progress); "
    "Goel & Skochdopole 2017, WINE (foresight)",
    terms=Stamps,
    neutral={"face_value": 0.0},
    needs=("membership",),
    fields={
        "stamps": Field(per_firm=True, dtype="int32", start=0, unit="stamps"),
        "stamps_start": Field(per_firm=True, dtype="int32", start=0, unit="stamps"),
        "stamps_since": Field(per_firm=True, dtype="int32", start=-1, unit="week, -1 = never"),
    },
    hooks=(
        Hook("week", stamps_week, when=cards_change_between_visits),
        Hook("utility", stamps_pull),
        Hook("appeal", stamps_cash),
        Hook("visit", stamped),
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
    reward_visit=lambda terms: terms.per_visit,
    gives=lambda terms: terms.members and terms.live,
    check=check,
    stocks=(
        Stock(
            "stamps_issued",
            ("stamps_redeemed", "stamps_expired", "stamps_lost"),
            "stamps",
            "stamps_expired",
            worth=worth,
        ),
    ),
    amplifiers={
        "progress": Amplifier(PROGRESS, {"pressure": "none"}, CLOSER),
        "bonus": Amplifier("sign-up bonus", {"endowed": 0}, "开卡赠点"),
    },
    generosity="face_value",
    cost="cost",
    tell=tell,
    order=22,
)  # fmt: skip
