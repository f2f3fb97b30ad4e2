"""The machine that measures, in words: processor, memory, system, versions, and how busy it is."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from pathlib import Path

__all__ = ["describe_machine"]

_PACKAGES = ("numpy", "numba", "llvmlite", "simpy", "pandas")


def describe_machine() -> dict[str, str]:
    """Return what a reader must know to compare figures; no date, no name."""
    versions = [f"Python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"without {package}")
    return {
        "processor": _processor(),
        "cores": f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()}",
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": ", ".join(versions),
        "busy": _busy(),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return " ".join(line.split(":", 1)[1].split())
    except OSError:
        pass
    return platform.processor() or "unknown processor"


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1024**3:.0f} GB"
    except (AttributeError, ValueError, OSError):
        return "unknown"


def _busy(seconds: float = 0.5) -> str:
    """Return how many cores others keep busy now, while this program sleeps for some *seconds*."""
    try:
        before = _ticks()
        time.sleep(seconds)
        after = _ticks()
    except (OSError, ValueError):
        return "unknown"
    idle, total = after[0] - before[0], after[1] - before[1]
    return f"{(1 - idle / max(total, 1)) * (os.cpu_count() or 1):.1f}"


def _ticks() -> tuple[int, int]:
    """Return the ticks that all cores have idled, and all ticks."""
    ticks = [int(word) for word in Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)
