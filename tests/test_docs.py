"""The documents say what the program does: verbs, settings, keys of the catalogue, and every link leads somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer.main
import yaml

from commercebrain.engine.catalogue.models import Indicator, SystemRow
from tests.tracked import ROOT, text, tracked

DOCS = ROOT / "docs"
CATALOGUE = ROOT / "src" / "commercebrain" / "catalogue"
LINK = re.compile(
    r"(?<!\!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\""
)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# --- commands -------------------------------------------------------------------------------------------------------
def verbs(command: object, name: str) -> Iterator[str]:
    """Every verb that can be typed."""
    children = getattr(command, "commands", None)
    if not children:
        yield name
        return
    for child, below in children.items():
        yield from verbs(below, f"{name} {child}")


def test_the_page_of_commands_is_what_the_commands_say_of_themselves() -> None:
    from commercebrain.reference import page as written

    assert page("reference/commands.md") == written(), "run python -m commercebrain.reference"


def test_every_verb_of_cbrain_stands_on_the_page_of_commands() -> None:
    from commercebrain.cli import app

    told = page("reference/commands.md")
    known = set(verbs(typer.main.get_command(app), "cbrain"))
    assert {"cbrain demo", "cbrain plan read", "cbrain intake", "cbrain backup", "cbrain doctor"} <= known
    assert [verb for verb in sorted(known) if f"## `{verb}`\n" not in told] == []


def test_every_verb_that_a_document_tells_people_to_type_exists() -> None:
    from commercebrain.cli import app

    known = set(verbs(typer.main.get_command(app), "cbrain"))
    groups = {verb.rsplit(" ", 1)[0] for verb in known} | known
    wrong = []
    for path in [*sorted(DOCS.rglob("*.md")), ROOT / "README.md"]:
        for told in re.findall(r"(?<![\w/-])cbrain((?: [a-z][a-z-]*)+)", path.read_text(encoding="utf-8")):
            words = told.split()
            if not any(" ".join(["cbrain", *words[:n]]) in groups for n in range(1, len(words) + 1)):
                wrong.append(f"{path.relative_to(ROOT)}: cbrain{told}")
    assert wrong == []


# --- settings -------------------------------------------------------------------------------------------------------
def read_from_environment(source: Path) -> Iterator[str]:
    """The names of the variables that a module reads."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        called = isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv")
        asked = isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ"
        given = isinstance(node, ast.keyword) and node.arg == "envvar"  # an option of the command line
        key = node.args[0] if called else node.slice if asked else node.value if given else None  # type: ignore[attr-defined]
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


def test_every_setting_that_the_program_reads_is_documented_and_no_other() -> None:
    # LC_ALL and LANG are the system's own; PGPASSWORD is handed to pg_dump.
    read = {name for path in (ROOT / "src").rglob("*.py") for name in read_from_environment(path)}
    read |= {"DATABASE_URL"}  # read by dj_database_url on our behalf
    told = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", page("reference/settings.md"), re.MULTILINE))
    assert {name for name in read if name.startswith("CBRAIN_")} - told == set()
    assert told - read == set()


def test_the_page_of_permissions_has_every_role_with_its_rights() -> None:
    told = page("reference/permissions.md")
    roles = yaml.safe_load((CATALOGUE / "roles.yaml").read_text(encoding="utf-8"))["roles"]
    for code, role in roles.items():
        rights = " | ".join(role.get(right, "—") for right in ("enter", "see", "find"))
        manages = "yes |" if role.get("runs_system") else "|"
        assert f"| `{code}` | {role['name']['zh']} {role['name']['en']} | {rights} | {manages}" in told, code


# --- the catalogue --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", [Indicator, SystemRow], ids=["indicator", "system"])
def test_every_key_of_a_catalogue_file_is_documented(model: type[Indicator] | type[SystemRow]) -> None:
    told = page("reference/catalogue.md")
    named = set(re.findall(r"^[-\s]*([a-z_]+):", told, re.MULTILINE)) | set(re.findall(r"`([a-z_]+)[:`]", told))
    assert sorted(set(model.model_fields) - named) == []


def test_every_folder_and_file_of_the_catalogue_is_documented() -> None:
    told = page("reference/catalogue.md")
    held = {path.parts[3] for path in tracked() if path.parts[:3] == ("src", "commercebrain", "catalogue")}
    missing = [
        name for name in sorted(held) if name != "__init__.py" and not re.search(rf"`{re.escape(name)}[/`]", told)
    ]
    assert missing == []


# --- navigation and links -------------------------------------------------------------------------------------------
def navigation(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for item in node:
            yield from navigation(item)
    elif isinstance(node, dict):
        for item in node.values():
            yield from navigation(item)


def test_every_document_is_in_the_navigation_and_every_entry_is_there() -> None:
    entries = list(navigation(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]))
    held = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    assert sorted(set(entries) - held) == [], "entries without a document"
    assert sorted(held - set(entries)) == [], "documents without an entry"
    assert len(entries) == len(set(entries))


def links(path: Path) -> Iterator[str]:
    for found in LINK.finditer(FENCE.sub("", path.read_text(encoding="utf-8"))):
        yield next(target for target in found.groups() if target)


def test_every_link_to_a_file_leads_to_a_file() -> None:
    broken = []
    for name in tracked():
        if name.suffix != ".md":
            continue
        for target in links(ROOT / name):
            if re.match(r"[a-z]+:", target) or target.startswith("#"):
                continue
            place = (ROOT / name).parent / unquote(target.split("#")[0])
            if not place.exists():
                broken.append(f"{name}: {target}")
    assert broken == []


def heading_id(heading: str) -> str:
    """The anchor that mkdocs gives a heading."""
    from markdown.extensions.toc import slugify

    return slugify(re.sub(r"[`*]", "", heading), "-")


def test_every_link_into_a_document_meets_its_heading() -> None:
    broken = []
    for path in sorted(DOCS.rglob("*.md")):
        for target in links(path):
            if "#" not in target or re.match(r"[a-z]+:", target):
                continue
            file, anchor = target.split("#", 1)
            other = (path.parent / file) if file else path
            if other.suffix == ".md" and other.exists():
                ids = {
                    heading_id(h) for h in re.findall(r"^#+\s+(.+)$", other.read_text(encoding="utf-8"), re.MULTILINE)
                }
                if unquote(anchor) not in ids:
                    broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_picture_is_shown_somewhere_and_is_small() -> None:
    told = "".join(text(path) or "" for path in tracked() if path.suffix == ".md")
    for picture in sorted((DOCS / "images").glob("*")):
        assert picture.name in told, f"{picture.name} is shown nowhere"
        assert picture.stat().st_size < 300_000, f"{picture.name} has {picture.stat().st_size:,} bytes"


# --- decisions ------------------------------------------------------------------------------------------------------
def test_decisions_are_numbered_without_gaps_and_stand_in_the_index() -> None:
    records = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    index = page("decisions/index.md")
    assert [path.name for path in records if f"({path.name})" not in index] == []
    for path in records:
        assert path.read_text(encoding="utf-8").startswith("# "), path


# --- the catalogue of changes and the readme ------------------------------------------------------------------------
def test_the_readme_names_the_two_commands_and_shows_the_product() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme and "make test" in readme
    assert "docs/images/" in readme


def test_the_changelog_tells_of_this_version() -> None:
    from commercebrain import __version__

    assert re.search(
        rf"^## \[?{re.escape(__version__)}\]?", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
