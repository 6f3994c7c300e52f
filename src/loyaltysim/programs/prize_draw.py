"""Rewards by chance: a prize at a visit, announced or not, of one kind or several; or few among all who enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.behaviour.bond import feels
from loyaltysim.mechanism import draws
from loyaltysim.mechanism.audience import Audience, addressed, audience
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Role, Scene, Stock, World
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.terms import term

PARTS = 1_000_000  # shares are carried in millionths
KINDS = ("used_to_first", "used_to_second", "used_to_third", "used_to_fourth")
NEVER_ENTERED = -2  # no week, nor the one before the first


@dataclass(frozen=True)
class Prize(Audience, Dated):
    """At a visit a prize with some chance; each week `prizes` more among those who came in the week before.

    What is announced pulls by its expectation, more or less by `attraction` where it is uncertain. What is not pulls
    nothing; it pleases whoever does not expect it, and is expected by whoever got it often.
    """

    audience: str = audience("member", "who may win")
    chance: float = term(0.1, "per visit", 0.0, 1.0, doc="of a prize; 1 = a reward at each visit")
    value: float = term(4.0, "money per prize", 0.0, 1e6, doc="what one sells for, in the mean")
    big_share: float = term(0.0, "share of prizes", 0.0, 1.0, doc="that are big ones; the mean stays")
    big: float = term(1.0, "times the mean prize", 1.0, 1e4, doc="how big those are")
    cost: float = term(0.8, "share of face value", 0.0, 2.0, doc="what a prize costs the firm (k)")
    perceived: float = term(1.0, "share of face value", 0.0, 5.0, doc="what a prize is worth to the customer (v)")
    announced: bool = term(True, "", doc="do customers know beforehand?")
    attraction: float = term(
        0.0, "share of the expectation", -1.0, 5.0,
        doc="what chance itself adds to an announced prize, or takes; 0 = risk neutral",
    )  # fmt: skip
    prizes: int = term(0, "prizes per week", 0, 1_000_000, doc="contest: among all who came the week before")
    kinds: int = term(1, "kinds", 1, len(KINDS), doc="of prizes, in turn")
    habituation: float = term(
        0.0, "per recent prize of the kind", 0.0, 100.0, doc="how fast the same is worth less; or per unit of money"
    )
    counted: str = term(
        "prizes", "", choices=("prizes", "money"), doc="what one gets used to: every prize alike, or its money"
    )
    memory: float = term(13.0, "weeks", 0.1, 5200.0, doc="half-life of recent prizes")
    effect: float = term(0.0, "share of the gap to a full bond", -1.0, 1.0, doc="of a prize that nobody expected")
    letdown: float = term(0.0, "event per visit without it", 0.0, 1.0, doc="of who was sure of a prize")
    learning: float = term(0.1, "share of the gap per visit", 0.0, 1.0, doc="how fast one that is not told is expected")

    @property
    def live(self) -> bool:
        """Is there anything to win?"""
        return self.value > 0.0 and (self.chance > 0.0 or self.prizes > 0)

    @property
    def contest(self) -> bool:
        """Are prizes given among those who enter?"""
        return self.value > 0.0 and self.prizes > 0

    @property
    def usual_cents(self) -> int:
        """The mean prize, cents: what a contest gives."""
        return round(100.0 * self.value)

    @property
    def big_cents(self) -> int:
        """A big prize."""
        return round(100.0 * self.value * self.big)

    @property
    def small_cents(self) -> int:
        """Any other, so that the mean stays."""
        if self.big_share >= 1.0:
            return 0
        return max(0, round(100.0 * self.value * (1.0 - self.big_share * self.big) / (1.0 - self.big_share)))

    @property
    def mean_cents(self) -> float:
        """The mean of what is drawn, in whole cents each."""
        return self.big_share * self.big_cents + (1.0 - self.big_share) * self.small_cents

    @property
    def risk(self) -> float:
        """1 - E[prize]^2 / E[prize^2] of a visit: 0 = certain, near 1 = hardly ever, but then a lot."""
        square = self.big_share * self.big_cents**2 + (1.0 - self.big_share) * self.small_cents**2
        return max(0.0, 1.0 - self.chance * self.mean_cents**2 / square) if square > 0.0 else 0.0

    @property
    def promised(self) -> float:
        """What a visit promises to a customer, cents: its expectation, and what chance adds or takes."""
        expected = self.chance * self.mean_cents * self.perceived
        return expected * max(0.0, 1.0 + self.attraction * self.risk) if self.announced and self.live else 0.0

    @property
    def entry_worth(self) -> float:
        """A prize of a contest as the customer values it, cents; 0 where nobody is told."""
        return self.usual_cents * self.perceived if self.announced else 0.0

    @property
    def wears(self) -> bool:
        """Do customers get used to prizes?"""
        return self.live and self.habituation > 0.0

    @property
    def by_money(self) -> bool:
        """Do they by what they got, not by how often?"""
        return self.counted == "money"

    @property
    def keep(self) -> float:
        """What is left of recent prizes after a week."""
        return 0.5 ** (1.0 / self.memory)

    @property
    def felt(self) -> bool:
        """Does a prize, or none, move the bond?"""
        return self.live and (self.effect != 0.0 or self.letdown != 0.0)


def lots(market: World, terms: Prize) -> dict[str, np.ndarray]:
    """Of each firm's contest: the luck up to which those win who came the week before, and how many of them it was as a
    chance for one. -> (n_firms,) each
    """
    people = market.population
    bar, odds = np.zeros(len(market.firms)), np.zeros(len(market.firms))
    for j, (name, firm) in enumerate(market.firms.items()):
        own = firm.running_program.get("prize_draw")
        if own is None or not own.contest:
            continue
        entered = (people["prize_entry"][:, j] == market.week - 1) & (people["status"] == 1)
        many = int(entered.sum())
        odds[j] = min(1.0, own.prizes / many) if many else 0.0
        bar[j] = 1.0
        if many > own.prizes:
            with np.errstate(over="ignore"):
                week = draws.child(people["key"][entered], np.uint64(market.week))
                luck = draws.item_uniform(week, draws.purpose("prize_contest"), draws.item_key(market.terms.luck(name)))
            bar[j] = np.partition(luck, own.prizes - 1)[own.prizes - 1]
    return {"contest_bar": bar, "contest_odds": odds}


@rule
def enjoyed(here: Any, terms: Any) -> float:
    """How much of its worth the kind that is next still has: 1 / (1 + habituation x recent ones), as of contacts."""
    kind = here.prizes_had % terms.kinds
    return 1.0 / (1.0 + terms.habituation * here.used_to[kind])


@rule
def entry_promises(terms: Any) -> float:
    """What taking part in the contest promises, cents, if as many take part as last week."""
    odds = terms.contest_odds
    return odds * terms.entry_worth * max(0.0, 1.0 + terms.attraction * (1.0 - odds))


@rule
def prize_pull(here: Any, me: Any, terms: Any, visit: Any) -> float:
    """What a visit promises, per unit of spending; one entry a week counts."""
    if addressed(here, me, terms) == 0:
        return 0.0
    worth = terms.promised
    if here.prize_entry < visit.week:
        worth = worth + entry_promises(terms)
    return me.link_reward * enjoyed(here, terms) * worth / visit.paid_cents


@rule
def prize_cash(here: Any, me: Any, terms: Any) -> float:
    """The same per unit of usual spending, for the decision to buy in the category at all."""
    if addressed(here, me, terms) == 0:
        return 0.0
    worth = terms.promised + entry_promises(terms)
    return me.link_reward * enjoyed(here, terms) * worth / (me.spending * 100.0)


@rule
def something_to_win(here: Any, terms: Any) -> bool:
    """Is there a prize, or one that waits to be handed over?"""
    return terms.live != 0 or here.contest_waits != 0


@rule
def prize_drawn(here: Any, me: Any, terms: Any, visit: Any, draw_prize: float, draw_prize_size: float) -> None:
    """At a visit: what was won in the contest is handed over, the next entry made, and a prize drawn."""
    if visit.spend <= 0:
        return
    won = here.contest_waits
    money = won * terms.usual_cents
    visit.contest_collected += won
    here.contest_waits = 0
    if addressed(here, me, terms) != 0:
        if terms.contest == 1 and here.prize_entry < visit.week:
            here.prize_entry = visit.week
            visit.contest_entries += 1
        if terms.live == 1 and draw_prize < terms.chance:
            cents = terms.small_cents
            if draw_prize_size < terms.big_share:
                cents = terms.big_cents
            won = won + 1
            money = money + cents
            visit.prizes_drawn += 1
            visit.prize_cents += cents
    visit.prized += won
    visit.prize_money += money
    visit.reward_given += won


@rule
def hoped_for(here: Any, terms: Any) -> float:
    """The chance of a prize that the customer reckons with: as announced, or as it went so far."""
    if terms.announced == 1:
        return terms.chance
    return here.prize_hoped


@rule
def prizes_are_felt(terms: Any) -> bool:
    """Does a prize, or none, move the bond?"""
    return terms.felt != 0


@rule
def prize_felt(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """What was not expected pleases, what was and did not come lets down."""
    if addressed(here, me, terms) == 0:
        return
    hope = hoped_for(here, terms)
    if visit.prized > 0:
        feels(here, me, terms, terms.effect * enjoyed(here, terms) * (1.0 - hope))
    elif terms.letdown * hope > 0.0:
        feels(here, me, terms, -terms.letdown * hope)


@rule
def used_to_prizes(here: Any, me: Any, terms: Any, visit: Any) -> None:
    """After the visit: the kind that came is less new, the next is in turn, and prizes are expected as they come."""
    if addressed(here, me, terms) == 0:
        return
    came = 0.0
    if visit.prized > 0:
        came = 1.0
        more = visit.prized * 1.0
        if terms.by_money == 1:
            more = visit.prize_money / 100.0
        kind = here.prizes_had % terms.kinds
        here.used_to[kind] = here.used_to[kind] + more
        here.prizes_had = here.prizes_had + visit.prized
    here.prize_hoped = here.prize_hoped + terms.learning * (came - here.prize_hoped)


@rule
def may_forget_prizes(here: Any, terms: Any) -> bool:
    """Has the customer had any, and do they wear off?"""
    return terms.wears != 0 and here.prizes_had > 0


@rule
def prizes_fade(here: Any, terms: Any) -> None:
    """A week passes: every kind is a little newer."""
    for k in range(terms.kinds):
        here.used_to[k] = here.used_to[k] * terms.keep


@rule
def entered_last_week(here: Any, me: Any, terms: Any, visit: Any) -> bool:
    """Did this customer come in the week before, where that was an entry?"""
    return terms.contest != 0 and here.prize_entry == visit.week - 1 and me.status == 1


@rule
def contest_decided(here: Any, terms: Any, visit: Any, draw_prize_contest: float) -> None:
    """At the start of a week: those with the best luck win, and have it handed over when they come next."""
    if draw_prize_contest <= terms.contest_bar:
        here.contest_waits = here.contest_waits + 1
        visit.contest_wins += 1


def book(totals: Mapping[str, int], terms: Prize) -> dict[str, int]:
    """Prizes at their cost: drawn ones when they are, those of a contest when they are won."""
    given = totals["prize_cents"] + totals["contest_wins"] * terms.usual_cents
    return {"reward_cost": given * round(terms.cost * PARTS) // PARTS}


def check(terms: Prize) -> list[tuple[str, str]]:
    """Conditions between keys."""
    if terms.big_share * terms.big <= 1.0:
        return []
    most = f"{1.0 / terms.big_share:g}"
    return [
        ("big", f"= {terms.big:g} with big_share = {terms.big_share:g} leaves nothing for the others: at most {most}")
    ]


def tell(scene: Scene) -> list[str]:
    """A prize."""
    won = scene.counts.get("prizes_drawn", 0) + scene.counts.get("contest_collected", 0)
    if won == 0:
        return []
    cents = scene.counts.get("prize_cents", 0) + scene.counts.get("contest_collected", 0) * scene.terms.usual_cents
    money = scene.money(cents)
    return scene.say(f"won {money} at {scene.firm}", f"在 {scene.firm} 中奖，价值 {money}")


MECHANISM = Mechanism(
    name="prize_draw",
    level="program",
    source="rewards by chance (source texts, S4-28, S4-30, S4-53, S4-58); form as of contacts; every size assumed",
    terms=Prize,
    neutral={"chance": 0.0, "prizes": 0},
    needs=("bond", "membership"),
    fields={
        "prizes_had": Field(per_firm=True, dtype="int32", start=0, unit="prizes"),
        "used_to": Field(
            per_firm=True, dtype="float32", unit="recent prizes of each kind, or money, fading", parts=KINDS
        ),
        "prize_hoped": Field(per_firm=True, dtype="float64", start=0.0, unit="chance per visit"),
        "prize_entry": Field(per_firm=True, dtype="int32", start=NEVER_ENTERED, unit="week of the last entry"),
        "contest_waits": Field(per_firm=True, dtype="int32", start=0, unit="prizes won and not handed over yet"),
    },
    hooks=(
        Hook("week", prizes_fade, when=may_forget_prizes),
        Hook("week", contest_decided, when=entered_last_week),
        Hook("utility", prize_pull),
        Hook("appeal", prize_cash),
        Hook("visit", prize_drawn, when=something_to_win),
        Hook("visit", prize_felt, when=prizes_are_felt, order=47),
        Hook("visit", used_to_prizes, when=something_to_win, order=48),
    ),
    counts={
        "prizes_drawn": "prizes",
        "prize_cents": "cents",
        "contest_entries": "customers and weeks",
        "contest_wins": "prizes",
        "contest_collected": "prizes",
    },
    roles={
        "prized": Role("prizes received"),
        "prize_money": Role("what the prizes received sell for, cents"),
    },
    around=lots,
    around_columns={"contest_bar": 0.0, "contest_odds": 0.0},
    book=book,
    reward_visit=lambda terms: terms.promised / 100.0,
    gives=lambda terms: terms.members and terms.live,
    check=check,
    stocks=(Stock("contest_wins", ("contest_collected",), "contest_waits"),),
    generosity="value",
    cost="cost",
    tell=tell,
    order=27,
)
