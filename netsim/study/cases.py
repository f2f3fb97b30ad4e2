"""Cases: what a study runs, one design of one scenario each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netsim.spec.scenario import Scenario

__all__ = ["Case"]


@dataclass(frozen=True, slots=True)
class Case:
    """One design of one scenario, under the names that the results give them."""

    scenario: str
    design: str
    content: Scenario
