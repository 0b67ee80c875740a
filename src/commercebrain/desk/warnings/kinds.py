"""Rules as the desk knows them: those declared now, and the one that a bureau approved."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from commercebrain.desk.warnings.models import RuleUse
from commercebrain.engine.catalogue.own import with_own
from commercebrain.engine.rules.kinds import LEVELS, Rule

#: Levels that open a case by themselves unless the rule says otherwise.
AT_ONCE = ("close_watch",)


def rules() -> Mapping[str, Rule]:
    """The rules by code: the product's, and in their place those that the bureau declared under ``CBRAIN_HOME``."""
    found: Mapping[str, Rule] = with_own(Path(settings.HOME) / "catalogue", "rules")[0]
    return found


def declaration_of(rule: Rule) -> dict[str, Any]:
    """A rule as it is kept with its use and its signals: all of it, of its examples the first."""
    made = rule.model_dump(mode="json", by_alias=True, exclude_none=True)
    made["examples"] = made["examples"][:1]
    return made


def rule_of(use: RuleUse) -> Rule:
    """The rule as it was approved, whatever the catalogue says by now."""
    return Rule.model_validate(use.declaration)


def declared_anew(use: RuleUse) -> bool:
    """Whether the catalogue says something else of a rule by now than what was approved, or nothing at all."""
    now = rules().get(use.rule)
    return now is None or declaration_of(now) != declaration_of(rule_of(use))


def parameters_of(use: RuleUse) -> dict[str, Decimal]:
    """The thresholds that were approved, by name."""
    return {name: Decimal(str(value)) for name, value in use.parameters.items()}


def rank(level: str) -> int:
    """The place of a level, from the lowest; below all others where it is none."""
    return list(LEVELS).index(level) if level in LEVELS else -1


def opens_by_itself(rule: Rule, level: str) -> bool:
    """Whether a signal of this level opens its case at once, without a person."""
    if rule.case is None or rule.opens == "by_person":
        return False
    return rule.opens == "at_once" or level in AT_ONCE
