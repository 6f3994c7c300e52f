"""Ray and the queue: the same values and bytes as here, and a process that is really killed costs one run."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from loyaltysim.runs import cluster, extras
from loyaltysim.runs.executors import Limits, Outcome
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.studies.grid import plan
from tests.studies.test_sweep import GRID, INLINE, TOY, finished, table, undisturbed

ROOT = Path(__file__).parents[2]
PATHS = os.pathsep.join([str(ROOT / "src"), str(ROOT), *filter(None, sys.path)])  # other processes know the tests too
COVER = Limits(1, 60.0, 4000.0)


def misbehaves(marks: Path, how: str, k: int) -> int:
    """Job 4 takes a process with it, its own or the one of the cluster that started it; the mark counts attempts."""
    if k == 4:
        with (marks / "attempts").open("a") as file:
            file.write(".")
        os.kill(os.getppid() if how == "parent" else os.getpid(), signal.SIGKILL)
        signal.pause()
    return k * k


@pytest.fixture(scope="module")
def two_nodes():
    """A Ray cluster of two nodes with one core each on this machine."""
    pytest.importorskip("ray", reason="ray is not installed: pip install 'loyaltysim[cluster]'")
    import ray
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", PATHS)
        store = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
        nodes = Cluster(initialize_head=True, head_node_args={**store, "include_dashboard": False})
        nodes.add_node(**store)
        yield {"address": nodes.address}
        ray.shutdown()
        nodes.shutdown()


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """submitit's stand-in for the queue: every task is a process of this machine."""
    pytest.importorskip("submitit", reason="submitit is not installed: pip install 'loyaltysim[cluster]'")
    monkeypatch.setenv("PYTHONPATH", PATHS)
    return {"cluster": "local", "folder": str(tmp_path / "queue"), "tasks": 2, "minutes": 5}


@pytest.mark.slow
@pytest.mark.parametrize("how", ["itself", "parent"])
def test_ray_loses_only_the_run_whose_process_was_killed(two_nodes, tmp_path, how):
    """Its own process, or the Ray worker above it: then the companions of its chunk are made after all."""
    limits = Limits(1, 60.0, 4000.0, two_nodes)
    found = {o.job: o for o in cluster.ray_tasks(partial(misbehaves, tmp_path, how), range(12), limits)}
    assert {k: o.value for k, o in found.items() if k != 4} == {k: k * k for k in range(12) if k != 4}
    assert found[4].kind == "died"
    assert ("SIGKILL" if how == "itself" else "its Ray worker died") in found[4].why


@pytest.mark.slow
def test_ray_makes_the_same_bytes_on_two_nodes(two_nodes, tmp_path):
    finished(tmp_path / "there", *GRID, "sweep.executor=ray", f"sweep.ray.address={two_nodes['address']}")
    assert table(tmp_path / "there") == undisturbed()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["itself", "parent"])
def test_the_queue_loses_only_the_run_whose_process_was_killed(queue, tmp_path, how):
    """Six runs share a task: one that takes the task with it costs no other, and none that had ended is made twice."""
    limits = Limits(1, 60.0, 4000.0, queue)
    found = [o for o in cluster.slurm_array(partial(misbehaves, tmp_path, how), range(8), limits)]
    assert sorted(o.value for o in found if o.kind == "done") == [k * k for k in range(8) if k != 4]
    assert [(o.job, o.kind) for o in found if o.kind != "done"] == [(4, "died")]


@pytest.mark.slow
def test_the_queue_makes_the_same_bytes(queue, tmp_path):
    words = ("sweep.executor=slurm", "sweep.slurm.cluster=local", "sweep.slurm.tasks=2")
    finished(tmp_path / "there", *GRID, *words)
    assert table(tmp_path / "there") == undisturbed()
    assert list((tmp_path / "there" / "slurm").glob("*.jsonl")), "no task of the queue wrote anything"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # submitit leaves a log file open
def test_the_queue_stood_in_for_by_this_process_makes_the_same_values(queue):
    """submitit's debug executor: tasks run one after the other where the sweep was started."""
    limits = Limits(1, 60.0, 4000.0, {**queue, "cluster": "debug"})
    found = list(cluster.slurm_array(abs, [-3, 4, -5], limits))
    assert sorted((o.job, o.kind, o.value) for o in found) == [(0, "done", 3), (1, "done", 4), (2, "done", 5)]


def test_the_queue_is_asked_for_what_the_configuration_says():
    words = ["sweep.executor=slurm", "sweep.slurm.partition=short", "sweep.slurm.minutes=90", "sweep.gigabytes=3"]
    terms = plan([*TOY, "market.S=1,2", *words]).terms
    asked = cluster.resources(terms.slurm, Limits(1, 60.0, terms.gigabytes * 1000.0))
    assert asked == {
        "name": "loyaltysim", "timeout_min": 90, "mem_gb": 4.0, "slurm_partition": "short", "cpus_per_task": 1,
        "slurm_array_parallelism": 100,
    }  # fmt: skip


def test_a_batch_script_is_written_from_plain_names(tmp_path):
    """submitit's own writer puts the words where the queue reads them; nothing is submitted."""
    pytest.importorskip("submitit", reason="submitit is not installed: pip install 'loyaltysim[cluster]'")
    from submitit.slurm.slurm import _make_sbatch_string

    asked = cluster.resources(cluster.Slurm(partition="short", account="lab"), COVER)
    own = {k.removeprefix("slurm_"): v for k, v in asked.items() if k.startswith("slurm_")}
    script = _make_sbatch_string("python -m x", tmp_path, map_count=3, **own)
    assert "#SBATCH --partition=short\n" in script and "#SBATCH --account=lab\n" in script
    assert "#SBATCH --array=0-2%3\n" in script


@pytest.mark.parametrize("key", ["slurm.partition", "slurm.account", "slurm.qos", "slurm.constraint", "ray.address"])
def test_nothing_but_a_name_reaches_a_script(key):
    with pytest.raises(ConfigError, match="is no such name"):
        plan([*TOY, "market.S=1,2", f"sweep.{key}='short\n#SBATCH --wrap=id'"])


@pytest.mark.parametrize(("name", "package"), [("ray", "ray"), ("slurm", "submitit")])
@pytest.mark.parametrize(("clone", "way"), [(True, "make tools"), (False, "pip install 'loyaltysim[cluster]'")])
def test_a_missing_extra_is_one_line_that_says_what_to_install(monkeypatch, tmp_path, name, package, clone, way):
    lock = tmp_path / "requirements-dev.lock"
    if clone:
        lock.touch()
    monkeypatch.setattr(extras, "CLONE", lock)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError) as caught:
        next(cluster.EXECUTORS[name](abs, [1], Limits(options={"folder": "/nowhere"})))
    assert str(caught.value) == f"installation: sweep.executor needs {package}: {way}"


def test_without_a_queue_slurm_is_refused(monkeypatch, tmp_path):
    pytest.importorskip("submitit", reason="submitit is not installed: pip install 'loyaltysim[cluster]'")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match="there is no sbatch here"):
        next(cluster.slurm_array(abs, [1], Limits(options={"folder": str(tmp_path)})))


def test_a_local_sweep_imports_neither(tmp_path):
    import subprocess

    code = (
        "import sys; from tests.studies.test_sweep import *; import pathlib;"
        f"finished(pathlib.Path({str(tmp_path)!r}), *TOY, 'market.S=1,2', {INLINE!r});"
        "print({'ray', 'submitit', 'SALib', 'optuna', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip().endswith("set()")


class Never:
    """A task of a queue that keeps no accounts: it died, and submitit waits for its result."""

    def __init__(self, number: int, made: int | None) -> None:
        self.job_id, self.made = f"7_{number}", made

    def done(self) -> bool:
        return self.made is not None

    def result(self) -> list[Outcome]:
        return [Outcome(self.made, "done", value=self.made)]

    def cancel(self) -> None:
        pass


def test_a_task_that_left_the_queue_without_a_result_is_not_waited_for(tmp_path, monkeypatch):
    """No accounts, no result: two looks at the queue in a row that do not find a task end it with what it noted."""
    listed = tmp_path / "squeue"
    listed.write_text("#!/bin/sh\necho 7_1\n")
    listed.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(cluster, "LOOK", 0.05)
    monkeypatch.setattr(cluster, "POLL", 0.02)
    tasks = [Never(0, None), Never(1, 1)]

    def sent(chunk, parcels, limits, files):
        Path(files[0]).write_text(json.dumps(asdict(Outcome(5, "done", value=25))) + "\n")
        return tasks

    executor = SimpleNamespace(map_array=sent, cluster="slurm")
    chunks = [[(5, 5), (6, 6)], [(1, 1)]]
    found = list(cluster.array(executor, abs, chunks, COVER, tmp_path))
    assert [(chunk, [o.job for o in made]) for chunk, made, _ in found] == [(chunks[1], [1]), (chunks[0], [5])]
    assert found[1][2] == "it left the queue without a result"


def test_a_queue_that_does_not_answer_has_lost_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "LOOK", 0.0)
    listed = tmp_path / "squeue"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for script, gone in (("exit 1", set()), ("echo 7_0", {"7_1"})):
        listed.write_text(f"#!/bin/sh\n{script}\n")
        listed.chmod(0o755)
        queue = cluster.Queue()
        assert queue.left(["7_0", "7_1"]) == set()
        assert queue.left(["7_0", "7_1"]) == gone
