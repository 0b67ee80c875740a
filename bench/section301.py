"""Section 301 against real American imports: what each list covers, what stood under a duty when, and what listed
chapters did afterwards beside the others.

Coverage is computed by the product's own matcher from the lists as the Federal Register has them and imports from China
by ten-digit line. What came after is a difference in differences by chapter: imports from China against those from nine
other partners, before and after, on how much of a chapter stands on each list; the same of two years before, when nothing
had happened, is the check of the method. ``PICTURE`` (an svg to write) and ``SEED`` come from the environment;
``docs/explanation/section-301.md`` reads the result with its caveats.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench import _section301 as study
from bench._section301 import Answer, Covered, Standing
from bench._section301_picture import picture
from bench.harness import Figure, log

TITLE = "Section 301 lists against real imports: coverage, dates, and what listed chapters did beside the others."
QUICK = True

#: How many times six digits alone overstate a list, as found by hand on the same files.
KNOWN: Final = {"1": 1.77, "3": 1.19, "4A": 1.50}
SEED: Final = int(os.environ.get("SEED", "0"))


def table(lists: Sequence[Covered], days: Sequence[Standing], told: Sequence[Answer]) -> str:
    """The three tables of the documentation, in Markdown."""
    out = [
        "| list | lines | imports 2024, USD bn | share | six digits, USD bn | × |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    out += [
        f"| {one.list} | {one.lines:,} | {one.exact / 1e9:.1f} | {one.share:.1%} | {one.upper / 1e9:.1f} | {one.overstated:.2f} |"
        for one in lists
    ]
    out += ["", "| from | under a duty, USD bn of 2024 | share | duty a year, USD bn |", "| --- | ---: | ---: | ---: |"]
    out += [f"| {one.day} | {one.value / 1e9:.1f} | {one.share:.1%} | {one.duty / 1e9:.1f} |" for one in days]
    out += [
        "",
        "| comparison | chapters | list | against nine partners, % | China alone, % |",
        "| --- | ---: | --- | ---: | ---: |",
    ]
    for answer in told:
        for dose, effect in answer.against_others.items():
            both = [
                f"{mid:+.0f} ({low:+.0f} … {high:+.0f})"
                for mid, low, high in (effect.percent, answer.plain[dose].percent)
            ]
            out.append(f"| {answer.name} | {answer.chapters} | {dose} | {both[0]} | {both[1]} |")
    return "\n".join(out)


def figures() -> Iterator[Figure]:
    """The figures of this benchmark."""
    if not study.present():
        why = f"the files of {study.DATA} are not there"
        yield Figure("overstated_error", None, 0.01, 0.005, "lower", why)
        return
    lists, days, data = study.covered(), study.standing(), study.chapters()
    told = study.answers(data, seed=SEED)
    log(table(lists, days, told))
    if where := os.environ.get("PICTURE"):
        Path(where).write_text(picture(lists, data, told), encoding="utf-8")
    error = max(abs(one.overstated - KNOWN[one.list]) for one in lists if one.list in KNOWN)
    yield Figure(
        "overstated_error", error, 0.01, 0.005, "lower",
        "How far the product's matcher is from what was found by hand: imports of all lines of a list's six-digit codes ÷ "
        "imports of its own lines, lists 1, 3 and 4A, furthest of the three.",
        {one.list: round(one.overstated, 4) for one in lists},
    )  # fmt: skip
    first = next(one for one in told if one.name.startswith("lists 1–3")).against_others["3"]
    yield Figure(
        "list_3_effect_percent", first.percent[0], 0, -10, "lower",
        "Difference in differences of imports from China against nine other partners, a chapter wholly on list 3 against "
        "one with no line on it, 2018-09…2019-08 against 2017-07…2018-06, in per cent; chapters weighted by the root of "
        "their imports before, lists 1, 2 and 4A held constant. It is negative if listed goods lost.",
        {"interval": [round(one, 1) for one in first.percent[1:]], "seed": SEED},
    )  # fmt: skip
    placebo = [
        (answer.name, dose) for answer in told if answer.name.startswith("placebo")
        for dose, effect in answer.against_others.items() if effect.told_apart
    ]  # fmt: skip
    yield Figure(
        "placebo_told_apart", len(placebo), 0, 0, "lower",
        "How many of the six effects asked of earlier years, when nothing had happened, exclude no effect at 95 %.",
        {"which": placebo},
    )  # fmt: skip
