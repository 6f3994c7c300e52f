"""Records as plain Python sees them: rows whose columns are attributes, as compiled code reads and writes them."""

from __future__ import annotations

from typing import Any

import numpy as np


class Rows:
    """An array of records. `rows[i].name` reads a number, `rows[i].name = x` writes it into the array.

    Numbers come as Python's own, 64 bits wide; keys stay unsigned; a column with several places is an array.
    """

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.kind = array, kind_of(array)

    def __getitem__(self, at: Any) -> Any:
        if self.array.ndim == 2 and not isinstance(at, tuple):
            return Rows(self.array[at])
        return self.kind(at)

    def __len__(self) -> int:
        return len(self.array)


def kind_of(array: np.ndarray) -> type:
    """The class of an array's rows: one property a column."""

    def begin(self: Any, at: Any) -> None:
        self.at = at

    members: dict[str, Any] = {"__slots__": ("at",), "__init__": begin}
    for name in array.dtype.names or ():
        members[name] = attribute(array[name], array.ndim)
    return type("Row", (), members)


def attribute(column: np.ndarray, places: int) -> property:
    """A column of an array as an attribute of its rows."""
    item = column.item

    def read(self: Any) -> Any:
        return item(self.at)

    def read_whole(self: Any) -> Any:
        return column[self.at]

    def write(self: Any, value: Any) -> None:
        column[self.at] = value

    return property(read_whole if column.ndim > places or column.dtype.kind == "u" else read, write)
