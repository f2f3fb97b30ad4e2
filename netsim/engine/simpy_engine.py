"""The reference engine: SimPy's clock, our order of occurrences, stories as generators."""

from __future__ import annotations

import gc

from netsim.engine.benches import Bench
from netsim.engine.clock import Clock
from netsim.engine.contract import Phase, Tape, claim_subject, pack
from netsim.engine.cores import RepairLoop
from netsim.engine.custom import CustomProcesses
from netsim.engine.dice import Dice
from netsim.engine.fleets import Fleets
from netsim.engine.ladder import Ladder
from netsim.engine.lines import Lines
from netsim.engine.orders import Orders
from netsim.engine.recorder import Recorder
from netsim.engine.records import COLUMNS, Records
from netsim.engine.reviews import Reviews
from netsim.engine.service import Service
from netsim.engine.shipments import Shipments
from netsim.engine.supply import Supply
from netsim.model.calendars import OpenHours
from netsim.model.model import Model
from netsim.plan.plan import Plan

__all__ = ["run"]

_AT = {column: i for i, column in enumerate(COLUMNS["orders"])}
_FROM_ZERO = ("generation", "paid", "state", "reason", *list(_AT)[_AT["call"] :])
_BLANK = [0 if column in _FROM_ZERO else -1 for column in _AT]


def run(model: Model, tape: Tape, plan: Plan, *, debug: bool = False) -> Records:
    """Return what happens when *model* lives through *tape* under *plan*, from second 0 to before its horizon.

    *debug* checks that no two pending occurrences share a key. Raise `ModelError` where the model asks for code that
    is not registered.
    """
    collecting = gc.isenabled()
    gc.disable()  # the run makes no cycles that matter, and looking for them doubles its time
    try:
        return _Run(model, tape, plan, debug=debug).records()
    finally:
        if collecting:
            gc.enable()


class _Run:
    """One run, wired."""

    def __init__(self, model: Model, tape: Tape, plan: Plan, *, debug: bool) -> None:
        self._model = model
        self._clock = clock = Clock(model.horizon, debug=debug)
        self._recorder = recorder = Recorder()
        dice = Dice(model.durations)
        hours = [OpenHours(calendar) for calendar in model.calendars]
        benches = [
            Bench(number, technicians, None if calendar < 0 else hours[calendar], clock, recorder)
            for number, (technicians, calendar) in enumerate(
                zip(model.benches.technicians.tolist(), model.benches.calendar.tolist(), strict=True)
            )
        ]
        shipments = Shipments(model, tape, clock, recorder, dice)
        supply = Supply(model, tape, clock, recorder, dice, shipments)
        lines = Lines(supply)
        self._reviews = Reviews(model, plan, supply)
        ladder = Ladder(model, supply, lines, self._reviews)
        loop = RepairLoop(model, clock, recorder, dice, supply, shipments, benches)
        service = Service(model, clock, recorder, dice, lines, ladder, loop, shipments, benches)
        self._orders = Orders(model, tape, service, CustomProcesses(model, service))
        self._fleets = Fleets(model, tape, clock, dice, self._fails)
        service.on_closed = self._fleets.returned
        claims = tape.claims
        n = int((claims.time < model.horizon).sum())  # a tape may be longer than the run
        self._times, self._zones = claims.time[:n].tolist(), claims.zone[:n].tolist()
        self._ks, self._modes = claims.k[:n].tolist(), claims.mode[:n].tolist()
        self._warranty, self._cohorts = claims.warranty[:n].tolist(), claims.cohort[:n].tolist()
        self._keys = [pack(Phase.CLAIM, claim_subject(zone, k)) for zone, k in zip(self._zones, self._ks, strict=True)]

    def records(self) -> Records:
        """Return the records of the whole run."""
        recorder, benches = self._recorder, self._model.benches
        for bench, technicians in enumerate(benches.technicians.tolist()):
            recorder.states.write((0, bench, 0, technicians))
        for row in zip(self._times, self._zones, self._ks, self._modes, self._cohorts, self._warranty, strict=True):
            recorder.orders.append(_blank_order(*row))
        self._reviews.open()
        self._fleets.open()
        self._call_claim(0)
        self._clock.run_to_horizon()
        return recorder.records(self._model.horizon)

    def _call_claim(self, row: int) -> None:
        """Call the claim in *row*; claims come in order, so that one of them is pending at a time."""
        if row < len(self._times):
            self._clock.at(self._times[row], self._keys[row], self._claims, row)

    def _claims(self, row: int) -> None:
        self._call_claim(row + 1)
        if not row & 4095:
            self._recorder.settle()
        self._orders.take(row, self._zones[row], self._ks[row], self._modes[row], in_warranty=bool(self._warranty[row]))

    def _fails(self, owner: int, number: int, mode: int) -> None:
        row = self._recorder.orders.append(_blank_order(self._clock.now, owner, number, mode, -1, 1))
        self._orders.take(row, owner, number, mode, in_warranty=True)


def _blank_order(time: int, zone: int, k: int, mode: int, cohort: int, warranty: int) -> list[int]:
    row = _BLANK.copy()
    row[_AT["zone"]], row[_AT["k"]], row[_AT["mode"]] = zone, k, mode
    row[_AT["cohort"]], row[_AT["warranty"]], row[_AT["created"]] = cohort, warranty, time
    return row
