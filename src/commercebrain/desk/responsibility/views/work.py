"""我的工作: what is due from the reader today, this week, overdue, waiting."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.work import Work, work_of


def groups(work: Work) -> list[dict[str, Any]]:
    """The parts of the page that hold something."""
    told = (
        (_("Overdue or missing"), work.overdue, "overdue"),
        (_("Due today"), work.today, "today"),
        (_("Due within a week"), work.week, "week"),
        (_("Waiting for you"), work.waiting, "waiting"),
    )
    return [{"title": title, "items": items, "code": code} for title, items, code in told if items]


def my_work(request: HttpRequest) -> HttpResponse:
    """The page."""
    work = work_of(request.user)
    if not work.total:
        answer = _t("Nothing is due from you.")
    else:
        answer = _t("%(late)s overdue or missing, %(today)s due today, %(week)s within a week, %(waiting)s waiting for you.") % {
            "late": len(work.overdue), "today": len(work.today), "week": len(work.week), "waiting": len(work.waiting),
        }  # fmt: skip
    return render(request, "responsibility/work.html", {"work": work, "groups": groups(work), "answer": answer})


def count(request: HttpRequest) -> HttpResponse:
    """The number in the header, asked for after the page so that no page waits for it."""
    response = render(request, "responsibility/work_count.html", {"work": work_of(request.user)})
    response["Cache-Control"] = "private, max-age=60"
    return response
