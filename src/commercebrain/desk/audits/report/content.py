"""What a report says, in the reader's language; the writers only lay it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commercebrain.desk.audits import queries
from commercebrain.desk.audits.context import by_document
from commercebrain.desk.audits.models import ASKING, AuditFinding, Verdict
from commercebrain.desk.audits.words import SHAPES, check_title, verdict_words
from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Person
from commercebrain.desk.plans.models import Document

#: Colon, quotation marks and brackets as each language sets them.
_MARKS = {
    "zh": {"colon": "：", "quote": "“", "unquote": "”", "open": "（", "close": "）"},
    "en": {"colon": ": ", "quote": "“", "unquote": "”", "open": " (", "close": ")"},
}


@dataclass(frozen=True)
class Item:
    """One finding: its heading, sentence, plans with the words that stand in each, sum, and answer."""

    heading: str
    sentence: str
    quotes: tuple[tuple[str, tuple[str, ...]], ...]
    computation: str
    answer: str


@dataclass(frozen=True)
class Section:
    """The findings of one verdict."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Report:
    """The whole report as text."""

    language: str
    title: str
    lead: str
    documents_title: str
    documents: tuple[str, ...]
    table_title: str
    headers: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    sections: tuple[Section, ...]
    words: dict[str, str]
    marks: dict[str, str]
    signatures: tuple[str, ...]


def content(person: Person, documents: list[Document]) -> Report:
    """The report on what ``person`` may see of ``documents`` (none: all plans in sight), one or two of them."""
    first = documents[0] if documents else None
    second = documents[1] if len(documents) > 1 else None
    rows = queries.findings(person, first, second)
    plans = documents or list(queries.plans(person).defer("text"))
    counted = queries.counts(rows)
    shown = list(rows.filter(verdict__in=ASKING))
    day = queries.checked_on(person, first)
    return Report(
        language="zh" if reader.chinese() else "en",
        title=_("Report on the numbers of the plans"),
        lead=_lead(len(plans), counted, day),
        documents_title=_("Plans checked"),
        documents=tuple(_document(plan) for plan in plans),
        table_title=_("Result of the check"),
        headers=(_("verdict"), _("findings"), _("answered"), _("unanswered")),
        table=tuple(_line(verdict, counted, shown) for verdict in Verdict),
        sections=tuple(
            Section(f"{SHAPES[verdict]} {verdict.label}", tuple(_items(shown, verdict)))
            for verdict in ASKING
            if counted[verdict]
        ),
        words={
            "computation": _("Computation"), "words": _("Words of the plan"), "answer": _("Answer"),
            "nothing": _("Nothing was found that asks for an answer."),
        },
        marks=_MARKS["zh" if reader.chinese() else "en"],
        signatures=(_("Checked by"), _("For the drafting office"), _("Date")),
    )  # fmt: skip


def _lead(plans: int, counted: queries.Counts, day: date | None) -> str:
    if day is None:
        return _("The numbers of these plans have not been checked yet.")
    text = ngettext(
        "On %(day)s the numbers of %(n)s plan were held against each other: %(verdicts)s. %(holds)s comparisons hold "
        "and %(rounding)s are off by rounding; these are only counted here. Made on %(today)s.",
        "On %(day)s the numbers of %(n)s plans were held against each other: %(verdicts)s. %(holds)s comparisons hold "
        "and %(rounding)s are off by rounding; these are only counted here. Made on %(today)s.",
        plans,
    )
    return text % {
        "day": day.isoformat(), "n": plans, "verdicts": verdict_words(counted), "holds": counted["holds"],
        "rounding": counted["rounding"], "today": today().isoformat(),
    }  # fmt: skip


def _document(plan: Document) -> str:
    more = [
        text for text in (plan.number, plan.issued_on.isoformat() if plan.issued_on else "", str(plan.unit)) if text
    ]
    marks = _MARKS["zh" if reader.chinese() else "en"]
    return f"{plan.title}{marks['open']}{('，' if reader.chinese() else ', ').join(more)}{marks['close']}"


def _line(verdict: Verdict, counted: queries.Counts, shown: list[AuditFinding]) -> tuple[str, ...]:
    rows = [row for row in shown if row.verdict == verdict]
    done = sum(bool(row.answer) for row in rows)
    answers: tuple[Any, ...] = (done, len(rows) - done) if verdict in ASKING else ("—", "—")
    return tuple(map(str, (f"{SHAPES[verdict]} {verdict.label}", counted[verdict], *answers)))


def _items(shown: list[AuditFinding], verdict: Verdict) -> list[Item]:
    items = []
    for row in shown:
        if row.verdict != verdict:
            continue
        titles = {plan.pk: plan.title for plan in row.documents.all()}
        items.append(
            Item(
                heading=f"{len(items) + 1}. {check_title(row.check_number).rstrip('。.')} ({row.check_number})",
                sentence=row.sentence,
                quotes=tuple(
                    (titles[pk], tuple(quote["quote"] for quote in quotes)) for pk, quotes in by_document(row).items()
                ),
                computation=row.sum_said,
                answer=_answer(row),
            )
        )
    return items


def _answer(row: AuditFinding) -> str:
    if not row.answer:
        return _("unanswered")
    said = [row.get_answer_display(), row.note, str(row.answered_by), row.answered_on.isoformat()]
    return " · ".join(text for text in said if text)
