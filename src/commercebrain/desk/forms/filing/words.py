"""Moments and questions in words, in both languages."""

from __future__ import annotations

from datetime import datetime

from commercebrain.desk.core.formatting import unit_words
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.forms.kinds import Question

DAYS_ZH = "一二三四五六日"
DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def moment_words(moment: datetime) -> tuple[str, str]:
    """A moment in Beijing time, Chinese and English: 7月25日（周五）17:00 / Friday 25 July 17:00."""
    local = moment.astimezone(BEIJING)
    clock = f"{local:%H:%M}"
    zh = f"{local.month}月{local.day}日（周{DAYS_ZH[local.weekday()]}）{clock}"
    return zh, f"{DAYS_EN[local.weekday()]} {local.day} {MONTHS_EN[local.month - 1]} {clock}"


def say_moment(moment: datetime, language: str) -> str:
    """A moment in the reader's language."""
    return moment_words(moment)[0 if language.startswith("zh") else 1]


def heading(one: Question, language: str) -> str:
    """The short name of a question with its unit, as the head of a column, in the reader's language."""
    name, unit = one.short.say(language), unit_words(one.unit or "")
    if not unit:
        return name
    return f"{name}（{unit}）" if language.startswith("zh") else f"{name} ({unit})"
