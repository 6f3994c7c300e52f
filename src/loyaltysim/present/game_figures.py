"""The figures of a game: what every outcome earns beside the first, and where a program is a prisoner's dilemma."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from loyaltysim.games.around import mapped
from loyaltysim.games.study import Played
from loyaltysim.present import charts, glossary
from loyaltysim.present.answer import wrapped
from loyaltysim.present.game_answer import first, on_map, too_few
from loyaltysim.present.game_words import KINDS, called, profile
from loyaltysim.scenario.said import Said

COLOURS = {
    "dilemma": charts.VERMILION, "parity": "#F0E442", "all gain": charts.GREEN,
    "nobody": charts.PALE, "nobody alone": charts.SKY,
    "some": charts.ORANGE, "all or nobody": charts.PURPLE, "mixed": "#FFFFFF",
}  # fmt: skip
ROWS = 24  # of profiles, where there is no shorter form


def board(found: Played) -> pd.DataFrame:
    """What is drawn: a row a cell. columns: row, column, value (a firm's change beside the first outcome), text, holds

    Two firms: the first firm's strategy down, the second's across. Equal firms: a firm's own strategy down, those of
    all others across. Else outcomes down, those from which least is gained by changing, and firms across.
    """
    n = len(found.asked.players)
    rows = of_two(found) if n == 2 else of_equals(found) if found.payoffs.symmetric else of_many(found)
    return pd.DataFrame(list(rows))


def change(found: Played, one: tuple[int, ...], firm: int) -> float:
    """What a firm earns in an outcome beside what it earns where all have the first strategy."""
    mean = found.payoffs.mean
    return float(mean[one][firm] - mean[(0,) * len(one)][firm])


def of_two(found: Played) -> Iterator[dict[str, Any]]:
    """Both firms' changes in every cell."""
    own, names = range(len(found.asked.names)), found.asked.players
    held = {q for p in found.pure for q in ((p, p[::-1]) if found.payoffs.symmetric else (p,))}
    for one in ((a, b) for a in own for b in own):
        a, b = (change(found, one, firm) for firm in range(2))
        text = f"{names[0]} {charts.signed(a)}\n{names[1]} {charts.signed(b)}"
        row, column = (str(called(found, k)) for k in one)
        yield {"row": row, "column": column, "value": a, "text": text, "holds": one in held}


def of_equals(found: Played) -> Iterator[dict[str, Any]]:
    """What one firm's change is, whatever the others have."""
    others = list(combinations_with_replacement(range(len(found.asked.names)), len(found.asked.players) - 1))
    for own in range(len(found.asked.names)):
        for rest in others:
            value, whole = change(found, (own, *rest), 0), tuple(sorted((own, *rest)))
            counts = [(k, rest.count(k)) for k in dict.fromkeys(rest)]
            column = "\n".join(f"{count} × {called(found, k)}" for k, count in counts)
            row = str(called(found, own))
            yield {
                "row": row,
                "column": column,
                "value": value,
                "text": charts.signed(value),
                "holds": whole in found.pure,
            }


def of_many(found: Played) -> Iterator[dict[str, Any]]:
    """Outcomes down, firms across."""
    order = sorted(found.payoffs.runs, key=lambda one: (one not in found.pure, found.regret(one).value or 0.0))
    for one in order[:ROWS]:
        for firm, name in enumerate(found.asked.players):
            value = change(found, one, firm)
            row = str(profile(found, one))
            yield {"row": row, "column": name, "value": value, "text": charts.signed(value), "holds": one in found.pure}


def draw(found: Played) -> tuple[Figure, pd.DataFrame]:
    """The payoff table as a heat map: red loses, blue gains beside the first outcome; framed: nobody would change."""
    from matplotlib.patches import Rectangle

    cells = board(found)
    rows, columns = list(dict.fromkeys(cells["row"])), list(dict.fromkeys(cells["column"]))
    values = cells["value"].to_numpy().reshape(len(rows), len(columns))
    most = float(np.abs(values).max()) or 1.0
    with charts.style():
        figure, axes = charts.sheet(max(6.6, 2.6 + 1.7 * len(columns)), 2.6 + 0.75 * len(rows))
        axes.imshow(values, cmap="RdBu", vmin=-1.6 * most, vmax=1.6 * most, aspect="auto")
        for k, cell in cells.iterrows():
            y, x = divmod(int(str(k)), len(columns))
            axes.text(x, y, cell["text"], ha="center", va="center", color=charts.INK)
            if cell["holds"] and not too_few(found):
                frame = Rectangle((x - 0.47, y - 0.46), 0.94, 0.92, fill=False, edgecolor=charts.INK, linewidth=2.5)
                axes.add_patch(frame)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xticks(range(len(columns)), [folded(column) for column in columns])
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        name(axes, found)
        charts.headline(figure, title(str(first(found)), figure), title(str(how(found)), figure), foot(found))
    return figure, cells


def folded(column: str) -> str:
    """The head of a column, no wider than the column."""
    return "\n".join(line for part in column.split("\n") for line in wrapped(part, 20))


def title(text: str, figure: Figure) -> str:
    """In as many lines as a sheet of this width needs."""
    return "\n".join(wrapped(text, int(9.2 * figure.get_size_inches()[0])))


def name(axes: Any, found: Played) -> None:
    """What stands down and across."""
    firms = found.asked.players
    if len(firms) == 2:
        axes.set_ylabel(str(Said(f"firm {firms[0]}", f"企业 {firms[0]}")))
        axes.set_xlabel(str(Said(f"firm {firms[1]}", f"企业 {firms[1]}")))
    elif found.payoffs.symmetric:
        axes.set_ylabel(str(Said("one firm", "一家企业")))
        axes.set_xlabel(str(Said("all other firms", "其他企业")))


def how(found: Played) -> Said:
    """What the numbers of the table are."""
    money, base = glossary.currency(found.asked.base.market.currency), called(found, 0)
    return Said(
        f"Profit beside {base.en} at every firm, {money.en} per customer and year. Framed: no firm would change alone.",
        f"与每家企业都是“{base.zh}”相比的利润，每位客户每年（{money.zh}）。粗框：没有企业会单独改变。",
    )


def foot(found: Played, seeds: int | None = None, people: int | None = None) -> str:
    """Market, runs, people, notice."""
    s = found.asked.base
    n, runs = people or s.customers.n, seeds or found.seeds
    said = Said(
        f"Market: {s.market.name}. {runs} runs of {n:,} customers, all the same in every outcome.",
        f"市场：{s.market.name}。{n:,} 位客户运行 {runs} 次，每种结果下都相同。",
    )
    notice = "\n" + "\n".join(wrapped(s.market.notice, 90)) if s.market.notice else ""
    return f"{said}{notice}"


def draw_map(found: Played) -> tuple[Figure, pd.DataFrame]:
    """What the mapped strategy is between firms, over the cost of its rewards and price sensitivity."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    m, strategy = found.map, mapped(found.asked)
    assert strategy is not None
    across = list(dict.fromkeys(m.price_sensitivity))
    down = list(dict.fromkeys(m.k))
    kinds = m.kind.to_numpy().reshape(len(down), len(across))
    shades = {kind: lighter(to_rgb(colour)) for kind, colour in COLOURS.items()}
    picture = np.array([[shades[kind] for kind in row] for row in kinds])
    with charts.style():
        figure, axes = charts.sheet(8.4, 2.4 + 0.55 * len(down))
        axes.imshow(picture, aspect="auto", origin="lower")
        for k, row in enumerate(m.itertuples()):
            y, x = divmod(k, len(across))
            text = charts.signed(float(str(row.alone))) + "\n" + charts.signed(float(str(row.together)))
            axes.text(x, y, text, ha="center", va="center", fontsize=charts.SMALL,
                      color=charts.INK if row.sure else charts.GREY)  # fmt: skip
        axes.set_xticks(range(len(across)), [f"{x:.3g}" for x in across])
        axes.set_yticks(range(len(down)), ["" if np.isnan(k) else f"{100.0 * k:.0f} %" for k in down])
        axes.set_xlabel(str(Said("price sensitivity, utility per price", "价格敏感度（每单位价格的效用）")))
        axes.set_ylabel(str(Said("cost of rewards k,\nshare of face value", "奖励成本 k\n（占面值）")))
        handles = [
            Patch(facecolor=shades[k], edgecolor=charts.GREY, label=str(KINDS[k])) for k in COLOURS if k in kinds
        ]
        axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0))
        where = Said(
            f"The {called(found, strategy).en}: above, what a firm gains by having it alone; below, what each gains if "
            "all have it. Pale numbers: luck may have made a sign.",
            f"{called(found, strategy).zh}：上为单独采用的得失，下为都采用时每家的得失。浅色：正负可能出于运气。",
        )
        charts.headline(figure, title(str(on_map(found, strategy)), figure), title(str(where), figure), few(found))
    return figure, m


def lighter(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    """A colour on which numbers can be read."""
    red, green, blue = (0.45 + 0.55 * x for x in colour)
    return red, green, blue


def few(found: Played) -> str:
    """The foot of the map: it has fewer runs and people."""
    from loyaltysim.games.around import PEOPLE, SEEDS

    s = found.asked.base
    return foot(found, min(SEEDS, s.seeds), min(PEOPLE, s.customers.n))
