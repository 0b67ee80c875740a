"""The weekly reports of the demonstration's invented city: who reports to whom, the years before, the last rounds."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from commercebrain.operations.demo import Advance, story, trade_of_city


def play(advance: Advance) -> str:
    """Fills the years of reports in the lake and the last rounds on the desk; again changes nothing."""
    from django.conf import settings

    from commercebrain.desk.forms import demo
    from commercebrain.desk.people.models import Person
    from commercebrain.engine.simulate import basics
    from commercebrain.engine.simulate.foreign import confirmation
    from commercebrain.engine.simulate.reports import weeks

    told = story()
    who, day = told["reporting"], date.fromisoformat(str(told["today"]))
    cast, users = reporting_cast()
    demo.offices({code: _units()[key] for code, key in who["offices"].items()})
    trade = trade_of_city()
    basics.fill(Path(settings.LAKE_ROOT), trade, day.year - 1)
    year = basics.year_of(trade, day.year - 1)
    facts = {
        trade.city.firms.uscc[firm]: demo.Basics(*numbers)
        for firm, *numbers in zip(
            year.firm.tolist(), year.employees.tolist(), year.exports_usd.tolist(), year.turnover_cny.tolist(),
            strict=True,
        )
    }  # fmt: skip
    _history(Path(settings.LAKE_ROOT), trade, day)
    said = demo.play(cast, weeks(trade, day)[1], facts, year.year, confirmation(trade, day), advance)
    county, township = (Person.objects.get(username=who[name]) for name in ("county", "township"))
    firm = next(one.firm for one in users if one.firm is not None)
    demo.lately(who, cast, township, county, firm)
    return said


def _units() -> dict[str, Any]:
    from commercebrain.desk.people.models import Unit

    return {row["key"]: Unit.objects.get(name_zh=row["name"]["zh"]) for row in story()["units"]}


def reporting_cast() -> tuple[Any, list[Any]]:
    """Who passes reports in the invented city, and the memberships of its firms' users."""
    from commercebrain.desk.forms import demo
    from commercebrain.desk.people.models import Membership, Person

    units, who = _units(), story()["reporting"]
    county, township = (Person.objects.get(username=who[name]) for name in ("county", "township"))
    users = list(Membership.objects.filter(firm__isnull=False).select_related("person", "firm"))
    cast = demo.Cast(
        units[who["unit"]], {units["sl_jia"].region.code: county},
        {units[key].pk: township for key in who["offices"].values()},
        {one.firm_id: one.person for one in users if one.firm_id is not None},
    )  # fmt: skip
    return cast, users


def _history(lake: Path, trade: Any, day: date) -> None:
    """The weekly reports since 2023 go to the lake; the database keeps the last rounds."""
    from commercebrain.desk.forms.demo import FORM
    from commercebrain.desk.registry.models import Enterprise
    from commercebrain.engine.simulate.order_history import order_history
    from commercebrain.engine.simulate.order_records import fill_orders

    told = order_history(trade, day)
    rows = Enterprise.objects.filter(synthetic=True, township__isnull=False, uscc__in=told.firms)
    places = dict(rows.values_list("uscc", "township__code"))
    fill_orders(lake, told, trade.city.counties, FORM, lambda uscc: places.get(uscc, ""), day - timedelta(weeks=2))
