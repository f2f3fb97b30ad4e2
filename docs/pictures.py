"""Takes the pictures that the pages show from the results of the Mexico study.

netsim compare scenarios/launch_mexico/study.yaml
python docs/pictures.py results/launch-mexico
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "images"
PICTURES = ("map_country-warehouse", "trade_off", "over_time", "costs", "turnaround", "risk")


def main(results: str) -> None:
    """Copy the pictures out of the folder *results*."""
    FOLDER.mkdir(exist_ok=True)
    for name in PICTURES:
        shutil.copyfile(Path(results) / "pictures" / f"{name}.png", FOLDER / f"{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
