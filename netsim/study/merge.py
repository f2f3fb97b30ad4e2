"""Results of several studies merged: further replications, seeds, designs and points of sweeps in one folder.

Only what is honest to compare is merged: runs of one state of the code in the same windows, designs of a scenario that
live in one world, and of each run one set of numbers.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from netsim.errors import ModelError
from netsim.store.packing import PackedRun, RunKey, unpack_figures, unpack_series
from netsim.store.store import KeptPoint, KeptScenario, Store
from netsim.study.loading import load_results
from netsim.study.manifest import STORE, design_file, write_file, write_json
from netsim.study.merged_sweep import merge_sweeps
from netsim.study.results import Results

__all__ = ["merge_results"]

TOGETHER = 64
"""Runs written in one transaction."""

_Case = tuple[str, str]
"""Scenario and design."""


@dataclass(slots=True)
class _Source:
    """One of the results to be merged, and the names that its designs have in the merged ones."""

    results: Results
    scenarios: Mapping[str, KeptScenario]
    levels: Mapping[str, Mapping[str, Any]]
    names: dict[str, str] = field(default_factory=dict)

    @property
    def told(self) -> Mapping[str, Any]:
        """Return its manifest."""
        return self.results.manifest


def merge_results(results: Sequence[Results | str | Path], out: str | Path) -> Results:
    """Return *results* of several studies as one, kept in the folder *out*, which can be replayed like any other.

    They may add replications, seeds, designs and points of sweeps to each other. A run that several have is kept once;
    points that have the name of another point are numbered on. Baseline, confidence and KPIs of the comparison are
    those of the first; what a rule of precision or selection promised of its runs is not said of the merged ones.

    Raise `ModelError` for what cannot be merged honestly: another version of the code, other windows, one name for two
    designs, one scenario's name for two worlds, a run with two sets of numbers; and if *out* holds results already.
    """
    place = Path(out)
    sources = [_open(each) for each in results]
    if len(sources) < 2:
        raise ModelError("merging takes two results or more; name them")
    if (place / STORE).exists():
        raise ModelError(f"{place} · there are results already; name another folder for the merged ones")
    _check_circumstances(sources)
    _name_points(sources)
    cases = _cases(sources)
    half_done = place.with_name(place.name + ".part")
    shutil.rmtree(half_done, ignore_errors=True)
    try:
        with Store.create(half_done / STORE) as store:
            replications = _copy(sources, store)
            manifest = _manifest(sources, cases, replications)
            store.write_manifest(manifest)
        _copy_files(half_done, cases)
        write_json(half_done / "manifest.json", manifest)
        write_json(half_done / "run.json", {"merged": [str(each.results.path) for each in sources]})
        if place.is_dir() and any(place.iterdir()):
            shutil.copytree(half_done, place, dirs_exist_ok=True)
        else:
            shutil.rmtree(place, ignore_errors=True)
            half_done.replace(place)
    finally:
        shutil.rmtree(half_done, ignore_errors=True)
    return load_results(place)


def _open(given: Results | str | Path) -> _Source:
    results = given if isinstance(given, Results) else load_results(given)
    with Store.open(results.path / STORE, read_only=True) as store:
        return _Source(results, store.scenarios(), store.levels())


def _check_circumstances(sources: Sequence[_Source]) -> None:
    first = sources[0]
    for other in sources[1:]:
        where = f"{first.results.path} and {other.results.path} cannot be merged"
        if (one := first.told["code"]) != (two := other.told["code"]):
            raise ModelError(f"{where}: they were made by netsim {one} and {two}; run both again with one of them")
        if (spans := _windows(first)) != (others := _windows(other)):
            raise ModelError(f"{where}: their windows differ ({spans} against {others})")


def _windows(source: _Source) -> str:
    spans = source.told.get("windows", {})
    return str(spans.get("text") or json.dumps(spans, sort_keys=True))


def _name_points(sources: Sequence[_Source]) -> None:
    """Give each point a name that no other has, and the one that it has already to a point of results before."""
    taken = {case["design"] for source in sources for case in source.told["cases"]}
    known: dict[tuple[str, str, str], str] = {}  # by scenario, hash and levels
    given: dict[_Case, str] = {}  # hashes
    for source in sources:
        points: dict[str, dict[str, str]] = {}
        for case in source.told["cases"]:
            if case["design"] in source.levels:
                points.setdefault(case["design"], {})[case["scenario"]] = case["hash"]
        for design, hashes in points.items():
            levels = json.dumps(source.levels[design], sort_keys=True)
            alike = {known[each] for of in hashes.items() if (each := (*of, levels)) in known}
            name = min(alike - set(source.names.values()), default=design)
            if any(given.get((scenario, name), run) != run for scenario, run in hashes.items()):
                name = _free(design, taken)
            taken.add(name)
            source.names[design] = name
        for design, hashes in points.items():
            levels = json.dumps(source.levels[design], sort_keys=True)
            for scenario, run in hashes.items():
                known.setdefault((scenario, run, levels), source.names[design])
                given.setdefault((scenario, source.names[design]), run)


def _free(design: str, taken: set[str]) -> str:
    """Return the next name like *design*, with a number at its end, that is not *taken*."""
    stem, digits = re.fullmatch(r"(.*?)(\d*)", design, re.DOTALL).groups()  # type: ignore[union-attr]
    return next(name for number in count(1) if (name := f"{stem}{number:0{len(digits)}}") not in taken)


def _cases(sources: Sequence[_Source]) -> dict[_Case, tuple[_Source, dict[str, Any]]]:
    """Return every case of the merged results with the first source that has it; raise `ModelError` if two clash."""
    found: dict[_Case, tuple[_Source, dict[str, Any]]] = {}
    names: dict[str, str] = {}
    worlds: dict[str, tuple[_Source, str]] = {}
    for source in sources:
        for case in source.told["cases"]:
            mine = {**case, "design": source.names.get(case["design"], case["design"])}
            key = (mine["scenario"], mine["design"])
            first, known = found.setdefault(key, (source, mine))
            if known["hash"] != mine["hash"]:
                raise ModelError(
                    f"design {mine['design']!r} of {mine['scenario']!r} is not the same in {first.results.path} and "
                    f"{source.results.path}; give one of them another name and run it again"
                )
            if (name := names.setdefault(mine["hash"], mine["scenario"])) != mine["scenario"]:
                raise ModelError(f"{name!r} and {mine['scenario']!r} are one scenario under two names; choose one")
            _check_world(worlds, source, mine)
    return found


def _check_world(worlds: dict[str, tuple[_Source, str]], source: _Source, case: Mapping[str, Any]) -> None:
    """Raise `ModelError` if the scenario of *case* has the name of one in another world: they share no tape."""
    kept = source.scenarios.get(case["hash"])
    if kept is None:
        return
    first, text = worlds.setdefault(case["scenario"], (source, kept.text))
    if first is not source and text != kept.text and _world_of(text) != _world_of(kept.text):
        raise ModelError(
            f"the scenario {case['scenario']!r} is another world in {first.results.path} than in "
            f"{source.results.path}: designs of the one cannot be compared with those of the other"
        )
    if first is not source:
        worlds[case["scenario"]] = (source, kept.text)


def _world_of(text: str) -> str:
    from netsim.spec.reading import read_yaml_text

    tree = read_yaml_text(text, "scenario").tree
    return json.dumps([tree.get(name) for name in ("start", "currency", "world")], default=str)


def _copy(sources: Sequence[_Source], store: Store) -> int:
    """Write scenarios, points, plans and runs of *sources* into *store*; return the most replications of a design."""
    counts: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for source in sources:
        with Store.open(source.results.path / STORE, read_only=True) as other:
            used = {case["hash"] for case in source.told["cases"]}
            used |= {source.scenarios[run].base for run in used if run in source.scenarios}
            for run, kept in source.scenarios.items():
                if run in used and not kept.base:
                    store.add_scenario(run, kept.name, text=kept.text)
            store.add_points(_points(source))
            planned = other.planned()
            named = {key: _named(key, source) for key in planned}
            for key in named.values():
                counts.setdefault((key.scenario_hash, key.design), set()).add((key.seed, key.replication))
            finished = store.finished()
            store.extend_plan(named.values())
            for first in range(0, len(planned), TOGETHER):
                some = planned[first : first + TOGETHER]
                mine = {named[run.key]: run for run in other.packed(some)}
                for kept_run in store.packed(key for key in mine if key in finished):
                    _check_equal(kept_run, mine[kept_run.key], source)
                store.add_all([_renamed(run, key) for key, run in mine.items()])
    return max(map(len, counts.values()))


def _points(source: _Source) -> Iterator[KeptPoint]:
    for case in source.told["cases"]:
        if case["design"] in source.levels:
            run = case["hash"]
            design, levels = source.names[case["design"]], source.levels[case["design"]]
            kept = source.scenarios[run]
            yield KeptPoint(run, design, kept.base or run, kept.settings, levels)


def _named(key: RunKey, source: _Source) -> RunKey:
    return key._replace(design=source.names.get(key.design, key.design))


def _renamed(run: PackedRun, key: RunKey) -> PackedRun:
    return replace(run, key=key)


def _check_equal(one: PackedRun, two: PackedRun, source: _Source) -> None:
    """Raise `ModelError` if two runs of one key came out differently."""
    if two.status != "done":
        return
    for mine, its, unpack in (
        (one.figures, two.figures, unpack_figures),
        (one.series, two.series, unpack_series),
    ):
        if mine is None or its is None or mine == its:
            continue
        (names, numbers), (others, figures) = unpack(mine), unpack(its)
        if names != others or not np.array_equal(numbers, figures, equal_nan=True):
            raise ModelError(
                f"replication {one.key.replication} of {one.key.design} (seed {one.key.seed}) has other numbers in "
                f"{source.results.path} than in the results before it; replay both to see which holds"
            )


def _manifest(
    sources: Sequence[_Source], cases: Mapping[_Case, tuple[_Source, dict[str, Any]]], replications: int
) -> dict[str, Any]:
    first = sources[0].told
    seeds = dict.fromkeys(seed for source in sources for seed in source.told.get("seeds", [source.told["seed"]]))
    kpis: dict[str, Any] = {}
    for source in reversed(sources):
        kpis |= source.told["kpis"]
    names = dict.fromkeys(source.results.name for source in sources)
    parts = [
        {
            "study": each.told["study"],
            "seed": each.told["seed"],
            "replications": each.told["replications"],
            "python": each.told.get("python", ""),
            "packages": each.told.get("packages", {}),
            "renamed": {old: new for old, new in each.names.items() if old != new},
        }
        for each in sources
    ]
    grown = any(source is not sources[0] for source, _ in cases.values())
    points = [case.get("levels", {}) for _, case in cases.values()]
    sweep = merge_sweeps([source.told.get("sweep") for source in sources], points, grown=grown)
    # A rule that was met, or a selection that was guaranteed, was so of the runs that it asked for.
    kept = {name: told for name, told in first.items() if name not in ("rule", "sweep")}
    return {
        **kept,
        **({} if sweep is None else {"sweep": sweep}),
        "study": " + ".join(names),
        "seeds": list(seeds),
        "replications": replications,
        "merged": parts,
        "cases": [case for _, case in cases.values()],
        "kpis": kpis,
    }


def _copy_files(place: Path, cases: Mapping[_Case, tuple[_Source, dict[str, Any]]]) -> None:
    """Write the scenarios of *cases* and copy the records that there are into *place*."""
    several = len({scenario for scenario, _ in cases}) > 1
    for (scenario, design), (source, case) in cases.items():
        kept = source.scenarios.get(case["hash"])
        name = design_file(scenario, design, several=several)
        if kept is not None and not kept.base:
            write_file(place / "scenarios" / f"{name}.yaml", kept.text.encode())
        old = next((old for old, new in source.names.items() if new == design), design)
        its = design_file(scenario, old, several=len(source.results.scenarios) > 1)
        records = source.results.path / "records" / f"{its}.npz"
        if records.is_file():
            write_file(place / "records" / f"{name}.npz", records.read_bytes())
