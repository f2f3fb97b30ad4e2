"""How far a study is: a bar with the time left in a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

__all__ = ["BarProgress", "LineProgress", "NoProgress", "Progress", "choose_progress", "format_clock"]


class Progress(Protocol):
    """What a study tells while it runs; any object with these methods will do."""

    def start(self, title: str, *, total: int, done: int) -> None:
        """Begin: *done* of *total* runs were finished before."""
        ...

    def advance(self) -> None:
        """One more run has ended."""
        ...

    def note(self, text: str) -> None:
        """Tell the user something in words."""
        ...

    def finish(self) -> None:
        """End, whether all runs are done or not."""
        ...


class NoProgress:
    """Silence."""

    def start(self, title: str, *, total: int, done: int) -> None: ...

    def advance(self) -> None: ...

    def note(self, text: str) -> None: ...

    def finish(self) -> None: ...


class LineProgress:
    """Plain lines for logs and pipes, one every *every* seconds and a last one: runs done, time gone, time left."""

    def __init__(
        self, stream: TextIO | None = None, *, every: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._every = every
        self._clock = clock
        self._title, self._total, self._before, self._done = "", 0, 0, 0
        self._begun = self._told = 0.0
        self._is_told = True

    def start(self, title: str, *, total: int, done: int) -> None:
        """Note the beginning; nothing is said yet, so that short studies say one line only."""
        self._title, self._total, self._before, self._done = title, total, done, done
        self._begun = self._told = self._clock()
        self._is_told = False

    def advance(self) -> None:
        """Count a run, and tell if the last line is old enough or all is done."""
        self._done += 1
        self._is_told = False
        if self._done >= self._total or self._clock() - self._told >= self._every:
            self._tell()

    def note(self, text: str) -> None:
        """Write *text* as a line."""
        print(text, file=self._out, flush=True)

    def finish(self) -> None:
        """Write the last line, unless it was written."""
        if not self._is_told:
            self._tell()

    @property
    def _out(self) -> TextIO:
        return sys.stderr if self._stream is None else self._stream

    def _tell(self) -> None:
        self._told = self._clock()
        self._is_told = True
        gone, here = self._told - self._begun, self._done - self._before
        text = f"{self._title}: {self._done}/{self._total} runs, {format_clock(gone)} gone"
        if here and self._done < self._total:
            text += f", {format_clock(gone / here * (self._total - self._done))} left"
        self.note(text)


class BarProgress:
    """A bar in a terminal, with runs done, time gone and time left."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def start(self, title: str, *, total: int, done: int) -> None:
        """Draw the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Gone
        from rich.progress import TimeRemainingColumn as Left

        # Runs take seconds to minutes and end in bursts of as many as there are workers, hence the long memory.
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("runs"),
            Gone(),
            TextColumn("gone"),
            Left(),
            TextColumn("left"),
            console=Console(file=self._stream, stderr=self._stream is None),
            speed_estimate_period=600,
        )
        self._task = self._bar.add_task(title, total=total, completed=done)
        self._bar.start()

    def advance(self) -> None:
        """Move the bar by a run."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)

    def note(self, text: str) -> None:
        """Write *text* above the bar."""
        if self._bar is None:
            print(text, file=sys.stderr if self._stream is None else self._stream, flush=True)
        else:
            self._bar.console.print(text, markup=False, highlight=False)

    def finish(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def choose_progress(wanted: Progress | bool | None = None) -> Progress:
    """Return *wanted* itself; nothing to see for False; for None or True a bar in a terminal, and lines elsewhere."""
    if wanted is False:
        return NoProgress()
    if wanted is None or wanted is True:
        return BarProgress() if sys.stderr.isatty() else LineProgress()
    return wanted


def format_clock(seconds: float) -> str:
    """Return a time as ``12 s``, ``3:05 min`` or ``2:03 h``."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"
