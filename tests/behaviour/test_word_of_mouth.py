"""Talk: networks against known ones, messages worth nothing on average, replays that hear what was said, referrals."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest
from scipy.special import gammaln

from loyaltysim.behaviour import word_of_mouth as wom
from loyaltysim.configure.compose import components
from loyaltysim.market.model import Market
from loyaltysim.measures import twins
from loyaltysim.mechanism import draws
from loyaltysim.mechanism.names import Blank
from loyaltysim.mechanism.registry import at_work
from loyaltysim.scenario.forms import written
from loyaltysim.scenario.read import read
from loyaltysim.scenario.reader import ConfigError
from loyaltysim.theory import networks
from tests.scenarios import EAGER, Z, in_plain, same, totals, world

KEYS = draws.customer_keys(3, np.arange(4000))
TALK = {"premium": 0.4, "talk": 0.5}
LIVED = {"experience": {"premium": 0.1, "noise": 1.0, "failure": 0.1, "voice": 0.8}}
GOOD = {"service": {"quality": 1.5, "recovery": 0.6}}


def talking(program=None, n=80, weeks=20, talk=None, **more):
    """A market that talks; the focal firm's program is `program`."""
    behaviour = {**LIVED, "word_of_mouth": {**TALK, **(talk or {})}, **more.pop("behaviour", {})}
    return world(n, weeks, program=program, behaviour=behaviour, **more)


def ran(scenario, seed=3, **given):
    """The finished market, in plain Python."""
    market = in_plain(Market(scenario, seed, **given))
    market.run()
    return market


# ---- networks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [networks.small_world, networks.scale_free])
def test_friendship_is_mutual_and_with_others(make):
    """Symmetric, nobody is a friend of oneself or twice; mean degree 8 less what ends of the line and repeats cost."""
    friends = make(KEYS, 8, 0.3)
    assert (friends != friends.T).nnz == 0 and friends.diagonal().sum() == 0 and set(friends.data) == {1}
    assert 7.5 < friends.nnz / friends.shape[0] <= 8.0


@pytest.mark.parametrize("make", [networks.small_world, networks.scale_free])
def test_one_more_customer_changes_nobody_elses_friends(make):
    """The network of n customers is the corner of that of n + 1; exact."""
    small, large = make(KEYS[:500], 6, 0.4), make(KEYS[:501], 6, 0.4)
    assert (large[:500, :500] != small).nnz == 0 and large[[500]].nnz >= 1


def test_a_line_clusters_as_a_lattice_and_shortcuts_shrink_it():
    """Without far friends: clustering 3 (k - 2) / (4 (k - 1)) = .643 for k = 8 (Watts & Strogatz 1998), ends aside
    (n = 600: relative 2 %). With a tenth of far friends paths are shorter by more than half, and as short as in
    networkx's own small world on a line within a third; clustering stays within .1 of (1 - p)^3 times the lattice's.
    """
    line, small = (nx.from_scipy_sparse_array(networks.small_world(KEYS[:600], 8, far)) for far in (0.0, 0.1))
    assert nx.average_clustering(line) == pytest.approx(18 / 28, rel=0.02)
    assert nx.average_clustering(small) == pytest.approx(18 / 28 * 0.9**3, abs=0.1)
    paths = [nx.average_shortest_path_length(g) for g in (line, small)]
    theirs = nx.average_shortest_path_length(nx.watts_strogatz_graph(600, 8, 0.1, seed=1))
    assert paths[1] < paths[0] / 2 and paths[1] == pytest.approx(theirs, rel=1 / 3)


def test_popular_customers_grow_more_popular():
    """Degree tail: the Hill estimate over the top 5 % lies within 4.4 standard errors of exponent 3 (copying .5, Kumar
    et al. 2000; Hill's standard error (exponent - 1) / sqrt(k)); without copying, and in a small world, no such tail.
    """
    keys = draws.customer_keys(5, np.arange(40_000))
    degrees = {p: np.sort(np.diff(networks.scale_free(keys, 8, p).indptr))[::-1].astype(float) for p in (0.0, 0.5)}
    k = 400
    hill = {p: 1.0 + k / np.log(d[:k] / d[k]).sum() for p, d in degrees.items()}
    assert abs(hill[0.5] - 3.0) < Z * 2.0 / math.sqrt(k) + 0.2  # .2: attachment to picks, not to whole degrees
    assert hill[0.0] > 4.5 and degrees[0.5][0] > 4 * degrees[0.0][0]


@pytest.mark.parametrize("copying", [0.3, 0.5, 0.7])
def test_picks_follow_the_law_of_copying(copying):
    """Of 40,000 customers with one pick each, as many are picked x times or more as the exact law of copying says, at
    five x (binomial, 4.42 standard errors): G(x + a) / G(x + a + 1/c) falls as x to the -1/c, the density as x to the
    -(1 + 1/c). The law with exponent (2 - c) / (1 - c), the same at .5 only, is refuted. The mean degree at eight
    friends is right within 2 %.
    """
    n, a, steep = 40_000, (1.0 - copying) / copying, 1.0 / copying
    keys = draws.customer_keys(5, np.arange(n))
    times = np.diff(networks.scale_free(keys, 2, copying).indptr) - 1  # a friend of one's own pick
    x = np.array([1, 2, 4, 8, 16])
    found = np.array([(times >= k).sum() for k in x])

    def law(slope):
        return n * np.exp(gammaln(x + a) - gammaln(x + a + slope) + gammaln(a + slope) - gammaln(a))

    assert (np.abs(found - law(steep)) < Z * np.sqrt(law(steep))).all()
    assert copying == 0.5 or (np.abs(found - law(1.0 / (1.0 - copying))) > Z * np.sqrt(found)).any()
    assert networks.scale_free(keys, 8, copying).nnz / n == pytest.approx(8.0, rel=0.02)


def test_copying_that_makes_one_hub_of_all_is_refused():
    tree = written(talking())
    tree["behaviour"]["word_of_mouth"]["copying"] = 0.9
    with pytest.raises(ConfigError, match=r"0\.7"):
        read(tree, components())


def test_an_odd_degree_is_refused():
    tree = written(talking())
    tree["behaviour"]["word_of_mouth"]["degree"] = 7
    with pytest.raises(ConfigError, match="must be even"):
        read(tree, components())


@pytest.mark.parametrize("key, value, need", [("affinity", 0.1, "bond"), ("teach", 0.1, "awareness is 1")])
def test_messages_that_can_move_nothing_are_refused(key, value, need):
    tree = written(talking())
    tree["behaviour"]["word_of_mouth"][key] = value
    with pytest.raises(ConfigError, match=need):
        read(tree, components())


# ---- messages --------------------------------------------------------------------------------------------------------


def spoken(terms, sat=0.0, bond=0.0, talk=0.0, answer=0.5, review=0.9, before=0):
    """A visit by hand, with its three draws: -> what is said this week; promoters, detractors who spoke up."""
    here, visit = SimpleNamespace(said=before, sat=sat, bond=bond), Blank()
    wom.speaks(here, terms, visit, talk, answer, review)
    return here.said, visit.promoters, visit.detractors


def test_promoters_answer_nine_or_ten_and_detractors_six_or_less():
    """Answers are rounded: 8.5 and more is a promoter, below 6.5 a detractor; satisfaction, bond move them as named."""
    own = wom.WordOfMouth(
        talk=0.2, negative=2.0, review=0.5, centre=7.5, by_satisfaction=1.0, by_bond=3.0, spread=0.0
    )  # fmt: skip

    def said(sat, **more):
        return spoken(own, sat, **more)

    assert said(1.0) == (wom.PROMOTER, 1, 0) and said(0.99)[0] == wom.PASSIVE
    assert said(-1.0)[0] == wom.PASSIVE and said(-1.01) == (wom.DETRACTOR, 0, 1)
    assert said(0.0, bond=0.34)[0] == wom.PROMOTER
    assert said(0.0, talk=0.2, before=2) == (2, 0, 0), "silence keeps what was said earlier in the week"
    assert said(-2.0, talk=0.3)[0] == wom.DETRACTOR and said(2.0, talk=0.3)[0] == 0, "detractors reach more"
    assert said(2.0, review=0.1)[0] == wom.PROMOTER + wom.POSTED


@pytest.mark.parametrize("negative", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("centre", [6.0, 8.0])
def test_usual_talk_is_worth_nothing(negative, centre):
    """Where satisfaction and bond are usual, the mean worth of messages is 0: 40,000 keyed visits, within z."""
    own = wom.WordOfMouth(talk=0.3, negative=negative, centre=centre, review=0.5)
    u = np.random.default_rng(2).random((40_000, 2))
    codes = [spoken(own, talk=a, answer=b)[0] for a, b in u.tolist()]
    worth = wom.values(own)[np.array(codes)]
    assert abs(worth.mean()) < Z * worth.std() / 200.0 and worth.std() > 0.1


def test_everyone_hears_what_friends_said_last_week():
    """The compiled pass is the product of the network and the worth of what was said; single precision, 1e-5."""
    friends = networks.small_world(KEYS[:300], 8, 0.2)
    said = np.random.default_rng(1).integers(0, 7, (300, 4)).astype(np.int8)
    worth, heard = wom.values(wom.WordOfMouth()), np.full((300, 4), 9.0, np.float32)
    wom.listening()(friends.indptr, friends.indices, said, worth, heard)
    assert heard == pytest.approx(friends @ worth[said], abs=1e-5)


def test_talk_about_a_better_firm_helps_it_and_more_so_the_more_it_counts():
    """Monotone in its own term: visits to the firm with the better service rise with the worth of reputation."""
    visits = [totals(ran(talking(GOOD, talk={"premium": p})).book()).loc["a", "visits"] for p in (0.0, 0.4, 1.5)]
    assert visits[0] < visits[1] < visits[2]


@pytest.mark.parametrize("quality, sign", [(1.5, 1), (-1.5, -1)])
def test_talk_helps_the_better_and_hurts_the_worse(quality, sign):
    """Two admissible settings, opposite outcomes: what talk adds to the firm's visits has the sign of its quality."""
    program = {"service": {"quality": quality}}
    on, off = (totals(ran(talking(program, talk={"premium": p})).book()).loc["a", "visits"] for p in (0.8, 0.0))
    assert sign * (on - off) > 0


def test_negative_reach_decides_which_word_is_louder():
    """With reach 0.2 praise outnumbers blame, with 5 blame outnumbers praise: same customers, same visits."""
    loud = {}
    for negative in (0.2, 5.0):
        t = totals(ran(talking(talk={"premium": 0.0, "talk": 0.15, "negative": negative})).book()).sum()
        loud[negative] = t["promoters"] - t["detractors"]
    assert loud[0.2] > 0 > loud[5.0]


def test_messages_teach_unknown_firms():
    """With `teach` more and more customers know the firm; nobody forgets, and without talk nobody learns."""
    firm = {"d": {"awareness": 0.3}}
    quiet, loud = (ran(talking(firm=firm, talk={"talk": t, "teach": 0.3})) for t in (0.0, 0.6))
    known = [m.population["aware"][:, 3] for m in (quiet, loud)]
    assert (known[1] >= known[0]).all() and known[1].sum() > 1.3 * known[0].sum()
    assert quiet.population["aware"].sum() == quiet.population.known().sum()


def test_praise_raises_expectations_and_bonds():
    """`expectation` and `affinity` move the hearer's state; the mean over the praised firm's customers rises."""
    behaviour = {"bond": {"premium": 0.0}}
    plain = ran(talking(GOOD, behaviour=behaviour, talk={"premium": 0.001}))
    moved = ran(talking(GOOD, behaviour=behaviour, talk={"premium": 0.001, "expectation": 0.2, "affinity": 0.1}))
    for name in ("expectation", "bond"):
        assert moved.population[name][:, 0].mean() > plain.population[name][:, 0].mean() + 0.01, name


@pytest.mark.parametrize(
    "affinity, premium, told", [(0.1, 0.2, True), (-0.1, 0.2, True), (0.1, 0, False), (0, 0.2, False)]
)
def test_talk_that_moves_bonds_without_a_program_is_said(affinity, premium, told):
    """A bond has a floor and losses weigh more, so that talk moves it without any program: results say so where the
    bond is worth something.
    """
    behaviour = {"bond": {"premium": premium}}
    scenario = talking(n=40, weeks=8, talk={"premium": 0.0, "affinity": affinity}, behaviour=behaviour)
    assert any(text.startswith("word_of_mouth.affinity") for text in at_work(scenario)) == told
    assert (ran(scenario).population["bond"] != 0.0).any() == (affinity != 0)


def test_reviews_and_public_answers_move_the_rating():
    """A good service earns a higher rating than its rivals; answered complaints are read along, with either sign."""
    talk = {"review": 0.5, "review_weight": 1.0, "network": "none"}
    rating = ran(talking(GOOD, talk=talk)).surroundings[-1]["rating"]
    assert rating[0] > rating[1:].max() + 0.02
    seen = [
        ran(talking(GOOD, talk={**talk, "public_recovery": r})).surroundings[-1]["rating"][0] for r in (-1.0, 0.0, 1.0)
    ]
    assert seen[0] < seen[1] < seen[2]


# ---- three worlds ----------------------------------------------------------------------------------------------------

MEMBERS = {**GOOD, "points": {"threshold": 60.0, "face_value": 6.0}, "membership": {**EAGER, "ask": 0.2}}


def trio(scenario, seed=3):
    """T0, T1 and T1|i, in plain Python."""
    with_it = ran(scenario, seed)
    book = with_it.book()
    replayed = ran(scenario, seed, eligible=False, offers=book.offers, around=book.around)
    return ran(twins.no_program(scenario), seed), with_it, replayed


def test_who_never_joins_lives_the_same_week_in_the_replay():
    """T1|i with everybody's words recorded is T1 for a customer who would not have joined: every column and
    purchase, exact. And the record matters: hearing what the replay's own customers say is another life for some.
    """
    scenario = talking(MEMBERS, n=60, weeks=16)
    _, with_it, replayed = trio(scenario)
    out = with_it.population["joined"][:, 0] < 0
    assert 5 < out.sum() < 55
    for name, column in with_it.population.columns.items():
        if name != "eligible":
            assert (column[out] == replayed.population[name][out]).all(), name
    logs = [m.book().log for m in (with_it, replayed)]
    mine = [log[np.isin(log.customer, np.flatnonzero(out))].reset_index(drop=True) for log in logs]
    assert mine[0].equals(mine[1]) and len(mine[0]) > 50
    unrecorded = ran(scenario, eligible=False, offers=with_it.book().offers)
    assert (unrecorded.population["reputation"][out] != with_it.population["reputation"][out]).any()


def test_without_talk_the_replay_is_the_market_without_program():
    """No word of mouth, a program whose only effect is membership: T1|i = T0, every purchase, exact; with talk not."""
    program = {"points": MEMBERS["points"], "membership": MEMBERS["membership"]}
    quiet = world(60, 16, program=program, behaviour=LIVED)
    without, _, replayed = trio(quiet)
    assert without.book().log.equals(replayed.book().log)
    bonded = {"bond": {"premium": 0.1, "redemption": 0.5}}
    without, _, replayed = trio(talking(program, n=60, weeks=16, talk={"premium": 1.0}, behaviour=bonded))
    assert not without.book().log.equals(replayed.book().log)


def test_words_are_kept_only_where_purchases_are():
    """Without the log, past weeks keep what is small; with it, the whole record. The run itself is the same."""
    logged = ran(talking(n=30, weeks=6))
    plain = ran(dataclasses.replace(logged.terms, record=dataclasses.replace(logged.terms.record, log=False)))
    assert [set(w) for w in plain.surroundings[:-1]] == [set(w) - {"messages"} for w in logged.surroundings[:-1]]
    assert all(w["messages"].shape == (30, 4) for w in logged.surroundings)
    assert plain.book().weekly.equals(logged.book().weekly)


# ---- referrals -------------------------------------------------------------------------------------------------------


def referred(chance, n=80, **own):
    """A market in which members' praise brings people from a pool."""
    program = {**MEMBERS, "referral": {"chance": chance, "reward": 3.0, "welcome": 1.25, **own}}
    arrivals = {"pool": 200, "weekly": 0.0, "depleting": True}
    return ran(talking(program, n=n, behaviour={"arrivals": arrivals}))


def test_referrals_bring_people_and_cost_what_they_cost():
    """Each newcomer is a customer of the pool, thanked once: 4.25 a head in the ledger, to the cent."""
    market = referred(0.5)
    came = market.population["referred"][:, 0] >= 0
    t = totals(market.book()).loc["a"]
    assert 5 < came.sum() == t["referrals"] and t["touchpoints"] == 425 * came.sum()
    assert (market.population.ids[came] >= 1 << 40).all() and (market.population["status"][came] == 1).all()
    assert (market.population["entered"][came] == market.population["referred"][came, 0]).all()


def test_more_referrals_admit_a_superset_earlier():
    """The reach is nested: everybody who came with half the chance comes with the whole, and no later. One week's words
    are the same in both; beyond it newcomers' own words differ, so the reach itself is compared, week by week.
    """
    few, many = referred(0.25), referred(0.5)
    reach = [[w["referral_reach"][0] for w in m.surroundings] for m in (few, many)]
    assert all(a <= b for a, b in zip(*reach, strict=True)) and reach[0][-1] < reach[1][-1]
    weeks = [np.where(m.population["referred"][:, 0] >= 0, m.population["referred"][:, 0], 999) for m in (few, many)]
    assert (weeks[1] <= weeks[0]).all() and (weeks[1] < weeks[0]).any()


def test_a_newcomer_likes_who_was_praised():
    """`liking` is the bond on arrival, where there are bonds."""
    program = {**MEMBERS, "referral": {"chance": 0.5, "liking": 0.6, "audience": "everyone"}}
    behaviour = {"arrivals": {"pool": 100, "depleting": True}, "bond": {"premium": 0.0, "half_life": 5200.0}}
    market = ran(talking(program, behaviour=behaviour))
    came = market.population["referred"][:, 0] >= 0
    assert came.sum() > 5 and (market.population["bond"][came, 0] > 0.59).all()


def test_neutral_talk_moves_no_purchase():
    """Premium 0: talk is counted, and every purchase is where it was."""
    quiet = world(60, 12, behaviour=LIVED)
    idle = talking(n=60, weeks=12, talk={"premium": 0.0})
    one, two = (ran(s).book() for s in (quiet, idle))
    same(one, two)
    assert totals(two)["promoters"].sum() > 0
