"""Ctrl-C, heard even where it comes while compiled code is being called, which may swallow it."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

__all__ = ["Interruption"]


class Interruption:
    """While it is entered, remembers that Ctrl-C was pressed; *check* raises KeyboardInterrupt again if it was."""

    def __init__(self) -> None:
        self._heard = False
        self._ours = False

    def __enter__(self) -> Interruption:
        # Only the main thread may listen, and whoever has a handler of their own keeps it.
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._hear)
            self._ours = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def check(self) -> None:
        """Raise KeyboardInterrupt if Ctrl-C was pressed; what was under way then may have come out wrong."""
        if self._heard:
            raise KeyboardInterrupt

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._heard = True
        raise KeyboardInterrupt
