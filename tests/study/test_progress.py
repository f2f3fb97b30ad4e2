"""Progress: what is told, and when, on a clock of our own."""

from __future__ import annotations

import io
import sys
from datetime import datetime

import pytest

from netsim.study.progress import (
    MOST_FAILURES,
    BarProgress,
    LineProgress,
    LogProgress,
    NoProgress,
    Tellers,
    choose_progress,
    format_clock,
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def told(clock_steps: list[float], *, total: int, done: int = 0) -> list[str]:
    out, clock = io.StringIO(), Clock()
    progress = LineProgress(out, clock=clock)
    progress.start("launch", total=total, done=done)
    for step in clock_steps:
        clock.now += step
        progress.advance()
    progress.finish()
    return out.getvalue().splitlines()


def test_a_line_comes_every_five_seconds_and_at_the_end():
    assert told([2, 2, 2, 2], total=4) == [
        "launch: 3/4 runs, 6 s gone, 2 s left",
        "launch: 4/4 runs, 8 s gone",
    ]


def test_runs_of_an_earlier_start_do_not_flatter_the_time_left():
    """90 runs were there; one more took 10 s, so nine more take 90 s."""
    assert told([10], total=100, done=90)[0] == "launch: 91/100 runs, 10 s gone, 1:30 min left"


def test_a_study_cut_short_says_how_far_it_came():
    assert told([1], total=3) == ["launch: 1/3 runs, 1 s gone, 2 s left"]


def test_a_study_without_runs_to_do_says_so_once():
    assert told([], total=3, done=3) == ["launch: 3/3 runs, 0 s gone"]


def test_the_time_left_follows_the_pace_of_the_last_minutes():
    """1,000 runs of 1 s, then runs of 10 s: after twenty minutes of those nothing is left of the first pace."""
    lines = told([1.0] * 1000 + [10.0] * 120, total=1180)
    assert lines[-1] == "launch: 1120/1180 runs, 36:40 min gone, 10:00 min left"


def test_bursts_of_runs_do_not_make_the_time_left_jump():
    """Eight runs end together every 4 s: half a second a run, whenever a line comes."""
    lines = told([4.0, *[0.0] * 7] * 50, total=800)
    left = [800 - int(line.split()[1].partition("/")[0]) for line in lines[5:]]
    seconds = [_seconds(line.split(" gone, ")[1]) for line in lines[5:]]
    assert all(abs(told - runs / 2) <= 0.15 * runs / 2 + 4 for runs, told in zip(left, seconds, strict=True))


def _seconds(text: str) -> float:
    number, unit = text.split()[:2]
    minutes, _, rest = number.rpartition(":")
    return int(minutes or 0) * 60 + int(rest) if unit == "min" else int(number)


def test_lines_come_more_rarely_the_longer_it_takes():
    hours = told([10.0] * 36000, total=100_000)
    assert len(hours) < 800


def test_rounds_that_add_runs_make_the_study_longer():
    out, clock = io.StringIO(), Clock()
    progress = LineProgress(out, clock=clock)
    progress.start("launch", total=2, done=0)
    for _ in range(2):
        clock.now += 10
        progress.advance()
    progress.extend(8, done=2)  # six more, two of which are there
    clock.now += 10
    progress.advance()
    progress.finish()
    assert out.getvalue().splitlines() == [
        "launch: 1/2 runs, 10 s gone, 10 s left",
        "launch: 2/2 runs, 20 s gone",
        "launch: 5/8 runs, 30 s gone, 30 s left",
    ]


def test_failures_are_told_as_they_come_and_counted_when_there_are_many():
    out, clock = io.StringIO(), Clock()
    progress = LineProgress(out, clock=clock)
    progress.start("launch", total=20, done=0)
    for number in range(20):
        progress.fail(f"p{number}, replication 0 failed: no stock")
        progress.advance()
    lines = out.getvalue().splitlines()
    assert lines[0] == "p0, replication 0 failed: no stock"
    assert len(lines) == MOST_FAILURES + 1
    assert lines[-1] == "launch: 20/20 runs, 0 s gone, 20 failed"


def test_the_log_tells_start_progress_failures_and_end_with_the_time_of_day(tmp_path):
    file, clock = tmp_path / "log.txt", Clock()
    for done in (0, 2):  # a study that goes on adds to its log
        log = LogProgress(file, clock=clock)
        log.note("compiling")
        log.start("launch", total=4, done=done)
        for number in range(2):
            clock.now += 40
            log.fail(f"run {number} failed")
            log.advance()
        log.extend(5)
        log.finish()
    lines = [line.split(" ", 1) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [text for _, text in lines] == [
        "compiling",
        "launch: start of 4 runs",
        "run 0 failed",
        "launch: 1/4 runs, 40 s gone, 2:00 min left, 1 failed",
        "run 1 failed",
        "launch: 2/4 runs, 1:20 min gone, 1:20 min left, 2 failed",
        "launch: 1 run more, 5 in all",
        "launch: 2/5 runs, 1:20 min gone, 2:00 min left, 2 failed",
        "launch: end",
        "compiling",
        "launch: start of 4 runs, 2 of them done before",
        "run 0 failed",
        "launch: 3/4 runs, 40 s gone, 40 s left, 1 failed",
        "run 1 failed",
        "launch: 4/4 runs, 1:20 min gone, 2 failed",
        "launch: 1 run more, 5 in all",
        "launch: 4/5 runs, 1:20 min gone, 40 s left, 2 failed",
        "launch: end",
    ]
    assert all(datetime.fromisoformat(stamp).tzinfo for stamp, _ in lines)


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path):
    log = LogProgress(tmp_path / "nowhere" / "log.txt")
    log.start("launch", total=1, done=0)
    log.advance()
    log.finish()
    assert not (tmp_path / "nowhere").exists()


def test_a_study_that_never_starts_leaves_no_log(tmp_path):
    log = LogProgress(tmp_path / "log.txt")
    log.note("the engine is compiled")
    log.finish()
    assert list(tmp_path.iterdir()) == []


def test_notes_are_lines_of_their_own():
    out = io.StringIO()
    LineProgress(out).note("3 runs of another version are not used")
    assert out.getvalue() == "3 runs of another version are not used\n"


def test_the_bar_shows_runs_and_times():
    out = io.StringIO()
    bar = BarProgress(out)
    bar.note("before")
    bar.start("launch", total=4, done=1)
    bar.advance()
    bar.fail("one [design] failed")
    bar.extend(9, done=1)
    bar.note("between [brackets]")
    bar.finish()
    text = out.getvalue()
    assert "before" in text
    assert "between [brackets]" in text
    assert "3/9" in text
    assert "left, 1 failed" in text
    assert "one [design] failed" in text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (65, "1:05 min"), (7380, "2:03 h")])
def test_times_are_read_at_a_glance(seconds, text):
    assert format_clock(seconds) == text


def test_a_terminal_gets_the_bar_and_a_pipe_gets_lines(monkeypatch):
    assert isinstance(choose_progress(False), NoProgress)
    mine = NoProgress()
    assert choose_progress(mine) is mine
    for is_terminal, kind in ((True, BarProgress), (False, LineProgress)):
        stream = io.StringIO()
        monkeypatch.setattr(stream, "isatty", lambda answer=is_terminal: answer)
        monkeypatch.setattr(sys, "stderr", stream)
        assert isinstance(choose_progress(), kind)


def test_a_log_is_written_beside_whatever_is_seen(tmp_path):
    out = io.StringIO()
    both = choose_progress(LineProgress(out), tmp_path / "log.txt")
    assert isinstance(both, Tellers)
    both.start("launch", total=2, done=1)
    both.fail("one failed")
    both.advance()
    both.extend(2)
    both.note("a word")
    both.finish()
    last = "launch: 2/2 runs, 0 s gone, 1 failed"
    assert out.getvalue().splitlines() == ["one failed", last, "a word", last]
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert all(word in log for word in ("start of 2 runs", "one failed", "2/2 runs", "a word", "end"))
    silent = choose_progress(False, tmp_path / "quiet.txt")
    silent.start("launch", total=1, done=0)
    assert "start of 1 run" in (tmp_path / "quiet.txt").read_text(encoding="utf-8")
