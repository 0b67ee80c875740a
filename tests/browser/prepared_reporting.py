"""One of everything that reporting and lists bring about, made by the same actions that the pages call."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tests.browser.prepared import Addresses, account

if TYPE_CHECKING:
    from commercebrain.desk.forms.models import Report

HS = {"nomenclature": "HS", "edition": "2022", "partner": "USA"}
#: The list that the demonstration holds in force; its next version lies beside it as a file.
IN_FORCE, NEXT = "演示清单", "演示清单第2版.csv"


def books() -> Addresses:
    """A list with a version in force and the next as a draft, one that waits for its decision, one that was declined."""
    from commercebrain.desk.lists import actions, queries, rows
    from commercebrain.desk.lists.kinds import kinds
    from commercebrain.desk.lists.models import Book, ListVersion

    shili, shiju = account("shili"), account("shiju")
    unit = shili.memberships.get().unit
    said = {"document": "示例文〔2025〕6号", "issued_on": "2025-07-01", "reason": "示例"}

    def begun(name: str, codes: list[str]) -> ListVersion:
        book = actions.create_book(kinds()["tariff_list"], shili, unit, name, "", **HS)
        draft = actions.draft(book, shili)
        done = rows.fill(draft, shili, [{"code": code, "rate": "25"} for code in codes])
        assert not done.refused, done.refused
        return actions.propose(draft, shili, effective_on="2025-07-02", **said)  # type: ignore[arg-type]

    approved = actions.decide(begun("示例加征关税清单", ["841370", "848180", "732393"]), shiju, approve=True)
    waiting = begun("示例待批清单", ["940161", "691110"])
    declined = actions.decide(begun("示例退回清单", ["760711"]), shiju, approve=False, decision="缺少文件原文")
    book = approved.book
    draft = actions.draft(book, shili)
    held = list(queries.version_rows(approved).order_by("code"))
    rows.put(draft, shili, {"code": "850440", "rate": "30"})
    rows.take_out(draft, shili, [held[0]], "已不在公告附件中")
    built = next(
        one for one in Book.objects.filter(unit=unit).order_by("pk") if kinds()[one.kind].expression is not None
    )
    firms = Book.objects.filter(unit=unit, kind="key_exporters").order_by("pk")[0]
    at, on = f"/lists/versions/{draft.pk}/", f"/lists/books/{book.pk}/"
    kept = f"{at}rows/{held[1].pk}/"
    return {
        "lists:kinds": ("shili", "/lists/"),
        "lists:books": ("shili", "/lists/tariff_list/"),
        "lists:books of a register": ("shili", "/lists/warning_point/"),
        "lists:new": ("shili", "/lists/tariff_list/new/"),
        "lists:book": ("shili", on),
        "lists:book of firms": ("shili", f"/lists/books/{firms.pk}/"),
        "lists:rows": ("shili", f"{on}rows/"),
        "lists:rows of firms": ("shili", f"/lists/books/{firms.pk}/rows/"),
        "lists:row": ("shili", f"/lists/rows/{held[1].pk}/"),
        "lists:edit": ("shili", f"{on}edit/"),
        "lists:close": ("shili", f"{on}close/"),
        "lists:build": ("shili", f"/lists/books/{built.pk}/build/"),
        "lists:version": ("shili", at),
        "lists:version in force": ("jiaqu", f"/lists/versions/{approved.pk}/"),
        "lists:version waiting": ("shiju", f"/lists/versions/{waiting.pk}/"),
        "lists:version declined": ("shili", f"/lists/versions/{declined.pk}/"),
        "lists:version_rows": ("shili", f"{at}rows/"),
        "lists:difference": ("shili", f"{at}difference/"),
        "lists:row_new": ("shili", f"{at}rows/new/"),
        "lists:row_edit": ("shili", f"{kept}edit/"),
        "lists:row_remove": ("shili", f"{kept}remove/"),
        "lists:paste": ("shili", f"{at}paste/"),
        "lists:propose": ("shili", f"{at}propose/"),
        "lists:decide": ("shiju", f"/lists/versions/{waiting.pk}/decide/"),
    }


def exposure() -> Addresses:
    """A list pasted by its codes, beside the version in force; what a county and a firm see of the list in force."""
    from commercebrain.desk.lists.exposure.given import take
    from commercebrain.desk.lists.exposure.questions import read
    from commercebrain.desk.lists.models import Book, ListVersion

    version = ListVersion.objects.get(book=Book.objects.get(name_zh=IN_FORCE), number=1)
    text = (files("commercebrain.catalogue") / "samples" / "invented" / "lists" / NEXT).read_text(encoding="utf-8-sig")
    asked = read({**HS, "compare": str(version.pk), "day": "2025-04-09"})
    pasted = take(account("shili"), asked, f"{text}\n另有7799.99一项", None).query
    return {
        "exposure:exposure": ("shili", "/exposure/"),
        "exposure:exposure of what was pasted": ("shili", f"/exposure/?{pasted}"),
        "exposure:exposure of a county": ("jiaqu", f"/exposure/?version={version.pk}"),
        "exposure:exposure of a firm": ("qiye", f"/exposure/?version={version.pk}"),
        "exposure:exposure of published figures": ("tongji", f"/exposure/?version={version.pk}"),
        "exposure:firms": ("shili", f"/exposure/firms/?{pasted}"),
        "exposure:counties": ("shili", f"/exposure/counties/?{pasted}"),
        "exposure:products": ("shili", f"/exposure/products/?{pasted}"),
        "exposure:newly": ("shili", f"/exposure/newly/?{pasted}"),
    }


def reports() -> Addresses:
    """Reports in every state, a reminder that was made, an exception that waits for somebody else's decision."""
    from commercebrain.desk.forms import exceptions, reminders
    from commercebrain.desk.forms.filing.queries import own_reports
    from commercebrain.desk.forms.models import Report, Round
    from commercebrain.desk.forms.moment import now

    jiaqu, qiye = account("jiaqu"), account("qiye")
    own = own_reports(qiye).filter(round__form="order_report")
    running, *past = Round.objects.filter(form="order_report").order_by("-opens_at")
    asked = own.get(round=running)
    locked = next((one for one in own if one.round.locks_at <= now()), own.last())
    sent = own.exclude(first_sent_at=None)[0]
    returned = Report.objects.filter(state="returned").order_by("pk")[0]
    waiting = Report.objects.filter(state="sent", round=past[0], county__code="990101").order_by("pk")[0]
    silent = _silent(running, jiaqu)
    done = reminders.remind(jiaqu, [silent], [reminders.INBOX])
    assert done.written, done.refused
    reminders.send_due(done.written)
    wish = exceptions.ask(
        jiaqu, past[1], reason="填报人住院，申请补报", until=now() + timedelta(days=2), unit=jiaqu.memberships.get().unit
    )  # fmt: skip
    assert locked is not None
    week = f"period={running.period}"
    return {
        "filing:filings": ("qiye", "/filing/"),
        "filing:report": ("qiye", f"/filing/{asked.pk}/"),
        "filing:report of a locked week": ("qiye", f"/filing/{locked.pk}/"),
        "filing:report sent back, by the township": ("dongmen", f"/filing/{returned.pk}/"),
        "filing:sent": ("qiye", f"/filing/{sent.pk}/sent/"),
        "filing:trend": ("qiye", f"/filing/{sent.pk}/trend/"),
        "filing:exception": ("qiye", f"/filing/{locked.pk}/exception/"),
        "forms:board": ("shili", "/reporting/"),
        "forms:board by township": ("jiaqu", f"/reporting/?{week}&by=township"),
        "forms:board by chase list": ("shiju", f"/reporting/?{week}&by=list"),
        "forms:chase": ("shili", "/reporting/chase/"),
        "forms:reminders": ("shili", "/reporting/reminders/"),
        "forms:exceptions": ("shili", "/reporting/exceptions/"),
        "forms:exception": ("shili", f"/reporting/exceptions/{wish.pk}/"),
        "forms:burden": ("shili", "/reporting/burden/"),
        "forms:forms": ("shili", "/forms/"),
        "forms:form": ("shili", "/forms/order_report/"),
        "forms:open": ("shili", "/forms/daily_quick/open/"),
        "forms:round": ("shili", f"/forms/rounds/{running.pk}/"),
        "forms:close": ("shili", f"/forms/rounds/{running.pk}/close/"),
        "forms:exception_ask": ("jiaqu", f"/forms/rounds/{past[1].pk}/exception/"),
        "forms:reports": ("jiaqu", "/forms/reports/"),
        "forms:report": ("jiaqu", f"/forms/reports/{waiting.pk}/"),
        "forms:reveal": ("jiaqu", f"/forms/reports/{waiting.pk}/reveal/"),
        "forms:report silent": ("jiaqu", f"/forms/reports/{silent.pk}/"),
        "forms:report sent back": ("dongmen", f"/forms/reports/{returned.pk}/"),
        **{
            f"registry:enterprise {tab}": ("jiaqu", f"/enterprises/{sent.enterprise_id}/?tab={tab}")
            for tab in ("whole", "reporting", "lists", "exposure")
        },
    }


def _silent(running: Any, person: Any) -> Report:
    """A report of the running week that nobody has sent, with the person's own unit."""
    from commercebrain.desk.forms.models import Report

    rows = Report.objects.filter(round=running, state="asked", unit=person.memberships.get().unit).exclude(
        enterprise__in=account("qiye").memberships.values("firm")
    )
    found: Report = rows.select_related("round__unit", "unit", "enterprise").order_by("pk")[0]
    return found
