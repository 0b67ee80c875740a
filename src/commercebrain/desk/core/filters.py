"""Typed filters: how a list is narrowed, by people in a page and by programs through the API, with one parser.

A filter reads its own parameters strictly. What it cannot read is a sentence beside the filter, and the list then shows
nothing rather than rows that nobody asked for. Parameters of a filter with the key ``day``:

=============== ======================== ==============================================
kind            parameters               class
=============== ======================== ==============================================
choice          ``day=a``                :class:`Filter` with options
choices         ``day=a&day=b``          :class:`Choices`
text            ``day=words``            :class:`Words`, or :class:`Filter` without options
number          ``day_from``, ``day_to`` :class:`NumberRange`, both ends included
date            ``day_from``, ``day_to`` :class:`DateRange`, both ends included
region          ``day=330200``           :class:`RegionFilter`, with all below
unit            ``day=12``               :class:`UnitFilter`, with all below
yes or no       ``day=yes``              :class:`YesNo`
=============== ======================== ==============================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.db.models import DateTimeField, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from commercebrain.desk.core.columns import Column, Text
from commercebrain.engine.errors import UserError

Options = Sequence[tuple[Any, Any]] | Callable[[Any], Iterable[tuple[Any, Any]]]


class BadFilterError(ValueError):
    """A value that a filter cannot read; its text is the sentence in the reader's language."""


def values_of(params: Any, key: str) -> list[str]:
    """All values of a parameter, stripped, without empty ones; ``params`` is a query dict or a plain mapping."""
    if hasattr(params, "getlist"):
        found = params.getlist(key)
    else:
        value = params.get(key)
        found = list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]
    return [text for text in (str(value).strip() for value in found) if text]


def one_of(params: Any, key: str) -> str:
    """The one value of a parameter, or an empty text; two of them are refused."""
    found = values_of(params, key)
    if len(found) > 1:
        raise BadFilterError(_("Give one value, not %(n)s.") % {"n": len(found)})
    if found and ("\x00" in found[0] or len(found[0]) > 200):
        raise BadFilterError(_("This value cannot be read."))
    return found[0] if found else ""


@dataclass(frozen=True)
class Filter:
    """One way to narrow a list: a choice from ``options`` (pairs of value and label), or free when there are none.

    ``lookup`` is the field path for a query set; ``apply`` narrows a query set in another way; ``test`` decides for a
    row of a Python list.
    """

    key: str
    label: Text
    options: Options = ()
    lookup: str = ""
    apply: Callable[[QuerySet[Any], Any], QuerySet[Any]] | None = None
    test: Callable[[Any, Any], bool] | None = None

    kind: ClassVar[str] = "choice"

    @property
    def keys(self) -> tuple[str, ...]:
        """The parameters that it reads."""
        return (self.key,)

    def choices(self, request: Any) -> list[tuple[str, str]]:
        """Value and label of every option, in the reader's language."""
        options = self.options(request) if callable(self.options) else self.options
        return [(str(value), str(label)) for value, label in options]

    def read(self, params: Any, request: Any = None) -> Any:
        """What is asked for: none when nothing is. Raises :class:`BadFilterError` for what cannot be read."""
        value = one_of(params, self.key)
        known = {code for code, _label in self.choices(request)} if value else set()
        if known and value not in known:
            raise BadFilterError(_("There is no “%(value)s” to choose here.") % {"value": value[:60]})
        return value or None

    def narrow(self, rows: Any, value: Any) -> Any:
        """The rows that pass."""
        if isinstance(rows, QuerySet):
            return self.apply(rows, value) if self.apply else self.query(rows, value)
        return [row for row in rows if (self.test or self.passes)(row, value)]

    def query(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The narrowed query set."""
        return rows.filter(**{self.path: value})

    def passes(self, row: Any, value: Any) -> bool:
        """Whether a row of a Python list passes."""
        return str(self.of(row)) == str(value)

    def of(self, row: Any) -> Any:
        """The value in a row of a Python list."""
        return Column(self.key, "", self.path).read(row)

    @property
    def path(self) -> str:
        """The field path."""
        return (self.lookup or self.key).replace(".", "__")

    def shown(self, params: Any, request: Any, value: Any, fault: str) -> dict[str, Any]:
        """What the template needs to draw it: the raw texts as they were typed, so that a fault can be corrected."""
        raw = {key: values_of(params, key) for key in self.keys}
        choices = self.choices(request)
        return {
            "key": self.key,
            "label": self.label,
            "kind": "text" if self.kind == "choice" and not choices else self.kind,
            "choices": choices,
            "value": (raw[self.keys[0]] or [""])[0],
            "values": raw[self.keys[0]],
            "until": (raw[self.keys[-1]] or [""])[0] if len(self.keys) > 1 else "",
            "fault": fault,
            "raw": [(key, text) for key, texts in raw.items() for text in texts],
            "used": value is not None or bool(fault),
        }


class Choices(Filter):
    """Several of ``options`` at once, joined by OR."""

    kind = "choices"

    def read(self, params: Any, request: Any = None) -> list[str] | None:
        """The chosen values."""
        known = {code for code, _label in self.choices(request)}
        found = list(dict.fromkeys(values_of(params, self.key)))
        for value in found:
            if value not in known:
                raise BadFilterError(_("There is no “%(value)s” to choose here.") % {"value": value[:60]})
        return found or None

    def query(self, rows: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        """Any of them."""
        return rows.filter(**{f"{self.path}__in": value})

    def passes(self, row: Any, value: list[str]) -> bool:
        """Any of them."""
        return str(self.of(row)) in value


class Words(Filter):
    """A fragment of text in one field, whatever its case."""

    kind = "text"

    def query(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Rows whose field holds the text."""
        return rows.filter(**{f"{self.path}__icontains": value})

    def passes(self, row: Any, value: str) -> bool:
        """Whether the field holds the text."""
        return value.lower() in str(self.of(row) or "").lower()


class _Range(Filter):
    """Two ends, both included, either may be open; ``value`` is the pair (from, to)."""

    @property
    def keys(self) -> tuple[str, ...]:
        """From and to."""
        return f"{self.key}_from", f"{self.key}_to"

    def end(self, text: str) -> Any:
        """One end as a value."""
        raise NotImplementedError

    def read(self, params: Any, request: Any = None) -> tuple[Any, Any] | None:
        """The pair, or none when both ends are open."""
        first, last = (self.end(text) if text else None for text in (one_of(params, key) for key in self.keys))
        if first is not None and last is not None and first > last:
            raise BadFilterError(_("“From” is greater than “to”; exchange the two."))
        return None if first is None and last is None else (first, last)

    def query(self, rows: QuerySet[Any], value: tuple[Any, Any]) -> QuerySet[Any]:
        """Rows between the ends; a row without a value is not between anything."""
        for suffix, end in zip(("gte", "lte"), value, strict=True):
            if end is not None:
                rows = rows.filter(**{f"{self.path}__{suffix}": end})
        return rows

    def passes(self, row: Any, value: tuple[Any, Any]) -> bool:
        """Whether the value stands between the ends."""
        held = self.of(row)
        if held is None:
            return False
        first, last = value
        return (first is None or held >= first) and (last is None or held <= last)


class NumberRange(_Range):
    """Between two numbers, in the unit of the column; thousands separators are read."""

    kind = "number"

    def end(self, text: str) -> Decimal:
        """A number."""
        try:
            number = Decimal(text.replace(",", "").replace("，", ""))
        except InvalidOperation:
            number = Decimal("nan")
        if not number.is_finite() or abs(number) >= Decimal(10) ** 18:
            raise BadFilterError(_("“%(value)s” is no number; write it like 1200 or -3.5.") % {"value": text[:60]})
        return number


class DateRange(_Range):
    """Between two days; for a field with a time of day the whole days in local time."""

    kind = "date"

    def end(self, text: str) -> date:
        """A day."""
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise BadFilterError(_("“%(value)s” is no day; write it like 2025-07-21.") % {"value": text[:60]}) from None

    def query(self, rows: QuerySet[Any], value: tuple[date | None, date | None]) -> QuerySet[Any]:
        """Rows of those days, by plain comparison so that an index serves."""
        from commercebrain.desk.core.keyset import field_of

        first, last = value
        if not isinstance(field_of(rows, self.path), DateTimeField):
            return super().query(rows, value)
        if first is not None:
            rows = rows.filter(**{f"{self.path}__gte": _midnight(first)})
        if last is not None and last < date.max:
            rows = rows.filter(**{f"{self.path}__lt": _midnight(last + timedelta(days=1))})
        return rows

    def passes(self, row: Any, value: tuple[date | None, date | None]) -> bool:
        """Whether the day of the row lies between."""
        held = self.of(row)
        if isinstance(held, datetime):
            held = timezone.localtime(held).date() if timezone.is_aware(held) else held.date()
        if held is None:
            return False
        first, last = value
        return (first is None or held >= first) and (last is None or held <= last)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class YesNo(Filter):
    """Yes or no."""

    kind = "choice"
    WORDS: ClassVar[dict[str, bool]] = {"yes": True, "no": False, "true": True, "false": False}

    def choices(self, request: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("yes", _("yes")), ("no", _("no"))]

    def read(self, params: Any, request: Any = None) -> bool | None:
        """Which of them."""
        value = one_of(params, self.key).lower()
        if value and value not in self.WORDS:
            raise BadFilterError(_("Answer yes or no, not “%(value)s”.") % {"value": value[:60]})
        return self.WORDS[value] if value else None

    def query(self, rows: QuerySet[Any], value: bool) -> QuerySet[Any]:
        """Those that say so."""
        return rows.filter(**{self.path: value})

    def passes(self, row: Any, value: bool) -> bool:
        """Whether it says so."""
        return bool(self.of(row)) is value


def _units_in_sight(request: Any) -> QuerySet[Any]:
    """The units whose work the reader may see; all of them for whoever sees everything."""
    from commercebrain.desk.core.clock import today
    from commercebrain.desk.people.models import Right, Unit
    from commercebrain.desk.people.scopes import extent_of

    extent = extent_of(request.user, Right.SEE, today())
    rows = Unit.objects.order_by()
    return rows if extent.everything else rows.filter(pk__in=extent.units)


class RegionFilter(Filter):
    """A region with everything below it; ``lookup`` leads to the region. Read by code or by exact Chinese name."""

    kind = "choice"

    def choices(self, request: Any) -> list[tuple[str, str]]:
        """The declared options, else the regions in which the units in the reader's sight stand, by code."""
        if self.options:
            return super().choices(request)
        from commercebrain.desk.registry.models import Region

        rows = Region.objects.filter(units__in=_units_in_sight(request)).distinct().order_by("code")
        return [(region.code, f"{region} {region.code}") for region in rows]

    def read(self, params: Any, request: Any = None) -> list[int] | None:
        """Ids of the region and of everything below."""
        from commercebrain.desk.registry.models import Region

        value = one_of(params, self.key)
        if not value:
            return None
        level = list(Region.objects.filter(code=value).values_list("pk", flat=True))
        level = level or list(Region.objects.filter(name_zh=value).values_list("pk", flat=True))
        if not level:
            raise BadFilterError(
                _("No region has the code or name “%(value)s”; write it like 330200.") % {"value": value[:60]}
            )
        found = set(level)
        while level:
            below = Region.objects.filter(parent__in=level).values_list("pk", flat=True)
            level = [pk for pk in below if pk not in found]
            found.update(level)
        return sorted(found)

    def query(self, rows: QuerySet[Any], value: list[int]) -> QuerySet[Any]:
        """Rows of any of them."""
        return rows.filter(**{f"{self.path}__in": value})

    def passes(self, row: Any, value: list[int]) -> bool:
        """Whether the row's region is among them."""
        return getattr(self.of(row), "pk", None) in value


class UnitFilter(Filter):
    """A unit with everything below it; ``lookup`` leads to the unit. Only units in the reader's sight can be chosen."""

    kind = "choice"

    def choices(self, request: Any) -> list[tuple[str, str]]:
        """The units in sight, those below indented."""
        if self.options:
            return super().choices(request)
        return [
            (str(u.pk), "\u3000" * max(0, u.path.count("/") - 1) + str(u))
            for u in _units_in_sight(request).order_by("path")
        ]

    def read(self, params: Any, request: Any = None) -> Any:
        """The unit."""
        value = one_of(params, self.key)
        if not value:
            return None
        unit = _units_in_sight(request).filter(pk=int(value)).first() if value.isdecimal() and len(value) < 18 else None
        if unit is None:
            raise BadFilterError(_("There is no “%(value)s” to choose here.") % {"value": value[:60]})
        return unit

    def query(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Rows of the unit and of those below."""
        return rows.filter(**{f"{self.path}__path__startswith": value.path})

    def passes(self, row: Any, value: Any) -> bool:
        """Whether the row's unit stands there."""
        return str(getattr(self.of(row), "path", "")).startswith(value.path)


def read_all(filters: Sequence[Filter], params: Any, request: Any) -> list[tuple[Filter, Any, str]]:
    """Every filter with the value asked for (or none) and the sentence of its fault (or an empty text)."""
    done: list[tuple[Filter, Any, str]] = []
    for filter_ in filters:
        try:
            done.append((filter_, filter_.read(params, request), ""))
        except BadFilterError as fault:
            done.append((filter_, None, str(fault)))
    return done


def narrow(filters: Sequence[Filter], rows: Any, params: Mapping[str, Any], request: Any = None) -> Any:
    """The rows that pass every filter of ``params``: for the API, jobs and whatever has no page to show a fault in.

    Raises :class:`UserError` (``filter.bad_value``) naming the parameter of the first value that cannot be read.
    """
    for filter_, value, fault in read_all(filters, params, request):
        if fault:
            raise UserError("filter.bad_value", f"参数 {filter_.key}：{fault}", f"Parameter {filter_.key}: {fault}")
        if value is not None:
            rows = filter_.narrow(rows, value)
    return rows
