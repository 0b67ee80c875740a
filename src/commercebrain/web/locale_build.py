"""Compiles ``locale/src/*.zh.yaml`` into Django's catalogue: ``python -m commercebrain.web.locale_build``.

Message ids are the English sentences in code and templates; each area lists its Chinese in a flat YAML map
``English: 中文``. A message with a plural is written ``English singular: {plural: English plural, zh: 中文}``.
The results (``.po`` and ``.mo``) are made, not kept.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polib
import yaml

from commercebrain.engine.errors import UserError

LOCALE = Path(__file__).resolve().parent / "locale"
SOURCES = LOCALE / "src"
GOAL = LOCALE / "zh_Hans" / "LC_MESSAGES"


@dataclass(frozen=True)
class Message:
    """One message: its English, its Chinese, its English plural where it has one, and the file that says so."""

    english: str
    chinese: str
    plural: str | None
    file: str


def _fault(file: Path, key: str, zh: str, en: str) -> UserError:
    return UserError(
        "locale.bad_entry",
        f"语言文件 {file.name} 中“{key}”：{zh}",
        f"Language file {file.name}, “{key}”: {en}",
    )


def _unique_keys(file: Path) -> dict[str, Any]:
    """The YAML map of ``file``, refusing a key that stands twice (YAML itself would keep the last)."""

    class Strict(yaml.SafeLoader):
        pass

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if key in seen:
                raise _fault(file, str(key), "重复出现，请删去一条。", "stands twice; remove one.")
            seen[key] = loader.construct_object(value_node, deep=True)
        return seen

    Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    return yaml.load(file.read_text(encoding="utf-8"), Loader=Strict) or {}  # noqa: S506 - a SafeLoader


def messages(sources: Path = SOURCES) -> Iterator[Message]:
    """Every message of every language file, in the order of file names.

    Raises :class:`UserError` (``locale.bad_entry``) for an entry that is not text.
    """
    for file in sorted(sources.glob("*.zh.yaml")):
        for english, value in _unique_keys(file).items():
            plural = None
            if isinstance(value, dict):
                plural, value = value.get("plural"), value.get("zh")
                if not isinstance(plural, str):
                    raise _fault(file, english, "缺少 plural。", "its plural is missing.")
            if not isinstance(english, str) or not isinstance(value, str) or not value.strip():
                raise _fault(
                    file,
                    str(english),
                    "中文必须是文字；yes、no、数字要加引号。",
                    "the Chinese must be text; put yes, no and numbers in quotes.",
                )
            yield Message(english, value, plural, file.name)


def build(sources: Path = SOURCES, goal: Path = GOAL) -> int:
    """Writes ``django.po`` and ``django.mo`` into ``goal`` and returns the number of messages.

    Raises :class:`UserError` when two files give the same English two different Chinese texts.
    """
    catalogue = polib.POFile()
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "zh_Hans",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    known: dict[str, Message] = {}
    for message in messages(sources):
        earlier = known.setdefault(message.english, message)
        if earlier is not message:
            if earlier.chinese != message.chinese:
                raise UserError(
                    "locale.two_translations",
                    f"“{message.english}”在 {earlier.file} 译作“{earlier.chinese}”，在 {message.file} 译作"
                    f"“{message.chinese}”：请统一。",
                    f"“{message.english}” is “{earlier.chinese}” in {earlier.file} and “{message.chinese}” in "
                    f"{message.file}: make them one.",
                )
            continue
        entry = polib.POEntry(msgid=message.english)
        if message.plural:
            entry.msgid_plural, entry.msgstr_plural = message.plural, {0: message.chinese}
        else:
            entry.msgstr = message.chinese
        if "%(" in message.english or "%s" in message.english:
            entry.flags.append("python-format")
        catalogue.append(entry)
    goal.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(goal / "django.po"))
    # Written beside and moved: a server that starts meanwhile never reads half a file.
    temporary = goal / f"django.mo.{os.getpid()}"
    catalogue.save_as_mofile(str(temporary))
    temporary.replace(goal / "django.mo")
    return len(known)


def main() -> int:
    """The command; 0 when built, 1 with a sentence when not."""
    try:
        print(f"locale: {build()} messages in Chinese")
    except UserError as fault:
        print(f"{fault.zh}\n{fault.en}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
