"""What a decision may see: stock as it stands and nominal times, never a draw to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["LineView", "NetworkView"]


@dataclass(frozen=True, slots=True)
class LineView:
    """A part that an order waits for: *part* and *node* by name, *quantity* still missing, times in seconds."""

    part: str
    node: str
    quantity: int
    requested: int
    deadline: int


class NetworkView(Protocol):
    """Stock and lead times by the names of parts and nodes; *now* in seconds from the start."""

    now: int

    def free(self, node: str, part: str) -> int:
        """Return the free pieces of *part* at *node* (0 where it is not stocked)."""
        ...

    def holders(self, part: str) -> list[str]:
        """Return the nodes with free pieces of *part*, by name."""
        ...

    def lead_time(self, origin: str, destination: str) -> int:
        """Return the nominal seconds of the quickest lane from *origin* to *destination*; a huge number if none."""
        ...
