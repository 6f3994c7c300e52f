"""Say whether a claim holds, in words that mean the same everywhere.

supported     the interval lies where the claim says          refuted       it lies where the claim says not
inconclusive  it covers both                                  cannot judge  the question does not arise, or one run
depends       the answer changes with what is named           arithmetic    true by definition, no evidence
identity      follows from the model's form: a test of the code, no evidence
wired         one assumption is the claim, or no setting can turn it: assumed, not tested
practically nil   the interval lies within what nobody would act on

An interval is a two-sided 95 % interval over market runs that share their seeds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loyaltysim.measures.statistics import Estimate, ratio_of_means
from loyaltysim.scenario.said import Said

CHINESE = {
    "supported": "成立", "refuted": "不成立", "depends": "视情况而定", "practically nil": "几乎为零",
    "inconclusive": "尚无定论", "cannot judge": "无法判断", "arithmetic": "只是算术", "wired": "由设定决定",
    "identity": "恒等式",
}  # fmt: skip
WORDS = tuple(CHINESE)
ENOUGH = 0.8  # of the worlds: what is supported or refuted over worlds holds in at least as many


@dataclass(frozen=True)
class Verdict:
    """One of `WORDS`, and why in a few words. Raises ValueError for any other word."""

    word: str
    why: str

    @property
    def said(self) -> Said:
        """The word in both languages."""
        return Said(self.word, CHINESE[self.word])

    def __post_init__(self) -> None:
        if self.word not in WORDS:
            raise ValueError(f"verdict = {self.word!r}, allowed: {', '.join(WORDS)}")


def little_is_left(left: Sequence[float], whole: Sequence[float], margin: float) -> tuple[Estimate, Verdict]:
    """Judge "at most the share `margin` of an effect is left": the ratio |left| / whole with its interval.

    left, whole : (n,) effects of the same seeds, in the same unit; margin : share of the whole, 0 < margin
    Supported if the upper limit of |ratio| is at most the margin, refuted if the lower limit is above it. An effect
    that is not above zero leaves nothing to compete away: cannot judge. Raises ValueError for a bad margin.
    """
    if not margin > 0.0:
        raise ValueError(f"margin = {margin}, allowed: above 0")
    ratio = ratio_of_means(left, whole, "share of the effect")
    if len(whole) < 2:
        return ratio, Verdict("cannot judge", "one run has no interval")
    if ratio.low is None or ratio.high is None or sum(whole) <= 0.0:
        return ratio, Verdict("cannot judge", "nothing to compete away: the effect alone is not above zero")
    highest = max(abs(ratio.low), abs(ratio.high))
    lowest = 0.0 if ratio.low <= 0.0 <= ratio.high else min(abs(ratio.low), abs(ratio.high))
    if highest <= margin:
        return ratio, Verdict("supported", f"upper limit {percent(highest)} at most {percent(margin)}")
    if lowest > margin:
        return ratio, Verdict("refuted", f"lower limit {percent(lowest)} above {percent(margin)}")
    return ratio, Verdict("inconclusive", f"{percent(lowest)} to {percent(highest)} covers {percent(margin)}")


def lies_within(found: Estimate, low: float, high: float) -> Verdict:
    """Judge "it lies between low and high", either of them infinite: by where the whole interval lies.

    Supported if the interval lies within, refuted if it lies outside, inconclusive if it covers an end. Raises
    ValueError for an empty range.
    """
    if not low < high:
        raise ValueError(f"low = {low}, high = {high}, allowed: low below high")
    if found.low is None or found.high is None:
        return Verdict("cannot judge", "no interval")
    words = f"{found.low:.3g} to {found.high:.3g}"
    if low <= found.low and found.high <= high:
        return Verdict("supported", f"{words} lies in {low:g} to {high:g}")
    if found.high < low or found.low > high:
        return Verdict("refuted", f"{words} lies outside {low:g} to {high:g}")
    return Verdict("inconclusive", f"{words} covers an end of {low:g} to {high:g}")


def percent(share: float) -> str:
    """A share in whole percent."""
    return f"{100.0 * share:.0f} %"


def same_purchases(different: int, purchases: int) -> Verdict:
    """Judge an identity purchase by purchase: one that differs refutes it."""
    if purchases == 0:
        return Verdict("cannot judge", "nobody bought anything")
    return Verdict("identity" if different == 0 else "refuted", f"{different:,} of {purchases:,} purchases differ")


def taken_together(verdicts: Mapping[str, Verdict]) -> Verdict:
    """One verdict over several settings: the word that all share, `depends` and on what, or `inconclusive`.

    Supported here and refuted there is `depends`; some that could not be told apart are no contradiction, but they
    leave the whole inconclusive. Raises ValueError for no settings.
    """
    if not verdicts:
        raise ValueError("verdicts is empty; allowed: at least one setting")
    settings: dict[str, list[str]] = {}
    for name, verdict in verdicts.items():
        settings.setdefault(verdict.word, []).append(name)
    if len(settings) == 1:
        only = next(iter(verdicts.values()))
        return only if len(verdicts) == 1 else Verdict(only.word, f"in all {len(verdicts)} settings")
    word = "depends" if {"supported", "refuted"} <= set(settings) else "inconclusive"
    *few, most = sorted(settings, key=lambda found: len(settings[found]))
    return Verdict(word, "; ".join([*(f"{found}: {', '.join(settings[found])}" for found in few), f"else {most}"]))


def all_of(parts: Mapping[str, Verdict]) -> Verdict:
    """A criterion of several parts: supported if all of them are, refuted if any is, else what the first open one is.

    parts : name -> verdict. Raises ValueError for no parts.
    """
    if not parts:
        raise ValueError("parts is empty; allowed: at least one part")
    why = "; ".join(f"{name}: {verdict.word}, {verdict.why}" for name, verdict in parts.items())
    words = [verdict.word for verdict in parts.values()]
    if "refuted" in words:
        return Verdict("refuted", why)
    return Verdict(next((word for word in words if word != "supported"), "supported"), why)


def over_worlds(verdicts: Iterable[Verdict], on: str = "") -> Verdict:
    """One verdict over draws of what nobody knows, from the verdicts of its worlds.

    verdicts : one a world;  on : what it depends on, in words, for the reason
    A word that holds in `ENOUGH` of all worlds is the answer; practically nil and cannot judge already where most
    worlds say so. Else it is inconclusive if the worlds that could not tell might still make it so many, and depends
    if they could not. Worlds in which the question does not arise count among all. Raises ValueError for no worlds.
    """
    found = Counter(verdict.word for verdict in verdicts)
    if not (total := found.total()):
        raise ValueError("verdicts is empty; allowed: at least one world")
    why = ", ".join(f"{word} in {n}" for word, n in found.most_common()) + f" of {total} worlds"
    open_, settled = found.pop("inconclusive", 0), found.most_common(1)
    word, most = settled[0] if settled else ("inconclusive", 0)
    if most >= ENOUGH * total or (word in ("practically nil", "cannot judge") and most > total / 2):
        return Verdict(word, why)
    if most + open_ >= ENOUGH * total:
        return Verdict("inconclusive", why)
    return Verdict("depends", f"{why}; on {on}" if on else why)
