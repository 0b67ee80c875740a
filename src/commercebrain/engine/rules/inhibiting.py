"""One shock, one piece of work: a wide signal speaks for the narrow ones that it covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commercebrain.engine.rules.evaluating import Found
from commercebrain.engine.rules.frame import About
from commercebrain.engine.rules.kinds import LEVELS


@dataclass(frozen=True, slots=True)
class Covered:
    """A narrow hit (rule, key) that a wide hit (rule, key) speaks for."""

    rule: str
    key: str
    by_rule: str
    by_key: str


def scope_of(subject: str, about: About) -> frozenset[str]:
    """What a wide signal about this subject covers: everything to which all of these belong. A firm covers nothing but
    itself; an indicator covers its region."""
    parts = {
        "county": {"county": about.county or about.region},
        "market": {"market": about.country},
        "goods": {"hs6": about.hs6, "market": about.country},
        "cluster": {"county": about.county, "chapter": about.chapter},
        "indicator": {"county": about.region},
        "firm": {"firm": about.uscc},
        "project": {"project": about.project},
    }[subject]
    if not all(parts.values()):
        return frozenset()
    return frozenset(_scope(kind, code) for kind, code in parts.items())


def belongs_to(about: About) -> frozenset[str]:
    """To what a subject belongs."""
    own = {
        "county": about.county or about.region, "market": about.country, "chapter": about.chapter, "hs6": about.hs6,
        "firm": about.uscc, "project": about.project,
    }  # fmt: skip
    found = {f"{kind}:{code}" for kind, code in own.items() if code}
    place = own["county"]
    if len(place) == 6:
        found |= {f"city:{place[:4]}", f"province:{place[:2]}"}
    return frozenset(found)


def _scope(kind: str, code: str) -> str:
    if kind == "county" and len(code) == 6 and code.endswith("0000"):
        return f"province:{code[:2]}"
    if kind == "county" and len(code) == 6 and code.endswith("00"):
        return f"city:{code[:4]}"
    return f"{kind}:{code}"


def inhibit(found: Sequence[Found]) -> list[Covered]:
    """Which hits are covered by a hit of a rule that they name in ``inhibited_by``.

    A hit is covered once, by the widest that speaks for it: the one that asks least of what belongs to it, then the first
    named. What is itself covered still covers others (a county under a city). A wide hit only told at a lower level than
    the narrow one does not silence it.
    """
    by_code = {one.rule.code: one for one in found}
    wide: dict[str, list[tuple[frozenset[str], str, int]]] = {}
    out: list[Covered] = []
    rank = {level: place for place, level in enumerate(LEVELS)}
    for one in found:
        named = [by_code[code] for code in one.rule.inhibited_by if code in by_code and len(by_code[code].rows)]
        if not named or not len(one.rows):
            continue
        for other in named:
            if other.rule.code not in wide:
                wide[other.rule.code] = _scopes(other, rank)
        for row, level, key in zip(one.rows, one.levels, one.keys, strict=True):
            own = belongs_to(one.frame.about(int(row)))
            covering = [
                (len(scope), place, other.rule.code, by_key)
                for place, other in enumerate(named)
                for scope, by_key, by_level in wide[other.rule.code]
                if scope <= own and by_level >= rank[str(level)] and (other.rule.code, by_key) != (one.rule.code, key)
            ]
            if covering:
                _, _, by_rule, by_key = min(covering)
                out.append(Covered(one.rule.code, key, by_rule, by_key))
    return out


def _scopes(found: Found, rank: Mapping[str, int]) -> list[tuple[frozenset[str], str, int]]:
    scopes = [
        (scope_of(found.rule.subject, found.frame.about(int(row))), key, rank[str(level)])
        for row, level, key in zip(found.rows, found.levels, found.keys, strict=True)
    ]
    return [one for one in scopes if one[0]]
