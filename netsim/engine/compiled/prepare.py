"""Prepare: a Model and its Plan as the rows that the kernel reads, made once for all replications."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.distributions import exponential_table
from netsim.engine.compiled.layout import STRUCTS
from netsim.errors import ModelError
from netsim.model.model import CoreBirth, Model, NodeKind, Ragged, Rungs
from netsim.plan.plan import Plan

__all__ = ["CHANGING", "Prepared"]

CHANGING = ("bench", "calendar", "lane", "point", "queue")
"""Rows that a run changes: each begins with a copy. All others are shared by whoever runs the model."""

Rows = npt.NDArray[Any]
_LARGEST_NUMBER = np.iinfo(np.int16).max
_LONGEST_LIST = np.iinfo(np.int8).max
_LAST_SECOND = np.iinfo(np.int32).max
_MOST_PAIRS = 1 << 16
_LARGEST_LEVEL = np.iinfo(np.int32).max // 4


class Prepared:
    """One model and plan for the kernel.

    *rows* are arrays by field of `netsim.engine.compiled.layout.RUN`, *settings* its numbers, *streams* the names of
    all streams in the kernel's order: owners (zones, fleets), nodes, lanes, pairs of supplier and buyer. *asked* are
    the numbers of those that may be asked for a mark.
    """

    def __init__(self, model: Model, plan: Plan) -> None:
        _check_sizes(model)
        self.model, self.plan = model, plan
        self.rows: dict[str, Rows] = {}
        self.priorities = sorted({0, *model.stock.priority.tolist()})
        self._pairs: dict[tuple[int, int], int] = {}
        self._pointed_at: list[Rows] = []
        self._things(model)
        self._places(model)
        self._stock(model)
        self._service(model)
        _check_levels(model, plan)
        self.rows["plan_time"], self.rows["plan_low"], self.rows["plan_high"] = (
            np.ascontiguousarray(column, dtype=np.int64) for column in (plan.times, plan.low, plan.high)
        )
        self.settings = self._settings(model, plan)
        self.streams = self._streams(model)
        self.asked = np.flatnonzero(self.stream_is_asked())

    def _add(self, field: str, struct: str, count: int, **columns: Any) -> Rows:
        rows = np.zeros(count, dtype=STRUCTS[struct].dtype)
        for column, values in columns.items():
            rows[column] = values
        self.rows[field] = rows
        return rows

    def _things(self, model: Model) -> None:
        calendars = model.calendars
        rows = self._add("calendar", "Calendar", len(calendars), last=-1, size=[len(c.opens) for c in calendars])
        self._point_at(rows, opens=[c.opens for c in calendars], closes=[c.closes for c in calendars],
                       before=[c.before for c in calendars])  # fmt: skip
        dates = self._add("dates", "Dates", len(model.departures), size=[len(d) for d in model.departures])
        self._point_at(dates, times=list(model.departures))
        durations = model.durations
        lengths = self._add(
            "duration", "Duration", len(durations.mean), mean=durations.mean, random=durations.table >= 0
        )
        none = np.zeros(0, dtype=np.int64)
        self._point_at(lengths, cells=[durations.tables[t] if t >= 0 else none for t in durations.table.tolist()])
        self._add("part", "Part", len(model.part_names), ber=model.ber, repairable=model.repairable)
        self.rows["exponential"] = np.ascontiguousarray(exponential_table().view)

    def _point_at(self, rows: Rows, **columns: list[Any]) -> None:
        """Write the addresses of arrays, which are kept alive beside the rows."""
        for column, arrays in columns.items():
            kept = [np.ascontiguousarray(array, dtype=np.int64) for array in arrays]
            rows[column] = [array.ctypes.data for array in kept]
            self._pointed_at += kept

    def _places(self, model: Model) -> None:
        nodes, benches, lanes, supply = model.nodes, model.benches, model.lanes, model.supply
        count = len(model.node_names)
        counter = nodes.receives.copy()
        counter[nodes.bench >= 0] = benches.calendar[nodes.bench[nodes.bench >= 0]]
        start = supply.rungs.start
        ladder = supply.rungs.values != Rungs.HOME
        climbs = [bool(ladder[start[i] : start[i + 1]].any()) for i in range(count)]
        self._add(
            "node", "Node", count, opens=nodes.opens, kind=nodes.kind, bench=nodes.bench, counter=counter,
            lead=nodes.lead, onward=model.returns_next, way=model.returns_route, first_rung=start[:-1],
            last_rung=start[1:], retry=supply.retry, climbs=climbs,
        )  # fmt: skip
        self._add(
            "bench", "Bench", len(benches.node), test_pass=benches.test_pass, good=benches.good,
            calendar=benches.calendar, diagnosis=benches.diagnosis, work=benches.work, handover=benches.handover,
            unlimited=benches.technicians == 0, idle=benches.technicians, queue=-1,
        )  # fmt: skip
        random = model.durations.table[lanes.transit] >= 0
        scheduled = lanes.departures >= 0
        receives = np.full(count + len(model.place_names), -1, dtype=np.int64)  # customers are always at home
        receives[:count] = nodes.receives
        rows = self._add(
            "lane", "Lane", len(lanes.origin), hold=lanes.hold, loss=lanes.loss, last=-1, pending=-1,
            cut_off=lanes.cut_off, fixed=model.durations.mean[lanes.transit], origin=lanes.origin,
            transit=lanes.transit, border=lanes.customs, clearance=lanes.clearance, hold_time=lanes.hold_time,
            fifo=lanes.fifo, receives=receives[lanes.destination],
            plain=~(random | (lanes.customs != 0) | (lanes.loss != 0) | (lanes.fifo != 0)),
            scheduled=scheduled, first_waiting=-1, last_waiting=-1, loads=-1,
        )  # fmt: skip
        if scheduled.any():
            dates = self.rows["dates"][lanes.departures[scheduled]]
            rows["departures"][scheduled], rows["dates"][scheduled] = dates["times"], dates["size"]
        first, last = model.routes.lanes.start[:-1], model.routes.lanes.start[1:]
        self._add("route", "Route", len(first), nominal=model.routes.nominal, first=first, last=last)
        self.rows["route_lane"] = model.routes.lanes.values.astype(np.int32)

    def _stock(self, model: Model) -> None:
        stock, supply = model.stock, model.supply
        rank = {priority: i for i, priority in enumerate(self.priorities)}
        self._add(
            "point", "Point", len(stock.node), weight=stock.count_cores, opening=stock.opening, node=stock.node,
            part=stock.part, rule=stock.rule, priority=[rank[p] for p in stock.priority.tolist()],
            first_source=supply.sources.start[:-1], last_source=supply.sources.start[1:], review=stock.review,
        )  # fmt: skip
        self._add("queue", "Queue", len(stock.node) * len(self.priorities), ranked=-1, first=-1, last=-1)
        buyers = np.repeat(stock.node, np.diff(supply.sources.start))
        self._sources("source", supply.sources, supply.routes, buyers)
        rungs = len(supply.rungs.values)
        self._add("rung", "Rung", rungs, keep=supply.keep, kind=supply.rungs.values,
                  first_giver=supply.givers.start[:-1], last_giver=supply.givers.start[1:])  # fmt: skip
        climbers = np.repeat(np.arange(len(model.node_names)), np.diff(supply.rungs.start))
        self._sources("giver", supply.givers, supply.giver_routes, np.repeat(climbers, np.diff(supply.givers.start)))
        self.rows["index"] = np.ascontiguousarray(stock.index, dtype=np.int32)
        self.rows["core_target"] = np.ascontiguousarray(model.core_target, dtype=np.int32)

    def _sources(self, field: str, nodes: Ragged, routes: Ragged, buyers: npt.NDArray[np.int64]) -> None:
        """Add the sources of *buyers*; each pair of a supplier and a buyer has a stream for its lead times."""
        rows = self._add(field, "Source", len(nodes.values), node=nodes.values, route=routes.values, pair=-1)
        for i in np.flatnonzero(self.model.nodes.kind[nodes.values] == NodeKind.SUPPLIER).tolist():
            pair = int(nodes.values[i]), int(buyers[i])
            rows["pair"][i] = self._pairs.setdefault(pair, len(self._pairs))
        if len(self._pairs) > _MOST_PAIRS:
            raise ModelError(
                f"{len(self._pairs)} pairs of supplier and buyer are beyond {_MOST_PAIRS}; split the network"
            )

    def _service(self, model: Model) -> None:
        modes, serving = model.modes, model.serving
        start = modes.parts.start // 2
        self._add("mode", "Mode", len(modes.unit), no_fault=modes.no_fault, chargeable=modes.chargeable,
                  unit=modes.unit, first_need=start[:-1], last_need=start[1:])  # fmt: skip
        self._add("need", "Need", int(start[-1]), part=modes.parts.values[::2], qty=modes.parts.values[1::2])
        outlets = serving.outlets
        zones, fleets = len(serving.mail_in), len(model.fleet_names)
        self._add("zone", "Zone", zones, first_outlet=outlets.start[:-1], last_outlet=outlets.start[1:],
                  fallback=serving.fallback, mail_in=serving.mail_in, way_in=serving.way_in,
                  way_out=serving.way_out)  # fmt: skip
        self._add("outlet", "Outlet", len(outlets.values), node=outlets.values, weight=serving.weights)
        wishes = serving.preferences
        self._add("preference", "Preference", len(serving.preference_limit), limit=serving.preference_limit,
                  first=wishes.start[:-1], last=wishes.start[1:])  # fmt: skip
        self.rows["channel"] = wishes.values.astype(np.int32)
        self._add("fleet", "Fleet", fleets, units=model.fleet_units, life=model.fleet_life, mode=model.fleet_mode)

    def _settings(self, model: Model, plan: Plan) -> dict[str, int]:
        serving = model.serving
        return {
            "horizon": model.horizon,
            "owner_count": len(model.zone_names) + len(model.fleet_names),
            "zone_count": len(model.zone_names),
            "node_count": len(model.node_names),
            "lane_count": len(model.lane_names),
            "part_count": len(model.part_names),
            "point_count": len(model.stock.node),
            "priority_count": len(self.priorities),
            "line_priority": self.priorities.index(0),
            "preference_count": len(serving.preference_limit),
            "fleet_count": len(model.fleet_names),
            "plan_rows": len(plan.times),
            "offered": int(serving.offered),
            "gravity": int(serving.gravity),
            "swap_check": int(serving.swap_check),
            "opens_later": int(bool(model.nodes.opens.any())),
            "core_at_request": int(model.core_birth == CoreBirth.AT_REQUEST),
            "core_return": int(model.core_return),
            "remote": int(model.remote),
            "quote_accept": int(model.quote_accept),
            "part_arrival": int(model.part_arrival),
        }

    def _streams(self, model: Model) -> list[str]:
        leads = [f"lead/{model.node_names[seller]}/{model.node_names[buyer]}" for seller, buyer in self._pairs]
        return [*model.zone_names, *model.fleet_names, *model.node_names, *model.lane_names, *leads]

    def stream_is_asked(self) -> npt.NDArray[np.bool_]:
        """Return for each of *streams* whether it may be asked for a mark; most lanes have nothing to draw."""
        asked = np.ones(len(self.streams), dtype=np.bool_)
        first = self.settings["owner_count"] + self.settings["node_count"]
        asked[first : first + self.settings["lane_count"]] = self.rows["lane"]["plain"] == 0
        return asked


def _check_sizes(model: Model) -> None:
    """Raise ModelError where numbers would not fit the columns of the records."""
    sizes = {
        "nodes": len(model.node_names),
        "lanes": len(model.lane_names),
        "parts": len(model.part_names),
        "zones and fleets": len(model.zone_names) + len(model.fleet_names),
        "failure modes": len(model.mode_names),
        "benches": len(model.benches.node),
    }
    for what, size in sizes.items():
        if size > _LARGEST_NUMBER:
            raise ModelError(f"{size} {what} are too many: records number up to {_LARGEST_NUMBER}; split the network")
    pieces = int(model.modes.parts.values[1::2].max(initial=0))
    if pieces > _LARGEST_NUMBER:
        raise ModelError(f"{pieces} pieces of one part for a repair are beyond {_LARGEST_NUMBER}")
    lists = {
        "parts of one failure mode": int(np.diff(model.modes.parts.start).max(initial=0)) // 2,
        "rungs of one node": int(np.diff(model.supply.rungs.start).max(initial=0)),
        "lanes of one route": int(np.diff(model.routes.lanes.start).max(initial=0)),
    }
    for what, size in lists.items():
        if size > _LONGEST_LIST:
            raise ModelError(f"{size} {what} are too many: records number up to {_LONGEST_LIST}")
    if model.horizon > _LAST_SECOND:
        raise ModelError(f"a run of {model.horizon} seconds is too long: records tell times up to {_LAST_SECOND}")


def _check_levels(model: Model, plan: Plan) -> None:
    """Raise ModelError where the plan is another model's, or positions might not fit the columns of the records."""
    wanted = (len(plan.times), len(model.stock.node))
    if plan.low.shape != wanted or plan.high.shape != wanted:
        raise ModelError(f"the plan has levels {plan.low.shape} and {plan.high.shape}, the model asks for {wanted}")
    largest = max(int(abs(levels).max(initial=0)) for levels in (plan.low, plan.high, model.stock.opening))
    if largest > _LARGEST_LEVEL:
        raise ModelError(f"a stock level of {largest} pieces is beyond {_LARGEST_LEVEL}; count in larger pieces")
