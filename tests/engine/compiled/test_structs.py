"""Structs against NumPy: every width read and written at its place, and not a byte beside it touched."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from numba import types

from netsim.engine.compiled.jit import inline, kernel
from netsim.engine.compiled.structs import Array, Struct, entry, high_word

KINDS = (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64)
NAMES = tuple(np.dtype(kind).name for kind in KINDS)
PAIR = Struct("TestPair", {"small": np.int8, "large": np.int64, "odd": np.uint16})
# Narrow fields before wide ones, so that there are gaps, which must not be written to either.
MIXED = Struct(
    "TestMixed",
    {
        **dict(zip(NAMES, KINDS, strict=True)),
        "pair": PAIR,
        "last": np.int8,
        "pairs": Array(PAIR),
        **{f"list_{name}": Array(kind) for name, kind in zip(NAMES, KINDS, strict=True)},
    },
)
ENTRIES = 5
_mixed_at = entry(MIXED)
PUT, GET = 0, 100


@inline
def _put_field(mixed, which, value):
    if which == 0:
        mixed.int8 = value
    elif which == 1:
        mixed.uint8 = value
    elif which == 2:
        mixed.int16 = value
    elif which == 3:
        mixed.uint16 = value
    elif which == 4:
        mixed.int32 = value
    elif which == 5:
        mixed.uint32 = value
    elif which == 6:
        mixed.int64 = value
    elif which == 7:
        mixed.uint64 = np.uint64(value)
    elif which == 8:
        mixed.pair.small = value
    elif which == 9:
        mixed.pair.large = value
    elif which == 10:
        mixed.pair.odd = value
    else:
        mixed.last = value


@inline
def _get_field(mixed, which):
    if which == 0:
        return mixed.int8
    elif which == 1:
        return mixed.uint8
    elif which == 2:
        return mixed.int16
    elif which == 3:
        return mixed.uint16
    elif which == 4:
        return mixed.int32
    elif which == 5:
        return mixed.uint32
    elif which == 6:
        return mixed.int64
    elif which == 7:
        return np.int64(mixed.uint64)
    elif which == 8:
        return mixed.pair.small
    elif which == 9:
        return mixed.pair.large
    elif which == 10:
        return mixed.pair.odd
    return mixed.last


@inline
def _put_entry(mixed, which, i, value):
    if which == 0:
        mixed.list_int8[i] = value
    elif which == 1:
        mixed.list_uint8[i] = value
    elif which == 2:
        mixed.list_int16[i] = value
    elif which == 3:
        mixed.list_uint16[i] = value
    elif which == 4:
        mixed.list_int32[i] = value
    elif which == 5:
        mixed.list_uint32[i] = value
    elif which == 6:
        mixed.list_int64[i] = value
    elif which == 7:
        mixed.list_uint64[i] = np.uint64(value)
    elif which == 8:
        mixed.pairs[i].small = value
    elif which == 9:
        mixed.pairs[i].large = value
    else:
        mixed.pairs[i].odd = value


@inline
def _get_entry(mixed, which, i):
    if which == 0:
        return mixed.list_int8[i]
    elif which == 1:
        return mixed.list_uint8[i]
    elif which == 2:
        return mixed.list_int16[i]
    elif which == 3:
        return mixed.list_uint16[i]
    elif which == 4:
        return mixed.list_int32[i]
    elif which == 5:
        return mixed.list_uint32[i]
    elif which == 6:
        return mixed.list_int64[i]
    elif which == 7:
        return np.int64(mixed.list_uint64[i])
    elif which == 8:
        return mixed.pairs[i].small
    elif which == 9:
        return mixed.pairs[i].large
    return mixed.pairs[i].odd


def _touch(address, which, i, value):
    """Write to, or read from (`GET` more), field *which*; *i* is the entry of an array, -1 a field of the struct."""
    mixed = _mixed_at(address)
    if which >= GET:
        return _get_field(mixed, which - GET) if i < 0 else _get_entry(mixed, which - GET, i)
    if i < 0:
        _put_field(mixed, which, value)
    else:
        _put_entry(mixed, which, i, value)
    return 0


def _high(a, b):
    return np.int64(high_word(np.uint64(a), np.uint64(b)))


touch = kernel(_touch, kept=False)
high = kernel(_high, kept=False)


class Laid:
    """A struct and the arrays that it points to, full of chance, with the bytes before and behind."""

    def __init__(self, chance: random.Random) -> None:
        self.bytes = np.frombuffer(bytearray(chance.randbytes(16 + MIXED.dtype.itemsize + 16)), dtype=np.uint8)
        self.rows = self.bytes[16:-16].view(MIXED.dtype)
        self.arrays: dict[str, Any] = {}
        for name, kind in (*zip(NAMES, KINDS, strict=True), ("pairs", PAIR.dtype)):
            raw = np.frombuffer(bytearray(chance.randbytes(np.dtype(kind).itemsize * (ENTRIES + 2))), dtype=np.uint8)
            field = name if name == "pairs" else f"list_{name}"
            self.arrays[field] = raw.view(kind)
            self.rows[field] = self.arrays[field][1:].ctypes.data  # entries stand on both sides of those in use

    @property
    def address(self) -> int:
        return int(self.rows.ctypes.data)

    def image(self) -> bytes:
        """Return all bytes."""
        return b"".join((self.bytes.tobytes(), *(array.tobytes() for array in self.arrays.values())))

    def cell(self, which: int, i: int) -> tuple[Any, Any]:
        """Return the array and index of the cell that the kernel knows by these numbers, as NumPy sees it."""
        if i >= 0:
            name = f"list_{NAMES[which]}" if which < 8 else "pairs"
            array = self.arrays[name]
            return (array if which < 8 else array[("small", "large", "odd")[which - 8]]), i + 1
        if which < 8:
            return self.rows[NAMES[which]], 0
        return (self.rows["last"] if which == 11 else self.rows["pair"][("small", "large", "odd")[which - 8]]), 0


PLACES = [(which, -1) for which in range(12)] + [(which, i) for which in range(11) for i in (0, 2, ENTRIES - 1)]
POWERS = (2**0, 2**7, 2**8, 2**15, 2**16, 2**31, 2**32)
EDGES = (*(sign * power - below for power in POWERS for sign in (1, -1) for below in (0, 1)), 2**63 - 1, -(2**63))


def _signed(value: int) -> int:
    return (value + 2**63) % 2**64 - 2**63


@pytest.mark.parametrize("place", PLACES)
def test_a_number_lands_in_its_place_and_nowhere_else(place):
    which, i = place
    chance = random.Random(1000 * which + i)
    laid = Laid(chance)
    for value in (*EDGES, *(chance.getrandbits(64) - 2**63 for _ in range(8))):
        array, index = laid.cell(which, i)
        before = array[index].copy()
        array[index] = np.int64(value).astype(array.dtype)
        wanted, image = int(array[index]), laid.image()
        array[index] = before
        touch(laid.address, which, i, value)
        assert laid.image() == image, value
        assert touch(laid.address, which + GET, i, 0) == _signed(wanted), value
        assert laid.image() == image, "reading changes nothing"


def test_offsets_and_sizes_are_those_of_a_c_compiler():
    struct = Struct("TestC", {"a": np.int8, "b": np.int64, "c": np.int16, "d": np.int32, "e": np.int8})
    assert [struct.offset(field) for field in "abcde"] == [0, 8, 16, 20, 24]
    assert struct.dtype.itemsize == 32  # so that the next one in an array is aligned as well
    nested = Struct("TestNested", {"a": np.int8, "inner": struct, "z": np.int8})
    assert (nested.offset("inner"), nested.offset("z"), nested.dtype.itemsize) == (8, 40, 48)
    assert Struct("TestHolder", {"list": Array(np.int8)}).dtype.itemsize == 8


def test_a_name_that_is_no_field_is_refused():
    def wrong(address):
        return _mixed_at(address).nothing

    with pytest.raises(Exception, match="nothing"):
        kernel(wrong, kept=False).compile((types.int64,))


def test_the_high_word_of_a_product():
    chance = random.Random(3)
    numbers = [0, 1, 2**32, 2**63, 2**64 - 1, *(chance.getrandbits(64) for _ in range(30))]
    for a in numbers:
        for b in numbers:
            assert high(_signed(a), _signed(b)) % 2**64 == (a * b) >> 64
