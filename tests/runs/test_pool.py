"""Many runs: one that fails is named and told how to repeat; a worker that dies is an error, never a wait."""

from __future__ import annotations

import dataclasses
import re
from functools import partial

import pytest

from loyaltysim.cli import main as cli
from loyaltysim.cli.experiment import main
from loyaltysim.configure.compose import compose
from loyaltysim.measures import twins
from loyaltysim.runs.pool import RunFailed, map_runs
from loyaltysim.runs.progress import Stage
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies import protocol, single
from tests import scenarios, small_studies
from tests.tasks import (
    bad_input,
    dies_at_four,
    fails_at_four,
    full_at_four,
    killed_at_four,
    makes_a_function_at_four,
    square,
    stubborn_at_four,
)

JOBS = list(range(6))
NAMES = [f"market.S=2 seed={k}" for k in JOBS]


def interrupt(*_) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("processes", [1, 2])
def test_results_keep_the_order_of_the_jobs(processes):
    assert map_runs(square, JOBS, NAMES, processes=processes) == [0, 1, 4, 9, 16, 25]


@pytest.mark.parametrize("processes", [1, 2])
def test_a_run_that_fails_is_named_counted_and_can_be_repeated(processes):
    with pytest.raises(RunFailed) as caught:
        map_runs(fails_at_four, JOBS, NAMES, processes=processes)
    told = re.fullmatch(
        r"market\.S=2 seed=4: ZeroDivisionError: nothing to divide by; (\d) of 6 runs finished", str(caught.value)
    )
    assert told is not None and int(told[1]) in ([4] if processes == 1 else [3, 4, 5])
    assert caught.value.again == ("market.S=2", "seed=4", "seeds=1")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_worker_that_dies_is_named_and_counted(tmp_path):
    """Three jobs have finished, the fourth process is really gone, the others are ended: at once, without a wait."""
    jobs = [0, 1, 2, 4, 5]
    with pytest.raises(RunFailed, match=r"^seed=4: its process died: exit code 1; 3 of 5 runs finished$") as caught:
        map_runs(partial(dies_at_four, tmp_path), jobs, [f"seed={k}" for k in jobs], processes=2)
    assert caught.value.again == ("seed=4", "seeds=1")
    assert not (tmp_path / "5").exists(), "it waited for the run that sleeps"


def test_a_run_that_is_killed_from_outside_is_told_as_such():
    with pytest.raises(
        RunFailed, match=r"seed=4: its process died: SIGKILL \(.*; a lower compute.processes needs less"
    ):
        map_runs(killed_at_four, JOBS, NAMES, processes=2)


def test_an_error_that_cannot_travel_is_told_in_words():
    """And one that can shows where in the worker it was raised."""
    with pytest.raises(RunFailed, match="seed=4: Stubborn: a b;") as caught:
        map_runs(stubborn_at_four, JOBS, NAMES, processes=2)
    assert caught.value.__cause__ is None
    with pytest.raises(RunFailed) as caught:
        map_runs(fails_at_four, JOBS, NAMES, processes=2)
    assert "in fails_at_four" in caught.value.__cause__.__notes__[0]


def test_a_result_that_cannot_travel_is_an_error_of_its_run():
    with pytest.raises(RunFailed, match="seed=4: its result cannot travel: "):
        map_runs(makes_a_function_at_four, JOBS, NAMES, processes=2)


def test_a_file_that_cannot_be_written_is_storage():
    """As in sweeps: exit code 4, not a failed run."""
    for processes in (1, 2):
        with pytest.raises(OSError, match="No space left"):
            map_runs(full_at_four, JOBS, NAMES, processes=processes)


def test_nobody_computes_on_after_an_error_or_ctrl_c(monkeypatch):
    import multiprocessing

    with pytest.raises(RunFailed):
        map_runs(fails_at_four, JOBS, NAMES, processes=2)
    assert multiprocessing.active_children() == []
    monkeypatch.setattr(Stage, "add", interrupt)
    with pytest.raises(KeyboardInterrupt):
        map_runs(square, JOBS, NAMES, processes=2)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("processes", [1, 2])
def test_bad_input_found_by_a_run_is_still_bad_input(processes):
    with pytest.raises(ConfigError, match="never starts"):
        map_runs(bad_input, JOBS, NAMES, processes=processes)


def test_every_step_is_compiled_before_workers_start(monkeypatch):
    """Row 39: switching a link off leaves a term out of the step, so a varied world may need one of its own."""
    scenario = small_studies.launched(customers={"links": scenarios.Links(reward=-0.5)})
    scenario = dataclasses.replace(scenario, seeds=1, vary=("customers.links.reward=0", "market.S=2"))
    ready, needed = set(), set()

    def source(one):
        return scenarios.Market(one, 1).assembled.module

    def mapped(task, jobs, names, **_):
        if task is single.lift_and_profit:
            varied = [twins.logged(one) for one, _ in jobs]
            needed.update(source(arm) for one in varied for arm in (one, twins.no_program(one)))
        return [task(job) for job in jobs]

    monkeypatch.setattr(protocol, "prepare", lambda given: ready.update(map(source, given)))
    monkeypatch.setattr(single, "map_runs", mapped)
    single.run(scenario)
    assert len(needed) > 2, "the varied worlds need no step of their own: the test would show nothing"
    assert needed <= ready


# --- what is said of a failure ---


def test_the_command_line_names_the_run_and_its_repetition(monkeypatch, capsys, tmp_path):
    """Row 30: key, seed, one-line repro, exit code 3, a count; and the printed command composes to that run alone."""
    sound = single.describe_seed

    def failing(scenario, seed):
        if seed == 2:
            raise FloatingPointError("the utility of firm 'a' is not a number")
        return sound(scenario, seed)

    monkeypatch.setattr(single, "describe_seed", failing)
    words = ["market=toothpaste_1973", "customers.n=60", "weeks=4", "seeds=3", "seed=1", "compute.processes=1"]
    assert cli.main(["run", *words, f"out={tmp_path}"]) == 3
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "seed=2: FloatingPointError: the utility of firm 'a' is not a number; 1 of 3 runs finished" in err
    again = err.strip().partition("; again: loyaltysim run ")[2].split()
    assert again[-1] == "--traceback"
    one = compose(again[:-1])
    assert (one.seed, one.seeds, one.weeks, one.market.name) == (2, 1, 4, "toothpaste_1973")


def test_an_experiment_says_it_too(monkeypatch, capsys, tmp_path):
    from experiments import retention_arithmetic

    def answer(made):
        raise RunFailed("copied_13 seed=7: MemoryError: ", 3, 9, ("seed=7", "seeds=1"))

    words = [f"out={tmp_path}"]
    assert main(dataclasses.replace(retention_arithmetic.EXPERIMENT, answer=answer), words) == 3
    assert capsys.readouterr().err.endswith(
        "3 of 9 runs finished; again: python experiments/retention_arithmetic.py seed=7 seeds=1\n"
    )
