"""Stock points and where they ask: rules, levels, sources, shortage ladders and the way of cores, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from netsim.model.compile_durations import ONE, Clock, ints, threshold
from netsim.model.compile_lanes import NO_BENCH, RouteList
from netsim.model.model import Ragged, Rungs, StockPoints, StockRule, Supply
from netsim.network.flows import lateral_givers, parent_givers
from netsim.network.routing import rungs_of
from netsim.spec.policies import Shortage
from netsim.spec.policies import StockRule as RuleSpec

if TYPE_CHECKING:
    from netsim.network.flows import Flows
    from netsim.network.routing import Route, Router
    from netsim.spec.scenario import Scenario

__all__ = ["RULES", "compile_cores", "compile_stock", "compile_supply", "stock_keys"]

Ints = npt.NDArray[np.int64]

RULES = {
    "base-stock": StockRule.BASE_STOCK,
    "reorder-point": StockRule.REORDER_POINT,
    "min-max": StockRule.MIN_MAX,
    "order-up-to": StockRule.ORDER_UP_TO,
}
"""Built-in rules by the name that a scenario uses; any other name is the planner's own code."""

NO_RULE = RuleSpec.model_validate({})


def stock_keys(flows: Flows, order: list[str]) -> list[tuple[str, str]]:
    """Return (node, part) of every stock point: from the customers upwards, then by part."""
    return [(name, part) for name in order for part in flows.stocked[name]]


def compile_stock(
    scenario: Scenario, flows: Flows, order: list[str], *, part_number: Mapping[str, int], clock: Clock
) -> StockPoints:
    """Return the stock points with their rules.

    A part that a rule neither names nor sizes by a target is not stocked: base-stock level 0. Opening stock of a part
    not named is its level (the order-up-to level S, or s + Q), and -1 where the Plan sizes it: then it is the Plan's.
    """
    keys = stock_keys(flows, order)
    node_number = {name: i for i, name in enumerate(order)}
    index = np.full((len(order), len(part_number)), -1, dtype=np.int64)
    rows: list[tuple[int, ...]] = []
    custom: list[str] = []
    for number, (name, part) in enumerate(keys):
        index[node_number[name], part_number[part]] = number
        spec = scenario.policies.stock.get(name, NO_RULE)
        code, low, high, opening, target, lot = _levels(spec, part)
        country = scenario.world.countries[flows.nodes[name].country or ""]
        review = clock.departures(country, spec.review)
        weight = _core_weight(scenario, flows, name, part, spec.count_cores)
        rows.append(
            (node_number[name], part_number[part], code, low, high, opening, review, spec.priority, weight, target, lot)
        )
        custom.append(spec.rule if code == StockRule.CUSTOM else "")
    table = np.array(rows, dtype=np.int64).reshape(-1, 11)
    node, parts, rule, low_, high_, opening_, review_, priority, cores, target_, lot_ = (
        column.copy() for column in table.T
    )
    return StockPoints(
        node, parts, rule, low_, high_, opening_, review_, priority, cores, target_, lot_, tuple(custom), index
    )


def compile_supply(scenario: Scenario, flows: Flows, order: list[str], *, router: Router, routes: RouteList) -> Supply:
    """Return the sources of each stock point and the shortage ladder of each node."""
    node_number = {name: i for i, name in enumerate(order)}
    sources: list[list[int]] = []
    ways: list[list[int]] = []
    for name, part in stock_keys(flows, order):
        asked = [
            (node_number[source], routes.number(flows.supply_route(source, name, router=router)))
            for source in flows.usable_sources(name, part)
        ]
        sources.append([source for source, _ in asked])
        ways.append([way for _, way in asked])
    kinds: list[list[int]] = []
    keep: list[int] = []
    custom: list[str] = []
    givers: list[list[int]] = []
    giver_routes: list[list[int]] = []
    for name in order:
        kinds.append([])
        for rung in rungs_of(scenario, name):
            found: list[Route] = []
            spare, code = 0, ""
            if rung == "home":
                kind = Rungs.HOME
            elif isinstance(rung, str):
                kind, code = Rungs.CUSTOM, rung
                found = _helpers(flows, name, router)
            elif rung.lateral is not None:
                kind, spare = Rungs.LATERAL, -1 if rung.lateral.keep is None else rung.lateral.keep
                found = [(link,) for link in lateral_givers(flows, name, rung.lateral, router=router)]
            else:
                assert rung.parent is not None
                kind, spare = Rungs.PARENT, rung.parent.keep
                found = parent_givers(flows, name, rung.parent, router=router)
            kinds[-1].append(int(kind))
            keep.append(spare)
            custom.append(code)
            givers.append([node_number[way[0].origin] for way in found])
            giver_routes.append([routes.number(way) for way in found])
    ladders = [scenario.policies.shortage.get(name) for name in order]
    return Supply(
        sources=Ragged.of(sources),
        routes=Ragged.of(ways),
        rungs=Ragged.of(kinds),
        keep=ints(keep),
        custom=tuple(custom),
        givers=Ragged.of(givers),
        giver_routes=Ragged.of(giver_routes),
        retry=ints([int(isinstance(ladder, Shortage) and ladder.retry) for ladder in ladders]),
    )


def compile_cores(
    flows: Flows,
    order: list[str],
    *,
    part_number: Mapping[str, int],
    repairable: Ints,
    router: Router,
    routes: RouteList,
    index: Ints,
) -> tuple[Ints, Ints, Ints]:
    """Return where cores go next from each node, the route there, and (node, part) -> stock point of the good part."""
    node_number = {name: i for i, name in enumerate(order)}
    following, ways = [], []
    target = np.full((len(order), len(part_number)), -1, dtype=np.int64)
    for name in order:
        further = flows.returns.get(name)
        following.append(-1 if further is None else node_number[further])
        ways.append(routes.number(flows.return_route(name, router=router)))
        end = flows.core_ends.get(name, ("", ""))[1]
        if end:
            target[node_number[name]] = np.where(repairable == 1, index[node_number[end]], -1)
    return ints(following), ints(ways), target


def _levels(spec: RuleSpec, part: str) -> tuple[int, int, int, int, int, int]:
    """Return rule, its two numbers, opening stock, target and lot of one part under a rule."""
    code = RULES.get(spec.rule, StockRule.CUSTOM)
    level, target, lot = spec.levels.get(part), 0, 0
    low, high = 0, 0
    if isinstance(level, tuple):
        low, high = level
    elif level is not None:
        high = level
    elif spec.target is not None:
        target, lot = threshold(spec.target), spec.lot
    elif code != StockRule.CUSTOM:
        code = StockRule.BASE_STOCK
    full = low + high if code == StockRule.REORDER_POINT else high
    return int(code), low, high, spec.opening.get(part, -1 if target else full), target, lot


def _core_weight(scenario: Scenario, flows: Flows, name: str, part: str, count: str) -> int:
    """Return the weight of a core in the position of a stock point: 1, the expected yield of its way, or 0."""
    if count == "no":
        return 0
    if count == "yes":
        return ONE
    repairers = sorted(
        repairer
        for origin in flows.serving
        if (end := flows.core_ends.get(origin)) and end[1] == name
        for repairer in [end[0]]
    )
    bench = flows.nodes[repairers[0]].bench if repairers else None
    return threshold((bench or NO_BENCH).good * (1 - scenario.world.parts[part].ber))


def _helpers(flows: Flows, name: str, router: Router) -> list[Route]:
    """Return one lane from every node that stocks something and has a lane to *name*, quickest first."""
    found = []
    for giver in sorted(router.neighbours(name)):
        lanes = [
            link
            for link in router.between(giver, name)
            if "parts" in link.lane.carries and router.ban(link, "parts") is None
        ]
        if lanes and giver in flows.nodes and flows.stocked.get(giver):
            found.append(router.fastest(lanes))
    return [(link,) for link in sorted(found, key=lambda link: (router.nominal[link.key], link.origin))]
