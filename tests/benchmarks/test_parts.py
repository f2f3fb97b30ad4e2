"""Every part of the benchmark runs at a tiny size and fills the tables of its chapter; no time is asserted."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import bare_c, first_start, global_network, mexico, repair_network, supply_net
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
