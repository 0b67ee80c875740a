"""Lists of units as official documents write them: “市商务局、市财政局，各区、县（市）政府”.

Pure language: the words are data (``catalogue/plantext/responsibility.yaml``).
"""

from __future__ import annotations

import functools
import re
from importlib.resources import files
from typing import Any

from commercebrain.engine.yaml_text import read_yaml

OPEN, CLOSE = "（(〔[【", "）)〕]】"
BRACKETS = r"[（(〔\[【][^（(〔\[【）)〕\]】]{0,20}[）)〕\]】]"


@functools.cache
def lexicon() -> dict[str, Any]:
    """The words of responsibility, as the catalogue holds them."""
    text = files("commercebrain.catalogue").joinpath("plantext/responsibility.yaml").read_text("utf-8")
    words: dict[str, Any] = read_yaml(text)
    return words


_SEPARATORS = "、，,；;/"
# 各区、县（市）政府 is one addressee: the first half names no organ, the second is a lower level of places.
_PLACES = re.compile(rf"各(?:地级以上)?[区县市镇乡州盟旗地]{{1,3}}(?:{BRACKETS})?")
_PLACES_GO_ON = re.compile(
    rf"(?:[区县旗乡镇州]|街道|市(?={BRACKETS})|市(?=区|县))[区县旗]?(?:{BRACKETS})?(?:人民)?(?:政府|管委会|办事处|党委|党工委)?"
)
_AND_ALL = re.compile(r"(?:以及|及|和|与)(?=各(?!界)|有关|相关|市级|省级|区级|县级|其他)")
_TAIL = re.compile(
    r"(?:等)?(?:(?:按照?|结合|根据|依据)(?:各自|实际)?(?:职责|职能|分工|任务|权限|实际)?[^、，]{0,8}|分工|分别|共同|具体|组织|牵头|抓好|抓|做好)*"
    r"(?:负责|落实|实施|推进|办理|承办|配合|参与|参加|协助|协同)+(?:落实|实施|推进)?$|等$"
)
_HEAD = re.compile(r"^(?:由|会同|会|同|并由|其中|以及|及|和)(?=[^、，]{2})")


def split_units(text: str) -> list[str]:
    """The units that ``text`` lists, in order, without marks of rank and without the verbs around them.

    Brackets are never split, “各区、县（市）政府” stays whole, white space parts units only where both sides
    end like one.
    """
    return [name for name, _ in split_marked(text, "")]


def split_marked(text: str, marks: str) -> list[tuple[str, bool]]:
    """Units with whether one of ``marks`` stands beside each."""
    pieces: list[tuple[str, str]] = []  # piece, separator before it
    depth, start, separator = 0, 0, ""
    for i, char in enumerate(text):
        if char in OPEN:
            depth += 1
        elif char in CLOSE:
            depth = max(depth - 1, 0)
        elif depth == 0 and char in _SEPARATORS:
            pieces.append((text[start:i], separator))
            start, separator = i + 1, char
    pieces.append((text[start:], separator))
    units: list[tuple[str, bool]] = []
    for piece, before in pieces:
        for j, part in enumerate(_AND_ALL.split(piece)):
            for k, name in enumerate(_on_space(part.strip(" \t\u3000。.:："))):
                marked = any(mark in name for mark in marks) if marks else False
                clean = name.strip(' \u3000。.“”"' + lexicon()["lead_marks"] + lexicon()["noted_marks"])
                clean = _HEAD.sub("", _TAIL.sub("", clean))
                if units and j == k == 0 and _PLACES.fullmatch(units[-1][0]) and _PLACES_GO_ON.fullmatch(clean):
                    units[-1] = (units[-1][0] + before + clean, units[-1][1] or marked)
                elif clean:
                    units.append((clean, marked))
    return units


def _on_space(piece: str) -> list[str]:
    """``piece`` parted at white space where both sides end like a unit; other white space is layout and
    goes.
    """
    words = piece.split()
    out = words[:1]
    for word in words[1:]:
        if looks_like_unit(out[-1]) and looks_like_unit(word):
            out.append(word)
        else:
            out[-1] += word
    return out


def looks_like_unit(name: str) -> bool:
    """Whether ``name`` could name an organ: short, no sentence, and it ends like one."""
    core = re.sub(BRACKETS, "", name).strip("△▲★☆*＊※ ")
    core = re.sub(r"等$", "", core)
    if core.startswith("各"):
        core = core.replace("、", "")
    return (
        2 <= len(core) <= 24 and core[-1] in lexicon()["unit_endings"] and not re.search(r"[，。；：、的了]|\d", core)
    )


def is_organ(name: str) -> bool:
    """Whether ``name`` ends as hardly anything but an organ does."""
    core = re.sub(BRACKETS, "", name)
    return looks_like_unit(name) and core.endswith(tuple(lexicon()["organ_endings"]))
