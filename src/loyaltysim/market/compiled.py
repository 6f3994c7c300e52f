# mypy: disable-error-code="no-untyped-call, misc, unused-ignore"
"""Numba's files of a compiled step: each behind its checksum, whole or not there, beside the step and nowhere else."""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from numba import __version__ as compiler
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, InTreeCacheLocator

from loyaltysim.configure.publish import publish
from loyaltysim.market.cache import written


def digest(body: bytes) -> bytes:
    """What a compiled file begins with: SHA-256 of its body, and of the compiler that is to read it."""
    return hashlib.sha256(compiler.encode() + body).digest()


class CheckedFiles(IndexDataCacheFile):
    """Numba's index and data files, written with fsync and rename; one that is not as it was written is not there."""

    def _load_index(self) -> dict[Any, str]:
        stamp, overloads = self.whole(self._index_path, lambda: (None, {}))
        return overloads if stamp == self._source_stamp else {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        self.put(self._index_path, (self._source_stamp, overloads))

    def _load_data(self, name: str) -> Any:
        return self.whole(self._data_path(name), lambda: None)

    def _save_data(self, name: str, data: Any) -> None:
        self.put(self._data_path(name), data)

    def put(self, path: str, value: Any) -> None:
        """Publish a value behind its checksum. Raises OSError."""
        body = self._dump(value)
        publish(Path(path), partial(written, content=digest(body) + body))

    def whole(self, path: str, missing: Callable[[], Any]) -> Any:
        """The value of a file, or what stands for it where it is missing or damaged; a damaged one is thrown away."""
        try:
            content = Path(path).read_bytes()
        except FileNotFoundError:
            return missing()
        if content[:32] == digest(content[32:]):
            return pickle.loads(content[32:])
        Path(path).unlink(missing_ok=True)
        return missing()


class Beside(CompileResultCacheImpl):
    """Compiled code rests beside its step and nowhere else, whatever the environment says to Numba."""

    _locator_classes = [InTreeCacheLocator]  # noqa: RUF012


class StepCache(FunctionCache):
    """Numba's cache of one step, in files that are checked; where they cannot be written, nothing is kept."""

    _impl_class = Beside

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = CheckedFiles(self._cache_path, self._impl.filename_base, stamp)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code. A full disk costs the time of compiling again, never the run."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            print(f"a compiled step is not kept: {error.strerror or error}: {self._cache_path}", file=sys.stderr)
