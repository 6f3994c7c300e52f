"""Locks that one process at a time holds, on every system."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, SoftFileLock

NATIVE = FileLock is not SoftFileLock  # else a lock is a file that is there while it is held


def system_lock(path: Path) -> FileLock:
    """The system's lock on a file of its own, which ends with its holder.

    Where there is none, a file stands for it, under another name: what a native lock leaves would be held for ever.
    """
    return FileLock(path if NATIVE else path.with_name(f"{path.name}.soft"), thread_local=False)
