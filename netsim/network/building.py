"""Scenario -> graph: places, lanes, and the relations that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netsim.network.flows import find_returns, find_sources
from netsim.network.graph import add_lane, add_node, add_place, nodes, split_lane
from netsim.network.reach import outlets_in_reach
from netsim.spec.collecting import keeping_all
from netsim.spec.network import Bench, Node, NodeFields

if TYPE_CHECKING:
    from netsim.network.graph import Network
    from netsim.spec.scenario import Scenario

__all__ = ["build", "with_defaults"]


@keeping_all
def build(scenario: Scenario) -> Network:
    """Return the network of a scenario, with nodes, zones, fleets and lanes in order of their names.

    Lanes to unknown places are kept, as edges to nodes without attributes: `netsim.network.checks` tells of them.
    """
    import networkx as nx

    network: Network = nx.MultiDiGraph(name=scenario.name)
    for zone_name in sorted(scenario.world.zones):
        add_place(network, zone_name, "zone", scenario.world.zones[zone_name])
    for fleet_name in sorted(scenario.world.fleets):
        add_place(network, fleet_name, "fleet", scenario.world.fleets[fleet_name])
    defaults = scenario.network.defaults
    for name in sorted(scenario.network.nodes):
        node = scenario.network.nodes[name]
        add_node(network, name, with_defaults(node, defaults.get(node.kind)))
    for key in sorted(scenario.network.lanes):
        lane = scenario.network.lanes[key]
        origin, destination, label = split_lane(key)
        add_lane(network, origin, destination, lane, label=label)
    known = nodes(network)
    for name, sources in find_sources(scenario, network).items():
        for source in sources:
            if source in known:
                network.add_edge(source, name, key="replenishes", kind="replenishes")
    for name, target in find_returns(scenario, network).items():
        if target in known:
            network.add_edge(name, target, key="returns", kind="returns")
    for name, outlets in outlets_in_reach(scenario, network, most=1).items():
        if outlets:
            network.add_edge(outlets[0][0], name, key="serves", kind="serves")
    return network


def with_defaults(node: Node, defaults: NodeFields | None) -> Node:
    """Return the *node* with what it leaves open taken from the *defaults* of its kind; benches are merged by field."""
    if defaults is None:
        return node
    filled: dict[str, Any] = {}
    for name in NodeFields.model_fields:
        own, default = getattr(node, name), getattr(defaults, name)
        if own is None and default is not None:
            filled[name] = default
        elif isinstance(own, Bench) and isinstance(default, Bench):
            filled[name] = default.model_copy(update={each: getattr(own, each) for each in own.model_fields_set})
    return node.model_copy(update=filled) if filled else node
