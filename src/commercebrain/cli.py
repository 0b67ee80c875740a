"""One command, ``cbrain``; each verb is a thin call into a package below."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from commercebrain import __version__
from commercebrain.engine.catalogue.cli import catalogue_app
from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure.cli import exposure
from commercebrain.engine.indicators.cli import explain, figure
from commercebrain.engine.lake.cli import intake, lake_app, observations, quarantine
from commercebrain.engine.outlook.cli import foresight_app, nowcast, outlook
from commercebrain.engine.planaudit.cli import audit
from commercebrain.engine.plantext.cli import plan_app
from commercebrain.engine.rules.cli import rules_app
from commercebrain.operations.catalogue import apply as apply_catalogue
from commercebrain.operations.terminal import say

app = typer.Typer(
    name="cbrain", help="商务大脑 · Commerce Brain", no_args_is_help=True, rich_markup_mode=None,
    pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
app.add_typer(plan_app, name="plan")
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(lake_app, name="lake")
app.add_typer(foresight_app, name="foresight")
app.add_typer(rules_app, name="rules")
plan_app.command("audit")(audit)
catalogue_app.command("apply")(apply_catalogue)
app.command("figure")(figure)
app.command("explain")(explain)
app.command("exposure")(exposure)
app.command("outlook")(outlook)
app.command("nowcast")(nowcast)
app.command("intake")(intake)
app.command("observations")(observations)
app.command("quarantine")(quarantine)

out = Console()
err = Console(stderr=True)


@app.command()
def version() -> None:
    """版本 · Print the version."""
    out.print(__version__)


@app.command()
def install() -> None:
    """建立或升级数据库、数据湖与登记册 · Create or upgrade database, lake and registers."""
    from commercebrain.operations.install import steps

    for step in steps():
        with out.status(say(step.zh, step.en)):
            detail = step.run()
        out.print(f"[green]✓[/] {say(step.zh, step.en)} [dim]{detail}[/]")


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="端口 · port")] = 8000,
    host: Annotated[str, typer.Option(help="监听地址 · address to listen on")] = "127.0.0.1",
    prepare_only: Annotated[bool, typer.Option(help="只准备数据，不启动 · prepare without serving")] = False,
) -> None:
    """演示：读五个规划、装入官方数据、打开驾驶舱 · The demo: five plans, official figures, the cockpit."""
    from commercebrain.operations.demo import run_demo

    raise typer.Exit(run_demo(host, port, prepare_only=prepare_only))


@app.command("reset-second-factor")
def reset_second_factor(
    username: Annotated[str, typer.Argument(help="用户名 · user name")],
) -> None:
    """重置一个账号的动态口令（手机遗失或系统密钥更换时）· Reset an account's one-time codes."""
    from commercebrain.operations.setup_django import ready

    ready()
    from commercebrain.desk.access.second_factor import turn_off
    from commercebrain.desk.people.models import Person

    person = Person.objects.filter(username=username).first()
    if person is None:
        raise UserError(
            "persons.unknown", f"没有用户名为“{username}”的账号。", f"There is no account named “{username}”."
        )
    done = turn_off(person)
    out.print(say("已重置", "reset") if done else say("该账号没有启用动态口令", "the account has no one-time codes"))


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="端口 · port")] = 8000,
    host: Annotated[str, typer.Option(help="监听地址 · address to listen on")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(help="进程数 · processes", min=1)] = 2,
) -> None:
    """启动网页服务器 · Start the web server."""
    from commercebrain.operations.serve import Processes, check_port, run_until_stopped, server_command

    check_port(host, port)
    out.print(f"http://{host}:{port}/")
    raise typer.Exit(run_until_stopped(Processes.start([server_command(host, port, workers)], {})))


@app.command()
def worker(
    batch: Annotated[bool, typer.Option(help="做完排队的作业就退出 · stop when the queue is empty")] = False,
) -> None:
    """运行后台作业 · Run queued jobs."""
    from commercebrain.operations.worker import run

    run(batch=batch)


@app.command()
def tick(
    to: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="业务日期 · business date")] = None,
) -> None:
    """推进业务日期，执行到期的定时任务 · Move the business date and start what is due."""
    from commercebrain.operations.tick import tick as move

    before, after = move(to.date() if to else None)
    out.print(say(f"业务日期 {before} → {after}", f"Business date {before} → {after}"))


@app.command()
def backup(target: Annotated[Path, typer.Argument(help="备份文件 · archive to write, .tar.gz")]) -> None:
    """备份数据库、数据湖和上传文件 · Back up database, lake and uploads."""
    from commercebrain.operations.backup import backup as make

    manifest = make(target)
    out.print(
        say(
            f"已备份 {len(manifest['files'])} 个文件到 {target}",
            f"{len(manifest['files'])} files in {target}",
        )
    )


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="备份文件 · archive", exists=True)],
    force: Annotated[bool, typer.Option(help="替换现有数据 · replace what is here")] = False,
) -> None:
    """从备份恢复 · Restore from a backup."""
    from commercebrain.operations.backup import restore as put_back

    manifest = put_back(source, force=force)
    out.print(say(f"已恢复 {manifest['made_at']} 的备份", f"Restored the backup of {manifest['made_at']}"))


@app.command()
def doctor() -> None:
    """体检：装好了什么、缺什么、怎么补 · What is set up, what is missing, how to mend it."""
    from commercebrain.operations.doctor import examine

    marks = {"ok": "[green]✓[/]", "missing": "[red]✗[/]", "optional": "[yellow]–[/]"}
    table = Table(show_header=False, box=None, pad_edge=False)
    broken = 0
    for finding in examine():
        broken += finding.verdict == "missing"
        table.add_row(marks[finding.verdict], say(finding.zh, finding.en), say(finding.mend_zh, finding.mend_en))
    out.print(table)
    raise typer.Exit(1 if broken else 0)


def _mount_desk() -> None:
    """Adds the verbs that need the desk to the groups of the engine's."""
    from commercebrain.desk.plans.cli import import_
    from commercebrain.operations.audit import audit_app

    app.add_typer(audit_app, name="audit")

    plan_app.command("import")(import_)
    from commercebrain.desk.registry.cli import registry_app, simulate_app

    app.add_typer(registry_app, name="registry")
    app.add_typer(simulate_app, name="simulate")


_mount_desk()


def main() -> None:
    """Runs a verb; a fault in what was given is one sentence and exit code 2, never a traceback."""
    try:
        app()
    except UserError as fault:
        err.print(say(fault.zh, fault.en), style="red", markup=False, highlight=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
