"""The workers of a dask cluster as an executor: found by the scheduler's address, looked over before they get work.

The scheduler takes tasks from this process and gives them to workers, again to another one where a worker dies. Only
what a task is made of and what came of it travels; the store is this process's alone.
"""

from __future__ import annotations

import logging
import platform
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from netsim.errors import NetsimError
from netsim.study.batches import CrewLost
from netsim.study.identity import code_version

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["ClusterError", "Team", "joined"]

P = ParamSpec("P")
T = TypeVar("T")

ANSWER = 5.0
"""Seconds within which the scheduler must answer."""
FIRST_WORKER = 60.0
"""Seconds within which a worker must be there, at the beginning and whenever the last one is gone."""
_KNOWN_FOR = 2.0  # seconds for which the number of workers is not asked again
_ON = "what was finished is kept, and the same command goes on from there"


class ClusterError(NetsimError):
    """The cluster cannot be used; the message says why and what to do."""


class Team(Executor):
    """The workers that the scheduler behind *client* has at the moment."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        self._address = address
        self._executor = client.get_executor(pure=False)
        self._counted = self._seen = time.monotonic()
        self._size = self._count()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of ``fn(*args, **kwargs)``. Raise `CrewLost` if the scheduler is gone."""
        self.check()
        with warnings.catch_warnings():  # large scenarios are large
            warnings.filterwarnings("ignore", "Sending large graph")
            found: Future[T] = self._executor.submit(fn, *args, **kwargs)
        return found

    def size(self) -> int:
        """Return how many tasks the workers do side by side; 0 while there is no worker."""
        now = time.monotonic()
        if now - self._counted > _KNOWN_FOR:
            self._size, self._counted = self._count(), now
        if self._size:
            self._seen = now
        return self._size

    def check(self) -> None:
        """Return if there is a scheduler, with a worker now or lately; raise `CrewLost` else."""
        if self._client.status != "running":
            raise CrewLost(f"{self._address} · the scheduler was lost · start it and its workers again: {_ON}")
        if not self.size() and time.monotonic() - self._seen > FIRST_WORKER:
            raise CrewLost(
                f"{self._address} · the last worker was lost {FIRST_WORKER:g} s ago · {_hiring(self._address)}: {_ON}"
            )

    def _count(self) -> int:
        with suppress(OSError, RuntimeError):  # the scheduler is gone, which `check` tells
            return sum(self._client.nthreads().values())
        return 0


@contextmanager
def joined(
    address: str,
    *,
    answer: float | None = None,
    first_worker: float | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Team]:
    """Yield the workers of the scheduler at *address*: ``tcp://host:port``, or the file that it wrote of itself.

    Where workers have not compiled the engine yet, one on each machine does so first, and *tell* hears of it. Raise
    `ClusterError` if dask is not installed here, if no scheduler answers or no worker comes within so many seconds, and
    if netsim, Python or NumPy of a worker are not those of this process.
    """
    patience = ANSWER if answer is None else answer
    _require_dask()
    with _quietly():
        client = _connect(address, patience)
        try:
            _await_worker(client, address, FIRST_WORKER if first_worker is None else first_worker)
            _check_versions(client)
            _compile(client, tell)
            yield Team(client, address)
        finally:
            with suppress(Exception):  # whatever is wrong with the connection, it ends here
                client.close(timeout=patience)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep dask from printing tracebacks of what our errors tell in a line."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    levels = {log: log.level for log in map(logging.getLogger, names)}
    for log in levels:
        log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for log, level in levels.items():
            log.setLevel(level)


def _require_dask() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise ClusterError(
            f"a cluster needs dask, and {error.name} is not installed · install it with `pip install 'netsim[cluster]'`"
        ) from error


def _connect(address: str, answer: float) -> Client:
    from distributed import Client
    from distributed.comm.addressing import parse_host_port

    place: dict[str, Any] = {"address": address}
    if _is_file(address):
        if not Path(address).is_file():
            raise ClusterError(f"{address} · there is no such file · name the scheduler's `--scheduler-file`")
        place = {"scheduler_file": address}
    else:
        try:
            parse_host_port(address.partition("://")[2] or address)
        except ValueError as error:
            raise ClusterError(f"{address} · this is no address ({error}) · write it as tcp://host:port") from error
    try:
        return Client(**place, timeout=answer, set_as_default=False, name="netsim")
    except ValueError as error:
        raise ClusterError(f"{address} · this is no address ({error}) · write it as tcp://host:port") from error
    except OSError as error:
        raise ClusterError(
            f"{address} · no scheduler answers within {answer:g} s · start one with `dask scheduler`, or correct the "
            "address"
        ) from error


def _await_worker(client: Client, address: str, seconds: float) -> None:
    from distributed import TimeoutError as NobodyCame

    try:
        client.wait_for_workers(1, timeout=seconds)
    except (NobodyCame, TimeoutError) as error:
        raise ClusterError(
            f"{address} · the scheduler has no worker, and none came within {seconds:g} s · {_hiring(address)}"
        ) from error


def _hiring(address: str) -> str:
    place = f"--scheduler-file {address}" if _is_file(address) else address
    return f"start workers with `dask worker {place} --nthreads 1`"


def _is_file(address: str) -> bool:
    return address.endswith(".json")


def describe_here() -> dict[str, str]:
    """Return the versions that results depend on, and where this process runs and has compiled the engine."""
    import numpy as np

    python = ".".join(platform.python_version_tuple()[:2])
    return {
        "netsim": code_version(), "Python": python, "NumPy": np.__version__,
        "machine": platform.node(), "compiled": "yes" if _is_compiled() else "no",
    }  # fmt: skip


def _check_versions(client: Client) -> None:
    """Raise `ClusterError` with all workers that have not what this process has."""
    here = describe_here()
    faults = []
    for worker, there in {**_ask_scheduler(client), **_ask_all(client)}.items():
        if isinstance(there, BaseException):
            faults.append(f"{worker} has no netsim of this version ({type(there).__name__}: {there})")
            continue
        faults += [
            f"{worker} has {name} {there.get(name)}, and this process {here[name]}"
            for name in ("netsim", "Python", "NumPy")
            if there.get(name) != here[name]
        ]
    if faults:
        told = "; ".join(faults[:4]) + (f"; and {len(faults) - 4} more" if len(faults) > 4 else "")
        raise ClusterError(f"{told} · install the same versions on all machines, and start the workers again")


def _ask_scheduler(client: Client) -> Mapping[str, Any]:
    """Return what `describe_here` gives on the scheduler, which opens what it hands out, or its error."""
    try:
        return {"the scheduler": client.run_on_scheduler(describe_here)}
    except Exception as error:  # whatever it could not open or do
        return {"the scheduler": error}


def _ask_all(client: Client) -> Mapping[str, Any]:
    """Return what `describe_here` gives on each worker, or the error that it raised."""
    found: dict[str, Any] = client.run(describe_here, on_error="return")
    return found


def _compile(client: Client, tell: Callable[[str], None]) -> None:
    """Return when each machine has the machine code of the engine on disk, one of its workers having compiled it."""
    told = _ask_all(client)
    machines: dict[str, str] = {}
    ready = {there["machine"] for there in told.values() if there["compiled"] == "yes"}
    for worker, there in told.items():
        if there["machine"] not in ready:
            machines.setdefault(there["machine"], worker)
    if not machines:
        return
    tell(f"compiling the engine on {len(machines)} machine{'s' * (len(machines) > 1)}, once (about 20 s)")
    futures = [
        client.submit(compile_here, pure=False, workers=[worker], allow_other_workers=True)
        for worker in machines.values()
    ]
    client.gather(futures, errors="skip")  # a worker that cannot tells so at its first run


def _is_compiled() -> bool:
    """Return whether there is nothing left to compile; nothing is where numba is not installed."""
    from netsim.engine.choice import COMPILED

    return find_spec("numba") is None or bool(import_module(COMPILED).is_ready())


def compile_here() -> None:
    """Compile the engine, or load it from disk."""
    from netsim.engine.choice import warm_up

    warm_up({"compiled"}, lambda _: None)
