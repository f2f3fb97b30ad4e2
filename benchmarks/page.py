"""The page ``docs/benchmarks.md``, written from the sheets that the parts left in ``benchmarks/measured``."""

from __future__ import annotations

import textwrap
from pathlib import Path

from benchmarks import chapters
from benchmarks.parts import MEASURED, PARTS, sheet_file
from benchmarks.sheet import Sheet, Target, read_sheet
from benchmarks.tables import number, prose, table
from benchmarks.timing import ROOT

__all__ = ["PAGE", "page_text", "read_sheets", "write_page"]

PAGE = ROOT / "docs" / "benchmarks.md"

QUIET = 0.3
"""Cores that others may keep busy before the page says so."""

_HEAD = """<!-- Made by `python -m benchmarks` from what it measured. Change the code, then run it again. -->
# Benchmarks

How fast netsim is, against what, and how to measure it on your machine: about ten minutes on two idle cores.

<!-- not run: the benchmarks, ten minutes -->
```bash
python -m benchmarks                   # all parts, then this page
python -m benchmarks mexico workers    # some parts; the page keeps the others
python -m benchmarks --page            # only this page, from `benchmarks/measured`
```

SupplyNetPy is there after `pip install -e ".[bench]"`, and the bare C programs need a C compiler; what is missing is
left out.
"""

_METHOD = """
## Machine and method

{machine}
- Times are seconds of **processor time of one core**, unless a line says "wall". Programs that are compared run in
  turns in one process, and the best of their rounds counts: whatever else the machine does only makes a figure larger.
- **Ratios** carry over to other machines, times do not.
- Records, KPIs, ledger and costs are on in every line that does not say otherwise.
- A fast wrong answer is worth nothing: a **known exact value** is checked in the runs that are timed, and a part whose
  check fails says so.
"""


def read_sheets(folder: Path = MEASURED) -> dict[str, Sheet]:
    """Return the sheets that were measured, by part."""
    return {part: read_sheet(sheet_file(part, folder)) for part in PARTS if sheet_file(part, folder).exists()}


def write_page() -> Path:
    """Return the path of the page, written anew."""
    PAGE.write_text(page_text(read_sheets()), encoding="utf-8")
    return PAGE


def page_text(sheets: dict[str, Sheet]) -> str:
    """Return the page for *sheets*."""
    text = _HEAD + _glance(sheets) + _METHOD.format(machine=_machines(sheets))
    for part in PARTS:
        chapter = chapters.CHAPTERS[part]
        text += f"\n## {chapter.title}\n{prose(chapter.intro)}"
        sheet = sheets.get(part)
        if sheet is None:
            text += f"\nNot measured yet: `python -m benchmarks {part}`.\n"
            continue
        text += chapter.tell(sheet.figures)
        if sheet.errors:
            text += "\nNot measured, or wrong:\n\n" + "".join(f"- {k}: {v}\n" for k, v in sheet.errors.items())
    return text


def _glance(sheets: dict[str, Sheet]) -> str:
    rows = [_target_row(target) for sheet in sheets.values() for target in sheet.targets]
    if not rows:
        return "\nNothing was measured yet.\n"
    missed = sum(not target.is_met for sheet in sheets.values() for target in sheet.targets)
    told = "All are met." if not missed else f"{missed} of {len(rows)} {'is' if missed == 1 else 'are'} not met."
    head = f"\n## Targets\n\nWhat was asked of this version, and what was measured. {told}\n\n"
    return head + table(["What", "Measured", "Asked", "Met"], rows)


def _target_row(target: Target) -> list[str]:
    word = "at least" if target.is_floor else "at most"
    return [
        target.what,
        f"{number(target.measured)} {target.unit}",
        f"{word} {target.bound:g} {target.unit}",
        "yes" if target.is_met else "**no**",
    ]


def _machines(sheets: dict[str, Sheet]) -> str:
    """Return the machine and versions of all parts, those measured elsewhere apart, and who disturbed them."""
    places: dict[tuple[str, ...], list[str]] = {}
    disturbed = []
    for part, sheet in sheets.items():
        machine = sheet.machine
        if machine:
            key = tuple(machine.get(name, "") for name in ("processor", "cores", "memory", "system", "versions"))
            places.setdefault(key, []).append(f"`{part}`")
            busy = machine.get("busy", "unknown")
            if busy != "unknown" and float(busy) > QUIET:
                disturbed.append(f"`{part}` {busy}")
    if not places:
        return "- No machine yet."
    lines = [
        f"- {processor}, {cores} cores, {memory}, {system}; {versions}"
        + (f" ({', '.join(parts)})." if len(places) > 1 else ".")
        for (processor, cores, memory, system, versions), parts in places.items()
    ]
    if disturbed:
        lines.append(
            f"""- **Others kept cores busy** as these parts began: {", ".join(disturbed)}. What is told by the wall,
            and two workers most of all, then says more about them than about netsim."""
        )
    return "\n".join(textwrap.fill(" ".join(line.split()), 120, subsequent_indent="  ") for line in lines)
