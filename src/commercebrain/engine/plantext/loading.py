"""A plan's file becomes its text: txt, docx, pdf with a text layer, html.

The content decides what a file is, never its name alone. Whatever cannot be read gets a sentence that says
what is wrong and what to do (:class:`~commercebrain.engine.errors.UserError`); whatever had to be left out
of a text that could be read (page numbers, scripts, pages without text) is said in the document's notes.

Shape of the text: a txt file is exactly its own text, so that character offsets refer to the file. From the
other formats a paragraph is one line, paragraphs are parted by a blank line, a page break is a blank line,
the rows of a table are lines that follow each other and its cells are parted by tabs.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from commercebrain.engine.errors import UserError
from commercebrain.engine.plantext.encodings import decode_text

MAX_BYTES = 50 * 1024 * 1024
"""Largest file that is read; a plan is seldom over 5 MB, and a larger file is a scan or not a plan."""

MAX_UNPACKED = 200 * 1024 * 1024
"""Largest sum of unpacked parts of a docx; beyond it the file is taken for a zip bomb."""

TEXT, DOCX, PDF, HTML = "text/plain", "docx", "application/pdf", "text/html"


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader of a document should know about how its text was obtained."""

    zh: str
    en: str

    def say(self, language: str = "zh") -> str:
        """The sentence in ``language`` ("zh…" or anything else for English)."""
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A document's own text and where it came from.

    ``name`` is the file's name; ``media`` one of ``text/plain``, ``docx``, ``application/pdf``,
    ``text/html``; ``pages`` the number of pages where the format has pages, else None.
    """

    name: str
    text: str
    media: str
    pages: int | None = None
    notes: tuple[Note, ...] = ()


def load_document(path: Path, *, max_bytes: int = MAX_BYTES) -> LoadedDocument:
    """Read the plan in ``path``; a file of more than ``max_bytes`` is refused before any of it is read.

    Raises :class:`UserError` with a code ``document.…`` when there is no text to be had from the file.
    """
    path = Path(path)
    return load_bytes(_read(path, max_bytes), path.name)


def load_bytes(data: bytes, name: str) -> LoadedDocument:
    """The same for content already in memory (an upload); ``name`` is the file's name."""
    # The four readers import what is here; and a txt file needs none of their libraries.
    if not data:
        raise UserError(
            "document.empty",
            f"文件“{name}”是空的（0 字节），请重新取得原文件。",
            f"The file “{name}” is empty (0 bytes); get the original again.",
        )
    media = sniff(data, name)
    notes: list[Note] = []
    pages: int | None = None
    if media == PDF:
        from commercebrain.engine.plantext.loading_pdf import read_pdf

        text, pages = read_pdf(data, name, notes)
    elif media == DOCX:
        from commercebrain.engine.plantext.loading_docx import read_docx

        text = read_docx(data, name, notes)
    elif media == HTML:
        from commercebrain.engine.plantext.loading_html import read_html

        text = read_html(data, name, notes)
    else:
        text, encoding = decode_text(data, name)
        if encoding != "utf-8":
            notes.append(Note(f"文件按 {encoding} 编码读取。", f"The file was read as {encoding}."))
    if not text.replace("\ufeff", "").strip():
        raise UserError(
            "document.blank",
            f"文件“{name}”里只有空白，没有可读的文字；请确认上传的是正文。",
            f"The file “{name}” holds only white space; check that it is the plan itself.",
        )
    expected = _EXTENSIONS.get(Path(name).suffix.lower())
    if expected is not None and expected != media:
        notes.append(
            Note(
                f"扩展名“{Path(name).suffix}”与内容不符，按 {media} 读取。",
                f"The extension “{Path(name).suffix}” does not fit the content, which was read as {media}.",
            )
        )
    return LoadedDocument(name=name, text=text, media=media, pages=pages, notes=tuple(notes))


_EXTENSIONS = {
    ".txt": TEXT,
    ".md": TEXT,
    ".docx": DOCX,
    ".pdf": PDF,
    ".htm": HTML,
    ".html": HTML,
    ".xhtml": HTML,
}

_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"GIF8", b"BM")
_HTML_START = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|div|table|p|span)\b", re.IGNORECASE)


def sniff(data: bytes, name: str) -> str:
    """Which of the four media ``data`` is, by content; the extension only settles what the content leaves
    open.

    Raises :class:`UserError` for a known format that cannot be read, with what to convert it to.
    """
    head = data[:4096]
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise _ole(data, name)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_zip(data, name)
    if head.startswith(b"{\\rtf"):
        raise _old_format(name, "RTF")
    if head.startswith(_IMAGES):
        raise UserError(
            "document.image",
            f"文件“{name}”是图片，没有文字；请先做文字识别（OCR），再提供识别后的 txt、docx 或带文字层的 pdf。",
            f"The file “{name}” is a picture without text; run OCR and give the resulting txt, docx or pdf.",
        )
    suffix = Path(name).suffix.lower()
    plain = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if plain.startswith(b"<"):
        start = plain[:1024]
        if _HTML_START.match(plain) or _EXTENSIONS.get(suffix) == HTML or re.search(rb"(?i)<html\b", start):
            return HTML
    return HTML if _EXTENSIONS.get(suffix) == HTML and b"<" in data else TEXT


def _sniff_zip(data: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        if Path(name).suffix.lower() in (".docx", "") or b"word/" in data:
            raise damaged(name, "docx") from None
        raise _unknown(name) from None
    if "word/document.xml" in names:
        return DOCX
    if "xl/workbook.xml" in names:
        raise UserError(
            "document.spreadsheet",
            f"文件“{name}”是电子表格；规划文本请用 txt、docx、pdf 或 html，统计数据请用 cbrain intake 导入。",
            f"The file “{name}” is a spreadsheet; give the plan as txt, docx, pdf or html, and load "
            f"statistics with "
            "“cbrain intake”.",
        )
    if "OFD.xml" in names:
        raise _old_format(name, "OFD")
    if any(part.startswith("word/") for part in names) or Path(name).suffix.lower() == ".docx":
        raise damaged(name, "docx")
    raise _unknown(name)


def _ole(data: bytes, name: str) -> UserError:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return encrypted(name)
    return _old_format(name, "WPS" if Path(name).suffix.lower() == ".wps" else "Word 97–2003 (.doc)")


def encrypted(name: str) -> UserError:
    """The error for a document that asks for a password."""
    return UserError(
        "document.encrypted",
        f"文件“{name}”已加密，需要密码才能打开；请取消密码后另存，再导入。",
        f"The file “{name}” is encrypted and asks for a password; save it without a password and try again.",
    )


def damaged(name: str, media: str) -> UserError:
    """The error for a document of a known format that is truncated or broken."""
    return UserError(
        "document.damaged",
        f"文件“{name}”不是完整的 {media} 文件（可能没有下载完或已损坏）；请重新取得原文件。",
        f"The file “{name}” is not a whole {media} file (cut short or damaged); get the original again.",
    )


def _old_format(name: str, what: str) -> UserError:
    return UserError(
        "document.old_format",
        f"文件“{name}”是 {what} 格式，无法直接读取；请用 Word 或 WPS 打开，另存为 docx 或 pdf 后再导入。",
        f"The file “{name}” is in the format {what}, which is not read; open it in Word or WPS, save it as "
        f"docx or "
        "pdf, and try again.",
    )


def _unknown(name: str) -> UserError:
    return UserError(
        "document.unknown_format",
        f"认不出文件“{name}”的格式；请提供 txt、docx、带文字层的 pdf 或 html。",
        f"The format of “{name}” is not known; give a txt, a docx, a pdf with text or an html file.",
    )


def _read(path: Path, max_bytes: int) -> bytes:
    """The bytes of ``path``; at most ``max_bytes`` + 1 are ever held, even when the file grows meanwhile."""
    try:
        if path.is_dir():
            raise UserError(
                "document.not_a_file",
                f"“{path}”是文件夹，请给出其中的文件。",
                f"“{path}” is a folder; name the files in it.",
            )
        size = path.stat().st_size
        if size > max_bytes:
            raise _too_large(path.name, size, max_bytes)
        with path.open("rb") as handle:
            data = handle.read(max_bytes + 1)
    except FileNotFoundError:
        raise UserError(
            "document.not_found",
            f"找不到文件“{path}”，请检查路径。",
            f"There is no file “{path}”; check the path.",
        ) from None
    except PermissionError:
        raise UserError(
            "document.no_permission",
            f"没有权限读取文件“{path}”，请检查文件权限。",
            f"The file “{path}” may not be read; check its permissions.",
        ) from None
    if len(data) > max_bytes:
        raise _too_large(path.name, len(data), max_bytes)
    return data


def _too_large(name: str, size: int, limit: int) -> UserError:
    return UserError(
        "document.too_large",
        f"文件“{name}”有 {size / 1e6:.0f} MB，超过 {limit / 1e6:.0f} MB 的上限，没有读取；"
        "请只保留文字内容（去掉图片或拆分）后再导入。",
        f"The file “{name}” has {size / 1e6:.0f} MB, over the limit of {limit / 1e6:.0f} MB, and was not "
        f"read; keep "
        "only its text (drop pictures or split it) and try again.",
    )
