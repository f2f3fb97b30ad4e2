"""How far a study is: a bar in a terminal, a plain line now and then elsewhere, and a file of such lines to look up.

All of them tell the time left by the pace of the last minutes: runs of an earlier start do not count, and points of a
sweep that are slower than those before make it longer.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

__all__ = [
    "LOG",
    "BarProgress",
    "LineProgress",
    "LogProgress",
    "NoProgress",
    "Progress",
    "Tellers",
    "choose_progress",
    "format_clock",
]

LOG = "log.txt"
"""Name of the log in a study's folder."""

MOST_FAILURES = 5
"""Failures that are told one by one; the others are counted. The log tells all."""

_MARK = 5.0  # seconds between two marks of how many had ended
_MEMORY = 600.0  # seconds over which the pace is taken
_RARELY = 0.01  # of the time gone between two lines: some hundreds of lines, however long it takes


class Progress(Protocol):
    """What a study tells while it runs; any object with these methods will do."""

    def start(self, title: str, *, total: int, done: int) -> None:
        """Begin: *done* of *total* runs were finished before."""
        ...

    def extend(self, total: int, *, done: int = 0) -> None:
        """Now there are *total* runs; *done* of those that came in addition were finished before."""
        ...

    def advance(self) -> None:
        """One more run has ended, well or not."""
        ...

    def fail(self, text: str) -> None:
        """The run that is about to be counted failed; *text* names it and says so and why."""
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

    def extend(self, total: int, *, done: int = 0) -> None: ...

    def advance(self) -> None: ...

    def fail(self, text: str) -> None: ...

    def note(self, text: str) -> None: ...

    def finish(self) -> None: ...


class _Count:
    """Runs done and runs to do, and the seconds that those to do will take."""

    def __init__(self, clock: Callable[[], float], *, total: int, done: int) -> None:
        self.total, self.done, self.failed = total, done, 0
        self._clock = clock
        self._begun = clock()
        self._here = 0  # ended in this call
        self._marks = deque([(self._begun, 0)])

    @property
    def gone(self) -> float:
        """Return the seconds since the beginning."""
        return self._clock() - self._begun

    def extend(self, total: int, done: int) -> None:
        self.total = total
        self.done += done

    def advance(self) -> None:
        self.done += 1
        self._here += 1
        now = self._clock()
        if now - self._marks[-1][0] >= _MARK:  # runs end in bursts, of a batch or of all workers
            self._marks.append((now, self._here))
            while len(self._marks) > 2 and now - self._marks[1][0] >= _MEMORY:
                self._marks.popleft()

    def left(self) -> float | None:
        """Return the seconds left, or None where nothing tells."""
        then, had = self._marks[0]
        made = self._here - had
        if not made or self.done >= self.total:
            return None
        return (self._clock() - then) / made * (self.total - self.done)


class LineProgress:
    """Plain lines for pipes: runs done, time gone, time left.

    One comes every *every* seconds, more rarely the longer it takes, and a last one.
    """

    most_failures: int | None = MOST_FAILURES

    def __init__(
        self, stream: TextIO | None = None, *, every: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._every = every
        self._clock = clock
        self._title = ""
        self._count = _Count(clock, total=0, done=0)
        self._told = 0.0
        self._is_told = True

    def start(self, title: str, *, total: int, done: int) -> None:
        """Note the beginning; nothing is said yet, so that short studies say one line only."""
        self._title = title
        self._count = _Count(self._clock, total=total, done=done)
        self._told = self._clock()
        self._is_told = False

    def extend(self, total: int, *, done: int = 0) -> None:
        """Note that there is more to do."""
        self._count.extend(total, done)
        self._is_told = False

    def advance(self) -> None:
        """Count a run, and tell if the last line is old enough or all is done."""
        count = self._count
        count.advance()
        self._is_told = False
        if count.done >= count.total or self._clock() - self._told >= max(self._every, _RARELY * count.gone):
            self._tell()

    def fail(self, text: str) -> None:
        """Write *text* as a line, unless there were enough of them."""
        self._count.failed += 1
        if self.most_failures is None or self._count.failed <= self.most_failures:
            self.note(text)

    def note(self, text: str) -> None:
        """Write *text* as a line."""
        self._write(text)

    def finish(self) -> None:
        """Write the last line, unless it was written."""
        if not self._is_told:
            self._tell()

    def _write(self, text: str) -> None:
        print(text, file=sys.stderr if self._stream is None else self._stream, flush=True)

    def _tell(self) -> None:
        count = self._count
        self._told = self._clock()
        self._is_told = True
        text = f"{self._title}: {count.done}/{count.total} runs, {format_clock(count.gone)} gone"
        left = count.left()
        if left is not None:
            text += f", {format_clock(left)} left"
        if count.failed:
            text += f", {count.failed} failed"
        self._write(text)


class LogProgress(LineProgress):
    """Lines with the time of day at the end of the file *path*: start, progress, notes, every failure, end.

    What can be written nowhere is left out: a full disk is told by the store. Notes wait for the start, before which
    there is no folder.
    """

    most_failures = None

    def __init__(self, path: Path, *, every: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(every=every, clock=clock)
        self._path = path
        self._early: list[str] | None = []

    def start(self, title: str, *, total: int, done: int) -> None:
        """Write the first line."""
        super().start(title, total=total, done=done)
        early, self._early = self._early or [], None
        before = f", {done} of them done before" if done else ""
        for text in (*early, f"{title}: start of {_runs(total)}{before}"):
            self._write(text)

    def extend(self, total: int, *, done: int = 0) -> None:
        """Write how many runs there are now."""
        more = total - self._count.total
        super().extend(total, done=done)
        self._write(f"{self._title}: {_runs(more)} more, {total} in all")

    def finish(self) -> None:
        """Write the last line, and that it is the last."""
        super().finish()
        if self._title:
            self._write(f"{self._title}: end")

    def _write(self, text: str) -> None:
        if self._early is not None:
            self._early.append(text)
            return
        stamp = datetime.now().astimezone().isoformat(timespec="seconds")
        with contextlib.suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.writelines(f"{stamp} {line}\n" for line in text.splitlines())


class BarProgress:
    """A bar in a terminal, with runs done, time gone and time left."""

    def __init__(self, stream: TextIO | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._count = _Count(clock, total=0, done=0)
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def start(self, title: str, *, total: int, done: int) -> None:
        """Draw the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Gone

        self._count = _Count(self._clock, total=total, done=done)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("runs"),
            Gone(),
            TextColumn("gone{task.fields[told]}"),
            console=Console(file=self._stream, stderr=self._stream is None),
        )
        self._task = self._bar.add_task(title, total=total, completed=done, told="")
        self._bar.start()

    def extend(self, total: int, *, done: int = 0) -> None:
        """Lengthen the bar."""
        self._count.extend(total, done)
        self._draw()

    def advance(self) -> None:
        """Move the bar by a run."""
        self._count.advance()
        self._draw()

    def fail(self, text: str) -> None:
        """Write *text* above the bar, unless there were enough of them; the bar tells how many."""
        self._count.failed += 1
        if self._count.failed <= MOST_FAILURES:
            self.note(text)

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

    def _draw(self) -> None:
        if self._bar is None or self._task is None:
            return
        count = self._count
        left = count.left()
        told = "" if left is None else f", {format_clock(left)} left"
        if count.failed:
            told += f", {count.failed} failed"
        self._bar.update(self._task, completed=count.done, total=count.total, told=told)


class Tellers:
    """Several that are told the same."""

    def __init__(self, tellers: Sequence[Progress]) -> None:
        self._tellers = tuple(tellers)

    def start(self, title: str, *, total: int, done: int) -> None:
        for each in self._tellers:
            each.start(title, total=total, done=done)

    def extend(self, total: int, *, done: int = 0) -> None:
        for each in self._tellers:
            each.extend(total, done=done)

    def advance(self) -> None:
        for each in self._tellers:
            each.advance()

    def fail(self, text: str) -> None:
        for each in self._tellers:
            each.fail(text)

    def note(self, text: str) -> None:
        for each in self._tellers:
            each.note(text)

    def finish(self) -> None:
        for each in self._tellers:
            each.finish()


def choose_progress(wanted: Progress | bool | None = None, log: Path | None = None) -> Progress:
    """Return *wanted* itself; nothing to see for False; for None or True a bar in a terminal, and lines elsewhere.

    With *log* all is written to the end of that file, too.
    """
    chosen: Progress
    if wanted is False:
        chosen = NoProgress()
    elif wanted is None or wanted is True:
        chosen = BarProgress() if sys.stderr.isatty() else LineProgress()
    else:
        chosen = wanted
    return chosen if log is None else Tellers([LogProgress(log), chosen])


def _runs(count: int) -> str:
    return f"{count} run{'s' * (count != 1)}"


def format_clock(seconds: float) -> str:
    """Return a time as ``12 s``, ``3:05 min`` or ``2:03 h``."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"
