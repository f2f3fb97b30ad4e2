"""The chapters of the page: one for each part, with its words and its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.tables import number, prose, table

__all__ = ["CHAPTERS", "Chapter"]

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Heading and words of a part, and the function that tells its figures."""

    title: str
    intro: str
    tell: Callable[[Figures], str]


def _tell_repair_network(figures: Figures) -> str:
    from benchmarks.repair_network import LABELS, PLAIN

    sizes = figures.get("sizes", {})
    if not sizes:
        return ""
    heads = [f"{int(outlets):,} outlets" for outlets in sizes]
    speed, fills = [], []
    for name, label in LABELS.items():
        rows = [size["programs"].get(name) for size in sizes.values()]
        if not any(rows):
            continue
        cells = []
        for size, row in zip(sizes.values(), rows, strict=True):
            plain = size["programs"].get(PLAIN)
            ratio = f" · {number(plain['best'] / row['best'])} x" if row and plain else ""
            cells.append(f"{number(1e6 * row['best'])}{ratio}" if row else "–")
        speed.append([label, *cells])
        fills.append([label, *(f"{row['low']:.4f} to {row['high']:.4f}" if row else "–" for row in rows)])
    fills.insert(0, ["**exact**", *(f"**{size['exact']:.5f}**" for size in sizes.values())])
    net = figures.get("supply_net")
    told = "SupplyNetPy was not installed."
    if net:
        told = f"""{net}: nodes buy from nodes and know no repair, so its depot orders one for one from a supplier
            without limit at independent exponential lead times: the same law for the shelves. It has no place for the
            failed unit and its way back, for benches and work, or for a row per order; it counts by node, with logging
            off."""
    return (
        "\nMicroseconds an order, and how many times as fast as plain SimPy with one row per order:\n\n"
        + table(["Program", *heads], speed)
        + prose(f"From tape to KPIs, by phase: {_phases_of(sizes)}.")
        + prose(told)
        + prose("Share of customers served from the shelf, 99.9 % intervals from the runs above:")
        + "\n"
        + table(["Program", *heads], fills)
    )


def _phases_of(sizes: Figures) -> str:
    """Return microseconds an order of each phase, by size."""
    return "; ".join(
        f"{int(outlets):,} outlets: "
        + ", ".join(f"{phase} {number(1e6 * seconds)}" for phase, seconds in size["phases"].items())
        for outlets, size in sizes.items()
    )


def _tell_global_network(figures: Figures) -> str:
    from benchmarks.global_network import PHASES, TIMED

    text = ""
    phases = figures.get("phases", {})
    if phases:
        counted = sum(phases[phase][0] for phase in TIMED)
        rows = []
        for phase, label in PHASES.items():
            first, second = phases[phase]
            share = f"{100 * first / counted:.0f} %" if phase in TIMED else ""
            again = number(second) if phase in (*TIMED, "laws") else "–"
            rows.append([label, number(first), again, share])
        total = [f"**{number(each)}**" for each in figures["total"]]
        rows.append(["**tape to KPIs and costs**", *total, "**100 %**"])
        text += prose(
            f"""{figures["orders"]:,} orders, {figures["moves"]:,} stock moves, {figures["bytes"] / 1e6:,.0f} MB of
            records, {figures["observations"]:,} figures; largest memory {figures["megabytes"] / 1000:.2f} GB."""
        )
        text += "\n" + table(["Phase", "first run, s", "second, s", "share"], rows)
        text += prose(_tell_bare_c(phases, figures.get("bare_c")))
    command = figures.get("command")
    if command:
        text += prose(
            f"""The whole command `netsim run scenarios/maitrox_scale/year.yaml --workers 1`, with files read and
            checked, every law of stock and money checked, and results and records packed and kept:
            {number(command["wall"])} s by the wall, {number(command["cpu"])} s of processor time,
            {number(command["megabytes"] / 1000)} GB."""
        )
    accepted = figures.get("acceptance")
    if accepted:
        missed = accepted["missed"]
        verdict = "all accepted" if not missed else f"{len(missed)} missed: {'; '.join(missed)}"
        script = "`python scenarios/maitrox_scale/acceptance.py`"
        text += prose(f"Acceptance ({script}): {accepted['figures']} figures with a tolerance, {verdict}.")
    return text


def _tell_bare_c(phases: Figures, bare: Figures | None) -> str:
    if not bare:
        return "The bare C program was not measured: it needs a C compiler."
    engine, heap, rows = phases["engine"][0], bare["heap"], bare["heap_and_rows"]
    return f"""**How far from bare C?** The year has about {bare["occurrences"] / 1e6:.1f} million occurrences with
        {bare["size"]:,} pending at a time (counted in the network of a twentieth of the size). A C program with a
        binary heap of 16-byte entries takes {number(heap)} s to keep as many in order and do nothing else, and
        {number(rows)} s if it also writes as many bytes as our records have. Our engine takes {number(engine)} s,
        {number(engine / rows)} times the latter. The rest is the network itself: stock points, queues, benches and
        lanes in memory far larger than the cache, and the draws."""


def _tell_mexico(figures: Figures) -> str:
    from benchmarks.mexico import PHASES

    text = ""
    runs = figures.get("runs", {})
    if runs:
        rows = [[d, f"{each['orders']:,}", number(each["mean"]), number(each["best"])] for d, each in runs.items()]
        rows.append(["**mean**", "", f"**{number(figures['a_run'])}**", ""])
        text += "\nSeconds a run, all that a worker does: tape to observations, laws checked, result packed.\n\n"
        text += table(["Design", "orders", "mean", "best"], rows)
    phases = figures.get("phases", {})
    if phases:
        total = sum(phases.values())
        rows = [
            [label, number(1000 * phases[phase]), f"{100 * phases[phase] / total:.0f} %"]
            for phase, label in PHASES.items()
        ]
        text += "\nWhere the time of a run goes, mean of the designs:\n\n" + table(["Phase", "ms", "share"], rows)
    command, pictures = figures.get("command"), figures.get("pictures")
    if command:
        told = f"""`netsim compare` with {command["replications"]} replications and 2 workers, from start to table:
            {number(command["wall"])} s by the wall."""
        if pictures:
            told += f" Its {pictures['count']} pictures, each as PNG and SVG: {number(pictures['wall'])} s more."
        text += prose(told)
    return text


def _tell_workers(figures: Figures) -> str:
    if "ratio" not in figures:
        return ""
    walls = figures["walls"]
    rows = [[f"{n} worker{'s' * (n != '1')}", *(number(wall) for wall in sorted(walls[n])[:2])] for n in walls]
    width = max(len(row) for row in rows)
    rows = [row + ["–"] * (width - len(row)) for row in rows]
    head = ["Seconds by the wall", "best", "next"][:width]
    same = "The results are equal" if figures["same"] else "**The results differ**"
    text = f"\n{figures['runs']} runs; two workers do **{number(figures['ratio'])} times** as much. {same}.\n\n"
    text += table(head, rows)
    if "ceiling" in figures:
        text += prose(
            f"""Two programs that share nothing, each with a study of its own, do {number(figures["ceiling"])} times as
            much as one on this machine: more cannot be had here."""
        )
    return text


def _tell_scheduling(figures: Figures) -> str:
    from benchmarks.scheduling import CREWS

    crews = figures.get("crews", {})
    rows = [
        [
            CREWS[name], f"{each['runs']:,}", number(1000 * each["seconds"]), f"{100 * each['overhead']:.1f} %",
            number(1000 * each["coordinator"]) if each["coordinator"] else "–",
        ]
        for name, each in crews.items()
    ]  # fmt: skip
    head = ["Who works", "runs", "ms a run", "overhead", "processor ms a run, handing out"]
    return "\n" + table(head, rows) if rows else ""


def _tell_large_sweep(figures: Figures) -> str:
    from benchmarks.large_sweep import tell

    if "sweep" not in figures:
        return ""
    mexico, tiny = figures["mexico"], figures["tiny"]
    return (
        prose(
            f"""Measured: {mexico["runs"]:,} runs of the Mexico sweep ({number(mexico["seconds"])} s and
            {number(mexico["bytes"] / 1000)} kB in the store each), and {tiny["runs"]:,} tiny runs, over which the
            process that hands them out spent {number(1000 * tiny["coordinator"])} ms of processor time on each and grew
            by {number(1000 * max(tiny["growth"], 0.0))} kB a run."""
        )
        + "\n"
        + tell(figures["sweep"])
    )


def _tell_first_start(figures: Figures) -> str:
    rows = []
    for name, label in (("cold", "engine compiled for the first time"), ("warm", "engine in every later process")):
        if name in figures:
            rows.append([label, number(figures[name]["wall"]), number(figures[name]["cpu"])])
    if "import" in figures:
        rows.append(["`import netsim`", "–", number(figures["import"])])
    for name, label in (("cold", "`netsim run` of a small study, nothing compiled yet"), ("warm", "the same, later")):
        if "small" in figures:
            rows.append([label, number(figures["small"][name]), "–"])
    return "\n" + table(["What", "wall, s", "processor, s"], rows) if rows else ""


def _tell_store(figures: Figures) -> str:
    if "milliseconds" not in figures:
        return ""
    text = prose(
        f"""{figures["runs"]:,} runs, written {figures["batch"]} at a time: {number(figures["milliseconds"])} ms a run,
        the disk waited for. The file has {figures["megabytes"]:,.0f} MB. Writing the last nine tenths of the runs took
        {figures["grown_writing"]:.1f} MB more memory than the first tenth; reading one KPI of all runs, and one of a
        group, {figures.get("grown_reading", 0):.0f} MB."""
    )
    rows = [[f"{name} (SQL)", number(seconds)] for name, seconds in figures.get("questions", {}).items()]
    rows += [[f"{name} (Python)", number(seconds)] for name, seconds in figures.get("python", {}).items()]
    return text + ("\n" + table(["Question", "seconds"], rows) if rows else "")


CHAPTERS = {
    "repair_network": Chapter(
        "The two-echelon repair network",
        """Outlets keep one piece each and are supplied in 3 days by a depot that repairs what comes back in 6 days on
        average and keeps 1.2 pieces an outlet; demand is Poisson, 0.2 a day and outlet. The exact share of customers
        served from the shelf is known (Graves 1985), and every program must find it. The stated baseline is a plain
        SimPy program (`benchmarks/plain_simpy.py`): a process for every order, core and replenishment, one row per
        order. Beyond the target of 50 times its speed, the goal is 100.""",
        _tell_repair_network,
    ),
    "global_network": Chapter(
        "The global network",
        """[`scenarios/maitrox_scale`](../scenarios/maitrox_scale/README.md): 64 countries, 4,000 outlets, 17 regional
        warehouses, 10 factories, one simulated year in one run on one core. The first run pays for fresh memory, the
        second uses it again. "Tape to KPIs and costs" is what the target counts (the goal is 10 s); the files are read
        once before, and every law of stock and money is checked after.""",
        _tell_global_network,
    ),
    "mexico": Chapter(
        "The Mexico study",
        """[`scenarios/launch_mexico`](../scenarios/launch_mexico/README.md): four designs over 36 months, each
        replication on one tape for all four. Every law of stock and money is checked in every run.""",
        _tell_mexico,
    ),
    "workers": Chapter(
        "Two workers",
        "The Mexico study from first run to last result in the store, with one worker and with two, in turns.",
        _tell_workers,
    ),
    "scheduling": Chapter(
        "Short runs handed out",
        """Short Mexico runs, all models made before. Overhead is the time by the wall from the first task to the last
        result in the store, times the workers, over the seconds that the runs took in the workers, less 1. The dask
        scheduler and the process that hands out share the cores with the workers.""",
        _tell_scheduling,
    ),
    "large_sweep": Chapter(
        "A sweep of 100,000 runs",
        """An extrapolation: seconds a run, bytes a run and memory from two smaller sweeps, in proportion. Other counts
        are told by `python -m benchmarks.large_sweep 20000`, and for runs of half a second by
        `python -m benchmarks.large_sweep 20000 0.5`.""",
        _tell_large_sweep,
    ),
    "first_start": Chapter(
        "The first start",
        """The compiled engine, and the loops over all moves that measure a run, are compiled once on a machine and
        kept on disk. First starts begin with an empty cache, later ones with the filled one.""",
        _tell_first_start,
    ),
    "store": Chapter(
        "A sweep in the results file",
        """1,000 points of three factors in 10 replications, with 88 KPIs of all orders together and 1,300 by group, as
        many as a run of the Mexico study has. The numbers are made up at random, so that they cannot be compressed;
        those of real runs take about a third of the room.""",
        _tell_store,
    ),
}
"""Each part's chapter."""
