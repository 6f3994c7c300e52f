"""Markets of contracts against what is known of them: the published cohort, and three markets of published churn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from loyaltysim.behaviour.renewal import Renewal
from loyaltysim.market.model import Market
from loyaltysim.measures import contracts
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.scenario.model import Record, Scenario
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.theory import retention
from loyaltysim.validate import observed
from loyaltysim.validate.subject import Cells, Numbers, Subject

CUSTOMERS, TERMS, YEARS = 3000, 12, 10
HELD_OUT = "mean survival at renewals 8-12"
PUBLISHED = {  # annual churn, and how far off a market may be: the digits that were printed, or the range
    "bank": (0.183, 0.005),  # Pitney Bowes 2007, western Europe
    "telecom": (0.386, 0.005),  # the same
    "software": (0.175, 0.025),  # 15 to 20 %, Reichheld & Sasser 1990
}


def alone(scenario: Scenario, terms: int) -> Scenario:
    """The market over so many terms, only its weeks written down. Raises ConfigError where theory does not hold.

    Behaviour that a market is refitted for (baseline B) may stand beside renewals.
    """
    known = mechanisms.registry()
    more = [f"behaviour.{n}" for n in scenario.behaviour if n != "renewal" and known[n].alone is None]
    more += [
        f"firms.{name}"
        for name, f in scenario.firms.items()
        if f.churn is not None or f.price not in (None, f.base_price)
    ]
    if more:
        why = "has no closed form beside renewals at equal churn and usual prices; validate judges those alone"
        raise ConfigError([Problem(key, why) for key in more])
    weeks = terms * scenario.behaviour["renewal"].term
    customers = replace(scenario.customers, n=CUSTOMERS)
    return replace(scenario, weeks=weeks, customers=customers, record=Record(panel=False, log=False))


class Cohort(Subject):
    """A cohort that signed together: survival at twelve renewals, the last five of them held out."""

    @classmethod
    def of(cls, scenario: Scenario, plain: Scenario | None = None) -> Cohort:
        """As many terms as the published table."""
        return cls(alone(scenario, TERMS), plain)

    def measure(self, seed: int) -> Numbers:
        """Survival after each renewal, and retention at the first and the last."""
        table = contracts.retention_by_tenure(
            contracts.contract_table(Market(self.scenario, seed).run()), self.terms.term
        )
        alive = np.cumprod(table.retention.to_numpy())
        found = {f"survival at renewal {n}": float(s) for n, s in enumerate(alive, start=1)}
        found |= {f"retention at renewal {n}": float(table.retention[n - 1]) for n in (1, 12)}
        return {**found, HELD_OUT: float(alive[7:].mean())}

    @property
    def terms(self) -> Renewal:
        """How contracts are renewed in the closed forms."""
        terms: Renewal = self.theory.behaviour["renewal"]
        return terms

    def cells(self) -> Cells:
        """The shifted-beta-geometric law against the published survival; constant churn must fail."""
        seen, n = observed.table("retention_tables").survival.to_numpy(), np.arange(1, 13)
        survival = np.asarray(retention.sbg_survival(self.terms.a, self.terms.b, n))
        found = [
            self.cell(f"survival at renewal {t}", closed_form=s, observed=seen[t], how="exact")
            for t, s in zip(n, survival, strict=True)
        ]
        for t in (1, 12):
            r = retention.sbg_retention(self.terms.a, self.terms.b, t)
            found.append(
                self.cell(f"retention at renewal {t}", closed_form=r, observed=seen[t] / seen[t - 1], how="exact")
            )
        tolerance, later = float(observed.tolerances().stationary["survival at renewals 8-12"]), seen[8:].mean()
        gate = {"kind": "absolute", "tolerance": tolerance, "how": "exact"}
        found.append(self.cell(HELD_OUT, closed_form=survival[7:].mean(), observed=later, **gate))
        churn = np.sum(seen[:7] - seen[1:8]) / np.sum(seen[:7])  # of renewals 1 to 7, were everybody alike
        constant = np.mean((1.0 - churn) ** n[7:])
        return [*found, self.must_fail(f"{HELD_OUT}, constant churn", constant, later, tolerance / later)]


class Switching(Subject):
    """A market in which customers change firms: churn year by year, retention by tenure, shares that last."""

    @classmethod
    def of(cls, scenario: Scenario, plain: Scenario | None = None) -> Switching:
        """Ten terms."""
        return cls(alone(scenario, YEARS), plain)

    def measure(self, seed: int) -> Numbers:
        """Churn of the first, fifth and tenth term, retention by tenure, shares of customers at the end."""
        book, term = Market(self.scenario, seed).run(), self.scenario.behaviour["renewal"].term
        total = book.weekly.groupby(book.weekly.week // term)[["lost", "exited", "renewals"]].sum()
        churn = ((total.lost + total.exited) / total.renewals).to_numpy()
        tenure = contracts.retention_by_tenure(contracts.contract_table(book), term, YEARS)
        held = book.weekly.customers.to_numpy()[-len(book.firms) :]
        found = {f"annual churn, year {y}": float(churn[y - 1]) for y in (1, 5, 10)}
        found |= {f"retention at renewal {n}": float(tenure.retention[n - 1]) for n in (1, 5, 10)}
        shares = zip(book.firms, held / held.sum(), strict=True)
        return found | {f"share of customers of {name}, year {YEARS}": float(share) for name, share in shares}

    def cells(self) -> Cells:
        """Closed forms of the cohorts that the market consists of; the first year's churn against what is published."""
        terms = self.theory.behaviour["renewal"]
        churn = retention.sbg_market_churn(terms.a, terms.b, terms.age, 1.0 - terms.exit_share, YEARS)
        seen, tolerance = PUBLISHED[self.name]
        first = {"observed": seen, "kind": "absolute", "tolerance": tolerance}
        found = [
            self.cell(f"annual churn, year {y}", closed_form=churn[y - 1], how="exact", **(first if y == 1 else {}))
            for y in (1, 5, 10)
        ]
        for n in (1, 5, 10):
            r = retention.sbg_retention(terms.a, terms.b, n)
            found.append(self.cell(f"retention at renewal {n}", closed_form=r, how="exact"))
        return found + [
            self.cell(f"share of customers of {name}, year {YEARS}", closed_form=share, how="exact")
            for name, share in self.shares.items()
        ]


KINDS = {"subscription": Cohort, **dict.fromkeys(PUBLISHED, Switching)}
