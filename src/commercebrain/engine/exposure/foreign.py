"""Codes abroad that firms have confirmed for their goods, and which of them speak of a list (企业确认口径)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commercebrain.engine.exposure.base import TradeBase
from commercebrain.engine.lists.rows import ProductRow


@dataclass(frozen=True, slots=True)
class ForeignCode:
    """A firm's word that its ``product`` (China's tariff) is entered in ``market`` under ``code`` of ``nomenclature``."""

    uscc: str
    product: str
    market: str
    nomenclature: str
    code: str


def confirmed_by(
    rows: Sequence[ProductRow], base: TradeBase, codes: Iterable[ForeignCode]
) -> frozenset[tuple[str, str]] | None:
    """What ``exposure(confirmed=…)`` takes: credit code and foreign code, of the firms of ``base``, in the nomenclatures
    of ``rows``. None where no firm of the base has confirmed a code of these: nobody was asked, which is not nought.

    Trade and list are compared at six digits, so a code says something only of a product with the same six; one that
    leads elsewhere keeps its firm among those that confirmed, and confirms nothing.
    """
    listed = {row.nomenclature for row in rows}
    mine = [one for one in codes if one.nomenclature in listed and one.uscc in base.places]
    if not mine:
        return None
    return frozenset((one.uscc, one.code if one.code[:6] == one.product[:6] else "") for one in mine)
