"""A worker that is killed in the middle of applying an import leaves all or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.desk.core.imports.test_imports import HEAD, csv

from commercebrain.desk.core.imports import actions, find_importer
from commercebrain.desk.core.imports.applying import apply_run
from commercebrain.desk.core.models import ImportRow, ImportRun
from commercebrain.desk.people.models import Unit

KILLED = """
    import os, signal, sys
    import django
    django.setup()
    from django.conf import settings
    from django.db import connections
    connections["default"].settings_dict["NAME"] = sys.argv[1]
    from commercebrain.desk.core.imports import find_importer
    from commercebrain.desk.core.imports.applying import apply_run
    from commercebrain.desk.core.models import ImportRun
    from commercebrain.desk.people.imports import units as imports
    real, left = imports.create_unit, [int(sys.argv[3])]
    def dies(*given, **more):
        left[0] -= 1
        made = real(*given, **more)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return made
    imports.create_unit = dies
    run = ImportRun.objects.get(pk=sys.argv[2])
    apply_run(run, find_importer(run.importer), run.person)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
@pytest.mark.parametrize("after", [7, *(pytest.param(edge, marks=pytest.mark.slow) for edge in (1, 20))])
def test_kill_9_in_the_middle_of_apply_leaves_nothing_and_a_second_run_writes_all(house: Any, after: int) -> None:
    rows = [[f"第{n}科", f"Section {n}", "330203", "海曙区商务局"] for n in range(20)]
    run = actions.upload(find_importer("people.units"), csv(HEAD, *rows), house.people.admin)
    before = Unit.objects.count()
    connection.close()
    died = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(connection.settings_dict["NAME"]), str(run.pk), str(after)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        check=False,
        timeout=560,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-2000:]
    assert Unit.objects.count() == before
    run.refresh_from_db()
    assert run.state == ImportRun.State.READY
    assert not ImportRow.objects.filter(run=run, state="added").exists()
    apply_run(run, find_importer("people.units"), house.people.admin)
    assert Unit.objects.count() == before + 20
