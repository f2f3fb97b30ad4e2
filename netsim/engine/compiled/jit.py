"""How the kernel's functions are compiled: all into one library, which is optimised once.

Numba gives every function a library of its own, with a copy of all that it calls, and optimises each: for a hundred
functions on top of one another that takes minutes. Here `subroutine` and `inline` leave their code in the library of
the kernel, unfinished, and only `kernel` finishes it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from numba import njit, types
from numba.core.compiler import CompilerBase, DefaultPassBuilder, _LowerResult
from numba.core.compiler_machinery import LoweringPass, register_pass
from numba.core.typed_passes import NativeLowering

from netsim.engine.compiled.cache import KernelCache

__all__ = ["inline", "kernel", "subroutine"]

Function = Callable[..., Any]

_WHOLE: dict[str, Any] = {}
"""The library that is in the making."""

_PARTS: list[Any] = []
"""All subroutines and inlined functions."""


@register_pass(mutates_CFG=False, analysis_only=False)
class _Announce(LoweringPass):
    """Let other functions call this one, whose code lies in the same library as theirs."""

    _name = "netsim_announce"

    def __init__(self) -> None:
        LoweringPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        lowered = state["cr"]
        key: Any = [].append  # Numba wants a function of C, each its own; it is never called
        state.targetctx.insert_user_function(key, lowered.fndesc, [])
        state["cr"] = _LowerResult(lowered.fndesc, lowered.call_helper, cfunc=key, env=lowered.env)
        return True


class _Part(CompilerBase):
    """Compiles a function into the library that is in the making."""

    def __init__(
        self, typing: Any, target: Any, library: Any, args: Any, return_type: Any, flags: Any, local: Any
    ) -> None:
        super().__init__(typing, target, library or _WHOLE["library"], args, return_type, flags, local)
        self.state.flags.no_compile = True

    def define_pipelines(self) -> list[Any]:
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_Announce, NativeLowering)
        passes.finalize()
        return [passes]


class _Whole(CompilerBase):
    """Compiles a function and all its subroutines into one library, and finishes it."""

    def __init__(
        self, typing: Any, target: Any, library: Any, args: Any, return_type: Any, flags: Any, local: Any
    ) -> None:
        for part in _PARTS:  # what was compiled into another library is not in this one
            part._reset_overloads()
        _WHOLE["library"] = library = target.codegen().create_library("netsim")
        library.enable_object_caching()
        super().__init__(typing, target, library, args, return_type, flags, local)

    def define_pipelines(self) -> list[Any]:
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.finalize()
        return [passes]


_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_PART: dict[str, Any] = {**_OPTIONS, "no_cpython_wrapper": True, "pipeline_class": _Part}


def _part(function: Function, **options: Any) -> Any:
    """Return *function* compiled once for each set of argument types, whatever constants it is called with."""
    dispatcher = njit(**_PART, **options)(function)
    get_call_template = dispatcher.get_call_template

    def without_literals(args: Any, kws: Any) -> Any:
        return get_call_template(tuple(types.unliteral(arg) for arg in args), kws)

    dispatcher.get_call_template = without_literals
    _PARTS.append(dispatcher)
    return dispatcher


def subroutine(function: Function) -> Any:
    """Return *function* for the kernel, compiled by itself."""
    return _part(function, forceinline=False)  # said, or it would be inherited from an inlined caller


def inline(function: Function) -> Any:
    """Return *function* for the kernel, compiled into each place that calls it."""
    return _part(function, forceinline=True)


def kernel(function: Function, *, kept: bool = True) -> Any:
    """Return *function* for Python, compiled at its first call with all its subroutines, or found on disk.

    Without *kept* its code is never on disk: what else than the kernel itself calls subroutines, to try them out.
    """
    dispatcher: Any = njit(**_OPTIONS, pipeline_class=_Whole)(function)
    if kept:
        with contextlib.suppress(RuntimeError):  # where nothing may be written, every process compiles for itself
            dispatcher._cache = KernelCache(function)
    return dispatcher
