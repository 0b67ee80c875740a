"""What is set up, what is missing, and how to mend it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from commercebrain.operations.setup_django import ready

Verdict = Literal["ok", "missing", "optional"]
SILENT_SECONDS = 30.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``optional`` is missing too, but the product runs without it."""

    verdict: Verdict
    zh: str
    en: str
    mend_zh: str = ""
    mend_en: str = ""


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("ok", f"Python {version}", f"Python {version}")


def _home() -> Finding:
    from django.conf import settings

    home = Path(settings.HOME)
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free / 2**30
    zh, en = f"数据目录 {home}，剩余 {free:.1f} GB", f"Data folder {home}, {free:.1f} GB free"
    if not os.access(home, os.W_OK):
        return Finding("missing", zh + "，不可写", en + ", not writable", f"chown 给运行用户：{home}", f"chown {home}")
    if free < 2:
        return Finding("missing", zh, en, "至少留出 2 GB", "free at least 2 GB")
    return Finding("ok", zh, en)


def _database() -> Finding:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    where = connection.vendor
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as fault:
        return Finding(
            "missing", f"数据库（{where}）连不上：{fault}", f"Database ({where}) cannot be reached: {fault}",
            "检查 DATABASE_URL 与数据库服务", "check DATABASE_URL and the database server",
        )  # fmt: skip
    if waiting:
        return Finding(
            "missing", f"数据库（{where}）还有 {waiting} 个迁移未执行", f"Database ({where}): {waiting} migrations wait",
            "运行 cbrain install", "run cbrain install",
        )  # fmt: skip
    return Finding("ok", f"数据库（{where}）就绪", f"Database ({where}) ready")


def _lake() -> Finding:
    from django.conf import settings

    from commercebrain.engine.errors import UserError
    from commercebrain.engine.lake import Lake

    root = Path(settings.LAKE_ROOT)
    try:
        count = len(Lake(root).observations(None))
    except (UserError, OSError) as fault:
        said = fault.zh if isinstance(fault, UserError) else str(fault)
        return Finding(
            "missing",
            f"数据湖 {root} 打不开：{said}",
            f"Lake {root}: {fault}",
            "运行 cbrain install",
            "run cbrain install",
        )
    return Finding("ok", f"数据湖 {root}：{count} 条数据", f"Lake {root}: {count} observations")


def _records() -> Finding:
    from django.conf import settings

    from commercebrain.engine.disclosure.standing import standings

    found = standings(Path(settings.LAKE_ROOT))
    behind = [one for one in found if not one.whole]
    if not behind:
        months = sum(one.months for one in found)
        return Finding("ok", f"明细数据集 {len(found)} 个、{months} 个月，汇总与保密处理齐全",
                       f"{len(found)} datasets of records, {months} months: roll-ups and protection in place")  # fmt: skip

    def said(month: int, made: int | None) -> str:
        return "–" if made is None else f"{made}/{month}"

    zh = "；".join(
        f"{one.dataset} 汇总 {said(one.months, one.rolled)}、保密处理 {said(one.months, one.protected)}"
        for one in behind
    )
    en = "; ".join(
        f"{one.dataset}: roll-ups {said(one.months, one.rolled)}, protection {said(one.months, one.protected)}"
        for one in behind
    )
    return Finding(
        "missing", f"有的月份没有本版本的汇总或保密处理，查询变慢或不予显示：{zh}",
        f"Months without roll-ups or protection of this version, so answers are slow or withheld: {en}",
        "运行 cbrain install", "run cbrain install",
    )  # fmt: skip


def _assets() -> Finding:
    from commercebrain.web.assets import FILES, OPTIONAL, VENDOR

    if all((VENDOR / name).exists() for name in FILES.values() if Path(name).name not in OPTIONAL):
        return Finding("ok", "页面前端库已装好", "Front-end libraries in place")
    return Finding("missing", "缺少页面前端库", "Front-end libraries are missing", "运行 make setup", "run make setup")


def _language() -> Finding:
    from django.utils.translation import gettext, override

    with override("zh-hans"):
        if gettext("Sign in") != "Sign in":
            return Finding("ok", "中文界面已编译", "Chinese interface compiled")
    return Finding(
        "missing", "中文界面未编译", "Chinese interface is not compiled", "运行 make setup", "run make setup"
    )


def _worker() -> Finding:
    from django.db import DatabaseError

    from commercebrain.desk.core.jobs import worker_seen

    try:
        age = worker_seen()
    except DatabaseError:
        age = None
    mend = ("运行 cbrain worker（make demo 会一并启动）", "run cbrain worker (make demo starts it too)")
    if age is None:
        return Finding("missing", "后台作业进程从未运行", "The worker has never run", *mend)
    if age > SILENT_SECONDS:
        return Finding(
            "missing",
            f"后台作业进程 {age:.0f} 秒没有心跳",
            f"No heartbeat of the worker for {age:.0f} s",
            *mend,
        )
    return Finding("ok", "后台作业进程在运行", "The worker is running")


def _catalogue() -> Finding:
    from commercebrain.engine.catalogue import load_catalogue

    faults = load_catalogue().check()
    if faults:
        return Finding(
            "missing", f"目录中有 {len(faults)} 处错误", f"{len(faults)} faults in the catalogue",
            "运行 cbrain catalogue check", "run cbrain catalogue check",
        )  # fmt: skip
    return Finding("ok", "业务目录无错误", "The catalogue is sound")


def _registers() -> Finding:
    from django.db import connection

    from commercebrain.desk.registers import indexes
    from commercebrain.desk.registers.declared import faults, registers

    declared, wrong = registers(), faults()
    if wrong:
        return Finding(
            "missing", f"自有登记册声明有 {len(wrong)} 处错误：{wrong[0].say('zh')}",
            f"{len(wrong)} faults in the bureau's own registers: {wrong[0].say('en')}",
            "改正文件后运行 cbrain catalogue apply", "mend the file and run cbrain catalogue apply",
        )  # fmt: skip
    if waiting := len(indexes.pending(declared, connection.alias)):
        return Finding(
            "missing", f"登记册索引有 {waiting} 处与声明不符，筛选会变慢",
            f"{waiting} indexes of declared registers do not fit; filters are slow",
            "运行 cbrain catalogue apply", "run cbrain catalogue apply",
        )  # fmt: skip
    return Finding("ok", f"声明的登记册 {len(declared)} 个", f"{len(declared)} declared registers")


def _warnings() -> Finding:
    from commercebrain.desk.warnings.watching import troubles, watched

    found, many = troubles(), len(watched())
    if found:
        return Finding(
            "missing", "预警规则没有按时运行：" + "；".join(f"{one.unit.name_zh} {one.why_zh}" for one in found),
            "Warning rules were not evaluated: " + "; ".join(f"{one.unit.name_en}: {one.why_en}" for one in found),
            "确认 cbrain worker 在运行，并查看后台作业", "see that cbrain worker runs, and look at the jobs",
        )  # fmt: skip
    if not many:
        return Finding("ok", "没有单位启用预警规则", "No bureau uses warning rules")
    return Finding("ok", f"{many} 个单位的预警规则按时运行", f"Warning rules of {many} bureaus are evaluated in time")


def _chromium() -> Finding:
    if shutil.which("chromium"):
        return Finding("ok", "Chromium（浏览器测试）", "Chromium (browser tests)")
    return Finding("optional", "没有 Chromium：浏览器测试会跳过", "No Chromium: browser tests are skipped",
                   "apt install chromium fonts-noto-cjk", "apt install chromium fonts-noto-cjk")  # fmt: skip


def _postgresql() -> Finding:
    if any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return Finding("ok", "PostgreSQL 程序（数据库测试）", "PostgreSQL programs (database tests)")
    return Finding("optional", "没有 PostgreSQL：数据库测试只在 SQLite 上运行", "No PostgreSQL: tests run on SQLite only",
                   "apt install postgresql", "apt install postgresql")  # fmt: skip


CHECKS: tuple[Callable[[], Finding], ...] = (
    _python, _home, _database, _lake, _records, _assets, _language, _catalogue, _registers, _worker, _warnings, _chromium,
    _postgresql,
)  # fmt: skip


def examine() -> Iterator[Finding]:
    """Looks at one thing after another; a check that itself fails is a finding, not a crash."""
    ready()
    for check in CHECKS:
        try:
            yield check()
        except Exception as fault:  # the doctor must reach its last line
            name = check.__name__.strip("_")
            yield Finding("missing", f"{name}：{fault}", f"{name}: {fault}", "运行 make setup", "run make setup")
