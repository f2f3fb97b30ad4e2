"""Runs the benchmarks, one part after the other, and writes the page ``docs/benchmarks.md``.

    python -m benchmarks                      all parts, about ten minutes on two idle cores
    python -m benchmarks mexico workers       some parts; the page keeps what it has of the others
    python -m benchmarks --quick              all parts at a tiny size, to try them; nothing is written to the page
    python -m benchmarks --page               only write the page anew from what was measured
    python -m benchmarks --list               the parts

Each part has a process of its own; one that fails leaves its error on the page and the others as they are.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.page import write_page
from benchmarks.parts import MEASURED, PARTS, measure_part, sheet_file
from benchmarks.sheet import Sheet, read_sheet
from benchmarks.timing import ROOT, run_python

LONGEST = 900
"""Seconds after which a part is given up."""


def main(words: list[str]) -> int:
    """Return 0 if every part that was asked for could be measured, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="try everything at a tiny size; the page stays as it is")
    parser.add_argument("--page", action="store_true", help="write the page from what was measured, measure nothing")
    parser.add_argument("--list", action="store_true", help="list the parts")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)  # measure one part here, into this folder
    given = parser.parse_args(words)
    unknown = [part for part in given.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    if given.list:
        for name, what in PARTS.items():
            print(f"{name:16s} {what}")
        return 0
    wanted = given.parts or list(PARTS)
    if given.inside is not None:
        for part in wanted:
            measure_part(part, given.inside, quick=given.quick)
        return 0
    if given.page:
        print(write_page())
        return 0
    if given.quick:
        with tempfile.TemporaryDirectory() as folder:
            return _measure(wanted, Path(folder), quick=True)
    return _measure(wanted, MEASURED, quick=False)


def _measure(parts: list[str], folder: Path, *, quick: bool) -> int:
    """Measure *parts* one after the other; the page is written after each, so that nothing is lost."""
    begun = time.perf_counter()
    faults = 0
    _fill_caches()
    for number, part in enumerate(parts, 1):
        print(f"[{number}/{len(parts)}] {PARTS[part]}", file=sys.stderr, flush=True)
        sheet = _measure_apart(part, folder, quick=quick)
        for name, error in sheet.errors.items():
            faults += 1
            print(f"  {part}: {name} FAILED: {error}", file=sys.stderr)
        for target in sheet.targets:
            verdict = "met" if target.is_met else "NOT MET"
            print(f"  {verdict:8s}{target.what}: {target.measured:.3g} {target.unit}, bound {target.bound:g}")
        if not quick:
            write_page()
    print(f"{len(parts)} parts in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    return 1 if faults else 0


def _measure_apart(part: str, folder: Path, *, quick: bool) -> Sheet:
    """Return the sheet of a part measured in a process of its own."""
    file = sheet_file(part, folder)
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks", part, "--inside", str(folder), *(["--quick"] if quick else [])]
    try:
        subprocess.run(command, cwd=ROOT, timeout=LONGEST, check=True)
        return read_sheet(file)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        sheet = read_sheet(file) if file.exists() else Sheet(part, quick=quick)  # what it had until then
        sheet.errors["part"] = f"stopped: {type(error).__name__}"
        sheet.write(file)
        return sheet


def _fill_caches() -> None:
    """Let a small study run once, so that whatever is compiled once is compiled before anything is timed."""
    study = ROOT / "scenarios" / "two_echelon" / "study.yaml"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        run_python(
            "-m", "netsim", "run", study, "--replications", "1", "--workers", "1", "--out", folder / "out",
            folder=folder,
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
