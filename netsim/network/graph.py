"""The network as a graph: places are its nodes, lanes its edges, each with the record that the planner wrote.

A graph may be inspected, drawn and edited before it is compiled. Every node has the attributes ``spec`` (its record),
``kind`` (outlet, warehouse, factory, supplier, zone, fleet), ``lat`` and ``lon`` (None without a place). A lane is an
edge whose key is its label, with ``kind="lane"`` and ``spec``. Further edges tell relations and are there to be looked
at: ``kind`` and key are ``replenishes`` (source to stock), ``returns`` (to where cores go next), ``serves`` (the
nearest outlet to zone).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from netsim.spec.network import Lane, Node
from netsim.spec.world import Fleet, Zone

if TYPE_CHECKING:
    import networkx as nx

    Network: TypeAlias = nx.MultiDiGraph[str]

__all__ = ["Link", "add_lane", "add_node", "add_place", "country_of", "links", "nodes", "places", "split_lane"]


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """One lane of the graph, between two places."""

    origin: str
    destination: str
    label: str
    lane: Lane = field(compare=False)

    @property
    def key(self) -> str:
        """The lane as a scenario names it."""
        return f"{self.origin} -> {self.destination} / {self.label}"


def add_node(network: Network, name: str, node: Node) -> None:
    """Add the *node* to the network, or put it in place of the one of that *name*."""
    add_place(network, name, node.kind, node)


def add_lane(network: Network, origin: str, destination: str, lane: Lane, *, label: str = "") -> None:
    """Add a *lane* between two places; its *label* is its mode unless given, and the same label replaces a lane."""
    network.add_edge(origin, destination, key=label or lane.mode, kind="lane", spec=lane)


def nodes(network: Network) -> dict[str, Node]:
    """Return the nodes of the network proper (no zones, no fleets), by name in order."""
    return {name: spec for name, spec in sorted(_specs(network).items()) if isinstance(spec, Node)}


def places(network: Network) -> dict[str, Node | Zone | Fleet]:
    """Return every place with a record, by name in order."""
    return dict(sorted(_specs(network).items()))


def country_of(network: Network, name: str) -> str:
    """Return the country of a place, empty where it has none."""
    spec = network.nodes[name].get("spec")
    return (spec.country or "") if isinstance(spec, Node | Zone | Fleet) else ""


def links(network: Network) -> tuple[Link, ...]:
    """Return all lanes in order of origin, destination and label."""
    found = [
        Link(origin, destination, label, data["spec"])
        for origin, destination, label, data in network.edges(keys=True, data=True)
        if isinstance(data.get("spec"), Lane)
    ]
    return tuple(sorted(found, key=lambda link: (link.origin, link.destination, link.label)))


def split_lane(key: str) -> tuple[str, str, str]:
    """Return origin, destination and label of ``A -> B / LABEL``; the label is empty where it is not written."""
    ends, _, label = key.partition(" / ")
    origin, _, destination = ends.partition("->")
    return origin.strip(), destination.strip(), label.strip()


def add_place(network: Network, name: str, kind: str, spec: Node | Zone | Fleet) -> None:
    """Add a place of any *kind* with its record."""
    lat, lon = spec.at if spec.at else (None, None)
    network.add_node(name, kind=kind, spec=spec, lat=lat, lon=lon)


def _specs(network: Network) -> dict[str, Node | Zone | Fleet]:
    return {
        name: data["spec"]
        for name, data in network.nodes(data=True)
        if isinstance(data.get("spec"), Node | Zone | Fleet)
    }
