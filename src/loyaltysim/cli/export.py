"""`loyaltysim export journal FOLDER`: the books of a run as files that other tools read."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from loyaltysim.cli.arguments import Arguments
from loyaltysim.cli.exits import OK, bad

WHAT = ("journal",)
WORDS = ("arm", "seed", "start")


def export(given: Arguments) -> int:
    """Write journal.csv and what belongs to it into the folder of a run, or into `out`. -> exit code.

    Raises ConfigError with what cannot be, OSError.
    """
    from loyaltysim.present import ledger
    from loyaltysim.scenario.hints import suggestion
    from loyaltysim.scenario.reader import visible
    from loyaltysim.studies.ledger import Ledger

    places = [word for word in given.words if "=" not in word]
    if not places or places[0] not in WHAT:
        first = places[0] if places else ""
        near = suggestion(first, WHAT) if first else "; export journal FOLDER"
        raise bad("export", f"writes one thing, the journal of a run{near}", first or ...)
    if len(places) != 2:
        raise bad("export journal", "takes one folder: the one that the run printed")
    asked = dict(word.split("=", 1) for word in given.words if "=" in word)
    if strange := [name for name in asked if name not in WORDS]:
        raise bad(strange[0], f"is nothing that export knows{suggestion(strange[0], [*WORDS, 'out', 'print', 'lang'])}")
    books = Ledger.of(places[1], asked.get("arm", ""), seed(asked.get("seed")), date(asked.get("start")))
    paths = books.save(Path(given.out or places[1]))
    if given.print_as == "json":
        print(json.dumps(ledger.summary(books, paths), indent=2))
    else:
        print(visible(ledger.screen(books, paths)))
    return OK


def seed(text: str | None) -> int | None:
    """The seed that is named. Raises ConfigError for what is no whole number."""
    if text is not None and not text.isdecimal():
        raise bad("seed", "expected a whole number", text)
    return None if text is None else int(text)


def date(text: str | None) -> datetime.date | None:
    """The day that is named. Raises ConfigError for what is none."""
    try:
        return None if text is None else datetime.date.fromisoformat(text)
    except ValueError:
        raise bad("start", "expected a day such as 2024-01-01", text) from None
