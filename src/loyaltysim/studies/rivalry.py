"""Arms of a market in which so many firms have a program, one drops it, or one enters; and what firms earn in them.

Every arm is the scenario with other firms: customers, seeds and all else are the same, so that arms are twins. Whoever
adopts takes the program of the focal firm and the policies that set it; whoever does not has neither. What else a firm
decides, its price say, it goes on deciding.

    arms = adoption_arms(world)
    done = run_arms(partial(earned, after=52), arms, seeds, lambda world: world, processes)
    own_effect(*adopted(done, place), unit)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from loyaltysim.firms import policies
from loyaltysim.market.book import Book
from loyaltysim.market.model import Market
from loyaltysim.measures.adoption import FRACTIONS, counts
from loyaltysim.measures.games import payoff
from loyaltysim.measures.lock_in import won
from loyaltysim.measures.program_effects import YEAR, entered
from loyaltysim.measures.ratio import mean, ratio
from loyaltysim.scenario.model import Firm, Scenario

QUARTER = 13  # weeks at the end of which shares are told
GOODS = ("cost_of_goods", "profit")  # what is left of revenue beside them is what programs and running cost


@dataclass(frozen=True)
class Earned:
    """One run. profit, cost : (firms,) money per customer of the market and year, after the weeks that do not count;
    cost = all that is paid beside the goods. share : (firms,) of purchases in the last quarter; price : (firms,) mean
    price index; surplus : money per customer and year, nan where it is not recorded.
    """

    profit: np.ndarray
    cost: np.ndarray
    share: np.ndarray
    price: np.ndarray
    surplus: float


def earned(job: tuple[Scenario, int], after: int = 0) -> Earned:
    """Run one arm of one seed. job : arm, seed;  after : weeks at the start that do not count for profit and price.

    Surplus is that since the start: before programs begin it is the same in every arm.
    """
    scenario, seed = job
    return told(Market(scenario, seed).run(), after)


def told(book: Book, after: int) -> Earned:
    """What a run says of each firm, in the order of the firms."""
    weeks, n = int(book.weekly.week.max()) + 1, float(entered(book).sum())
    counted, late = book.weekly[book.weekly.week >= after], book.weekly[book.weekly.week >= weeks - QUARTER]
    sums = counted.groupby("firm", sort=False)[["revenue", *GOODS]].sum().loc[list(book.firms)]
    visits = late.groupby("firm", sort=False).visits.sum().loc[list(book.firms)].to_numpy(float)
    paid = sums.revenue - sums[list(GOODS)].sum(axis=1)
    return Earned(
        profit=np.array([payoff(book, name, after) for name in book.firms]),
        cost=paid.to_numpy(float) / (100.0 * n * (weeks - after) / YEAR),
        share=np.array([ratio(own, visits.sum()) for own in visits]),
        price=counted.groupby("firm", sort=False).price.mean().loc[list(book.firms)].to_numpy(),
        surplus=mean(book.people.surplus.to_numpy()[entered(book)]) / (weeks / YEAR)
        if "surplus" in book.people
        else float("nan"),
    )


def setting(firm: Firm, programs: bool) -> dict[str, object]:
    """The policies of a firm that set its program, or the others."""
    known = policies.registry()
    return {name: terms for name, terms in firm.policy.items() if ("program" in known[name].sets) is programs}


def adopting(world: Scenario, who: Collection[str]) -> Scenario:
    """The market in which these firms have the focal firm's program, and no other has any."""
    leader = world.firms[world.focal_id]
    firms = {}
    for name, firm in world.firms.items():
        given = (leader.program, setting(leader, True)) if name in who else ({}, {})
        firms[name] = replace(firm, program=given[0], policy={**setting(firm, False), **given[1]})
    return replace(world, firms=firms)


def adoption_arms(world: Scenario, fractions: Sequence[float] = FRACTIONS) -> dict[str, Scenario]:
    """`in_<n>`, `out_<n>`: n of the rivals have the program, the largest first, and the focal firm has it, or not.

    out_0 is nobody, in_<all> everybody, out_<all> who is left out: the arms of the exit test (`exits`).
    """
    rivals = sorted((f for f in world.firms if f != world.focal_id), key=lambda f: -world.firms[f].share)
    made = {}
    for n in counts(len(rivals), fractions):
        made[f"in_{n}"] = adopting(world, {world.focal_id, *rivals[:n]})
        made[f"out_{n}"] = adopting(world, set(rivals[:n]))
    return made


def adopted(
    done: Mapping[str, Sequence[Earned]], place: int, of: str = "profit"
) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    """What the firm at a place earned inside and outside, by how many rivals have adopted: as `own_effect` asks.

    of : profit, cost, share or price
    """
    numbers = sorted(int(arm.removeprefix("in_")) for arm in done if arm.startswith("in_"))

    def read(arm: str) -> np.ndarray:
        return np.array([getattr(run, of)[place] for run in done[arm]])

    return {n: read(f"in_{n}") for n in numbers}, {n: read(f"out_{n}") for n in numbers}


def exits(done: Mapping[str, Sequence[Earned]], place: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Profit where nobody has a program, all but this firm do, all do: as `exit_test` asks, (seeds,) each."""
    inside, outside = adopted(done, place)
    return outside[0], outside[max(outside)], inside[max(inside)]


def shared(new: Sequence[Earned], old: Sequence[Earned], places: Collection[int]) -> tuple[np.ndarray, ...]:
    """Given, surplus, profit of the firms at these places, profit of the others: as `shared_out` asks, (seeds,) each.

    new, old : runs of two arms, in which firms at `places` do and do not have programs
    """
    at = list(places)
    others = [k for k in range(len(new[0].profit)) if k not in at]
    pairs = list(zip(new, old, strict=True))
    given = np.array([(a.cost - b.cost)[at].sum() for a, b in pairs])
    surplus = np.array([a.surplus - b.surplus for a, b in pairs])
    return given, surplus, *(np.array([(a.profit - b.profit)[k].sum() for a, b in pairs]) for k in (at, others))


def entrant_of(world: Scenario) -> str:
    """The firm with a reserved slot. Raises ValueError where there is not exactly one."""
    found = [name for name, away in zip(world.firms, policies.absent(world), strict=True) if away]
    if len(found) != 1:
        raise ValueError(f"firms that enter = {found}, allowed: one, with firms.<id>.policy.entrant.week")
    return found[0]


def entry_arms(world: Scenario, prices: Sequence[float]) -> dict[str, Scenario]:
    """`with_<k>`, `without_<k>`: the entrant asks the k-th of these shares of its base price, while the others have
    their programs, or none.
    """
    name = entrant_of(world)
    bare = {
        other: firm if other == name else replace(firm, program={}, policy=setting(firm, False))
        for other, firm in world.firms.items()
    }
    made = {}
    for k, price in enumerate(prices):
        own = replace(world.firms[name], price=price * world.firms[name].base_price)
        made[f"with_{k}"] = replace(world, firms={**world.firms, name: own})
        made[f"without_{k}"] = replace(world, firms={**bare, name: own})
    return made


def lock_in_arms(world: Scenario, cut: float, start: int, invest: int) -> dict[str, Scenario]:
    """`usual`, `cheap`: the focal firm asks its price, or this much less for so many weeks; it decides no price itself.

    cut : fraction of its price;  start : first week of the low price;  invest : weeks of it
    """
    known, leader = policies.registry(), world.firms[world.focal_id]
    own = {name: terms for name, terms in leader.policy.items() if "price" not in known[name].sets}
    usual = replace(leader, policy=own, changes=())
    price = leader.base_price if leader.price is None else leader.price
    dates = ({"week": start, "price": price * (1.0 - cut)}, {"week": start + invest, "price": price})
    firms = {"usual": usual, "cheap": replace(usual, changes=dates)}
    return {name: replace(world, firms={**world.firms, world.focal_id: firm}) for name, firm in firms.items()}


def locked(job: tuple[Scenario, int], cut: float, start: int, invest: int) -> tuple[float, float]:
    """What a low price can be expected to win at once, and what it has won by the horizon, in cents at base prices: one
    seed of what `lock_in` asks for. job : the market, its seed
    """
    world, seed = job
    arms, me = lock_in_arms(world, cut, start, invest), world.focal_id
    market = Market(arms["usual"], seed)
    for _ in range(start):
        market.step()
    seen = market.seen(market.firms[me])
    at_once = seen.demand({me: seen.own.price * (1.0 - cut)})[me] - seen.demand({})[me]
    while market.week < world.weeks:
        market.step()
    return at_once, won(Market(arms["cheap"], seed).run(), market.book(), me, start, world.weeks)
