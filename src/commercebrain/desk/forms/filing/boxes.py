"""Questions and columns of lines as a page draws them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import unit_words
from commercebrain.desk.core.prepared import prepared
from commercebrain.desk.registry.models import Code
from commercebrain.engine.forms.kinds import Question

SELECTS = {"country": Code.List.COUNTRY, "industry": Code.List.INDUSTRY}
PRODUCTS = "product"
LISTS = {**SELECTS, PRODUCTS: Code.List.PRODUCT}
MODES = {"decimal": "decimal", "integer": "numeric", "product": "numeric", "phone": "tel"}
LENGTHS = {"text": 200, "longtext": 500, "phone": 40, "product": 20, "url": 500}
Option = tuple[str, str, bool]


@dataclass(frozen=True)
class Why:
    """A sentence that wants an explanation, and what was typed."""

    name: str
    sentence: str
    typed: str = ""


@dataclass(frozen=True)
class Box:
    """One field with its words. ``origin`` says where the value in it came from, ``aside`` what a code in it means."""

    name: str
    ask: str
    kind: str
    value: str = ""
    unit: str = ""
    help: str = ""
    required: bool = True
    options: Sequence[Option] = ()
    origin: str = ""
    fault: str = ""
    whys: Sequence[Why] = ()
    remarks: Sequence[str] = ()
    inputmode: str = ""
    most: int | None = None
    list: str = ""
    goods: bool = False
    aside: str = ""
    described: str = field(default="")

    @property
    def grouped(self) -> bool:
        """Whether it is drawn as a group of large buttons."""
        return self.kind in ("choice", "ticks")


def box(
    one: Question, name: str, values: Sequence[str], *, origin: str = "", fault: str = "", whys: Sequence[Why] = (),
    remarks: Sequence[str] = (), compact: bool = False,
) -> Box:  # fmt: skip
    """The box of a question with what stands in it. ``compact``: as a column of a line, choices as a list to open."""
    language = reader.language()
    kind, options, shown_list = "text", (), ""
    value = values[0] if values else ""
    if one.type in ("choice", "ticks"):
        kind = "select" if compact else one.type
        options = tuple((code, words.say(language), code in values) for code, words in one.choices.items())
    elif one.type == "boolean":
        kind = "select" if compact else "choice"
        options = (("yes", _("yes"), value == "yes"), ("no", _("no"), value == "no"))
    elif one.type in SELECTS:
        known = codes(one.type, language)
        if compact:  # by name, with the names offered while typing; read by name or code
            shown_list, value = f"codes-{one.type}", dict(known).get(value, value)
        elif known:
            kind, options = "select", tuple((code, said, code == value) for code, said in known)
    elif one.type in ("longtext", "date"):
        kind = one.type
    asked = one.short if compact else one.ask
    ask = asked.say(language)
    # Whoever wrote the unit into the question wrote it in both languages, in English in other words.
    unit = "" if one.unit and one.unit in asked.zh else unit_words(one.unit or "")
    help_ = one.help.say(language) if one.help else ""
    described = " ".join(f"{what}-{name}" for what, there in (("help", help_), ("fault", fault)) if there)
    return Box(
        name=name, ask=ask, kind=kind, value=value, unit=unit, help=help_, required=one.required, options=options,
        origin=origin, fault=fault, whys=whys, remarks=remarks, inputmode=MODES.get(one.type, ""),
        most=one.max_length or LENGTHS.get(one.type), list=shown_list,
        goods=one.type == PRODUCTS, aside=chapter_of(value, language) if one.type == PRODUCTS else "",
        described="" if compact else described,
    )  # fmt: skip


def codes(kind: str, language: str) -> tuple[tuple[str, str], ...]:
    """The codes of countries or industries with their names in the reader's language; none where no list is loaded."""
    return _codes(kind, language.startswith("zh"), edition(kind))


def chapters(language: str) -> tuple[tuple[str, str], ...]:
    """The chapters of goods, two digits each, with their names; none where no list is loaded."""
    return tuple((code, name) for code, name in codes(PRODUCTS, language) if len(code) == 2 and code.isdigit())


def chapter_of(product: str, language: str) -> str:
    """The chapter that a product code belongs to, as far as the catalogue names it."""
    return dict(chapters(language)).get(product[:2], "")


def chapter_in_short(product: str, language: str) -> str:
    """Its first words, for the cell of a table."""
    return re.split("[；;，,、]", chapter_of(product, language))[0]


def edition(kind: str) -> str:
    """The newest edition of a code list that is loaded; empty where none is."""
    return _edition.first(str(LISTS[kind])) or ""


@prepared
def _edition(of: str) -> QuerySet[Code, str]:
    return Code.objects.filter(list=of).order_by("-edition").values_list("edition", flat=True)[:1]


@lru_cache(maxsize=8)
def _codes(kind: str, chinese: bool, of: str) -> tuple[tuple[str, str], ...]:
    rows = Code.objects.filter(list=LISTS[kind], edition=of).order_by("code")
    told = rows.values_list("code", "name_zh", "name_en")
    return tuple((code, (zh or en) if chinese else (en or zh)) for code, zh, en in told)
