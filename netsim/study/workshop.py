"""All that a run needs, imported: workers are forked from a process that has loaded this module."""

from __future__ import annotations

import netsim.engine.choice
import netsim.network.building
import netsim.outcome.balance
import netsim.outcome.books
import netsim.outcome.ledger
import netsim.outcome.observe
import netsim.plan.targets
import netsim.spec.scenario
import netsim.study.batches
import netsim.tape.demand
import netsim.tape.tape  # noqa: F401

__all__: list[str] = []
