"""Installations of their own for tests: each a folder, driven by the ``cbrain`` command as an operator drives it."""

from __future__ import annotations

import fcntl
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.prepared_demo import put

TODAY = "2025-07-21"
#: Seconds after which a verb that has not ended hangs.
PATIENCE = 560
# What a shell of ours may carry and an installation of its own must not see.
FOREIGN = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "CBRAIN_LAKE", "CBRAIN_HOSTS", "CBRAIN_HTTPS", "CBRAIN_DEBUG")


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of an installation in ``home``."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    own = {
        "CBRAIN_HOME": str(home),
        "CBRAIN_TODAY": TODAY,
        "CBRAIN_LANGUAGE": "en",
        "COLUMNS": "200",
        "CBRAIN_DEMO": "1",
        "CBRAIN_DEMO_SMALL": "1",
    }
    return {**kept, **own, "PYTHONUTF8": "1", **more}


def command(*words: str | Path) -> list[str]:
    """The command line of a verb."""
    return [sys.executable, "-m", "commercebrain.cli", *map(str, words)]


def cbrain(
    home: Path, *words: str | Path, fails: bool = False, patience: int = PATIENCE, **more: str
) -> subprocess.CompletedProcess[str]:
    """Runs a verb in ``home``; unless it ``fails``, its exit code must be 0. A whole city asks for more ``patience``."""
    done = subprocess.run(
        command(*words), env=environment(home, **more), capture_output=True, text=True, cwd=home.parent, check=False,
        timeout=patience,
    )  # fmt: skip
    assert fails == (done.returncode != 0), f"cbrain {words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def inside(home: Path, code: str, **more: str) -> Any:
    """Runs ``code`` in the installation with Django ready; gives what it put into ``answer``."""
    program = f"from commercebrain.operations.setup_django import ready\nready()\n{code}\nimport json\nprint('\\n' + json.dumps(answer))"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(home, **more), capture_output=True, text=True, check=False,
        timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])


def lake_counts(root: Path) -> dict[str, int]:
    """How many rows of each kind a lake holds."""
    from commercebrain.engine.lake import Lake
    from commercebrain.engine.lake.records.schema import record_datasets
    from commercebrain.engine.lake.records.table import RecordTable

    lake = Lake(root)
    told = {"observations": len(lake.observations(None)), "quarantine": len(lake.quarantine())}
    told["batches"] = sum(batch.dataset == "observations" for batch in lake.batches())
    for code, dataset in record_datasets().items():
        told[f"records.{code}"] = sum(month.rows for month in RecordTable(root, dataset).months())
    return told


COUNT = f"""
from pathlib import Path
{inspect.getsource(lake_counts)}
from django.apps import apps
from django.conf import settings
answer = {{model._meta.label: model.objects.count() for model in apps.get_models() if not model._meta.label.startswith("sessions.")}}
answer |= lake_counts(Path(settings.LAKE_ROOT))
from commercebrain.desk.plans.models import Finding
answer["unattended"] = Finding.objects.filter(state="accepted", unattended=True).count()
"""


def counts(home: Path, **more: str) -> Mapping[str, int]:
    """How many rows of each kind an installation holds."""
    told: Mapping[str, int] = inside(home, COUNT, **more)
    return told


_prepared: list[Path] = []


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration, prepared once for all tests; whoever changes something works on a copy."""
    if not _prepared:  # a fixture is made anew for every folder that imports it; the demonstration is not
        home = _place(tmp_path_factory) / "demo" / "home"
        home.parent.mkdir(exist_ok=True)
        with (home.parent / "lock").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)  # of two processes of one run the first prepares, the other waits for it
            if not (home.parent / "done").exists():
                put(home, lambda place: cbrain(place, "demo", "--prepare-only"), environment(home))
                (home.parent / "done").touch()
        _prepared.append(home)
    return _prepared[0]


def _place(factory: pytest.TempPathFactory) -> Path:
    """The folder of this run, which its processes share."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def demo_counts(demo_home: Path) -> Mapping[str, int]:
    """How many rows of each kind the demonstration holds."""
    return counts(demo_home)
