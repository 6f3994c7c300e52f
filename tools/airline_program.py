"""Aggregates of the program of the airline's members: balances and awards by tenure, miles that come in, with errors.

The members' rows come from the Python package dmba (MIT), East-West Airlines, textbook data (Shmueli, Bruce & Patel);
no row of a member is written. Errors are over 1,000 draws of members with replacement.

    python tools/airline_program.py EastWestAirlinesCluster.csv.gz    # a file of that package
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).resolve().parents[1] / "src" / "loyaltysim" / "data"
TENURES = ((0, 3), (4, 7), (8, 12), (13, 17), (18, 22))  # full years since enrolment, last one included
DRAWS = 1000


def unequal(x: np.ndarray) -> tuple[float, float]:
    """Gini, and the share that the top fifth holds."""
    x = np.sort(x)
    n = len(x)
    gini = 2 * np.arange(1, n + 1) @ x / n / x.sum() - (n + 1) / n
    return float(gini), float(x[-round(n / 5) :].sum() / x.sum())


def figures(d: pd.DataFrame) -> dict[str, float]:
    """Every aggregate of these members."""
    gini, top = unequal(d.Balance.to_numpy(float))
    found = {
        "balance_mean": d.Balance.mean(), "balance_median": d.Balance.median(), "balance_gini": gini,
        "balance_top20": top, "balance_without_flight": d.Balance[d.Flight_trans_12 == 0].sum() / d.Balance.sum(),
        "award": d.award.mean(), "award_flew": d.award[d.Flight_trans_12 > 0].mean(),
        "award_without_flight": d.award[d.Flight_trans_12 == 0].mean(),
        "other_miles": d.Bonus_miles.mean(), "other_transactions": d.Bonus_trans.mean(),
        "no_other_miles": (d.Bonus_trans == 0).mean(),
        "miles_per_flight": d.Flight_miles_12mo.sum() / d.Flight_trans_12.sum(),
    }  # fmt: skip
    for low, high in TENURES:
        own = d[d.years.between(low, high)]
        miles = (own.Bonus_miles + own.Flight_miles_12mo).mean()
        name = f"{low}_{high}"
        found |= {f"balance_{name}": own.Balance.mean(), f"award_{name}": own.award.mean()}
        found |= {f"miles_{name}": miles, f"held_{name}": own.Balance.mean() / miles}
    return {name: float(value) for name, value in found.items()}


def main(path: str) -> None:
    """Write airline_program.csv (measure, value, boot_se) and airline_tenure.csv (members by full years)."""
    d = pd.read_csv(path).rename(columns={"Award?": "award"})
    d["years"] = (d.Days_since_enroll / 365.25).astype(int)
    rng = np.random.default_rng(15)
    drawn = pd.DataFrame([figures(d.iloc[rng.integers(0, len(d), len(d))]) for _ in range(DRAWS)])
    table = pd.DataFrame({"value": figures(d), "boot_se": drawn.std()}).rename_axis("measure")
    table.to_csv(DATA / "airline_program.csv", float_format="%.6g", lineterminator="\n")
    members = d.groupby("years").size().rename("members").rename_axis("years_since_enrolment")
    members.to_csv(DATA / "airline_tenure.csv", lineterminator="\n")


if __name__ == "__main__":
    main(sys.argv[1])
