"""Draws with an address: a pure function from (stream, cause, line, purpose, attempt) to 32 random bits.

The function is Philox 4x64 with 10 rounds, as in NumPy: the stream gives the key, the rest of the address the
counter. Nothing is consumed in turn, so no draw depends on which others were made, nor on their order.

Convention: the mark at counter c is the low half of the first word of the block function at exactly c. NumPy's
generator adds one to its counter before it makes a block, so ``Philox(counter=c - 1, key=key)`` gives it first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netsim.distributions import exponential_table, lookup
from netsim.errors import ModelError

__all__ = ["Marks", "address", "chance", "column", "integer_weight", "mark", "name_hash", "rendezvous", "stream_key",
           "stream_keys", "threshold"]

Key = tuple[int, int]
"""The two 64-bit words of a Philox key."""

WEIGHT_BITS = 34
"""Weights stay at or below 2**34: a unit exponential takes 29 bits, and their product must fit int64."""

_WORD = (1 << 64) - 1
_MARK = (1 << 32) - 1
# Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011): multipliers and key increments.
_MULTIPLIER_0, _MULTIPLIER_1 = 0xD2E7470EE14C6C93, 0xCA5A826395121157
_INCREMENT_0, _INCREMENT_1 = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B
_CHUNK = 1 << 15  # marks per call of NumPy's generator, which makes four words for each: 1 MiB


def stream_key(seed: int, replication: int, stream: str) -> Key:
    """Return the key of a stream: blake2b-128 of ``seed|replication|stream`` in UTF-8, as two little-endian words.

    Integers are written in decimal, so the first two bars end them whatever the name holds.
    """
    digest = blake2b(f"{int(seed)}|{int(replication)}|{stream}".encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def stream_keys(seed: int, replication: int, streams: Iterable[str]) -> NDArray[np.uint64]:
    """Return the keys of many *streams* as uint64 [stream, 2], each as :func:`stream_key` gives it."""
    begun = f"{int(seed)}|{int(replication)}|".encode()
    digests = [blake2b(begun + stream.encode(), digest_size=16).digest() for stream in streams]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64).reshape(-1, 2)


@lru_cache(maxsize=1 << 16)
def name_hash(name: str) -> int:
    """Return the 64-bit owner number of a named thing (blake2b-64 of its name); dates have owner 0 instead."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def address(line: int, purpose: int, attempt: int = 0) -> int:
    """Return line (24 bits), purpose (8 bits) and attempt (32 bits) packed into one word; ModelError if one is over."""
    if line >> 24 or purpose >> 8 or attempt >> 32:
        raise ModelError(f"a draw has no address at line {line}, purpose {purpose}, attempt {attempt}: "
                         "they are 0 or more and below 2**24, 2**8 and 2**32")
    return line << 40 | purpose << 32 | attempt


def mark(key: Key, number: int, owner: int, line: int, purpose: int, attempt: int = 0) -> int:
    """Return the mark (uint32) at an address.

    *number* and *owner* are the cause: (k, ``name_hash`` of its zone) for a claim, (time, 0) for a date. Negative
    numbers count as their 64-bit two's complement.
    """
    return _block(_schedule(key), number & _WORD, owner & _WORD, address(line, purpose, attempt))


def column(
    key: Key, owner: int, first: int, count: int, line: int, purpose: int, attempt: int = 0
) -> NDArray[np.uint32]:
    """Return the marks of numbers *first* .. *first* + *count* - 1 as uint32, equal to :func:`mark` one by one.

    Raises ModelError for numbers outside 0 .. 2**64 - 1.
    """
    if not (first >= 0 and count >= 0 and first + count <= _WORD + 1):
        raise ModelError(f"no column of marks from number {first} for {count}: numbers are 0 .. 2**64 - 1")
    start = address(line, purpose, attempt) << 128 | (owner & _WORD) << 64 | first
    # One before the first counter; counter 0 is preceded by 2**256 - 1.
    generator = np.random.Philox(counter=(start - 1) % (1 << 256), key=np.array(key, dtype=np.uint64))
    marks = np.empty(count, dtype=np.uint32)
    for at in range(0, count, _CHUNK):
        part = marks[at : at + _CHUNK]
        part[:] = generator.random_raw(4 * part.size)[::4] & np.uint64(_MARK)
    return marks


class Marks:
    """All marks of one replication; keys of streams are kept, for making one costs as much as a draw."""

    __slots__ = ("_keys", "_schedules", "replication", "seed")

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication
        self._keys: dict[str, Key] = {}
        self._schedules: dict[str, tuple[Key, ...]] = {}

    def key(self, stream: str) -> Key:
        """Return the Philox key of *stream*, the name of the thing that draws."""
        key = self._keys.get(stream)
        if key is None:
            key = self._keys[stream] = stream_key(self.seed, self.replication, stream)
        return key

    def mark(self, stream: str, number: int, owner: int, line: int, purpose: int, attempt: int = 0) -> int:
        """Return the mark (uint32) of *stream* at an address; see :func:`mark`."""
        schedule = self._schedules.get(stream)
        if schedule is None:
            schedule = self._schedules[stream] = _schedule(self.key(stream))
        return _block(schedule, number & _WORD, owner & _WORD, address(line, purpose, attempt))

    def column(
        self, stream: str, owner: int, first: int, count: int, line: int, purpose: int, attempt: int = 0
    ) -> NDArray[np.uint32]:
        """Return the marks of *stream* for *count* numbers from *first* as uint32; see :func:`column`."""
        return column(self.key(stream), owner, first, count, line, purpose, attempt)

    def columns(
        self, streams: Sequence[str], counts: Sequence[int], line: int, purpose: int, attempt: int = 0
    ) -> NDArray[np.uint32]:
        """Return the marks of many *streams* one after the other, each at its own owner's numbers 0 .. count - 1."""
        where = address(line, purpose, attempt) << 128
        marks = np.empty(sum(counts), dtype=np.uint32)
        generator = np.random.Philox()
        state: Any = generator.state  # setting it costs a small part of making a generator
        state["buffer_pos"] = 4
        keys = stream_keys(self.seed, self.replication, streams)
        at = 0
        for stream, key, count in zip(streams, keys, counts, strict=True):
            before = (where | name_hash(stream) << 64) - 1
            state["state"] = {"counter": np.frombuffer(before.to_bytes(32, "little"), dtype="<u8"), "key": key}
            generator.state = state
            for begin in range(0, count, _CHUNK):
                part = marks[at + begin : at + min(begin + _CHUNK, count)]
                part[:] = generator.random_raw(4 * part.size)[::4] & np.uint64(_MARK)
            at += count
        return marks

    def __repr__(self) -> str:
        return f"Marks(seed={self.seed}, replication={self.replication})"


def threshold(probability: float) -> int:
    """Return round(*probability* x 2**32), against which :func:`chance` compares; ModelError outside 0 .. 1."""
    if not 0 <= probability <= 1:
        raise ModelError(f"a probability of {probability} has no meaning; use a share between 0 and 1")
    return round(probability * (1 << 32))


def chance(mark: int, threshold: int) -> bool:
    """Return whether the event happens: *mark* < *threshold*, which never happens at 0 and always at 2**32."""
    return mark < threshold


def integer_weight(weight: float, *, largest: float) -> int:
    """Return *weight* as an integer for :func:`rendezvous`, 2**34 standing for *largest*.

    *largest* must come from the world (1 for shares), never from the candidates at hand: a scale that moved with
    them would let a new candidate shift customers between the old ones. A weight above 0 never becomes 0. Raises
    ModelError for weights outside 0 .. *largest*.
    """
    if not (largest > 0 and 0 <= weight <= largest):
        raise ModelError(f"a weight of {weight} is outside 0 .. {largest}; state the largest weight that may occur")
    return max(round(weight / largest * (1 << WEIGHT_BITS)), 1) if weight else 0


def rendezvous(marks: Sequence[int], weights: Sequence[int]) -> int:
    """Return the index of the candidate chosen with probability in proportion to its weight, or -1 if all are 0.

    *marks* has one mark per candidate, drawn for this customer from the candidate's name; *weights* are integers,
    0 .. 2**34. The least (unit exponential at mark) / weight wins, compared crosswise in integers; ties go to the
    lower index. Each score is the candidate's own, so a new candidate only takes customers and one that leaves only
    frees its own. (Weighted rendezvous hashing; the least of independent exponentials falls to each by its rate.)
    """
    table = exponential_table().cells
    best, least, heaviest = -1, 0, 0
    for index, weight in enumerate(weights):
        if weight > 0:
            exponential = lookup(table, marks[index])
            if best < 0 or exponential * heaviest < least * weight:
                best, least, heaviest = index, exponential, weight
    return best


@lru_cache(maxsize=1 << 14)
def _schedule(key: Key) -> tuple[Key, ...]:
    """Return the keys of the ten rounds."""
    return tuple(
        ((key[0] + step * _INCREMENT_0) & _WORD, (key[1] + step * _INCREMENT_1) & _WORD) for step in range(10)
    )


def _block(schedule: tuple[Key, ...], a: int, b: int, c: int) -> int:
    """Return the low half of the first word of the Philox block at counter (a, b, c, 0)."""
    d = 0
    for key_0, key_1 in schedule:
        left, right = _MULTIPLIER_0 * a, _MULTIPLIER_1 * c
        a, b, c, d = (right >> 64) ^ b ^ key_0, right & _WORD, (left >> 64) ^ d ^ key_1, left & _WORD
    return a & _MARK
