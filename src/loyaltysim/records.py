"""What a run leaves behind: tables with one row per thing and named columns with units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.firms import LINES


@dataclass
class Book:
    """One run of one world.

    weekly    one row per week and firm: counters (purchases, customers, cents, ...) and ledger lines (cents)
    people    one row per customer: id, traits, state
    visits    (quarters, customers, firms) purchases;  spend : the same in cents; empty without `record.panel`
    log       one row per purchase; empty without `record.log`
    offers    every firm's public offer by week: what a replay follows
    """

    weekly: pd.DataFrame
    people: pd.DataFrame
    visits: np.ndarray
    spend: np.ndarray
    log: pd.DataFrame
    offers: Sequence[Mapping[str, Any]]
    firms: tuple[str, ...]
    traits: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(cls, market) -> Book:
        """Read the tables off a market."""
        firms = tuple(market.firms)
        weeks, n_firms = len(market.weekly), len(firms)
        counts = np.concatenate(market.weekly) if weeks else np.zeros((0, len(market.assembled.counts)), np.int64)
        weekly = pd.DataFrame({"week": np.repeat(np.arange(weeks), n_firms), "firm": np.tile(np.array(firms, object), weeks)})
        weekly = weekly.join(pd.DataFrame(counts, columns=list(market.assembled.counts)))
        ledger = pd.DataFrame(market.ledgers, columns=list(LINES)).drop(columns="revenue")
        people = market.population
        keep = ("status", "entered", "eligible", "rho", "beta", "rate", "spending")
        flat = {"customer": people.ids, **{name: people[name] for name in keep}}
        if "joined" in people.columns:
            flat |= {f"joined_{name}": people["joined"][:, j] for j, name in enumerate(firms)}
        return cls(
            weekly=weekly.join(ledger),
            people=pd.DataFrame(flat),
            visits=np.array([v for v, _ in market.quarters]),
            spend=np.array([s for _, s in market.quarters]),
            log=log_table(market.log, firms),
            offers=market.shown,
            firms=firms,
            traits={"log_g": people["log_g"], "prior": people["prior"]},
        )


def log_table(pieces: list[list[np.ndarray]], firms: tuple[str, ...]) -> pd.DataFrame:
    """Every purchase: customer (id), week, occasion within the week, firm (position), spend (cents)."""
    names = ("customer", "week", "occasion", "firm", "spend")
    columns = [np.concatenate(parts) for parts in zip(*pieces, strict=True)] if pieces else [np.zeros(0, np.int64)] * 5
    return pd.DataFrame(dict(zip(names, columns, strict=True)))
