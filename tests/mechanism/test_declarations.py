"""What a mechanism declares is all that studies, rivals and books know of it."""

from __future__ import annotations

import dataclasses

import pytest

from loyaltysim.market.model import Market
from loyaltysim.measures import program_effects, twins
from loyaltysim.mechanism import registry as mechanisms
from tests.scenarios import everything, in_plain, points_world, terms

pytestmark = pytest.mark.interpreter

REGISTRY = mechanisms.registry()
every = pytest.mark.parametrize("name", list(REGISTRY))


@every
def test_declared_names_exist(name):
    """Terms, counters and fields that a mechanism names are its own; terms without an amplifier lie in their range."""
    m = REGISTRY[name]
    known = m.terms.__dataclass_fields__
    assert {m.generosity, m.cost} - {None} <= set(known)
    for amplifier in m.amplifiers.values():
        assert amplifier.label and amplifier.off
        for key, value in amplifier.off.items():
            facts = known[key].metadata
            assert value in facts["choices"] if facts["choices"] else facts["low"] <= value <= facts["high"]
    for stock in m.stocks:
        assert {stock.issued, *stock.gone} <= set(m.counts) and stock.held in m.fields


@every
def test_what_gives_can_be_made_more_generous(name):
    """A component that brings members something names the term that an equal budget or a copy is searched in."""
    m = REGISTRY[name]
    if m.gives is None or name in ("membership", "early_access"):  # what they bring costs the firm nothing
        return
    limit = m.terms.__dataclass_fields__[m.generosity].metadata["high"]
    assert limit is not None and not m.gives(dataclasses.replace(m.terms(), **{m.generosity: 0.0}))


def test_each_amplifier_in_use_is_switched_off_alone():
    """Only what differs from its own neutral terms gives an arm; the arm differs in nothing else."""
    plain = points_world(20, 8, {"strength": 0.0})
    assert twins.switched_off(plain) == {}
    arms = twins.switched_off(everything(20, 8))
    assert list(arms) == [name for name in program_effects.amplifiers() if name in arms]
    assert {"progress", "bonus", "next tier", "habit", "bond", "lock-in", "talk", "belonging", "ease"} == set(arms)
    off = arms["progress"].firms["a"].program["points"]
    on = everything(20, 8).firms["a"].program["points"]
    assert off == dataclasses.replace(on, strength=0.0, pressure="curve")
    assert arms["habit"].behaviour["habit"] == terms("habit", premium=0.0)
    assert arms["habit"].firms == everything(20, 8).firms


@pytest.mark.parametrize("stock", [s for m in REGISTRY.values() for s in m.stocks], ids=lambda s: s.held)
def test_every_lost_stock_stops_the_run(stock):
    """Oracle 7 for every stock that a mechanism declares: one unit more than the books say is found at the quarter."""
    m = in_plain(Market(everything(20, 13), 1))
    for _ in range(12):
        m.step()
    m.population[stock.held][0, 0] += 1
    with pytest.raises(ArithmeticError, match=f"week 13, firm 'a': {stock.issued.replace('_', ' ')} differ"):
        m.step()


@pytest.mark.parametrize("m", [m for m in REGISTRY.values() if m.priced], ids=lambda m: m.name)
def test_a_priced_term_costs_money(m):
    """The term that a comparison turns to spend its budget is a number of its own, and more of it costs more."""
    totals = {**dict.fromkeys(m.counts, 1000), "weeks_running": 100}
    costs = [sum(m.book(totals, dataclasses.replace(m.terms(), **{m.priced: value})).values()) for value in (1.0, 2.0)]
    assert 0 < costs[0] < costs[1]
