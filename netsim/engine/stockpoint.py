"""A stock point: one part at one node, its free pieces, its position, and who waits for it."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Protocol

from netsim.engine.contract import DATE, Stream
from netsim.tape.purposes import Purpose

__all__ = ["Claimant", "StockPoint"]


class Claimant(Protocol):
    """A line or a request that waits for pieces: *left* of them are missing."""

    left: int
    priority: int

    @property
    def stream(self) -> Stream:
        """Return the draws of the asking node, from which its tie mark comes."""
        ...

    def take(self, pieces: int) -> None:
        """Receive *pieces* of the stock point's free stock."""
        ...

    def rank(self) -> tuple[int, ...]:
        """Return what tells two claimants of one node and instant apart."""
        ...


class StockPoint:
    """Free pieces and the queue for them.

    *position* counts whole pieces: free + on order - backorders; *in_repair* counts cores on their way here, in
    2^32nds of a piece. *waiting* is the number of pieces asked for and not yet given.
    """

    __slots__ = (
        "_buckets", "_order", "_ranked", "allocating", "free", "high", "in_repair", "low", "node", "number", "part",
        "position", "priority", "rule", "sources", "stream", "waiting", "weight",
    )  # fmt: skip

    def __init__(
        self, number: int, node: int, part: int, *, rule: int, priority: int, weight: int, stream: Stream
    ) -> None:
        self.number = number
        self.node = node
        self.part = part
        self.rule = rule
        self.priority = priority
        self.weight = weight
        self.stream = stream
        self.low = 0
        self.high = 0
        self.free = 0
        self.position = 0
        self.in_repair = 0
        self.waiting = 0
        self.allocating = False
        self.sources: tuple[tuple[int, int], ...] = ()
        self._order: list[tuple[int, int]] = []
        self._buckets: dict[tuple[int, int], list[Claimant]] = {}
        self._ranked: tuple[int, int] | None = None  # the bucket that is in order of tie marks, last served first

    def effective_position(self) -> int:
        """Return the inventory position in whole pieces, cores in repair included."""
        return self.position + (self.in_repair >> 32)

    def enqueue(self, claimant: Claimant, asked: int) -> None:
        """Let *claimant* wait its turn: by priority, then the second *asked*, then its tie mark."""
        key = (claimant.priority, asked)
        bucket = self._buckets.get(key)
        if bucket is None:
            self._buckets[key] = [claimant]
            heappush(self._order, key)
        else:
            bucket.append(claimant)
            if key == self._ranked:
                self._ranked = None
        self.waiting += claimant.left

    def first(self) -> Claimant | None:
        """Return who is served next, or None. Ties are drawn only where there are any: a node's luck of an instant."""
        while self._order:
            key = self._order[0]
            bucket = self._buckets[key]
            if len(bucket) > 1 and key != self._ranked:
                self._rank(key, bucket)
            while bucket and bucket[-1].left <= 0:
                bucket.pop()
            if bucket:
                return bucket[-1]
            del self._buckets[key]
            heappop(self._order)
        return None

    def _rank(self, key: tuple[int, int], bucket: list[Claimant]) -> None:
        """Put *bucket* in order of tie marks, once for all who are served from it: an instant may have thousands."""
        asked = key[1]
        bucket[:] = [claimant for claimant in bucket if claimant.left > 0]
        if len(bucket) > 1:
            bucket.sort(key=lambda c: (c.stream.mark(DATE, asked, 0, Purpose.TIE), c.rank()), reverse=True)
        self._ranked = key

    def can_spare(self, pieces: int) -> bool:
        """Return whether *pieces* stay free when all who wait in this instant have been served."""
        return self.free - self.waiting >= pieces

    def waiting_claimants(self) -> list[Claimant]:
        """Return all who wait, in the order in which they would be served but for ties, which go by rank."""
        return [
            claimant
            for key in sorted(self._buckets)
            for claimant in sorted(self._buckets[key], key=lambda c: c.rank())
            if claimant.left > 0
        ]
