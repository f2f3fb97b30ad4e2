"""How kernels are put together: parts serve several kernels, one after the other, and each keeps its own copy."""

from __future__ import annotations

import numpy as np
import pytest

from netsim.engine.compiled.compiled_engine import _run
from netsim.engine.compiled.jit import inline, kernel, subroutine


@inline
def _square(x):
    return x * x


@subroutine
def _fall(x, steps):
    """Call itself through a loop of its own: a subroutine with control flow."""
    while steps > 0 and x > 1:
        x //= 2
        steps -= 1
    return x


@subroutine
def _both(x):
    if x < 0:
        raise ValueError
    return _fall(_square(x), 2), _square(x)


def _sum(x):
    a, b = _both(x)
    return a + b


def _difference(x):
    a, b = _both(x)
    return b - a + _fall(x, 1)


def _rise(cells):
    for i in range(cells.size):
        cells[i] = _square(cells[i])
    return cells.size


def plain(x: int) -> tuple[int, int]:
    """Return what `_both` does, in Python."""
    value, steps = x * x, 2
    while steps > 0 and value > 1:
        value, steps = value // 2, steps - 1
    return value, x * x


def test_parts_serve_several_kernels_and_the_first_still_runs():
    first, second = kernel(_sum, kept=False), kernel(_difference, kept=False)
    for made, function in ((first, sum), (second, lambda both: both[1] - both[0])):
        for x in range(6):
            rest = 0 if made is first else (x // 2 if x > 1 else x)
            assert made(x) == function(plain(x)) + rest
    assert first(7) == sum(plain(7))


def test_a_kernel_is_compiled_for_each_type_it_is_called_with():
    made = kernel(_rise, kept=False)
    for kind in (np.int64, np.int32):
        cells = np.arange(5, dtype=kind)
        assert made(cells) == 5
        assert cells.tolist() == [0, 1, 4, 9, 16]
    assert len(made.overloads) == 2


def test_what_a_part_raises_reaches_python():
    made = kernel(_sum, kept=False)
    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011  # parts raise without words
            made(-1)
    assert made(3) == sum(plain(3))


def test_kernels_run_without_the_lock_of_python():
    assert kernel(_sum, kept=False).targetoptions["nogil"]
    assert _run.targetoptions["nogil"]
