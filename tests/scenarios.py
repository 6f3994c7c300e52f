"""The few worlds that the tests share: each distinct set of mechanisms must be compiled, so there are few.

    base         no mechanism at all
    points       points (and membership), the focal firm is "a"
    everything   every mechanism that acts in an open market, every link, for every firm
    contracts    every mechanism that acts in a contract market

A test that needs another set runs it with `in_plain`, which costs no compilation.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from loyaltysim.firms import policies
from loyaltysim.market.book import Book
from loyaltysim.market.model import Market
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.programs.channels import Broadcast, Channel
from loyaltysim.programs.coalition import Partner
from loyaltysim.scenario.model import Basket, Customers, Firm, Links, Record, Scenario
from loyaltysim.scenario.model import Market as MarketTerms
from loyaltysim.scenario.settle import needed

SHARES = {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}
FIXED = Basket(mean=10.0, sd_within=1e-12)  # 1000 cents every time, by the very code that draws baskets
VARIED = Basket(mean=20.0, sd_between=0.4, sd_within=0.5)
ALL_LINKS = Links(reward=-0.5, bond=0.5, recept=0.7, beta=0.4, join=1.0, hassle=-0.3, sat=0.5, voice=-0.4)
NOTICED = {"ask": 0.3}  # per visit: small worlds are over before slow people have joined
EAGER = {"ask": 1.0, "hassle": 0.0, "scale": 0.001}  # everybody joins at the first visit where there is anything to get
Z = 4.4172  # two-sided 1e-5


def terms(name: str, **values: Any) -> Any:
    """The terms of a mechanism or policy, by its name; offers are noticed sooner than by default."""
    known = {**mechanisms.registry(), **policies.registry()}
    return known[name].terms(**{**(NOTICED if name == "membership" else {}), **values})


def parts(tree: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any]:
    """{name: {key: value}} -> {name: terms}, with the membership that some of them need."""
    found = {name: terms(name, **values) for name, values in (tree or {}).items()}
    joined = "membership" in needed(found, mechanisms.registry())
    return {**({"membership": terms("membership")} if joined else {}), **found}


def world(
    n: int = 1000,
    weeks: int = 52,
    *,
    program: Mapping | None = None,
    policy: Mapping | None = None,
    rivals: Mapping | None = None,
    rivals_policy: Mapping | None = None,
    behaviour: Mapping | None = None,
    shares: Mapping[str, float] = SHARES,
    firm: Mapping[str, Mapping] | None = None,
    customers: Mapping | None = None,
    log: bool = True,
    basket: Basket = VARIED,
    **market: Any,
) -> Scenario:
    """A scenario: program and policy of the focal firm "a", the same for its rivals, overrides of single firms."""
    firms = {}
    for name, share in shares.items():
        own = (program, policy) if name == "a" else (rivals, rivals_policy)
        given = {"unit_cost": 0.7, "program": parts(own[0]), "policy": parts(own[1]), **(firm or {}).get(name, {})}
        firms[name] = Firm(share=share, **given)
    market = {"M": 60.0, "K": 1.5, "S": 1.3, "basket": basket, **market}
    return Scenario(
        focal="a" if "a" in shares else next(iter(shares)), weeks=weeks, market=MarketTerms(**market),
        customers=Customers(n=n, **(customers or {})),
        behaviour=parts(behaviour), firms=firms, record=Record(panel=True, log=log),
    )  # fmt: skip


def points_world(
    n: int = 1000, weeks: int = 52, points: Mapping | None = None, joining: Mapping | None = None, **more: Any
) -> Scenario:
    """Firm "a" runs points; pull strong enough to see."""
    program = {"points": {"earn": 1.0, "threshold": 100.0, "face_value": 6.0, **(points or {})}}
    if joining is not None:
        program["membership"] = joining
    return world(n, weeks, program=program, **more)


def coalition_world(n: int = 300, weeks: int = 40, partner: Mapping | None = None, **more: Any) -> Scenario:
    """Firm "a" shares its points with a drugstore and a cafe."""
    partners = {"drugstore": Partner(**{"ask": 0.3, **(partner or {})}), "cafe": Partner(M=80.0, mean=5.0, ask=0.3)}
    own = {"partners": partners, **more.pop("coalition", {})}
    program = {"coalition": own, "points": {"threshold": 60.0, "face_value": 4.0, **more.pop("points", {})}}
    return world(n, weeks, program={**program, **more.pop("program", {})}, **more)


def everything(n: int = 300, weeks: int = 40, **more: Any) -> Scenario:
    """Every mechanism at work at once, most of them at every firm."""
    program = {
        "points": {"threshold": 60.0, "face_value": 4.0, "expiry": 6, "bonus": 20.0, "pressure": "rational"},
        "membership": {"ask": 0.6, "hassle": 4.0, "relational": 3.0},
        "recognition": {"probability": 0.5, "effect": 0.2},
        "service": {"quality": 0.5, "recovery": 0.6, "promise": 0.3, "unit_cost": 0.1},
        "stamps": {
            "needed": 4,
            "face_value": 15.0,
            "endowed": 2,
            "expiry": 9,
            "expiry_from": "card",
            "lost_visit": 0.05,
            "lost_week": 0.1,
            "min_spend": 8.0,
        },
        "cashback": {"rate": 0.02, "payout": 3.0},
        "referral": {"chance": 1.0},
        "targeting": {
            "share": 0.5,
            "every": 3,
            "holdout": 0.4,
            "recorded": 0.9,
            "members_only": False,
            "half_life": 5.0,
            "privacy": 0.02,
            "slight": 0.05,
        },
        "contact": {
            "audience": "targeted",
            "per_week": 0.5,
            "fit": 0.8,
            "misfit": 0.05,
            "habituation": 0.3,
            "fatigue": 0.01,
        },
        "cause": {"stance": 0.3, "effect": 0.05},
        "candour": {"chance": 0.1, "told": 0.5},
        "returns": {
            "request": 0.5,
            "leniency": 0.8,
            "opportunists": 0.2,
            "abuse": 0.3,
            "refund": "credit",
            "credit_pull": 0.2,
        },
        "staff": {"training": 0.1, "spend": 5.0, "strain": 0.2},
        "improvement": {
            "learning": 20.0,
            "causes": (0.5, 0.2, 0.15, 0.15),
            "harms": (1.0, 2.0, 0.5, 1.0),
            "first": "commonest",
        },
        "channels": {
            "audience": "everyone",
            "person": Channel(per_week=0.1, effect=-0.05, reach=0.8, quality=0.3, noise=5.0, unit_cost=1.0),
            "phone": Channel(per_week=0.1, habituation=0.5, noise=1.0, message=0.5),
            "mail": Channel(per_week=0.2, effect=0.02, noise=3.0),
            "app": Channel(per_week=0.2, effect=0.01, quality=-0.3, unit_cost=0.01),
            "broadcast": Broadcast(spend=300.0, message=-0.5),
            "fatigue": 0.005,
            "lived": 0.02,
            "confusion": 0.02,
        },
        "follow_up": {"chance": 0.3, "repair": 0.5, "habituation": 0.2, "unit_cost": 0.5},
        "stages": {"before": 0.2, "after": -0.1, "noise": 0.5, "weakest": 0.5, "unit_cost": 0.02},
        "monitoring": {"false_alarm": 0.2},
        "audit": {"every": 4, "shoppers": 2, "notice": 0.3},
        "ratings": {"negative": 1.5, "disclosure": "sequential", "fear": 0.5, "event": -0.05, "unit_cost": 0.02},
        "appraisal": {"bonus": 20.0, "every": 4, "raters": 3},
        "community": {"premium": 0.1},
        "ease": {"unit_cost": 0.02},
        "late_returns": {"share": 0.1, "below_zero": True},
        "one_account": {"catches": 0.5},
        "stacking": {},
        "lapse": {"after": 9},
        "transfer": {"chance": 0.1},
        "donation": {"chance": 0.05, "part": 0.5, "effect": 0.1},
        "top_up": {"price": 0.05},
        "coupon": {"issued": "visit", "chance": 0.5, "whom": "known", "fairness": 0.05, "min_spend": 3.0},
        "member_price": {"fairness": -0.05},
        "loyal_price": {"price": 0.97, "window": 6},
        "promotion": {"first": 6, "every": 5, "waiting": 0.3, "loyal": 0.5, "flexible": 0.2},
        "challenge": {"goal": 50.0, "bonus": 5.0},
        "education": {"by_use": 0.1, "per_week": 0.3, "value": 0.1, "lock_in": 0.1, "unit_cost": 0.05},
        "ownership": {"payout": 0.3, "by": "equal", "premium": 0.02},
        "ab_test": {"variants": 3, "spread": 0.1, "weeks": 6, "tested": 0.6},
        "inner_club": {"invite": 0.3, "places": 30, "premium": 0.1, "effect": 0.01, "spill": -0.05},
        "advice": {"suggest": 0.3, "adoption": 0.5},
        "tiers": {
            "thresholds": (30.0, 70.0, 150.0),
            "window": 12,
            "parts": 3,
            "multiplier": (1.5, 2.0),
            "price": (0.0, 0.03),
            "status": (0.05, 0.1),
            "cost": (0.05,),
            "near": 2.0,
        },
        "tasks": {
            "willing": 0.6,
            "per_week": 0.3,
            "moved": 0.5,
            "spread": 0.7,
            "sold": 0.02,
            "cheats": 0.4,
            "caught": 0.3,
            "offence": 0.1,
        },
        "early_access": {
            "after": 1,
            "early": 3,
            "stock": 25,
            "interested": 0.9,
            "innovate": 0.5,
            "price": 30.0,
            "unit_cost": 12.0,
            "discount": 0.1,
            "liking": 2.0,
            "caution": 0.1,
            "effect": 0.2,
            "missed": 0.1,
        },
        "prize_draw": {
            "chance": 0.3,
            "value": 3.0,
            "big_share": 0.1,
            "big": 5.0,
            "announced": False,
            "prizes": 4,
            "kinds": 3,
            "habituation": 0.4,
            "counted": "money",
            "effect": 0.1,
            "letdown": 0.05,
        },
    }
    rivals = {
        "points": {
            "threshold": 80.0,
            "face_value": 5.0,
            "expiry": 12,
            "expiry_rule": "age",
            "batch": 4,
            "grace": 1,
            "notice": 2,
            "pending": 2,
            "endowment": 5.0,
            "redeem": "later",
        },
        "membership": {"join": "per_visit"},
        "recognition": {"audience": "estimated", "probability": 0.4},
        "service": {"failures": 0.5, "voice": 2.0, "recovery": 0.2},
        "stamps": {"pressure": "foresight", "elsewhere": 0.5},
        "fee": {"amount": 5.0, "inertia": 0.3},
        "tiers": {
            "by": "visits",
            "thresholds": (3.0,),
            "window": 8,
            "soft": True,
            "at_once": True,
            "multiplier": (2.0,),
        },
        "coupon": {"chance": 0.3, "window": 2, "face_value": 0.2, "worth_in": "share"},
        "promotion": {"first": 3, "every": 0, "stockpile": 0.8, "ahead": 2.0},
        "prize_draw": {"audience": "everyone", "chance": 0.1, "value": 2.0, "prizes": 2, "attraction": 0.5},
        "cashback": {"rate": 0.03, "perceived": 0.8, "audience": "targeted"},
        "targeting": {"who": "at_risk", "share": 0.4, "class_to": 8, "every": 4},
    }
    behaviour = {
        "habit": {}, "redeemers": {}, "experience": {"noise": 1.0, "failure": 0.2, "anticipation": 0.5},
        "emotions": {
            "structure": "gate", "gate": 0.05, "reward": (0.0, 0.0, -0.1, 0.1, 0.0),
            "crowding": (0.05, 0.0, -0.02, 0.0, 0.0),
        },
        "word_of_mouth": {
            "premium": 0.3, "talk": 0.4, "teach": 0.1, "review": 0.3, "review_weight": 1.0, "public_recovery": 0.5,
        },
        "cross_buying": {"base": 0.2, "by": -0.7, "feeling": "affinity"}, "walkout": {"chance": 0.1, "weeks": 3},
        "bond": {"premium": 0.3, "floor": -0.5}, "outside": {"expansion": 0.3},
        "need": {"lean": 0.5, "bother": 0.1},
        "cost_to_serve": {"unit_cost": 0.5, "shape": "falling", "half_life": 6.0},
        "captive": {"chance": 0.2}, "gaming": {"share": 0.3, "insist": 0.5},
        "dropout": {"kind": "per_purchase", "a": 0.3, "b": 30.0},
        "arrivals": {"pool": 100, "weekly": 0.01, "depleting": True},
    }  # fmt: skip
    given = dict(
        program=program, rivals=rivals, policy={"launch": {"week": 5}},
        rivals_policy={"imitate": {"lag": 7, "fidelity": 0.9}},
        behaviour=behaviour, rho=0.8,
        firm={"c": {"awareness": 0.7, "price": 1.06}, "b": {"program": parts(rivals), "policy": {}}},
        customers={"links": ALL_LINKS, "price_sensitivity_sd": 0.4},
    )  # fmt: skip
    return world(n, weeks, **{**given, **more})


def contract_world(
    n: int = 1000, weeks: int = 52, *, renewal: Mapping | None = None, shares: Mapping = SHARES, **more: Any
) -> Scenario:
    """A contract market: a bill of varying size every four weeks, renewals every eight."""
    given = {"term": 8, "a": 0.5, "b": 1.5, **(renewal or {})}
    behaviour = {"renewal": given, **(more.pop("behaviour", None) or {})}
    market = {"setting": "contract", "M": 13.0, "S": 8.0, **more}
    return world(n, weeks, shares=shares, behaviour=behaviour, **market)


def one_card(n: int = 300, weeks: int = 40, **more: Any) -> Scenario:
    """Everything, where a wallet takes one card, and stamps of a rival lose their worth without a word."""
    scenario = everything(n, weeks, **more)
    rival = scenario.firms["b"]
    stamps = dataclasses.replace(
        rival.program["stamps"], changes=({"week": weeks // 3, "told": "silent", "face_value": 0.1},)
    )
    firms = {**scenario.firms, "b": dataclasses.replace(rival, program={**rival.program, "stamps": stamps})}
    return dataclasses.replace(scenario, firms=firms, customers=dataclasses.replace(scenario.customers, max_programs=1))


def contracts(n: int = 300, weeks: int = 40, **more: Any) -> Scenario:
    """Every mechanism of a contract market at work at once, most of them at every firm."""
    model = everything(n, weeks)
    warm = {
        "returns": {
            "gratitude": 0.1,
            "lean": 0.5,
            "opportunists": 0.2,
            "request": 1.0,
            "leniency": 0.5,
            "refund": "credit",
        },
        "monitoring": {"event": 0.05},
        "community": {"effect": 0.02},
        "referral": {"chance": 1.0, "audience": "everyone"},
        "tiers": {
            "thresholds": (15.0, 30.0), "window": 4, "multiplier": (2.0,), "price": (0.02,), "quality": (0.2,),
            "cost": (0.05,), "rise": 0.02, "fall": -0.03,
        },
        "education": {"per_week": 0.3, "effect": 0.02, "unit_cost": 0.05},
        "ownership": {"payout": 0.3, "effect": 0.02},
        "top_up": {"chance": 1.0, "most": 500.0, "price": 0.05},
    }  # fmt: skip
    own = {name: {k: v for k, v in model.firms[name].program.items() if k != "promotion"} for name in "ab"}
    program, rivals = ({"program": {**own[name], **parts(warm)}} for name in "ab")
    behaviour = {
        "renewal": {"term": 8, "a": 0.5, "b": 1.5, "age": 3, "switching_cost": 0.1, "exit_share": 0.4},
        "arrivals": {"pool": 200, "weekly": 0.01, "depleting": True},
        "acquisition": {"ceiling": 0.2}, "inflow": {"every": 8, "yearly": 0.8},
    }  # fmt: skip
    made = contract_world(
        n, weeks, policy={"launch": {"week": 5}}, rivals_policy={"imitate": {"lag": 7, "fidelity": 0.9}},
        behaviour=behaviour, customers={"links": ALL_LINKS, "price_sensitivity_sd": 0.4},
        firm={
            "a": {**program, "acquisition": 50.0}, "b": {**rivals, "policy": {}, "acquisition": 80.0},
            "c": {"awareness": 0.7, "price": 1.06, **rivals}, "d": {"churn": 0.3, "acquisition": 20.0, **rivals},
        }, **more,
    )  # fmt: skip
    absent = ("outside", "dropout", "captive", "arrivals", "emotions", "walkout")
    here = {name: own for name, own in model.behaviour.items() if name not in absent}
    events = {"failure": 0.2, "promise": 0.1, "crowding": 0.05, "recovery": 0.1}
    here["bond"] = terms("bond", premium=0.3, half_life=20.0, **events)
    here["cross_buying"] = terms("cross_buying", base=0.2, by=0.7, feeling="bond")
    here["gaming"] = terms("gaming", share=0.7, padding=1.0, insist=1.0, stretch=20.0)
    return changed(made, behaviour={**here, **made.behaviour})


def offered(own: Any, **more: Any) -> SimpleNamespace:
    """An offer as a rule reads it: keys and properties of its own terms; other mechanisms, or other values, by name."""
    return SimpleNamespace(**{**{name: getattr(own, name) for name in dir(own) if not name.startswith("_")}, **more})


def changed(scenario: Scenario, **values: Any) -> Scenario:
    """A copy with other values."""
    return dataclasses.replace(scenario, **values)


@cache
def cached_run(make, seed: int = 1) -> Book:
    """One run of a parameterless scenario builder, shared by the tests of a module."""
    return Market(make(), seed).run()


def in_plain(market: Market) -> Market:
    """The same market with the step in plain Python: slow, nothing to compile."""
    market.ready = dataclasses.replace(market.ready, compiled=market.ready.plain)
    for place in market.partners.places:
        in_plain(place.market)
    return market


def all_members(market: Market, firm: str = "a") -> Market:
    """Make everybody a member of one firm's program before the first week."""
    market.population["joined"][:, list(market.firms).index(firm)] = 0
    return market


def same(left: Book, right: Book) -> None:
    """Both runs agree to the last byte on every column that both have, and have the same rows."""
    for name in ("weekly", "people", "log"):
        one, two = getattr(left, name), getattr(right, name)
        both = [c for c in one.columns if c in two.columns]
        pd.testing.assert_frame_equal(one[both], two[both], check_exact=True, obj=name)
    for name in ("visits", "spend"):
        assert np.array_equal(getattr(left, name), getattr(right, name)), name


def fingerprint(market: Market) -> str:
    """A hash of everything a finished market holds: its books, its people, its log."""
    book, digest = market.book(), hashlib.sha256()
    for table in (book.weekly, book.people, book.log):
        for name in table.columns:
            digest.update(f"{name}:{table[name].dtype}".encode())
            values = table[name].to_numpy()
            digest.update("|".join(values).encode() if values.dtype == object else values.tobytes())
    for name, column in sorted(market.population.columns.items()):
        digest.update(name.encode() + column.tobytes())
    return digest.hexdigest()


def totals(book: Book) -> pd.DataFrame:
    """Sums over the weeks, one row per firm."""
    return book.weekly.drop(columns="week").groupby("firm", sort=False).sum()
