"""The countries that a row of a list speaks of: one country, a declared group on a day, or every one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.loader import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.rows import ProductRow

Groups = Mapping[str, Collection[str]]


def country_groups(day: date) -> dict[str, frozenset[str]]:
    """The catalogue's groups of countries with their members of ``day``."""
    groups = load_catalogue().groups.values()
    return {one.code: one.at(day)[0] for one in groups if one.column == "country"}


@dataclass(frozen=True)
class PartnerSets:
    """The distinct sets of countries of a list's rows: ``of`` is the set of each row, ``members[starts[s]:starts[s + 1]]``
    are the countries of set s as codes."""

    of: NDArray[np.int64]
    starts: NDArray[np.int64]
    members: NDArray[np.int64]


def partner_sets(rows: Sequence[ProductRow], countries: Sequence[str], groups: Groups) -> PartnerSets:
    """The sets of countries of ``rows`` among ``countries``.

    Raises :class:`UserError` (``exposure.partner``) for a partner that is neither a country nor a group, with its row.
    """
    codes = {country: place for place, country in enumerate(countries)}
    known: dict[str, int] = {}
    sets: list[list[int]] = []
    of = np.empty(len(rows), np.int64)
    for place, row in enumerate(rows):
        which = known.get(row.partner)
        if which is None:
            which = known[row.partner] = len(sets)
            sets.append(_members(row, codes, groups))
        of[place] = which
    lengths = np.array([len(one) for one in sets], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return PartnerSets(of, starts, np.array([code for one in sets for code in one], np.int64))


def _members(row: ProductRow, codes: Mapping[str, int], groups: Groups) -> list[int]:
    if not row.partner:
        return list(codes.values())
    if row.partner in groups:
        return sorted(codes[one] for one in groups[row.partner] if one in codes)
    if row.partner not in codes and row.partner not in load_catalogue().codes("countries"):
        zh = f"第{row.number}行：" if row.number else ""
        en = f"Row {row.number}: " if row.number else ""
        raise UserError(
            "exposure.partner",
            f"{zh}没有国别或国别组“{row.partner}”，请写国别代码（如 USA）或组（{'、'.join(sorted(groups))}）。",
            f"{en}there is no country or group “{row.partner}”; write a country's code (USA) or a group "
            f"({', '.join(sorted(groups))}).",
        )
    return [codes[row.partner]] if row.partner in codes else []
