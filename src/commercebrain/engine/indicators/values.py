"""Whether the values that a question names exist at all: a partner that no list knows would be answered with 0, as if
nothing had been traded with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.calibres import calibre_names
from commercebrain.engine.indicators.cells import REGION
from commercebrain.engine.indicators.logical import Logical, columns
from commercebrain.engine.indicators.places import names_of_places
from commercebrain.engine.indicators.request import NOWHERE, Request
from commercebrain.engine.indicators.store import Store
from commercebrain.engine.lake.records.schema import RecordDataset

_PLACE = re.compile(r"[0-9]{6}", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_FIRM = re.compile(r"[0-9A-Z]{18}", re.ASCII)


def check_values(request: Request, dataset: RecordDataset, catalogue: Catalogue) -> None:
    """Raise :class:`UserError` for a region, a value of a filter or a calibre that cannot be, with the nearest that can:
    ``region.unknown``, ``table.unknown_value``, ``table.no_calibre``.

    Places are those of a known province; products are told by their form, for no list holds every tariff line.
    """
    if request.calibre:
        raise UserError(
            "table.no_calibre",
            f"“{dataset.record.zh}”只有一种口径，不能按口径“{request.calibre}”查询，请去掉口径。",
            f"“{dataset.record.en}” have one calibre only; ask without the calibre “{request.calibre}”.",
        )
    if request.region != NOWHERE:
        _check_place(request.region)
    there = columns(dataset)
    for name, values in request.where.items():
        if name == REGION or (name in there and dataset.columns[there[name].base].type == "region"):
            for value in values:
                _check_place(value)
        elif name in there:
            _check(name, values, there[name], dataset, catalogue)


def check_calibre(request: Request, store: Store, day: date) -> None:
    """Raise :class:`UserError` (``table.unknown_calibre``) for a calibre that has no name and that no figure carries."""
    if not request.calibre or request.calibre in calibre_names():
        return
    if any(row.calibre == request.calibre for row in store.observations(day)):
        return
    zh, en = nearest(request.calibre, calibre_names())
    raise UserError(
        "table.unknown_calibre", f"没有口径“{request.calibre}”{zh}", f"There is no calibre “{request.calibre}”{en}"
    )


def _check_place(code: str) -> None:
    known = names_of_places()
    if _PLACE.fullmatch(code) and f"{code[:2]}0000" in known:
        return
    called = next((one for one, names in known.items() if code.casefold() in names.casefold().split("|")), "")
    zh, en = (f"，是否指“{called}”？", f"; did you mean “{called}”?") if called else nearest(code, known)
    raise UserError(
        "region.unknown",
        f"没有代码为“{code}”的地区{zh}",
        f"There is no region with the code “{code}”{en}",
    )


def _check(name: str, values: Iterable[str], column: Logical, dataset: RecordDataset, catalogue: Catalogue) -> None:
    declared = dataset.columns[column.base]
    if declared.type == "choice":
        known = {code: "|".join(words) for code, words in declared.of.items()}
    elif declared.type == "code" and declared.list and declared.known and not column.digits:
        known = {code: f"{words.zh}|{words.en}" for code, words in catalogue.codes(declared.list).items()}
    elif declared.type == "code" and declared.list == "products":
        _check_digits(name, values, {column.digits} if column.digits else set(declared.digits))
        return
    elif declared.type == "uscc":
        _check_firms(name, values)
        return
    else:
        return
    for value in values if known else ():
        if value in known:
            continue
        called = next((code for code, names in known.items() if value.casefold() in names.casefold().split("|")), "")
        zh, en = (f"，是否指“{called}”？", f"; did you mean “{called}”?") if called else nearest(value, known)
        raise UserError(
            "table.unknown_value",
            f"“{name}”没有取值“{value}”{zh}",
            f"“{name}” has no value “{value}”{en}",
        )


def _check_digits(name: str, values: Iterable[str], lengths: set[int]) -> None:
    for value in values:
        if not _DIGITS.fullmatch(value) or (lengths and len(value) not in lengths):
            told = sorted(lengths)
            zh, en = "或".join(map(str, told)), " or ".join(map(str, told))
            raise UserError(
                "table.unknown_value",
                f"“{name}”没有取值“{value}”：须是{zh}位数字。",
                f"“{name}” has no value “{value}”: it must have {en} digits.",
            )


def _check_firms(name: str, values: Iterable[str]) -> None:
    for value in values:
        if not _FIRM.fullmatch(value):
            raise UserError(
                "table.unknown_value",
                f"“{name}”没有取值“{value}”：须是18位统一社会信用代码。",
                f"“{name}” has no value “{value}”: it must be a unified social credit code of 18 characters.",
            )
