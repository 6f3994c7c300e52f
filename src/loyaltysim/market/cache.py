"""Where assembled and compiled steps rest: a folder of our own, in which nothing is run that is not as it was written.

What lies there is run, so that whoever may write there decides what runs. A folder that is not ours, or that others
may write, is refused; the steps then rest in a private temporary folder until the command ends, and that is said.
Where a system knows no owner of files (Windows), the folder lies in the user's own profile, which others cannot write.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import sys
import tempfile
from functools import cache, partial
from pathlib import Path

from loyaltysim.configure.publish import publish

CACHE = "LOYALTYSIM_CACHE"  # the variable of the environment that names another place for the folder


def cache_folder() -> Path:
    """Where assembled and compiled steps rest: private to the user. Raises OSError where nothing can be written."""
    import platformdirs

    return made(os.environ.get(CACHE) or platformdirs.user_cache_dir("loyaltysim"))


@cache
def made(place: str) -> Path:
    """The folder below a place, or a temporary one where that cannot be had, for this process and its workers."""
    folder = Path(place).expanduser().resolve() / "steps"
    why = unusable(folder)
    if not why:
        return folder
    other = Path(tempfile.mkdtemp(prefix="loyaltysim-")).resolve()
    atexit.register(shutil.rmtree, other, ignore_errors=True)
    os.environ[CACHE] = str(other)
    print(f"compiled steps are kept in a private folder until the end of this command: {why}", file=sys.stderr)
    (other / "steps").mkdir(mode=0o700)
    return other / "steps"


def unusable(folder: Path) -> str:
    """Why steps cannot rest in a folder, which is made where it is missing; "" if they can."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        return f"{error.strerror or error}: {folder}"
    return weakness(folder) or ("" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} cannot be written")


def weakness(folder: Path) -> str:
    """How others could put code into a folder or exchange it; "" if they cannot."""
    if not hasattr(os, "geteuid"):
        return ""
    for place in (folder, *folder.parents):
        about, own = place.stat(), place == folder
        if about.st_uid != os.geteuid() and (own or about.st_uid != 0):
            return f"{place} belongs to another user"
        others = stat.S_IWOTH | (stat.S_IWGRP if own or about.st_gid != os.getegid() else 0)
        exchangeable = own or not about.st_mode & stat.S_ISVTX  # in a sticky folder only owners rename
        if about.st_mode & others and exchangeable:
            return f"others may write into {place}"
    return ""


def rests(path: Path, source: bytes) -> None:
    """See to it that a file holds these bytes; what is there instead is replaced. Raises OSError."""
    if not path.is_file() or path.read_bytes() != source:
        publish(path, partial(written, content=source))


def written(path: Path, content: bytes) -> None:
    """Write bytes, for `publish`."""
    path.write_bytes(content)
