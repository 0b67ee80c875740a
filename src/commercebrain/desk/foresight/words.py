"""What a forecast, a verdict and a festival are called in sentences. Numbers are written here, never computed."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import DASH, MINUS, number, percent, unit_words
from commercebrain.desk.foresight.queries import Ahead, Lasts, Latest, SeriesOutlook
from commercebrain.engine.foresight.result import REASON_WORDS
from commercebrain.engine.outlook.festivals import LEAST
from commercebrain.engine.periods import Period

#: A verdict is a word and a shape; no colour says it alone.
VERDICTS = {
    "": (gettext_lazy("as expected"), "●"),
    "below": (gettext_lazy("a little low"), "▽"),
    "above": (gettext_lazy("a little high"), "△"),
    "drop": (gettext_lazy("unusually low"), "▼"),
    "rise": (gettext_lazy("unusually high"), "▲"),
}
#: Methods of the engine by their code.
METHODS = {
    "ensemble": gettext_lazy(
        "the house's own average of optimised Theta and damped trends, the calendar taken out and put back"
    ),
}


def comma() -> str:
    """Between parts of a sentence."""
    return "，" if reader.chinese() else ", "


def listed(parts: Iterable[str]) -> str:
    """One after another: 甲、乙; a, b."""
    return _(", ").join(parts)


def aside(text: str, told: str) -> str:
    """``text`` with something in brackets behind it: 出口（亿元）; exports (hundred million yuan)."""
    if not told:
        return text
    return f"{text}（{told}）" if reader.chinese() else f"{text} ({told})"


def month_text(month: int) -> str:
    """A month as a label: 2025-06."""
    return f"{month // 100}-{month % 100:02d}"


def month_said(month: int) -> str:
    """A month as a sentence says it: 2025年6月."""
    return Period.of_month(*divmod(month, 100)).say(reader.language())


def places(value: float | None, decimals: int) -> int:
    """Places after the point: those of the indicator, none where the number is large."""
    return 0 if value is not None and abs(value) >= 10_000 else decimals


def amount(value: float | None, decimals: int, unit: str = "") -> str:
    """A value with its unit; a dash for none."""
    if value is None:
        return DASH
    words = unit_words(unit)
    return number(value, places(value, decimals)) + (f" {words}" if words else "")


def span(low: float | None, high: float | None, decimals: int) -> str:
    """An interval: 12.1–14.0."""
    if low is None or high is None:
        return DASH
    return f"{number(low, places(low, decimals))}–{number(high, places(high, decimals))}"


def verdict_of(latest: Latest) -> str:
    """The code of :data:`VERDICTS`: outside the 95 % interval low or high, outside the 80 % interval a little so."""
    if latest.kind or latest.value is None or latest.low80 is None or latest.high80 is None:
        return latest.kind
    return "below" if latest.value < latest.low80 else "above" if latest.value > latest.high80 else ""


def verdict_words(latest: Latest) -> tuple[str, str]:
    """Word and shape."""
    word, shape = VERDICTS[verdict_of(latest)]
    return str(word), shape


def verdict(kind: str) -> str:
    """A verdict by its code, as a cell shows it: ▼ unusually low."""
    word, shape = VERDICTS[kind]
    return f"{shape} {word}"


def lasting_words(lasts: Lasts) -> str:
    """Since when a fall or rise has lasted; a month's verdict alone forgets it once the forecast has learnt it."""
    since = {"month": month_said(lasts.since)}
    if lasts.kind == "drop":
        return _("below what was expected half a year before since about %(month)s") % since
    return _("above what was expected half a year before since about %(month)s") % since


def reason_words(code: str) -> str:
    """Why there is no forecast or no verdict; "" for none."""
    if code not in REASON_WORDS:
        return ""
    zh, en = REASON_WORDS[code]
    return zh if reader.chinese() else en


def changed(fraction: float | None, decimals: int = 1) -> str:
    """A change as a sentence says it: 上升3.1%, 下降5.2%."""
    if fraction is None:
        return DASH
    told = percent(abs(fraction), decimals).rstrip("%")
    if not float(told.replace(",", "")):
        return _("unchanged")
    return (_("up %(n)s%%") if fraction > 0 else _("down %(n)s%%")) % {"n": told}


def signed(fraction: float | None) -> str:
    """A change as a cell shows it, in per cent with its sign; a dash where there is none, or next to none."""
    if fraction is None or abs(fraction) < LEAST:
        return DASH
    told = percent(abs(fraction), 1)
    return f"+{told}" if fraction > 0 else f"{MINUS}{told}"


def factor(value: float | None) -> str:
    """What the calendar multiplied a month by, as per cent with its sign."""
    return signed(None if value is None else value - 1)


def method(found: SeriesOutlook) -> str:
    """How the months ahead were forecast, in words."""
    return str(METHODS.get(found.method, found.method))


def first_line(found: SeriesOutlook) -> str:
    """2025年6月为12.3亿元，预期13.0亿元（80%区间12.1–14.0），正常；未来6个月合计预计78.2亿元（80%区间70.1–86.0）。"""
    latest, unit, places_ = found.latest, found.unit, found.indicator.decimals
    if latest is None or (latest.value is None and not found.ahead):
        return _("No monthly figures of it are held that you may see.")
    said = []
    if latest.value is not None:
        told = _("%(month)s: %(value)s") % {
            "month": month_said(latest.month), "value": amount(latest.value, places_, unit),
        }  # fmt: skip
        if latest.expected is not None and not latest.reason:
            told += comma() + _("expected %(expected)s (80%% interval %(span)s), %(verdict)s") % {
                "expected": amount(latest.expected, places_), "span": span(latest.low80, latest.high80, places_),
                "verdict": verdict_words(latest)[0],
            }  # fmt: skip
            told += comma() + lasting_words(found.lasts) if found.lasts is not None else ""
        elif latest.reason and latest.reason == found.reason and not found.ahead:
            return told + comma() + _("neither verdict nor forecast: %(why)s") % {"why": reason_words(latest.reason)}
        elif latest.reason:
            told += comma() + _("no verdict: %(why)s") % {"why": reason_words(latest.reason)}
        said.append(told)
    said.append(ahead_line(found))
    return ("；" if reader.chinese() else "; ").join(filter(None, said))


def ahead_line(found: SeriesOutlook) -> str:
    """What the months ahead will bring, in one number."""
    if not found.ahead:
        return _("no forecast: %(why)s") % {"why": reason_words(found.reason)} if found.reason else ""
    whole = found.total or found.ahead[-1]
    words = {"n": len(found.ahead), "month": month_said(whole.month), "unit": unit_words(found.unit)} | _of(
        whole, found.indicator.decimals
    )
    if found.total is not None and len(found.ahead) > 1:
        return _("the next %(n)s months together %(point)s %(unit)s (80%% interval %(span)s)") % words
    return _("%(month)s is expected at %(point)s %(unit)s (80%% interval %(span)s)") % words


def _of(ahead: Ahead, decimals: int) -> dict[str, str]:
    return {"point": amount(ahead.point, decimals), "span": span(ahead.low80, ahead.high80, decimals)}
