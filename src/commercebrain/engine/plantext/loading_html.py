"""The text of an html page: block elements are lines, tables are rows of tab-parted cells, scripts are
dropped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import lxml.html
from lxml import etree

from commercebrain.engine.plantext.encodings import decode_declared, decode_text
from commercebrain.engine.plantext.loading import Note, damaged

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w-]+)")
_SPACE = re.compile(r"[ \t\r\n\x0b\x0c]+")
# A line of the source that ends between two Chinese characters is no space of the text.
_SOURCE_BREAK = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*\r?\n\s*(?=[\u3000-\u9fff\uff00-\uffef])")
_DROPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "svg",
        "iframe",
        "object",
        "button",
        "select",
        "option",
        "textarea",
    ]
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "ul",
    ]
)


def read_html(data: bytes, name: str, notes: list[Note]) -> str:
    """The page's text in reading order; ``notes`` gains a sentence about what was left out."""
    declared = _XML.search(data[:1024]) or _META.search(data[:4096])
    if data[:3] == b"\xef\xbb\xbf" or data[:2] in (b"\xff\xfe", b"\xfe\xff") or declared is None:
        source = decode_text(data, name)[0]
    else:
        source = decode_declared(data, declared[1].decode("ascii"), name)
    source = re.sub(r"^\s*<\?xml[^>]*\?>", "", source).replace("\x00", "")
    try:
        parser = lxml.html.HTMLParser(huge_tree=True)
        root = lxml.html.document_fromstring(source, parser=parser)
    except (etree.ParserError, ValueError):
        raise damaged(name, "html") from None
    if any("depth" in entry.message for entry in parser.error_log):
        # libxml2 stops there and would hand over half a page as if it were whole.
        raise damaged(name, "html")
    scripts = sum(1 for _ in root.iter("script", "style", "iframe"))
    if scripts:
        notes.append(
            Note(
                f"网页中的 {scripts} 处脚本、样式或内嵌页面未读取。",
                f"{scripts} scripts, styles or frames of the page were not read.",
            )
        )
    writer = _Writer()
    _walk(root, writer)
    return writer.text()


def _one_line(text: str, keep_breaks: bool = False) -> str:
    return _SPACE.sub(" ", text if keep_breaks else _SOURCE_BREAK.sub("", text))


class _Writer:
    """Collects inline text into lines; paragraphs are parted by a blank line, the rows of one table are
    not.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.inline: list[str] = []

    def feed(self, text: str | None) -> None:
        if text:
            self.inline.append(text)

    def line_end(self) -> None:
        line = _one_line("".join(self.inline)).strip(" ")
        self.inline = []
        if line.strip("\u3000\xa0 "):
            self.lines += [line.strip("\u3000\xa0 "), ""]

    def rows(self, rows: list[str]) -> None:
        self.line_end()
        if rows:
            self.lines += [*rows, ""]

    def text(self) -> str:
        self.line_end()
        return "\n".join(self.lines).rstrip("\n") + "\n" if self.lines else ""


def _walk(root: HtmlElement, writer: _Writer) -> None:
    """Depth first without recursion: a page may nest deeper than Python's stack allows."""
    stack: list[tuple[HtmlElement, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        tag = node.tag if isinstance(node.tag, str) else None
        if leaving:
            if tag in _BLOCKS or tag in ("td", "th", "tr", "table", "caption"):
                writer.line_end()
            writer.feed(node.tail)
            continue
        if tag is None or tag in _DROPPED:
            writer.feed(node.tail)
            continue
        if tag == "br":
            writer.line_end()
            writer.feed(node.tail)
            continue
        if tag == "table" and _is_data_table(node):
            writer.rows(_table_rows(node))
            writer.feed(node.tail)
            continue
        if tag in _BLOCKS or tag in ("td", "th", "tr", "table", "caption"):
            writer.line_end()
        writer.feed(node.text)
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node))


def _is_data_table(table: HtmlElement) -> bool:
    """Whether ``table`` holds data rather than the page's layout: no table within, and a row of two cells
    or more.
    """
    if table.find(".//table") is not None:
        return False
    return any(sum(1 for cell in row if cell.tag in ("td", "th")) >= 2 for row in table.iter("tr"))


def _table_rows(table: HtmlElement) -> list[str]:
    """Each row as its cells parted by tabs; a cell that spans keeps its text once and leaves the others
    empty.
    """
    rows: list[str] = []
    caption = table.find(".//caption")
    if caption is not None:
        rows.append(_cell_text(caption))
    open_below: dict[int, int] = {}  # column → how many rows below still belong to a cell above

    def fill(cells: list[str], below: dict[int, int]) -> None:
        while (left := open_below.pop(len(cells), 0)) > 0:
            if left > 1:
                below[len(cells)] = left - 1
            cells.append("")

    for row in table.iter("tr"):
        cells: list[str] = []
        below: dict[int, int] = {}
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            fill(cells, below)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            if down > 1:
                below.update({len(cells) + i: down - 1 for i in range(across)})
            cells += [_cell_text(cell), *[""] * (across - 1)]
        fill(cells, below)
        open_below.clear()
        open_below.update(below)
        if any(cells):
            rows.append("\t".join(cells))
    return rows


def _span(cell: HtmlElement, attribute: str) -> int:
    value = (cell.get(attribute) or "1").strip()
    return min(max(int(value), 1), 100) if value.isdecimal() else 1


def _cell_text(cell: HtmlElement) -> str:
    """A cell's words on one line; what were its own lines are parted by a space."""
    parts: list[str] = []
    for event, node in etree.iterwalk(cell, events=("start", "end")):
        tag = node.tag if isinstance(node.tag, str) else None
        dropped = tag is None or tag in _DROPPED
        if event == "start":
            if tag in _BLOCKS or tag == "br":
                parts.append("\n")
            if not dropped:
                parts.append(node.text or "")
        else:
            if tag in _BLOCKS:
                parts.append("\n")
            if node is not cell:
                parts.append(node.tail or "")
    return _one_line("".join(parts), keep_breaks=True).strip(" \u3000\xa0")
