"""First lines in words, made from assessments by rules; the words are in the language files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import number, percent, tight, unit_words, units_said
from commercebrain.desk.plans.outlook import TargetState

_ONE = Decimal("0.01")
_MOST = Decimal("0.99")


def in_language(zh: str, en: str) -> str:
    """The sentence in the reader's language."""
    return zh if reader.chinese() else en


#: Units of things that are counted: they have no fractions.
_COUNTED = frozenset("个家人名件项条所座次艘起户种类位")


def decimals(value: Decimal, unit: str) -> int:
    """Places after the point that a value of this size and unit is shown with."""
    if unit in _COUNTED:
        return 0
    if unit in ("万亿元", "万亿美元", "%", ":1", "") or abs(value) < 10:
        return 2
    return 0 if abs(value) >= 1000 else 1


def chance_words(chance: Decimal | None) -> str:
    """A chance as a sentence says it: 不足1%, 35%, 超过99%."""
    if chance is None:
        return "—"
    if chance < _ONE:
        return _("under 1%")
    if chance > _MOST:
        return _("over 99%")
    return percent(chance, 0)


def points(value: Decimal | None) -> str:
    """A difference of two fractions in percentage points, with its sign."""
    if value is None:
        return "—"
    text = number(abs(value).scaleb(2), 1)
    return f"+{text}" if value > 0 else f"−{text}" if value < 0 else text


def signed_percent(value: Decimal | None) -> str:
    """A growth as per cent with its sign."""
    return "—" if value is None else f"{points(value)}%"


def reason(state: TargetState) -> str:
    """The engine's reason in the reader's language."""
    return units_said(in_language(state.assessment.reason_zh, state.assessment.reason_en))


def notes(state: TargetState) -> tuple[str, ...]:
    """The engine's remarks in the reader's language."""
    found = state.assessment
    return tuple(map(units_said, found.notes_zh if in_language("zh", "en") == "zh" else found.notes_en))


def answer(state: TargetState) -> str:
    """The first line of a target's page: where it lands, the gap, the chance; else why nothing can be said."""
    return tight(" ".join(_answer(state).split()).replace(" ,", ",").replace(" ;", ";").replace(" .", "."))


def _answer(state: TargetState) -> str:
    """The same before a unit that has no English word leaves its blanks behind."""
    found, told = state.assessment, state.headline
    if found.state == "met" and found.value is not None and found.value_now is not None:
        return _("Met: %(value)s %(unit)s in %(period)s.") % {
            "value": number(found.value, decimals(found.value, state.unit)),
            "unit": unit_words(state.unit),
            "period": in_language(found.value_now.period.say("zh"), found.value_now.period.say("en")),
        }
    if found.state == "not_measurable" or told is None:
        return reason(state)
    low, high = number(told.low, decimals(told.low, told.unit)), number(told.high, decimals(told.high, told.unit))
    span = low if low == high else f"{low}–{high}"
    words: dict[str, Any] = {"span": span, "unit": unit_words(told.unit), "chance": chance_words(found.chance)}
    if told.gap is None:
        return _("On the present course it lands at about %(span)s %(unit)s; the chance is %(chance)s.") % words
    words["gap"] = number(abs(told.gap), 1 if told.unit.startswith("万亿") else decimals(told.gap, told.unit))
    down = state.terms.direction == "down"
    if told.gap > 0 and not down:
        return (
            _(
                "On the present course it lands at about %(span)s %(unit)s, about %(gap)s %(unit)s short; "
                "the chance is %(chance)s."
            )
            % words
        )
    if told.gap > 0:
        return (
            _(
                "On the present course it lands at about %(span)s %(unit)s, about %(gap)s %(unit)s above the "
                "target; the chance is %(chance)s."
            )
            % words
        )
    if down:
        return (
            _(
                "On the present course it lands at about %(span)s %(unit)s, about %(gap)s %(unit)s below the "
                "target; the chance is %(chance)s."
            )
            % words
        )
    return (
        _(
            "On the present course it lands at about %(span)s %(unit)s, about %(gap)s %(unit)s beyond the target; "
            "the chance is %(chance)s."
        )
        % words
    )


def summary(states: list[TargetState]) -> str:
    """The first line of the target list: how many cannot be measured comes first."""
    counts = dict.fromkeys(("met", "on_path", "at_risk", "off_path", "unmet", "not_measurable"), 0)
    for state in states:
        counts[state.state] += 1
    told = _(
        "%(total)s targets: %(none)s cannot be measured yet, %(measured)s are measured: %(met)s met, %(on)s on path, "
        "%(risk)s at risk, %(off)s with a gap."
    ) % {
        "total": len(states),
        "none": counts["not_measurable"],
        "measured": len(states) - counts["not_measurable"],
        "met": counts["met"],
        "on": counts["on_path"],
        "risk": counts["at_risk"],
        "off": counts["off_path"],
    }
    if counts["unmet"]:
        told += " " + _("%(n)s binding targets are unmet.") % {"n": counts["unmet"]}
    return told
