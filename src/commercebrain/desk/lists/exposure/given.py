"""The list that a question asks of: read from what was pasted or uploaded, or from a kept version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from commercebrain.desk.lists import kinds, queries
from commercebrain.desk.lists.exposure.questions import MOST_BYTES, MOST_ROWS, MOST_TEXT, Question, keep, kept
from commercebrain.desk.lists.models import ListVersion
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure.reading import ReadList, Sheet, read_sheets, read_text
from commercebrain.engine.lake.workbook import open_grids
from commercebrain.engine.lists.found import FoundCode
from commercebrain.engine.lists.kinds import NewlyHit
from commercebrain.engine.lists.rows import ProductRow

#: Any exposure counts as hit.
ANY = NewlyHit()
PASTED = Words(zh="这份清单", en="This list")
#: Sentences about what was not understood that are told one by one; of more only the number.
TOLD = 50
#: Of a text this much is shown again with its codes marked.
MARKED = 20_000


@dataclass(frozen=True)
class Given:
    """The rows of a list and what it is called. ``found``, ``faults``, ``notes`` and ``text`` tell of what was pasted: the
    codes, a sentence for everything that was not understood and for what was mended, and the text that they stand in.
    ``newly_hit``: from which exposure on a firm counts as hit when two versions are set side by side."""

    title: Words
    rows: tuple[ProductRow, ...]
    version: ListVersion | None = None
    found: tuple[FoundCode, ...] = ()
    faults: tuple[Words, ...] = ()
    notes: tuple[Words, ...] = ()
    text: str = ""
    newly_hit: NewlyHit = ANY

    @property
    def marked(self) -> SafeString:
        """The text with the codes that were found marked."""
        return marked(self.text, self.found)


def take(person: Any, question: Question, text: str, upload: Any) -> Question:
    """The question about what was typed or uploaded, which is kept; the question itself where nothing was.

    Raises :class:`UserError` for what is too long, for a file that cannot be read, and where no code is found.
    """
    if upload is not None:
        return _kept(person, question, {"file": str(upload.name)[:120], "sheets": _sheets(upload)})
    if not text.strip():
        return question
    if len(text) > MOST_TEXT:
        raise UserError(
            "exposure.long_text",
            f"粘贴的内容有{len(text):,}个字，超过{MOST_TEXT:,}个字的上限。请上传 csv 或 xlsx 文件，或在“清单”里导入为一份清单，再到这里选用。",
            f"The pasted text has {len(text):,} characters, more than {MOST_TEXT:,}. Upload a csv or xlsx file, or "
            "import it as a list under Lists and choose it here.",
        )
    return _kept(person, question, {"text": text})


def _kept(person: Any, question: Question, values: dict[str, Any]) -> Question:
    read = _read(values, question.nomenclature, question.edition)
    check(len(read.rows), read.faults)
    return question.of(pasted=keep(person, values), version=None)


def check(many: int, faults: Sequence[Words]) -> None:
    """Refuses a list without codes and one that is too long."""
    if not many:
        zh, en = (faults[0].zh, faults[0].en) if faults else ("", "")
        raise UserError(
            "exposure.no_codes",
            f"没有找到商品编码。编码写作 8471.30、84713000 或 第84章 这样的形式。{zh}",
            f"No product code was found. Codes are written like 8471.30, 84713000 or chapter 84. {en}".rstrip(),
        )
    if many > MOST_ROWS:
        raise too_many(many)


def too_many(rows: int) -> UserError:
    """The sentence for a list that is too long to be asked at once."""
    return UserError(
        "exposure.too_many",
        f"这里一次最多测算{MOST_ROWS:,}个编码，给出的有{rows:,}个。请先在“清单”里导入为一份清单（逐行校验），再到这里选用。",
        f"At most {MOST_ROWS:,} codes are asked at once; {rows:,} were given. Import them as a list under Lists, where "
        "each row is checked, and choose it here.",
    )


def _sheets(upload: Any) -> list[dict[str, Any]]:
    """The cells of a csv or xlsx file. Raises :class:`UserError` where it is too large or cannot be read."""
    if upload.size > MOST_BYTES:
        raise UserError(
            "exposure.large_file",
            f"文件“{upload.name}”有{upload.size / 1e6:.1f}兆，超过{MOST_BYTES // 1_000_000}兆的上限。请在“清单”里导入为一份清单，再到这里选用。",
            f"The file “{upload.name}” has {upload.size / 1e6:.1f} MB, more than {MOST_BYTES // 1_000_000}. Import it as a "
            "list under Lists and choose it here.",
        )
    grids, _notes = open_grids(str(upload.name), upload.read())
    sheets = [{"name": grid.name, "rows": [[_cell(cell) for cell in row] for row in grid.rows]} for grid in grids]
    total = sum(len(sheet["rows"]) for sheet in sheets)
    if total > MOST_ROWS + 100:  # headings and notes are no codes
        raise too_many(total)
    return sheets


def _cell(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, (str, int, float, bool)) else str(cell)


def _read(values: dict[str, Any], nomenclature: str, edition: str) -> ReadList:
    if "sheets" in values:
        return read_sheets([Sheet(**one) for one in values["sheets"]], nomenclature, edition)
    return _text_read(values["text"], nomenclature, edition)


@lru_cache(maxsize=16)
def _text_read(text: str, nomenclature: str, edition: str) -> ReadList:
    return read_text(text, nomenclature, edition)


def given_of(person: Any, question: Question) -> Given:
    """The list of the question. Raises :class:`UserError` for one that is out of sight or no longer kept."""
    if question.version is not None:
        return _of_version(person, question.version, question)
    values = kept(person, question.pasted)
    text = str(values.get("text", ""))
    read = _read(values, question.nomenclature, question.edition)
    title = Words(zh=f"文件“{values['file']}”", en=f"The file “{values['file']}”") if "file" in values else PASTED
    return _given(title, read, text, question)


def _given(title: Words, read: ReadList, text: str, question: Question) -> Given:
    rows = tuple(_completed(read.rows, question))
    return Given(title, rows, None, read.codes, _few(read.faults), read.notes, text)


def _few(faults: Sequence[Words]) -> tuple[Words, ...]:
    """Of very many sentences the first ones and how many more there are."""
    more = len(faults) - TOLD
    if more <= 0:
        return tuple(faults)
    return (*faults[:TOLD], Words(zh=f"另有{more}处没有读懂，未逐一列出。", en=f"{more} more were not understood."))


def given_of_text(text: str, question: Question, *, only_codes: bool = False) -> Given:
    """The list that a text holds, kept nowhere. Raises :class:`UserError` where it holds no code."""
    read = read_text(text, question.nomenclature, question.edition, only_codes=only_codes)
    check(len(read.rows), read.faults)
    return _given(PASTED, read, text, question)


def compared(person: Any, question: Question) -> Given | None:
    """The version to set beside; none where none is asked."""
    return None if question.compare is None else _of_version(person, question.compare, question)


def _of_version(person: Any, pk: int, question: Question) -> Given:
    version = queries.version(person, pk)
    if version is None:
        raise UserError(
            "exposure.no_version",
            "没有这个清单版本，或它不在您的权限范围内；请重新选择。",
            "There is no such version of a list, or it is out of your sight; choose again.",
        )
    return of_version(version, question)


def of_version(version: ListVersion, question: Question) -> Given:
    """What a version holds, completed by the question."""
    rows = queries.product_rows(version)
    if len(rows) > 5 * MOST_ROWS:
        raise too_many(len(rows))
    book, known = version.book, kinds.kind(version.book.kind)
    title = Words(
        zh=f"{book.name_zh}第{version.number}版", en=f"{book.name_en or book.name_zh} (version {version.number})"
    )
    hit = known.newly_hit if known is not None else ANY
    return Given(title, tuple(_completed(rows, question)), version, newly_hit=hit)


def _completed(rows: Iterable[ProductRow], question: Question) -> Iterable[ProductRow]:
    """What a row does not say itself is what the question says."""
    for row in rows:
        yield replace(
            row,
            partner=row.partner or question.partner,
            rate=question.rate if row.rate is None else row.rate,
            nomenclature=row.nomenclature or question.nomenclature,
            edition=row.edition or question.edition,
        )


def offered_versions(person: Any) -> list[tuple[int, str]]:
    """The versions of lists of products that a person may choose, the newest first."""
    codes = [code for code, one in kinds.kinds().items() if one.subject == "product" and one.members != "register"]
    rows = queries.versions(person).filter(book__kind__in=codes).exclude(state=ListVersion.State.DECLINED)
    return [(row.pk, f"{row.book} · {row.number}") for row in rows.order_by("book__name_zh", "-number")[:200]]


def marked(text: str, found: Iterable[FoundCode]) -> SafeString:
    """The text with the codes in it marked; a long one only at its beginning."""
    shown, at, parts = text[:MARKED], 0, []
    for one in sorted((one for one in found if one.end), key=lambda one: one.start):
        if one.start < at or one.end > len(shown):
            continue
        css = "exposure-code" if one.codes else "exposure-code exposure-wrong"
        title = escape(one.digits)
        parts.append(
            f'{escape(shown[at : one.start])}<mark class="{css}" title="{title}">{escape(shown[one.start : one.end])}</mark>'
        )
        at = one.end
    parts.append(escape(shown[at:]) + ("…" if len(text) > MARKED else ""))
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped
