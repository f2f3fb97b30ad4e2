"""The numbers of the enumerations, as plain integers: the kernel knows no members."""

from __future__ import annotations

from netsim.engine.contract import AFTER_WORK as AFTER_WORK
from netsim.engine.contract import DATE as DATE
from netsim.engine.contract import LEG_BITS as LEG_BITS
from netsim.engine.contract import PIECES as PIECES
from netsim.engine.contract import PLENTY as PLENTY
from netsim.engine.contract import SUBJECT_BITS as SUBJECT_BITS
from netsim.engine.records import (
    Activity,
    Component,
    ConsignmentEnd,
    LineEnd,
    MoveReason,
    OrderState,
    RequestReason,
    StockState,
    UncoveredReason,
    WorkEnd,
)
from netsim.model.model import NEVER as NEVER
from netsim.model.model import Channel, NodeKind, Rungs, StockRule
from netsim.tape.purposes import Purpose

AS_OUTSIDE, AS_FREE = int(StockState.OUTSIDE), int(StockState.FREE)
AS_RESERVED, AS_TRANSIT = int(StockState.RESERVED), int(StockState.TRANSIT)
AS_CORE, AS_RETURNING = int(StockState.CORE), int(StockState.RETURNING)
AS_WORK, AS_INSTALLED, AS_SCRAP = int(StockState.WORK), int(StockState.INSTALLED), int(StockState.SCRAP)

BY_OPENING, BY_PURCHASE, BY_SHIP = int(MoveReason.OPENING), int(MoveReason.PURCHASE), int(MoveReason.SHIP)
BY_RECEIVE, BY_FORWARD, BY_RESERVE = int(MoveReason.RECEIVE), int(MoveReason.FORWARD), int(MoveReason.RESERVE)
BY_INSTALL, BY_CORE_BORN = int(MoveReason.INSTALL), int(MoveReason.CORE_BORN)
BY_TO_BENCH, BY_REPAIRED = int(MoveReason.TO_BENCH), int(MoveReason.REPAIRED)
BY_SCRAPPED, BY_BEYOND_REPAIR = int(MoveReason.SCRAPPED), int(MoveReason.BEYOND_REPAIR)
BY_LEFT_NETWORK = int(MoveReason.LEFT_NETWORK)

FOR_REPLENISHMENT, FOR_PURCHASE = int(RequestReason.REPLENISHMENT), int(RequestReason.PURCHASE)
FOR_LATERAL, FOR_EMERGENCY = int(RequestReason.LATERAL), int(RequestReason.EMERGENCY)

LINE_OPEN, LINE_INSTALLED = int(LineEnd.OPEN), int(LineEnd.INSTALLED)
END_UNDER_WAY, END_RECEIVED = int(ConsignmentEnd.UNDER_WAY), int(ConsignmentEnd.RECEIVED)
END_LOST = int(ConsignmentEnd.LOST)
WORK_UNDER_WAY, WORK_DONE, WORK_NO_FAULT = int(WorkEnd.UNDER_WAY), int(WorkEnd.DONE), int(WorkEnd.NO_FAULT)
WORK_TEST_FAILED, WORK_SCRAPPED = int(WorkEnd.TEST_FAILED), int(WorkEnd.SCRAPPED)

DO_DIAGNOSIS, DO_REPAIR = int(Activity.DIAGNOSIS), int(Activity.REPAIR)
DO_HANDOVER, DO_FACTORY = int(Activity.HANDOVER), int(Activity.FACTORY)

IS_TRANSPORT_IN, IS_TRANSPORT_OUT = int(OrderState.TRANSPORT_IN), int(OrderState.TRANSPORT_OUT)
IS_QUEUE_DIAGNOSIS, IS_DIAGNOSIS = int(OrderState.QUEUE_DIAGNOSIS), int(OrderState.DIAGNOSIS)
IS_PARTS, IS_QUEUE_REPAIR, IS_REPAIR = int(OrderState.PARTS), int(OrderState.QUEUE_REPAIR), int(OrderState.REPAIR)
IS_REPAIRED, IS_REPLACED, IS_REFUNDED = int(OrderState.REPAIRED), int(OrderState.REPLACED), int(OrderState.REFUNDED)
IS_NO_FAULT, IS_REMOTE = int(OrderState.NO_FAULT), int(OrderState.REMOTE)
IS_REJECTED_QUOTE, IS_UNCOVERED = int(OrderState.REJECTED_QUOTE), int(OrderState.UNCOVERED)
NO_OUTLET_IN_REACH = int(UncoveredReason.NO_OUTLET_IN_REACH)

IN_CALL, IN_QUEUE, IN_DIAGNOSIS = int(Component.CALL), int(Component.QUEUE), int(Component.DIAGNOSIS)
IN_PARTS, IN_REPAIR, IN_TRANSPORT = int(Component.PARTS), int(Component.REPAIR), int(Component.TRANSPORT)

MAIL_IN, SWAP = int(Channel.MAIL_IN), int(Channel.SWAP)
REMOTE, LOST = int(Channel.REMOTE), int(Channel.LOST)

FACTORY, SUPPLIER = int(NodeKind.FACTORY), int(NodeKind.SUPPLIER)
REORDER_POINT, ORDER_UP_TO = int(StockRule.REORDER_POINT), int(StockRule.ORDER_UP_TO)
RUNG_HOME, RUNG_LATERAL = int(Rungs.HOME), int(Rungs.LATERAL)

DRAW_NO_FAULT, DRAW_REMOTE, DRAW_CHANNEL = int(Purpose.NO_FAULT), int(Purpose.REMOTE), int(Purpose.CHANNEL)
DRAW_OUTLET, DRAW_VISIT, DRAW_DIAGNOSIS = int(Purpose.OUTLET), int(Purpose.VISIT), int(Purpose.DIAGNOSIS)
DRAW_REPAIR, DRAW_TEST, DRAW_QUOTE_ACCEPT = int(Purpose.REPAIR), int(Purpose.TEST), int(Purpose.QUOTE_ACCEPT)
DRAW_CORE_KEPT, DRAW_BER, DRAW_FACTORY_WORK = int(Purpose.CORE_KEPT), int(Purpose.BER), int(Purpose.FACTORY_WORK)
DRAW_YIELD, DRAW_TRANSIT, DRAW_CLEARANCE = int(Purpose.YIELD), int(Purpose.TRANSIT), int(Purpose.CLEARANCE)
DRAW_HOLD, DRAW_HOLD_TIME, DRAW_LOSS = int(Purpose.HOLD), int(Purpose.HOLD_TIME), int(Purpose.LOSS)
DRAW_LEAD, DRAW_TIE, DRAW_CONTENT_TIME = int(Purpose.LEAD), int(Purpose.TIE), int(Purpose.CONTENT_TIME)
DRAW_UP_TIME = int(Purpose.UP_TIME)

CERTAIN = 1 << 32
LAST_SECOND = (1 << 31) - 1  # that a record can hold

__all__ = [name for name in dir() if name.isupper()]
