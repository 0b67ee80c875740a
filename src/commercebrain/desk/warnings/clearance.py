"""What of a signal its reader may be told: what customs know of single firms is for whoever is cleared for the region.

One mark decides, put on the rows by the query (:func:`marked`): lists, exports, the API, search, tabs and the card read it
from the row. A row without the mark (in an event, a notice, a job) is told as to somebody without clearance. What firms
report themselves, the register and published lists are told to whoever sees the signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.scopes import cleared_extent
from commercebrain.desk.registry.models import Region
from commercebrain.desk.warnings.models import Signal, SignalStep
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.rules.confidential import OPEN, tells, tells_in

#: Parts of the evidence that tell no value of a fact, beside those that are told without what is withheld.
PLAIN = ("rule", "key", "period", "synthetic", "level", "parameters", "chart", "cause", "sentence", "terms", "missing")

#: Levels of regions from the country to the township.
DEPTH = 5


def marked(rows: QuerySet[Signal], person: Any) -> QuerySet[Signal]:
    """The signals, each with the mark ``cleared``: whether the person may read the customs facts of its firm or place. The
    database looks the regions up: no page pays a query more for it."""
    extent = cleared_extent(person, today())
    if extent.everything or not extent.units:
        return rows.annotate(cleared=Value(extent.everything, output_field=BooleanField()))
    own = Region.objects.filter(units__in=extent.units).order_by().values("pk")
    inside = Q(pk__in=own)
    for steps in range(1, DEPTH):
        inside |= Q(**{"__".join(["parent"] * steps) + "__in": own})
    place = Coalesce("enterprise__region", "region", "bureau__region")
    held = Region.objects.filter(inside).order_by().values("pk")
    return rows.alias(place=place).annotate(
        cleared=Case(When(Q(place__in=held), then=Value(True)), default=Value(False))
    )


def cleared(row: Signal) -> bool:
    """Whether all of a signal may be told; not where the row bears no mark, but for what customs say of nobody alone."""
    return row.subject_kind not in OPEN or bool(getattr(row, "cleared", False))


def withholds(row: Signal) -> bool:
    """Whether the sentence is told in brief because it speaks of what customs know."""
    return not cleared(row) and _tells(row)


def _tells(row: Signal) -> bool:
    say = (row.declaration or {}).get("say")
    if not isinstance(say, Mapping):
        return True
    return bool(tells_in(row.subject_kind, Words(zh=str(say.get("zh", "")), en=str(say.get("en", "")))))


def speaks(row: Signal, say: Mapping[str, str]) -> None:
    """Keeps with a signal what its sentence is made from now: a rule that was approved anew may speak of more than the one
    that opened it. One that told customs figures goes on being withheld, since its history still tells them."""
    if (row.declaration or {}).get("say") != say and not _tells(row):
        row.declaration = {**row.declaration, "say": dict(say)}


def sentence(row: Signal) -> dict[str, str]:
    """What is the matter, ``{zh, en}``, as far as the reader may be told."""
    return brief(row) if withholds(row) else _whole(row)


def open_sentence(row: Signal) -> dict[str, str]:
    """The sentence as anybody may read it who hears of the signal, for events and notices."""
    return brief(row) if row.subject_kind in OPEN and _tells(row) else _whole(row)


def _whole(row: Signal) -> dict[str, str]:
    return {"zh": row.sentence_zh, "en": row.sentence_en or row.sentence_zh}


def brief(row: Signal) -> dict[str, str]:
    """The sentence without customs figures: as the rule declares it, else whom it concerns and what the rule is called."""
    told = (row.evidence or {}).get("brief")
    if isinstance(told, Mapping) and told.get("zh"):
        return {"zh": str(told["zh"]), "en": str(told.get("en") or told["zh"])}
    name = (row.declaration or {}).get("name") or {}
    zh, en = str(name.get("zh") or row.rule), str(name.get("en") or row.rule)
    return {
        "zh": f"{row.subject_zh}：{zh}（企业级海关数据仅限有权限人员查看）",
        "en": f"{row.subject_en or row.subject_zh}: {en} (firm-level customs data are for persons with clearance)",
    }


def withheld(row: Signal, term: str) -> bool:
    """Whether the value of a fact, as the rule writes it, is kept from the reader."""
    return not cleared(row) and tells(row.subject_kind, term)


def terms(row: Signal) -> list[dict[str, Any]]:
    """The facts of the evidence, each with ``withheld``; of those that are, the name without the value."""
    found = []
    for one in (row.evidence or {}).get("terms") or ():
        if withheld(row, str(one.get("term", ""))):
            found.append({**one, "value": None, "said_zh": None, "said_en": None, "withheld": True})
        else:
            found.append({**one, "withheld": False})
    return found


def evidence(row: Signal) -> dict[str, Any]:
    """The evidence as the API tells it; where facts are withheld, only what says nothing of their values besides."""
    held = row.evidence or {}
    facts = terms(row)
    hidden = {str(one.get("term", "")) for one in facts if one["withheld"]}
    told = {key: value for key, value in held.items() if key != "brief" and (cleared(row) or key in PLAIN)}
    if "terms" in told:
        told["terms"] = facts
    if "sentence" in told:
        told["sentence"] = sentence(row)
    if "missing" in told:
        told["missing"] = [one for one in told["missing"] if one not in hidden]
    return told


def said(row: Signal, step: SignalStep) -> str:
    """The sentence of a step; that of the raising is the signal's own."""
    return sentence(row)["zh"] if step.what == "opened" and withholds(row) else step.sentence
