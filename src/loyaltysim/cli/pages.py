"""What `loyaltysim --help` and `loyaltysim COMMAND --help` print; imports nothing, so that help answers at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HELP = """\
Simulate and evaluate customer loyalty programs.

usage: loyaltysim COMMAND [KEY=VALUE ...]      loyaltysim COMMAND --help says more of one

commands
{commands}

choose options   market=grocery program=points program=[points,club] rivals=imitate run=tiny
                 program@firms.b.program=points         one firm's program
set values       seeds=30 customers.n=20000 program.points.face_value=10
remove           ~firms.d ~program.points
your own numbers with=mine.yaml                         only what differs; `loyaltysim new cafe > mine.yaml` begins one
your own world   from=my.yaml                           a scenario; its keys win over the options' defaults
output           out=folder print=json lang=zh

options
{options}

`loyaltysim show options` says what can be chosen, `loyaltysim show parameters WORD` which keys there are with their
units and ranges, `loyaltysim show measures WORD` what the numbers of a result are.
Exit codes: 0 ok, 1 a verdict or validation missed, 2 bad input, 3 a run failed, 4 storage, 130 interrupted.
"""
OPTIONS = {
    "--cfg job": "print the checked configuration instead of running it",
    "--config-dir FOLDER": "more options: FOLDER/market/mine.yaml is market=mine",
    "--more": "print everything, not the answer alone",
    "--plugins MINE.PY": "mechanisms, policies and measures of your own: docs/adding.md; several with commas",
    "--traceback": "show where an unexpected error came from",
    "--help, --version": "say what there is, or which version this is",
}
WORLD = {
    "GROUP=OPTION": "market, program, rivals, run, ...: `loyaltysim show options` lists them",
    "KEY=VALUE": "any key of the world: `loyaltysim show parameters WORD` finds it",
    "with=FILE": "only what differs, in plain words or keys; several, the later wins: loyaltysim new --help",
    "from=FILE": "a scenario of your own",
}
DRAWN = {"worlds=none": "the scenario alone, not the many worlds of what nobody knows; or worlds=wide"}
KEPT = {
    "out=FOLDER": "where it is kept; else results/runs/NAME-HASH",
    "print=json": "the numbers instead of a screen",
    "lang=zh": "the answer in Chinese; en is English",
}
FLAGS = {
    "--dry-run": "check and count everything, run nothing",
    "--yes": "do not ask before large work",
    "--fail-fast": "stop at the first run that fails",
    "--retry": "try runs again that failed too often",
    "--partial": "collect what is sound, and say what is missing",
    "--force": "go on in a folder of other code; its results are marked",
}
AXES = {
    "KEY=A,B,C": "one point for each value; keys multiply, options (program=points,club) too",
    "KEY=range(1,11)": "1 to 10; range(start,stop,step)",
    "GROUP=glob(c*)": "every option whose name fits",
    "seed=range(1,11)": "the seeds; seed=7 is that one run, seeds=5 are five from seed on",
}


@dataclass(frozen=True)
class Page:
    """The help of a command. usage : after its name; keys, flags : of its own, with words; examples : to be copied"""

    usage: str
    keys: Mapping[str, str]
    examples: tuple[str, ...]
    flags: Mapping[str, str] = field(default_factory=dict)


PAGES = {
    "run": Page(
        "[KEY=VALUE ...]",
        {**WORLD, "seeds=20": "runs; the interval of luck is over them", **DRAWN, **KEPT},
        ("scenario=grocery_points", "market=cafe program=stamps policy=launch run=quick out=mine"),
        {"-m, --multirun": "a sweep, as Hydra's users know it: loyaltysim sweep --help"},
    ),
    "compare": Page(
        "programs=[A,B,...] [KEY=VALUE ...]",
        {
            "programs=[A,B+C,mine.yaml]": "two to eight designs: options of program, several with +, files of your own",
            "budget=10": "money per customer and year for each; else what the first design costs as it is",
            "budget=free": "every design as it is, its cost beside: no term is searched",
            "horizon=1": "years after the launch: 1, 2 or 5",
            "term.A=threshold": "which term of design A is searched until it costs the budget",
            "program.KEY=VALUE": "a term of a component, in every design that has it",
            **WORLD,
            **DRAWN,
            **KEPT,
        },
        ("programs=[points,stamps,recognition]", "programs=[points,club] budget=10 horizon=1 rivals=imitate"),
    ),
    "game": Page(
        "programs=[A,B,...] [KEY=VALUE ...]",
        {
            "programs=[none,A+B,mine.yaml]": "two to eight strategies; the first is what others are held against",
            "programs=[none,points+price_follow]": "a policy beside a program: options of policy",
            "firms=2": "so many equal firms, 2 to 8",
            "players=[a,b]": "the firms that choose; else every firm of the market",
            "after=52": "weeks at the start that count for no payoff; else the first half",
            "most_seeds=40": "runs at most where luck leaves an equilibrium open; else four times seeds",
            "map=points": "whose dilemma is mapped over cost of rewards and price sensitivity; or auto, none",
            "program.KEY=VALUE": "a term of a component, in every strategy that has it",
            **WORLD,
            "worlds=evidence": "how probable the dilemma is where what is assumed is drawn anew; or worlds=wide",
            **KEPT,
        },
        ("programs=[none,points_1,points_3] firms=2 run=quick", "programs=[none,points] worlds=evidence map=none"),
    ),
    "dials": Page("[KEY=VALUE ...]", {**WORLD, **KEPT}, ("", "market=cafe run=quick")),
    "sweep": Page(
        "KEY=A,B ... | status|resume|verify|collect|export FOLDER",
        {
            **AXES,
            "sweep.executor=ray": "where it runs, how long and how much memory a run may take: show parameters sweep",
            **WORLD,
            **KEPT,
            "status FOLDER": "what is done, missing, damaged, failed",
            "resume FOLDER": "go on: exactly the runs without a sound result",
            "verify FOLDER": "read every checksum, make a hundredth of the runs again",
            "collect FOLDER": "the table from results that are all there; --partial: from those that are",
            "export FOLDER": "the table as CSV",
        },
        ('scenario=grocery_points run=quick market.S=0.6,1.3,2.6 "seed=range(1,11)" out=spread', "resume spread"),
        FLAGS,
    ),
    "explore": Page(
        "KEY=LOW:HIGH KEY=A,B ... | FOLDER",
        {
            "KEY=LOW:HIGH": "a range; whole numbers where the key takes them",
            "KEY=A,B": "categories, options too",
            "explore.design=sobol": "lhs (rules), sobol or morris (indices too)",
            "explore.n=64": "points of the design",
            "explore.outcomes=[lift_visits]": "numbers that are explained: show measures",
            **WORLD,
            **KEPT,
        },
        ("scenario=grocery_points run=quick market.S=0.6:2.6 program=points,cashback explore.n=64",),
        FLAGS,
    ),
    "optimise": Page(
        "KEY=LOW:HIGH KEY=A,B ...",
        {
            "KEY=LOW:HIGH": "a lever; whole numbers where the key takes them",
            "KEY=A,B": "categories, options too",
            'optimise.goals=["max lift_visits"]': "one or two: min or max of a number of a run",
            'optimise.within=["program_cost_per_customer<=12"]': "limits",
            "optimise.trials=64": "candidates that are tried",
            "seeds=20": "runs that the best have",
            **WORLD,
            **KEPT,
        },
        ("scenario=grocery_points run=quick program.points.face_value=1:15 optimise.trials=32",),
        FLAGS,
    ),
    "validate": Page(
        "[market=NAME] [KEY=VALUE ...]",
        {"market=yogurt": "one market; without any word all that ship", "seeds=40": "panels of each", **KEPT},
        ("market=yogurt", ""),
    ),
    "worlds": Page(
        "fit market=NAME [KEY=VALUE ...]",
        {
            "fit": "simulate draws of what is assumed and see which meet conf/targets/NAME.yaml",
            "worlds=wide": "from conf/worlds/wide.yaml instead of evidence.yaml",
            "draws=961": "worlds that are tried, rounded up to the square of a prime",
            **WORLD,
            **KEPT,
        },
        ("fit market=grocery",),
    ),
    "diary": Page(
        "customer=17 [KEY=VALUE ...]",
        {"customer=17": "whose weeks", **WORLD, **KEPT},
        ("customer=17", "customer=3 market=cafe program=stamps lang=zh"),
    ),
    "show": Page(
        "[KEY=VALUE ...] | step [KEY=VALUE ...] | options|parameters|measures [WORD ...]",
        {
            "KEY=VALUE": "the checked configuration of a command line, as YAML for from=",
            "step KEY=VALUE": "the code of a customer's week in it",
            "options WORD": "what can be chosen, a line each; only the lines with these words",
            "parameters WORD": "every key with type, default, range, unit, meaning, source",
            "measures WORD": "every number of a result with unit, words and definition",
        },
        ("scenario=grocery_points > mine.yaml", "parameters stamps", "options market"),
    ),
    "new": Page(
        "MARKET > mine.yaml",
        {
            "cafe, grocery, ...": "a market that ships: `loyaltysim show options market`",
            "visits_a_year": "in the file or typed: what a customer buys, rivals' too; or trips_, purchases_, orders_, "
            "bills_a_year",
            "price": "what one of them costs on average",
            "margin": "of the price, of all firms; {corner: 0.65, others: 0.6} by name",
            "shares": "of the firms by name; `others: rescale`: the others give way, `others: none`: there are none",
            "you": "the firm that is yours",
            "customers": "how many people buy here, from you or from others: gives totals",
            "reward": "what a reward is worth; reward_cost, visits_for_a_reward, points_for_a_reward, money_back, ...",
        },
        ("cafe > mine.yaml", "grocery > mine.yaml"),
    ),
    "export": Page(
        "journal FOLDER [arm=without] [seed=2] [start=2024-01-01]",
        {
            "journal FOLDER": "the folder of a run: journal.csv, balances.csv, points.csv are written into it",
            "arm=without": "another world than the one with the program",
            "seed=2": "another run than the first",
            "start=2024-01-01": "the first day of week 0, a Monday",
            **KEPT,
            "out=FOLDER": "where the files go; else into the folder of the run",
        },
        ("journal results/runs/mine", "journal results/runs/mine arm=without start=2026-01-05"),
    ),
    "completion": Page(
        "bash|zsh", {"bash, zsh": "the shell whose script is printed"}, ('bash > ~/.loyaltysim.bash',)
    ),
}  # fmt: skip


def rows(named: Mapping[str, str]) -> str:
    """Names and their words in two columns."""
    width = max(map(len, named)) + 2
    return "\n".join(f"  {name:<{width}}{words}" for name, words in named.items())


def overview(docs: Mapping[str, str]) -> str:
    """`loyaltysim --help`. docs : what each command is, in a line"""
    return HELP.format(commands=rows(docs), options=rows(OPTIONS))


def page(name: str, doc: str) -> str:
    """`loyaltysim NAME --help`."""
    own = PAGES[name]
    parts = [f"loyaltysim {name}: {doc}", f"usage: loyaltysim {name} {own.usage}", f"words\n{rows(own.keys)}"]
    parts += ["examples\n" + "\n".join(f"  loyaltysim {name} {words}".rstrip() for words in own.examples)]
    return "\n\n".join([*parts, f"options\n{rows({**own.flags, **OPTIONS})}"]) + "\n"
