"""The hunt: thousands of random cases on two engines, from the command line.

``python -m tests.equivalence.hunt --cases 10000`` prints how often each feature was at work and each failure as a
seed and the smallest case found. ``--case FILE`` lives one written case again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from tests.equivalence.cases import Case, prepare
from tests.equivalence.choices import Seeded
from tests.equivalence.engines import ENGINES, SECOND, engine
from tests.equivalence.trial import Failure, Pair, RefusedError, explain, trials, try_case

__all__ = ["hunt", "main"]


def main(arguments: list[str] | None = None) -> int:
    """Return 0 if no case failed and, in a long hunt, every feature occurred; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.equivalence.hunt", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="end after so many cases [1000]")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first network; the next ones count up [0]")
    parser.add_argument("--seconds", type=float, default=3600.0, help="end after so many seconds [3600]")
    parser.add_argument("--first", choices=sorted(ENGINES), default="checked", help="the engine to go by [checked]")
    parser.add_argument("--second", choices=sorted(ENGINES), default=SECOND, help=f"the engine to test [{SECOND}]")
    parser.add_argument("--failures", type=int, default=3, help="end after so many failing networks [3]")
    parser.add_argument("--reduce", type=float, default=60.0, help="seconds to spend on making a failure simpler [60]")
    parser.add_argument("--out", type=Path, help="folder for the smallest failing cases")
    parser.add_argument("--case", type=Path, help="live the case in this file and nothing else")
    given = parser.parse_args(arguments)
    pair = Pair((given.first, given.second), engine(given.first), engine(given.second))
    if given.case:
        what = try_case(prepare(Case.from_json(given.case.read_text(encoding="utf-8"))), pair)
        print(what or "equal")
        return int(bool(what))
    return hunt(pair, cases=given.cases, seed=given.seed, seconds=given.seconds, failures=given.failures,
                reduction=given.reduce, out=given.out)  # fmt: skip


def hunt(
    pair: Pair, *, cases: int, seed: int, seconds: float, failures: int, reduction: float, out: Path | None
) -> int:
    """Run the cases of networks *seed*, *seed* + 1, ... and print what was found; return 1 if anything is wrong."""
    begun = time.monotonic()
    features: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    lived, failed, first = 0, 0, seed
    while lived < cases and failed < failures and time.monotonic() < begun + seconds:
        try:
            for failure in trials(Seeded(seed), pair, features):
                lived += 1
                if failure is not None:
                    failed += 1
                    _tell(failure, seed, pair, reduction=reduction, out=out)
                    break
        except RefusedError as error:
            refused[_reason(error)] += 1
        seed += 1
    took = time.monotonic() - begun
    never = [name for name, count in features.items() if not count]
    print(f"\n{'feature':<58}cases with it")
    for name in sorted(features):
        print(f"{name:<58}{features[name]:>8}  {100 * features[name] / max(lived, 1):5.1f} %")
    for reason, count in refused.most_common(5):
        print(f"refused {count}: {reason}")
    print(
        f"{lived} cases of {seed - first} networks (seeds {first} to {seed - 1}) in {took:.0f} s, "
        f"{lived / max(took, 1e-9):.0f} a second; {refused.total()} networks refused; "
        f"{len(features) - len(never)} of {len(features)} features occurred; {failed} failures"
    )
    if never:
        print(f"never occurred: {', '.join(sorted(never))}")
    return int(failed > 0 or (bool(never) and lived >= 5000))


def _tell(failure: Failure, seed: int, pair: Pair, *, reduction: float, out: Path | None) -> None:
    file = out / f"seed_{seed}.json" if out else None
    print(f"\nnetwork {seed} fails: {failure.what.splitlines()[0]}", flush=True)
    print(explain(failure, pair, seconds=reduction, file=file), flush=True)
    print(
        f"\nagain: python -m tests.equivalence.hunt --seed {seed} --cases 1" + (f", or --case {file}" if file else "")
    )


def _reason(error: RefusedError) -> str:
    line = str(error).splitlines()[0]
    return " ".join(line.split(" · ")[-2:])[:120]


if __name__ == "__main__":
    sys.exit(main())
