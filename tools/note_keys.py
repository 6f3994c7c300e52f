"""Note, in the committed results, keys that did not exist when they were made: `python tools/note_keys.py`.

A new key whose default changes nothing moves no number, but it moves the configuration that a result was made with and
its hash. This writes results/<name>/config.yaml and the two checksums of manifest.json anew where, and only where,
every key that the committed file has still composes to the same value. Whoever changes a value must run the experiment
again; that the new defaults change nothing is what tests/test_frozen.py holds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from loyaltysim.studies.experiment import RESULTS, load, scripts

ABSENT = object()


def differences(old: Any, new: Any, key: str = "") -> tuple[list[str], list[str]]:
    """Keys with another value or without one today, and keys that are new."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return ([] if old == new else [key]), []
    moved, added = [], []
    for name in {**old, **new}:
        place = f"{key}.{name}" if key else str(name)
        if name not in old:
            added.append(place)
            continue
        below = differences(old[name], new.get(name, ABSENT), place)
        moved += below[0]
        added += below[1]
    return moved, added


def noted(folder: Path, text: str) -> list[str]:
    """Write a configuration that says more than the committed one. -> the keys that are new; ValueError: one moved."""
    path, place = folder / "config.yaml", folder / "manifest.json"
    moved, added = differences(yaml.safe_load(path.read_text("utf-8")), yaml.safe_load(text))
    if moved:
        raise ValueError(f"{folder.name}: run it again, it was made with another {', '.join(moved)}")
    if added:
        about = json.loads(place.read_text("utf-8"))
        about["config"] = about["files"][path.name] = sha256(text.encode()).hexdigest()
        path.write_text(text, "utf-8")
        place.write_text(json.dumps(about, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    return added


def main() -> int:
    """Note what is new in every committed result. -> 1 if one must be run again"""
    failed = 0
    for name in scripts():
        try:
            added = noted(RESULTS / name, load(name).compose().written)
            print(f"{name}: {', '.join(added) or 'nothing new'}")
        except ValueError as error:
            print(error, file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
