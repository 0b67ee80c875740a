"""Opening what people send: xlsx and csv files as grids of cells, with the row numbers and letters that
Excel shows."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import cast

from charset_normalizer import from_bytes
from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum, ZipError

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Raw, exact

#: The largest file that one intake takes.
MAX_MEGABYTES = 200
#: The most that a packed workbook may unpack to; beyond it the file is damaged or hostile.
MAX_UNPACKED = 2 * 2**30
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
#: Control characters that stand in texts: tab, line ends, form feed, end of file.
_TEXT = frozenset(b"\t\n\v\f\r\x1a")


@dataclass
class Grid:
    """One sheet: its rows in order and its merged ranges, counted from 0. A csv is one sheet without a
    name."""

    name: str
    rows: Iterator[list[Raw]]
    height: int
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def letter(column: int) -> str:
    """The letter that Excel shows for a column counted from 0: 0 is A, 26 is AA."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def check_file(path: Path) -> None:
    """Raise :class:`UserError` where there is no file at ``path``, or a folder."""
    if path.is_dir():
        raise UserError(
            "intake.folder",
            f"“{path.name or path}”是文件夹，不是文件；请写明其中的文件，例如 {path.name or '.'}/*.xlsx。",
            f"“{path.name or path}” is a folder, no file; name the files in it, such as {path.name or '.'}/*.xlsx.",
        )
    if not path.is_file():
        raise UserError(
            "intake.no_file",
            f"找不到文件“{path.name}”，请核对路径。",
            f"There is no file “{path.name}”; check the path.",
        )


def check_kind(name: str, head: bytes) -> None:
    """Raise :class:`UserError` (``intake.not_a_sheet``) where a file called a workbook begins with ``head``, which is
    neither one nor a text: what is no text must not be told as a text that lacks its headings."""
    if head.startswith((_ZIP, _OLE)) or not re.search(r"\.xls[xm]$", name, re.IGNORECASE) or _markup(head):
        return
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide and any(b < 32 and b not in _TEXT for b in head):
        raise _not_a_sheet(name)


def _markup(data: bytes) -> bool:
    """Whether it is a web page or XML."""
    return re.match(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml)", data[:200], re.IGNORECASE) is not None


def read_bytes(path: Path) -> bytes:
    """The file's bytes, read once; :class:`UserError` where it is absent, a folder, empty or too large."""
    check_file(path)
    size = path.stat().st_size
    if size > MAX_MEGABYTES * 2**20:
        raise UserError(
            "intake.too_large",
            f"文件“{path.name}”有 {size / 2**20:.0f} MB，超过一次导入的上限 {MAX_MEGABYTES} MB；"
            f"请按年份或地区拆成几个"
            "文件分别导入。",
            f"The file “{path.name}” has {size / 2**20:.0f} MB, more than the {MAX_MEGABYTES} MB that one "
            f"intake takes; "
            "split it by year or region and take the parts in one by one.",
        )
    if size == 0:
        raise _empty(path.name)
    return path.read_bytes()


def open_grids(name: str, data: bytes) -> tuple[list[Grid], list[str]]:
    """The visible sheets of the file ``name`` holding ``data``, and the names of its hidden sheets, which
    are not read.

    The kind is told by the content, not by the file's ending. Raises :class:`UserError` for what cannot be
    read whole.
    """
    if data.startswith(_ZIP):
        return _open_workbook(name, data)
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise _encrypted(name)
        raise UserError(
            "intake.old_format",
            f"文件“{name}”是旧版 Excel（.xls）或 WPS（.et）格式，其中的公式错误无法辨认；请在 Excel 或 WPS "
            f"中另存为 "
            f".xlsx 后再导入。",
            f"The file “{name}” is in an old format (.xls or .et), in which formula errors cannot be told "
            f"from blanks; "
            "save it as .xlsx and take it in again.",
        )
    check_kind(name, data[:65536])
    if _markup(data):
        raise UserError(
            "intake.web_page",
            f"文件“{name}”其实是网页或 XML，不是工作表；请在 Excel 或 WPS 中打开后另存为 .xlsx。",
            f"The file “{name}” is really a web page or XML, not a sheet; open it in Excel and save it as .xlsx.",
        )
    text = decode(name, data)
    rows = _csv_rows(name, text)
    return [Grid("", iter(rows), len(rows))], []


# -- xlsx ------------------------------------------------------------------------------------------


def _open_workbook(name: str, data: bytes) -> tuple[list[Grid], list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise UserError(
                    "intake.too_large_unpacked",
                    f"文件“{name}”解压后超过 {MAX_UNPACKED // 2**30} GB，可能已损坏；"
                    f"请删去多余的空行空列后另存再导入。",
                    f"The file “{name}” unpacks to more than {MAX_UNPACKED // 2**30} GB and may be "
                    f"damaged; delete "
                    "surplus empty rows and columns, save it and take it in again.",
                )
            if "xl/workbook.xml" not in archive.namelist():
                raise UserError(
                    "intake.not_a_workbook",
                    f"文件“{name}”是压缩格式，但不是 .xlsx 工作簿（可能是 .ods、.xlsb、文档或压缩包）；"
                    "请另存为 .xlsx 后再导入。",
                    f"The file “{name}” is packed but is no .xlsx workbook (perhaps .ods, .xlsb, a "
                    f"document or an "
                    "archive); save it as .xlsx.",
                )
            paths = _sheet_paths(archive)
            marks = {path: _marks(archive, path) for path in paths.values()}
            for entry in archive.infolist():
                if entry.filename not in marks:
                    with archive.open(entry) as stream:
                        while stream.read(2**20):
                            pass  # a damaged entry is told here, not half read later
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        hidden = [s.name for s in book.sheets_metadata if s.visible is not SheetVisibleEnum.Visible]
        grids = []
        for sheet_name in (s.name for s in book.sheets_metadata if s.name not in hidden):
            if sheet_name not in paths:
                continue  # a chart sheet has no cells
            sheet = book.get_sheet_by_name(sheet_name)
            errors, percents = marks[paths[sheet_name]]
            left = sheet.start[1] if sheet.start else 0
            merged = [(a, b, c, d) for (a, b), (c, d) in sheet.merged_cell_ranges or ()]
            rows = cast("Iterator[list[Raw]]", sheet.iter_rows())
            if left or errors or percents:
                rows = _sheet_rows(rows, left, errors, percents)
            grids.append(Grid(sheet_name, rows, sheet.total_height, merged))
        return grids, hidden
    except PasswordError:
        raise _encrypted(name) from None
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        CalamineError,
        ZipError,
        KeyError,
        EOFError,
        OSError,
    ) as fault:
        raise _damaged(name) from fault
    except (etree.XMLSyntaxError, zlib.error, NotImplementedError, RuntimeError) as fault:
        raise _damaged(name) from fault


def _sheet_rows(
    rows: Iterator[list[Raw]], left: int, errors: dict[int, dict[int, str]], percents: dict[int, set[int]]
) -> Iterator[list[Raw]]:
    """Rows with every cell at its own column, formula errors put back, and percent cells as Excel shows them.

    Calamine gives an error cell as blank and 5.3 % as 0.053; both would be a wrong figure.
    """
    last = max(errors, default=-1)
    for number, cells in enumerate(chain(rows, repeat(None))):
        if cells is None and number > last:
            return
        row: list[Raw] = [None] * left + list(cells or ())
        for column, error in errors.get(number, {}).items():
            row.extend([None] * (column + 1 - len(row)))
            row[column] = error
        for column in percents.get(number, ()):
            value = row[column] if column < len(row) else None
            if isinstance(value, int | float) and not isinstance(value, bool):
                row[column] = f"{(exact(float(value)) * 100).normalize():f}%"
        yield row


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → path of its XML inside the workbook, chart sheets left out."""
    names = set(archive.namelist())
    book = etree.fromstring(archive.read("xl/workbook.xml"), _parser())
    relations = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), _parser())
    targets = {str(r.get("Id")): str(r.get("Target")) for r in relations if "worksheet" in str(r.get("Type"))}
    paths = {}
    for sheet in book.iter("{*}sheet"):
        identity = next((str(v) for k, v in sheet.attrib.items() if str(k).endswith("}id")), "")
        target = targets.get(identity, "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if target and path in names:
            paths[str(sheet.get("name"))] = path
    return paths


def _marks(archive: zipfile.ZipFile, path: str) -> tuple[dict[int, dict[int, str]], dict[int, set[int]]]:
    """As :func:`_marked_cells`; a sheet whose text holds no error, formula or per cent style is not taken apart."""
    wanted = [b't="e"', b"<f"]
    wanted += [b's="%s"' % style.encode() for style in _percent_styles(archive)]
    rest = b""
    with archive.open(path) as stream:  # read to its end it is checked against its sum, as testzip does
        while chunk := stream.read(2**20):
            text = rest + chunk
            # A prefix before the names of elements (<x:f>) is rare: such a sheet is taken apart.
            if any(mark in text for mark in wanted) or (not rest and b"<worksheet" not in text):
                return _marked_cells(archive, path)
            rest = chunk[-32:]
    return {}, {}


def _marked_cells(archive: zipfile.ZipFile, path: str) -> tuple[dict[int, dict[int, str]], dict[int, set[int]]]:
    """Where the sheet has formula errors (row → column → error) and numbers shown in per cent (row →
    columns)."""
    percent_styles = _percent_styles(archive)
    errors: dict[int, dict[int, str]] = {}
    percents: dict[int, set[int]] = {}
    with archive.open(path) as stream:
        tags = ("{*}c", "{*}row")
        for _, cell in etree.iterparse(stream, tag=tags, resolve_entities=False, no_network=True, huge_tree=True):
            if cell.tag.endswith("}row"):
                # A row that was read leaves the tree, or a hundred thousand of them would fill the memory.
                cell.clear()
                while cell.getprevious() is not None:
                    del cell.getparent()[0]
                continue
            kind, style = cell.get("t"), cell.get("s")
            # A formula that no program has computed has no value; as a blank it would be a wrong absence.
            empty = cell.find("{*}f") is not None and cell.find("{*}v") is None
            if kind == "e" or empty or (style in percent_styles and kind in (None, "n")):
                row, column = _place(str(cell.get("r")))
                if kind == "e" or empty:
                    errors.setdefault(row, {})[column] = cell.findtext("{*}v") or "#UNKNOWN!"
                else:
                    percents.setdefault(row, set()).add(column)
    return errors, percents


def _percent_styles(archive: zipfile.ZipFile) -> set[str]:
    if "xl/styles.xml" not in archive.namelist():
        return set()
    styles = etree.fromstring(archive.read("xl/styles.xml"), _parser())
    own = {str(f.get("numFmtId")) for f in styles.iter("{*}numFmt") if "%" in str(f.get("formatCode"))}
    formats = styles.find("{*}cellXfs")
    if formats is None:
        return set()
    return {str(n) for n, xf in enumerate(formats) if str(xf.get("numFmtId")) in own | {"9", "10"}}


def _place(reference: str) -> tuple[int, int]:
    """Row and column, counted from 0, of a reference such as B7."""
    found = re.fullmatch(r"([A-Z]+)(\d+)", reference)
    if found is None:
        raise KeyError(reference)
    column = 0
    for character in found[1]:
        column = column * 26 + ord(character) - 64
    return int(found[2]) - 1, column - 1


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


# -- csv -------------------------------------------------------------------------------------------


def decode(name: str, data: bytes) -> str:
    """The text of a csv: UTF-8, UTF-16 with its mark, or GB18030; :class:`UserError` where it is none of
    them for sure."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise _encoding(name, data, len(data)) from None
    if b"\0" in data:
        raise _not_a_sheet(name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        if fault.start >= len(data) - 4 and fault.start > 0 and any(byte >= 0x80 for byte in data[: fault.start]):
            raise UserError(
                "intake.truncated",
                f"文件“{name}”在一个字的中间断了，没有传完整；请重新导出或重新上传。",
                f"The file “{name}” breaks off in the middle of a character; export or upload it again.",
            ) from None
        where = fault.start
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        raise _encoding(name, data, where) from None
    # Another encoding read as GB18030 gives characters that nobody writes; GB 2312 holds nearly all others.
    foreign = [c for c in text if ord(c) > 0x7F]
    rare = sum(1 for c in foreign if not _is_common(c))
    if rare > max(2, len(foreign) // 5):
        raise _encoding(name, data, where)
    return text


def _is_common(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _encoding(name: str, data: bytes, where: int) -> UserError:
    line = data.count(b"\n", 0, where) + 1
    best = from_bytes(data[:20000]).best()
    guess_zh = f"（看起来像 {best.encoding}）" if best is not None else ""
    guess_en = f" (it looks like {best.encoding})" if best is not None else ""
    return UserError(
        "intake.encoding",
        f"文件“{name}”第 {line} 行起的文字编码不是 UTF-8 或 GB18030{guess_zh}，读出来会是乱码；"
        f"请另存为“CSV UTF-8”或"
        " .xlsx 后再导入。",
        f"From line {line} the text of “{name}” is neither UTF-8 nor GB18030{guess_en} and would come out "
        f"garbled; save "
        "it as “CSV UTF-8” or .xlsx.",
    )


def _csv_rows(name: str, text: str) -> list[list[Raw]]:
    if not text.strip():
        raise _empty(name)
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        text = "\n" + text[declared.end() :]
    sample = text[:20000].split("\n")[:50]
    delimiter = declared[1] if declared else max(",\t;|", key=lambda mark: sum(line.count(mark) for line in sample))
    rows: list[list[Raw]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            rows.append([cell if cell else None for cell in row])
    except csv.Error:
        raise UserError(
            "intake.quotes",
            f"文件“{name}”第 {len(rows) + 1} 行起引号不成对，其后的内容分不清行列，可能没有传完整；"
            f"请补上引号或另存为 "
            ".xlsx。",
            f"From row {len(rows) + 1} a quotation mark in “{name}” is not closed, so rows and columns "
            f"cannot be told "
            "apart, or the file is cut short; close it or save as .xlsx.",
        ) from None
    return rows


# -- sentences -------------------------------------------------------------------------------------


def _empty(name: str) -> UserError:
    return UserError(
        "intake.empty",
        f"文件“{name}”是空的，没有任何内容；请核对是否选对了文件。",
        f"The file “{name}” is empty; check that it is the right one.",
    )


def _encrypted(name: str) -> UserError:
    return UserError(
        "intake.encrypted",
        f"文件“{name}”设有打开密码，无法读取；请去掉密码另存后再导入。",
        f"The file “{name}” is protected by a password and cannot be read; save it without one.",
    )


def _not_a_sheet(name: str) -> UserError:
    return UserError(
        "intake.not_a_sheet",
        f"文件“{name}”不是 xlsx，也不是文本表格（csv）；请另存为 .xlsx 或 .csv 后再导入。",
        f"The file “{name}” is neither an xlsx nor a text table (csv); save it as .xlsx or .csv.",
    )


def _damaged(name: str) -> UserError:
    return UserError(
        "intake.damaged",
        f"文件“{name}”已损坏或没有传完整，打不开；请重新导出或重新上传，没有写入任何数据。",
        f"The file “{name}” is damaged or cut short and cannot be opened; export or upload it again. "
        f"Nothing was written.",
    )
