"""The history of one node: every row that tells of it, without the numbers of rows, which others may shift."""

from __future__ import annotations

import numpy as np

from tests.engine.networks import Lived

_ROW_NUMBERS = {"order", "subject", "next", "line", "parent"}
_NUMBERED = {
    "zone",
    "mode",
    "node",
    "source",
    "origin",
    "target",
    "lane",
    "bench",
    "stock_point",
    "from_place",
    "to_place",
    "owner",
}


def history(lived: Lived, node: str) -> dict[str, bytes]:
    """Return the bytes of each table's rows that tell of *node*, by the columns that mean the same in every run."""
    model, tables = lived.model, {}
    number = model.node_names.index(node)
    lanes = np.flatnonzero((model.lanes.origin == number) | (model.lanes.destination == number))
    points = np.flatnonzero(model.stock.node == number)
    benches = np.flatnonzero(model.benches.node == number)
    records = lived.records
    moves = records.moves
    on_lane = np.isin(moves["from_state"], (3, 5)), np.isin(moves["to_state"], (3, 5))
    ends = [
        np.where(under_way, np.isin(moves[place], lanes), moves[place] == number)
        for under_way, place in zip(on_lane, ("from_place", "to_place"), strict=True)
    ]
    mine = {
        "orders": records.orders["node"] == number,
        "lines": records.lines["node"] == number,
        "requests": (records.requests["origin"] == number) | (records.requests["target"] == number),
        "consignments": np.isin(records.consignments["lane"], lanes),
        "moves": ends[0] | ends[1],
        "work": np.isin(records.work["bench"], benches),
        "reviews": np.isin(records.reviews["stock_point"], points),
    }
    for table, rows in mine.items():
        columns = getattr(records, table)
        kept = [columns[name][rows] for name in columns if name not in _ROW_NUMBERS | _NUMBERED]
        tables[table] = b"".join(np.ascontiguousarray(column).tobytes() for column in kept)
    return tables
