"""How much memory a scenario takes, estimated before anything is run."""

from __future__ import annotations

import math

from loyaltysim.scenario.model import Scenario, Written
from loyaltysim.scenario.reader import Reader
from loyaltysim.scenario.settle import settle

ARMS = 4  # worlds per seed: with, without, and the replays
PROCESS = 0.4  # GB of a process that has compiled a step, before the first customer; measured
KEPT = 3  # worlds of a seed whose people, panels and purchases are in memory at once
PURCHASE = 29.0  # B of a purchase in the log
LOGS = 8.0  # times its log that a compared run holds at its peak: three worlds, pieces, copies; measured


def compares(scenario: Scenario) -> bool:
    """Does `run` compare worlds, with every purchase written down, or tell of one market?"""
    focal = scenario.firms.get(scenario.focal or "")
    return focal is not None and bool(focal.program)


def size(scenario: Scenario) -> tuple[float, float]:
    """What `run` takes at most: gigabytes of one process, customer-weeks for all seeds and arms."""
    firms, weeks, several = len(scenario.firms), scenario.weeks, compares(scenario)
    n = scenario.customers.n + getattr(scenario.behaviour.get("arrivals"), "pool", 0)
    each = 200.0 + 60.0 * firms
    if scenario.record.panel:
        each += 12.0 * firms * math.ceil(weeks / 13)
    if scenario.record.accounts:
        each += 96.0 * firms * math.ceil(weeks / 13) + 1000.0 * firms
    points = [firm.program["points"] for firm in scenario.firms.values() if "points" in firm.program]
    for places in ("slots", "pending"):  # of batches by date, and of weeks that points wait: 8 B each at most
        each += 8.0 * firms * max((getattr(own, places) for own in points), default=0)
    for firm in scenario.firms.values():  # a partner's market: its customers at two firms
        each += 320.0 * len(getattr(firm.program.get("coalition"), "partners", ()))
    talk = scenario.behaviour.get("word_of_mouth")
    if talk is not None:  # a friend takes 12 B; 1 B what a customer said of a firm in a week, and belonging to it
        clubs = any("community" in firm.program for firm in scenario.firms.values())
        each += (8.0 + 12.0 * talk.degree) * (talk.network != "none")
        each += firms * (weeks if several or scenario.record.log else 2.0) * (1 + clubs)
    each *= KEPT if several else 1
    if several or scenario.record.log:
        each += PURCHASE * scenario.market.M * weeks / 52 * (LOGS if several else LOGS / KEPT)
    return PROCESS + n * each / 1e9, float(n) * weeks * scenario.seeds * ARMS


def check_size(reader: Reader, written: Written) -> None:
    """Refuse what would not fit, before anything is computed; processes count where their number is written."""
    if not reader.sound("customers.n", "firms", "weeks", "seeds", "record", "market.M", "behaviour", "compute"):
        return
    scenario = settle(written)
    one, customer_weeks = size(scenario)
    n, limits = written.customers.n, written.compute
    together = max(1, min(limits.processes, written.seeds))
    if one * together > limits.max_gigabytes:
        each = "a run" if together == 1 else f"{together} runs at once, {one:.3g} GB each,"
        fewer = ["customers.n", *(["weeks"] if compares(scenario) or written.record.log else [])]
        fewer += ["compute.processes"] if together > 1 else []
        log = ", or set record.log=false" if written.record.log and not compares(scenario) else ""
        needs = "need" if together > 1 else "needs"
        reader.refuse(
            "customers.n",
            f"{each} {needs} about {one * together:.3g} GB, the limit is compute.max_gigabytes = "
            f"{limits.max_gigabytes:g}; lower {' or '.join(fewer)}{log}",
            n,
        )
    if customer_weeks > limits.max_customer_weeks:
        reader.refuse(
            "customers.n",
            f"{n} customers x {written.weeks} weeks x {written.seeds} seeds x {ARMS} worlds = "
            f"{customer_weeks:.3g} customer-weeks, the limit is compute.max_customer_weeks = "
            f"{limits.max_customer_weeks:g}; lower customers.n, weeks or seeds",
            n,
        )
