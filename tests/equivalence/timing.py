"""Times of a generated network: all on one coarse tick, all zero, or as odd as they come."""

from __future__ import annotations

from typing import Any

from tests.equivalence.choices import Choices

__all__ = ["DAY", "HOUR", "KINDS", "Times", "span"]

HOUR, DAY = 3600, 86_400
KINDS = ("coarse", "nothing", "mixed", "odd")
_TICKS = (6 * HOUR, HOUR, DAY, 12 * HOUR)
_CLOCK = {HOUR: (6, 9, 12, 13, 18), 6 * HOUR: (0, 6, 12, 18), 12 * HOUR: (0, 12), DAY: (0,)}
_DAYS = ("daily", "mon-fri", "mon,thu", "sat", "tue,wed,fri", "sun-tue")


def span(seconds: int) -> str:
    """Return *seconds* as a scenario writes them."""
    return f"{seconds} s"


class Times:
    """Draws durations, distributions, shifts and schedules of one style.

    *coarse*: whole ticks, seldom random; *nothing*: almost all zero; *mixed*: ticks beside distributions; *odd*: any
    second.
    """

    def __init__(self, choose: Choices) -> None:
        self._choose = choose
        self.kind = choose.pick(KINDS)
        self.tick = choose.pick(_TICKS)
        self._common: Any = self._schedule() if choose.chance(60) else None

    def seconds(self, most: int = 6) -> int:
        """Return a duration of at most *most* ticks, or thereabouts."""
        choose = self._choose
        if self.kind == "nothing":
            return self.tick if choose.chance(8) else 0
        if self.kind == "odd":
            return choose.whole(0, most * 6 * HOUR)
        return choose.whole(0, most) * self.tick

    def some_seconds(self, most: int = 6) -> int:
        """Return a duration above 0."""
        return self.seconds(most) or self.tick

    def duration(self, most: int = 6) -> str:
        """Return a duration as text."""
        return span(self.seconds(most))

    def spread(self, most: int = 6) -> Any:
        """Return a duration, fixed or random."""
        choose = self._choose
        random = {"coarse": 15, "nothing": 4, "mixed": 50, "odd": 60}[self.kind]
        if not choose.chance(random):
            return self.duration(most)
        mean = self.some_seconds(most)
        shape = choose.pick(
            ("exponential", "lognormal", "gamma", "erlang", "uniform", "triangular", "weibull", "empirical")
        )
        if shape == "uniform":
            return {"uniform": [span(mean // 2), span(mean * 2)]}
        if shape == "triangular":
            return {"triangular": [span(0), span(mean), span(2 * mean)]}
        if shape == "empirical":
            return {"empirical": [span(0), span(mean), span(3 * mean)], "weights": [1, choose.pick((1, 2)), 1]}
        options = {"exponential": {}, "erlang": {"k": choose.pick((2, 3))}}
        return {shape: span(mean), **options.get(shape, {"cv": choose.pick((0.5, 2))})}

    def shift(self) -> str:
        """Return opening hours."""
        return self._choose.pick(
            (
                "mon-fri 06:00-18:00",
                "daily 00:00-12:00",
                "mon-sat 09:00-13:00 14:00-19:00",
                "daily 18:00-06:00",
                "sat 10:00-11:00",
                "always",
                "mon,wed 00:00-24:00; fri 12:00-12:30",
            )
        )

    def schedule(self) -> Any:
        """Return local times of departures or reviews; many networks have one that most keep to."""
        return self._common if self._common and self._choose.chance(70) else self._schedule()

    def _schedule(self) -> Any:
        choose = self._choose
        if choose.chance(8):
            return f"monthly {choose.pick(('1', '5,20', '28'))} {choose.pick(_CLOCK[HOUR]):02d}:00"
        hours = choose.some(_CLOCK[self.tick] if self.kind != "odd" else _CLOCK[HOUR], least=1, most=2)
        days = choose.pick(_DAYS)
        return [f"{days} {hour:02d}:{'30' if self.kind == 'odd' else '00'}" for hour in hours]
