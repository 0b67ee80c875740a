"""``cbrain exposure``: which firms, counties and jobs a list of product codes hits, from a terminal."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import date
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.cli import AsOf, Language, check_format, writing

if TYPE_CHECKING:  # what computes is loaded when the verb runs: the other verbs need not wait for it
    from commercebrain.engine.exposure.difference import NewlyHit
    from commercebrain.engine.exposure.reading import ReadList
    from commercebrain.engine.exposure.result import Exposure


def exposure(
    codes: Annotated[
        str, typer.Argument(help="编码文件（txt、csv、xlsx 或公告），- 为标准输入 · file of codes, - for stdin")
    ],
    partner: Annotated[str, typer.Option(help="国别或国别组，如 USA、eu27；表里没写时用 · partner")] = "",
    rate: Annotated[float | None, typer.Option(help="税率（%），表里没写时用 · rate in per cent")] = None,
    nomenclature: Annotated[str, typer.Option(help="商品目录 CN | USHTS | EUCN | HS · nomenclature")] = "CN",
    edition: Annotated[str, typer.Option(help="版本，如 2022 · edition")] = "",
    against: Annotated[str, typer.Option(help="旧版清单，列出新受影响的企业 · older list to compare with")] = "",
    tier: Annotated[str, typer.Option(help="只用这一档：A 海关明细、B 企业填报 · A | B, the best by default")] = "",
    period: Annotated[str, typer.Option(help="月份，如 2024-07:2025-06，缺省为最近12个月 · months")] = "",
    region: Annotated[str, typer.Option(help="只算这个地区的企业 · firms of this region only")] = "",
    on: Annotated[str, typer.Option(help="只计这一天生效的行 · rows in effect on this day")] = "",
    as_of: AsOf = None,
    form: Annotated[str, typer.Option("--format", help="table | csv | json")] = "table",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写入文件 · file to write")] = None,
    language: Language = "zh",
) -> None:
    """一份清单影响哪些企业、县和岗位 · Which firms, counties and jobs a list of product codes hits."""
    from commercebrain.engine.clock import business_date, known_by
    from commercebrain.engine.exposure.base import Tier
    from commercebrain.engine.exposure.best import best_base
    from commercebrain.engine.exposure.compute import exposure as expose
    from commercebrain.engine.exposure.difference import newly_hit
    from commercebrain.engine.indicators.reach import ALL, Reach
    from commercebrain.engine.indicators.request import day_of
    from commercebrain.engine.lake.cli import lake_root
    from commercebrain.engine.lists.partners import read_partner
    from commercebrain.engine.lists.tables import HIGHEST_RATE

    check_format(form, ("table", "csv", "json"))
    if form == "table" and out is not None:
        raise UserError(
            "cli.table_to_file",
            "table 只在屏幕上显示，写入文件请加 --format csv 或 --format json。",
            "A table is for the screen; to write a file add --format csv or --format json.",
        )
    if rate is not None and not 0 <= rate <= HIGHEST_RATE:
        raise UserError(
            "code.bad_rate",
            f"税率 {rate:g} 不在0至{HIGHEST_RATE}之间，请写成 25 或 7.5。",
            f"The rate {rate:g} is not between 0 and {HIGHEST_RATE} per cent; write it like 25 or 7.5.",
        )
    if form == "csv" and against:
        raise UserError(
            "exposure.compare_csv",
            "csv 只有本清单的企业，不含与旧版的比较；比较请用 --format table 或 --format json。",
            "A csv holds the firms of this list, not the comparison; for it use --format table or --format json.",
        )
    if tier and tier.upper() not in (*"AB",):
        raise UserError("exposure.tier", f"没有“{tier}”档，可用 A、B。", f"There is no tier “{tier}”; use A or B.")
    country = read_partner(partner)
    given = _read(codes, nomenclature, edition, country, rate)
    base = best_base(
        lake_root(), reach=Reach(ALL, "confidential"), as_of=known_by(day_of(as_of) if as_of else None, business_date()),
        span=_span(period), region=region, tier=Tier(tier.upper()) if tier else None,
    )  # fmt: skip
    day: date | None = day_of(on) if on else None
    found = expose(given.rows, base, on=day)
    change = None
    if against:
        change = newly_hit(expose(_read(against, nomenclature, edition, country, rate).rows, base, on=day), found)
    if form == "table":
        from commercebrain.engine.exposure.screen import print_exposure

        print_exposure(found, given, change, language)
        return
    if form == "csv":  # what was not understood, and what must be known, have no column
        for one in (*given.faults, *given.notes, *found.notes):
            typer.echo(one.say(language), err=True)
    text = _csv(found) if form == "csv" else json.dumps(_json(found, given, change), ensure_ascii=False) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    with writing(out):
        out.write_text(text, encoding="utf-8")


def _read(name: str, nomenclature: str, edition: str, partner: str, rate: float | None) -> ReadList:
    from commercebrain.engine.exposure.reading import read_list
    from commercebrain.engine.lake.workbook import read_bytes
    from commercebrain.engine.lists.nomenclature import nomenclature as named

    data = sys.stdin.buffer.read() if name == "-" else read_bytes(Path(name))
    shown = "-" if name == "-" else Path(name).name
    return read_list(shown, data, nomenclature=named(nomenclature).code, edition=edition, partner=partner, rate=rate)


def _span(period: str) -> tuple[int, int] | None:
    if not period:
        return None
    first, _, last = period.partition(":")
    months = tuple(_month(one) for one in (first, last or first))
    if months[0] > months[1]:
        raise UserError(
            "exposure.period",
            f"“{period}”的起月晚于止月，请写成 2024-07:2025-06。",
            f"“{period}” ends before it begins; write 2024-07:2025-06.",
        )
    return months[0], months[1]


def _month(text: str) -> int:
    year, _, month = text.partition("-")
    if not (year.isdigit() and len(year) == 4 and month.isdigit() and 1 <= int(month) <= 12):
        raise UserError(
            "exposure.period", f"“{text}”不是月份，请写成 2025-06。", f"“{text}” is no month; write it like 2025-06."
        )
    return int(year) * 100 + int(month)


_FIRM = ("uscc", "county", "township", "exposure", "confirmed", "exports", "share", "duty")


def _firms(found: Exposure) -> list[dict[str, Any]]:
    confirmed = [None] * len(found.firm) if found.confirmed is None else found.confirmed.tolist()
    columns = (
        found.firms, found.county, found.township, found.upper.tolist(), confirmed, found.total.tolist(),
        [None if isnan(one) else round(one, 6) for one in found.share.tolist()], found.duty.tolist(),
    )  # fmt: skip
    return [dict(zip(_FIRM, row, strict=True)) for row in zip(*columns, strict=True)]


def _csv(found: Exposure) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _FIRM, lineterminator="\n")
    writer.writeheader()
    for row in _firms(found):
        writer.writerow({name: "" if value is None else value for name, value in row.items()})
    return text.getvalue()


def _json(found: Exposure, given: ReadList, change: NewlyHit | None) -> dict[str, Any]:
    import dataclasses

    tables = {}
    for name in ("county", "hs2", "hs6", "partner"):
        held = found.by(name)
        duties = [None] * len(held) if held.duty is None else held.duty.tolist()
        tables[name] = [
            {"code": code, "exposure": value, "firms": firms, "duty": duty}
            for code, value, firms, duty in zip(
                held.codes, held.value.tolist(), held.firms.tolist(), duties, strict=True
            )
        ]
    return {
        "tier": found.tier.value,
        "unit": found.base.unit,
        "span": list(found.span),
        "months": len(found.base.months),
        "synthetic": found.base.synthetic,
        "rows": len(found.rows),
        "totals": dataclasses.asdict(found.totals),
        "firms": _firms(found),
        "by": tables,
        "compared": None if change is None else dataclasses.asdict(change),
        "notes": [{"zh": one.zh, "en": one.en} for one in (*given.notes, *found.notes)],
        "faults": [{"zh": one.zh, "en": one.en} for one in given.faults],
    }
