"""What flows where: sources of every stock, the way of every core, the parts that each node handles, its echelon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netsim.network.graph import Link, nodes
from netsim.network.reach import mail_in_nodes, outlet_names
from netsim.network.routing import LATERAL, Router, rungs_of
from netsim.spec.ways import Way, way_of

if TYPE_CHECKING:
    from netsim.network.graph import Network
    from netsim.network.routing import Goods, Route
    from netsim.spec.network import Node
    from netsim.spec.policies import LateralRung, ParentRung, Policies
    from netsim.spec.scenario import Scenario
    from netsim.spec.world import World

__all__ = [
    "Flows",
    "find_flows",
    "find_returns",
    "find_sources",
    "lateral_givers",
    "parent_givers",
    "used_parts",
    "ways_in",
]


@dataclass(frozen=True, slots=True)
class Flows:
    """The relations of one network, by name.

    *sources* per node, first choice first; *returns* per node that has a way back (a factory without one keeps what it
    repairs: itself); *supplied_by* (source, node) and *returned_by* per node the lane that the planner names, by label
    or mode; *stocked* the parts that have a stock point, per node; *core_ends* per serving node, the repairer
    and the node whose stock gets the good part ("" where it leaves the network at a supplier); *echelon* per node the
    longest chain of supply below it; *cycle* the names of one circle of supply, if there is any.
    """

    nodes: Mapping[str, Node]
    serving: tuple[str, ...]
    mail_in: Mapping[str, str | None]
    sources: Mapping[str, tuple[str, ...]]
    returns: Mapping[str, str]
    supplied_by: Mapping[tuple[str, str], str]
    returned_by: Mapping[str, str]
    core_ends: Mapping[str, tuple[str, str]]
    stocked: Mapping[str, tuple[str, ...]]
    echelon: Mapping[str, int]
    cycle: tuple[str, ...]

    def usable_sources(self, node: str, part: str) -> tuple[str, ...]:
        """Return the sources that *node* can ask for *part*: suppliers, and nodes with a stock point for it.

        A factory without one only pushes repaired parts.
        """
        return tuple(
            source
            for source in self.sources.get(node, ())
            if source in self.nodes
            and source != node
            and (self.nodes[source].kind == "supplier" or part in self.stocked.get(source, ()))
        )

    def sources_by_part(self, node: str) -> list[tuple[str, ...]]:
        """Return `usable_sources` of *node* for each part that it stocks."""
        held = self.stocked[node]
        asked = [source for source in self.sources.get(node, ()) if source in self.nodes and source != node]
        lacks = {
            source: frozenset(held).difference(self.stocked.get(source, ()))
            for source in asked
            if self.nodes[source].kind != "supplier"
        }
        if not any(lacks.values()):
            return [tuple(asked)] * len(held)
        return [tuple(source for source in asked if part not in lacks.get(source, ())) for part in held]

    def supply_route(self, source: str, node: str, *, router: Router) -> Route | None:
        """Return the way of parts from a source to *node*, by the lane that the planner names if there is one."""
        return self._route(source, node, "parts", self.supplied_by.get((source, node)), router)

    def return_route(self, node: str, *, router: Router) -> Route | None:
        """Return the way from *node* to where its cores, or a factory's good parts, go next; None if they stay."""
        target = self.returns.get(node, node)
        if target == node:
            return None
        return self._route(node, target, self.returned_goods(node), self.returned_by.get(node), router)

    def returned_goods(self, node: str) -> Goods:
        """Return what goes the way back from *node*: good parts from a factory, else cores."""
        return "parts" if self.nodes[node].kind == "factory" else "cores"

    @staticmethod
    def _route(origin: str, destination: str, goods: Goods, by: str | None, router: Router) -> Route | None:
        if by is None:
            return router.route(origin, destination, goods=goods)
        return router.named(origin, destination, goods=goods, by=by)


def find_flows(scenario: Scenario, network: Network, *, router: Router) -> Flows:
    """Return the relations of a network."""
    known = nodes(network)
    mail_in = mail_in_nodes(scenario, network, router=router)
    serving = tuple(sorted({*outlet_names(network), *(name for name in mail_in.values() if name is not None)}))
    sources, returns = find_sources(scenario, network), find_returns(scenario, network)
    core_ends = {name: end for name in known if (end := _core_end(name, known, returns)) is not None}
    stocked = _stocked(scenario, known, serving, sources=sources, core_ends=core_ends)
    echelon, cycle = _echelons(known, sources, returns)
    policies = scenario.policies
    supplied_by = {(way.node, name): way.by for name in known for way in ways_in(policies, name) if way.by}
    returned_by = {name: way.by for name, back in policies.returns.items() if (way := way_of(back)).by}
    return Flows(
        known, serving, mail_in, sources, returns, supplied_by, returned_by, core_ends, stocked, echelon, cycle
    )


def ways_in(policies: Policies, node: str) -> tuple[Way, ...]:
    """Return the sources that the planner writes for *node*, with the lane where it is named; empty if none."""
    written = policies.supply.get(node, ())
    return tuple(way_of(each) for each in (written if isinstance(written, tuple) else (written,)))


def find_sources(scenario: Scenario, network: Network) -> dict[str, tuple[str, ...]]:
    """Return the sources of each node, by name: ``policies.supply``, else the one node that its lanes come from.

    Inferred for outlets and warehouses, if the lanes that bring parts come from exactly one warehouse, supplier or
    factory with a stock of its own, lateral lanes apart. A factory that only repairs sends its parts unasked.
    """
    written, rules = scenario.policies.supply, scenario.policies.stock
    known = nodes(network)
    entering: dict[str, set[str]] = {}
    for origin, destination, label, data in network.edges(keys=True, data=True):
        lane = data.get("spec")
        if lane is None or destination not in known or origin not in known or "parts" not in lane.carries:
            continue
        kind = known[origin].kind
        stocks = origin in rules and bool(rules[origin].levels or rules[origin].opening)
        lateral = label == LATERAL or _is_lateral(scenario, known, origin, destination, label, lane.mode)
        if not lateral and (kind in ("warehouse", "supplier") or (kind == "factory" and stocks)):
            entering.setdefault(destination, set()).add(origin)
    found: dict[str, tuple[str, ...]] = {}
    for name, node in known.items():
        if name in written:
            found[name] = tuple(way.node for way in ways_in(scenario.policies, name))
        elif node.kind in ("outlet", "warehouse") and len(entering.get(name, ())) == 1:
            found[name] = tuple(entering[name])
    return found


def find_returns(scenario: Scenario, network: Network) -> dict[str, str]:
    """Return where the cores of each node go next, and the good parts of each factory: by default they stay there."""
    written = scenario.policies.returns
    return {
        name: way_of(written.get(name, name)).node
        for name, node in nodes(network).items()
        if name in written or node.kind == "factory"
    }


def used_parts(scenario: Scenario) -> set[str]:
    """Return the parts that a node of service may need: those of every failure mode, and swap units if offered."""
    world: World = scenario.world
    used = {part for product in world.products.values() for mode in product.modes.values() for part in mode.parts}
    used |= {part for zone in world.zones.values() for part in zone.failures}
    used |= {part for fleet in world.fleets.values() for part in fleet.parts}
    serving = scenario.policies.serving
    if "swap" in serving.channels or serving.beyond == "swap":
        used |= {product.unit for product in world.products.values() if product.unit is not None}
    return used


def lateral_givers(flows: Flows, node: str, rung: LateralRung, *, router: Router) -> list[Link]:
    """Return the lanes by which neighbours may help out *node*, nearest in time first, one per neighbour.

    With a mode, lanes of that mode or label; else those labelled ``lateral``, and where there are none, lanes from
    nodes of the same kind that are no source. Only neighbours that stock something.
    """
    entering = [
        link
        for name in sorted(router.neighbours(node))
        if name in flows.nodes and flows.stocked.get(name)
        for link in router.between(name, node)
        if "parts" in link.lane.carries and router.ban(link, "parts") is None
    ]
    if rung.mode is not None:
        chosen = [link for link in entering if rung.mode in (link.label, link.lane.mode)]
        chosen = [link for link in chosen if link.origin not in flows.sources.get(node, ())]
    else:
        chosen = [link for link in entering if link.label == LATERAL] or [
            link
            for link in entering
            if flows.nodes[link.origin].kind == flows.nodes[node].kind
            and link.origin not in flows.sources.get(node, ())
        ]
    return _one_each(chosen, router)


def parent_givers(flows: Flows, node: str, rung: ParentRung, *, router: Router) -> list[tuple[Link, ...]]:
    """Return the routes by which nodes upstream may help out *node* by a faster mode, quickest first.

    Upstream are the nodes with a direct lane of that mode that is not lateral, and all sources of its sources.
    """
    candidates = _upstream(node, flows.sources)
    for name in router.neighbours(node):
        if any(_is_faster(link, rung.mode) for link in router.between(name, node)):
            candidates.add(name)
    if rung.node is not None:
        candidates &= {rung.node}
    found = []
    for name in sorted(candidates):
        if name not in flows.nodes or not flows.stocked.get(name) or name == node:
            continue
        direct = [
            link
            for link in router.between(name, node)
            if _is_faster(link, rung.mode) and "parts" in link.lane.carries and router.ban(link, "parts") is None
        ]
        route = (router.fastest(direct),) if direct else router.route(name, node, goods="parts", mode=rung.mode)
        if route:
            found.append(route)
    return sorted(found, key=lambda route: (router.seconds(route), route[0].origin))


def _is_faster(link: Link, mode: str | None) -> bool:
    return link.label != LATERAL if mode is None else mode in (link.label, link.lane.mode)


def _one_each(chosen: list[Link], router: Router) -> list[Link]:
    best: dict[str, list[Link]] = {}
    for link in chosen:
        best.setdefault(link.origin, []).append(link)
    quickest = [router.fastest(each) for each in best.values()]
    return sorted(quickest, key=lambda link: (router.nominal[link.key], link.origin))


def _is_lateral(
    scenario: Scenario, known: Mapping[str, Node], origin: str, destination: str, label: str, mode: str
) -> bool:
    """Return whether a lane between nodes of one kind is what a lateral rung of the destination names by its mode."""
    return known[origin].kind == known[destination].kind and any(
        not isinstance(rung, str) and rung.lateral is not None and rung.lateral.mode in (label, mode)
        for rung in rungs_of(scenario, destination)
    )


def _core_end(name: str, known: Mapping[str, Node], returns: Mapping[str, str]) -> tuple[str, str] | None:
    """Return who repairs the cores of a node and who gets the good parts; None if the way ends before."""
    at, passed = name, set[str]()
    while at not in passed and at in known:
        passed.add(at)
        if known[at].kind == "supplier":
            return at, ""
        following = returns.get(at)
        if known[at].kind == "factory":
            target = following if following in known else None
            if target is None:
                return None
            return at, "" if known[target].kind == "supplier" else target
        if following is None:
            return None
        at = following
    return None


def _stocked(
    scenario: Scenario,
    known: Mapping[str, Node],
    serving: tuple[str, ...],
    *,
    sources: Mapping[str, tuple[str, ...]],
    core_ends: Mapping[str, tuple[str, str]],
) -> dict[str, tuple[str, ...]]:
    parts = scenario.world.parts
    used = {part for part in used_parts(scenario) if part in parts}
    stocked: dict[str, set[str]] = {name: set() for name in known}
    for name in serving:
        stocked[name] |= used
        target = core_ends.get(name, ("", ""))[1]
        if target:
            stocked[target] |= {part for part in used if parts[part].repairable}
    for name, rule in scenario.policies.stock.items():
        if name in known and known[name].kind != "supplier":
            stocked[name] |= {part for part in (*rule.levels, *rule.opening) if part in parts}
    pending = [name for name in known if stocked[name]]
    while pending:
        name = pending.pop()
        for source in sources.get(name, ()):
            passive = source not in known or known[source].kind in ("supplier", "factory")
            if not passive and not stocked[name] <= stocked[source]:
                stocked[source] |= stocked[name]
                pending.append(source)
    return {name: tuple(sorted(held)) for name, held in stocked.items()}


def _upstream(node: str, sources: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    pending = [node]
    while pending:
        for source in sources.get(pending.pop(), ()):
            if source not in found:
                found.add(source)
                pending.append(source)
    return found


def _echelons(
    known: Mapping[str, Node], sources: Mapping[str, tuple[str, ...]], returns: Mapping[str, str]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the longest chain of supply below each node, and one circle of supply if there is any."""
    import networkx as nx

    supply: nx.DiGraph[str] = nx.DiGraph()
    supply.add_nodes_from(known)
    supply.add_edges_from((name, source) for name in known for source in sources.get(name, ()) if source in known)
    for name, node in known.items():
        target = returns.get(name, name)
        if node.kind == "factory" and not sources.get(name) and target != name and target in known:
            supply.add_edge(target, name)
    echelon = dict.fromkeys(known, 0)
    try:
        order = list(nx.topological_sort(supply))
    except nx.NetworkXUnfeasible:
        circle = nx.find_cycle(supply)
        return echelon, tuple(edge[0] for edge in circle)
    for name in order:
        for source in supply.successors(name):
            echelon[source] = max(echelon[source], echelon[name] + 1)
    return echelon, ()
