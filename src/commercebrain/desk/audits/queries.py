"""Every read about audits; the person's scope is part of each query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Max, Prefetch, QuerySet

import commercebrain
from commercebrain.desk.audits.models import ASKING, Audit, AuditFinding, Place, Verdict
from commercebrain.desk.people.models import Person
from commercebrain.desk.plans.models import Document

Who = Person | AnonymousUser
READ = (Document.State.REVIEW, Document.State.LIVE)


def plans(person: Who) -> QuerySet[Document]:
    """The plans with a text that ``person`` may see."""
    rows: QuerySet[Document] = Document.objects.visible_to(person).filter(state__in=READ).exclude(text="")
    return rows.select_related("unit").order_by("pk")


def may_run(person: Who) -> bool:
    """Whether ``person`` may start an audit of the plans in sight."""
    return bool(Document.objects.enterable_by(person).filter(state__in=READ).exists())


def findings(
    person: Who, first: Document | None = None, second: Document | None = None, *, resolved: bool = False
) -> QuerySet[AuditFinding]:
    """Findings in scope, the gravest first: those that stand (``resolved``: all), in one document or between two."""
    rows: QuerySet[AuditFinding] = AuditFinding.objects.visible_to(person)
    if not resolved:
        rows = rows.filter(resolved_on=None)
    for document in (first, second):
        if document is not None:
            rows = rows.filter(pk__in=Place.objects.filter(document=document).values("finding"))
    quoted = Prefetch("documents", Document.objects.defer("text").order_by("pk"))
    return rows.select_related("answered_by").prefetch_related(quoted)


def may_answer(person: Who, finding: AuditFinding) -> bool:
    """Whether ``person`` may answer ``finding``."""
    return bool(finding.asks and AuditFinding.objects.enterable_by(person).filter(pk=finding.pk).exists())


def checked_on(person: Who, document: Document | None = None) -> date | None:
    """The business date of the last run over ``document``, or over any plan in sight; none before the first."""
    rows = Audit.objects.filter(documents__in=[document] if document else Document.objects.visible_to(person))
    return rows.aggregate(last=Max("business_date"))["last"]


def covered(documents: Iterable[Document]) -> bool:
    """Whether the last run was over just these documents, by the engine of this version."""
    last = Audit.objects.order_by("-pk").first()
    if last is None or last.engine_version != commercebrain.__version__:
        return False
    return set(last.documents.values_list("pk", flat=True)) == {row.pk for row in documents}


@dataclass
class Counts:
    """How many findings of each verdict stand, and how many of those that ask are unanswered."""

    verdicts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Verdict.values, 0))
    unanswered: int = 0

    def add(self, verdict: str, answer: str) -> None:
        """Counts one finding."""
        self.verdicts[verdict] += 1
        self.unanswered += verdict in ASKING and not answer

    def __getitem__(self, verdict: str) -> int:
        """The number of one verdict, for templates too."""
        return self.verdicts[verdict]

    @property
    def grave(self) -> int:
        """Contradictions and conflicts together."""
        return self["contradiction"] + self["conflict"]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.verdicts.values())


def counts(rows: QuerySet[AuditFinding]) -> Counts:
    """What stands among ``rows``."""
    result = Counts()
    for verdict, answer in rows.filter(resolved_on=None).order_by().values_list("verdict", "answer"):
        result.add(verdict, answer)
    return result


@dataclass
class Matrix:
    """Documents by documents: what stands between two of them, and within one on the diagonal."""

    documents: list[Document]
    rows: list[tuple[Document, list[tuple[Document, Counts]]]]


def matrix(person: Who, most: int = 24) -> Matrix:
    """The findings in scope by pair of documents, for at most ``most`` documents, those with the most grave ones."""
    standing = AuditFinding.objects.visible_to(person).filter(resolved_on=None).order_by()
    quoted: dict[int, list[int]] = defaultdict(list)
    for finding, document in Place.objects.filter(finding__in=standing.values("pk")).values_list("finding", "document"):
        quoted[finding].append(document)
    cells: dict[tuple[int, int], Counts] = defaultdict(Counts)
    grave: dict[int, int] = defaultdict(int)
    for pk, verdict, answer in standing.values_list("pk", "verdict", "answer"):
        ids = quoted[pk]
        for a in ids:
            grave[a] += verdict in ASKING
            for b in ids:
                if a != b or len(ids) == 1:
                    cells[a, b].add(verdict, answer)
    shown = sorted(grave, key=lambda pk: (-grave[pk], pk))[:most]
    documents = list(Document.objects.visible_to(person).filter(pk__in=shown).defer("text").order_by("pk"))
    return Matrix(documents, [(a, [(b, cells[a.pk, b.pk]) for b in documents]) for a in documents])


def of_documents(rows: Iterable[AuditFinding]) -> list[Document]:
    """The documents that the findings quote, each once, in the order of their ids."""
    seen = {document.pk: document for row in rows for document in row.documents.all()}
    return [seen[pk] for pk in sorted(seen)]
