"""Small studies that several tests read: made once per process, in this process."""

from __future__ import annotations

import dataclasses
from functools import cache

from loyaltysim.runs.files import Records
from loyaltysim.scenario.model import Compute, Scenario
from loyaltysim.studies import single
from tests import scenarios

SEEDS = 3


def launched(points: dict | None = None, **more) -> Scenario:
    """Firm "a" launches points in week 12 of 40; joining costs effort, so that some never do."""
    given = {"threshold": 100.0, "face_value": 3.0, **(points or {})}
    joining = {"ask": 0.5, "hassle": 8.0, "scale": 7.0}
    scenario = scenarios.points_world(
        400, 40, points=given, joining=joining, policy={"launch": {"week": 12}}, log=False, **more
    )
    return dataclasses.replace(scenario, seeds=SEEDS, compute=Compute(processes=1))


@cache
def ran(make=launched) -> Records:
    """The records of a scenario that a function without arguments describes."""
    return single.run(make())


def value(records: Records, name: str) -> float:
    """The mean of a number in the summary."""
    return records.summary[name]["value"]
