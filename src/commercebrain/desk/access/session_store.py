"""Sessions in the database, found by a checksum of their key: whoever reads the table, or a backup, can use none.

The browser holds the key. Django's own store looks rows up by the key itself; here every look-up, and the list of
running sessions (:mod:`.sessions`), goes by :func:`kept_key`.
"""

from __future__ import annotations

import base64
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as PlainStore
from django.utils import timezone

from commercebrain.desk.core.prepared import prepared


def kept_key(key: str | None) -> str:
    """The key as the database keeps it: 240 bits of its SHA-256, as long as the column. Empty for none."""
    return base64.urlsafe_b64encode(sha256(key.encode()).digest()).decode()[:40] if key else ""


@prepared
def _running(key: str, now: datetime) -> Any:
    return SessionStore.get_model_class().objects.filter(session_key=key, expire_date__gt=now)


class SessionStore(PlainStore):
    """Django's store with hashed keys. Only the synchronous half is used here."""

    def _get_session_from_db(self) -> Any:
        row = _running.first(kept_key(self.session_key), timezone.now())
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        """Whether there is such a session."""
        return bool(self.model.objects.filter(session_key=kept_key(session_key)).exists())

    def create_model_instance(self, data: Any) -> Any:
        """The row to be written."""
        row = super().create_model_instance(data)
        row.session_key = kept_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Removes the session, this one where none is named."""
        key = session_key or self.session_key
        if key:
            self.model.objects.filter(session_key=kept_key(key)).delete()
