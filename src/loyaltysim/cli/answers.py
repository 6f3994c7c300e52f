"""Ask a study, keep and tell its answer: the one way from a command to a folder and a screen."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loyaltysim.present.telling import Telling
    from loyaltysim.studies.protocol import Answer, Study


def answered(
    study: Study[Any], telling: Telling, out: str | None = None, print_as: str = "text", more: bool = False
) -> Answer[Any]:
    """Answer a study, write its folder, print its screen (or JSON), draw what is drawn afterwards.

    more : print everything, not the answer alone

    How far it is, is told on standard error from the set-up to the figures.
    Raises ConfigError where the folder holds another study, RunFailed, OSError, KeyboardInterrupt.
    """
    from loyaltysim.present.telling import save, words
    from loyaltysim.runs.progress import Progress
    from loyaltysim.scenario.reader import visible

    folder = study.place(out)
    with Progress() as progress:
        with nullcontext() if folder is None else study.held(folder):
            answer = study.answer()
            if folder is not None:
                save(answer, telling, folder)
            said = words(answer, telling, folder, print_as, more)  # may draw into the folder, which is held as long
        print(visible(said), flush=True)
        if telling.drawn is not None and folder is not None:
            with progress.stage("figures", 1) as stage:
                telling.drawn(answer, folder)
                stage.add()
    return answer
