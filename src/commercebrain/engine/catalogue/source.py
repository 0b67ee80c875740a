"""YAML with line numbers, so that a fault names the file, the line and the reason."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

Path_ = tuple[Hashable, ...]
# The parser in C reads some hundred files several times as fast; both are built on one grammar and one set of tags.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a catalogue file: where, and why in both languages."""

    file: str
    line: int
    reason_zh: str
    reason_en: str

    def say(self, language: str = "zh") -> str:
        """``file:line: reason`` in ``language``."""
        return f"{self.file}:{self.line}: {self.reason_zh if language.startswith('zh') else self.reason_en}"


@dataclass(frozen=True, slots=True)
class Document:
    """A file's data, the line of every key and item in it, and the faults met on reading."""

    file: str
    data: object
    lines: dict[Path_, int]
    faults: tuple[Fault, ...] = ()

    def line(self, *path: Hashable) -> int:
        """The line of the item at ``path``, or of the nearest thing around it."""
        here: Path_ = path
        while here and here not in self.lines:
            here = here[:-1]
        return self.lines.get(here, 1)


def read(path: Path, name: str) -> Document:
    """The YAML file at ``path``, told by ``name`` in faults. A file that is no YAML yields data None
    and a fault."""
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        if node is None:
            return Document(name, None, {}, (Fault(name, 1, "文件是空的。", "The file is empty."),))
        lines: dict[Path_, int] = {}
        doubles = tuple(_walk(node, (), lines, name))
        return Document(name, loader.construct_document(node), lines, doubles)
    except UnicodeDecodeError:
        return Document(name, None, {}, (Fault(name, 1, "文件不是 UTF-8 编码。", "The file is not UTF-8."),))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark is not None else 1
        fault = Fault(name, line, f"不是正确的 YAML：{problem}。", f"Not valid YAML: {problem}.")
        return Document(name, None, {}, (fault,))


def _walk(node: yaml.Node, path: Path_, lines: dict[Path_, int], name: str) -> Iterator[Fault]:
    """Note the line of every item under ``node``; yield a fault for each key given twice."""
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            line = key.start_mark.line + 1
            if here in lines:
                yield Fault(
                    name,
                    line,
                    f"“{key.value}”写了两次（第{lines[here]}行已有）。",
                    f"“{key.value}” is given twice (first on line {lines[here]}).",
                )
            lines[here] = line
            yield from _walk(value, here, lines, name)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _walk(value, (*path, number), lines, name)


def nearest(word: str, known: Iterable[str]) -> tuple[str, str]:
    """The end of a sentence about a word that is not known: "，是否指“x”？" and its English, or the full stops where nothing
    known is near."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return (f"，是否指“{close[0]}”？", f"; did you mean “{close[0]}”?") if close else ("。", ".")
