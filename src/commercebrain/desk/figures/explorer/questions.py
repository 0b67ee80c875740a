"""The question of the explorer: read from a canonical query or from the form's fields, and where nothing is asked a first one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import QueryDict

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.indicators.counting import counted
from commercebrain.engine.indicators.logical import dimensions
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.transforms import TRANSFORMS
from commercebrain.engine.indicators.vintages import in_force
from commercebrain.engine.lake.records.schema import RecordDataset

#: The question that a reader without one begins with: exports counted from lines, by county, year to date.
FIRST = ("customs_export_value", "county", "ytd_yoy")
#: Fields of the form that are not the canonical query's; their presence says that the form was sent.
FORM = ("from", "to", "filter", "filter_values")
CHARTS = ("auto", "lines", "bars", "tiles", "treemap")


@dataclass(frozen=True)
class Asked:
    """What the page is asked: the request, the kind of chart, and whether it came from the form."""

    request: Request
    chart: str
    from_form: bool

    @property
    def query(self) -> str:
        """The share link's query string."""
        told = QueryDict(mutable=True)
        told.update(self.request.canonical())
        if self.chart != "auto":
            told["chart"] = self.chart
        return told.urlencode()


def read(query: QueryDict) -> Asked:
    """The question of a query string. Raises :class:`~commercebrain.engine.errors.UserError` for what cannot be read."""
    told = {key: query[key] for key in query}
    by = [value for value in query.getlist("by") if value]
    told["by"] = ",".join(by)
    sent = any(name in query for name in FORM)
    if sent:
        first, last = query.get("from", "").strip(), query.get("to", "").strip()
        told["period"] = ":".join(filter(None, (first, last)))
        column, values = query.get("filter", "").strip(), query.get("filter_values", "").strip()
        if column and values:
            told[f"where.{column}"] = values.replace("，", ",").replace("、", ",")
        told = {key: value for key, value in told.items() if not key.startswith("option.") or value.strip()}
    chart = query.get("chart", "auto")
    return Asked(Request.from_query(told), chart if chart in CHARTS else "auto", sent)


def dataset_of(indicator: Indicator) -> RecordDataset | None:
    """The dataset of records that the indicator is counted from; none for published figures."""
    what = counted(catalogue(), indicator)
    return None if what is None else what.dataset


def held(dataset: RecordDataset, day: date | None = None) -> list[int]:
    """The months (yyyymm) of a dataset that this installation holds."""
    return sorted({version.month for version in in_force(Path(settings.LAKE_ROOT), dataset, day or today())})


def first_question(person: Person, code: str = "") -> Asked | None:
    """A question to begin with: of ``code`` or of the first thing that can be answered; none where nothing is held."""
    reach = reach_for(person)
    offered = [code] if code else [FIRST[0], "trade_value"]
    for name in offered:
        indicator = catalogue().indicators.get(name)
        if indicator is None:
            continue
        dataset = dataset_of(indicator)
        if dataset is not None:
            months = held(dataset)
            places = (
                Region.objects.valid_on(today())
                .filter(level=Region.Level.CITY, synthetic=True)
                .values_list("code", flat=True)
            )
            region = next((one for one in places if reach.sees(one, indicator.classification)), None)
            if not months or region is None:
                continue
            by = ("county",) if dataset.place == "county" else ()
            ends = [f"{month // 100}-{month % 100:02d}" for month in (months[max(0, len(months) - 13)], months[-1])]
            transform = FIRST[2] if TRANSFORMS[FIRST[2]].takes(indicator) else "level"
            return Asked(Request(name, region, ends[0], ends[1], by=by, transform=transform), "auto", False)
        place = _known_place(person, name)
        if place is not None:
            return Asked(Request(name, place[0], place[1], place[2]), "auto", False)
    return None


def _known_place(person: Person, code: str) -> tuple[str, str, str] | None:
    """A region with figures of a published indicator and the first and last year of them."""
    from commercebrain.desk.figures.queries import series_rows

    rows = [row for row in series_rows(person) if row.indicator.code == code and row.latest is not None]
    if not rows:
        return None
    best = max(rows, key=lambda row: row.periods)
    last = best.latest.period.last[0] if best.latest else today().year
    return best.region.code, str(last - 5), str(last)


def offered_dimensions(indicator: Indicator) -> tuple[str, ...]:
    """The dimensions by which the indicator may be broken down."""
    dataset = dataset_of(indicator)
    return ("region",) if dataset is None else dimensions(dataset)


def offered_transforms(indicator: Indicator) -> list[Any]:
    """The transforms that make sense for the indicator."""
    return [one for one in TRANSFORMS.values() if one.takes(indicator)]
