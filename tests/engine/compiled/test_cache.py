"""The code on disk: found again by other processes, stale when a source changes, kept only where it is safe."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from numba import types
from numba.core import config

import netsim
from netsim.engine.compiled import cache, compiled_engine
from netsim.engine.compiled.cache import KernelCache
from netsim.engine.compiled.jit import inline, kernel, subroutine

SIGNATURE = (types.int64,)
ROOT = Path(netsim.__file__).parents[1]
HERE = Path(__file__).parents[3]


@inline
def _twice(x):
    return 2 * x


@subroutine
def _more(x):
    return _twice(x) + 1


def _small(x):
    return _more(x) * 10


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Return where code may be kept, in order: three directories of which none is there yet."""
    found = {name: tmp_path / name for name in ("package", "user", "temporary")}
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setattr(cache, "_HERE", found["package"])
    monkeypatch.setattr(cache, "_PACKAGE", tmp_path / "sources")  # of which there are none that change meanwhile
    monkeypatch.setenv("XDG_CACHE_HOME", str(found["user"]))
    monkeypatch.setenv("LOCALAPPDATA", str(found["user"]))
    monkeypatch.setattr(tempfile, "tempdir", str(found["temporary"]))
    return found


def forbid(place: Path) -> None:
    """Let nothing be written at *place*, not even by a superuser."""
    place.write_text("no directory")


def call(number: int) -> tuple[Any, int]:
    """Return a kernel as a new process would make it, and its answer."""
    made = kernel(_small)
    return made, made(number)


def kept_by(made: Any) -> Path | None:
    return Path(made._cache.cache_path) if isinstance(made._cache, KernelCache) else None


def was_found(made: Any) -> bool:
    """Return whether the code came from disk."""
    hits, misses = sum(made.stats.cache_hits.values()), sum(made.stats.cache_misses.values())
    assert hits + misses == 1
    return hits == 1


# Where it is kept ----------------------------------------------------------------------------------------------------


def test_code_is_kept_beside_the_package_and_found_there(places):
    first, answer = call(4)
    assert (answer, kept_by(first), was_found(first)) == (90, places["package"] / "__pycache__", False)
    assert not places["user"].exists()
    second, answer = call(5)
    assert (answer, was_found(second)) == (110, True)


def test_a_package_that_may_not_be_written_to_leaves_it_to_the_users_cache(places):
    forbid(places["package"])
    first, answer = call(4)
    assert (answer, kept_by(first)) == (90, places["user"] / "netsim")
    assert was_found(call(4)[0])


def test_without_a_place_of_the_users_own_it_is_kept_among_temporary_files(places):
    forbid(places["package"])
    forbid(places["user"])
    places["temporary"].mkdir()
    first, answer = call(4)
    assert (answer, kept_by(first).parent) == (90, places["temporary"])
    assert was_found(call(4)[0])


def test_where_nothing_may_be_written_it_is_compiled_by_each(places):
    for place in places.values():
        forbid(place)
    for _ in range(2):
        made, answer = call(4)
        assert (answer, kept_by(made)) == (90, None)


def test_a_directory_that_is_asked_for_comes_first(places, tmp_path, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "wanted"))
    assert kept_by(kernel(_small)) == tmp_path / "wanted" / "netsim"
    assert not places["package"].exists()


def test_a_directory_that_others_may_write_to_is_not_used(places):
    open_to_all = places["package"] / "__pycache__"
    open_to_all.mkdir(parents=True)
    open_to_all.chmod(0o777)
    has_permissions = hasattr(os, "getuid")
    assert kept_by(kernel(_small)) == (places["user"] / "netsim" if has_permissions else open_to_all)
    open_to_all.chmod(0o755)
    assert kept_by(kernel(_small)) == open_to_all


def test_a_directory_of_somebody_else_is_not_used_unless_the_superusers(places, monkeypatch):
    ours = places["package"] / "__pycache__"
    ours.mkdir(parents=True)
    owner = ours.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1, raising=False)
    assert kept_by(kernel(_small)) == (ours if owner == 0 else None)


# When it is fresh ----------------------------------------------------------------------------------------------------


def test_any_source_that_is_compiled_in_makes_it_stale(places, tmp_path, monkeypatch):
    copy = tmp_path / "netsim"
    shutil.copytree(ROOT / "netsim", copy, ignore=shutil.ignore_patterns("__pycache__", "_data"))
    monkeypatch.setattr(cache, "_PACKAGE", copy)
    assert not was_found(call(1)[0])
    assert was_found(call(1)[0])
    stamps = {kernel(_small)._cache._impl.locator.get_source_stamp()}
    compiled_in = ("distributions.py", "engine/contract.py", "engine/records.py", "model/model.py",
                   "policies/replenishment.py", "policies/shortage.py", "tape/purposes.py",
                   "engine/compiled/kernel.py", "engine/compiled/structs.py")  # fmt: skip
    for source in compiled_in:
        (copy / source).write_text((copy / source).read_text(encoding="utf-8") + "\n# changed", encoding="utf-8")
        stamps.add(kernel(_small)._cache._impl.locator.get_source_stamp())
    assert len(stamps) == len(compiled_in) + 1
    assert not kernel(_small)._cache.holds(SIGNATURE, compiled_engine._run.targetctx)
    assert not was_found(call(1)[0])
    assert was_found(call(1)[0])


def test_it_holds_what_was_compiled_and_nothing_else(places):
    made = kernel(_small)
    assert not made._cache.holds(SIGNATURE, made.targetctx)
    made(1)
    fresh = kernel(_small)
    assert fresh._cache.holds(SIGNATURE, fresh.targetctx)
    assert not fresh._cache.holds((types.int64, types.int64), fresh.targetctx)
    for data in (places["package"] / "__pycache__").glob("*.nbc"):
        data.unlink()
    assert not kernel(_small)._cache.holds(SIGNATURE, fresh.targetctx), "an index without its code"
    assert call(4)[1] == 90


def test_code_that_is_not_kept_leaves_nothing_on_disk(places):
    made = kernel(_small, kept=False)
    assert made(4) == 90
    assert not any(place.exists() for place in places.values())


# Between processes ---------------------------------------------------------------------------------------------------

ASK = """
import sys
from netsim.engine.compiled import compiled_engine as door
kernel = door._run
ready = door.is_ready()
door.warm_up()
print(ready, door.is_ready(), sum(kernel.stats.cache_hits.values()), kernel._cache.cache_path)
"""


def told_by_a_process(**environment: str) -> list[str]:
    """Return what a fresh process says: ready before, ready after, codes found on disk, where."""
    known = {**os.environ, "PYTHONPATH": str(HERE), **environment}
    answer = subprocess.run([sys.executable, "-c", ASK], env=known, capture_output=True, text=True, check=False)
    assert not answer.returncode, answer.stderr
    return answer.stdout.split()


def test_a_fresh_process_finds_the_kernel_on_disk_and_compiles_nothing(tmp_path):
    compiled_engine.warm_up()
    where = compiled_engine._run._cache.cache_path
    wanted = tmp_path / "netsim"
    wanted.mkdir()
    for kept in Path(where).glob("compiled_engine._run-*"):
        shutil.copy(kept, wanted)
    assert told_by_a_process(NUMBA_CACHE_DIR=str(tmp_path)) == ["True", "True", "1", str(wanted)]


@pytest.mark.long
def test_the_first_process_compiles_the_kernel_and_the_second_finds_it(tmp_path):
    wanted = str(tmp_path / "netsim")
    assert told_by_a_process(NUMBA_CACHE_DIR=str(tmp_path)) == ["False", "True", "0", wanted]
    assert told_by_a_process(NUMBA_CACHE_DIR=str(tmp_path)) == ["True", "True", "1", wanted]
