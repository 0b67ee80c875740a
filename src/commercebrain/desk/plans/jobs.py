"""The long work about plans: reading a document."""

from __future__ import annotations

from commercebrain.desk.core.jobs import JobContext, job
from commercebrain.desk.plans.actions.documents import read_document
from commercebrain.desk.plans.models import Document


@job("plans.read", zh="读取规划文本", en="Read a plan")
def read(context: JobContext, document: int) -> dict[str, int]:
    """Reads the document with the id ``document``; the result says how many rows were found."""
    row = Document.objects.select_related("unit").get(pk=document)
    return {"document": row.pk, "rows": read_document(row, context.person, context.progress)}
