"""Queries that every request asks in the same words: put into SQL once a process, afterwards only filled with values.

Django builds the SQL of a query set anew each time, which costs a request more processor time than everything else that
it does. Here the query set is still written as one, in a function of the values that it is asked with::

    @prepared
    def _held(person_id: int, on: date) -> QuerySet[Membership]:
        return Membership.objects.in_force(on).filter(person=person_id).select_related("role")

    rows = _held(person.pk, today())  # a list

The function is called once for each *shape* of values, with stand-ins for them: it may hand them to lookups and nothing
else (no comparing, no formatting; ``__startswith`` is the only lookup that may change a text). Whole numbers, texts, dates, moments, and lists of one kind (for ``__in``; each length
is a shape of its own) are filled in; ``None``, ``True`` and ``False`` belong to the shape. What comes back are the same
objects that the query set gives: models with what was selected along, ``values_list`` rows. :func:`changing` and
:func:`removing` do the same for an update and a delete that concern no other table.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Model, QuerySet
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
)
from django.db.models.sql import DeleteQuery, UpdateQuery
from django.utils import timezone

from commercebrain.desk.core.statements import cursor_for

Row = TypeVar("Row")
Shape = tuple[Any, ...]
MOST = 64  # shapes of one query that are kept: lists of more lengths begin anew
KINDS = (bool, datetime, date, int, str)  # in this order: a bool is an int, a datetime a date
_FIRST = 2_147_400_000  # stand-ins for numbers: near the end of what 32 bits hold, so that every column takes them
_DAY, _MOMENT = date(8900, 1, 1), datetime(8900, 1, 1, tzinfo=timezone.get_fixed_timezone(0))


def _kind(value: Any) -> type:
    for kind in KINDS:
        if isinstance(value, kind):
            return kind
    raise TypeError(f"{type(value).__name__} cannot be filled into a prepared query")


def _shape(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return (len(value), _kind(next(iter(value))) if value else None)
    return _kind(value)


def _stand_in(kind: type, place: int) -> Any:
    if kind is int:
        return _FIRST + place
    if kind is date:
        return _DAY + timedelta(days=place)
    if kind is datetime:
        return _MOMENT + timedelta(days=place)
    return f"\x02{place}\x03"


def _adapted(value: Any, ops: Any) -> Any:
    """A value as the fields of this database write it."""
    if isinstance(value, datetime):
        return ops.adapt_datetimefield_value(value)
    return ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _flat(values: tuple[Any, ...]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple, set, frozenset)):
            yield from value
        elif value is not None and not isinstance(value, bool):
            yield value


@dataclass(frozen=True)
class _Statement:
    """SQL with its parameters: at ``places`` stands which of the given values goes where."""

    sql: str
    params: tuple[Any, ...]
    places: tuple[tuple[int, int, bool], ...]  # where, which value, and whether as the beginning of a text
    locks: bool = False

    def run(self, cursor: Any, values: tuple[Any, ...], ops: Any) -> None:
        filled = list(self.params)
        given = list(_flat(values))
        for at, place, begins in self.places:
            filled[at] = f"{ops.prep_for_like_query(given[place])}%" if begins else _adapted(given[place], ops)
        cursor.execute(self.sql, tuple(filled))


def _statement(compiler: Any, stand_ins: list[Any], name: str) -> _Statement | None:
    """The compiled query; none where it can find nothing whatever the values are."""
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    if not sql:
        return None
    told = {_adapted(value, compiler.connection.ops): place for place, value in enumerate(stand_ins)}
    begins = {f"{value}%": place for place, value in enumerate(stand_ins) if isinstance(value, str)}
    known = [(at, value) for at, value in enumerate(params) if _hashable(value)]
    places = [(at, told[value], False) for at, value in known if value in told]
    places += [(at, begins[value], True) for at, value in known if value in begins]
    if missing := set(range(len(stand_ins))) - {place for _at, place, _begins in places}:
        raise TypeError(f"{name}: value {min(missing)} is no parameter of the query")
    return _Statement(sql, tuple(params), tuple(places), bool(getattr(compiler.query, "select_for_update", False)))


def _hashable(value: Any) -> bool:
    return isinstance(value, (int, str, date)) and not isinstance(value, bool)


class _Plan:
    """How one shape is asked and how its rows become objects."""

    def __init__(self, rows: QuerySet[Any], connection: Any, stand_ins: list[Any], name: str) -> None:
        self.many = rows._iterable_class
        compiler = rows.query.get_compiler(connection=connection)
        self.statement = _statement(compiler, stand_ins, name)
        if self.statement is None:
            return
        if (
            self.many not in (ModelIterable, FlatValuesListIterable, ValuesListIterable)
            or rows._prefetch_related_lookups
        ):
            raise TypeError(f"{name}: only models and values_list can be prepared")
        select = compiler.select
        self.columns = compiler.col_count
        self.cut = compiler.has_extra_select
        self.converters = list(compiler.get_converters([one[0] for one in select[: self.columns]]).items())
        if self.many is ModelIterable:
            fields = compiler.klass_info["select_fields"]
            self.model = compiler.klass_info["model"]
            self.start, self.end = fields[0], fields[-1] + 1
            self.names = [one[0].target.attname for one in select[self.start : self.end]]
            self.populators = get_related_populators(compiler.klass_info, select, connection.alias)
            self.extra = list((compiler.annotation_col_map or {}).items())

    def ask(self, connection: Any, values: tuple[Any, ...]) -> list[Any]:
        if self.statement is None:
            return []
        if self.statement.locks and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        with cursor_for(connection) as cursor:
            self.statement.run(cursor, values, connection.ops)
            found = cursor.fetchall()
        if self.cut:
            found = [row[: self.columns] for row in found]
        if self.converters:
            found = [self._converted(list(row), connection) for row in found]
        if self.many is FlatValuesListIterable:
            return [row[0] for row in found]
        if self.many is ValuesListIterable:
            return [tuple(row) for row in found]
        return [self._object(row, connection.alias) for row in found]

    def _converted(self, row: list[Any], connection: Any) -> list[Any]:
        for at, (convert, expression) in self.converters:
            value = row[at]
            for one in convert:
                value = one(value, expression, connection)
            row[at] = value
        return row

    def _object(self, row: Any, alias: str) -> Model:
        made = self.model.from_db(alias, self.names, row[self.start : self.end])
        for populator in self.populators:
            populator.populate(row, made)
        for name, at in self.extra:
            setattr(made, name, row[at])
        return cast(Model, made)


class _Shaped(ABC):
    """One plan for each shape of values and kind of database."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self.asked = ask
        self._plans: dict[Shape, Any] = {}
        functools.update_wrapper(self, ask)

    def _plan(self, connection: Any, values: tuple[Any, ...]) -> Any:
        shape = (connection.vendor, *map(_shape, values))
        try:
            return self._plans[shape]
        except KeyError:
            made = self._made(connection, *self._stand_ins(values))
            if len(self._plans) >= MOST:
                self._plans.clear()
            self._plans[shape] = made
            return made

    @abstractmethod
    def _made(self, connection: Any, given: list[Any], stand_ins: list[Any]) -> Any:
        """The plan of one shape: ``given`` are the values that the function is called with, ``stand_ins`` all of them in a row."""

    @staticmethod
    def _stand_ins(values: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
        """What the function is called with, and all stand-ins in a row."""
        given: list[Any] = []
        row: list[Any] = []

        def one(value: Any) -> Any:
            row.append(_stand_in(_kind(value), len(row)))
            return row[-1]

        for value in values:
            if value is None or isinstance(value, bool):
                given.append(value)
            elif isinstance(value, (list, tuple, set, frozenset)):
                given.append([one(inner) for inner in value])
            else:
                given.append(one(value))
        return given, row


class Prepared(_Shaped, Generic[Row]):
    """A reading query; called with its values it gives the rows."""

    def _made(self, connection: Any, given: list[Any], stand_ins: list[Any]) -> _Plan:
        return _Plan(self.asked(*given), connection, stand_ins, self.asked.__qualname__)

    def __call__(self, *values: Any) -> list[Row]:
        """All rows."""
        connection = connections[DEFAULT_DB_ALIAS]
        return cast("list[Row]", self._plan(connection, values).ask(connection, values))

    def first(self, *values: Any) -> Row | None:
        """The first row; none where there is none. The query itself says how it is ordered and cut."""
        return next(iter(self(*values)), None)


def prepared(ask: Callable[..., QuerySet[Any]]) -> Prepared[Any]:
    """Makes a function that builds a query set into a :class:`Prepared` query."""
    return Prepared(ask)


class _Change(_Shaped):
    """An update or a delete; called with its values it gives the number of rows."""

    def _made(self, connection: Any, given: list[Any], stand_ins: list[Any]) -> _Statement | None:
        rows, to = self._told(*given)
        if rows.query.is_sliced:
            raise TypeError(f"{self.asked.__qualname__}: a part of a query set cannot be changed")
        if to is None:
            query = rows.query.clone()
            query.__class__ = DeleteQuery
        else:
            query = rows.query.chain(UpdateQuery)
            query.add_update_values(to)
        query.clear_ordering(force=True)
        return _statement(query.get_compiler(connection=connection), stand_ins, self.asked.__qualname__)

    def _told(self, *given: Any) -> tuple[QuerySet[Any], Mapping[str, Any] | None]:
        return self.asked(*given), None

    def __call__(self, *values: Any) -> int:
        """Does it."""
        connection = connections[DEFAULT_DB_ALIAS]
        statement = self._plan(connection, values)
        if statement is None:
            return 0
        with transaction.mark_for_rollback_on_error(using=connection.alias), cursor_for(connection) as cursor:
            statement.run(cursor, values, connection.ops)
            return int(cursor.rowcount)


class _Update(_Change):
    def _told(self, *given: Any) -> tuple[QuerySet[Any], Mapping[str, Any] | None]:
        return cast("tuple[QuerySet[Any], Mapping[str, Any]]", self.asked(*given))


def changing(ask: Callable[..., tuple[QuerySet[Any], Mapping[str, Any]]]) -> Callable[..., int]:
    """Makes a function that gives rows and their new values into a prepared update."""
    return _Update(ask)


def removing(ask: Callable[..., QuerySet[Any]]) -> Callable[..., int]:
    """Makes a function that gives rows into a prepared delete. For rows that nothing points to and no signal watches."""
    return _Change(ask)


def filled(values: Collection[int]) -> list[int]:
    """Numbers for an ``__in``, in lengths of few kinds: the last is said again until a power of two is reached.

    So a query over so many units has few shapes, not one for each number of them. None stay none.
    """
    row = sorted(values)
    if not row:
        return row
    length = 1 << (len(row) - 1).bit_length()
    return [*row, *[row[-1]] * (length - len(row))]
