"""The records of one run as a file: a compressed archive of arrays, one for each column of each table."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netsim.errors import ModelError
from netsim.store.packing import RunKey

if TYPE_CHECKING:
    from netsim.engine.records import Records

__all__ = ["pack_records", "unpack_records"]


def pack_records(records: Records, key: RunKey) -> bytes:
    """Return *records* as a compressed .npz archive, ``orders/created`` and so on, which names the run *key*.

    Equal records give equal bytes. `numpy.load` reads it too.
    """
    from netsim.engine.records import COLUMNS

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        arrays = [
            (f"{table}/{column}", getattr(records, table)[column]) for table in COLUMNS for column in COLUMNS[table]
        ]
        for name, array in [*arrays, ("horizon", np.array(records.horizon, dtype=np.int64))]:
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(array, order="C"), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            # The level must be given here: an entry of its own does not take the archive's.
            archive.writestr(entry, content.getbuffer(), zipfile.ZIP_DEFLATED, compresslevel=1)
        archive.comment = json.dumps(list(key)).encode()
    return buffer.getvalue()


def unpack_records(path: Path) -> tuple[Records, RunKey]:
    """Return the records in the archive at *path* and the key of their run; raise `ModelError` if it is none."""
    from netsim.engine.records import COLUMNS, Records

    try:
        with zipfile.ZipFile(path) as archive:
            key = RunKey(*json.loads(archive.comment))

            def read(name: str) -> np.ndarray:
                with archive.open(f"{name}.npy") as file:
                    array: np.ndarray = np.lib.format.read_array(io.BytesIO(file.read()), allow_pickle=False)
                    return array

            tables = {table: {name: read(f"{table}/{name}") for name in columns} for table, columns in COLUMNS.items()}
            return Records(**tables, horizon=int(read("horizon"))), key
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} · no records can be read here ({error}); run the study again") from error
