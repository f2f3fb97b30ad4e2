"""Bare C programs, compiled where the machine has a C compiler: how far is ours from the least there is to do?"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

__all__ = ["compile_program", "find_compiler", "run_program"]

_HERE = Path(__file__).parent


def find_compiler() -> str | None:
    """Return the C compiler of the machine, or None."""
    wanted = os.environ.get("CC", "").split()
    names = [*wanted[:1], "cc", "gcc", "clang"]
    return next((found for found in map(shutil.which, names) if found), None)


def compile_program(name: str, folder: Path) -> Path:
    """Return the program made of `benchmarks/NAME.c` in *folder*; raise RuntimeError if it cannot be made."""
    compiler = find_compiler()
    if compiler is None:
        raise RuntimeError("there is no C compiler")
    program = folder / name
    command = [compiler, "-O2", "-o", str(program), str(_HERE / f"{name}.c"), "-lm"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise RuntimeError(f"{compiler} ended with {made.returncode}: {made.stderr[-300:]}")
    return program


def run_program(program: Path, numbers: Sequence[int]) -> list[float]:
    """Return the numbers that *program* printed for its arguments *numbers*."""
    done = subprocess.run([str(program), *map(str, numbers)], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]
