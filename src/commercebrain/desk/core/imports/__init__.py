"""The one way to take a list into a register: template, upload, mapping, preview, apply, undo.

A register declares an importer in the ``imports.py`` of its folder (found by itself)::

    @importer
    class Units(Importer):
        code = "people.units"
        zh, en = "机构", "Units"
        key = ("name_zh",)                                # the columns that tell which row is meant
        columns = (
            ImportColumn("name_zh", "中文名称", "Name in Chinese", required=True, example="示例区商务局"),
            ImportColumn("opened", "成立日期", "Opened on", parse=day),
        )

        def allowed(self, person): ...                    # may this person import here at all
        def existing(self, keys, person): ...             # {key: Found(id, values, version, name)} in ONE query or two
        def check(self, values, found, person): ...       # raises UserError: outside of scope, rules over several columns
        def create(self, values, person): ...             # calls the action, returns Found
        def change(self, found, values, person): ...      # calls the action, returns Found
        def remove(self, found, person): ...              # undo of a row that was added

One importer may serve many registers: :meth:`Importer.at` is given the ``target`` (a register's code) and returns an
instance whose ``columns`` fit, or none where there is no such register.

**Values** are plain JSON: text, whole numbers, true/false, decimals and dates as text; ``existing`` must return them in
the same form as the parsers (:mod:`.parsers`) do, since old and new are compared as they stand. ``keys`` are tuples of
the key columns' values.

**Blank cells** leave what is there; the word 清空 (or ``<clear>``) empties a field. A column that is not mapped is not
touched. ``values`` given to ``create`` hold every column (``None`` where blank); those given to ``change`` hold the
fields that differ only.

**Speed**: ``create`` and ``change`` run once a row. Registers with very many rows override ``create_many`` and
``change_many``, which are given a chunk of :data:`~.checking.CHUNK` rows and return what was written in the same order;
both run in the one transaction of the whole import. Whoever overrides them locks the rows itself.
"""

from commercebrain.desk.core.imports.declaring import (
    IMPORTERS,
    Found,
    ImportColumn,
    Importer,
    find_importer,
    importer,
    importers_for,
)
from commercebrain.desk.core.imports.parsers import choice, day, number, text, whole, yes_no

__all__ = [
    "IMPORTERS",
    "Found",
    "ImportColumn",
    "Importer",
    "choice",
    "day",
    "find_importer",
    "importer",
    "importers_for",
    "number",
    "text",
    "whole",
    "yes_no",
]
