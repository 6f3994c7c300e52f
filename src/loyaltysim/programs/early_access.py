"""A new good, scarce or not, that some may buy before others: who wants it, who gets it, what is earned with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.behaviour.bond import feels
from loyaltysim.mechanism.audience import Audience, audience, audience_of
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

PARTS = 1_000_000  # shares are carried in millionths
NOT_YET = -1
HIDDEN, EARLY, OPEN = 0.0, 1.0, 2.0  # is a good not on sale, for the first of them, for all


@dataclass(frozen=True)
class EarlyAccess(Audience, Dated):
    """Each buys one, or none. Each week somebody who is interested and has none yet wants it with the chance

        share of purchases at the firm x [innovate (1 + liking bond) + imitate had] / (1 + caution price (1 - bond))

    had = the share of those interested who have it; price in usual purchases: a dear good asks for trust. Where more
    want it than there are left, luck decides.
    """

    audience: str = audience("member", "who may buy it early")
    after: int = term(8, "weeks", 0, 5199, doc="that this has run when the first of them may buy it")
    early: int = term(4, "weeks", 0, 520, doc="in which only they may buy it; 0 = all at once")
    stock: int = term(100, "units", 0, 100_000_000)
    price: float = term(60.0, "money per unit", 0.01, 1e6)
    discount: float = term(0.0, "share of the price", 0.0, 1.0, doc="less for whoever buys early")
    unit_cost: float = term(30.0, "money per unit", 0.0, 1e6, doc="of each that is sold")
    interested: float = term(0.2, "share of customers", 0.0, 1.0, doc="who may want it at all, for life")
    innovate: float = term(0.05, "per week", 0.0, 1.0, doc="chance of wanting it by oneself (Bass 1969: p)")
    imitate: float = term(0.2, "per week", 0.0, 5.0, doc="where all others have it (q)")
    liking: float = term(0.0, "times", -1.0, 100.0, doc="how much sooner by oneself at a full bond; signed")
    caution: float = term(0.0, "per usual purchase", 0.0, 100.0, doc="how the price puts off who has no bond")
    effect: float = term(0.0, "share of the gap to a full bond", -1.0, 1.0, doc="of getting it")
    missed: float = term(0.0, "event", 0.0, 1.0, doc="of wanting it when too few are left")

    @property
    def live(self) -> bool:
        """Is there something to be wanted?"""
        return self.stock > 0 and self.interested > 0.0

    @property
    def cents(self) -> int:
        """The price in cents."""
        return round(100.0 * self.price)

    @property
    def early_cents(self) -> int:
        """What it costs early, rounded down once."""
        return self.cents - self.cents * round(self.discount * PARTS) // PARTS


def wanting(own: EarlyAccess, prior: Any, bond: Any, had: float, usual: float) -> Any:
    """The chance that somebody interested wants it this week. usual : mean purchase, money; for one or for all"""
    chance = prior * (own.innovate * (1.0 + own.liking * bond) + own.imitate * had)
    chance = chance / (1.0 + own.caution * own.price / usual * (1.0 - bond))
    return np.clip(chance, 0.0, 1.0)


def interested(market: World, own: EarlyAccess, name: str) -> np.ndarray:
    """Who may want the good of a firm at all. -> (n,) bool"""
    found: np.ndarray = market.population.lasting("launch_interest", market.terms.luck(name)) < own.interested
    return found


def wishes(market: World, own: EarlyAccess, name: str, place: int, had: float) -> np.ndarray:
    """Who wants one this week for the first time, and may have it. -> (n,) bool; newcomers do not know yet"""
    people = market.population
    luck = people.weekly("launch_want", market.week, market.terms.luck(name))
    chance = wanting(own, people["prior"][:, place], people["bond"][:, place], had, market.terms.market.basket.mean)
    able = (people["status"] == 1) & (people["entered"] < market.week)
    able &= (people["launch_week"][:, place] == NOT_YET) & (people["launch_missed"][:, place] == NOT_YET)
    if stage(market, own, name) == EARLY:
        able &= audience_of(people, place, own)
    wants: np.ndarray = able & interested(market, own, name) & (luck < chance)
    return wants


def lot(market: World, name: str) -> np.ndarray:
    """Who is served first this week: the lowest luck. -> (n,)"""
    return market.population.weekly("launch_lot", market.week, market.terms.luck(name))


def stage(market: World, own: EarlyAccess, name: str) -> float:
    """Who may buy the good of a firm this week."""
    ran = market.firms[name].totals.get("weeks_running/early_access", 0)
    return HIDDEN if ran < own.after else EARLY if ran < own.after + own.early else OPEN


def on_sale(market: World) -> list[tuple[int, str, EarlyAccess]]:
    """The goods of this week: place and name of the firm, terms."""
    found = [(j, name, f.running_program.get("early_access")) for j, (name, f) in enumerate(market.firms.items())]
    shown = [(j, name, own) for j, name, own in found if own is not None and own.live]
    return [(j, name, own) for j, name, own in shown if stage(market, own, name) != HIDDEN]


def shelf(market: World, terms: EarlyAccess) -> dict[str, np.ndarray]:
    """Of each firm: who may buy the good, the share of those interested who have it, and the luck up to which this
    week's wishes are served out of what is left. -> (n_firms,) each
    """
    stages, had, bar = (np.zeros(len(market.firms)) for _ in range(3))
    for j, name, own in on_sale(market):
        stages[j] = stage(market, own, name)
        sold = market.population["launch_week"][:, j] != NOT_YET
        likely = interested(market, own, name) & (market.population["status"] == 1)
        had[j] = min(1.0, sold.sum() / max(1, int(likely.sum())))
        wants, left = wishes(market, own, name, j, had[j]), own.stock - int(sold.sum())
        bar[j] = 1.0 if int(wants.sum()) <= left else 0.0
        if 0 < left < int(wants.sum()):
            bar[j] = np.partition(lot(market, name)[wants], left - 1)[left - 1]
    return {"launch_stage": stages, "launch_had": had, "launch_bar": bar}


def sell(market: World, terms: EarlyAccess) -> None:
    """Before customers shop: whose wish is served has it from this week on, others go without."""
    people, around = market.population, market.surroundings[-1]
    for j, name, own in on_sale(market):
        wants = wishes(market, own, name, j, float(around["launch_had"][j]))
        gets = wants & (lot(market, name) <= around["launch_bar"][j])
        people["launch_week"][gets, j] = market.week
        people["launch_missed"][wants & ~gets, j] = market.week


@rule
def got_it(here: Any, terms: Any, visit: Any) -> bool:
    """Did this customer get the good this week, or want it in vain?"""
    return terms.live != 0 and (here.launch_week == visit.week or here.launch_missed == visit.week)


@rule
def launch_counted(here: Any, terms: Any, visit: Any) -> None:
    """What is paid for it is revenue beside the till; who went without is counted too."""
    if here.launch_week != visit.week:
        visit.goods_missed += 1
        return
    visit.goods_sold += 1
    if terms.launch_stage == EARLY:
        visit.goods_early += 1
        visit.goods_cents += terms.early_cents
    else:
        visit.goods_cents += terms.cents


@rule
def launch_felt(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """Who got it thinks better of the firm, who went without thinks worse."""
    if here.launch_week == visit.week:
        feels(here, me, terms, terms.effect)
    else:
        feels(here, me, terms, -terms.missed)


def book(totals: Mapping[str, int], terms: EarlyAccess) -> dict[str, int]:
    """What the good brought and cost; what is not sold goes back at no cost."""
    return {
        "revenue": totals["goods_cents"],
        "cost_of_goods": totals["goods_sold"] * round(terms.unit_cost * 100),
    }


def tell(scene: Scene) -> list[str]:
    """Having got it, or not."""
    if scene.counts.get("goods_sold", 0) > 0:
        return scene.say(f"bought the new good of {scene.firm}", f"买到了 {scene.firm} 的新品")
    if scene.counts.get("goods_missed", 0) > 0:
        return scene.say(f"found the new good of {scene.firm} sold out", f"{scene.firm} 的新品已售罄")
    return []


MECHANISM = Mechanism(
    name="early_access",
    level="program",
    source="Bass 1969, Management Science 15 (innovation, imitation); early access, trust: source texts, S4-11, S4-13, "
    "S4-25; all sizes assumed",
    terms=EarlyAccess,
    neutral={"stock": 0},
    needs=("bond", "membership"),
    fields={
        "launch_week": Field(per_firm=True, dtype="int32", start=NOT_YET, unit="week of buying the good, -1 = not"),
        "launch_missed": Field(
            per_firm=True, dtype="int32", start=NOT_YET, unit="week of wanting it in vain, -1 = not"
        ),
    },
    hooks=(
        Hook("week", launch_counted, when=got_it),
        Hook("week", launch_felt, when=got_it),
    ),
    counts={
        "goods_sold": "units",
        "goods_early": "units",
        "goods_cents": "cents",
        "goods_missed": "customers",
    },
    around=shelf,
    around_columns={"launch_stage": HIDDEN},
    each_week=sell,
    book=book,
    gives=lambda terms: terms.members and terms.live and terms.early > 0,
    generosity="discount",
    own=True,
    tell=tell,
    order=72,
)
