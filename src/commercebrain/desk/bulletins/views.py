"""Pages of bulletins and of the release calendar. Thin: reads come from queries, writes go through actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from commercebrain.desk.bulletins import actions, queries, sample
from commercebrain.desk.bulletins.calendar import Due, calendar, month_span
from commercebrain.desk.bulletins.demo import value_of
from commercebrain.desk.bulletins.docx import cells, frame, headers, notes, to_docx
from commercebrain.desk.bulletins.forms import BulletinForm
from commercebrain.desk.bulletins.models import Bulletin
from commercebrain.desk.bulletins.words import KINDS, STATES, WHAT_UNITS, WHATS
from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.export import TYPES
from commercebrain.desk.core.formatting import unit_words
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, DetailPage, Field, Filter, ListPage, Panel
from commercebrain.desk.core.official import CONTENT_TYPE
from commercebrain.engine.releases import State
from commercebrain.engine.releases.issue import Change, all_lines, changes, touched

NAMED = 3  # how many late ones the first line names


def _missing(row: Due) -> str | None:
    known = catalogue().indicators
    language = reader.language()
    names = [str(known[code].name.say(language)) if code in known else code for code in row.status.missing]
    return "、".join(names) or None


def _month_options(request: HttpRequest) -> list[tuple[str, str]]:
    """From six months back to next month."""
    first, _last = month_span(today())
    number = first.year * 12 + first.month - 1
    months = [date(n // 12, n % 12 + 1, 1) for n in range(number + 1, number - 7, -1)]
    return [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in months]


class Releases(ListPage):
    """When figures are due, when they came, and who is late."""

    title = _("Release calendar")
    search_fields = ("release.name.zh", "release.name.en", "region.name_zh", "region.name_en", "release.code")
    search_hint = _("release or region")
    columns = (
        Column("due", _("due day"), value=lambda row: row.status.slot.due, sort=lambda row: row.status.slot.due),
        Column("release", _("release"), value="name_said", sort=lambda row: row.release.code),
        Column("region", _("region"), sort=lambda row: row.region.code,
               link=lambda row: _series(row)),
        Column("period", _("period"), value=lambda row: row.status.slot.period.say(reader.language()),
               sort=lambda row: row.status.slot.period.order),
        Column("kind", _("kind"), value=lambda row: KINDS[row.release.kind]),
        Column("state", _("state"), value=lambda row: row.state_said, sort=lambda row: list(STATES).index(row.status.state)),
        Column("actual", _("came out"), value=lambda row: row.status.actual, sort=lambda row: row.status.actual),
        Column("taken_in", _("taken in"), value=lambda row: row.status.taken_in, sort=lambda row: row.status.taken_in),
        Column("late", _("late"), unit=_("working days"), value=lambda row: row.status.late or None, number=True,
               sort=lambda row: row.status.late),
        Column("who", _("brought in by"), value="who_said"),
        Column("missing", _("still missing"), value=_missing, hidden=True),
        Column("announced", _("day announced"), value=lambda row: row.status.slot.announced, hidden=True),
    )  # fmt: skip
    filters = (
        Filter("month", _("month"), _month_options, test=lambda row, value: f"{row.status.slot.due:%Y-%m}" == value),
        Filter("state", _("state"), [(str(code), word) for code, (_shape, word) in STATES.items()]),
        Filter("release", _("release"), lambda request: _of_calendar(request, "release"),
               test=lambda row, value: row.release.code == value),
        Filter("region", _("region"), lambda request: _of_calendar(request, "region"),
               test=lambda row, value: row.region.code == value),
    )  # fmt: skip
    empty_title = _("No release is due here")
    empty_hint = _("The calendar shows what catalogue/releases declares for the regions of the units in your sight.")

    def rows(self, request: HttpRequest) -> Sequence[Due]:
        """This month and next, or the month that is asked for."""
        asked = request.GET.get("month", "")
        if asked in dict(_month_options(request)):
            return calendar(request.user, *month_span(date.fromisoformat(f"{asked}-01")))
        return calendar(request.user, *month_span(today(), 2))

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many are due and came, and who is late."""
        rows = list(rows)
        if not rows:
            return ""
        due = [row for row in rows if row.status.slot.due <= today()]
        late = sorted((row for row in rows if row.overdue), key=lambda row: -row.status.late)
        out = sum(row.status.state in (State.OUT, State.OUT_LATE) for row in due)
        text = _t("%(due)s of %(all)s releases were due by %(day)s: %(out)s are out, %(late)s overdue.") % {
            "due": len(due), "all": len(rows), "day": today(), "out": out, "late": len(late),
        }  # fmt: skip
        if not late:
            return text
        colon, comma, stop = ("：", "；", "。") if reader.chinese() else (": ", "; ", ".")
        named = comma.join(
            _t("%(who)s, %(name)s (%(region)s) by %(n)s working days")
            % {"who": row.who_said, "name": row.name_said, "region": row.region, "n": row.status.late}
            for row in late[:NAMED]
        )
        more = _t(" and %(n)s more") % {"n": len(late) - NAMED} if len(late) > NAMED else ""
        return f"{text}{'' if reader.chinese() else ' '}{_t('Late')}{colon}{named}{more}{stop}"


def _series(row: Due) -> str | None:
    codes = row.release.indicators
    return reverse("web:series", args=[codes[0], row.region.code]) if codes else None


def _of_calendar(request: HttpRequest, what: str) -> list[tuple[str, str]]:
    rows = calendar(request.user, *month_span(today() - timedelta(days=180), 8))
    if what == "region":
        return sorted({(row.region.code, str(row.region)) for row in rows})
    return sorted({(row.release.code, row.name_said) for row in rows})


class Bulletins(ListPage):
    """Every bulletin in scope, the newest issue first."""

    title = _("Monthly bulletins")
    template_name = "bulletins/list.html"
    search_fields = ("region__name_zh", "region__name_en", "unit__name_zh", "indicator", "month")
    search_hint = _("region, unit or indicator code")
    columns = (
        Column("title", _("bulletin"), value=lambda row: str(row),
               link=lambda row: reverse("bulletins:bulletin", args=[row.pk])),
        Column("number", _("number"), value=lambda row: f"{row.year}-{row.number:02d}", sort="number"),
        Column("revision", _("issue"), number=True, sort="revision"),
        Column("month", _("month"), value=lambda row: row.period_said, sort="month"),
        Column("unit", _("unit that issues it"), sort="unit__path"),
        Column("issued_on", _("issued on"), sort="issued_on"),
        Column("made_by", _("made by"), sort="made_by__username"),
        Column("late", _("counties without report"), value=lambda row: "、".join(row.late) or None),
        Column("aside", _("rows set aside"), number=True, sort="aside", hidden=True),
    )  # fmt: skip
    filters = (
        Filter("indicator", _("indicator"), lambda request: _indicators(request)),
        Filter("unit", _("unit that issues it"), lambda request: _units(request), lookup="unit_id"),
    )
    empty_title = _("No bulletin was issued yet")
    empty_hint = _("Upload the counties' sheet of the month: table, three sentences and a one-page Word file follow.")

    def rows(self, request: HttpRequest) -> Any:
        """Within scope."""
        return queries.bulletins(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many there are, and what the newest says first."""
        newest = queries.bulletins(request.user).first()
        if newest is None:
            return ""
        text = ngettext("%(n)s issue.", "%(n)s issues.", int(str(total))) % {"n": total}
        return f"{text} {newest.sentences[0]}"

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """What the reader may start."""
        return {"may_issue": queries.may_issue(request.user)}


def _indicators(request: HttpRequest) -> list[tuple[str, str]]:
    language, known = reader.language(), catalogue().indicators
    codes = queries.bulletins(request.user).order_by("indicator").values_list("indicator", flat=True).distinct()
    return [(code, str(known[code].name.say(language)) if code in known else code) for code in codes]


def _units(request: HttpRequest) -> list[tuple[str, str]]:
    rows = queries.bulletins(request.user).select_related("unit")
    return sorted({(str(row.unit_id), str(row.unit)) for row in rows})


class NewBulletin(FormPage):
    """One upload, and the bulletin of the month follows."""

    title = _("Make the monthly bulletin")
    template_name = "bulletins/new.html"
    form_class = BulletinForm
    keeps_draft = False
    save_label = _("Make it")
    saved_message = _("The bulletin is being made.")

    def allowed(self, request: HttpRequest) -> bool:
        """For whoever enters for a city with counties."""
        return queries.may_issue(request.user)

    def answer(self, request: HttpRequest, thing: Any) -> str:
        """What will come of it."""
        return _t(
            "One sheet in; county table, three sentences and a one-page Word file out. What is missing stays a dash."
        )

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("bulletins:bulletins"), _("Monthly bulletins")

    def form_arguments(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """The units for which this person may issue."""
        return {"units": queries.issuing_units(request.user)}

    def initial(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """Exports of the month that ended last, for one's own unit."""
        unit = queries.own_unit(request.user, queries.issuing_units(request.user))
        first = queries.months(today())[0]
        return {"unit": unit.pk if unit else None, "indicator": "export_value", "month": first.text}

    def extra(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """Whether there is a sheet to try with: for the invented city alone."""
        return {"sample": queries.issuing_units(request.user).filter(region__synthetic=True).exists()}

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Any:
        """Queues it."""
        return actions.begin(request.user, data["unit"], data["indicator"], data["month"], data.get("file") or None)

    def done(self, request: HttpRequest, thing: Any) -> str:
        """The job, which leads to the bulletin."""
        return reverse("core:job", args=[thing.pk])


def _find(request: HttpRequest, pk: int) -> Bulletin:
    row = queries.bulletin(request.user, pk)
    if row is None:
        raise Http404
    return row


class BulletinPage(DetailPage):
    """The document as it will print; beside it where each number comes from and what has changed since."""

    template_name = "bulletins/bulletin.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> Bulletin:
        """A bulletin in scope."""
        return _find(request, kwargs["pk"])

    def answer(self, request: HttpRequest, thing: Bulletin) -> str:
        """The first sentence of the document."""
        return thing.sentences[0]

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("bulletins:bulletins"), _("Monthly bulletins")

    def fields(self, request: HttpRequest, thing: Bulletin) -> list[Field]:
        """Who made it, when, of what."""
        batch = reverse("web:batch", args=[thing.batch]) if thing.batch else None
        shown = [
            Field(_("unit that issues it"), thing.unit),
            Field(_("number"), f"{thing.year}-{thing.number:02d}"),
            Field(_("issue"), thing.revision),
            Field(_("issued on"), thing.issued_on),
            Field(_("made by"), thing.made_by),
            Field(_("figures as known on"), thing.content["as_of"]),
        ]
        if batch:
            shown.append(Field(_("rows set aside"), thing.aside, link=batch))
        return shown

    def panels(self, request: HttpRequest, thing: Bulletin) -> list[Panel]:
        """Each number of the text, what changed against the issue before, and all issues."""
        found = [_numbers(thing)]
        before = queries.previous(thing)
        if before is not None:
            told = changes(before.content, thing.content)
            title = _t("What changed against issue %(n)s") % {"n": before.revision}
            found.append(_changes(title, told))
        rows = [
            [Field("", row.revision, reverse("bulletins:bulletin", args=[row.pk])), row.issued_on, row.made_by,
             row.content["as_of"]]
            for row in queries.issues(thing)
        ]  # fmt: skip
        heads = [_("issue"), _("issued on"), _("made by"), _("figures as known on")]
        return [*found, Panel(_("All issues of this month"), heads, rows)]

    def extra(self, request: HttpRequest, thing: Bulletin) -> dict[str, Any]:
        """The document, and what the figures say otherwise by now."""
        fresh = queries.since_issue(request.user, thing)
        content = thing.content
        return {
            "heads": [head.split("\n") for head in headers(content)],
            "lines": [(cells(content, line), line["reported"]) for line in (content["total"], *content["lines"])],
            "sentences": [(text, n in touched(content, fresh)) for n, text in enumerate(thing.sentences)],
            "notes": notes(thing),
            "frame": frame(thing),
            "fresh": _changes(_("Revised since this issue"), fresh) if fresh else None,
            "fresh_count": len(fresh),
            "may_issue": queries.issuing_units(request.user).filter(pk=thing.unit_id).exists(),
        }


def _numbers(row: Bulletin) -> Panel:
    """Each number of the three sentences: what it is, where it comes from, its flag and day of publication."""
    lines = {line["region"]: line for line in all_lines(row.content)}
    rows = []
    for number, sentence in enumerate(row.content["sentences"], 1):
        for piece in sentence:
            if "what" not in piece:
                continue
            line = lines[piece["region"]]
            cell = line[piece["what"]]
            unit = WHAT_UNITS.get(piece["what"], unit_words(row.content["unit"]))
            source = Field("", f"{line['name']} · {WHATS[piece['what']]}", reverse("web:series", args=[row.indicator, piece["region"]]))  # fmt: skip
            rows.append([number, f"{piece['text']} {unit}", source, _flag(cell["flag"]), cell["published"]])
    heads = [_("sentence"), _("printed number"), _("figure"), _("flag"), _("published")]
    return Panel(_("Every number of the text"), heads, rows)


def _flag(code: str) -> str:
    words = {**KINDS, "derived": _("derived"), "revised": _("revised"), "normal": _("normal")}
    return str(words.get(code, code or "—"))


def _changes(title: Any, told: Sequence[Change]) -> Panel:
    rows = [[change.name, WHATS[change.what], change.before, change.after] for change in told]
    return Panel(
        title, [_("region"), _("printed number"), _("before"), _("now")], rows, _("No printed number differs.")
    )


@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The bulletin as Word."""
    row = _find(request, pk)
    response = HttpResponse(to_docx(row), content_type=CONTENT_TYPE)
    name = f"{row.title}-{row.year}-{row.number:02d}-{row.revision}.docx"
    response["Content-Disposition"] = f"attachment; filename=\"bulletin.docx\"; filename*=UTF-8''{quote(name)}"
    return response


@require_POST
def issue_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Issues it anew from the figures as they stand."""
    made = actions.again(request.user, _find(request, pk))
    return redirect("bulletins:bulletin", made.pk)


@require_GET
def sample_sheet(request: HttpRequest) -> HttpResponse:
    """An invented sheet of the invented city, for whoever may issue its bulletin."""
    unit = queries.issuing_units(request.user).filter(region__synthetic=True).first()
    if unit is None:
        raise PermissionDenied
    counties = {code: name for code, name in queries.counties(unit.region).items() if code in sample.YEARLY}
    month = queries.months(today())[0]
    content = sample.sheet(unit.region.name_zh, counties, month, value=value_of(unit.region.code))
    response = HttpResponse(content, content_type=TYPES["xlsx"])
    name = f"{unit.region.name_zh}{month.text}出口快报-合成演示.xlsx"
    response["Content-Disposition"] = f"attachment; filename=\"sample.xlsx\"; filename*=UTF-8''{quote(name)}"
    return response
