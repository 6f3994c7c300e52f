"""What a scenario may say: every key with its type, unit, range and source.

The dataclasses below are the whole vocabulary. Components (`behaviour`, `program`, `policy`) are declared by
the files that own them and joined through a registry, so that a new mechanism adds its keys in its own file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from loyaltysim.scenario.reader import INT64
from loyaltysim.scenario.terms import term

SETTINGS = ("store", "brand", "cohort", "contract")


@dataclass(frozen=True)
class Basket:
    """Spending per purchase: log-normal, between and within customers; both spreads 0 means a fixed price."""

    mean: float = term(1.0, "money", 0.01, 1e7, doc="mean spending per purchase at base prices")
    sd_between: float = term(0.0, "log money", 0.0, 3.0, doc="spread of mean log baskets between customers")
    sd_within: float = term(0.0, "log money", 0.0, 3.0, doc="spread of the log basket within a customer")


@dataclass(frozen=True)
class Market:
    """A market that is known to be real: how often people buy and how their tastes differ."""

    name: str = term("market", "name")
    setting: str = term("store", "", choices=SETTINGS, doc="what a firm is, or how one buys: by contract")
    occasion: str = term("purchases", "", doc="what one purchase is called, in the plural")
    currency: str = term("money", "", doc="name of the unit of money")
    source: str = term("assumed", "", doc="where the numbers come from")
    notice: str = term("", "", doc="words of the data's packager that must travel with every result")
    measured: tuple[str, ...] = term((), "", doc="what is measured, in plain words")
    assumed: tuple[str, ...] = term((), "", doc="what is assumed, in plain words")
    fitted_with: tuple[str, ...] = term(
        (), "key=number", doc="behaviour at work when S and shares were fitted; none = tastes and rates alone"
    )
    M: float = term(10.0, "purchases per customer and 52 weeks", 0.001, 2000.0, doc="mean category purchases")
    K: float = term(1.0, "", 0.05, 1000.0, doc="NBD shape: of the year if rho = 1, of the quarter if rho < 1")
    rho: float = term(1.0, "per quarter", 0.0, 1.0, doc="persistence of purchase rates; 1 = stationary")
    S: float = term(1.0, "", 0.05, 1e6, doc="Dirichlet shape of tastes: small = loyal, large = all alike")
    sigma: float = term(
        0.0,
        "log",
        0.0,
        2.0,
        source="0.7 to 1.2 in twelve grocery categories (grocery_tastes.csv)",
        doc="spread of log S between customers, lasting and independent of how often they buy; 0 = S alike for all",
    )
    reference_price: float = term(1.0, "price index", 0.001, 1e6, doc="price of the market without programs")
    basket: Basket = field(default_factory=Basket)


@dataclass(frozen=True)
class Links:
    """How strongly relationship propensity moves each effect; signed, 0 = no link (model.md section 3)."""

    reward: float = term(0.0, "", -2.0, 2.0, doc="pull of rewards")
    bond: float = term(0.0, "", -2.0, 2.0, doc="worth of a bond")
    recept: float = term(0.0, "", -2.0, 2.0, doc="receptivity to bond-building")
    beta: float = term(0.0, "", -2.0, 2.0, doc="price sensitivity; keeps its mean in every mix")
    join: float = term(0.0, "", -2.0, 2.0, doc="relational worth of joining")
    hassle: float = term(0.0, "", -2.0, 2.0, doc="hassle of joining")
    sat: float = term(0.0, "", -2.0, 2.0, doc="worth of satisfaction")
    voice: float = term(0.0, "", -2.0, 2.0, doc="chance of a complaint about a failure")


@dataclass(frozen=True)
class Customers:
    """Who buys: how many, how price sensitive, which relationship propensities."""

    n: int = term(10000, "customers", 1, 50_000_000)
    relational_share: float = term(0.5, "share", 0.0, 1.0, doc="share of customers in the emotional group")
    price_sensitivity: float = term(4.0, "utility per price", 0.0, 100.0, doc="mean of beta")
    price_sensitivity_sd: float = term(0.0, "log", 0.0, 2.0, doc="spread of log beta between customers")
    basket_scaling: str = term("none", "", choices=("none", "proportional"), doc="do large baskets weigh more")
    response: str = term(
        "utility_shift", "", choices=("utility_shift", "taste_shift"),
        doc="what a gain moves: the utility of a firm, or the shape that its strength is drawn from",
    )  # fmt: skip
    max_programs: int | None = term(
        None, "programs", 1, 60, none="unlimited", doc="cards that a customer holds at most; null or unlimited = all"
    )
    link_mean: str = term("reference", "", choices=("reference", "current"), doc="the mix where links have mean 1")
    links: Links = field(default_factory=Links)
    r_rate: float = term(0.0, "rank correlation", -0.9, 0.9, doc="of propensity with the purchase rate at birth")
    r_taste: float = term(0.0, "rank correlation", -0.9, 0.9, doc="of propensity with how concentrated tastes are")
    r_focal: float = term(0.0, "rank correlation", -0.9, 0.9, doc="of propensity with the taste for the focal firm")
    r_beta: float = term(0.0, "rank correlation", -0.9, 0.9, doc="of propensity with price sensitivity, links aside")
    total: int | None = term(
        None, "customers", 1, 10_000_000_000, none="unknown",
        doc="how many there really are, for whom the n stand: who buys from you or from rivals; gives totals, changes "
        "nothing else; null or unknown = no totals",
    )  # fmt: skip


@dataclass(frozen=True)
class Firm:
    """One competitor: its share without programs, its price and cost, its program and how it decides."""

    share: float = term(dataclasses.MISSING, "share of purchases", 1e-6, 1.0)
    base_price: float = term(1.0, "price index", 0.001, 1e6)
    price: float | None = term(None, "price index", 0.001, 1e6, doc="null = base_price")
    changes: tuple[dict[str, Any], ...] = term(
        (), "", keys=("price",), doc="the price from a week on: [{week, price}, ...]"
    )
    unit_cost: float = term(0.75, "price index", 0.0, 1e6, doc="variable cost of what sells at the base price")
    fixed_cost: float = term(0.0, "money per week", 0.0, 1e12)
    allow_loss: bool = term(False, "", doc="accept a cost above the price, or rewards above the spending")
    awareness: float = term(1.0, "share", 0.0, 1.0, doc="share of customers who know the firm at the start")
    churn: float | None = term(
        None, "chance per renewal", 1e-6, 0.999999, doc="mean churn of its contracts; null = that of the market"
    )
    acquisition: float = term(0.0, "money per week", 0.0, 1e12, doc="budget for winning customers")
    luck: str | None = term(
        None, "name", doc="keys all that is drawn for it, tastes too; null = its id: who swaps it swaps the luck"
    )
    program: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "program"})
    policy: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "policy"})


@dataclass(frozen=True)
class Survey:
    """Waves of questions to customers: whom, how often, and how far answers are from what is felt."""

    every: int = term(0, "weeks", 0, 5200, doc="from wave to wave, the first after so many weeks; 0 = no survey")
    sample: float = term(1.0, "share of customers", 0.0, 1.0, doc="asked in a wave; a small one is an audit")
    reply: float = term(1.0, "share of those asked", 0.0, 1.0)
    fatigue: float = term(0.0, "share", 0.0, 1.0, doc="of willingness lost each time one is asked")
    selection: float = term(0.0, "log odds per unit of quality", -10.0, 10.0, doc="do the satisfied reply more often")
    noise: float = term(1.0, "tenths of the scale", 0.0, 10.0, doc="spread of an answer about what is felt")
    halo: float = term(0.3, "share of variance", 0.0, 1.0, doc="noise that all answers about a firm share")
    bias: float = term(0.0, "tenths of the scale", -10.0, 10.0, doc="politeness")
    centre: float = term(7.0, "points of 10", 0.0, 10.0, doc="answer where satisfaction is usual")
    by_quality: float = term(1.0, "points per unit of quality", -10.0, 10.0)


@dataclass(frozen=True)
class Record:
    """What a run writes beside the weekly table of firms."""

    panel: bool = term(True, "", doc="purchases and spending by customer, firm and quarter")
    log: bool = term(False, "", doc="every purchase: customer, week, occasion, firm, spending, day")
    surplus: bool = term(
        True, "", doc="what choices are worth to each customer beside the base offers, in money; not under contracts"
    )
    accounts: bool = term(
        False, "", doc="what each customer brought and cost each firm, by line of its ledger and quarter"
    )
    survey: Survey = field(default_factory=Survey)


@dataclass(frozen=True)
class Compute:
    """How a run is computed; never changes a result and stays outside every hash."""

    threads: int = term(1, "threads per run", 1, 256)
    processes: int = term(0, "processes", 0, 256, doc="0 = one per core")
    max_gigabytes: float = term(16.0, "GB", 0.5, 1e5, doc="refuse a run that needs more memory")
    max_customer_weeks: float = term(2e10, "customer-weeks", 1.0, 1e15, doc="refuse a study larger than this")


@dataclass(frozen=True)
class Scenario:
    """One complete, checked world. `firms` is keyed by id; each firm carries its own program and policy."""

    name: str = term("run", "name")
    seed: int = term(1, "", 0, INT64)
    seeds: int = term(1, "runs", 1, 100_000, doc="how many seeds: seed, seed + 1, ...")
    weeks: int = term(104, "weeks", 1, 5200)
    focal: str = term(None, "firm", doc="the firm that the question is about")
    vary: tuple[str, ...] = term((), "key=number", doc="what is assumed, at other values, one at a time")
    worlds: str = term(
        "none", "", choices=("evidence", "wide", "none"),
        doc="draw what is assumed from this table of conf/worlds; run and compare draw evidence unless told otherwise, "
        "none = the scenario alone",
    )  # fmt: skip
    held: tuple[str, ...] = term(
        (), "keys", doc="what is known here, so that no world draws it; unless given, the keys that you set yourself"
    )
    market: Market = field(default_factory=Market)
    customers: Customers = field(default_factory=Customers)
    behaviour: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "behaviour"})
    firms: Mapping[str, Firm] = field(default_factory=dict)
    record: Record = field(default_factory=Record)
    compute: Compute = field(default_factory=Compute)
    plugins: tuple[str, ...] = term(
        (), "file sha256:hash", doc="noted, not chosen: the files from outside that it was made with (--plugins)"
    )
    changed: tuple[str, ...] = term(
        (), "key = value, was value", compare=False, doc="noted, not chosen: what differs from what ships"
    )

    @property
    def focal_id(self) -> str:
        """The firm that the question is about; every checked scenario has one."""
        assert self.focal is not None
        return self.focal

    @property
    def focal_firm(self) -> Firm:
        """What the firm is that the question is about."""
        return self.firms[self.focal_id]

    def luck(self, firm: str) -> str:
        """What keys the draws of a firm: its own word, or its id."""
        return self.firms[firm].luck or firm

    def with_(self, key: str, value: object) -> Scenario:
        """This scenario with one key at another value, checked as if it had been written so.

        key : dotted, as on a command line: "market.S", "program.points.face_value", "firms.a.price"
        Raises ConfigError with every problem; for a key that the scenario does not have, with the nearest one.
        """
        # Checking needs every component that there is, and this room knows none: the reader is found by its name.
        components = import_module("loyaltysim.configure.compose").components()
        changed: Scenario = import_module("loyaltysim.scenario.read").changed(self, {key: value}, components)
        return changed


@dataclass(frozen=True)
class Rivals:
    """What every firm but the focal one does, unless the firm says otherwise."""

    program: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "program"})
    policy: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "policy"})


@dataclass(frozen=True)
class Written(Scenario):
    """A scenario as a person writes it: `program`, `policy` of the focal firm, `rivals` for all others."""

    focal: str | None = term(  # type: ignore[assignment]  # `settle` names the leader
        None, "firm", doc="the firm that the question is about; null = the leader"
    )
    program: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "program"})
    policy: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "policy"})
    rivals: Rivals = field(default_factory=Rivals)
