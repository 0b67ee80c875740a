"""The demonstration: real plans, official figures, a pinned Monday; a second run finds everything in place."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from commercebrain.engine.yaml_text import read_yaml
from commercebrain.operations.setup_django import ready
from commercebrain.operations.terminal import chinese, say

CATALOGUE = Path(__file__).parents[1] / "catalogue"
out = Console()

Advance = Callable[[int, int, str], None]


@dataclass(frozen=True)
class DemoStep:
    """A step with its own progress; running it again changes nothing."""

    zh: str
    en: str
    run: Callable[[Advance], str]


def story() -> dict[str, Any]:
    """What the demonstration consists of (``catalogue/demo.yaml``)."""
    data: dict[str, Any] = read_yaml((CATALOGUE / "demo.yaml").read_text(encoding="utf-8"))
    return data


def city() -> dict[str, int]:
    """The invented city's firms, lines and seed; a small one where ``CBRAIN_DEMO_SMALL`` is set."""
    told: dict[str, int] = story()["small_city" if os.environ.get("CBRAIN_DEMO_SMALL") else "city"]
    return told


def password(home: Path) -> str:
    """The one password of all demonstration accounts: made at random once, kept readable by the owner only."""
    path = home / "demo_password"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"demo-{secrets.token_hex(4)}")
    return path.read_text().strip()


def _people(advance: Advance) -> str:
    from django.conf import settings

    from commercebrain.desk.people.actions import create_person, create_unit, grant
    from commercebrain.desk.people.demo import DemoAccount, write_demo_accounts
    from commercebrain.desk.people.models import Person, Role, Unit
    from commercebrain.desk.registry.models import Region

    told = story()
    secret = password(Path(settings.HOME))
    total = len(told["units"]) + len(told["persons"])
    units: dict[str, Unit] = {}
    for number, row in enumerate(told["units"], 1):
        name = row["name"]
        units[row["key"]] = Unit.objects.filter(name_zh=name["zh"]).first() or create_unit(
            name["zh"],
            name["en"],
            Region.objects.get(code=row["region"], valid_to=None),
            units.get(row.get("parent")),
        )
        advance(number, total, name["zh"])
    accounts = []
    for number, row in enumerate(told["persons"], len(units) + 1):
        name = row["name"]
        person = Person.objects.filter(username=row["username"]).first() or create_person(
            row["username"], secret, name["zh"], name["en"]
        )
        if "firm" not in row:  # a firm's user gets the role once the firms are there
            grant(person, units[row["unit"]], Role.objects.get(code=row["role"]))
        accounts.append(DemoAccount(row["username"], secret, name["zh"], name["en"]))
        advance(number, total, name["zh"])
    write_demo_accounts(accounts)
    return f"{len(units)} + {len(accounts)}"


def _enterprises(advance: Advance) -> str:
    from commercebrain.desk.registry.actions import simulate_enterprises

    told = city()
    added, there = simulate_enterprises(
        told["firms"], told["seed"], progress=lambda done, total: advance(done, total, "示例市")
    )
    _firms_users()
    return f"{added + there} 家 / firms"


def _firms_users() -> None:
    """Accounts of firms: each gets the first firm, by credit code, of its size and township that reports every week and
    whose county bureau is in charge of it."""
    from commercebrain.desk.people.actions import grant
    from commercebrain.desk.people.models import Person, Role, Unit
    from commercebrain.desk.registry.models import Enterprise

    names = {row["key"]: row["name"]["zh"] for row in story()["units"]}
    for row in story()["persons"]:
        if "firm" not in row:
            continue
        unit = Unit.objects.get(name_zh=names[row["unit"]])
        firms = Enterprise.objects.filter(
            unit=unit, size=row["firm"], status=Enterprise.Status.EXISTING, township__code=row["township"]
        )
        firms = firms.filter(uscc__in=_on_lists()["key_exporters"])
        person = Person.objects.get(username=row["username"])
        grant(person, unit, Role.objects.get(code=row["role"]), firm=firms.order_by("uscc")[0])


CITY = "demo-city"


def mark_city() -> None:
    """Notes that this installation's invented city was made by the demonstration: time goes on in it (``cbrain tick``)."""
    from commercebrain.desk.core.models import Setting

    told = {"today": str(story()["today"]), **city()}
    Setting.objects.update_or_create(key=CITY, defaults={"value": json.dumps(told)})


def trade_of_city() -> Any:
    """The invented city's trade up to the last month that is known, as its lines are cut from it."""
    from commercebrain.engine.simulate.trade import trade_of
    from commercebrain.engine.simulate.world import world

    told = city()
    return trade_of(told["seed"], told["firms"], world().span()[1])


def _on_lists() -> dict[str, list[str]]:
    """The credit codes of the firms on each list of those that report, in order."""
    from commercebrain.engine.simulate.reporters import reporters
    from commercebrain.engine.simulate.world import world

    trade = trade_of_city()
    codes = trade.city.firms.uscc
    who = reporters(trade, world().span()[1])
    return {kind: [codes[one] for one in firms.tolist()] for kind, firms in who.lists.items()}


def _codes(advance: Advance) -> str:
    from commercebrain.desk.registry.actions import load_folder

    folder = Path(os.environ["CBRAIN_DATA"])
    done = [load_folder(place) for place in (folder / "codes", folder) if place.is_dir()]
    loaded = [one for some in done for one in some]
    return f"+{sum(one.added for one in loaded)}"


def _figures(advance: Advance) -> str:
    from django.conf import settings

    from commercebrain.desk.figures.queries import names
    from commercebrain.engine.lake import Lake

    lake, known = Lake(settings.LAKE_ROOT), names(None)
    files = sorted((CATALOGUE / "observations").glob("*.csv"))
    accepted = 0
    for number, path in enumerate(files, 1):
        report = lake.intake(path, taken_in=date.fromisoformat(str(story()["today"])), names=known)
        accepted += 0 if report.already else report.accepted
        advance(number, len(files), path.name)
    return f"{len(lake.observations(None))} (+{accepted})"


def _lines(advance: Advance) -> str:
    from django.conf import settings

    from commercebrain.engine.simulate.write import simulate

    words = {"lines": say("明细", "lines"), "working": say("汇总", "roll-ups")}
    told = city()
    mark_city()
    done = simulate(
        Path(settings.LAKE_ROOT), told["lines"], told["seed"], firms=told["firms"],
        progress=lambda ready, total, what: advance(ready, total, words[what]),
    )  # fmt: skip
    return f"{done.asked.lines} 行 / lines, {done.asked.first}—{done.asked.last}"


def _other_records(advance: Advance) -> str:
    from django.conf import settings

    from commercebrain.engine.simulate.others import simulate_others

    told = city()
    made = simulate_others(
        Path(settings.LAKE_ROOT), told["seed"], firms=told["firms"],
        progress=lambda ready, total, code: advance(ready, total, code),
    )  # fmt: skip
    return f"{len(made)} (+{sum(made.values())})"


def _real_series(advance: Advance) -> str:
    from django.conf import settings

    from commercebrain.engine.catalogue import load_catalogue
    from commercebrain.engine.lake.profiles import take_in_profile

    folder = Path(os.environ["CBRAIN_DATA"])
    if not folder.is_dir():
        return say("没有这个文件夹：{folder}", "there is no folder {folder}").format(folder=folder)
    profiles = load_catalogue().profiles
    accepted, absent = 0, []
    for number, (code, profile) in enumerate(profiles.items(), 1):
        advance(number - 1, len(profiles), profile.name.zh)
        if not (folder / profile.file).is_file():
            absent.append(code)
            continue
        day = date.fromisoformat(str(story()["today"]))
        taken = take_in_profile(profile, folder, Path(settings.LAKE_ROOT), taken_in=day)
        accepted += 0 if taken.report is None or taken.report.already else taken.report.accepted
    told = f"+{accepted}"
    return told + (say("；没有文件：", "; no file: ") + ", ".join(absent) if absent else "")


def _plans(advance: Advance) -> str:
    from commercebrain.desk.people.models import Unit
    from commercebrain.desk.plans.actions import accept_unattended, import_document, read_document
    from commercebrain.desk.plans.models import Document, Target
    from commercebrain.engine.catalogue import load_catalogue

    told = story()
    named = {row["key"]: row["name"]["zh"] for row in told["units"]}
    published = load_catalogue().documents
    for number, row in enumerate(told["plans"], 1):
        plan = published[row["file"]]
        document = import_document(
            CATALOGUE / "samples" / "plans" / row["file"],
            unit=Unit.objects.get(name_zh=named[row["unit"]]),
            person=None,
            title=plan.name.zh,
            number=plan.number,
            issued_on=plan.issued_on,
            classification="public",
        )
        if document.state == Document.State.READING and document.job is None:
            # An earlier preparation was killed while it read this plan; nothing of it was stored.
            document.state = Document.State.WAITING
            document.save(update_fields=["state"])
        if document.state in (Document.State.WAITING, Document.State.FAILED):
            read_document(document)
        accept_unattended(document)
        advance(number, len(told["plans"]), plan.name.zh)
    return f"{Target.objects.count()} 条目标 / targets"


def _rows(advance: Advance) -> str:
    from commercebrain.desk.people.models import Unit
    from commercebrain.desk.registers.rows import FOLDER, load_rows

    named = {row["key"]: row["name"]["zh"] for row in story()["units"]}
    added = load_rows(FOLDER / "shaoxing.yaml", Unit.objects.get(name_zh=named["sx"]))
    invented = load_rows(FOLDER / "shili.yaml", Unit.objects.get(name_zh=named["sl"]))
    return f"{added} + {invented}"


def _invented_plan(advance: Advance) -> str:
    from commercebrain.desk.people.models import Unit
    from commercebrain.desk.responsibility.demo import play

    told = story()
    named = {row["key"]: row["name"]["zh"] for row in told["units"]}
    folder = CATALOGUE / "samples" / "invented"
    return play(told["invented_plan"], folder, lambda key: Unit.objects.get(name_zh=named[key]))


def _bulletin(advance: Advance) -> str:
    from commercebrain.desk.bulletins.circulation import play as circulation
    from commercebrain.desk.bulletins.demo import play
    from commercebrain.desk.people.models import Person, Unit

    told = story()
    names = {row["key"]: row["name"]["zh"] for row in told["units"]}
    who = told["bulletin"]
    unit, person = Unit.objects.get(name_zh=names[who["unit"]]), Person.objects.get(username=who["person"])
    reported = circulation()
    return f"{play(unit, person, date.fromisoformat(str(told['today'])))}, {reported}"


def _forecasts(advance: Advance) -> str:
    from commercebrain.desk.foresight.demo import play

    return play(lambda done, total: advance(done, total, say("按当时所知", "as known then")))


def _lists(advance: Advance) -> str:
    from commercebrain.desk.lists.demo import play
    from commercebrain.desk.people.models import Person, Unit
    from commercebrain.desk.registry.models import Enterprise
    from commercebrain.engine.simulate.reporters import main_product

    told = story()
    names = {row["key"]: row["name"]["zh"] for row in told["units"]}
    who = told["reporting"]
    trade = trade_of_city()
    sold = main_product(trade, trade.newest)
    lists = {kind: [{"uscc": uscc, "hs6": sold.get(uscc, "")} for uscc in codes] for kind, codes in _on_lists().items()}
    traders = Enterprise.objects.filter(
        synthetic=True, status=Enterprise.Status.EXISTING, industry__in=("5181", "5821")
    )
    lists["traders"] = [{"uscc": uscc} for uscc in traders.order_by("uscc").values_list("uscc", flat=True)[:6]]
    return play(
        Unit.objects.get(name_zh=names[who["unit"]]), Person.objects.get(username=who["proposer"]),
        Person.objects.get(username=who["approver"]), lists, CATALOGUE / "samples" / "invented" / "lists", advance,
    )  # fmt: skip


def _reports(advance: Advance) -> str:
    from commercebrain.operations.demo_reports import play

    return play(advance)


def _warnings(advance: Advance) -> str:
    from commercebrain.operations.demo_warnings import play

    return play(advance)


def _audit(advance: Advance) -> str:
    from commercebrain.desk.audits.actions import run
    from commercebrain.desk.audits.models import AuditFinding
    from commercebrain.desk.audits.queries import READ, covered
    from commercebrain.desk.plans.models import Document

    plans = list(Document.objects.filter(state__in=READ).order_by("pk"))
    if not covered(plans):
        run(plans, progress=lambda n, total, zh, en: advance(n, total, say(zh, en)))
    return f"{AuditFinding.objects.filter(resolved_on=None).count()} 条发现 / findings"


def steps() -> Iterator[DemoStep]:
    """The steps in order, those of every installation first."""
    from commercebrain.operations.install import steps as installation

    def without_progress(run: Callable[[], str]) -> Callable[[Advance], str]:
        return lambda advance: run()

    for step in installation():
        yield DemoStep(step.zh, step.en, without_progress(step.run))
    yield DemoStep("建立单位与演示账号", "Create units and demo accounts", _people)
    yield DemoStep("生成示例市的虚构企业", "Make the invented city's firms", _enterprises)
    if os.environ.get("CBRAIN_DATA"):
        yield DemoStep("装入代码文件", "Load files of codes", _codes)
    yield DemoStep("生成示例市的报关单明细（虚构）", "Make the invented city's declaration lines", _lines)
    yield DemoStep("生成示例市的其他数据集（虚构）", "Make the invented city's other data sets", _other_records)
    yield DemoStep("装入官方统计数据", "Take in official figures", _figures)
    if os.environ.get("CBRAIN_DATA"):
        yield DemoStep("装入真实数据序列", "Take in real series", _real_series)
    yield DemoStep("示例市上月以前的快报数（虚构）", "Make the invented city's monthly reports", _bulletin)
    yield DemoStep("读五个规划", "Read the five plans", _plans)
    yield DemoStep(
        "登记规划写明的园区与站点，示例市的预警点、展会与海外仓（虚构）",
        "Register what the plans name, and invented rows for the invented city",
        _rows,
    )
    yield DemoStep(
        "读示例市的虚构计划并演示分解与月度进展",
        "Read the invented city's plan, break it down, report on it",
        _invented_plan,
    )
    yield DemoStep("核对规划中的数字", "Check the arithmetic of the plans", _audit)
    yield DemoStep("装入示例市的清单（虚构）", "Load the invented city's lists", _lists)
    yield DemoStep("示例市企业每周填报（虚构）", "Have the invented city's firms report every week", _reports)
    yield DemoStep("示例市的预警与响应事项（虚构）", "Warnings and cases of the invented city", _warnings)
    yield DemoStep(
        "保存以往各月的预测，供与实际对照",
        "Keep the forecasts of earlier months, to be held against what came",
        _forecasts,
    )


def prepare() -> None:
    """Runs every step with a progress bar, while another process compiles what the later ones compute with."""
    from commercebrain.engine.compiling import beside

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24),
               TextColumn("[dim]{task.fields[detail]}"), TimeElapsedColumn())  # fmt: skip
    with beside(), Progress(*columns, console=out) as bars:
        for step in steps():
            line = bars.add_task(say(step.zh, step.en), total=None, detail="")

            def advance(done: int, total: int, detail: str, line: Any = line) -> None:
                bars.update(line, completed=done, total=total, detail=detail)

            detail = step.run(advance)
            bars.update(line, completed=1, total=1, detail=detail)


def accounts() -> Table:
    """One account for each kind of person who has something to do."""
    from django.conf import settings

    secret = password(Path(settings.HOME))
    language = "zh" if chinese() else "en"
    table = Table(title=say(f"演示账号，密码均为 {secret}", f"Demo accounts, all with the password {secret}"))
    for heading in (say("账号", "user"), say("身份", "who"), say("来做什么", "comes to")):
        table.add_column(heading)
    for row in story()["persons"]:
        table.add_row(row["username"], row["name"][language], row["comes_to"][language])
    return table


def run_demo(host: str, port: int, *, prepare_only: bool = False) -> int:
    """Prepares, serves until Ctrl-C, and returns the exit code."""
    from commercebrain.operations.serve import (
        Processes,
        check_port,
        run_until_stopped,
        server_command,
        wait_until_answering,
        worker_command,
    )

    os.environ.setdefault("CBRAIN_TODAY", str(story()["today"]))
    os.environ["CBRAIN_DEMO"] = "1"
    if not prepare_only:
        check_port(host, port)
    ready()
    prepare()
    if prepare_only:
        return 0
    address = f"http://{host}:{port}"
    processes = Processes.start([server_command(host, port), worker_command()], {})
    try:
        wait_until_answering(address, processes)
        out.print(accounts())
        out.print(
            f"[bold green]{address}/[/]  "
            + say("业务日期 {day}  按 Ctrl-C 停止", "business date {day}  Ctrl-C stops it").format(
                day=os.environ["CBRAIN_TODAY"]
            ),
            highlight=False,
        )
        return run_until_stopped(processes)
    finally:
        processes.stop()
