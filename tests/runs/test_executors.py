"""Workers that raise, hang, swell or die: only the run that did it is lost, and the cause is told."""

from __future__ import annotations

import os
import signal
import time
from functools import partial

import numpy as np
import pytest

from loyaltysim.runs.executors import EXECUTORS, Limits, inline, processes

pytestmark = pytest.mark.interpreter


def square(k: int) -> int:
    return k * k


def misbehaves(how: str, k: int) -> int:
    """Job 4 does something that only a process of its own survives."""
    if k != 4:
        return k * k
    if how == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "exit":
        os._exit(7)
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "hang":
        time.sleep(600)
    if how == "swell":
        held = [np.ones(4_000_000) for _ in range(100)]  # 3.2 GB, touched piece by piece
        time.sleep(600)
        return len(held)
    if how == "raise":
        raise ZeroDivisionError("nothing to divide by\nin detail")
    raise OSError(28, "No space left on device", "/somewhere")


@pytest.mark.parametrize("name", EXECUTORS)
def test_every_job_ends_once_with_its_value(name):
    found = list(EXECUTORS[name](square, range(40), Limits(2)))
    assert sorted((o.job, o.kind, o.value) for o in found) == [(k, "done", k * k) for k in range(40)]


CASES = {
    "segfault": ("died", "its process died: SIGSEGV"),
    "exit": ("died", "its process died: exit code 7"),
    "killed": ("died", "its process died: SIGKILL (killed from outside; out of memory?)"),
    "hang": ("time", "took more than 1 s, the limit"),
    "swell": ("memory", "MB, the limit is 1,500 MB"),
    "raise": ("error", "ZeroDivisionError: nothing to divide by"),
    "full": ("storage", "No space left on device: /somewhere"),
}


@pytest.mark.parametrize("how", CASES)
def test_27_28_29_only_the_run_that_did_it_is_lost(how):
    kind, why = CASES[how]
    limits = Limits(2, 1.0 if how == "hang" else 60.0, 1500.0)
    found = {o.job: o for o in processes(partial(misbehaves, how), range(10), limits)}
    assert {k: o.value for k, o in found.items() if k != 4} == {k: k * k for k in range(10) if k != 4}
    assert found[4].kind == kind
    assert why in found[4].why
    assert found[4].fewer == (1 if how in ("killed", "swell") else None)


def test_27_what_else_a_dead_worker_held_is_done_by_another():
    """Short runs travel together; the one that dies takes none of its companions along, and none is done twice."""
    found = list(processes(partial(misbehaves, "exit"), [*range(5, 40), 4, *range(40, 80)], Limits(1)))
    assert sorted(o.value for o in found if o.kind == "done") == [k * k for k in range(5, 80)]
    assert [o.kind for o in found if o.kind != "done"] == ["died"]


def test_in_this_process_an_error_is_told_too():
    found = {o.job: o for o in inline(partial(misbehaves, "raise"), range(6), Limits())}
    assert (found[4].kind, found[5].value) == ("error", 25)


def test_closing_ends_the_workers():
    """Whoever stops listening leaves nobody computing, though two of them would sleep for ten minutes."""
    outcomes = processes(partial(misbehaves, "hang"), [0, 4, 4], Limits(2))
    assert next(outcomes).job == 0
    outcomes.close()
    import multiprocessing

    assert multiprocessing.active_children() == []


class Unreadable:
    """A job that a worker cannot take in: it ends before its first run."""

    def __reduce__(self):
        return (os._exit, (3,))


def test_workers_that_cannot_start_are_an_error_and_no_endless_loop():
    with pytest.raises(RuntimeError, match=r"end before their first run \(exit code 3\); .*__main__"):
        list(processes(square, [Unreadable()], Limits(1)))
