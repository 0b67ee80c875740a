"""What a cell of a list says: each parser returns a plain value, or a :class:`Say` with the reason why it is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from commercebrain.engine.lake.cells import Number, Raw, Say, plain, read_date, read_number, read_text, shown
from commercebrain.engine.lake.dataset import fold

Parser = Callable[[Raw], Any]
_MARKS = frozenset({"-", "—", "－", "/", "…"})


def text(longest: int = 200) -> Parser:
    """Text of at most ``longest`` characters, blanks at the ends cut off."""

    def read(raw: Raw) -> Any:
        said = read_text(raw)
        if isinstance(said, str) and len(said) > longest:
            return Say(f"太长（最多 {longest} 字）", f"is too long (at most {longest} characters)")
        return said

    return read


def number(least: float | None = None, most: float | None = None) -> Parser:
    """A decimal number between two bounds, as text without superfluous zeros."""

    def read(raw: Raw) -> Any:
        said = read_number(raw, missing_marks=_MARKS, bounds_before={}, bounds_after={})
        if not isinstance(said, Number):
            return said
        if said.value is None:
            return None
        if said.unit:
            return Say(
                f"数字后带有“{said.unit}”，只填数字", f"has “{said.unit}” after the number; write the number alone"
            )
        if (least is not None and said.value < least) or (most is not None and said.value > most):
            return Say(f"不在 {least} 至 {most} 之间", f"is not between {least} and {most}")
        return format(said.value.normalize(), "f")

    return read


def whole(least: int | None = None, most: int | None = None) -> Parser:
    """A whole number between two bounds."""
    decimal = number(least, most)

    def read(raw: Raw) -> Any:
        said = decimal(raw)
        if isinstance(said, str):
            return Say("不是整数", "is not a whole number") if "." in said else int(said)
        return said

    return read


def day(raw: Raw) -> Any:
    """A day, as 2025-07-21."""
    said = read_date(raw)
    return said if isinstance(said, Say) else said.isoformat()


def choice(options: Mapping[str, tuple[str, ...]]) -> Parser:
    """One of the codes of ``options``, written as the code or as one of its names."""
    known = {fold(word): code for code, names in options.items() for word in (code, *names)}
    some = "、".join(names[0] if names else code for code, names in list(options.items())[:8])

    def read(raw: Raw) -> Any:
        found = known.get(fold(shown(raw)))
        if found is None:
            return Say(f"不在可选项之内（{some}）", f"is none of the choices ({some})")
        return found

    return read


def yes_no(raw: Raw) -> Any:
    """Yes or no as people write it."""
    word = plain(shown(raw)).lower()
    if word in {"是", "有", "√", "✓", "y", "yes", "true", "1"}:
        return True
    if word in {"否", "无", "×", "n", "no", "false", "0"}:
        return False
    return Say("请写“是”或“否”", "should be yes or no")
