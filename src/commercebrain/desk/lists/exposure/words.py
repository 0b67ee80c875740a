"""The exposure in words: the first line, and how amounts, shares and people are written in it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import DASH, number, percent, unit_words
from commercebrain.desk.lists.exposure.answers import Answer, months_said
from commercebrain.desk.lists.exposure.given import Given
from commercebrain.desk.lists.exposure.sums import Sums
from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure.base import TIER_NAMES, TradeBase

HUNDRED_MILLION, TEN_THOUSAND = 100_000_000, 10_000
BILLION, MILLION = 1_000_000_000, 1_000_000


def told(fault: UserError) -> str:
    """A refusal in the reader's language."""
    return fault.say(reader.language())


def amount(value: float | None, unit: str = "元") -> str:
    """Money as it is read: 38.2亿元, 412.5万元; in English 3.82 billion yuan, 4.1 million yuan."""
    if value is None:
        return DASH
    if reader.chinese():
        large = abs(value) >= HUNDRED_MILLION
        return f"{number(value / (HUNDRED_MILLION if large else TEN_THOUSAND), 1)}{'亿' if large else '万'}{unit}"
    large = abs(value) >= BILLION
    told = number(value / (BILLION if large else MILLION), 2 if large else 1)
    return f"{told} {'billion' if large else 'million'} {unit_words(unit)}"


def ten_thousands(value: float | None) -> float | None:
    """Money in ten thousands of its unit, as tables show it."""
    return None if value is None else value / TEN_THOUSAND


def people(many: int | None) -> str:
    """Jobs as they are read: 2.14万个岗位, 21,400 jobs."""
    if many is None:
        return _("jobs not known")
    if not reader.chinese():
        return ngettext("%(n)s job", "%(n)s jobs", many) % {"n": number(many)}
    told = f"{number(many / TEN_THOUSAND, 2)}万" if many >= TEN_THOUSAND else number(many)
    return ngettext("%(n)s job", "%(n)s jobs", many) % {"n": told}


def first_line(answer: Answer, sums: Sums | None) -> str:
    """“清单4A涉及6个县412家企业：38.2亿元，占出口9.1%，2.14万个岗位。”"""
    title = reader.said(answer.given.title)
    if answer.own_only:
        return _own_line(answer, title)
    if sums is None:
        return reader.said(answer.no_sums) if answer.no_sums else ""
    if not sums.touched:
        return _("%(list)s hits no exports of the last months known (%(span)s).") % {
            "list": title, "span": months_said(sums.base.span),
        }  # fmt: skip
    if sums.value is None and answer.firms is not None and answer.places:
        return _("%(list)s hits %(firms)s in your sight with %(value)s (tier %(tier)s); the sums of all firms are withheld.") % {
            "list": title, "firms": _firms(len(answer.places)), "tier": answer.firms.tier.value,
            "value": amount(int(answer.firms.upper[answer.places].sum()), answer.firms.base.unit),
        }  # fmt: skip
    if sums.value is None:
        return _("%(list)s: the sums would tell about single firms and are withheld.") % {"list": title}
    return _("%(list)s hits %(firms)s in %(counties)s: %(value)s, %(share)s of exports, %(jobs)s.") % {
        "list": title,
        "firms": _firms(sums.firms or 0),
        "counties": ngettext("%(n)s county", "%(n)s counties", sums.counties or 0) % {"n": number(sums.counties)},
        "value": amount(sums.value, sums.base.unit),
        "share": percent(sums.share),
        "jobs": people(sums.jobs),
    }


def _firms(many: int) -> str:
    return ngettext("%(n)s firm", "%(n)s firms", many) % {"n": number(many)}


def _own_line(answer: Answer, title: str) -> str:
    """What a firm's user is told: the own goods on the list."""
    if answer.firms is None:
        return reader.said(answer.no_firms) if answer.no_firms else ""
    places = answer.places
    if not places:
        return _("None of your firm's exports of %(span)s stand on %(list)s.") % {
            "span": months_said(answer.firms.base.span), "list": title,
        }  # fmt: skip
    value = int(answer.firms.upper[places].sum())
    total = int(answer.firms.total[places].sum())
    return _("%(list)s hits %(value)s of your firm's exports of %(span)s, %(share)s of them.") % {
        "list": title, "value": amount(value, answer.firms.base.unit), "span": months_said(answer.firms.base.span),
        "share": percent(value / total if total else None),
    }  # fmt: skip


def tier_line(base: TradeBase) -> str:
    """Which tier the figures are of, of which months, by whose leave."""
    return _("Tier %(tier)s (%(name)s), %(span)s; %(provider)s, %(agreement)s.") % {
        "tier": base.tier.value, "name": reader.said(TIER_NAMES[base.tier]), "span": months_said(base.span),
        "provider": base.provider or DASH, "agreement": base.agreement or DASH,
    }  # fmt: skip


def new_line(firms: int, other: Given, value: int, unit: str) -> str:
    """“比第1版新增影响37家企业，2.1亿元。”"""
    return ngettext(
        "%(n)s firm in your sight is newly hit against %(other)s, with %(value)s.",
        "%(n)s firms in your sight are newly hit against %(other)s, with %(value)s.",
        firms,
    ) % {"n": number(firms), "other": reader.said(other.title), "value": amount(value, unit)}


def least_line(answer: Answer) -> str:
    """From which exposure on a firm counts as newly hit."""
    least = answer.least
    share, value = percent(float(least.share)), amount(float(least.value))
    if least.share and least.value:
        return _("A firm counts as hit where the list takes at least %(share)s of its exports and at least %(value)s.") % {
            "share": share, "value": value,
        }  # fmt: skip
    if least.share:
        return _("A firm counts as hit where the list takes at least %(share)s of its exports.") % {"share": share}
    if least.value:
        return _("A firm counts as hit where the list takes at least %(value)s.") % {"value": value}
    return _("A firm counts as hit where the list takes any of its exports.")


def confirmed_line(sums: Sums | None, firms: int | None = None) -> str:
    """What stands beside 企业确认口径: how many of the ``firms`` hit confirmed codes, how much is certain by its digits."""
    if sums is None:
        return ""
    if sums.sure is None:
        return _("withheld: it would tell about single firms")
    sure = amount(sums.sure, sums.base.unit)
    if sums.asked and firms is not None:
        return _("firms hit that confirmed codes: %(firms)s of %(all)s; %(sure)s match digit for digit") % {
            "firms": firms, "all": sums.firms, "sure": sure,
        }  # fmt: skip
    if sums.asked:
        return _("%(sure)s match digit for digit") % {"sure": sure}
    if sums.sure == sums.value:
        return _("no firm has confirmed a foreign code; all of it matches digit for digit")
    return _("no firm has confirmed a foreign code yet; %(sure)s match digit for digit") % {"sure": sure}


def cover_words(code: str) -> str:
    """Months of work in hand in the reader's words."""
    known: dict[str, Any] = {
        "under_1": _("at most 1 month"), "from_1_to_3": _("1–3 months"), "from_3_to_6": _("3–6 months"),
        "over_6": _("over 6 months"),
    }  # fmt: skip
    return str(known.get(code, DASH))
