"""What a draw is for: one list of named constants, part of every draw's address.

A value is never reused and never changes its meaning: a new purpose takes a new value, so that no tape drawn before
reads differently afterwards.
"""

from __future__ import annotations

from enum import IntEnum

from netsim.errors import ModelError

__all__ = ["Purpose", "custom"]


class Purpose(IntEnum):
    """What a draw decides; values fit the 8 bits that an address gives them."""

    GAP = 1  # unit exponential between two claims of a zone, or two failures of a fleet's unit
    PRODUCT = 2  # which product the claim is about
    MODE = 3  # which failure mode, hence which parts set
    COHORT = 4  # in which month the device was sold, hence its age and warranty
    NO_FAULT = 5  # whether there is no fault to be found
    SOFTWARE = 6  # whether software alone cures it
    REMOTE = 7  # whether a call resolves it
    CHANNEL = 8  # which channel the customer prefers
    OUTLET = 9  # which outlet the customer chooses (one draw per candidate)
    VISIT = 10  # when within an opening a customer walks in who could not at once
    DIAGNOSIS = 11  # content of the diagnosis
    REPAIR = 12  # content of the repair at an outlet or on site
    TEST = 13  # whether the repaired device passes its test
    QUOTE_ACCEPT = 14  # whether the customer accepts the quote
    QUOTE_TIME = 15  # how long the customer thinks about the quote
    CORE_KEPT = 16  # whether the removed part never comes back
    CORE_DELAY = 17  # how long the removed part stays before it is handed over
    SCREEN = 18  # how a returned core or device is graded
    BER = 19  # whether it is beyond economic repair
    FACTORY_WORK = 20  # content of the repair at a factory
    YIELD = 21  # whether the factory repair succeeds
    TRANSIT = 22  # transit time of a consignment on a lane
    CLEARANCE = 23  # customs clearance time of an entry
    HOLD = 24  # whether customs hold the entry
    HOLD_TIME = 25  # how long customs hold it
    LOSS = 26  # whether the consignment is lost
    DAMAGE = 27  # whether the consignment is damaged
    LEAD = 28  # lead time of a supplier's order
    TIE = 29  # order among equals that ask in the same instant
    FORECAST = 30  # innovation of a forecast error series
    PATIENCE = 31  # how long a customer is prepared to wait
    REPORT = 32  # delay between failure and its report
    CONTENT_TIME = 33  # content of any other work: picking, packing, installing
    HANDOVER = 34  # delay until the customer collects or hands over
    UP_TIME = 35  # time to failure of a unit, in up time
    CUSTOM = 64  # first of 192 purposes for users' own processes


def custom(index: int) -> int:
    """Return the purpose number of a user's own draw *index*, 0 .. 191; ModelError outside."""
    if not 0 <= index < 192:
        raise ModelError(f"custom purpose {index} is outside 0 .. 191; number your own draws from 0")
    return Purpose.CUSTOM + index
