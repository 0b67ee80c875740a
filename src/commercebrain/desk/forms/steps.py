"""The way of a report up the tree: which steps there are for a firm, passing on, sending back.

``Report.step`` counts the steps of the round's declaration that lie behind it, those passed over included (a township
without an office). Who takes a step is found at that moment: a firm that moved is handled where it is now, and counted
where it was asked. What was sent changes only after it was sent back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.forms import outbox
from commercebrain.desk.forms.filing.queries import declared
from commercebrain.desk.forms.models import Remark, Report, StepTaken, Submission, TownshipOffice
from commercebrain.desk.forms.moment import now
from commercebrain.desk.forms.telling import told
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.engine.errors import UserError

FIRM, TOWNSHIP, COUNTY, CITY = "firm", "township", "county", "city"
LONGEST = 500
#: What was sent may be sent back as long as it is with the bureau, and after it has passed.
BACK = (Report.State.SENT, Report.State.PASSED)


@dataclass(frozen=True)
class Step:
    """One step of a report: its place in the declaration (from 0), its name, and the unit that takes it."""

    place: int
    name: str
    unit: Unit


def declared_steps(report: Report) -> list[str]:
    """The steps of the round's declaration after the firm's own."""
    return [name for name in declared(report.round).steps if name != FIRM]


def office_of(report: Report) -> Unit | None:
    """The township office of the place where the firm is now; none where none was named or it works no longer."""
    township = report.enterprise.township_id
    if township is None:
        return None
    office = TownshipOffice.objects.filter(township=township, unit__closed_on=None).select_related("unit").first()
    return office.unit if office else None


def steps_of(report: Report) -> list[Step]:
    """The steps that exist for the firm as it stands now: a step without a unit is passed over."""
    return steps_for(report, office_of(report))


def steps_for(report: Report, office: Unit | None) -> list[Step]:
    """The same with the township office known."""
    city = report.round.unit
    county = report.enterprise.unit
    if county is None or not county.path.startswith(
        city.path
    ):  # not of this round's bureau any more: it decides itself
        county, office = city, None
    units = {TOWNSHIP: office, COUNTY: county, CITY: city}
    found = [Step(n, name, unit) for n, name in enumerate(declared_steps(report)) if (unit := units.get(name))]
    return found or [Step(0, CITY, city)]


def current(report: Report) -> Step | None:
    """The step that a report waits for; none once the last has passed."""
    return next((step for step in steps_of(report) if step.place >= report.step), None)


def handler(report: Report) -> Unit:
    """Who handles a report as the firm stands now: the unit of its step, of the last one where all have passed."""
    found = steps_of(report)
    return next((step.unit for step in found if step.place >= report.step), found[-1].unit)


def may_decide(person: Any, report: Report) -> bool:
    """Whether a person may pass a report on or send it back: whoever may enter for the unit that handles it, save the
    firm's own users."""
    extent = extent_of(person, Right.ENTER, today())
    return extent.everything or report.unit_id in extent.units


def latest(report: Report) -> Submission | None:
    """What was sent last."""
    return Submission.objects.filter(report=report).order_by("-number").first()


def pass_on(
    report: Report, person: Person, sentence: str = "", *, seen: int | None = None, note: bool = True
) -> Report:
    """Passes what was sent on to the next unit, or for good where this was the last step.

    ``seen`` is the number of the submission that the person looked at. Raises :class:`UserError`: no right to decide,
    nothing sent, sent by the same person, sent anew meanwhile, or decided by somebody else meanwhile.
    """
    with transaction.atomic():
        row, sent = _taken(report, person, (Report.State.SENT,), seen)
        if sent.sent_by_id == person.pk:
            raise _refused(
                "reports.own",
                "这份报表是您本人报送的，须由另一人审核。",
                "You sent this report yourself; somebody else has to pass it.",
                403,
            )
        step = current(row)
        place, name, unit = (step.place, step.name, row.unit) if step else (row.step, CITY, row.unit)
        _note_step(row, sent, name, unit, StepTaken.Verdict.PASSED, sentence, person)
        row.step = place + 1
        after = current(row)
        if after is None:
            row.step = max(row.step, len(declared_steps(row)))
            row.state, row.passed_at = Report.State.PASSED, now()
            row.save(update_fields=["step", "state", "passed_at", "updated_at"])
            outbox.put(row)
            record("report.passed", row, person, unit, **told(row))
        else:
            row.unit = after.unit
            row.save(update_fields=["step", "unit", "updated_at"])
            record("report.passed_on", row, person, unit, to=after.unit.name_zh, to_en=after.unit.name_en, **told(row))
    return row


def send_back(
    report: Report,
    person: Person,
    sentence: str,
    remarks: Iterable[dict[str, Any]] = (),
    *,
    seen: int | None = None,
) -> Report:
    """Sends a report back to the firm with a sentence, and with remarks on questions (``field``) or lines (``line``,
    from 1), each with its ``text``.

    After the firm has corrected it, it comes back to the unit that sent it back. Raises :class:`UserError` as
    :func:`pass_on` does, and for a missing sentence or a remark on a line that is not there.
    """
    sentence = sentence.strip()[:LONGEST]
    if not sentence:
        raise UserError(
            "reports.no_sentence",
            "请写一句话，说明企业要改什么。",
            "Write one sentence that tells the firm what to correct.",
        )
    with transaction.atomic():
        row, sent = _taken(report, person, BACK, seen)
        wanted = _remarks(row, sent, remarks)
        step = current(row) or steps_of(row)[-1]
        _note_step(row, sent, step.name, row.unit, StepTaken.Verdict.RETURNED, sentence, person)
        moment = now()
        Remark.objects.bulk_create([Remark(report=row, submission=sent, at=moment, by=person, **one) for one in wanted])
        if row.state == Report.State.PASSED:
            row.step, row.passed_at = step.place, None
        row.state = Report.State.RETURNED
        row.save(update_fields=["state", "step", "passed_at", "updated_at"])
        outbox.count_again(row)
        record("report.returned", row, person, row.unit, sentence=sentence, **told(row))
    return row


def _taken(report: Report, person: Person, states: Sequence[str], seen: int | None) -> tuple[Report, Submission]:
    """The report, taken for this transaction, with what was sent last: of two who decide at once one goes first."""
    report.claim(None)
    row: Report = Report.objects.select_related("round__unit", "enterprise__unit", "unit").get(pk=report.pk)
    if (present := handler(row)).pk != row.unit_id:  # the firm moved since: whoever is in charge of it now decides
        row.unit = present
        row.save(update_fields=["unit", "updated_at"])
        record("report.moved", row, None, present, to=present.name_zh, to_en=present.name_en, **told(row))
    if not may_decide(person, row):
        raise _refused(
            "reports.not_yours",
            f"这份报表现在由“{row.unit.name_zh}”办理，您不能代为审核。",
            f"This report is with {row.unit.name_en} now; you cannot decide on it.",
            403,
        )
    sent = latest(row)
    if sent is None or row.state in (Report.State.ASKED, Report.State.EXCUSED):
        raise _refused("reports.nothing_sent", "企业还没有报送。", "The firm has not sent anything yet.")
    if seen is not None and sent.number != seen:
        raise _refused(
            "reports.sent_anew",
            f"企业刚刚重新报送了第{sent.number}次，您看的是第{seen}次；请看过新的一次再审核。",
            f"The firm has just sent it anew (no. {sent.number}, you looked at no. {seen}); look at it, then decide.",
        )
    if row.state not in states:
        done = {"passed": ("审核通过", "passed"), "returned": ("退回企业", "sent back")}
        zh, en = done.get(row.state, ("处理", "dealt with"))
        raise _refused(
            "reports.overtaken",
            f"这份报表刚刚已被{zh}，您的操作没有生效；请查看现在的状态。",
            f"This report was {en} meanwhile, so yours did not take effect; look at how it stands now.",
        )
    return row, sent


def _remarks(row: Report, sent: Submission, remarks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The remarks as they are kept; empty ones are left out."""
    asked = declared(row.round).by_code
    found = []
    for one in remarks:
        text = str(one.get("text") or "").strip()[:LONGEST]
        field, line = str(one.get("field") or ""), one.get("line")
        if not text:
            continue
        if line is not None and not 1 <= int(line) <= len(sent.lines):
            raise UserError(
                "reports.no_line",
                f"第{line}行不存在：这次报送共有{len(sent.lines)}行明细。",
                f"There is no line {line}: this submission has {len(sent.lines)} lines.",
            )
        if line is None and field not in asked:
            raise UserError(
                "reports.no_question", f"这张表没有问题“{field}”。", f"This form has no question “{field}”."
            )
        found.append({"field": field, "line": int(line) if line is not None else None, "text": text})
    return found


def _note_step(
    row: Report, sent: Submission, name: str, unit: Unit, verdict: str, sentence: str, person: Person
) -> None:
    StepTaken.objects.create(
        report=row, submission=sent, step=name, unit=unit, verdict=verdict, sentence=sentence.strip()[:LONGEST],
        at=now(), by=person,
    )  # fmt: skip


def _refused(code: str, zh: str, en: str, status: int = 409) -> UserError:
    fault = UserError(code, zh, en)
    fault.status = status
    return fault
