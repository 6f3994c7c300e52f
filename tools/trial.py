"""Write results/worlds: the trial of the evidence worlds, from the stored ensemble of groceries.

python tools/trial.py
"""

from __future__ import annotations

from pathlib import Path

from loyaltysim.calibrate.trial import trial
from loyaltysim.configure.targets import scored, targets
from loyaltysim.studies.ensembles import load

FOLDER = Path(__file__).parents[1] / "results" / "worlds"

if __name__ == "__main__":
    ensemble = load("grocery", "evidence")
    assert ensemble is not None
    found = trial(ensemble, scored(targets("grocery")))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, table in (("trial", found.summary()), ("planted", found.table)):
        table.to_csv(FOLDER / f"{name}.csv", index=False, float_format="%.7g", lineterminator="\n")
