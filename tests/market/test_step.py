"""The assembled step: one source for Python and compiler, nothing left of what is inactive, the same bytes
everywhere.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import hashlib
import itertools
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from loyaltysim.market import compile as step
from loyaltysim.market import model as market
from loyaltysim.market.model import Market
from loyaltysim.mechanism import draws
from loyaltysim.mechanism import registry as mechanisms
from loyaltysim.mechanism.names import ARGUMENTS, numbers
from loyaltysim.mechanism.registry import terms_of
from loyaltysim.scenario.model import Links
from tests.scenarios import (
    changed,
    coalition_world,
    contracts,
    everything,
    fingerprint,
    in_plain,
    one_card,
    points_world,
    same,
    world,
)

pytestmark = pytest.mark.interpreter

WORLDS = {"base": world, "points": points_world, "everything": everything, "contracts": contracts, "one card": one_card,
          "coalition": coalition_world}  # fmt: skip
SMALL = {"n": 40, "weeks": 18}
SOURCE = str(Path(step.__file__).parents[2])


def threaded(scenario, threads):
    """The same scenario on more threads."""
    return changed(scenario, compute=dataclasses.replace(scenario.compute, threads=threads))


# ---- one source ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", WORLDS.values(), ids=WORLDS)
def test_plain_python_equals_the_compiled_step(make):
    """Oracle 30: the same source in plain Python and compiled, bit for bit: books, people, log, every state column."""
    plain, compiled = in_plain(Market(make(**SMALL), 6)), Market(make(**SMALL), 6)
    plain.run()
    compiled.run()
    assert compiled.ready.compiled.signatures, "the compiled step was not compiled"
    assert fingerprint(plain) == fingerprint(compiled)


def test_the_worlds_together_use_every_mechanism():
    """The comparison above covers what exists: a mechanism that no world switches on fails here."""
    used = {m.name for make in WORLDS.values() for m in mechanisms.active(make(**SMALL))}
    assert used == set(mechanisms.registry())
    for make in (everything, contracts):
        scenario = make(60, 70)  # long enough for what ends after a year
        assert all(getattr(scenario.customers.links, effect) for effect in Links.__dataclass_fields__)
        market = Market(scenario, 6)
        totals = market.run().weekly.drop(columns=["week", "firm"]).sum()
        assert (totals[list(market.assembled.counts)] > 0).all(), "a counter stays at 0"
        assert (market.population["status"] == 2).any()


@pytest.mark.parametrize("make", [everything, contracts])
def test_a_customer_steps_alone_in_plain_python(make):
    """`customer(i).step()` for every row, one after the other, is the compiled week: counters and state, exact."""
    single, whole = (Market(make(**SMALL), 6) for _ in range(2))
    for _ in range(8):
        offers = single.firms_decide()
        assert len(offers) == 4
        single.surroundings.append(single.around())
        for m in single.mechanisms:
            if m.each_week is not None:
                m.each_week(single, terms_of(single.terms, m))
        single.population.drift(single.week)
        single.books_close(sum(single.customer(i).step() for i in reversed(range(single.population.n))))
        single.week_recorded()
        whole.step()
    for name, column in whole.population.columns.items():
        assert column.tobytes() == single.population[name].tobytes(), name
    assert single.book().weekly.equals(whole.book().weekly)


def test_the_step_reads_the_documented_addresses():
    """Every count and every choice of a small market, redone with `draws.draw` and the soft-max race; exact.

    Counts: Poisson quantile of (customer, week, count). Choices: argmin of -log(U_j) exp(top - u_j) with U_j at
    (customer, week, occasion, choice, firm id). A key without week, occasion, purpose or id fails here.
    """
    m = in_plain(Market(world(15, 10, firm={"b": {"price": 1.1}}), 6))
    p, firms = m.population, list(m.firms)
    log = {(r.customer, r.week, r.occasion): firms[r.firm] for r in m.run().log.itertuples()}
    redone = {}
    for i in range(15):
        utility = p["log_g"][i] - p["beta"][i] * np.array([0.0, 0.1, 0.0, 0.0])
        for week in range(10):
            n = draws.count(draws.draw(6, i, week, "count"), p["rate"][i], math.exp(-p["rate"][i]))
            for k in range(n):
                times = [
                    -math.log(draws.draw(6, i, week, "choice", k, name)) * math.exp(utility.max() - u)
                    for name, u in zip(firms, utility, strict=True)
                ]
                redone[i, week, k] = firms[int(np.argmin(times))]
    assert redone == log and len(log) > 100


SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
import numpy as np
np.seterr(over="ignore", invalid="ignore")
from loyaltysim.market.model import Market
from tests import scenarios
found = {{}}
for name in {names}:
    market = Market(getattr(scenarios, name)(n=40, weeks=18), 6)
    market.run()
    found[name] = scenarios.fingerprint(market)
print(json.dumps(found))
"""


@pytest.mark.parametrize("jit", ["on", "off"])
def test_a_fresh_process_gives_the_same_bytes(jit):
    """Oracles 3 and 30: another process, another hash seed, the compiler on or off: the same books and people,
    exact.
    """
    names = [make.__name__ for make in WORLDS.values()]
    code = SCRIPT.format(root=os.getcwd(), names=names)
    environment = {**os.environ, "PYTHONHASHSEED": "77", "NUMBA_DISABLE_JIT": "1" if jit == "off" else "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    fresh = json.loads(done.stdout)
    for name, make in zip(names, WORLDS.values(), strict=True):
        here = Market(make(**SMALL), 6)
        here.run()
        assert fresh[name] == fingerprint(here), name


# ---- threads, chunks, order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [everything, contracts])
@pytest.mark.parametrize("threads", [2, 4, 7])
def test_threads_change_nothing(threads, make):
    """Oracle 3: 1, 2, 4 and 7 threads, in chunks of other sizes: the same bytes."""
    one, many = Market(make(n=200, weeks=20), 6), Market(threaded(make(n=200, weeks=20), threads), 6)
    one.run()
    many.run()
    assert fingerprint(one) == fingerprint(many)


def test_more_threads_than_customers():
    """Three customers on eight threads live as on one."""
    scenario = world(3, 10)
    same(Market(scenario, 6).run(), Market(threaded(scenario, 8), 6).run())


def test_chunks_in_any_order_add_up():
    """Rows in three uneven pieces, last piece first, give the counters and the state of one pass; exact."""
    whole, pieces = (Market(everything(n=120, weeks=6), 6) for _ in range(2))
    at_once = pieces._served

    def in_pieces(start, stop, columns):
        edges = [start, 7, 101, stop]
        found = [at_once(a, b, columns) for a, b in reversed(list(itertools.pairwise(edges)))]
        return sum(counts for counts, _ in found), [log for _, logs in reversed(found) for log in logs]

    pieces._served = in_pieces
    whole.run()
    pieces.run()
    assert fingerprint(whole) == fingerprint(pieces)


def test_a_full_log_is_emptied_and_filled_again(monkeypatch):
    """Where the log has no room the step stops before a customer and goes on with the same one: the same log, exact."""
    roomy = Market(points_world(n=300, weeks=10), 6).run()
    monkeypatch.setattr(market, "ROWS", 40)
    tight = Market(points_world(n=300, weeks=10), 6)
    book = tight.run()
    assert len(tight.log) > 50
    same(roomy, book)


def test_the_log_and_the_panel_only_watch():
    """Recording every purchase, or not even the panel, changes no result."""
    full = in_plain(Market(points_world(60, 14), 6)).run()
    bare_terms = points_world(60, 14)
    bare_terms = changed(bare_terms, record=dataclasses.replace(bare_terms.record, panel=False, log=False))
    bare = in_plain(Market(bare_terms, 6)).run()
    assert full.weekly.equals(bare.weekly) and full.people.equals(bare.people)
    assert bare.log.empty and bare.visits.size == 0


def test_a_draw_of_the_week_is_one_for_each_firm():
    """A rule of the phase `week` reads the address (customer, week, purpose, firm): who loses which card, by draws."""
    card = {"stamps": {"needed": 40, "lost_week": 0.4}, "membership": {"join": "everyone"}}
    m = in_plain(Market(world(30, 12, program=card, rivals=card), 8))
    names, at_risk, lost, seen = list(m.firms), 0, 0, np.zeros((30, 4), int)
    for week in range(6):
        before = m.population["stamps"].copy()
        m.step()
        for who, j in zip(*np.nonzero(before), strict=True):
            gone = draws.draw(8, int(who), week, "card_lost", item=names[j]) < 0.4
            came = m.visits[0, who, j] - seen[who, j]
            assert m.population["stamps"][who, j] == came + (0 if gone else before[who, j])
            at_risk, lost = at_risk + 1, lost + gone
        seen = m.visits[0].copy()
    assert 20 < lost < at_risk


# ---- adding moves nobody else's draws --------------------------------------------------------------------------------


def test_an_unknown_firm_changes_nothing():
    """Oracle 28: a firm that nobody knows, first in the list: the other firms' books and all people stay; exact."""
    shares = {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}
    more = {"z": 0.2, **shares}
    firm = {"z": {"awareness": 0.0}}
    with_it, without = (
        in_plain(Market(points_world(80, 20, shares=s, firm=f), 6)) for s, f in ((more, firm), (shares, {}))
    )
    left, right = with_it.run(), without.run()
    assert (left.weekly[left.weekly["firm"] == "z"]["visits"] == 0).all()
    others = left.weekly[left.weekly["firm"] != "z"].reset_index(drop=True)
    assert others.equals(right.weekly)
    for name in ("rate", "rho", "beta", "status"):
        assert with_it.population[name].tobytes() == without.population[name].tobytes(), name
    for name in ("log_g", "prior", "balance", "joined"):
        assert np.array_equal(with_it.population[name][:, 1:], without.population[name]), name


def test_a_firm_that_everybody_knows_moves_purchases_only_to_itself():
    """Adding a real competitor: every purchase stays where it was or goes to the newcomer; draws are keyed by firm
    id.
    """
    shares = {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}
    more = {"a": 0.4, "new": 0.3, "b": 0.3, "c": 0.2, "d": 0.1}
    before, after = (Market(world(400, 20, shares=s), 6) for s in (shares, more))
    left, right = before.run().log, after.run().log
    names = [np.array(list(m.firms))[log["firm"]] for m, log in ((before, left), (after, right))]
    assert left[["customer", "week", "occasion"]].equals(right[["customer", "week", "occasion"]])
    moved = names[0] != names[1]
    assert moved.any() and set(names[1][moved]) == {"new"}


def test_adding_a_purpose_moves_nobody(monkeypatch):
    """A new purpose at the head of the list, with a number of its own, changes no draw: purposes are keyed by
    number.
    """
    before = in_plain(Market(everything(**SMALL), 6))
    before.run()
    monkeypatch.setattr(draws, "PURPOSES", {"weather": 999, **draws.PURPOSES})
    after = in_plain(Market(everything(**SMALL), 6))
    after.run()
    assert fingerprint(before) == fingerprint(after)


def test_adding_a_mechanism_moves_nobodys_draws():
    """Habit at work changes choices but no arrival, count, basket, propensity or life: those columns stay, byte for
    byte. Referrals are left out: whom customers praise, and so who comes, follows from choices; and promotions: who
    waits for one, or has bought ahead, does too.
    """

    apart = ("referral", "promotion")

    def unreferred(scenario):
        firms = {
            name: dataclasses.replace(firm, program={k: v for k, v in firm.program.items() if k not in apart})
            for name, firm in scenario.firms.items()
        }
        return dataclasses.replace(scenario, firms=firms)

    scenario = everything(**SMALL, behaviour={"arrivals": {"pool": 30, "weekly": 0.03}})
    more = everything(**SMALL, behaviour={"arrivals": {"pool": 30, "weekly": 0.03}, "habit": {"premium": 0.2}})
    left, right = (in_plain(Market(unreferred(s), 6)).run() for s in (scenario, more))
    address = ["customer", "week", "occasion"]
    assert left.log[address].equals(right.log[address]) and left.people["entered"].equals(right.people["entered"])
    moved = left.log["firm"] != right.log["firm"]
    assert 0 < moved.mean() < 0.2


# ---- the source ----------------------------------------------------------------------------------------------------


def names_in(text):
    """Every name of a text: those that stand alone, those behind a dot, those of functions."""
    nodes = list(ast.walk(ast.parse(text)))
    found = {n.id for n in nodes if isinstance(n, ast.Name)} | {n.attr for n in nodes if isinstance(n, ast.Attribute)}
    return found | {n.name for n in nodes if isinstance(n, ast.FunctionDef)}


def test_inactive_mechanisms_leave_no_trace():
    """No line, column or number of a mechanism that is not active; the base step fits one screen."""
    base = Market(world(10, 2), 1)
    used = names_in(base.assembled.module) | set(base.assembled.visits.names) | set(base.assembled.offers.names)
    for m in mechanisms.registry().values():
        own = {*m.fields, *m.counts, *(part for f in m.fields.values() for part in f.parts)}
        own |= {number.flat for number in numbers(m).values()}
        own |= {rule.__name__ for h in m.hooks for rule in (h.rule, h.when) if rule is not None}
        assert not own & used, m.name
        assert not own & set(base.population.columns), m.name
    assert not base.assembled.numbers
    assert base.assembled.step.count("\n") < 80


@pytest.mark.parametrize("make", WORLDS.values(), ids=WORLDS)
def test_the_step_can_be_read(make):
    """At most 20 arguments, no line over 120 characters in the step and what it calls."""
    assembled = Market(make(**SMALL), 1).assembled
    tree = ast.parse(assembled.step).body[0]
    assert [a.arg for a in tree.args.args] == list(assembled.arguments) and len(assembled.arguments) <= 20
    assert not (tree.args.kwonlyargs or tree.args.posonlyargs or tree.args.vararg or tree.args.kwarg)
    assert max(len(line) for line in assembled.module.splitlines()) <= 120
    assert assembled.module.endswith(assembled.step)


def rule_calls(module):
    """The calls of rules in a step: what takes here, me, others, terms or visit, and what their names say they are."""
    *functions, step_ = [n for n in ast.parse(module).body if isinstance(n, ast.FunctionDef)]
    takes = {f.name: [a.arg for a in f.args.args] for f in functions}
    named = {name for name, found in takes.items() if set(found) & set(ARGUMENTS)}
    calls = [n for n in ast.walk(step_) if isinstance(n, ast.Call) and getattr(n.func, "id", "") in named]
    return calls, takes, step_


@pytest.mark.parametrize("make", WORLDS.values(), ids=WORLDS)
def test_rules_are_called_with_things_that_have_names(make):
    """A rule gets here, me, others, terms, visit and draws, each under its own name, and nothing else.

    Every hook that acts is called, and said to be of its mechanism; that of another setting or another set is not.
    """
    scenario = make(**SMALL)
    assembled = Market(scenario, 1).assembled
    calls, takes, _ = rule_calls(assembled.module)
    for call in calls:
        said = ast.unparse(call)
        assert not call.keywords and all(isinstance(a, ast.Name) for a in call.args), said
        given = [a.id for a in call.args]
        assert given == takes[call.func.id], said
        assert all(name in ARGUMENTS or name.startswith(("draw_", "lasting_")) for name in given), said
    active = {m.name: m for m in mechanisms.active(scenario)}
    phases = ("week", "served", "visit", "rate", "utility", "known") if make is not contracts else ("week", "utility")
    acting = [
        (h, m.name)
        for m in active.values()
        for h in m.hooks
        if h.phase in phases and set(h.beside) <= set(active) and not set(h.unless) & set(active)
    ]
    called = [call.func.id for call in calls]
    for hook, name in acting:
        assert hook.rule.__name__ in called and (hook.when is None or hook.when.__name__ in called), name
        assert f"# {name}" in assembled.step
    absent = [h.rule for m in mechanisms.registry().values() if m.name not in active for h in m.hooks]
    assert not {rule.__name__ for rule in absent} & set(called)
    assert len(calls) > len(acting) or not acting


@pytest.mark.parametrize("make", WORLDS.values(), ids=WORLDS)
def test_nothing_is_unpacked_by_place(make):
    """In the step a place is that of a customer, a firm, a line of the log or what one knows; nothing is a tuple."""
    assembled = Market(make(**SMALL), 1).assembled
    _, _, step_ = rule_calls(assembled.module)
    rows = {"people", "pairs", "offers", "visits", "log", "log_at", "panel_visits", "panel_spend"}
    rows |= {"theta_table", "beliefs"}
    assert rows - {"theta_table", "beliefs"} <= set(assembled.arguments)
    assert set(assembled.arguments) <= rows | {"start", "stop", "week", "taste_tables"}
    for node in ast.walk(step_):
        assert not isinstance(node, ast.Starred)
        for target in [*getattr(node, "targets", []), getattr(node, "target", None)]:
            assert not isinstance(target, (ast.Tuple, ast.List)), ast.unparse(node)
        if isinstance(node, ast.Subscript):
            assert isinstance(node.value, ast.Name) and node.value.id in rows, ast.unparse(node)


@pytest.mark.parametrize("make", WORLDS.values(), ids=WORLDS)
def test_every_name_of_the_module_is_there(make):
    """Whatever the set of mechanisms: no condition of the run, no piece and no call of a phase is left, and every
    name that is read is an argument, a local, a constant, a function of the module, or Python's.
    """
    source = Market(make(**SMALL), 1).assembled.module
    compile(source, "step", "exec")
    tree = ast.parse(source)
    known = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    known |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    known |= {"math", "np", "namedtuple", *dir(builtins)}
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    assert len({f.name for f in functions}) == len(functions)
    kinds = {id(k) for f in functions for a in f.args.args if a.annotation for k in ast.walk(a.annotation)}
    kinds |= {id(k) for f in functions if f.returns for k in ast.walk(f.returns)}
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in kinds}
    assert read <= known | {f.name for f in functions}
    assert not {"rules", "LOGGED", "WEEKLY", "ENDING", "utilities", "race", "purchase"} & read


def test_the_compile_cache_follows_the_text_of_the_step(tmp_path, monkeypatch):
    """Fault 38: the key hashes the whole text that runs; each set of mechanisms has a module of its own, and one that
    was changed in the folder is written anew.
    """
    markets = [Market(make(**SMALL), 1) for make in WORLDS.values()]
    assert len({m.ready.name for m in markets}) == len(WORLDS)
    for m in markets:
        assert m.ready.name == "step_" + hashlib.sha256(m.assembled.module.encode()).hexdigest()[:16]
    assert step.cache_folder().stat().st_mode & 0o077 == 0, "others may write compiled code that we load"
    text, name = markets[0].assembled.module, markets[0].ready.name
    monkeypatch.setenv("LOYALTYSIM_CACHE", str(tmp_path))
    written = step.cache_folder() / f"{name}.py"
    for found in (None, text.replace("FIRMS = 4", "FIRMS = 3")):
        monkeypatch.delitem(sys.modules, name)
        if found is not None:
            written.write_text(found, encoding="utf-8")
        assert step.load(text).FIRMS == 4 and written.read_text(encoding="utf-8") == text


EDITED = """
import sys
sys.path.insert(0, {tests!r})
from loyaltysim.market.model import Market
from tests.scenarios import world
import loyaltysim
market = Market(world(200, 2, behaviour={{"habit": {{"gain": 0.25}}}}), 6)
market.step()
assert market.ready.compiled.signatures
print(loyaltysim.__file__, float(market.population["habit"].max()))
"""


def test_an_edited_rule_never_meets_its_old_compiled_step(tmp_path):
    """Fault 38: a rule of the package is edited between two processes that share one cache: the second obeys the edit.

    Habit grows by the gain at a first purchase, so that the largest habit after a week is known; a third process, the
    edit undone, is back at the first answer, from the cache.
    """
    package = shutil.copytree(Path(step.__file__).parents[1], tmp_path / "src" / "loyaltysim")
    rule, code = package / "behaviour" / "habit.py", EDITED.format(tests=os.getcwd())
    written = rule.read_text(encoding="utf-8")
    edited = written.replace(
        "here.habit = here.habit + terms.gain * (1.0 - here.habit)",
        "here.habit = here.habit + 2.0 * terms.gain * (1.0 - here.habit)",
    )
    assert edited != written
    environment = {**os.environ, "PYTHONPATH": str(package.parent), "LOYALTYSIM_CACHE": str(tmp_path / "cache")}

    def strongest() -> float:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(str(package)), "another copy of the package answered"
        return float(done.stdout.split()[-1])

    first = strongest()
    rule.write_text(edited, encoding="utf-8")
    second = strongest()
    rule.write_text(written, encoding="utf-8")
    assert second > first > 0.0
    assert strongest() == first


AT_ONCE = """
from tests.scenarios import world
from loyaltysim.market.model import Market
market = Market(world(20, 2), 6)
print("born", flush=True)
input()
market.step()
print(sum(market.ready.compiled.function.stats.cache_misses.values()))
"""


def test_processes_that_need_the_same_step_compile_it_once(tmp_path):
    """Two ask for it at the same moment: one compiles, the other waits and reads what it wrote."""
    environment = {
        **os.environ,
        "LOYALTYSIM_CACHE": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([SOURCE, os.getcwd()]),
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    both = [subprocess.Popen([sys.executable, "-c", AT_ONCE], **pipes) for _ in range(2)]
    assert [process.stdout.readline() for process in both] == ["born\n"] * 2
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    assert sorted(process.communicate()[0] for process in both) == ["0\n", "1\n"]


def test_an_overflow_is_an_error_not_a_wrap():
    """Fault 37: a counter beyond 2^60, or below 0, stops the run and names week, firm and counter."""
    m = Market(world(5, 2), 1)
    counts = np.zeros((4, len(m.assembled.counts)), np.int64)
    counts[2, 2] = 2**61
    with pytest.raises(OverflowError, match=r"week 0, firm 'c': counter 'revenue'"):
        m.books_close(counts)


def test_a_number_that_is_none_stops_the_run():
    """Fault 36: NaN in a state column at the end of a quarter names week, variable and customer."""
    m = in_plain(Market(world(5, 13), 1))
    m.population["spending"][3] = np.nan
    with pytest.raises(FloatingPointError, match=r"week 13: spending of customer 3 is nan"):
        m.run()


def test_lost_points_stop_the_run():
    """Oracle 7 is always on: a balance that changes outside the books is found at the end of the quarter."""
    m = in_plain(Market(points_world(20, 13), 1))
    for _ in range(12):
        m.step()
    m.population["balance"][0, 0] += 1
    with pytest.raises(ArithmeticError, match=r"week 13, firm 'a': points issued differ"):
        m.step()


def test_lost_money_stops_the_run():
    """Oracle 8 is always on: a cent in a customer's panel that no firm took is found when the quarter ends."""
    m = in_plain(Market(points_world(20, 16), 1))
    for _ in range(15):
        m.step()
    m.spend[0, 0, 0] += 1
    with pytest.raises(ArithmeticError, match=r"week 16: customers spent \d+ cents, firms took \d+"):
        m.step()
