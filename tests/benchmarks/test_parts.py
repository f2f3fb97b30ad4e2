"""Every part of the benchmark runs at a tiny size and fills the tables of its chapter; no time is asserted."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import bare_c, first_start, global_network, large_sweep, mexico, repair_network, scheduling, supply_net
from benchmarks.chapters import CHAPTERS
from benchmarks.parts import measure_part, sheet_file
from benchmarks.sheet import Sheet, read_sheet
from benchmarks.workers import run_study


def measured(part: str, folder: Path) -> Sheet:
    """Return the sheet of a part at its tiny size, written and read again."""
    assert measure_part(part, folder, quick=True).errors == {}
    return read_sheet(sheet_file(part, folder))


def test_repair_network(tmp_path: Path) -> None:
    sheet = measured("repair_network", tmp_path)
    text = CHAPTERS["repair_network"].tell(sheet.figures)
    for size in sheet.figures["sizes"].values():
        for name, row in size["programs"].items():
            assert repair_network.LABELS[name] in text
            assert row["low"] <= size["exact"] <= row["high"]
            assert 0 < row["best"] <= row["median"]
    programs = sheet.figures["sizes"]["20"]["programs"]
    assert (repair_network.C in programs) == (bare_c.find_compiler() is not None)
    assert (repair_network.NET in programs) == supply_net.is_installed()


def test_global_network(tmp_path: Path) -> None:
    sheet = measured("global_network", tmp_path)
    figures = sheet.figures
    assert set(figures["phases"]) == set(global_network.PHASES)
    assert figures["occurrences"]["an_order"] > 2  # at the least a claim, and the end of some work
    text = CHAPTERS["global_network"].tell(figures)
    assert all(label in text for label in global_network.PHASES.values())
    assert ("binary heap" in text) == (bare_c.find_compiler() is not None)


def test_mexico_phases_and_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mexico, "_measure_command", lambda sheet, replications, pictures: None)  # docs run it
    text = CHAPTERS["mexico"].tell(measured("mexico", tmp_path).figures)
    assert all(label in text for label in mexico.PHASES.values())


def test_one_worker_and_two_find_the_same(tmp_path: Path) -> None:
    file = mexico.study_file(quick=True)
    found = {run_study(file, workers=n, replications=1, folder=tmp_path / str(n))[1] for n in (1, 2)}
    assert len(found) == 1


def test_scheduling_in_this_process(tmp_path: Path) -> None:
    found = scheduling.run_timed(
        mexico.study_file(quick=True), days=60, replications=3, folder=tmp_path / "out", workers=1
    )
    assert found["runs"] == 6
    assert found["wall"] > 0.99 * found["runs"] * found["seconds"] > 0
    assert found["overhead"] == pytest.approx(found["wall"] / (6 * found["seconds"]) - 1)
    told = CHAPTERS["scheduling"].tell({"crews": dict.fromkeys(scheduling.CREWS, found)})
    assert all(label in told for label in scheduling.CREWS.values())


def test_what_a_large_sweep_costs_is_in_proportion(tmp_path: Path) -> None:
    tiny = large_sweep.run_sweep("tiny", 3, 2, tmp_path / "tiny")
    assert tiny["runs"] == 6
    assert tiny["bytes"] > 0
    figures = {
        "tiny": {**tiny, "coordinator": 0.001, "growth": 0.001},
        "mexico": {**tiny, "seconds": 0.25, "bytes": 50_000, "coordinator": 0.002, "coordinator_megabytes": 150.0},
    }
    found = large_sweep.extrapolate(figures, runs=100_000)
    assert found["hours"] == {
        "2": pytest.approx(100_000 * 0.25 / 2 / 3600),
        "16": pytest.approx(100_000 * 0.25 / 16 / 3600),
        "128": pytest.approx(100_000 * 0.002 / 3600),  # one process hands out no faster
    }
    assert found["feeds"] == pytest.approx(125)
    assert found["megabytes"]["store"] == pytest.approx(5000)
    assert found["megabytes"]["coordinator"] == pytest.approx(250)
    assert large_sweep.extrapolate(figures, runs=1000, seconds=9.0)["hours"]["2"] == pytest.approx(1.25)
    told = CHAPTERS["large_sweep"].tell({**figures, "sweep": found})
    assert "100,000 runs of 0.250 s" in told
    assert "| results file | 5.00 GB |" in told


def test_first_start(tmp_path: Path) -> None:
    sheet = Sheet("first_start", quick=True)
    first_start.measure(sheet)
    assert sheet.errors == {}
    assert "`import netsim`" in CHAPTERS["first_start"].tell(sheet.figures)


def test_a_step_that_fails_leaves_its_error_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = Sheet("mexico", file=tmp_path / "mexico.json")
    with sheet.step("first"):
        raise RuntimeError("no network")
    with sheet.step("second"):
        sheet.figures["second"] = 1
    kept = read_sheet(tmp_path / "mexico.json")  # after every step
    assert kept.errors == {"first": "RuntimeError: no network"}
    assert kept.figures == {"second": 1}
    assert "no network" in capsys.readouterr().err
