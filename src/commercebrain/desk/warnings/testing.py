"""Back-tests on the desk: begun as a job that can be watched and cancelled, kept with their curve, shown to who may see them.

The curve over the threshold is computed once, by the engine; the page only picks a point of it. Examples are shown as far
as the reader sees the firm or place, counties to who oversees the bureau, and each county its own line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import cleared_regions
from commercebrain.desk.core.formatting import DASH, number, percent
from commercebrain.desk.core.jobs import JobContext, job, start
from commercebrain.desk.core.models import Job
from commercebrain.desk.core.queries import jobs_visible_to
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.desk.warnings import conditions, kinds, pages
from commercebrain.desk.warnings.models import BackTest
from commercebrain.desk.warnings.permission import Refused, must_enter
from commercebrain.desk.warnings.words import TRUTHS
from commercebrain.engine.foresight.months import shift
from commercebrain.engine.indicators import ALL
from commercebrain.engine.rules.kinds import Rule

JOB = "warnings.backtest"
#: Months that a back-test usually looks at, those that its answer needs afterwards, and at most.
USUAL, AFTER, MOST = 18, 3, 60
#: Examples of each kind that are shown, and earlier back-tests that are offered.
SHOWN, EARLIER = 8, 10
_MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])", re.ASCII)
#: The figures of a point, in order, and what they are called.
LABELS = (
    ("signals", _("Signals")), ("precision", _("Precision")), ("recall", _("Recall")), ("lead", _("Lead, months")),
    ("false", _("False alarms a month")), ("workload", _("Signals a month")),
)  # fmt: skip


# --- begun -------------------------------------------------------------------------------------------------------------
def usual_months(day: date) -> tuple[str, str]:
    """The months that a back-test usually covers: the last of which the months after are known, and a year and a half."""
    last = shift(day.year * 100 + day.month, -AFTER - 2)
    return text_of(shift(last, 1 - USUAL)), text_of(last)


def text_of(month: int) -> str:
    """A month as it is written: 2025-06."""
    return f"{month // 100}-{month % 100:02d}"


def month_of(text: str, field_: str) -> int:
    """The month that a text means. Raises :class:`UserError` naming the field."""
    found = _MONTH.fullmatch(text.strip())
    if found is None:
        raise Refused(
            "bad_month",
            f"“{text[:20]}”不是月份，请写成2024-01。",
            f"“{text[:20]}” is no month; write it like 2024-01.",
            at=field_,
        )
    return int(found[1]) * 100 + int(found[2])


def span_of(first: str, last: str) -> tuple[int, int]:
    """The months from first to last. Raises :class:`UserError` where they are none or too many."""
    begin, end = month_of(first, "first"), month_of(last, "last")
    months = (end // 100 - begin // 100) * 12 + end % 100 - begin % 100 + 1
    if not 0 < months <= MOST:
        raise Refused(
            "bad_span", f"回测的起止月份须先后有序，最多{MOST}个月。",
            f"The months of a back-test go from an earlier to a later one, {MOST} at most.", at="last",
        )  # fmt: skip
    return begin, end


def begin(person: Person, rule: Rule, unit: Unit, first: str, last: str) -> Job:
    """Begins the back-test of a rule at a bureau as a job; the one that runs already where it is the same.

    Raises :class:`UserError`: no right, no months, or a rule that nothing can be held against.
    """
    must_enter(person, unit.pk)
    if rule.backtest.truth == "none":
        raise Refused(
            "nothing_to_test", f"规则{rule.code}只说明现状，没有可以对照的后果，不需要回测。",
            f"Rule {rule.code} tells what is and foretells nothing; there is nothing to hold it against.", 409,
        )  # fmt: skip
    months = span_of(first, last)
    same = {"rule": rule.code, "unit": unit.pk, "first": text_of(months[0]), "last": text_of(months[1])}
    for row in Job.objects.filter(kind=JOB, person=person, state__in=[Job.State.QUEUED, Job.State.RUNNING])[:20]:
        if row.arguments == same:
            return row
    return start(JOB, person, **same)


@job(JOB, zh="回测预警规则", en="Back-test a rule")
def run(context: JobContext, rule: str, unit: int, first: str, last: str) -> dict[str, Any]:
    """Tests a rule on the months of history and keeps the answer; cancelled, it leaves nothing behind."""
    from commercebrain.desk.warnings.backtesting import computed

    declared, where = kinds.rules()[rule], Unit.objects.select_related("region").get(pk=unit)
    result, synthetic = computed(context, declared, where, *span_of(first, last))
    context.progress(1, 1, "保存结果", "keeping the answer")
    made = BackTest.objects.create(
        rule=rule, unit=where, first=first, last=last, parameters={}, truth=declared.backtest.truth, result=result,
        synthetic=synthetic, made_on=today(), made_by=context.person,
    )  # fmt: skip
    return {"back_test": made.pk, "url": f"{reverse('warnings:rule', args=[rule])}?unit={unit}"}


def running(person: Any, code: str) -> list[Job]:
    """Back-tests of a rule that are under way, of those whose jobs a person sees."""
    rows = jobs_visible_to(person).filter(kind=JOB, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    return [row for row in rows.order_by("pk")[:20] if row.arguments.get("rule") == code]


# --- read --------------------------------------------------------------------------------------------------------------
def tests(person: Any, code: str, unit: Unit | None) -> Any:
    """Back-tests of a rule at a bureau whose rules concern the person, the newest first."""
    if unit is None or unit not in pages.bureaus(person):
        return BackTest.objects.none()
    return (
        BackTest.objects.filter(rule=code, unit=unit)
        .select_related("unit__region", "made_by")
        .order_by("-made_at", "-pk")
    )


def earlier(person: Any, code: str, unit: Unit | None) -> list[BackTest]:
    """The back-tests before the latest."""
    return list(tests(person, code, unit).defer("result")[1 : EARLIER + 1])


@dataclass(frozen=True)
class Point:
    """One threshold: its value, in words, and the figures as they are told."""

    value: str
    said: str
    told: dict[str, str]


@dataclass(frozen=True)
class Example:
    """A subject that was found or missed."""

    name: str
    told: str
    url: str = ""


@dataclass(frozen=True)
class County:
    """The work of one county."""

    name: str
    signals: str
    monthly: str
    precision: str
    false: str


@dataclass(frozen=True)
class Tested:
    """A back-test as its page draws it."""

    row: BackTest
    truth: str
    slider: str
    points: Sequence[Point]
    place: int
    reasons: Sequence[str] = ()
    counties: Sequence[County] = ()
    found: Sequence[Example] = ()
    missed: Sequence[Example] = ()
    labels: Sequence[tuple[str, Any]] = field(default=LABELS)

    @property
    def point(self) -> Point | None:
        """The point that the slider begins at."""
        return self.points[self.place] if self.points else None

    @property
    def last_place(self) -> int:
        """The last place of the slider."""
        return len(self.points) - 1

    @property
    def points_json(self) -> list[dict[str, Any]]:
        """The points for the script."""
        return [{"value": one.value, "said": one.said, "told": one.told} for one in self.points]


def latest(person: Any, code: str, unit: Unit | None) -> Tested | None:
    """The newest back-test, as far as the person may see it."""
    row = tests(person, code, unit).first()
    return None if row is None else shown(person, row)


def shown(person: Any, row: BackTest) -> Tested:
    """A back-test as its page draws it."""
    rule = kinds.rules().get(row.rule)
    result: Mapping[str, Any] = row.result or {}
    slider = rule.slider if rule is not None else None
    curve = list(result.get("curve") or ()) if slider else []
    points = [_point(rule, slider, one) for one in curve] or [_point(rule, None, result)]
    own = _own(rule, row) if rule is not None and slider else None
    return Tested(
        row, str(TRUTHS.get(row.truth, row.truth)),
        reader.said(rule.parameters[slider].name) if rule is not None and slider and curve else "", points,
        _nearest([one.value for one in points], own), [reader.said(one) for one in result.get("reasons") or ()],
        _counties(person, row, result), _examples(person, row, result.get("found") or ()),
        _examples(person, row, result.get("missed") or ()),
    )  # fmt: skip


def _own(rule: Rule, row: BackTest) -> Decimal:
    """The threshold that a back-test was made with."""
    name = str(rule.slider)
    return Decimal(str((row.parameters or {}).get(name, rule.parameters[name].value)))


def _nearest(values: Sequence[str], own: Decimal | None) -> int:
    """The place of the threshold that it was made with."""
    if own is None:
        return 0
    return min(range(len(values)), key=lambda n: abs(Decimal(values[n] or "0") - own), default=0)


def _point(rule: Rule | None, slider: str | None, one: Mapping[str, Any]) -> Point:
    value = str(one.get("value", "")) if slider else ""
    said = conditions.of_parameter(rule, slider, value) if rule is not None and slider and value else ""
    return Point(value, said, {
        "signals": _count(one.get("signals")), "precision": _share(one.get("precision")), "recall": _share(one.get("recall"), 1),
        "lead": _rounded(one.get("lead")), "false": _rounded(one.get("false_a_month")),
        "workload": _rounded(one.get("signals_a_month")),
    })  # fmt: skip


def _share(value: Any, decimals: int = 0) -> str:
    """Recall wants a decimal: one rule of many finds few of all falls, and 0% beside firms that were found is not so."""
    return DASH if value is None else percent(value, decimals)


def _rounded(value: Any) -> str:
    return DASH if value is None else number(value, 1)


def _count(value: Any) -> str:
    return DASH if value is None else number(value, 0)


def _counties(person: Any, row: BackTest, result: Mapping[str, Any]) -> list[County]:
    """Every county for who oversees the bureau; the own ones for who works in a county."""
    told: Mapping[str, Mapping[str, Any]] = result.get("counties") or {}
    codes = [code for code in told if code]
    if not pages.oversees(person, row.unit):
        extent = extent_of(person, Right.SEE, today())
        own = set(Region.objects.filter(units__in=extent.units).values_list("code", flat=True))
        codes = [code for code in codes if code in own]
    names = {region.code: str(region) for region in Region.objects.filter(code__in=codes, valid_to=None)}
    return [
        County(
            names.get(code, code), _count(told[code].get("signals")), _rounded(told[code].get("signals_a_month")),
            _share(told[code].get("precision")), _rounded(told[code].get("false_a_month")),
        )
        for code in sorted(codes, key=lambda one: (-(told[one].get("signals") or 0), one))
    ]  # fmt: skip


def _examples(person: Any, row: BackTest, given: Sequence[Mapping[str, Any]]) -> list[Example]:
    """Examples in the reader's sight: firms that the person may see and of which it is cleared for customs figures, since
    whether and when exports fell is one; others only for who oversees the bureau and is cleared for it."""
    keys = [str(one.get("key", "")) for one in given]
    codes, rule = cleared_regions(person), kinds.rules().get(row.rule)
    seen = Enterprise.objects.visible_to(person).filter(uscc__in=keys, merged_into=None).select_related("region")
    firms = {firm.uscc: firm for firm in seen if codes is ALL or firm.region.code in codes}
    whole = pages.oversees(person, row.unit) and (codes is ALL or row.unit.region.code in codes)
    found = []
    for one in given:
        key = str(one.get("key", ""))
        firm = firms.get(key)
        if firm is None and (not whole or (rule is not None and rule.subject == "firm")):
            continue
        url = reverse("registry:enterprise", args=[firm.pk]) if firm is not None else ""
        name = str(firm) if firm is not None else reader.said(one.get("name")) or key
        found.append(Example(name, _told_example(one), url))
    return found[:SHOWN]


def _told_example(one: Mapping[str, Any]) -> str:
    """Its month, and the month whose figures first showed the fall."""
    month, fell = int(one.get("month") or 0), int(one.get("shown") or 0)
    told = text_of(month) if month else ""
    return f"{told} · {_t('the fall shows in %(month)s') % {'month': text_of(fell)}}" if fell else told


def sentence(test: Tested) -> str:
    """Precision, recall and lead at the declared threshold, in one sentence."""
    if test.point is None:
        return ""
    told = test.point.told
    return _t("On history: of what it finds %(precision)s came true, of what came it found %(recall)s, %(lead)s months ahead; %(false)s false alarms a month.") % told  # fmt: skip


# --- picked ------------------------------------------------------------------------------------------------------------
def find(person: Any, text: str, rule: Rule, unit: Unit) -> BackTest | None:
    """The back-test that a form names, of this rule and bureau; none where it names none. Raises :class:`UserError`."""
    if not text:
        return None
    found = tests(person, rule.code, unit).filter(pk=int(text)).first() if text.isdecimal() and len(text) < 18 else None
    if found is None:
        raise Refused("no_test", "没有这次回测，请重新回测。", "There is no such back-test; run it anew.", 404)
    return found


def picked(
    rule: Rule, test: BackTest | None, value: str
) -> tuple[dict[str, Decimal], BackTest | dict[str, Any] | None]:
    """The thresholds that were picked on the curve of a back-test, and what it said there.

    Raises :class:`UserError` where the curve has no such point or the back-test is more than three months old.
    """
    from commercebrain.desk.warnings.actions.use import FRESH

    held = {name: Decimal(str(given)) for name, given in (test.parameters or {}).items()} if test is not None else {}
    if test is None or not value or not rule.slider:
        return held, test
    try:
        chosen = Decimal(value)
        point = next(one for one in test.result.get("curve") or () if Decimal(str(one.get("value"))) == chosen)
    except (InvalidOperation, StopIteration):
        raise Refused(
            "no_point",
            "回测没有算过这个阈值，请在滑块上另选一个。",
            "The back-test did not compute this threshold; pick another on the slider.",
            409,
        ) from None
    if chosen == _own(rule, test):
        return held, test
    if today() - test.made_on > FRESH:
        raise Refused(
            "tested_long_ago", f"回测已是{test.made_on}的结果，超过三个月，请重新回测。",
            f"The back-test is of {test.made_on}, more than three months ago; run it anew.", 409,
        )  # fmt: skip
    told = {"back_test": test.pk, "first": test.first, "last": test.last, "truth": test.truth}
    return {**held, rule.slider: chosen}, {**point, **told}
