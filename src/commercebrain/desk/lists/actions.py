"""Writes of lists: a book, its next version as a draft, its proposal, and the decision of another person.

A draft is written beside what is in force: a row that it brings in carries its number, a row that it takes out is marked
with it, and nothing of an earlier version changes by that. The rows themselves are written by :mod:`.rows`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.lists import queries
from commercebrain.desk.lists.kinds import kind as declared
from commercebrain.desk.lists.models import Book, ListVersion, Member
from commercebrain.desk.lists.reading import PARTNER
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.people.scopes import Classification, delegations_held, memberships_held
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.nomenclature import nomenclature as nomenclature_of
from commercebrain.engine.registers.values import read_value

if TYPE_CHECKING:
    from commercebrain.engine.lists.kinds import ListKind

State = ListVersion.State
SYNTHETIC_FIRST = "990000"
NEEDS = {
    "document": ("文件编号或名称", "the number or title of the decision"),
    "issued_on": ("文件日期", "the day of the decision"),
    "effective_on": ("生效日期", "the day from which it is in force"),
    "reason": ("理由", "the reason"),
}
MEANT = {"date": "effective_on", "issued": "issued_on"}  # what a need of a kind is called here


class Refused(UserError):  # noqa: N818 - it is an answer, not an error
    """A step that cannot be taken; ``field`` names the field at fault, where there is one."""

    def __init__(self, code: str, zh: str, en: str, at: str = "") -> None:
        super().__init__(f"lists.{code}", zh, en)
        self.field = at


# --- who may -----------------------------------------------------------------------------------------------------------
def must_keep(person: Person | None, book: Book) -> None:
    """Raises 403 unless the person may enter for the unit that keeps the list; none is the system itself."""
    if person is not None and not queries.may_keep(person, book):
        raise PermissionDenied


def must_have_role(person: Person | None, kind: ListKind) -> None:
    """Refuses somebody without one of the roles that the kind names for its entries; a deputy has the one lent."""
    wanted = set(kind.entry.by)
    if person is None or not wanted:
        return
    day = today()
    roles = {row.role.code for row in memberships_held(person.pk, day)}
    roles |= {row.membership.role.code for row in delegations_held(person.pk, day) if row.enter}
    if not roles & wanted:
        refused = Refused(
            "no_role",
            f"“{kind.name.zh}”只能由指定角色提出（{'、'.join(sorted(wanted))}），您没有其中的角色。",
            f"Versions of “{kind.name.en}” are proposed by certain roles ({', '.join(sorted(wanted))}); you hold none.",
        )
        refused.status = 403
        raise refused


def kind_of(book: Book) -> ListKind:
    """The kind of a list; refuses where its declaration is gone."""
    found = declared(book.kind)
    if found is None:
        raise Refused(
            "no_kind",
            f"清单种类“{book.kind}”已不再声明，这张清单只能查看。",
            f"The kind “{book.kind}” is no longer declared; the list can only be read.",
        )
    return found


# --- books -------------------------------------------------------------------------------------------------------------
@transaction.atomic
def create_book(
    kind: ListKind,
    person: Person | None,
    unit: Unit,
    name_zh: str,
    name_en: str = "",
    *,
    nomenclature: str = "",
    edition: str = "",
    partner: str = "",
    note: str = "",
) -> Book:
    """A new list of a kind, still empty. Kinds whose rows live in a register have no books."""
    if kind.members == "register":
        raise Refused(
            "in_register",
            f"“{kind.name.zh}”保存在登记册中，请在登记册里增改。",
            f"“{kind.name.en}” is kept as a register; change it there.",
        )
    if person is not None:
        if not queries.units_to_keep_for(person).filter(pk=unit.pk).exists():
            raise PermissionDenied
        must_have_role(person, kind)
    book = Book(
        kind=kind.code, unit=unit, created_by=person, classification=_classification(kind),
        synthetic=unit.region.code >= SYNTHETIC_FIRST,
    )  # fmt: skip
    _describe(book, kind, name_zh, name_en, nomenclature, edition, partner, note)
    _save_named(book)
    record("book.created", book, person, unit, **_words(book))
    return book


def _classification(kind: ListKind) -> str:
    if kind.public:
        return Classification.PUBLIC
    return Classification.CONFIDENTIAL if kind.classification == "confidential" else Classification.INTERNAL


def _describe(
    book: Book, kind: ListKind, name_zh: str, name_en: str, nomenclature: str, edition: str, partner: str, note: str
) -> None:
    book.name_zh, book.name_en = " ".join(name_zh.split())[:120], " ".join(name_en.split())[:200]
    if not book.name_zh:
        raise Refused("no_name", "请填写清单名称。", "Name the list.", "name_zh")
    if kind.subject == "product":
        if not nomenclature.strip():
            raise Refused(
                "no_nomenclature", "请写明商品编码用的是哪个目录（如 CN、USHTS）。",
                "Say which nomenclature the product codes are written in (such as CN, USHTS).", "nomenclature",
            )  # fmt: skip
        try:
            nomenclature = nomenclature_of(nomenclature).code
        except UserError as fault:
            raise Refused("no_nomenclature", fault.zh, fault.en, "nomenclature") from None
    try:
        known = read_value(PARTNER, partner, DeskLookups())
    except UserError as fault:
        raise Refused("no_partner", fault.zh, fault.en, "partner") from None
    book.nomenclature, book.edition = nomenclature.strip()[:20], edition.strip()[:20]
    book.partner, book.note = str(known or "")[:40], note.strip()


def _save_named(book: Book) -> None:
    try:
        with transaction.atomic():
            book.save()
    except IntegrityError:
        raise Refused(
            "name_taken",
            f"本单位已有同类清单“{book.name_zh}”，请在那张清单上起草新版本，或换一个名称。",
            f"Your unit keeps a list “{book.name_zh}” of this kind already: draft a new version of it, or take another name.",
            "name_zh",
        ) from None


@transaction.atomic
def edit_book(
    book: Book, person: Person, seen: int | None, *, name_zh: str, name_en: str = "", nomenclature: str = "",
    edition: str = "", partner: str = "", note: str = "",
) -> Book:  # fmt: skip
    """Changes what is said about a list. What its codes are written in stays once a version was approved."""
    must_keep(person, book)
    kind = kind_of(book)
    book.claim(seen)
    book.refresh_from_db()
    before = (book.nomenclature, book.edition)
    _describe(book, kind, name_zh, name_en, nomenclature, edition, partner, note)
    if before != (book.nomenclature, book.edition) and book.members.exists():
        raise Refused(
            "codes_written",
            "清单里已有编码，不能再改商品目录或版本；请另建清单。",
            "The list holds codes already: its nomenclature and edition stay. Begin another list.",
            "nomenclature",
        )
    _save_named(book)
    record("book.edited", book, person, book.unit, **_words(book))
    return book


@transaction.atomic
def close_book(book: Book, person: Person, seen: int | None, on: date, reason: str) -> Book:
    """Ends a list: from ``on`` no version of it is in force. Its past stays."""
    must_keep(person, book)
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise Refused("no_reason", "请写明理由。", "Say why.", "reason")
    book.claim(seen)
    book.refresh_from_db()
    if book.closed_on is not None:
        raise Refused("closed", "这张清单已经停用。", "The list is closed already.")
    if ListVersion.objects.filter(book=book, state__in=queries.OPEN).exists():
        raise Refused("open_version", "还有一版正在起草或待审批，请先处理。", "A version is still being drafted or decided; end that first.")  # fmt: skip
    book.closed_on = on
    book.save(update_fields=["closed_on", "updated_at"])
    record("book.closed", book, person, book.unit, **_words(book), on=str(on), reason=reason)
    return book


# --- versions ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def draft(book: Book, person: Person | None, *, basis: str = "") -> ListVersion:
    """Begins the next version from what the latest approved one holds; of two who begin at once one is refused.

    The rows of a declined proposal before it are let go.
    """
    must_keep(person, book)
    must_have_role(person, kind_of(book))
    book = Book.objects.select_for_update(of=("self",)).select_related("unit__region").get(pk=book.pk)
    if book.closed_on is not None:
        raise Refused("closed", "这张清单已经停用，不能再起草。", "The list is closed; no version can be drafted.")
    last = ListVersion.objects.filter(book=book).order_by("-number").first()
    if last is not None and last.state in queries.OPEN:
        raise _open_already(last)
    if last is not None and last.state == State.DECLINED:
        _release(last)
    made = ListVersion(book=book, number=(last.number if last else 0) + 1, basis=basis.strip()[:500])
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # somebody was quicker
        raise _open_already(ListVersion.objects.filter(book=book, state__in=queries.OPEN).first()) from None
    record("book.drafted", made, person, book.unit, **_words(book), number=made.number)
    return made


def _open_already(version: ListVersion | None) -> Refused:
    number = version.number if version else "?"
    return Refused(
        "open_already",
        f"第{number}版正在起草或待审批；一张清单同时只能有一版在办，请在那一版上继续。",
        f"Version {number} is being drafted or waits for its decision; a list has one such version at a time: go on with that.",
    )


def _release(version: ListVersion) -> None:
    """Takes back what a version wrote into the book."""
    Member.objects.filter(book=version.book_id, added=version.number).delete()
    Member.objects.filter(book=version.book_id, removed=version.number).update(removed=None, exit_reason="")


def locked(version: ListVersion, *states: str) -> ListVersion:
    """The version as it stands now, held for this transaction; refuses when it is in none of ``states`` any more."""
    # The rows of books, units and persons beside it are not locked: only ``of`` the version itself.
    rows = ListVersion.objects.select_for_update(of=("self",)).select_related("book__unit__region")
    found: ListVersion | None = rows.filter(pk=version.pk).first()
    if found is None:
        raise Refused("gone", "这一版草稿已被删除。", "The draft was discarded meanwhile.")
    if found.state not in states:
        raise Refused(
            "other_state",
            f"第{found.number}版现在是“{_state_zh(found.state)}”，不能这样操作；请刷新页面查看。",
            f"Version {found.number} is “{_state_en(found.state)}” now; this cannot be done. Reload the page.",
        )
    return found


def _state_zh(state: str) -> str:
    return {"draft": "起草中", "proposed": "待审批", "approved": "已批准", "declined": "未批准"}[state]


def _state_en(state: str) -> str:
    return {"draft": "being drafted", "proposed": "waiting for approval"}.get(state, state)


@transaction.atomic
def discard(version: ListVersion, person: Person, seen: int | None = None) -> None:
    """Throws a draft away with all that it wrote; what is in force is untouched."""
    must_keep(person, version.book)
    found = locked(version, State.DRAFT)
    found.claim(seen)
    _release(found)
    record("book.discarded", found.book, person, found.book.unit, **_words(found.book), number=found.number)
    found.delete()


@transaction.atomic
def propose(
    version: ListVersion,
    person: Person,
    *,
    seen: int | None = None,
    document: str = "",
    issued_on: date | None = None,
    effective_on: date | None = None,
    reason: str = "",
) -> ListVersion:
    """Puts a draft before another person for approval, with what the kind asks for: document, days, reason."""
    must_keep(person, version.book)
    kind = kind_of(version.book)
    must_have_role(person, kind)
    found = locked(version, State.DRAFT)
    found.claim(seen)
    given: dict[str, Any] = {
        "document": " ".join(document.split())[:200], "issued_on": issued_on, "effective_on": effective_on,
        "reason": " ".join(reason.split())[:500],
    }  # fmt: skip
    for need in (MEANT.get(one, one) for one in kind.entry.needs):
        if not given[need]:
            zh, en = NEEDS[need]
            raise Refused(f"needs_{need}", f"“{kind.name.zh}”的新版本须写明{zh}。", f"A version of “{kind.name.en}” needs {en}.", need)  # fmt: skip
    given["effective_on"] = effective_on or today()
    earlier = queries.before(found)
    if earlier is not None and earlier.effective_on and given["effective_on"] < earlier.effective_on:
        raise Refused(
            "before_earlier",
            f"生效日期不能早于第{earlier.number}版的生效日期{earlier.effective_on}。",
            f"It cannot be in force before version {earlier.number} is, on {earlier.effective_on}.",
            "effective_on",
        )
    _count(found)
    if not found.rows_in and not found.rows_out:
        raise Refused("no_change", "这一版与上一版没有不同，无需审批。", "The draft changes nothing; there is nothing to approve.")  # fmt: skip
    for name, value in given.items():
        setattr(found, name, value)
    found.state, found.proposed_by, found.proposed_at = State.PROPOSED, person, timezone.now()
    found.decided_by, found.decided_at, found.decision = None, None, ""
    found.save()
    record("book.proposed", found, person, found.book.unit, **_words(found.book), **_numbers(found))
    return found


def _count(version: ListVersion) -> None:
    version.rows_in = queries.came_in(version).count()
    version.rows_out = queries.went_out(version).count()


@transaction.atomic
def take_back(version: ListVersion, person: Person, seen: int | None = None) -> ListVersion:
    """Makes a proposal, or one that was declined and not superseded, a draft again; its rows are as they were."""
    must_keep(person, version.book)
    found = locked(version, State.PROPOSED, State.DECLINED)
    found.claim(seen)
    if queries.let_go(found):
        raise Refused("let_go", "之后已另行起草，这一版的条目不再保留。", "A later version was drafted since; the rows of this one are no longer kept.")  # fmt: skip
    found.state = State.DRAFT
    try:
        with transaction.atomic():
            found.save(update_fields=["state", "updated_at"])
    except IntegrityError:
        raise _open_already(None) from None
    record("book.taken_back", found, person, found.book.unit, **_words(found.book), number=found.number)
    return found


@transaction.atomic
def decide(
    version: ListVersion, person: Person, *, approve: bool, decision: str = "", seen: int | None = None
) -> ListVersion:
    """Approves or declines a proposal: never who proposed it; of two who decide at once one is refused.

    Declining needs a sentence. A proposal whose day in force has come meanwhile is in force at once.
    """
    must_keep(person, version.book)
    found = locked(version, State.PROPOSED)
    if found.proposed_by_id == person.pk:
        refused = Refused("four_eyes", "提出人不能审批自己的版本，请由另一位有权限的同事审批。", "Whoever proposed a version cannot decide on it; a colleague with the right can.")  # fmt: skip
        refused.status = 403
        raise refused
    found.claim(seen)
    decision = " ".join(decision.split())[:500]
    if not approve and not decision:
        raise Refused("no_decision", "不批准须写明理由。", "Say why it is declined.", "decision")
    _count(found)
    found.state = State.APPROVED if approve else State.DECLINED
    found.decided_by, found.decided_at, found.decision = person, timezone.now(), decision
    found.save()
    verb = "book.approved" if approve else "book.declined"
    said = {} if approve else {"reason": decision}
    record(verb, found, person, found.book.unit, **_words(found.book), **_numbers(found), **said)
    return found


def _words(book: Book) -> dict[str, str]:
    return {"name": book.name_zh, "name_en": book.name_en or book.name_zh}


def _numbers(version: ListVersion) -> dict[str, Any]:
    return {
        "number": version.number, "rows_in": version.rows_in, "rows_out": version.rows_out,
        "on": str(version.effective_on),
    }  # fmt: skip
