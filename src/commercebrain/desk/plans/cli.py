"""``cbrain plan import``: take in plans on the command line, as the upload page does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from commercebrain.engine.errors import UserError


def _language() -> str:
    said = os.environ.get("CBRAIN_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "zh"
    return "en" if said.startswith("en") else "zh"


def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="txt, docx, pdf, html")],
    unit: Annotated[str, typer.Option("--unit", help="制定单位的名称或编号 · issuing unit, name or number")],
    classification: Annotated[str, typer.Option(help="public, internal, confidential")] = "internal",
) -> None:
    """导入规划并读取，待人审核 · Take in plans and read them; a person reviews what was found.

    Ends with 0 when every file was read, 1 when some of several were not, 2 when the only one was not.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commercebrain.web.settings")
    import django

    django.setup()
    from commercebrain.desk.people.scopes import Classification
    from commercebrain.desk.plans.actions import import_plans
    from commercebrain.desk.plans.queries import find_unit

    language = _language()
    failed = 0
    try:
        if classification not in Classification.values:
            raise UserError(
                "plans.classification",
                f"没有“{classification}”这一密级，请用 public、internal 或 confidential。",
                f"There is no classification “{classification}”; use public, internal or confidential.",
            )
        issuing = find_unit(unit)
        for done in import_plans(files, issuing, classification=classification):
            if done.fault is not None:
                failed += 1
                typer.echo(done.fault.say(language), err=True)
            elif done.document is not None:
                said = ("已在库中", "was here already") if done.already else ("已读取", "read")
                title = done.document.title
                typer.echo(
                    f"《{title}》{said[0]}：{done.rows} 条"
                    if language == "zh"
                    else f"“{title}” {said[1]}: {done.rows} rows"
                )
    except UserError as fault:
        typer.echo(fault.say(language), err=True)
        raise typer.Exit(2) from None
    if failed:
        raise typer.Exit(2 if len(files) == 1 else 1)
