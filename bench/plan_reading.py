"""Reading plans: how much is found and right, how fast beside a known library, how time grows with length."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.harness import ROOT, Figure, bootstrap_interval, growth_exponent, interleaved_pairs, log, timed
from commercebrain.engine.plantext.reader import read_plan

TITLE = (
    "Five founding plans against their hand-made labels; speed beside Microsoft's recognizers-text on the same text."
)
QUICK = True

PLANS = ROOT / "src/commercebrain/catalogue/samples/plans"
GOLD = ROOT / "tests/gold"
REQUIREMENTS = ROOT / "bench/requirements-recognizers.txt"
OWN_VENV = ROOT / ".bench-venv"
PAIRS = 15
GROWTH_ROUNDS = 5


def figures() -> Iterator[Figure]:
    """All figures of plan reading."""
    texts = {path.name: path.read_text("utf-8") for path in sorted(PLANS.glob("*.txt"))}
    rows = [finding.to_row() for name, text in texts.items() for finding in read_plan(text, name)]
    yield from _scores(rows)
    yield _speed(texts, rows)
    yield _growth(texts)


# --- scores --------------------------------------------------------------------------------------------


def _scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_plan_reading", GOLD / "score_plan_reading.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _gold(kind: str) -> list[dict[str, Any]]:
    lines = (GOLD / f"{kind}s.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _scores(rows: list[dict[str, Any]]) -> Iterator[Figure]:
    scorer = _scorer()
    for kind, musts in (("target", (0.95, 0.88)), ("fact", (0.93, 0.85))):
        result, _, _ = scorer.score_values(_gold(kind), [r for r in rows if r["type"] == kind], kind)
        inputs = {"gold": result["gold"], "predicted": result["predicted"], "fields": result["fields"]}
        for name, must, aim in (("detection", musts[0], 0.98), ("exact", musts[1], 0.95)):
            yield Figure(
                f"{kind}_{name}_f1",
                result[name]["f1"],
                must,
                aim,
                "higher",
                "F1 of tests/gold/score_plan_reading.py on the five sample plans; rows labelled borderline "
                "do not count"
                + ("" if name == "detection" else "; value, unit, year or period, comparator and kind all right"),
                inputs | {"precision": result[name]["precision"], "recall": result[name]["recall"]},
            )
    result, _, _ = scorer.score_tasks(_gold("task"), [r for r in rows if r["type"] == "task"])
    inputs = {"gold": result["gold"], "predicted": result["predicted"]}
    method = "tests/gold/score_plan_reading.py on the five sample plans"
    yield Figure("task_detection_f1", result["detection"]["f1"], 0.98, 1.0, "higher", f"F1 of {method}", inputs)
    for figure, field in (
        ("task_lead_accuracy", "lead_units"),
        ("task_joining_accuracy", "responsible_units"),
    ):
        yield Figure(
            figure,
            result["fields"][field],
            0.97,
            1.0,
            "higher",
            f"share of found tasks whose {field} are right, {method}",
            inputs,
        )


# --- speed ---------------------------------------------------------------------------------------------


class _Worker:
    """The other library in its own environment, kept running between requests."""

    def __init__(self) -> None:
        python = _own_python()
        self.process = subprocess.Popen(
            [python, "-W", "ignore", str(ROOT / "bench/_recognizers_worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"recognizers-text ended with {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request, ensure_ascii=False) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """Let the process end."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait(timeout=30)


def _own_python() -> Path:
    """The Python of the comparison's environment, made on demand from its locked requirements."""
    python = OWN_VENV / "bin/python"
    stamp = OWN_VENV / "complete"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        log(f"making {OWN_VENV.name} for recognizers-text …")
        venv.create(OWN_VENV, with_pip=True, clear=True)
        command = [
            python,
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            REQUIREMENTS,
        ]
        subprocess.run(list(map(str, command)), check=True, stdout=sys.stderr, timeout=600)
        stamp.write_text(wanted)
    return python


def _speed(texts: dict[str, str], rows: list[dict[str, Any]]) -> Figure:
    size = sum(map(len, texts.values()))
    method = (
        "characters per second of our whole reading (structure, targets, facts, tasks) over those of "
        "recognizers-text's "
        "Chinese currency and dimension models, on the same five plans in the same run, interleaved pairs, "
        "median of the "
        "ratios; amounts: gold rows with a number whose value each finds in the row's own quote (they: any "
        "of four models)"
    )
    try:
        worker = _Worker()
    except (OSError, subprocess.SubprocessError, RuntimeError) as error:
        reason = f"could not be measured: the environment of recognizers-text cannot be made ({error})"
        return Figure("reading_speed_ratio", None, 1.0, 5.0, "higher", reason, {"characters": size})

    def ours() -> float:
        return timed(lambda: [read_plan(text, name) for name, text in texts.items()])

    def theirs() -> float:
        return float(worker.ask({"time": list(texts.values())})["seconds"])

    try:
        pairs = interleaved_pairs(ours, theirs, pairs=PAIRS)
        amounts = _amounts(worker, rows)
    finally:
        worker.close()
    ratios = [other / own for own, other in pairs]
    ratio, low, high = bootstrap_interval(ratios)
    inputs = {
        "characters": size,
        "pairs": len(pairs),
        "interval": [round(low, 3), round(high, 3)],
        "our_seconds": [round(own, 5) for own, _ in pairs],
        "their_seconds": [round(other, 5) for _, other in pairs],
        "our_characters_per_second": round(size / statistics.median(own for own, _ in pairs)),
        "their_characters_per_second": round(size / statistics.median(other for _, other in pairs)),
        "amounts_right": amounts,
    }
    return Figure("reading_speed_ratio", round(ratio, 3), 1.0, 5.0, "higher", method, inputs)


def _amounts(worker: _Worker, rows: list[dict[str, Any]]) -> dict[str, int]:
    """How many gold rows' values each of the two finds."""
    scorer = _scorer()
    ours = theirs = total = 0
    for kind, key in (("target", "target_value"), ("fact", "value")):
        gold = [g for g in _gold(kind) if g.get("quantifier") == "number" and g[key] is not None]
        _, missed, _ = scorer.score_values(gold, [r for r in rows if r["type"] == kind], kind)
        clear = [g for g in gold if g.get("confidence") != "borderline"]
        answers = worker.ask({"amounts": [g["quote"] for g in clear]})["values"]
        total += len(clear)
        ours += len(clear) - len(missed)
        for g, values in zip(clear, answers, strict=True):
            wanted = scorer.magnitude(g[key], g.get("unit"))[0]
            theirs += any(scorer.same_number(wanted, value) for value in values)
    return {"gold": total, "ours": ours, "theirs": theirs}


# --- growth --------------------------------------------------------------------------------------------


def _growth(texts: dict[str, str]) -> Figure:
    """How processor time grows with length: rounds over all sizes, the least time of each size."""
    unit = "\n\n".join(texts[name] for name in sorted(texts)[2:4])
    factors = (1, 10, 100)
    documents = ["\n\n".join([unit] * factor) for factor in factors]
    for document in documents[:2]:
        read_plan(document, "warm.txt")
    seconds: list[list[float]] = [[] for _ in factors]
    for _ in range(GROWTH_ROUNDS):
        for document, factor, spent in zip(documents, factors, seconds, strict=True):
            # The short texts are read several times in each round: one reading is near the clock's own grain.
            times = max(1, 10 // factor)
            start = time.process_time()
            for _ in range(times):
                read_plan(document, "long.txt")
            spent.append((time.process_time() - start) / times)
    least = [min(spent) for spent in seconds]
    return Figure(
        "reading_growth_exponent",
        round(growth_exponent([len(document) for document in documents], least), 4),
        1.1,
        1.02,
        "lower",
        "slope of log time over log length of the whole reading of two plans repeated 1, 10 and 100 times; processor "
        "time of this process (other work on the machine does not count), sizes interleaved, least of the rounds",
        {
            "characters": [len(document) for document in documents],
            "seconds": [round(value, 5) for value in least],
            "all_seconds": [[round(value, 5) for value in spent] for spent in seconds],
            "rounds": GROWTH_ROUNDS,
        },
    )
