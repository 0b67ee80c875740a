"""How a case stands, as the engine asks: its facts, the values of its firms, what is missing, which moves there are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case, CaseFirm, Clock, FollowUp, Paper, Pause, StageChange
from commercebrain.desk.cases.rights import may
from commercebrain.desk.forms.moment import now
from commercebrain.engine.cases.gates import Facts, Missing, Move, missing, moves
from commercebrain.engine.cases.kinds import Template


@dataclass(frozen=True)
class Standing:
    """A case with its template and everything that gates and conditions ask of it."""

    case: Case
    template: Template
    facts: Facts
    firms: tuple[Mapping[str, Any], ...] = ()

    def missing(self, to: str, values: Mapping[str, Any] | None = None) -> list[Missing]:
        """What is missing for a stage or a transition; ``values`` instead of those that are kept."""
        return missing(self.template, to, self.case.values if values is None else values, self.firms, self.facts)

    def moves(self, person: Any | None, known: Collection[str] | None = None) -> list[Move]:
        """The transitions that a person may take now, with what is missing for each; none of a case that has ended.
        ``known``: what the person is to the case, where it was asked already for many."""
        if self.case.state != Case.State.OPEN:
            return []
        words = may(person, self.case) if known is None else known.__contains__
        return moves(self.template, self.case.stage, self.case.values, words, firms=self.firms, facts=self.facts)


def standing(case: Case) -> Standing:
    """How a case stands now."""
    return standings([case])[case.pk]


def standings(cases: Iterable[Case]) -> dict[int, Standing]:
    """How many cases stand now, by key: each kind of fact is read once for all."""
    held = {case.pk: case for case in cases}
    papers: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for pk, purpose, approval in Paper.objects.filter(case__in=held).values_list("case", "purpose", "approval"):
        papers[pk][purpose].add(approval)
    changes = _by_case(StageChange.objects.filter(case__in=held).values_list("case", "target", "transition"))
    follow = _by_case(FollowUp.objects.filter(case__in=held).values_list("case", "result"))
    still = Pause.objects.filter(case__in=held, until=None).values("clock")
    late = Clock.objects.filter(case__in=held, met_at=None, dropped_at=None, due_at__lt=now()).exclude(pk__in=still)
    behind = _by_case(late.values_list("case", "code"))
    firms = _by_case(CaseFirm.objects.filter(case__in=held).order_by("enterprise").values_list("case", "values"))
    return {
        pk: Standing(
            case, template_of(case),
            Facts(
                level=case.level,
                papers={purpose: frozenset(found) for purpose, found in papers[pk].items()},
                through=frozenset(target for target, _how in changes[pk]),
                times=Counter(how for _target, how in changes[pk] if how),
                late=frozenset(code for (code,) in behind[pk]),
                checked=sum(bool(result) for (result,) in follow[pk]),
                waiting=sum(not result for (result,) in follow[pk]),
            ),
            tuple(values for (values,) in firms[pk]),
        )
        for pk, case in held.items()
    }  # fmt: skip


def _by_case(rows: Iterable[tuple[Any, ...]]) -> Mapping[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for pk, *rest in rows:
        found[pk].append(tuple(rest))
    return found
