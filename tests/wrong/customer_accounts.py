"""What a customer costs and brings, as it must not be worked out."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "a visit costs less with tenure where it should cost more",
        "CostToServe.drift",
        '{"flat": 0.0, "falling": -self.change, "rising": self.change}',
        '{"flat": 0.0, "falling": -self.change, "rising": -self.change}',
        "test_a_visit_costs_by_tenure_by_hand[rising]",
    ),
    Mutant(
        "the whole change comes with the second visit",
        "cost_of_visit",
        "-math.expm1(-terms.pace * tenure)",
        "min(1, tenure)",
        "test_a_visit_costs_by_tenure_by_hand[falling]",
    ),
    Mutant(
        "the half-life is taken for a mean life",
        "CostToServe.pace",
        "math.log(2.0) / self.half_life",
        "1.0 / self.half_life",
        "test_a_visit_costs_by_tenure_by_hand[falling]",
    ),
    Mutant(
        "fractions of a cent are cut off",
        "cost_of_visit",
        "int(terms.cents * (1.0 + terms.drift * -math.expm1(-terms.pace * tenure)) + 0.5)",
        "int(terms.cents * (1.0 + terms.drift * -math.expm1(-terms.pace * tenure)))",
        "test_a_cost_is_the_nearest_whole_number_of_cents",
    ),
    Mutant(
        "tenure begins anew with every visit",
        "served_at_cost",
        "min(here.first_visit, visit.week)",
        "visit.week",
        "test_tenure_begins_with_the_first_visit_to_that_firm",
    ),
    Mutant(
        "whoever is under contract is new in the first week",
        "known_since",
        'population["started"][rows]',
        "0",
        "test_under_contract_tenure_begins_with_the_contract_that_was_under_way",
    ),
    Mutant(
        "what serving costs enters no book",
        "Firm._since_start",
        "{**self.of_market, **self.ran}",
        "self.ran",
        "test_serving_costs_in_the_world_without_a_program_too",
    ),
]
