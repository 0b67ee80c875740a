"""Rows that two people may edit at once: the later one is told, and nothing is overwritten unseen."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import models
from django.db.models import F

from commercebrain.desk.core.prepared import changing
from commercebrain.engine.errors import UserError


class Conflict(UserError):  # noqa: N818 - it is an answer, not an error
    """Somebody else has changed the row since it was read; the form shows both versions."""

    def __init__(self) -> None:
        super().__init__(
            "rows.changed_meanwhile",
            "这条记录在您打开之后被别人改过，您的修改还没有保存；请比较两份内容后再保存。",
            "Somebody changed this since you opened it; your change is not saved yet. Compare the two and save again.",
        )


class Versioned(models.Model):
    """Mixin with a counter of changes. Every action that edits such a row calls :meth:`claim` first."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def claim(self, seen: int | None) -> None:
        """Takes the row for this change, in the transaction of the action; ``seen`` is the version the editor saw.

        Raises :class:`Conflict` when it has moved on. ``None`` (the system itself, a bulk import that compared rows
        just now) takes it as it stands. Call it before the row's own save: of two editors exactly one passes.
        """
        if not _claiming(type(self))(self.pk, seen):
            raise Conflict
        if seen is None:
            self.refresh_from_db(fields=["version"])
        else:
            self.version = seen + 1  # nobody else can have moved it since: the row is held until the transaction ends


@cache
def _claiming(model: Any) -> Callable[..., int]:
    """The statement that takes a row of a model, with or without the version that must stand there."""

    def claim(pk: int, seen: int | None) -> Any:
        rows = model._default_manager.filter(pk=pk)
        return rows if seen is None else rows.filter(version=seen), {"version": F("version") + 1}

    return changing(claim)
