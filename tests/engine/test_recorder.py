"""The recorder: rows in, tables of proper types out."""

from __future__ import annotations

import numpy as np
import pytest

from netsim.engine.recorder import Recorder, row_maker
from netsim.engine.records import COLUMNS
from netsim.errors import ModelError
from tests.engine.networks import at, but, live
from tests.engine.test_cores import LOOP


def test_rows_come_back_as_columns_of_their_types():
    recorder, work = Recorder(), row_maker("work")
    recorder.states.write(row_maker("states")(7, 1, 0, -3))
    recorder.moves.write(row_maker("moves")(*range(9)))
    first = recorder.work.append(work(*range(10)))
    second = recorder.work.append(work(*range(10, 20)))
    recorder.work.cells[second * 10 + 5] = -1
    records = recorder.records(99)
    assert (first, second) == (0, 1)
    assert {column: cells.tolist() for column, cells in records.states.items()} == {
        "time": [7], "thing": [1], "what": [0], "value": [-3]
    }  # fmt: skip
    assert [cells.tolist() for cells in records.moves.values()] == [[i] for i in range(9)]
    assert records.work["start"].tolist() == [5, -1]
    for table, columns in COLUMNS.items():
        assert {column: cells.dtype for column, cells in getattr(records, table).items()} == {
            column: np.dtype(kind) for column, kind in columns.items()
        }


def test_a_number_too_large_for_its_column_is_refused():
    recorder = Recorder()
    recorder.states.write(row_maker("states")(0, 0, 200, 0))
    with pytest.raises(ModelError, match=r"states\.what holds a number outside -128 \.\. 127"):
        recorder.records(1)


def test_a_number_beyond_32_bits_is_refused():
    with pytest.raises(ModelError, match="beyond 32 bits"):
        live(but(LOOP, {"world.promise": {"part_arrival": "69 yr"}}), [(at(1, 9), "town", "base/board")], days=3)
