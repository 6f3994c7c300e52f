"""What a program moves among its members: the moments that published studies of members are about."""

from __future__ import annotations

import numpy as np

from loyaltysim.measures.program_effects import entered, member_since, window
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.twins import Worlds
from loyaltysim.mechanism.measure import measure
from loyaltysim.scenario.model import Scenario

HEAVY, LIGHT = 0.8, 0.5  # ranks among members: the top fifth, the lower half


@measure(
    "driven_share", unit="share of members' sales", words="members' sales that the program drives",
    chinese="会员销售额中由计划带动的", style="rate",
    of="what members spend at the firm after joining, less what the same people spend there when barred from the "
    "program, over what they spend",
)  # fmt: skip
@measure(
    "heavy_less_light", unit="share", words="lift of heavy members, less that of light ones",
    chinese="重度会员与轻度会员的提升之差", style="points",
    of="lift of members' purchases after joining against the same people barred, of the top fifth of members by "
    "purchases before the launch less that of their lower half",
)  # fmt: skip
def members(scenario: Scenario, worlds: Worlds) -> dict[str, float]:
    """The share of members' sales that the program drives, and whom of them it moves more: T1 against T1|i.

    Source: Nastasoiu et al. 2021, JAMS (incentive-driven share of sales); Liu 2007, J. Marketing 71(4) (by usage).
    """
    w = window(scenario, worlds)
    joined = member_since(worlds.with_it, w)
    member = (joined < w.weeks) & entered(worlds.with_it)
    new, barred = w.log(worlds.with_it, joined), w.log(worlds.replayed, joined)
    spent = new.spend.sum()
    before = (w.before if w.launch else w).visits(worlds.without)
    order = np.argsort(np.argsort(np.where(member, before, -1), kind="stable"), kind="stable") - (~member).sum()
    lifts = []
    for group in (order >= HEAVY * member.sum(), (order < LIGHT * member.sum()) & (order >= 0)):
        visits = [np.bincount(log.row, minlength=len(member))[group & member].sum() for log in (new, barred)]
        lifts.append(ratio(visits[0], visits[1]) - 1.0)
    return {"driven_share": ratio(spent - barred.spend.sum(), spent), "heavy_less_light": lifts[0] - lifts[1]}
