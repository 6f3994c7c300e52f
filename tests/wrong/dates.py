"""Dates of programs and of what customers know of them, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "purchases after a program's end count as rewarded",
        "program_effects.deadweight",
        "rewarding(scenario, worlds.with_it)",
        "np.ones(len(worlds.with_it.offers), bool)",
        "test_deadweight_of_a_program_that_has_ended",
    ),
    Mutant(
        "a component runs in the week of its end",
        "dates.runs",
        "week < terms.end",
        "week <= terms.end",
        "test_before_its_start_and_after_its_end_a_component_does_nothing",
    ),
    Mutant(
        "a component runs before its start",
        "dates.runs",
        "terms.start <= week",
        "0 <= week",
        "test_before_its_start_and_after_its_end_a_component_does_nothing",
    ),
    Mutant(
        "what is held when a component ends is owed for ever",
        "Market.close_components",
        "self.forfeit(name, stock, j, gone[name], closing)",
        "pass",
        "test_what_customers_hold_at_the_end_goes_and_is_booked",
    ),
    Mutant(
        "a component outlives what it needs",
        "offer.running",
        "off.isdisjoint(needed([name], known))",
        "name not in off",
        "test_what_it_needs_ends_a_component",
    ),
    Mutant(
        "the membership that ended lets people in",
        "membership.door",
        "terms is not None and any(m.gives is not None and m.gives(own) for m, own in parts)",
        "True",
        "test_what_it_needs_ends_a_component",
    ),
    Mutant(
        "everybody knows what nobody said",
        "found_out.knows",
        'announced(change) or change["week"] in shown[change["told"]]',
        "True",
        "test_a_customer_finds_out_at_the_first_purchase",
    ),
    Mutant(
        "every purchase shows what a reward shows",
        "finds_out",
        "visit.reward_given > 0",
        "visit.reward_given >= 0",
        "test_how_a_customer_finds_out",
    ),
    Mutant(
        "who thinks of joining knows what nobody will say",
        "offer.coming",
        "announced(change) or change in now",
        "True",
        "test_who_thinks_of_joining_counts_the_coming_year",
    ),
    Mutant(
        "who thinks of joining does not look ahead",
        "offer.coming",
        "math.fsum(each) / YEAR",
        "each[0]",
        "test_who_thinks_of_joining_counts_the_coming_year[dates1-40-0.5]",
    ),
    Mutant(
        "a copy has the dates of the original",
        "dates.at",
        "dataclasses.replace(dated, start=0, end=None, changes=(), **new)",
        "dataclasses.replace(dated, **new)",
        "test_rivals_copy_what_runs_and_not_its_dates",
    ),
    Mutant(
        "a price changes once",
        "value_in",
        "found[-1]",
        "found[0]",
        "test_a_price_changes_at_its_date",
    ),
    Mutant(
        "changes in any order",
        "Reader.changes",
        'one["week"] >= two["week"]',
        'one["week"] == two["week"]',
        "test_dates.py::test_refusals",
    ),
    Mutant(
        "conditions between keys hold on the first day only",
        "Reader.chosen",
        "variants(found[name])",
        "[('', found[name])]",
        "test_dates.py::test_refusals",
    ),
]
