"""What a script in experiments/ does when it is started: compose, answer, write, say it.

python experiments/parity.py run=tiny seeds=4 out=folder
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loyaltysim.cli.answers import answered
from loyaltysim.cli.exits import MISSED, OK, ended
from loyaltysim.present.story import TELLING
from loyaltysim.studies.experiment import Script


def main(script: Script[Any], words: Sequence[str]) -> int:
    """Run a script. -> exit code, as of any command."""
    return ended(
        lambda: MISSED if answered(script.compose(words), TELLING).missed else OK,
        ["python", f"experiments/{script.name}.py", *words],
    )
