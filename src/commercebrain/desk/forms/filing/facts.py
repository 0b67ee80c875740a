"""What the bureau knows of the firms of a round, for checks, for what is filled in already, and for who gives lines.

The product itself asks, for all firms of a round at once, and keeps the answer in the process for a few minutes: two
hundred firms that send at the same moment read the register, the lists and the trade once. What customs lines say counts
only as long as their agreement holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from commercebrain.desk.core.clock import today
from commercebrain.desk.forms.filing.kept import Kept
from commercebrain.desk.forms.models import Report, Round
from commercebrain.desk.lists.exposure.facts import CUSTOMS, REGISTER, firm_facts
from commercebrain.engine.exposure.declared import unlawful
from commercebrain.engine.expressions import firm_vocabulary, parse
from commercebrain.engine.forms.kinds import FormKind
from commercebrain.engine.lake.records.schema import record_dataset

Facts = Mapping[str, Any]
KEPT: Kept[dict[int, dict[str, Any]]] = Kept(seconds=600, most=16)


def facts_of(report: Report, kind: FormKind) -> Facts:
    """What is known of the firm of a report, by the text of each term (``list('key_exporters')``); None: not known."""
    day, firm = today(), report.enterprise_id
    known = KEPT.get((report.round_id, day), lambda: _asked(report.round, kind, day), lambda found: firm in found)
    return known.get(firm, {})


def _asked(round_: Round, kind: FormKind, on: date) -> dict[int, dict[str, Any]]:
    firms = Report.objects.filter(round=round_).order_by("enterprise").values_list("enterprise", flat=True)
    facts = firm_facts(list(firms), on)
    found: dict[int, dict[str, Any]] = {firm: {} for firm in facts.firms}
    lawful = unlawful(record_dataset(CUSTOMS), on) is None
    for text in terms_of(kind):
        if not lawful and of_customs(text):
            continue
        column = facts.column(text)
        for firm, value, known in zip(facts.firms, column.values, column.known, strict=True):
            found[firm][text] = _plain(value) if known else None
    return found


def of_customs(term: str) -> bool:
    """Whether a fact is told by customs lines: whatever neither the register, the lists nor the firm itself tell."""
    return term not in REGISTER and term != "employees" and not term.startswith("list(")


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def terms_of(kind: FormKind) -> list[str]:
    """What the checks, the lines and the answers filled in already ask of a firm, as the vocabulary of firms has it."""
    texts = [check.rule for check in kind.checks]
    if kind.lines is not None:
        texts += [check.rule for check in kind.lines.checks]
        texts += [kind.lines.who] if kind.lines.who else []
    texts += [
        f"known({one.removeprefix('known:')})"
        for question in kind.questions
        for one in question.prefill
        if one != "last"
    ]
    words, found = firm_vocabulary(), {}
    for term in (term for text in texts for term in parse(text).terms):
        if term.name in (words.functions if term.args is not None else words.names):
            found[str(term)] = term
    return list(found)
