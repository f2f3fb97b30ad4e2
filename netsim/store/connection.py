"""A results file opened: told from other files, and its errors turned into ours, with what to do."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from netsim.errors import NetsimError
from netsim.store.schema import APPLICATION_ID, FORMAT, SCHEMA

__all__ = ["StoreError", "connect", "create_file", "only_writer", "told", "transaction"]

WRITER = "writer.lock"
"""Name of the file that the one coordinator of a results folder holds locked, itself a database of SQLite."""


class StoreError(NetsimError):
    """The results file cannot be read or written; the message says why and what to do."""


REMEDIES = {
    "database or disk is full": "the disk is full; make room and start again: finished runs are kept",
    "disk i/o error": "the disk does not answer; check it, then start again: finished runs are kept",
    "readonly": "the file may only be read; change its permissions, or choose another results folder with --out",
    "read-only": "the file may only be read; change its permissions, or choose another results folder with --out",
    "unable to open": "the file cannot be opened; check the folder and its permissions, or choose another with --out",
    "not a database": "it is not a results file of netsim; name another file",
    "malformed": "the file is damaged; move it away and run the study again",
    "locked": "another process is writing to it; wait for that study to end, or choose another folder with --out",
    "no such table": "it is not a results file of netsim; name another file",
    "no such column": "it is not a results file of netsim; name another file",
    "closed database": "the results were closed before they were read; read them inside the `with` block",
}


@contextlib.contextmanager
def told(place: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of the system into ours, with the file and what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        text = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        remedy = next((advice for sign, advice in REMEDIES.items() if sign in text.lower()), "")
        if isinstance(error, OSError):
            remedy = remedy or "check the folder and its permissions, or choose another with --out"
        raise StoreError(" · ".join(filter(None, [str(place), text, remedy]))) from error


def create_file(place: Path, *, timeout: float) -> None:
    """Return after making an empty results file at *place*, with its folders, if there is no file yet."""
    with told(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(place, timeout=timeout, isolation_level=None)) as connection:
            # A file cut off while it was made has no tables, and is made anew.
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"BEGIN IMMEDIATE;{SCHEMA}COMMIT;")


def connect(place: Path, *, read_only: bool, timeout: float) -> sqlite3.Connection:
    """Return a connection to the results file at *place*; raise `StoreError` if it is none, or cannot be read."""
    if not place.is_file():
        raise StoreError(f"{place} · there is no results file here; run the study first, or correct the path")
    with told(place):
        address = f"{place.resolve().as_uri()}?mode={'ro' if read_only else 'rw'}"
        connection = sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None)
        try:
            owner = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute("PRAGMA synchronous = FULL")  # a finished run outlives a power cut, too
        except sqlite3.Error:
            connection.close()
            raise
    if owner != APPLICATION_ID or version != FORMAT:
        connection.close()
        what = f"it has format {version}, not {FORMAT}; use the netsim that wrote it, or another folder"
        if owner != APPLICATION_ID:
            what = "it is not a results file of netsim; name another file"
        raise StoreError(f"{place} · {what}")
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, place: Path) -> Iterator[sqlite3.Connection]:
    """Do what is in the block as a whole or not at all."""
    with told(place):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk may have ended it already
                connection.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the right to write results into *folder*; raise `StoreError` if another process has it.

    The system takes the lock back from a process that dies, so that nothing is left to clean up.
    """
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(folder / WRITER, timeout=0, isolation_level=None)
    with contextlib.closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error).lower():
                with told(folder):
                    raise
            raise StoreError(
                f"{folder} · another study is being run into this folder; wait for its end, or choose another folder "
                "with --out"
            ) from error
        yield
