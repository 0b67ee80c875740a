"""Takes in months and refreshes the working store of a lake, as each line of standard input (JSON) asks; answers in JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from commercebrain.engine.lake.records.intake import take_in
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.working.store import Working


def answer(asked: dict[str, str], home: Path) -> dict[str, Any]:
    """Do what is asked; how long it took and what it did."""
    root = Path(asked.get("root", str(home)))
    table = RecordTable(root, record_dataset("declaration_lines"))
    start, cpu = time.perf_counter(), time.process_time()
    said: dict[str, Any] = {}
    if asked["what"] == "month":
        came = date.fromisoformat(asked["day"])
        report = take_in(table, Path(asked["file"]), taken_in=came, published=came, source=asked["source"])
        said |= {"accepted": report.accepted, "quarantined": report.quarantined}
        said["intake_seconds"] = time.perf_counter() - start
    done = Working(root).refresh(table, recompute=asked["what"] == "recompute")
    return {
        **said,
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "steps": done.seconds,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "built": len(done.months),
        "rolled": len(done.rolled),
        "indicators": len(done.indicators),
        "left_out": list(done.left_out),
    }


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), Path(sys.argv[1]))), flush=True)


if __name__ == "__main__":
    main()
