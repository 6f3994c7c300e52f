"""Games that everybody knows, as tables of payoffs and as what a study would have found."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pandas as pd

from loyaltysim.games.asked import Asked, game
from loyaltysim.games.payoffs import Payoffs, asked_for
from loyaltysim.games.study import Played
from tests import scenarios

# Payoffs of a and b; the first strategy is no program. Sources: Luce & Raiffa 1957; Skyrms 2004 (stag hunt).
PRISONERS = np.array([[[3.0, 3.0], [0.0, 5.0]], [[5.0, 0.0], [1.0, 1.0]]])
STAG_HUNT = np.array([[[2.0, 2.0], [2.0, 0.0]], [[0.0, 2.0], [4.0, 4.0]]])
PENNIES = np.array([[[1.0, -1.0], [-1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]])
CHICKEN = np.array([[[3.0, 3.0], [1.0, 4.0]], [[4.0, 1.0], [0.0, 0.0]]])
HELPS_ALL = np.array([[[1.0, 1.0], [1.5, 2.0]], [[2.0, 1.5], [3.0, 3.0]]])
ENTRY = np.array([[[10.0, 10.0], [8.0, 12.0]], [[12.0, 8.0], [10.0, 10.0]]])
POINTLESS = np.array([[[3.0, 3.0], [3.0, 1.0]], [[1.0, 3.0], [1.0, 1.0]]])
NOT_ALONE = np.array([[[1.0, 1.0], [5.0, 0.0]], [[0.0, 5.0], [3.0, 3.0]]])
EVIL = "<script>alert(1)</script>"


def three_firms(lure: float = 1.0, loss: float = 2.0) -> np.ndarray:
    """Each of three firms earns `lure` by having the program and loses `loss` / 2 for each other that has it."""
    found = np.zeros((2, 2, 2, 3))
    for profile in np.ndindex(2, 2, 2):
        for firm in range(3):
            others = sum(profile) - profile[firm]
            found[profile][firm] = 10.0 + lure * profile[firm] - loss / 2.0 * others
    return found


def payoffs(table: np.ndarray, symmetric: bool = False, seeds: int = 6, noise: float = 0.01) -> Payoffs:
    """Runs whose means are a table: seeds move a firm alike in every profile, and each profile by a little."""
    firms, strategies = table.shape[-1], table.shape[0]
    alike = np.random.default_rng(1).normal(size=(seeds, firms))
    runs = {}
    for k, profile in enumerate(asked_for(firms, strategies, symmetric)):
        apart = np.resize([noise, -noise], seeds)[:, None] * (1.0 + 0.1 * k)
        runs[profile] = table[profile] + (alike - alike.mean(axis=0)) + apart - apart.mean()
    names = ("none", "points", "cashback")[:strategies]
    return Payoffs(tuple("abcdefgh"[:firms]), names, symmetric, runs)


@cache
def market(firms: int = 2, *names: str, seeds: int = 6) -> Asked:
    """A checked game of equal firms with these strategies, as small as can be."""
    shares = {name: 1.0 / firms for name in "abcdefgh"[:firms]}
    base = dataclasses.replace(scenarios.world(20, 8, shares=shares, log=False), seeds=seeds)
    shipped = {"none": {}, "points": {"points": {}}, "cashback": {"cashback": {}}}
    told = [{"name": name, "program": shipped.get(name, {"points": {"face_value": 9.0}})} for name in names]
    return game(base, {"programs": told, "map": "none"})


def played(table: np.ndarray, symmetric: bool = True, noise: float = 0.01, **more) -> Played:
    """A study that found a table. more : map, worlds"""
    names = ("none", "points", "cashback")[: table.shape[0]]
    asked = market(table.shape[-1], *names)
    return Played(asked, payoffs(table, symmetric, noise=noise), **{"map": pd.DataFrame(), **more})
