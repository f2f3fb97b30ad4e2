"""Garbage collection put off while many objects are made that all stay: looking for garbage among them finds none."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

__all__ = ["keeping_all"]

P = ParamSpec("P")
R = TypeVar("R")


def keeping_all(function: Callable[P, R]) -> Callable[P, R]:
    """Return *function* with the search for cyclic garbage put off until it ends: a sixth of a long time."""

    @wraps(function)
    def run(*args: P.args, **options: P.kwargs) -> R:
        if not gc.isenabled():
            return function(*args, **options)
        gc.disable()
        try:
            return function(*args, **options)
        finally:
            gc.enable()

    return run
