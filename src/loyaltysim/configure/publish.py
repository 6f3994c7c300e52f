"""Files that are written as a whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def publish(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside the place, sync, and move there at once: neither a reader nor a power cut ever meets half a file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        with temporary.open("r+b") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def text(content: str) -> Callable[[Path], None]:
    """A writer of UTF-8 text with plain newlines."""

    def write(path: Path) -> None:
        path.write_bytes(content.encode("utf-8"))

    return write


def dumps(value: Any) -> str:
    """JSON with sorted keys and no number that is not a number."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
