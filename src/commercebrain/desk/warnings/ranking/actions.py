"""Writes of rankings: computed by one person, signed by the leader in charge, appealed against by a county."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.registry.models import Region
from commercebrain.desk.warnings.models import Ranking
from commercebrain.desk.warnings.ranking import measuring, queries
from commercebrain.desk.warnings.ranking.declared import for_unit, rankings
from commercebrain.engine.cases.ranking import RankingOf, as_json, score
from commercebrain.engine.errors import UserError
from commercebrain.engine.periods import Period

LONGEST = 500


def _refused(code: str, zh: str, en: str, status: int = 409) -> UserError:
    fault = UserError(f"ranking.{code}", zh, en)
    fault.status = status
    return fault


def declaration(code: str) -> RankingOf:
    """A declared ranking; :class:`UserError` (``ranking.none``) where there is none."""
    found = rankings().get(code)
    if found is None:
        raise _refused("none", f"没有评分规则“{code}”。", f"There are no scoring rules “{code}”.", 404)
    return found


def compute(unit: Unit, code: str, period: str, person: Person | None) -> Ranking:
    """Computes the ranking of a bureau's counties in a period; an unsigned one of that period is replaced by it.

    Raises :class:`UserError`: no right, no such rules, no counties, a period that has not begun, or signed already.
    """
    if person is not None and not queries.may_make(person, unit.pk):
        raise _refused(
            "not_yours", "您没有为该单位计算评分的权限。", "You may not compute the ranking of this bureau.", 403
        )
    declared = for_unit(declaration(code), unit)
    asked = Period.parse(period)
    if measuring.span(asked)[0] > today():
        raise _refused("future", f"{period}还没有开始。", f"{period} has not begun yet.", 400)
    found = measuring.measure(declared, unit, asked)
    if not found.rows:
        raise _refused(
            "no_counties",
            "该单位之下没有区县，无从排名。",
            "There are no counties below this bureau to be ranked.",
            400,
        )
    rows = as_json(score(declared, found.rows))
    for row in rows:
        row["name_zh"], row["name_en"] = found.names[row["key"]]
    with transaction.atomic():
        Unit.objects.select_for_update().get(pk=unit.pk)  # two who compute at once: one after the other
        # Claimed before they are read: a signature or an appeal at the same moment is neither lost nor undone.
        held = list(Ranking.objects.select_for_update().filter(unit=unit, period=period))
        if any(one.signed_at is not None for one in held):
            raise _refused(
                "signed",
                f"{period}的评分已经签发，不能再改。",
                f"The ranking of {period} has been signed and cannot be changed.",
            )
        earlier = held[0] if held else None
        appeals = earlier.result.get("appeals", []) if earlier is not None else []
        row_ = earlier or Ranking(unit=unit, period=period)
        row_.declaration = declared.model_dump(mode="json", exclude={"examples"})
        row_.result = {"rows": rows, "appeals": appeals, "help": found.helped.model_dump() if found.helped else None}
        row_.as_of, row_.made_at, row_.made_by = today(), now(), person
        row_.synthetic = found.synthetic
        row_.save()
        persons = [one.pk for one in queries.leaders(unit.pk) if person is None or one.pk != person.pk]
        record("ranking.made", row_, person, unit, period=period, persons=persons)
    return row_


def sign(ranking: Ranking, person: Person) -> Ranking:
    """Signs a ranking: from then on every county below sees all of it. Never by whoever computed it.

    Raises :class:`UserError`: not the leader in charge, computed by the same person, or signed already.
    """
    if not queries.is_leader(person, ranking.unit.path):
        raise _refused("not_leader", "须由本单位分管领导签发。", "The leader in charge of this bureau signs.", 403)
    if ranking.made_by_id == person.pk:
        raise _refused(
            "own", "这份评分由您计算，须由另一人签发。", "You computed this ranking yourself; somebody else signs.", 403
        )
    with transaction.atomic():
        free = Ranking.objects.filter(pk=ranking.pk, signed_at=None, made_at=ranking.made_at)
        try:
            with transaction.atomic():
                done = free.update(signed_at=now(), signed_by=person)
        except IntegrityError:
            done = 0
        if not done:
            raise _refused(
                "overtaken", "这份评分刚刚被签发或重新计算，请查看现在的内容。",
                "This ranking was signed or computed anew just now; look at it as it stands.",
            )  # fmt: skip
        record("ranking.signed", ranking, person, ranking.unit, period=ranking.period)
    ranking.refresh_from_db()
    return ranking


def appeal(ranking: Ranking, county: Region, person: Person, text: str) -> dict[str, Any]:
    """Writes a county's appeal beside its row; before or after the signature. It changes no point by itself.

    Raises :class:`UserError`: not one's county, or nothing said.
    """
    if county.pk not in {one.pk for one in queries.may_appeal(person, ranking)}:
        raise _refused("not_county", "只能为本区县提出申诉。", "An appeal is for the own county alone.", 403)
    text = text.strip()[:LONGEST]
    if not text:
        raise _refused("no_text", "请写明申诉的内容。", "Say what the appeal is about.", 400)
    with transaction.atomic():
        row = Ranking.objects.select_for_update().get(pk=ranking.pk)
        said = {"key": county.code, "text": text, "by": str(person.name_zh or person), "on": today().isoformat()}
        row.result = {**row.result, "appeals": [*row.result.get("appeals", []), said]}
        row.save(update_fields=["result"])
        record(
            "ranking.appealed", row, person, row.unit, period=row.period, county=county.name_zh, county_en=county.name_en,
            text=text,
        )  # fmt: skip
    ranking.refresh_from_db()
    return said
