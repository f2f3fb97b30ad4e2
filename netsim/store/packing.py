"""A run's result as a few blobs: packed by the worker, passed on unread by the coordinator, unpacked by the reader.

Names of figures hardly differ from run to run, so that packing and unpacking them is remembered by process; what
differs is one array of numbers for all KPIs, one for all series, and the samples.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netsim.errors import ModelError

__all__ = [
    "EVERYTHING",
    "Observation",
    "PackedRun",
    "RunKey",
    "RunResult",
    "SeriesPoint",
    "pack_result",
    "pack_totals",
    "unpack_array",
    "unpack_figures",
    "unpack_names",
    "unpack_series",
    "unpack_totals",
]

EVERYTHING = ("series", "samples")
"""What may be kept of a run besides its figures."""

Observation = tuple[str, str, float | None, float | None, float | None]
"""KPI, group (``all`` or ``country=MX``), value, numerator, denominator; None where there is none."""
SeriesPoint = tuple[str, str, int | str, float | None, float | None]
"""KPI, group, period (one type within a series), numerator, denominator."""
FloatArray = NDArray[np.float64]

_LEVEL = 1  # of compression: the best takes five times as long for a tenth less


class RunKey(NamedTuple):
    """What one run is a function of: nothing else may change its results."""

    scenario_hash: str
    design: str
    replication: int
    seed: int
    code_version: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of one run, in plain objects."""

    key: RunKey
    observations: Sequence[Observation] = ()
    series: Sequence[SeriesPoint] = ()
    samples: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    seconds: float = 0.0
    engine: str = ""
    orders: int = 0
    status: str = "done"
    """``done``, or ``failed`` with the reason in *error*; a failed run is run again on resuming."""
    error: str = ""


class Blob(NamedTuple):
    """Names, and the numbers of each of them; both compressed."""

    names: bytes
    numbers: bytes


@dataclass(frozen=True, slots=True)
class PackedRun:
    """A `RunResult` as it travels and as it is kept; *samples* are name, type and array."""

    key: RunKey
    seconds: float = 0.0
    engine: str = ""
    orders: int = 0
    status: str = "done"
    error: str = ""
    figures: Blob | None = None
    series: Blob | None = None
    samples: tuple[tuple[str, str, bytes], ...] = ()
    totals: bytes = b""
    """Value, numerator and denominator of each figure of group ``all``, in the order of the KPIs."""


def pack_result(run: RunResult, *, keep: Collection[str] = EVERYTHING) -> PackedRun:
    """Return *run* packed: its figures, and of `EVERYTHING` besides them what is in *keep*.

    Raise `ModelError` if two observations of it have one KPI and group.
    """
    arrays = sorted(run.samples.items()) if "samples" in keep else []
    samples = tuple((name, str(array.dtype), _pack_array(array)) for name, array in arrays)
    figures, totals = _pack(run.observations, names=2)
    series, _ = _pack(run.series if "series" in keep else (), names=3)
    key = RunKey(*run.key[:2], int(run.key.replication), int(run.key.seed), run.key.code_version)
    return PackedRun(
        key, float(run.seconds), run.engine, int(run.orders), run.status, run.error,
        figures=figures, series=series, samples=samples, totals=totals,
    )  # fmt: skip


def unpack_figures(blob: Blob) -> tuple[tuple[Any, ...], FloatArray]:
    """Return KPI and group of each figure, in order, and value, numerator and denominator [figure, 3], NaN for none."""
    names = unpack_names(blob.names)
    return names, _unpack_numbers(blob.numbers, 3)


def unpack_series(blob: Blob) -> tuple[tuple[Any, ...], FloatArray]:
    """Return KPI, group and period of each point, in order, and numerator and denominator [point, 2], NaN for none."""
    names = unpack_names(blob.names)
    return names, _unpack_numbers(blob.numbers, 2)


def pack_totals(figures: Blob) -> bytes:
    """Return `PackedRun.totals` of these *figures*."""
    names, numbers = unpack_figures(figures)
    rows = [row for row, (_, group) in enumerate(names) if group == "all"]
    return np.ascontiguousarray(numbers[rows].T).tobytes()


def unpack_totals(run: PackedRun) -> list[tuple[str, float, float, float]]:
    """Return KPI, value, numerator and denominator of each figure of group ``all`` of *run*, NaN for none."""
    if run.figures is None:
        return []
    numbers = np.frombuffer(run.totals, dtype="<f8").reshape(3, -1).tolist()
    return list(zip(_total_names(run.figures.names), *numbers, strict=True))


def unpack_array(blob: bytes) -> NDArray[Any]:
    """Return a sample's array."""
    array: NDArray[Any] = np.load(io.BytesIO(zlib.decompress(blob)), allow_pickle=False)
    return array


def _pack(rows: Sequence[Any], *, names: int) -> tuple[Blob | None, bytes]:
    """Return *rows* as a blob, in the order of their first *names* entries; the others are numbers or None.

    With it come the numbers of group ``all`` alone.
    """
    if not rows:
        return None, b""
    labels, order, totals = _pack_names(tuple([row[:names] for row in rows]))
    numbers = np.array([row[names:] for row in rows], dtype="<f8")  # None becomes NaN
    return (
        Blob(labels, zlib.compress(np.ascontiguousarray(numbers[order].T).tobytes(), _LEVEL)),
        np.ascontiguousarray(numbers[totals].T).tobytes(),
    )


@lru_cache(maxsize=64)
def _pack_names(names: tuple[Any, ...]) -> tuple[bytes, NDArray[np.intp], NDArray[np.intp]]:
    plain = [tuple(each if isinstance(each, str) else int(each) for each in name) for name in names]
    order = sorted(range(len(plain)), key=plain.__getitem__)
    for one, other in pairwise(order):
        if plain[one] == plain[other]:
            kpi, group = plain[one][:2]
            raise ModelError(f"KPI {kpi} came twice for group {group}; let it return each group once")
    text = json.dumps([plain[row] for row in order], ensure_ascii=False, separators=(",", ":"))
    totals = [row for row in order if plain[row][1] == "all"]
    return zlib.compress(text.encode(), _LEVEL), np.array(order, dtype=np.intp), np.array(totals, dtype=np.intp)


@lru_cache(maxsize=256)
def _total_names(blob: bytes) -> tuple[str, ...]:
    return tuple(kpi for kpi, group in unpack_names(blob) if group == "all")


@lru_cache(maxsize=256)
def unpack_names(blob: bytes) -> tuple[tuple[Any, ...], ...]:
    """Return the names in a `Blob`, in order."""
    return tuple(map(tuple, json.loads(zlib.decompress(blob))))


def _unpack_numbers(blob: bytes, columns: int) -> FloatArray:
    numbers: FloatArray = np.frombuffer(zlib.decompress(blob), dtype="<f8").reshape(columns, -1).T
    return numbers


def _pack_array(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return zlib.compress(buffer.getbuffer(), _LEVEL)
