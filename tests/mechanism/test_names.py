"""Rules from outside the package: names that do not exist are told, names that two share stay apart, all that a rule
may name works, and plain Python and the compiled step agree on it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import textwrap
from types import ModuleType

import numpy as np
import pytest

from loyaltysim.market.model import Market
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism import rules
from loyaltysim.mechanism.declare import Mechanism
from tests.scenarios import fingerprint, in_plain, parts, world

HEAD = '''
"""A mechanism that a test brings along."""

from __future__ import annotations

from dataclasses import dataclass

from loyaltysim.mechanism.declare import Field
from loyaltysim.mechanism.declare import Hook
from loyaltysim.mechanism.declare import Mechanism
from loyaltysim.mechanism.declare import Role
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Terms:
    """What it may be told."""

    size: float = term(1.0, "", 0.0, 10.0)
    places: tuple[float, ...] = term((1.0, 2.0), "", 0.0, 10.0)

    @property
    def doubled(self) -> float:
        """Twice the size."""
        return 2.0 * self.size

'''


def written(folder, name: str, text: str) -> ModuleType:
    """A module of this text in a file of this name."""
    path = folder / f"{name}.py"
    path.write_text(HEAD + textwrap.dedent(text), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"{__name__}.{folder.name}.{name}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def brought(folder, name: str, text: str, **more) -> Mechanism:
    """A mechanism of the market from a file, registered; its hooks are the list HOOKS of the file."""
    module = written(folder, name, text)
    made = Mechanism(
        name=name, level="behaviour", source="made up for a test of names", terms=module.Terms,
        fields=getattr(module, "FIELDS", {}), hooks=module.HOOKS, counts=getattr(module, "COUNTS", {}), **more,
    )  # fmt: skip
    mechanisms.register(made)
    return made


@contextlib.contextmanager
def guests():
    """What is brought along leaves again: other tests ask what the package itself holds."""
    outside, marked = list(mechanisms.OUTSIDE), len(rules.RULES)
    yield
    mechanisms.OUTSIDE[:] = outside
    del rules.RULES[marked:]
    mechanisms.registry.cache_clear()


@pytest.fixture(autouse=True)
def visitors():
    """Every test has guests of its own."""
    with guests():
        yield


# ---- names that do not exist -----------------------------------------------------------------------------------------

WRONG = {  # what a rule says -> the name that is told, and the nearest one that exists
    "here.joind = visit.week": ("here.joind", "joined"),
    "here.sat = here.satt": ("here.satt", "sat"),
    "me.pace = me.spendng": ("me.spendng", "spending"),
    "me.pace = me.link_recpt": ("me.link_recpt", "link_recept"),
    "here.sat = terms.sise": ("terms.sise", "size"),
    "here.sat = terms.places_[0]": ("terms.places_", "places"),
    "here.sat = terms.points.treshold": ("terms.points.treshold", "threshold"),
    "here.sat = terms.pionts.threshold": ("terms.pionts", "points"),
    "here.sat = visit.paid_cent": ("visit.paid_cent", "paid_cents"),
    "visit.reward_gven += 1": ("visit.reward_gven", "reward_given"),
    "visit.failurs += 1": ("visit.failurs", "failures"),
    "here.sat = others[0].joind": ("others.here[0].joind", "joined"),
    "here.sat = others[0].terms.price_gapp": ("terms.price_gapp", "price_gap"),
    "here.sat = slow(here, terms)": ("here.satt", "sat"),
}
TYPO = '''
@rule
def slow(here, terms):
    """A rule that another calls."""
    return here.satt * terms.size


@rule
def acts(here, me, others, terms, visit):
    """At a visit: something."""
    {said}


@rule
def fine(terms):
    """Nothing is wrong with it."""
    return terms.size > 0.0


HOOKS = (Hook("visit", acts, when=fine),)
'''


@pytest.mark.parametrize("said", WRONG)
def test_a_misspelt_name_is_told_with_its_rule_and_the_nearest_name(said, tmp_path):
    """When it is registered, not in the middle of a run: which rule of which mechanism in which file says what, and
    what is nearest; the mechanism stays out.
    """
    name, nearest = WRONG[said]
    with pytest.raises(ValueError) as told:
        brought(tmp_path, "typo", TYPO.format(said=said))
    words, rule = str(told.value), "slow" if "slow(" in said else "acts"
    assert words.startswith(f"rule {rule} of mechanism typo (typo.py:"), words
    line = int(words.split("typo.py:")[1].split(")")[0])
    text = (tmp_path / "typo.py").read_text(encoding="utf-8").splitlines()
    assert f"def {rule}(" in "".join(text[line - 1 : line + 1]), "the line is that of the rule"
    assert name in words and f"did you mean '{nearest}'?" in words, words
    assert "typo" not in mechanisms.registry()


def test_a_condition_is_examined_like_a_rule(tmp_path):
    """`when` too."""
    text = TYPO.format(said="here.sat = 1.0").replace("return terms.size > 0.0", "return terms.sizes > 0.0")
    with pytest.raises(ValueError, match=r"rule fine of mechanism typo \(typo.py:\d+\): terms.sizes .* mean 'size'\?"):
        brought(tmp_path, "typo", text)


@pytest.mark.parametrize(
    "parameter, nearest", [("term", "terms"), ("heer", "here"), ("draw_notise", "notice"), ("lasting_joim", "join")]
)
def test_a_misspelt_parameter_is_told(parameter, nearest, tmp_path):
    """An argument is a thing with names or a draw of a listed purpose: nothing else is handed over."""
    text = TYPO.format(said="here.sat = 1.0").replace("def acts(here, ", f"def acts({parameter}, here, ")
    with pytest.raises(ValueError, match=rf"rule acts of mechanism typo \(typo.py:\d+\): {parameter} .*{nearest}"):
        brought(tmp_path, "typo", text)


MISPLACED = {  # (phase, argument of the rule, argument of its condition) -> words
    ("rate", "here", "terms"): "here is not there in the phase rate",
    ("end", "others", "terms"): "others is not there in the phase end",
    ("end", "draw_notice", "terms"): "draw_notice cannot be drawn in the phase end",
    ("visit", "here", "draw_notice"): "draw_notice cannot be drawn in a condition",
}


@pytest.mark.parametrize("phase, argument, asked", MISPLACED)
def test_an_argument_that_a_phase_does_not_have_is_told(phase, argument, asked, tmp_path):
    """A phase about the customer alone knows no firm, and a condition asks for no luck."""
    text = TYPO.format(said="pass").replace("def acts(here, me, others, terms, visit)", f"def acts({argument})")
    text = text.replace("def fine(terms)", f"def fine({asked})").replace("terms.size > 0.0", "True")
    with pytest.raises(ValueError, match=MISPLACED[phase, argument, asked]):
        brought(tmp_path, "typo", text.replace('Hook("visit"', f'Hook("{phase}"'))


REFUSED = {  # what a rule may not do -> words
    "terms.size = 2.0": "terms.size is an offer",
    "visit.week = 3": "visit.week is not a rule's to change",
    "here.prior = 0.5": "here.prior is not a rule's to change",
    "me.spending = 1.0": "me.spending is not a rule's to change",
    "me.joined = 1": "it is here.joined",
    "others[0].sat = 1.0": "changed by whose field it is",
    "rival = others[0]": "write others",
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_not_a_rules_to_change_is_refused(said, tmp_path):
    """Offers are the firms', the week is the market's, and what belongs to a pair is not the customer's."""
    with pytest.raises(ValueError, match=REFUSED[said]):
        brought(tmp_path, "typo", TYPO.format(said=said))


def test_a_mechanism_that_asks_for_what_exists_is_taken(tmp_path):
    """The same file with nothing wrong in it."""
    made = brought(tmp_path, "fine", TYPO.format(said="here.sat = terms.doubled * me.link_recept"))
    assert mechanisms.registry()["fine"] is made


# ---- names that two share, fields of a few places, other firms -------------------------------------------------------

FIRST = '''
LIMIT = 2
FIRMS = 9


@rule
def most(x):
    """The least of a number and the limit."""
    return min(x, LIMIT)


@rule
def count(here, terms):
    """Visits, up to the limit."""
    here.counted_first = most(here.counted_first + 1)


@rule
def child(here):
    """A rule with the name of a draw, and a constant with that of the market's."""
    here.firms_said = FIRMS


FIELDS = {
    "counted_first": Field(per_firm=True, dtype="int32", unit="visits"),
    "firms_said": Field(per_firm=True, dtype="int32", unit="firms"),
}
HOOKS = (Hook("visit", count), Hook("visit", child))
'''
SECOND = FIRST.replace("LIMIT = 2", "LIMIT = 3").replace("FIRMS = 9", "FIRMS = 11")
SECOND = SECOND.replace("_first", "_second").replace("firms_said", "firms_told")

PLACES = '''
TWO = 2


@rule
def moods_move(here, me, terms, visit):
    """At a visit: two moods at the firm and two of the customer, each at its own pace."""
    for k in range(TWO):
        here.moods[k] = here.moods[k] + terms.places[k]
        me.hours[k] = me.hours[k] + (k + 1)
    here.moods[TWO - 1] += terms.doubled


FIELDS = {
    "moods": Field(per_firm=True, dtype="float32", start=0.5, unit="strength", parts=("mood_morning", "mood_evening")),
    "hours": Field(per_firm=False, dtype="int32", start=3, unit="visits", parts=("hour_morning", "hour_evening")),
}
HOOKS = (Hook("visit", moods_move),)
'''

OTHERS = '''
@rule
def looks_around(here, others, terms, visit):
    """At a visit: at how many firms the customer is a member, and how cheap the cheapest is."""
    here.cards = 0
    here.cheapest = others[0].terms.paid
    for k in range(len(others)):
        if others[k].joined >= 0:
            here.cards = here.cards + 1
        here.cheapest = min(here.cheapest, others[k].terms.paid)
        here.fullest = max(here.fullest, others[k].balance)
    visit.looks += here.cards


FIELDS = {
    "cards": Field(per_firm=True, dtype="int8", unit="firms"),
    "fullest": Field(per_firm=True, dtype="int64", unit="thousandths of a point"),
    "cheapest": Field(per_firm=True, dtype="float64", unit="of the base price"),
}
COUNTS = {"looks": "firms"}
HOOKS = (Hook("visit", looks_around),)
'''


@pytest.fixture(scope="module")
def visited(tmp_path_factory):
    """A market with mechanisms that share names, have places and look at other firms: compiled, and in plain Python."""
    texts = {"first": FIRST, "second": SECOND, "spots": PLACES, "around": OTHERS}
    card = {"points": {"threshold": 1e6}, "membership": {"join": "everyone"}}
    with guests():
        folder = tmp_path_factory.mktemp("rules")
        for name, text in texts.items():
            brought(folder, name, text)
        firm = {"c": {"price": 0.9}, "b": {"program": parts(card)}}
        scenario = world(40, 10, program=card, behaviour={name: {} for name in texts}, firm=firm)
        compiled, plain = Market(scenario, 6), in_plain(Market(scenario, 6))
        compiled.run()
        plain.run()
        yield compiled, plain


def visits(market: Market) -> np.ndarray:
    """Purchases of each customer at each firm."""
    return market.visits.sum(axis=0)


def test_what_outside_rules_name_is_the_same_compiled(visited):
    """Oracle 30 for shared names, places and other firms: every column, counter and ledger line, bit for bit."""
    compiled, plain = visited
    assert compiled.ready.compiled.signatures and fingerprint(compiled) == fingerprint(plain)


def test_rules_and_constants_of_one_name_stay_apart(visited):
    """Two mechanisms with a rule `count`, a helper `most` and a constant `LIMIT` each, of the names of the step's own
    draws at that: each counts up to its own limit, and no draw is another.
    """
    market, _ = visited
    came = visits(market)
    assert np.array_equal(market.population["counted_first"], np.minimum(came, 2))
    assert np.array_equal(market.population["counted_second"], np.minimum(came, 3)) and came.max() > 3
    assert np.array_equal(market.population["firms_said"], 9 * (came > 0))
    assert np.array_equal(market.population["firms_told"], 11 * (came > 0))


def test_a_field_has_a_few_places(visited):
    """`here.moods[k]` by places that have names, for a customer and for a customer at a firm; each a column."""
    market, _ = visited
    people, came = market.population, visits(market)
    assert "moods" not in people.columns
    assert people["mood_morning"].dtype == np.float32 and people["hour_evening"].dtype == np.int32
    assert np.array_equal(people["mood_morning"], np.float32(0.5) + came)
    assert np.array_equal(people["mood_evening"], np.float32(0.5) + 4 * came)
    assert np.array_equal(people["hour_morning"], 3 + came.sum(axis=1))
    assert np.array_equal(people["hour_evening"], 3 + 2 * came.sum(axis=1))


def test_a_rule_sees_the_customer_at_other_firms(visited):
    """`others[k].joined`, `others[k].terms.paid`: two of four firms have members; the third asks nine tenths. At the
    last visit of all the fullest card is the one that is fullest at the end, wherever it is held.
    """
    market, _ = visited
    people, came = market.population, visits(market)
    assert np.array_equal(people["cards"], 2 * (came > 0))
    assert np.array_equal(people["cheapest"], np.where(came > 0, 0.9, 0.0))
    last = market.book().log.sort_values(["week", "occasion"], kind="stable").groupby("customer")["firm"].last()
    fullest, balance = people["fullest"][last.index, last], people["balance"][last.index]
    assert np.array_equal(fullest, balance.max(axis=1)) and (fullest > balance[range(len(last)), last]).any()
    looks = market.book().weekly.groupby("firm")["looks"].sum()
    assert looks.tolist() == (2 * came.sum(axis=0)).tolist()


# ---- roles -----------------------------------------------------------------------------------------------------------

CARD = {"points": {"threshold": 30.0}, "membership": {"ask": 1.0, "hassle": 0.0}}


def module(**behaviour) -> str:
    """The assembled text of a market with a card."""
    return Market(world(5, 2, program=CARD, behaviour=behaviour), 1).assembled.module


def test_a_role_that_nobody_asks_for_leaves_no_line():
    """Who is rewarded is noted only where a rule reads it; where nobody is, what reads it has a plain 0."""
    bare, bonded = module(), module(bond={"redemption": 0.1})
    assert "reward_earned" not in bare and "points_in" not in bare
    for role in ("reward_earned", "reward_given"):
        assert f"visit.{role} += " in bonded and f"visit.{role} = 0" in bonded.split("def step")[1]
    assert not [line for line in bare.splitlines() if line.strip() == "pass"]
    assert "rewards" in bare  # the counter of the same moment stays
    unrewarded = Market(world(5, 2, behaviour={"bond": {"redemption": 0.1}}), 1)
    assert "visit.reward_given" not in unrewarded.assembled.module
    assert "terms.bond_redemption * 0\n" in unrewarded.assembled.module
    assert "reward_given" not in unrewarded.assembled.visits.names


def test_a_role_begins_at_0_at_every_visit():
    """Without that a reward would be felt again at each later visit to the firm."""
    text = module(bond={"redemption": 0.1}).split("def step")[1]
    at_visit = text.split("visit.reward_given = 0")
    assert len(at_visit) == 2
    assert at_visit[0].count("for occasion in") == 1 and "points_earned(" in at_visit[1]


def test_roles_of_a_mechanism_are_known_to_all(tmp_path):
    """A mechanism brings a role of its own; another file's rule reads it, and without that it leaves no line."""
    from loyaltysim.mechanism.declare import Role

    plays = '''
    @rule
    def waves(visit):
        """At a visit: a wave."""
        visit.waved += 1


    HOOKS = (Hook("visit", waves, order=10),)
    '''
    sees = '''
    @rule
    def smiles(here, visit):
        """At a visit: as many smiles as waves."""
        here.smiles = here.smiles + visit.waved


    FIELDS = {"smiles": Field(per_firm=True, dtype="int32", unit="smiles")}
    HOOKS = (Hook("visit", smiles, order=90),)
    '''
    brought(tmp_path, "waver", plays, roles={"waved": Role("waves")})
    brought(tmp_path, "smiler", sees)
    alone = Market(world(20, 6, behaviour={"waver": {}}), 3)
    assert "waved" not in alone.assembled.module
    both = in_plain(Market(world(20, 6, behaviour={"waver": {}, "smiler": {}}), 3))
    both.run()
    assert np.array_equal(both.population["smiles"], visits(both)) and visits(both).max() > 1
    unplayed = in_plain(Market(world(20, 6, behaviour={"smiler": {}}), 3))
    unplayed.run()
    assert (unplayed.population["smiles"] == 0).all()
