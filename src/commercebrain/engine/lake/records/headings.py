"""Which column of a sheet is which column of the dataset, told by the headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import plain
from commercebrain.engine.lake.dataset import fold
from commercebrain.engine.lake.headings import SheetMapping, unit_in
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.lake.workbook import letter

#: Headings are looked for in so many lines at the top of a sheet.
HEADER_WITHIN = 30


@dataclass(frozen=True, slots=True)
class Headings:
    """Where each field stands: ``row`` (as Excel counts), field → position from 0, field → “C 国别” for messages.

    ``skipped`` names the columns left out; ``cells`` are the heading's own texts (a repeated heading is told by them).
    """

    row: int
    places: dict[str, int]
    names: dict[str, str]
    skipped: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())


def find_headings(
    file: str, lines: Sequence[Sequence[str]], dataset: RecordDataset, mapping: SheetMapping, lettered: bool = True
) -> Headings | None:
    """The headings among the first lines of a sheet; None where no line names two fields of the dataset.

    ``missing`` names required fields that neither the line nor ``mapping.defaults`` gives. Raises
    :class:`UserError` where two columns mean the same field, or a column's unit is not the declared one.
    """
    words = _words(dataset)
    best: tuple[int, int, dict[str, list[int]]] | None = None
    candidates = range(min(len(lines), HEADER_WITHIN))
    if mapping.header_rows is not None:
        candidates = range(mapping.header_rows[1] - 1, min(mapping.header_rows[1], len(lines)))
    for number in candidates:
        found = _match(lines[number], words, mapping, lettered)
        score = len(found)
        if score and (best is None or score > best[0]):
            best = (score, number, found)
    needed = min(2, len(dataset.columns))
    if best is None or best[0] < (1 if mapping.columns else needed):
        return None
    _, number, found = best
    cells = [plain(cell) for cell in lines[number]]
    for name, positions in found.items():
        if len(positions) > 1:
            _two_columns(file, dataset, name, [_named(p, cells, lettered) for p in positions])
    places = {name: positions[0] for name, positions in found.items()}
    names = {name: _named(place, cells, lettered) for name, place in places.items()}
    for name, place in places.items():
        _check_unit(file, dataset, name, cells[place], names[name])
    taken = set(places.values())
    skipped = tuple(_named(n, cells, lettered) for n, cell in enumerate(cells) if cell and n not in taken)
    missing = tuple(
        n for n, c in dataset.columns.items() if c.required and n not in places and n not in mapping.defaults
    )
    return Headings(number + 1, places, names, skipped, tuple(cells), missing)


def _words(dataset: RecordDataset) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, column in dataset.columns.items():
        for word in (name, column.label.zh, column.label.en, *column.synonyms):
            found.setdefault(fold(word), name)
            found.setdefault(plain(word).lower(), name)
    return found


def _match(
    cells: Sequence[str], words: Mapping[str, str], mapping: SheetMapping, lettered: bool
) -> dict[str, list[int]]:
    explained = {fold(key): value for key, value in mapping.columns.items() if isinstance(value, str)}
    ignored = {fold(key) for key in mapping.ignore}
    found: dict[str, list[int]] = {}
    for number, cell in enumerate(cells):
        keys = [fold(cell)] + ([letter(number).lower()] if lettered else [])
        if not plain(cell) or any(key in ignored for key in keys):
            continue
        told = next((explained[key] for key in keys if key in explained), None)
        name = told or words.get(plain(cell).lower()) or words.get(fold(cell))
        if name is not None:
            found.setdefault(name, []).append(number)
    return found


def _named(place: int, cells: Sequence[str], lettered: bool) -> str:
    return f"{letter(place)} {cells[place]}".strip() if lettered else cells[place]


def _check_unit(file: str, dataset: RecordDataset, name: str, cell: str, place: str) -> None:
    wanted, given = dataset.columns[name].unit, unit_in(cell)
    if wanted and given and given != wanted:
        raise UserError(
            "records.unit",
            f"文件“{file}”的“{place}”以{given}为单位，数据集“{dataset.code}”的{dataset.columns[name].label.zh}须以"
            f"{wanted}为单位；请换算成{wanted}后再导入，没有写入任何数据。",
            f"In “{file}” the column “{place}” is in {given}; {dataset.columns[name].label.en.lower()} of “{dataset.code}” "
            f"must be in {wanted}. Convert it and take the file in again; nothing was written.",
        )


def _two_columns(file: str, dataset: RecordDataset, name: str, places: list[str]) -> None:
    there = "”、“".join(places)
    raise UserError(
        "records.two_columns",
        f"文件“{file}”里“{there}”几列都是{dataset.columns[name].label.zh}，分不清用哪一列；请用 --mapping 的 ignore 写明"
        "不用的列。没有写入任何数据。",
        f"In “{file}” the columns “{'”, “'.join(places)}” all mean {dataset.columns[name].label.en.lower()}; name those to "
        "leave out under ignore in a --mapping file. Nothing was written.",
    )


def no_table(file: str, dataset: RecordDataset, seen: Sequence[tuple[str, Headings | None]]) -> UserError:
    """Why no sheet of the file holds a table of the dataset: the fields that are missing from the nearest one."""
    near = max((headings for _, headings in seen if headings is not None), key=lambda h: len(h.places), default=None)
    missing = near.missing if near is not None else tuple(n for n, c in dataset.columns.items() if c.required)
    zh = "、".join(dataset.columns[n].label.zh for n in missing)
    en = ", ".join(dataset.columns[n].label.en for n in missing)
    hint = missing[0] if missing else next(iter(dataset.columns))
    return UserError(
        "records.no_table",
        f"文件“{file}”里没有{dataset.record.zh}的表：缺少这些列：{zh}。请核对表头；整个文件相同的栏可以在 --default 里"
        f"给出（如 {hint}=…），认不出的列可以用 --mapping 说明。没有写入任何数据。",
        f"“{file}” holds no table of {dataset.record.en.lower()}s: these columns are missing: {en}. Check the headings; give "
        f"what is the same for the whole file by --default (such as {hint}=…) and explain other columns by --mapping. "
        "Nothing was written.",
    )
