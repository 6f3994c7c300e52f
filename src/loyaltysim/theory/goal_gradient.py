"""How strongly the next step of a card pulls: goal gradient, discounted waiting, foresight. Shared, no mechanism."""

from __future__ import annotations

import math

from loyaltysim.mechanism.rules import rule

PROGRESS = "progress towards the next reward"  # the amplifier in words
CLOSER = "离下一次奖励更近"


@rule
def raised(x: float, n: float) -> float:
    """x to the power n, for x in [0, 1]; the usual fourth power by multiplication, which is much faster."""
    if n == 4.0:
        return (x * x) * (x * x)
    return math.pow(x, n)


@rule
def progress(x: float, strength: float, power: float, impatience: float) -> float:
    """How far a card feels done at displayed progress x in [0, 1]; impatience > 0 is the rational customer's."""
    if impatience > 0.0:
        return math.exp(-impatience * (1.0 - x))
    return x + strength * raised(x, power + 1.0) / (power + 1.0)


@rule
def card_share(x: float, d: float, x_0: float, strength: float, power: float, impatience: float) -> float:
    """`cards_share` where each card after the first begins empty."""
    return cards_share(x, d, x_0, 0.0, strength, power, impatience)


@rule
def cards_share(x: float, d: float, x_0: float, x_1: float, strength: float, power: float, impatience: float) -> float:
    """The share of a reward that a step from x to x + d is worth; the steps of a card sum to one.

    x_0 is where this card began (endowed progress); what overshoots counts on the next cards, which begin at x_1.
    """
    done = progress(1.0, strength, power, impatience)
    here = progress(x, strength, power, impatience)
    whole = done - progress(x_0, strength, power, impatience)
    end = x + d
    if end < 1.0:
        return (progress(end, strength, power, impatience) - here) / whole
    rest = end - 1.0
    cards = math.floor(rest / (1.0 - x_1))
    begin = progress(x_1, strength, power, impatience)
    reached = progress(x_1 + (rest - cards * (1.0 - x_1)), strength, power, impatience)
    return (done - here) / whole + cards + (reached - begin) / (done - begin)


@rule
def plain_card_share(x: float, d: float, power: float, lift: float, part: float) -> float:
    """`card_share` where the goal gradient pulls and the card began empty, without its divisions: the usual case.

    lift = strength / (power + 1) and part = 1 / (1 + lift) are the same for all customers.
    """
    cards = math.floor(x + d)
    end = x + d - cards
    return cards + (end - x + lift * (raised(end, power + 1.0) - raised(x, power + 1.0))) * part


@rule
def rational_impatience(visits_per_week: float, step: float, discount: float, expiry: float) -> float:
    """Exponent of a rational customer's value of progress: exp(-a (1 - x)), a = -log(psi) / step.

    psi is the discounted chance that the next visit comes before the points lapse, for Poisson visits.
    """
    if visits_per_week <= 0.0 or step <= 0.0:
        return 1e9
    pace = visits_per_week + discount
    psi = visits_per_week / pace
    if expiry > 0:
        psi = psi * -math.expm1(-pace * expiry)
    return min(1e9, max(1e-6, -math.log(max(psi, 1e-300)) / step))


@rule
def step_worth(i: float, needed: float, reward: float, elsewhere: float, here: float, beta: float) -> float:
    """What the next stamp is worth to a customer with foresight: beta (V(i + 1) - V(i)), in the unit of `reward`.

    V is the value of a card with i stamps (one card, no continuation): at each occasion the customer must buy here with
    chance `here`, and otherwise takes the better of a stamp and the saving `elsewhere`; beta discounts an occasion.
    From i_0 on a stamp is the better: V = beta^(needed - i) reward; before, V nears that of never coming by choice.
    The dynamic program in closed form: `foresight.card_values` solves it step by step. Never below 0.
    """
    if beta <= 0.0 or beta >= 1.0 or reward <= 0.0:
        return 0.0
    free = needed
    if elsewhere > 0.0:
        reach = math.log(elsewhere / (reward * (1.0 - beta))) / math.log(beta)
        free = min(needed, max(0.0, math.floor(reach + 1e-9)))
    left = needed - i
    if left <= free:
        return reward * (1.0 - beta) * math.exp(left * math.log(beta))
    wait = 1.0 - (1.0 - here) * beta
    pace = here * beta / wait
    if pace <= 0.0:
        return 0.0
    gain = reward * math.exp(free * math.log(beta)) - (1.0 - here) * elsewhere / (1.0 - beta)
    return max(0.0, beta * (1.0 - beta) / wait * math.exp((left - free - 1.0) * math.log(pace)) * gain)
