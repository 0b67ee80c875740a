"""What is wrong between the parts of a declared form, and whether its examples come out as they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from commercebrain.engine.catalogue.source import Fault, nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Vocabulary, firm_vocabulary, parse
from commercebrain.engine.forms.feeds import KNOWN
from commercebrain.engine.forms.kinds import FormCheck, FormExample, FormKind, Question
from commercebrain.engine.forms.moments import Moment, check_span
from commercebrain.engine.forms.periods import read_period, round_of
from commercebrain.engine.forms.values import read_answer
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.registers import Syntax
from commercebrain.engine.units import Unit

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue

Told = tuple[tuple[str | int, ...], str, str]


def firm_words(catalogue: Catalogue, beside: Catalogue | None = None) -> Vocabulary:
    """The vocabulary of firms with the lists that name firms and the countries that this catalogue has, and those of the one
    ``beside`` it (the product's, where a bureau declares forms of its own)."""
    both = [one for one in (catalogue, beside) if one is not None]
    declared = {name.partition(":")[2] for one in both for name in one.declared if name.startswith("list:")}
    declared -= {code for one in both for code, kind in one.lists.items() if not kind.names_firms}
    countries = {code for one in both for code in one.codes("countries")}
    return firm_vocabulary(sorted(declared) or None, sorted(countries) or None)


def faults_of(
    form: FormKind, firm: Vocabulary | None = None, records: Mapping[str, RecordDataset] | None = None
) -> Iterator[Told]:
    """The place in the form's file, and the sentence in both languages. ``records`` are the datasets that there are."""
    firm = firm or firm_vocabulary()
    yield from _moments(form)
    codes = [one.field for one in form.questions]
    for place, one in enumerate(form.questions):
        yield from _question(("questions", place), one, codes[:place], form.vocabulary(firm))
    if form.unchanged_question is not None:
        yield from _question(("unchanged_question",), form.unchanged_question, codes, form.vocabulary(firm))
    for key, named in (("core", form.core), ("trend", form.trend)):
        for place, code in enumerate(named):
            if code not in codes:
                zh, en = nearest(code, codes)
                yield (key, place), f"没有名为“{code}”的问题{zh}", f"There is no question “{code}”{en}"
    yield from _no_change(form)
    yield from _condition(("who",), form.who, firm)
    yield from _checks(("checks",), form.checks, form.vocabulary(firm), codes)
    if form.lines is not None:
        yield from _lines(form, firm)
    if records is not None:
        yield from _feeds(form, records)


def _feeds(form: FormKind, records: Mapping[str, RecordDataset]) -> Iterator[Told]:
    for place, feed in enumerate(form.feeds):
        dataset = records.get(feed.dataset)
        if dataset is None:
            zh, en = nearest(feed.dataset, records)
            yield (
                ("feeds", place, "dataset"),
                f"没有数据集“{feed.dataset}”{zh}",
                f"There is no dataset “{feed.dataset}”{en}",
            )
            continue
        lines = [one.field for one in form.lines.fields] if form.lines and feed.of == "lines" else []
        sources = [*lines, *form.by_code, *KNOWN]
        for column, source in feed.columns.items():
            for word, among, path in ((column, list(dataset.columns), column), (source, sources, column)):
                if word not in among:
                    zh, en = nearest(word, among)
                    yield (
                        ("feeds", place, "columns", path),
                        f"没有“{word}”这一列或问题{zh}",
                        f"There is no “{word}”{en}",
                    )
        for name, needed in dataset.columns.items():
            if needed.required and feed.columns.get(name, name) not in sources:
                yield (
                    ("feeds", place),
                    f"数据集“{feed.dataset}”必填的列“{name}”没有来源。",
                    f"Nothing fills “{name}”, which the dataset “{feed.dataset}” requires.",
                )


def _no_change(form: FormKind) -> Iterator[Told]:
    """“No change” must be able to answer every question that has to be answered."""
    if form.unchanged_limit is None:
        return
    for place, one in enumerate(form.questions):
        if one.unchanged is not None:
            try:
                read_answer(one, one.unchanged, Syntax())
            except UserError as fault:
                yield ("questions", place, "unchanged"), fault.zh, fault.en
        elif one.required and one.shown_if is None and "last" not in one.prefill:
            yield (
                ("questions", place),
                f"“与上期相同”答不了“{one.field}”：请写 prefill: last 或 unchanged。",
                f"“No change” cannot answer “{one.field}”: give prefill: last or unchanged.",
            )


def _moments(form: FormKind) -> Iterator[Told]:
    tries: tuple[tuple[str, Callable[[], object]], ...] = (
        ("opens", lambda: Moment.parse(form.opens, form.every)),
        ("due", lambda: Moment.parse(form.due, form.every)),
        ("locks_after", lambda: check_span(form.locks_after)),
    )
    for key, attempt in tries:
        try:
            attempt()
        except UserError as fault:
            yield (key,), fault.zh, fault.en


def _question(at: tuple[str | int, ...], one: Question, before: list[str], vocabulary: Vocabulary) -> Iterator[Told]:
    if one.field in before:
        yield (*at, "field"), f"问题“{one.field}”写了两次。", f"The question “{one.field}” is given twice."
    if one.unit:
        try:
            Unit.parse(one.unit)
        except UserError as fault:
            yield (*at, "unit"), fault.zh, fault.en
    if one.shown_if is not None:
        yield from _condition((*at, "shown_if"), one.shown_if, vocabulary)
    for one_way in one.prefill:
        fact = one_way.removeprefix("known:")
        if one_way != "last" and fact not in vocabulary.names:
            zh, en = nearest(fact, vocabulary.names)
            yield (*at, "prefill"), f"商务局没有“{fact}”这项数据{zh}", f"The bureau knows no “{fact}”{en}"


def _condition(at: tuple[str | int, ...], text: str, vocabulary: Vocabulary) -> Iterator[Told]:
    try:
        for fault in parse(text).check(vocabulary):
            yield at, fault.zh, fault.en
    except UserError as fault:
        yield at, fault.zh, fault.en


def _checks(
    at: tuple[str | int, ...], checks: tuple[FormCheck, ...], vocabulary: Vocabulary, codes: list[str]
) -> Iterator[Told]:
    seen: set[str] = set()
    for place, check in enumerate(checks):
        if check.code in seen:
            yield (*at, place, "code"), f"校验“{check.code}”写了两次。", f"The check “{check.code}” is given twice."
        seen.add(check.code)
        yield from _condition((*at, place, "rule"), check.rule, vocabulary)
        if check.at is not None and check.at not in codes:
            zh, en = nearest(check.at, codes)
            yield (*at, place, "at"), f"没有名为“{check.at}”的问题{zh}", f"There is no question “{check.at}”{en}"


def _lines(form: FormKind, firm: Vocabulary) -> Iterator[Told]:
    lines = form.lines
    assert lines is not None  # noqa: S101 — the caller asked
    codes = [one.field for one in lines.fields]
    for place, one in enumerate(lines.fields):
        yield from _question(("lines", "fields", place), one, codes[:place], form.line_vocabulary(firm))
    for place, code in enumerate(lines.key):
        if code not in codes:
            zh, en = nearest(code, codes)
            yield ("lines", "key", place), f"明细没有名为“{code}”的列{zh}", f"The lines have no column “{code}”{en}"
    if lines.who is not None:
        yield from _condition(("lines", "who"), lines.who, firm)
    yield from _checks(("lines", "checks"), lines.checks, form.line_vocabulary(firm), codes)


# -- examples


def run_examples(catalogue: Catalogue) -> Iterator[Fault]:
    """A fault for every example of a form that does not come out as it says."""
    for code, form in catalogue.forms.items():
        for number, example in enumerate(form.examples):
            try:
                wrong = _run(form, example, catalogue)
            except UserError as error:
                wrong = (f"示例无法运行：{error.zh}", f"The example cannot be run: {error.en}")
            if wrong is not None:
                yield catalogue.fault(f"form:{code}", *wrong, "examples", number)


def _run(form: FormKind, example: FormExample, catalogue: Catalogue) -> tuple[str, str] | None:
    if example.firm is not None:
        return _asked(form, example.firm, example.asked)
    if example.period is not None:
        return _due(form, example.period, example.due)
    if example.answers is not None:
        return _answered(form, example)
    return "示例须写 answers、firm 或 period。", "An example gives answers, a firm or a period."


def _asked(form: FormKind, firm: Mapping[str, Any], wanted: bool | None) -> tuple[str, str] | None:
    told = form.reporters.explain(firm, firm_vocabulary())
    if (told.holds is True) == (wanted is not False):
        return None
    return f"示例企业是否填报与所写不符：{told.zh}", f"The example's firm is asked otherwise: {told.en}"


def _due(form: FormKind, period: str, wanted: str | None) -> tuple[str, str] | None:
    made = round_of(form, read_period(period)[1])
    found = "none" if made is None else f"{made.due:%Y-%m-%d %H:%M}"
    if found == (wanted or "none"):
        return None
    return f"示例期次应于{wanted}截止，得到{found}。", f"The example's period should be due {wanted}, got {found}."


def _answered(form: FormKind, example: FormExample) -> tuple[str, str] | None:
    from commercebrain.engine.forms.reading import read_answers
    from commercebrain.engine.forms.rules import LastReport

    last = None if example.last is None else LastReport(example.last)
    read = read_answers(form, example.answers or {}, example.lines, facts=example.facts, last=last)
    found, explain = sorted({fault.where for fault in read.faults}), sorted({one.code for one in read.to_explain})
    if found == sorted(example.refused) and explain == sorted(example.explain):
        return None
    told = read.faults[0].zh if read.faults else "无错误"
    return (
        f"示例应有错误{sorted(example.refused)}、说明{sorted(example.explain)}，得到{found}、{explain}：{told}",
        f"The example should be at fault at {sorted(example.refused)} and explain {sorted(example.explain)}; "
        f"got {found} and {explain}.",
    )
