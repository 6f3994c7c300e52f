"""Write docs/evidence.md: what is published about a size, what ships for it, and what the product shows with that.

python tools/evidence.py > docs/evidence.md        runs every world of `ROWS` (some minutes)

A row that names no number of a run says so with a dash: nothing here is shown by words alone. A test runs the worlds
again and holds the page to what they say.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from loyaltysim import run
from loyaltysim.configure.compose import components, compose
from loyaltysim.scenario.read import parameters
from loyaltysim.studies.single import Records

SMALL = ("customers.n=1000", "seeds=6", "compute.processes=1")
POINTS = ("scenario=grocery_points", "vary=[]")
CARD = (
    "market=cafe",
    "program=stamps",
    "market.rho=1",
    "program.membership.ask=1",
    "program.membership.hassle=0",
    "program.membership.scale=0.01",
    "record.log=true",
    "focal=corner",
)
TOUCHED = ("market=grocery", "policy=launch", "behaviour=bond", "weeks=104")

HEAD = """\
# Every behavioural default beside its evidence

Written by `make evidence`; a test runs the same worlds again. **Published**: what a study found, where. **Ships**: the
default. **Shown**: what the shipped default gives here, mean of {seeds} runs and standard error in brackets, and
whether it lies within the published range. `assumed` means that nobody has measured it for such a market; it belongs
into a sensitivity study, and answers name it where it decides.

| parameter | ships | published | shown here | agrees |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One size.

    key       as `show parameters` lists it             ships     the default, as a word
    published effect and source; "assumed" for none     world     the words of the run that shows it
    number    of its summary                            low, high the published range, in the number's unit
    scale     shown times this                          unit      as shown
    """

    key: str
    published: str
    world: tuple[str, ...] = ()
    number: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    scale: float = 1.0
    unit: str = ""
    less: str = ""  # another number that is taken off


ROWS = (
    Row("customers.price_sensitivity", "own-price elasticity -1.2 (crackers) and -2.3 (catsup), mixed logit of scanner "
        "panels; that chains are as brands is assumed", POINTS, "elasticity", -2.5, -1.1, unit="elasticity"),
    Row("program.points.face_value", "grocers give .5 to 3.1 % of spending (UK 1995 to 2016)",
        POINTS, "reward_rate", 0.005, 0.0313, 100.0, "% of spending"),
    Row("program.membership.hassle", "53 % of grocery customers enrolled, in programs that had run for years "
        "(Cigliano et al. 2000): here after three", (*POINTS, "weeks=208"), "enrolled_share", 0.40, 0.66, 100.0,
        "% of customers"),
    Row("program.membership.ask", "assumed: enrolment takes 6 to 12 months"),
    Row("program.stamps.strength", "last gap of a card 20 % shorter than the first (Kivetz et al. 2006); none in a "
        "coalition (Nastasoiu et al. 2021)", CARD, "last_gap", 0.10, 0.30, 100.0, "% shorter, in visits to all shops"),
    Row("program.stamps.endowed", "34 % against 19 % of cards filled (Nunes & Dreze 2006): with lost cards only"),
    Row("program.points.cost", "assumed"),
    Row("program.points.perceived", "assumed; a third of what is issued is never redeemed (COLLOQUY 2011)"),
    Row("customers.links.reward", "sign: satisfaction moves transactional, trust relational customers (Garbarino & "
        "Johnson 1999); size assumed", POINTS, "transactional_lift", 0.0, scale=100.0,
        unit="points of lift more than emotional people", less="emotional_lift"),
    Row("what they add up to", "incentive-driven 1.74 % of sales, one coalition (Nastasoiu et al. 2021); no error is "
        "published, half of it is assumed", POINTS, "driven_share", 0.0087, 0.0261, 100.0, "% of members' sales"),
    Row("what they add up to", "the naive member effect is about 7 times the true one (Leenheer et al. 2007)",
        POINTS, "naive_over_true", 3.0, 14.0, unit="times"),
    Row("what they add up to", "among members light buyers rise more than heavy ones (Liu 2007)", POINTS,
        "heavy_less_light", high=0.0, scale=100.0, unit="points of lift that heavy members rise more than light ones"),
    Row("what they add up to", "a typical grocer needs 5 % more sales to break even (McKinsey 2013)",
        POINTS, "break_even_lift", 0.03, 0.07, 100.0, "% of sales"),
    Row("behaviour.bond.premium", "effects of commitment are rather small (Verhoef 2003); a retailer's own label has 2 "
        "points, at most 7, more of its buyers' purchases than its size explains", (*TOUCHED, "program=recognition"),
        "lift_share_points", 0.0, 0.07, 100.0, "points of share"),
    Row("program.recognition.effect", "assumed; at or below its break-even", (*TOUCHED, "program=recognition"),
        "profit_per_customer", high=0.0, unit="USD per customer and year"),
    Row("program.contact.effect", "assumed; at or below its break-even", (*TOUCHED, "program=contact"),
        "profit_per_customer", high=0.0, unit="USD per customer and year"),
    Row("program.community.premium", "assumed; at or below its break-even", (*TOUCHED, "program=community"),
        "profit_per_customer", high=0.0, unit="USD per customer and year"),
    Row("behaviour.bond.half_life", "assumed"),
    Row("behaviour.habit.premium", "3 % (catsup) and 9 % (crackers) of the price once tastes vary; judged market by "
        "market: `loyaltysim validate baseline=b`"),
    Row("behaviour.word_of_mouth.*", "assumed"),
    Row("program.service.recovery", "no paradox on behaviour (de Matos et al. 2007): none built in"),
    Row("program.referral.reward", "25 euro for a customer worth 40 euro more (Schmitt et al. 2011); elsewhere smaller "
        "margins (Wolters & Gedenk 2019): size assumed"),
)  # fmt: skip


def last_gap(records: Records, needed: int = 10) -> tuple[float, float]:
    """How much shorter the last gap of a full card is than its first, in visits to all shops; and its standard error.

    Of everybody who joins at the first visit; cards from the second on. Error by the delta method over gaps.
    """
    firm, people = records.scenario.focal, records.customers
    members = people.customer[people[f"joined_{firm}"] >= 0]
    log = records.log[(records.log.arm == "with") & records.log.customer.isin(members)]
    log = log.sort_values(["customer", "week", "occasion"], kind="stable")
    log["at"] = log.groupby("customer").cumcount()
    here = log[log.firm == firm].copy()
    gap, stamp = here.groupby("customer")["at"].diff(), here.groupby("customer").cumcount()
    here["card"] = stamp // needed
    whole = (here.groupby(["customer", "card"])["at"].transform("size") == needed) & (stamp >= needed)
    first, last = (gap[whole & (stamp % needed == k)] for k in (0, needed - 1))
    ratio = last.mean() / first.mean()
    spread = sum(gaps.var() / gaps.mean() ** 2 / len(gaps) for gaps in (first, last))
    return float(1.0 - ratio), float(ratio * spread**0.5)


def shown(records: Records, row: Row) -> tuple[float, float]:
    """Mean and standard error of a row's number."""
    if row.number == "last_gap":
        value, error = last_gap(records)
        return row.scale * value, row.scale * error
    parts = [records.summary[name] for name in (row.number, row.less) if name]
    value = parts[0]["value"] - sum(part["value"] for part in parts[1:])
    errors = [(part["high"] - part["low"]) / 2.0 / 2.571 for part in parts]  # Student, 5 degrees of freedom
    return row.scale * value, row.scale * sum(e * e for e in errors) ** 0.5


def agrees(row: Row, value: float, error: float) -> str:
    """Does what is shown lie in the published range, by four standard errors?"""
    low, high, reach = row.scale * row.low, row.scale * row.high, 4.0 * error
    if low <= value <= high:
        return "yes"
    return "too close to say" if low - reach <= value <= high + reach else "no"


def lines(rows: Iterable[Row] = ROWS) -> Iterable[str]:
    """The table, row by row; each world is run once."""
    found: dict[tuple[str, ...], Records] = {}
    ships = {p.key: p.default for p in parameters(components())}
    for row in rows:
        told = ["-", "-"]
        if row.world:
            if row.world not in found:
                found[row.world] = run(compose([*row.world, *SMALL]))
            value, error = shown(found[row.world], row)
            told = [f"{value:.2f} ({error:.2f}) {row.unit}", agrees(row, value, error)]
        yield f"| `{row.key}` | {ships.get(row.key, '-')} | {row.published} | {told[0]} | {told[1]} |"


if __name__ == "__main__":
    sys.stdout.write(HEAD.format(seeds=6) + "\n".join(lines()) + "\n")
