"""The benchmark of the results file runs at a tiny size, and tells every question that it asks."""

from __future__ import annotations

from pathlib import Path

from benchmarks.chapters import CHAPTERS
from benchmarks.parts import measure_part
from benchmarks.store import QUESTIONS


def test_the_results_file_is_written_and_asked(tmp_path: Path) -> None:
    sheet = measure_part("store", tmp_path, quick=True)
    assert sheet.errors == {}
    assert sheet.figures["runs"] == 500
    text = CHAPTERS["store"].tell(sheet.figures)
    for question in QUESTIONS:
        assert question in text
