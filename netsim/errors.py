"""What netsim raises: mistakes of the user's, told all at once, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = ["Fault", "ModelError", "NetsimError", "ScenarioError", "TapeExhausted", "did_you_mean"]


class NetsimError(Exception):
    """Base of every error that netsim raises on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One mistake in the user's input: where it stands, what is wrong and what to do about it.

    *file* is the path as the user wrote it, *line* is 1-based (0: the file as a whole), *path* names the value,
    such as ``network.lanes["shenzhen -> venlo"].transit``.
    """

    file: str
    line: int
    path: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        parts = [place, self.path, self.what, self.remedy]
        return " · ".join(part for part in parts if part)


class ScenarioError(NetsimError):
    """The input is at fault; *faults* holds every mistake found, in order of file and line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class ModelError(NetsimError):
    """A Python caller used the library in a way that has no meaning; the message names the value and the remedy."""


class TapeExhausted(NetsimError):  # noqa: N818 - the field says that a tape runs out, not that it errs
    """A scripted tape was asked for a draw that its script does not hold."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean `x`?`` for the known name closest to *name*, or an empty string."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""
