"""Processes that run tasks side by side and outlive the death of any of them.

`concurrent.futures.ProcessPoolExecutor` gives up the whole sweep when one worker dies; this pool starts another and
runs the lost task again. It has the same interface, so any other executor can take its place. Workers are forked, where
the system can, from a process that has done nothing but import what they need, and which they share the memory of.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from netsim.errors import NetsimError

__all__ = ["SelfHealingPool", "WorkerDied", "begin_loading"]

P = ParamSpec("P")
T = TypeVar("T")


class WorkerDied(NetsimError):  # noqa: N818 - the field says that a worker died
    """A task was given up because every process that ran it died, or because no process could start."""


_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_CONTEXT: Any = multiprocessing.get_context(_METHOD)


def begin_loading(modules: Sequence[str]) -> None:
    """Return at once, while *modules* are imported in the process that workers will be forked from.

    Nothing happens where that process runs already, or the system cannot fork; workers then import for themselves.
    """
    if _METHOD == "forkserver":
        from multiprocessing import forkserver

        _CONTEXT.set_forkserver_preload(list(modules))
        with _shielded_from_ctrl_c():
            forkserver.ensure_running()


class _RemoteTraceback(Exception):  # noqa: N818 - shown as the cause of the error that a worker sent
    """The traceback of an error in a worker, as text."""


class _Task:
    """A pickled call, the future that waits for it, its group, how many workers have died of it and may die of it."""

    __slots__ = ("future", "group", "most", "payload", "strikes")

    def __init__(self, payload: bytes, future: Future[Any], group: Hashable, most: int) -> None:
        self.payload = payload
        self.future = future
        self.group = group
        self.most = most
        self.strikes = 0


class _Worker:
    """One process, our end of its pipe, the task that it runs, and the group of the last one."""

    __slots__ = ("connection", "group", "process", "ready", "task")

    def __init__(self) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(theirs,), name="netsim-worker", daemon=True)
        self.process.start()
        theirs.close()  # or the end of the process would not close the pipe
        self.ready = False
        self.task: _Task | None = None
        self.group: Hashable = None


class SelfHealingPool(Executor):
    """An executor of *workers* processes (default: one per processor) that replaces those that die.

    A task whose worker dies runs again; at the third death (*strikes*) its future gets `WorkerDied` and the others
    go on. Tasks and results must be picklable. Workers end with the pool, and when the parent process is killed.
    Leaving a ``with`` block by an exception, Ctrl-C among them, kills the running tasks and cancels the others.
    """

    def __init__(self, workers: int | None = None, *, strikes: int = 3) -> None:
        self._size = workers if workers is not None else (os.cpu_count() or 1)
        if self._size < 1 or strikes < 1:
            raise NetsimError(f"a pool of {self._size} workers and {strikes} strikes: give at least 1 of each")
        self._strikes = strikes
        self._lock = threading.RLock()  # a future's callback may submit the next task
        self._pending: deque[_Task] = deque()
        self._workers: list[_Worker] = []
        self._failed_starts = 0
        self._closing = False
        self._stopping = False
        self._woken = False
        self._wake_reader, self._wake_writer = multiprocessing.Pipe(duplex=False)
        self._thread: threading.Thread | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of ``fn(*args, **kwargs)``, run in one of the workers.

        Raise `RuntimeError` after `shutdown`. A call that cannot be pickled gives its future the error.
        """
        return self.submit_near(None, partial(fn, *args, **kwargs))

    def submit_near(self, group: Hashable, call: Callable[[], T], *, strikes: int | None = None) -> Future[T]:
        """Return the future of ``call()``; the worker that ran the last task of *group* takes it rather than another.

        None is no group. No worker waits for the sake of a group. *strikes* in place of the pool's are how many deaths
        it is given.
        """
        future: Future[T] = Future()
        try:
            payload = pickle.dumps(call, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # whatever pickling a user's object raises belongs to the future
            future.set_exception(error)
            return future
        with self._lock:
            if self._closing:
                raise RuntimeError("cannot submit to a pool that was shut down")
            self._pending.append(_Task(payload, future, group, strikes or self._strikes))
            if self._thread is None:
                self._thread = threading.Thread(target=self._coordinate, name="netsim-pool", daemon=True)
                self._thread.start()
                atexit.register(self.stop)  # a script that ends without `shutdown` is not to hang or to leave processes
        self._wake()
        return future

    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers that are up, in ascending order."""
        return sorted(worker.process.pid for worker in list(self._workers) if worker.process.pid and worker.ready)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Return when the submitted tasks are done and the workers gone; at once if not *wait*."""
        with self._lock:
            self._closing = True
            if cancel_futures:
                self._cancel_pending()
            thread = self._thread
        self._wake()
        if wait and thread is not None:
            thread.join()

    def stop(self) -> None:
        """Return after killing the workers and cancelling all that was not done."""
        self._stopping = True
        self.shutdown(wait=True, cancel_futures=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.shutdown(wait=True)
        else:
            self.stop()

    def _wake(self) -> None:
        with self._lock:
            if not self._woken:  # one call is enough, and thousands would fill the pipe
                self._woken = True
                self._wake_writer.send_bytes(b"")

    def _cancel_pending(self) -> None:
        for task in self._pending:
            # A task that ran once and lost its worker is no longer cancellable, hence the error instead.
            if not task.future.cancel():
                _fail(task, WorkerDied("the pool was shut down before this task could run again"))
        self._pending.clear()

    # What follows runs in the coordinator's thread, which alone touches workers.

    def _coordinate(self) -> None:
        try:
            while not self._stopping and self._assign():
                watched: list[Any] = [self._wake_reader]
                for worker in self._workers:
                    watched += [worker.connection, worker.process.sentinel]
                signs = set(wait(watched))
                if self._wake_reader in signs:
                    with self._lock:
                        self._wake_reader.recv_bytes()
                        self._woken = False
                for worker in list(self._workers):
                    if worker.connection in signs or worker.process.sentinel in signs:
                        self._attend(worker)
        except OSError as error:  # no process or pipe to be had from the system
            self._give_up(f"the system gives no more processes ({error}); run with fewer workers")
        finally:
            self._end()

    def _assign(self) -> bool:
        """Give tasks to idle workers, start workers for the rest; return whether there is anything to wait for."""
        with self._lock:
            for worker in [worker for worker in self._workers if worker.ready and worker.task is None]:
                task = self._next_task(worker)
                if task is None:
                    break
                worker.task, worker.group = task, task.group
                with contextlib.suppress(OSError):  # it has just died: its sentinel tells, and the task runs again
                    worker.connection.send_bytes(task.payload)
            starting = sum(not worker.ready for worker in self._workers)
            wanted = min(len(self._pending) - starting, self._size - len(self._workers))
            busy = bool(self._pending) or any(worker.task for worker in self._workers)
        if wanted > 0:
            with _shielded_from_ctrl_c():
                self._workers += [_Worker() for _ in range(wanted)]
        return busy or not self._closing

    def _next_task(self, worker: _Worker) -> _Task | None:
        """Take the task that suits *worker*: of its own group, else of one that no other works on, else the first."""
        while self._pending:
            taken = {other.group for other in self._workers if other is not worker} - {None}
            groups = [task.group for task in self._pending]
            mine = (i for i, group in enumerate(groups) if group is not None and group == worker.group)
            free = (i for i, group in enumerate(groups) if group not in taken)
            at = next(mine, next(free, 0))
            task = self._pending[at]
            del self._pending[at]
            if task.strikes or task.future.set_running_or_notify_cancel():
                return task
        return None

    def _attend(self, worker: _Worker) -> None:
        """Take what *worker* sent, or bury it."""
        try:
            message = worker.connection.recv_bytes() if worker.connection.poll() else None
        except (EOFError, OSError):
            message = None
        if message is None:
            self._bury(worker)
        elif not worker.ready:
            worker.ready = True
            self._failed_starts = 0
        elif worker.task is not None:
            task, worker.task = worker.task, None
            _settle(task, message)

    def _bury(self, worker: _Worker) -> None:
        worker.process.join(5)
        if worker.process.is_alive():  # the pipe is gone, so nothing more can come of it
            worker.process.kill()
            worker.process.join()
        worker.connection.close()
        self._workers.remove(worker)
        code = worker.process.exitcode
        with self._lock:
            task = worker.task
            if task is not None:
                task.strikes += 1
                if task.strikes < task.most:
                    self._pending.appendleft(task)
                    return
                _fail(task, WorkerDied(f"{task.strikes} workers died of this task, the last with {_in_words(code)}"))
            elif not worker.ready:
                self._failed_starts += 1
                if self._failed_starts >= self._strikes:
                    self._give_up(
                        f"workers cannot start: they end with {_in_words(code)}; a script that runs a study needs its "
                        'start under `if __name__ == "__main__":`'
                    )
                    self._failed_starts = 0

    def _give_up(self, why: str) -> None:
        with self._lock:
            tasks = list(self._pending)
            self._pending.clear()
        for task in tasks:
            if task.strikes or task.future.set_running_or_notify_cancel():
                _fail(task, WorkerDied(why))

    def _end(self) -> None:
        with self._lock:
            self._closing = True
            self._cancel_pending()
        for worker in self._workers:
            if self._stopping:
                worker.process.kill()
            worker.connection.close()  # an idle worker ends at the end of its pipe
        for worker in self._workers:
            worker.process.join(5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            if worker.task is not None:
                _fail(worker.task, WorkerDied("the pool was stopped before this task was done"))
        self._workers.clear()
        atexit.unregister(self.stop)


def _fail(task: _Task, error: Exception) -> None:
    if not task.future.done():
        task.future.set_exception(error)


def _settle(task: _Task, message: bytes) -> None:
    try:
        value, error, text = pickle.loads(message)
    except Exception as problem:  # an object of the user's that pickles but does not come back
        task.future.set_exception(NetsimError(f"the result of a task cannot be read: {problem!r}"))
        return
    if error is None:
        task.future.set_result(value)
    else:
        error.__cause__ = _RemoteTraceback(text)
        task.future.set_exception(error)


@contextlib.contextmanager
def _shielded_from_ctrl_c() -> Iterator[None]:
    """Block Ctrl-C in this thread for a while, as processes inherit the mask of the thread that starts them.

    Only the parent is to hear it; it then ends the workers.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # some Python versions clear the mask when they start it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _in_words(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-code).name} (was memory short?)"
    return f"exit code {code}"


def _serve(connection: Connection) -> None:
    """Run tasks until the pipe closes; the life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):  # the parent closed the pipe: nothing more to do
        connection.send_bytes(b"ready")
        while True:
            connection.send_bytes(_run(connection.recv_bytes()))


def _watch_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)  # a busy worker would otherwise finish its task for nobody


def _run(payload: bytes) -> bytes:
    answer: tuple[Any, Exception | None, str]
    try:
        answer = (pickle.loads(payload)(), None, "")
    except Exception as error:  # every error of a task belongs to its future
        answer = (None, error, traceback.format_exc())
    except BaseException as error:  # SystemExit and its like end a task, not the parent that asks for its result
        answer = (None, NetsimError(f"a task ended with {error!r}"), traceback.format_exc())
    try:
        message = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
        if answer[1] is not None:
            pickle.loads(message)  # an error with arguments of its own may pickle and not come back
    except Exception as problem:
        told = answer[1] if answer[1] is not None else "its result"
        text = f"a task gave what cannot be sent between processes ({told!r}): {problem}"
        message = pickle.dumps((None, NetsimError(text), answer[2]))
    return message
