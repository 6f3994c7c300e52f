"""Each visit is lived: it pleases or disappoints, against what was expected and against what is usual."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loyaltysim.mechanism.declare import Field, Hook, Mechanism, Scene
from loyaltysim.mechanism.draws import normal
from loyaltysim.mechanism.links import largest_link, reference_mix
from loyaltysim.mechanism.registry import registry
from loyaltysim.mechanism.rules import rule
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


@rule
def satisfaction_pull(sat, expectation, experience_premium, experience_anticipation, link_sat):
    """What satisfaction, and where it counts expected quality, are worth, as a fraction of the reference price."""
    return experience_premium * (link_sat * sat + experience_anticipation * expectation)


@rule
def promise_heard(expectation, service_promise, promised, experience_belief):
    """A promise that changes moves the expectation by as much as it is believed, once."""
    return expectation + experience_belief * (service_promise - promised), service_promise


@rule
def satisfaction_moves(sat, expectation, quality, experience_gain, experience_disconfirmation):
    """One visit of this quality moves satisfaction towards surprise and quality, weighed."""
    surprise = experience_disconfirmation * (quality - expectation)
    return sat + experience_gain * (surprise + (1.0 - experience_disconfirmation) * quality - sat)


@rule
def harm_left(harm, good, experience_paradox):
    """Harm of a failure after a recovery that makes the share `good` of it good; below 0 only under the paradox."""
    return harm - (1.0 + experience_paradox) * good * harm


@rule
def lived(
    sat, expectation, care, link_voice, draw_quality, draw_failure, draw_severity, draw_complaint, draw_recovery,
    experience_gain, experience_learning, experience_disconfirmation, experience_noise, experience_failure,
    experience_severity, experience_voice, experience_impatience, experience_paradox, experience_usual,
    experience_congestion, crowd, faults_left, staff_skill, staff_friendliness, staff_expertise,
    service_on, service_quality, service_noise, service_failures, service_severity, service_voice, service_recovery,
    service_recovery_quality, service_response,
):  # fmt: skip
    """At a visit: satisfaction, expectation, quality, care, harm left; failures, complaints, recoveries, served."""
    friendly, steady = staff_friendliness * staff_skill, 1.0 - staff_expertise * staff_skill
    quality = service_quality + friendly + experience_usual - experience_congestion * crowd
    quality += experience_noise * service_noise * steady * normal(draw_quality)
    failed, complained, recovered, harm = 0, 0, 0, 0.0
    if draw_failure < experience_failure * service_failures * faults_left:
        failed = 1
        harm = -math.log(draw_severity) * experience_severity * service_severity
        if draw_complaint < experience_voice * service_voice * link_voice:
            complained = 1
            if draw_recovery < service_recovery:
                recovered = 1
                good = service_recovery_quality * math.exp(-experience_impatience * service_response)
                harm = harm_left(harm, good, experience_paradox)
        quality -= harm
    cared = care + experience_learning * (experience_usual - harm + friendly - care)
    moved = satisfaction_moves(sat, expectation, quality, experience_gain, experience_disconfirmation)
    learnt = expectation + experience_learning * (quality - expectation)
    return moved, learnt, quality, cared, harm, failed, complained, recovered, service_on


def columns(terms: Experience, scenario) -> dict[str, float]:
    """The numbers that the step reads; `experience_usual` puts the mean of a usual visit, failures included, at 0."""
    return {
        "experience_premium": terms.premium,
        "experience_anticipation": terms.anticipation,
        "experience_gain": terms.gain,
        "experience_learning": terms.learning,
        "experience_disconfirmation": terms.disconfirmation,
        "experience_noise": terms.noise,
        "experience_failure": terms.failure,
        "experience_severity": terms.severity,
        "experience_voice": terms.voice,
        "experience_impatience": math.log(2.0) / terms.patience,
        "experience_belief": terms.belief,
        "experience_paradox": terms.paradox,
        "experience_usual": terms.failure * terms.severity,
        "experience_congestion": terms.congestion,
    }


def around(market, terms: Experience) -> dict[str, np.ndarray]:
    """How crowded each firm was last week: its visitors per usual visitors, less 1; 0 in the first. -> (n_firms,) each

    Usual is what tastes and rates lead to expect in the first week. Under contract, customers are counted, not bills.
    """
    if not market.surroundings:
        return {"crowd": np.zeros(len(market.firms)), "usual_visitors": visitors_expected(market)}
    usual = market.surroundings[0]["usual_visitors"]
    seen = market.weekly[-1][:, market.assembled.counts.index("customers" if market.contracts else "visits")]
    return {"crowd": np.where(usual > 0.0, seen / np.maximum(usual, 1e-300) - 1.0, 0.0), "usual_visitors": usual}


def visitors_expected(market) -> np.ndarray:
    """Visits that each firm may expect in the first week; under contract, the customers that it starts with."""
    if market.contracts:
        return market.held.astype(float)
    people = market.population
    return ((people["status"] == 1) * people["rate"]) @ people["prior"]


def alone(terms: Experience, scenario) -> dict[str, float]:
    """Visits that differ move satisfaction, and with it choices, program or not."""
    if terms.premium == 0.0 or terms.noise + terms.failure * terms.severity + terms.congestion == 0.0:
        return {}
    names = ("premium", "anticipation", "gain", "learning", "disconfirmation", "noise", "failure", "severity")
    names += ("congestion",) if terms.congestion > 0.0 else ()
    return {name: getattr(terms, name) for name in names}


def fits(terms: Experience, scenario) -> list[tuple[str, str]]:
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
    columns=columns,
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
        Hook("week", promise_heard, sets=("expectation", "promised"), only="service_promise != promised"),
        Hook("utility", satisfaction_pull),
        Hook(
            "served",
            lived,
            sets=("sat", "expectation", "delivered", "care", "harm"),
            counts=("failures", "complaints", "recoveries", "served"),
        ),
    ),
    alone=alone,
    fits=fits,
    tell=tell,
    around=around,
    around_columns={"crowd": 0.0},
    order=55,
)
