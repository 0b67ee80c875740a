"""Warnings in the small house: two rules of Ningbo over its firms and one over its counties, on facts that a test gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from tests.house import House

from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings.actions import use as uses
from commercebrain.desk.warnings.evaluation import evaluate
from commercebrain.desk.warnings.models import Evaluation, RuleUse
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.rules import About, ArrayFrame, Frame, Rule

MONDAY = date(2025, 7, 21)
SENTENCE = {"zh": "{name}近12个月出口{exports_last_12m}", "en": "{name} exported {exports_last_12m} in 12 months"}


def declared(code: str, **changes: Any) -> Rule:
    """A rule: firms whose exports fell by three tenths, close watch from seven tenths on."""
    told: dict[str, Any] = {
        "code": code, "name": {"zh": "出口下降", "en": "Falling exports"}, "group": "customs", "subject": "firm",
        "practice": {"zh": "测试", "en": "for tests"},
        "parameters": {"fall": {"value": "0.3", "name": {"zh": "降幅", "en": "fall"}, "from": "0.1", "to": "0.9", "step": "0.1"}},
        "when": "exports_growth <= -fall",
        "levels": [{"level": "close_watch", "when": "exports_growth <= -0.7"}, {"level": "watch"}],
        "say": {"zh": "{name}出口同比{exports_growth}", "en": "{name}: exports {exports_growth} on a year before"},
        "acknowledge": "1 working day",
        "escalation": [{"after": "1 working day", "to": "county_bureau"}, {"after": "3 working days", "to": "director"}],
        "examples": [{"given": {"exports_growth": -0.5}, "fires": True}],
    }  # fmt: skip
    return Rule.model_validate({**told, **changes})


def wide(code: str = "R901", **changes: Any) -> Rule:
    """A rule over counties that speaks for firms in them."""
    return declared(
        code, subject="county", name={"zh": "区县出口下降", "en": "Falling county"}, say={"zh": "{name}出口同比{exports_growth}", "en": "{name}: {exports_growth}"},
        levels=[{"level": "close_watch"}], **changes,
    )  # fmt: skip


@pytest.fixture
def firms(house: House) -> list[Enterprise]:
    """Three firms: two in 海曙, one in 鄞州."""
    made = []
    for number, (unit, check) in enumerate((("haishu", "E"), ("haishu", "H"), ("yinzhou", "L"))):
        place = getattr(house.units, unit)
        made.append(
            Enterprise.objects.create(
                uscc=f"9133020000000000{number}{check}", name_zh=f"宁波{number}号公司", unit=place, region=place.region
            )
        )
    return made


@pytest.fixture
def in_use(house: House) -> Callable[..., RuleUse]:
    """A rule proposed by the trade section's clerk of Ningbo and approved by its plan office."""

    def make(rule: Rule, **parameters: Any) -> RuleUse:
        proposed = uses.propose(rule, house.units.ningbo, parameters, {"precision": 0.6}, house.people.trader, "试用")
        return uses.approve(proposed, house.people.planner)

    return make


def of_firms(
    firms: list[Enterprise], growth: Mapping[int, float | None] | list[float | None], **more: Any
) -> ArrayFrame:
    """A frame of firms with the growth of their exports; None is not known."""
    given = list(growth.values()) if isinstance(growth, Mapping) else growth
    who = [
        About(name=Words(zh=firm.name_zh, en=f"Firm {place}"), uscc=firm.uscc, county=firm.region.code, country="USA")
        for place, firm in enumerate(firms)
    ]
    keys = [firm.uscc for firm in firms]
    return ArrayFrame("firm", keys, {"exports_growth": given, **more}, "2025-06", MONDAY, False, who)


def of_counties(growth: Mapping[str, float | None]) -> ArrayFrame:
    """A frame of counties by their codes."""
    who = [About(name=Words(zh=f"区{code}", en=f"County {code}"), county=code, region=code) for code in growth]
    columns = {"exports_growth": list(growth.values())}
    return ArrayFrame("county", list(growth), columns, "2025-06", MONDAY, False, who)


@pytest.fixture
def run(house: House) -> Callable[..., Evaluation]:
    """Evaluates Ningbo's rules on a day with frames that the test gives."""

    def go(*frames: Frame, on: date = MONDAY) -> Evaluation:
        return evaluate(house.units.ningbo, on, frames={frame.subject: frame for frame in frames})

    return go
