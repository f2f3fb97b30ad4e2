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
from netsim.plan.flow import Flow
from netsim.tape.demand import Demand

__all__ = ["Expectation", "channel_shares", "core_loop", "expect", "node_shares"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_WHOLE = 2.0**32
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Expectation:
    """Expected flows by stock point; days as in `Demand`, pieces a day.

    *customers* ask at the node itself, *everybody* are they and lower stock points together, *born* are the cores for
    it and *good* what comes back of them as good parts. One entry a stock point: *order_time* is the nominal seconds
    from an order to the first source that can fill it until receipt (lead time of a supplier included), *loop_time*
    the nominal seconds from the birth of a core to its return as a good part.
    """

    customers: Flow
    everybody: Flow
    born: Flow
    good: Flow
    order_time: Floats
    loop_time: Floats
    source: Ints
    """The stock point asked first, or -1: a supplier, or none."""

    @property
    def own(self) -> Floats:
        """What customers ask for at each node itself, as an array [day, stock point]."""
        return self.customers.daily()

    @property
    def asked(self) -> Floats:
        """What customers and lower stock points ask for, as an array [day, stock point]."""
        return self.everybody.daily()

    @property
    def cores(self) -> Floats:
        """The cores that are born for each stock point, as an array [day, stock point]."""
        return self.born.daily()

    @property
    def returned(self) -> Floats:
        """What comes back of them as good parts, as an array [day, stock point]."""
        return self.good.daily()

    @property
    def ordered(self) -> Floats:
        """What each stock point orders from its source, as an array [day, stock point]."""
        return np.maximum(self.asked - self.returned, 0.0)

    def per_piece(self, flow: Flow) -> Floats:
        """Return a *flow*, such as `born`, as a share of all that is asked at each stock point, from 0 to 1."""
        total = self.everybody.total()
        share: Floats = np.divide(flow.total(), total, out=np.zeros_like(total), where=total > 0)
        return np.minimum(share, 1.0)


def expect(model: Model, demand: Demand) -> Expectation:
    """Return the expected flows of *model* under *demand*.

    Raise ModelError if the two are not of one world (zones or modes differ).
    """
    own = _customer_demand(model, demand)
    born, good, loop_time = _repaired_cores(model, own)
    source, order_time = _sources(model)
    return Expectation(own, _passed_up(own, good, source), born, good, order_time, loop_time, source)


def _passed_up(own: Flow, good: Flow, source: Ints) -> Flow:
    """Return what customers ask for, and all stock points below less the good parts that come back to them."""
    share, extra = own.share.copy(), dict(own.extra)
    for points in _levels(source):
        net = share[:, points] - good.share[:, points]
        plain = (net >= 0).all(axis=0)
        if extra:
            plain &= ~np.isin(points, list(extra))
        for row, each in enumerate(net):
            np.add.at(share[row], source[points[plain]], each[plain])
        for point in points[~plain].tolist():
            # More may come back on some days than is asked for: then nothing is ordered, and nothing sent up.
            daily = Flow(own.profiles, own.part, share, extra).at(point) - good.at(point)
            giver = int(source[point])
            extra[giver] = extra.get(giver, 0.0) + np.maximum(daily, 0.0)
    return Flow(own.profiles, own.part, share, extra)


def _levels(source: Ints) -> list[Ints]:
    """Return the stock points that ask another, in groups: all who ask a stock point are in a group before its own."""
    level = [0] * len(source)
    # Stock points are numbered from the customers upwards, so all who ask a stock point come before it.
    for point, giver in enumerate(source.tolist()):
        if giver >= 0:
            level[giver] = max(level[giver], level[point] + 1)
    levels = np.array(level, dtype=np.int64)
    return [np.flatnonzero((levels == each) & (source >= 0)) for each in range(max(level, default=-1) + 1)]


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


def _customer_demand(model: Model, demand: Demand) -> Flow:
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
    paid = np.where(modes.chargeable > 0, accepted, 1.0)
    # What is left of claims out of and in warranty: repairs that are free of charge, which may be swaps, and the rest.
    kinds = (
        (np.zeros(len(needed)), np.where(swappable, needed, 0.0), True),
        (accepted * needed, np.where(swappable, 0.0, paid) * needed, False),
    )
    made = [(left, may_swap, each) for *left, may_swap in kinds for each in (repair, swap)]
    zones, nodes = len(model.zone_names), len(model.node_names)
    weight, steady = np.zeros((len(made), nodes)), np.zeros((nodes, len(model.part_names)))
    shares: dict[tuple[bool, bool, int, bool], dict[int, float]] = {}
    number = {name: at for at, name in enumerate(demand.zones)}
    for place in range(zones + len(model.fleet_names)):
        zone = number[model.zone_names[place]] if place < zones else -1
        always = demand.static[zone] if zone >= 0 else _fleet_claims(model, demand, place - zones)
        market = float(demand.shares[zone]) if zone >= 0 else 0.0
        at_outlet = bool(model.serving.outlets.start[place] < model.serving.outlets.start[place + 1])
        for may_swap in (True, False):
            key = at_outlet, bool(model.serving.mail_in[place] >= 0), int(model.serving.fallback[place]), may_swap
            if key not in shares:
                shares[key] = channel_shares(model, place, may_swap=may_swap)
            for channel, share in shares[key].items():
                for node, part_of in node_shares(model, place, channel).items():
                    for row, (left, swaps, each) in enumerate(made):
                        if swaps == may_swap and (each is swap) == (channel == Channel.SWAP):
                            weight[row, node] += market * share * part_of
                            if always.any():
                                steady[node] += always * left[1] @ each * (share * part_of)
    national = [(demand.national * np.stack(left, axis=1)).sum(axis=2) @ each for left, _, each in made]
    profiles = np.stack([*(each.T for each in national), np.ones((len(model.part_names), demand.days))])
    stock = model.stock
    return Flow(profiles, stock.part, np.vstack((weight[:, stock.node], steady[stock.node, stock.part])))


def _fleet_claims(model: Model, demand: Demand, fleet: int) -> Floats:
    """Return claims a day [mode] of a fleet: each unit fails once a mean life.

    Its time out of use is left out, so the figure is a little high.
    """
    claims = np.zeros(len(demand.catalogue))
    life = max(float(model.durations.mean[model.fleet_life[fleet]]), 1.0)
    claims[model.fleet_mode[fleet]] = float(model.fleet_units[fleet]) * _DAY / life
    return claims


def _repaired_cores(model: Model, own: Flow) -> tuple[Flow, Flow, Floats]:
    """Return for each stock point the cores born for it and good parts back, and the loop's mean seconds."""
    node, part = model.stock.node, model.stock.part
    receiver = np.where(model.repairable[part] > 0, model.core_target[node, part], -1)
    points = np.flatnonzero(receiver >= 0)
    pairs, which = np.unique(np.stack((node[points], node[receiver[points]])), axis=1, return_inverse=True)
    ways = [core_loop(model, *pair) for pair in pairs.T.tolist()]
    joined = np.array([way is not None for way in ways], dtype=bool)[which.ravel()]
    points, which = points[joined], which.ravel()[joined]
    seconds, good = (np.array([(way or (0.0, 0.0))[each] for way in ways])[which] for each in (0, 1))
    target, born = receiver[points], own.share[:, points] * (model.core_return / _WHOLE)
    cores, returned = np.zeros_like(own.share), np.zeros_like(own.share)
    for row, each in enumerate(born):
        np.add.at(cores[row], target, each)
        np.add.at(returned[row], target, each * ((1 - model.ber[part[points]] / _WHOLE) * good))
    made = np.einsum("kp,kp->p", born, own.profiles.sum(axis=2)[:, part[points]])
    loop, total = (np.bincount(target, pieces, minlength=len(part)) for pieces in (made * seconds, made))
    loop_time = np.divide(loop, total, out=np.zeros(len(part)), where=total > 0)
    return Flow(own.profiles, part, cores), Flow(own.profiles, part, returned), loop_time


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
    asked, count = model.supply.sources, len(model.stock.node)
    point, node, route = np.repeat(np.arange(count), np.diff(asked.start)), asked.values, model.supply.routes.values
    supplier = model.nodes.kind[node] == NodeKind.SUPPLIER
    giver = np.where(supplier, -1, model.stock.index[node, model.stock.part[point]])
    usable = np.flatnonzero(supplier | (giver >= 0))
    askers, first = np.unique(point[usable], return_index=True)
    taken = usable[first]
    source, seconds = np.full(count, -1, dtype=np.int64), np.zeros(count)
    source[askers] = giver[taken]
    ways = route[taken]
    seconds[askers] = np.where(ways >= 0, np.append(model.routes.nominal, 0)[ways], 0)
    lead = model.durations.mean[model.nodes.lead[node[taken]]]
    seconds[askers] += np.where(supplier[taken], lead, 0)
    return source, seconds
