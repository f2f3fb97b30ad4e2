"""What a results file gives back: runs in the order of their keys, one KPI of all of them, tables.

Numbers of runs are read first and their blobs one by one, so that memory does not grow with the study.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netsim.store.kept import RUN_COLUMNS, Case, Column, KeptRun, KeptScenario
from netsim.store.packing import Blob, PackedRun, RunKey, pack_totals

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Reader"]

FloatArray = NDArray[np.float64]
MOST_NAMES = 256
"""Sets of names remembered while runs are looked through."""


Rows = Callable[[str, Sequence[Any]], list[Any]]
Numbers = Sequence[float | None]
_Row = tuple[str, str, int, int, Numbers | None]
"""Scenario, design, seed and replication of a run, and its numbers; None where it has no such figure."""


class Reader:
    """Reads through *rows*, which runs a query with its values and gives all rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def cases(self) -> dict[int, Case]:
        """Return every case by its number."""
        found = self._rows(
            "SELECT case_id, COALESCE(name, scenario_hash), scenario_hash, design, seed, code_version FROM cases "
            "LEFT JOIN scenarios ON scenarios.hash = scenario_hash",
            (),
        )
        return {row[0]: Case(*row[1:]) for row in found}

    def keys(self, where: str) -> list[RunKey]:
        """Return the keys of the tasks *where*, in no order."""
        cases = self.cases()
        tasks = self._rows(f"SELECT case_id, replication FROM tasks WHERE {where}", ())
        return [cases[case].key(replication) for case, replication in tasks]

    def done(
        self, *, scenario: str | None = None, scenario_hash: str | None = None, design: str | None = None
    ) -> list[tuple[int, Case, int]]:
        """Return number, case and replication of each finished run of the plan, in the order of the keys."""
        wanted = {
            number: case
            for number, case in self.cases().items()
            if scenario in (None, case.scenario)
            and scenario_hash in (None, case.scenario_hash)
            and design in (None, case.design)
        }
        tasks = self._rows("SELECT run, case_id, replication FROM tasks WHERE current AND status = 'done'", ())
        found = [(run, wanted[case], replication) for run, case, replication in tasks if case in wanted]
        return sorted(found, key=lambda row: (row[1].order, row[1].seed, row[2], row[1].code_version))

    def kept(
        self, table: str, unpack: Callable[[Blob], tuple[Any, FloatArray]], **narrow: str | None
    ) -> Iterator[KeptRun]:
        """Yield the unpacked rows of *table* of each finished run of the plan."""
        names: dict[int, bytes] = {}
        for run, case, replication in self.done(**narrow):
            for names_id, numbers in self._rows(f"SELECT names_id, numbers FROM {table} WHERE run = ?", (run,)):
                if names_id not in names:
                    names[names_id] = self._rows("SELECT names FROM names WHERE names_id = ?", (names_id,))[0][0]
                found = unpack(Blob(names[names_id], numbers))
                yield KeptRun(case.scenario, case.design, replication, case.seed, *found)

    def packed(self, key: RunKey) -> PackedRun | None:
        """Return the run *key* as it was added; None if it was not tried."""
        found = self._rows(
            "SELECT run, seconds, engine, orders, status, error FROM tasks JOIN cases USING (case_id) "
            "JOIN timings USING (run) WHERE (scenario_hash, design, replication, seed, code_version) = (?, ?, ?, ?, ?)",
            key,
        )
        if not found:
            return None
        run, seconds, engine, orders, status, error = found[0]
        blobs = {
            table: Blob(*row)
            for table in ("figures", "series")
            for row in self._rows(
                f"SELECT names, numbers FROM {table} JOIN names USING (names_id) WHERE run = ?", (run,)
            )
        }
        samples = self._rows("SELECT name, dtype, blob FROM samples WHERE run = ? ORDER BY name", (run,))
        figures = blobs.get("figures")
        totals = b"" if figures is None else pack_totals(figures)
        return PackedRun(
            key, seconds, engine, orders, status, error, figures, blobs.get("series"), tuple(samples), totals
        )

    def column(self, kpi: str, **narrow: str | None) -> dict[tuple[str, str], Column]:
        """Return the figure of group ``all`` of each finished run, by scenario and design."""
        asked = self._rows("SELECT kpi_id FROM kpis WHERE kpi = ?", (kpi,))
        numbers: dict[int, Numbers] = {}
        if asked:
            rows = self._rows(
                "SELECT run, value, numerator, denominator FROM tasks CROSS JOIN totals USING (run) "
                "WHERE current AND status = 'done' AND kpi_id = ?",
                asked[0],
            )
            numbers = {run: row for run, *row in rows}
        return _columns(
            (case.scenario, case.design, case.seed, replication, numbers.get(run))
            for run, case, replication in self.done(**narrow)
        )

    def columns(
        self, figures: Collection[tuple[str, str]], runs: Iterable[KeptRun]
    ) -> dict[tuple[str, str], dict[tuple[str, str], Column]]:
        """Return *figures*, each a KPI and a group, of *runs*; by figure, and there by scenario and design."""
        places: dict[int, tuple[Any, list[int | None]]] = {}  # by identity, beside what keeps it from being used again
        found: dict[tuple[str, str], list[_Row]] = {figure: [] for figure in figures}
        for scenario, design, replication, seed, names, numbers in runs:
            if id(names) not in places:
                if len(places) >= MOST_NAMES:
                    places.clear()
                where = {name: row for row, name in enumerate(names)}
                places[id(names)] = names, [where.get(figure) for figure in found]
            for rows, place in zip(found.values(), places[id(names)][1], strict=True):
                its = None if place is None else numbers[place].tolist()
                rows.append((scenario, design, seed, replication, its))
        return {figure: _columns(rows) for figure, rows in found.items()}

    def groups(self, table: str, unpack: Callable[[bytes], tuple[tuple[Any, ...], ...]]) -> dict[str, set[str]]:
        """Return the groups of each KPI of *table* that some finished run of the plan has."""
        rows = self._rows(
            "SELECT names FROM names WHERE names_id IN "
            f"(SELECT names_id FROM tasks CROSS JOIN {table} USING (run) WHERE current AND status = 'done')",
            (),
        )
        found: dict[str, set[str]] = {}
        for (names,) in rows:
            for kpi, group, *_ in unpack(names):
                found.setdefault(kpi, set()).add(group)
        return found

    def draws(self, scenario: str) -> list[tuple[int, int]]:
        """Return seed and replication of all runs of the plan of *scenario*, each once, in order."""
        seeds = {number: case.seed for number, case in self.cases().items() if case.scenario == scenario}
        rows = self._rows("SELECT case_id, replication FROM tasks WHERE current", ())
        return sorted({(seeds[case], replication) for case, replication in rows if case in seeds})

    def designs(self) -> list[str]:
        """Return the designs of the finished runs of the plan, in order."""
        return sorted({case.design for _, case, _ in self.done()})

    def levels(self) -> dict[str, dict[str, Any]]:
        """Return the level of each factor by point of the plan, factors in the order in which they were given."""
        rows = self._rows(
            "SELECT design, factor, levels.value FROM levels JOIN point_levels USING (design, factor) "
            "GROUP BY design, factor ORDER BY design, min(position)",
            (),
        )
        found: dict[str, dict[str, Any]] = {}
        for design, factor, value in rows:
            found.setdefault(design, {})[factor] = value
        return found

    def totals(self) -> pd.DataFrame:
        """Return the figures of group ``all`` of each finished run of the plan as a table, in the order of the keys."""
        import pandas as pd

        done = self.done()
        kpis = sorted(self._rows("SELECT kpi, kpi_id FROM kpis", ()))
        rows = self._rows(
            "SELECT run, kpi_id, value, numerator, denominator FROM tasks CROSS JOIN totals USING (run) "
            "WHERE current AND status = 'done'",
            (),
        )
        numbers = np.array(rows, dtype=np.float64).reshape(-1, 5)
        places = _ranks(numbers[:, 0], [run for run, _, _ in done])
        names = _ranks(numbers[:, 1], [number for _, number in kpis])
        order = np.lexsort([names, places])
        places, names, numbers = places[order], names[order], numbers[order]
        columns: dict[str, Any] = {
            "scenario": np.array([case.scenario for _, case, _ in done], dtype=object)[places],
            "design": np.array([case.design for _, case, _ in done], dtype=object)[places],
            "replication": np.array([replication for *_, replication in done], dtype=np.int64)[places],
            "seed": np.array([case.seed for _, case, _ in done], dtype=np.int64)[places],
            "kpi": np.array([kpi for kpi, _ in kpis], dtype=object)[names],
            "group": np.full(len(places), "all", dtype=object),
        }
        return pd.DataFrame(columns | dict(zip(("value", "numerator", "denominator"), numbers[:, 2:].T, strict=True)))

    def runs(self, where: str = "TRUE", values: Sequence[Any] = ()) -> list[Any]:
        """Return `RUN_COLUMNS` of each run *where*, in the order of the keys."""
        return self._rows(
            f"SELECT {', '.join(RUN_COLUMNS)} FROM runs WHERE {where} "
            "ORDER BY scenario, scenario_hash, design, replication, seed, code_version",
            values,
        )

    def scenarios(self) -> dict[str, KeptScenario]:
        """Return every scenario by its hash, in the order of names; points share the text that they are laid on."""
        rows = self._rows("SELECT hash, name, text, base, settings FROM scenarios ORDER BY name, hash", ())
        texts = {row[0]: row[2] for row in rows if row[3] is None}
        return {
            run: KeptScenario(name, text if base is None else texts.get(base, ""), settings or "", base or "")
            for run, name, text, base, settings in rows
        }


def _columns(rows: Iterable[_Row]) -> dict[tuple[str, str], Column]:
    """Return *rows* by scenario and design."""
    found: dict[tuple[str, str], list[tuple[int, int, Numbers, bool]]] = {}
    for scenario, design, seed, replication, numbers in rows:
        row = (seed, replication, numbers or (None, None, None), numbers is not None)
        found.setdefault((scenario, design), []).append(row)
    made = {}
    for of, some in found.items():
        seeds, replications, figures, present = zip(*sorted(some, key=lambda row: row[:2]), strict=True)
        made[of] = Column(
            np.array(seeds, dtype=np.int64), np.array(replications, dtype=np.int64),
            np.array(figures, dtype=np.float64).reshape(-1, 3), np.array(present, dtype=np.bool_),
        )  # fmt: skip
    return made


def _ranks(numbers: FloatArray, ordered: Sequence[int]) -> NDArray[np.intp]:
    """Return the place in *ordered* of each of *numbers*, all of which are there."""
    known = np.array(ordered, dtype=np.float64)
    by_number = np.argsort(known)
    return by_number[np.searchsorted(known, numbers, sorter=by_number)]
