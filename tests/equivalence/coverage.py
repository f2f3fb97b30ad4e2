"""Coverage: how often each feature of an engine was really at work in a run, read off its records."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from netsim.engine.records import (
    Activity,
    ConsignmentEnd,
    MoveReason,
    OrderState,
    Records,
    RequestReason,
    StockState,
    WorkEnd,
)
from netsim.model.model import Channel, CoreBirth, Model, NodeKind, StockRule
from netsim.plan.plan import Plan
from netsim.tape.purposes import Purpose
from tests.equivalence.engines import CountingTape

__all__ = ["count_features"]

_UNUSED = {MoveReason.RELEASE, MoveReason.CORE_KEPT, MoveReason.LOST}
_ENDS = (
    OrderState.REPAIRED, OrderState.REPLACED, OrderState.REFUNDED, OrderState.NO_FAULT, OrderState.REMOTE,
    OrderState.REJECTED_QUOTE, OrderState.UNCOVERED,
)  # fmt: skip
_OPEN = tuple(OrderState)[:9]
_DRAWN = (
    Purpose.TIE, Purpose.VISIT, Purpose.OUTLET, Purpose.CHANNEL, Purpose.LEAD, Purpose.TRANSIT, Purpose.CLEARANCE,
    Purpose.HOLD, Purpose.HOLD_TIME, Purpose.LOSS, Purpose.TEST, Purpose.YIELD, Purpose.BER, Purpose.CORE_KEPT,
    Purpose.FACTORY_WORK, Purpose.DIAGNOSIS, Purpose.REPAIR, Purpose.CONTENT_TIME, Purpose.UP_TIME, Purpose.REMOTE,
    Purpose.NO_FAULT, Purpose.QUOTE_ACCEPT,
)  # fmt: skip


def count_features(model: Model, records: Records, plan: Plan, tape: CountingTape) -> Counter[str]:
    """Return the number of occurrences by the name of the feature; names without any are there too."""
    found: Counter[str] = Counter()
    _orders(found, model, records)
    _lines(found, model, records)
    _requests(found, model, records)
    _consignments(found, model, records)
    _moves(found, model, records)
    _work(found, model, records)
    _levels(found, model, records, plan)
    for purpose in _DRAWN:
        found[f"marks of {purpose.name.lower()}"] += tape.asked.get(int(purpose), 0)
    found["marks of a second attempt"] += tape.again
    found["marks of tie between nodes"] += sum(len(nodes) > 1 for nodes in tape.tied.values())
    return found


def _note(found: Counter[str], name: str, rows: Any) -> None:
    found[name] += int(np.count_nonzero(rows))


def _orders(found: Counter[str], model: Model, records: Records) -> None:
    orders, serving = records.orders, model.serving
    for channel in Channel:
        _note(found, f"order: channel {channel.name.lower()}", orders["channel"] == channel)
    for state in _ENDS:
        _note(found, f"order: ends {state.name.lower()}", (orders["state"] == state) & (orders["closed"] >= 0))
    for state in _OPEN:
        if state != OrderState.QUOTE:  # quotes are answered in the same second
            _note(found, f"order: still in {state.name.lower()}", (orders["state"] == state) & (orders["closed"] < 0))
    _note(found, "order: paid out of warranty", (orders["warranty"] == 0) & (orders["paid"] == 1))
    _note(found, "order: paid in warranty", (orders["warranty"] == 1) & (orders["paid"] == 1))
    offered = serving.offered >> np.maximum(orders["channel"], 0) & 1
    _note(found, "order: fallback beyond the offered", (offered == 0) & (orders["channel"] <= Channel.SWAP))
    served = orders["node"] >= 0
    zones, nodes = orders["zone"][served].astype(np.int64), orders["node"][served].astype(np.int64)
    counter = orders["channel"][served] != Channel.MAIL_IN
    first = np.array([row[0] if row else -1 for row in serving.outlets.rows()], dtype=np.int64)
    name = "gravity" if serving.gravity else "nearest is not open yet"
    _note(found, f"order: not the first outlet, {name}", counter & (nodes != first[zones]))
    _note(found, "order: before its node opens", orders["created"][served] < model.nodes.opens[nodes])
    fleets = zones - len(model.zone_names)
    ours = fleets >= 0
    _note(found, "order: of a fleet", ours)
    units = model.fleet_units[fleets[ours]] if len(model.fleet_units) else np.zeros(0)
    _note(found, "order: second failure of a unit", orders["k"][served][ours] >= units)
    for name in ("queue", "diagnosis", "parts", "repair", "transport", "customs", "shut"):
        _note(found, f"order: seconds of {name}", orders[name] > 0)
    _note(found, "order: in no time at all", (orders["closed"] == orders["created"]) & served)
    _note(found, "order: two claims of one second", np.diff(np.sort(orders["created"])) == 0)
    bare = np.array([not row for row in model.modes.parts.rows()])
    _note(found, "order: repaired without parts", (orders["state"] == OrderState.REPAIRED) & bare[orders["mode"]])


def _lines(found: Counter[str], model: Model, records: Records) -> None:
    lines, requests = records.lines, records.requests
    for rung in range(3):
        _note(found, f"line: diverted at rung {rung}", (lines["rung"] == rung) & (lines["source"] != lines["node"]))
    _note(found, "line: several in an order", lines["index"] > 0)
    _note(found, "line: several pieces", lines["qty"] > 1)
    _note(found, "line: at once", lines["arrived"] == lines["requested"])
    _note(found, "line: late", lines["arrived"] > lines["deadline"])
    _note(found, "line: never arrives", lines["arrived"] < 0)
    direct = np.flatnonzero(requests["line"] >= 0)
    owner = requests["line"][direct]
    _note(found, "line: the rest is diverted", requests["qty"][direct] < lines["qty"][owner])
    later = requests["asked"][direct] > lines["requested"][owner]
    _note(found, "line: diverted at a second try", later)
    points = model.stock.index[requests["origin"][direct].astype(np.int64), requests["part"][direct].astype(np.int64)]
    reviewed = np.isin(
        requests["asked"][direct].astype(np.int64) * 4096 + points,
        records.reviews["time"].astype(np.int64) * 4096 + records.reviews["stock_point"],
    )
    _note(found, "line: diverted at a review", later & reviewed)
    _note(found, "line: diverted as its home arrival slips", later & ~reviewed)
    for reason in (RequestReason.LATERAL, RequestReason.EMERGENCY):
        mine = requests["reason"][direct] == reason
        _note(found, f"line: {reason.name.lower()} on arrival of the claim", mine & ~later)
        _note(found, f"line: {reason.name.lower()} at a retry", mine & later)


def _requests(found: Counter[str], model: Model, records: Records) -> None:
    requests, stock = records.requests, model.stock
    for reason in RequestReason:
        _note(found, f"request: {reason.name.lower()}", requests["reason"] == reason)
    _note(found, "request: at a date", requests["owner"] < 0)
    _note(found, "request: by a claim", requests["owner"] >= 0)
    _note(found, "request: partly at once", (requests["at_once"] > 0) & (requests["at_once"] < requests["qty"]))
    _note(found, "request: filled later", requests["filled"] > requests["asked"])
    _note(found, "request: taken back", requests["cancelled"] > 0)
    _note(found, "request: partly taken back", (requests["cancelled"] > 0) & (requests["filled"] >= 0))
    _note(found, "request: never filled", (requests["filled"] < 0) & (requests["cancelled"] < requests["qty"]))
    usual = np.flatnonzero(requests["line"] < 0)
    points = stock.index[requests["origin"][usual].astype(np.int64), requests["part"][usual].astype(np.int64)]
    first = np.array([row[0] if row else -1 for row in model.supply.sources.rows()] or [-1], dtype=np.int64)
    _note(found, "request: to a second source", requests["target"][usual] != first[points])
    for rule in StockRule:
        if rule != StockRule.CUSTOM:
            _note(found, f"request: by {rule.name.lower().replace('_', ' ')}", stock.rule[points] == rule)
    _note(found, "request: of several pieces", requests["qty"] > 1)
    _note(found, "request: with a priority", stock.priority[points] > 0)
    kinds = model.nodes.kind[requests["target"].astype(np.int64)]
    for kind in NodeKind:
        _note(found, f"request: to a {kind.name.lower()}", kinds == kind)


def _consignments(found: Counter[str], model: Model, records: Records) -> None:
    boxes, lanes = records.consignments, model.lanes
    lane = boxes["lane"].astype(np.int64)
    dated = lanes.departures[lane] >= 0
    device = boxes["order"] >= 0
    _note(found, "consignment: at a scheduled departure", dated)
    _note(found, "consignment: device at a scheduled departure", dated & device)
    _note(found, "consignment: with a cut-off", dated & (lanes.cut_off[lane] > 0))
    _note(found, "consignment: second leg", boxes["leg"] > 0)
    _note(found, "consignment: second leg of a device", (boxes["leg"] > 0) & device)
    _note(found, "consignment: over a border", boxes["at_border"] >= 0)
    _note(found, "consignment: device over a border", (boxes["at_border"] >= 0) & device)
    _note(found, "consignment: held", boxes["held"] > 0)
    _note(found, "consignment: lost", boxes["outcome"] == ConsignmentEnd.LOST)
    _note(found, "consignment: under way at the end", boxes["outcome"] == ConsignmentEnd.UNDER_WAY)
    _note(found, "consignment: received as it leaves", boxes["received"] == boxes["departed"])
    _note(found, "consignment: goods wait for an opening", (boxes["at_border"] >= 0)
          & (boxes["received"] > boxes["released"]))  # fmt: skip
    _note(found, "consignment: on a lane without overtaking", lanes.fifo[lane] > 0)
    carried = np.bincount(records.moves["subject"][np.isin(records.moves["reason"], (
        MoveReason.SHIP, MoveReason.PURCHASE, MoveReason.FORWARD))], minlength=1)  # fmt: skip
    _note(found, "consignment: of several parcels", carried > 1)
    addresses = np.stack([lane, boxes["owner"], boxes["number"], boxes["departed"]], axis=1)
    _note(found, "consignment: two at once of one cause", len(addresses) - len(np.unique(addresses, axis=0)))
    arrivals = boxes["received"][boxes["received"] >= 0]
    _note(found, "consignment: two arrivals of one second", np.diff(np.sort(arrivals)) == 0)


def _moves(found: Counter[str], model: Model, records: Records) -> None:
    moves = records.moves
    for reason in MoveReason:
        if reason not in _UNUSED:
            _note(found, f"move: {reason.name.lower()}", moves["reason"] == reason)
    _note(found, "move: stock waits for a departure", (moves["reason"] == MoveReason.RESERVE) & (moves["subject"] < 0))
    mended = moves["reason"] == MoveReason.REPAIRED
    _note(found, "move: repaired part stays", mended & (moves["to_state"] == StockState.FREE))
    _note(found, "move: repaired part goes on", mended & (moves["to_state"] == StockState.RESERVED))
    _note(found, "move: core on a second leg", (moves["reason"] == MoveReason.FORWARD)
          & (moves["to_state"] == StockState.RETURNING))  # fmt: skip
    born = moves["reason"] == MoveReason.CORE_BORN
    nodes, parts = moves["to_place"][born].astype(np.int64), moves["part"][born].astype(np.int64)
    _note(found, "core: nobody fetches it", (model.returns_next[nodes] < 0) & (model.nodes.kind[nodes] != 2))
    birth = "at request" if model.core_birth == CoreBirth.AT_REQUEST else "at replacement"
    found["core: born at request"] += 0
    found["core: born at replacement"] += 0
    found[f"core: born {birth}"] += len(nodes)
    target = model.core_target[nodes, parts]
    weight = (
        np.where(target < 0, -1, model.stock.count_cores[np.maximum(target, 0)]) if len(model.stock.node) else target
    )
    for name, rows in (
        ("with whole weight", weight == 1 << 32),
        ("with the weight of its yield", (weight > 0) & (weight < 1 << 32)),
        ("without weight", weight == 0),
        ("that nobody counts on", weight < 0),
    ):
        _note(found, f"core: {name}", rows)


def _work(found: Counter[str], model: Model, records: Records) -> None:
    work = records.work
    for activity in Activity:
        if activity != Activity.CUSTOM:
            _note(found, f"work: {activity.name.lower()}", work["activity"] == activity)
    for end in WorkEnd:
        _note(found, f"work: ends {end.name.lower()}", work["outcome"] == end)
    _note(found, "work: after a wait", work["start"] > work["joined"])
    _note(found, "work: over a closing", (work["end"] >= 0) & (work["end"] - work["start"] > work["content"]))
    _note(found, "work: of no length", (work["end"] == work["start"]))
    _note(found, "work: third attempt", work["attempt"] > 1)
    unlimited = model.benches.technicians[work["bench"].astype(np.int64)] == 0
    _note(found, "work: unlimited bench", unlimited)
    _note(found, "work: two ends of one second", np.diff(np.sort(work["end"][work["end"] >= 0])) == 0)


def _levels(found: Counter[str], model: Model, records: Records, plan: Plan) -> None:
    reviews = records.reviews
    _note(found, "review", reviews["time"] >= 0)
    _note(found, "review: orders", reviews["ordered"] > 0)
    _note(found, "review: below zero", reviews["position"] < 0)
    rules = model.stock.rule[reviews["stock_point"].astype(np.int64)]
    _note(found, "review: extra look of a continuous rule", rules != StockRule.ORDER_UP_TO)
    changed = (np.diff(plan.low, axis=0) != 0) | (np.diff(plan.high, axis=0) != 0)
    _note(found, "plan: levels change", changed[plan.times[1:] < records.horizon])
    _note(found, "plan: nothing before it is asked for", plan.low[0] < 0)
    _note(found, "plan: opening stock at its level", model.stock.opening < 0)
    _note(found, "plan: opening stock above its level", model.stock.opening > plan.low[0] + plan.high[0])
