"""How the chain stands: what the administrator's page and the nightly verification know of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from commercebrain.desk.core.models import Seal, Setting
from commercebrain.desk.core.trail import anchors as anchoring
from commercebrain.desk.core.trail.sealing import _settled, unsealed
from commercebrain.desk.core.trail.verifying import Progress, Verdict, verify

KEY = "audit_verified"
SHOWN = 20  # findings kept for the page


@dataclass(frozen=True)
class LastVerdict:
    """The last verification: when, how much was checked, how many faults, the first of them in both languages."""

    at: datetime
    events: int
    seals: int
    anchors: int
    faults: int
    findings: tuple[tuple[str, str], ...]


def verify_and_keep(anchors: Path | None = None, progress: Progress | None = None) -> Verdict:
    """Verifies the chain, against the configured anchors where no others are named, and remembers the outcome."""
    place = anchors or anchoring.place()
    known = anchoring.read(place) if anchors or place.exists() else []
    verdict = verify(known, progress)
    value = {
        "at": verdict.at.isoformat(), "events": verdict.events, "seals": verdict.seals, "anchors": verdict.anchors,
        "faults": verdict.faults, "findings": [(one.zh, one.en) for one in verdict.findings[:SHOWN]],
    }  # fmt: skip
    Setting.objects.update_or_create(key=KEY, defaults={"value": json.dumps(value, ensure_ascii=False)})
    return verdict


def last_verdict() -> LastVerdict | None:
    """The last verification; none before the first."""
    text = Setting.objects.filter(key=KEY).values_list("value", flat=True).first()
    if text is None:
        return None
    value: dict[str, Any] = json.loads(text)
    value["at"] = datetime.fromisoformat(value["at"])
    value["findings"] = tuple((zh, en) for zh, en in value["findings"])
    return LastVerdict(**value)


def newest_seal() -> Seal | None:
    """The head of the chain."""
    return Seal.objects.order_by("-number").first()


def open_events() -> int:
    """How many events are under no seal yet, of those that the next sealing looks at."""
    from django.utils import timezone

    return int(unsealed(_settled(timezone.now())).count())
