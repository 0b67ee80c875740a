"""``cbrain rules``: which rules there are, what one would have told, what they find now."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from commercebrain.engine.catalogue.own import with_own
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.cli import AsOf, Language, check_format, writing
from commercebrain.engine.rules.kinds import GROUPS, LEVELS, SUBJECTS, Rule

if TYPE_CHECKING:  # what computes is loaded when a verb runs: the other verbs need not wait for it
    from commercebrain.engine.rules.backtest import BackTest
    from commercebrain.engine.rules.facts import CityFacts

rules_app = typer.Typer(help="预警规则 · Rules of warning", no_args_is_help=True)
out = Console()

Form = Annotated[str, typer.Option("--format", help="table | csv | json")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="写入文件 · file to write")]
Regions = Annotated[str, typer.Option("--region", help="只算这个地区的企业 · firms of this region only")]


@rules_app.command("list")
def list_rules(
    group: Annotated[str, typer.Option(help="只列这一组，如 orders · rules of this group")] = "",
    form: Form = "table",
    out_file: Out = None,
    language: Language = "zh",
) -> None:
    """有哪些规则 · Which rules there are."""
    check_format(form, ("table", "csv", "json"))
    _check_file(form, out_file)
    if group and group not in GROUPS:
        raise UserError(
            "rule.unknown_group",
            f"没有“{group}”这一组，可用 {'、'.join(GROUPS)}。",
            f"There is no group “{group}”; use {', '.join(GROUPS)}.",
        )
    found = [one for _, one in sorted(_rules().items()) if not group or one.group == group]
    rows = [_row(one, language) for one in found]
    if form != "table":
        _write(_csv(rows) if form == "csv" else _json(rows), out_file)
        return
    table = Table(box=None, pad_edge=False)
    for head in ("规则 rule", "名称 name", "组 group", "对象 subject", "等级 levels", "条件 when"):
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(row["code"], row["name"], row["group"], row["subject"], row["levels"], row["when"])
    out.print(table)


@rules_app.command("test")
def test_rule(
    rule: Annotated[str, typer.Argument(help="规则编号，如 R101 · number of the rule")],
    first: Annotated[str, typer.Option("--from", help="第一个月，缺省为最后一个月之前24个月 · first month")] = "",
    last: Annotated[str, typer.Option("--to", help="最后一个月，缺省为最新 · last month")] = "",
    truth: Annotated[
        str, typer.Option(help="对照：exports_fall 之后出口下降，answer_key 示例市的答案 · what to hold it against")
    ] = "",
    param: Annotated[
        list[str] | None, typer.Option("--param", help="改一个参数，如 least=800 · a parameter, as name=value")
    ] = None,
    region: Regions = "",
    among: Annotated[
        str, typer.Option(help="只算这样的企业 · firms that count, as a condition")
    ] = "exports_last_12m >= 5000000",
    as_of: AsOf = None,
    form: Form = "table",
    out_file: Out = None,
    language: Language = "zh",
) -> None:
    """一条规则在过去会发出什么、之后怎样 · What a rule would have told, and what followed."""
    from commercebrain.engine.foresight.months import shift
    from commercebrain.engine.rules.backtest import History, backtest

    check_format(form, ("table", "csv", "json"))
    _check_file(form, out_file)
    declared = _rule(rule)
    values = _values(param or ())
    facts = _facts(as_of, region)
    newest = facts.months.last
    if not newest:
        raise _no_lines()
    end = _month(last) or newest
    begin = _month(first) or shift(end, -23)
    if begin > end:
        raise UserError(
            "rule.months",
            f"起始月{begin}晚于截止月{end}，请调换。",
            f"The first month {begin} comes after the last, {end}; exchange them.",
        )
    history = History(facts, begin, end)
    with _bar("回测 back-test") as progress:
        told = backtest(
            declared, history, truth or None, first=begin, last=end, parameters=values, among=among or None,
            progress=progress,
        )  # fmt: skip
    if form == "table":
        _print_test(declared, told, language)
        return
    _write(_csv(_curve(told)) if form == "csv" else _json(_plain(asdict(told))), out_file)


@rules_app.command("run")
def run_rules(
    rule: Annotated[list[str] | None, typer.Argument(help="规则编号，缺省为全部 · rules, all by default")] = None,
    region: Regions = "",
    most: Annotated[int, typer.Option(help="每条规则最多列几个 · at most so many of each rule", min=0)] = 5,
    as_of: AsOf = None,
    form: Form = "table",
    out_file: Out = None,
    language: Language = "zh",
) -> None:
    """按现在的数据，规则会发现什么；什么也不发出、不保存 · What rules find now; nothing is raised or kept."""
    from commercebrain.engine.rules import evaluate, evidence

    check_format(form, ("table", "csv", "json"))
    _check_file(form, out_file)
    chosen = [_rule(one) for one in rule] if rule else [one for _, one in sorted(_rules().items())]
    facts = _facts(as_of, region)
    with _bar("事实 facts") as progress:
        subjects = list(dict.fromkeys(one.subject for one in chosen))
        found = []
        for n, subject in enumerate(subjects, 1):
            these = [one for one in chosen if one.subject == subject]
            found += evaluate(these, {subject: facts.frame(subject)}, on=facts.on)
            progress(n, len(subjects))
    if form == "table":
        _print_found(found, most, facts, language)
        return
    rows = []
    for one in found:
        for row, level in zip(one.rows.tolist(), one.levels.tolist(), strict=True):
            told = evidence(one, one.frame, row)
            rows.append(
                {
                    "rule": one.rule.code, "level": level, "key": str(one.frame.keys[row]), "period": one.frame.period,
                    "sentence": told.get("sentence", {}).get(language, ""), "synthetic": one.frame.synthetic,
                }
            )  # fmt: skip
    _write(_csv(rows) if form == "csv" else _json(rows), out_file)


# -- what is asked


def _rules() -> Mapping[str, Rule]:
    """The rules by code, those that a bureau declared under ``CBRAIN_HOME`` in the place of the product's."""
    home = Path(os.environ.get("CBRAIN_HOME") or "var")
    found: Mapping[str, Rule] = with_own(home / "catalogue", "rules")[0]
    return found


def _rule(code: str) -> Rule:
    found = _rules().get(code.upper())
    if found is None:
        raise UserError(
            "rule.unknown",
            f"没有规则“{code}”，cbrain rules list 列出全部。",
            f"There is no rule “{code}”; cbrain rules list names them.",
        )
    return found


def _values(given: Sequence[str]) -> dict[str, Decimal]:
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        try:
            if not equals:
                raise InvalidOperation
            found[name.strip()] = Decimal(value.strip())
        except InvalidOperation:
            raise UserError(
                "rule.param",
                f"“{one}”看不懂，参数写成 名称=数值，如 least=800。",
                f"“{one}” cannot be read; write a parameter as name=value, such as least=800.",
            ) from None
    return found


def _month(text: str) -> int:
    if not text:
        return 0
    digits = text.replace("-", "")
    if len(digits) != 6 or not digits.isdigit() or not 1 <= int(digits[4:]) <= 12:
        raise UserError(
            "rule.month",
            f"“{text}”不是月份，请写成 2025-06 这样的形式。",
            f"“{text}” is not a month; write it like 2025-06.",
        )
    return int(digits)


def _facts(as_of: str | None, region: str) -> CityFacts:
    from commercebrain.engine.clock import business_date, known_by
    from commercebrain.engine.indicators.request import day_of
    from commercebrain.engine.lake.cli import lake_root
    from commercebrain.engine.rules.facts import CityFacts

    day: date = known_by(day_of(as_of) if as_of else None, business_date())
    return CityFacts(lake_root(), day, regions=(region,) if region else ())


def _no_lines() -> UserError:
    return UserError(
        "rule.no_lines",
        "数据湖里没有海关明细，不能回测；先入库，或用 cbrain simulate 生成示例市的明细。",
        "The lake holds no customs lines to test on; take some in, or make the invented city's with cbrain simulate.",
    )


def _check_file(form: str, out_file: Path | None) -> None:
    if form == "table" and out_file is not None:
        raise UserError(
            "cli.table_to_file",
            "table 只在屏幕上显示，写入文件请加 --format csv 或 --format json。",
            "A table is for the screen; to write a file add --format csv or --format json.",
        )


# -- what is shown


def _row(one: Rule, language: str) -> dict[str, str]:
    def words(held: Any) -> str:
        return str(getattr(held, language, held.zh))

    return {
        "code": one.code, "name": words(one.name), "group": words(GROUPS[one.group]),
        "subject": words(SUBJECTS[one.subject]), "levels": "、".join(words(LEVELS[level.level]) for level in one.levels),
        "when": one.when,
    }  # fmt: skip


def _print_test(rule: Rule, told: BackTest, language: str) -> None:
    name = getattr(rule.name, language, rule.name.zh)
    out.print(f"[bold]{rule.code}[/] {name}  {told.months[0]}–{told.months[-1]}, {told.truth}")
    if told.synthetic:
        out.print("[yellow]虚构数据（示例市）· invented data[/]")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    for label, value in (
        ("预警 signals", f"{told.signals}"),
        ("命中 right / 误报 false / 重复 repeats", f"{told.right} / {told.false} / {told.repeats}"),
        ("查准率 precision", _share(told.precision)),
        ("查全率 recall", f"{_share(told.recall)}（{told.hits} / {told.episodes}）"),
        ("提前月数（中位）median lead, months", _number(told.lead_median)),
        ("每月误报 false a month", _number(told.false_a_month)),
        ("无法判断 could not be judged", _share(told.unknown)),
    ):
        table.add_row(label, value)
    out.print(table)
    if told.by_county and told.signals:
        counties = Table("区县 county", "每月预警 signals a month", "每月误报 false a month", box=None, pad_edge=False)
        for county, load in sorted(told.by_county.items()):
            counties.add_row(county or "—", f"{load.signals_a_month:.1f}", f"{load.false_a_month:.1f}")
        out.print(counties)
    if told.curve:
        curve = Table(
            f"{told.slider}", "预警 signals", "命中 found", "查准 precision", "查全 recall", "提前 lead", box=None,
            pad_edge=False,
        )  # fmt: skip
        now = told.parameters.get(str(told.slider))
        for point in told.curve:
            mark = " ←" if point.value == now else ""
            curve.add_row(
                f"{point.value}{mark}", f"{point.signals}", f"{point.hits}", _share(point.precision),
                _share(point.recall), _number(point.lead),
            )  # fmt: skip
        out.print(curve)
    for reason in told.too_short:
        out.print(f"[yellow]{getattr(reason, language, reason.zh)}[/]")


def _print_found(found: Sequence[Any], most: int, facts: CityFacts, language: str) -> None:
    from commercebrain.engine.rules import evidence

    if facts.synthetic:
        out.print("[yellow]虚构数据（示例市）· invented data[/]")
    for one in found:
        if not len(one.rows):
            continue
        name = getattr(one.rule.name, language, one.rule.name.zh)
        out.print(f"[bold]{one.rule.code}[/] {name}: {len(one.rows)}  [dim]({one.unknown} 无法判断 not judged)[/]")
        for row in one.rows[:most].tolist():
            out.print("   " + str(evidence(one, one.frame, row).get("sentence", {}).get(language, "")))
    silent = [one.rule.code for one in found if not len(one.rows)]
    if silent:
        out.print(f"[dim]没有触发 silent: {' '.join(silent)}[/]")


def _curve(told: BackTest) -> list[dict[str, Any]]:
    rows = [asdict(point) for point in told.curve]
    return [_plain(row) for row in rows] or [
        {"value": "", "signals": told.signals, "hits": told.hits, "precision": _none(told.precision),
         "recall": _none(told.recall), "lead": _none(told.lead_median), "false_a_month": _none(told.false_a_month)}
    ]  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if isinstance(value, Decimal):
        return float(value)
    return _none(value)


def _none(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value


def _share(value: float) -> str:
    return "—" if value != value else f"{100 * value:.1f} %"


def _number(value: float) -> str:
    return "—" if value != value else f"{value:.1f}"


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str) + "\n"


def _write(text: str, out_file: Path | None) -> None:
    if out_file is None:
        sys.stdout.write(text)
        return
    with writing(out_file):
        out_file.write_text(text, encoding="utf-8")


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error that goes away when it is done."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task(what, total=None)

        def told(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield told
