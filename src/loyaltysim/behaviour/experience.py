"""Each visit is lived: it pleases or disappoints, against what was expected and against what is usual."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene, World
from loyaltysim.mechanism.draws import normal
from loyaltysim.mechanism.links import largest_link, reference_mix
from loyaltysim.mechanism.registry import registry
from loyaltysim.mechanism.rules import rule
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.terms import term


@dataclass(frozen=True)
class Experience:
    """Quality q is measured from what is usual in the market, so that 0 is the no-program steady state.

        sat <- sat + gain [d (q - e) + (1 - d) q - sat]        then e <- e + learning (q - e)

    d = disconfirmation. At 1 only surprise counts and steady quality fades to 0; at 0 quality itself lasts. The two
    views compete in the literature, so d is swept. There is no exit of its own: a failure that nobody makes good
    lowers satisfaction, and satisfaction moves choices.
    """

    premium: float = term(
        0.05, "fraction of the reference price per unit of quality", 0.0, 2.0, doc="worth of satisfaction"
    )
    anticipation: float = term(
        0.0, "share of the premium", 0.0, 10.0, doc="worth of expected quality: what lets a promise draw customers"
    )
    gain: float = term(0.3, "share of the gap", 0.0, 1.0, doc="how far one visit moves satisfaction")
    learning: float = term(0.2, "share of the gap", 0.0, 1.0, doc="how far one visit moves the expectation")
    disconfirmation: float = term(
        0.5, "share", 0.0, 1.0,
        source="assumed; pure disconfirmation: Oliver 1980, J. Marketing Research 17(4); with performance: Churchill "
        "& Surprenant 1982, 19(4)",
        doc="weight of surprise against quality itself",
    )  # fmt: skip
    noise: float = term(0.0, "units of quality", 0.0, 100.0, doc="usual spread between visits to one firm")
    failure: float = term(0.0, "per visit", 0.0, 1.0, doc="usual chance that a visit fails")
    severity: float = term(2.0, "units of quality", 0.0, 100.0, doc="mean harm of a failure, exponential")
    voice: float = term(
        0.3, "share of failures", 0.0, 1.0, doc="chance of a complaint; times its link, which must not carry it above 1"
    )
    patience: float = term(1.0, "weeks", 0.01, 5200.0, doc="an answer that takes this long makes good half as much")
    congestion: float = term(
        0.0, "units of quality per usual visitors", 0.0, 100.0, doc="what twice the usual visitors take off quality"
    )
    belief: float = term(1.0, "share", 0.0, 1.0, doc="how much of a new promise the expectation takes up")
    paradox: float = term(
        0.0, "share of the harm made good", 0.0, 2.0, doc="recovery paradox: what a recovery adds beyond the harm"
    )

    @property
    def impatience(self) -> float:
        """How fast a late answer loses its worth, per week."""
        return math.log(2.0) / self.patience

    @property
    def usual(self) -> float:
        """What puts the mean of a usual visit, failures included, at 0."""
        return self.failure * self.severity


@rule
def satisfaction_pull(here: Any, me: Any, terms: Any) -> float:
    """What satisfaction, and where it counts expected quality, are worth, as a fraction of the reference price."""
    return terms.premium * (me.link_sat * here.sat + terms.anticipation * here.expectation)


@rule
def promise_changed(here: Any, terms: Any) -> bool:
    """Does the firm promise otherwise than it did?"""
    return terms.service.promise != here.promised


@rule
def promise_heard(here: Any, terms: Any) -> None:
    """A promise that changes moves the expectation by as much as it is believed, once."""
    here.expectation = here.expectation + terms.belief * (terms.service.promise - here.promised)
    here.promised = terms.service.promise


@rule
def satisfaction_moves(sat: float, expectation: float, quality: float, gain: float, disconfirmation: float) -> float:
    """One visit of this quality moves satisfaction towards surprise and quality, weighed."""
    surprise = disconfirmation * (quality - expectation)
    return sat + gain * (surprise + (1.0 - disconfirmation) * quality - sat)


@rule
def harm_left(harm: float, good: float, paradox: float) -> float:
    """Harm of a failure after a recovery that makes the share `good` of it good; below 0 only under the paradox."""
    return harm - (1.0 + paradox) * good * harm


@rule
def cause_of(terms: Any, luck: float) -> int:
    """Which of its causes a failure has: they share the chance that a visit fails. luck : the draw that made it fail"""
    chance = min(1.0, terms.experience.failure * terms.service.failures * terms.improvement.faults_left)
    part = luck / chance * terms.improvement.faults_left
    if part < terms.improvement.fault_edge_1:
        return 0
    if part < terms.improvement.fault_edge_2:
        return 1
    if part < terms.improvement.fault_edge_3:
        return 2
    return 3


@rule
def gravity(terms: Any, luck: float) -> float:
    """How much more harm than usual a failure of this cause does; 1 where causes are not told apart."""
    if terms.improvement.graded == 0:
        return 1.0
    return terms.improvement.gravities[cause_of(terms, luck)]


@rule
def over_stages(here: Any, terms: Any, during: float) -> float:
    """A visit as a whole, of what came before, during and after it; as it is where no stages are told apart.

    -log(sum of shares x exp(-weakest x quality)) / weakest: at 0 the mean, the larger the nearer to the worst stage.
    What lifts all stages alike lifts the whole as much (Kolmogorov 1930; Nagumo 1930, means of this form).
    """
    if terms.stages.live == 0:
        return during
    before, after, middle = here.stage_before, here.stage_after, during + terms.stages.during
    share = 1.0 - terms.stages.before_share - terms.stages.after_share
    if terms.stages.weakest == 0.0:
        return terms.stages.before_share * before + share * middle + terms.stages.after_share * after
    sharp = terms.stages.weakest
    least = min(before, middle, after)
    if sharp < 0.0:
        least = max(before, middle, after)
    total = terms.stages.before_share * math.exp(-sharp * (before - least))
    total += share * math.exp(-sharp * (middle - least))
    total += terms.stages.after_share * math.exp(-sharp * (after - least))
    return least - math.log(total) / sharp


@rule
def lived(
    here: Any, me: Any, terms: Any, visit: Any, draw_quality: float, draw_failure: float, draw_severity: float,
    draw_complaint: float, draw_recovery: float,
) -> None:  # fmt: skip
    """At a visit: its quality, what fails, is complained about and made good; satisfaction and expectation learn."""
    friendly = terms.staff.friendliness * terms.staff.staff_skill + terms.appraisal.effort
    steady = 1.0 - terms.staff.expertise * terms.staff.staff_skill
    quality = terms.service.quality + friendly + terms.usual
    quality -= terms.congestion * terms.crowd
    quality += terms.noise * terms.service.noise * steady * normal(draw_quality)
    harm = 0.0
    if draw_failure < terms.failure * terms.service.failures * terms.improvement.faults_left:
        visit.failures += 1
        visit.failed += 1
        harm = -math.log(draw_severity) * terms.severity * terms.service.severity
        harm = harm * gravity(terms, draw_failure)
        if draw_complaint < terms.voice * terms.service.voice * me.link_voice:
            visit.complaints += 1
            visit.complained += 1
            if draw_recovery < terms.service.recovery:
                visit.recoveries += 1
                visit.recovered += 1
                late = math.exp(-terms.impatience * terms.service.response_time)
                good = terms.service.recovery_quality * late
                harm = harm_left(harm, good, terms.paradox)
        quality -= harm
    quality = over_stages(here, terms, quality)
    care = here.care
    here.care = care + terms.learning * (terms.usual - harm + friendly - care)
    here.sat = satisfaction_moves(
        here.sat, here.expectation, quality, terms.gain, terms.disconfirmation
    )  # fmt: skip
    here.expectation = here.expectation + terms.learning * (quality - here.expectation)
    here.delivered = quality
    here.harm = harm
    visit.served += terms.service.present


def around(market: World, terms: Experience) -> dict[str, np.ndarray]:
    """How crowded each firm was last week: its visitors per usual visitors, less 1; 0 in the first. -> (n_firms,) each

    Usual is what tastes and rates lead to expect in the first week. Under contract, customers are counted, not bills.
    """
    if not market.surroundings:
        return {"crowd": np.zeros(len(market.firms)), "usual_visitors": visitors_expected(market)}
    usual = market.surroundings[0]["usual_visitors"]
    seen = market.weekly[-1][:, market.assembled.counts.index("customers" if market.contracts else "visits")]
    return {"crowd": np.where(usual > 0.0, seen / np.maximum(usual, 1e-300) - 1.0, 0.0), "usual_visitors": usual}


def visitors_expected(market: World) -> np.ndarray:
    """Visits that each firm may expect in the first week; under contract, the customers that it starts with."""
    if market.contracts:
        return market.held.astype(float)
    people = market.population
    return ((people["status"] == 1) * people["rate"]) @ people["prior"]


def alone(terms: Experience, scenario: Scenario) -> dict[str, float]:
    """Visits that differ move satisfaction, and with it choices, program or not."""
    if terms.premium == 0.0 or terms.noise + terms.failure * terms.severity + terms.congestion == 0.0:
        return {}
    names = ["premium", "anticipation", "gain", "learning", "disconfirmation", "noise", "failure", "severity"]
    names += ["congestion"] if terms.congestion > 0.0 else []
    return {name: getattr(terms, name) for name in names}


def fits(terms: Experience, scenario: Scenario) -> list[tuple[str, str]]:
    """A service that works on failures, or on the spread of visits, needs a market that has them; a chance with a link
    must stay below 1, or its mean would not be what was set.
    """
    services = {name: firm.program["service"] for name, firm in scenario.firms.items() if "service" in firm.program}
    mends = [n for n, s in services.items() if s.recovery > 0 or (s.failures, s.severity, s.voice) != (1, 1, 1)]
    steadies = [n for n, s in services.items() if s.noise != 1]
    hint, problems = "give it a value, as behaviour=experience does", []
    if mends and terms.failure == 0:
        problems.append(("failure", f"is 0: no visit fails, so the service of {mends[0]} mends nothing; {hint}"))
    if steadies and terms.noise == 0:
        problems.append(
            ("noise", f"is 0: all visits are alike, so service.noise of {steadies[0]} does nothing; {hint}")
        )
    loudest = max(s.voice for s in [registry()["service"].terms(), *services.values()])
    strongest = largest_link(scenario.customers.links.voice, reference_mix(scenario.customers))
    if scenario.customers.links.voice != 0 and terms.failure > 0 and terms.voice * loudest * strongest > 1:
        most = math.floor(1000.0 / (loudest * strongest)) / 1000.0
        problems.append(("voice", f"times its link is a chance above 1 for some; at this links.voice at most {most:g}"))
    return problems


def state(unit: str) -> Field:
    """A number of each customer and firm that starts at what is usual."""
    return Field(per_firm=True, dtype="float64", start=0.0, unit=unit)


def tell(scene: Scene) -> list[str]:
    """A failure, a complaint, its answer; a visit that pleased or annoyed by half a unit or more."""
    lines, moved = [], scene.after["sat"] - scene.before["sat"]
    if scene.counts.get("failures", 0) > 0:
        lines += scene.say(f"something went wrong at {scene.firm}", f"在 {scene.firm} 遇到了服务差错")
    if scene.counts.get("complaints", 0) > 0:
        lines += scene.say(f"complained to {scene.firm}", f"向 {scene.firm} 投诉")
    if scene.counts.get("recoveries", 0) > 0:
        lines += scene.say(f"{scene.firm} answered the complaint", f"{scene.firm} 答复了投诉")
    if scene.visits and moved >= 0.5:
        lines += scene.say(f"came away pleased from {scene.firm}", f"在 {scene.firm} 体验很好")
    elif scene.visits and moved <= -0.5:
        lines += scene.say(f"came away annoyed from {scene.firm}", f"在 {scene.firm} 体验很差")
    return lines


MECHANISM = Mechanism(
    name="experience",
    level="behaviour",
    source="Boulding et al. 1993, J. Marketing Research 30(1) (expectations that adapt); sizes assumed and swept",
    terms=Experience,
    neutral={"premium": 0.0},
    needs=("service",),
    fields={
        "sat": state("units of quality, 0 = usual"),
        "expectation": state("units of quality, 0 = usual"),
        "promised": state("units of quality, 0 = usual"),
        "delivered": state("quality of the last visit, units of quality, 0 = usual"),
        "harm": Field(
            per_firm=True, dtype="float32", unit="units of quality that the last visit's failure still costs"
        ),
        "care": Field(per_firm=True, dtype="float32", unit="units of quality of failures and answers, 0 = usual"),
    },
    hooks=(
        Hook("week", promise_heard, when=promise_changed),
        Hook("utility", satisfaction_pull),
        Hook("served", lived),
    ),
    alone=alone,
    fits=fits,
    tell=tell,
    around=around,
    around_columns={"crowd": 0.0},
    order=55,
)
