"""Parcels: pieces of one request under way."""

from __future__ import annotations

from netsim.engine.claimants import Request, Source
from netsim.engine.recorder import row_maker
from netsim.engine.records import MoveReason, StockState

__all__ = ["Parcel"]

_move_row = row_maker("moves")
# Plain integers: a member of an enumeration costs a look-up at each use.
_BY_FORWARD, _BY_PURCHASE, _BY_RESERVE, _BY_SHIP = (
    int(MoveReason.FORWARD),
    int(MoveReason.PURCHASE),
    int(MoveReason.RESERVE),
    int(MoveReason.SHIP),
)
_AS_FREE, _AS_OUTSIDE, _AS_RESERVED, _AS_TRANSIT = (
    int(StockState.FREE),
    int(StockState.OUTSIDE),
    int(StockState.RESERVED),
    int(StockState.TRANSIT),
)


class Parcel:
    """Pieces on their way from a source to the stock point, or the line, that asked for them."""

    __slots__ = ("_pieces", "_request", "_state", "_supply", "consignment", "leg", "number", "owner", "route")

    device = -1
    consignment: int
    leg: int
    route: tuple[int, ...]

    def __init__(self, supply: Source, request: Request, pieces: int) -> None:
        self.owner = request.owner
        self.number = request.number
        self._supply = supply
        self._request = request
        self._pieces = pieces
        self._state = _AS_OUTSIDE if request.source is None else _AS_FREE

    def wait(self, place: int) -> None:
        """Set the pieces aside at their source until a scheduled departure."""
        if self._state == _AS_FREE:
            self._state = _AS_RESERVED
            supply, part = self._supply, self._request.asker.part
            supply.moves.frombytes(
                _move_row(supply.clock.now, part, self._pieces, place, _AS_FREE, place, _AS_RESERVED, _BY_RESERVE, -1)
            )

    def depart(self, consignment: int, lane: int) -> None:
        """Leave the source, or the lane before."""
        request, supply, part = self._request, self._supply, self._request.asker.part
        if self.leg:
            place, state, reason = self.route[self.leg - 1], _AS_TRANSIT, _BY_FORWARD
        else:
            place, state = request.target, self._state
            reason = _BY_PURCHASE if request.source is None else _BY_SHIP
        supply.moves.frombytes(
            _move_row(supply.clock.now, part, self._pieces, place, state, lane, _AS_TRANSIT, reason, consignment)
        )

    def arrive(self, consignment: int, lane: int, *, lost: bool) -> None:
        """Reach who asked."""
        self._supply.receive(self._request, self._pieces, consignment, lane)
