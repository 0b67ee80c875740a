"""From a kind's declaration to what its lists show: columns, filters and words in the reader's language."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Case, CharField, Count, DecimalField, IntegerField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, NullIf, Substr
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.columns import Column
from commercebrain.desk.core.filters import BadFilterError, Filter, RegionFilter, Words, one_of
from commercebrain.desk.lists.models import Book, ListVersion, Member
from commercebrain.desk.lists.reading import field_of
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.desk.registers.pages import field_column, field_filter, say
from commercebrain.desk.registers.queries import valid_on
from commercebrain.desk.registers.values import PREFIX
from commercebrain.engine.catalogue import RegisterField
from commercebrain.engine.registers import said

if TYPE_CHECKING:
    from commercebrain.engine.lists.kinds import ListKind

SUBJECTS = {
    "product": gettext_lazy("products"),
    "firm": gettext_lazy("enterprises"),
    "country": gettext_lazy("countries"),
    "project": gettext_lazy("projects"),
    "place": gettext_lazy("places"),
}
STATES = {"draft": "gray", "proposed": "amber", "approved": "green", "declined": "red"}


def book_address(book: Book) -> str:
    """Where a list is shown."""
    return reverse("lists:book", args=[book.pk])


def version_address(version: ListVersion) -> str:
    """Where a version is shown."""
    return reverse("lists:version", args=[version.pk])


def member_address(member: Member) -> str:
    """Where a row is shown."""
    return reverse("lists:row", args=[member.pk])


def numbered(number: int) -> str:
    """A version by its number: 第2版, version 2."""
    return _("version %(n)s") % {"n": number}


# --- values of rows as the database sees them ---------------------------------------------------------------------------
def _value(one: RegisterField) -> Any:
    """A declared field of a row: a number for numbers, 1 or 0 for yes and no, else text."""
    text = KeyTextTransform(one.code, "data")
    if one.type in ("integer", "decimal"):
        number = DecimalField(max_digits=30, decimal_places=6)
        return Cast(NullIf(Cast(text, CharField()), Value("")), number)
    if one.type == "boolean":
        yes, no = (
            When(**{f"data__{one.code}": True, "then": Value(1)}),
            When(**{f"data__{one.code}": False, "then": Value(0)}),
        )
        return Case(yes, no, output_field=IntegerField())
    return Cast(text, CharField())


def named(rows: Any, kind: ListKind) -> Any:
    """The rows with every field that is filtered or sorted by, under its name ``f_<code>``."""
    return rows.alias(**{PREFIX + one.code: _value(one) for one in kind.fields if one.filter or one.sort})


def firm_of(member: Member) -> Any:
    """The enterprise of a row by its name; who reads a list reads the names on it."""
    return member.enterprise or member.title


# --- columns and filters -----------------------------------------------------------------------------------------------
def columns(kind: ListKind, known: DeskLookups) -> list[Column]:
    """The title first, then every declared field, then what all rows have."""
    subject = kind.subject_field if kind.subject == "product" else ""
    title = subject or kind.title_field
    made = []
    if kind.subject == "firm":
        made.append(
            Column("name", gettext_lazy("Enterprise"), firm_of, sort="enterprise__name_zh", link=member_address)
        )
    for one in sorted(kind.fields, key=lambda one: one.code != title):
        link = member_address if one.code == title and kind.subject != "firm" else None
        if one.code == subject:
            made.append(Column(one.code, say(one.name), "code", sort="code", link=link))
        elif one.type == "enterprise" and kind.subject == "firm":
            made.append(Column(one.code, gettext_lazy("Credit code"), lambda m: m.enterprise and m.enterprise.uscc))
        elif one.type == "enterprise":
            made.append(Column(one.code, say(one.name), firm_of, sort="enterprise__name_zh"))
        else:
            made.append(field_column(one, kind, known, link))
    if kind.subject == "firm":
        made.append(Column("county", gettext_lazy("County"), lambda m: m.enterprise.region if m.enterprise else None))
    made += [
        Column("valid_from", gettext_lazy("Valid from"), "valid_from", sort="valid_from", hidden=not kind.dated),
        Column("valid_to", gettext_lazy("Valid until"), "valid_to", sort="valid_to", hidden=not kind.dated),
        Column(
            "added", gettext_lazy("Came in with version"), "added", sort="added", number=True, decimals=0, hidden=True
        ),
    ]
    return made


class _Beginning(Words):
    """Codes that begin with these digits."""

    def query(self, rows: Any, value: str) -> Any:
        """Rows of the code and of all codes below it."""
        from commercebrain.engine.lists.nomenclature import plain_digits

        return rows.filter(code__startswith=plain_digits(value)[:12])


class _Validity(Filter):
    """Rows that hold today, no longer, or not yet."""

    def narrow(self, rows: Any, value: Any) -> Any:
        """By their own days."""
        if value == "today":
            return valid_on(rows)
        return rows.filter(valid_to__lt=today()) if value == "over" else rows.filter(valid_from__gt=today())


class OnDay(Filter):
    """A day: the page shows the version that was in force on it; its rows are chosen by the page itself."""

    kind = "text"

    def read(self, params: Any, request: Any = None) -> date | None:
        """The day."""
        text = one_of(params, self.key)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise BadFilterError(_("“%(value)s” is no day; write it like 2025-07-21.") % {"value": text[:60]}) from None

    def narrow(self, rows: Any, value: Any) -> Any:
        """All of them."""
        return rows


def filters(kind: ListKind, known: DeskLookups, rows: Any, *, by_day: bool) -> list[Filter]:
    """A filter for each field that is declared as one, then code, county, validity and the day."""

    def held(_kind: Any, one: RegisterField) -> list[str]:
        """The codes that occur among the rows."""
        if one.type == "country" and one.code == field_of(kind, "country"):
            return list(rows().exclude(country="").order_by("country").values_list("country", flat=True).distinct())
        found = rows().order_by().values_list(KeyTextTransform(one.code, "data"), flat=True).distinct()
        return sorted({str(code) for code in found[:500] if code})

    made: list[Filter] = [OnDay("on", gettext_lazy("As of the day"))] if by_day else []
    subject = kind.subject_field if kind.subject == "product" else ""
    if subject:
        made.append(_Beginning(subject, gettext_lazy("Code begins with")))
    for one in kind.fields:
        if one.filter and one.type == "partner":

            def partners(request: Any, one: RegisterField = one) -> list[tuple[str, str]]:
                return [(code, said(one, code, known, reader.language())) for code in held(kind, one)]

            made.append(Filter(one.code, say(one.name), partners, lookup=PREFIX + one.code))
        elif one.filter and one.code != subject:
            made.append(field_filter(one, kind, known, held))
    if kind.subject == "firm":
        made.append(RegionFilter("county", gettext_lazy("County"), lookup="enterprise__region"))
    if kind.dated:
        choices = [
            ("today", gettext_lazy("in force")),
            ("over", gettext_lazy("over")),
            ("future", gettext_lazy("not yet")),
        ]
        made.append(_Validity("state", gettext_lazy("Validity"), choices))
    return made


# --- sentences ---------------------------------------------------------------------------------------------------------
def covered(kind: ListKind, rows: Any) -> str:
    """What the rows of a version cover, in words."""
    if kind.subject == "product":
        told = rows.order_by().aggregate(
            codes=Count("code", distinct=True), chapters=Count(Substr("code", 1, 2), distinct=True)
        )
        return ngettext(
            "covering %(codes)s product code in %(chapters)s chapters",
            "covering %(codes)s product codes in %(chapters)s chapters",
            told["codes"],
        ) % {"codes": f"{told['codes']:,}", "chapters": told["chapters"]}
    if kind.subject == "firm":
        told = rows.order_by().aggregate(
            firms=Count("enterprise", distinct=True), counties=Count("enterprise__region", distinct=True)
        )
        return ngettext(
            "covering %(firms)s enterprise in %(counties)s counties",
            "covering %(firms)s enterprises in %(counties)s counties",
            told["firms"],
        ) % {"firms": f"{told['firms']:,}", "counties": told["counties"]}
    return ""


def first_line(book: Book, kind: ListKind | None, version: ListVersion | None, rows: Any) -> str:
    """“Version 2, in force since 2025-07-15, 1,203 rows, covering …”, or that no version is in force."""
    if version is None:
        if book.closed_on is not None and book.closed_on <= today():
            return _("Closed since %(day)s; its past stays.") % {"day": book.closed_on}
        return _("No version is in force yet.")
    total = rows.order_by().count()
    words = {"number": version.number, "day": version.effective_on, "n": f"{total:,}"}
    told = (
        ngettext(
            "Version %(number)s, in force since %(day)s, %(n)s row",
            "Version %(number)s, in force since %(day)s, %(n)s rows",
            total,
        )
        % words
    )
    more = covered(kind, rows) if kind else ""
    stop = "。" if reader.chinese() else "."
    comma = "，" if stop == "。" else ", "
    return told + (comma + more if more else "") + stop
