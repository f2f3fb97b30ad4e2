"""Nodes, benches, lanes and routes as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netsim.model.compile_durations import Clock, DurationList, Numbered, ints, threshold
from netsim.model.model import Benches, Lanes, NodeKind, Nodes, Ragged, Routes
from netsim.network.routing import border_times
from netsim.spec.network import Bench

if TYPE_CHECKING:
    from netsim.network.flows import Flows
    from netsim.network.routing import Route, Router
    from netsim.spec.countries import Country
    from netsim.spec.network import Node
    from netsim.spec.scenario import Scenario

__all__ = ["NO_BENCH", "RouteList", "compile_benches", "compile_lanes", "compile_nodes", "node_order"]

KINDS = {
    "outlet": NodeKind.OUTLET,
    "warehouse": NodeKind.WAREHOUSE,
    "factory": NodeKind.FACTORY,
    "supplier": NodeKind.SUPPLIER,
}


NO_BENCH = Bench.model_validate({})
"""What the bench of a node without one amounts to: no limit, no time, nothing goes wrong."""


class RouteList:
    """Collects routes: a chain of lanes used twice has one number."""

    def __init__(self, router: Router, lane_number: Mapping[str, int]) -> None:
        self._router, self._lane_number = router, lane_number
        self._routes: Numbered[tuple[int, ...]] = Numbered()
        self._seconds: list[int] = []

    def number(self, route: Route | None) -> int:
        """Return the number of a route, -1 for None and for a way of no lanes."""
        if not route:
            return -1
        number = self._routes.number(tuple(self._lane_number[link.key] for link in route))
        if number == len(self._seconds):
            self._seconds.append(self._router.seconds(route))
        return number

    def done(self) -> Routes:
        """Return the routes collected."""
        return Routes(Ragged.of(self._routes.listed()), ints(self._seconds))


def node_order(flows: Flows) -> list[str]:
    """Return the names of the nodes from the customers upwards: by echelon, then by name."""
    return sorted(flows.nodes, key=lambda name: (flows.echelon[name], name))


def compile_nodes(
    scenario: Scenario,
    flows: Flows,
    order: list[str],
    *,
    country: Mapping[str, int],
    clock: Clock,
    durations: DurationList,
) -> Nodes:
    """Return the nodes, their receiving hours and their suppliers' lead times."""
    specs = [flows.nodes[name] for name in order]
    profiles = [_country(scenario, spec) for spec in specs]
    bench = Numbered[str]()
    return Nodes(
        kind=ints([KINDS[spec.kind] for spec in specs]),
        country=ints([country[spec.country or ""] for spec in specs]),
        receives=ints(
            [
                -1 if spec.receives == "always" else clock.calendar(profile, spec.shift, spec.opens)
                for spec, profile in zip(specs, profiles, strict=True)
            ]
        ),
        bench=ints([bench.number(name) if _has_bench(flows, name) else -1 for name in order]),
        opens=ints([clock.second(profile, spec.opens) for spec, profile in zip(specs, profiles, strict=True)]),
        lead=ints([durations.number(spec.lead) if spec.lead is not None else 0 for spec in specs]),
        process=tuple(spec.process or "" for spec in specs),
    )


def compile_benches(
    scenario: Scenario, flows: Flows, order: list[str], *, clock: Clock, durations: DurationList
) -> Benches:
    """Return the bench of every node that has one; without a bench work takes no time."""
    rows = [(i, flows.nodes[name]) for i, name in enumerate(order) if _has_bench(flows, name)]
    benches = [spec.bench or NO_BENCH for _, spec in rows]
    return Benches(
        node=ints([i for i, _ in rows]),
        calendar=ints([clock.calendar(_country(scenario, spec), spec.shift, spec.opens) for _, spec in rows]),
        technicians=ints([0 if bench.technicians == "unlimited" else bench.technicians for bench in benches]),
        diagnosis=ints([durations.number(bench.diagnosis) for bench in benches]),
        work=ints([durations.number(bench.work) for bench in benches]),
        handover=ints([durations.number(bench.handover) for bench in benches]),
        test_pass=ints([threshold(bench.test_pass) for bench in benches]),
        good=ints([threshold(bench.good) for bench in benches]),
    )


def compile_lanes(
    scenario: Scenario,
    router: Router,
    place_number: Mapping[str, int],
    *,
    place_country: Mapping[str, str],
    clock: Clock,
    durations: DurationList,
) -> tuple[tuple[str, ...], Lanes]:
    """Return the names of the lanes, in order of places and label, and the lanes."""
    links = sorted(
        router.links, key=lambda link: (place_number[link.origin], place_number[link.destination], link.label)
    )
    countries = scenario.world.countries
    cleared = [router.clears(link) for link in links]
    border = [border_times(link.lane, countries[place_country[link.destination]]) for link in links]
    entry = list(zip(border, cleared, strict=True))
    return tuple(link.key for link in links), Lanes(
        origin=ints([place_number[link.origin] for link in links]),
        destination=ints([place_number[link.destination] for link in links]),
        transit=ints([durations.number(link.lane.transit) for link in links]),
        departures=ints([clock.departures(countries[place_country[link.origin]], link.lane.departs) for link in links]),
        cut_off=ints([link.lane.cut_off for link in links]),
        customs=ints([int(each) for each in cleared]),
        clearance=ints([durations.number(times[0]) if customs else 0 for times, customs in entry]),
        hold=ints([threshold(times[1]) if customs else 0 for times, customs in entry]),
        hold_time=ints([durations.number(times[2]) if customs else 0 for times, customs in entry]),
        fifo=ints([int(link.lane.fifo) for link in links]),
        loss=ints([threshold(link.lane.loss) for link in links]),
        nominal=ints([router.nominal[link.key] for link in links]),
    )


def _has_bench(flows: Flows, name: str) -> bool:
    spec = flows.nodes[name]
    return spec.kind != "supplier" and spec.bench is not None


def _country(scenario: Scenario, spec: Node) -> Country:
    country: Country = scenario.world.countries[spec.country or ""]
    return country
