"""Bytes of a text file become text: UTF-8, UTF-16, GB18030; anything else is named in a sentence.

Nothing is guessed where a guess could be wrong: UTF-8 is strict, and what GB18030 or UTF-16 would yield is
accepted only when most of its characters are among the 3,755 that Chinese texts are written with (GB 2312,
first level).
"""

from __future__ import annotations

import functools
from pathlib import Path

from charset_normalizer import from_bytes

from commercebrain.engine.errors import UserError

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# Nine in ten characters of an administrative text are of the first level; of a wrongly decoded one about
# half.
_COMMON_SHARE = 0.8
_SAMPLE = 20_000


def decode_text(data: bytes, name: str) -> tuple[str, str]:
    """The text of ``data`` without its byte-order mark, and the name of its encoding.

    Raises :class:`UserError` ``document.encoding`` naming the encoding that the bytes look like, or the line
    where they stop being text, and ``document.not_text`` for binary content.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise _broken(name, encoding, data, error.start + len(mark)) from None
    if b"\x00" in data:
        # A cut-off last character must not decide; an even length is all that UTF-16 promises.
        for encoding in ("utf-16-le", "utf-16-be"):
            text = _try(data, encoding)
            if text is not None and _is_chinese(text):
                return text, encoding
        raise UserError(
            "document.not_text",
            f"文件“{name}”的内容不是文字（第 {data.index(0) + 1} 字节为 0）；请提供 txt、docx、带文字层的 "
            f"pdf 或 html。",
            f"The content of “{name}” is not text (byte {data.index(0) + 1} is zero); give a txt, a docx, a "
            f"pdf with "
            "text or an html file.",
        )
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        fault = error.start
    # Most of it is UTF-8 and one place is not: the place is worth more than a guess at another encoding.
    if _is_chinese(data[:fault].decode("utf-8")) or _is_chinese(data.decode("utf-8", "ignore"), share=0.95):
        raise _broken(name, "utf-8", data, fault)
    try:
        text = data.decode("gb18030")
        if _is_chinese(text):
            return text, "gb18030"
    except UnicodeDecodeError as error:
        if _is_chinese(data.decode("gb18030", "ignore")):
            raise _broken(name, "gb18030", data, error.start) from None
        text = ""
    guess = _guess(data)
    if guess is None:
        raise _broken(name, "utf-8", data, fault)
    if text and guess in ("gb18030", "gbk", "gb2312"):
        # Traditional characters in a mainland encoding: rare ones by the count above, but nothing else fits.
        return text, "gb18030"
    raise UserError(
        "document.encoding",
        f"文件“{name}”既不是 UTF-8 也不是 GB18030（GBK）编码，看起来像 {guess}；请另存为 UTF-8 后再导入。",
        f"The file “{name}” is neither UTF-8 nor GB18030 (GBK); it looks like {guess}. Save it as UTF-8 and try again.",
    )


def decode_declared(data: bytes, encoding: str, name: str) -> str:
    """``data`` in the ``encoding`` that its own header declares; GB2312 and GBK are read as their superset
    GB18030.

    Falls back on :func:`decode_text` when the header is wrong about the bytes.
    """
    wanted = encoding.strip().lower()
    if wanted in ("gb2312", "gbk", "gb_2312-80", "x-gbk", "gb18030"):
        wanted = "gb18030"
    try:
        return data.decode(wanted)
    except (UnicodeDecodeError, LookupError):
        return decode_text(data, name)[0]


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


@functools.cache
def _first_level() -> frozenset[str]:
    """The 3,755 characters of GB 2312's first level: rows 16 to 55."""
    raw = bytes(
        byte
        for row in range(0xB0, 0xD8)
        for cell in range(0xA1, 0xFF)
        for byte in (row, cell)
        if (row, cell) < (0xD7, 0xFA)
    )
    return frozenset(raw.decode("gb2312"))


def _is_chinese(text: str, share: float = _COMMON_SHARE) -> bool:
    """Whether ``text`` holds Chinese characters and most of them are common ones, with no control
    characters.
    """
    sample = text[:_SAMPLE]
    ideographs = [c for c in sample if "\u4e00" <= c <= "\u9fff"]
    if not ideographs:
        return False
    odd = sum(1 for c in sample if (c < " " and c not in "\t\r\n\x0c") or "\ue000" <= c <= "\uf8ff")
    common = sum(c in _first_level() for c in ideographs)
    return common >= share * len(ideographs) and odd <= 0.01 * len(sample)


def _guess(data: bytes) -> str | None:
    """The likely encoding of bytes that are neither UTF-8 nor simplified Chinese, or None."""
    for encoding, shown in (("big5", "Big5（繁体）"),):
        text = _try(data, encoding)
        if text is not None and sum("\u4e00" <= c <= "\u9fff" for c in text[:_SAMPLE]) > 0.3 * len(text[:_SAMPLE]):
            return shown
    best = from_bytes(data[:_SAMPLE]).best()
    return None if best is None else str(best.encoding)


def _broken(name: str, encoding: str, data: bytes, at: int) -> UserError:
    line = data.count(b"\n", 0, at) + 1
    end = at >= len(data) - 4
    return UserError(
        "document.encoding",
        f"文件“{Path(name).name}”第 {line} 行（第 {at + 1} 字节）不是有效的 {encoding} 文字"
        + (
            "，文件在一个字的中间断开，可能没有下载完；请重新取得原文件。"
            if end
            else "；请用原文件另存为 UTF-8 后再导入。"
        ),
        f"Line {line} of “{Path(name).name}” (byte {at + 1}) is not valid {encoding}"
        + (
            "; the file breaks off within a character and may be cut short. Get the original again."
            if end
            else "; save the original as UTF-8 and try again."
        ),
    )
