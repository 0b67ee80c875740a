"""The demo's accounts on the sign-in page. Only a demo installation (``CBRAIN_DEMO=1``) names any."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from commercebrain.desk.core import reader


@dataclass(frozen=True)
class DemoAccount:
    """An account that the demo made: who it is, and how to sign in as that person."""

    username: str
    password: str
    zh: str
    en: str

    def __str__(self) -> str:
        """Who it is, in the reader's language."""
        return self.zh if reader.chinese() else self.en


def accounts_file() -> Path:
    """Where the demo writes its accounts: under ``CBRAIN_HOME``, never in the program."""
    return Path(settings.HOME) / "demo_accounts.json"


def write_demo_accounts(accounts: list[DemoAccount]) -> None:
    """Keeps the accounts for the sign-in page."""
    rows = [vars(account) for account in accounts]
    accounts_file().write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


def demo_accounts() -> list[DemoAccount]:
    """The accounts to show; none outside a demo."""
    if os.environ.get("CBRAIN_DEMO") != "1" or not accounts_file().is_file():
        return []
    return [DemoAccount(**row) for row in json.loads(accounts_file().read_text(encoding="utf-8"))]
