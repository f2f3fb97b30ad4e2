"""Queues with known answers: Erlang's loss and delay systems, Pollaczek-Khinchine, the machine repairman."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError

__all__ = ["MachineRepair", "erlang_b", "erlang_c", "machine_repairman", "mg1_wait", "mmc_wait"]

FloatArray = NDArray[np.float64]


def erlang_b(servers: ArrayLike, load: ArrayLike) -> FloatArray:
    """Return the share of arrivals lost when all *servers* are busy and nobody waits (M/G/c/c).

    *load* is arrival rate x mean service time, without unit. Both may be arrays; the result has their broadcast
    shape, zero-dimensional for two scalars. Raise `ModelError` for a negative or fractional number of servers or a
    negative load. Source: Erlang 1917; B(c) = a B(c-1) / (c + a B(c-1)), which is stable for any size.
    """
    count, offered = np.broadcast_arrays(_whole(servers, "servers"), _not_negative(load, "load"))
    blocking = np.ones(offered.shape)
    for busy in range(1, int(count.max(initial=0)) + 1):
        step = offered * blocking / (busy + offered * blocking)
        blocking = np.where(busy <= count, step, blocking)
    return np.asarray(blocking, dtype=np.float64)


def erlang_c(servers: ArrayLike, load: ArrayLike) -> FloatArray:
    """Return the share of arrivals that must wait in M/M/c; 1 where *load* reaches the number of *servers*.

    Shapes and errors as in `erlang_b`. Source: Erlang 1917; C = B / (1 - (a/c)(1 - B)).
    """
    count, offered = np.broadcast_arrays(_whole(servers, "servers"), _not_negative(load, "load"))
    blocking = erlang_b(count, offered)
    stable = offered < count
    utilisation = np.divide(offered, count, out=np.ones(offered.shape), where=stable)
    return np.asarray(np.where(stable, blocking / (1 - utilisation * (1 - blocking)), 1.0), dtype=np.float64)


def mmc_wait(servers: ArrayLike, arrival_rate: ArrayLike, *, service_time: ArrayLike) -> FloatArray:
    """Return the mean wait before service in M/M/c, in the time unit of *service_time*; infinite when overloaded.

    *arrival_rate* is per that time unit, *service_time* the mean of an exponential law. Arguments may be arrays.
    Source: Gross and Harris, Fundamentals of Queueing Theory, ch. 2: W = C(c, a) / (c/s - rate).
    """
    rate, mean = _not_negative(arrival_rate, "arrival_rate"), _not_negative(service_time, "service_time")
    count = _whole(servers, "servers")
    count, rate, mean = np.broadcast_arrays(count, rate, mean)
    load = rate * mean
    stable = load < count
    spare = np.where(stable, count - load, 1.0)
    return np.asarray(np.where(stable, erlang_c(count, load) * mean / spare, np.inf), dtype=np.float64)


def mg1_wait(arrival_rate: ArrayLike, service_time: ArrayLike, *, cv: ArrayLike) -> FloatArray:
    """Return the mean wait before service at one server with any service law; infinite when overloaded.

    *service_time* is the mean and *cv* the coefficient of variation of the service law; *arrival_rate* is per the
    same time unit. Source: Pollaczek-Khinchine: W = rate s^2 (1 + cv^2) / (2 (1 - rate s)).
    """
    rate, mean, spread = np.broadcast_arrays(
        _not_negative(arrival_rate, "arrival_rate"),
        _not_negative(service_time, "service_time"),
        _not_negative(cv, "cv"),
    )
    load = rate * mean
    spare = np.where(load < 1, 1 - load, 1.0)
    wait = load * mean * (1 + spread**2) / (2 * spare)
    return np.asarray(np.where(load < 1, wait, np.inf), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class MachineRepair:
    """The long run of a closed repair shop: machines that fail, repairers that mend them."""

    probabilities: FloatArray
    """Share of time with 0, 1, ... machines down."""
    mean_down: float
    """Mean number of machines down."""
    mean_up: float
    """Mean number of machines working."""
    idle_share: float
    """Share of time that one given repairer has nothing to do."""
    downtime: float
    """Mean time from failure to return, in the time unit of the arguments."""


def machine_repairman(machines: int, repairers: int, *, mean_up: float, mean_repair: float) -> MachineRepair:
    """Return the long run of *machines* that fail after *mean_up* and share *repairers* of *mean_repair* each.

    Both times are means of exponential laws in one unit. Raise `ModelError` unless there is a machine, a repairer
    and both times are positive. Source: Winston, Operations Research, the machine repair model M/M/R/GD/K/K.
    """
    if machines < 1 or repairers < 1 or not mean_up > 0 or not mean_repair > 0:
        raise ModelError(
            f"machine_repairman({machines}, {repairers}, mean_up={mean_up}, mean_repair={mean_repair}): "
            "give at least one machine and one repairer, and positive times"
        )
    down = np.arange(machines)
    birth = (machines - down) / mean_up
    death = np.minimum(down + 1, repairers) / mean_repair
    weights = np.concatenate(([0.0], np.cumsum(np.log(birth / death))))
    probabilities = np.exp(weights - weights.max())
    probabilities /= probabilities.sum()
    states = np.arange(machines + 1)
    mean_down = float(probabilities @ states)
    failures = (machines - mean_down) / mean_up
    idle = float(probabilities @ np.maximum(repairers - states, 0)) / repairers
    return MachineRepair(probabilities, mean_down, machines - mean_down, idle, mean_down / failures)


def _not_negative(value: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(value, dtype=np.float64)
    if not np.all(array >= 0):
        raise ModelError(f"{name}={value!r}: give numbers that are 0 or more")
    return array


def _whole(value: ArrayLike, name: str) -> FloatArray:
    array = _not_negative(value, name)
    if not np.all(array == np.floor(array)):
        raise ModelError(f"{name}={value!r}: give whole numbers")
    return array
