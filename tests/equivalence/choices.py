"""Choices: the one way in which generators ask for chance, so that hypothesis and a plain seed drive the same text."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

__all__ = ["Choices", "Drawn", "Seeded"]

T = TypeVar("T")


class Choices(ABC):
    """Whole numbers and what follows from them; the first option and False are the simplest answers."""

    @abstractmethod
    def whole(self, low: int, high: int) -> int:
        """Return a whole number from *low* to *high*, both included."""

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the *options*."""
        return options[self.whole(0, len(options) - 1)]

    def chance(self, percent: int) -> bool:
        """Return True in about *percent* of 100 cases."""
        return self.whole(0, 99) >= 100 - percent

    def some(self, options: Sequence[T], *, least: int = 0, most: int | None = None) -> list[T]:
        """Return between *least* and *most* different options, in their order."""
        largest = len(options) if most is None else min(most, len(options))
        wanted = self.whole(min(least, largest), largest)
        left, found = list(range(len(options))), []
        for _ in range(wanted):
            found.append(left.pop(self.whole(0, len(left) - 1)))
        return [options[i] for i in sorted(found)]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """Return the options in another order."""
        left, found = list(options), []
        while left:
            found.append(left.pop(self.whole(0, len(left) - 1)))
        return found

    def fork(self) -> Choices:
        """Return a plain seeded source for long lists of numbers, which would drown hypothesis."""
        return Seeded(self.whole(0, 2**32 - 1))


class Seeded(Choices):
    """Choices from Python's own generator: quick, and repeatable by the seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def whole(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))  # three times as quick as randint


class Drawn(Choices):
    """Choices that hypothesis makes, remembers and makes simpler."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def whole(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))
