"""What comes out of a results file: runs, scenarios, one KPI of many runs, and runs as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netsim.store.packing import RunKey

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "RUN_COLUMNS",
    "Case",
    "Column",
    "Counts",
    "KeptRun",
    "KeptScenario",
    "levels_table",
    "narrowed",
    "table_of",
]

FloatArray = NDArray[np.float64]
RUN_COLUMNS = (
    "scenario", "design", "replication", "seed", "scenario_hash", "code_version", "status", "error", "orders",
    "seconds", "engine", "current",
)  # fmt: skip
"""What the view `runs` tells of a run."""


class KeptRun(NamedTuple):
    """The names and numbers of one run as `Store.figures` and `Store.points` give them."""

    scenario: str
    design: str
    replication: int
    seed: int
    names: tuple[Any, ...]
    numbers: FloatArray


class KeptScenario(NamedTuple):
    """A scenario: its name and resolved text; of a point those of *base*, and the settings (JSON) to be laid on it."""

    name: str
    text: str
    settings: str = ""
    base: str = ""


class Column(NamedTuple):
    """One KPI of the finished runs of one design: rows are runs, in the order of seeds and replications."""

    seeds: NDArray[np.int64]
    replications: NDArray[np.int64]
    numbers: FloatArray
    """Value, numerator and denominator [run, 3], NaN for none."""
    present: NDArray[np.bool_]
    """Whether the run has this figure at all."""


class Counts(NamedTuple):
    """How many runs of the plan there are, and how many of them are done and failed."""

    planned: int
    done: int
    failed: int


class Case(NamedTuple):
    """What runs of a design have in common; `order` is the order of its keys."""

    scenario: str
    scenario_hash: str
    design: str
    seed: int
    code_version: str

    @property
    def order(self) -> tuple[str, str, str]:
        """Return what comes before the replication in the order of the keys."""
        return self.scenario, self.scenario_hash, self.design

    def key(self, replication: int) -> RunKey:
        """Return the key of a run."""
        return RunKey(self.scenario_hash, self.design, replication, self.seed, self.code_version)


def levels_table(levels: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return the *levels* of points as a table: design, and a column for each factor."""
    import pandas as pd

    factors = list(dict.fromkeys(factor for each in levels.values() for factor in each))
    return pd.DataFrame([{"design": design, **each} for design, each in levels.items()], columns=["design", *factors])


def narrowed(run: KeptRun, group: str) -> KeptRun:
    """Return *run* with the figures of *group* alone."""
    rows = [row for row, name in enumerate(run.names) if name[1] == group]
    return run._replace(names=tuple(run.names[row] for row in rows), numbers=run.numbers[rows])


def table_of(runs: Sequence[KeptRun], names: Sequence[str], numbers: Sequence[str]) -> pd.DataFrame:
    """Return *runs* as a table: the run's scenario, design, replication and seed, then *names*, then *numbers*."""
    import pandas as pd

    columns: dict[str, Any] = {}
    counts = [len(run.names) for run in runs]
    for name in ("scenario", "design", "replication", "seed"):
        kind = np.int64 if name in ("replication", "seed") else object
        columns[name] = np.repeat(np.array([getattr(run, name) for run in runs], dtype=kind), counts)
    split: dict[int, list[Any]] = {}  # by identity, as many runs share their names
    for run in runs:
        if id(run.names) not in split:
            split[id(run.names)] = [_column(each) for each in zip(*run.names, strict=True)]
    for i, name in enumerate(names):
        parts = [split[id(run.names)][i] for run in runs]
        columns[name] = np.concatenate(parts) if parts else np.array([], dtype=object)
    for i, name in enumerate(numbers):
        parts = [run.numbers[:, i] for run in runs]
        columns[name] = np.concatenate(parts) if parts else np.array([], dtype=np.float64)
    return pd.DataFrame(columns)


def _column(values: Sequence[Any]) -> NDArray[Any]:
    return np.array(values, dtype=np.int64 if all(isinstance(each, int) for each in values) else object)
