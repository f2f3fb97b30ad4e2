"""Results read from a folder as what they are: those of a study, or those of a sweep."""

from __future__ import annotations

from pathlib import Path

from netsim.study.results import Results
from netsim.study.sweep_results import SweepResults

__all__ = ["load_results"]


def load_results(path: str | Path) -> Results:
    """Return the results in the folder *path* (or of the ``study.sqlite`` in it), of a sweep as `SweepResults`.

    Raise `StoreError` if there are none, or a newer netsim wrote them.
    """
    found = Results(path)
    return SweepResults(path) if "sweep" in found.manifest else found
