"""The probe: a kernel that calls the parts of the compiled engine one at a time, and bare memory to call them on.

Parts can be called by a kernel only, and each kernel is compiled with all that it calls: so there is one for all
tests. `Bare.do` calls the part of an opcode with up to eight numbers and returns what it answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.compiled import benches, clock, counts, dice, hours, pool, recorder, stockpoint
from netsim.engine.compiled.faults import FULL, Stop
from netsim.engine.compiled.jit import kernel
from netsim.engine.compiled.layout import POOLS, ROWS, RUN, STRUCTS, TABLES, run_at
from netsim.engine.records import COLUMNS

__all__ = ["Bare", "Stop", "ask"]

(AT, NEXT, KEY, PARTS_OF_KEY, CLAIM_SUBJECT, MARK, SECONDS, CHANCE, EXPONENTIAL, IS_OPEN, NEXT_OPEN, LENGTH_AT,
 OPEN_BETWEEN, END_OF_WORK, FIRST_AFTER, JOIN, TAKE_JOB, WORK, WORK_ENDS, LEAVE, CALL_GRANT, OPEN_BENCH, ENQUEUE, FIRST,
 IN_ORDER, CAN_SPARE, REPEAT, PURCHASE, ACQUIRE, RELEASE, NEW_ROW, MOVE, BLANK_ORDER) = range(33)  # fmt: skip

_at, _next_event, _key_of, _phase_of = clock.at, clock.next_event, clock.key_of, clock.phase_of
_subject_of, _leg_of, _claim_subject = clock.subject_of, clock.leg_of, clock.claim_subject
_mark, _seconds, _chance, _exponential = dice.mark, dice.seconds, dice.chance, dice.exponential
_is_open, _next_open, _length_at = hours.is_open, hours.next_open, hours.length_at
_open_between, _end_of_work, _first_after = hours.open_between, hours.end_of_work, hours.first_after
_join, _take_job, _work, _work_ends = benches.join, benches.take_job, benches.work, benches.work_ends
_leave, _call_grant, _open_bench = benches.leave, benches.call_grant, benches.open_bench
_enqueue, _first, _in_order, _can_spare = (
    stockpoint.enqueue,
    stockpoint.first,
    stockpoint.in_order,
    stockpoint.can_spare,
)
_repeat, _purchase = counts.repeat, counts.purchase
_acquire, _release, _new_row = pool.acquire, pool.release, pool.new_row
_move, _blank_order = recorder.move, recorder.blank_order


def _probe(address, opcode, a, out):
    """Call the part of *opcode* with the numbers in *a*; answer, and more in *out* where a part says more."""
    run = run_at(address)
    if opcode < IS_OPEN:
        if opcode == AT:
            _at(run, a[0], a[1], a[2])
        elif opcode == NEXT:
            time, key, what = _next_event(run)
            out[0], out[1], out[2] = time, key, what
        elif opcode == KEY:
            return _key_of(a[0], a[1], a[2])
        elif opcode == PARTS_OF_KEY:
            out[0], out[1], out[2] = _phase_of(a[0]), _subject_of(a[0]), _leg_of(a[0])
        elif opcode == CLAIM_SUBJECT:
            return _claim_subject(a[0], a[1])
        elif opcode == MARK:
            return _mark(run, a[0], a[1], a[2], a[3], a[4], a[5])
        elif opcode == SECONDS:
            return _seconds(run, a[0], a[1], a[2], a[3], a[4], a[5], a[6])
        elif opcode == CHANCE:
            return 1 if _chance(run, a[0], a[1], a[2], a[3], a[4], a[5]) else 0
        else:
            return _exponential(run, a[0])
    elif opcode < JOIN:
        calendar = run.calendar[a[0]]
        if opcode == IS_OPEN:
            return 1 if _is_open(calendar, a[1]) else 0
        elif opcode == NEXT_OPEN:
            return _next_open(calendar, a[1])
        elif opcode == LENGTH_AT:
            return _length_at(calendar, a[1])
        elif opcode == OPEN_BETWEEN:
            return _open_between(calendar, a[1], a[2])
        elif opcode == END_OF_WORK:
            return _end_of_work(calendar, a[1], a[2])
        else:
            return _first_after(calendar.opens, calendar.size, a[1])
    elif opcode < ENQUEUE:
        if opcode == JOIN:
            return 1 if _join(run, a[0], a[1], a[2], a[3], a[4], a[5]) else 0
        elif opcode == TAKE_JOB:
            return _take_job(run, run.bench[a[0]])
        elif opcode == WORK:
            return _work(run, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7])
        elif opcode == WORK_ENDS:
            _work_ends(run, a[0])
        elif opcode == LEAVE:
            _leave(run, a[0])
        elif opcode == CALL_GRANT:
            _call_grant(run, a[0])
        else:
            _open_bench(run, a[0])
    elif opcode < REPEAT:
        if opcode == ENQUEUE:
            _enqueue(run, a[0], a[1], a[2])
        elif opcode == FIRST:
            return _first(run, a[0])
        elif opcode == IN_ORDER:
            return _in_order(run, a[0])
        else:
            return 1 if _can_spare(run.point[a[0]], a[1]) else 0
    elif opcode == REPEAT:
        return _repeat(run, run.count_pool, run.count, a[0], a[1], a[2])
    elif opcode == PURCHASE:
        return _purchase(run, a[0], a[1], a[2])
    elif opcode == ACQUIRE:
        return _acquire(run, run.goods_pool, run.goods)
    elif opcode == RELEASE:
        _release(run.goods_pool, run.goods, a[0])
    elif opcode == NEW_ROW:
        return _new_row(run, run.reviews)
    elif opcode == MOVE:
        _move(run, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7])
    elif opcode == BLANK_ORDER:
        _blank_order(run, a[0], a[1], a[2], a[3], a[4], a[5])
    return 0


_call = kernel(_probe, kept=False)


def ask(address: int, opcode: int, *numbers: int) -> int:
    """Return what the part of *opcode* answers in the run at *address*."""
    a = np.zeros(8, dtype=np.int64)
    a[: len(numbers)] = numbers
    return int(_call(address, opcode, a, np.zeros(4, dtype=np.int64)))


class Bare:
    """Memory of a run in which nothing stands but what a test puts there."""

    def __init__(self, *, room: int = 1024, horizon: int = 1 << 30) -> None:
        self.run = np.zeros(1, dtype=RUN.dtype)
        self.run["horizon"] = horizon
        self._kept: dict[str, Any] = {}
        self._arguments = np.zeros(8, dtype=np.int64)
        self.out = np.zeros(4, dtype=np.int64)
        for name, struct in POOLS.items():
            self.put(name, np.zeros(room, dtype=STRUCTS[struct].dtype))
            pool = self.run[f"{name}_pool"]
            pool["room"], pool["code"], pool["free"] = room, FULL[name], -1
        for name in TABLES:
            table = self.run[name]
            table["room"], table["code"] = room, FULL[name]
            for column, kind in COLUMNS[name].items():
                cells = self._kept[f"{name}.{column}"] = np.zeros(room, dtype=kind)
                table[column] = cells.ctypes.data
        for name in ROWS:
            self.put(name, np.zeros(room, dtype=STRUCTS[name.capitalize()].dtype))

    @property
    def address(self) -> int:
        return int(self.run.ctypes.data)

    def put(self, name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Let the run's field *name* be *array*."""
        self._kept[name] = array
        self.run[name] = array.ctypes.data
        return array

    def add(self, name: str, struct: str, rows: Sequence[dict[str, Any]]) -> npt.NDArray[Any]:
        """Let the run's field *name* be rows of a struct; what is an array in them is put where it points to."""
        made = np.zeros(len(rows), dtype=STRUCTS[struct].dtype)
        for i, row in enumerate(rows):
            for column, value in row.items():
                if isinstance(value, np.ndarray):
                    kept = self._kept[f"{name}.{i}.{column}"] = np.ascontiguousarray(value, dtype=np.int64)
                    value = kept.ctypes.data
                made[column][i] = value
        return self.put(name, made)

    def array(self, name: str) -> npt.NDArray[Any]:
        """Return the rows of a pool, or the cells ``table.column``."""
        return self._kept[name]  # type: ignore[no-any-return]

    def do(self, opcode: int, *numbers: int) -> int:
        """Return what the part of *opcode* answers."""
        self._arguments[: len(numbers)] = numbers
        return int(_call(self.address, opcode, self._arguments, self.out))

    def events(self) -> list[tuple[int, int, int]]:
        """Return (time, key, what) of all that is to come, in order, and take it off the heap."""
        found = []
        while self.run["event_pool"]["used"][0]:
            self.do(NEXT)
            found.append((int(self.out[0]), int(self.out[1]), int(self.out[2])))
        return found
