"""What a market leaves behind: tables with one row per thing and named columns with units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.behaviour.emotions import FELT
from loyaltysim.firms.firm import COSTS, LINES
from loyaltysim.firms.policies import move_in_and_out
from loyaltysim.market.accounts import ACCOUNT
from loyaltysim.market.survey import COLUMNS as ANSWERS
from loyaltysim.market.vintages import UNITS as OF_VINTAGES
from loyaltysim.mechanism.declare import Mechanism
from loyaltysim.mechanism.names import CONTRACT_COUNTS
from loyaltysim.mechanism.registry import registry
from loyaltysim.scenario.dates import variants
from loyaltysim.scenario.hints import nearest

TRAITS = ("log_g", "prior", "aware", "bond", *FELT)  # (n, n_firms) state of customers that a book keeps


@dataclass
class Book:
    """One run of one world.

    weekly    one row per week and firm: counters (purchases, customers, cents, ...), ledger lines (cents) and the price
    people    one row per customer: id, traits, state
    visits    (quarters, customers, firms) purchases;  spend : the same in cents; empty without `record.panel`
    log       one row per purchase; empty without `record.log`
    offers    every firm's public offer by week, and `around` what the week had in common: what a replay follows
    survey    one row per wave, customer and firm that the customer knows; empty without `record.survey`
    moves     one row per change of firm in a contract market: customer, week, from, to (positions; -1 = outside)
    traits    tastes, and what customers know and feel at the end, (n, n_firms) each, of the mechanisms at work
    vintages  one row per week, firm and vintage of points, where they lapse by date; None elsewhere
    first_started : (n,) week in which each customer's first contract began, there
    accounts  (quarters, n, n_firms, lines) cents that each customer brought and cost, by line of `ACCOUNT`; empty
              without `record.accounts`
    came_by   (n, n_firms) week of coming by a referral, -1 = not; None where nobody refers
    partners  one row per week and partner of a coalition, its own market's counters and ledger; None without any
    own_currencies : by week, the offers of partners whose currency is their own, by partner; empty without any
    """

    weekly: pd.DataFrame
    people: pd.DataFrame
    visits: np.ndarray
    spend: np.ndarray
    log: pd.DataFrame
    offers: Sequence[Mapping[str, Any]]
    around: Sequence[Mapping[str, Any]]
    moves: pd.DataFrame
    survey: pd.DataFrame
    firms: tuple[str, ...]
    traits: dict[str, np.ndarray] = field(default_factory=dict)
    vintages: pd.DataFrame | None = None
    first_started: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    accounts: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 0, len(ACCOUNT)), np.int64))
    came_by: np.ndarray | None = None
    partners: pd.DataFrame | None = None
    own_currencies: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, market: Any) -> Book:
        """Read the tables off a `Market` (a later layer, so it is not named in the types)."""
        firms = tuple(market.firms)
        weeks, n_firms = len(market.weekly), len(firms)
        counts = np.concatenate(market.weekly) if weeks else np.zeros((0, len(market.assembled.counts)), np.int64)
        weekly = pd.DataFrame(
            {"week": np.repeat(np.arange(weeks), n_firms), "firm": np.tile(np.array(firms, object), weeks)}
        )
        weekly = weekly.join(pd.DataFrame(counts, columns=list(market.assembled.counts)))
        ledger = pd.DataFrame(market.ledgers, columns=list(LINES)).drop(columns="revenue")
        prices = [offer.price for offers in market.shown[:weeks] for offer in offers.values()]
        there = [offer.active for offers in market.shown[:weeks] for offer in offers.values()]
        moving = {"active": np.array(there, np.int64)} if move_in_and_out(market.terms) else {}
        people = market.population
        keep = ("status", "entered", "rho", "beta", "rate", "spending")
        flat = {"customer": people.ids, **{name: people[name] for name in keep}}
        if "surplus" in people.columns:
            flat["surplus"] = people["surplus"] / 100.0
        flat |= {name: people[name] for name in ("provider", "started", "contract", "theta") if name in people.columns}
        if "joined" in people.columns:
            flat |= {f"joined_{name}": people["joined"][:, j] for j, name in enumerate(firms)}
            flat |= holdings(market)
        if market.partners.places:
            flat["places"] = market.partners.earned_at(market)
        return cls(
            weekly=weekly.join(ledger).assign(price=np.array(prices, np.float64), **moving),
            people=pd.DataFrame(flat),
            visits=market.visits[: market.quarters],
            spend=market.spend[: market.quarters],
            log=log_table(market.log, firms),
            offers=market.shown,
            around=market.surroundings,
            moves=moves_table(market.moves),
            survey=pd.concat(market.waves, ignore_index=True) if market.waves else pd.DataFrame(columns=list(ANSWERS)),
            firms=firms,
            traits={name: people[name] for name in TRAITS if name in people.columns},
            vintages=None if market.vintages is None else market.vintages.table(firms),
            first_started=market.first_started if market.contracts else np.zeros(0, np.int32),
            came_by=people["referred"] if "referred" in people.columns else None,
            partners=market.partners.table(market) if market.partners.places else None,
            own_currencies=market.partners.own_currencies(market),
            **({} if market.accounts is None else {"accounts": market.accounts.whole(market)}),
        )


def holdings(market: Any) -> dict[str, np.ndarray]:
    """What each customer holds at the focal firm as people count it, and the rewards received there; nothing where its
    program has no points, stamps or credit. Of several the first: points, then stamps, then credit of cashback.
    """
    focal, people = list(market.firms).index(market.focal), market.population
    program = market.firms[market.focal].configured_program
    for stock in (s for m in market.mechanisms if m.name in program and pays(m, program[m.name]) for s in m.stocks):
        held = people[stock.held][:, focal]
        return {"balance": held / stock.per if stock.per != 1 else held, "rewards": people["received"][:, focal]}
    return {}


def pays(mechanism: Mechanism, terms: Any) -> bool:
    """Does a component bring anybody anything, before or after some change of its terms?"""
    rates = [rate for rate in (mechanism.reward_rate, mechanism.reward_visit) if rate is not None]
    return any(rate(own) > 0.0 for rate in rates for _, own in variants(terms))


def booked_revenue(weekly: pd.DataFrame) -> pd.Series:
    """Revenue as the ledger has it, cents: what the till took, less refunds of later weeks, with points, goods and fees
    that were paid beside it. weekly : rows of a weekly table
    """
    return weekly.profit + weekly[list(COSTS)].sum(axis=1)


def log_table(pieces: list[list[np.ndarray]], firms: tuple[str, ...]) -> pd.DataFrame:
    """Every purchase: customer (id), week, occasion within the week, firm (position), spend (cents), day (since the
    start, with its fraction; the occasions of a week come in the order of time).
    """
    names = ("customer", "week", "occasion", "firm", "spend", "day")
    columns = [np.concatenate(parts) for parts in zip(*pieces, strict=True)] if pieces else [np.zeros(0, np.int64)] * 6
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def moves_table(pieces: list[np.ndarray]) -> pd.DataFrame:
    """Every change of firm: customer (id), week, from and to (positions, -1 = outside the market)."""
    rows = np.concatenate(pieces) if pieces else np.zeros((0, 4), np.int64)
    return pd.DataFrame(rows, columns=["customer", "week", "from", "to"])


COUNTER_UNITS = {
    "arm": "", "seed": "", "week": "weeks since the start", "firm": "id", "quarter": "13 weeks", "customer": "id",
    "visits": "purchases", "buyers": "customers", "revenue": "cents", "at_base_price": "cents", "spend": "cents",
    "rho": "relationship propensity in [0, 1]", "beta": "utility per reference price", "rate": "purchases per week",
    "spending": "money per purchase", "status": "0 potential, 1 active, 2 gone", "entered": "week",
    "surplus": "money since the start, beside the base offers", "surplus_without": "money since the start",
    "visits_with": "purchases since the launch",
    "visits_replayed": "purchases since the launch", "heavy": "0 or 1", "light": "0 or 1", "emotional": "0 or 1",
    "transactional": "0 or 1", "provider": "position of the firm, -1 = none", "started": "week the contract began",
    "contract": "contracts so far", "occasion": "purchase of the week, from 0",
    "balance": "points (or stamps, or money of cashback) held at the focal firm",
    **OF_VINTAGES, "day": "days since the start", "theta": "chance per renewal", **CONTRACT_COUNTS,
    "places": "firms of the coalition where the customer earned points", "visits_without": "purchases",
    "revenue_without": "cents", "profit_without": "cents",
    "component": "id", "reward_units": "units of the currency", "cost_cents": "cents", "price_cents": "cents",
    "lapse_weeks": "weeks since the first of a vintage, -1 = never",
    **dict.fromkeys(LINES[1:], "cents"), "price": "price index", "active": "1 in the market, 0 not",
}  # fmt: skip


def unit(column: str) -> str:
    """The unit of a column in any table of a run. Raises KeyError for one that nobody declares."""
    if column.startswith("joined_"):
        return "week of joining, -1 = never"
    for mechanism in registry().values():
        if column in mechanism.counts:
            return mechanism.counts[column]
    known = {**ANSWERS, **COUNTER_UNITS}
    if column not in known:
        near = nearest(column, known)
        raise KeyError(f"no table has a column {column!r}" + (f"; did you mean {near!r}?" if near else ""))
    return known[column]
