"""Refreshes the working store of the lake named on the command line, once a line of standard input; answers in JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.working.store import Working


def main() -> None:
    """Answer until the input ends."""
    root = Path(sys.argv[1])
    table = RecordTable(root, record_dataset("declaration_lines"))
    for line in sys.stdin:
        start, cpu = time.perf_counter(), time.process_time()
        report = Working(root).refresh(table, recompute=line.strip() == "recompute")
        answer = {
            "seconds": time.perf_counter() - start,
            "cpu": time.process_time() - cpu,
            "steps": report.seconds,
            "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
            "built": len(report.months),
            "rolled": len(report.rolled),
            "indicators": len(report.indicators),
            "left_out": list(report.left_out),
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
