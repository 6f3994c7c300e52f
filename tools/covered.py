"""Write docs/coverage.csv and docs/coverage.md: every row of the source texts, what moves, and where it does not.

python tools/covered.py            runs every mechanism and metric of docs/coverage.yaml (half an hour on one core)
python tools/covered.py S3-47 ...  runs these and leaves the others as they stand
python tools/covered.py --write    runs nothing: claims, words and the page anew

What is to move, and with which sign, stands in docs/coverage.yaml, written before the run. Here each row is run: the
same people and luck with the mechanism and without it, and both again in the control. A mechanism is also held against
another of the same cost, in its world and where that should win. What is read off is one number of one world, so that
nothing of a study comes between.
"""

from __future__ import annotations

import csv
import math
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from loyaltysim.configure.compose import compose
from loyaltysim.market.book import Book
from loyaltysim.market.model import Market
from loyaltysim.measures import attitudes, coupons, money, tiers
from loyaltysim.measures.market import market_figures
from loyaltysim.measures.program_effects import Window, entered
from loyaltysim.measures.twins import Worlds, no_program
from loyaltysim.mechanism.registry import registry as mechanisms
from loyaltysim.scenario.model import Scenario

ROOT = Path(__file__).resolve().parents[1]
REGISTRY = ROOT / "docs" / "coverage.yaml"
TABLE = ROOT / "docs" / "coverage.csv"
PAGE = ROOT / "docs" / "coverage.md"
SEEDS = range(1, 9)
PRICED = range(1, 4)  # seeds on which a cost is found
CLEAR = 4.0  # standard errors
ENOUGH = 0.02  # of a cost: how near the alternative's cost must come
SCALES = {  # what is scaled until it costs as much, and where the search begins
    "cashback": ("program.cashback.rate", 0.01),
    "points": ("program.points.face_value", 5.0),
    "contact": ("program.contact.per_week", 0.1),
}
COLUMNS = (
    "id", "status", "configuration", "test", "measure", "sign", "kind", "name", "chinese", "against", "control",
    "movement", "standard_error", "control_movement", "control_standard_error", "alternative", "over_alternative",
    "over_alternative_error", "turned", "turned_error", "source", "why",
)  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """A paired difference over runs: its mean and standard error."""

    mean: float
    error: float

    @classmethod
    def of(cls, new: np.ndarray, old: np.ndarray) -> Moved:
        """new, old : (runs,) the number with and without."""
        gain = new - old
        return cls(float(gain.mean()), float(gain.std(ddof=1) / math.sqrt(len(gain))))

    @property
    def sign(self) -> int:
        """1, -1, or 0 within four standard errors."""
        return int(self.mean > CLEAR * self.error) - int(self.mean < -CLEAR * self.error)


# ---- worlds ----------------------------------------------------------------------------------------------------------


@cache
def registry() -> dict[str, Any]:
    """docs/coverage.yaml as it stands."""
    found: dict[str, Any] = yaml.safe_load(REGISTRY.read_text(encoding="utf-8"))
    return found


def rows() -> list[dict[str, Any]]:
    """The mechanisms and metrics."""
    found: list[dict[str, Any]] = registry()["rows"]
    return found


def runnable() -> list[dict[str, Any]]:
    """Those of them that are run: with words of their own, and no reason why not."""
    return [row for row in rows() if "with" in row and "missing" not in row]


def spelled(words: Iterable[str]) -> list[str]:
    """Words with those that stand for several spelled out."""
    shared = registry()["shared"]
    return [one for word in words for one in (shared[word[1:]] if word.startswith("@") else [word])]


def line(*parts: Iterable[str]) -> tuple[str, ...]:
    """One command line; of a key that is said twice the later word holds."""
    said = {word.partition("=")[0]: word for part in (registry()["every"], *parts) for word in spelled(part)}
    return tuple(said.values())


@cache
def scenario(words: tuple[str, ...]) -> Scenario:
    """The checked scenario of a line. Raises ConfigError."""
    return compose(list(words))


def side(row: Mapping[str, Any], own: Sequence[str], more: Sequence[str] = ()) -> tuple[str, ...]:
    """The line of one side of a row; a key of a component that it does not have is left out of `more`."""
    base, own_words = line(row.get("world", ()), own), spelled(more)
    if any(word.startswith("program.") for word in own_words):
        has = scenario(base).focal_firm.program
        own_words = [w for w in own_words if not w.startswith("program.") or w.split(".")[1] in has]
    return line(base, own_words)


def settings(row: Mapping[str, Any]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The lines with and without, by setting: moves, control, and reverse where there is one."""
    mine, other = row["with"], row.get("without", ())
    control = row.get("control", ())
    found = {
        "moves": (side(row, mine), side(row, other)),
        "control": (side(row, row.get("instead", mine), control), side(row, other, control)),
    }
    if "reverse" in row:
        found["reverse"] = (side(row, mine, row["reverse"]), side(row, other, row["reverse"]))
    if "reverse_with" in row:
        found["reverse"] = (side(row, row["reverse_with"]), side(row, row["reverse_without"]))
    return found


# ---- numbers ---------------------------------------------------------------------------------------------------------


@cache
def book(words: tuple[str, ...], seed: int) -> Book:
    """A finished run; kept, since sides and settings share some."""
    return Market(scenario(words), seed).run()


@cache
def bare(words: tuple[str, ...], seed: int) -> Book:
    """The same run without the firm's program."""
    return Market(no_program(scenario(words)), seed).run()


def half(book: Book, place: int, light: bool) -> np.ndarray:
    """Who buys there least (the lower half) or most (the top fifth). -> (n,) bool"""
    order = np.argsort(np.argsort(book.visits.sum(axis=0)[:, place], kind="stable"), kind="stable")
    return order < 0.5 * len(order) if light else order >= 0.8 * len(order)


def number(name: str, words: tuple[str, ...], seed: int, pair: tuple[str, ...]) -> float:
    """A number of one run, or of it and its twin.

    pair : the line of the world without, whose customers say who is light or heavy
    """
    terms, found = scenario(words), book(words, seed)
    firm, w = terms.focal_id, Window.of(terms, 0)
    place, weekly = found.firms.index(firm), found.weekly[found.weekly.firm == firm]
    year = float(entered(found).sum() * w.years)
    if name.startswith("firms."):
        return float(weekly[name.removeprefix("firms.")].sum())
    if name == "survey.reply":
        last = found.survey[found.survey.week == found.survey.week.max()]
        return last.customer.nunique() / float((found.people.status == 1).sum())
    if name in ("light_extra_visits", "heavy_extra_visits"):
        who = half(book(pair, seed), place, name.startswith("light"))
        return float(found.visits.sum(axis=0)[who, place].sum()) / year
    if name == "visits":
        return float(weekly.visits.sum()) / year
    if name == "payoff":
        return float(weekly.profit.sum()) / 100.0 / year
    if name in coupons.MONEY:
        twin = bare(words, seed)
        return coupons.coupons(terms, Worlds(twin, found, found, 0))[name]
    if name == "bunching":
        return tiers.around_thresholds(found, firm)["bunching"]
    figures = attitudes.figures(terms, found, firm)
    return figures[name] if name in figures else market_figures(found)[f"{name}[{firm}]"]


def moved(name: str, new: tuple[str, ...], old: tuple[str, ...], seeds: Sequence[int] = SEEDS) -> Moved:
    """How far a number moves from one line to another, over the same runs."""
    many = [[number(name, words, seed, old) for seed in seeds] for words in (new, old)]
    return Moved.of(*(np.array(one) for one in many))


def cost(words: tuple[str, ...], idle: tuple[str, ...]) -> float:
    """What a line costs beside the goods, over the line without any program, money per customer and year."""
    w = Window.of(scenario(words), 0)
    each = [money.program_cost(book(words, s), money.overhead(book(idle, s), w), w) for s in PRICED]
    return float(np.mean(each))


def as_dear(row: Mapping[str, Any], new: tuple[str, ...], more: Sequence[str]) -> tuple[str, ...] | None:
    """The line of the alternative that costs as much; None where the row costs nothing or cannot be matched."""
    world = side(row, (), more)
    target, program = cost(new, world), row.get("equal", "cashback")
    key, start = SCALES[program]
    if target <= 0.0:
        return None
    scale, words = start, world
    for _ in range(6):
        words = line(world, [f"program={program}", "@all", f"{key}={scale:.6g}"])
        spent = cost(words, world)
        if abs(spent / target - 1.0) < ENOUGH:
            return words
        scale *= target / spent
        if program == "cashback" and scale > 1.0:
            return None
    return None


# ---- verdicts --------------------------------------------------------------------------------------------------------


def run(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table, from its runs."""
    book.cache_clear()
    bare.cache_clear()
    name, sign = row["measure"], {"+": 1, "-": -1}[row["sign"]]
    lines = settings(row)
    found, control = (moved(name, *lines[setting]) for setting in ("moves", "control"))
    base = line(row.get("world", ()))
    out = described(row) | {
        "against": said(lines["moves"][1], base) or "no program",
        "control": said(lines["control"][0], lines["moves"][0]),
        "movement": figure(found.mean), "standard_error": figure(found.error),
        "control_movement": figure(control.mean), "control_standard_error": figure(control.error),
    }  # fmt: skip
    either, more = ("", {}) if row["kind"] == "metric" else either_way(row, lines, found)
    return out | more | dict(zip(("status", "why"), verdict(row, sign, found, control, either), strict=True))


def verdict(row: Mapping[str, Any], sign: int, found: Moved, control: Moved, either: str) -> tuple[str, str]:
    """Status and why. either : why an alternative of equal cost cannot come out either way, empty where it can"""
    if found.sign != sign:
        return "missing", "does not move as the register says beyond 4 standard errors in this configuration"
    if control.sign:
        return "missing", "moves in the control as well"
    if row["kind"] == "metric":
        return "measured", ""
    if row.get("set"):
        return "wired", "a key restates the row by its sign"
    return ("wired", either) if either else ("moves", "")


def either_way(row: Mapping[str, Any], lines: Mapping[str, Any], found: Moved) -> tuple[str, dict[str, Any]]:
    """Why the row cannot come out either way at equal cost (empty where it can), and the columns that say so."""
    if "reverse" in lines:
        back = moved(row["measure"], *lines["reverse"])
        more = {
            "alternative": "the other side", "over_alternative": figure(found.mean),
            "over_alternative_error": figure(found.error), "turned": figure(back.mean),
            "turned_error": figure(back.error),
        }  # fmt: skip
        return "" if back.sign == -found.sign else "does not turn where it should", more
    name, turns = row.get("equal_measure", row["measure"]), row.get("turns", row.get("control", ()))
    gains, alternative = [], ""
    for extra in ((), turns):
        new = side(row, row["with"], extra)
        other = as_dear(row, new, extra)
        if other is None:
            return "costs nothing, or no alternative costs as much", {}
        alternative = alternative or said(other, side(row, (), extra))
        gains.append(moved(name, new, other))
    here, there = gains
    more = {
        "alternative": alternative, "over_alternative": figure(here.mean), "over_alternative_error": figure(here.error),
        "turned": figure(there.mean), "turned_error": figure(there.error),
    }  # fmt: skip
    if here.sign * there.sign == -1:
        return "", more
    return "comes out one way only against an alternative of equal cost", more


def described(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the registry says of a row, as columns."""
    plain = {name: row.get(name, "") for name in ("id", "kind", "name", "chinese", "test", "measure", "sign", "source")}
    return plain | ({"configuration": shlex.join(side(row, row["with"]))} if "with" in row else {})


def said(words: Sequence[str], base: Sequence[str]) -> str:
    """The words that a line has and another has not."""
    return shlex.join(word for word in words if word not in base)


def figure(x: float) -> str:
    """A number in the table."""
    return f"{x:.4g}"


# ---- what a comparison at equal budget can turn ----------------------------------------------------------------------


def turned() -> dict[str, str]:
    """The term of each program component that `compare` searches; empty where it has none."""
    own = {name: one for name, one in sorted(mechanisms().items()) if one.level == "program"}
    return {name: one.priced or one.generosity or "" for name, one in own.items()}


def turnable() -> str:
    """What is turned, a line a component."""
    lines = ["| component | `compare` turns | why not |", "|---|---|---|"]
    why = registry()["unturned"]
    lines += [f"| {name} | {f'`{key}`' if key else '-'} | {why.get(name, '')} |" for name, key in turned().items()]
    return "\n".join(lines) + "\n"


# ---- claims: where they stand ----------------------------------------------------------------------------------------


@cache
def named_in_docs() -> dict[str, str]:
    """The test that a table of docs/ names, by row."""
    found: dict[str, str] = {}
    for page in sorted((ROOT / "docs").glob("*.md")):
        if page == PAGE:
            continue
        for text in page.read_text(encoding="utf-8").splitlines():
            cells = [cell.strip() for cell in text.strip().strip("|").split("|")]
            if text.startswith("| S") and "::" in cells[-1]:
                found |= {one: f"tests/{cells[-1]}" for one in re.findall(r"S\d-\d\d", cells[0]) if one not in found}
    return found


@cache
def named_in_pages() -> dict[str, str]:
    """The first page of docs/ that speaks of the row, by row."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "docs").glob("*.md")):
        for one in re.findall(r"S\d-\d\d", "" if path == PAGE else path.read_text(encoding="utf-8")):
            found.setdefault(one, f"docs/{path.name}")
    return found


@cache
def named_in_tests() -> dict[str, str]:
    """The first test whose name has the row in it, by row."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for test in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            for text, one in re.findall(r"s(\d)_(\d\d)(?=_)", test):
                found.setdefault(f"S{text}-{one}", f"{path.relative_to(ROOT).as_posix()}::{test}")
    return found


@cache
def named_in_experiments() -> dict[str, str]:
    """The results of the first experiment that names the row, by row."""
    found: dict[str, str] = {}
    for path in [*sorted((ROOT / "experiments").glob("*.py")), *sorted((ROOT / "conf" / "experiment").glob("*.yaml"))]:
        if (ROOT / "results" / path.stem).is_dir():
            for one in re.findall(r"S\d-\d\d", path.read_text(encoding="utf-8")):
                found.setdefault(one, f"results/{path.stem}")
    return found


def claims() -> Iterator[dict[str, Any]]:
    """The rows that are no mechanism or metric: where each is judged or tested, or why not."""
    known = registry()
    for one, name in known["claims"].items():
        kind = "case" if one in known["cases"] else "claim"
        places = (named_in_experiments(), named_in_docs(), named_in_tests(), known["elsewhere"], named_in_pages())
        where = next((place[one] for place in places if one in place), "")
        why = "" if where else known["claims_without"].get(one, "no verdict yet: claims have not been on trial")
        yield {"id": one, "status": "claim", "kind": kind, "name": name, "test": where, "why": why}


def untold(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without a run."""
    why = row.get("missing") or row["out_of_reach"]
    return described(row) | {"status": "missing" if "missing" in row else "out of reach", "why": why}


# ---- files -----------------------------------------------------------------------------------------------------------


def table() -> dict[str, dict[str, str]]:
    """docs/coverage.csv by id; empty where there is none."""
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def order(one: Mapping[str, Any]) -> tuple[int, int]:
    """Texts and rows in their order."""
    return int(one["id"][1]), int(one["id"][3:])


def write(told: Mapping[str, Mapping[str, Any]]) -> None:
    """Both files: what was run now, then what stood there, then claims and what has no run."""
    before = table()
    lived = {r["id"] for r in runnable()}
    mine = [told.get(r["id"]) or (before.get(r["id"], described(r)) if r["id"] in lived else untold(r)) for r in rows()]
    every = sorted([*mine, *claims()], key=order)
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        out.writeheader()
        out.writerows({name: one.get(name, "") for name in COLUMNS} for one in every)
    PAGE.write_text(page(list(table().values())), encoding="utf-8")


HEAD = """\
# Coverage: every row of the source texts

Written by `make coverage` from [coverage.yaml](coverage.yaml), in which measure and sign of each row stood before
anything was run; [coverage.csv](coverage.csv) has every column.

A mechanism or metric is run with the same people and luck as without it, {seeds} runs each. *moves* is the difference
of its measure, with its standard error: it has to be beyond four of them, with the sign that was said, and within four
in a *control*. No measure is set by a term of the component. A mechanism also meets an alternative of the same cost
(money back to everybody, unless the table says another), and must be able to win and to lose: *over* is its lead here,
*turned* its lead under words that should make it lose, or where the two sides cost the same anyway, the same difference
where it should have the other sign. A row that can do only one of both is *wired*, and no finding.

Every size is assumed and chosen so that a small market shows the direction: these numbers say what the rules can do,
not what customers do. Which configuration shows it was found by trying; what was to move, and which way, was not
changed.

{counts}
"""


TURNED = """\
## What `compare` turns

At an equal budget one term of each design is searched until it costs as much: of the first component of the design that
has one, or the one that `term.<design>=component.term` names. Every other number of a design can be named so too.

"""


def page(every: Sequence[Mapping[str, str]]) -> str:
    """The page."""
    counts = ["| | " + " | ".join(STATUSES) + " | all |", "|---" * (len(STATUSES) + 2) + "|"]
    for kind in ("mechanism", "metric", "claim", "case"):
        own = [one["status"] for one in every if one["kind"] == kind]
        counts.append(f"| {kind}s | " + " | ".join(str(own.count(s)) for s in STATUSES) + f" | {len(own)} |")
    parts = [HEAD.format(seeds=len(SEEDS), counts="\n".join(counts))]
    for kind in ("mechanism", "metric"):
        own = [one for one in every if one["kind"] == kind]
        parts.append(f"## {kind.capitalize()}s that are run\n\n" + told([one for one in own if one["movement"]], kind))
        parts.append(f"## {kind.capitalize()}s that are left\n\n" + left([one for one in own if not counted(one)]))
    parts.append(TURNED + turnable())
    parts.append(
        "## Claims and cases: where they stand\n\n" + stands([one for one in every if one["status"] == "claim"])
    )
    return "\n".join(parts)


STATUSES = ("moves", "measured", "wired", "missing", "out of reach", "claim")


def counted(one: Mapping[str, str]) -> bool:
    """Does a row count as covered?"""
    return one["status"] in ("moves", "measured")


def told(some: Sequence[Mapping[str, str]], kind: str) -> str:
    """What moved, a line a row."""
    extra = " over | turned |" if kind == "mechanism" else ""
    lines = [f"| row | what | measure | moves | control |{extra} status |", "|---" * (6 + extra.count("|")) + "|"]
    for one in some:
        more = f" {pair(one, 'over_alternative')} | {pair(one, 'turned')} |" if extra else ""
        lines.append(
            f"| {one['id']} | {one['name']} | `{one['measure']}` {one['sign']} | {pair(one, 'movement')} | "
            f"{pair(one, 'control_movement')} |{more} {one['status']} |"
        )
    return "\n".join(lines) + "\n"


def pair(one: Mapping[str, str], name: str) -> str:
    """A number with its standard error."""
    error = {"movement": "standard_error", "control_movement": "control_standard_error"}
    error |= {"over_alternative": "over_alternative_error", "turned": "turned_error"}
    return f"{one[name]} ({one[error[name]]})" if one[name] else "-"


def left(some: Sequence[Mapping[str, str]]) -> str:
    """What does not count, and why."""
    lines = ["| row | what | status | why |", "|---|---|---|---|"]
    lines += [f"| {one['id']} | {one['name']} | {one['status']} | {one['why']} |" for one in some]
    return "\n".join(lines) + "\n"


def stands(some: Sequence[Mapping[str, str]]) -> str:
    """Claims, and where each is judged or tested."""
    lines = ["| row | claim | judged or tested in |", "|---|---|---|"]
    lines += [f"| {one['id']} | {one['name']} | {where(one)} |" for one in some]
    return "\n".join(lines) + "\n"


def where(one: Mapping[str, str]) -> str:
    """A result as a link, a test as its name, else why there is none."""
    text = one["test"]
    if text.startswith("docs/"):
        return f"[{text}]({text.removeprefix('docs/')})"
    return f"[{text}](../{text}/story.md)" if text.startswith("results/") else f"`{text}`" if text else one["why"]


def main(words: Sequence[str]) -> None:
    """Run what was asked for, and write."""
    asked = [one for one in runnable() if not words or one["id"] in words]
    done: dict[str, dict[str, Any]] = {}
    for row in [] if "--write" in words else asked:
        done[row["id"]] = run(row)
        show = ("id", "status", "movement", "standard_error", "control_movement", "over_alternative", "turned", "why")
        print(" ".join(f"{done[row['id']].get(name, '')}" for name in show), flush=True)
        write(done)
    write(done)


if __name__ == "__main__":
    main(sys.argv[1:])
