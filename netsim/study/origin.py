"""The origin of a run's figures: all that they are a function of, how they came about, and how to make them again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netsim.errors import ModelError
from netsim.store.store import Store

__all__ = ["Origin", "find_origin"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the figures of one run come from; as text, a line for each of it.

    Of a point of a sweep, *levels* are the values of its factors and *settings* what they set in the scenario.
    """

    study: str
    scenario: str
    design: str
    replication: int
    seed: int
    scenario_hash: str
    code_version: str
    windows: str
    engine: str
    seconds: float
    orders: int
    status: str
    error: str
    command: str
    """What runs it again and compares every number."""
    levels: Mapping[str, Any] = field(default_factory=dict)
    settings: tuple[Any, ...] = ()

    def __str__(self) -> str:
        rows = {
            "study": self.study,
            "scenario": self.scenario,
            "design": self.design,
            "replication": str(self.replication),
            "seed": str(self.seed),
            "scenario hash": self.scenario_hash,
            "code": self.code_version,
            "windows": self.windows,
            "run": f"{self.status} by the {self.engine} engine in {self.seconds:.3g} s, {self.orders:,} orders",
            "error": self.error,
            "levels": ", ".join(f"{factor} = {level}" for factor, level in self.levels.items()),
            "settings": json.dumps(self.settings, ensure_ascii=False) if self.settings else "",
            "again": self.command,
        }
        return "\n".join(f"{name:14s}{told}" for name, told in rows.items() if told)


def find_origin(
    store: Store, place: str, manifest: Mapping[str, Any], *,
    scenario: str, design: str, replication: int, seed: int | None,
) -> Origin:  # fmt: skip
    """Return the origin of one run of the plan in *store*, whose folder is *place*.

    Raise `ModelError` if no such run was tried, or if runs of several seeds are meant.
    """
    found = [run for run in store.tried(design) if (run["scenario"], run["replication"]) == (scenario, replication)]
    seeds = sorted(run["seed"] for run in found)
    if seed is not None:
        found = [run for run in found if run["seed"] == seed]
    if not found:
        asked = f"replication {replication}" + ("" if seed is None else f" of seed {seed}")
        raise ModelError(f"{asked} of {design} was not run" + (f"; seeds are {seeds}" if seeds else ""))
    if len(found) > 1:
        raise ModelError(f"replication {replication} of {design} was run with the seeds {seeds}; name one of them")
    run = found[0]
    kept = store.scenarios().get(run["scenario_hash"])
    return Origin(
        study=str(manifest["study"]),
        windows=str(manifest.get("windows", {}).get("text", "")),
        command=f"netsim replay {shlex.quote(place)} --design {shlex.quote(design)} --replication {replication}",
        levels=store.levels().get(design, {}),
        settings=tuple(json.loads(kept.settings)) if kept is not None and kept.settings else (),
        **run,
    )
