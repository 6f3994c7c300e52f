"""Every draw is a pure function of (seed, customer, week, purpose, occasion, item).

A draw has an address instead of a place in a stream. Two worlds with one seed therefore share their luck
customer by customer, and nothing that happens to one customer, firm or mechanism moves the luck of another.

    address    root = mix(seed)
               customer = child(root, id)
               week     = child(customer, week)              occasion = child(week, OCCASION + k)
               purpose  = child(occasion or week or customer, PURPOSE + purpose)
               item     = child(purpose, key of the firm)
               a purpose outside the list (a plug-in's) is NAMED + hash of its name, in place of PURPOSE + number
    firm     = child(child(root, FIRMS), key of the firm)     what it draws in a week for a purpose of its own:
                                                              child(child(firm, week), key of the purpose's name)
    child(h, x) = mix(h + GOLDEN (x + 1))                     the x-th output of the generator splitmix64 started at h

The functions run unchanged on Python's NumPy scalars, on whole arrays and inside compiled loops.
Source: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators", OOPSLA (mixing, increment);
counter-based addressing as in Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", SC11.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np

from loyaltysim.mechanism.rules import rule

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MULTIPLY_1 = np.uint64(0xBF58476D1CE4E5B9)
MULTIPLY_2 = np.uint64(0x94D049BB133111EB)
SHIFT_1, SHIFT_2, SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)
ONE, DROP = np.uint64(1), np.uint64(12)
STEP = 2.0**-52  # distance between two neighbouring uniforms
FASTEST = 700.0  # purchases a week that a rate may reach: beyond it exp(-rate) has no digits left
MOST = 4000  # purchases of one customer in one week; out of reach of any rate up to FASTEST

# One address space a parent: weeks below 2**20, occasions from 2**20, purposes from 2**40, purposes by name from 2**63.
# Below the root, customers have ids below 2**41 and all that firms draw lies under one number of its own.
OCCASION = np.uint64(1 << 20)
PURPOSE = np.uint64(1 << 40)
FIRMS = np.uint64(1 << 60)
NAMED = np.uint64(1 << 63)

# The list of purposes. A number is never reused or renumbered: it pins published results.
PURPOSES = {
    "count": 1,  # how many purchases this week
    "choice": 2,  # which firm
    "basket_size": 3,  # spending of an occasion
    "basket_angle": 4,  # not in use
    "rate": 5,  # purchase rate at birth
    "drift": 6,  # change of the purchase rate, by quarter
    "taste": 7,  # strength of each firm
    "propensity_group": 8,  # relational or transactional
    "propensity": 9,  # relationship propensity within the group
    "sensitivity": 10,  # price sensitivity
    "spending": 11,  # mean basket of a customer
    "awareness": 12,  # is the firm known
    "arrival": 13,  # when a potential customer enters
    "dropout": 14,  # dies after this purchase
    "lifetime": 15,  # when the customer dies, first of two
    "dropout_rate": 16,  # how mortal the customer is
    "notice": 17,  # was the offer noticed at this visit
    "join": 18,  # joins the program at this worth
    "recognition": 19,  # was the customer recognised at this visit
    "quality": 20,  # experienced quality
    "quality_angle": 21,  # not in use
    "time": 22,  # when within the week
    "card_lost": 23,  # is the stamp card lost
    "captive": 24,  # is only one firm at hand
    "failure": 26,  # did the visit fail
    "severity": 27,  # how much harm the failure did
    "complaint": 28,  # was the failure complained about
    "recovery": 29,  # was the complaint made good
    "renewal": 34,  # stays, switches or leaves at the end of a contract
    "switch": 35,  # which rival
    "theta": 36,  # how easily this contract is given up
    "provider": 37,  # the firm of the first contract
    "tenure": 38,  # how long the first contract has run, and when in the term it began
    "entry": 39,  # does a prospect enter this week
    "talk": 41,  # does the customer talk about this visit
    "answer": 42,  # noise of the recommendation, 0 to 10
    "review": 43,  # is what is said posted for everybody
    "hears": 44,  # does a message make an unknown firm known
    "network": 45,  # whom a customer picked among those before, and whether near or far
    "network_target": 46,  # which of them
    "network_copy": 47,  # whether a friend's friend instead
    "referral": 48,  # when a potential customer follows a referral
    "survey_asked": 49,  # is the customer asked in this wave
    "survey_reply": 50,  # does the customer reply
    "survey_answer": 51,  # noise of one answer
    "cross": 60,  # is the second category bought here too
    "contact": 61,  # does the firm get in touch this week
    "contact_fit": 62,  # does it suit the customer
    "conviction": 63,  # where the customer stands, for life
    "trouble": 64,  # is there bad news that concerns the customer, and is it told
    "discovery": 65,  # is it found out
    "return": 66,  # is the purchase brought back
    "return_accepted": 67,  # is it taken back
    "opportunist": 68,  # does the customer also bring back what was fine
    "walkout": 69,  # is the firm avoided after a failure
    "monitor": 70,  # does the firm see what was said, or think that it did
    "audit": 71,  # the visits of mystery shoppers
    "audit_seen": 72,  # was the shopper recognised
    "loyalty": 80,  # how concentrated the tastes are
    "estimate": 81,  # what a firm errs by about a customer's relationship propensity
    "gaming": 90,  # is the customer one who games programs
    "padding": 91,  # is more bought than needed, to be brought back
    "regret": 92,  # is the purchase brought back at a later visit
    "regret_part": 93,  # in part or wholly
    "second_account": 94,  # is another account asked for
    "account_check": 95,  # is it found out
    "transfer": 96,  # do two customers put their points together
    "donation": 97,  # are points given away
    "top_up": 98,  # are missing points bought
    "redemption": 100,  # how readily the customer redeems points, for life
    "redemption_kind": 101,  # never, only before they lapse, at a round number, or as they come
    "redemption_effort": 102,  # what one redemption must bring
    "redeem": 103,  # are points redeemed at this visit
    "bought_before": 130,  # how long before the first week a customer was last at a firm
    "birthday": 131,  # the week of the year that is a customer's own
    "coupon": 132,  # is a coupon issued
    "coupon_user": 133,  # does the customer use coupons of this firm at all
    "coupon_redeemed": 134,  # does the coupon come to mind at this visit
    "left_out": 135,  # does the customer see what others may have
    "stockpiles": 136,  # does the customer buy ahead at a lower price
    "channel": 140,  # through which channel the firm gets in touch this week; whom it can reach at all, for life
    "channel_quality": 141,  # what the contact is like
    "broadcast": 142,  # does the customer hear what is told to all
    "stage_before": 143,  # what comes before the purchase is like
    "stage_after": 144,  # what comes after it is like
    "prize": 145,  # is a prize drawn at this visit
    "prize_size": 146,  # a big one, or a small one
    "prize_contest": 147,  # who of those who entered wins
    "recorded": 170,  # does the purchase come into the firm's record
    "targeting": 171,  # who is chosen by lot, and who first of those who are alike
    "holdout": 172,  # who is chosen and gets nothing, for life
    "education": 160,  # is the customer taught this week
    "suggestion": 161,  # does the customer suggest something
    "adoption": 162,  # is it adopted
    "feedback": 163,  # is the customer told what became of it
    "task": 148,  # does the customer do it at all, for life; and this week, or claim it
    "task_check": 149,  # is a false claim found out
    "liar": 150,  # does the customer claim what was not done, for life
    "pace": 173,  # how often a willing customer does it, for life
    "club_interest": 155,  # does the customer share the interest of a club inside the program, for life
    "club_invited": 156,  # is the customer asked in this week, and who comes first
    "club_join": 157,  # joins the club at this worth
    "fee_renewal": 158,  # is a fee paid again without a thought
    "variant": 151,  # which variant of a message a customer gets in a test, for life
    "launch_interest": 152,  # may the customer want the new good at all
    "launch_want": 153,  # is it wanted this week
    "launch_lot": 154,  # who is served first where it is scarce
    "star_rating": 159,  # does the buyer rate the purchase, and is a bad rating given back
    "score": 168,  # is the customer asked for a score that staff are paid by
    "staff_rating": 169,  # the visits of which staff rate their own and a colleague's
}


@rule
def mix(z: Any) -> Any:
    """Scramble 64 bits so that near addresses give unrelated numbers."""
    z = (z ^ (z >> SHIFT_1)) * MULTIPLY_1
    z = (z ^ (z >> SHIFT_2)) * MULTIPLY_2
    return z ^ (z >> SHIFT_3)


@rule
def child(parent: Any, x: Any) -> Any:
    """Key number x below a parent key."""
    return mix(parent + GOLDEN * (x + ONE))


@rule
def unit(key: Any) -> Any:
    """A key as a uniform number in the open interval (0, 1): 52 bits, the middle of each cell."""
    return (np.float64(key >> DROP) + 0.5) * STEP


@rule
def uniform(parent: Any, purpose: Any) -> Any:
    """The uniform draw of a purpose below a parent key; purpose is a number of `PURPOSES` plus `PURPOSE`."""
    return unit(child(parent, purpose))


@rule
def item_uniform(parent: Any, purpose: Any, item: Any) -> Any:
    """The uniform draw of a purpose for one item, usually a firm's key."""
    return unit(child(child(parent, purpose), item))


@rule
def count(u: float, rate: float, none: float) -> int:
    """How many purchases a week holds: the Poisson quantile of u, monotone in the rate.

    u in (0, 1), rate per week, none = exp(-rate). The search ends where the tail no longer changes the sum.
    """
    n = 0
    term = none
    total = none
    while u > total:
        n += 1
        term = term * rate / n
        if (total + term == total and n > rate) or n >= MOST:
            break
        total += term
    return n


@rule
def normal(u: float) -> float:
    """The standard normal number below which a share u lies, to nine digits: monotone in one uniform.

    P. J. Acklam's quotients of polynomials, in u - 1/2 or, within 2.425 % of either end, in sqrt(-2 log u).
    """
    tail = min(u, 1.0 - u)
    if tail >= 0.02425:
        q = u - 0.5
        r = q * q
        up = -3.969683028665376e01 * r + 2.209460984245205e02
        up = (((up * r - 2.759285104469687e02) * r + 1.383577518672690e02) * r - 3.066479806614716e01) * r
        down = -5.447609879822406e01 * r + 1.615858368580409e02
        down = (((down * r - 1.556989798598866e02) * r + 6.680131188771972e01) * r - 1.328068155288572e01) * r
        return q * (up + 2.506628277459239) / (down + 1.0)
    r = math.sqrt(-2.0 * math.log(tail))
    up = (-7.784894002430293e-03 * r - 3.223964580411365e-01) * r - 2.400758277161838
    up = ((up * r - 2.549732539343734) * r + 4.374664141464968) * r + 2.938163982698783
    down = (7.784695709041462e-03 * r + 3.224671290700398e-01) * r + 2.445134137142996
    x = up / ((down * r + 3.754408661907416) * r + 1.0)
    if u > 0.5:
        return -x
    return x


def purpose(name: str) -> np.uint64:
    """The address of a purpose; KeyError if it is not in the list."""
    return PURPOSE + np.uint64(PURPOSES[name])


def named_purpose(name: str) -> np.uint64:
    """The address of a purpose that a mechanism from outside declares: by its name alone, so that it stays the same
    whichever file says it and whatever else is brought along. Two mechanisms with one purpose share its luck.
    """
    return NAMED | item_key(name)


def root(seed: int) -> np.uint64:
    """The key of a whole world. seed: integer in [0, 2**63)."""
    with np.errstate(over="ignore"):
        key: np.uint64 = mix(np.uint64(seed))
    return key


def item_key(name: str) -> np.uint64:
    """The key of a firm: a hash of its id, so that its place in a list never matters."""
    return np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"))


def draw(seed: int, customer: int, week: int, what: str, occasion: int | None = None, item: str | None = None) -> float:
    """One uniform draw by its whole address: what the compiled step reads, for inspection and tests."""
    with np.errstate(over="ignore"):
        key = child(child(root(seed), np.uint64(customer)), np.uint64(week))
        if occasion is not None:
            key = child(key, OCCASION + np.uint64(occasion))
        if item is not None:
            return float(item_uniform(key, purpose(what), item_key(item)))
        return float(uniform(key, purpose(what)))


def firm_draw(seed: int, firm: str, week: int, purpose: str) -> float:
    """The uniform draw of a firm that decides: by seed, firm, week and what it is for, a word of the policy's own.

    No stream: to ask twice is to get the same, and what one firm, week or purpose draws moves no other.
    """
    with np.errstate(over="ignore"):
        own = child(child(child(root(seed), FIRMS), item_key(firm)), np.uint64(week))
        return float(unit(child(own, item_key(purpose))))


def lasting(keys: np.ndarray | np.uint64, what: str, item: str | None = None) -> np.ndarray:
    """One uniform a customer that holds for life. keys : (n,) customer keys, or one -> (n,) in (0, 1), or one"""
    with np.errstate(over="ignore"):
        luck: np.ndarray
        if item is None:
            luck = uniform(keys, purpose(what))
        else:
            luck = item_uniform(keys, purpose(what), item_key(item))
    return luck


def customer_keys(seed: int, ids: np.ndarray) -> np.ndarray:
    """The keys of customers. ids : (n,) integers -> (n,) uint64."""
    with np.errstate(over="ignore"):
        keys: np.ndarray = child(root(seed), ids.astype(np.uint64))
    return keys
