"""The reference engine: SimPy's clock, our order of occurrences, stories as generators."""

from __future__ import annotations

import gc
import struct

import numpy as np
import numpy.typing as npt

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
from netsim.engine.recorder import Recorder, row_maker
from netsim.engine.records import COLUMNS, Records
from netsim.engine.reviews import Reviews
from netsim.engine.service import Service
from netsim.engine.shipments import Shipments
from netsim.engine.supply import Supply
from netsim.errors import ModelError
from netsim.model.calendars import OpenHours
from netsim.model.model import Model
from netsim.plan.plan import Plan

__all__ = ["run"]

_AT = {column: i for i, column in enumerate(COLUMNS["orders"])}
_TOLD = [_AT[column] for column in ("created", "zone", "k", "mode", "cohort", "warranty")]  # by the claim itself
_FROM_ZERO = ("generation", "paid", "state", "reason", *list(_AT)[_AT["call"] :])
_BLANK = np.array([0 if column in _FROM_ZERO else -1 for column in _AT], dtype=np.int32)
_order_row, _state_row = row_maker("orders"), row_maker("states")


def run(model: Model, tape: Tape, plan: Plan, *, debug: bool = False) -> Records:
    """Return what happens when *model* lives through *tape* under *plan*, from second 0 to before its horizon.

    *debug* checks that no two pending occurrences share a key. Raise `ModelError` where the model asks for code that
    is not registered, or where a number in the records would take more than 32 bits.
    """
    collecting = gc.isenabled()
    gc.disable()  # the run makes no cycles that matter, and looking for them doubles its time
    try:
        return _Run(model, tape, plan, debug=debug).records()
    except (OverflowError, struct.error) as error:
        raise ModelError(f"the records would hold a number beyond 32 bits: {error}; shorten the run") from error
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
        if model.fleet_names:
            service.on_closed = self._fleets.returned
        claims = tape.claims
        n = int((claims.time < model.horizon).sum())  # a tape may be longer than the run
        columns = (claims.time, claims.zone, claims.k, claims.mode, claims.cohort, claims.warranty)
        claimed = np.stack([column[:n] for column in columns])
        recorder.orders.append(_blank_orders(claimed).tobytes(), rows=n)
        self._times, self._zones, self._ks, self._modes, _, self._warranty = claimed.tolist()
        keys = pack(Phase.CLAIM, claim_subject(claims.zone[:n], claims.k[:n]))  # of all at once
        self._keys: list[int] = np.asarray(keys).tolist()

    def records(self) -> Records:
        """Return the records of the whole run."""
        recorder, benches = self._recorder, self._model.benches
        for bench, technicians in enumerate(benches.technicians.tolist()):
            recorder.states.write(_state_row(0, bench, 0, technicians))
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
        self._orders.take(row, self._zones[row], self._ks[row], self._modes[row], self._warranty[row])

    def _fails(self, owner: int, number: int, mode: int) -> None:
        blank = _BLANK.tolist()
        for cell, value in zip(_TOLD, (self._clock.now, owner, number, mode, -1, 1), strict=True):
            blank[cell] = value
        row = self._recorder.orders.append(_order_row(*blank))
        self._orders.take(row, owner, number, mode, 1)


def _blank_orders(claims: npt.NDArray[np.integer]) -> npt.NDArray[np.int32]:
    """Return a row of `orders` for each column (time, owner, k, mode, cohort, warranty) of *claims*."""
    if claims.max(initial=0) >> 31:
        raise OverflowError("a claim comes too late")
    rows = np.tile(_BLANK, (claims.shape[1], 1))
    rows[:, _TOLD] = claims.T
    return rows
