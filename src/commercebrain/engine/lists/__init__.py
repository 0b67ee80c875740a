"""Lists 清单: kinds as data, product codes, finding them in text and tables, matching them with trade, differences."""

import commercebrain.engine.catalogue  # noqa: F401  # kinds are part of the catalogue: it is read first
from commercebrain.engine.lists.concordance import Concordance
from commercebrain.engine.lists.finding import FoundCode, find_codes
from commercebrain.engine.lists.kinds import ListKind
from commercebrain.engine.lists.matching import Cover, Matcher, Pairs
from commercebrain.engine.lists.nomenclature import ProductCode, common, nomenclature, nomenclatures, read_code
from commercebrain.engine.lists.partners import read_partner
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.lists.tables import ReadTable, TableFault, TableRow, product_rows, read_table
from commercebrain.engine.lists.versions import Difference, ListRow, difference

__all__ = [
    "Concordance",
    "Cover",
    "Difference",
    "FoundCode",
    "ListKind",
    "ListRow",
    "Matcher",
    "Pairs",
    "ProductCode",
    "ProductRow",
    "ReadTable",
    "TableFault",
    "TableRow",
    "common",
    "difference",
    "find_codes",
    "nomenclature",
    "nomenclatures",
    "product_rows",
    "read_code",
    "read_partner",
    "read_table",
]
