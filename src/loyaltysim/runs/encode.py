"""Results as plain JSON and back, exact to the last bit: numbers, text, tuples, dicts, dataclasses, arrays, tables.

What cannot come back exactly as it was is refused (TypeError), never stored nearly. Dataclasses come back only as the
classes that the reader declares: a name in a file chooses among them and makes nothing else. Arrays are their bytes
(zlib, base64), since JSON knows no NaN with its bits and Parquet through pandas takes NaN for a missing value.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import struct
import typing
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Literal

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
    kind = type(value)
    if value is None or kind in (bool, int):
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": struct.pack(">d", value).hex()}
    if kind is str:
        return sound_text(value)
    if kind is list:
        return [encode(item, classes) for item in value]
    if kind is tuple:
        return {"tuple": [encode(item, classes) for item in value]}
    if kind is dict:
        return {"dict": [[encode(name, classes), encode(item, classes)] for name, item in value.items()]}
    if kind is np.ndarray:
        return array_tree(value)
    if isinstance(value, np.generic):
        return scalar_tree(value)
    if kind is pd.DataFrame:
        return table_tree(value)
    if dataclasses.is_dataclass(value) and classes.get(label(kind)) is kind:
        fields = {f.name: encode(getattr(value, f.name), classes) for f in dataclasses.fields(value)}
        return {"record": [label(kind), fields]}
    raise refusal(f"{kind.__module__}.{kind.__qualname__}, which the return type of its task does not declare")


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
    """The value of plain JSON. Raises ValueError for a dataclass that is not declared and for what nobody wrote."""
    if isinstance(tree, list):
        return [decode(item, classes) for item in tree]
    if not isinstance(tree, dict):
        return tree
    (kind, body), *more = tree.items()
    if more or kind not in READERS:
        raise ValueError(f"{', '.join(tree)}: nothing that is ever written")
    return READERS[kind](body, classes)


def record(body: Any, classes: Classes) -> Any:
    """A dataclass of a declared class, field by field: none of its code runs."""
    name, fields = body
    if name not in classes or {f.name for f in dataclasses.fields(classes[name])} != set(fields):
        raise ValueError(f"{name} is not what is declared")
    made: Any = object.__new__(classes[name])
    for key, item in fields.items():
        object.__setattr__(made, key, decode(item, classes))
    return made


READERS: dict[str, Callable[[Any, Classes], Any]] = {
    "float": lambda body, classes: struct.unpack(">d", bytes.fromhex(body))[0],
    "tuple": lambda body, classes: tuple(decode(item, classes) for item in body),
    "dict": lambda body, classes: {decode(name, classes): decode(item, classes) for name, item in body},
    "scalar": lambda body, classes: unpacked(body)[()],
    "array": lambda body, classes: unpacked(body),
    "objects": lambda body, classes: objects(body),
    "table": lambda body, classes: table(body),
    "record": record,
}
