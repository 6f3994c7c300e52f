"""Results as plain JSON and back, exact to the last bit: numbers, text, tuples, dicts, dataclasses, arrays, tables.

What cannot come back exactly as it was is refused (TypeError), never stored nearly. Dataclasses come back only as the
classes that the reader declares: a name in a file chooses among them and makes nothing else. Arrays are their bytes
(zlib, base64), since JSON knows no NaN with its bits and Parquet through pandas takes NaN for a missing value.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import typing
import zlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import numpy as np
import pandas as pd

from loyaltysim.scenario.reader import hints

Classes = Mapping[str, type]
KINDS = "biufcmMSU"  # of arrays whose bytes say everything: NumPy's letters for numbers, moments and text


def declared(hint: Any) -> dict[str, type]:
    """Every dataclass that a declared type may hold, by name.

    Raises TypeError for a type that cannot be resolved, and for two classes of one name.
    """
    found: dict[str, type] = {}
    waiting = [hint]
    while waiting:
        one = waiting.pop()
        waiting += typing.get_args(one)
        if not (isinstance(one, type) and dataclasses.is_dataclass(one)) or found.get(label(one)) is one:
            continue
        if label(one) in found:
            raise TypeError(f"two classes are called {label(one)}")
        found[label(one)] = one
        try:
            waiting += hints(one).values()
        except NameError as error:
            raise TypeError(f"the types of {label(one)} are not known where it is defined: {error}") from None
    return found


def label(one: Any) -> str:
    """The name of a class or function; outside the package without its module, which a script calls `__main__`."""
    ours = one.__module__.partition(".")[0] == "loyaltysim"
    return f"{one.__module__}.{one.__qualname__}" if ours else one.__qualname__


def encode(value: Any, classes: Classes) -> Any:
    """A value as plain JSON. classes : see `declared`. Raises TypeError for what would not come back exactly."""
    return msgspec.to_builtins(value, enc_hook=tree_of, str_keys=False)


def tree_of(value: Any) -> Any:
    """What the library does not know."""
    if type(value) is np.ndarray:
        return array_tree(value)
    if isinstance(value, np.generic):
        return scalar_tree(value)
    if type(value) is pd.DataFrame:
        return table_tree(value)
    raise refusal(type(value).__qualname__)


def refusal(what: str) -> TypeError:
    """An error that says what cannot be stored."""
    return TypeError(f"a result cannot be kept exactly: {what}")


def sound_text(value: str) -> str:
    """Text that UTF-8 can hold. Raises TypeError for half a surrogate pair."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise refusal(f"text that is no Unicode, {value!a:.40}") from None
    return value


def packed(value: np.ndarray) -> dict[str, Any]:
    """The bytes of an array and how to read them; Fortran's order of the axes is kept, as sums may depend on it."""
    if value.dtype.kind not in KINDS or value.dtype != np.dtype(value.dtype.str):
        raise refusal(f"an array of {value.dtype}")
    order: Literal["F", "C"] = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    data = base64.b64encode(zlib.compress(value.tobytes(order), 1)).decode()
    return {"dtype": value.dtype.str, "shape": list(value.shape), "order": order, "data": data}


def unpacked(tree: Mapping[str, Any]) -> np.ndarray:
    """The inverse of `packed`, an array of its own."""
    raw = zlib.decompress(base64.b64decode(tree["data"]))
    return np.ndarray(tuple(tree["shape"]), plain_type(tree["dtype"]), bytearray(raw), order=tree["order"])


def plain_type(text: str) -> np.dtype:
    """A NumPy type that holds no objects. Raises ValueError for any other."""
    found = np.dtype(text)
    if found.kind not in KINDS:
        raise ValueError(f"no array of {text} is ever written")
    return found


def scalar_tree(value: np.generic) -> dict[str, Any]:
    """A NumPy number, moment or text."""
    array = np.array(value)
    if isinstance(value, (np.str_, np.bytes_)) and len(array[()]) != len(value):  # NumPy drops zeros at the end
        raise refusal(f"{value!r} in NumPy")
    return {"scalar": packed(array)}


def array_tree(value: np.ndarray) -> dict[str, Any]:
    """An array; of objects, where these are plain values: each different one once, and which stands where."""
    if value.dtype.kind != "O":
        return {"array": packed(value)}
    known: dict[Any, int] = {}
    different, codes = list[Any](), np.zeros(value.shape, np.int32)
    for at, item in np.ndenumerate(value):
        tree = item if type(item) is str else encode(item, {})
        mark = (type(item), item if type(item) is str else json.dumps(tree))
        if mark not in known:
            known[mark] = len(different)
            different.append(encode(item, {}))
        codes[at] = known[mark]
    return {"objects": {"values": different, "codes": packed(codes)}}


def objects(tree: Mapping[str, Any]) -> np.ndarray:
    """The inverse, for an array of objects."""
    codes = unpacked(tree["codes"])
    found = np.empty(codes.shape, object)
    values = [decode(item, {}) for item in tree["values"]]
    for at, code in np.ndenumerate(codes):
        found[at] = values[code]
    return found


def table_tree(value: pd.DataFrame) -> dict[str, Any]:
    """A table: its two indexes and its columns."""
    if value.attrs:
        raise refusal("a table with attrs")
    columns = [column_tree(value.iloc[:, k]) for k in range(value.shape[1])]
    return {"table": {"index": index_tree(value.index), "columns": index_tree(value.columns), "values": columns}}


def column_tree(value: pd.Series | pd.Index) -> dict[str, Any]:
    """The values of a column or index."""
    kind = value.dtype
    if isinstance(kind, np.dtype):
        return array_tree(value.to_numpy())
    if isinstance(kind, pd.StringDtype):
        codes, different = pd.factorize(value.array)
        missing = "nan" if isinstance(kind.na_value, float) else "NA"
        about = {"storage": kind.storage, "missing": missing, "values": list(map(sound_text, different))}
        return {"strings": {**about, "codes": packed(codes)}}
    if isinstance(kind, pd.CategoricalDtype):
        labels = {"values": index_tree(kind.categories), "ordered": bool(kind.ordered)}
        return {"categories": {**labels, "codes": packed(np.asarray(value.array.codes))}}
    raise refusal(f"a column of {kind}")


def column(tree: Mapping[str, Any]) -> Any:
    """The inverse: an array as pandas takes it."""
    if "strings" in tree:
        about = tree["strings"]
        kind = pd.StringDtype(about["storage"], na_value=pd.NA if about["missing"] == "NA" else np.nan)
        return pd.array(about["values"], dtype=kind).take(unpacked(about["codes"]), allow_fill=True)
    if "categories" in tree:
        about = tree["categories"]
        labels: pd.CategoricalDtype = pd.CategoricalDtype(index(about["values"]), about["ordered"])
        return pd.Categorical.from_codes(unpacked(about["codes"]), dtype=labels)
    return decode(tree, {})


def index_tree(value: pd.Index) -> dict[str, Any]:
    """The labels of rows or columns. Raises TypeError for those of several levels or of moments."""
    name = encode(value.name, {})
    if type(value) is pd.RangeIndex:
        return {"range": [value.start, value.stop, value.step], "name": name}
    if type(value) not in (pd.Index, pd.CategoricalIndex):
        raise refusal(f"a table with a {type(value).__name__}")
    return {"labels": column_tree(value), "name": name}


def index(tree: Mapping[str, Any]) -> pd.Index:
    """The inverse."""
    name = decode(tree["name"], {})
    if "range" in tree:
        start, stop, step = tree["range"]
        return pd.RangeIndex(start, stop, step, name=name)
    labels = column(tree["labels"])
    found: pd.Index = pd.Index(labels, dtype=labels.dtype, name=name)
    return found


def table(tree: Mapping[str, Any]) -> pd.DataFrame:
    """The inverse of `table_tree`."""
    rows = index(tree["index"])
    columns = {k: column(item) for k, item in enumerate(tree["values"])}
    made = pd.DataFrame({k: pd.Series(c, rows, dtype=c.dtype) for k, c in columns.items()}, index=rows)
    made.columns = index(tree["columns"])
    return made


def decode(tree: Any, classes: Classes) -> Any:
    """The value of plain JSON, by the declared types."""
    for one in classes.values():
        try:
            return msgspec.convert(tree, one, dec_hook=lambda kind, body: READERS[next(iter(body))](*body.values()))
        except msgspec.ValidationError:
            continue
    return tree


READERS: dict[str, Any] = {"scalar": unpacked, "array": unpacked, "objects": objects, "table": table}
