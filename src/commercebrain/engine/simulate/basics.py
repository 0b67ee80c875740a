"""What firms of the invented city said of last year: persons employed, exports, turnover; in the lake for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable
from commercebrain.engine.simulate.city import Ints, generator
from commercebrain.engine.simulate.reporters import employees
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import world

DATASET = "firm_basics"
#: When the last of them was in: the form is due at the end of March of the next year.
REPORTED = (4, 15)


@dataclass(frozen=True)
class Year:
    """A year's facts: places of the firms in ``City.firms``, persons, exports in US dollars, turnover in yuan."""

    year: int
    firm: Ints
    employees: Ints
    exports_usd: Ints
    turnover_cny: Ints


def year_of(trade: Trade, year: int) -> Year:
    """The facts of the firms that were in business throughout ``year``."""
    c = trade.city
    months = range(year * 12, year * 12 + 12)
    firm = np.flatnonzero((c.firms.opens <= months[0]) & (c.firms.closes > months[-1]))
    sold = np.zeros(len(c.firms.uscc), dtype=np.int64)
    for month in months:
        values = np.where(c.flow == 0, trade.values(month), 0)
        sold += np.rint(np.bincount(c.firm, values, minlength=len(sold))).astype(np.int64)
    persons = employees(c)[firm]
    rate = world().usd_rate(months[6])
    home = persons * 350_000 * np.exp(0.5 * generator(c.seed, 99).standard_normal(len(firm)))
    exports = np.rint(sold[firm] / rate).astype(np.int64)
    return Year(year, firm, persons, exports, sold[firm] + np.rint(home).astype(np.int64))


def fill(root: Path, trade: Trade, year: int) -> int:
    """Fills the lake's yearly facts, marked synthetic, once; the rows written."""
    table = RecordTable(root, record_dataset(DATASET))
    if any(version.synthetic for version in table.vintages()):
        return 0
    c, facts = trade.city, year_of(trade, year)
    day = date(year + 1, *REPORTED)
    block = MonthBlock(
        year * 100 + 12,
        {
            "reported": np.full(len(facts.firm), np.datetime64(day, "D")),
            "uscc": Coded(np.arange(len(facts.firm)), [c.firms.uscc[one] for one in facts.firm.tolist()]),
            "employees": facts.employees,
            "exports_usd": facts.exports_usd,
            "turnover_cny": facts.turnover_cny,
            "county": Coded(c.firms.county[facts.firm], c.counties),
        },
    )
    made = table.append_months(
        [block], published=day, taken_in=day, source=table.dataset.provider, by="simulate", synthetic=True
    )
    return sum(version.rows for version in made)
