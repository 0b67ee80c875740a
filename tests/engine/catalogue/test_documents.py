"""What a source cites by its file is told by its title."""

from __future__ import annotations

from importlib.resources import files

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.catalogue.models import SourceRef


def test_every_founding_document_has_its_text_and_is_cited():
    catalogue = load_catalogue()
    texts = files("commercebrain.catalogue") / "samples" / "plans"
    cited = {source.doc for row in catalogue.systems.values() for source in row.source}
    assert set(catalogue.documents) == cited
    for document in catalogue.documents.values():
        text = (texts / document.file).read_text("utf-8")
        assert document.number in text


def test_a_source_is_told_by_title_in_either_language_and_as_it_stands_where_it_is_no_founding_document():
    catalogue = load_catalogue()
    title = catalogue.title("001_028b0ab762920143.txt")
    assert title.zh == "《宁波市商务发展“十四五”规划》" and "Ningbo" in title.en
    assert catalogue.title("海关统计数据服务指南").zh == "海关统计数据服务指南"


def test_every_source_of_the_catalogue_that_names_a_file_names_a_founding_document():
    catalogue = load_catalogue()
    items = [*catalogue.rules.values(), *catalogue.indicators.values(), *catalogue.measures.values()]
    named = {one.doc for item in items for one in item.source if isinstance(one, SourceRef)}
    assert {doc for doc in named if doc.endswith(".txt")} <= set(catalogue.documents)
