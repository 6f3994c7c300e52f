"""Does answering complaints keep customers?

Why it is contested   Complaints answered fast and well are said to keep customers (S1-09), even to make them more loyal
                      than if nothing had failed (S3-59, the recovery paradox). A meta-analysis finds the paradox in
                      satisfaction, not in repurchase; severe failures leave a mark even when made good.
Design                Two industries with published churn. The leader answers no complaint, or every complaint, or makes
                      every one undone at once, or answers people in whom the paradox was put. The four share their
                      luck, so the same people suffer the same failures, and what an answer changes is seen person by
                      person at the renewals after it. All that is assumed is drawn anew in each world.
What would change     Worlds in which unanswered customers renew as often or more: where only surprise counts they can,
our mind              for who expects little is pleased later. A paradox that shows without being put in, or that does
                      not show although it is. That answers pay is no finding: their price is assumed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from loyaltysim.cli.experiment import main
from loyaltysim.configure.compose import components
from loyaltysim.market.model import Market
from loyaltysim.measures.statistics import ratio_of_means
from loyaltysim.measures.verdict import ENOUGH, Verdict, over_worlds
from loyaltysim.present import charts
from loyaltysim.present.answer import FEWEST, TOO_FEW
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.read import changed
from loyaltysim.scenario.reader import ConfigError, Problem
from loyaltysim.scenario.said import Said
from loyaltysim.scenario.terms import term
from loyaltysim.studies import assumed, experiment, redrawn
from loyaltysim.studies.assumed import middle
from loyaltysim.studies.experiment import spread
from loyaltysim.studies.reading import Reading, Table
from loyaltysim.studies.redrawn import LUCK, WORLD, around, more_or_less

ARMS = {  # what the leader does, or what people are like, as keys
    "silent": {"program.service.recovery": 0.0},
    "answered": {},
    "undone": {"program.service.recovery_quality": 1.0, "program.service.response_time": 0.0},
    "paradox": {},
}  # fmt: skip
CONTRASTS = {  # name: (arm, less arm)
    "kept": ("answered", "silent"), "plain": ("answered", "undone"), "strange": ("paradox", "undone"),
}  # fmt: skip
INDUSTRIES = {"bank": Said("banks", "银行业"), "telecom": Said("telephony", "电信业")}


@dataclass(frozen=True)
class Recovery:
    """What varies and how it is judged."""

    claims: tuple[str, ...] = term((), "row of the claims' sources")
    industries: tuple[str, ...] = term((), "market")
    worlds: int = term(48, "worlds", 1, 10_000)
    margin: float = term(0.005, "share of renewals", 1e-9, 1.0, doc="smallest difference that anybody would act on")
    cost: float = term(1.0, "money an answer", 0.0, 1e5)
    paradox: float = term(1.5, "share of the harm", 0.0, 2.0, doc="where it is put in")
    answer: tuple[str, ...] = term((), "key=value", doc="how the leader answers complaints")
    held: tuple[str, ...] = term((), "key", doc="what is not drawn")
    drawn: tuple[str, ...] = term((), "", doc="what is assumed, as lines of conf/worlds/evidence.yaml")


Plan = experiment.Plan[Recovery]


# --- worlds ---


def bases(made: Plan) -> dict[str, Scenario]:
    """The world of each industry in which the leader answers."""
    s = made.settings
    answer = [*s.answer, f"program.service.recovery_cost={s.cost}"]
    return {industry: made.changed([f"market={industry}", *answer]) for industry in s.industries}


def four(base: Scenario, paradox: float) -> tuple[Scenario, ...]:
    """No complaint answered, all answered, all undone at once, all answered where the paradox is put in."""
    more = {"paradox": {"behaviour.experience.paradox": paradox}}
    keys = [{"behaviour.experience.paradox": 0.0, **change, **more.get(name, {})} for name, change in ARMS.items()]
    return tuple(changed(base, own, components()) for own in keys)


def check(made: Plan) -> None:
    """Refuse industries without contracts, and markets in which nobody would complain. Raises ConfigError."""
    s, problems = made.settings, []
    for industry in s.industries:
        world = made.changed([f"market={industry}"])
        if world.market.setting != "contract":
            problems.append(
                Problem("experiment.industries", "has no contracts: nobody decides whether to stay", industry)
            )
        feel = world.behaviour.get("experience")
        if feel is None or feel.failure * feel.severity * feel.voice == 0.0:
            problems.append(
                Problem("behaviour.experience", "needs failure, severity and voice above 0: nobody complains")
            )
    if problems:
        raise ConfigError(problems)


# --- runs ---


def live(names: tuple[str, ...], paradox: float, scenarios: Sequence[Scenario], seed: int) -> dict[str, float]:
    """All industries of one world. -> what `keep` sums, as `<industry>/<name>`"""
    done = {name: keep((four(base, paradox), seed)) for name, base in zip(names, scenarios, strict=True)}
    return {f"{industry}/{name}": value for industry, sums in done.items() for name, value in sums.items()}


def keep(job: tuple[tuple[Scenario, ...], int]) -> dict[str, float]:
    """Run the four worlds of one seed week by week, side by side. -> sums; money in cents

    touched : renewals of the leader's customers whose satisfaction a complaint has marked, as long as they have had the
    same contract in all worlds;  kept_*, felt_* : of these renewed, and their satisfaction, summed;  felt2 : its square
    in `undone`;  turned_<contrast> : renewals that differ;  gain : profit before the cost of answers, less silent's
    """
    worlds, seed = job
    runs = [Market(world, seed) for world in worlds]
    people, length = [run.population for run in runs], worlds[0].behaviour["renewal"].term
    leader = list(worlds[0].firms).index(worlds[0].focal)
    names = ["touched", "felt2", *(f"{w}_{k}" for w in ("kept", "felt") for k in ARMS)]
    sums: dict[str, float] = dict.fromkeys([*names, *(f"turned_{k}" for k in CONTRASTS)], 0.0)
    for week in range(worlds[0].weeks):
        due = (week - people[0]["started"] + 1) % length == 0
        for one in people:
            due &= (one["provider"] == leader) & (one["started"] == people[0]["started"])
        feeling = [one["sat"][:, leader].copy() for one in people]
        rows = np.flatnonzero(due & (feeling[0] != feeling[2]))
        for run in runs:
            run.step()
        sums["touched"] += len(rows)
        sums["felt2"] += float((feeling[2][rows] ** 2).sum())
        kept = {name: one["provider"][rows] == leader for name, one in zip(ARMS, people, strict=True)}
        for name, felt in zip(ARMS, feeling, strict=True):
            sums[f"kept_{name}"] += float(kept[name].sum())
            sums[f"felt_{name}"] += float(felt[rows].sum())
        for name, (one, less) in CONTRASTS.items():
            sums[f"turned_{name}"] += float((kept[one] != kept[less]).sum())
    silent, answered = (run.book().weekly.query(f"firm == '{worlds[0].focal}'") for run in runs[:2])
    sums["gain"] = float(answered.profit.sum() + answered.recovery.sum() - silent.profit.sum())
    return sums | {"answers": float(answered.recoveries.sum())}


# --- what is read off the runs ---


def read(made: Plan, runs: pd.DataFrame) -> pd.DataFrame:
    """A row a world and industry: differences per renewal with their errors, and what an answer is worth.

    kept, plain, strange : share of renewals, see CONTRASTS; *_error : its standard error of luck; *_felt : satisfaction
    worth : money per answer;  retention : of undone;  felt_sd : of satisfaction
    """
    rows = []
    for industry in made.settings.industries:
        part = {name.split("/")[1]: runs[name] for name in runs if name.startswith(f"{industry}/")}
        n = part["touched"].where(part["touched"] > 0)
        row = pd.DataFrame({"industry": industry, "kind": runs.kind, "at": runs["at"], "touched": part["touched"]})
        for name, (one, less) in CONTRASTS.items():
            row[name] = (part[f"kept_{one}"] - part[f"kept_{less}"]) / n
            row[f"{name}_error"] = np.sqrt(np.maximum(part[f"turned_{name}"], 1.0)) / n
            row[f"{name}_felt"] = (part[f"felt_{one}"] - part[f"felt_{less}"]) / n
        row["worth"] = part["gain"] / 100.0 / part["answers"].where(part["answers"] > 0)
        row["retention"] = part["kept_undone"] / n
        row["felt_sd"] = np.sqrt(part["felt2"] / n - (part["felt_undone"] / n) ** 2)
        rows.append(row)
    return pd.concat(rows, ignore_index=True)


def judged(rows: pd.DataFrame, name: str, margin: float) -> Verdict:
    """A difference over all worlds and industries, from the verdict of each."""
    found = [more_or_less(around(v, e), margin) for v, e in zip(rows[name], rows[f"{name}_error"], strict=True)]
    return over_worlds(found)


def verdicts(made: Plan, rows: pd.DataFrame) -> dict[str, Verdict]:
    """One a row of the claims, by its own criterion: do the recovered stay more, more than the never failed?"""
    margin = made.settings.margin
    kept, plain, strange = (judged(rows, name, margin) for name in CONTRASTS)
    return {"S1-09": kept, "S3-59": of_the_paradox(plain, strange)}


def of_the_paradox(plain: Verdict, strange: Verdict) -> Verdict:
    """The recovered renew more than the never failed: wired if only where it is put in, else as it is without."""
    why = f"without the paradox {plain.word} ({plain.why}); where it is put in {strange.word} ({strange.why})"
    if strange.word == "supported" != plain.word:
        return Verdict("wired", f"one assumption is the claim: {why}")
    return Verdict(plain.word, why)


def table(made: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """A row an industry and number: over worlds, median and 90 %; of luck, mean and 95 %; the worlds' verdicts."""
    found = []
    for industry in made.settings.industries:
        part = rows[rows.industry == industry]
        drawn, luck = part[part.kind == WORLD], part[part.kind == LUCK]
        for name in (*CONTRASTS, *(f"{c}_felt" for c in CONTRASTS), "worth"):
            value, low, high = middle(drawn[name])
            row = {"industry": industry, "number": name, "worlds_value": value, "worlds_low": low, "worlds_high": high}
            row |= spread("luck", ratio_of_means(luck[name].tolist(), [1.0] * len(luck), ""))
            row["verdict"] = judged(drawn, name, made.settings.margin).word if name in CONTRASTS else "arithmetic"
            found.append(row | {"needed": study(drawn, name)})
    return pd.DataFrame(found).round(12)


def study(rows: pd.DataFrame, name: str) -> float:
    """Customers a group that a study would need to see a difference in the median world. rows : of one industry"""
    if name in CONTRASTS:
        kept = float(rows.retention.median())
        return needed(float(rows[name].median()), math.sqrt(kept * (1.0 - kept)))
    return needed(float(rows[name].median()), float(rows.felt_sd.median())) if name != "worth" else math.nan


def needed(effect: float, sd: float) -> float:
    """How many answered and how many unharmed customers a study needs to see a difference with 80 % power at 5 %."""
    return math.inf if effect == 0.0 else 2.0 * ((1.959964 + 0.841621) * sd / effect) ** 2


# --- words ---


def first(word: str, points: float, pleased: bool) -> Said:
    """What answers do, in a sentence chosen by the verdict.

    points : renewals in a hundred, middle world;  pleased : are the answered more satisfied in four worlds of five
    """
    x = f"{abs(points):.1f}"
    nil = Said("Answering complaints keeps hardly any customer.", "答复投诉几乎留不住客户。")
    if pleased:
        nil = Said(
            "Answering complaints pleases customers but keeps hardly any of them.",
            "答复投诉让客户高兴，却几乎留不住人。",
        )
    said = {
        "supported": Said(
            f"Answering complaints keeps customers: {x} more renewals in 100 after a complaint.",
            f"答复投诉能留住客户：投诉之后每 100 次续约多 {x} 次。",
        ),
        "refuted": Said(
            f"Answering complaints loses customers: {x} fewer renewals in 100 after a complaint.",
            f"答复投诉反而失去客户：投诉之后每 100 次续约少 {x} 次。",
        ),
        "practically nil": nil,
        "depends": Said(
            "Whether answering complaints keeps customers depends on what they are like.",
            "答复投诉能否留住客户，取决于客户是怎样的人。",
        ),
    }
    open_ = Said(
        "We cannot tell yet whether answering complaints keeps customers.", "答复投诉能否留住客户，现在还说不准。"
    )
    return said.get(word, open_)


PARADOX = {  # by the verdict of the paradox
    "wired": Said(
        "That a good answer makes people more loyal than no failure shows only where we put it in.",
        "“答复得好比没出错更忠诚”只在我们预先设定时才出现。",
    ),
    "supported": Said(
        "Answered customers stay even more than those whom nothing befell.",
        "得到答复的客户比没遇到差错的客户更留得住。",
    ),
    "refuted": Said(
        "Answered customers stay less than those whom nothing befell.", "得到答复的客户仍不如没遇到差错的客户留得住。"
    ),
    "practically nil": Said(
        "Answered customers stay about as much as those whom nothing befell.",
        "得到答复的客户与没遇到差错的客户留得差不多。",
    ),
}
OPEN = Said(
    "Whether the answered stay more than those whom nothing befell cannot be told.",
    "得到答复的客户是否比没遇到差错的客户更留得住，说不准。",
)


def turns(hung: Said | None, paradox: str) -> Said:
    """What it hangs on, and what became of the paradox. paradox : its verdict"""
    if hung is None:
        return Said("No single assumption decides how many.", "没有哪个假设单独决定留住多少。") + PARADOX.get(
            paradox, OPEN
        )
    on = Said(f"How many hangs most on {hung.en}.", f"留住多少，主要看{hung.zh}。")
    return on + PARADOX.get(paradox, OPEN)


def carried(made: Plan, rows: pd.DataFrame, runs: pd.DataFrame) -> Said | None:
    """What the size is called on which most of the kept renewals hang, in the first industry."""
    one = rows[rows.industry == made.settings.industries[0]].set_index("at")
    drawn = runs[runs.kind == WORLD].set_index("at").assign(kept=one.kept)
    return redrawn.named(drawn, sizes_of(made), "kept")


def sizes_of(made: Plan) -> list:
    """What is drawn."""
    s = made.settings
    base = next(iter(bases(made).values()))
    return redrawn.sizes(base, s.drawn, s.held, f"conf/experiment/{made.name}.yaml")


def sure(made: Plan, drawn: pd.DataFrame, luck: pd.DataFrame) -> Said:
    """What nobody knows first, luck second."""
    s = made.settings
    told = Said(
        "What nobody knows was drawn anew in each world; the table shows where 90 of 100 worlds lie.",
        "没人知道的数在每个世界里重新抽取；表中是 100 个世界里 90 个所在的范围。",
    )
    if made.world.seeds < FEWEST:
        return told + TOO_FEW
    one = s.industries[0]
    return told + redrawn.how_much_luck(drawn[drawn.industry == one].kept, luck[luck.industry == one].kept)


def shown(made: Plan, t: pd.DataFrame) -> Table:
    """Three rows: the contrasts in renewals of a hundred; a column an industry."""
    labels = {
        "kept": Said("more renewals in 100, answered against silence", "续约增减（%）：答复对比不理"),
        "plain": Said("answered against no failure", "答复对比没出错"),
        "strange": Said("the same, paradox put in", "同上，预先设定悖论"),
    }
    by = t.set_index(["industry", "number"])
    rows = [[label, *(span(by.loc[(i, name)]) for i in made.settings.industries)] for name, label in labels.items()]
    return Table([Said("", ""), *(INDUSTRIES.get(i, Said(i, i)) for i in made.settings.industries)], rows)


def span(row: Mapping[str, float]) -> str:
    """0.3 [0.1, 0.9]: the median over worlds and where 90 of 100 lie."""
    value, low, high = (f"{round(100.0 * row[f'worlds_{n}'], 1) + 0.0:.1f}" for n in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def break_even(made: Plan, drawn: pd.DataFrame) -> dict[str, str | float]:
    """What an answer is worth against what it costs: arithmetic, for the cost is typed in. money per answer"""
    value, low, high = middle(drawn.worth)
    found = f"{value:.2f} ({low:.2f} to {high:.2f})"
    why = f"compares what an answer is worth, {found}, with an assumed {made.settings.cost:g}"
    return {"word": "arithmetic", "why": why, "worth": value, "worlds_low": low, "worlds_high": high}


CAUTION = Said(
    "that answers pay: what one costs is assumed, so whether its worth exceeds that is arithmetic. Rivals hear nothing "
    "here and nobody tells others; the paradox is a hypothesis, off unless put in.",
    "答复划算：答复的成本是假设的，划不划算只是算术。这里对手毫不知情，客户也不告诉别人；悖论只是假说，不设定就没有。",
)


# --- the figure ---


def lines(t: pd.DataFrame) -> pd.DataFrame:
    """What is drawn: industry, number, value, low, high; renewals in a hundred."""
    part = t[t.number.isin(CONTRASTS)]
    ends = {name: 100.0 * part[f"worlds_{name}"] for name in ("value", "low", "high")}
    return part[["industry", "number"]].assign(**ends).reset_index(drop=True)


def draw(made: Plan, data: pd.DataFrame, said: Said):
    """One panel: renewals in a hundred that an answer adds or lacks, against silence and against no failure."""
    names = {
        "kept": Said("answered, against\nno answer", "答复，对比不理"),
        "plain": Said("answered, against\nno failure", "答复，对比没出错"),
        "strange": Said("the same, with the\nparadox put in", "同上，预先设定悖论"),
    }
    with charts.style():
        figure, axes = charts.sheet(8, 4.4)
        axes.axvline(0.0, color=charts.GREY, linewidth=0.9)
        places = np.arange(len(names))[::-1].astype(float)
        for k, industry in enumerate(made.settings.industries):
            part = data[data.industry == industry].set_index("number").loc[list(names)]
            at = places + 0.13 - 0.26 * k
            axes.hlines(at, part.low, part.high, color=charts.PALETTE[k], linewidth=2.4)
            axes.plot(part.value, at, "os"[k % 2], color=charts.PALETTE[k], markersize=8,
                      label=str(INDUSTRIES.get(industry, Said(industry, industry))))  # fmt: skip
        charts.name_rows(axes, places, [str(label) for label in names.values()])
        axes.set_xlabel(str(Said("more renewals in 100 after a complaint", "投诉之后每 100 次续约多几次")))
        axes.set_ylim(-0.6, len(names) - 0.05)
        axes.legend(loc="upper right", ncols=2)
        detail = Said(
            f"Dot: the middle of {made.settings.worlds} worlds in which all that is assumed is drawn anew;\n"
            "line: 90 of 100 worlds.",
            f"点：{made.settings.worlds} 个世界的中位数，所有假设在每个世界重新抽取；\n"
            "线：100 个世界里 90 个所在的范围。",
        )
        charts.headline(figure, wrapped(str(said)), str(detail))
    return figure


def wrapped(title: str) -> str:
    """A headline in lines that a figure holds."""
    head, colon, rest = title.partition(": ")
    return f"{head}:\n{rest}" if colon else title.replace("：", "：\n")


# --- all together ---


def answer(made: Plan) -> experiment.Finding:
    """Run, judge, draw."""
    check(made)
    s = made.settings
    task = partial(live, s.industries, s.paradox)
    return told(
        made,
        redrawn.lives(task, bases(made), sizes_of(made), s.worlds, made.world.seeds, made.world.compute.processes),
    )


def told(made: Plan, runs: pd.DataFrame) -> experiment.Finding:
    """The answer from saved tables alone: runs.csv."""
    runs = experiment.as_saved(runs)
    rows = read(made, runs)
    drawn, luck = rows[rows.kind == WORLD], rows[rows.kind == LUCK]
    t, found = experiment.as_saved(table(made, rows)), verdicts(made, drawn)
    pleased = float((drawn.kept_felt > 0.0).mean()) >= ENOUGH
    opening = first(found["S1-09"].word, 100.0 * float(drawn.kept.median()), pleased)
    second = turns(carried(made, drawn, runs), found["S3-59"].word)
    data = lines(t)
    return experiment.Finding(
        question=Said((__doc__ or "").splitlines()[0], "答复投诉能留住客户吗？"),
        reading=Reading(opening, second, sure(made, drawn, luck), shown(made, t)),
        verdicts=found,
        caution=CAUTION,
        table=t,
        draw=partial(draw, made, data, opening),
        data=data,
        more={"runs": runs},
        numbers={"card": assumed.card(made.settings), "break_even": break_even(made, drawn)},
    )


EXPERIMENT = experiment.Script("recovery", Recovery, answer)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT, sys.argv[1:]))
