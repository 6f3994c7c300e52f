"""What an exploration found: two sentences, a table of a few rows and a figure for each question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from loyaltysim.measures import registry, statistics
from loyaltysim.present import charts
from loyaltysim.present.exploration_answer import explored, searched
from loyaltysim.present.format import aligned
from loyaltysim.present.sweep_answer import MONEY
from loyaltysim.present.telling import Telling
from loyaltysim.scenario.said import Said
from loyaltysim.studies.explore import Explained, Explore
from loyaltysim.studies.factors import Exploration, Factor
from loyaltysim.studies.optimise import WORST, Candidate, Search, spread
from loyaltysim.studies.protocol import Answer
from loyaltysim.studies.reading import Reading
from loyaltysim.studies.search import Optimise, Searched
from loyaltysim.studies.sensitivity import Discovery, Rule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 8  # rows of a table
MAIN = {"sobol": ("total", "first"), "morris": ("mu_star", "sigma")}


def percent(share: float) -> str:
    """A share as a person says it; estimates may lie a little outside 0 to 1."""
    return f"{100 * share:.0f} %"


def said(value: float, unit: str) -> str:
    """A number with its unit: shares in percent."""
    return f"{100 * value:.3g} %" if unit.startswith("share") else f"{value:.4g} {unit}"


def rows_of(lines: Sequence[Sequence[str]], heads: Sequence[str]) -> str:
    """A table of at most eight rows, its first column to the left."""
    title, *body = [[row[0], *(f"  {cell}" for cell in row[1:])] for row in (heads, *lines[:SHOWN])]
    return "\n".join(aligned(title, body, [0] * len(heads)))


# --- indices ---


def indices_story(outcome: str, design: str, table: pd.DataFrame) -> str:
    """What moves an outcome most, and what does not move it as far as these runs can see."""
    main = MAIN[design][0]
    top = table.iloc[0]
    if not (table[main] > 0).any():
        return f"{outcome} is the same at every point. None of {', '.join(table.factor)} moves it in these ranges."
    still = table[table[f"{main}_low"] <= 0.0].factor.tolist()
    if design == "sobol":
        first = (
            f"{outcome} moves most with {top.factor}: {percent(top.total)} of its variance comes with it "
            f"(95 % interval {percent(top.total_low)} to {percent(top.total_high)}), "
            f"{percent(top['first'])} from it alone."
        )
    else:
        unit = registry.unit(outcome)
        first = (
            f"{outcome} moves most with {top.factor}: across its range by {said(top.mu_star, unit)} on average "
            f"(95 % interval {said(top.mu_star_low, unit)} to {said(top.mu_star_high, unit)})."
        )
    if still:
        return f"{first} More points would be needed to tell the effect of {', '.join(still)} from none."
    return f"{first} Every factor moves it: fixing {table.factor.iloc[-1]}, the least of them, would lose least."


def indices_table(design: str, table: pd.DataFrame) -> str:
    """The most important factors with their indices."""
    main, other = MAIN[design]
    lines = [
        (r.factor, r.role, f"{r[main]:.3g}", f"{r[f'{main}_low']:.3g} to {r[f'{main}_high']:.3g}", f"{r[other]:.3g}")
        for _, r in table.iterrows()
    ]
    return rows_of(lines, ("factor", "role", main, "95 % interval", other))


def draw_indices(folder: Path, outcome: str, design: str, table: pd.DataFrame, note: str) -> list[Path]:
    """One row per factor: the main index with its interval, the other beside it."""
    main, other = MAIN[design]
    shown = table.iloc[:12]
    places = np.arange(len(shown))[::-1].astype(float)
    labels = {
        "total": "with all interactions (total)", "first": "alone (first order)",
        "mu_star": "mean change across its range", "sigma": "how much that depends on the others",
    }  # fmt: skip
    with charts.style():
        figure, axes = charts.sheet(8.0, 1.9 + 0.5 * len(shown))
        axes.axvline(0.0, color=charts.GREY, linewidth=0.8)
        for name, shift, colour, shape in ((main, 0.1, charts.BLUE, "o"), (other, -0.14, charts.VERMILION, "D")):
            value = shown[name].to_numpy(float)
            half = np.nan_to_num(shown[f"{name}_high"].to_numpy(float) - value)
            axes.errorbar(
                value, places + shift, xerr=half, fmt=shape, color=colour, markersize=6, elinewidth=1.8, capsize=3,
                label=labels[name],
            )  # fmt: skip
        charts.name_rows(axes, places, list(shown.factor))
        unit = "share of the variance" if design == "sobol" else registry.unit(outcome)
        axes.set_xlabel(f"{outcome}: {unit}")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, fontsize=charts.SMALL)
        about = "Sobol indices" if design == "sobol" else "Morris elementary effects"
        charts.headline(figure, f"What moves {outcome}", f"{about} with 95 % intervals (bootstrap)", note)
    return charts.save(figure, folder, f"indices_{plain(outcome)}", table)


def plain(name: str) -> str:
    """A name that can be part of a file's name."""
    return "".join(c if c.isalnum() or c in "_-" else "_" for c in name)


# --- rules ---


def rules_story(outcome: str, threshold: float, found: Discovery) -> str:
    """Where an outcome is above a threshold, and what would flip it."""
    if found.sure is None and len(found.rules) <= 1:
        side = "undefined" if not found.rules else "above" if found.rules[0].above else "at most"
        return f"{outcome} is {side} {threshold:g} at every point. Nothing in these ranges flips it."
    first = f"{outcome} is above {threshold:g} at {percent(found.share)} of the points"
    for above, words in ((True, first), (False, f"It is at most {threshold:g}")):
        best = next((r for r in found.rules if r.above == above), None)
        where = "in no part of the space that these conditions can tell apart" if best is None else (
            f"mostly where {best.words} (coverage {percent(best.coverage)}, density {percent(best.density)})"
        )  # fmt: skip
        if above:
            first = f"{words}, {where}."
        else:
            second = f"{words} {where}"
    sure = "" if found.sure is None else f"; on points held back these rules are right in {percent(found.sure)}"
    return f"{first} {second}{sure}."


def rules_table(threshold: float, rules: Sequence[Rule]) -> str:
    """Rules in plain words with coverage and density."""
    side = {True: f"above {threshold:g}", False: f"at most {threshold:g}"}
    lines = [(r.words, side[r.above], percent(r.coverage), percent(r.density), str(r.points)) for r in rules]
    return rows_of(lines, ("where", "outcome", "coverage", "density", "points"))


def draw_rules(
    folder: Path, outcome: str, threshold: float, exploration: Exploration, y: np.ndarray, found: Discovery, note: str
) -> list[Path]:
    """The points over the two factors that the rules speak of most, coloured by the side of the threshold."""
    chosen = spoken_of(exploration.factors, found.rules)
    data = pd.DataFrame(exploration.values()).assign(**{outcome: y})
    with charts.style():
        figure, axes = charts.sheet(8.0, 5.0)
        spots = [spot(exploration, f) for f in chosen] + ([y] if len(chosen) == 1 else [])
        kinds = ((y > threshold, charts.BLUE, "o", "above"), (y <= threshold, charts.VERMILION, "x", "at most"))
        for side, colour, shape, name in kinds:
            axes.scatter(
                spots[0][side], spots[1][side], color=colour, marker=shape, s=26, linewidths=1.4, alpha=0.85,
                label=f"{name} {threshold:g}: {percent(float(side.mean()))}",
            )  # fmt: skip
        for f, axis in zip(chosen, (axes.xaxis, axes.yaxis), strict=False):
            axis.set_label_text(f.key)
            if f.words:
                axis.set_ticks(range(len(f.words)), [w.partition("=")[2] for w in f.words])
        if len(chosen) == 1:
            axes.axhline(threshold, color=charts.GREY, linewidth=0.8)
            axes.set_ylabel(f"{outcome} ({registry.unit(outcome)})")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, fontsize=charts.SMALL)
        first = found.rules[0] if found.rules else None
        way = "above" if first is not None and first.above else "at most"
        words = "" if first is None else f"{way} {threshold:g} mostly where {first.words}"
        charts.headline(figure, f"Where {outcome} changes side", fill(words, 95), note)
    return charts.save(figure, folder, f"rules_{plain(outcome)}", data)


def spoken_of(factors: Sequence[Factor], rules: Sequence[Rule]) -> list[Factor]:
    """The two factors that the rules name for most points; one if there is only one."""
    weight = {f.key: sum(r.points for r in rules if f"{f.key} " in r.words) for f in factors}
    ranked = sorted(factors, key=lambda f: -weight[f.key])
    return [f for k, f in enumerate(ranked[:2]) if k == 0 or weight[f.key]]


def spot(exploration: Exploration, factor: Factor) -> np.ndarray:
    """Where points lie along a factor; categories side by side, the points of one spread over its width."""
    if not factor.words:
        return np.array([v[factor.key] for v in exploration.values()], float)
    u = exploration.places[:, exploration.factors.index(factor)]
    category = np.array([factor.option(x) for x in u], float)
    spread = np.random.default_rng(1).uniform(-0.32, 0.32, len(u))  # for the eye only
    return category + spread


# --- frontier ---


def frontier_story(search: Search, frontier: Sequence[Candidate]) -> str:
    """From the cheap end to the dear one, what would change the choice, and what new seeds say of it."""
    goals, tried, limits = search.goals, len(search.tried), " and ".join(map(str, search.bounds))
    if not frontier:
        return f"None of {tried} candidates is within {limits or 'reach'}. Wider limits or other levers are needed."
    told = [f"{', '.join(outcome_of(search, c, g.outcome) for g in goals)} at {levers(c)}" for c in frontier]
    inside = f" within {limits}" if limits else ""
    if len(frontier) == 1:
        first = f"Of {tried} candidates{inside}, one beats all others: {told[0]}."
        second = "Another choice needs another goal or limit."
    else:
        first = f"Of {tried} candidates{inside}, {len(frontier)} are beaten by no other, from {told[0]} to {told[-1]}."
        second = f"Which of them is best depends on what a unit of {goals[1].outcome} is worth in {goals[0].outcome}."
    worst = f" Counted is what each is no better than in {WORST:.0%} of worlds; shown are means."
    second += {"none": "", "mean": " Means are over worlds of what nobody knows.", "worst": worst}[search.settings.over]
    return f"{first} {second}" + (f"\n\n{confirmed_story(search)}" if search.fresh else "")


def outcome_of(search: Search, c: Candidate, outcome: str) -> str:
    """An outcome of a candidate in words: as the new seeds have it, and as it was when it was chosen."""
    chosen, unit = c.mean(outcome), registry.unit(outcome)
    if search.verdict(c.number) in ("", "failed"):
        return f"{outcome} {said(chosen, unit)}"
    [then] = in_unit([chosen], unit)
    return f"{outcome} {said(search.fresh[c.number].mean(outcome), unit)} (when chosen {then:.4g})"


def confirmed_story(search: Search) -> str:
    """How much the frontier was flattered by having been chosen, and who does not stay on it."""
    verdicts = {number: search.verdict(number) for number in search.fresh}
    lost = [f"{levers(search.fresh[n])} ({why_lost(search, n)})" for n, v in verdicts.items() if v != "stays"]
    found = [v for v in verdicts.values() if v != "failed"]
    if not found:
        return f"None of the {len(verdicts)} candidates that were run on new seeds has all its runs."
    told = []
    for g in search.goals:
        value, low, high = (f"{x:+.3g}" for x in in_unit(search.flattered(g), registry.unit(g.outcome)))
        told.append(f"{g.outcome} {value} {shown_unit(registry.unit(g.outcome))} ({low} to {high})")
    first = (
        f"On {len(search.new_seeds)} new seeds {count(len(found))} less good than when chosen, by: {', '.join(told)}."
    )
    second = "All stay." if not lost else f"{len(lost)} of {len(verdicts)} do not stay: {'; '.join(lost)}."
    return f"{first} {second}"


def count(found: int) -> str:
    """`the one is`, `the 5 are`"""
    return "it is" if found == 1 else f"the {found} are on average"


def why_lost(search: Search, number: int) -> str:
    """Why a candidate does not stay on the frontier: each limit that it breaks, or that others beat it, or failed."""
    verdict, c = search.verdict(number), search.fresh[number]
    if verdict != "outside":
        return {"beaten": "others beat it", "failed": "runs failed"}[verdict]
    broken = [b for b in search.bounds if not b.excess(c.mean(b.outcome)) <= 0.0]
    return ", ".join(f"breaks {b} with {c.mean(b.outcome):.4g}" for b in broken)


def in_unit(values: Sequence[float], unit: str) -> list[float]:
    """Shares become per cent."""
    return [100.0 * x if unit.startswith("share") else x for x in values]


def shown_unit(unit: str) -> str:
    """A unit as it stands behind a number."""
    return "%" if unit.startswith("share") else unit


def levers(candidate: Candidate) -> str:
    """`program.points.face_value=7.5, program=points`"""
    return ", ".join(
        f"{k.removeprefix('program.')}={format(v, '.4g') if isinstance(v, float) else v}"
        for k, v in candidate.values.items()
    )


def frontier_table(search: Search, frontier: Sequence[Candidate]) -> str:
    """Some candidates of the frontier: means when chosen, and on new seeds with their intervals."""
    goals = [g.outcome for g in search.goals]
    if not search.fresh:
        lines = [(levers(c), *(cell(c, name) for name in goals), str(c.seeds)) for c in spread(frontier, SHOWN)]
        return rows_of(lines, ("levers", *goals, "seeds"))
    lines = []
    for c in spread([c for c in frontier if c.number in search.fresh], SHOWN):
        verdict, new = search.verdict(c.number), search.fresh[c.number]
        cells = [(f"{c.mean(name):.4g}", "-" if verdict == "failed" else cell(new, name)) for name in goals]
        lines.append((levers(c), *(x for pair in cells for x in pair), verdict))
    return rows_of(lines, ("levers", *(x for name in goals for x in (name, "on new seeds")), "there"))


def cell(candidate: Candidate, outcome: str) -> str:
    """Mean and interval as they stand in a table."""
    value, low, high = interval(candidate, outcome)
    return f"{value:.4g} ({low:.4g} to {high:.4g})"


def interval(candidate: Candidate, outcome: str) -> tuple[float, float, float]:
    """Mean and 95 % interval over seeds."""
    assert candidate.results is not None
    e = statistics.estimate(candidate.results[outcome], "")
    value = candidate.mean(outcome)
    return value, value if e.low is None else e.low, value if e.high is None else e.high


def frontier_data(search: Search, frontier: Sequence[Candidate]) -> pd.DataFrame:
    """One row per candidate: its levers, seeds, whether it is on the frontier, each goal with its interval.

    Behind them the same on the new seeds (`_confirmed`), and in `confirmed` whether it stays: nan, 0 and "" where it
    was not run on them.
    """
    best, goals = {c.number for c in frontier}, [g.outcome for g in search.goals]
    rows = []
    for c in (c for c in search.tried if c.results is not None):
        row = {"candidate": c.number, **c.values, "seeds": c.seeds, "frontier": c.number in best}
        for g in goals:
            row |= dict(zip((g, f"{g}_low", f"{g}_high"), interval(c, g), strict=True))
        verdict = search.verdict(c.number)
        for g in goals if search.fresh else ():
            found = interval(search.fresh[c.number], g) if verdict not in ("", "failed") else (float("nan"),) * 3
            row |= dict(zip((f"{g}_confirmed", f"{g}_confirmed_low", f"{g}_confirmed_high"), found, strict=True))
        if search.fresh:
            row |= {"confirmed_seeds": len(search.new_seeds) if verdict else 0, "confirmed": verdict}
        rows.append(row)
    return pd.DataFrame(rows)


def draw_frontier(folder: Path, search: Search, frontier: Sequence[Candidate], note: str) -> list[Path]:
    """Every candidate in grey, those that no other beats joined by a line; their intervals are of the new seeds."""
    data, goals = frontier_data(search, frontier), search.goals
    x, y = goals[0].outcome if len(goals) == 2 else "candidate", goals[-1].outcome
    with charts.style():
        figure, axes = charts.sheet(8.0, 5.0)
        axes.scatter(data[x], data[y], s=18, color=charts.PALE, edgecolors=charts.GREY, linewidths=0.6, label="tried")
        best = data[data.frontier].sort_values(x)
        line = {"color": charts.BLUE, "markersize": 6, "linewidth": 1.0, "linestyle": (0, (1.5, 1.5))}
        if search.fresh:
            axes.plot(best[x], best[y], marker="o", markerfacecolor="white", label="beaten by none when chosen", **line)
            draw_confirmed(axes, best[~best.confirmed.isin(("", "failed"))], x, y)
        else:
            whiskers(axes, best, x, y, "", charts.BLUE)
            axes.plot(best[x], best[y], marker="o", label="all seeds, beaten by none: 95 % intervals", **line)
        for b in (b for b in search.bounds if b.outcome == x):
            charts.mark(axes, b.limit, f"limit {b.limit:g}")
        axes.set_xlabel(x if x == "candidate" else f"{x} ({registry.unit(x)})")
        axes.set_ylabel(f"{y} ({registry.unit(y)})")
        axes.legend(loc="best", fontsize=charts.SMALL)
        told = " and ".join(f"{'least' if g.sign > 0 else 'most'} {g.outcome}" for g in goals)
        title = "What more costs" if len(goals) == 2 else f"The best of {len(data)} candidates"
        charts.headline(figure, title, f"{told}: every candidate met the same customers and luck", note)
    return charts.save(figure, folder, "frontier", data)


def draw_confirmed(axes: Axes, rows: pd.DataFrame, x: str, y: str) -> None:
    """Candidates on the new seeds with their intervals, each tied to where it was when it was chosen."""
    across, up = (name if name == "candidate" else f"{name}_confirmed" for name in (x, y))
    axes.plot([rows[x], rows[across]], [rows[y], rows[up]], color=charts.GREY, linewidth=0.8)
    kinds = (
        (rows.confirmed == "stays", charts.BLUE, "o", "stay"),
        (rows.confirmed != "stays", charts.VERMILION, "X", "leave"),
    )
    for side, colour, shape, name in kinds:
        if side.any():
            whiskers(axes, rows[side], x, y, "_confirmed", colour)
            axes.scatter(
                rows[across][side], rows[up][side], s=40, color=colour, marker=shape, zorder=3,
                label=f"on new seeds, 95 % intervals: {name}",
            )  # fmt: skip


def whiskers(axes: Axes, rows: pd.DataFrame, x: str, y: str, ending: str, colour: str) -> None:
    """The intervals of both outcomes. ending : of their columns"""
    for name, axis in ((x, "x"), (y, "y")):
        if name == "candidate":
            continue
        mean, low, high = (rows[f"{name}{ending}{side}"] for side in ("", "_low", "_high"))
        across, up = (rows[n if n == "candidate" else f"{n}{ending}"] for n in (x, y))
        ends: dict[str, Any] = {f"{axis}err": [mean - low, high - mean]}
        axes.errorbar(across, up, fmt="none", ecolor=colour, elinewidth=1.2, alpha=0.6, **ends)


# --- what is told of an exploration and of a search ---


def finite(value: float | None) -> float | None:
    """A number for JSON; undefined is null."""
    return None if value is None or not np.isfinite(value) else float(value)


def plain_rows(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of a table for JSON."""
    return [
        {str(k): finite(v) if isinstance(v, float) else v for k, v in row.items()} for row in table.to_dict("records")
    ]


def explored_note(study: Explore, y: np.ndarray) -> str:
    """The foot of a figure."""
    design = study.sweep.design
    return f"Market: {design.points[0].scenario.market.name}. {len(y):,} points, {len(design.seeds)} seeds."


def explored_screen(answer: Answer[list[Explained]], folder: Path | None) -> str:
    """Indices and rules of every outcome, one below the other."""
    study = answer.study
    assert isinstance(study, Explore)
    settings, parts = study.exploration.settings, []
    for one in answer.found:
        lines = []
        if one.indices is not None:
            lines += [indices_story(one.name, settings.design, one.indices)]
            lines += [indices_table(settings.design, one.indices), ""]
        elif one.undefined:
            said = f"{one.name} is undefined at {one.undefined} of {len(one.y)} points, which are left out"
            lines.append(f"{said}: no indices.")
        lines.append(rules_story(one.name, settings.threshold, one.rules))
        if len(one.rules.rules) > 1:
            lines.append(rules_table(settings.threshold, one.rules.rules))
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def explored_summary(answer: Answer[list[Explained]]) -> dict[str, Any]:
    """exploration.json: indices and rules by outcome."""
    found = {}
    for one in answer.found:
        kept: dict[str, Any] = {"unit": registry.unit(one.outcome), "points": len(one.y)}
        if one.indices is not None:
            kept["indices"] = plain_rows(one.indices)
        elif one.undefined:
            kept["undefined"] = one.undefined
        kept["rules"] = [asdict(rule) for rule in one.rules.rules]
        found[one.name] = kept | {"share_above": finite(one.rules.share), "held_back": finite(one.rules.sure)}
    return found


def explored_figures(answer: Answer[list[Explained]], folder: Path) -> None:
    """Indices, and the points at which an outcome changes side."""
    study, folder = answer.study, folder / "figures"
    assert isinstance(study, Explore)
    settings = study.exploration.settings
    for one in answer.found:
        note = explored_note(study, one.y)
        if one.indices is not None:
            charts.spared(partial(draw_indices, folder, one.name, settings.design, one.indices, note), list[Path]())
        if len(one.rules.rules) > 1:
            found = (study.exploration, one.y, one.rules, note)
            charts.spared(partial(draw_rules, folder, one.name, settings.threshold, *found), list[Path]())


def confirmation(study: Optimise, search: Search) -> dict[str, object]:
    """What the new seeds say of the frontier as a whole, for frontier.json."""
    verdicts = [search.verdict(number) for number in search.fresh]
    known = any(v != "failed" for v in verdicts)
    flattered = {g.outcome: search.flattered(g) for g in search.goals} if known else {}
    parts = ("value", "low", "high")
    return {
        "seeds": list(study.ends()),
        "candidates": len(verdicts),
        "left": sum(v != "stays" for v in verdicts),
        "flattered": {k: dict(zip(parts, map(finite, v), strict=True)) for k, v in flattered.items()},
    }


def searched_screen(answer: Answer[Searched], folder: Path | None) -> str:
    """The frontier in words and as a table."""
    search, frontier = answer.found.search, answer.found.frontier
    return f"{frontier_story(search, frontier)}\n\n{frontier_table(search, frontier)}"


def searched_summary(answer: Answer[Searched]) -> dict[str, Any]:
    """frontier.json."""
    search, study = answer.found.search, answer.study
    assert isinstance(study, Optimise)
    data = frontier_data(search, answer.found.frontier)
    best = plain_rows(data[data.frontier]) if len(data) else []
    found: dict[str, Any] = {"tried": len(search.tried), "frontier": best}
    if answer.found.impossible:
        found["impossible"] = len(answer.found.impossible)
    return found | ({"confirmation": confirmation(study, search)} if search.fresh else {})


def searched_figure(answer: Answer[Searched], folder: Path) -> None:
    """Every candidate, and the frontier."""
    search, study = answer.found.search, answer.study
    assert isinstance(study, Optimise)
    if all(c.results is None for c in search.tried):
        return  # nothing to be drawn
    note = f"Market: {study.sweep.design.points[0].scenario.market.name}. Up to {search.most} seeds."
    note += f" On new seeds: {len(search.new_seeds)}." if search.fresh else ""
    charts.spared(lambda: draw_frontier(folder / "figures", search, answer.found.frontier, note), list[Path]())


def explored_reading(answer: Answer[list[Explained]], folder: Path | None) -> Reading:
    """The answer of an exploration."""
    study = answer.study
    assert isinstance(study, Explore)
    design, one = study.sweep.design, answer.found[0]
    runs = len(one.y) * len(design.seeds)
    found = explored(answer.found, study.exploration.settings, design.points[0].scenario.market, runs)
    name = next((e.name for e in answer.found if e.outcome == MONEY), one.name)
    drawn = study.exploration.settings.design in MAIN and found.table.rows
    figure = f"{folder}/figures/indices_{plain(name)}.png" if drawn and folder is not None else ""
    return replace(found, figure=figure)


def searched_reading(answer: Answer[Searched], folder: Path | None) -> Reading:
    """The answer of a search."""
    search, study = answer.found.search, answer.study
    assert isinstance(study, Optimise)
    drawn = folder is not None and any(c.results is not None for c in search.tried)
    figure = f"{folder}/figures/frontier.png" if drawn else ""
    return searched(search, answer.found.frontier, study.sweep.design.points[0].scenario.market, figure)


EXPLORED = Telling(
    screen=explored_screen, reading=explored_reading, summary=explored_summary, file="exploration.json",
    drawn=explored_figures,
    place=Said("table, figures, exploration.json: {folder}", "数据表、图、exploration.json：{folder}"),
)  # fmt: skip
SEARCHED = Telling(
    screen=searched_screen, reading=searched_reading, summary=searched_summary, file="frontier.json",
    drawn=searched_figure,
    place=Said("table, figure, frontier.json: {folder}", "数据表、图、frontier.json：{folder}"),
)  # fmt: skip
