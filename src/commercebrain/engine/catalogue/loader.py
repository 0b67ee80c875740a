"""Loading the catalogue: read every file, check each item and the references between them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

import commercebrain
from commercebrain.engine.catalogue import groups, profiles
from commercebrain.engine.catalogue.codes import CodeLists
from commercebrain.engine.catalogue.groups import Group
from commercebrain.engine.catalogue.models import Area, FoundingDocument, Indicator, SystemRow, Unmatched, Words
from commercebrain.engine.catalogue.profiles import Profile
from commercebrain.engine.catalogue.references import formula_faults, names_in, references
from commercebrain.engine.catalogue.registers import Register, faults_of
from commercebrain.engine.catalogue.source import Document, Fault, nearest, read
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.dataset import Dataset
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.lists import kinds
from commercebrain.engine.lists.kinds import ListKind

if TYPE_CHECKING:
    from commercebrain.engine.cases.authorities import Authority
    from commercebrain.engine.cases.kinds import Template
    from commercebrain.engine.cases.measures import Measure
    from commercebrain.engine.cases.ranking import RankingOf
    from commercebrain.engine.disclosure.declared import Tables
    from commercebrain.engine.forms.kinds import FormKind
    from commercebrain.engine.rules.kinds import Rule

Item = TypeVar("Item", bound=BaseModel)


@dataclass(frozen=True)
class Catalogue:
    """The domain as data. Items that are faulty are left out and named by :meth:`check`.

    ``declared`` names every item met ("indicator:export_value"), the faulty ones too, so that one fault
    does not make others out of what refers to it.
    """

    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    records: Mapping[str, RecordDataset] = field(default_factory=dict)
    systems: Mapping[str, SystemRow] = field(default_factory=dict)
    areas: Mapping[str, Area] = field(default_factory=dict)
    documents: Mapping[str, FoundingDocument] = field(default_factory=dict)
    registers: Mapping[str, Register] = field(default_factory=dict)
    lists: Mapping[str, ListKind] = field(default_factory=dict)
    forms: Mapping[str, FormKind] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    tables: Mapping[str, Tables] = field(default_factory=dict)
    unmatched: Mapping[str, Unmatched] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    authorities: Mapping[str, Authority] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)
    rankings: Mapping[str, RankingOf] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    codes: CodeLists = field(default_factory=lambda: CodeLists(Path()), repr=False, compare=False)
    faults: tuple[Fault, ...] = ()
    places: Mapping[str, tuple[Document, tuple[Hashable, ...]]] = field(default_factory=dict, repr=False)
    declared: frozenset[str] = frozenset()

    def indicator(self, code: str) -> Indicator:
        """The indicator; :class:`UserError` (``catalogue.unknown_indicator``) with the nearest code
        otherwise."""
        found = self.indicators.get(code)
        if found is None:
            zh, en = nearest(code, self.indicators)
            raise UserError(
                "catalogue.unknown_indicator",
                f"目录里没有指标“{code}”{zh}",
                f"The catalogue has no indicator “{code}”{en}",
            )
        return found

    def title(self, doc: str) -> Words:
        """The title of the document that a source names by its file; what the source says where it is none of those."""
        found = self.documents.get(doc)
        return Words(zh=f"《{found.name.zh}》", en=found.name.en) if found else Words(zh=doc, en=doc)

    def fault(self, item: str, zh: str, en: str, *path: Hashable) -> Fault:
        """A fault at ``path`` inside the item that was loaded as ``item`` ("indicator:export_value")."""
        document, root = self.places[item]
        return Fault(document.file, document.line(*root, *path), zh, en)

    def check(self) -> list[Fault]:
        """Every fault: unreadable files, unknown keys, broken references, units, formulas, failing
        examples."""
        from commercebrain.engine.catalogue.examples import run_examples

        found = [*self.faults, *references(self)]
        from commercebrain.engine.cases.authorities import check as check_authorities
        from commercebrain.engine.cases.ranking import run_examples as run_scores
        from commercebrain.engine.cases.walking import run_examples as run_walks
        from commercebrain.engine.forms.checking import run_examples as run_answers
        from commercebrain.engine.lists.entries import run_examples as run_rows
        from commercebrain.engine.registers import run_examples as run_entries
        from commercebrain.engine.rules.examples import run_examples as run_rules

        return sorted(
            [
                *found,
                *run_examples(self),
                *run_entries(self),
                *run_rows(self),
                *run_answers(self),
                *run_walks(self),
                *run_scores(self),
                *check_authorities(self),
                *run_rules(self),
            ],
            key=lambda f: (f.file, f.line),
        )


def load_catalogue(path: Path | None = None) -> Catalogue:
    """The catalogue in the folder ``path``; without it, the one that is installed (read once)."""
    return _installed() if path is None else _load(path)


_INSTALLED = Path(commercebrain.__file__).parent / "catalogue"


@lru_cache(maxsize=1)
def _installed() -> Catalogue:
    return _load(_INSTALLED)


def _load(root: Path) -> Catalogue:
    from commercebrain.engine.cases.authorities import Authority
    from commercebrain.engine.cases.kinds import Template
    from commercebrain.engine.cases.measures import Measure
    from commercebrain.engine.cases.ranking import RankingOf
    from commercebrain.engine.disclosure.declared import Tables  # it is made of the catalogue's models
    from commercebrain.engine.forms.kinds import FormKind  # so is it
    from commercebrain.engine.rules.kinds import Rule

    if not root.is_dir():
        raise UserError("catalogue.no_folder", f"找不到目录文件夹“{root}”。", f"There is no catalogue folder “{root}”.")
    faults: list[Fault] = []
    places: dict[str, tuple[Document, tuple[Hashable, ...]]] = {}
    declared: set[str] = set()
    context: dict[str, Any] = {}

    def take(kind: str, model: type[Item], document: Document, key: str) -> dict[str, Item]:
        faults.extend(document.faults)
        taken: dict[str, Item] = {}
        for path, data in items_of(document.data, keyed=kind == "area"):
            name = str(path[-1]) if kind == "area" else str((data or {}).get(key, ""))
            declared.add(f"{kind}:{name}")
            try:
                item = model.model_validate(data, context=context)
            except ValidationError as error:
                faults.extend(_told(error, model, document, path))
                continue
            place = f"{kind}:{name}"
            if place in places:
                other, at = places[place]
                faults.append(
                    Fault(
                        document.file,
                        document.line(*path),
                        f"代码“{name}”重复，{other.file}第{other.line(*at)}行已有。",
                        f"The code “{name}” is used twice; it is in {other.file} on line {other.line(*at)}.",
                    )
                )
                continue
            places[place] = (document, path)
            taken[name] = item
        return taken

    def folder(name: str) -> Iterator[Document]:
        for file in sorted((root / name).glob("*.yaml")):
            yield read(file, f"{name}/{file.name}")

    def single(name: str) -> Iterator[Document]:
        if (root / name).is_file():
            yield read(root / name, name)

    def gather(kind: str, model: type[Item], documents: Iterator[Document], key: str = "code") -> dict[str, Item]:
        gathered: dict[str, Item] = {}
        for document in documents:
            gathered |= take(kind, model, document, key)
        return gathered

    declared_datasets = list(folder("datasets"))
    measures = gather("measure", Measure, single("measures.yaml"))
    if measures:  # choices of templates may be the measures declared beside them, and of a bureau's also the product's
        context["measures"] = measures if root == _INSTALLED else {**_installed().measures, **measures}
    whole = Catalogue(
        indicators=gather("indicator", Indicator, folder("indicators")),
        datasets=gather("dataset", Dataset, (d for d in declared_datasets if not _of_records(d))),
        records=gather("dataset", RecordDataset, (d for d in declared_datasets if _of_records(d))),
        systems=gather("system", SystemRow, single("systems.yaml"), "id"),
        areas=gather("area", Area, single("areas.yaml")),
        documents=gather("document", FoundingDocument, single("documents.yaml"), "file"),
        registers=gather("register", Register, folder("registers")),
        lists=gather("list", ListKind, folder("lists")),
        forms=gather("form", FormKind, folder("forms")),
        groups=gather("group", Group, folder("groups")),
        profiles=gather("profile", Profile, folder("profiles")),
        tables=gather("tables", Tables, folder("tables"), "dataset"),
        unmatched=gather("unmatched", Unmatched, single("unmatched.yaml"), "name"),
        measures=measures,
        authorities=gather("authority", Authority, single("authorities.yaml")),
        templates=gather("template", Template, folder("templates")),
        rankings=gather("ranking", RankingOf, folder("rankings")),
        rules=gather("rule", Rule, folder("rules")),
        codes=CodeLists(root / "codes"),
        faults=tuple(faults),
        places=places,
        declared=frozenset(declared),
    )
    # What a bureau declares of its own may speak of the product's lists and datasets.
    beside = _installed() if (whole.forms or whole.rules or whole.rankings) and root != _INSTALLED else Catalogue()
    return _without_broken_formulas(_without_broken_parts(whole, beside))


def shipped_documents(kind: str) -> list[Document]:
    """The files of a folder of the product's catalogue."""
    return [read(file, f"{kind}/{file.name}") for file in sorted((_INSTALLED / kind).glob("*.yaml"))]


def _of_records(document: Document) -> bool:
    return isinstance(document.data, dict) and document.data.get("layout") == "records"


def _without_broken_parts(whole: Catalogue, beside: Catalogue) -> Catalogue:
    """The catalogue less the registers, lists, forms, groups and profiles whose parts do not fit together, each part a
    fault."""
    from commercebrain.engine.cases import authorities as foreign
    from commercebrain.engine.cases import checking as cases
    from commercebrain.engine.cases import ranking
    from commercebrain.engine.forms import checking as forms
    from commercebrain.engine.rules import checking as rules

    words, records = forms.firm_words(whole, beside), {**beside.records, **whole.records}
    figures = {
        name.partition(":")[2] for one in (whole, beside) for name in one.declared if name.startswith("indicator:")
    }
    broken = {f"register:{code}": list(faults_of(one)) for code, one in whole.registers.items()}
    broken |= {f"list:{code}": list(kinds.faults_of(one, whole)) for code, one in whole.lists.items()}
    broken |= {f"form:{code}": list(forms.faults_of(one, words, records)) for code, one in whole.forms.items()}
    broken |= {f"profile:{code}": list(profiles.faults_of(one, whole)) for code, one in whole.profiles.items()}
    broken |= {f"template:{code}": list(cases.faults_of(one, whole)) for code, one in whole.templates.items()}
    broken |= {f"authority:{code}": list(foreign.faults_of(one, whole)) for code, one in whole.authorities.items()}
    broken |= {f"ranking:{code}": list(ranking.faults_of(one, figures)) for code, one in whole.rankings.items()}
    broken |= {f"group:{code}": list(groups.faults_of(one, whole.codes)) for code, one in whole.groups.items()}
    known = rules.Known(whole, beside)
    broken |= {f"rule:{code}": list(rules.faults_of(one, known)) for code, one in whole.rules.items()}
    return replace(
        whole,
        registers={code: one for code, one in whole.registers.items() if not broken[f"register:{code}"]},
        lists={code: one for code, one in whole.lists.items() if not broken[f"list:{code}"]},
        forms={code: one for code, one in whole.forms.items() if not broken[f"form:{code}"]},
        groups={code: one for code, one in whole.groups.items() if not broken[f"group:{code}"]},
        profiles={code: one for code, one in whole.profiles.items() if not broken[f"profile:{code}"]},
        rules={code: one for code, one in whole.rules.items() if not broken[f"rule:{code}"]},
        templates={code: one for code, one in whole.templates.items() if not broken[f"template:{code}"]},
        authorities={code: one for code, one in whole.authorities.items() if not broken[f"authority:{code}"]},
        rankings={code: one for code, one in whole.rankings.items() if not broken[f"ranking:{code}"]},
        faults=(
            *whole.faults,
            *(whole.fault(item, zh, en, *at) for item, told in broken.items() for at, zh, en in told),
        ),
    )


def _without_broken_formulas(whole: Catalogue) -> Catalogue:
    """The catalogue less the indicators whose formula cannot be computed, each a fault (once, at its
    origin)."""
    while True:
        broken = {code: list(formula_faults(whole, one)) for code, one in whole.indicators.items() if one.formula}
        gone = {
            code
            for code, found in broken.items()
            if found or any(name.code not in whole.indicators for name in names_in(whole.indicators[code]))
        }
        if not gone:
            return whole
        whole = replace(
            whole,
            indicators={code: one for code, one in whole.indicators.items() if code not in gone},
            faults=(*whole.faults, *(fault for found in broken.values() for fault in found)),
        )


def items_of(data: object, *, keyed: bool) -> Iterator[tuple[tuple[Hashable, ...], Any]]:
    """The items of a file with their paths: one mapping, a list of them, or (``keyed``) a mapping of them."""
    if isinstance(data, list):
        for number, item in enumerate(data):
            yield (number,), item
    elif keyed and isinstance(data, dict):
        for key, item in data.items():
            yield (str(key),), item
    elif data is not None:
        yield (), data


def _told(
    error: ValidationError, model: type[BaseModel], document: Document, path: tuple[Hashable, ...]
) -> Iterator[Fault]:
    """pydantic's errors as sentences with their line."""
    for detail in error.errors(include_url=False):
        where, kind = detail["loc"], detail["type"]
        shown, given = ".".join(str(part) for part in where), detail.get("input")
        if kind == "extra_forbidden":
            zh, en = nearest(str(where[-1]), _keys(model, where[:-1]))
            zh, en = f"不认识的键“{shown}”{zh}", f"Unknown key “{shown}”{en}"
        elif kind == "missing":
            zh, en = f"缺少“{shown}”", f"“{shown}” is missing"
        elif kind == "literal_error":
            valid = str(detail.get("ctx", {}).get("expected", "")).replace("'", "")
            near_zh, near_en = nearest(str(given), valid.replace(" or ", ", ").split(", "))
            zh = f"“{shown}”的值“{given}”不在可选范围（{valid}）内{near_zh}"
            en = f"“{shown}” is “{given}”, not one of {valid}{near_en}"
        elif kind == "value_error":
            en_, _, zh_ = detail["msg"].removeprefix("Value error, ").partition(" / ")
            zh, en = zh_ or en_, en_
        else:
            zh = f"“{shown}”的值“{given}”不合要求（{detail['msg']}）"
            en = f"“{shown}” is “{given}”: {detail['msg']}"
        ended = zh.endswith(("？", "。"))
        yield Fault(document.file, document.line(*path, *where), zh if ended else f"{zh}。", en if ended else f"{en}.")


def _keys(model: type[BaseModel], where: tuple[int | str, ...]) -> list[str]:
    """The keys that are valid at ``where`` inside ``model`` (those of the model itself where that is
    unclear)."""
    here: type[BaseModel] = model
    for part in where:
        field_ = here.model_fields.get(str(part))
        inner = list(_types(field_.annotation)) if field_ is not None else []
        here = inner[0] if inner else here
    return [f.alias or name for name, f in here.model_fields.items()]


def _types(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _types(inner)
