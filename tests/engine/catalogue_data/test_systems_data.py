"""The founding systems: every row the five documents ask for, with the words that ask for it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import commercebrain
from commercebrain.engine.catalogue import Catalogue

PLANS = Path(commercebrain.__file__).parent / "catalogue" / "samples" / "plans"


def test_all_183_rows_are_there_once_and_in_order(catalogue: Catalogue) -> None:
    assert list(catalogue.systems) == [f"S{n:03d}" for n in range(1, 184)]


def test_every_quote_stands_word_for_word_in_its_document(catalogue: Catalogue) -> None:
    texts = {path.name: "".join(path.read_text(encoding="utf-8").splitlines()) for path in PLANS.glob("*.txt")}
    missing = [
        (row.id, ref.doc, ref.quote)
        for row in catalogue.systems.values()
        for ref in row.source
        if not ref.quote or ref.quote not in texts.get(ref.doc, "")
    ]
    assert missing == []


def test_all_five_documents_are_quoted(catalogue: Catalogue) -> None:
    quoted = {ref.doc for row in catalogue.systems.values() for ref in row.source}
    assert quoted == {path.name for path in PLANS.glob("*.txt")}


def test_what_is_said_to_work_has_a_link_and_a_proof_of_its_own(catalogue: Catalogue) -> None:
    claimed = [row for row in catalogue.systems.values() if row.state in ("works", "partly")]
    assert [row.id for row in claimed if not (row.link and row.proof)] == []
    twice = [pair for pair, n in Counter((row.link, row.proof) for row in claimed).items() if n > 1]
    assert twice == []


def test_what_is_out_of_scope_says_why_in_both_languages(catalogue: Catalogue) -> None:
    outside = [row for row in catalogue.systems.values() if row.state == "out-of-scope"]
    assert len(outside) >= 42
    for row in outside:
        assert not isinstance(row.reason, str) and row.reason is not None, row.id
        assert len(row.reason.zh) > 15 and len(row.reason.en) > 15, row.id


def test_no_physical_thing_is_claimed_to_work_as_software(catalogue: Catalogue) -> None:
    judged = Counter(row.judgement for row in catalogue.systems.values())
    assert judged == {"software": 67, "partly": 74, "physical": 42}
    assert {r.state for r in catalogue.systems.values() if r.judgement == "physical"} <= {
        "out-of-scope",
        "partly",
    }


def test_names_and_duties_are_told_in_both_languages(catalogue: Catalogue) -> None:
    for row in catalogue.systems.values():
        assert not isinstance(row.does, str) and row.does is not None
        assert row.name.en.isascii() or "–" in row.name.en or "“" in row.name.en, row.id
        assert any("一" <= c <= "鿿" for c in row.does.zh), row.id
