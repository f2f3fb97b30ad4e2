"""The compiled engine: a run in machine code, its records equal to the SimPy engine's to the byte."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from netsim.engine.compiled.cache import KernelCache
from netsim.engine.compiled.faults import ENDLESS, TOO_LARGE, UNSCRIPTED, Stop
from netsim.engine.compiled.jit import kernel
from netsim.engine.compiled.kernel import live
from netsim.engine.compiled.layout import run_at
from netsim.engine.compiled.memory import Memory
from netsim.engine.compiled.prepare import Prepared
from netsim.engine.contract import NEVER_PASSES
from netsim.engine.records import Records
from netsim.errors import ModelError, TapeExhausted
from netsim.model.model import Model, StockRule
from netsim.plan.plan import Plan
from netsim.tape.purposes import Purpose

__all__ = ["CompiledEngine", "is_ready", "run", "warm_up", "what_needs_python"]

_SIGNATURE = (types.int64,)
_CLAIMS = ("time", "zone", "k", "mode", "cohort", "warranty")


@kernel
def _run(address):
    """Let the run at *address* happen, and return its fault."""
    live(run_at(address))
    return 0


def is_ready() -> bool:
    """Return whether the kernel's code is at hand, in memory or on disk, or must be compiled first."""
    cache = _run._cache
    return bool(_run.overloads) or (isinstance(cache, KernelCache) and cache.holds(_SIGNATURE, _run.targetctx))


def warm_up() -> None:
    """Compile the kernel, or load it from disk, so that the next run need not."""
    _run.compile(_SIGNATURE)


class CompiledEngine:
    """An engine that keeps its memory from run to run: the records it returns are valid until its next run."""

    def __init__(self) -> None:
        self._memory = Memory()
        self._prepared: Prepared | None = None

    def __call__(self, model: Model, tape: Any, plan: Plan, *, debug: bool = False) -> Records:
        """Return what happens when *model* lives through *tape* under *plan*, from second 0 to before its horizon.

        *debug* asks for nothing here: that no two pending occurrences share a key is checked by the SimPy engine.
        Raise `ModelError` where the model needs Python, or a number is too large for its record.
        """
        prepared = self._prepare(model, plan)
        before = int(np.searchsorted(tape.claims.time, model.horizon))  # a tape may be longer than the run
        _check_tape(model, tape)
        claims = {name: np.ascontiguousarray(getattr(tape.claims, name)[:before], dtype=np.int64) for name in _CLAIMS}
        while True:
            self._memory.lay_out(prepared, tape, claims)
            try:
                _run(self._memory.address)
            except Stop:
                self._mend(prepared)
                continue
            return self._memory.records(model.horizon)

    def _prepare(self, model: Model, plan: Plan) -> Prepared:
        kept = self._prepared
        if kept is None or kept.model is not model or kept.plan is not plan:
            needed = what_needs_python(model)
            if needed is not None:
                raise ModelError(
                    f"{needed} is written in Python, which the compiled engine cannot run; use the SimPy engine"
                )
            kept = self._prepared = Prepared(model, plan)
        return kept

    def _mend(self, prepared: Prepared) -> None:
        """Make room for another try, or raise what no room can mend."""
        run = self._memory.run[0]
        code = int(run["fault"])
        if code == UNSCRIPTED:
            stream, purpose = prepared.streams[int(run["fault_stream"])], int(run["fault_purpose"])
            what = Purpose(purpose).name if purpose in set(Purpose) else str(purpose)
            raise TapeExhausted(
                f"the script holds no mark ({stream!r}, {run['fault_number']}, {what}, line {run['fault_line']}, "
                f"attempt {run['fault_attempt']}) of owner {run['fault_owner']}"
            ) from None
        if code == ENDLESS:
            raise ModelError(NEVER_PASSES) from None
        if code == TOO_LARGE:
            raise ModelError("a number is too large for its record; shorten the run") from None
        self._memory.grow(code)


def _check_tape(model: Model, tape: Any) -> None:
    """Raise ModelError if *tape* is of another world than *model*: the kernel checks no index."""
    owners, claims = len(model.zone_names) + len(model.fleet_names), tape.claims
    if len(tape.owner_names) != owners:
        raise ModelError(f"the tape has {len(tape.owner_names)} zones and fleets, the model {owners}")
    for column, size in (("zone", len(model.zone_names)), ("mode", len(model.mode_names))):
        numbers = getattr(claims, column)
        if numbers.size and not 0 <= int(numbers.min()) <= int(numbers.max()) < size:
            raise ModelError(f"the tape has claims of {column} {int(numbers.max())}, the model has {size} of them")


def run(model: Model, tape: Any, plan: Plan, *, debug: bool = False) -> Records:
    """Return what happens when *model* lives through *tape* under *plan*, in memory of its own."""
    return CompiledEngine()(model, tape, plan, debug=debug)


def what_needs_python(model: Model) -> str | None:
    """Return what of *model* is a user's Python, which only the SimPy engine can run; None if nothing is."""
    for node, name in enumerate(model.nodes.process):
        if name:
            return f"the process {name} of {model.node_names[node]}"
    for point in np.flatnonzero(model.stock.rule == StockRule.CUSTOM).tolist():
        return f"the stock rule {model.stock.custom[point]} of {model.node_names[int(model.stock.node[point])]}"
    for rung, name in enumerate(model.supply.custom):
        if name:
            node = int(np.searchsorted(model.supply.rungs.start, rung, side="right")) - 1
            return f"the shortage rule {name} of {model.node_names[node]}"
    return None
