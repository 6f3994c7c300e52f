"""What a script in experiments/ does when it is started: compose, answer, write, say it.

python experiments/parity.py run=tiny seeds=4 out=folder
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loyaltysim.cli.answers import answered
from loyaltysim.cli.arguments import read_arguments
from loyaltysim.cli.exits import MISSED, OK, ended
from loyaltysim.present.story import TELLING
from loyaltysim.scenario.said import speaking
from loyaltysim.studies.experiment import Script


def main(script: Script[Any], words: Sequence[str]) -> int:
    """Run a script. `lang=zh` and `--more` are those of every command. -> exit code, as of any command."""

    def asked() -> int:
        told = [word for word in words if word == "--more" or word.startswith("lang=")]
        given = read_arguments(told)
        with speaking(given.lang):
            study = script.compose([word for word in words if word not in told])
            return MISSED if answered(study, TELLING, more=given.more).missed else OK

    return ended(asked, ["python", f"experiments/{script.name}.py", *words])
