"""Memory: what one run after another lives in, kept and grown, so that fresh pages are paid for only once."""

from __future__ import annotations

import math
import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.compiled.faults import FULL
from netsim.engine.compiled.layout import POOLS, ROWS, RUN, STRUCTS, TABLES
from netsim.engine.compiled.prepare import CHANGING, Prepared
from netsim.engine.compiled.structs import LINE
from netsim.engine.contract import Tape
from netsim.engine.records import COLUMNS, Records

__all__ = ["Memory"]

_LEAST = 1024
_LARGE = 1 << 22  # bytes from which on NumPy asks for huge pages
# A forked process writes to pages of its own; where there is no fork, there is no need to say so.
_PRIVATE: dict[str, Any] = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
_HASHED = ("count", "lead_count")  # tables of causes: a power of two, and empty at the start
_NAME_OF = {code: name for name, code in FULL.items()}


class Memory:
    """Buffers of one worker: pools, tables of records, and the run itself, whose address the kernel gets."""

    def __init__(self) -> None:
        self.run = np.zeros(1, dtype=RUN.dtype)
        self._room: dict[str, int] = {}
        self._claims = 0
        self._kept: dict[str, npt.NDArray[Any]] = {}
        self._tables: dict[str, dict[str, npt.NDArray[np.integer]]] = {}

    @property
    def address(self) -> int:
        """The address of the run."""
        return int(self.run.ctypes.data)

    def lay_out(self, prepared: Prepared, tape: Tape, claims: dict[str, npt.NDArray[np.int64]]) -> None:
        """Put everything in place for a run of *prepared* on *tape*, of which *claims* come before the horizon."""
        run = self.run
        run[...] = 0
        for name, number in prepared.settings.items():
            run[name] = number
        for name, rows in prepared.rows.items():
            if name in CHANGING:
                self._begin(name, rows)
            else:
                self._put(name, rows)
        self._lay_tape(prepared, tape, claims)
        self._guess(prepared, len(claims["time"]))
        for name in TABLES:
            self._lay_table(name)
        for name in POOLS:
            self._lay_pool(name)
        run["orders"]["rows"] = run["claims"]
        self._write_states(prepared)

    def grow(self, code: int) -> str | None:
        """Widen the room of what was full by its code, and return its name; None if *code* is of another kind."""
        name = _NAME_OF.get(code)
        if name is not None:
            self._room[name] *= 8 if name in _HASHED else 2  # how many causes draw again, nobody can guess
        return name

    def records(self, horizon: int) -> Records:
        """Return the records of the run: views of the buffers, valid until the next one."""
        tables = {
            name: {column: buffers[column][: int(self.run[name]["rows"][0])] for column in COLUMNS[name]}
            for name, buffers in self._tables.items()
        }
        return Records(**tables, horizon=horizon)

    def _put(self, name: str, array: npt.NDArray[Any]) -> None:
        self._kept[name] = array
        self.run[name] = array.ctypes.data

    def _begin(self, name: str, rows: npt.NDArray[Any]) -> None:
        """Put a copy of *rows* in place."""
        kept = self._kept.get(name)
        if kept is None or len(kept) != len(rows):
            kept = _from_line(len(rows), rows.dtype)
        kept[...] = rows
        self._put(name, kept)

    def _lay_tape(self, prepared: Prepared, tape: Any, claims: dict[str, npt.NDArray[np.int64]]) -> None:
        for column, values in claims.items():
            self._put(f"claim_{column}", values)
        self.run["claims"] = len(claims["time"])
        self._put("owner_word", np.ascontiguousarray(tape.owner_words))
        keys = np.zeros((len(prepared.streams), 2), dtype=np.uint64)
        script = tape.script_marks
        if script is None:
            keys[prepared.asked] = tape.keys([prepared.streams[i] for i in prepared.asked.tolist()])
        else:
            rows = _script_rows(script, prepared.streams)
            self._put("script", rows)
            self.run["scripted"], self.run["script_size"] = 1, len(rows)
            self.run["script_default"] = -1 if tape.script_default is None else tape.script_default
        self._put("key", keys)

    def _guess(self, prepared: Prepared, claims: int) -> None:
        """Make a first guess of all that has none yet, or too little for this run's claims.

        The next replication has a few claims more or less: there is room for them. Room costs nothing until it is
        written to, but for tables of causes, which are cleared whole, and asked here and there.
        """
        if claims > self._claims:
            self._claims = claims + claims // 16
        points = len(prepared.rows["point"])
        rows = {"orders": 1, "lines": 1.3, "requests": 1.5, "consignments": 3, "moves": 8, "work": 3, "count": 0.6}
        for name in (*TABLES, *POOLS):
            guess = rows.get(name, 0) * self._claims + 2 * points + len(prepared.rows["bench"]) + _LEAST
            if name in POOLS and name not in _HASHED:
                guess = self._claims / 16 + points + _LEAST
            if name in _HASHED:
                guess = 2 ** math.ceil(math.log2(guess))
            self._room[name] = max(self._room.get(name, 0), int(guess))

    def _lay_table(self, name: str) -> None:
        room, buffers = self._room[name], self._tables.get(name)
        if buffers is None or len(next(iter(buffers.values()))) < room:
            self._tables.pop(name, None)
            buffers = {column: _plain(room, np.dtype(kind)) for column, kind in COLUMNS[name].items()}
            self._tables[name] = buffers
        table = self.run[name]
        table["room"], table["code"] = room, FULL[name]
        for column, buffer in buffers.items():
            table[column] = buffer.ctypes.data
        for field, owner in ROWS.items():
            if owner == name:
                self._lay_buffer(field, field.capitalize(), room)

    def _lay_pool(self, name: str) -> None:
        room = self._room[name]
        pool = self.run[f"{name}_pool"]
        pool["room"], pool["code"], pool["free"] = room, FULL[name], -1
        self._lay_buffer(name, POOLS[name], room)
        if name in _HASHED:
            self._kept[name]["key"][:room] = 0

    def _lay_buffer(self, name: str, struct: str, room: int) -> None:
        kept = self._kept.get(name)
        if kept is None or len(kept) < room:
            self._kept.pop(name, None)
            kept = _from_line(room, STRUCTS[struct].dtype)
        self._put(name, kept)

    def _write_states(self, prepared: Prepared) -> None:
        """Write the technicians with whom each bench begins."""
        technicians = prepared.model.benches.technicians
        states, count = self._tables["states"], len(technicians)
        rows: dict[str, Any] = {"time": 0, "thing": np.arange(count), "what": 0, "value": technicians}
        for column, values in rows.items():
            states[column][:count] = values
        self.run["states"]["rows"] = count


def _plain(count: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return *count* numbers in pages of the usual size, where NumPy would ask for huge ones.

    Tables are written from end to end, for which huge pages gain nothing, and on virtual machines that give free memory
    back the first touch of a huge page costs several times what that of as many usual ones does.
    """
    if count * dtype.itemsize < _LARGE:
        return np.empty(count, dtype=dtype)
    return np.frombuffer(mmap.mmap(-1, count * dtype.itemsize, **_PRIVATE), dtype=dtype)


def _from_line(count: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return *count* rows that begin where a line of the cache does."""
    space = np.empty(count * dtype.itemsize + LINE, dtype=np.int8)
    start = -space.ctypes.data % LINE
    return space[start : start + count * dtype.itemsize].view(dtype)


def _script_rows(script: Any, streams: list[str]) -> npt.NDArray[Any]:
    """Return the marks of a script as rows; the longest of several addresses of one mark is meant."""
    number_of = {name: i for i, name in enumerate(streams)}
    marks: dict[tuple[int, int, int, int, int], int] = {}
    for key in sorted(script, key=len):
        if key[0] in number_of:
            stream, number, purpose, line, attempt = (number_of[key[0]], *key[1:], 0, 0)[:5]
            marks[stream, int(number), int(purpose), int(line), int(attempt)] = int(script[key])
    rows = np.zeros(len(marks), dtype=STRUCTS["Script"].dtype)
    for i, (address, mark) in enumerate(marks.items()):
        rows[i] = (*address, mark)
    return rows
