"""The page for the meeting 会前一页纸 as text, for Word: the same lines as the page shows."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commercebrain.desk.bulletins import meeting
from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import number, unit_words
from commercebrain.desk.registry.models import Region
from commercebrain.web.templatetags.desk import STATES, as_percent, growth_words


def place_of(told: dict[str, Any], person: Any) -> Region | None:
    """The region whose movements the page explains: the one asked for, the only one in sight, or the one with records."""
    if told["asked"] is not None:
        found: Region = told["asked"]
        return found
    cities = [region for region, _count in told["groups"]]
    return cities[0] if len(cities) == 1 else meeting.region_with_records(person)


def page(told: dict[str, Any]) -> meeting.Page:
    """The page's text from what the view has gathered."""
    place = told["asked"]
    title = _("Page for the meeting") + (f" · {place}" if place else "")
    return meeting.Page(
        title=title,
        answer=str(told["answer"]),
        day=told["on"],
        changed=_changed(told),
        why=told["why"],
        following=_following(told),
        questions=told["questions"],
        foot=_("Figures as known on %(day)s; every number is on the page of its target with source, grade and date of "
               "publication.") % {"day": told["on"]},
        synthetic=told["why_synthetic"],
        heads={
            "changed": _("What changed since %(day)s") % {"day": told["since"]},
            "why": _("Why it moved"),
            "following": _("What next"),
            "questions": _("Three questions likely to be asked"),
            "synthetic": _("Demonstration: part of these figures belongs to an invented city and is synthetic."),
        },
    )  # fmt: skip


def _changed(told: dict[str, Any]) -> list[str]:
    colon = "：" if reader.chinese() else ": "
    lines = [
        f"{line.subject}{colon}{STATES[before][0]} → {STATES[line.row.state][0]}" for line, before in told["changes"]
    ]
    for item in told["news"]:
        found = item.figure
        between = "" if reader.chinese() else " "
        text = (
            f"{item.region}{between}{item.name.say(reader.language())} "
            f"{found.period.say(reader.language())}{colon}{number(found.value, 2)}{between}{unit_words(found.unit)}"
        )
        if found.known_growth is not None:
            text += _(", %(growth)s year on year") % {"growth": growth_words(as_percent(found.known_growth))}
        lines.append(text)
    return lines or [_("No new figure and no changed state.")]


def _following(told: dict[str, Any]) -> list[str]:
    """Where the largest gaps will land, then what waits for a decision."""
    colon = "：" if reader.chinese() else ": "
    lines = [f"{line.subject} ({line.promise}){colon}{line.answer}" for line in told["gaps"][:3]]
    if told["count"].not_measurable:
        n = told["count"].not_measurable
        lines.append(
            ngettext(
                "%(n)s promise cannot be measured: name who brings its series",
                "%(n)s promises cannot be measured: name who brings their series",
                n,
            )
            % {"n": n}
        )
    if told["overdue_count"]:
        n = told["overdue_count"]
        lines.append(ngettext("%(n)s task is past its deadline", "%(n)s tasks are past their deadline", n) % {"n": n})
    return lines or [_("No measured promise has a gap.")]
