"""The reference of the records, from `netsim.engine.records`."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from docs.pages import NOTE, table
from netsim.engine import records as r
from netsim.model.model import Channel

_HEAD = """
# Records

What a run leaves behind: eight tables, each a set of arrays of equal length. Everything that is reported is a pure
function of them. Rows stand in the order in which things happened; `orders` begins with the tape's claims in order of
time. Equal records mean equal bytes, whichever engine ran: `Records.digest()`.

Times are whole seconds from 00:00 UTC of the scenario's start, **-1 where something has not happened**. Nodes, lanes,
parts, zones, modes and benches are numbers into the names of the model (`model.node_names`, `model.lane_names` ...).
The records of the first replication of each design are kept in `results/<study>/records/<design>.npz`.
"""

_TABLES = {
    "orders": "One row a service order.",
    "lines": "One row a part that an order asks for.",
    "requests": "One row a demand of one node on another, or on a supplier.",
    "consignments": "One row a departure on a lane: one transit, one customs entry, one charge, one arrival.",
    "moves": "Double entry of pieces: every piece that changes place or state. Opening stock is a move at second 0.",
    "work": "One row a piece of work at a bench.",
    "reviews": "One row a scheduled review of a stock point.",
    "states": "Changes of the capacity of things.",
}

_COLUMNS = {
    "orders": {
        "zone": "zone, or number of zones + fleet",
        "k": "number of the claim in its zone",
        "parent": "row of the order that this one repeats; none: -1",
        "generation": "0, or how many orders of the same claim came before",
        "mode": "failure mode, by number in the model",
        "cohort": "month of sale: year x 12 + month - 1; unknown: -1",
        "warranty": "1 in warranty",
        "paid": "1 where the customer pays",
        "node": "node that serves the order",
        "channel": "Channel",
        "state": "OrderState",
        "reason": "UncoveredReason",
        "created": "the claim arose",
        "handed_over": "the turnaround clock began: reception, pick-up by the courier, or request at the counter",
        "received": "the device was at the serving node",
        "diagnosed": "the diagnosis was over",
        "complete": "all parts were at hand",
        "repaired": "the repair had passed its test",
        "ready": "the device could be given back",
        "closed": "the order ended",
        **{
            component.name.lower(): f"seconds in this component: {words}"
            for component, words in zip(
                r.Component,
                (
                    "before anyone acts", "waiting for a technician", "diagnosis", "waiting for the customer's answer",
                    "waiting for parts", "repair or handover", "device under way", "device in customs",
                    "queue, diagnosis or repair while the bench is shut",
                ),
                strict=True,
            )
        },
    },
    "lines": {
        "order": "row of the order", "index": "which of the order's parts", "asked": "part asked for",
        "given": "part given", "qty": "pieces", "node": "point of use", "source": "node that sends or keeps the pieces",
        "rung": "rung of the shortage ladder that served it, 0 the first", "requested": "the order asked",
        "deadline": "request + promised part arrival", "reserved": "all pieces were reserved at their source",
        "arrived": "all pieces were at the point of use", "ended": "the line ended", "outcome": "LineEnd",
    },
    "requests": {
        "origin": "node that asks", "target": "node that is asked", "part": "part", "qty": "pieces",
        "owner": "zone of the claim that caused it; a date: -1", "number": "number of that claim, or the date's second",
        "reason": "RequestReason", "line": "row of the line that the goods are meant for; stock: -1",
        "asked": "the request was placed", "at_once": "pieces filled in that second",
        "filled": "pieces were last given", "received": "pieces were last received",
        "cancelled": "pieces taken back unfilled",
    },
    "consignments": {
        "lane": "lane", "leg": "which leg of its route, from 0", "next": "row of the next leg; none: -1",
        "owner": "zone of the claim that caused it; a date: -1", "number": "number of that claim, or the date's second",
        "order": "row of the order whose device travels; parts and cores: -1", "departed": "left",
        "at_border": "reached customs; no border: -1", "released": "was released by customs",
        "received": "was received", "held": "1 if customs held it", "outcome": "ConsignmentEnd",
    },
    "moves": {
        "time": "second", "part": "part", "qty": "pieces",
        "from_place": "node; in the states TRANSIT and RETURNING a lane", "from_state": "StockState",
        "to_place": "node; in the states TRANSIT and RETURNING a lane", "to_state": "StockState",
        "reason": "MoveReason",
        "subject": "row of the consignment (PURCHASE, SHIP, FORWARD, RECEIVE) or of the line (INSTALL, RESERVE for a "
        "line); -1 (OPENING, RESERVE for a departure); else row of the order that the core came from",
    },
    "work": {
        "bench": "bench", "subject": "row of the order; in a factory of the order that the core came from",
        "activity": "Activity", "part": "part under repair in a factory, else -1", "joined": "joined the queue",
        "start": "began", "end": "ended", "content": "seconds of work in opening hours", "outcome": "WorkEnd",
        "attempt": "0, or how many times the work had failed its test before",
    },
    "reviews": {
        "time": "second", "stock_point": "stock point", "target": "level to order up to",
        "position": "inventory position before the order", "ordered": "pieces ordered",
    },
    "states": {"time": "second", "thing": "bench", "what": "0: technicians", "value": "new value"},
}  # fmt: skip

_CODES: tuple[type[IntEnum], ...] = (
    Channel, r.OrderState, r.UncoveredReason, r.LineEnd, r.RequestReason, r.ConsignmentEnd, r.StockState, r.MoveReason,
    r.Activity, r.WorkEnd,
)  # fmt: skip


def page() -> str:
    """Return the page; a column without a description here, or the other way round, is an error."""
    names = {code.__name__ for code in _CODES}
    text = NOTE + _HEAD
    for name, columns in r.COLUMNS.items():
        meanings = _COLUMNS[name]
        if list(meanings) != list(columns):
            raise SystemExit(f"docs/pages/records.py: the columns of {name} are {', '.join(columns)}")
        rows = []
        for column, kind in columns.items():
            words = meanings[column]
            shown = f"code, see [{words}](#{words.lower()})" if words in names else words
            rows.append([f"`{column}`", np.dtype(kind).name, shown])
        text += f"\n## {name}\n\n{_TABLES[name]}\n\n" + table(["Column", "Type", "Meaning"], rows)
    text += "\n# Codes\n"
    for code in _CODES:
        first = (code.__doc__ or "").partition("\n")[0].replace("`", "")
        text += f"\n## {code.__name__}\n\n{first}\n\n" + ", ".join(f"{m.value} {m.name}" for m in code) + "\n"
    return text
