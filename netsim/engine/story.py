"""Stories: what happens to an order or a core, told as a generator and stepped by a driver of a few lines.

A step yields `WAIT` when somebody else will resume the story, or `GO` when it can go on in the same breath.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

__all__ = ["GO", "WAIT", "Story", "Telling"]

WAIT = True
GO = False

Telling = Generator[bool, None, Any]


class Story:
    """Something with a story; *owner* and *number* are its cause, *line* tells stories of one cause apart.

    Whoever makes one sets what is listed here, but for *joined* and *work_row*, which are its bench's notes.
    """

    __slots__ = ("claimed", "joined", "line", "number", "owner", "subject", "telling", "work_row")

    claimed: int
    joined: int
    line: int
    number: int
    owner: int
    subject: int
    telling: Telling
    work_row: int

    priority = 0  # all are alike to a bench as yet

    def resume(self) -> None:
        """Go on with the story until it must wait again or ends."""
        for must_wait in self.telling:
            if must_wait:
                return
