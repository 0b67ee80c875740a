"""The browser libraries are copied from node_modules, without pointers to files that are not shipped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commercebrain.engine.errors import UserError
from commercebrain.web import assets

REAL = Path(assets.__file__).parents[3] / "node_modules"


def invent(folder: Path) -> Path:
    """A node_modules of small files."""
    for source in assets.FILES:
        file = folder / "node_modules" / source
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(
            b"body\n//# sourceMappingURL=x.map\n"
            if file.suffix == ".js"
            else b"body\n/*# sourceMappingURL=x.css.map */"
        )
    return folder / "node_modules"


def test_every_file_that_templates_name_is_copied():
    web = Path(assets.__file__).parent
    named = set()
    for file in web.parent.rglob("templates/**/*.html"):
        named |= set(re.findall(r"static ['\"]vendor/([^'\"]+)", file.read_text(encoding="utf-8")))
    assert named and named <= set(assets.FILES.values())


def test_pointers_to_source_maps_are_cut_off(tmp_path):
    node_modules = invent(tmp_path)
    written = assets.copy_assets(node_modules, tmp_path / "vendor")
    assert len(written) == len(assets.FILES)
    for file in written:
        if file.suffix in {".js", ".css"}:
            assert b"sourceMappingURL" not in file.read_bytes() and b"body" in file.read_bytes()


def test_a_second_copy_writes_nothing(tmp_path):
    node_modules = invent(tmp_path)
    assets.copy_assets(node_modules, tmp_path / "vendor")
    assert assets.copy_assets(node_modules, tmp_path / "vendor") == []


def test_without_node_modules_the_sentence_says_what_to_run(tmp_path):
    with pytest.raises(UserError, match="npm ci"):
        assets.find_node_modules(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    node_modules = invent(tmp_path)
    (node_modules / "htmx.org/dist/htmx.min.js").unlink()
    with pytest.raises(UserError, match=r"htmx\.min\.js"):
        assets.copy_assets(node_modules, tmp_path / "vendor")


@pytest.mark.skipif(not REAL.is_dir(), reason="node_modules is not installed here; run make setup")
def test_the_real_libraries_refer_to_no_file_that_is_not_there(tmp_path):
    assets.copy_assets(REAL, tmp_path)
    for file in tmp_path.rglob("*.css"):
        for address in re.findall(r'url\("?(?!data:)([^")?#]+)', file.read_text(encoding="utf-8")):
            assert (file.parent / address).is_file(), (file.name, address)


@pytest.mark.skipif(not REAL.is_dir(), reason="node_modules is not installed here; run make setup")
def test_the_manifest_storage_takes_all_static_files(tmp_path, settings):
    """What the server does at set-up: every name that css refers to is found and hashed."""
    from django.core.management import call_command

    assets.copy_assets(assets.find_node_modules())
    settings.STATIC_ROOT = tmp_path / "collected"
    storage = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}
    call_command("collectstatic", interactive=False, verbosity=0)
    assert (tmp_path / "collected" / "staticfiles.json").is_file()
    assert list((tmp_path / "collected" / "css").glob("desk.*.css"))
