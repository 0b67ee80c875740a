"""Reads of lists: what a book holds by version and by day, and what of it a person may see.

Version ``N`` holds a row if the row came in with ``N`` or before and has not gone out by then. Drafts and proposals are
for the units that keep the list; whoever reads a public list besides reads its approved versions.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from commercebrain.desk.core.clock import today
from commercebrain.desk.lists.kinds import kind as declared
from commercebrain.desk.lists.kinds import of_firms
from commercebrain.desk.lists.models import Book, ListVersion, Member
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import Extent, extent_of, units_below
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError

if TYPE_CHECKING:
    from commercebrain.engine.lists.rows import ProductRow

Reader = Person | AnonymousUser
State = ListVersion.State
OPEN = (State.DRAFT, State.PROPOSED)


# --- what a book holds: whoever asks -----------------------------------------------------------------------------------
def in_force(book: Book, day: date | None = None) -> ListVersion | None:
    """The version that is in force on a day (default: the business date); none before the first and after the end."""
    on = day or today()
    if book.closed_on is not None and on >= book.closed_on:
        return None
    rows = ListVersion.objects.filter(book=book, state=State.APPROVED, effective_on__lte=on)
    found: ListVersion | None = rows.order_by("-number").first()
    return found


def held(rows: Any, number: int) -> Any:
    """Those of the rows of one book that its version ``number`` holds."""
    return rows.filter(Q(removed=None) | Q(removed__gt=number), added__lte=number)


def version_rows(version: ListVersion) -> Any:
    """The rows that a version holds, by key."""
    return held(Member.objects.filter(book=version.book_id), version.number).order_by("key", "pk")


def members_on(book: Book, day: date | None = None) -> Any:
    """The rows of the version in force on a day that hold on that day by their own dates; none without a version."""
    on = day or today()
    version = in_force(book, on)
    if version is None:
        return Member.objects.none()
    dated = Q(valid_from=None) | Q(valid_from__lte=on)
    return version_rows(version).filter(dated, Q(valid_to=None) | Q(valid_to__gte=on))


def books_in_force(kind: str, day: date | None = None) -> Any:
    """The books of a kind that have a version in force on a day, with its number as ``number``, whoever asks."""
    on = day or today()
    rows = Book.objects.filter(kind=kind).filter(Q(closed_on=None) | Q(closed_on__gt=on))
    number = ListVersion.objects.filter(book=OuterRef("pk"), state=State.APPROVED, effective_on__lte=on)
    rows = rows.annotate(number=Subquery(number.order_by("-number").values("number")[:1]))
    return rows.exclude(number=None)


def firms_on(kind: str, place: Unit | Iterable[str] | None = None, day: date | None = None) -> set[int]:
    """The ids of the enterprises that stand on any list of a kind on a day.

    ``place``: a unit (the lists that it, units above it or units below it keep; its firms are those held by it or
    below), the codes of regions (firms that stand in them or below), or none for all.
    """
    on = day or today()
    books = books_in_force(kind, on)
    firms = Q()
    if isinstance(place, Unit):
        below = units_below([place], on)
        above = [int(part) for part in place.path.split("/") if part.isdecimal()]
        books = books.filter(unit__in={*below, *above})
        firms = Q(enterprise__unit__in=below) | Q(enterprise__region__in=_regions([place.region.code]))
    elif place is not None:
        firms = Q(enterprise__region__in=_regions(place))
    found: set[int] = set()
    for book, number in books.values_list("pk", "number"):
        rows = held(Member.objects.filter(book=book, enterprise__isnull=False), number).filter(firms)
        rows = rows.filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gte=on))
        found.update(rows.order_by().values_list("enterprise", flat=True))
    return found


def _regions(codes: Iterable[str]) -> set[int]:
    """The ids of regions and of everything below them."""
    edge = set(Region.objects.filter(code__in=list(codes)).values_list("pk", flat=True))
    found = set(edge)
    while edge:
        edge = set(Region.objects.filter(parent__in=edge).values_list("pk", flat=True)) - found
        found |= edge
    return found


PRODUCT = ("pk", "code", "country", "data", "valid_from", "valid_to")


def product_rows(version: ListVersion) -> list[ProductRow]:
    """The rows of a list of products as the engine matches them, numbered as the version lists them.

    What a row does not say itself (nomenclature, edition, partner) is that of its book. Raises :class:`UserError` for
    a book whose rows are no products.
    """
    from commercebrain.desk.lists.reading import product_row

    book = version.book
    known = declared(book.kind)
    if known is None or known.subject != "product":
        raise UserError(
            "lists.no_products",
            f"清单“{book.name_zh}”的条目不是商品编码，不能用来匹配贸易。",
            f"The rows of “{book.name_en or book.name_zh}” are no product codes; trade cannot be matched with them.",
        )
    lines = version_rows(version).values(*PRODUCT).iterator(chunk_size=5_000)
    return [product_row(book, row, number) for number, row in enumerate(lines, start=1)]


# --- what changed ------------------------------------------------------------------------------------------------------
def came_in(version: ListVersion) -> Any:
    """The rows that a version brought in, changed ones among them."""
    return Member.objects.filter(book=version.book_id, added=version.number).order_by("key", "pk")


def went_out(version: ListVersion) -> Any:
    """The rows that a version took out, changed ones among them."""
    return Member.objects.filter(book=version.book_id, removed=version.number).order_by("key", "pk")


def between(old: ListVersion | None, new: ListVersion) -> tuple[Any, Any]:
    """The rows that only ``old`` holds, and those that only ``new`` holds; without an old one all are new."""
    rows = Member.objects.filter(book=new.book_id)
    if old is None:
        return rows.none(), version_rows(new)
    gone = held(rows, old.number).filter(Q(added__gt=new.number) | Q(removed__lte=new.number))
    fresh = held(rows, new.number).filter(Q(added__gt=old.number) | Q(removed__lte=old.number))
    return gone.order_by("key", "pk"), fresh.order_by("key", "pk")


def before(version: ListVersion) -> ListVersion | None:
    """The approved version that came before this one; none for the first."""
    rows = ListVersion.objects.filter(book=version.book_id, state=State.APPROVED, number__lt=version.number)
    found: ListVersion | None = rows.order_by("-number").first()
    return found


def let_go(version: ListVersion) -> bool:
    """Whether the rows of a declined version are no longer kept, since a later draft began from the approved state."""
    if version.state != State.DECLINED:
        return False
    return bool(ListVersion.objects.filter(book=version.book_id, number__gt=version.number).exists())


# --- what a person may see ---------------------------------------------------------------------------------------------
def firm_alone(extent: Extent) -> bool:
    """Whether somebody sees as a firm's user and as nothing else."""
    return bool(extent.firms) and not (extent.everything or extent.units or extent.entries_of)


def _narrowed(rows: Any, person: Reader, prefix: str) -> Any:
    if firm_alone(extent_of(person, Right.SEE, today())):
        return rows.exclude(**{f"{prefix}kind__in": of_firms()})
    return rows


def _insider(person: Reader, path: str) -> Q:
    """The rows that are kept by units in a person's sight: their drafts and proposals too."""
    extent = extent_of(person, Right.SEE, today())
    return Q() if extent.everything else Q(**{f"{path}__in": extent.units})


def books(person: Reader) -> Any:
    """The lists in a person's sight."""
    return _narrowed(Book.objects.visible_to(person), person, "").select_related("unit")


def book(person: Reader, pk: int) -> Book | None:
    """One list; none where it is out of sight."""
    found: Book | None = books(person).filter(pk=pk).first()
    return found


def told(rows: Any, day: date | None = None) -> Any:
    """Books with what their lists tell: ``number`` in force, since when (``since``), ``size`` rows, ``open``
    and ``proposed`` where a version is being drafted or waits for its approval."""
    on = day or today()
    known = ListVersion.objects.filter(book=OuterRef("pk"), state=State.APPROVED, effective_on__lte=on)
    known = known.order_by("-number")
    waiting = ListVersion.objects.filter(book=OuterRef("pk"), state__in=OPEN)
    rows = rows.annotate(
        number=Subquery(known.values("number")[:1]),
        since=Subquery(known.values("effective_on")[:1]),
        open=Exists(waiting),
        proposed=Exists(waiting.filter(state=State.PROPOSED)),
    )
    inside = Member.objects.filter(book=OuterRef("pk"), added__lte=OuterRef("number"))
    inside = inside.filter(Q(removed=None) | Q(removed__gt=OuterRef("number"))).order_by().values("book")
    return rows.annotate(size=Subquery(inside.annotate(n=Count("pk")).values("n")[:1]))


def versions(person: Reader) -> Any:
    """The versions in a person's sight: approved ones of lists that they read, all of lists that their units keep."""
    rows = _narrowed(ListVersion.objects.visible_to(person), person, "book__")
    rows = rows.filter(Q(state=State.APPROVED) | _insider(person, "book__unit"))
    return rows.select_related("book__unit", "proposed_by", "decided_by")


def version(person: Reader, pk: int) -> ListVersion | None:
    """One version; none where it is out of sight."""
    found: ListVersion | None = versions(person).filter(pk=pk).first()
    return found


def seen_versions(person: Reader, of: Book) -> Any:
    """The versions of a book in a person's sight, the newest first."""
    return versions(person).filter(book=of).order_by("-number")


def members(person: Reader) -> Any:
    """The rows in a person's sight: of approved versions, and of drafts of lists that their units keep."""
    rows = _narrowed(Member.objects.visible_to(person), person, "book__")
    approved = ListVersion.objects.filter(book=OuterRef("book"), state=State.APPROVED, number__gte=OuterRef("added"))
    stands = Q(Exists(approved), removed=None) | Q(Exists(approved.filter(number__lt=OuterRef("removed"))))
    return rows.filter(stands | _insider(person, "book__unit")).select_related("book__unit", "enterprise")


def member(person: Reader, pk: int) -> Member | None:
    """One row of a list; none where it is out of sight."""
    found: Member | None = members(person).filter(pk=pk).first()
    return found


def listed(person: Reader, enterprise: int) -> Any:
    """The rows of an enterprise on the lists in a person's sight, those in force now first (``now``).

    Of its own firm a user sees where it stands on public lists.
    """
    rows = Member.objects.visible_to(person).filter(enterprise=enterprise)
    approved = ListVersion.objects.filter(book=OuterRef("book"), state=State.APPROVED, effective_on__lte=today())
    rows = rows.annotate(number=Subquery(approved.order_by("-number").values("number")[:1]))
    first = ListVersion.objects.filter(book=OuterRef("book"), number=OuterRef("added"), state=State.APPROVED)
    rows = rows.filter(Exists(first)).annotate(since=Subquery(first.values("effective_on")[:1]))
    now = Q(number__gte=F("added")) & (Q(removed=None) | Q(removed__gt=F("number")))
    return rows.annotate(now=_as_flag(now)).select_related("book__unit").order_by("-now", "book__name_zh", "pk")


def _as_flag(condition: Q) -> Any:
    from django.db.models import BooleanField, Case, Value, When

    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


# --- what a person may do ----------------------------------------------------------------------------------------------
def may_keep(person: Reader, of: Book) -> bool:
    """Whether a person may draft and propose versions of a list, and decide on what others proposed."""
    return bool(Book.objects.enterable_by(person).filter(pk=of.pk).exists())


def units_to_keep_for(person: Reader) -> QuerySet[Unit]:
    """The units for which a person may begin a list."""
    extent = extent_of(person, Right.ENTER, today())
    rows = Unit.objects.filter(closed_on=None).select_related("region").order_by("path")
    return rows if extent.everything else rows.filter(pk__in=extent.units)


def to_decide(person: Person) -> Any:
    """The proposals that wait for this person: of lists that the own units keep, proposed by somebody else."""
    mine = Book.objects.enterable_by(person).order_by().values("pk")
    rows = ListVersion.objects.filter(state=State.PROPOSED, book__in=mine).exclude(proposed_by=person)
    return rows.select_related("book__unit", "proposed_by").order_by("proposed_at")


def counts(person: Reader) -> dict[str, int]:
    """How many lists of each kind a person sees."""
    rows = books(person).filter(closed_on=None).order_by()
    return dict(rows.values_list("kind").annotate(n=Count("pk")))
