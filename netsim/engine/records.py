"""Records: the eight tables that a run leaves behind, as arrays; everything after is a function of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

__all__ = [
    "COLUMNS",
    "Activity",
    "Component",
    "ConsignmentEnd",
    "LineEnd",
    "MoveReason",
    "OrderState",
    "Records",
    "RequestReason",
    "StockState",
    "Table",
    "UncoveredReason",
    "WorkEnd",
]

Table = dict[str, npt.NDArray[np.integer]]


class OrderState(IntEnum):
    """States of a service order; the terminal ones begin at `REPAIRED`."""

    OPEN = 0
    TRANSPORT_IN = 1
    QUEUE_DIAGNOSIS = 2
    DIAGNOSIS = 3
    QUOTE = 4
    PARTS = 5
    QUEUE_REPAIR = 6
    REPAIR = 7
    TRANSPORT_OUT = 8
    REPAIRED = 16
    REPLACED = 17
    REFUNDED = 18
    PART_SENT = 19
    SERVICED = 20
    NO_FAULT = 21
    REMOTE = 22
    REJECTED_QUOTE = 23
    CANCELLED = 24
    UNCOVERED = 25


class UncoveredReason(IntEnum):
    """Why nobody served an order."""

    NONE = 0
    NO_OUTLET_IN_REACH = 1


class Component(IntEnum):
    """Components of an order's time; they add up to closed - handed_over."""

    CALL = 0
    QUEUE = 1
    DIAGNOSIS = 2
    QUOTE = 3
    PARTS = 4
    REPAIR = 5
    TRANSPORT = 6
    CUSTOMS = 7
    SHUT = 8


class StockState(IntEnum):
    """What a piece is. `TRANSIT` is good, `RETURNING` a core under way; `OUTSIDE` is beyond the network's edge."""

    OUTSIDE = 0
    FREE = 1
    RESERVED = 2
    TRANSIT = 3
    CORE = 4
    RETURNING = 5
    WORK = 6
    INSTALLED = 7
    SCRAP = 8


class MoveReason(IntEnum):
    """Why a piece moved."""

    OPENING = 0
    PURCHASE = 1
    SHIP = 2
    RECEIVE = 3
    FORWARD = 4
    RESERVE = 5
    RELEASE = 6
    INSTALL = 7
    CORE_BORN = 8
    CORE_KEPT = 9
    TO_BENCH = 10
    REPAIRED = 11
    SCRAPPED = 12
    BEYOND_REPAIR = 13
    LEFT_NETWORK = 14
    LOST = 15


class RequestReason(IntEnum):
    """Why a node asked another for parts."""

    REPLENISHMENT = 0
    PURCHASE = 1
    LATERAL = 2
    EMERGENCY = 3


class LineEnd(IntEnum):
    """How a line ended."""

    OPEN = 0
    INSTALLED = 1
    CANCELLED = 2


class ConsignmentEnd(IntEnum):
    """How a consignment's leg ended."""

    UNDER_WAY = 0
    RECEIVED = 1
    LOST = 2


class Activity(IntEnum):
    """What a bench did."""

    DIAGNOSIS = 0
    REPAIR = 1
    HANDOVER = 2
    FACTORY = 3
    CUSTOM = 4


class WorkEnd(IntEnum):
    """How a piece of work ended."""

    UNDER_WAY = 0
    DONE = 1
    NO_FAULT = 2
    TEST_FAILED = 3
    SCRAPPED = 4


_T, _I = np.int32, np.int32
_N, _C = np.int16, np.int8

COLUMNS: dict[str, dict[str, type[np.signedinteger]]] = {
    "orders": {
        "zone": _N, "k": _I, "parent": _I, "generation": _C, "mode": _N, "cohort": _N, "warranty": _C, "paid": _C,
        "node": _N, "channel": _C, "state": _C, "reason": _C,
        "created": _T, "handed_over": _T, "received": _T, "diagnosed": _T,
        "complete": _T, "repaired": _T, "ready": _T, "closed": _T,
        "call": _T, "queue": _T, "diagnosis": _T, "quote": _T, "parts": _T, "repair": _T, "transport": _T,
        "customs": _T, "shut": _T,
    },
    "lines": {
        "order": _I, "index": _C, "asked": _N, "given": _N, "qty": _N, "node": _N, "source": _N, "rung": _C,
        "requested": _T, "deadline": _T, "reserved": _T, "arrived": _T, "ended": _T, "outcome": _C,
    },
    "requests": {
        "origin": _N, "target": _N, "part": _N, "qty": _I, "owner": _N, "number": _I, "reason": _C, "line": _I,
        "asked": _T, "at_once": _I, "filled": _T, "received": _T, "cancelled": _I,
    },
    "consignments": {
        "lane": _N, "leg": _C, "next": _I, "owner": _N, "number": _I, "order": _I,
        "departed": _T, "at_border": _T, "released": _T, "received": _T, "held": _C, "outcome": _C,
    },
    "moves": {
        "time": _T, "part": _N, "qty": _I, "from_place": _N, "from_state": _C, "to_place": _N, "to_state": _C,
        "reason": _C, "subject": _I,
    },
    "work": {
        "bench": _N, "subject": _I, "activity": _C, "part": _N, "joined": _T, "start": _T, "end": _T, "content": _T,
        "outcome": _C, "attempt": _C,
    },
    "reviews": {"time": _T, "stock_point": _I, "target": _I, "position": _I, "ordered": _I},
    "states": {"time": _T, "thing": _I, "what": _C, "value": _I},
}  # fmt: skip
"""Columns and types of each table.

Times are seconds, -1 where it has not happened. ``orders.zone`` counts zones, then fleets; ``orders.paid`` is 1 where
the customer pays. ``requests.origin`` is the asking node and ``target`` the source node; ``line`` is the row of the
line that a diverted request serves, else -1; (``owner``, ``number``) is the cause: (zone, k) of a claim, (-1, time) of
a date. ``consignments.order`` is the order whose device travels, or -1 for parts and cores.
``moves.*_place`` is a node, except in the states `TRANSIT` and `RETURNING` where it is a lane; in state `INSTALLED` it
is the node of service. ``moves.subject`` is by reason: the consignment's row (PURCHASE, SHIP, FORWARD, RECEIVE), the
line's row (RESERVE for a line, INSTALL), -1 (OPENING, RESERVE for a departure), else the order's row that the core
came from. ``work.subject`` is the order's row; for the activity FACTORY the order's row that the core came from.
"""


@dataclass(frozen=True, slots=True)
class Records:
    """What happened in one run: eight tables of named columns, and the second at which the run stopped."""

    orders: Table
    lines: Table
    requests: Table
    consignments: Table
    moves: Table
    work: Table
    reviews: Table
    states: Table
    horizon: int

    def digest(self) -> str:
        """Return a SHA-256 over all bytes of all tables: equal digests mean equal trajectories."""
        sha = hashlib.sha256(str(self.horizon).encode())
        for table, columns in COLUMNS.items():
            for column, kind in columns.items():
                array = np.ascontiguousarray(getattr(self, table)[column])
                if array.dtype != kind:
                    raise TypeError(f"{table}.{column} is {array.dtype}, not {np.dtype(kind)}")
                sha.update(f"{table}.{column}:{len(array)}".encode())
                sha.update(array.tobytes())
        return sha.hexdigest()
