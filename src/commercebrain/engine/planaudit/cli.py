"""``cbrain plan audit``: hold the numbers of plans against each other on the command line."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commercebrain.engine.errors import UserError


class AuditFormat(StrEnum):
    """How to give the findings back."""

    md = "md"
    json = "json"


class FailOn(StrEnum):
    """From which verdict on the command is to fail."""

    tension = "tension"
    conflict = "conflict"
    contradiction = "contradiction"


def audit(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="txt, docx, pdf, html")],
    form: Annotated[AuditFormat, typer.Option("--format", help="输出形式 · form of the output")] = AuditFormat.md,
    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="有此结论或更重者以 1 结束 · end with 1 at this verdict or a graver one"),
    ] = None,
) -> None:
    """核对规划中的数字 · Hold every number of plans against those that it can be held against.

    Ends with 0; with 1 when --fail-on names a verdict that was given, or one graver; with 2 when a file cannot be
    read.
    """
    from commercebrain.engine.planaudit.audit import audit_plans
    from commercebrain.engine.planaudit.findings import VERDICTS
    from commercebrain.engine.planaudit.report import to_json, to_markdown
    from commercebrain.engine.plantext.loading import load_document

    said = os.environ.get("CBRAIN_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "zh"
    language = "en" if said.startswith("en") else "zh"
    try:
        documents: dict[str, str] = {}
        for path in files:
            document = load_document(path)
            for note in document.notes:
                typer.echo(f"{document.name}: {note.say(language)}", err=True)
            if document.name in documents:
                raise UserError(
                    "plan.audit_same_name",
                    f"两个文件同名“{document.name}”，结果会分不清出处；请改名后再核对。",
                    f"Two files are called “{document.name}” and their findings could not be told apart; rename one.",
                )
            documents[document.name] = document.text
    except UserError as error:
        typer.echo(error.say(language), err=True)
        raise typer.Exit(2) from None
    findings = audit_plans(documents.items())
    typer.echo(to_json(findings) if form is AuditFormat.json else to_markdown(findings, language), nl=False)
    if fail_on is not None:
        limit = VERDICTS.index(fail_on.value)
        if any(VERDICTS.index(finding.verdict) >= limit for finding in findings):
            raise typer.Exit(1)
