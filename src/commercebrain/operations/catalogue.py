"""``cbrain catalogue apply``: brings the database in line with the declared registers."""

from __future__ import annotations

import typer
from rich.console import Console

from commercebrain.operations.terminal import say


def apply() -> None:
    """使数据库与登记册声明一致：建立或删除索引 · Bring the database in line with the declared registers."""
    from commercebrain.operations.setup_django import ready

    ready()
    from commercebrain.desk.registers.actions import apply_declarations
    from commercebrain.desk.registers.declared import faults, own_folder, registers

    console = Console(soft_wrap=True, highlight=False)
    wrong = faults()
    for fault in wrong:
        console.print(f"{own_folder()}/{fault.say(say('zh', 'en'))}", markup=False)
    done = apply_declarations()
    for line in done:
        console.print(line, markup=False)
    console.print(
        say(
            "登记册 {n} 个；更新 {done} 处；有误的文件 {wrong} 处。",
            "{n} registers; {done} changes; {wrong} faults in files.",
        ).format(n=len(registers()), done=len(done), wrong=len(wrong))
    )
    raise typer.Exit(1 if wrong else 0)
