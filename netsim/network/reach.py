"""Whom a node can serve: outlets by distance from each customer, and the node to which devices are mailed."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from netsim.network.geography import distance_km
from netsim.network.graph import country_of, nodes
from netsim.spec.world import Fleet, Zone

if TYPE_CHECKING:
    from netsim.network.graph import Network
    from netsim.network.routing import Router
    from netsim.spec.scenario import Scenario

__all__ = ["customers", "mail_in_nodes", "outlet_names", "outlets_in_reach"]

_CELLS = 1 << 20  # distances at a time


def customers(scenario: Scenario) -> dict[str, Zone | Fleet]:
    """Return zones, then fleets, in the order of the world, as the tape numbers them: the rows of all their tables."""
    return {**scenario.world.zones, **scenario.world.fleets}


def outlet_names(network: Network) -> tuple[str, ...]:
    """Return the nodes at which a customer can walk in: outlets, and nodes with a process of their own."""
    return tuple(name for name, node in nodes(network).items() if node.kind == "outlet" or node.process)


def outlets_in_reach(
    scenario: Scenario, network: Network, *, most: int | None = None, until: Collection[str] = ()
) -> dict[str, list[tuple[str, int]]]:
    """Return for each zone and fleet its outlets with their distance in metres, nearest first, ties by name.

    With *most* only so many of each are told, and a row ends at the first outlet that is among *until*.

    Only outlets of the customer's country count unless there are none there, and only those within
    ``policies.serving.max_travel``. Where that leaves none and ``beyond`` is a counter, the nearest one stands.
    An outlet without a place is at distance 0.
    """
    serving = scenario.policies.serving
    limit = None if serving.max_travel is None else serving.max_travel * 1000
    names = outlet_names(network)
    rows = customers(scenario)
    found: dict[str, list[tuple[str, int]]] = {name: [] for name in rows}
    if not names:
        return found
    known = nodes(network)
    ends = np.array([name in until for name in names]) if until else None
    everywhere = np.arange(len(names), dtype=np.int64)
    homes = np.array([country_of(network, name) for name in names])
    by_country: dict[str, list[str]] = {}
    for customer, spec in rows.items():
        by_country.setdefault(spec.country, []).append(customer)
    for country, mine in by_country.items():
        at_home = np.flatnonzero(homes == country)
        eligible = at_home if len(at_home) else everywhere
        spots = [known[names[i]].at for i in eligible.tolist()]
        step = max(_CELLS // len(eligible), 1)
        for begin in range(0, len(mine), step):
            some = mine[begin : begin + step]
            for customer, metres in zip(some, _metres([rows[each].at for each in some], spots), strict=True):
                order = np.argmin(metres, keepdims=True) if most == 1 else np.argsort(metres, kind="stable")
                near = order if limit is None else order[metres[order] <= limit]
                if not len(near) and serving.beyond in ("walk-in", "swap"):
                    near = order[:1]
                if ends is not None and (here := ends[eligible[near]]).any():
                    near = near[: int(np.argmax(here)) + 1]
                near = near[:most]
                numbers, far = eligible[near].tolist(), metres[near].tolist()
                found[customer] = [(names[i], each) for i, each in zip(numbers, far, strict=True)]
    return found


def mail_in_nodes(scenario: Scenario, network: Network, *, router: Router) -> dict[str, str | None]:
    """Return for each zone and fleet the node to which its devices are mailed, None where there is no way.

    ``policies.serving.mail_in`` if it can be reached and left again; else the nearest node with a bench to and from
    which a lane takes devices. Nobody mails where the design neither offers it nor falls back on it.
    """
    serving = scenario.policies.serving
    rows = customers(scenario)
    if "mail-in" not in serving.channels and serving.beyond != "mail-in":
        return dict.fromkeys(rows)
    known = nodes(network)
    found: dict[str, str | None] = {}
    for customer, spec in rows.items():
        if serving.mail_in is not None:
            candidates = [serving.mail_in] if serving.mail_in in known else []
        else:
            candidates = sorted(
                name
                for name in router.neighbours(customer)
                if name in known and known[name].kind != "supplier" and known[name].bench is not None
            )
        usable = [
            name
            for name in candidates
            if router.route(customer, name, goods="devices") and router.route(name, customer, goods="devices")
        ]
        if usable:
            metres = _metres([spec.at], [known[name].at for name in usable])[0]
            found[customer] = usable[int(np.argmin(metres))]
        else:
            found[customer] = None
    return found


def _metres(a: list[tuple[float, float]], b: list[tuple[float, float] | None]) -> npt.NDArray[np.int64]:
    """Return distances in whole metres, so that the last bit of a sine decides nothing; 0 to what has no place."""
    from_, to = np.array(a, dtype=np.float64), np.array([each or (0.0, 0.0) for each in b], dtype=np.float64)
    km = distance_km(from_[:, 0, None], from_[:, 1, None], to[None, :, 0], to[None, :, 1])
    whole = np.rint(km * 1000).astype(np.int64)
    if None in b:
        whole[:, [each is None for each in b]] = 0
    return whole
