"""Expected demand for parts by stock point and day: claims routed to nodes, then orders passed up the echelons.

Claims lose those solved remotely, those without a fault and paid repairs whose quote is refused; the rest take their
mode's parts where they are served. What a stock point asks of its source is its own demand less the repaired cores
that come back to it. Waiting, ladders and stock-outs are left out: this is what a planner expects, not what happens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netsim.errors import ModelError
from netsim.model.model import Channel, Model, NodeKind
from netsim.tape.demand import Demand

__all__ = ["Expectation", "channel_shares", "core_loop", "expect", "node_shares"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_WHOLE = 2.0**32
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Expectation:
    """Expected flows by stock point; days as in `Demand`, one column a stock point, pieces a day.

    *own* is asked for by customers at its node, *asked* by customers and lower stock points together, *cores* are born
    for it and *returned* comes back of them as good parts. One entry a stock point: *order_time* is the nominal
    seconds from an order to the first source that can fill it until receipt (lead time of a supplier included),
    *loop_time* the nominal seconds from the birth of a core to its return as a good part.
    """

    own: Floats
    asked: Floats
    cores: Floats
    returned: Floats
    order_time: Floats
    loop_time: Floats
    source: Ints
    """The stock point asked first, or -1: a supplier, or none."""

    @property
    def ordered(self) -> Floats:
        """Return what each stock point orders from its source, pieces a day."""
        return np.maximum(self.asked - self.returned, 0.0)

    def per_piece(self, flow: Floats) -> Floats:
        """Return *flow* [day, stock point], such as `cores`, as a share of all that is asked, from 0 to 1."""
        total = self.asked.sum(axis=0)
        share: Floats = np.divide(flow.sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
        return np.minimum(share, 1.0)


def expect(model: Model, demand: Demand) -> Expectation:
    """Return the expected flows of *model* under *demand*.

    Raise ModelError if the two are not of one world (zones or modes differ).
    """
    own = _customer_demand(model, demand)
    cores, returned, loop_time = _repaired_cores(model, own)
    source, order_time = _sources(model)
    asked = own.copy()
    # Stock points are numbered from the customers upwards, so all who ask a stock point come before it.
    for point in range(len(model.stock.node)):
        if source[point] >= 0:
            asked[:, source[point]] += np.maximum(asked[:, point] - returned[:, point], 0.0)
    return Expectation(own, asked, cores, returned, order_time, loop_time, source)


def channel_shares(model: Model, place: int, *, may_swap: bool) -> dict[int, float]:
    """Return the share of the customers of a zone or fleet by channel: the first they prefer that is open to them.

    A swap is open where *may_swap*: to repairs that are free of charge, of products that have a swap unit.
    """
    serving = model.serving
    at_outlet = len(serving.outlets.row(place)) > 0
    is_open = {
        Channel.WALK_IN: at_outlet,
        Channel.SWAP: at_outlet and may_swap,
        Channel.MAIL_IN: bool(serving.mail_in[place] >= 0),
    }
    fallback = int(serving.fallback[place])
    if not is_open.get(Channel(fallback), False):
        fallback = int(Channel.LOST)
    shares: dict[int, float] = {}
    below = 0
    for order, limit in zip(serving.preferences.rows(), serving.preference_limit.tolist(), strict=True):
        usable = (each for each in order if serving.offered >> each & 1 and is_open.get(Channel(each), False))
        channel = next(usable, fallback)
        shares[channel] = shares.get(channel, 0.0) + (limit - below) / _WHOLE
        below = limit
    return shares


def node_shares(model: Model, place: int, channel: int) -> dict[int, float]:
    """Return the share of customers by node that serves them on *channel*; empty if nobody does."""
    serving = model.serving
    if channel == Channel.MAIL_IN:
        return {int(serving.mail_in[place]): 1.0}
    outlets = serving.outlets.row(place).tolist()
    if channel not in (Channel.WALK_IN, Channel.SWAP):
        return {}
    if not serving.gravity or len(outlets) == 1:
        return {outlets[0]: 1.0}
    weights = serving.weights[serving.outlets.start[place] : serving.outlets.start[place + 1]].tolist()
    return {node: weight / sum(weights) for node, weight in zip(outlets, weights, strict=True)}


def _customer_demand(model: Model, demand: Demand) -> Floats:
    modes = model.modes
    if len(modes.product) != len(demand.catalogue) or not set(model.zone_names) <= set(demand.zones):
        raise ModelError(
            f"the model has {len(model.zone_names)} zones and {len(modes.product)} failure modes, the demand "
            f"{len(demand.zones)} and {len(demand.catalogue)}, or other names: make both from one scenario"
        )
    repair = np.zeros((len(modes.product), len(model.part_names)))
    swap = np.zeros_like(repair)
    for mode, pairs in enumerate(modes.parts.rows()):
        for part, quantity in zip(pairs[0::2], pairs[1::2], strict=True):
            repair[mode, part] += quantity
        if modes.unit[mode] >= 0:
            # Without a check a device with nothing wrong is swapped too: a unit for every claim, not for every fault.
            found = 1.0 if model.serving.swap_check else 1.0 - modes.no_fault[mode] / _WHOLE
            swap[mode, modes.unit[mode]] = 1.0 / found
    needed = (1 - model.remote / _WHOLE) * (1 - modes.no_fault / _WHOLE)
    accepted = model.quote_accept / _WHOLE
    swappable = (modes.unit >= 0) & (modes.chargeable == 0)
    own = np.zeros((demand.days, len(model.stock.node)))
    for place in range(len(model.zone_names) + len(model.fleet_names)):
        claims = _claims(model, demand, place)
        paid = np.where(modes.chargeable > 0, accepted, 1.0)
        free = claims[:, :, 1] * np.where(swappable, needed, 0.0)
        rest = (claims[:, :, 1] * np.where(swappable, 0.0, paid) + claims[:, :, 0] * accepted) * needed
        for repairs, may_swap in ((free, True), (rest, False)):
            for channel, share in channel_shares(model, place, may_swap=may_swap).items():
                pieces = share * repairs @ (swap if channel == Channel.SWAP else repair)
                for node, part_of in node_shares(model, place, channel).items():
                    _add(own, model.stock.index[node], pieces * part_of)
    return own


def _claims(model: Model, demand: Demand, place: int) -> Floats:
    """Return claims [day, mode, warranty] of a zone, or of a fleet: each unit fails once a mean life.

    A fleet's time out of use is left out, so its figure is a little high.
    """
    fleet = place - len(model.zone_names)
    if fleet < 0:
        return demand.expected(model.zone_names[place])
    claims = np.zeros((demand.days, len(demand.catalogue), 2))
    life = max(float(model.durations.mean[model.fleet_life[fleet]]), 1.0)
    claims[:, model.fleet_mode[fleet], 1] = float(model.fleet_units[fleet]) * _DAY / life
    return claims


def _add(own: Floats, points: Ints, pieces: Floats) -> None:
    held = np.flatnonzero(points >= 0)
    own[:, points[held]] += pieces[:, held]


def _repaired_cores(model: Model, own: Floats) -> tuple[Floats, Floats, Floats]:
    """Return for each stock point the cores born for it and good parts back, a day, and the loop's mean seconds."""
    cores, returned, loop = np.zeros_like(own), np.zeros_like(own), np.zeros(own.shape[1])
    for point, (node, part) in enumerate(zip(model.stock.node.tolist(), model.stock.part.tolist(), strict=True)):
        receiver = int(model.core_target[node, part])
        if receiver < 0 or not model.repairable[part]:
            continue
        way = core_loop(model, node, int(model.stock.node[receiver]))
        if way is None:
            continue
        seconds, good = way
        born = own[:, point] * (model.core_return / _WHOLE)
        cores[:, receiver] += born
        returned[:, receiver] += born * ((1 - model.ber[part] / _WHOLE) * good)
        loop[receiver] += float(born.sum()) * seconds
    total = cores.sum(axis=0)
    return cores, returned, np.divide(loop, total, out=np.zeros_like(loop), where=total > 0)


def core_loop(model: Model, node: int, receiver: int) -> tuple[float, float] | None:
    """Return nominal seconds and yield of a core on its way from *node* over a factory to *receiver*, or None.

    Ways take their nominal seconds, work its mean, longer by the share of time that the bench is shut; queues for
    the bench take none.
    """
    seconds, good, repaired, seen = 0.0, 1.0, False, set[tuple[int, bool]]()
    while (node, repaired) not in seen:
        seen.add((node, repaired))
        if not repaired and model.nodes.kind[node] == NodeKind.FACTORY:
            repaired = True
            bench = int(model.nodes.bench[node])
            if bench >= 0:
                content = float(model.durations.mean[model.benches.work[bench]])
                seconds += content / _open_share(model, int(model.benches.calendar[bench]))
                good = model.benches.good[bench] / _WHOLE
            continue
        following = int(model.returns_next[node])
        if repaired and (node == receiver or following in (-1, node)):
            return (seconds, good) if node == receiver else None
        if following < 0:
            return None
        if model.returns_route[node] >= 0:
            seconds += float(model.routes.nominal[model.returns_route[node]])
        node = following
    return None


def _open_share(model: Model, calendar: int) -> float:
    if calendar < 0 or not len(model.calendars[calendar].opens):
        return 1.0
    hours = model.calendars[calendar]
    return float((hours.closes - hours.opens).sum() / (hours.closes[-1] - min(int(hours.opens[0]), 0)))


def _sources(model: Model) -> tuple[Ints, Floats]:
    """Return the stock point that each asks first (-1: a supplier, or none) and the nominal seconds of an order."""
    points = len(model.stock.node)
    source, seconds = np.full(points, -1, dtype=np.int64), np.zeros(points)
    for point in range(points):
        pairs = zip(model.supply.sources.row(point).tolist(), model.supply.routes.row(point).tolist(), strict=True)
        for node, route in pairs:
            supplier = model.nodes.kind[node] == NodeKind.SUPPLIER
            giver = int(model.stock.index[node, model.stock.part[point]])
            if supplier or giver >= 0:
                seconds[point] = model.routes.nominal[route] if route >= 0 else 0
                if supplier:
                    seconds[point] += model.durations.mean[model.nodes.lead[node]]
                source[point] = -1 if supplier else giver
                break
    return source, seconds
