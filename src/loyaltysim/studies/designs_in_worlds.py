"""Designs in many worlds: the terms that equal money found in the scenario are held, and every design runs in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from loyaltysim.measures import program_effects
from loyaltysim.measures.designs_over_worlds import DesignsOverWorlds
from loyaltysim.measures.program_effects import Window
from loyaltysim.measures.ratio import ratio
from loyaltysim.measures.twins import Past, launch_week, no_program
from loyaltysim.scenario.model import Scenario
from loyaltysim.studies.ensembles import Drawn, worlds_of
from loyaltysim.studies.single import launched, workers
from loyaltysim.studies.worlds import many, prepared


def drawn_for(designs: Sequence[Scenario]) -> Drawn | None:
    """The worlds in which what is assumed is drawn anew; None where none are asked for, or all is known."""
    if designs[0].worlds == "none":
        return None
    drawn = worlds_of(designs[0], designs[0].worlds, designs[0].held, beside=designs[1:])
    return drawn if drawn.varying else None


def small(designs: Sequence[Scenario]) -> list[Scenario]:
    """Each design's world as every world begins; no purchase is written down, since profits are in the books.

    designs : complete scenarios to the horizon, which differ in the focal program alone.  -> nothing without worlds
    """
    drawn = drawn_for(designs)
    if drawn is None:
        return []
    made = [prepared(scenario, drawn.sizes) for scenario in designs]
    return [replace(s, record=replace(s.record, log=False)) for s in made]


def designs_in_worlds(designs: Mapping[str, Scenario]) -> DesignsOverWorlds | None:
    """Run every design in every world; None without worlds.

    designs : name -> its scenario with the terms that were found, to the horizon
    """
    scenarios = list(designs.values())
    if (drawn := drawn_for(scenarios)) is None:
        return None
    bases = small(scenarios)
    found = many(profits, bases, drawn.values, processes=workers(bases[0], len(drawn.values)))
    names = list(designs)
    table = {part: found[[f"{part}[{k}]" for k in range(len(names))]] for part in ("profit", "of_sales")}
    return DesignsOverWorlds(
        profit=table["profit"].set_axis(names, axis=1),
        of_sales=table["of_sales"].set_axis(names, axis=1),
        sizes=drawn.varied,
        said=drawn.said,
    )


def profits(scenarios: Sequence[Scenario], seed: int) -> dict[str, float]:
    """What each design adds to the firm's profit in one world, against no program, all on the same luck."""
    past = Past(scenarios[0], seed)
    without, found = past.arm(no_program(scenarios[0])), dict[str, float]()
    for k, scenario in enumerate(scenarios):
        with_it = past.arm(scenario)
        w = Window.of(scenario, launched(scenario, launch_week(with_it, scenario.focal_id)))
        gain = float(program_effects.gained(with_it, without, w, "profit").sum())
        found[f"profit[{k}]"] = w.per_customer_year(gain, with_it)
        found[f"of_sales[{k}]"] = ratio(gain, float(w.weekly(without).revenue.sum()))
    return found
