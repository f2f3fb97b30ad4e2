"""Scenario -> Model: names become numbers, texts become seconds and thresholds, relations become arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netsim.errors import ModelError, ScenarioError
from netsim.model.compile_durations import Clock, DurationList, ints, threshold
from netsim.model.compile_lanes import RouteList, compile_benches, compile_lanes, compile_nodes, node_order
from netsim.model.compile_serving import compile_modes, compile_serving
from netsim.model.compile_stock import compile_cores, compile_stock, compile_supply
from netsim.model.model import CoreBirth, Model
from netsim.network.building import build
from netsim.network.checks import examine
from netsim.network.findings import make_case
from netsim.network.graph import country_of
from netsim.spec.collecting import keeping_all
from netsim.tape.demand import catalogue

if TYPE_CHECKING:
    from netsim.network.graph import Network
    from netsim.spec.scenario import Scenario

__all__ = ["compile_model"]


@keeping_all
def compile_model(scenario: Scenario, network: Network | None = None, *, horizon: int) -> Model:
    """Return the Model of a scenario for a run of *horizon* seconds.

    *network* is the graph of `netsim.network.building.build`, perhaps edited: nodes and lanes are read from it, all
    else from the scenario. Equal input gives equal arrays. Raise `ScenarioError` with all faults that the checks
    find, and `ModelError` for a horizon that is not above 0.
    """
    if horizon <= 0:
        raise ModelError(f"a horizon of {horizon} s covers nothing; use a positive number of seconds")
    network = build(scenario) if network is None else network
    case = make_case(scenario, network)
    if faults := examine(case):
        raise ScenarioError(faults)
    world, policies = scenario.world, scenario.policies
    router, flows = case.router, case.flows
    pairs = catalogue(world)
    order = node_order(flows)
    node_number = {name: i for i, name in enumerate(order)}
    place_number = {name: i for i, name in enumerate((*order, *world.zones, *world.fleets))}
    place_country = {name: country_of(network, name) for name in place_number}
    country = {name: i for i, name in enumerate(sorted(world.countries))}
    part_number = {name: i for i, name in enumerate(sorted(world.parts))}
    parts = [world.parts[name] for name in part_number]
    repairable = ints([int(part.repairable) for part in parts])

    clock, durations = Clock(scenario.start, horizon), DurationList()
    nodes = compile_nodes(scenario, flows, order, country=country, clock=clock, durations=durations)
    benches = compile_benches(scenario, flows, order, clock=clock, durations=durations)
    lane_names, lanes = compile_lanes(
        scenario, router, place_number, place_country=place_country, clock=clock, durations=durations
    )
    routes = RouteList(router, {name: i for i, name in enumerate(lane_names)})
    stock = compile_stock(scenario, flows, order, part_number=part_number, clock=clock)
    supply = compile_supply(scenario, flows, order, router=router, routes=routes)
    returns_next, returns_route, core_target = compile_cores(
        flows, order, part_number=part_number, repairable=repairable, router=router, routes=routes, index=stock.index
    )
    serving = compile_serving(scenario, network, flows, node_number=node_number, router=router, routes=routes)
    mode_number = {pair: i for i, pair in enumerate(pairs)}
    fleets = world.fleets.values()
    return Model(
        name=scenario.name,
        start=scenario.start.isoformat(),
        horizon=horizon,
        node_names=tuple(order),
        zone_names=tuple(world.zones),
        fleet_names=tuple(world.fleets),
        part_names=tuple(part_number),
        lane_names=lane_names,
        mode_names=tuple(f"{product}/{mode}" for product, mode in pairs),
        country_names=tuple(country),
        repairable=repairable,
        ber=ints([threshold(part.ber) for part in parts]),
        nodes=nodes,
        benches=benches,
        lanes=lanes,
        stock=stock,
        supply=supply,
        modes=compile_modes(scenario, pairs, part_number=part_number),
        serving=serving,
        returns_next=returns_next,
        returns_route=returns_route,
        core_target=core_target,
        core_birth=int(CoreBirth.AT_REQUEST if policies.core == "at request" else CoreBirth.AT_REPLACEMENT),
        core_return=threshold(world.rates.core_return),
        remote=threshold(world.rates.remote),
        quote_accept=threshold(world.rates.quote_accept),
        part_arrival=world.promise.part_arrival,
        fleet_units=ints([fleet.units for fleet in fleets]),
        fleet_life=ints([durations.number(fleet.life) for fleet in fleets]),
        fleet_mode=ints([mode_number[f"fleet:{name}", "failure"] for name in world.fleets]),
        fleet_country=ints([country[fleet.country] for fleet in fleets]),
        zone_country=ints([country[zone.country] for zone in world.zones.values()]),
        routes=routes.done(),
        calendars=clock.calendars(),
        departures=clock.rows(),
        durations=durations.done(),
    )
