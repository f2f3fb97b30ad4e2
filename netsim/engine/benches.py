"""Benches: technicians in opening hours, who take jobs by (priority, time joined, claim time, zone, k)."""

from __future__ import annotations

from heapq import heappop, heappush

from netsim.engine.clock import Clock
from netsim.engine.contract import LEG_BITS, Phase, pack
from netsim.engine.recorder import Recorder, row_maker
from netsim.engine.records import COLUMNS, WorkEnd
from netsim.engine.story import GO, WAIT, Story
from netsim.model.calendars import OpenHours

__all__ = ["Bench"]

_row = row_maker("work")
_CELL = {column: i for i, column in enumerate(COLUMNS["work"])}
_ENDS = pack(Phase.END, 0)
_END, _OUTCOME, _WIDTH = _CELL["end"], _CELL["outcome"], len(_CELL)
# Plain integers: a member of an enumeration costs a look-up at each use.
_WORK_DONE, _WORK_UNDER_WAY = (
    int(WorkEnd.DONE),
    int(WorkEnd.UNDER_WAY),
)


class Bench:
    """One bench. A finite one grants once per instant; an unlimited one takes a job at once while it is open."""

    def __init__(
        self, number: int, technicians: int, hours: OpenHours | None, clock: Clock, recorder: Recorder
    ) -> None:
        self.number = number
        self.hours = hours
        self._unlimited = technicians == 0
        self._idle = technicians
        self._clock = clock
        self._work = recorder.work
        self._queue: list[tuple[int, int, int, int, int, int, Story]] = []
        self._granting = False
        self._opening = False

    def is_open(self) -> bool:
        """Return whether the bench is open now."""
        return self.hours is None or self.hours.is_open(self._clock.now)

    def join(self, job: Story) -> bool:
        """Queue for a technician; return WAIT, or GO where one is always free."""
        now = self._clock.now
        job.joined = now
        if self._unlimited and (self.hours is None or self.is_open()):
            return GO
        heappush(self._queue, (job.priority, now, job.claimed, job.owner, job.number, job.line, job))
        self._call_grant()
        return WAIT

    def work(self, job: Story, activity: int, content: int, part: int = -1, attempt: int = 0) -> bool:
        """Start *content* seconds of work, which elapse in opening hours; return WAIT."""
        now = self._clock.now
        end = now + content if self.hours is None else self.hours.end_of_work(now, content)
        row = self._work.append(
            _row(self.number, job.subject, activity, part, job.joined, now, -1, content, _WORK_UNDER_WAY, attempt)
        )
        job.work_row = row
        self._clock.at(end, _ENDS + (row << LEG_BITS), self._ends, job)
        return WAIT

    def note(self, job: Story, outcome: WorkEnd) -> None:
        """Write how the job's last work ended, where it was not simply done."""
        self._work.cells[job.work_row * _WIDTH + _OUTCOME] = outcome

    def leave(self) -> None:
        """Give a technician back."""
        if not self._unlimited:
            self._idle += 1
            if self._queue:
                self._call_grant()

    def _ends(self, job: Story) -> None:
        base = job.work_row * _WIDTH
        cells = self._work.cells
        cells[base + _END] = job.joined = self._clock.now  # work that follows on the same technician joins now
        cells[base + _OUTCOME] = _WORK_DONE
        job.resume()

    def _call_grant(self) -> None:
        now = self._clock.now
        if self.is_open():
            if not self._granting and (self._idle > 0 or self._unlimited):
                self._granting = True
                self._clock.at(now, pack(Phase.GRANT, self.number), self._grant, None)
        elif not self._opening and self.hours is not None:
            self._opening = True
            self._clock.at(self.hours.next_open(now), pack(Phase.CALENDAR, self.number), self._opens, None)

    def _opens(self, _: None) -> None:
        self._opening = False
        if self._queue:
            self._call_grant()

    def _grant(self, _: None) -> None:
        self._granting = False
        while self._queue and (self._idle > 0 or self._unlimited):
            job = heappop(self._queue)[-1]
            if not self._unlimited:
                self._idle -= 1
            job.resume()
