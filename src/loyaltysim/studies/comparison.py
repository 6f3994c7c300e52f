"""Compare program designs: equal money, the same customers, the same luck, and what would change the order.

`compare(...)` composes (settings in `Settings`), gives every design the budget (`equal_budget`), runs one world
without a program and one for each design on common seeds, reads them off after 1, 2 and 5 years, and tries the order
again where what is assumed is otherwise. Nothing here knows a component by name: what a design may scale is in the
registry.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd

from loyaltysim.configure import overlay
from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.compose import (
    USUAL,
    Choice,
    checked,
    clear,
    components,
    found,
    groups,
    hold,
    instead,
    layers,
    names_world,
    parse,
    refuse,
    set_values,
    spelled,
    taken,
    with_shipped_terms,
)
from loyaltysim.market.model import Market
from loyaltysim.measures import twins as worlds
from loyaltysim.measures import your_customers
from loyaltysim.measures.comparison import FEWEST, YEARS, Comparison
from loyaltysim.measures.money import money, outcomes, until
from loyaltysim.mechanism.registry import registry
from loyaltysim.runs.plugins import brought
from loyaltysim.runs.pool import map_runs, prepare
from loyaltysim.runs.progress import watched
from loyaltysim.scenario.forms import complete, plain
from loyaltysim.scenario.hints import nearest, suggestion
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import read, varied
from loyaltysim.scenario.reader import ConfigError, Problem, Reader
from loyaltysim.scenario.settle import needed
from loyaltysim.scenario.terms import term
from loyaltysim.studies.designs_in_worlds import designs_in_worlds, small
from loyaltysim.studies.equal_budget import SEEDS as SEARCHED
from loyaltysim.studies.equal_budget import Expected, Funded, fund, with_term
from loyaltysim.studies.protocol import Line, Study
from loyaltysim.studies.single import as_scenario, launched, workers
from loyaltysim.studies.worlds import CUSTOMERS, WORLDS

WORLD = "designs"  # the scenario in which designs are compared unless another is named
MOST = 8  # designs that can be compared
SCALE = (1e-4, 1.0)  # a budget, of what customers spend at the firm
VARIED_SEEDS = 4  # runs on which other assumed values are tried
IMITATION = "rivals.policy.imitate.lag=13"  # tried where no rival imitates
PASSIVE = "rivals do not imitate"  # tried where some do
ALIKE = "same k and same joining for all"  # tried where designs differ in them: what the first design has


@dataclass(frozen=True)
class DesignTerms:
    """One design as it is written: a name, its components, and which of their terms is searched."""

    name: str = term("", "text")
    search: str | None = term(None, "component.term", doc="null = the one that makes it more generous")
    program: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "program"})
    behaviour: Mapping[str, Any] = field(default_factory=dict, metadata={"components": "behaviour"})  # comes along


@dataclass(frozen=True)
class Settings:
    """What a comparison does; in a saved config.yaml it stands below `compare`."""

    budget: float | None = term(
        None, "money per customer and year", 1e-6, 1e9, doc="null = what the first design costs as configured"
    )
    horizon: int = term(2, "years after the launch", 1, 5, doc="1, 2 or 5: where the table stands")
    programs: tuple[DesignTerms, ...] = term((), "designs")


@dataclass(frozen=True)
class Design:
    """One design ready to run: its whole world, and the component and term that are searched."""

    name: str
    scenario: Scenario
    component: str
    term: str


@dataclass(frozen=True)
class Question:
    """A checked comparison. base : the market, with every behaviour that any design needs; horizon in years."""

    base: Scenario
    settings: Settings
    designs: tuple[Design, ...]
    launch: int

    def tree(self) -> dict[str, Any]:
        """Everything that was set, as config.yaml holds it; `compare from=config.yaml` asks the same again."""
        designs = [
            {"name": d.name, "search": f"{d.component}.{d.term}", "program": plain(focal_program(d.scenario))}
            for d in self.designs
        ]
        about = {"budget": self.settings.budget, "horizon": self.settings.horizon, "programs": designs}
        return {**complete(self.base), "compare": about}

    def lasting(self, scenario: Scenario, years: int) -> Scenario:
        """A scenario that ends so many years after the launch. Raises ConfigError if it would be too large."""
        made = replace(scenario, vary=(), compute=self.base.compute).with_("weeks", self.launch + 52 * years)
        return worlds.logged(made.with_("record.panel", False))


def focal_program(scenario: Scenario) -> Mapping[str, Any]:
    """The components of the firm that the question is about."""
    return scenario.focal_firm.program


# --- reading what was asked --------------------------------------------------------------------------------------


def compose_question(words: Sequence[str], config_dir: str | Path | None = None) -> Question:
    """The question of a command line: `programs=[points,club]`, `budget=10`, `horizon=2`, `term.points=threshold`,
    and overrides of the world. Raises ConfigError with every problem.
    """  # fmt: skip
    own, rest = taken(words, ("programs", "budget", "horizon", "term"))
    values = [word for word in rest if word.startswith("program.")]
    for name, why in (
        ("program", "is what differs: write programs=[a,b]"),
        ("weeks", "follows from horizon=1, 2 or 5"),
    ):
        if any(word.partition("=")[0] == name for word in rest):
            raise refuse(name, why)
    overrides = spelled([word for word in rest if word not in values], config_dir)
    if not names_world(overrides):
        overrides.insert(0, f"scenario={WORLD}")
    tree, places, problems = layers(overrides, config_dir)
    hold(tree, places, overrides, USUAL)
    if isinstance(tree.get("held"), list):
        tree["held"] += [key for value in values if (key := value.partition("=")[0]) not in tree["held"]]
    stored = tree.pop("compare", None)
    clear(tree, Choice("program", None, (), ""))
    asked = dict(stored) if isinstance(stored, Mapping) else {}
    asked |= {k: number(v) for k, v in own.items() if k in ("budget", "horizon")}
    wrong, world = list(problems), None
    said = tree.get("vary")
    vary = tree.pop("vary") if isinstance(said, list) and said and all(isinstance(text, str) for text in said) else []
    if any(word.startswith("market=") for word in overrides) and not any(w.startswith("vary=") for w in overrides):
        other = [word for word in overrides if not word.startswith(("market=", "with="))]
        usual = layers(other, config_dir, told=False)[0]
        vary = own_values(vary, tree, usual)
    try:
        world = replace(checked(tree, places, []), vary=tuple(vary))
    except ConfigError as error:
        wrong += error.problems
    if "programs" in own:
        asked["programs"], more = named_programs(own["programs"], values, config_dir, overrides)
        wrong += more
    elif values:
        wrong.append(Problem(values[0].partition("=")[0], "needs programs=[...] to say whose", origin="command line"))
    searched = {key.removeprefix("term."): value for key, value in own.items() if key.startswith("term")}
    if isinstance(asked.get("programs"), list):
        wrong += name_terms(asked["programs"], searched)
    return question(world, asked, wrong)


def own_values(vary: Sequence[str], tree: Mapping[str, Any], usual: Mapping[str, Any]) -> list[str]:
    """The variants in another market than the scenario's: where it has a value of its own, a third less and half more.

    usual : the tree with the scenario's own market, whose values the scenario's variants are about
    """
    made: list[str] = []
    for text in vary:
        key = text.partition("=")[0]
        own = found(tree, key)
        if own == found(usual, key) or not isinstance(own, (int, float)):
            made.append(text)
        else:
            made += [new for new in (f"{key}={own / 1.5:.3g}", f"{key}={own * 1.5:.3g}") if new not in made]
    return made


def number(text: str) -> object:
    """A number as typed; whatever else it is, is left to the reader to refuse."""
    if text in ("", "null"):
        return None
    try:
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        return text


def named_programs(
    text: str, values: Sequence[str], config_dir: str | Path | None, world: Sequence[str] = ()
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The designs of `[points,points+recognition,mine.yaml]`, each with the `program.` values that speak of it.

    world : the words of the market, whose with= files may say terms too
    """
    known = groups(config_dir).get("program", [])
    designs: list[dict[str, Any]] = []
    problems: list[Problem] = []
    used = set[str]()
    if text.startswith("[") != text.endswith("]"):
        raise refuse("programs", "has a bracket that nothing closes; write programs=[points,club], no spaces", text)
    for entry in (part.strip().strip("'\"") for part in text.strip().removeprefix("[").removesuffix("]").split(",")):
        try:
            program, behaviour, spoken = one_program(entry, known, values, config_dir, world)
        except ConfigError as error:
            problems += error.problems
            continue
        used |= spoken
        twins = sum(d["name"].partition(" #")[0] == (Path(entry).stem if is_file(entry) else entry) for d in designs)
        name = Path(entry).stem if is_file(entry) else entry
        designs.append({"name": f"{name} #{twins + 1}" if twins else name, "program": program, "behaviour": behaviour})
    for value in values if not problems else ():
        if value not in used:
            key = value.partition("=")[0]
            problems.append(Problem(key, "speaks of a component that no design has", origin="command line"))
    return designs, problems


def is_file(entry: str) -> bool:
    """Is this a design of the user's own, in a file?"""
    return entry.endswith((".yaml", ".yml"))


def one_program(
    entry: str, known: Sequence[str], values: Sequence[str], config_dir: str | Path | None, world: Sequence[str] = ()
) -> tuple[dict[str, Any], dict[str, Any], set[str]]:
    """The components of one entry, the behaviour that comes along with it, and which values were laid over them.

    Raises ConfigError.
    """
    terms = [word for word in world if not word.startswith("program=")] if overlay.files(world) else []
    if is_file(entry):
        tree = program_file(entry, terms, config_dir)
    else:
        options = entry.split("+")
        for option in options:
            if option not in known:
                raise refuse(
                    "programs", f"has no such option{instead('program', option, known)} (conf/program/)", option
                )
        tree = layers([*terms, f"program=[{','.join(options)}]"], config_dir)[0]
    program = tree.get("program") or {}
    spoken = [value for value in values if value.split(".")[1] in {*program, *needs_of(program)}]
    said = parse(spoken, groups(config_dir))
    if wrong := [*said.problems, *set_values(tree, {}, said.values)]:
        raise ConfigError(wrong)
    return dict(tree.get("program") or {}), dict(tree.get("behaviour") or {}), set(spoken)


def program_file(entry: str, world: Sequence[str], config_dir: str | Path | None) -> dict[str, Any]:
    """The program of a file of one's own: components at the top or below `program`, or a with= file that names one.

    What it does not say of them is as it ships, joining terms too. Raises ConfigError.
    """
    content, _ = plain_yaml.load(Path(entry).expanduser(), entry)
    program = content.get("program", content)
    if isinstance(program, dict):
        return {"program": with_shipped_terms(program)}
    return layers([*(word for word in world if not word.startswith("with=")), f"with={entry}"], config_dir)[0]


def needs_of(program: Mapping[str, Any]) -> set[str]:
    """The components that these need without saying so."""
    return needed([name for name in program if name in registry()], registry())


def name_terms(designs: list[dict[str, Any]], searched: Mapping[str, str]) -> list[Problem]:
    """Write what `term.<design>=...` says into the designs; problems for designs that are not compared."""
    problems = []
    for name, value in searched.items():
        own = [design for design in designs if design.get("name") == name]
        if not own:
            said = suggestion(name, [str(d.get("name")) for d in designs])
            problems.append(Problem(f"term.{name}", f"is no design{said}", origin="command line"))
        for design in own:
            design["search"] = value
    return problems


def question(base: Scenario | None, asked: Mapping[str, Any], before: Sequence[Problem] = ()) -> Question:
    """Check a comparison in a market (None: it has problems). asked : as `Settings` says; before : problems so far.

    Raises ConfigError with every problem.
    """
    reader = Reader(components(), {"": "compare"})
    settings = reader.record(Settings, asked, "")
    problems = [*before, *reader.problems]
    if settings is not None and reader.sound("horizon") and settings.horizon not in YEARS:
        problems.append(Problem("horizon", "choose from 1, 2, 5 (years after the launch)", settings.horizon, "compare"))
    if settings is None or base is None or problems:
        raise ConfigError(problems)
    if not FEWEST <= len(settings.programs) <= MOST:
        said = f"holds {len(settings.programs)}; a comparison has {FEWEST} to {MOST}, such as programs=[points,club]"
        problems.append(Problem("programs", said, origin="compare"))
    designs = []
    for terms in settings.programs:
        try:
            designs.append(design_of(base, terms))
        except ConfigError as error:
            problems += error.problems
    if settings.budget is not None:
        problems += out_of_scale(base, settings.budget)
    if problems:
        raise ConfigError(problems)
    asking = same_customers(base, settings, designs)
    vary, problems = applicable(base.vary, asking.designs)
    if problems:
        raise ConfigError(problems)
    return replace(asking, base=replace(asking.base, vary=vary))


def applicable(vary: Sequence[str], designs: Sequence[Design]) -> tuple[tuple[str, ...], list[Problem]]:
    """The variants that any design can feel, and the problems of those that no scenario could have.

    What speaks of a behaviour or program component that nobody has is left out: it would change nothing.
    """
    felt, problems = [], []
    for text in vary:
        level, _, rest = text.partition("=")[0].partition(".")
        name, worlds_ = rest.partition(".")[0], [d.scenario for d in designs]
        if level in ("behaviour", "program"):
            known = {"behaviour": lambda s: s.behaviour, "program": focal_program}[level]
            worlds_ = [s for s in worlds_ if name in known(s)] or (worlds_ if name not in components()[level] else [])
        try:
            felt += [text] * bool([varied(s, text, components()) for s in worlds_])
        except ConfigError as error:
            problems += [replace(p, origin=f"vary {text}") for p in error.problems]
    return tuple(felt), problems


def design_of(base: Scenario, terms: DesignTerms) -> Design:
    """One design in the market. Raises ConfigError with the design named in each problem."""
    tree = {**complete(base), "vary": [], "program": plain(terms.program)}
    tree["behaviour"] = {**plain(terms.behaviour), **tree["behaviour"]}
    try:
        scenario = replace(read(tree, components()), compute=base.compute)
    except ConfigError as error:
        raise ConfigError([replace(p, origin=f"design {terms.name}") for p in error.problems]) from None
    component, name = searched_term(terms, focal_program(scenario))
    return Design(terms.name, scenario, component, name)


def searched_term(terms: DesignTerms, program: Mapping[str, Any]) -> tuple[str, str]:
    """Which component and term are searched: as asked, else of the first written component that names one."""
    turned = {name: m.priced or m.generosity for name, m in registry().items()}
    able = {name: key for name in [*terms.program, *program] if name in program and (key := turned[name])}
    where = f"design {terms.name}"
    if terms.search is None:
        if not able:
            why = f"has no term to be searched; name one: term.{terms.name}=component.term"
            raise ConfigError([Problem("programs", why, terms.name, where)])
        return next(iter(able.items()))
    numbers = {
        f"{name}.{key}": (name, key)
        for name, own in program.items()
        for key, value in plain(own).items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    full = terms.search
    if "." not in full:
        full = next((key for key in numbers if key.endswith(f".{full}") and key.split(".")[0] in able), full)
        full = next((key for key in numbers if key.endswith(f".{full}")), full) if full not in numbers else full
    if full not in numbers:
        near = nearest(full, numbers)
        hint = f"; did you mean '{near}'?" if near else ""
        why = f"is no number of this design{hint} known: {', '.join(numbers)}"
        raise ConfigError([Problem(f"term.{terms.name}", why, terms.search, where)])
    return numbers[full]


def same_customers(base: Scenario, settings: Settings, designs: Sequence[Design]) -> Question:
    """Every design among the same behaviours: those of the market and all that any design needs; one launch week."""
    behaviour = {name: terms for d in designs for name, terms in d.scenario.behaviour.items()}
    behaviour = dict(sorted({**behaviour, **base.behaviour}.items()))
    made = [replace(d, scenario=replace(d.scenario, behaviour=behaviour, vary=())) for d in designs]
    starts = [launch_week(d.scenario) for d in made]
    bare = replace(worlds.no_program(replace(base, behaviour=behaviour)), vary=base.vary)
    policy = base.focal_firm.policy
    bare = replace(bare, firms={**bare.firms, base.focal_id: replace(bare.focal_firm, policy=policy)})
    return Question(bare, settings, tuple(made), launched(made[0].scenario, starts[0]))


def launch_week(scenario: Scenario) -> int | None:
    """The week in which the focal firm's program starts: policies look at offers, so one customer is enough."""
    small = replace(scenario, customers=replace(scenario.customers, n=1))
    small = replace(small, record=replace(small.record, panel=False, log=True))
    return worlds.launch_week(Market(small, scenario.seed).run(), scenario.focal_id)


# --- running -----------------------------------------------------------------------------------------------------


def compare(
    config: Scenario | Mapping[str, Any] | Sequence[str] = (),
    programs: Sequence[str] | Mapping[str, Mapping[str, Any]] = (),
    *,
    budget: float | None = None,
    horizon: int = 2,
    terms: Mapping[str, str] | None = None,
    plugins: Sequence[str | Path] = (),
    progress: bool = False,
) -> Comparison:
    """Compare two to eight program designs at equal budget in one market with the same customers.

    config   : the market: override strings, a plain tree, or a Scenario; its own program is left out
    programs : names as on the command line (`points`, `points+recognition`, `mine.yaml`), or name -> components
    budget   : money per customer and year that each is to cost; None = what the first costs as configured
    horizon  : years after the launch at which results are told: 1, 2 or 5
    terms    : design -> `component.term` that is searched; by default the one that makes it more generous
    plugins  : files with mechanisms, policies or measures of your own, as of `run`
    Raises ConfigError for bad input.
    """
    with brought(plugins), watched(progress):
        return Compare(asked_for(config, programs, budget, horizon, terms or {})).answer().found


def asked_for(
    config: Scenario | Mapping[str, Any] | Sequence[str],
    programs: Sequence[str] | Mapping[str, Mapping[str, Any]],
    budget: float | None,
    horizon: int,
    terms: Mapping[str, str],
) -> Question:
    """What `compare` asks, checked. Raises ConfigError."""
    named = isinstance(programs, Mapping)
    words = [f"programs=[{','.join(programs)}]"] if programs and not named else []
    words += [f"budget={budget}"] if budget is not None else []
    words += [f"horizon={horizon}", *(f"term.{name}={key}" for name, key in terms.items() if not named)]
    if isinstance(config, (Scenario, Mapping)) or named:
        asked: dict[str, Any] = {"budget": budget, "horizon": horizon}
        listed, wrong = ([], []) if named else named_programs(",".join(programs), (), None)
        if isinstance(programs, Mapping):
            listed = [{"name": n, "program": plain(p), "search": (terms or {}).get(n)} for n, p in programs.items()]
        wrong += [] if named else name_terms(listed, terms or {})
        if wrong:
            raise ConfigError(wrong)
        return question(market_of(config), {**asked, "programs": listed})
    return compose_question([*config, *words])


def market_of(config: Scenario | Mapping[str, Any] | Sequence[str]) -> Scenario:
    """The market of a configuration, whatever its kind."""
    if isinstance(config, (Scenario, Mapping)):
        return as_scenario(config)
    return compose_question([*config, "programs=[points,points]"]).base


@dataclass(frozen=True)
class Compare(Study[Comparison]):
    """Which design is best at equal budget, how surely, and what would change that?"""

    question: Question
    kind = "compare"

    @classmethod
    def compose(cls, words: Sequence[str], config_dir: str | None = None) -> Self:
        """The question of a command line. Raises ConfigError."""
        return cls(compose_question(words, config_dir))

    @property
    def title(self) -> str:
        """Of the market's scenario."""
        return self.question.base.name

    def tree(self) -> dict[str, Any]:
        """The market and what is compared in it."""
        return self.question.tree()

    @cached_property
    def ending(self) -> list[Scenario]:
        """Each design's world, to the horizon."""
        return [self.question.lasting(d.scenario, self.question.settings.horizon) for d in self.question.designs]

    def arms(self) -> list[Scenario]:
        """Each design's world, and the one without a program."""
        drawn = small(self.ending)
        return [*self.ending, worlds.no_program(self.ending[0]), *drawn, *map(worlds.no_program, drawn[:1])]

    def worlds(self) -> dict[str, float]:
        """A world for each design and one without; before, about six values of each term on the seeds of the search."""
        base, designs = self.question.base, len(self.question.designs)
        tried = (len(base.vary) + 1) * min(base.seeds, VARIED_SEEDS)
        each = self.question.settings.horizon / YEARS[-1]  # of the time that a world to the last horizon takes
        found = {"equal budget": 6.0 * SEARCHED * designs * each, "seeds": float(base.seeds * (designs + 1))}
        drawn = 0 if base.worlds == "none" else WORLDS
        in_worlds = drawn * (designs + 1.0) * each * min(1.0, CUSTOMERS / base.customers.n)
        return {**found, "assumptions": tried * (designs + 1.0) * each, **({"worlds": in_worlds} if drawn else {})}

    def read(self) -> Comparison:
        """Find the terms, run the seeds, try the order where what is assumed is otherwise."""
        return found_of(self.question, self.ending)

    def lines(self, found: Comparison) -> list[Line]:
        """Every number of every design at the horizon, best first."""
        rows = found.table[found.table.years == found.horizon].set_index("design")
        parts = ("value", "low", "high", "level", "unit", "n")
        each = (row for design in found.ranking() for row in rows.loc[[design]].reset_index().to_dict("records"))
        return [Line(r["name"], **{k: known(r[k]) for k in parts}, of=r["design"]) for r in each]

    def tables(self, found: Comparison) -> dict[str, pd.DataFrame]:
        """Every number, every run, every variant, every pair."""
        named = {"compare": found.table, "runs": found.runs, "variants": found.variants}
        over_worlds = {} if found.unknown is None else {"worlds": found.unknown.table}
        return {**named, "chances": found.chances, **over_worlds}


def known(value: Any) -> Any:
    """A number, or None where it is missing."""
    return None if isinstance(value, float) and math.isnan(value) else value


def found_of(asked: Question, ending: list[Scenario]) -> Comparison:
    """Run a question. ending : each design's world, to the horizon."""
    lasting = [asked.lasting(d.scenario, YEARS[-1]) for d in asked.designs]
    expected = [Expected(s, d.component, d.term, asked.launch) for s, d in zip(ending, asked.designs, strict=True)]
    budget = asked.settings.budget
    if budget is None:
        first = asked.designs[0]
        budget = expected[0](getattr(focal_program(first.scenario)[first.component], first.term))
        check_budget(asked.base, first.name, budget)
    processes, names = workers(lasting[0], len(asked.designs)), [f"design={d.name}" for d in asked.designs]
    jobs = [(cost, budget) for cost in expected]
    funded = map_runs(fund_one, jobs, names, processes=processes, label="equal budget")
    lasting, ending = ([funded_world(s, f) for s, f in zip(group, funded, strict=True)] for group in (lasting, ending))
    seeds = [asked.base.seed + k for k in range(asked.base.seeds)]
    task = [(tuple(lasting), asked, seed) for seed in seeds]
    names = [f"seed={seed}" for seed in seeds]
    processes = workers(lasting[0], len(seeds))
    done = map_runs(compare_seed, task, names, processes=processes, label="seeds")
    runs = pd.DataFrame([row for rows in done for row in rows])
    tried = elsewhere(asked, ending, budget)
    designs = {d.name: scenario for d, scenario in zip(asked.designs, ending, strict=True)}
    return Comparison(asked, budget, tuple(funded), tuple(lasting), runs, tried, designs_in_worlds(designs))


def check_budget(base: Scenario, name: str, budget: float) -> None:
    """The first design must cost something, or there is no budget to be equal to. Raises ConfigError."""
    if problems := out_of_scale(base, budget):
        why = f"cannot be taken from design {name} as configured, for its cost {problems[0].message}"
        raise ConfigError([Problem("budget", why, budget)])


def out_of_scale(base: Scenario, budget: float) -> list[Problem]:
    """The problem of a budget that no terms can mean: next to nothing of what is spent at the firm, or above all."""
    market, firm = base.market, base.focal_firm
    times = market.M * firm.share / sum(f.share for f in base.firms.values())
    each = market.basket.mean * firm.base_price
    low, high = SCALE[0] * times * each, SCALE[1] * times * each
    if low <= budget <= high:
        return []
    why = (
        f"is {budget / (times * each):.2g} of what a customer spends at {base.focal} in a year, {times:.3g} "
        f"{market.occasion} of {each:.4g} {market.currency}; allowed {low:.3g} to {high:.3g}"
    )
    return [Problem("budget", why, budget, "compare")]


def fund_one(job: tuple[Expected, float]) -> Funded:
    """Find the terms of one design."""
    cost, budget = job
    return fund(cost, budget)


def funded_world(scenario: Scenario, funded: Funded) -> Scenario:
    """The design's world with the term that was found."""
    return with_term(scenario, funded.component, funded.term, funded.value)


def compare_seed(job: tuple[tuple[Scenario, ...], Question, int]) -> list[dict[str, Any]]:
    """One seed: the world without a program once, each design's world, and every number; a row per design and year."""
    scenarios, asked, seed = job
    without = Market(worlds.no_program(scenarios[0]), seed).run()
    ends = {years: asked.launch + 52 * years for years in YEARS}
    bare = {years: until(without, end) for years, end in ends.items()}
    rows = []
    for design, scenario in zip(asked.designs, scenarios, strict=True):
        with_it = Market(scenario, seed).run()
        for years, end in ends.items():
            world, book = replace(scenario, weeks=end), until(with_it, end)
            told = outcomes if years == asked.settings.horizon else money
            numbers = told(world, book, bare[years], asked.launch)
            numbers |= your_customers.totals(world, numbers)
            rows.append({"design": design.name, "seed": seed, "years": years, **numbers})
    return rows


def elsewhere(asked: Question, scenarios: Sequence[Scenario], budget: float) -> pd.DataFrame:
    """Profit and cost of every design where one thing is otherwise; a row per seed.

    The terms stay as found, so that spending differs; only where designs are made `alike` is the budget searched again.
    """
    variants = [*asked.base.vary, PASSIVE if imitated(asked.base) else IMITATION]
    seeds = [asked.base.seed + k for k in range(min(asked.base.seeds, VARIED_SEEDS))]
    made = {text: tuple(variant(s, text) for s in scenarios) for text in variants}
    if (same := alike(scenarios)) != tuple(scenarios):
        made[ALIKE] = refunded(asked, same, budget)
        variants.insert(0, ALIKE)
    jobs = [(made[text], asked, text, seed) for text in variants for seed in seeds]
    names = [f"{text} seed={seed}" for text in variants for seed in seeds]
    processes = workers(scenarios[0], len(jobs))
    prepare([s for group in made.values() for s in group])
    done = map_runs(try_variant, jobs, names, processes=processes, label="assumptions")
    return pd.DataFrame([row for rows in done for row in rows])


def alike(scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """The designs' worlds with one k (what a reward costs of its face value) and one way of joining: the first's.

    How people join is in the components that every design has and that are no reward themselves.
    """
    programs, known = [focal_program(s) for s in scenarios], registry()
    k = [getattr(own, key) for p in programs for name, own in p.items() if (key := known[name].cost) is not None]
    joining = {
        n: own for n, own in programs[0].items() if known[n].generosity is None and all(n in p for p in programs)
    }
    made = []
    for scenario, program in zip(scenarios, programs, strict=True):
        same = {
            name: replace(joining.get(name, own), **({key: k[0]} if (key := known[name].cost) is not None else {}))
            for name, own in program.items()
        }
        focal = replace(scenario.focal_firm, program=same)
        made.append(replace(scenario, firms={**scenario.firms, scenario.focal_id: focal}))
    return tuple(made)


def refunded(asked: Question, scenarios: Sequence[Scenario], budget: float) -> tuple[Scenario, ...]:
    """The designs' worlds, each with the term searched again until it costs the budget."""
    jobs = [
        (Expected(s, d.component, d.term, asked.launch), budget) for s, d in zip(scenarios, asked.designs, strict=True)
    ]
    names, processes = [f"design={d.name}" for d in asked.designs], workers(scenarios[0], len(jobs))
    found = map_runs(fund_one, jobs, names, processes=processes, label="equal budget, alike")
    return tuple(funded_world(s, f) for s, f in zip(scenarios, found, strict=True))


def imitated(base: Scenario) -> bool:
    """Does any rival copy what others show?"""
    return any("imitate" in firm.policy for name, firm in base.firms.items() if name != base.focal)


def variant(scenario: Scenario, text: str) -> Scenario:
    """A design's world where one thing is otherwise; unchanged if that speaks of a component that it does not have."""
    if text == PASSIVE:
        firms = {
            name: firm if name == scenario.focal else replace(firm, policy=without(firm.policy, "imitate"))
            for name, firm in scenario.firms.items()
        }
        return replace(scenario, firms=firms)
    path = text.partition("=")[0].split(".")
    if path[0] == "program" and path[1] not in focal_program(scenario):
        return scenario
    return varied(scenario, text, components())


def without(mapping: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A mapping less one key."""
    return {key: value for key, value in mapping.items() if key != name}


def try_variant(job: tuple[tuple[Scenario, ...], Question, str, int]) -> list[dict[str, Any]]:
    """One seed of one variant: a row per design."""
    scenarios, asked, text, seed = job
    bare, rows = Market(worlds.no_program(scenarios[0]), seed).run(), []
    for design, scenario in zip(asked.designs, scenarios, strict=True):
        numbers = money(scenario, Market(scenario, seed).run(), bare, asked.launch)
        rows.append({"variant": text, "design": design.name, "seed": seed, **numbers})
    return rows
