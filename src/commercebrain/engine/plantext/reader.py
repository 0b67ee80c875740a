"""Read a plan: its quantified promises, its quantified statements about the past, and its tasks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection

from commercebrain.engine.plantext.baselines import set_baselines
from commercebrain.engine.plantext.dates import plan_years
from commercebrain.engine.plantext.draft import Context, Draft, View
from commercebrain.engine.plantext.findings import FactFinding, Finding, TargetFinding
from commercebrain.engine.plantext.lexicon import words
from commercebrain.engine.plantext.numbers import normal, plain
from commercebrain.engine.plantext.phrases import clean
from commercebrain.engine.plantext.prose import ProseReader
from commercebrain.engine.plantext.regions import issuer
from commercebrain.engine.plantext.structure import Block, Structure, parse_structure
from commercebrain.engine.plantext.table_reader import read_table
from commercebrain.engine.plantext.tables import cells_of, is_figure
from commercebrain.engine.plantext.tasks import read_tasks
from commercebrain.engine.plantext.tense import document_tense, is_goal

KINDS = ("target", "fact", "task")
_LONG_CELL = 14
_ALIAS_BRACKET = re.compile(r"[（(]以下简称[^（）()]{2,16}[）)]")
_ALIAS = re.compile(r"([^，。；、（）()“”\n]{3,30})[（(]以下简称[“\"]?([^（）()“”\"]{2,10})[”\"]?[）)]")


def read_plan(text: str, doc: str, kinds: Collection[str] = KINDS) -> list[Finding]:
    """Everything in ``text`` that is to be followed up, in the order of the text.

    ``doc`` is the file's name; ``kinds`` are those of :data:`KINDS` that are wanted. Offsets are characters of
    ``text``. Time grows in proportion to the length of the text.
    """
    structure = parse_structure(text)
    findings: list[Finding] = []
    if "target" in kinds or "fact" in kinds:
        drafts = read_drafts(structure, doc)
        findings += _finish(drafts, structure, doc, kinds)
    if "task" in kinds:
        findings += read_tasks(structure, doc)
    return sorted(findings, key=lambda finding: (finding.start, finding.end))


def read_drafts(structure: Structure, doc: str) -> list[Draft]:
    """The statements with an amount, promised and reported, with their base figures."""
    years = plan_years(structure)
    titles = [b.text for b in structure.blocks[:14] if b.kind in ("title", "heading") or b.start < 120]
    context = Context(doc, years, issuer(structure), document_tense(titles))
    prose = ProseReader(context)
    drafts: list[Draft] = []
    for block in structure.blocks:
        if block.kind == "heading" and block.mark is not None and is_goal(block.section):
            words_at = block.mark.words_at
            drafts += prose.read(View(block, normal(block.text[words_at:]), words_at, "prose"))
            continue
        if block.kind in ("title", "heading") or (block.table is not None and block.row < 0):
            continue
        if block.kind == "table_row" and block.table is not None:
            if block.row == 0:
                drafts += read_table(block.table, structure, context)
            for view in _cells(block):
                drafts += prose.read(view)
        else:
            drafts += prose.read(View(block, normal(block.text), 0, "prose"))
    aliases = _aliases(structure.text)
    if aliases:
        for draft in drafts:
            draft.indicator = _full_name(draft.indicator, aliases)
    set_baselines(drafts)
    return drafts


def _cells(block: Block) -> list[View]:
    """The cells of a row that hold sentences, each to be read as running text."""
    views: list[View] = []
    at = 0
    for cell in cells_of(block):
        if len(cell.text) >= _LONG_CELL and not is_figure(cell.text):
            base = block.text.find(cell.text, at)
            if base >= 0 and any(mark in cell.text for mark in "，。；："):
                views.append(View(block, normal(cell.text), base, "table_prose"))
                at = base + len(cell.text)
    return views


def _aliases(text: str) -> dict[str, str]:
    """Short names that the document gives (全称（以下简称…）) with what they stand for."""
    found: dict[str, str] = dict(words("words")["abbreviations"])
    for match in _ALIAS.finditer(text):
        long, short = clean(match[1]), match[2]
        if len(long) > len(short) >= 2:
            found[short] = long
    return found


def _full_name(indicator: str, aliases: dict[str, str]) -> str:
    name = _ALIAS_BRACKET.sub("", indicator)
    for short, long in aliases.items():
        if short in name and long not in name:
            name = name.replace(short, long)
    return name


def _finish(drafts: list[Draft], structure: Structure, doc: str, kinds: Collection[str]) -> list[Finding]:
    """Drafts made findings: positions in the document, numbers in print, ids in order."""
    text = structure.text
    breaks = [match.start() for match in re.finditer("\n", text)]
    stem = doc.rsplit(".", 1)[0]
    counts = {"target": 0, "fact": 0}
    findings: list[Finding] = []
    for draft in drafts:
        if draft.tense not in kinds:
            continue
        counts[draft.tense] += 1
        start, end = draft.view.document_span(*draft.quote)
        quote = "".join(text[start:end].splitlines())
        number = f"{stem}-{'T' if draft.tense == 'target' else 'F'}{counts[draft.tense]:03d}"
        line = bisect_right(breaks, start - 1) + 1
        findings.append(_finding(draft, doc, number, quote, start, end, line))
    return findings


def _finding(draft: Draft, doc: str, number: str, quote: str, start: int, end: int, line: int) -> Finding:
    amount = draft.amount
    value_text = next((f[5:] for f in draft.flags if f.startswith("cell:")), None)
    if value_text is None:
        value_text = draft.view.text[amount.start : amount.end].strip()
    crossed = len(quote) != end - start
    value = plain(draft.value) if draft.value is not None else None
    high = plain(draft.high) if draft.high is not None else None
    section = " / ".join(draft.view.block.section)
    quantifier = "word" if amount.word else "number"
    match = "newlines_removed" if crossed else "raw"
    if draft.tense == "target":
        base = draft.baseline
        return TargetFinding(
            doc=doc, quote=quote, start=start, end=end, confidence=draft.confidence, section=section, id=number,
            line=line, quote_type=draft.view.quote_type, match=match, indicator=draft.indicator, region=draft.region,
            value_text=value_text, target_value=value, target_value_high=high, comparator=draft.comparator,
            unit=draft.unit, target_year=draft.year, year_basis=draft.basis, kind=draft.kind, period=draft.period,
            per=draft.per, direction=draft.direction, baseline_value=plain(base[0]) if base else None,
            baseline_year=base[1] if base else None, baseline_unit=base[2] if base else None, quantifier=quantifier,
            binding=draft.binding,
        )  # fmt: skip
    return FactFinding(
        doc=doc, quote=quote, start=start, end=end, confidence=draft.confidence, section=section, id=number,
        line=line, quote_type=draft.view.quote_type, match=match, indicator=draft.indicator, region=draft.region,
        value_text=value_text, value=value, comparator=draft.comparator, unit=draft.unit,
        year=None if draft.period else draft.year, period=draft.period, per=draft.per, base=draft.base,
        year_basis=draft.basis, kind=draft.kind, quantifier=quantifier,
    )  # fmt: skip
