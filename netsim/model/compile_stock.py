"""Stock points and where they ask: rules, levels, sources, shortage ladders and the way of cores, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

__all__ = ["RULES", "compile_cores", "compile_stock", "compile_supply"]

Ints = npt.NDArray[np.int64]

RULES = {
    "base-stock": StockRule.BASE_STOCK,
    "reorder-point": StockRule.REORDER_POINT,
    "min-max": StockRule.MIN_MAX,
    "order-up-to": StockRule.ORDER_UP_TO,
}
"""Built-in rules by the name that a scenario uses; any other name is the planner's own code."""

NO_RULE = RuleSpec.model_validate({})


def compile_stock(
    scenario: Scenario, flows: Flows, order: list[str], *, part_number: Mapping[str, int], clock: Clock
) -> StockPoints:
    """Return the stock points with their rules, from the customers upwards, then by part.

    A part that a rule neither names nor sizes by a target is not stocked: base-stock level 0. Opening stock of a part
    not named is its level (the order-up-to level S, or s + Q), and -1 where the Plan sizes it: then it is the Plan's.
    """
    node: list[int] = []
    parts: list[int] = []
    review: list[int] = []
    priority: list[int] = []
    weight: list[int] = []
    levels: list[tuple[int, int, int, int, int, int]] = []
    custom: list[str] = []
    yields = _yields(flows)
    for number, name in enumerate(order):
        held = flows.stocked[name]
        if not held:
            continue
        spec = scenario.policies.stock.get(name, NO_RULE)
        country = scenario.world.countries[flows.nodes[name].country or ""]
        node += [number] * len(held)
        parts += [part_number[part] for part in held]
        review += [clock.departures(country, spec.review)] * len(held)
        priority += [spec.priority] * len(held)
        weight += _core_weights(scenario, yields.get(name), held, spec.count_cores)
        rows = _levels(spec, held)
        levels += rows
        custom += [spec.rule if row[0] == StockRule.CUSTOM else "" for row in rows]
    index = np.full((len(order), len(part_number)), -1, dtype=np.int64)
    index[ints(node), ints(parts)] = np.arange(len(node))
    rule, low, high, opening, target, lot = np.array(levels, dtype=np.int64).reshape(-1, 6).T.copy()
    return StockPoints(
        ints(node), ints(parts), rule, low, high, opening, ints(review), ints(priority), ints(weight), target, lot,
        tuple(custom), index,
    )  # fmt: skip


def compile_supply(scenario: Scenario, flows: Flows, order: list[str], *, router: Router, routes: RouteList) -> Supply:
    """Return the sources of each stock point and the shortage ladder of each node."""
    node_number = {name: i for i, name in enumerate(order)}
    sources: list[list[int]] = []
    ways: list[list[int]] = []
    for name in order:
        numbered: dict[str, tuple[int, int]] = {}
        pairs: dict[tuple[str, ...], tuple[list[int], list[int]]] = {}
        for usable in flows.sources_by_part(name):
            if usable not in pairs:
                for source in usable:
                    if source not in numbered:
                        route = flows.supply_route(source, name, router=router)
                        numbered[source] = node_number[source], routes.number(route)
                pairs[usable] = [numbered[each][0] for each in usable], [numbered[each][1] for each in usable]
            sources.append(pairs[usable][0])
            ways.append(pairs[usable][1])
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


def _levels(spec: RuleSpec, parts: Sequence[str]) -> list[tuple[int, int, int, int, int, int]]:
    """Return rule, its two numbers, opening stock, target and lot of each part under a rule."""
    stated = RULES.get(spec.rule, StockRule.CUSTOM)
    aim, lot = (0, 0) if spec.target is None else (threshold(spec.target), spec.lot)
    # A part without a level follows the target, or the planner's own code, or is not stocked.
    other = int(stated if spec.target is not None or stated == StockRule.CUSTOM else StockRule.BASE_STOCK)
    code, lots = int(stated), stated == StockRule.REORDER_POINT
    rows = []
    for part in parts:
        level = spec.levels.get(part)
        if level is None:
            rows.append((other, 0, 0, spec.opening.get(part, -1 if aim else 0), aim, lot))
        else:
            low, high = level if isinstance(level, tuple) else (0, level)
            rows.append((code, low, high, spec.opening.get(part, low + high if lots else high), 0, 0))
    return rows


def _yields(flows: Flows) -> dict[str, float]:
    """Return the share of cores that come out good on their way to each node that gets some."""
    first: dict[str, str] = {}
    for origin in flows.serving:
        repairer, end = flows.core_ends.get(origin, ("", ""))
        if end:
            first[end] = min(first.get(end, repairer), repairer)
    return {end: (flows.nodes[repairer].bench or NO_BENCH).good for end, repairer in first.items()}


def _core_weights(scenario: Scenario, good: float | None, parts: Sequence[str], count: str) -> list[int]:
    """Return the weight of a core in the position of stock points: 1, the expected yield of its way, or 0."""
    if count in ("no", "yes"):
        return [ONE if count == "yes" else 0] * len(parts)
    share = NO_BENCH.good if good is None else good
    return [threshold(share * (1 - scenario.world.parts[part].ber)) for part in parts]


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
