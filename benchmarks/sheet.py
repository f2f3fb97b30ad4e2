"""The sheet of one part: its figures, what they are held against, and what could not be measured."""

from __future__ import annotations

import contextlib
import json
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Sheet", "Target", "read_sheet"]


@dataclass(frozen=True, slots=True)
class Target:
    """One figure beside its bound: *measured* is to be at least or at most *bound*, both in *unit*."""

    what: str
    measured: float
    bound: float
    is_floor: bool
    unit: str

    @property
    def is_met(self) -> bool:
        """Return whether the figure keeps its bound."""
        return self.measured >= self.bound if self.is_floor else self.measured <= self.bound


@dataclass(slots=True)
class Sheet:
    """What one part measured. Steps that fail leave their error here, and the others go on."""

    part: str
    quick: bool = False
    figures: dict[str, Any] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    file: Path | None = None
    """Where the sheet is written after every step, so that nothing is lost if the part is stopped."""

    def say(self, text: str) -> None:
        """Tell the reader of the terminal how far it is."""
        print(f"  {self.part}: {text}", file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure one step: tell its name and time, and keep its error instead of raising it."""
        self.say(f"{name} ...")
        begun = time.perf_counter()
        try:
            yield
        except Exception as error:
            self.errors[name] = f"{type(error).__name__}: {error}".splitlines()[0]
            traceback.print_exc()
        self.say(f"{name}: {time.perf_counter() - begun:.1f} s")
        if self.file is not None:
            self.write(self.file)

    def at_least(self, bound: float, what: str, measured: float, unit: str = "x") -> None:
        """Hold *measured* against a floor."""
        self.targets.append(Target(what, measured, bound, True, unit))

    def at_most(self, bound: float, what: str, measured: float, unit: str = "s") -> None:
        """Hold *measured* against a ceiling."""
        self.targets.append(Target(what, measured, bound, False, unit))

    def write(self, path: Path) -> None:
        """Write the sheet as JSON, figures rounded to what means anything."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {name: value for name, value in asdict(self).items() if name != "file"}
        path.write_text(json.dumps(_rounded(content), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_sheet(path: Path) -> Sheet:
    """Return the sheet in a file that `Sheet.write` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["targets"] = [Target(**each) for each in content["targets"]]
    return Sheet(**content)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value
