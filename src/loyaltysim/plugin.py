"""All that a file from outside the package needs to add a mechanism, a policy or a measure: docs/adding.md.

Such a file is given by hand, `loyaltysim run ... --plugins mine.py` or `run(..., plugins=("mine.py",))`. It defines
`MECHANISM = Mechanism(...)`, `POLICY = Policy(...)`, or functions under `@measure(...)`; one file may hold all three.
"""

from loyaltysim.firms.decision import KEEP, Decision, Policy
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Role
from loyaltysim.mechanism.measure import measure
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term

__all__ = ["KEEP", "Decision", "Field", "Hook", "Mechanism", "Policy", "Role", "measure", "rule", "term"]
