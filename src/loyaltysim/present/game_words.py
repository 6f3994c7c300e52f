"""What strategies and outcomes of a game are called, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from loyaltysim.games.normal_form import Profile
from loyaltysim.games.study import Played
from loyaltysim.mechanism.registry import registry
from loyaltysim.present import glossary
from loyaltysim.present.answer import width
from loyaltysim.scenario.said import Said, both
from loyaltysim.scenario.settle import given_back

COLUMN = 40  # of a screen
NONE = Said("no program", "没有计划")
KINDS = {  # of `normal_form.kind`, as on the map and in tables
    "dilemma": Said("prisoner's dilemma", "囚徒困境"),
    "parity": Said("price of entry: all take it, none gains", "入场费：都采用，谁也不多赚"),
    "all gain": Said("all take it, all gain", "都采用，都得益"),
    "nobody": Said("nobody takes it", "没人采用"),
    "nobody alone": Said("nobody alone, though all would gain", "没人单独采用，但一起采用都得益"),
    "some": Said("pays while others lack it", "别人没有时才划算"),
    "all or nobody": Said("all or nobody", "要么都用，要么都不用"),
    "mixed": Said("not the same at every firm", "各企业情况不同"),
}
HOLDS = {"yes": Said("yes", "是"), "no": Said("no", "否"), "open": Said("open", "未定")}


def rate(found: Played, strategy: int) -> float:
    """What a strategy gives back, per cent of spending as customers value it."""
    program = found.asked.strategies[strategy].program
    return 100.0 * sum(given_back(registry()[name], terms, found.asked.base) for name, terms in program.items())


def called(found: Played, strategy: int) -> Said:
    """A strategy as a manager calls it; by what it gives back where another has the same parts, else by its name."""
    own, others = found.asked.strategies[strategy], found.asked.strategies
    plain = glossary.program(list(own.program)) if own.program else NONE
    if own.policy:
        name = " ".join(own.policy).replace("_", " ")
        plain = Said(f"{plain.en} with {name}", f"{plain.zh}加{name}")
    alike = [k for k, o in enumerate(others) if set(o.program) == set(own.program) and set(o.policy) == set(own.policy)]
    if len(alike) == 1:
        return plain
    rates = {k: f"{rate(found, k):.3g}" for k in alike}
    if len(set(rates.values())) == len(alike):
        return Said(f"{rates[strategy]} % {plain.en}", f"{rates[strategy]} % 的{plain.zh}")
    name = own.name.replace("_", " ")
    return Said(name, name)


def takes(found: Played, strategy: int) -> Said:
    """What a firm does that has a strategy: "take a points program"."""
    name = called(found, strategy)
    if bare(found, strategy):
        return Said("take no program", "不采用计划")
    return Said(f"take {article(name.en)}", f"采用{name.zh}")


def bare(found: Played, strategy: int) -> bool:
    """Is a strategy to have nothing: neither a program nor a policy?"""
    own = found.asked.strategies[strategy]
    return not own.program and not own.policy


def under(found: Played, strategy: int) -> Said:
    """All firms under a strategy: "with the points program", "without a program"."""
    name = called(found, strategy)
    if bare(found, strategy):
        return Said("without a program", "都没有计划")
    return Said(f"with {the(found, strategy).en}", f"都采用{name.zh}")


def the(found: Played, strategy: int) -> Said:
    """A strategy as the subject of a sentence: "the points program", "having no program"."""
    name = called(found, strategy)
    if bare(found, strategy):
        return Said("having no program", "不采用计划")
    return Said(name.en if name.en.startswith("no ") else f"the {name.en}", name.zh)


def article(name: str) -> str:
    """With its article where it is one thing: "a points program", "better service"."""
    if name.startswith(glossary.UNCOUNTED):
        return name
    number = name.split()[0].replace(".", "").isdigit()
    vowel = name[0] in "aeiou" or (number and name.startswith(("8", "11", "18")))
    return f"{'an' if vowel else 'a'} {name}"


def outcome(found: Played, profile: Profile) -> Said:
    """Who does what in a profile, without a stop: "every firm should take a points program"."""
    if len(set(profile)) == 1:
        if bare(found, profile[0]):
            return Said("no firm should take a program", "各家企业都不应采用计划")
        one = takes(found, profile[0])
        return Said(f"every firm should {one.en}", f"每家企业都应{one.zh}")
    groups = {own: [k for k, other in enumerate(profile) if other == own] for own in sorted(set(profile), reverse=True)}
    if len(groups) > 2:
        return Said("firms should take different programs", "各家企业应采用不同的计划")
    parts = [(who(found, members), takes(found, own)) for own, members in groups.items()]
    english = " and ".join(f"{f'{w.en} should' if k == 0 else w.en} {t.en}" for k, (w, t) in enumerate(parts))
    return Said(english, "，".join(f"{w.zh}应{t.zh}" if k == 0 else f"{w.zh}{t.zh}" for k, (w, t) in enumerate(parts)))


def who(found: Played, members: Sequence[int]) -> Said:
    """Some firms of a profile: by count where firms are equal, else by name."""
    n, total = len(members), len(found.asked.players)
    if found.payoffs.symmetric:
        if total == 2:
            return Said("one firm", "一家企业") if 0 not in members else Said("the other", "另一家")
        return Said("one firm", "一家企业") if n == 1 else Said(f"{n} firms", f"{n} 家企业")
    if n > 2:
        return Said(f"{n} firms", f"{n} 家企业")
    names = [found.asked.players[k] for k in members]
    return Said(
        f"firm {' and '.join(names)}" if n == 1 else f"firms {' and '.join(names)}", f"企业 {'和 '.join(names)} "
    )


def profile(found: Played, one: Profile, name: Callable[[Played, int], Said] = called) -> Said:
    """A profile as the label of a row: what each firm has, in the order of the firms; of many equal ones how many.

    name : what a strategy is called
    """
    if found.payoffs.symmetric and len(one) > 2:
        counts = [(one.count(own), name(found, own)) for own in sorted(set(one))]
        return Said(", ".join(f"{k} × {n.en}" for k, n in counts), "、".join(f"{k} × {n.zh}" for k, n in counts))
    names = [name(found, own) for own in one]
    return Said(" / ".join(name.en for name in names), " / ".join(name.zh for name in names))


def asked_for(found: Played, strategy: int) -> Said:
    """A strategy by the name it was asked by, each part of it in Chinese where it has a name there."""
    name = found.asked.names[strategy]
    parts = [NONE if part == "none" else glossary.PROGRAMS.get(part, both(part)) for part in name.split("+")]
    return Said(name, "加".join(part.zh for part in parts))


def brief(found: Played, one: Profile) -> Said:
    """The same, as short as a column of a screen is wide; where one would not fit, all are told as they were asked."""
    if all(max(width(q.en), width(q.zh)) <= COLUMN for q in (profile(found, run) for run in found.payoffs.runs)):
        return profile(found, one)
    said = profile(found, one, asked_for)
    return Said(cut(said.en), cut(said.zh))


def cut(text: str) -> str:
    """A text that fits the column; dots stand for what does not."""
    if width(text) <= COLUMN:
        return text
    while width(text) > COLUMN - 3:
        text = text[:-1]
    return text + "..."
