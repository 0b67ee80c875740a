"""What was asked of as a draft of a kept list: through the actions of lists, which decide who may and what a row must say."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from commercebrain.desk.lists import actions, kinds, rows
from commercebrain.desk.lists.exposure.given import given_of
from commercebrain.desk.lists.exposure.questions import Question
from commercebrain.desk.lists.models import Book, ListVersion
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.rows import ProductRow


def offered_books(person: Any) -> list[Book]:
    """The lists of products that a person keeps."""
    codes = [code for code, one in kinds.kinds().items() if one.subject == "product" and one.members == "rows"]
    found = Book.objects.enterable_by(person).filter(kind__in=codes, closed_on=None)
    return list(found.order_by("-updated_at", "pk")[:100])


@transaction.atomic
def save(person: Any, question: Question, book: str, replace: bool) -> tuple[ListVersion, rows.Written]:
    """Puts the codes of a question into the draft of a list, which is begun where there is none.

    Raises :class:`UserError` for a list that the person does not keep and for what the actions of lists refuse.
    """
    chosen = next((one for one in offered_books(person) if str(one.pk) == book), None)
    if chosen is None:
        raise UserError(
            "exposure.no_book",
            "没有这张清单，或它不归您的单位维护；请另选一张。",
            "There is no such list, or your unit does not keep it; choose another.",
        )
    given = given_of(person, question)
    version = ListVersion.objects.filter(book=chosen, state=ListVersion.State.DRAFT).first()
    if version is None:
        version = actions.draft(chosen, person, basis="敞口测算 · exposure page")
    kind = actions.kind_of(chosen)
    field, known = kind.subject_field, {one.code for one in kind.fields}
    typed = [{name: value for name, value in _typed(row, field).items() if name in known} for row in given.rows]
    return version, rows.fill(version, person, typed, replace=replace)


def _typed(row: ProductRow, field: str) -> dict[str, object]:
    """A row as somebody would type it; what it does not say is left to the list."""
    said: dict[str, object] = {
        field: row.digits, "nomenclature": row.nomenclature, "edition": row.edition, "partner": row.partner,
        "rate": None if row.rate is None else f"{row.rate:g}", "excludes": "、".join(row.excludes),
    }  # fmt: skip
    return {name: value for name, value in said.items() if value not in (None, "")}
