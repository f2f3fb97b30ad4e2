"""Stories: what happens to an order or a core, told as a generator and stepped by a driver of a few lines.

A step yields `WAIT` when somebody else will resume the story, or `GO` when it can go on in the same breath.
"""

from __future__ import annotations

from collections.abc import Generator

__all__ = ["GO", "WAIT", "Story", "Telling"]

WAIT = True
GO = False

Telling = Generator[bool, None, None]


class Story:
    """Something with a story; *owner* and *number* are its cause, *line* tells stories of one cause apart."""

    __slots__ = ("claimed", "joined", "line", "number", "owner", "priority", "subject", "telling", "work_row")

    def __init__(self, owner: int, number: int, *, line: int, claimed: int, subject: int) -> None:
        self.owner = owner
        self.number = number
        self.line = line
        self.claimed = claimed
        self.subject = subject
        self.priority = 0
        self.joined = -1
        self.work_row = -1
        self.telling: Telling | None = None

    def resume(self) -> None:
        """Go on with the story until it must wait again or ends."""
        if self.telling is not None:
            for must_wait in self.telling:
                if must_wait:
                    return
