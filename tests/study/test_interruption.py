"""Ctrl-C that somebody swallowed is heard at the next check."""

from __future__ import annotations

import contextlib
import os
import signal
import threading

import pytest

from netsim.study.interruption import Interruption


def test_a_swallowed_interruption_is_raised_again():
    before = signal.getsignal(signal.SIGINT)
    with Interruption() as ctrl_c:
        ctrl_c.check()
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            ctrl_c.check()
    assert signal.getsignal(signal.SIGINT) is before


def test_somebody_elses_handler_stays_and_a_thread_has_none():
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        with Interruption() as ctrl_c:
            os.kill(os.getpid(), signal.SIGINT)
            ctrl_c.check()
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [1]
    entered = []

    def elsewhere():
        with Interruption() as ctrl_c:
            ctrl_c.check()
            entered.append(1)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert entered == [1]
