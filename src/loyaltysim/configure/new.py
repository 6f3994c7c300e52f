"""`loyaltysim new cafe > mine.yaml`: a market in plain words, a line each, to be changed and laid over by with=."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from loyaltysim.configure import yaml as plain_yaml
from loyaltysim.configure.asked import instead, refuse
from loyaltysim.configure.compose import checked, layers
from loyaltysim.configure.folders import groups
from loyaltysim.configure.own import OTHERS, YEARLY, margin_of
from loyaltysim.scenario.model import Firm, Scenario

SMALL = 10.0  # money of a purchase below which a card of stamps is usual
CARD = 10  # stamps
EARNS = 500.0  # money a year spent at a firm, from which on a reward for 500 points comes within a year
HEAD = """\
# {name} with your numbers. Change them, then:  loyaltysim run with=mine.yaml
#                                         or:  loyaltysim compare with=mine.yaml programs=[{designs}]
# What is not here is as it ships in market={name}; `loyaltysim show parameters WORD` finds keys that may be added.
"""


def text(market: str, config_dir: str | Path | None = None) -> str:
    """The file of a market: valid as it is for with=. Raises ConfigError for a market that does not ship."""
    known = groups(config_dir)["market"]
    if market not in known:
        raise refuse("new", f"is no market{instead('market', market, known)}", market)
    tree, places, problems = layers([f"market={market}"], config_dir, told=False)
    scenario = checked(tree, places, problems)
    firms = {name: scenario.firms[name] for name in tree["firms"]}  # as they stand in its file
    rows = [*market_rows(market, scenario, firms), *program_rows(scenario, max(f.share for f in firms.values()))]
    designs = "cashback,points" if any(row.startswith("program: cashback") for row in rows) else "stamps,cashback"
    if any(row.startswith("program: points") for row in rows):
        designs = "points,cashback"
    return HEAD.format(name=market, designs=designs) + "\n".join(rows) + "\n"


def market_rows(market: str, scenario: Scenario, firms: Mapping[str, Firm]) -> list[str]:
    """The lines about the market and its firms."""
    m, many = scenario.market, len(firms) > 1
    word = bought(m.occasion)
    each = "to you and to the others together" if many else "of who still comes"
    rows = [
        row("market", market, "the shipped market from which everything else is taken"),
        row("you", max(firms, key=lambda name: firms[name].share), "which of the firms below is yours"),
        "# customers: 5000  # how many people buy here, from you or from others; gives totals",
        row(f"{word}_a_year", m.M, f"{m.occasion} of one customer in a year, {each}"),
        row("price", m.basket.mean, f"{m.currency} of one of these {word}, on average"),
        row("margin", margins(firms), "of the price, once what is sold is paid for; 60 % may be written too"),
    ]
    shares = {name: firm.share for name, firm in firms.items()}
    return [*rows, *([row("shares", shares, f"of all {word}, together 1; a new name is a new rival")] if many else [])]


def bought(occasion: str) -> str:
    """What is bought, in the word that the file has for it."""
    return next((word for word in YEARLY if occasion.endswith(word)), "purchases")


def margins(firms: Mapping[str, Firm]) -> object:
    """The margin of all firms; where they differ, that of the most, and the others by name."""
    own = {name: margin_of(firm) for name, firm in firms.items()}
    usual = max(own.values(), key=list(own.values()).count)
    apart = {name: margin for name, margin in own.items() if margin != usual}
    return {**apart, OTHERS: usual} if apart else usual


def program_rows(scenario: Scenario, share: float) -> Iterable[str]:
    """The lines about the program: what is usual where one buys like this. share : of the firm in question"""
    m, own = scenario.market, f"{scenario.market.currency} that a reward is worth to a customer"
    margin = margin_of(scenario.focal_firm)
    if m.setting == "contract":
        yield row("program", "cashback", "how a reward is earned: `loyaltysim show options program` lists the others")
        yield row("money_back", 0.01, "of what was spent")
    elif m.basket.mean < SMALL:
        yield row("program", "stamps", "how a reward is earned: `loyaltysim show options program` lists the others")
        yield row(f"{bought(m.occasion)}_for_a_reward", CARD, "stamps of a full card")
        yield row("reward", round(m.basket.mean, 2), own)
        yield row("reward_cost", round(1.0 - margin, 4), "what it costs you, of its worth")
    else:
        card = 500 if m.M * m.basket.mean * share >= EARNS else 100
        yield row("program", "points", "how a reward is earned: `loyaltysim show options program` lists the others")
        yield row("points_for_a_reward", card, f"a point for each {m.currency} spent")
        yield row("reward", card / 100, own)
        yield row("reward_cost", 0.8, "what it costs you, of its worth")
    yield row("policy", "launch", "the program begins after a year; the year before is the market as it is")


def row(word: str, value: object, about: str) -> str:
    """`price: 4  # USD of one of these visits`."""
    said = flow(value) if isinstance(value, Mapping) else scalar(value)
    return f"{word}: {said}  # {about}"


def flow(value: Mapping[str, Any]) -> str:
    """`{corner: 0.3, chain: 0.7}`, on one line."""
    return "{" + ", ".join(f"{scalar(name)}: {scalar(own)}" for name, own in value.items()) + "}"


def scalar(value: object) -> str:
    """A number or a name as YAML has it."""
    if isinstance(value, float):
        return f"{value:.12g}"
    return plain_yaml.dump(value).removesuffix("\n...\n").strip()
