"""``python -m bench NAME…`` prints one JSON object a line for each figure and nothing else on standard
output.

``--all`` runs the quick ones; ``--write FILE`` also writes what was measured as a page. Ends with 1 when a
benchmark broke; a figure that is not what it must be says so itself (``ok``).
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import traceback
from pathlib import Path
from types import ModuleType

import bench
from bench.harness import Figure, log, machine


def names() -> list[str]:
    """The names that ``make bench NAME=`` takes: one for each file."""
    found = (info.name for info in pkgutil.iter_modules(bench.__path__))
    return [name.replace("_", "-") for name in found if not name.startswith("_") and name != "harness"]


def load(name: str) -> ModuleType:
    """The benchmark called ``name``."""
    return importlib.import_module(f"bench.{name.replace('-', '_')}")


def page(measured: dict[str, list[Figure]], earlier: str = "") -> str:
    """The figures as a page of the documentation; sections of ``earlier`` that were not measured now stay."""
    here = machine()
    lines = [
        "# Performance",
        "",
        "Written by `make bench`; each line can be run again with `make -s bench NAME=…`.",
        "",
        f"Machine: {here['cores']} cores ({here['processor']}), {here['memory_gib']} GiB, {here['system']}, "
        f"Python {here['python']}.",
    ]
    kept = {part.split("\n", 1)[0]: part.split("\n", 1)[1].rstrip() for part in earlier.split("\n## ")[1:]}
    for name in sorted({*kept, *measured}):
        figures = measured.get(name, [])
        if name not in measured:
            lines += ["", f"## {name}", kept[name]]
            continue
        lines += ["", f"## {name}", "", load(name).TITLE, ""]
        lines += [
            "| figure | measured | must | aim | better | holds |",
            "| --- | ---: | ---: | ---: | --- | --- |",
        ]
        for f in figures:
            got = "not measured" if f.got is None else f"{f.got:.4g}"
            lines.append(f"| `{f.figure}` | {got} | {f.must:g} | {f.aim:g} | {f.better} | {'yes' if f.ok else 'no'} |")
        lines += ["", *(f"- `{f.figure}`: {f.method}" for f in figures)]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run what the command line names; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--all", action="store_true", help="run all quick ones")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the figures as a page, too")
    given = parser.parse_args()
    known = names()
    wanted = [name for name in known if load(name).QUICK] if given.all else given.names
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        log(f"benchmarks: {', '.join(known)}" + (f"; not known: {', '.join(unknown)}" if unknown else ""))
        return 2
    measured: dict[str, list[Figure]] = {}
    broken = False
    for name in wanted:
        measured[name] = []
        try:
            for figure in load(name).figures():
                print(figure.line(), flush=True)
                measured[name].append(figure)
        except Exception:
            # The others still run; what broke is told where people look.
            log(f"{name}: {traceback.format_exc()}")
            broken = True
    if given.write and not broken:
        given.write.parent.mkdir(parents=True, exist_ok=True)
        earlier = given.write.read_text(encoding="utf-8") if given.write.exists() else ""
        given.write.write_text(page(measured, earlier), encoding="utf-8")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
