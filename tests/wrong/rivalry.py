"""Wrong rivalry: money that is counted twice, effects of other arms, paths that never stop."""

from __future__ import annotations

from tests.wrong import Mutant

# fmt: off
MUTANTS = [
    Mutant(
        "what the firm gets back leaves out what it paid", "incidence.shared_out",
        "left + cost", "left",
        "test_who_has_the_money_by_hand",
    ),
    Mutant(
        "what rivals lose is nobody's", "incidence.shared_out",
        "cost - customers - back - others", "cost - customers - back",
        "test_who_has_the_money_by_hand",
    ),
    Mutant(
        "the focal firm is its own rival", "incidence.incidence",
        "b.weekly.firm != w.firm", "b.weekly.firm != ''",
        "test_who_has_the_money_by_hand",
    ),
    Mutant(
        "adopters stay whatever it brings", "adoption.settled",
        "n == 0 or effect[n - 1] >= 0.0", "True",
        "test_where_adoption_ends",
    ),
    Mutant(
        "everybody answers in every week", "adoption.curve",
        "week % lag == 0", "True",
        "test_the_curve_of_adoption_by_hand",
    ),
    Mutant(
        "who drops its program is held against nobody having one", "adoption.exit_test",
        "(na, aa)", "(na, nn)",
        "test_the_exit_test_by_hand",
    ),
    Mutant(
        "a program that pays all is the price of entry", "adoption.kind",
        "most <= margin", "True",
        "test_the_exit_test_by_hand",
    ),
    Mutant(
        "the smallest rival adopts first", "rivalry.adoption_arms",
        "-world.firms[f].share", "world.firms[f].share",
        "test_who_adopts_takes_the_leaders_program_and_when_it_starts",
    ),
    Mutant(
        "who adopts forgets its price", "rivalry.adopting",
        "{**setting(firm, False), **given[1]}", "dict(given[1])",
        "test_who_adopts_takes_the_leaders_program_and_when_it_starts",
    ),
    Mutant(
        "the price of entry is the next one tried", "entry.crossing",
        "(p[k + 1] - p[k]) * (share[k] - target)", "(p[k + 1] - p[k]) * (share[k] - share[k + 1])",
        "test_the_price_of_entry_by_hand",
    ),
    Mutant(
        "incumbents keep their programs in both worlds", "rivalry.entry_arms",
        "replace(firm, program={}, policy=setting(firm, False))", "firm",
        "test_incumbents_programs_make_entry_dearer_by_what_they_are_worth",
    ),
    Mutant(
        "a path that stops is one that moved lately", "measures.escalation.stop",
        "len(path) - last > quiet", "len(path) - last < quiet",
        "test_where_a_path_of_rewards_stops_by_hand",
    ),
    Mutant(
        "a step that fades away is a change", "measures.escalation.stop",
        "abs(rate - at) > small", "rate != at",
        "test_where_a_path_of_rewards_stops_by_hand",
    ),
    Mutant(
        "what is won while the price is low is not later", "lock_in.lock_in",
        "weeks * np.asarray(at_once, float)", "np.asarray(at_once, float)",
        "test_lock_in_by_hand",
    ),
    Mutant(
        "investment for good", "two_period.investing",
        "passed % (terms.invest + terms.harvest) if terms.again else passed", "0",
        "test_investment_lowers_the_price_by_what_comes_back[True]",
    ),
    Mutant(
        "a unit won is worth its price", "two_period.worth",
        "seen.own.base_price * (1.0 - share) - seen.unit_cost - lump", "seen.own.base_price * (1.0 - share)",
        "test_investment_lowers_the_price_by_what_comes_back[True]",
    ),
    Mutant(
        "firms that never settle within a week", "Taken.rounds",
        "self.policy.rounds(self.terms)", "1",
        "test_prices_settle_within_one_week",
    ),
    Mutant(
        "every round of a price costs its menu", "Firm.settle",
        "self.cost += new.cost - one.decision.cost", "self.cost += new.cost",
        "test_a_change_within_the_week_is_paid_once",
    ),
    Mutant(
        "rewards whose cost nobody minds", "reward_nash.decide",
        "reward + conduct / won", "conduct / won",
        "test_rewards_escalate_to_where_they_are_known_to_stop",
    ),
    Mutant(
        "demand at the program of now", "Expectation.offered",
        "replace(bare(o), program=now[n]) if n in now else o", "o",
        "test_rewards_escalate_to_where_they_are_known_to_stop",
    ),
    Mutant(
        "a promise that is kept at once", "commitment.decide",
        "{PROMISES[name]: kept}", "{PROMISES[name]: memory['promised']}",
        "test_a_coupon_is_promised_now_and_kept_in_the_next_period",
    ),
    Mutant(
        "a promise by the base price alone", "commitment.promise",
        "seen.own.price - seen.unit_cost", "seen.own.base_price - seen.unit_cost",
        "test_a_coupon_is_promised_now_and_kept_in_the_next_period",
    ),
    Mutant(
        "a promised price that follows the public one", "loyal_price.off_for_loyal",
        "1.0 - price / paid", "1.0 - price",
        "test_for_whom_it_holds_it_is_the_price",
    ),
    Mutant(
        "a promise that never ends", "loyal_price.promise_ends",
        "visit.week > here.loyal_until", "False",
        "test_who_came_lately_pays_less_by_hand",
    ),
    Mutant(
        "a promise below which nobody pays", "loyal_price.off_for_loyal",
        "max(0.0, 1.0 - price / paid)", "1.0 - price / paid",
        "test_a_price_below_the_promise_is_for_everybody",
    ),
]
