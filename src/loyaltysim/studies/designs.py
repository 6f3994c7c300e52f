"""Which designs are compared, and in which market: what was asked, read and checked.

Every design is laid into the same market among the same behaviours. Two designs that would settle to the same program,
and money that no terms can mean there, are refused. Nothing here knows a component by name: what a design may scale is
in the registry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from loyaltysim.configure import overlay
from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.asked import Choice, instead, parse, refuse, taken
from loyaltysim.configure.compose import (
    USUAL,
    checked,
    components,
    hold,
    layers,
    names_world,
    set_values,
    spelled,
    with_shipped_terms,
)
from loyaltysim.configure.folders import groups
from loyaltysim.configure.trees import clear, found
from loyaltysim.market.model import Market
from loyaltysim.measures import twins as worlds
from loyaltysim.measures.comparison import FEWEST, YEARS
from loyaltysim.mechanism.registry import registry
from loyaltysim.scenario.forms import complete, plain
from loyaltysim.scenario.hints import nearest, suggestion
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import read, varied
from loyaltysim.scenario.reader import ConfigError, Problem, Reader
from loyaltysim.scenario.settle import needed
from loyaltysim.scenario.terms import term
from loyaltysim.studies.equal_budget import out_of_scale
from loyaltysim.studies.single import launched

WORLD = "designs"  # the scenario in which designs are compared unless another is named
MOST = 8  # designs that can be compared
FREE = "free"  # instead of a budget: every design as it is


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
    free: bool = term(False, "", doc="every design as it is: no term is searched")  # written as `budget: free`
    horizon: int = term(2, "years after the launch", 1, 5, doc="1, 2 or 5: where the table stands")
    programs: tuple[DesignTerms, ...] = term((), "designs")


@dataclass(frozen=True)
class Design:
    """One design ready to run: its whole world, and the component and term that are searched ("" where none is)."""

    name: str
    scenario: Scenario
    component: str
    term: str

    @property
    def key(self) -> str:
        """The searched term by its full name, "" where none is."""
        return f"{self.component}.{self.term}" if self.component else ""


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
            {
                "name": d.name,
                **({} if self.settings.free else {"search": f"{d.component}.{d.term}"}),
                "program": plain(focal_program(d.scenario)),
            }
            for d in self.designs
        ]
        about = {
            "budget": FREE if self.settings.free else self.settings.budget,
            "horizon": self.settings.horizon,
            "programs": designs,
        }
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
    """The question of a command line: `programs=[points,club]`, `budget=10` or `free`, `horizon=2`,
    `term.points=threshold`, and overrides of the world. Raises ConfigError with every problem.
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
    if asked.get("budget") == FREE:
        asked = {**asked, "budget": None, "free": True}
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
            designs.append(design_of(base, terms, settings.free))
        except ConfigError as error:
            problems += error.problems
    if settings.budget is not None:
        problems += out_of_scale(base, settings.budget)
    problems += same_programs(designs)
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


def same_programs(designs: Sequence[Design]) -> list[Problem]:
    """A problem for each pair of designs that are one program, or become one once money is equal."""
    problems = []
    for a, b in combinations(designs, 2):
        one, two = (plain(focal_program(d.scenario)) for d in (a, b))
        if one == two and a.key == b.key:
            problems.append(Problem("programs", f"names one program twice: {a.name} and {b.name}", origin="compare"))
        elif a.key == b.key != "" and less(one, a.key) == less(two, b.key):
            why = f"differ in {a.key} alone, which equal money makes the same; budget=free takes them as they are"
            problems.append(Problem("programs", f"{a.name} and {b.name} {why}", origin="compare"))
    return problems


def less(program: dict[str, Any], key: str) -> dict[str, Any]:
    """A program without one of its terms."""
    component, _, name = key.partition(".")
    return {**program, component: {k: v for k, v in program[component].items() if k != name}}


def design_of(base: Scenario, terms: DesignTerms, free: bool) -> Design:
    """One design in the market; as it is where `free`. Raises ConfigError with the design named in each problem."""
    tree = {**complete(base), "vary": [], "program": plain(terms.program)}
    tree["behaviour"] = {**plain(terms.behaviour), **tree["behaviour"]}
    try:
        scenario = replace(read(tree, components()), compute=base.compute)
    except ConfigError as error:
        raise ConfigError([replace(p, origin=f"design {terms.name}") for p in error.problems]) from None
    if free and terms.search is not None:
        why = "names a term to search, and budget=free searches none"
        raise ConfigError([Problem(f"term.{terms.name}", why, terms.search, f"design {terms.name}")])
    if not focal_program(scenario):
        why = "is no program: every design is held against the market without one anyway"
        raise ConfigError([Problem("programs", why, terms.name, "compare")])
    component, name = ("", "") if free else searched_term(terms, focal_program(scenario))
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
