"""Windows: the seconds of a run that are measured, and how long the run lasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from netsim.errors import ModelError
from netsim.units import format_duration

__all__ = ["Windows"]


class _Spans(Protocol):
    @property
    def warm_up(self) -> int: ...
    @property
    def measure(self) -> int: ...
    @property
    def cool_down(self) -> int: ...
    @property
    def kind(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Windows:
    """What is measured: orders created in [begin, end); demand and service go on to the horizon.

    All three are seconds. *kind* is ``terminating`` or ``steady-state`` where the study says so; it changes no run.
    Raise `ModelError` unless 0 <= begin < end <= horizon.
    """

    begin: int
    end: int
    horizon: int
    kind: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.begin < self.end <= self.horizon:
            raise ModelError(
                f"windows begin={self.begin} end={self.end} horizon={self.horizon}: "
                "seconds must have 0 <= begin < end <= horizon"
            )

    @classmethod
    def of(cls, spans: _Spans) -> Windows:
        """Return the windows of a study file's ``windows``: warm_up, measure and cool_down in seconds."""
        end = spans.warm_up + spans.measure
        return cls(spans.warm_up, end, end + spans.cool_down, spans.kind)

    @property
    def length(self) -> int:
        """Return the measured seconds."""
        return self.end - self.begin

    def holds(self, second: int) -> bool:
        """Return whether what was created at *second* is measured."""
        return self.begin <= second < self.end

    def __str__(self) -> str:
        return (
            f"warm-up {format_duration(self.begin)}, measured {format_duration(self.length)}, "
            f"cool-down {format_duration(self.horizon - self.end)}"
        )
