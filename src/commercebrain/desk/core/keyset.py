"""Pages of a query set by key: the next page begins after the last row of this one, however deep and whatever changes.

An offset makes the database count through all rows before it, and rows that come or go shift every page. A key does
neither: it holds what the order compares (with the primary key last, so that equal values keep apart) and each page
costs the same. Rows without a value come last, whichever way the list is sorted.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from time import monotonic
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet, FieldDoesNotExist, ValidationError
from django.db import connections
from django.db.models import F, Field, Func, Lookup, Q, QuerySet
from django.db.models.expressions import Col, OrderBy
from django.db.models.sql.where import WhereNode

from commercebrain.engine.errors import UserError

EXACT = 10_000  # rows are counted up to here
REMEMBERED = 60.0  # seconds
_many: dict[Any, float] = {}  # questions with more rows than that, each with the moment until when it is remembered


class Total(int):
    """A number of rows; ``more`` when it was counted no further, and then it says so wherever it is written."""

    more: bool

    def __new__(cls, value: int, more: bool = False) -> Total:
        """``more``: there are more than ``value``."""
        self = super().__new__(cls, value)
        self.more = more
        return self

    def __str__(self) -> str:
        """With thousands separators once it matters, and a plus sign when there are more."""
        return f"{int(self):,}+" if self.more else int.__str__(self)


def count(rows: QuerySet[Any], limit: int = EXACT) -> Total:
    """How many rows there are, counted no further than ``limit``.

    That there are more than :data:`EXACT` is remembered for a minute: counting to it again would tell nothing new.
    """
    question: Any = None
    if limit == EXACT:
        try:
            question = (rows.db, *rows.order_by().query.sql_with_params())
        except EmptyResultSet:
            return Total(0)
        if _many.get(question, 0) > monotonic():
            return Total(limit, True)
    found = rows.order_by()[: limit + 1].count() if not rows.query.distinct else rows[: limit + 1].count()
    if found > limit and question is not None:
        if len(_many) > 1000:
            _many.clear()
        _many[question] = monotonic() + REMEMBERED
    return Total(min(found, limit), found > limit)


class _Unindexed(Func):
    """A column as it is, which SQLite then does not look up in an index (https://sqlite.org/optoverview.html)."""

    arity = 1
    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """With the unary plus that says so."""
        return super().as_sql(compiler, connection, template="+%(expressions)s", **more)


def _indexed(rows: QuerySet[Any], key: Key) -> bool:
    """Whether an index holds the rows in the order of ``key``."""
    if key.path in rows.query.annotations or key.path == "pk" or getattr(key.field, "primary_key", False):
        return True
    options = rows.model._meta
    held = {name.lstrip("-") for one in options.indexes for name in one.fields}
    return key.path in held or (key.field.model is rows.model and (key.field.unique or key.field.db_index))


def _first(rows: QuerySet[Any], keys: Sequence[Key], order: Sequence[Any], size: int, many: bool) -> list[Any]:
    """The first ``size`` rows in ``order``; on SQLite the keys of the page first and then the page itself.

    SQLite takes the index of a scope's units, joins and sorts every row in scope, and returns one page of them. So the
    page is chosen by a question about keys alone, and where there are ``many`` rows that one goes through the index of
    the order and meets its first page soon. PostgreSQL weighs all that itself by its statistics.
    """
    query = rows.query
    joined = query.select_related and not query.distinct and query.group_by is None
    if connections[rows.db].vendor != "sqlite" or not joined:
        return list(rows.order_by(*order)[:size])
    loose = rows.all()
    loose.query.where = _unindexed(query.where)
    chosen = (loose if many and _indexed(rows, keys[0]) else rows).order_by(*order).select_related(None)
    ids = list(chosen.values_list("pk", flat=True)[:size])
    held = {row.pk: row for row in loose.filter(pk__in=ids).order_by()} if ids else {}
    return [held[pk] for pk in ids if pk in held]


def _unindexed(node: Any) -> Any:
    """The condition with every reference to another row taken as it is; nothing else, since only these are whole
    numbers that compare alike with and without the column's declared type."""
    if isinstance(node, WhereNode):
        made = node.copy()
        made.children = [_unindexed(child) for child in node.children]
        return made
    column = getattr(node, "lhs", None)
    if isinstance(node, Lookup) and isinstance(column, Col) and column.target.is_relation:
        node = copy(node)
        node.lhs = _Unindexed(column)
    return node


@dataclass(frozen=True)
class Key:
    """One part of an order: a field path, which way, and whether it may be empty."""

    path: str
    descending: bool
    field: Any
    empty: bool

    def order(self, backwards: bool) -> Any:
        """The expression of the order; plain where no value is missing, so that an index serves."""
        down = self.descending != backwards
        if not self.empty:
            return f"-{self.path}" if down else self.path
        nulls = {"nulls_first": True} if backwards else {"nulls_last": True}
        return F(self.path).desc(**nulls) if down else F(self.path).asc(**nulls)

    def same(self, value: Any) -> Q:
        """Rows with the same value."""
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def beyond(self, value: Any, backwards: bool, also: bool = False) -> Q | None:
        """Rows that come after (or with ``also`` at) the value, read in this direction; none where none can."""
        up = self.descending == backwards
        suffix = ("gt" if up else "lt") + ("e" if also else "")
        if value is None:
            if backwards:
                return Q() if also else Q(**{f"{self.path}__isnull": False})
            return Q(**{f"{self.path}__isnull": True}) if also else None
        found = Q(**{f"{self.path}__{suffix}": value})
        return found if backwards or not self.empty else found | Q(**{f"{self.path}__isnull": True})


def field_of(rows: QuerySet[Any], path: str) -> Any:
    """The model field (or the output field of an annotation) that a path leads to; none for what cannot be told."""
    found = _resolve(rows, path)
    return found[0] if found else None


def _resolve(rows: QuerySet[Any], path: str) -> tuple[Any, bool] | None:
    """The field behind a path and whether it may be empty."""
    if path in rows.query.annotations:
        try:
            return rows.query.annotations[path].output_field, True
        except Exception:  # an expression of mixed types has no output field; then there is no key either
            return None
    options, empty, field = rows.model._meta, False, None
    parts = path.split("__")
    for place, part in enumerate(parts):
        if part == "pk":
            field = options.pk
        else:
            try:
                field = options.get_field(part)
            except FieldDoesNotExist:
                field = next((f for f in options.concrete_fields if f.attname == part), None)
        if not isinstance(field, Field) or field.many_to_many:
            return None
        empty = empty or field.null
        if place < len(parts) - 1:
            if field.related_model is None:
                return None
            options = field.related_model._meta
    return field, empty


def _keys(rows: QuerySet[Any], wanted: Sequence[Any], prefix: str = "", flip: bool = False, deep: int = 0) -> Any:
    """The keys of an order, or none when it is made of expressions that no key can hold."""
    done: list[Key] = []
    for part in wanted:
        if isinstance(part, OrderBy):
            if not isinstance(part.expression, F) or part.nulls_first:  # a key has what is missing last, either way
                return None
            path, down = part.expression.name, part.descending
        elif isinstance(part, F):
            path, down = part.name, False
        elif isinstance(part, str) and part != "?":
            path, down = part.lstrip("-+"), part.startswith("-")
        else:
            return None
        path, down = f"{prefix}{path}", down != flip
        found = _resolve(rows, path)
        if found is None:
            return None
        field, empty = found
        attname = path.rsplit("__", 1)[-1]
        if field.is_relation and attname == field.name:
            # Django orders by what the related model is ordered by.
            related = field.related_model._meta
            nested = _keys(rows, related.ordering or ["pk"], f"{path}__", down, deep + 1) if deep < 3 else None
            if nested is None:
                return None
            done += nested
        else:
            done.append(Key(path, down, field.target_field if field.is_relation else field, empty))
    return done


def keys_of(rows: QuerySet[Any]) -> list[Key] | None:
    """What the order of a query set compares, the primary key last; none where pages by key are impossible."""
    query = rows.query
    if query.combinator or query.distinct_fields or query.is_sliced or query.extra_order_by:
        return None
    if query.group_by is not None and query.values_select:
        return None
    wanted = query.order_by or (rows.model._meta.ordering if query.default_ordering else ())
    keys = _keys(rows, wanted)
    if keys is None:
        return None
    pk = rows.model._meta.pk
    unique: list[Key] = []
    for key in keys:
        if key.path not in {other.path for other in unique}:
            unique.append(key)
    if not any(key.path in ("pk", pk.name, pk.attname) for key in unique):
        unique.append(Key("pk", False, pk, False))
    return unique


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    return value


def write_key(values: Sequence[Any], mark: str) -> str:
    """The key of a row as it stands in an address; ``mark`` names the order that it belongs to."""
    text = json.dumps([mark, *map(_plain, values)], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def read_key(text: str, keys: Sequence[Key], mark: str) -> list[Any]:
    """The values of a key. Raises :class:`UserError` (``list.bad_key``) for what no list of this order has given."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"==="))
        if not isinstance(found, list) or len(found) != len(keys) + 1 or found[0] != mark:
            raise ValueError
        values = []
        for key, value in zip(keys, found[1:], strict=True):
            if isinstance(value, (list, dict)) or (value is None and not key.empty):
                raise ValueError
            if isinstance(value, int) and abs(value) >= 2**63:
                raise ValueError
            values.append(None if value is None else key.field.to_python(value))
        return values
    except (ValueError, TypeError, ValidationError, binascii.Error, RecursionError):
        raise UserError(
            "list.bad_key",
            "翻页位置无法识别，或排序已经改变：请回到第一页。",
            "This place in the list cannot be read, or the order has changed since: go back to the first page.",
        ) from None


@dataclass(frozen=True)
class Slice:
    """One page: its rows, and the keys of the pages before and after (empty texts where there are none)."""

    rows: list[Any]
    previous: str
    following: str


def page(
    rows: QuerySet[Any], keys: Sequence[Key], size: int, after: str = "", before: str = "", *, many: bool = False
) -> Slice:
    """``size`` rows after (or before) a key, in the order of ``keys``; from the beginning without one.

    ``many``: there are so many rows that going through them in their order meets a page sooner than sorting them.

    1. Narrow to the rows beyond the key: later in the first part, or equal there and later in the second, and so on.
    2. Take one more than asked for, which tells whether there is a further page.
    3. Backwards the same with the order turned round, and the rows turned back.
    """
    mark = ",".join(("-" if key.descending else "") + key.path for key in keys)
    place, backwards = (before, True) if before else (after, False)
    names = [f"list_key_{n}" if "__" in key.path else key.path for n, key in enumerate(keys)]
    extra = {name: F(key.path) for name, key in zip(names, keys, strict=True) if "__" in key.path and name != key.path}
    rows = whole = rows.annotate(**extra) if extra else rows
    if place:
        values = read_key(place, keys, mark)
        beyond, equal = Q(pk__in=[]), Q()
        for key, value in zip(keys, values, strict=True):
            if (step := key.beyond(value, backwards)) is not None:
                beyond |= equal & step
            equal &= key.same(value)
        # Implied by the rest, but it lets the database begin in the index at the right place.
        start = keys[0].beyond(values[0], backwards, also=True)
        rows = rows.filter(start & beyond if start is not None else beyond)
    found = _first(rows, keys, [key.order(backwards) for key in keys], size + 1, many)
    if place and not found:  # what stood there is gone
        return page(whole, keys, size, many=many)
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()

    def key_of(row: Any) -> str:
        read = row.get if isinstance(row, dict) else lambda name: getattr(row, name)
        return write_key([read(name) for name in names], mark)

    first, last = (found[0], found[-1]) if found else (None, None)
    has_before = more if backwards else bool(place)
    has_after = True if backwards else more
    return Slice(
        found,
        key_of(first) if has_before and first is not None else "",
        key_of(last) if has_after and last is not None else "",
    )
