"""What somebody uploads is looked at before anything reads it: size, content against ending, bombs, macros, name.

Nothing here trusts the browser's word for what a file is. Uploads are kept below ``MEDIA_ROOT``, which no address
serves; they leave only through :func:`download`, as an attachment that no browser runs.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import subprocess
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from django.conf import settings
from django.http import FileResponse

from commercebrain.engine.errors import UserError

MAX_BYTES = 50 * 2**20
MAX_UNPACKED = 600 * 2**20  # what an office file may hold in all; the largest real workbook met held 180 MB
MAX_PARTS = 10_000
MAX_RATIO = 200  # repeated table cells reach 60 to 1; a bomb reaches 1000 to 1
SCAN_SECONDS = 120
BLOCK = 2**16

OFFICE = {"xlsx": "spreadsheetml.sheet.main+xml", "docx": "wordprocessingml.document.main+xml"}
MACROS = {"xlsm", "xlsb", "xltm", "xlam", "docm", "dotm", "pptm", "xls", "doc"}
PICTURES = {"png": (b"\x89PNG\r\n\x1a\n",), "jpg": (b"\xff\xd8\xff",), "jpeg": (b"\xff\xd8\xff",)}
TEXTS = {"csv", "txt", "html", "htm", "md"}
KINDS = frozenset({*OFFICE, *PICTURES, *TEXTS, "pdf"})
# The beginnings of programs, archives, pictures, old office files and pdf: no text begins with them.
NO_TEXT = (b"PK\x03\x04", b"MZ", b"\x7fELF", b"\xd0\xcf\x11\xe0", b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b",
           b"7z\xbc\xaf", b"Rar!", b"#!")  # fmt: skip
MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
DECLARATION = re.compile(rb"<\0?!\0?(D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)", re.I)


@dataclass(frozen=True)
class CheckedUpload:
    """A file that passed: ``name`` is safe to show and to store, ``file`` stands at its beginning."""

    file: Any
    name: str
    kind: str
    size: int
    sha256: str


def clean_name(name: str) -> str:
    """The name without folders, control and direction characters, at most 120 long with its ending kept."""
    last = PureWindowsPath(PurePosixPath(name.replace("\0", "")).name).name
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    shown = re.sub(r'[<>:"/\\|?*]', "_", shown).strip(" .")
    stem, dot, ending = shown.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: 119 - len(ending)] or 'upload'}.{ending}"
    return shown[:120] or "upload"


def checked_upload(
    file: Any, kinds: Collection[str], max_bytes: int = MAX_BYTES, *, empty: bool = False
) -> CheckedUpload:
    """Looks at an uploaded file before anything else does and returns it with a clean name.

    ``file`` is Django's ``UploadedFile`` or any open binary file with a name; ``kinds`` are the endings taken, of
    :data:`KINDS`; ``max_bytes`` the largest size; with ``empty`` a file without content passes. Raises
    :class:`UserError` (``uploads.…``) that says what is wrong with the file and what to do.
    """
    if unknown := set(kinds) - KINDS:
        raise KeyError(f"no check for {', '.join(sorted(unknown))}")
    name = clean_name(str(getattr(file, "name", "") or "upload"))
    kind = name.rpartition(".")[2].lower()
    if kind in MACROS and kind not in kinds:
        raise UserError(
            "uploads.macros",
            f"“{name}”是可含宏或旧格式的文件，本系统不接收；请另存为不含宏的 {_list(kinds)} 再上传。",
            f"“{name}” is of a kind that may hold macros; save it as {_list(kinds)} without macros and upload it again.",
        )
    if kind not in kinds:
        raise UserError(
            "uploads.kind",
            f"“{name}”不是这里接收的文件类型；请提供 {_list(kinds)}。",
            f"“{name}” is not of a kind that is taken here; give {_list(kinds)}.",
        )
    size, digest = _measure(file, name, max_bytes)
    if not size and not empty:
        raise UserError("uploads.empty", f"“{name}”是空文件，请检查后重新上传。", f"“{name}” is empty; check it.")
    if size:
        _look(file, name, kind)
        scan(file, name)
    file.seek(0)
    return CheckedUpload(file, name, kind, size, digest)


def download(file: Any, name: str) -> FileResponse:
    """An answer that hands over a kept file: always as an attachment, of no type that a browser runs, kept by no cache."""
    response = FileResponse(
        file, as_attachment=True, filename=clean_name(name), content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response


def scan(file: Any, name: str) -> None:
    """Hands the file to the bureau's virus scanner where one is set (``CBRAIN_SCAN_COMMAND``).

    The command gets the path of a copy at ``{file}``, or behind its own words. 0 lets the file through, 1 is a find;
    anything else, and no answer within two minutes, refuses the file too: unscanned files do not pass.
    """
    if not settings.SCAN_COMMAND:
        return
    with tempfile.NamedTemporaryFile(suffix=f".{name.rpartition('.')[2]}") as copy:
        for block in _blocks(file):
            copy.write(block)
        copy.flush()
        words = shlex.split(settings.SCAN_COMMAND)
        placed = [word.replace("{file}", copy.name) for word in words]
        command = placed if placed != words else [*words, copy.name]
        try:
            code = subprocess.run(command, capture_output=True, timeout=SCAN_SECONDS, check=False).returncode
        except (OSError, subprocess.TimeoutExpired):
            code = -1
    if code == 1:
        raise UserError(
            "uploads.virus",
            f"病毒扫描在“{name}”中发现问题，文件未接收；请联系信息化部门。",
            f"The virus scanner found something in “{name}”; it was not taken. Tell the IT department.",
        )
    if code:
        raise UserError(
            "uploads.unscanned",
            f"“{name}”未能完成病毒扫描，因此未接收；请稍后再试或联系信息化部门。",
            f"“{name}” could not be scanned and was not taken; try later or tell the IT department.",
        )


def _list(kinds: Collection[str]) -> str:
    return " / ".join(sorted(kinds))


def _blocks(file: Any) -> Iterator[bytes]:
    file.seek(0)
    while block := file.read(BLOCK):
        yield block


def _measure(file: Any, name: str, max_bytes: int) -> tuple[int, str]:
    """Size and checksum; stops reading as soon as the file is too large."""
    digest, size = hashlib.sha256(), 0
    declared = int(getattr(file, "size", 0) or 0)
    for block in _blocks(file) if declared <= max_bytes else ():
        size += len(block)
        digest.update(block)
        if size > max_bytes:
            break
    if max(size, declared) > max_bytes:
        told = max(size, declared) / 2**20
        raise UserError(
            "uploads.too_large",
            f"“{name}”有 {told:.1f} MB，超过上限 {max_bytes // 2**20} MB；请拆分或压缩图片后再上传。",
            f"“{name}” has {told:.1f} MB, more than the limit of {max_bytes // 2**20} MB; split it and upload it again.",
        )
    return size, digest.hexdigest()


def _look(file: Any, name: str, kind: str) -> None:
    """Whether the content is what the ending says."""
    file.seek(0)
    head: bytes = file.read(4096)
    if kind in OFFICE:
        _look_inside(file, name, kind)
    elif kind == "pdf":
        if b"%PDF-" not in head[:1024]:
            raise _not_what_it_says(name, kind)
    elif kind in PICTURES:
        if not head.startswith(PICTURES[kind]):
            raise _not_what_it_says(name, kind)
    elif head.startswith(NO_TEXT) or (not head.startswith(MARKS[:2]) and _holds_zeros(file)):
        raise _not_what_it_says(name, kind)


def _holds_zeros(file: Any) -> bool:
    return any(b"\0" in block for block in _blocks(file))


def _look_inside(file: Any, name: str, kind: str) -> None:
    """An office file: a sound zip that says of itself what it is, unpacks to a bearable size and holds no macro."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            _weigh(parts, name)
            names = {part.filename for part in parts}
            if "[Content_Types].xml" not in names:
                raise _not_what_it_says(name, kind)
            for part in parts:
                _look_at_part(package, part, name)
            types = package.read("[Content_Types].xml")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as fault:
        raise _not_what_it_says(name, kind) from fault
    if b"macroEnabled" in types or any(part.lower().endswith("vbaproject.bin") for part in names):
        raise UserError(
            "uploads.macros",
            f"“{name}”中含有宏，本系统不接收；请另存为不含宏的 {kind} 再上传。",
            f"“{name}” holds macros; save it as {kind} without macros and upload it again.",
        )
    if OFFICE[kind].encode() not in types:
        raise _not_what_it_says(name, kind)


def _weigh(parts: list[zipfile.ZipInfo], name: str) -> None:
    """Refuses what would unpack to far more than it is."""
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    bomb = unpacked > MAX_UNPACKED or len(parts) > MAX_PARTS
    if bomb or (unpacked > 20 * 2**20 and unpacked > MAX_RATIO * max(packed, 1)):
        raise UserError(
            "uploads.bomb",
            f"“{name}”解压后有 {unpacked // 2**20} MB、{len(parts)} 个部件，大小异常，未接收；请重新导出或拆分。",
            f"“{name}” would unpack to {unpacked // 2**20} MB in {len(parts)} parts, which no honest file does; "
            "export it again or split it.",
        )


def _look_at_part(package: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    """Unpacks one part in blocks (which proves its declared size and checksum) and looks for what does not belong."""
    path = PurePosixPath(part.filename.replace("\\", "/"))
    unsafe = path.is_absolute() or ".." in path.parts or part.flag_bits & 0x1
    with package.open(part) as opened:
        tail = b""
        xml = path.suffix.lower() in {".xml", ".rels", ".vml"}
        while not unsafe and (block := opened.read(BLOCK)):
            unsafe = xml and DECLARATION.search(tail + block) is not None
            tail = block[-32:]
    if unsafe:
        raise UserError(
            "uploads.unsafe",
            f"“{name}”内部有不安全的内容（{clean_name(part.filename)}），未接收；请用办公软件重新另存后再上传。",
            f"“{name}” holds unsafe content ({clean_name(part.filename)}) and was not taken; save it anew in an office "
            "program and upload it again.",
        )


def _not_what_it_says(name: str, kind: str) -> UserError:
    return UserError(
        "uploads.content",
        f"“{name}”的内容不是有效的 {kind} 文件（可能已损坏、加密或改过扩展名）；请用原软件另存后再上传。",
        f"The content of “{name}” is no valid {kind} file (damaged, encrypted or renamed); save it anew and upload it again.",
    )
