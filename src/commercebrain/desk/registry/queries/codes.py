"""Reads of the code lists: public, so every signed-in person sees all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet

from commercebrain.desk.registry.models import Code, CodeLink


def codes_of(list_: str, edition: str | None = None) -> QuerySet[Code]:
    """The codes of a list, of one edition or of all."""
    rows = Code.objects.filter(list=list_)
    return rows.filter(edition=edition) if edition else rows


def code(list_: str, edition: str, value: str) -> Code | None:
    """One code."""
    return Code.objects.filter(list=list_, edition=edition, code=value).first()


def editions(list_: str) -> list[str]:
    """The editions of a list that are loaded, the newest first."""
    return sorted(set(Code.objects.filter(list=list_).order_by().values_list("edition", flat=True)), reverse=True)


def ancestors(item: Code) -> list[Code]:
    """The chain above a code, from the top."""
    found: list[Code] = []
    parent = item.parent
    while parent and len(found) < 10:
        above = code(item.list, item.edition, parent)
        if above is None:
            break
        found.insert(0, above)
        parent = above.parent
    return found


@dataclass(frozen=True)
class Conversion:
    """What a code of one edition is in another.

    ``kind``: ``same`` edition; ``one`` code to which only this one leads; ``merged`` one code to which others lead too,
    so that figures of it are wider; ``split`` into several, so that figures cannot be carried over without a share;
    ``none``: the concordance knows no such code; ``not_loaded``: there is no concordance between the two editions.
    """

    kind: Literal["same", "one", "merged", "split", "none", "not_loaded"]
    codes: tuple[str, ...] = ()


def convert(value: str, from_edition: str, to_edition: str, list_: str = Code.List.PRODUCT) -> Conversion:
    """Carries a code from one edition to another by the loaded concordance, in whichever direction it is written."""
    if from_edition == to_edition:
        return Conversion("same", (value,))
    rows = CodeLink.objects.filter(list=list_)
    ahead = rows.filter(from_edition=from_edition, to_edition=to_edition)
    back = rows.filter(from_edition=to_edition, to_edition=from_edition)
    if ahead.exists():
        found = sorted(ahead.filter(from_code=value).values_list("to_code", flat=True))
        sources = ahead.filter(to_code__in=found).values("from_code").distinct().count()
    elif back.exists():
        found = sorted(back.filter(to_code=value).values_list("from_code", flat=True))
        sources = back.filter(from_code__in=found).values("to_code").distinct().count()
    else:
        return Conversion("not_loaded")
    if not found:
        return Conversion("none")
    if len(found) > 1:
        return Conversion("split", tuple(found))
    return Conversion("one" if sources == 1 else "merged", tuple(found))
