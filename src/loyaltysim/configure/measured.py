"""Moments that panels report, and the keys of a world that follow from them.

Draw what is measured and derive the rest: price sensitivity, tastes and shares drawn independently would put most
worlds outside of what is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scipy import optimize

from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.reader import Parameter
from loyaltysim.theory.dirichlet import own_price_elasticity, penetration_growth

HABIT = 0.155 / 0.14  # share by which the refitted S exceeds S without behaviour, per premium of a habit (grocery_b)
MOST = 2000.0  # purchases a year


@dataclass(frozen=True)
class Measured:
    """A moment. parameter : its range and words;  decides : a pattern of the keys that `keys` derives"""

    parameter: Parameter
    decides: str
    keys: Callable[[Scenario, float], Mapping[str, Any]]


def tastes(scenario: Scenario, S: float) -> dict[str, Any]:
    """Dirichlet shape: S of the tastes as panels show it, raised where a habit makes people look more loyal."""
    habit = scenario.behaviour.get("habit")
    return {"market.S": S * (1.0 + HABIT * (0.0 if habit is None else habit.premium))}


def leaders_share(scenario: Scenario, share: float) -> dict[str, Any]:
    """The focal firm's share; its rivals divide the rest as they do now."""
    rivals = {name: firm.share for name, firm in scenario.firms.items() if name != scenario.focal}
    others = {name: own * (1.0 - share) / math.fsum(rivals.values()) for name, own in rivals.items()}
    return {f"firms.{name}.share": value for name, value in {**others, scenario.focal_id: share}.items()}


def trips(scenario: Scenario, frequency: float) -> dict[str, Any]:
    """All purchases, of which the focal firm's buyers of a year make so many there (NBD-Dirichlet)."""
    market, share = scenario.market, scenario.focal_firm.share  # its buyers do not depend on who the others are

    def gap(M: float) -> float:
        buyers = penetration_growth(M, market.K, market.S, {"it": share}, 1.0, market.sigma).to_numpy().item()
        return float(M * share / buyers) - frequency

    return {"market.M": min(MOST, float(optimize.brentq(gap, frequency, 20.0 * frequency / share, xtol=0.01)))}


def margin(scenario: Scenario, share: float) -> dict[str, Any]:
    """Unit costs of every firm: its base price less the margin."""
    return {f"firms.{name}.unit_cost": firm.base_price * (1.0 - share) for name, firm in scenario.firms.items()}


def elasticity(scenario: Scenario, size: float) -> dict[str, Any]:
    """Price sensitivity at which the focal firm's own-price elasticity has this size."""
    s, firm, outside = scenario, scenario.focal_firm, scenario.behaviour.get("outside")
    expansion = 0.0 if outside is None else outside.expansion
    of_one = own_price_elasticity(
        1.0, firm.share, s.market.S, firm.base_price, s.market.reference_price, expansion, s.market.sigma
    )
    return {"customers.price_sensitivity": size / float(of_one)}


def moment(name: str, unit: str, low: float, high: float, doc: str, decides: str, keys: Any) -> tuple[str, Measured]:
    """A moment by its full name."""
    key = f"measured.{name}"
    return key, Measured(
        Parameter(key, "number", None, unit, f"{low:g} to {high:g}", "", doc, low, high), decides, keys
    )


# In the order in which they are derived: what comes later reads what comes before.
MEASURED: dict[str, Measured] = dict(
    [
        moment("S", "Dirichlet shape", 0.05, 1e6, "how loyal tastes are", r"market\.S", tastes),
        moment(
            "leaders_share", "share of purchases", 1e-4, 0.99, "the firm's share", r"firms\.[^.]+\.share",
            leaders_share,
        ),
        moment(
            "trips", "purchases per buyer and year", 0.1, 1000.0, "how often its customers come", r"market\.M", trips
        ),
        moment("margin", "share of the price", 0.0, 1.0, "the margin", r"firms\.[^.]+\.unit_cost", margin),
        moment(
            "elasticity", "own-price elasticity", 0.0, 100.0, "how strongly customers react to prices",
            r"customers\.price_sensitivity", elasticity,
        ),
    ]
)  # fmt: skip
