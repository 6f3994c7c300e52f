"""Everything that a run found, in tables and plain words, as `--more` prints it below the answer (`run_answer`).

Every sentence is made from the numbers of the run: none of them is written before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from loyaltysim.configure.targets import of_runs
from loyaltysim.measures import program_effects
from loyaltysim.measures.channels import WAYS
from loyaltysim.measures.contracts import FLOWS
from loyaltysim.measures.program_effects import amplifiers, parts
from loyaltysim.measures.registry import find, of_firms
from loyaltysim.measures.retention_effects import SOURCES
from loyaltysim.measures.uncertainty import CARRIED
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.measure import Style
from loyaltysim.present import prices
from loyaltysim.present.format import (
    CHANGE,
    COST,
    GROUPS,
    HEIGHT,
    MONEY,
    PEOPLE,
    PER_HUNDRED,
    RATE,
    SHARE,
    SIZE_IN_POINTS,
    WHOLE,
    aligned,
    paid_back,
    paragraph,
    times,
)
from loyaltysim.present.run_answer import pays_in, reading
from loyaltysim.present.summary import Summary, at, varied
from loyaltysim.present.telling import Telling
from loyaltysim.runs.files import Records
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.model import Scenario
from loyaltysim.scenario.said import Said, spoken
from loyaltysim.studies.protocol import Answer

SAID = (  # what customers say and do about the firm, in order of rank
    "net_promoter_score", "satisfaction", "complaint_rate", "cross_buying", "walkout_rate", "return_rate", "sentiment",
    "audit_quality", "rating", "image", "awareness", "acquired_by_referral",
    "referred", "loyalty_true", "loyalty_spurious",
    "retention_by_satisfaction", "repurchase", "trust", "stars", "stars_bias", "score", "score_bias", "self_score",
)  # fmt: skip
MESSAGES = (
    "messages_raw", "messages_placebo", "messages_randomised", "came_written", "came_held", "cost_of_coming",
    "ab_estimated", "ab_realised", "ab_curse",
)  # fmt: skip
COUPONS = ("coupons_anyway", "coupons_incremental", "coupons_subsidised")
ROWS = 8  # of a table
FINE = Style(digits=4, sign="")
OVER_WORLDS = ("lift_visits", "profit_per_customer", "profit_of_sales", "deadweight")


def screen(records: Records) -> str:
    """All of it: at most 100 columns and 45 lines."""
    s = Summary(records)
    if "lift_visits" not in s:
        beside = filter(None, [tenure_table(s), what_customers_say(s, HEIGHT), what_messages_do(s), brought_along(s)])
        blocks = [paragraph(market_sentences(s)), market_table(s), *beside, [*prices.moved(records), *footing(s)]]
    else:
        top = over_worlds(s) if s.unknown else []
        told, foot = [*membership(s), *cards(s), *ended(s), *two_views(s), *beside_what_is_published(s)], footing(s)
        told += prices.moved(records)
        came = origin_of_customers(s) if s.contracts else origin(s)
        upper = [block for block in (top, result_table(s), [*came, *who_moved(s)], brought_along(s)) if block]
        used = sum(len(block) + 1 for block in upper) + len(told)
        if used + len(foot) + bool(s.scenario.vary) > HEIGHT:
            foot = footing(s, 1)
        used += len(foot)
        for more in (what_channels_do(s), what_coupons_brought(s), what_messages_do(s)):
            if more and used + len(more) + 1 + bool(s.scenario.vary) <= HEIGHT:
                upper, used = [*upper, more], used + len(more) + 1
        if said := what_customers_say(s, HEIGHT - used - 1 - 2 * bool(s.scenario.vary)):
            upper, used = [*upper, said], used + len(said) + 1
        blocks = [*upper, [*told, *assumptions(s, HEIGHT - used), *foot]]
    return "\n\n".join("\n".join(block) for block in blocks)


def idle(s: Summary) -> list[str]:
    """The line that names assumed values which change nothing here, if there are some: they are counted nowhere."""
    names = [text.replace("=", " = ", 1) for text in s.scenario.vary if f"inert[{text}]" in s]
    return paragraph(f"Inert here, counted nowhere: {', '.join(names)}.", 1) if names else []


def rows(s: Summary) -> list[tuple[str, str, str]]:
    """The result in eight rows: what, value, interval."""
    back, seeds, need = s["payback_week"], s["lift_visits"].n, s["break_even_lift"]
    twins = f"; or {s['deadweight_twin'].text(PER_HUNDRED)} *" if s["deadweight"].n else "no rewards"

    first = [s.line(name, s.label(name, short=True)) for name in ("lift_visits", "lift_revenue")]
    first.append(s.line("lift_share_points"))
    if s.contracts:
        kept = " and ".join(s[f"retention_{arm}"].text(PER_HUNDRED) for arm in ("with", "without"))
        first = [s.line(name, s.label(name, short=True)) for name in ("lift_customers", "lift_revenue")]
        first.append(s.line("lift_retention_points", f"{s.label('lift_retention_points')} (% renewed: {kept})"))
    pays = find("break_even_lift").style
    return [
        *first,
        s.line("profit_per_customer"),
        s.line("program_cost_per_customer"),
        s.line("deadweight", more=twins),
        (s.label("payback_week"), back.text(WHOLE), paid_back(back, s["ahead_until_week"], seeds)),
        (s.label("break_even_lift"), need.text(pays) if need.n else "none", need.interval(pays)),
    ]


def result_table(s: Summary) -> list[str]:
    """The eight rows as text."""
    return aligned((f"with it against without it, {s.size}", "value", "95 % interval"), rows(s), (60, 10, -27))


def over_worlds(s: Summary) -> list[str]:
    """What nobody knows: where the numbers lie over worlds, then luck; what carries it; how the worlds were made."""
    w, body = s.unknown["worlds"], []
    for name in (name for name in OVER_WORLDS if name in s):
        style = find(name).style
        body.append((f"  {s.label(name)}", s[name].over_worlds(style), s[name].interval(style)))
    table = aligned((f"{w['n']} worlds of what nobody knows", "90 % of worlds", "luck, 95 %"), body, (50, -20, -20))
    carried = [f"{w['words'][key]} ({100.0 * share:.0f} %)" for key, share in s.unknown["depends_on"][:CARRIED]]
    most = f" Most of the width in profit is {', '.join(carried)}." if carried else ""
    told = (
        f"{pays_in(w['chance_pays']).en}{most} All of it holds for this structure of the model; {'; '.join(w['said'])}."
    )
    return [*table, *paragraph(told)]


def origin(s: Summary) -> list[str]:
    """The lift of visits, taken apart."""
    elasticity, enrolled = abs(s["elasticity"].value or 0.0), s["enrolled_share_of_sales"].text(SHARE)
    price = f"elasticity {elasticity:.2f} x reward {s['reward_rate'].text(RATE)} x {enrolled} of sales enrolled"
    body = []
    for part in parts():
        name = f"lift_from_{part}"
        if part not in amplifiers() or s.moved(name):
            label = price if part == "price" else s.label(name)
            body.append(s.line(name, f"  {label}"))
    return aligned((f"where the {s['lift_visits'].text(CHANGE)} come from", "", ""), body, (60, 10, -27))


def origin_of_customers(s: Summary) -> list[str]:
    """Where the extra customers come from: they add up."""
    extra = s["extra_customers"]
    body = []
    for name in SOURCES:
        body.append(s.line(f"extra_from_{name}", f"  {s.label(f'extra_from_{name}')}"))
    spent = [s[f"cost_per_acquired_{arm}"] for arm in ("with", "without")]
    if s.scenario.firms[s.scenario.focal].acquisition and all(x.n for x in spent):
        label = f"  {s.label('cost_per_acquired')} (without: {spent[1].text(COST)})"
        body.append(s.line("cost_per_acquired_with", label))
    title = f"where the {extra.text(PEOPLE)} customers per 100 and year come from"
    return aligned((title, "", ""), body, (60, 10, -27))


def who_moved(s: Summary) -> list[str]:
    """Groups of customers: how far they moved, what they took."""
    title = ("who moved", "of people", "lift", "95 % interval", "of the extra", "of rewards")
    body = []
    words = program_effects.CONTRACT_GROUPS if s.contracts else program_effects.GROUPS
    for group in GROUPS:
        share = {what: s[f"{group}_share_of_{what}"].text(SHARE) for what in ("customers", "extra_visits", "rewards")}
        lift, label = s[f"{group}_lift"], f"  {' '.join(words[group].words.split())}"
        body.append((label, share["customers"], lift.text(CHANGE), lift.interval(CHANGE), *list(share.values())[1:]))
    return aligned(title, body, (30, 11, 11, -20, 13, 12))


def what_customers_say(s: Summary, room: int) -> list[str]:
    """Answers, complaints, ratings and loyalty at the focal firm, in at most so many lines; nothing where visits are
    not lived, nobody talks, buys across categories or asks.
    """
    asked = s.scenario.record.survey.every > 0
    if not asked and not {"experience", "word_of_mouth", "cross_buying"} & set(s.scenario.behaviour):
        return []
    forms = worlds(s)
    told, body = dimensions(s, forms[0]) + negativity(s), []
    for name in SAID:
        if forms[0].format(name) in s and s[forms[0].format(name)].n:
            body.append(in_worlds(s, name, forms))
    most = min(ROWS, room - 1 - len(told))
    if most < 1 or not body:
        return []
    return [*by_world(f"what customers say of {s.scenario.focal}", body[:most], forms), *told]


def worlds(s: Summary) -> tuple[str, ...]:
    """How the numbers of the focal firm are called: with the program and without it, or in the one market."""
    return ("{}_with", "{}_without") if "lift_visits" in s else ("{}[" + s.scenario.focal + "]",)


def in_worlds(s: Summary, name: str, forms: Sequence[str]) -> tuple[str, ...]:
    """One number of the focal firm in each world: words, value, interval, value without the program."""
    first, style = s[forms[0].format(name)], find(name).style
    beside = (s[x].text(style) if (x := form.format(name)) in s else "-" for form in forms[1:])
    return (f"  {s.label(name)}", first.text(style), first.interval(style), *beside)


def by_world(title: str, body: Sequence[Sequence[str]], forms: Sequence[str]) -> list[str]:
    """A table of such rows."""
    heads = (title, *(("with it", "95 % interval", "without") if len(forms) > 1 else ("value", "95 % interval")))
    return aligned(heads, body, (46, 10, -20, 10)[: len(heads)])


def brought_along(s: Summary) -> list[str]:
    """Measures of one firm that a user brought along; nothing where there are none."""
    return more_of(s, [one.name for one in of_firms()])


def what_messages_do(s: Summary) -> list[str]:
    """What messages to chosen customers seem to do, and what they do; nothing where none were sent."""
    forms = worlds(s)
    return more_of(
        s, [name for name in MESSAGES if any(form.format(name) in s and s[form.format(name)].n for form in forms)]
    )


def what_coupons_brought(s: Summary) -> list[str]:
    """Incremental against subsidised margin; nothing where no coupon was redeemed."""
    body = [s.line(name, f"  {s.label(name)}") for name in COUPONS if name in s]
    return aligned(("what coupons brought, and gave away", "", ""), body, (60, 10, -27)) if body else []


def what_channels_do(s: Summary) -> list[str]:
    """What each channel in use does to bonds, per contact and per unit of money; nothing where there are none."""
    form = worlds(s)[0]
    used = [way for way in WAYS if form.format(f"bond_per_contact_{way}") in s]
    body = [
        (
            f"  {WAYS[way].words}",
            *(s[form.format(f"bond_per_{what}_{way}")].text(FINE) for what in ("contact", "money")),
        )
        for way in used
    ]
    return (
        aligned((f"channels of {s.scenario.focal}: bond", "per contact", "per money"), body, (46, 12, 12))
        if body
        else []
    )


def more_of(s: Summary, names: Sequence[str]) -> list[str]:
    """Numbers of the focal firm, with the program and without it, as a table; nothing where there are none."""
    forms = worlds(s)
    body = [in_worlds(s, name, forms) for name in names if forms[0].format(name) in s]
    return by_world(f"more of {s.scenario.focal}", body, forms) if body else []


def dimensions(s: Summary, form: str) -> list[str]:
    """How many dimensions five answers show, feelings have, and noise would show."""
    shown, felt, noise = (form.format(f"{what}_dimensions") for what in ("survey", "felt", "noise"))
    if shown not in s or not s[shown].n:
        return []
    style = Style(digits=1, sign="")
    words = f"Five answers (trust ... impression): about {s[felt].text(style)} dimensions that behaviour feels"
    pure = f", {s[noise].text(style)} of pure noise" if s[noise].n else ""
    return paragraph(f"{words}{pure}; the answers show {s[shown].text(style)}.")


def negativity(s: Summary) -> list[str]:
    """How much more a negative event weighs than a positive one."""
    found = [(level, s[f"negativity_ratio[{level}]"]) for level in (0.25, 0.75) if f"negativity_ratio[{level}]" in s]
    if not found:
        return []
    (low, weak), (high, strong) = found
    ratios = f"{weak.text(COST)} times a positive one at a bond of {low}, {strong.text(COST)} times at {high}"
    return paragraph(f"A negative event weighs {ratios}.")


def membership(s: Summary) -> list[str]:
    """What comparing members with others would say, and the truth."""
    naive, true = s["naive_effect"].value, s["true_effect"].value
    if naive is None or true is None:
        return paragraph("Members cannot be compared with others: nobody joined, or everybody did.")
    make, others = ("pay", "other customers of the firm") if s.contracts else ("make", "others")
    told = f"Members ({s['enrolled_share'].text(SHARE)} of customers{joined_by(s)}) {make} {naive:.1f} {s.occasion} "
    told += "a year more than "
    told += f"{others}; membership causes {true:.2f} of them"
    told += f"{times(s['naive_over_true'])}. "
    before, change = s["naive_before"].value, s["naive_change"].value
    if before is not None and change is not None:
        told += f"{before:.1f} were there before the launch; since then the gap grew by {change:.1f}"
        if change > 2.0 * true > 0.0:
            why = "who stays, joins" if s.contracts else "who comes to buy more, joins"
            told += f", still {change / true:.0f} times the truth: {why}"
        told += ". "
    if s.contracts:
        return paragraph(told.rstrip())
    told += f"In share of purchases: {s['naive_wallet'].text(PER_HUNDRED)} points against "
    told += f"{s['true_wallet'].text(SIZE_IN_POINTS)}{times(s['naive_over_true_wallet'])}; "
    return paragraph(told + "Leenheer et al. 2007 found about 7 times for Dutch grocers.")


def cards(s: Summary) -> list[str]:
    """How many cards people hold and use, beside what a census found; what gaming costs, where somebody games."""
    told = ""
    if s["active_memberships"].n:
        held, used, active = (
            s[name].text(find(name).style) for name in ("cards_held", "cards_used", "active_memberships")
        )
        told = f"A customer holds {held} cards and used {used} of them in the last year: {active} of memberships are "
        told += "active; a US census found 42 % (all programs of a household). "
    if "gaming_cost" in s:
        cost, share = (s[name].text(find(name).style) for name in ("gaming_cost", "gamers_rewards"))
        told += f"Gaming costs {cost} {s.currency} per member and year; {share} of rewards go to those who game."
    return paragraph(told.strip()) if told else []


def joined_by(s: Summary) -> str:
    """How fast they enrolled, where that is known."""
    weeks = s["enrolment_half_time"].value if "enrolment_half_time" in s else None
    return "" if weeks is None else f", half of them by week {weeks:.0f} of the program"


def ended(s: Summary) -> list[str]:
    """What is left of a program that has ended, as far as the run tells."""
    if "end_week" not in s:
        return []
    times = ("3_months", "6_months", "12_months", "24_months")
    found = {t: s[f"lift_visits_{t}_after_end"] for t in times}
    style = find("lift_visits").style
    said = [f"{t.replace('_', ' ')} after it {n.text(style)}" for t, n in found.items() if n.value is not None]
    left = (
        f"of the lift of {s.occasion} was left: {', '.join(said)}."
        if said
        else "the run ends too soon after it to say more."
    )
    return paragraph(f"The program ended in week {s['end_week'].value:.0f}; {left}")


def two_views(s: Summary) -> list[str]:
    """What points owe and what that makes of the profit, in both views; nothing where there are none."""
    if "owed_expected" not in s or s["owed_expected"].value is None:
        return []
    lost = s["breakage_estimate"].text(find("breakage_estimate").style)
    ends = " to ".join(s[f"breakage_{end}"].text(find("breakage_low").style) for end in ("low", "high"))
    return paragraph(
        f"Points owe {s['owed_statutory'].text(COST)} {s.currency} a customer at their full cost, "
        f"{s['owed_expected'].text(COST)} as IFRS 15 books them ({lost} expected never to be redeemed; {ends}); profit "
        f"then changes by {s['profit_expected_view'].text(MONEY)} instead of {s['profit_per_customer'].text(MONEY)}."
    )


def beside_what_is_published(s: Summary) -> list[str]:
    """What studies found of programs of this kind, beside what this run has; nothing where none could meet it."""
    said = []
    for name, target in of_runs(s.scenario).items():
        value = s[name].value if name in s else None
        if value is not None:
            style, (low, high) = find(name).style, target.ends
            where = "inside" if low <= value <= high else "outside"
            said.append(f"{target.words} {s[name].text(style)}, {where} of {style(low)} to {style(high)} %")
    if not said:
        return []
    return paragraph(f"Beside what is published of all industries, which weighs nothing here: {'; '.join(said)}.")


def assumptions(s: Summary, room: int) -> list[str]:
    """How the answer moves with what is assumed: in so many lines, those that move the profit most."""
    base, tree = s["profit_per_customer"].value or 0.0, written(s.scenario)
    tried = zip(varied(s, "lift_visits"), varied(s, "profit_per_customer"), strict=True)
    ranked = sorted(tried, key=lambda pair: -abs((pair[1][2].value or 0.0) - base))
    if not ranked:
        return idle(s)
    most = ranked[: max(0, room - 1 - len(idle(s)))]
    left = len(ranked) - len(most)
    if not most:
        return [f"what is assumed, at other values ({left} more: summary.json)", *idle(s)]
    title = f"if instead{f' ({left} more: summary.json)' if left else ''}"
    body = []
    for (key, value, lift), (_, _, profit) in most:
        usual = at(tree, key)
        label = f"  {key} = {value}" + ("" if usual is None else f", not {usual:g}")
        body.append((label, lift.text(CHANGE), lift.interval(CHANGE), profit.text(MONEY), profit.interval(MONEY)))
    return aligned(
        (title, s.occasion[:14], "95 % interval", "profit", "95 % interval"), body, (42, 14, -17, 7, -17)
    ) + idle(s)


def footing(s: Summary, lines_each: int = 2) -> list[str]:
    """What is measured, what is assumed, whose data, how the worlds share their luck."""
    market = s.scenario.market
    lines = ["No world is drawn: you set every size that is assumed."] if s.all_known else []
    lines += paragraph(fitted_for(s.scenario), 1)
    lines += paragraph(f"Measured: {'; '.join(market.measured) or 'nothing'}.", lines_each)
    lines += paragraph(f"Assumed: {'; '.join(market.assumed) or 'everything'}.", lines_each)
    lines += paragraph(f"Source: {market.source}.", 1) + paragraph(market.notice)
    if "correlation" in s:
        shared = s["correlation"].value
        luck = "" if shared is None else f" (correlation over runs {shared:.4f})"
        lines.append(f"* purchase by purchase; depends on how the worlds share their luck{luck}")
    return lines


def fitted_for(scenario: Scenario) -> str:
    """What behaviour the market's tastes were fitted with, a warning if another is at work; "" without any."""
    at_work, fitted = set(mechanisms.at_work(scenario)), set(scenario.market.fitted_with)
    names = sorted({text.partition(".")[0] for text in (at_work ^ fitted or fitted)})
    if at_work == fitted:
        return f"Refitted: S and shares are those that go with {' and '.join(names)}." if fitted else ""
    how = f"{'with other' if fitted else 'without'} {' and '.join(names)}"
    return f"Not refitted: S, shares were fitted {how} (baseline=b, where it exists, is)."


def market_sentences(s: Summary) -> str:
    """A market without a program in question, in two sentences."""
    if s.contracts:
        return contract_sentences(s)
    market, firms = s.scenario.market, s.scenario.firms
    leader = max(firms, key=lambda name: s[f"share_of_visits[{name}]"].value or 0.0)
    share = s[f"share_of_visits[{leader}]"].text(Style(100.0, 1, "", " %"))
    return (
        f"In the market {market.name} a customer makes {market.M:g} {s.occasion} a year at {len(firms)} firms; the "
        f"largest, {leader}, gets {share} of them over {s.scenario.weeks} weeks ({s.size}). Firm {s.scenario.focal}, "
        "which the question is about, runs no program: program=points shows what one would do."
    )


def contract_sentences(s: Summary) -> str:
    """The same of a market in which customers have contracts."""
    market, firms = s.scenario.market, s.scenario.firms
    leader = max(firms, key=lambda name: s[f"share_of_customers[{name}]"].value or 0.0)
    share, kept = (
        s[f"{name}[{leader}]"].text(Style(100.0, 1, "", " %")) for name in ("share_of_customers", "retention")
    )
    largest = (
        f"the largest, {leader}, holds {share} of them after {s.scenario.weeks} weeks and " if len(firms) > 1 else ""
    )
    number = f"one of {len(firms)} firms" if len(firms) > 1 else "the one firm"
    return (
        f"In the market {market.name} a customer has a contract with {number} and pays {market.M:g} {s.occasion} a "
        f"year; {largest}{kept} of the contracts that end there are renewed ({s.size}). Firm {s.scenario.focal}, which "
        f"the question is about, runs no program: program=points shows what one would do.{drift(s)}"
    )


def drift(s: Summary) -> str:
    """Where firms differ in churn, shares do not last: from where to where they went. "" where all firms are alike."""
    firms = s.scenario.firms
    if len(firms) == 1 or len({firm.churn for firm in firms.values()}) == 1:
        return ""
    moved = {name: (s[f"share_of_customers[{name}]"].value or 0.0) - firm.share for name, firm in firms.items()}
    most = max(moved, key=lambda name: abs(moved[name]))
    was = firms[most].share
    return (
        f" Firms differ in churn, so shares are no equilibrium and drift: {most} from {100 * was:.1f} to "
        f"{100 * (was + moved[most]):.1f} %."
    )


def contract_table(s: Summary) -> list[str]:
    """Firm by firm: share of customers at the end, retention; who went and came, per 100 customers and year."""
    customers, renewed, *flows = (s.label(name, short=True) for name in ("share_of_customers", "retention", *FLOWS))
    title = ["% | per 100 a year", customers, "95 % interval", renewed, *flows]
    body = []
    for firm in [*s.scenario.firms][:25]:
        share = s[f"share_of_customers[{firm}]"]
        moved = (s[f"{name}[{firm}]"].text(find(name).style) for name in FLOWS)
        kept = s[f"retention[{firm}]"].text(PER_HUNDRED)
        body.append([firm[:20], share.text(PER_HUNDRED), share.interval(PER_HUNDRED), kept, *moved])
    return aligned(title, body, (19, 10, -15, 8, 7, 11, 13, 14))


def tenure_table(s: Summary) -> list[str]:
    """Retention by tenure in the run, beside the shifted-beta-geometric curve of the configured law; at most 8 rows."""
    found = [name.partition("[")[2].rstrip("]") for name in s.numbers if name.startswith("retention_at[")]
    if not found:
        return []
    title, body = ["at renewal", "% renewed", "95 % interval"], []
    for n in found:
        seen = s[f"retention_at[{n}]"]
        law = [s[f"retention_sbg[{n}]"].text(PER_HUNDRED)] if f"retention_sbg[{n}]" in s else []
        body.append([n, seen.text(PER_HUNDRED), seen.interval(PER_HUNDRED), *law])
    if f"retention_sbg[{found[0]}]" in s:
        terms = s.scenario.behaviour["renewal"]
        title.append(f"sBG({terms.a:g}, {terms.b:g})")
    return aligned(title, body, (19, 10, -15, 20)[: len(title)])


def market_table(s: Summary) -> list[str]:
    """Firm by firm: share of purchases over the run; in its last year, of people and of its buyers' purchases."""
    if s.contracts:
        return contract_table(s)
    columns = ("share_of_visits", "penetration", "scr")
    shown = [name for name in columns if f"{name}[{s.scenario.focal}]" in s]
    title = ["%", *(cell for name in shown for cell in (s.label(name, short=True), "95 % interval"))]
    body = []
    for firm in [*s.scenario.firms][:25]:
        numbers = [s[f"{name}[{firm}]"] for name in shown]
        body.append([firm[:20], *(cell for x in numbers for cell in (x.text(PER_HUNDRED), x.interval(PER_HUNDRED)))])
    return aligned(title, body, (13, *(12, -15) * len(shown)))


def kept(answer: Answer[Records], folder: Path | None) -> str:
    """The screen of records that lie in a folder now."""
    from loyaltysim.present import run_report

    answer.found.folder = folder
    return screen(answer.found) if spoken() == "en" else run_report.plain(answer.found)


def draw(answer: Answer[Records], folder: Path) -> object:
    """The figures and the page: the slowest import of all, so that they come after the answer."""
    from loyaltysim.present import run_figures, run_report

    drawn = run_figures.draw(answer.found, folder)
    run_report.write(answer.found, folder)
    return drawn


TELLING = Telling(
    screen=kept,
    reading=lambda answer, folder: reading(answer.found, folder),
    pages=lambda answer: answer.found.drawn,
    summary=lambda answer: answer.found.told,
    place=Said("everything on a page: {folder}/report.html", "全部内容在一页上：{folder}/report.html"),
    drawn=draw,
    columns=True,
)
