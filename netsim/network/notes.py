"""What is no fault and yet worth knowing before a run: choices that the planner left to netsim."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netsim.errors import Fault
from netsim.network.findings import Case, make_case
from netsim.spec.ways import END_FIELDS

if TYPE_CHECKING:
    from netsim.network.graph import Network
    from netsim.network.routing import Goods
    from netsim.spec.scenario import Scenario

__all__ = ["notes"]


def notes(scenario: Scenario, network: Network) -> list[Fault]:
    """Return what a planner may want to know of a network, in order of file and line; empty if nothing was left open.

    Each note has the form of a fault: where it stands, what netsim does, and how to say otherwise. What one line of
    the file says of many nodes is told once.
    """
    case = make_case(scenario, network)
    told: dict[tuple[str, int, str], Fault] = {}
    for note in _lanes_left_open(case):
        told.setdefault((note.file, note.line, note.what), note)
    return sorted(told.values())


def _lanes_left_open(case: Case) -> Iterator[Fault]:
    """Yield sources and ways back that several lanes join to a node, where the planner does not name one."""
    flows = case.flows
    for name in flows.nodes:
        for source in flows.sources.get(name, ()):
            if (source, name) not in flows.supplied_by:
                yield from _left_open(case, "supply", name, source, name, "parts")
        target = flows.returns.get(name, name)
        if target != name and name not in flows.returned_by:
            yield from _left_open(case, "returns", name, name, target, flows.returned_goods(name))


def _left_open(case: Case, policy: str, name: str, origin: str, destination: str, goods: Goods) -> Iterator[Fault]:
    lanes = case.router.usual(origin, destination, goods=goods)
    if len(lanes) < 2:
        return
    taken = case.router.fastest(lanes).label
    others = ", ".join(f"`{link.label}`" for link in lanes if link.label != taken)
    end, other = END_FIELDS[policy], origin if policy == "supply" else destination
    way = f"from `{origin}`" if policy == "supply" else f"to `{destination}`"
    written = name in getattr(case.scenario.policies, policy)
    yield case.fault(
        ("policies", policy, name) if written else ("network", "nodes", name),
        f"{goods} {way} go by `{taken}`, the fastest lane; there is also {others}",
        f"write `{{{end}: {other}, by: {taken}}}` in `policies.{policy}` to say by which",
    )
