"""What the checks look at, and how they tell what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netsim.errors import Fault, did_you_mean
from netsim.network.flows import Flows, find_flows
from netsim.network.routing import Router
from netsim.spec.faults import origin_of
from netsim.spec.reading import Path, show_path

if TYPE_CHECKING:
    from netsim.network.graph import Network
    from netsim.spec.scenario import Scenario

__all__ = ["Case", "Findings", "make_case"]

Findings = Iterator[Fault]


@dataclass(frozen=True, slots=True)
class Case:
    """One network under examination, with its routes and relations."""

    scenario: Scenario
    network: Network
    router: Router
    flows: Flows

    def fault(self, path: Path, what: str, remedy: str) -> Fault:
        """Return a fault at the line where *path*, or what holds it, is written."""
        origin = origin_of(path, self.scenario.lines)
        return Fault(origin.file, origin.line, show_path(path), what, remedy)

    def meant(self, name: str, known: list[str], otherwise: str) -> str:
        """Return what *name* may have been meant to be, or the remedy *otherwise*."""
        return did_you_mean(name, known) or otherwise


def make_case(scenario: Scenario, network: Network) -> Case:
    """Return the case of a scenario and its network, which need not be sound."""
    router = Router(scenario, network)
    return Case(scenario, network, router, find_flows(scenario, network, router=router))
