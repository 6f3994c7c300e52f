"""Own numbers in a manager's words: `visits_a_year`, `price`, `margin`, `shares`, `reward` and what they set.

A word is read as its key is: in the range of the key, told by the name that was typed, at its place. It may stand in a
with= file or on the command line (`price=4.5 shares.rival=0.1 shares.others=rescale`). This is the one place that
knows the words; behind it there are only keys.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from loyaltysim.scenario.hints import nearest
from loyaltysim.scenario.model import Firm, Written
from loyaltysim.scenario.read import parameters
from loyaltysim.scenario.reader import Components, Parameter, Problem, Reader

Tree = dict[str, Any]
Places = dict[str, str]
YEARLY = ("visits", "trips", "purchases", "orders", "bills")  # what one buys, in a market's words
WORLD = {  # word -> the key that it sets
    "you": "focal",
    "customers": "customers.total",
    **{f"{one}_a_year": "market.M" for one in YEARLY},
    "price": "market.basket.mean",
}
REWARD = {  # word -> the term of the component that has it
    **{f"{one}_for_a_reward": "needed" for one in YEARLY},
    "points_for_a_reward": "threshold",
    "points_per_unit": "earn",
    "reward": "face_value",
    "reward_cost": "cost",
    "money_back": "rate",
}
WORDS = (*WORLD, "margin", "shares", *REWARD)
SHARE = {"unit": "share of the price", "low": 0.0, "high": 1.0}
OTHERS = "others"  # the firms that are not named
GONE = (None, "none")
PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")
DIGITS = 12  # of what is computed from words, so that 1 - 0.7 is 0.3


def is_word(key: str, value: object) -> bool:
    """Is it a word of one's own, not a key? `customers: 3000` is, `customers: {n: 500}` is not."""
    head, _, rest = key.partition(".")
    if head == "customers":
        return not rest and isinstance(value, (int, float)) and not isinstance(value, bool)
    return head in WORDS


def number(raw: object) -> object:
    """`60 %` is .6; everything else as it is."""
    found = PERCENT.fullmatch(raw) if isinstance(raw, str) else None
    return raw if found is None else round(float(found[1]) / 100.0, DIGITS)


def usual(defaults: Mapping[str, object], key: str) -> object:
    """The value of a key that nobody sets; None for one that has none. defaults : by key, `<id>` for a firm"""
    found = defaults.get(re.sub(r"^firms\.[^.]+\.", "firms.<id>.", key))
    return None if found == "required" else found


def named(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The firms of a tree, those that are mappings."""
    firms = content.get("firms")
    return {k: v for k, v in firms.items() if isinstance(v, dict)} if isinstance(firms, Mapping) else {}


@dataclass
class Translation:
    """What own words say, as keys, over a tree that is there already.

    content : keys beside the words in the same file or command line;  tree : what it is laid over
    at      : full word -> its place;  program : components that the file means by its reward, None = those of the tree
    Found   : `made`, the keys; `places`; `gone`, firms that are no longer; `problems`, in the words that were typed
    """

    content: Mapping[str, Any]
    tree: Mapping[str, Any]
    at: Mapping[str, str]
    components: Components
    program: tuple[str, ...] | None = None
    made: Tree = field(default_factory=dict)
    places: Places = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = Reader(places=self.at)
        self.known = {p.key: p for p in parameters(self.components)}
        self.usual = {key: parameter.default for key, parameter in self.known.items()}
        words = {word: raw for word, raw in self.content.items() if is_word(word, raw)}
        self.made = copy.deepcopy({key: raw for key, raw in self.content.items() if key not in words})
        for word, raw in words.items():
            if word in WORLD and word != "you":
                self.one(word, number(raw), WORLD[word])
            elif word in REWARD:
                self.reward(word, number(raw))
        if "shares" in words:
            self.shares(words["shares"])
        if "margin" in words:
            self.margin(words["margin"])
        if "you" in words:
            self.you(words["you"])
        self.problems += self.reader.problems

    # --- a word for a key ---

    def one(self, word: str, raw: object, key: str) -> None:
        """A word that is a key by another name, in the key's range."""
        found = self.checked(word, raw, self.known[key])
        if self.reader.sound(word):
            self.put(word, key, found)

    def checked(self, word: str, raw: object, parameter: Parameter) -> Any:
        """The value of a word, in the range of its key; what is wrong is told by the word."""
        kind = str if parameter.kind.startswith("text") else int if parameter.whole else float
        facts = {"unit": parameter.unit, "low": parameter.low, "high": parameter.high}
        return self.reader.scalar(kind, raw, facts, word)

    def put(self, word: str, key: str, value: object) -> None:
        """Set a key that a word means; said twice, in two words or in a word and by its key, it is refused."""
        node, path = self.made, key.split(".")
        for name in path[:-1]:
            below = node.setdefault(name, {})
            if not isinstance(below, dict):
                return self.reader.refuse(word, f"sets {key}, and {name} is a single value here; keep one")
            node = below
        if path[-1] in node:
            return self.reader.refuse(word, f"says the same as {self.twin(word, key)}; keep one", value)
        node[path[-1]] = value
        self.places[key] = self.reader.place(word)
        return None

    def twin(self, typed: str, key: str) -> str:
        """What else set a key: another word, or the key itself."""
        return next((word for word, own in WORLD.items() if own == key and word != typed and word in self.content), key)

    # --- the program ---

    def reward(self, word: str, raw: object) -> None:
        """A word about the reward: a term of the one component of the program that has it."""
        known, term = self.components["program"], REWARD[word]
        program = self.tree.get("program")
        at_work = self.program if self.program is not None else tuple(program if isinstance(program, Mapping) else ())
        at_work = tuple(dict.fromkeys(at_work))  # two options may bring the same component
        able = [n for n in at_work if n in known and term in {f.name for f in dataclasses.fields(known[n].terms)}]
        if len(able) == 1:
            return self.one(word, raw, f"program.{able[0]}.{term}")
        if able:
            keys = " or ".join(f"program.{name}.{term}" for name in able)
            return self.reader.refuse(word, f"could be of {' or '.join(able)}; write {keys}", raw)
        what = f"the program is {' and '.join(at_work)}" if at_work else "there is no program"
        return self.reader.refuse(word, f"belongs to nothing here: {what}; name one that has it, program: stamps", raw)

    # --- the firms ---

    def firm(self, name: str) -> dict[str, Any]:
        """The keys that are set of a firm here."""
        firms = self.made.setdefault("firms", {})
        own: dict[str, Any] = firms.setdefault(name, {})
        return own

    @property
    def there(self) -> dict[str, dict[str, Any]]:
        """The firms with the keys that are known of each, those that are gone left out."""
        before, here = named(self.tree), named(self.made)
        return {n: {**before.get(n, {}), **here.get(n, {})} for n in {**before, **here} if n not in self.gone}

    def shares(self, raw: object) -> None:
        """Shares of firms by name, and what becomes of the others: they keep theirs, give way, or are not there."""
        if not isinstance(raw, Mapping):
            self.reader.refuse("shares", "expected a share for each firm, {corner: 0.3, chain: 0.7}", raw)
            return
        others = raw.get(OTHERS, "keep")
        if others not in ("keep", "rescale", *GONE):
            self.reader.refuse(f"shares.{OTHERS}", "choose from keep, rescale, none", others)
            return
        before = named(self.tree)
        said = {n: float(f["share"]) for n, f in named(self.made).items() if isinstance(f.get("share"), (int, float))}
        new = dict[str, float]()
        for name, share in ((str(n), number(s)) for n, s in raw.items() if n != OTHERS):
            if share in GONE:
                self.gone.append(name)
            elif (found := self.checked(f"shares.{name}", share, self.known["firms.<id>.share"])) is not None:
                said[name] = new[name] = found
        rest = {n: f.get("share") for n, f in before.items() if n not in said and n not in self.gone}
        if others in GONE:
            self.gone += rest
            rest = {}
        known = {n: float(s) for n, s in rest.items() if isinstance(s, (int, float))}
        if self.reader.sound("shares") and self.together(said, known, others == "rescale"):
            for name, share in new.items():
                self.newcomer(name)
                self.put(f"shares.{name}", f"firms.{name}.share", share)

    def newcomer(self, name: str) -> None:
        """A firm that was not there has whatever all others have in common."""
        before = list(named(self.tree).values())
        if name in named(self.tree) or not before:
            return
        same = {k: v for k, v in before[0].items() if k != "share" and all(f.get(k, v) == v and k in f for f in before)}
        here = self.firm(name)
        here.update({k: copy.deepcopy(v) for k, v in same.items() if k not in here})
        self.places[f"firms.{name}"] = self.reader.place(f"shares.{name}")

    def together(self, said: Mapping[str, float], rest: Mapping[str, float], rescale: bool) -> bool:
        """Do all shares make 1? Those that are not named give way where that was asked for."""
        own, kept = math.fsum(said.values()), math.fsum(rest.values())
        if rescale and rest and own < 1.0:
            for name, share in rest.items():
                self.firm(name)["share"] = round(share * (1.0 - own) / kept, DIGITS)
                self.places[f"firms.{name}.share"] = self.reader.place("shares")
        elif abs(own + kept - 1.0) > 1e-6:
            told = " + ".join(f"{name} {share:g}" for name, share in {**rest, **said}.items())
            strange = {name: nearest(name, named(self.tree)) for name in said if name not in named(self.tree)}
            hint = "".join(f"; {n} is new here, did you mean {near}?" for n, near in strange.items() if near)
            way = "" if rescale or not rest else "; `others: rescale` lets those that are not named give way"
            self.reader.refuse("shares", f"must make 1 together: {told} = {own + kept:.6g}{hint}{way}")
            return False
        return True

    def you(self, raw: object) -> None:
        """Which firm the question is about."""
        if raw in self.there or not self.reader.sound("shares"):
            return self.one("you", raw, WORLD["you"])
        return self.no_firm("you", raw, raw)

    def no_firm(self, word: str, name: object, raw: object) -> None:
        """Refuse a name that no firm has, with the nearest one."""
        near = nearest(str(name), self.there)
        hint = f"did you mean {near}? " if near else ""
        self.reader.refuse(word, f"is no firm here; {hint}firms: {', '.join(self.there)}", raw)

    def margin(self, raw: object) -> None:
        """The margin of all firms, or by name: a firm's cost is what it leaves of the price."""
        by_name = dict(raw) if isinstance(raw, Mapping) else {OTHERS: raw}
        firms, costs = self.there, named(self.content)
        for name, share in by_name.items():
            word = "margin" if not isinstance(raw, Mapping) else f"margin.{name}"
            if name != OTHERS and name not in firms:
                self.no_firm(word, name, share)
                continue
            found = self.reader.scalar(float, number(share), SHARE, word)
            if found is None:
                continue
            of = (
                [name]
                if name != OTHERS
                else [n for n in firms if n not in by_name and "unit_cost" not in costs.get(n, {})]
            )
            for firm in of:
                price = firms[firm].get("base_price", 1.0)
                if isinstance(price, (int, float)):
                    self.firm(firm)["unit_cost"] = round(price * (1.0 - found), DIGITS)
                    self.places[f"firms.{firm}.unit_cost"] = self.reader.place(word)


def margin_of(firm: Firm) -> float:
    """What is left of the price of what sells at the base price."""
    return round(1.0 - firm.unit_cost / firm.base_price, DIGITS)


def vocabulary() -> Iterator[str]:
    """Every word and every first key, to find the nearest one."""
    yield from WORDS
    yield from (f.name for f in dataclasses.fields(Written))
