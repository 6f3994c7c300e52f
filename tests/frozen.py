"""What every shipped world did before the house was moved: a hash and a sum of every column of its books.

`python -m tests.frozen` writes `tests/frozen.json`, only ever from code whose behaviour is the reference, or of it the
worlds whose names have a word: `python -m tests.frozen "shops at once"`; `tests/test_frozen.py` compares. A world is a
list of override strings at 400 customers and 60 weeks. Frozen are all arms that a study runs: with the program, without
it, replayed without joining, and each amplifier switched off. A
column is what two seeds wrote, one after the other, whatever width its numbers rest in. Columns that are new are not
looked at; one that has gone, or has another name that RENAMED does not tell, fails.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FILE = Path(__file__).with_name("frozen.json")
CONF = Path(__file__).resolve().parents[1] / "conf"
SEEDS = (1, 2)
SMALL = ("customers.n=400", "weeks=60")
RENAMED: dict[str, str] = {}  # column now, such as "weekly.visits": the same column in frozen.json
MARKETS = {"coffee": "coffee_packs", "coffee_shop": "cafe"}  # market in frozen.json: its name from when it has it

Frozen = dict[str, tuple[str, float | None]]  # column -> its hash, its sum


class House(NamedTuple):
    """The few names of the package that this file needs, wherever they live."""

    compose: Callable[[list[str]], Any]
    market: Callable[..., Any]
    logged: Callable[[Any], Any]
    no_program: Callable[[Any], Any]
    switched_off: Callable[[Any], Mapping[str, Any]]


def house() -> House:
    """Where those names live today."""
    from loyaltysim.configure.compose import compose
    from loyaltysim.market.model import Market
    from loyaltysim.measures.twins import logged, no_program, switched_off

    return House(compose, Market, logged, no_program, switched_off)


EAGER = [
    "program.membership.hassle=0", "program.membership.ask=0.7", "policy.launch.week=13", "rivals.policy.imitate.lag=13"
]  # fmt: skip
SERVED = "service,returns,staff,improvement,monitoring,audit,community,ease,candour,contact,cause,referral"
FELT = "bond,emotions,experience,word_of_mouth,cross_buying"
LINKS = (
    "customers.links={reward: -0.5, bond: 0.5, recept: 0.7, beta: 0.4, join: 1.0, hassle: -0.3, sat: 0.5, voice: -0.4}"
)
AT_ONCE = {  # every program and every behaviour of the configuration, in as few worlds as they go together
    "shops at once": [
        "market=grocery", f"program=[points,stamps,cashback,recognition,{SERVED}]", "policy=launch", "rivals=imitate",
        f"behaviour=[{FELT},habit,captive,outside,walkout]", LINKS, *EAGER, "record.survey.every=13",
    ],
    "contracts at once": [
        "market=telecom", f"program=[points,club,{SERVED}]", "policy=launch", "rivals=imitate",
        f"behaviour=[{FELT},acquisition,inflow]", LINKS, *EAGER, "record.survey.every=13", "firms.a.acquisition=50",
        "behaviour.arrivals.pool=400",
    ],
}  # fmt: skip


@cache
def worlds() -> dict[str, list[str]]:
    """Name -> override strings of every shipped scenario, every market with a program, and everything at once."""
    markets = [path.stem for path in sorted((CONF / "market").glob("*.yaml"))]
    old = {new: name for name, new in MARKETS.items() if new in markets}
    own = {f"scenario {path.stem}": [f"scenario={path.stem}"] for path in sorted((CONF / "scenario").glob("*.yaml"))}
    own |= {
        f"market {old.get(name, name)}": [f"market={name}", *points(name)]
        for name in markets
        if name not in old.values()
    }
    return {f"{name}, {b}": [*words, f"baseline={b}"] for name, words in (own | AT_ONCE).items() for b in "ab"}


def points(market: str) -> list[str]:
    """A points program that customers of any market feel: three purchases earn three tenths of one."""
    mean = house().compose([f"market={market}"]).market.basket.mean
    size = [f"program.points.threshold={3 * mean:g}", f"program.points.face_value={0.3 * mean:g}"]
    return ["program=points", "policy=launch", "rivals=imitate", *size, *EAGER]


def books(words: list[str], seed: int) -> Iterator[tuple[str, Any]]:
    """Every arm of a world and the book that it leaves."""
    at = house()
    scenario = at.logged(at.compose([*words, *SMALL]))
    with_it = at.market(scenario, seed).run()
    yield "with", with_it
    if not scenario.firms[scenario.focal].program:
        return
    yield "without", at.market(at.no_program(scenario), seed).run()
    yield "replayed", at.market(scenario, seed, eligible=False, offers=with_it.offers, around=with_it.around).run()
    for name, arm in at.switched_off(scenario).items():
        yield f"no {name}", at.market(arm, seed).run()


def columns(book: Any) -> dict[str, np.ndarray]:
    """Every column of a book's tables, flat, by table and name."""
    tables = {name: getattr(book, name) for name in ("weekly", "people", "log", "survey", "moves")}
    found = {f"{name}.{c}": table[c].to_numpy() for name, table in tables.items() for c in table if len(table)}
    found |= {f"traits.{name}": values.ravel() for name, values in book.traits.items()}
    found |= {name: getattr(book, name).ravel() for name in ("visits", "spend", "first_started")}
    return {name: values for name, values in found.items() if len(values)}


def digest(values: np.ndarray) -> tuple[str, float | None]:
    """Hash and sum of a column: whole numbers in 64 bits, others as float64 with one zero and one not-a-number."""
    if values.dtype.kind not in "biuf":
        return hashlib.sha256("\n".join(map(str, values)).encode()).hexdigest()[:12], None
    if values.dtype.kind != "f":
        whole = values.astype(np.int64)
        return hashlib.sha256(whole.tobytes()).hexdigest()[:12], int(whole.sum())
    real = np.where(np.isnan(values), np.nan, values.astype(np.float64) + 0.0)
    return hashlib.sha256(real.tobytes()).hexdigest()[:12], math.fsum(real[np.isfinite(real)])


def frozen(words: list[str]) -> dict[str, Frozen]:
    """Every arm of a world: its columns over all seeds, each with hash and sum."""
    kept: dict[str, list[dict[str, np.ndarray]]] = {}
    for seed in SEEDS:
        for arm, book in books(words, seed):
            kept.setdefault(arm, []).append(columns(book))
    return {
        arm: {name: digest(np.concatenate([own[name] for own in runs if name in own])) for name in set().union(*runs)}
        for arm, runs in kept.items()
    }


def circumstances() -> dict[str, Any]:
    """What decides the last bit of an exponential: the mathematics library, the machine, its vector instructions."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]  # type: ignore[index]
    return {"libm": " ".join(platform.libc_ver()), "machine": platform.machine(), "simd": simd["found"]}


def main(words: Sequence[str]) -> int:
    """Write the reference: a line for each arm, so that a change of it can be read."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))["worlds"] if words else {}
    lines = []
    for world in kept or worlds():
        if not words or any(word in world for word in words):
            print(world, flush=True)
            kept[world] = frozen(worlds()[world])
        arms = (f"  {json.dumps(arm)}: {json.dumps(own, sort_keys=True)}" for arm, own in kept[world].items())
        lines.append(f" {json.dumps(world)}: {{\n" + ",\n".join(arms) + "\n }")
    text = f'{{\n"made": {json.dumps(circumstances())},\n"worlds": {{\n' + ",\n".join(lines) + "\n}\n}\n"
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
