"""Stop a market and go on later, elsewhere, or in two ways: run T, save, load, run T is run 2T, byte for byte.

A checkpoint is one file of plain arrays and JSON, no pickle, with a checksum over all of it. `branch` continues a
market under another scenario with the same past, so that the arms of a comparison share one burn-in.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import typing
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pandas as pd

from loyaltysim.configure.publish import publish
from loyaltysim.firms.firm import STATE, Firm
from loyaltysim.firms.offer import Offer
from loyaltysim.firms.policies import components as policies
from loyaltysim.market.accounts import Accounts
from loyaltysim.market.compile import package_hash
from loyaltysim.market.model import LOG_TYPES, Market
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.registry import components
from loyaltysim.scenario.dates import Dated
from loyaltysim.scenario.forms import canonical, config_hash, plain
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import hints, without_none

FORMAT = 2  # of a checkpoint; another is refused: a state belongs to the code that made it
SAVED = {
    "week", "shown", "recorded", "surroundings", "recorded_around", "weekly", "ledgers", "log", "moves", "visits",
    "spend", "held", "waves", "vintages", "accounts",
}  # fmt: skip
MADE_ANEW = {  # from scenario and seed, or a cache of what is saved
    "terms", "root_seed", "firms", "focal", "mechanisms", "read_offers", "read_rows", "read_beliefs",
    "assembled", "ready", "population", "contracts", "theta_table", "taste_tables",
    "first_started", "network", "partners",
}  # fmt: skip
FIRM_MADE_ANEW = {
    "name",
    "terms",
    "of_market",
    "configured_program",
    "policies",
}  # what it carries stands in firms.STATE
PEOPLE_MADE_ANEW = {"scenario", "ids", "n", "wide", "people", "pairs"}  # of the population; `columns` is saved


def save(market: Market, path: str | Path) -> Path:
    """Write everything that a market will need to go on; the file appears whole or not at all. -> the path

    Raises TypeError if the market, a firm or the population holds something that this file does not know: nothing is
    ever left out in silence.
    """
    about, arrays = state(market)
    about = {
        "format": FORMAT,
        "code": package_hash(),
        "scenario": canonical(market.terms),
        "compute": plain(market.terms.compute),
        "config": config_hash(market.terms),
        "seed": market.root_seed,
        **about,
    }
    path = Path(path)
    publish(path, partial(write, about, arrays))
    return path


def state(market: Market) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a market carries, its partners' markets too: plain values and arrays. Raises TypeError as `save`."""
    check_known(market)
    arrays = {f"people/{name}": column for name, column in market.population.columns.items()}
    arrays |= {"visits": market.visits, "spend": market.spend, "moves": moved(market.moves)}
    arrays |= {"held": market.held} if market.contracts else {}
    arrays |= {} if market.vintages is None else {"vintages": market.vintages.array()}
    arrays |= {} if market.accounts is None else {"accounts": market.accounts.cents}
    arrays |= around_arrays("surroundings", market.surroundings)
    arrays |= around_arrays("recorded_around", market.recorded_around or ())
    arrays |= {"weekly": stacked(market.weekly, (len(market.firms), len(market.assembled.counts)))}
    arrays |= {f"survey/{name}": answers.to_numpy() for name, answers in asked(market.waves).items()}
    arrays |= {f"log/{k}": column for k, column in enumerate(joined(market.log))}
    about: dict[str, Any] = {
        "week": market.week,
        "around": None if market.recorded_around is None else len(market.recorded_around),
        "ledgers": market.ledgers,
        "counts": list(market.assembled.counts),
        "firms": {name: {key: plain(getattr(firm, key)) for key in STATE} for name, firm in market.firms.items()},
        **dict(zip(("offers", "shown", "recorded"), told(market), strict=True)),
        "partners": [],
    }
    for k, place in enumerate(market.partners.places):
        said, own = state(place.market)
        about["partners"].append({**said, "settled": place.settled})
        arrays |= {f"partners/{k}/{key}": array for key, array in own.items()}
    return about, arrays


def load(path: str | Path) -> Market:
    """A market that goes on where it was saved.

    Raises ValueError for a file that is damaged, of another format, or made by other code.
    """
    about, arrays = unpacked(Path(path))
    if (about["format"], about["code"]) != (FORMAT, package_hash()):
        raise ValueError(f"{path} was saved by other code ({about['code']}, this is {package_hash()})")
    tree = {**about["scenario"], "compute": about["compute"]}
    scenario = read(tree, {**components(), **policies()})
    if config_hash(scenario) != about["config"]:
        raise ValueError(f"{path} holds a scenario that this version reads otherwise")
    offers = [{name: offer_of(item) for name, item in row.items()} for row in about["offers"]]
    recorded = None if about["recorded"] is None else [offers[k] for k in about["recorded"]]
    around = None if about["around"] is None else around_rows("recorded_around", arrays, about["around"])
    market = Market(scenario, about["seed"], offers=recorded, around=around)
    fill(market, about, arrays, path)
    return market


def fill(market: Market, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray], path: str | Path) -> None:
    """Give a new market what `state` told of another. Raises ValueError where it counts other things."""
    if list(market.assembled.counts) != about["counts"]:
        raise ValueError(f"{path} counts {about['counts']}, this market {list(market.assembled.counts)}")
    market.population.restore({n.partition("/")[2]: a for n, a in arrays.items() if n.startswith("people/")})
    market.visits, market.spend = arrays["visits"], arrays["spend"]
    if market.contracts:
        market.held = arrays["held"]
    market.week, market.ledgers = about["week"], about["ledgers"]
    market.count_vintages(arrays.get("vintages"))
    market.accounts = Accounts(market, arrays["accounts"]) if "accounts" in arrays else None
    market.weekly = list(arrays["weekly"])
    market.surroundings = around_rows("surroundings", arrays, market.week)
    market.moves = [arrays["moves"]] if len(arrays["moves"]) else []
    waves = {name.partition("/")[2]: column for name, column in arrays.items() if name.startswith("survey/")}
    market.waves = [pd.DataFrame(waves)] if waves else []
    log = [arrays[f"log/{k}"] for k in range(len(LOG_TYPES))]
    market.log = [log] if len(log[0]) else []
    offers = [{name: offer_of(item) for name, item in row.items()} for row in about["offers"]]
    market.shown = [offers[k] for k in about["shown"]]
    for name, firm in market.firms.items():
        restore(firm, about["firms"][name])
    for k, (place, told_of) in enumerate(zip(market.partners.places, about["partners"], strict=True)):
        place.settled, front = told_of["settled"], f"partners/{k}/"
        inside = {key.removeprefix(front): array for key, array in arrays.items() if key.startswith(front)}
        fill(place.market, told_of, inside, path)


def branch(market: Market, scenario: Scenario, **more: Any) -> Market:
    """Continue a market under another scenario that had the same past: one burn-in for all arms of a comparison.

    The people of the new market that both know are those of the old one; what only the new one knows is as at birth.
    That is exact as long as nothing that sets the two apart has had an effect: before the launch of a program, say.
    Raises ValueError where seed, customers or firms differ, or where the old market counted something that the new one
    does not know. more : eligible, offers, around of `Market`.
    """
    check_known(market)
    wanted, kept = scenario.record, market.terms.record
    lacking = [f"record.{name}" for name in ("panel", "log", "accounts") if getattr(wanted, name) > getattr(kept, name)]
    if lacking:
        raise ValueError(f"the past was not recorded as the new scenario asks for ({', '.join(lacking)})")
    if any(any(week.values()) for place in market.partners.places for week in place.settled):
        raise ValueError("partners of a coalition gave points before the arms part: they share no past")
    made = Market(scenario, market.root_seed, **more)
    if not np.array_equal(made.population.ids, market.population.ids) or list(made.firms) != list(market.firms):
        raise ValueError("the two scenarios have other customers or firms: they share no past")
    for name, firm in made.firms.items():
        firm.continues(market.firms[name])
        firm.totals = {}  # until the new market's counters are known: at birth nothing was counted
    rest = {name: values for name, values in made.around().items() if values.ndim == 1}
    common = made.population.columns.keys() & market.population.columns.keys() - {"eligible"}
    made.population.restore({name: laid(made, market, name) for name in common})
    made.week = market.week
    made.count_vintages(None if market.vintages is None else market.vintages.array())
    made.shown, made.surroundings = list(market.shown), [{**rest, **row} for row in market.surroundings]
    made.waves = list(market.waves) if wanted.survey == kept.survey else []
    made.weekly = [recounted(counts, market.assembled.counts, made.assembled.counts) for counts in market.weekly]
    made.ledgers = [list(line) for line in market.ledgers]
    if scenario.record.panel:
        quarters = min(len(made.visits), len(market.visits))
        made.visits[:quarters], made.spend[:quarters] = market.visits[:quarters], market.spend[:quarters]
    if made.accounts is not None and market.accounts is not None:
        quarters = min(len(made.accounts.cents), len(market.accounts.cents))
        made.accounts.cents[:quarters] = market.accounts.cents[:quarters]
    if scenario.record.log:
        made.log, made.moves = list(market.log), list(market.moves)
    if made.contracts:
        made.held = market.held.copy()
    for name, firm in made.firms.items():
        old = market.firms[name]
        known = [line for line in old.totals if line in made.assembled.counts or old.totals[line]]
        firm.totals = {line: old.totals.get(line, 0) for line in {*known, *made.assembled.counts} if market.week}
    return made


def laid(made: Market, old: Market, name: str) -> np.ndarray:
    """A column of the old market as the new one keeps it: a ring of another width is laid anew.

    Raises ValueError where it holds what the new one has no place for.
    """
    values, shape = old.population[name], made.population[name].shape
    if values.shape == shape:
        return values
    now = next(m.fields[name].now for m in made.mechanisms if name in m.fields)
    found = np.zeros(shape, values.dtype)
    for j in range(shape[1]):
        last = 0 if now is None or old.week == 0 else now(old, j)
        for number in range(last, last - min(shape[2], values.shape[2]), -1):
            found[:, j, number % shape[2]] = values[:, j, number % values.shape[2]]
    if found.sum() != values.sum():
        raise ValueError(f"{name} of the past do not fit {shape[2]} places: the arms share no past")
    return found


def restore(firm: Firm, values: Mapping[str, Any]) -> None:
    """Give a firm what it carried, from its plain form."""
    for key, value in values.items():
        if key in ("decided_program", "running_program", "ran"):
            setattr(firm, key, program_of(value))
        elif key == "memory":  # a tuple is written as a list
            own = {n: {k: tuple(v) if isinstance(v, list) else v for k, v in one.items()} for n, one in value.items()}
            firm.memory = own
        else:
            setattr(firm, key, value)


def recounted(counts: np.ndarray, old: Sequence[str], new: Sequence[str]) -> np.ndarray:
    """A week's counters in the columns of another market. Raises ValueError for a count that would be lost."""
    lost = [name for k, name in enumerate(old) if name not in new and counts[:, k].any()]
    if lost:
        raise ValueError(f"{', '.join(lost)} happened before the arms part: they share no past")
    out = np.zeros((len(counts), len(new)), counts.dtype)
    for k, name in enumerate(old):
        if name in new:
            out[:, list(new).index(name)] = counts[:, k]
    return out


def check_known(market: Market) -> None:
    """Every piece of state has its place here. Raises TypeError for one that has none."""
    of_mesa = set(vars(mesa.Model(rng=1)))  # its own clock and lists of agents begin anew; no draw comes from it
    unknown = set(vars(market)) - SAVED - MADE_ANEW - of_mesa
    unknown |= set(vars(market.population)) - PEOPLE_MADE_ANEW - {"columns"}
    for firm in market.firms.values():
        unknown |= set(vars(firm)) - set(STATE) - FIRM_MADE_ANEW - {"model", "unique_id", "pos"}
    if unknown:
        raise TypeError(
            f"a checkpoint does not know {', '.join(sorted(unknown))}; say in checkpoint.py how it is saved"
        )


def told(market: Market) -> tuple[list[Any], list[int], list[int] | None]:
    """Every distinct week of offers once, and which of them each week showed and each recorded week holds."""
    found: dict[str, int] = {}

    def numbered(rows: Sequence[Mapping[str, Offer]]) -> list[int]:
        return [found.setdefault(json.dumps(plain(row), sort_keys=True), len(found)) for row in rows]

    shown = numbered(market.shown)
    recorded = None if market.recorded is None else numbered(market.recorded)
    return [json.loads(row) for row in found], shown, recorded


def offer_of(item: Mapping[str, Any]) -> Offer:
    """An offer from its plain form."""
    return Offer(**{**item, **{part: program_of(item[part]) for part in ("program", "dated")}})


def program_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """Component name -> terms, from their plain form."""
    known = mechanisms.registry()
    return {name: revived(known[name].terms, terms) for name, terms in item.items()}


def revived(hint: Any, value: Any) -> Any:
    """A value of a declared type from its plain form: dataclasses, tuples and mappings as they were."""
    kind, _ = without_none(hint)
    if value is None:
        return None
    if dataclasses.is_dataclass(kind):
        declared: Any = kind
        found = {name: revived(hints(declared)[name], item) for name, item in value.items()}
        if issubclass(declared, Dated):  # what a date sets is as the key that it sets
            own = hints(declared)
            found["changes"] = tuple(
                {key: revived(own.get(key, Any), item) for key, item in change.items()} for change in found["changes"]
            )
        return declared(**found)
    if typing.get_origin(kind) is tuple:
        return tuple(revived(typing.get_args(kind)[0], item) for item in value)
    if typing.get_origin(kind) is not None:
        return {name: revived(typing.get_args(kind)[1], item) for name, item in value.items()}
    return value


def stacked(weeks: Sequence[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Weekly counters as one array. -> (weeks, n_firms, n_counts)"""
    return np.stack(weeks) if weeks else np.zeros((0, *shape), np.int64)


def moved(moves: Sequence[np.ndarray]) -> np.ndarray:
    """Who changed firms, all weeks below each other. -> (moves, 4)"""
    return np.concatenate(moves) if moves else np.zeros((0, 4), np.int64)


def asked(waves: Sequence[pd.DataFrame]) -> Mapping[str, pd.Series]:
    """The answers of all waves, one below the other, by column; nothing where nobody was asked."""
    return dict(pd.concat(waves, ignore_index=True)) if waves else {}


def around_arrays(name: str, rows: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """What the weeks had in common: an array a column that all have, one a week of any other.

    -> {name/column: (weeks, ...), name/column@week: (...)}
    """
    whole = [column for column in rows[0] if all(column in row for row in rows)] if rows else []
    found = {f"{name}/{column}": np.stack([row[column] for row in rows]) for column in whole}
    parts = [(week, column) for week, row in enumerate(rows) for column in row if column not in whole]
    return found | {f"{name}/{column}@{week}": rows[week][column] for week, column in parts}


def around_rows(name: str, arrays: Mapping[str, np.ndarray], weeks: int) -> list[Mapping[str, np.ndarray]]:
    """The inverse: one mapping a week."""
    columns = {key.partition("/")[2]: value for key, value in arrays.items() if key.startswith(f"{name}/")}
    rows = [{c: value[week] for c, value in columns.items() if "@" not in c} for week in range(weeks)]
    for column, value in columns.items():
        if "@" in column:
            rows[int(column.partition("@")[2])][column.partition("@")[0]] = value
    return list(rows)


def joined(log: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
    """The pieces of the log as one array a column."""
    if not log:
        return [np.zeros(0, kind) for kind in LOG_TYPES]
    return [np.concatenate(column) for column in zip(*log, strict=True)]


def write(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """An .npz archive without compression or pickle, followed by the 32 bytes of its SHA-256."""
    words = np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)
    with path.open("w+b") as file:
        np.savez(file, allow_pickle=False, about=words, **arrays)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").digest()
        file.write(digest)


def unpacked(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a checkpoint says and its arrays. Raises ValueError where a byte is not as it was written."""
    content = path.read_bytes()
    if hashlib.sha256(content[:-32]).digest() != content[-32:]:
        raise ValueError(f"{path} differs from its checksum: damaged or cut")
    with np.load(io.BytesIO(content[:-32]), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return json.loads(arrays.pop("about").tobytes()), arrays
