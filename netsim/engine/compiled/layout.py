"""What one run holds in memory: the model's rows, the things in being, and the tables of its records.

The model's rows also carry the state of what there is one of for the whole run: a node's bench, a lane, a stock point.
Orders, goods, cores and entries in queues come and go: their places are used again (`netsim.engine.compiled.pool`).
Lines and requests keep the numbers of their rows. -1 is "none" everywhere.
"""

from __future__ import annotations

import numpy as np

from netsim.engine.compiled.structs import Array, Struct, entry
from netsim.engine.records import COLUMNS

__all__ = ["MODEL", "POOL", "POOLS", "ROWS", "RUN", "STRUCTS", "TABLES", "run_at"]

_8, _16, _32, _64, _U64 = np.int8, np.int16, np.int32, np.int64, np.uint64
Ints = Array(_64)

STRUCTS: dict[str, Struct] = {
    "Calendar": Struct("Calendar", {"size": _64, "last": _64, "opens": Ints, "closes": Ints, "before": Ints}),
    "Duration": Struct("Duration", {"mean": _64, "random": _64, "cells": Ints}),
    "Node": Struct(
        "Node",
        {"opens": _64, "kind": _32, "bench": _32, "counter": _32, "lead": _32, "onward": _32, "way": _32,
         "first_rung": _32, "last_rung": _32, "retry": _32, "climbs": _32},
    ),
    "Bench": Struct(
        "Bench",
        {"test_pass": _64, "good": _64, "calendar": _32, "diagnosis": _32, "work": _32, "handover": _32,
         "unlimited": _32, "idle": _32, "queue": _32, "granting": _32, "opening": _32},
    ),
    "Lane": Struct(  # two lines of the cache: what every consignment asks, then what only some draw
        "Lane",
        {
            **dict.fromkeys(("pending", "fixed"), _64),
            "departures": Ints,
            **dict.fromkeys(("dates", "cut_off", "first_waiting", "last_waiting", "loads", "origin", "receives"), _32),
            **dict.fromkeys(("scheduled", "plain", "border", "fifo"), _8),
            **dict.fromkeys(("hold", "loss", "last"), _64),
            **dict.fromkeys(("transit", "clearance", "hold_time"), _32),
        },
        whole_lines=True,
    ),
    "Route": Struct("Route", {"nominal": _64, "first": _32, "last": _32}),
    "Point": Struct(  # 64 bytes, a line of the cache: a large network has a few hundred thousand
        "Point",
        {
            **dict.fromkeys(("in_repair", "weight"), _64),
            **dict.fromkeys(("low", "high", "free", "position", "waiting", "opening"), _32),
            **dict.fromkeys(("first_source", "last_source", "review"), _32),
            **dict.fromkeys(("node", "part"), _16),
            **dict.fromkeys(("rule", "priority", "allocating"), _8),
        },
    ),
    "Queue": Struct("Queue", {"ranked": _64, "first": _32, "last": _32}),
    "Source": Struct("Source", {"node": _32, "route": _32, "pair": _32}),
    "Rung": Struct("Rung", {"keep": _64, "kind": _32, "first_giver": _32, "last_giver": _32}),
    "Mode": Struct(
        "Mode", {"no_fault": _64, "chargeable": _32, "unit": _32, "first_need": _32, "last_need": _32}
    ),
    "Need": Struct("Need", {"part": _32, "qty": _32}),
    "Zone": Struct(
        "Zone",
        {"first_outlet": _32, "last_outlet": _32, "fallback": _32, "mail_in": _32, "way_in": _32, "way_out": _32},
    ),
    "Outlet": Struct("Outlet", {"weight": _64, "node": _64}),
    "Preference": Struct("Preference", {"limit": _64, "first": _32, "last": _32}),
    "Fleet": Struct("Fleet", {"units": _64, "life": _32, "mode": _32}),
    "Part": Struct("Part", {"ber": _64, "repairable": _64}),
    "Dates": Struct("Dates", {"size": _64, "times": Ints}),
    # What comes and goes.
    "Event": Struct("Event", {"time": _32, "what": _32, "key": _64}),
    "Order": Struct(
        "Order",
        {
            **dict.fromkeys(
                ("row", "number", "claimed", "since", "first_line", "joined", "work_row", "next", "bench"), _32
            ),
            **dict.fromkeys(("owner", "mode", "node", "lines", "missing", "attempt"), _16),
            **dict.fromkeys(
                ("channel", "paid", "component", "step", "waiting", "held", "lost", "outcome"), _8
            ),
        },
        whole_lines=True,
    ),
    "Core": Struct(
        "Core",
        {"owner": _32, "number": _32, "line": _32, "claimed": _32, "subject": _32, "part": _32, "node": _32,
         "target": _32, "joined": _32, "work_row": _32, "next": _32, "step": _32},
    ),
    "Line": Struct(
        "Line",
        {"watched": _64, "deadline": _64, "point": _32, "order": _32, "qty": _32, "left": _32, "missing": _32,
         "owner": _32, "number": _32, "replenishment": _32, "queued": _32},
    ),
    "Request": Struct(
        "Request",
        {"asker": _32, "source": _32, "left": _32, "route": _32, "owner": _32, "number": _32, "asked": _32,
         "line": _32},
    ),
    "Goods": Struct(
        "Goods",
        {"customs": _64, "ready": _32, "what": _32, "owner": _32, "number": _32, "device": _32, "route": _32,
         "consignment": _32, "node": _32, "part": _32, "pieces": _32, "next": _32, "leg": _16, "kind": _8,
         "state": _8, "reason": _8},
    ),
    "Load": Struct(
        "Load",
        {"lane": _32, "owner": _32, "number": _32, "device": _32, "first": _32, "last": _32, "next": _32},
    ),
    "Claimant": Struct("Claimant", {"mark": _64, "who": _32, "asked": _32, "next": _32}),
    "Job": Struct(
        "Job",
        {"joined": _32, "claimed": _32, "owner": _32, "number": _32, "line": _32, "story": _32, "child": _32,
         "next": _32},
    ),
    "Count": Struct("Count", {"key": _64, "time": _32, "times": _32}),
    "Script": Struct(
        "Script", {"stream": _64, "number": _64, "purpose": _64, "line": _64, "attempt": _64, "mark": _64}
    ),
}  # fmt: skip

POOL = Struct("Pool", {"used": _64, "room": _64, "free": _64, "code": _64})
"""Places for what comes and goes: *used* of *room*, the first *free* one among those used (-1: none)."""

TABLES: dict[str, Struct] = {
    name: Struct(
        name, {"rows": _64, "room": _64, "code": _64, **{column: Array(kind) for column, kind in columns.items()}}
    )
    for name, columns in COLUMNS.items()
}

MODEL = {
    "calendar": "Calendar", "duration": "Duration", "node": "Node", "bench": "Bench", "lane": "Lane",
    "route": "Route", "point": "Point", "queue": "Queue", "source": "Source", "rung": "Rung", "giver": "Source",
    "mode": "Mode", "need": "Need", "zone": "Zone", "outlet": "Outlet", "preference": "Preference",
    "fleet": "Fleet", "part": "Part", "dates": "Dates",
}  # fmt: skip
"""Rows of the model: field of the run -> struct."""

POOLS = {
    "order": "Order", "core": "Core", "goods": "Goods", "claimant": "Claimant", "job": "Job", "load": "Load",
    "event": "Event", "count": "Count", "lead_count": "Count",
}  # fmt: skip
"""What comes and goes: field of the run -> struct. Each has its `POOL` in the field *name*_pool."""

ROWS = {"line": "lines", "request": "requests"}
"""What keeps the number of its row: field of the run -> the table that it grows with."""

RUN = Struct(
    "Run",
    {
        **dict.fromkeys(("now", "horizon", "claim", "claims", "dock", "reviewing"), _64),
        # How many there are of what, and settings of the whole model.
        **dict.fromkeys(
            ("owner_count", "zone_count", "node_count", "lane_count", "part_count", "point_count",
             "priority_count", "preference_count", "fleet_count", "plan_rows", "offered", "gravity", "swap_check",
             "opens_later", "core_at_request", "core_return", "remote", "quote_accept", "part_arrival",
             "line_priority"),
            _64,
        ),
        **{field: Array(STRUCTS[struct]) for field, struct in (MODEL | POOLS).items()},
        **{field: Array(STRUCTS[field.capitalize()]) for field in ROWS},
        **{f"{field}_pool": POOL for field in POOLS},
        # Lists that rows point into.
        **dict.fromkeys(("route_lane", "channel", "index", "core_target"), Array(_32)),
        **dict.fromkeys(("plan_time", "plan_low", "plan_high", "exponential"), Ints),
        # The tape: claims in order, keys of streams (owners, nodes, lanes, pairs of supplier and buyer), owners' words.
        **{f"claim_{column}": Ints for column in ("time", "zone", "k", "mode", "cohort", "warranty")},
        **dict.fromkeys(("key", "owner_word"), Array(_U64)),
        "script": Array(STRUCTS["Script"]),
        **dict.fromkeys(("scripted", "script_size", "script_default"), _64),
        # Why it stopped before its time: a code, and the address of the mark that a script lacks.
        **dict.fromkeys(("fault", "fault_stream", "fault_owner", "fault_number", "fault_line", "fault_purpose",
                         "fault_attempt"), _64),
        **TABLES,
    },
)  # fmt: skip

run_at = entry(RUN)
"""From the address of a run to the run."""
