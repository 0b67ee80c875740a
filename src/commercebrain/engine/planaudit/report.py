"""An audit as JSON and as a Markdown report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from commercebrain.engine.planaudit.findings import VERDICT_NAMES, VERDICTS, Finding, Verdict

#: The gravest first, as people want to read it.
ORDER: tuple[Verdict, ...] = tuple(reversed(VERDICTS))


def to_json(findings: Sequence[Finding]) -> str:
    """``{"findings": [...]}`` with the findings as they come."""
    return json.dumps({"findings": [finding.to_json() for finding in findings]}, ensure_ascii=False, indent=1) + "\n"


def to_markdown(findings: Sequence[Finding], language: str = "zh") -> str:
    """A report for people: how many of each verdict, then each finding with its sentence, its sum and its words."""
    chinese = language.startswith("zh")
    counted = Counter(finding.verdict for finding in findings)
    lines = ["# 规划数字核对" if chinese else "# The arithmetic of the plans", ""]
    lines += ["| 结论 | 条数 |" if chinese else "| verdict | findings |", "| --- | ---: |"]
    lines += [f"| {VERDICT_NAMES[verdict][0 if chinese else 1]} | {counted[verdict]} |" for verdict in ORDER]
    for verdict in ORDER:
        if not counted[verdict]:
            continue
        lines += ["", f"## {VERDICT_NAMES[verdict][0 if chinese else 1]}"]
        for finding in findings:
            if finding.verdict == verdict:
                lines += ["", f"### {finding.check} {_escaped(finding.zh if chinese else finding.en)}", ""]
                lines += [
                    f"- {quote.doc} {quote.start}–{quote.end} 「{_escaped(quote.quote)}」" for quote in finding.quotes
                ]
                lines += ["", f"{'计算：' if chinese else 'Sum: '}{_escaped(finding.computation)}"]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """``text`` without what Markdown would take for its own signs."""
    return "".join("\\" + char if char in "*_`[]<>|#" else " " if char in "\t\n" else char for char in text).strip()
