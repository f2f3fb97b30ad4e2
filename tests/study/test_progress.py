"""Progress: what is told, and when, on a clock of our own."""

from __future__ import annotations

import io
import sys

import pytest

from netsim.study.progress import BarProgress, LineProgress, NoProgress, choose_progress, format_clock


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
    bar.note("between [brackets]")
    bar.finish()
    text = out.getvalue()
    assert "before" in text
    assert "between [brackets]" in text
    assert "2/4" in text
    assert "left" in text


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
