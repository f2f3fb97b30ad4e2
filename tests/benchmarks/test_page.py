"""The page of the benchmarks: every part on it, and as its generator writes it from what was measured."""

from __future__ import annotations

import pytest

from benchmarks.chapters import CHAPTERS
from benchmarks.page import PAGE, page_text, read_sheets
from benchmarks.parts import PARTS
from benchmarks.sheet import Sheet
from benchmarks.tables import number, prose


def test_the_page_is_what_its_generator_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(read_sheets()), "run `python -m benchmarks --page`"


def test_the_page_names_every_part() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert set(CHAPTERS) == set(PARTS)
    for part, chapter in CHAPTERS.items():
        assert f"## {chapter.title}" in page, part


def test_a_part_that_was_not_measured_or_failed_says_so() -> None:
    text = page_text({"workers": Sheet("workers", errors={"1 worker": "RuntimeError: it stopped"})})
    assert "- 1 worker: RuntimeError: it stopped" in text
    assert "Not measured yet: `python -m benchmarks mexico`." in text


def test_a_target_is_met_on_its_own_side() -> None:
    sheet = Sheet("workers")
    sheet.at_least(1.8, "floor", 1.9)
    sheet.at_least(1.8, "missed floor", 1.7)
    sheet.at_most(2.0, "ceiling", 1.9)
    sheet.at_most(2.0, "missed ceiling", 2.1)
    assert [target.is_met for target in sheet.targets] == [True, False, True, False]
    text = page_text({"workers": sheet})
    assert text.count("**no**") == 2
    assert "2 of 4 are not met." in text


def test_a_disturbed_part_is_named() -> None:
    quiet, busy = Sheet("mexico", machine={"busy": "0.1"}), Sheet("workers", machine={"busy": "1.7"})
    text = page_text({"mexico": quiet, "workers": busy})
    assert "`workers` 1.7" in text
    assert "`mexico` 0.1" not in text
    assert "Others kept cores busy" not in page_text({"mexico": quiet})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0"),
        (1234567.0, "1,230,000"),
        (123.4, "123"),
        (12.34, "12.3"),
        (1.234, "1.23"),
        (0.1234, "0.123"),
        (0.01234, "0.0123"),
    ],
)
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_paragraphs_fit_the_page() -> None:
    lines = prose("word " * 100).splitlines()
    assert lines[0] == ""
    assert max(map(len, lines)) <= 120
