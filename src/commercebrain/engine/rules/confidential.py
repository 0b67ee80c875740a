"""Which facts of a rule tell what customs know of single firms, and whether a sentence can be told without them.

Lines of customs declarations are confidential (``catalogue/datasets/declaration_lines.yaml``): what is worked out of them
for one firm, for the goods of one market or for one chapter in a county is for whoever is cleared. What a firm reports to
its unit, and what the register holds of it, is not. Whatever is not known to be open counts as confidential.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Term
from commercebrain.engine.expressions.nodes import Negative
from commercebrain.engine.expressions.reading import read
from commercebrain.engine.rules.kinds import OWN_PLACES, PLACE
from commercebrain.engine.rules.vocabulary import Fact, vocabulary

#: Of subjects as narrow as these, the facts that do not come from customs lines: the register, lists as they are
#: published, projects; facts of reports are open besides.
OPEN: Mapping[str, frozenset[str]] = {
    "firm": frozenset({"employees", "size", "industry", "county", "township", "tags", "established", "list"}),
    "goods": frozenset({"in_case", "neighbour_case", "list"}),
    "cluster": frozenset({"employees_change", "outbound_projects", "outbound_before", "outbound_invested", "firms"}),
}


def confidential(subject: str, term: Term) -> bool:
    """Whether a fact of a subject tells what customs know of single firms; of ``lag(…)`` and the like, the fact inside."""
    if subject not in OPEN:
        return False
    inner = [arg for arg in term.args or () if isinstance(arg, Term)]
    if inner:
        return any(confidential(subject, one) for one in inner)
    if term.name in OPEN[subject]:
        return False
    fact = vocabulary(subject).names.get(term.name) if term.args is None else None
    return not (isinstance(fact, Fact) and fact.of == "report")


@lru_cache(maxsize=4096)
def tells(subject: str, text: str) -> bool:
    """:func:`confidential` for a fact as it is written; what cannot be read as one is."""
    if subject not in OPEN:
        return False
    try:
        node = read(text)
    except UserError:
        return True
    inner = node.inner if isinstance(node, Negative) else node
    return confidential(subject, inner) if isinstance(inner, Term) else True


def tells_in(subject: str, say: Words) -> list[str]:
    """The places of a sentence that tell what customs know of single firms."""
    found = dict.fromkeys(place.strip() for text in (say.zh, say.en) for place in PLACE.findall(text))
    return [place for place in found if place not in OWN_PLACES and tells(subject, place)]
