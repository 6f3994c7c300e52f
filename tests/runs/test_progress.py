"""Progress: what is told when, with a clock that a test turns by hand."""

from __future__ import annotations

import io
import time

import pytest

from loyaltysim.runs.pool import map_runs, prepare
from loyaltysim.runs.progress import Progress, duration, silent
from tests import scenarios
from tests.tasks import square


class Clock:
    """Seconds that pass only when somebody says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def watched(clock: Clock, **how) -> tuple[Progress, io.StringIO]:
    stream = io.StringIO()
    return Progress(stream, clock=clock, **{"bar": False, **how}), stream


def test_a_line_every_ten_seconds_says_what_is_done_and_what_is_left(clock):
    """20 jobs of 4 s: told after 12, 24, ... s, never between; what is left is (20 - done) x 4 s."""
    progress, stream = watched(clock)
    with progress.stage("seeds", 20) as stage:
        for _ in range(20):
            clock.now += 4.0
            stage.add()
    assert stream.getvalue().splitlines() == [
        f"loyaltysim: seeds {done} of 20, about {left} left"
        for done, left in ((3, "68 seconds"), (6, "56 seconds"), (9, "44 seconds"), (12, "32 seconds"),
                           (15, "20 seconds"), (18, "8 seconds"))
    ]  # fmt: skip


def test_short_work_is_done_without_a_word(clock):
    progress, stream = watched(clock)
    with progress.stage("seeds", 3) as stage:
        for _ in range(3):
            clock.now += 3.0
            stage.add()
    assert stream.getvalue() == ""


def test_before_the_first_job_is_done_nobody_knows_how_long_it_takes(clock):
    progress, stream = watched(clock)
    with progress.stage("set-up", 2):
        clock.now += 30.0
        progress.tick()
        progress.tick()
    assert stream.getvalue() == "loyaltysim: set-up 0 of 2, 30 seconds so far\n"


def test_what_is_left_counts_the_stages_that_are_to_come(clock):
    """10 jobs are 30 worlds, 2 s each: after 5 jobs 15 worlds are left here, then 45; 60 worlds x 2 s = 2 minutes."""
    progress, _ = watched(clock)
    progress.expect({"seeds": 30.0, "assumptions": 45.0})
    with progress.stage("seeds", 10) as stage:
        clock.now += 30.0
        stage.add(5)
        assert progress.left() == pytest.approx(120.0)
        clock.now += 30.0
        stage.add(5)
    with progress.stage("assumptions", 9) as stage:
        assert progress.left() == pytest.approx(90.0), "the pace of the stage before"
        clock.now += 20.0
        stage.add(3)
        assert progress.left() == pytest.approx(40.0), "its own pace"


def test_runs_that_were_kept_do_not_count_as_fast(clock):
    """8 of 10 were there already; the ninth takes 20 s, so that the last takes as long."""
    progress, _ = watched(clock)
    with progress.stage("seeds", 10) as stage:
        stage.add(8, found=True)
        assert progress.left() is None
        clock.now += 20.0
        stage.add()
        assert progress.left() == pytest.approx(20.0)


def test_a_line_comes_in_time_while_one_run_takes_long():
    """A run of some seconds, lines every 50 ms: a thread tells them."""
    stream = io.StringIO()
    with Progress(stream, bar=False, every=0.05) as progress, progress.stage("markets", 1):
        until = time.monotonic() + 30.0
        while stream.getvalue().count("\n") < 3 and time.monotonic() < until:
            time.sleep(0.02)
    told = stream.getvalue()
    assert told.count("\n") >= 3
    assert all(line.startswith("loyaltysim: markets 0 of 1, ") for line in told.splitlines())
    time.sleep(0.3)
    assert stream.getvalue().count("\n") <= told.count("\n") + 1, "it ends with the work"


def test_a_terminal_gets_a_bar_and_no_lines(clock):
    progress, stream = watched(clock, bar=True)
    with progress, progress.stage("seeds", 4) as stage:
        clock.now += 100.0
        stage.add(2)
        stage.bar.refresh()
    assert "seeds:  50%" in stream.getvalue()
    assert "\n" not in stream.getvalue()


def test_nothing_is_told_on_standard_output_and_silence_is_silent(capsys):
    with silent():
        assert map_runs(square, [1, 2], ["a=1", "a=2"], processes=1) == [1, 4]
    assert capsys.readouterr() == ("", "")
    with Progress(bar=True, every=0.0):
        map_runs(square, [1, 2], ["a=1", "a=2"], processes=1)
    assert capsys.readouterr().out == ""


def test_set_up_and_runs_are_stages(clock):
    """Compiling is told as set-up, the runs under their label."""
    progress, stream = watched(clock, every=0.0)
    with progress:
        prepare([scenarios.world(10, 2)])
        map_runs(square, [3], ["a=3"], processes=1, label="markets")
    stages = dict.fromkeys(line.split(",")[0] for line in stream.getvalue().splitlines())  # compiling may tell often
    assert [stage for stage in stages if " 0 of " not in stage] == [
        "loyaltysim: set-up 1 of 1",
        "loyaltysim: markets 1 of 1",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 seconds"), (119.0, "119 seconds"), (120.0, "2 minutes"), (7200.0, "2 hours")]
)
def test_durations_are_said_as_a_person_says_them(seconds, said):
    assert duration(seconds) == said
