"""Tables of results as files, one per design, for other programs to read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from netsim.errors import NetsimError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ExportError", "write_tables"]

FORMATS = ("csv", "parquet")


class ExportError(NetsimError):
    """The tables cannot be written; the message says why and what to do."""


def write_tables(tables: dict[str, pd.DataFrame], folder: Path, *, fmt: str) -> list[Path]:
    """Return the files written, ``TABLE/design=NAME.FORMAT``, in the order of tables and designs.

    *tables* maps a name to a frame with a column ``design``. Equal frames give equal CSV bytes. Files of an earlier
    export of this format are removed first. Raise `ExportError` for a format other than ``csv`` and ``parquet``, for
    a folder that cannot be written, and for Parquet where DuckDB is not installed.
    """
    if fmt not in FORMATS:
        raise ExportError(f"format {fmt!r}: choose one of {', '.join(FORMATS)}")
    write = _csv if fmt == "csv" else _parquet
    written = []
    try:
        for table, frame in tables.items():
            place = folder / table
            place.mkdir(parents=True, exist_ok=True)
            for old in sorted(place.glob(f"design=*.{fmt}")):
                old.unlink()
            for design, part in frame.groupby("design", sort=True):
                path = place / f"design={quote(str(design), safe=' ')}.{fmt}"
                half_done = path.with_name(path.name + ".part")
                write(part.reset_index(drop=True), half_done)
                half_done.replace(path)
                written.append(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportError(
            f"{folder} · {reason} · check the folder and the room on the disk, or name another"
        ) from error
    return written


def _csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    try:
        import duckdb
    except ImportError as error:
        raise ExportError("Parquet needs DuckDB · pip install 'netsim[parquet]', or export as csv") from error
    name = str(path).replace("'", "''")
    try:
        with duckdb.connect() as connection:
            connection.register("frame", frame)
            connection.execute(f"COPY (SELECT * FROM frame) TO '{name}' (FORMAT parquet)")
    except duckdb.Error as error:
        raise OSError(str(error).splitlines()[0]) from error
