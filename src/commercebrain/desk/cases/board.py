"""The board of one kind of case: a column a stage, a card a case, the gravest on top; moved by buttons, by keyboard or by
dragging."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.cases import pages, queries
from commercebrain.desk.cases.declared import kinds_of, templates
from commercebrain.desk.cases.models import Case
from commercebrain.desk.cases.rights import actings
from commercebrain.desk.cases.standing import Standing, standings
from commercebrain.desk.cases.views import OWN, Drawn
from commercebrain.desk.cases.ways import Way, ways
from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.engine.cases.kinds import Template

#: Cards that a column shows; the rest is in the list.
MOST = 20
#: For how many days a closed case stays on the board.
STAYS = 31


@dataclass(frozen=True)
class Card:
    """One case on the board, with the ways that the reader may take with it."""

    case: Any
    ways: list[Way]
    left: str
    css: str


class Board(Drawn):
    """Stages side by side."""

    template_name = "cases/board.html"
    title = _("Cases")

    def drawn(self, request: HttpRequest, rows: QuerySet[Case]) -> dict[str, Any]:
        """The columns of the kind that is asked for, else of the one with most open cases. A kind whose file is gone from the
        catalogue is drawn as its newest case keeps it."""
        held = rows.order_by().values("template").annotate(
            open=Count("pk", filter=Q(state=Case.State.OPEN), distinct=True)
        )  # fmt: skip
        counted = {row["template"]: row["open"] for row in held}
        asked = request.GET.get("template", "")
        chosen = asked or next(iter(sorted(counted, key=lambda code: (-counted[code], code))), "")
        known = kinds_of(counted, rows)
        template = known.get(chosen)
        kept = request.GET.copy()
        for name in (*OWN, "template"):
            kept.pop(name, None)
        kinds = []
        for code in sorted(counted, key=lambda code: (-counted[code], code)):
            query = kept.copy()
            query["template"] = code
            kinds.append(
                {"name": reader.said(known[code].name), "open": counted[code], "url": f"?{query.urlencode()}", "active": code == chosen}
            )  # fmt: skip
        if template is None:
            return {"columns": [], "kinds": kinds}
        recent = Q(state=Case.State.OPEN) | Q(closed_on__gt=today() - timedelta(days=STAYS))
        found = (
            queries.graver_first(rows)
            .filter(recent, template=chosen)
            .select_related("unit", "region", "enterprise", "officer")
        )
        return {
            "kinds": kinds, "columns": columns(request, template, found), "stays": STAYS, "list_of": chosen,
            "gone": reader.said(template.name) if chosen not in templates() else "",
        }  # fmt: skip


def columns(request: HttpRequest, template: Template, rows: QuerySet[Case]) -> list[dict[str, Any]]:
    """A column a stage in the order of the declaration; a stage that an older declaration had comes last."""
    by_stage: dict[str, list[Any]] = defaultdict(list)
    for case in rows:
        by_stage[case.stage].append(case)
    shown = [case for cases in by_stage.values() for case in cases[:MOST] if case.state == Case.State.OPEN]
    stands, known = standings(shown), actings(request.user, shown)
    drawn = []
    for code in (*template.stages, *(code for code in by_stage if code not in template.stages)):
        cases = by_stage.get(code, [])
        stage = template.stages.get(code)
        drawn.append(
            {
                "code": code,
                "name": reader.said(stage.name) if stage else pages.stage_name(cases[0], code),
                "final": bool(stage and stage.final),
                "count": len(cases),
                "late": sum(1 for case in cases if case.late and case.state == Case.State.OPEN),
                "more": max(0, len(cases) - MOST),
                "cards": [card(request, case, stands.get(case.pk), known) for case in cases[:MOST]],
            }
        )
    return drawn


def card(request: HttpRequest, case: Any, stands: Standing | None, known: Mapping[int, frozenset[str]]) -> Card:
    """A card with what the reader may do; with a case that has ended nothing."""
    text, css = pages.due_words(case)
    moves = stands.moves(request.user, known[case.pk]) if stands is not None else []
    return Card(case, ways(stands, moves, request.get_full_path()) if stands is not None else [], text, css)


__all__ = ["Board", "columns"]
