"""The question of the explorer: read from a canonical query or from the form's fields, and where nothing is asked a first one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.http import QueryDict

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, store
from commercebrain.desk.figures.explorer.labels import PLACES, codes_of, in_order
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.counting import counted
from commercebrain.engine.indicators.logical import dimensions
from commercebrain.engine.indicators.request import NOWHERE, Request
from commercebrain.engine.indicators.transforms import TRANSFORMS
from commercebrain.engine.indicators.transforms.registry import Transform
from commercebrain.engine.indicators.vintages import in_force
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.periods import Period

#: The question that a reader without one begins with: exports counted from lines, by county, year to date.
FIRST = ("customs_export_value", "trade_value")
#: Fields of the form that are not the canonical query's; their presence says that the form was sent.
FORM = ("was", "from", "to", "filter", "filter_values")
CHARTS = ("auto", "lines", "bars", "tiles", "map", "treemap")
#: How much of a series the first question shows.
MONTHS, YEARS = 13, 6


@dataclass(frozen=True)
class Asked:
    """What the page is asked: the request, the kind of chart, and whether it came from the form."""

    request: Request
    chart: str = "auto"
    from_form: bool = False

    @property
    def query(self) -> str:
        """The share link's query string."""
        told = QueryDict(mutable=True)
        told.update(self.request.canonical())
        if self.chart != "auto":
            told["chart"] = self.chart
        return told.urlencode()


def read(query: QueryDict, person: Person) -> Asked | None:
    """The question of a query string; None where it asks none. Raises
    :class:`~commercebrain.engine.errors.UserError` for what cannot be read, and where of an indicator that was just
    chosen nothing is held."""
    code = query.get("code", "").strip()
    if not code or "region" not in query:
        return first_question(person, code)
    sent = any(name in query for name in FORM)
    told = {key: query[key] for key in query}
    told["by"] = ",".join(value for value in query.getlist("by") if value)
    chart = query.get("chart", "auto")
    chart = chart if chart in CHARTS else "auto"
    if not sent:
        return Asked(Request.from_query(told), chart)
    indicator = catalogue().indicator(code)
    dataset = dataset_of(indicator)
    changed = query.get("was", code) != code
    if changed and not _alike(query["was"], dataset):
        begun = first_question(person, code)
        if begun is None:
            raise nothing_held(indicator)
        return Asked(begun.request, "auto", True)
    ends = (query.get("from", "").strip(), query.get("to", "").strip())
    told["period"] = ":".join(filter(None, ends))
    column, values = query.get("filter", "").strip(), query.get("filter_values", "").strip()
    if column and values:
        words = values.replace("，", ",").replace("、", ",").split(",")
        told[f"where.{column}"] = ",".join(codes_of(column, words, dataset.code if dataset else None))
    transform = TRANSFORMS.get(told.get("transform", ""))
    if changed and transform is not None and not transform.takes(indicator):
        told["transform"] = "level"
        transform = TRANSFORMS["level"]
    kept = (*transform.options, "frequency", "unit", "small_base") if transform is not None else None
    told = {
        key: value
        for key, value in told.items()
        if not key.startswith("option.") or (value.strip() and (kept is None or key[7:] in kept))
    }
    return Asked(Request.from_query(told), chart, True)


def _alike(code: str, dataset: RecordDataset | None) -> bool:
    """Whether what was asked of ``code`` can be asked of an indicator of ``dataset`` as well."""
    was = catalogue().indicators.get(code)
    return was is not None and dataset is not None and dataset_of(was) is dataset


def nothing_held(indicator: Indicator) -> UserError:
    """The sentence for an indicator of which this installation holds nothing within the reader's sight."""
    return UserError(
        "explorer.nothing_held",
        f"“{indicator.name.zh}”目前没有可看的数据：请先在“数据接入”导入，或换一个指标。",
        f"Nothing is held of “{indicator.name.en}” that you may see: bring it in under Intake first, or choose another.",
    )


def dataset_of(indicator: Indicator) -> RecordDataset | None:
    """The dataset of records that the indicator is counted from; none for published figures."""
    what = counted(catalogue(), indicator)
    return None if what is None else what.dataset


def held(dataset: RecordDataset, day: date | None = None) -> list[int]:
    """The months (yyyymm) of a dataset that this installation holds."""
    return sorted({version.month for version in in_force(Path(settings.LAKE_ROOT), dataset, day or today())})


def first_question(person: Person, code: str = "") -> Asked | None:
    """A question to begin with: of ``code`` or of the first thing that can be answered; none where nothing is held."""
    for name in (code,) if code else FIRST:
        indicator = catalogue().indicators.get(name)
        if indicator is None:
            continue
        dataset = dataset_of(indicator)
        found = _of_figures(person, indicator) if dataset is None else _of_records(person, indicator, dataset)
        if found is not None:
            return Asked(found)
    return None


def _of_records(person: Person, indicator: Indicator, dataset: RecordDataset) -> Request | None:
    months = held(dataset)
    region = NOWHERE if dataset.place is None else _city(person, indicator)
    if not months or region is None:
        return None
    first, last = (f"{month // 100}-{month % 100:02d}" for month in (months[-MONTHS:][0], months[-1]))
    city = region.endswith("00") and region != NOWHERE
    by = (dataset.place,) if city and dataset.place is not None and indicator.adds.place == "sum" else ()
    transform = "ytd_yoy" if TRANSFORMS["ytd_yoy"].takes(indicator) and len(months) > MONTHS else "level"
    return Request(indicator.code, region, first, last, by=by, transform=transform)


def _city(person: Person, indicator: Indicator) -> str | None:
    """The place of records to begin with: a whole city within the reader's sight, else a county."""
    reach = reach_for(person)
    levels = (Region.Level.CITY, Region.Level.COUNTY)
    places = Region.objects.valid_on(today()).filter(synthetic=True, level__in=levels).order_by("code")
    codes = sorted(places.values_list("code", flat=True), key=lambda code: (not code.endswith("00"), code))
    return next((code for code in codes if reach.sees(code, indicator.classification)), None)


def _of_figures(person: Person, indicator: Indicator) -> Request | None:
    """The figures of a published indicator where most of them are known, in the way in which most are published."""
    reach = reach_for(person)
    kinds: dict[tuple[str, str], set[Period]] = {}
    for row in store().observations(today(), indicators=(indicator.code,)):
        if not row.calibre and row.value is not None:
            period = Period.parse(row.period)
            kinds.setdefault((row.region, period.kind), set()).add(period)
    seen = {key: of for key, of in kinds.items() if reach.sees(key[0], indicator.classification)}
    if not seen:
        return None
    (region, kind), periods = max(seen.items(), key=lambda item: (item[0][1] == "year", len(item[1]), item[0]))
    ordered = sorted(periods, key=lambda period: period.order)[-(YEARS if kind == "year" else MONTHS) :]
    if kind == "ytd":
        ends = [f"{one.last[0]}-{one.last[1]:02d}" for one in (ordered[0], ordered[-1])]
        return Request(indicator.code, region, *ends, transform="ytd")
    return Request(indicator.code, region, ordered[0], ordered[-1])


def offered_dimensions(indicator: Indicator, region: str) -> list[str]:
    """The dimensions by which the indicator may be broken down in a region, the usual ones first."""
    dataset = dataset_of(indicator)
    if dataset is None:
        return ["region"]
    wider = {"city"} if region.endswith("0000") else {"city", "province"} if region == "100000" else set()
    return in_order(
        name for name in dimensions(dataset) if name not in PLACES or name == dataset.place or name in wider
    )


def offered_transforms(indicator: Indicator) -> list[Transform]:
    """The transforms that make sense for the indicator."""
    return [one for one in TRANSFORMS.values() if one.takes(indicator)]
