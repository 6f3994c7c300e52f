"""A stored value is the same value to the last bit, or it is refused."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field, fields, make_dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays

from loyaltysim.runs.encode import declared, decode, encode

pytestmark = pytest.mark.interpreter


@dataclass(frozen=True)
class Inner:
    numbers: dict[str, float]


@dataclass(frozen=True)
class Outer:
    """A result with all that may lie in one; `made` is no argument."""

    table: pd.DataFrame | None
    parts: tuple[Inner, ...]
    found: list[dict[str, Any]]
    made: float = field(default=0.0, init=False)


CLASSES = declared(Outer)


def back(value: Any, classes=CLASSES) -> Any:
    """Through a file of plain JSON."""
    return decode(json.loads(json.dumps(encode(value, classes), allow_nan=False)), classes)


def bits(value: Any) -> Any:
    """Everything about a value that anybody could tell apart; equal values have equal bits."""
    kind = type(value)
    if kind is float:
        return struct.pack(">d", value)
    if kind in (list, tuple):
        return kind, [bits(item) for item in value]
    if kind is dict:
        return kind, [(bits(name), bits(item)) for name, item in value.items()]
    if isinstance(value, np.ndarray):
        held = [bits(item) for item in value.ravel()] if value.dtype == object else value.tobytes()
        fortran = value.flags.f_contiguous and not value.flags.c_contiguous
        return kind, value.dtype.str, value.shape, fortran, value.flags.writeable, held
    if isinstance(value, np.generic):
        return kind, value.dtype.str, value.tobytes()
    if kind is pd.DataFrame:
        return kind, bits(value.index), bits(value.columns), [bits(value.iloc[:, k]) for k in range(value.shape[1])]
    if isinstance(value, (pd.Series, pd.Index)):
        about = kind, bits(value.name), bits(value.index) if kind is pd.Series else None, str(value.dtype)
        if kind is pd.RangeIndex:
            return about, value.start, value.stop, value.step
        if isinstance(value.dtype, pd.CategoricalDtype):
            return about, value.dtype.ordered, bits(value.dtype.categories), bits(np.array(value.array.codes))
        return about, bits(np.array(value))
    if kind in (Inner, Outer):
        return kind, [bits(getattr(value, f.name)) for f in fields(value)]
    return kind, value


texts = some.text(some.characters(exclude_categories=["Cs"]))
plain = some.none() | some.booleans() | some.integers() | some.floats() | texts
kinds = some.sampled_from(["<i8", "<i4", "u1", "?", "<f8", ">f8", "<f4", "<c16", "<U5", "S3", "<M8[us]", "<m8[s]"])
ndarrays = kinds.flatmap(
    lambda k: arrays.arrays(k, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)
ndarrays |= ndarrays.map(lambda a: a.T.copy(order="K"))
numbers = some.floats().map(np.float64) | some.integers(-(2**63), 2**63 - 1).map(np.int64) | texts.map(
    lambda t: np.str_(t.rstrip("\0"))
)  # fmt: skip
ROWS = 4
columns = (
    some.lists(some.integers(-(2**63), 2**63 - 1), min_size=ROWS, max_size=ROWS).map(
        lambda v: pd.Series(v, dtype="int64")
    )
    | some.lists(some.floats(), min_size=ROWS, max_size=ROWS).map(lambda v: pd.Series(v, dtype="float64"))
    | some.lists(plain | numbers, min_size=ROWS, max_size=ROWS).map(lambda v: pd.Series(v, dtype=object))
    | some.lists(texts | some.none(), min_size=ROWS, max_size=ROWS).map(lambda v: pd.Series(v, dtype="str"))
    | some.lists(some.sampled_from(["a", "b", None]), min_size=ROWS, max_size=ROWS).map(
        lambda v: pd.Series(pd.Categorical(v, ["b", "a", "c"], ordered=True))
    )
)
indexes = some.sampled_from(
    [pd.RangeIndex(ROWS), pd.RangeIndex(9, 1, -2, name="week"), pd.Index([3, 1, 1, 2]),
     pd.Index(list("baac"), name="x"),
     pd.Index(["a", 1, None, 0.5], dtype=object), pd.Index([0.0, -0.0, np.nan, 1.0]), pd.CategoricalIndex(list("abab"))]
)  # fmt: skip


@some.composite
def tables(draw) -> pd.DataFrame:
    """A table of up to five columns of any kind, perhaps two of one name, perhaps without rows."""
    given = [column.set_axis(range(ROWS)) for column in draw(some.lists(columns, max_size=5))]
    made = pd.concat(given, axis=1) if given else pd.DataFrame(index=range(ROWS))
    made.columns = draw(some.lists(some.sampled_from(["a", "b", "=c", "d"]), min_size=len(given), max_size=len(given)))
    made.index = draw(indexes)
    return made.iloc[: draw(some.sampled_from([0, ROWS]))]


results = some.recursive(
    plain | numbers | ndarrays | tables(),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.lists(inner, max_size=3).map(tuple)
        | some.dictionaries(texts | some.integers(), inner, max_size=3)
        | some.builds(Outer, some.none() | tables(), some.just((Inner({"a": -0.0}),)), some.lists(inner, max_size=2))
    ),
    max_leaves=5,
)


@settings(deadline=None, max_examples=100)
@given(results)
def test_what_is_stored_comes_back_to_the_last_bit(value):
    assert bits(back(value)) == bits(value)


@pytest.mark.parametrize(
    "value",
    [float("nan"), struct.unpack(">d", bytes.fromhex("fff8000000000001"))[0], float("-inf"), -0.0, 5e-324, 2**70],
)
def test_numbers_that_json_does_not_know(value):
    assert bits(back(value)) == bits(value)
    assert bits(back(np.array([value], object))) == bits(np.array([value], object))


def test_fields_come_back_without_running_code():
    made = Outer(None, (), [])
    object.__setattr__(made, "made", 2.5)
    assert back(made).made == 2.5


@pytest.mark.parametrize(
    "value",
    [
        {1, 2}, b"bytes", object(), range(3), 1 + 2j, "\ud800", pd.Series([1]), pd.Timestamp(0),
        np.ma.masked_array([1]),
        np.zeros(2, [("a", "i4")]), np.array([{1}], object), np.str_("a\0"), make_dataclass("Other", [])(),
        pd.DataFrame({"a": pd.array([1, None], "Int64")}), pd.DataFrame({"a": pd.to_datetime(["2020"], utc=True)}),
        pd.DataFrame(index=pd.MultiIndex.from_tuples([(1, 2)])), pd.DataFrame(index=pd.date_range("2020", periods=2)),
        type("Narrow", (int,), {})(3), type("Mine", (pd.DataFrame,), {})(), [(1, {"a": {2}})],
    ],
)  # fmt: skip
def test_what_would_not_come_back_exactly_is_refused(value):
    with pytest.raises(TypeError, match="cannot be kept exactly"):
        encode(value, CLASSES)


def test_a_file_makes_only_what_is_declared():
    """Not by its own words: no other class, no other fields, no arrays of objects, no reader but ours."""
    tree = encode(Inner({"a": 1.0}), CLASSES)
    assert decode(tree, CLASSES) == Inner({"a": 1.0})
    with pytest.raises(ValueError, match="Inner is not what is declared"):
        decode(tree, {})
    array = encode(np.zeros(1), {})["array"]
    for wrong in (
        {"record": ["Inner", {"numbers": 1, "more": 2}]},
        {"record": ["os.system", {}]},
        {"eval": "1"},
        {"tuple": [], "dict": []},
        {"array": {**array, "dtype": "O"}},
    ):
        with pytest.raises(ValueError):
            decode(wrong, CLASSES)


def test_types_that_are_not_known_or_not_one_are_refused():
    with pytest.raises(TypeError, match="two classes are called Inner"):
        declared(dict[str, Inner | make_dataclass("Inner", [], namespace={"__module__": __name__})])
    with pytest.raises(TypeError, match="are not known where it is defined"):
        declared(list[make_dataclass("Lost", [("x", "Nowhere")])])
