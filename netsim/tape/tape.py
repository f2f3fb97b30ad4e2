"""The Tape: all that chance decides in one replication, the same whatever design is run on it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from netsim.errors import ModelError, TapeExhausted
from netsim.spec.world import World
from netsim.tape.claims import NO_COHORT, Claims, make_claims
from netsim.tape.demand import Demand
from netsim.tape.demand import demand as expected_demand
from netsim.tape.draws import Key, Marks, name_hash, stream_key, stream_keys
from netsim.tape.purposes import Purpose

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DATE", "ScriptedStream", "Stream", "Tape"]

DATE = -1
"""The owner of what a date causes: its owner word is 0 and its number the time."""

ClaimRow = Sequence[int | str]
MarkKey = tuple[Any, ...]

_COLUMN_AFTER = 8
_COLUMN_SHARE = 256  # a draw by itself costs about as much as this many in a column


class Stream:
    """The marks of one named thing: `mark` gives any of them, and remembers columns that are asked for often."""

    __slots__ = ("_columns", "_counts", "_marks", "_name", "_owners")

    def __init__(self, name: str, marks: Marks, owners: Sequence[int], counts: Sequence[int]) -> None:
        self._name, self._marks, self._owners, self._counts = name, marks, owners, counts
        self._columns: dict[tuple[int, int, int, int], Any] = {}

    def mark(self, owner: int, number: int, line: int, purpose: int, attempt: int = 0) -> int:
        """Return the mark (0 .. 2^32 - 1) of claim *number* of *owner*, its place in `Tape.owner_names`.

        With *owner* `DATE` the cause is a date and *number* its second. Raise ModelError for an unknown owner or an
        address out of range.
        """
        key = (owner, line, purpose, attempt)
        column = self._columns.get(key, 0)
        if column.__class__ is array:
            if 0 <= number < len(column):
                return int(column[number])
            if len(column) <= number < 2 * len(column):  # a fleet's failures go on for ever: draw as many again
                self._columns[key] = column + self._column(key, len(column), len(column))
                return int(self._columns[key][number])
        elif owner >= 0:
            word = self._word(owner)
            if column >= max(_COLUMN_AFTER, self._counts[owner] // _COLUMN_SHARE):
                self._columns[key] = self._column(key, 0, self._counts[owner])
            else:
                self._columns[key] = column + 1
            return self._marks.mark(self._name, number, word, line, purpose, attempt)
        return self._marks.mark(self._name, number, self._word(owner), line, purpose, attempt)

    def _column(self, key: tuple[int, int, int, int], first: int, count: int) -> array[int]:
        owner, line, purpose, attempt = key
        drawn = self._marks.column(self._name, self._word(owner), first, count, line, purpose, attempt)
        return array("I", drawn.tobytes())

    def _word(self, owner: int) -> int:
        if owner == DATE:
            return 0
        if not 0 <= owner < len(self._owners):
            raise ModelError(f"no owner {owner}: they are 0 to {len(self._owners) - 1}, or DATE (-1)")
        return self._owners[owner]


class ScriptedStream:
    """The marks of one named thing on a tape written by hand."""

    __slots__ = ("_default", "_marks", "_name")

    def __init__(self, name: str, marks: Mapping[MarkKey, int], default: int | None) -> None:
        self._name, self._marks, self._default = name, marks, default

    def mark(self, owner: int, number: int, line: int, purpose: int, attempt: int = 0) -> int:
        """Return the scripted mark, most exact address first, or the default; TapeExhausted if there is neither.

        *owner* is not part of a script.
        """
        exact = (self._name, number, int(purpose), line, attempt)
        for length in (5, 4, 3):
            # A short address stands for what it leaves out being 0: line 0, attempt 0.
            if any(exact[length:]):
                break
            if exact[:length] in self._marks:
                return self._marks[exact[:length]]
        if self._default is None:
            what = Purpose(purpose).name if purpose in set(Purpose) else str(purpose)
            raise TapeExhausted(
                f"the script holds no mark ({self._name!r}, {number}, {what}, line {line}, attempt {attempt}) "
                f"of owner {owner}"
            )
        return self._default


class Tape:
    """All chance of one replication: *claims*, and a mark for every other question an engine may ask.

    *owner_names* are zones, then fleets: `Claims.zone` and the owner of a draw index it. *catalogue* names product
    and mode of `Claims.mode` (empty on a scripted tape).
    """

    __slots__ = ("_default", "_owners", "_script", "_streams", "catalogue", "claims", "counts", "owner_names",
                 "replication", "seed")

    def __init__(
        self,
        claims: Claims,
        *,
        seed: int,
        replication: int,
        owner_names: Sequence[str],
        counts: Sequence[int],
        catalogue: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.claims = claims
        self.seed, self.replication = seed, replication
        self.owner_names = tuple(owner_names)
        self.counts = tuple(counts)
        self.catalogue = catalogue
        self._script: Mapping[MarkKey, int] | None = None
        self._default: int | None = None
        self._owners = [name_hash(name) for name in self.owner_names]
        self._streams: dict[str, Stream | ScriptedStream] = {}

    @classmethod
    def sample(
        cls,
        world: World,
        *,
        start: date,
        horizon: int,
        seed: int,
        replication: int,
        demand: Demand | None = None,
    ) -> Tape:
        """Return the tape of *world* for *horizon* seconds from 00:00 UTC of *start*.

        *demand*, if at hand for the same world, start and horizon, saves computing it again. Equal arguments give
        equal tapes. Raise ModelError as `netsim.tape.demand.demand` does.
        """
        rates = expected_demand(world, start, horizon) if demand is None else demand
        if (rates.start, rates.horizon, rates.zones) != (start, horizon, tuple(world.zones)):
            raise ModelError(
                f"the demand given is for {len(rates.zones)} zones from {rates.start} over {rates.horizon} s, "
                f"not for {len(world.zones)} from {start} over {horizon} s; compute it anew"
            )
        claims = make_claims(rates, Marks(seed, replication))
        counts = np.bincount(claims.zone, minlength=len(rates.zones)).tolist()
        return cls(
            claims,
            seed=seed,
            replication=replication,
            owner_names=rates.zones + rates.fleets,
            counts=counts + list(rates.fleet_units),
            catalogue=rates.catalogue,
        )

    @classmethod
    def script(
        cls,
        claims_rows: Sequence[ClaimRow],
        *,
        marks: Mapping[MarkKey, int] | None = None,
        default: int = 2**31,
        owner_names: Sequence[str] | None = None,
        strict: bool = False,
    ) -> Tape:
        """Return a tape written by hand.

        *claims_rows* are (time, zone, mode[, warranty]): the zone by name or number, warranty 1 unless told. *marks*
        maps (stream, number, purpose[, line[, attempt]]), line and attempt 0 unless told, to marks; every other draw
        gives *default* (one half), or raises TapeExhausted if *strict*. *owner_names* default to the zones named in
        the rows. Raise ModelError for a row of another form or a zone that is not among the owners.
        """
        if owner_names is None:
            owner_names = list(dict.fromkeys(str(row[1]) for row in claims_rows if len(row) > 1))
            claims_rows = [(*row[:1], *map(str, row[1:2]), *row[2:]) for row in claims_rows]
        names = list(owner_names)
        numbers: dict[int | str, int] = {each: at for at, name in enumerate(names) for each in (name, at)}
        entries: list[tuple[int, int, int, int]] = []
        for row in claims_rows:
            if len(row) not in (3, 4):
                raise ModelError(f"claim {tuple(row)}: write (time, zone, mode) or (time, zone, mode, warranty)")
            if row[1] not in numbers:
                raise ModelError(f"claim {tuple(row)}: zone {row[1]!r} is not among the owners {names}")
            entries.append((int(row[0]), numbers[row[1]], int(row[2]), int(row[3]) if len(row) == 4 else 1))
        entries.sort(key=lambda entry: entry[:2])
        counts = [0] * len(names)
        k = []
        for _, zone, _, _ in entries:
            k.append(counts[zone])
            counts[zone] += 1
        time, zones, modes, warranty = (
            np.array([entry[column] for entry in entries], dtype=np.int64) for column in range(4)
        )
        cohort = np.full(len(entries), NO_COHORT, dtype=np.int64)
        claims = Claims(time, zones, np.array(k, dtype=np.int64), modes, cohort, warranty)
        tape = cls(claims, seed=0, replication=0, owner_names=names, counts=counts)
        tape._script = {(*key[:2], int(key[2]), *key[3:]): mark for key, mark in (marks or {}).items()}
        tape._default = None if strict else default
        return tape

    def stream(self, name: str) -> Stream | ScriptedStream:
        """Return the stream of the thing called *name*; the same object each time."""
        found = self._streams.get(name)
        if found is None:
            if self._script is None:
                found = Stream(name, Marks(self.seed, self.replication), self._owners, self.counts)
            else:
                found = ScriptedStream(name, self._script, self._default)
            self._streams[name] = found
        return found

    def key(self, stream_name: str) -> Key:
        """Return the Philox key of a named stream, from which any engine may draw by address.

        A tape written by hand has keys as well, but its draws come from `script_marks`.
        """
        return stream_key(self.seed, self.replication, stream_name)

    def keys(self, stream_names: Iterable[str]) -> npt.NDArray[np.uint64]:
        """Return the Philox keys of many named streams as uint64 [stream, 2]."""
        return stream_keys(self.seed, self.replication, stream_names)

    @property
    def owner_words(self) -> npt.NDArray[np.uint64]:
        """The owner word of each of `owner_names` in the address of a draw, as uint64; that of `DATE` is 0."""
        return np.array(self._owners, dtype=np.uint64)

    @property
    def script_marks(self) -> Mapping[MarkKey, int] | None:
        """The marks of a tape written by hand, None on a sampled one.

        Keys are (stream, number, purpose[, line[, attempt]]): the longest that fits is meant, and a short one stands
        for line 0 and attempt 0.
        """
        return None if self._script is None else MappingProxyType(self._script)

    @property
    def script_default(self) -> int | None:
        """The mark of every address that a tape written by hand does not name; None if it is strict, or sampled."""
        return self._default

    def to_frame(self) -> pd.DataFrame:
        """Return the claims as a table, one row each: time [s], zone, k, product, mode, sold (month), warranty.

        A scripted tape has no catalogue: its modes are told as numbers and its products are empty.
        """
        import pandas as pd

        claims = self.claims
        named = self.catalogue or tuple(("", str(mode)) for mode in range(int(claims.mode.max(initial=-1)) + 1))
        sold = {month: "" if month == NO_COHORT else f"{month // 12:04d}-{month % 12 + 1:02d}"
                for month in np.unique(claims.cohort).tolist()}
        return pd.DataFrame(
            {
                "time": claims.time,
                "zone": [self.owner_names[zone] for zone in claims.zone.tolist()],
                "k": claims.k,
                "product": [named[mode][0] for mode in claims.mode.tolist()],
                "mode": [named[mode][1] for mode in claims.mode.tolist()],
                "sold": [sold[month] for month in claims.cohort.tolist()],
                "warranty": claims.warranty.astype(bool),
            }
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return everything but the streams, which are made again when asked for."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "_streams"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._streams = {}

    def __repr__(self) -> str:
        size = f"{len(self.claims)} claims of {len(self.owner_names)} owners"
        return f"Tape({size}, seed={self.seed}, replication={self.replication})"
