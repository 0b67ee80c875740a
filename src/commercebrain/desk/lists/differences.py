"""The difference of two versions row by row, with what changed in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commercebrain.desk.core import reader
from commercebrain.desk.lists import queries
from commercebrain.desk.lists.models import ListVersion, Member
from commercebrain.desk.registers.pages import say
from commercebrain.engine.lists.versions import difference
from commercebrain.engine.registers import Lookups, masked, said

if TYPE_CHECKING:
    from commercebrain.engine.lists.kinds import ListKind

WHAT = {"in": gettext_lazy("came in"), "out": gettext_lazy("went out"), "changed": gettext_lazy("changed")}


@dataclass(frozen=True)
class Differing:
    """A row that differs: ``what`` of :data:`WHAT`, the row as it is now (or was), what changed in words.

    ``newly``: of products, whether the row brings something under the list that did not stand under it before.
    """

    what: str
    member: Member
    told: str = ""
    newly: bool = False
    product: bool = False
    firm: bool = False

    @property
    def key(self) -> str:
        """The row's key."""
        return self.member.key

    @property
    def title(self) -> str:
        """The row's title; of a list of firms the firm's name in the reader's language."""
        return str(self.member.enterprise or self.member.title) if self.firm else self.member.title

    @property
    def what_said(self) -> str:
        """What happened, in words."""
        return str(WHAT[self.what])

    @property
    def covered(self) -> str:
        """Whether what came in stood under the list before, by a wider row."""
        if not self.product or self.what != "in":
            return ""
        return _("no: newly covered") if self.newly else _("yes")


def rows_between(
    old: ListVersion | None, new: ListVersion, kind: ListKind | None, known: Lookups, *, most: int | None = None
) -> list[Differing]:
    """Every row that differs, by key; ``most``: the first ones only, without asking what they newly cover."""
    gone_rows, fresh_rows = (rows.select_related("enterprise") for rows in queries.between(old, new))
    if most is not None:
        gone_rows, fresh_rows = gone_rows[: most * 2], fresh_rows[: most * 2]
    gone, fresh = {row.key: row for row in gone_rows}, {row.key: row for row in fresh_rows}
    # A piece of each side may hold only one half of a pair: the other half is asked for by its key.
    if most is not None:
        gone |= {
            row.key: row
            for row in queries.between(old, new)[0].select_related("enterprise").filter(key__in=list(fresh))
        }
        fresh |= {
            row.key: row for row in queries.between(old, new)[1].select_related("enterprise").filter(key__in=list(gone))
        }
    product = kind is not None and kind.subject == "product" and most is None
    newly = _newly(old, new) if product else frozenset()
    firm = kind is not None and kind.subject == "firm"
    found = []
    for key in sorted({*gone, *fresh}):
        before, now = gone.get(key), fresh.get(key)
        if now is not None:
            told = changes(kind, before, now, known) if before is not None else ""
            what = "changed" if before is not None else "in"
            found.append(Differing(what, now, told, now.code in newly, product, firm))
        elif before is not None:
            found.append(Differing("out", before, before.exit_reason, firm=firm))
    return found if most is None else found[:most]


def _newly(old: ListVersion | None, new: ListVersion) -> frozenset[str]:
    """The codes of the rows of the new version that cover something newly, as the engine tells it."""
    before = queries.product_rows(old) if old is not None else []
    found = difference(before, queries.product_rows(new))
    return frozenset(row.digits for row in found.newly_covered)


def changes(kind: ListKind | None, before: Member, now: Member, known: Lookups) -> str:
    """“rate: 7.5 → 25; valid until: — → 2025-12-31”."""
    language = reader.language()
    told = []
    for one in kind.fields if kind else ():
        old, new = before.data.get(one.code), now.data.get(one.code)
        if old != new:
            told.append(f"{say(one.name)}: {_shown(one, old, known, language)} → {_shown(one, new, known, language)}")
    for name, label in (("valid_from", _("Valid from")), ("valid_to", _("Valid until"))):
        first, second = getattr(before, name), getattr(now, name)
        if first != second:
            told.append(f"{label}: {first or '—'} → {second or '—'}")
    return "；".join(told) if language.startswith("zh") else "; ".join(told)


def _shown(one: Any, value: Any, known: Lookups, language: str) -> str:
    return (masked(one, value) if one.personal else said(one, value, known, language)) or "—"


__all__ = ["WHAT", "Differing", "changes", "rows_between"]
