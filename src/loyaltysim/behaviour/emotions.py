"""A bond has five sides: trust, recognition, affinity, attachment and a lasting impression."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.behaviour.bond import Bond, beyond_promise, bond_falls, bond_moves, bond_rises
from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term

SIDES = ("trust", "recognition", "affinity", "attachment", "impression")


@dataclass(frozen=True)
class Emotions:
    """The bond as the weighted mean of five sides, each with its own half-life; five numbers in the order of `SIDES`.

    Choices show only the mean: the five cannot be told apart from behaviour, and hardly from a survey (its effective
    rank is reported). Each event moves each side by its share below; a touchpoint is whatever else moves the bond: at
    its floor nothing can take from it, whatever single sides hold.
    """

    half_lives: tuple[float, ...] = term((104.0, 13.0, 52.0, 104.0, 26.0), "weeks", 0.1, 5200.0)
    weights: tuple[float, ...] = term((0.2, 0.2, 0.2, 0.2, 0.2), "share", 0.0, 1.0, doc="all 0: one bond, as before")
    touch: tuple[float, ...] = term((0.2, 1.0, 1.0, 0.3, 0.5), "times the touchpoint's effect", -1.0, 5.0)
    failure: tuple[float, ...] = term((0.2, 0.0, 0.1, 0.0, 0.2), "event per failed visit", 0.0, 1.0)
    recovery: tuple[float, ...] = term((0.1, 0.1, 0.0, 0.0, 0.1), "event per complaint made good", -1.0, 1.0)
    promise: tuple[float, ...] = term(
        (0.05, 0.0, 0.0, 0.0, 0.02), "event per unit of quality beyond the promise", -1.0, 1.0
    )
    reward: tuple[float, ...] = term((0.0, 0.0, 0.0, 0.0, 0.0), "event per reward", -1.0, 1.0, doc="signed")
    crowding: tuple[float, ...] = term(
        (0.0, 0.0, 0.0, 0.0, 0.0), "event per rewarded visit", -1.0, 1.0, doc="what being paid to come takes; signed"
    )
    structure: str = term(
        "additive", "", choices=("additive", "gate"), doc="sides add up, or no attachment grows without trust"
    )
    gate: float = term(0.2, "strength", -1.0, 1.0, doc="trust below which no attachment grows, if structure = gate")


@rule
def bond_of(
    felt_trust, felt_recognition, felt_affinity, felt_attachment, felt_impression, weigh_trust, weigh_recognition,
    weigh_affinity, weigh_attachment, weigh_impression,
):  # fmt: skip
    """The five sides as one bond. Weights sum to 1."""
    first = weigh_trust * felt_trust + weigh_recognition * felt_recognition + weigh_affinity * felt_affinity
    return first + weigh_attachment * felt_attachment + weigh_impression * felt_impression


@rule
def side_moves(side, touched, event, link_recept, to_touch, bond_loss, bond_floor):
    """One side after a touchpoint (a signed share of the gap, to which the customer's receptivity was applied when it
    raised the bond) and the other events of a visit together.
    """
    moved = touched * to_touch
    if touched >= 0.0:
        side = bond_moves(side, moved, 1.0, bond_loss, bond_floor)
    elif moved > 0.0:
        side = bond_rises(side, moved, 1.0)
    else:
        side = bond_falls(side, -moved, 1.0, bond_floor)
    return bond_moves(side, event, link_recept, bond_loss, bond_floor)


@rule
def touched_by(bond, level, bond_floor):
    """How far something raised the bond above what the sides make it: a share of the gap; below 0 what it lost."""
    if bond > level:
        return (bond - level) / (1.0 - level)
    if bond < level:
        return (bond - level) / (level - bond_floor)
    return 0.0  # also at a full bond and at the floor, where there is no gap


@rule
def sides_live(
    bond, felt_bond, felt_trust, felt_recognition, felt_affinity, felt_attachment, felt_impression, link_recept,
    gain_failures, gain_recoveries, gain_rewards, gain_cards_full, gain_points_issued, gain_stamps_issued,
    gain_cashback_issued, service_pledged, service_promise, delivered, bond_loss, bond_floor,
    weigh_trust, weigh_recognition, weigh_affinity, weigh_attachment, weigh_impression,
    touch_trust, touch_recognition, touch_affinity, touch_attachment, touch_impression,
    failure_trust, failure_recognition, failure_affinity, failure_attachment, failure_impression,
    recovery_trust, recovery_recognition, recovery_affinity, recovery_attachment, recovery_impression,
    promise_trust, promise_recognition, promise_affinity, promise_attachment, promise_impression,
    reward_trust, reward_recognition, reward_affinity, reward_attachment, reward_impression,
    crowding_trust, crowding_recognition, crowding_affinity, crowding_attachment, crowding_impression, emotions_gate,
):  # fmt: skip
    """At the end of a visit: each side moves, and the bond is their mean."""
    touched, to = touched_by(bond, felt_bond, bond_floor), link_recept
    q = beyond_promise(service_pledged, service_promise, delivered)
    f, r, w, paid = gain_failures, gain_recoveries, gain_rewards + gain_cards_full, 0.0
    if gain_points_issued + gain_stamps_issued + gain_cashback_issued > 0:
        paid = 1.0
    event = recovery_trust * r - failure_trust * f + promise_trust * q + reward_trust * w
    event -= crowding_trust * paid
    trust = side_moves(felt_trust, touched, event, to, touch_trust, bond_loss, bond_floor)
    event = recovery_recognition * r - failure_recognition * f + promise_recognition * q + reward_recognition * w
    event -= crowding_recognition * paid
    recognition = side_moves(felt_recognition, touched, event, to, touch_recognition, bond_loss, bond_floor)
    event = recovery_affinity * r - failure_affinity * f + promise_affinity * q + reward_affinity * w
    event -= crowding_affinity * paid
    affinity = side_moves(felt_affinity, touched, event, to, touch_affinity, bond_loss, bond_floor)
    event = recovery_attachment * r - failure_attachment * f + promise_attachment * q + reward_attachment * w
    event -= crowding_attachment * paid
    attachment = side_moves(felt_attachment, touched, event, to, touch_attachment, bond_loss, bond_floor)
    if trust < emotions_gate:
        attachment = min(attachment, felt_attachment)
    event = recovery_impression * r - failure_impression * f + promise_impression * q + reward_impression * w
    event -= crowding_impression * paid
    impression = side_moves(felt_impression, touched, event, to, touch_impression, bond_loss, bond_floor)
    after = bond_of(
        trust, recognition, affinity, attachment, impression,
        weigh_trust, weigh_recognition, weigh_affinity, weigh_attachment, weigh_impression,
    )  # fmt: skip
    return trust, recognition, affinity, attachment, impression, after, after


@rule
def sides_fade(
    bond, felt_bond, bond_keep, bond_loss, bond_floor, felt_trust, felt_recognition, felt_affinity, felt_attachment,
    felt_impression, keep_trust, keep_recognition, keep_affinity, keep_attachment, keep_impression,
    weigh_trust, weigh_recognition, weigh_affinity, weigh_attachment, weigh_impression,
    touch_trust, touch_recognition, touch_affinity, touch_attachment, touch_impression, emotions_on, emotions_gate,
):  # fmt: skip
    """A week passes; each side fades at its own pace, and where the sides weigh nothing the bond at its own."""
    trust, recognition, affinity = felt_trust, felt_recognition, felt_affinity
    attachment, impression = felt_attachment, felt_impression
    after = bond * bond_keep
    if emotions_on == 1:
        if bond != felt_bond:  # something touched it between visits
            touched = touched_by(bond, felt_bond, bond_floor)
            trust = side_moves(trust, touched, 0.0, 1.0, touch_trust, bond_loss, bond_floor)
            recognition = side_moves(recognition, touched, 0.0, 1.0, touch_recognition, bond_loss, bond_floor)
            affinity = side_moves(affinity, touched, 0.0, 1.0, touch_affinity, bond_loss, bond_floor)
            attachment = side_moves(attachment, touched, 0.0, 1.0, touch_attachment, bond_loss, bond_floor)
            if trust < emotions_gate:
                attachment = min(attachment, felt_attachment)
            impression = side_moves(impression, touched, 0.0, 1.0, touch_impression, bond_loss, bond_floor)
        after = bond_of(
            trust * keep_trust, recognition * keep_recognition, affinity * keep_affinity, attachment * keep_attachment,
            impression * keep_impression,
            weigh_trust, weigh_recognition, weigh_affinity, weigh_attachment, weigh_impression,
        )  # fmt: skip
    return (
        trust * keep_trust, recognition * keep_recognition, affinity * keep_affinity, attachment * keep_attachment,
        impression * keep_impression, after, after,
    )  # fmt: skip


@rule
def sides_settle(
    bond, felt_bond, bond_loss, bond_floor, felt_trust, felt_recognition, felt_affinity, felt_attachment,
    felt_impression, weigh_trust, weigh_recognition, weigh_affinity, weigh_attachment, weigh_impression,
    touch_trust, touch_recognition, touch_affinity, touch_attachment, touch_impression, emotions_on, emotions_gate,
):  # fmt: skip
    """What touched the bond in the week before anybody shops reaches it through its sides; nothing fades."""
    trust, recognition, affinity, attachment, impression, after, level = sides_fade(
        bond, felt_bond, 1.0, bond_loss, bond_floor, felt_trust, felt_recognition, felt_affinity, felt_attachment,
        felt_impression, 1.0, 1.0, 1.0, 1.0, 1.0,
        weigh_trust, weigh_recognition, weigh_affinity, weigh_attachment, weigh_impression,
        touch_trust, touch_recognition, touch_affinity, touch_attachment, touch_impression, emotions_on, emotions_gate,
    )  # fmt: skip
    return trust, recognition, affinity, attachment, impression, after, level


def columns(terms: Emotions, scenario) -> dict[str, float | int]:
    """The numbers that the step reads; weights are made to sum to 1."""
    total = sum(terms.weights)
    found = {f"keep_{side}": 0.5 ** (1.0 / h) for side, h in zip(SIDES, terms.half_lives, strict=True)}
    found |= {f"weigh_{side}": w / total if total > 0 else 0.0 for side, w in zip(SIDES, terms.weights, strict=True)}
    for event in ("touch", "failure", "recovery", "promise", "reward", "crowding"):
        found |= {f"{event}_{side}": float(v) for side, v in zip(SIDES, getattr(terms, event), strict=True)}
    found["emotions_gate"] = terms.gate if terms.structure == "gate" else -2.0
    return {**found, "emotions_on": int(total > 0), "emotions_crowded": int(any(terms.crowding))}


def check(terms: Emotions) -> list[tuple[str, str]]:
    """Five numbers each."""
    lists = ("half_lives", "weights", "touch", "failure", "recovery", "promise", "reward", "crowding")
    wrong = [name for name in lists if len(getattr(terms, name)) != len(SIDES)]
    return [(name, f"needs five numbers: {', '.join(SIDES)}") for name in wrong]


INSTEAD = {  # keys of the one bond that the sides do not read -> what does their work
    "half_life": "half_lives", "failure": "failure", "recovery": "recovery", "promise": "promise",
    "redemption": "reward", "crowding": "crowding",
}  # fmt: skip


def fits(terms: Emotions, scenario) -> list[tuple[str, str]]:
    """A key of the bond that five sides do not read must be left alone."""
    bond, usual = scenario.behaviour.get("bond"), Bond()
    if bond is None or sum(terms.weights) == 0:
        return []
    return [
        (ours, f"does the work of behaviour.bond.{key}, which is {getattr(bond, key):g} and would do nothing; set this")
        for key, ours in INSTEAD.items()
        if getattr(bond, key) != getattr(usual, key)
    ]


MOVED = (  # most visits touch nothing
    "emotions_on != 0 and (bond != felt_bond or (service_pledged != 0 and delivered != service_promise)"
    " or gain_failures + gain_recoveries + gain_rewards + gain_cards_full != 0"
    " or (emotions_crowded != 0 and gain_points_issued + gain_stamps_issued + gain_cashback_issued != 0))"
)
TOUCHED = "emotions_on != 0 and bond != felt_bond"  # by contacts, causes, news or friends, since the week began
FELT = tuple(f"felt_{side}" for side in SIDES)


def tell(scene: Scene) -> list[str]:
    """Each side that passes a half."""
    chinese = dict(zip(SIDES, ("信任", "认可", "好感", "依恋", "印象"), strict=True))
    lines = []
    for side in SIDES:
        moved = scene.crossed(f"felt_{side}", 0.5)
        if moved > 0:
            lines += scene.say(f"{side} in {scene.firm} has grown", f"对 {scene.firm} 的{chinese[side]}加深了")
        elif moved < 0:
            lines += scene.say(f"{side} in {scene.firm} is fading", f"对 {scene.firm} 的{chinese[side]}在减弱")
    return lines


MECHANISM = Mechanism(
    name="emotions",
    level="behaviour",
    source="five sides of emotional loyalty (source texts, S4-16); trust before attachment: S0-12; all sizes assumed",
    terms=Emotions,
    neutral={"weights": (0.0, 0.0, 0.0, 0.0, 0.0)},
    columns=columns,
    needs=("bond",),
    fields={
        **{name: Field(per_firm=True, dtype="float32", start=0.0, unit="strength in [0, 1]") for name in FELT},
        "felt_bond": Field(per_firm=True, dtype="float64", start=0.0, unit="the bond as the sides make it"),
    },
    hooks=(
        Hook("week", sides_fade, sets=(*FELT, "felt_bond", "bond")),
        Hook("week", sides_settle, sets=(*FELT, "felt_bond", "bond"), only=TOUCHED, order=75),
        Hook("visit", sides_live, sets=(*FELT, "felt_bond", "bond"), only=MOVED, order=95),
    ),
    check=check,
    fits=fits,
    tell=tell,
    order=41,
)
