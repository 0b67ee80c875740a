"""Auditing plans: what of the hand-made arithmetic is found, what changed numbers show, and how time grows."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator
from functools import partial

from tests.engine.planaudit import gold
from tests.engine.planaudit.mutations import audit_after, checkable_numbers, is_flagged, kept, mutations, originals

from bench.harness import Figure, growth_exponent, timed
from commercebrain.engine.planaudit.audit import CHECKS, audit_plans

TITLE = "Five founding plans against 67 checks made by hand; 240 numbers changed on purpose; time by length and number."
QUICK = True

MUTATIONS = 240
_GRAVE = ("contradiction", "conflict")
_GOLD = "tests/gold/arithmetic.md on the five sample plans"


def figures() -> Iterator[Figure]:
    """All figures of the audit."""
    yield from _against_gold()
    yield from _mutated()
    yield from _times()


def _against_gold() -> Iterator[Figure]:
    found = originals()
    inputs = {
        "checks": len(CHECKS),
        "findings": len(found),
        "verdicts": dict(Counter(f.verdict for f in found)),
        "by_check": dict(Counter(f.check for f in found)),
    }
    for verdict, must, aim in (("contradiction", 4, 4), ("conflict", 7, 8)):
        hits = [
            c.id for c in gold.of(verdict.upper()) if any(f.verdict == verdict and gold.is_about(c, f) for f in found)
        ]
        yield Figure(
            f"audit_{verdict}s_found", len(hits), must, aim, "higher",
            f"{verdict}s of {_GOLD} that a finding of the same verdict quotes", inputs | {"found": hits},
        )  # fmt: skip
    confirmed = [c.id for c in gold.of("HOLDS") if gold.confirmed(c, found)]
    yield Figure(
        "audit_holds_confirmed", len(confirmed), 25, 30, "higher",
        f"checks that hold of {_GOLD} of which findings that hold cover two quotes (the only one)",
        {"of": len(gold.of("HOLDS")), "missed": [c.id for c in gold.of("HOLDS") if c.id not in confirmed]},
    )  # fmt: skip
    alarms = [
        f"{f.check} {f.about}"
        for f in found
        if f.verdict in _GRAVE and not any(gold.is_about(c, f) for c in gold.of(f.verdict.upper()))
    ]
    yield Figure(
        "audit_false_alarms", len(alarms), 0, 0, "lower",
        f"contradictions and conflicts that are none of those of {_GOLD}", {"alarms": alarms},
    )  # fmt: skip
    conflicts = sum(f.verdict == "conflict" for f in found)
    yield Figure("audit_conflicts_called", conflicts, 16, 8, "lower", "conflicts called in all on the five plans", {})


def _mutated() -> Iterator[Figure]:
    flagged = same = untouched = 0
    for mutation in mutations(MUTATIONS):
        after = audit_after(mutation)
        flagged += is_flagged(mutation, after)
        held, others = kept(mutation, after)
        same, untouched = same + held, untouched + others
    method = (
        "one number of a statement that holds changed by an eighth or more and three units of its last digit; seed in "
        "tests/engine/planaudit/mutations.py; "
    )
    yield Figure(
        "audit_mutations_flagged_share", round(flagged / MUTATIONS, 4), 0.95, 0.99, "higher",
        method + "share of changed statements with a graver verdict than before",
        {"mutations": MUTATIONS, "flagged": flagged, "numbers": len(checkable_numbers())},
    )  # fmt: skip
    yield Figure(
        "audit_untouched_kept_share", round(same / untouched, 5), 0.99, 1.0, "higher",
        method + "share of the other statements with the verdict they had", {"statements": untouched, "kept": same},
    )  # fmt: skip


def _times() -> Iterator[Figure]:
    plans = list(gold.plans().items())
    size = sum(len(text) for _, text in plans)
    runs = [timed(lambda: audit_plans(plans)) for _ in range(7)]
    yield Figure(
        "audit_seconds_per_100k_chars", round(statistics.median(runs) / size * 1e5, 4), 5.0, 0.5, "lower",
        "median of seven audits of the five plans, reading included",
        {"characters": size, "seconds": [round(run, 4) for run in runs]},
    )  # fmt: skip
    unit = "\n\n".join(text for _, text in plans[:2])
    # From four on, so that each size restates its figures; one alone has nothing to be held against.
    factors, repeats = (4, 16, 64), (5, 3, 1)
    times = [
        statistics.median(timed(partial(audit_plans, [("long.txt", "\n\n".join([unit] * k))])) for _ in range(n))
        for k, n in zip(factors, repeats, strict=True)
    ]
    yield Figure(
        "audit_growth_exponent_length", round(growth_exponent([k * len(unit) for k in factors], times), 4), 1.2, 1.05,
        "lower", "slope of log time over log length: two plans repeated 4, 16 and 64 times as one document",
        {"characters": [k * len(unit) for k in factors], "seconds": [round(t, 4) for t in times], "runs": repeats},
    )  # fmt: skip
    copies = [[(f"{i}-{name}", text) for i in range(k) for name, text in plans] for k in (*factors[:2], 32)]
    times = [
        statistics.median(timed(partial(audit_plans, d)) for _ in range(n))
        for d, n in zip(copies, repeats, strict=True)
    ]
    yield Figure(
        "audit_growth_exponent_documents", round(growth_exponent([len(d) for d in copies], times), 4), 1.2, 1.05,
        "lower", "slope of log time over log number of documents: the five plans 4, 16 and 32 times under other names",
        {"documents": [len(d) for d in copies], "seconds": [round(t, 4) for t in times], "runs": repeats},
    )  # fmt: skip
