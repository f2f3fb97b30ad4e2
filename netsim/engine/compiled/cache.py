"""The cache of the compiled kernel on disk: compiled once for a machine, found again by every process.

Numba looks at the file of the kernel alone when it asks whether its code is still fresh; here every source that is
compiled into it counts. The code is kept beside the package, or where the user keeps such things if the package may
not be written to; where nothing may be written it is compiled anew in every process.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import llvmlite
from numba.core import config
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

__all__ = ["KernelCache"]

_HERE = Path(__file__).parent
_PACKAGE = _HERE.parent.parent
_COMPILED_IN = (
    "distributions.py", "engine/contract.py", "engine/records.py", "model/model.py", "policies/*.py",
    "tape/purposes.py", "engine/compiled/*.py",
)  # fmt: skip


class _Place(_CacheLocator):
    """A directory that may be written to, and the stamp of all sources."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._py_file = __file__

    def get_cache_path(self) -> str:
        return str(self._path)

    def get_source_stamp(self) -> str:
        digest = hashlib.sha256(llvmlite.__version__.encode())
        for pattern in _COMPILED_IN:
            for source in sorted(_PACKAGE.glob(pattern)):
                digest.update(source.read_bytes())
        return digest.hexdigest()

    def get_disambiguator(self) -> str:
        return hashlib.sha256(str(_HERE).encode()).hexdigest()[:10]

    @classmethod
    def from_function(cls, function: Any, file: str) -> _Place | None:  # noqa: ARG003  # Numba's signature
        for path in _candidates():
            place = cls(path)
            try:
                place.ensure_cache_path()
            except OSError:
                continue
            if _is_ours(path):
                return place
        return None


class _Implementation(CompileResultCacheImpl):
    _locator_classes: Any = [_Place]  # as Numba has it


class KernelCache(FunctionCache):
    """Keeps the kernel; raise RuntimeError where nothing may be written."""

    _impl_class = _Implementation

    def holds(self, signature: Any, target: Any) -> bool:
        """Return whether code for *signature* on this machine is on disk."""
        name = self._cache_file._load_index().get(self._index_key(signature, target.codegen()))
        return name is not None and Path(self._cache_file._data_path(name)).exists()


def _candidates() -> Iterator[Path]:
    if wanted := getattr(config, "CACHE_DIR", ""):
        yield Path(wanted) / "netsim"
    yield _HERE / "__pycache__"
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111  # never raises
    if base and Path(base).is_absolute():
        yield Path(base) / "netsim"
    yield Path(tempfile.gettempdir()) / f"netsim-{getattr(os, 'getuid', lambda: 0)()}"


def _is_ours(path: Path) -> bool:
    """Return whether nobody else can put code there, which would be run."""
    if not hasattr(os, "getuid"):
        return True
    status = path.stat()
    return status.st_uid in (os.getuid(), 0) and not status.st_mode & 0o022
