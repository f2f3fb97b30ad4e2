"""Which engine runs a model: the compiled one where it can, else the SimPy engine, with a line that says why."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import NamedTuple

from netsim.engine.contract import Engine
from netsim.errors import ModelError, did_you_mean
from netsim.model.model import Model

__all__ = ["COMPILED", "ENGINES", "Choice", "check_engine", "choose", "decide", "make_engine", "warm_up"]

ENGINES = ("auto", "simpy", "compiled")
"""What a user may ask for; ``auto`` is the compiled engine wherever it can run the model."""
COMPILED = "netsim.engine.compiled.compiled_engine"
"""The module of the compiled engine; importing it takes numba."""

_SECONDS_TO_COMPILE = 20
_WITHOUT_NUMBA = "numba is not installed"
_INSTALL = "install it with `pip install numba`"


class Choice(NamedTuple):
    """An engine and, where ``auto`` could not take the compiled one, a line that says why."""

    engine: Engine
    note: str | None


def choose(model: Model, wanted: str = "auto") -> Choice:
    """Return the engine that runs *model* under *wanted*, one of `ENGINES`, and a note for the user or None.

    Each call makes an engine of its own, whose records hold until it runs again. Raise `ModelError` for another word,
    and where ``compiled`` is wanted and cannot be had: the model asks for Python code, or numba is not installed.
    """
    name, note = decide(model, wanted)
    return Choice(make_engine(name), note)


def decide(model: Model, wanted: str = "auto") -> tuple[str, str | None]:
    """Return ``simpy`` or ``compiled``, and the note; arguments and errors as in `choose`."""
    check_engine(wanted)
    if wanted == "simpy":
        return "simpy", None
    compiled = _compiled()
    asking: str | None = None if compiled is None else compiled.what_needs_python(model)
    if compiled is not None and asking is None:
        return "compiled", None
    if wanted == "compiled":
        if asking is None:
            raise ModelError(f"the compiled engine needs numba, and {_WITHOUT_NUMBA} · {_INSTALL}, or choose `auto`")
        raise ModelError(f"the compiled engine cannot run {asking}: it is Python code · choose `auto` or `simpy`")
    if asking is None:
        return "simpy", f"the SimPy engine runs, as {_WITHOUT_NUMBA}; {_INSTALL} for runs many times as fast"
    return "simpy", f"the SimPy engine runs, as {asking} is Python code"


def check_engine(wanted: str) -> None:
    """Return if *wanted* is one of `ENGINES`; raise `ModelError` else."""
    if wanted not in ENGINES:
        remedy = did_you_mean(wanted, ENGINES) or f"choose one of {', '.join(ENGINES)}"
        raise ModelError(f"there is no engine {wanted!r}; {remedy}")


def make_engine(name: str) -> Engine:
    """Return a new engine by the *name* that `decide` gave; the compiled one keeps its buffers from run to run."""
    if name == "compiled":
        found: Engine = importlib.import_module(COMPILED).CompiledEngine()
        return found
    from netsim.engine.simpy_engine import run

    return run


def warm_up(names: Iterable[str], tell: Callable[[str], None]) -> None:
    """Return when the machine code of the engines *names* is in memory, or on disk for any process to load.

    Where it must be compiled, which is once on a machine, *tell* hears so first.
    """
    compiled = _compiled() if "compiled" in names else None
    if compiled is not None and not compiled.is_ready():
        tell(f"compiling the engine for this machine, once (about {_SECONDS_TO_COMPILE} s)")
        compiled.warm_up()


def _compiled() -> ModuleType | None:
    """Return the compiled engine's module, or None where numba is missing."""
    try:
        return importlib.import_module(COMPILED)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("numba", "llvmlite"):
            return None
        raise
