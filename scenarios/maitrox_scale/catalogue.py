"""What the benchmark's customers own, what breaks, and which parts a repair takes: the four industries' presets.

Modes are written as orders out of 100 with a fault, so that parts come out in the mix of the industry.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["INDUSTRIES", "REPAIRED", "Industry", "Platform", "part_name"]


@dataclass(frozen=True, slots=True)
class Platform:
    """Some models that share their parts: *share* of the industry's orders, *price* of its parts to the average."""

    name: str
    share: float
    price: float
    no_fault: float
    season: str = "peak"


@dataclass(frozen=True, slots=True)
class Industry:
    """One industry: its share of all orders, its parts, and its failure modes by orders out of 100.

    *parts* are kinds with their value [USD]; those in *common* are one part for all platforms. *modes* come from
    hardware faults with the *hazard* (a rate a year, or shape and scale in years of a Weibull law), *accidents* from
    accidents with the rate *accident* a year, which are paid by the customer.
    """

    name: str
    share: float
    platforms: tuple[Platform, ...]
    parts: dict[str, float]
    common: tuple[str, ...]
    weight: float
    volume: float
    device: tuple[float, float, float]
    warranty: str
    half_life: float
    months_before: int
    hazard: float | tuple[float, float]
    modes: dict[str, float]
    accident: float = 0.0
    capture: float = 0.4
    accidents: dict[str, float] = field(default_factory=dict)


PHONE = Industry(
    name="phone",
    share=0.75,
    platforms=(
        Platform("phone-1", 0.40, 1.3, 0.25),
        Platform("phone-2", 0.30, 1.0, 0.25),
        Platform("phone-3", 0.20, 0.7, 0.25),
        Platform("phone-4", 0.10, 0.4, 0.25),
    ),
    parts={"screen": 46, "battery": 12, "board": 78, "port": 6, "cover": 14, "camera": 16, "small": 4},
    common=("battery", "port"),
    weight=0.08,
    volume=0.3,
    device=(200, 0.5, 1),
    warranty="18 months",
    half_life=2.5,
    months_before=96,
    hazard=0.053,
    modes={
        "screen": 2.79, "battery": 10.60, "board": 9.42, "port": 3.30, "camera": 4.18, "small": 6.95,
        "battery+screen": 8, "battery+port": 4, "board+screen": 4, "screen+small": 3.76,
    },
    accident=0.10,
    accidents={"screen": 22.76, "cover+screen": 7.24, "camera+cover+screen": 5, "battery+board+port": 8},
)  # fmt: skip

PC = Industry(
    name="pc",
    share=0.17,
    platforms=(
        Platform("pc-1", 0.45, 1.2, 0.20),
        Platform("pc-2", 0.30, 1.0, 0.20),
        Platform("pc-3", 0.25, 0.64, 0.20),
    ),
    parts={"board": 120, "storage": 60, "screen": 80, "battery": 45, "charger": 30, "small": 55},
    common=("storage", "charger"),
    weight=0.5,
    volume=2,
    device=(600, 3, 12),
    warranty="2 yr",
    half_life=5,
    months_before=180,
    hazard=(1.36, 8.9),
    modes={
        "board": 7, "storage": 15, "screen": 5, "battery": 7.5, "charger": 5, "small": 2.5,
        "screen+small": 12, "board+storage": 11, "battery+charger": 10, "board+small": 8, "battery+screen": 5,
    },
    accident=0.035,
    accidents={"screen": 8, "board+storage": 4},
)  # fmt: skip

APPLIANCE = Industry(
    name="appliance",
    share=0.06,
    platforms=(
        Platform("large-appliance", 0.60, 1.0, 0.10, "summer"),
        Platform("small-appliance", 0.40, 0.35, 0.15),
    ),
    parts={"board": 45, "motor": 50, "sensor": 15, "panel": 40, "small": 20},
    common=("sensor",),
    weight=2,
    volume=15,
    device=(350, 40, 400),
    warranty="2 yr",
    half_life=10,
    months_before=180,
    hazard=0.071,
    modes={
        "board": 14.5, "motor": 20.5, "sensor": 14, "panel": 2, "small": 14,
        "board+sensor": 12, "motor+small": 12, "board+panel": 6,
    },
    accident=0.01,
    accidents={"panel": 5},
)  # fmt: skip

SERVER = Industry(
    name="server",
    share=0.02,
    platforms=(Platform("server", 1.0, 1.0, 0.30, "flat"),),
    parts={"disk": 250, "memory": 200, "psu": 180, "board": 1400, "fan": 60},
    common=(),
    weight=1.2,
    volume=4,
    device=(6000, 25, 60),
    warranty="3 yr",
    half_life=6,
    months_before=120,
    hazard=0.11,
    modes={
        "disk": 10, "memory": 16, "psu": 7.2, "board": 4.8, "fan": 2,
        "disk+disk": 30, "disk+fan": 10, "board+memory": 8, "fan+psu": 12,
    },
)  # fmt: skip

INDUSTRIES = (PHONE, PC, APPLIANCE, SERVER)

REPAIRED = ("phone-1-board", "phone-2-board", "phone-3-board", "pc-1-board", "pc-2-board")
"""Boards worth repairing: the share of repairable pieces comes to 12 %."""


def part_name(industry: Industry, platform: Platform, kind: str) -> str:
    """Return the name of a part: of the industry where its platforms share it, else of the platform."""
    return f"{industry.name if kind in industry.common else platform.name}-{kind}"
