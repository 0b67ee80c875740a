"""The report as Word, in the fonts and measures of official documents (GB/T 9704-2012)."""

from __future__ import annotations

from commercebrain.desk.audits.report.content import Item, Report
from commercebrain.desk.core.official import CENTER, HEADING, KAI, TITLE, Paper


def to_docx(report: Report) -> bytes:
    """The report as a Word file."""
    paper = Paper(report.title)
    paper.paragraph(report.title, TITLE, 22, align=CENTER, heading=0)
    paper.paragraph(report.lead, indent=True)
    paper.paragraph(report.documents_title, HEADING, heading=1)
    for number, line in enumerate(report.documents, 1):
        paper.paragraph(f"{number}. {line}", indent=True)
    paper.paragraph(report.table_title, HEADING, heading=1)
    paper.table(report.headers, report.table)
    for part in report.sections:
        paper.paragraph(part.title, HEADING, heading=1)
        for item in part.items:
            _item(paper, report, item)
    if not report.sections:
        paper.paragraph(report.words["nothing"], indent=True)
    paper.paragraph("")
    for line in report.signatures:
        paper.paragraph(f"{line}{report.marks['colon']}________________", keep=True)
    return paper.to_bytes()


def _item(paper: Paper, report: Report, item: Item) -> None:
    marks = report.marks
    paper.paragraph(item.heading, KAI, heading=2)
    paper.paragraph(item.sentence, indent=True)
    for plan, quotes in item.quotes:
        said = " ".join(f"{marks['quote']}{words}{marks['unquote']}" for words in quotes)
        text = f"{said}{marks['open']}{plan}{marks['close']}"
        paper.paragraph(text, indent=True, label=report.words["words"] + marks["colon"])
    paper.paragraph(item.computation, indent=True, label=report.words["computation"] + marks["colon"])
    paper.paragraph(item.answer, indent=True, label=report.words["answer"] + marks["colon"])
