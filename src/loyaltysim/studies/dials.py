"""The twelve dials that can be taught: what each is, where it stands in a configuration, and what turning it does.

`loyaltysim dials` turns them one at a time, the same customers and luck at every setting. A dial that nothing in the
scenario listens to says so; one that the model does not have yet is listed as fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd

from loyaltysim.configure.compose import compose, names_world, undrawn
from loyaltysim.market.model import Market
from loyaltysim.measures import twins
from loyaltysim.measures.money import outcomes
from loyaltysim.measures.statistics import estimate
from loyaltysim.mechanism.registry import registry
from loyaltysim.runs.pool import map_runs
from loyaltysim.runs.progress import watched
from loyaltysim.scenario.forms import config_hash, written
from loyaltysim.scenario.model import Firm, Scenario
from loyaltysim.studies.protocol import Line, Study
from loyaltysim.studies.single import as_scenario, launched, workers

WORLD = "dials"  # the scenario in which dials are turned unless another is named
EFFECTS = ("lift_visits", "retention_change", "profit_per_customer")  # that are read off at every setting
NOT_YET = "fixed, not yet modelled"
Edits = Mapping[str, float]


@dataclass(frozen=True)
class Dial:
    """One dial: its name, key, unit, the two settings that are tried, where the range comes from.

    now : scenario -> its setting in the dial's unit, None if nothing listens to it
    at  : (scenario, setting) -> {dotted key as a person writes it: value}
    """

    name: str
    chinese: str
    key: str
    unit: str
    low: float
    high: float
    source: str
    now: Callable[[Scenario], float | None]
    at: Callable[[Scenario, float], Edits]


def focal(scenario: Scenario) -> Firm:
    """The firm that the question is about."""
    return scenario.focal_firm


def plain_dial(name: str, chinese: str, key: str, unit: str, low: float, high: float, source: str) -> Dial:
    """A dial that is one key of the configuration."""

    def now(scenario: Scenario) -> float | None:
        node: Any = written(scenario)
        for part in key.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        number: float | None = node
        return number

    return Dial(name, chinese, key, unit, low, high, source, now, lambda scenario, value: {key: value})


def margin(scenario: Scenario) -> float:
    """What is left of a sale after the cost of the goods, as a share of the price."""
    firm = focal(scenario)
    return 1.0 - firm.unit_cost / (firm.base_price if firm.price is None else firm.price)


def margin_at(scenario: Scenario, value: float) -> Edits:
    """The unit cost that leaves this margin."""
    firm = focal(scenario)
    price = firm.base_price if firm.price is None else firm.price
    return {f"firms.{scenario.focal}.unit_cost": price * (1.0 - value)}


def rewarding(scenario: Scenario) -> dict[str, str]:
    """The focal program's components that reward spending or visits, and the term that scales each."""
    known = {name: registry()[name] for name in focal(scenario).program}
    rated = {name: m for name, m in known.items() if m.reward_rate is not None or m.reward_visit is not None}
    return {name: m.generosity for name, m in rated.items() if m.generosity is not None}


def reward_rate(scenario: Scenario) -> float | None:
    """Reward per unit of spending as the customer values it; None without a reward."""
    total, basket = 0.0, scenario.market.basket.mean
    for name in rewarding(scenario):
        mechanism, terms = registry()[name], focal(scenario).program[name]
        total += 0.0 if mechanism.reward_rate is None else mechanism.reward_rate(terms)
        total += 0.0 if mechanism.reward_visit is None else mechanism.reward_visit(terms) / basket
    return total or None


def reward_rate_at(scenario: Scenario, value: float) -> Edits:
    """Every reward scaled alike."""
    scale, program = value / (reward_rate(scenario) or 1.0), focal(scenario).program
    return {f"program.{n}.{key}": getattr(program[n], key) * scale for n, key in rewarding(scenario).items()}


def costing(scenario: Scenario) -> dict[str, str]:
    """The focal program's components whose rewards have a cost per face value, and that term."""
    return {n: m.cost for n in focal(scenario).program if (m := registry()[n]).cost is not None}


def reward_cost(scenario: Scenario) -> float | None:
    """What one unit of face value costs the firm (k); of several components the first."""
    return next((getattr(focal(scenario).program[n], key) for n, key in costing(scenario).items()), None)


def building(scenario: Scenario) -> dict[str, Any]:
    """The focal program's components that pay for touchpoints which build a bond, with their terms."""
    touch = {n: terms for n, terms in focal(scenario).program.items() if hasattr(terms, "effect")}
    return {n: terms for n, terms in touch.items() if getattr(terms, "unit_cost", 0.0) > 0.0}


def bond_yield(scenario: Scenario) -> float | None:
    """Willingness to pay that one unit of money of touchpoints builds at first: premium x effect / unit cost."""
    bond, built = scenario.behaviour.get("bond"), building(scenario)
    if bond is None or not built or bond.premium == 0.0:
        return None
    terms = next(iter(built.values()))
    return bond.premium * terms.effect / terms.unit_cost or None


def bond_yield_at(scenario: Scenario, value: float) -> Edits:
    """Every touchpoint works that much better or worse."""
    scale = value / (bond_yield(scenario) or 1.0)
    return {f"program.{n}.effect": min(1.0, terms.effect * scale) for n, terms in building(scenario).items()}


def copying(scenario: Scenario) -> list[str]:
    """The keys of the lags of rivals who copy."""
    rivals = {name: firm for name, firm in scenario.firms.items() if name != scenario.focal}
    return [f"firms.{name}.policy.imitate.lag" for name, firm in rivals.items() if "imitate" in firm.policy]


def imitation_lag(scenario: Scenario) -> float | None:
    """Weeks until rivals copy; of several rivals the first."""
    keys = copying(scenario)
    return scenario.firms[keys[0].split(".")[1]].policy["imitate"].lag if keys else None


DIALS = (
    plain_dial(
        "price sensitivity", "价格敏感度", "customers.price_sensitivity", "utility per price", 3.5, 6.8,
        "own-price elasticities of -1.2 and -2.3 in published mixed logits of a cracker and a catsup panel",
    ),
    plain_dial(
        "repertoire width S", "品牌组合宽度 S", "market.S", "Dirichlet shape", 0.6, 2.6,
        "measured in the category markets, assumed for grocery chains; half and twice",
    ),
    Dial(
        "margin", "毛利率", "firms.<id>.unit_cost", "share of the price", 0.15, 0.35, "assumed",
        margin, margin_at,
    ),
    Dial(
        "reward rate", "奖励率", "program.points.face_value", "share of spending", 0.005, 0.02,
        "assumed: half and twice a common grocery rate", reward_rate, reward_rate_at,
    ),
    Dial(
        "reward cost k", "奖励成本系数 k", "program.points.cost", "share of face value", 0.5, 1.0, "assumed",
        reward_cost, lambda scenario, value: {f"program.{n}.{key}": value for n, key in costing(scenario).items()},
    ),
    plain_dial(
        "share enrolled (effort of joining)", "入会比例（入会门槛）", "program.membership.hassle",
        "money per year", 2.0, 20.0, "assumed",
    ),
    plain_dial(
        "relational share", "重关系客户比例", "customers.relational_share", "share of customers", 0.1, 0.9, "assumed",
    ),
    Dial(
        "bond yield per unit of money", "每 1 元触点带来的情感溢价", "program.recognition.effect",
        "share of price per unit of money", 0.0002, 0.005, "assumed, a tenth and twice: the break-even yield decides",
        bond_yield, bond_yield_at,
    ),
    plain_dial(
        "bond half-life", "情感半衰期", "behaviour.bond.half_life", "weeks", 13.0, 104.0, "assumed",
    ),
    plain_dial(
        "habit", "习惯", "behaviour.habit.premium", "fraction of the reference price", 0.03, 0.14,
        "measured in real panels: 3 to 14 % of price once tastes vary",
    ),
    Dial(
        "imitation lag", "跟进时滞", "rivals.policy.imitate.lag", "weeks", 4.0, 52.0, "assumed",
        imitation_lag, lambda scenario, value: dict.fromkeys(copying(scenario), round(value)),
    ),
    Dial(
        "price response", "价格反应", "", "", float("nan"), float("nan"), NOT_YET, lambda scenario: None,
        lambda scenario, value: {},
    ),
)  # fmt: skip


def turned(scenario: Scenario, dial: Dial, setting: float) -> Scenario:
    """The scenario with one dial at another setting, checked like any other. Raises ConfigError."""
    made = replace(scenario, vary=())
    for key, value in dial.at(scenario, setting).items():
        made = made.with_(key, value)
    return made


def comment() -> str:
    """The dials as they stand at the top of conf/config.yaml, one line each, as comments."""
    lines = ["# The twelve dials. Each is a key that markets, programs and behaviours set; turn one by overriding it.",
             "# `loyaltysim dials` shows what turning them does; tried: from, to."]  # fmt: skip
    for dial in DIALS:
        tried = NOT_YET if dial.source == NOT_YET else f"{dial.low:g} to {dial.high:g} {dial.unit}"
        lines.append(f"#   {dial.name:<36}{dial.key:<29}{tried}")
    return "\n".join(lines) + "\n"


def where(dial: Dial, scenario: Scenario) -> str:
    """The keys that a dial turns in a scenario; of a program those of its own components."""
    setting = dial.now(scenario)
    keys = [] if setting is None else list(dial.at(scenario, setting))
    return ", ".join(keys) if keys and all(key.startswith("program.") for key in keys) else dial.key


def listing(scenario: Scenario) -> list[dict[str, str]]:
    """Every dial with its setting in a scenario, for reports."""
    rows = []
    for dial in DIALS:
        now = dial.now(scenario)
        value = "not at work here" if now is None else f"{now:.4g} {dial.unit}"
        value = NOT_YET if dial.source == NOT_YET else value
        rows.append(
            {
                "name": dial.name,
                "chinese": dial.chinese,
                "key": where(dial, scenario),
                "value": value,
                "source": dial.source,
            }
        )
    return rows


# --- turning them ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Turned:
    """What turning the dials did. runs : one row per dial, end (now, low, high) and seed: setting and effects."""

    scenario: Scenario
    runs: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row per dial and effect: setting now, low, high; the effect at each with interval; its change."""
        rows = []
        base = self.runs[self.runs.dial == ""].set_index("seed")
        for dial in DIALS:
            now, mine = dial.now(self.scenario), self.runs[self.runs.dial == dial.name]
            about = {"dial": dial.name, "key": where(dial, self.scenario), "unit": dial.unit, "now": now,
                     "low": dial.low, "high": dial.high, "source": dial.source}  # fmt: skip
            for effect in EFFECTS:
                row: dict[str, Any] = {**about, "effect": effect, "at_now": estimate(list(base[effect]), "").value}
                for end in ("low", "high"):
                    values = mine[mine.end == end].set_index("seed")[effect]
                    change = estimate(list(values - base[effect].reindex(values.index)), "")
                    row |= {f"at_{end}": estimate(list(values), "").value, f"change_{end}": change.value,
                            f"change_{end}_low": change.low, f"change_{end}_high": change.high}  # fmt: skip
                rows.append(row)
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class Dials(Study[Turned]):
    """What does each dial do? Every one turned to both ends, one at a time, on common seeds."""

    scenario: Scenario
    kind = "dials"

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """The scenario of a command line, `scenario=dials` unless it names a world. Raises ConfigError."""
        return cls(compose_dials(words, config_dir))

    @property
    def digest(self) -> str:
        """Of the scenario's canonical form."""
        return config_hash(self.scenario)

    @property
    def title(self) -> str:
        """Of the scenario."""
        return self.scenario.name

    def tree(self) -> dict[str, Any]:
        """The scenario as a person writes it."""
        return written(self.scenario)

    @cached_property
    def settings(self) -> list[tuple[Scenario, str, str]]:
        """Every world with the dial that was turned and its end; first the scenario as it stands."""
        s = self.scenario
        live = [dial for dial in DIALS if dial.now(s) is not None]
        ends = [(dial, end) for dial in live for end in ("low", "high")]
        return [(s, "", "now"), *((turned(s, dial, getattr(dial, end)), dial.name, end) for dial, end in ends)]

    def arms(self) -> list[Scenario]:
        """Every setting with the program and without it."""
        return [w for s, _, _ in self.settings for w in (twins.logged(s), twins.logged(twins.no_program(s)))]

    def worlds(self) -> dict[str, float]:
        """Twins of each setting and seed."""
        return {"dials": 2.0 * self.scenario.seeds * len(self.settings)}

    def read(self) -> Turned:
        """Run every setting with every seed."""
        s = self.scenario
        jobs = [(world, dial, end, s.seed + k) for k in range(s.seeds) for world, dial, end in self.settings]
        names = [f"dial={dial or 'none'} end={end} seed={seed}" for _, dial, end, seed in jobs]
        done = map_runs(one, jobs, names, processes=workers(s, len(jobs)), label="dials")
        return Turned(s, pd.DataFrame(done))

    def lines(self, found: Turned) -> list[Line]:
        """What each dial changes at its low and at its high setting."""
        return [
            Line(row["effect"], row[f"change_{end}"], row[f"change_{end}_low"], row[f"change_{end}_high"], 0.95,
                 n=self.scenario.seeds, of=f"{row['dial']}, {end}")
            for row in found.table().to_dict("records") if row["now"] is not None for end in ("low", "high")
        ]  # fmt: skip

    def tables(self, found: Turned) -> dict[str, pd.DataFrame]:
        """Every dial and effect; every run."""
        return {"dials": found.table(), "runs": found.runs}


def turn(config: Scenario | Mapping[str, Any] | Sequence[str] = (), *, progress: bool = False) -> Turned:
    """Turn every dial to both ends, one at a time, on common seeds. Raises ConfigError for bad input."""
    with watched(progress):
        return Dials(market_of(config)).answer().found


def market_of(config: Scenario | Mapping[str, Any] | Sequence[str]) -> Scenario:
    """The scenario of a configuration; override strings that name no world turn the dials of `WORLD`."""
    if isinstance(config, (Scenario, Mapping)):
        return as_scenario(config)
    return compose_dials(config)


def compose_dials(words: Sequence[str], config_dir: str | Path | None = None) -> Scenario:
    """The scenario of a command line, `scenario=dials` unless it names a world. Raises ConfigError."""
    named = names_world(words, config_dir)
    return undrawn(compose([*([] if named else [f"scenario={WORLD}"]), *words], config_dir))


def one(job: tuple[Scenario, str, str, int]) -> dict[str, Any]:
    """One seed of one setting: its effects and the share enrolled."""
    scenario, dial, end, seed = job
    scenario = twins.logged(replace(scenario, record=replace(scenario.record, panel=False)))
    with_it = Market(scenario, seed).run()
    launch = launched(scenario, twins.launch_week(with_it, scenario.focal_id))
    numbers = outcomes(scenario, with_it, Market(twins.no_program(scenario), seed).run(), launch)
    kept = {name: numbers[name] for name in (*EFFECTS, "enrolled_share", "program_cost_per_customer")}
    return {"dial": dial, "end": end, "seed": seed, **kept}
