"""Views of lists that people save: reading, and every write."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.memo import once
from commercebrain.desk.core.models import DefaultView, SavedView
from commercebrain.desk.people.models import Membership, Person, Unit
from commercebrain.desk.people.scopes import delegations_held, memberships_held
from commercebrain.engine.errors import UserError

# What of an address belongs to a moment and not to a view.
PASSING = ("page", "after", "before", "export", "open", "view", "tab")
MOST = 50  # views of one person on one list


def _above(person: Person) -> frozenset[int]:
    """Ids of the units that the person works or acts in and of all above them: what these share reaches the person."""

    held = {row.unit.path for row in memberships_held(person.pk, today())}
    lent = {row.membership.unit.path for row in delegations_held(person.pk, today())}
    return frozenset(int(part) for path in held | lent for part in path.split("/") if part)


def in_sight(person: Person | AnonymousUser) -> QuerySet[SavedView]:
    """One's own views and those shared with one's unit or a unit above it."""
    if not person.is_authenticated or not person.is_active:
        return SavedView.objects.none()
    mine = Q(person=person) | Q(shared_with__in=_above(person))
    return SavedView.objects.filter(mine).select_related("person", "shared_with")


def units_to_share_with(person: Person) -> QuerySet[Unit]:
    """The person's own units."""
    held = Membership.objects.in_force(today()).filter(person=person).values("unit")
    return Unit.objects.filter(pk__in=held).order_by("path")


def of_list(request: HttpRequest, address: str) -> tuple[list[SavedView], int | None]:
    """The views that the reader may open on a list, and the id of the one that it opens with."""
    if not request.user.is_authenticated:
        return [], None
    return once(("views", request.user.pk, address), lambda: _of_list(request.user, address))


def _of_list(person: Person, address: str) -> tuple[list[SavedView], int | None]:
    views = list(in_sight(person).filter(address=address).order_by("name", "id"))
    chosen = (
        DefaultView.objects.filter(person=person, address=address).values_list("view_id", flat=True).first()
        if views
        else None
    )
    return views, chosen if chosen in {view.pk for view in views} else None


def address_of(view: SavedView) -> str:
    """The address that shows the view."""
    params = QueryDict(view.query, mutable=True)
    params["view"] = str(view.pk)
    return f"{view.address}?{params.urlencode()}"


def kept(query: str) -> str:
    """The part of an address' parameters that makes a view."""
    params = QueryDict(query, mutable=True)
    for name in PASSING:
        params.pop(name, None)
    return params.urlencode()


def _list_at(address: str) -> Any:
    from commercebrain.desk.core.lists import ListPage

    try:
        page = getattr(resolve(address).func, "view_class", None)
    except Resolver404:
        page = None
    if page is None or not issubclass(page, ListPage):
        raise UserError(
            "view.no_list", "这个地址不是列表，不能保存为视图。", "There is no list at this address to save."
        )
    return page


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise UserError("view.no_name", "请给视图起个名称。", "Give the view a name.")
    if len(name) > 80:
        raise UserError("view.long_name", "视图名称最多80个字。", "A view's name has at most 80 characters.")
    return name


def _shareable(person: Person, unit: int | None) -> Unit | None:
    if unit is None:
        return None
    found = units_to_share_with(person).filter(pk=unit).first()
    if found is None:
        raise UserError(
            "view.foreign_unit", "只能共享给自己任职的单位。", "A view can be shared with one's own unit only."
        )
    return found


@transaction.atomic
def save(person: Person, address: str, title: str, query: str, name: str, unit: int | None = None) -> SavedView:
    """Keeps a view of one's own; one with the same name on the same list is replaced."""
    page, name = _list_at(address), _named(name)
    if len(query) > 4000:
        raise UserError(
            "view.too_long", "条件太多，无法保存为视图。", "There are too many conditions to save as a view."
        )
    own = SavedView.objects.filter(person=person, address=address)
    if own.count() >= MOST and not own.filter(name=name).exists():
        raise UserError(
            "view.too_many",
            f"这个列表已有{MOST}个视图：请先删除一些。",
            f"There are {MOST} views here: delete some first.",
        )
    given = {
        "query": kept(query),
        "shared_with": _shareable(person, unit),
        "list_title": (title or str(page.title))[:120],
    }
    return SavedView.objects.update_or_create(person=person, address=address, name=name, defaults=given)[0]


@transaction.atomic
def change(person: Person, view: SavedView, name: str, unit: int | None) -> SavedView:
    """Renames a view or shares it otherwise; only its owner may."""
    _own(person, view)
    view.name = _named(name)
    if SavedView.objects.filter(person=person, address=view.address, name=view.name).exclude(pk=view.pk).exists():
        raise UserError("view.same_name", "已有同名视图。", "There is a view of that name already.")
    view.shared_with = _shareable(person, unit) if unit != view.shared_with_id else view.shared_with
    view.save(update_fields=["name", "shared_with"])
    return view


@transaction.atomic
def open_with(person: Person, view: SavedView, yes: bool) -> None:
    """The list opens with this view for this person from now on, or no longer does."""
    rows = DefaultView.objects.filter(person=person, address=view.address)
    if yes:
        DefaultView.objects.update_or_create(person=person, address=view.address, defaults={"view": view})
    else:
        rows.filter(view=view).delete()


@transaction.atomic
def delete(person: Person, view: SavedView) -> None:
    """Removes a view, for everybody whom it was shared with too; only its owner may."""
    _own(person, view)
    view.delete()


def _own(person: Person, view: SavedView) -> None:
    if view.person_id != person.pk:
        fault = UserError("view.not_own", "只有创建者能修改这个视图。", "Only who made this view may change it.")
        fault.status = 403
        raise fault
