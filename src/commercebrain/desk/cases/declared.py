"""Templates, measures and authorities abroad: those of the product, in their place the bureau's own, and the declaration
that a case keeps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from commercebrain.desk.cases.models import Case
from commercebrain.desk.cases.refusing import refused
from commercebrain.engine.cases.authorities import Authority
from commercebrain.engine.cases.kinds import Template, read_declaration
from commercebrain.engine.cases.measures import Measure
from commercebrain.engine.catalogue.own import with_own


def templates() -> Mapping[str, Template]:
    """Every declared template by its code."""
    return with_own(Path(settings.HOME) / "catalogue", "templates")[0]


def measures() -> Mapping[str, Measure]:
    """Every declared kind of measure by its code."""
    return with_own(Path(settings.HOME) / "catalogue", "measures")[0]


def authorities() -> Mapping[str, Authority]:
    """Every declared authority abroad by its code."""
    return with_own(Path(settings.HOME) / "catalogue", "authorities")[0]


def template(code: str) -> Template:
    """The template of a code; :class:`UserError` (``cases.no_template``) where there is none."""
    found = templates().get(code)
    if found is None:
        raise refused(
            "no_template", f"没有代码为“{code}”的事项模板。", f"There is no template of cases called “{code}”.", 404
        )
    return found


def kinds_of(codes: Iterable[str], rows: QuerySet[Case]) -> Mapping[str, Template]:
    """The templates of the cases ``rows`` by code: as they are declared now, and where the file is gone as the newest case of
    the kind keeps them."""
    known, found = templates(), {}
    for code in codes:
        newest = None if code in known else rows.filter(template=code).order_by("-opened_at", "-pk").first()
        if (kind := known.get(code) or (template_of(newest) if newest is not None else None)) is not None:
            found[code] = kind
    return found


def template_of(case: Case) -> Template:
    """The template as it stood when the case was started: later changes of the file do not reach it."""
    return _read(json.dumps(case.declaration, ensure_ascii=False, sort_keys=True))


@lru_cache(maxsize=64)
def _read(text: str) -> Template:
    return read_declaration(json.loads(text))
