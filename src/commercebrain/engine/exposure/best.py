"""The best tier that the bureau lawfully has and the reader may see; the answer says which, and why not a better one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure.base import TIER_NAMES, Refused, Tier, TradeBase
from commercebrain.engine.exposure.declared import line_sources
from commercebrain.engine.exposure.lines import NotAvailableError, Rates, Span, lines_base
from commercebrain.engine.indicators.reach import Reach


def best_base(
    root: Path,
    *,
    reach: Reach,
    as_of: date,
    span: Span | None = None,
    flow: str = "export",
    region: str = "",
    rates: Rates | None = None,
    shares: Callable[[], TradeBase | None] | None = None,
    tier: Tier | None = None,
) -> TradeBase:
    """The base of the best tier; ``tier`` asks for one of them alone.

    ``shares`` gives the base of tier C where the caller has totals and order forms (None: it has none). ``refused`` of
    the base says of each better tier why it was not taken. Raises :class:`UserError` (``exposure.no_tier``) where none
    can be had, with every reason.
    """
    refused: list[Refused] = []
    for source in line_sources():
        if tier not in (None, source.tier):
            continue
        try:
            base = lines_base(root, source, reach=reach, as_of=as_of, span=span, flow=flow, region=region, rates=rates)
        except NotAvailableError as fault:
            refused.append(Refused(source.tier, fault.why))
        else:
            return replace(base, refused=tuple(refused)) if refused else base
    if tier in (None, Tier.SHARES):
        found = shares() if shares is not None else None
        if found is not None:
            return replace(found, refused=(*refused, *found.refused))
        name = TIER_NAMES[Tier.SHARES]
        refused.append(
            Refused(Tier.SHARES, Words(zh=f"C档（{name.zh}）没有数据。", en=f"Tier C ({name.en}) holds nothing."))
        )
    raise UserError(
        "exposure.no_tier",
        "算不出敞口：" + "".join(one.why.zh for one in refused),
        "No exposure can be computed: " + " ".join(one.why.en for one in refused),
    )
