"""Programs and their comparison, broken on purpose."""

from tests.wrong import Mutant

MUTANTS = [
    Mutant(
        "expired points still owed",
        "points.book",
        'totals["points_issued"] - totals["points_redeemed"] - totals["points_expired"]',
        'totals["points_issued"] - totals["points_redeemed"]',
        "test_08_new_terms_leave_what_was_booked",
    ),
    Mutant(
        "a cheaper price repels",
        "offer.numbers",
        "offer.price - offer.base_price",
        "offer.base_price - offer.price",
        "test_instant_redemption_is_a_price_cut[with outside option]",
    ),
    Mutant(
        "lost stamps still owed",
        "stamps.book",
        'totals["stamps_expired"] + totals["stamps_lost"]',
        'totals["stamps_expired"]',
        "test_rewards_cost_when_given_and_stamps_are_owed",
    ),
    Mutant(
        "who is indifferent leaves",
        "TIE",
        "1e-9",
        "0.0",
        "test_who_is_indifferent_stays",
    ),
    Mutant(
        "a design that spends less is ranked with the others",
        "ranking",
        "(d in self.beside, -mean[d])",
        "-mean[d]",
        "test_a_design_that_cannot_spend_the_budget_is_ranked_apart",
    ),
    Mutant(
        "the same k for all leaves everybody the own way of joining",
        "alike",
        "joining.get(name, own)",
        "own",
        "test_designs_are_also_tried_with_the_same_k_and_joining",
    ),
    Mutant(
        "the tipping point a stamp late",
        "tipping_point",
        "k - min(k, max(0, math.floor(math.log(v / (r * (1.0 - b))) / math.log(b) + TIE)))",
        "k + 1 - min(k, max(0, math.floor(math.log(v / (r * (1.0 - b))) / math.log(b) + TIE)))",
        "test_published_rows[0.04-6-0.375-0.56]",
    ),
    Mutant(
        "the search stops at half the budget",
        "fund.gap",
        "cost(value) - budget",
        "cost(value) - budget / 2",
        "test_the_money_is_found_for_a_design[6.0]",
    ),
    Mutant(
        "the search gives up where a value is refused",
        "equal_budget.found",
        "(here + new) / 2.0",
        "here",
        "test_the_search_finds_the_term",
    ),
    Mutant(
        "searched on the seeds that judge",
        "search_seeds",
        "(seed + k) ^ APART",
        "seed + k",
        "test_the_search_uses_seeds_of_its_own",
    ),
    Mutant(
        "chances of unpaired runs",
        "comparison.chance",
        "math.fsum((d - mean) ** 2 for d in differences) / (n - 1) / n",
        "math.fsum((d - mean) ** 2 for d in differences) / (n - 1)",
        "test_a_chance_is_students",
    ),
    Mutant(
        "names unescaped in the page",
        "html",
        "jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, "
        "trim_blocks=True, lstrip_blocks=True)",
        "jinja2.Environment(loader=loader, autoescape=False, undefined=jinja2.StrictUndefined, "
        "trim_blocks=True, lstrip_blocks=True)",
        "test_the_page_escapes_names",
    ),
    Mutant(
        "formulas reach the spreadsheet",
        "FORMULA",
        '("=", "+", "-", "@", "\\t", "\\r")',
        '("+", "-", "@", "\\t", "\\r")',
        "test_text_that_is_a_formula_is_guarded",
    ),
    Mutant(
        "what comes along stays behind",
        "design_of",
        '{**plain(terms.behaviour), **tree["behaviour"]}',
        'tree["behaviour"]',
        "test_what_comes_along_with_a_design_is_there_for_all",
    ),
    Mutant(
        "a diary counts the stamps that are there",
        "stamps.tell",
        "scene.terms.needed - after",
        "after",
        "test_it_counts_the_stamps_that_are_missing",
    ),
]
