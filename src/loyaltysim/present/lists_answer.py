"""How the lists open that are asked for as a whole: the dials, a validation, a fit of worlds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from loyaltysim.calibrate.worlds import Fitted
from loyaltysim.measures.registry import find
from loyaltysim.measures.uncertainty import FEWEST as FEWEST_WORLDS
from loyaltysim.present import assumptions, glossary
from loyaltysim.present.answer import FEWEST, ROWS, TOO_FEW
from loyaltysim.scenario.model import Market
from loyaltysim.scenario.said import Said, both
from loyaltysim.studies.dials import DIALS, Turned
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.validate.judge import TOO_CLOSE

PROFIT = "profit_per_customer"

# --- dials ---


def ranked(found: Turned) -> pd.DataFrame:
    """Dials at work by how far profit goes between their ends, farthest first. -> low, high, far, sure; index: dial"""
    table = found.table()
    live = table[(table.effect == PROFIT) & table.now.notna()].set_index("dial")
    ends = live[["change_low", "change_high"]].astype(float)
    luck = live[["change_low_low", "change_low_high", "change_high_low", "change_high_high"]].astype(float)
    sure = (
        (luck.change_low_low > 0)
        | (luck.change_low_high < 0)
        | (luck.change_high_low > 0)
        | (luck.change_high_high < 0)
    )
    far = (ends.change_high - ends.change_low).abs()
    out = pd.DataFrame({"low": ends.change_low, "high": ends.change_high, "far": far, "sure": sure})
    return out.sort_values("far", ascending=False, kind="stable")


def named(dial: str) -> Said:
    """A dial in both languages."""
    return next(Said(one.name, one.chinese) for one in DIALS if one.name == dial)


def dials(found: Turned, figure: str = "") -> Reading:
    """Which dial moves profit most, whether one turns its sign, how sure that is."""
    order, money = ranked(found), glossary.currency(found.scenario.market.currency)
    runs, table = found.scenario.seeds, found.table()
    now = float(table[table.effect == PROFIT].at_now.iloc[0])
    if runs < FEWEST:
        few = Said("Too few runs to say which dial moves profit most.", "运行次数太少，说不准哪个旋钮最影响利润。")
        return Reading(few, Said("More runs would rank them.", "更多次运行才能排出先后。"), TOO_FEW, figure=figure)
    sure = order[order.sure]
    if sure.empty:
        first = Said("No dial moves profit beyond luck.", "没有哪个旋钮对利润的影响超过运气。")
    else:
        top, one = named(str(sure.index[0])), sure.iloc[0]
        up = Said("raises", "提高") if one.high > one.low else Said("lowers", "降低")
        size = f"{one.far:.2f}"
        first = Said(
            f"The {top.en} moves profit most: from its low to its high end it {up.en} it by {size} {money.en}.",
            f"{top.zh}最影响利润：从低端到高端使其{up.zh} {size} {money.zh}。",
        )
    turned = [
        str(dial) for dial, row in order.iterrows() if np.sign(now + row.low) * np.sign(now + row.high) < 0 and row.sure
    ]
    state = Said("earns", "赚钱") if now > 0 else Said("loses", "亏损")
    if turned:
        en = " or ".join(named(dial).en for dial in turned[:2])
        zh = "或".join(named(dial).zh for dial in turned[:2])
        second = Said(
            f"As it stands the program {state.en}; turning the {en} would change that.",
            f"照现在的样子它{state.zh}；转动{zh}可以改变这一点。",
        )
    else:
        second = Said(
            f"As it stands the program {state.en}; no dial alone turns that.",
            f"照现在的样子它{state.zh}；没有哪个旋钮单独能改变这一点。",
        )
    held = Said(
        "Each dial is turned by itself and most of their ranges are assumed; luck is in the intervals of the table.",
        "每次只转一个旋钮，多数范围是假设的；运气见数据表中的区间。",
    )
    return Reading(first, second, held, figure=figure)


# --- validate ---


def validated(cells: pd.DataFrame) -> Reading:
    """Is the market real? Misses first, then what the theory is known to lack."""
    misses, known = int((cells.verdict == "miss").sum()), int((cells.verdict == "known misfit").sum())
    close, judged = int((cells.verdict == TOO_CLOSE).sum()), int(np.sum(cells.kind != ""))
    markets = cells.market.nunique()
    if misses:
        first = Said(
            f"Not every pattern is as it was observed: {misses} of {judged} miss.",
            f"并非所有规律都与观测相符：{judged} 项中有 {misses} 项不符。",
        )
    elif not judged:
        first = Said("There is no observed pattern here to hold the market against.", "这里没有可对照的观测规律。")
    else:
        first = Said(
            f"The {'market is' if markets == 1 else 'markets are'} as observed in each of {judged} patterns, "
            "but for what the theory is known to lack.",
            f"除理论已知的不足外，{judged} 项规律都与观测相符。",
        )
    if not known + close:
        lacks = Said("None is known to be lacking, none is too close to call.", "没有已知的不足，也没有无法判定的。")
    else:
        lacks = Said(
            f"The theory is known to lack {known}, and {close} are too close to call.",
            f"理论已知不足的有 {known} 项，另有 {close} 项差距太小，无法判定。",
        )
    held = Said(
        "It is judged against data of these markets alone, some of them made by the packager; luck is in each error.",
        "只用这些市场的数据来判断，其中有些由数据提供者合成；运气见各项误差。",
    )
    return Reading(first, lacks, held)


# --- worlds fit ---


def sized(name: str, market: Market) -> Said:
    """What is narrowed: a number of a run by its measure, a size that is drawn by its name."""
    try:
        return glossary.label(find(name), market)
    except KeyError:
        return assumptions.size(name)


def fitted(found: Fitted, market: Market) -> Reading:
    """How many worlds meet what is published; which targets stand against each other; what was learned."""
    tried, met = len(found.ensemble.table), found.met
    if met < FEWEST_WORLDS:
        first = Said(
            f"Too few worlds meet what is published: {met} of {tried}.",
            f"符合已发表结果的情形太少：{tried} 种中只有 {met} 种。",
        )
    else:
        first = Said(
            f"{met} of {tried} worlds meet what is published.", f"{tried} 种情形中有 {met} 种符合已发表的结果。"
        )
    against = found.ensemble.conflicts(found.targets)
    if against:
        a, b = (found.targets[name].words or name.replace("_", " ") for name in against[0])
        second = Said(f"No world meets both {a} and {b}.", "有两个目标互相矛盾，没有哪种情形同时满足。")
    else:
        second = Said("No two of the targets exclude each other.", "没有哪两个目标互相矛盾。")
    narrow = found.narrowed
    if met >= FEWEST_WORLDS and len(narrow):
        size = sized(str(narrow["size"].iloc[0]), market)
        held = Said(
            f"What is published says most about {size.en}; the rest stays nearly as unknown as before.",
            f"已发表的结果对{size.zh}说明得最多，其余几乎和以前一样未知。",
        )
    else:
        held = Said(
            "What is published says too little here to narrow anything.", "已发表的结果在这里不足以缩小任何范围。"
        )
    rows = [
        (sized(str(n), market), both(f"{s:.0%}".replace("%", " %")))
        for n, s in narrow.head(ROWS).itertuples(index=False)
    ]
    return Reading(
        first, second, held, Table((Said("narrowed", "范围缩小"), Said("by", "幅度")), rows) if rows else Table()
    )
