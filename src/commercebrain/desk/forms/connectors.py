"""Gateways that carry a reminder out of the house: declared in ``catalogue/connectors/``, off until configured.

``CBRAIN_CONNECTORS`` names a YAML file with, by a connector's code, its ``address`` and ``secret``. Calls go through the
guard of the webhooks: never into the own network unless ``CBRAIN_WEBHOOK_NETWORKS`` lists it.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field

import commercebrain.catalogue
from commercebrain.desk.notices.webhooks import call
from commercebrain.engine.catalogue.models import SourceRef, Words
from commercebrain.engine.errors import UserError

FOLDER = Path(next(iter(commercebrain.catalogue.__path__))) / "connectors"
WORD = re.compile(r"\{([a-z]+)\}")
KNOWN = frozenset({"phone", "account", "name", "firm", "text", "id", "secret"})


class Model(BaseModel):
    """Strict: an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Success(Model):
    """When a call has succeeded: its status, and where named a field of the answer that is one of ``equals``."""

    status: list[int] = [200]
    field: str = ""
    equals: list[str] = []

    def holds(self, status: int, body: bytes) -> bool:
        """Whether an answer says that the message was taken."""
        if status not in self.status:
            return False
        if not self.field:
            return True
        try:
            told = json.loads(body.decode("utf-8"))
        except ValueError:
            return False
        for part in self.field.split("."):
            told = told.get(part) if isinstance(told, dict) else None
        return str(told).lower() in {one.lower() for one in self.equals}


class Connector(Model):
    """One gateway: to whom, how it is called, what is sent, when it has succeeded."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{1,38}$")
    name: Words
    source: list[SourceRef] = Field(min_length=1)
    to: Literal["phone", "users"]
    method: Literal["POST", "PUT"] = "POST"
    headers: dict[str, str] = {}
    body: dict[str, Any]
    success: Success = Success()
    examples: list[dict[str, Any]] = []

    def filled(self, words: Mapping[str, str]) -> dict[str, Any]:
        """The body with its words; a word that is not there stays empty."""
        made = _fill(self.body, words)
        assert isinstance(made, dict)  # noqa: S101 - it was one
        return made

    def unknown(self) -> set[str]:
        """Words of the template that nobody fills in."""
        return set(WORD.findall(json.dumps([self.body, self.headers], ensure_ascii=False))) - KNOWN


def _fill(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return WORD.sub(lambda found: words.get(found[1], ""), value)
    if isinstance(value, dict):
        return {key: _fill(one, words) for key, one in value.items()}
    return [_fill(one, words) for one in value] if isinstance(value, list) else value


@lru_cache(maxsize=1)
def connectors() -> dict[str, Connector]:
    """The declared connectors by code.

    Raises :class:`UserError` (``connectors.bad``) naming the file of one that cannot be read.
    """
    found: dict[str, Connector] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        try:
            one = Connector.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except ValueError as fault:
            raise _bad(path.name, str(fault)) from None
        if unknown := one.unknown():
            raise _bad(path.name, "{" + "} {".join(sorted(unknown)) + "}")
        found[one.code] = one
    return found


def _bad(name: str, what: str) -> UserError:
    return UserError(
        "connectors.bad", f"连接器声明 {name} 有误：{what}", f"The declared connector {name} is wrong: {what}"
    )


def configured() -> dict[str, dict[str, str]]:
    """Address and secret by code, of the connectors that are switched on; none without ``CBRAIN_CONNECTORS``.

    Raises :class:`UserError` (``connectors.file``) for a file that cannot be read.
    """
    name = settings.CONNECTORS_FILE
    if not name:
        return {}
    try:
        held = yaml.safe_load(Path(name).read_text(encoding="utf-8")) or {}
        told = {
            str(code): {key: "" if value is None else str(value) for key, value in one.items()}
            for code, one in held.items()
        }
    except (OSError, ValueError, AttributeError, yaml.YAMLError):
        raise UserError(
            "connectors.file",
            "读不懂 CBRAIN_CONNECTORS 所指的文件：应是 YAML，每个连接器代码下写 address 与 secret。",
            "The file that CBRAIN_CONNECTORS names cannot be read: it should be YAML with, below each connector's code, "
            "address and secret.",
        ) from None
    return {code: one for code, one in told.items() if code in connectors() and one.get("address")}


def is_on(code: str) -> bool:
    """Whether a connector is switched on; one whose file cannot be read is not."""
    try:
        return code in configured()
    except UserError:
        return False


def send(connector: Connector, words: Mapping[str, str]) -> tuple[bool, str]:
    """Makes one call: whether it succeeded, and what the gateway said in one line. Never raises."""
    try:
        held = configured().get(connector.code)
        if held is None:
            return False, "not configured"
        told = {**words, "secret": held.get("secret", "")}
        body = json.dumps(connector.filled(told), ensure_ascii=False).encode("utf-8")
        headers = {key: _header(_fill(value, told)) for key, value in connector.headers.items()}
        headers |= {"Content-Type": "application/json; charset=utf-8", "User-Agent": "commercebrain"}
        status, answer = call(held["address"], body, headers, connector.method)
    except UserError as fault:
        return False, fault.say("zh")[:200]
    except (OSError, http.client.HTTPException, ValueError) as fault:
        return False, type(fault).__name__
    good = connector.success.holds(status, answer)
    return good, str(status) if good else f"{status} {answer[:160].decode('utf-8', 'replace')}".strip()


def _header(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")
