"""The manifest of a study: all that its results are a function of, written down so that they can be made again."""

from __future__ import annotations

import json
import os
import platform
import socket
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from netsim.errors import NetsimError
from netsim.units import format_duration

if TYPE_CHECKING:
    from netsim.spec.experiment import Compare
    from netsim.study.cases import Case
    from netsim.study.windows import Windows

__all__ = [
    "STORE",
    "describe_run",
    "describe_study",
    "design_file",
    "write_file",
    "write_json",
]

STORE = "study.sqlite"
"""Name of the results file in a study's folder."""

_PACKAGES = ("numpy", "simpy", "scipy", "pandas", "networkx", "pydantic", "holidays", "tzdata")


def describe_study(
    name: str, cases: Sequence[Case], hashes: Mapping[Case, str], *,
    windows: Windows, seed: int, compare: Compare, replications: int, version: str, told: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Return the manifest: equal for equal studies on equal installations, wherever and whenever they run.

    *hashes* are the hashes of the runs of each case, *version* that of the code, *replications* the most that a design
    has; *told* is added as it is.
    """
    from netsim.outcome.kpis import KPIS, describe
    from netsim.registry import find_kpis

    return {
        "format": 1,
        "study": name,
        "code": version,
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "seed": seed,
        "replications": replications,
        "windows": {
            "begin": windows.begin,
            "end": windows.end,
            "horizon": windows.horizon,
            "text": str(windows),
            "kind": windows.kind,
        },
        "compare": {
            "baseline": compare.baseline or cases[0].design,
            "confidence": compare.confidence,
            "kpis": list(compare.kpis),
            "laws": [[name, text] for name, text in compare.laws.items()],
        },
        **told,
        "cases": [_describe_case(case, hashes[case]) for case in cases],
        "kpis": {
            kpi.name: {"unit": kpi.unit, "better": kpi.better, "label": kpi.label}
            for kpi in map(describe, [*KPIS, *sorted(set(find_kpis()) - set(KPIS))])
        },
    }


def _describe_case(case: Case, run: str) -> dict[str, Any]:
    found = {
        "scenario": case.scenario,
        "design": case.design,
        "hash": run,
        "scenario_hash": case.content.hash,
        "start": case.content.start.isoformat(),
        "currency": case.content.currency.base,
        "allow_code": case.content.allow_code,
    }
    if case.settings:  # a point of a sweep
        return {**found, "levels": dict(case.levels)}
    return {**found, "changes": [[change.path, change.old, change.new] for change in case.content.changes]}


def describe_run(begun: float, ended: float, *, engine: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is true of one call only: host, times (seconds since 1970) and engine, with *told* besides."""
    return {
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "executable": sys.executable,
        "began": datetime.fromtimestamp(begun, UTC).isoformat(timespec="seconds"),
        "ended": datetime.fromtimestamp(ended, UTC).isoformat(timespec="seconds"),
        "lasted": format_duration(max(round(ended - begun), 0)),
        "engine": engine,
        **told,
    }


def design_file(scenario: str, design: str, *, several: bool) -> str:
    """Return the file name, without ending, of what belongs to a design.

    With *several* scenarios it lies in a folder by scenario. Names are percent-encoded where a system could object.
    """
    name = quote(design, safe=" ")
    return f"{quote(scenario, safe=' ')}/{name}" if several else name


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Return after writing *content* to *path* as JSON; raise `NetsimError` if it cannot be written."""
    write_file(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def write_file(path: Path, content: bytes) -> None:
    """Return after writing *content* to *path*, whole or not at all; raise `NetsimError` if that cannot be."""
    half_done = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half_done.write_bytes(content)
        half_done.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NetsimError(f"{path} · {reason} · check the folder and the room on the disk, or name another") from error


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
