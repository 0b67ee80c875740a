"""Creates or upgrades what lives under CBRAIN_HOME: database, static files, lake, registers, roles."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from commercebrain.operations.setup_django import ready


@dataclass(frozen=True)
class Step:
    """One step of an installation: what it is called and what it does; running it again changes nothing."""

    zh: str
    en: str
    run: Callable[[], str]


def _migrate() -> str:
    from django.core.management import call_command

    gc.disable()  # the models of every migration stay until the last one: to look for rubbish takes as long as migrating
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        gc.enable()
    return ""


def _static() -> str:
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    return ""


def _lake() -> str:
    from django.conf import settings

    from commercebrain.engine.lake import Lake

    Lake.create(settings.LAKE_ROOT)
    return str(settings.LAKE_ROOT)


def _records() -> str:
    """What an upgrade computes otherwise, and what an interrupted refresh left, is made again from the record."""
    from django.conf import settings

    from commercebrain.engine.disclosure.standing import bring_up

    held, lacking = bring_up(settings.LAKE_ROOT)
    return f"{held} (+{lacking})"


def _registers() -> str:
    from commercebrain.desk.people.actions import load_roles
    from commercebrain.desk.registry.actions import load_registers

    added = sum(new for new, _changed in load_registers().values())
    return f"+{added} · {load_roles()}"


def _declared() -> str:
    from commercebrain.desk.registers.actions import apply_declarations
    from commercebrain.desk.registers.declared import registers

    return f"{len(registers())} (+{len(apply_declarations())})"


def steps() -> Iterator[Step]:
    """The steps in order."""
    ready()
    yield Step("建立数据库", "Create the database", _migrate)
    yield Step("收集页面文件", "Collect static files", _static)
    yield Step("建立数据湖", "Create the lake", _lake)
    yield Step(
        "使明细的汇总与保密处理符合本版本", "Bring roll-ups and protection of records up to this version", _records
    )
    yield Step("装入行政区划、代码表与角色", "Load regions, codes and roles", _registers)
    yield Step("使数据库与登记册声明一致", "Bring the database in line with the declared registers", _declared)
