"""Failure modes and who serves whom, as arrays: one row a zone, then one a fleet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netsim.model.compile_durations import ONE, ints, threshold
from netsim.model.compile_lanes import RouteList
from netsim.model.model import Channel, Modes, Ragged, Serving
from netsim.network.reach import customers, outlets_in_reach

if TYPE_CHECKING:
    from netsim.network.flows import Flows
    from netsim.network.graph import Network
    from netsim.network.routing import Router
    from netsim.spec.scenario import Scenario

__all__ = ["CHANNELS", "compile_modes", "compile_serving", "gravity_weight"]

CHANNELS = {"walk-in": Channel.WALK_IN, "mail-in": Channel.MAIL_IN, "swap": Channel.SWAP, "lost": Channel.LOST}
"""Channels by the name that a scenario uses."""

DEFAULT_PREFERENCE = "walk-in, swap, mail-in"
"""The order of all customers where the world states none."""


def gravity_weight(metres: int) -> int:
    """Return the pull of an outlet at a distance: 2^50 / metres^2, at most that of 1 km, at least 1.

    The scale does not depend on the other outlets, so a new one changes no ratio; 1 km weighs 1.1e9, 3,000 km 125.
    """
    return max(1, 2**50 // max(metres, 1000) ** 2)


def compile_modes(
    scenario: Scenario, catalogue: tuple[tuple[str, str], ...], *, part_number: Mapping[str, int]
) -> Modes:
    """Return the failure modes in the order of the tape's catalogue.

    *product* counts the different products of the catalogue in order. A mode of an installed base takes one piece of
    the part that it is named after; a mode of a fleet has no false alarms.
    """
    world = scenario.world
    products = list(dict.fromkeys(product for product, _ in catalogue))
    parts: list[list[int]] = []
    chargeable, no_fault, unit = [], [], []
    for product, mode in catalogue:
        spec = world.products.get(product)
        if spec is not None:
            needs = spec.modes[mode].parts
            chargeable.append(int(spec.modes[mode].chargeable))
            no_fault.append(threshold(world.rates.no_fault if spec.no_fault is None else spec.no_fault))
            unit.append(part_number[spec.unit] if spec.unit is not None else -1)
        elif product.startswith("fleet:"):
            needs = world.fleets[product.removeprefix("fleet:")].parts
            chargeable.append(0)
            no_fault.append(0)
            unit.append(-1)
        else:
            needs = {mode: 1}
            chargeable.append(0)
            no_fault.append(threshold(world.rates.no_fault))
            unit.append(-1)
        parts.append([number for part in sorted(needs) for number in (part_number[part], needs[part])])
    return Modes(
        product=ints([products.index(product) for product, _ in catalogue]),
        chargeable=ints(chargeable),
        parts=Ragged.of(parts),
        no_fault=ints(no_fault),
        unit=ints(unit),
    )


def compile_serving(
    scenario: Scenario,
    network: Network,
    flows: Flows,
    *,
    node_number: Mapping[str, int],
    router: Router,
    routes: RouteList,
) -> Serving:
    """Return who serves whom.

    With ``choose: nearest`` a row of outlets ends at the first that serves from the start, as nobody goes farther.
    """
    serving = scenario.policies.serving
    preferences = _preferences(scenario)
    gravity = serving.choose == "gravity"
    reach = outlets_in_reach(scenario, network, until=() if gravity else _open_from_the_start(flows, scenario))
    outlets: list[list[int]] = []
    weights: list[int] = []
    mail_in, way_in, way_out, fallback = [], [], [], []
    for customer in customers(scenario):
        row = reach[customer]
        outlets.append([node_number[name] for name, _ in row])
        weights += [gravity_weight(metres) for _, metres in row]
        node = flows.mail_in[customer]
        mail_in.append(-1 if node is None else node_number[node])
        way_in.append(-1 if node is None else routes.number(router.route(customer, node, goods="devices")))
        way_out.append(-1 if node is None else routes.number(router.route(node, customer, goods="devices")))
        beyond = CHANNELS[serving.beyond]
        served = node is not None if beyond == Channel.MAIL_IN else bool(row)
        fallback.append(int(beyond if served else Channel.LOST))
    return Serving(
        preferences=Ragged.of([channels for channels, _ in preferences]),
        preference_limit=ints(_limits([share for _, share in preferences])),
        fallback=ints(fallback),
        offered=sum(1 << CHANNELS[name] for name in sorted(set(serving.channels))),
        outlets=Ragged.of(outlets),
        weights=ints(weights),
        gravity=int(gravity),
        mail_in=ints(mail_in),
        way_in=ints(way_in),
        way_out=ints(way_out),
        swap_check=int(serving.swap_check),
    )


def _preferences(scenario: Scenario) -> list[tuple[list[int], float]]:
    stated = scenario.world.preferences or {DEFAULT_PREFERENCE: 1.0}
    return [
        ([int(CHANNELS[word.strip()]) for word in order.split(",")], share) for order, share in sorted(stated.items())
    ]


def _limits(shares: list[float]) -> list[int]:
    """Return cumulative thresholds of shares that sum to 1 but for rounding; the last is certain."""
    limits = [threshold(sum(shares[: i + 1])) for i in range(len(shares))]
    return [*limits[:-1], ONE]


def _open_from_the_start(flows: Flows, scenario: Scenario) -> set[str]:
    return {name for name, node in flows.nodes.items() if node.opens is None or node.opens <= scenario.start}
