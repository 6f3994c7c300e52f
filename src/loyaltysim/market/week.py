"""One customer's week on one screen.

`open_week` is the whole behaviour of a customer in an open market, over the rows that it is given; `contract_week` that
of a customer with one provider at a time, who decides at renewals. They are read by assemble.py and never run as they
stand: `rules(phase)` gives way to the calls of the active mechanisms, and what stands under a condition in capitals
stays or goes with the run (`if LOGGED:`), so that an inactive mechanism leaves no line and no branch. What remains is
run as it is, by plain Python for one customer and by the compiler for all.

    me      this customer                    here    this customer at this firm
    terms   this week's offer of the firm    visit   what happens now: the week, the purchase, what the firm counts
"""

# ruff: noqa: F821, F841, SIM102 - pieces are put into one another; names in capitals are put in front of the assembled step: sizes, addresses of draws, conditions
# mypy: disable-error-code="name-defined, assignment"

from __future__ import annotations

import math
from typing import Any

import numpy as np

from loyaltysim.market.tastes import beyond, looked_up
from loyaltysim.mechanism.draws import FASTEST, OCCASION, child, count, normal, uniform, unit


def rules(phase: str) -> None:
    """Stands for the calls of a phase, in the order of the mechanisms."""


def open_week(
    start: Any, stop: Any, week: Any, people: Any, pairs: Any, offers: Any, beliefs: Any, visits: Any,
    accounts: Any, taste_tables: Any, panel_visits: Any, panel_spend: Any, log: Any, log_at: Any,
) -> Any:  # fmt: skip
    """One week in the life of the customers in rows [start, stop); -> the first row not yet served, or a fault."""
    for i in range(np.uint64(start), np.uint64(stop)):  # unsigned: no check for negative rows
        if LOGGED:
            if log_at[0] + ROOM > len(log):  # the log may not hold another customer's week
                return np.int64(i)
        if ACCOUNTS:  # what is counted of this customer alone
            visits = accounts[i]
        me = people[i]
        if me.status == 0:
            continue
        if WEEKLY:
            for j in range(FIRMS):
                here = pairs[i, j]
                terms = offers[j]
                visit = visits[j]
                rules("week")
        if me.status == 2:
            continue
        now = child(me.key, np.uint64(week))
        rates()
        if not rate <= FASTEST:
            return -1 - (np.int64(i) * (FIRMS + 1) + FIRMS)
        seen = 0
        many = count(uniform(now, DRAW_COUNT), rate, none)
        if LOGGED:
            left = 1.0
        for occasion in range(many):
            then = child(now, OCCASION + np.uint64(occasion))
            if LOGGED:  # of the m occasions to come, m independent uniform times, the next leaves V^(1/m) of the rest
                left *= math.exp(math.log(uniform(then, DRAW_TIME)) / (many - occasion))
            basket()
            luck = child(then, DRAW_CHOICE)
            utilities()
            if top == -math.inf:
                continue
            race()
            if SURPLUS:
                surplus()
            j = chosen
            purchase()
            visit.buyers += 1 - (seen >> j & 1)
            seen |= 1 << j
            record()
            rules("visit")
            rules("leave")
        if ENDING:
            terms = offers[0]
            visit = visits[0]
            rules("end")
    return stop


def contract_week(
    start: Any, stop: Any, week: Any, people: Any, pairs: Any, offers: Any, beliefs: Any, visits: Any,
    accounts: Any, taste_tables: Any, theta_table: Any, panel_visits: Any, panel_spend: Any, log: Any, log_at: Any,
) -> Any:  # fmt: skip
    """One week of customers who each have a contract at one firm; -> the first row not yet served, or a fault."""
    for i in range(np.uint64(start), np.uint64(stop)):
        if LOGGED:
            if log_at[0] + ROOM > len(log):
                return np.int64(i)
        if ACCOUNTS:  # what is counted of this customer alone
            visits = accounts[i]
        me = people[i]
        if me.status == 0:
            continue
        if WEEKLY:
            for j in range(FIRMS):
                here = pairs[i, j]
                terms = offers[j]
                visit = visits[j]
                rules("week")
        if me.status == 2:
            continue
        now = child(me.key, np.uint64(week))
        many = 1
        occasion = 0
        then = child(now, OCCASION)
        if LOGGED:
            left = 1.0
        if me.provider < 0:  # new to the market: the first contract
            usual_basket()
            luck = child(now, DRAW_CHOICE)
            utilities()
            if top == -math.inf:
                continue
            newcomers()
            race()
            sign()
            visits[chosen].acquired += 1
        j = np.int64(me.provider)
        age = week - me.started
        if age % BILLING == 0:
            if LOGGED:
                left *= math.exp(math.log(uniform(then, DRAW_TIME)) / (many - occasion))
            basket()
            purchase()
            visit.buyers += 1
            record()
            rules("visit")
        if (age + 1) % TERM == 0:  # what is decided now holds from the next week on
            decision()
        if me.provider >= 0:
            visits[me.provider].customers += 1
        if ENDING:
            terms = offers[0]
            visit = visits[0]
            rules("end")
    return stop


def expected_week(
    start: Any, stop: Any, week: Any, people: Any, pairs: Any, offers: Any, beliefs: Any, visits: Any,
    taste_tables: Any, expected: Any,
) -> Any:  # fmt: skip
    """What customers in rows [start, stop) would buy at these offers in a week, by chances instead of luck, as they are
    now: adds cents at base prices to `expected`, firm by firm, and changes nobody; -> as `open_week`. What a rule draws
    at an occasion it draws as at the first.
    """
    for i in range(np.uint64(start), np.uint64(stop)):
        me = people[i]
        if me.status != 1:
            continue
        then = child(child(me.key, np.uint64(week)), OCCASION)
        rates()
        mean_basket()
        utilities()
        if top == -math.inf:
            continue
        pull = 0.0
        for j in range(FIRMS):
            pull += math.exp(max(visits[j].utility - top, -60.0))
        for j in range(FIRMS):
            expected[j] += rate * cents * (math.exp(max(visits[j].utility - top, -60.0)) / pull)
    return stop


def rates() -> None:
    """The purchase rate of this week, and the chance of no purchase."""
    if RATES_MOVE:
        me.pace = me.rate
        if APPEALING:
            appeal = 0.0
            for j in range(FIRMS):
                here = pairs[i, j]
                terms = offers[j]
                if ABSENCES:
                    if terms.present == 0.0:
                        continue
                if BELIEVING:  # what the customer takes to be the terms
                    terms = beliefs[here.found, here.met, j]
                gain = -terms.price_gap
                rules("appeal")
                if gain != 0.0:
                    appeal += here.prior * math.expm1(min(700.0, me.beta * gain))
            me.appeal = math.log1p(max(-0.9999999999999999, appeal))
        terms = offers[0]
        visit = visits[0]
        rules("rate")
        rate = me.pace
        none = me.none
        if rate != me.rate:
            none = math.exp(-rate)
    else:
        rate = me.rate
        none = me.none


def basket() -> None:
    """Spending of an occasion at base prices, in cents: fixed, or log-normal; the same whichever firm is chosen."""
    if VARYING_BASKET:
        size = normal(uniform(then, DRAW_BASKET_SIZE))
        cents = np.int64(max(1.0, math.exp(me.basket_log + offers[0].basket_sd * size) + 0.5))
    else:
        cents = me.base_cents


def mean_basket() -> None:
    """What the customer spends at an occasion in the mean, at base prices, in cents."""
    if VARYING_BASKET:
        cents = np.int64(max(1.0, math.exp(me.basket_log + 0.5 * offers[0].basket_sd * offers[0].basket_sd) + 0.5))
    else:
        cents = me.base_cents


def usual_basket() -> None:
    """What the customer usually spends, for a decision that is no purchase."""
    cents = np.int64(max(1.0, me.spending * 100.0 + 0.5))


def utilities() -> Any:
    """Log strength and what moves it at every firm that can be chosen; top = the largest, -inf if there is none."""
    if PROPORTIONAL:
        sensitivity = me.beta * (cents / math.exp(me.basket_log))
    else:
        sensitivity = me.beta
    top = -math.inf
    for j in range(FIRMS):
        here = pairs[i, j]
        terms = offers[j]
        if BELIEVING:
            terms = beliefs[here.found, here.met, j]
        visit = visits[j]
        visit.utility = -math.inf
        if ABSENCES:  # who is not in the market has no utility
            if terms.present == 0.0:
                continue
        rules("known")
        visit.cents = cents
        visit.paid_cents = cents * terms.paid
        gain = -terms.price_gap
        rules("utility")
        if TASTE_SHIFT:  # the strength of a firm whose shape is multiplied by exp(shift), at the customer's rank
            shift = me.taste_scale * (sensitivity * gain)
            utility = here.log_g + shift
            if shift != 0.0:
                utility = (
                    here.log_g
                    + looked_up(taste_tables, me.taste_class * FIRMS + j, shift, here.taste_rank)
                    + beyond(shift)
                )
        else:
            utility = here.log_g + sensitivity * gain
        if utility != utility:
            return -1 - (np.int64(i) * (FIRMS + 1) + j)
        visit.utility = utility
        top = max(top, utility)


def race() -> None:
    """The firm whose exponential clock rings first, each at the pace of its strength: a logit choice."""
    for j in range(FIRMS):
        visits[j].waiting = -math.log(unit(child(luck, offers[j].key)))
    chosen = 0
    first = math.inf
    if SURPLUS:
        pull = 0.0
    for j in range(FIRMS):
        weaker = math.exp(min(top - visits[j].utility, 60.0))
        if SURPLUS:
            pull += 1.0 / weaker
        if visits[j].waiting * weaker < first:
            chosen = j
            first = visits[j].waiting * weaker


def surplus() -> None:
    """What the choice is worth beside the base offers, in cents (Small & Rosen 1981, Econometrica 49)."""
    me.surplus += money(gained(top, pull, pairs[i, chosen].log_g, pairs[i, chosen].prior), cents, sensitivity)
    if GROWING:
        terms = offers[0]
        rules("worth")


def gained(top: float, pull: float, strength: float, share: float) -> float:
    """The log-sum of utilities, top + log(pull), less that of the strengths: a strength over its share at birth is the
    sum of all. 0 where the chosen firm was not known at birth, or its share is too small for a number.
    """
    if share == 0.0:
        return 0.0
    return top + math.log(pull * share) - strength


def money(worth: float, cents: int, sensitivity: float) -> float:
    """Utility at a purchase of so many cents as money; nothing where money moves nobody."""
    if sensitivity <= 0.0:
        return 0.0
    return cents * worth / sensitivity


def purchase() -> None:
    """At the till of firm j: what is paid, what rules change about it before the till closes, what the firm takes."""
    here = pairs[i, j]
    terms = offers[j]
    visit = visits[j]
    rules("begin")
    visit.occasion = occasion
    visit.cents = cents
    visit.spend = np.int64(cents * terms.paid)
    rules("served")
    visit.visits += 1
    visit.revenue += visit.spend
    visit.at_base_price += visit.cents


def record() -> None:
    """Note the purchase in the panel and in the log."""
    if PANEL:
        panel_visits[i, j] += 1
        panel_spend[i, j] += visit.spend
    if LOGGED:
        entry = log[log_at[0]]
        entry.customer = me.id
        entry.week = week
        entry.occasion = occasion
        entry.firm = j
        entry.spend = visit.spend
        entry.day = 7.0 * (week + (1.0 - left))
        log_at[0] += 1


def decision() -> None:
    """The end of a term: the customer stays, goes to a rival, or leaves the market."""
    visits[j].renewals += 1
    usual_basket()
    luck = child(now, DRAW_SWITCH)
    utilities()
    rivals()
    terms = offers[me.provider]
    visit = visits[me.provider]
    visit.own = own
    visit.lure = lure
    visit.sensitivity = sensitivity
    rules("renew")
    u = uniform(now, DRAW_RENEWAL)
    odds = 1.0 + visit.exits + visit.switches
    if u * odds < visit.exits:
        visit.exited += 1
        me.provider = -1
        me.status = 2
    elif (1.0 - u) * odds < visit.switches:
        visit.lost += 1
        race()
        sign()
        me.started = week + 1
        visits[chosen].won += 1


def rivals() -> None:
    """What changed at the own firm since theta was measured, and at the others together; then only these race."""
    own = visits[me.provider].utility - pairs[i, me.provider].log_g - sensitivity * offers[0].renewal_usual_pull
    visits[me.provider].utility = -math.inf
    top = -math.inf
    usual = -math.inf
    for j in range(FIRMS):
        visit = visits[j]
        terms = offers[j]
        if visit.utility > -math.inf:
            usual = max(usual, pairs[i, j].log_g)
            rules("lure")
            top = max(top, visit.utility)
    lure = -math.inf
    if top > -math.inf:
        pull = 0.0
        rest = 0.0
        for j in range(FIRMS):
            if visits[j].utility > -math.inf:
                pull += math.exp(visits[j].utility - top)
                rest += math.exp(pairs[i, j].log_g - usual)
        lure = top - usual + math.log(pull / rest)


def newcomers() -> None:
    """Who is new to the market goes where customers are found in the long run."""
    top = -math.inf
    for j in range(FIRMS):
        if visits[j].utility > -math.inf:
            visits[j].utility += pairs[i, j].entry_log - pairs[i, j].log_g
            top = max(top, visits[j].utility)


def sign() -> None:
    """The hazard of a new contract: the quantile of its firm's Beta law, from a table over the logit of a uniform."""
    me.provider = chosen
    me.started = week
    me.contract += 1
    if HAZARD_FOR_LIFE:
        u = me.standing
    else:
        u = uniform(child(me.key, np.uint64(me.contract)), DRAW_THETA)
    place = (math.log(u) - math.log1p(-u) - GRID_START) / GRID_STEP
    cell = np.int64(place)
    me.theta = theta_table[chosen, cell]
    me.theta += (place - cell) * (theta_table[chosen, cell + 1] - theta_table[chosen, cell])
