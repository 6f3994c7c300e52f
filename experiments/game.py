"""Which programs do firms choose that answer each other, and is it a prisoner's dilemma?

Why it is contested   Once one firm has a program, rivals are said to copy it quickly (S3-03), and programs are called a
                      prisoner's dilemma. On paper each adopts where a reward costs less than it is worth, and all are
                      worse off while prices stay, no worse off once they move.
Design                Two equal grocery chains choose none, points of 1 or 3 %, or a club. Every outcome is simulated on
                      the same seeds, at prices that stay and where both re-price each quarter. Nobody changes alone in
                      an equilibrium. For points of 1 % the game is played again over what a reward costs and how price
                      sensitive customers are, and in worlds in which all that is assumed is drawn anew.
What would change     S3-03 is supported in a world where each takes points whatever the other does, refuted where at
our mind              most one does; where it pays only if the other has them too it is open.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.games.around import at, earned, ends, judged, over_worlds
from loyaltysim.games.asked import Asked, game, strategies
from loyaltysim.games.normal_form import Profile, pure_equilibria
from loyaltysim.games.payoffs import Payoffs, asked_for
from loyaltysim.games.study import Played, played
from loyaltysim.measures.statistics import estimate
from loyaltysim.measures.verdict import Verdict, taken_together
from loyaltysim.measures.verdict import over_worlds as over_all
from loyaltysim.present import charts, glossary
from loyaltysim.present.answer import FEWEST, TOO_FEW, wrapped
from loyaltysim.present.game_figures import COLOURS, lighter
from loyaltysim.present.game_words import KINDS, NONE, article, called
from loyaltysim.runs.pool import map_runs, prepare
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment
from loyaltysim.studies.experiment import spread
from loyaltysim.studies.reading import Reading, Table

FIXED, FREE = "fixed", "repriced"
REGIMES = {FIXED: Said("prices stay", "价格不变"), FREE: Said("both re-price", "双方重新定价")}
WORD = {  # what S3-03 is where a strategy is of a kind: does each adopt, whatever the other does?
    "dilemma": "supported", "all gain": "supported", "all or nobody": "inconclusive", "mixed": "inconclusive",
    "some": "refuted", "nobody": "refuted", "nobody alone": "refuted",
}  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """What is played and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    programs: tuple[str, ...] = term(("none", "points_1"), "programs", doc="what a firm may choose")
    subject: str = term("points_1", "program", doc="the one that is mapped and judged")
    after: int = term(52, "weeks", 0, 5200, doc="that do not count")
    repricing: tuple[str, ...] = term((), "key=value", doc="how both set prices where they move")
    costs: tuple[float, ...] = term((0.8,), "share of a reward's worth", 0.0, 2.0)
    factors: tuple[float, ...] = term((1.0,), "of the price sensitivity", 0.01, 100.0)
    map_seeds: int = term(5, "runs", 1, 1000, doc="of a place on the map, at most those of the scenario")
    worlds: int = term(40, "worlds", 1, 10_000, doc="at most; no more than twice the square of the runs")


Plan = experiment.Plan[Choices]


# --- games ---


def asked(made: Plan) -> dict[str, Asked]:
    """The game at prices that stay, and the one in which both re-price. Raises ConfigError."""
    s = made.settings
    terms, problems = strategies(f"[{','.join(s.programs)}]", [], None)
    stay = game(made.world, {"programs": terms, "after": s.after, "map": s.subject}, problems)
    stay = replace(stay, base=replace(stay.base, worlds="evidence"))
    free = made.changed(s.repricing)
    firms = {name: replace(firm, policy=free.firms[name].policy) for name, firm in stay.base.firms.items()}
    return {FIXED: stay, FREE: replace(stay, base=replace(stay.base, firms=firms))}


def check(made: Plan) -> None:
    """Refuse a market that is not one of two equal firms, and a subject that is not played. Raises ConfigError."""
    s, problems = made.settings, []
    if s.subject not in s.programs[1:]:
        problems.append(Problem("experiment.subject", "is one of experiment.programs but the first", s.subject))
    if len(made.world.firms) != 2:
        problems.append(Problem("firms", "are two here: firms=2", len(made.world.firms)))
    if not problems and not asked(made)[FIXED].symmetric:
        problems.append(Problem("firms", "are equal here; set firms=2 and nothing of one alone"))
    if problems:
        raise ConfigError(problems)


def alike(one: Asked, runs: Mapping[Profile, np.ndarray], names: Sequence[str] = ()) -> Payoffs:
    """Payoffs of two equal firms: what each sees of the other is the same, prices too, so counts are enough."""
    return Payoffs(one.players, tuple(names) or one.names, True, runs)


def simulate(made: Plan) -> pd.DataFrame:
    """Every outcome of both games with every seed: a row each."""
    games, rows = asked(made), []
    for regime, one in games.items():
        profiles = asked_for(2, len(one.names), True)
        prepare(one.world(profile) for profile in profiles)
        for profile, runs in played(one, profiles, 0, made.world.seeds).items():
            rows += [{"regime": regime, "a": one.names[profile[0]], "b": one.names[profile[1]], "seed": k,
                      "payoff_a": run[0], "payoff_b": run[1]} for k, run in enumerate(runs)]  # fmt: skip
    return pd.DataFrame(rows)


def mapped(made: Plan) -> pd.DataFrame:
    """The game of the subject against the first strategy at every place of the map: a row a place and run."""
    s, jobs, rows = made.settings, [], []
    k, count = s.programs.index(s.subject), min(s.map_seeds, made.world.seeds)
    for (regime, one), cost, factor in product(asked(made).items(), s.costs, s.factors):
        small = at(one, k, cost, factor)
        for profile, n in product(ends(2, 1, True), range(count)):
            jobs.append((small.world(profile), made.world.seed + n, one.players, one.after))
            said = "".join(map(str, profile))
            rows.append({"regime": regime, "cost": cost, "factor": factor, "profile": said, "seed": n})
    names = [f"map seed={job[1]}" for job in jobs]
    done = map_runs(earned, jobs, names, processes=made.world.compute.processes, label="map")
    return pd.DataFrame([{**row, "payoff_a": a, "payoff_b": b} for row, (a, b) in zip(rows, done, strict=True)])


def in_worlds(made: Plan) -> pd.DataFrame:
    """What the subject is between the firms in each evidence world: a row a world, a column a regime."""
    n = min(made.settings.worlds, 2 * made.world.seeds**2)
    found = {}
    for regime, one in asked(made).items():
        over = over_worlds(one, n)
        found[regime] = over.kinds if over is not None else pd.Series(dtype=str)
    return pd.DataFrame(found)


# --- what is read off the runs ---


def payoffs(one: Asked, runs: pd.DataFrame) -> Payoffs:
    """The payoffs of a game from its saved runs."""
    place = {name: k for k, name in enumerate(one.names)}
    table = {
        (place[str(a)], place[str(b)]): rows.sort_values("seed")[["payoff_a", "payoff_b"]].to_numpy(float)
        for (a, b), rows in runs.groupby(["a", "b"], sort=False)
    }
    return alike(one, table)


def table(games: Mapping[str, Asked], runs: pd.DataFrame) -> pd.DataFrame:
    """A row an outcome: what each firm earns beside nobody having a program, and whether it holds beyond luck."""
    rows = []
    for regime, one in games.items():
        p = payoffs(one, runs[runs.regime == regime])
        nobody = (0, 0)
        for profile in p.runs:
            row = {"regime": regime, "a": one.names[profile[0]], "b": one.names[profile[1]]}
            for firm in range(2):
                change = p.values(profile, firm) - p.values(nobody, firm)
                row |= spread(f"gain_{'ab'[firm]}", estimate(change, "money"))
            best = max((p.regret(profile, firm) for firm in range(2)), key=lambda e: e.value or 0.0)
            row |= {"regret": best.value, "equilibrium": profile in pure(p), "beyond_luck": p.holds(profile)}
            rows.append(row)
    return pd.DataFrame(rows).round(12)


def pure(p: Payoffs) -> list[Profile]:
    """Pure equilibria, one of each count."""
    return list(dict.fromkeys(tuple(sorted(profile)) for profile in pure_equilibria(p.gains)))


def kinds(games: Mapping[str, Asked], runs: pd.DataFrame) -> pd.DataFrame:
    """A row a regime and strategy: what it is between the firms, with the numbers that say so."""
    rows = []
    for regime, one in games.items():
        p = payoffs(one, runs[runs.regime == regime])
        rows += [{"regime": regime, "strategy": name, **judged(p, k)} for k, name in enumerate(one.names) if k]
    return pd.DataFrame(rows).round(12)


def places(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row a place of the map: what the subject is there, and whether luck may have made a sign."""
    rows, names = [], ("none", made.settings.subject)
    for (regime, cost, factor), part in runs.groupby(["regime", "cost", "factor"], sort=False):
        by = {(int(str(p).zfill(2)[0]), int(str(p).zfill(2)[1])): own.sort_values("seed")[["payoff_a", "payoff_b"]]
              .to_numpy(float) for p, own in part.groupby("profile", sort=False)}  # fmt: skip
        found = judged(Payoffs(("a", "b"), names, True, by), 1)
        rows.append({"regime": regime, "cost": cost, "factor": factor, **found})
    return pd.DataFrame(rows).round(12)


def verdict(kinds_: pd.DataFrame, places_: pd.DataFrame) -> Verdict:
    """S3-03: each adopts whatever the other does, over worlds in each regime, then over the regimes."""
    by = {REGIMES[name].en: over_all(Verdict(WORD[kind], "") for kind in kinds_[name]) for name in REGIMES}
    whole = taken_together(by)
    told_ = "; ".join(f"{name}: {found.why}" for name, found in by.items())
    grid = "; ".join(f"{REGIMES[name].en} {share(places_, name, 'dilemma')}" for name in REGIMES)
    return Verdict(whole.word, f"{whole.why}; worlds: {told_}; a dilemma at so many places of the map: {grid}")


def share(places_: pd.DataFrame, regime: str, kind: str) -> str:
    """`3 of 12`: at how many places the subject is of a kind."""
    own = places_[places_.regime == regime].kind
    return f"{int((own == kind).sum())} of {len(own)}"


# --- words ---


def ends_with(one: Asked, t: pd.DataFrame, regime: str) -> Said:
    """Where nobody would change alone: "both have no program", in words."""
    rows = t[(t.regime == regime) & t.equilibrium]
    if rows.empty:
        return Said("at rest nowhere", "无处安定")
    if len(rows) > 1:
        return Said("in one of several outcomes", "在几种结果之一")
    row, words = rows.iloc[0], names(one)
    if row.a == row.b:
        return Said(f"with {has(words[row.a])}", f"{words[row.a].zh}")
    return Said(f"apart, with {has(words[row.a])} and {has(words[row.b])}", f"{words[row.a].zh}与{words[row.b].zh}并存")


def has(name: Said) -> str:
    """A strategy with its article: "a points program", "no program"."""
    return name.en if name == NONE else article(name.en)


def names(one: Asked) -> dict[str, Said]:
    """What a manager calls the strategies."""
    shown = Played(one, alike(one, {}), pd.DataFrame())
    return {name: called(shown, k) for k, name in enumerate(one.names)}


def first(games: Mapping[str, Asked], t: pd.DataFrame) -> Said:
    """Where both end, in each regime."""
    stay, free = (ends_with(games[regime], t, regime) for regime in REGIMES)
    if stay == free:
        return Said(f"Firms that answer each other end {stay.en}, whether prices stay or move.",
                    f"无论价格变不变，互相应对的企业都以{stay.zh}告终。")  # fmt: skip
    return Said(f"Firms that answer each other end {stay.en} where prices stay, {free.en} where they re-price.",
                f"互相应对的企业，价格不变时以{stay.zh}告终；重新定价时以{free.zh}告终。")  # fmt: skip


def second(made: Plan, games: Mapping[str, Asked], places_: pd.DataFrame) -> Said:
    """On how much of the map it is a dilemma, and where that begins."""
    name = names(games[FIXED])[made.settings.subject]
    counts = {regime: (places_[(places_.regime == regime)].kind == "dilemma").sum() for regime in REGIMES}
    said = Said(
        f"On the map the {name.en} is a prisoner's dilemma in {counts[FIXED]} places where prices stay and in "
        f"{counts[FREE]} where both re-price.",
        f"图上{name.zh}在价格不变时有 {counts[FIXED]} 处是囚徒困境，双方重新定价时有 {counts[FREE]} 处。",
    )
    own = places_[(places_.regime == FIXED) & (places_.kind == "dilemma")]
    if own.empty or own.cost.max() == max(made.settings.costs):
        return said
    return said + Said("With prices that stay that takes cheap rewards.", "价格不变时，奖励须便宜才会如此。")


def sure(made: Plan, worlds: pd.DataFrame) -> Said:
    """How probable the dilemma is over worlds."""
    if made.world.seeds < FEWEST:
        return TOO_FEW
    n, counts = len(worlds), {name: int((worlds[name] == "dilemma").sum()) for name in REGIMES}
    return Said(
        f"It is a dilemma in {counts[FIXED]} of {n} worlds where prices stay, in {counts[FREE]} where both re-price; "
        "each world has one luck, and small gains may err.",
        f"在 {n} 个世界中，价格不变时有 {counts[FIXED]} 个是囚徒困境，重新定价时有 {counts[FREE]} 个；"
        "每个世界只运行一次。",
    )


ASSUMED = Said("Firms choose once, for good, and compare a single year.", "企业只选择这一次，且只比较一年的利润。")
CAUTION = Said(
    "that these programs are the best there are, or that chains differ in nothing: these are equal.",
    "这些计划是最好的，或各家没有差别：这里两家完全同等。",
)


def shown(games: Mapping[str, Asked], k: pd.DataFrame) -> Table:
    """A row a strategy: what it is in each regime, and what each firm gains if both have it."""
    words, rows = names(games[FIXED]), []
    unit = glossary.currency(games[FIXED].base.market.currency)
    for strategy in games[FIXED].names[1:]:
        cells: list[Said | str] = [words[strategy]]
        for regime in REGIMES:
            row = k[(k.regime == regime) & (k.strategy == strategy)].iloc[0]
            cells += [KINDS[row.kind], f"{row.together:+.2f} [{row.together_low:.2f}, {row.together_high:.2f}]"]
        rows.append(cells)
    both_ = Said(f"both have it, {unit.en}", f"都采用，{unit.zh}")
    return Table((Said("", ""), REGIMES[FIXED], both_, REGIMES[FREE], both_), rows)


# --- the figure ---


def draw(made: Plan, data: pd.DataFrame, said: Said):
    """Two maps side by side: what the subject is between the firms, by what rewards cost and price sensitivity."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    s = made.settings
    shades = {kind: lighter(to_rgb(colour)) for kind, colour in COLOURS.items()}
    with charts.style():
        figure, panels = charts.sheet(9.4, 4.6, columns=2, sharey=True)
        for axes, (regime, label) in zip(panels, REGIMES.items(), strict=True):
            part = data[data.regime == regime]
            picture = np.array([[shades[part[(part.cost == c) & (part.factor == f)].kind.iloc[0]] for f in s.factors]
                                for c in s.costs])  # fmt: skip
            axes.imshow(picture, aspect="auto", origin="lower")
            for row in part.itertuples():
                text = charts.signed(row.alone) + "\n" + charts.signed(row.together)
                axes.text(s.factors.index(row.factor), s.costs.index(row.cost), text, ha="center", va="center",
                          fontsize=10, color=charts.INK if row.sure else charts.GREY)  # fmt: skip
            axes.set_xticks(range(len(s.factors)), [f"{x:g}" for x in s.factors])
            axes.set_yticks(range(len(s.costs)), [f"{x:g}" for x in s.costs])
            axes.set_title(str(label), fontsize=12)
            axes.set_xlabel(str(Said("times as price sensitive", "价格敏感度的倍数")))
        panels[0].set_ylabel(str(Said("cost of a reward,\nshare of its worth", "奖励成本，\n占其价值")))
        present = [kind for kind in COLOURS if kind in set(data.kind)]
        handles = [Patch(facecolor=shades[kind], edgecolor=charts.GREY, label=str(KINDS[kind])) for kind in present]
        panels[1].legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=10)
        detail = Said(
            "Points of 1 % between two equal chains. Above: what the one who has them alone gains; below: each, if\n"
            "both have them. Pale: luck may have made a sign.",
            "两家同等连锁店之间的 1 % 积分。上：单独采用的得失；下：都采用时每家的得失。\n浅色：正负可能出于运气。",
        )
        charts.headline(figure, "\n".join(wrapped(str(said).rstrip("."), 72)), str(detail))
    return figure


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    saved = {"runs": simulate(made), "map_runs": mapped(made), "worlds": in_worlds(made)}
    return told(made, {name: experiment.as_saved(t) for name, t in saved.items()})


def told(made: Plan, saved: Mapping[str, pd.DataFrame]) -> experiment.Finding:
    """The answer from saved tables alone. saved : runs, map_runs, worlds, as their .csv"""
    games = asked(made)
    t = experiment.as_saved(table(games, saved["runs"]))
    k = experiment.as_saved(kinds(games, saved["runs"]))
    places_ = experiment.as_saved(places(made, saved["map_runs"]))
    said, opening = {"S3-03": verdict(saved["worlds"], places_)}, first(games, t)
    if made.world.seeds < FEWEST:
        said = dict.fromkeys(said, Verdict("cannot judge", "too few runs to say"))
    return experiment.Finding(
        question=Said((__doc__ or "").splitlines()[0], "互相应对的企业会选哪种计划？是囚徒困境吗？"),
        reading=Reading(opening, second(made, games, places_), sure(made, saved["worlds"]), shown(games, k), ASSUMED),
        verdicts={row: said[row] for row in made.settings.claims},
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, places_, opening),
        data=places_,
        more={**saved, "kinds": k, "map": places_},
        numbers={"card": assumed.card(made.settings)},
    )


EXPERIMENT = experiment.Script("game", Choices, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
