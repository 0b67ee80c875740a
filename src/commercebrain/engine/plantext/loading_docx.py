"""The text of a docx: paragraphs and tables in document order, automatic numbering written out.

python-docx opens the package; the body is walked here because its own walk leaves out inserted revisions,
content controls and automatic numbers, and a plan's tasks hang on their numbers.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import cn2an
import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from commercebrain.engine.errors import UserError
from commercebrain.engine.plantext.loading import MAX_UNPACKED, Note, damaged, encrypted

_P, _TBL, _TR, _TC = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_WRAPPERS = frozenset(qn(f"w:{t}") for t in ("sdt", "sdtContent", "customXml", "ins", "smartTag", "moveTo"))
_SKIPPED = frozenset(
    qn(f"w:{t}") for t in ("del", "moveFrom", "instrText", "pPr", "rPr", "sdtPr", "tcPr", "delText")
) | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
_TEXT, _TAB, _BREAKS = qn("w:t"), qn("w:tab"), (qn("w:br"), qn("w:cr"))
_BOX = qn("w:txbxContent")
_VAL = qn("w:val")


def read_docx(data: bytes, name: str, notes: list[Note], *, max_unpacked: int = MAX_UNPACKED) -> str:
    """The document's text; ``max_unpacked`` bounds the bytes that its parts may unpack to."""
    try:
        _check_archive(data, name, max_unpacked)
        return _read(docx.Document(io.BytesIO(data)), name, notes)
    except (UserError, MemoryError):
        raise
    except Exception as error:
        # Zip, zlib, XML and package readers fail in ways of their own on a broken file; to its owner it is one thing.
        raise damaged(name, "docx") from error


def _read(document: Any, name: str, notes: list[Note]) -> str:
    body = document.element.body
    if body is None:
        raise damaged(name, "docx")
    if next(body.iter(qn("w:del"), qn("w:moveFrom")), None) is not None:
        notes.append(
            Note(
                "文件含修订痕迹，按接受全部修订后的文字读取。",
                "The file holds tracked changes; it was read as if all of them were accepted.",
            )
        )
    numbering = _Numbering(document)
    lines: list[str] = []
    for block in _blocks(body):
        if block.tag == _P:
            for text in _paragraph_lines(block, numbering.next(block)):
                lines += [text, ""]
        else:
            rows = _table_rows(block, numbering)
            if rows:
                lines += [*rows, ""]
    footnotes = list(_footnotes(document))
    if footnotes:
        notes.append(
            Note(
                f"{len(footnotes)} 条脚注附在文末。",
                f"{len(footnotes)} footnotes stand at the end of the text.",
            )
        )
        for text in footnotes:
            lines += [f"注：{text}", ""]
    return "\n".join(lines).rstrip("\n") + "\n" if lines else ""


def _check_archive(data: bytes, name: str, limit: int) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        if any(info.flag_bits & 0x1 for info in infos):
            raise encrypted(name)
        unpacked = sum(info.file_size for info in infos)
        if unpacked > limit:
            raise UserError(
                "document.unpacks_too_large",
                f"文件“{name}”解压后有 {unpacked / 1e6:.0f} MB，超过 {limit / 1e6:.0f} MB 的上限，可能是恶意文件，"
                "没有读取；请用 Word 或 WPS 打开检查，只保留文字后另存。",
                f"The file “{name}” unpacks to {unpacked / 1e6:.0f} MB, over the limit of {limit / 1e6:.0f} MB; it "
                "may be a zip bomb and was not read. Check it in Word or WPS and save its text only.",
            )
        # A part whose directory entry lies about its size or its sum fails here, before anything is parsed.
        if archive.testzip() is not None:
            raise damaged(name, "docx")


def _blocks(parent: Any) -> Iterator[Any]:
    """The paragraphs and tables of ``parent`` in document order, those within content controls too."""
    for child in parent:
        if child.tag in (_P, _TBL):
            yield child
        elif child.tag in _WRAPPERS:
            yield from _blocks(child)


def _paragraph_lines(paragraph: Any, number: str = "") -> list[str]:
    """The paragraph's own lines (a forced line break parts them), then those of text boxes anchored in it."""
    parts: list[str] = []
    boxes: list[Any] = []
    _inline(paragraph, parts, boxes)
    lines = [line.strip(" \u3000\xa0\r\t") for line in "".join(parts).split("\n")]
    lines = [line for line in lines if line]
    if number and lines:
        lines[0] = number + lines[0]
    for box in boxes:
        for block in _blocks(box):
            lines += _paragraph_lines(block) if block.tag == _P else _table_rows(block, None)
    return lines


def _inline(node: Any, parts: list[str], boxes: list[Any]) -> None:
    for child in node:
        tag = child.tag
        if tag in _SKIPPED or not isinstance(tag, str):
            continue
        if tag == _TEXT:
            parts.append((child.text or "").replace("\n", " "))
        elif tag == _TAB:
            parts.append("\t")
        elif tag in _BREAKS:
            parts.append("\n")
        elif tag == qn("w:noBreakHyphen"):
            parts.append("-")
        elif tag == _BOX:
            boxes.append(child)
        else:
            _inline(child, parts, boxes)


def _table_rows(table: Any, numbering: _Numbering | None) -> list[str]:
    """Each row as its cells parted by tabs; a merged cell keeps its text once and leaves the others empty."""
    rows: list[str] = []
    for row in _children(table, _TR):
        cells: list[str] = [""] * _grid(row, "w:trPr", "w:gridBefore")
        for cell in _children(row, _TC):
            merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
            continued = merge is not None and merge.get(_VAL, "continue") == "continue"
            cells.append("" if continued else _cell_text(cell, numbering))
            cells += [""] * (_grid(cell, "w:tcPr", "w:gridSpan", 1) - 1)
        if any(cells):
            rows.append("\t".join(cells))
    return rows


def _children(parent: Any, wanted: str) -> Iterator[Any]:
    for child in parent:
        if child.tag == wanted:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _children(child, wanted)


def _grid(node: Any, properties: str, name: str, default: int = 0) -> int:
    value = node.find(f"{qn(properties)}/{qn(name)}")
    text = value.get(_VAL, "") if value is not None else ""
    return min(int(text), 100) if text.isdecimal() else default


def _cell_text(cell: Any, numbering: _Numbering | None) -> str:
    """A cell's words on one line; its paragraphs and a nested table's cells are parted by a space."""
    lines: list[str] = []
    for block in _blocks(cell):
        if block.tag == _P:
            lines += _paragraph_lines(block, numbering.next(block) if numbering else "")
        else:
            lines += [row.replace("\t", " ") for row in _table_rows(block, numbering)]
    return " ".join(line.replace("\t", " ") for line in lines).strip()


def _footnotes(document: Any) -> Iterator[str]:
    for relation in document.part.rels.values():
        if relation.reltype in (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES) and not relation.is_external:
            root = parse_xml(relation.target_part.blob)
            for note in root:
                # Notes of a type (separator, …) are Word's own furniture.
                if isinstance(note.tag, str) and note.get(qn("w:type")) is None:
                    text = " ".join(line for block in note.iter(_P) for line in _paragraph_lines(block))
                    if text:
                        yield text


class _Numbering:
    """Automatic paragraph numbers, counted as Word counts them: one counter a level, deeper ones restart."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._styles = {
            style.get(qn("w:styleId")): style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            for style in document.styles.element
            if style.tag == qn("w:style")
        }
        for relation in document.part.rels.values():
            if relation.reltype == RELATIONSHIP_TYPE.NUMBERING:
                self._load(relation.target_part.element)

    def _load(self, root: Any) -> None:
        for abstract in root.findall(qn("w:abstractNum")):
            for level in abstract.findall(qn("w:lvl")):
                key = (abstract.get(qn("w:abstractNumId")), int(level.get(qn("w:ilvl"), "0")))
                form, text, start = (_value(level, f"w:{part}") for part in ("numFmt", "lvlText", "start"))
                self._levels[key] = (form or "decimal", text, int(start) if start.isdecimal() else 1)
        for number in root.findall(qn("w:num")):
            self._abstract[number.get(qn("w:numId"))] = _value(number, "w:abstractNumId")

    def next(self, paragraph: Any) -> str:
        """The number that Word would print before ``paragraph``, or "" where it prints none or a bullet."""
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return ""
        own = properties.find(qn("w:numPr"))
        if own is None:
            own = self._styles.get(_value(properties, "w:pStyle"))
        if own is None:
            return ""
        abstract = self._abstract.get(_value(own, "w:numId"))
        level = int(_value(own, "w:ilvl") or 0)
        if abstract is None or (abstract, level) not in self._levels:
            return ""
        counts = self._counts.setdefault(abstract, {})
        counts[level] = counts.get(level, self._levels[abstract, level][2] - 1) + 1
        for deeper in [k for k in counts if k > level]:
            del counts[deeper]
        form, pattern, _ = self._levels[abstract, level]
        if form in ("bullet", "none"):
            return ""
        for i in range(level + 1):
            shown, _, start = self._levels.get((abstract, i), ("decimal", "", 1))
            pattern = pattern.replace(f"%{i + 1}", _spell(counts.get(i, start), shown))
        return pattern + (" " if pattern[-1:] in ".)0123456789" else "")


def _value(parent: Any, name: str) -> str:
    child = parent.find(qn(name))
    return "" if child is None else str(child.get(_VAL) or "")


_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def _spell(number: int, form: str) -> str:
    """``number`` in Word's number format ``form``."""
    if form.startswith(("chinese", "japanese", "taiwanese", "ideographDigital")):
        spelt = str(cn2an.an2cn(number))
        return spelt[1:] if spelt.startswith("一十") else spelt
    if form in ("decimalEnclosedCircle", "decimalEnclosedCircleChinese") and 0 < number <= len(_CIRCLED):
        return _CIRCLED[number - 1]
    if form in ("upperLetter", "lowerLetter") and number > 0:
        letter = chr(ord("A") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if form == "upperLetter" else letter.lower()
    if form in ("upperRoman", "lowerRoman") and 0 < number < 4000:
        roman = ""
        left = number
        signs = zip(
            (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
            ["M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"],
            strict=True,
        )
        for value, sign in signs:
            roman += sign * (left // value)
            left %= value
        return roman if form == "upperRoman" else roman.lower()
    return f"{number:02d}" if form == "decimalZero" else str(number)
