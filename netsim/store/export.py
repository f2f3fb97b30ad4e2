"""Tables of results as files for other programs to read: one per design, or one in all where designs are many.

Runs are written a few at a time, so that memory does not grow with the study.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from netsim.errors import NetsimError

if TYPE_CHECKING:
    import pandas as pd

    from netsim.store.kept import KeptRun
    from netsim.store.store import Store

__all__ = ["ALL_DESIGNS", "MOST_FILES", "ExportError", "export_store", "write_tables"]

FORMATS = ("csv", "parquet")
MOST_FILES = 50
"""Designs of which each has a file of its own; of more, all are in one."""
ALL_DESIGNS = "designs"
"""Name of the file that holds all of them."""
TOGETHER = 32
"""Runs that are made a table at a time."""


class ExportError(NetsimError):
    """The tables cannot be written; the message says why and what to do."""


def export_store(store: Store, folder: str | Path, fmt: str = "csv", *, group: str | None = None) -> list[Path]:
    """Return the files written of the current runs in *store*; raise `ExportError` as `write_tables` does.

    They are ``kpi/design=NAME.FORMAT`` and ``series/design=NAME.FORMAT`` by design, ``kpi/designs.FORMAT`` and so on
    for more than `MOST_FILES` designs, and of a sweep ``levels/designs.FORMAT``: its points with a column for each
    factor. *fmt* is ``csv`` or ``parquet``; names are percent-encoded where a file system could object. Files of an
    earlier export of the same format are replaced. *group* limits the KPIs to those of one group.
    """
    from netsim.store.kept import levels_table, narrowed, table_of

    def figures(design: str | None) -> Iterator[pd.DataFrame]:
        runs = store.figures(design=design)
        wanted = runs if group is None else (narrowed(run, group) for run in runs)
        return _frames(wanted, lambda some: table_of(some, ("kpi", "group"), ("value", "numerator", "denominator")))

    def points(design: str | None) -> Iterator[pd.DataFrame]:
        runs = store.points(design=design)
        return _frames(runs, lambda some: table_of(some, ("kpi", "group", "period"), ("numerator", "denominator")))

    designs = store.designs()
    tables: dict[str, Mapping[str, Iterable[pd.DataFrame]]] = {}
    for table, made in (("kpi", figures), ("series", points)):
        if len(designs) > MOST_FILES:
            tables[table] = {ALL_DESIGNS: made(None)}
        else:
            tables[table] = {f"design={quote(design, safe=' ')}": made(design) for design in designs}
    if levels := store.levels():
        tables["levels"] = {ALL_DESIGNS: [levels_table(levels)]}
    return write_tables(tables, Path(folder), fmt=fmt)


def write_tables(tables: Mapping[str, Mapping[str, Iterable[pd.DataFrame]]], folder: Path, *, fmt: str) -> list[Path]:
    """Return the files written, ``TABLE/NAME.FORMAT``, in the order given; what has no rows has no file.

    *tables* maps a table to its files, and a file to frames of equal columns that follow each other in it. Equal frames
    give equal CSV bytes. Files of an earlier export of this format are removed first. Raise `ExportError` for a format
    other than ``csv`` and ``parquet``, for a folder that cannot be written, and for Parquet where DuckDB is not
    installed.
    """
    if fmt not in FORMATS:
        raise ExportError(f"format {fmt!r}: choose one of {', '.join(FORMATS)}")
    write = _write_csv if fmt == "csv" else _write_parquet
    written = []
    try:
        for table, files in tables.items():
            place = folder / table
            place.mkdir(parents=True, exist_ok=True)
            for old in sorted([*place.glob(f"design=*.{fmt}"), *place.glob(f"{ALL_DESIGNS}.{fmt}")]):
                old.unlink()
            for name, frames in files.items():
                filled = (frame for frame in frames if len(frame))
                first = next(filled, None)
                if first is None:
                    continue
                path = place / f"{name}.{fmt}"
                half_done = path.with_name(path.name + ".part")
                write(chain([first], filled), half_done)
                half_done.replace(path)
                written.append(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportError(
            f"{folder} · {reason} · check the folder and the room on the disk, or name another"
        ) from error
    return written


def _frames(runs: Iterator[KeptRun], made: Callable[[list[KeptRun]], pd.DataFrame]) -> Iterator[pd.DataFrame]:
    while some := list(islice(runs, TOGETHER)):
        yield made(some)


def _write_csv(frames: Iterable[pd.DataFrame], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, frame in enumerate(frames):
            frame.to_csv(file, index=False, header=number == 0, lineterminator="\n")


def _write_parquet(frames: Iterable[pd.DataFrame], path: Path) -> None:
    """Write *frames* by way of a database beside *path*, which need not be held in memory."""
    try:
        import duckdb
    except ImportError as error:
        raise ExportError("Parquet needs DuckDB · pip install 'netsim[parquet]', or export as csv") from error
    name = str(path).replace("'", "''")
    between = path.with_name(path.name + ".duckdb")
    try:
        with ExitStack() as stack:
            stack.callback(between.unlink, missing_ok=True)
            between.unlink(missing_ok=True)
            connection: Any = stack.enter_context(duckdb.connect(between))
            connection.execute("SET memory_limit = '512MB'")
            for number, frame in enumerate(frames):
                connection.register("frame", frame)
                begin = "CREATE TABLE rows AS" if number == 0 else "INSERT INTO rows"
                connection.execute(f"{begin} SELECT * FROM frame")
                connection.unregister("frame")
            connection.execute(f"COPY rows TO '{name}' (FORMAT parquet)")
    except duckdb.Error as error:
        raise OSError(str(error).splitlines()[0]) from error
