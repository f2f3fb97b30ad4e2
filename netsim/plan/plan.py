"""The Plan: what needs real numbers, computed between tape and engine: stock levels that change with time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Levels by date: row *i* of *low* and *high* (one column a stock point) holds from second ``times[i]`` on.

    The two numbers mean the same as in `netsim.model.model.StockPoints`. ``times[0]`` is 0. At each later time every
    stock point whose numbers change looks at its position (phase 6).
    """

    times: npt.NDArray[np.int64]
    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
