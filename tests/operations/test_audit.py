"""``cbrain audit``: sealing, exporting the head, verifying, with an exit code that a timer can act on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner

from commercebrain.desk.core.events import record
from commercebrain.desk.core.models import Event
from commercebrain.desk.core.trail import anchors
from commercebrain.desk.core.trail.state import last_verdict
from commercebrain.desk.core.trail.triggers import lifted
from commercebrain.operations.audit import audit_app

pytestmark = pytest.mark.django_db


def audit(*words: str | Path) -> tuple[int, str]:
    """Exit code and output of a verb."""
    done = CliRunner().invoke(audit_app, [str(word) for word in words], env={"COLUMNS": "200"})
    return done.exit_code, done.output


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Anchors of this test's own; sentences in English."""
    monkeypatch.setenv("CBRAIN_LANGUAGE", "en")
    settings.AUDIT_ANCHORS = tmp_path / "anchors.txt"
    return tmp_path / "anchors.txt"


def test_the_head_is_exported_to_the_screen_or_appended_to_a_file(place: Path, tmp_path: Path) -> None:
    assert audit("anchor")[0] == 1
    record("person.signed_in", ("people.person", "1"), None)
    assert audit("seal") == (0, "1 events sealed under 1 new seals\n")
    code, head = audit("anchor")
    assert code == 0 and anchors.parse([head])[0] == anchors.head()
    other = tmp_path / "other.txt"
    audit("anchor", other)
    audit("anchor", other)
    assert other.read_text() == head * 2
    assert audit("verify", "--anchors", other)[0] == 0


def test_a_sound_log_verifies_with_exit_code_0_and_a_tampered_one_with_1(place: Path) -> None:
    for n in range(3):
        record("person.signed_in", ("people.person", str(n)), None)
    audit("seal")
    code, told = audit("verify")
    assert code == 0 and told == "Sound: 3 events under 1 seals, 0 not sealed yet, 1 anchors\n"
    victim = Event.objects.first().pk
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_event WHERE id = %s", [victim])
    code, told = audit("verify")
    assert code == 1 and f"Event {victim} of seal 1 is gone" in told and "Not sound" in told
    verdict = last_verdict()
    assert verdict is not None and verdict.faults == 1 and f"{victim}" in verdict.findings[0][1]
