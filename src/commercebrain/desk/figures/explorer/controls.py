"""What a reader may set of a question: the options of its transform, each as a control of the form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.transforms.registry import Transform

LABELS = {
    "n": _("how many"), "window": _("months in the average"), "base": _("base period"), "of": _("parts of what"),
    "prices": _("price index"), "rates": _("rate of exchange"), "currency": _("currency"),
    "single_months": _("January and February singly"), "adjusted": _("seasonally adjusted"),
}  # fmt: skip
SWITCHES = ("single_months", "adjusted")
NUMBERS = ("n", "window")
#: What stands for an option that a transform needs and the reader has not told yet.
PRICES, RATES, CURRENCY = "cpi_growth", "usd_cny_rate", "USD"


@dataclass(frozen=True)
class Control:
    """One option: ``kind`` is number, switch, choice or text; ``choices`` are (value, label) for a choice."""

    name: str
    label: Any
    kind: str
    value: str
    choices: tuple[tuple[str, Any], ...] = ()


def controls(asked: Request, transform: Transform, dimensions: Sequence[tuple[str, str]]) -> list[Control]:
    """The controls of the transform's options; the unit stays with the indicator."""
    found = []
    for name in transform.options:
        if name not in LABELS or (name == "of" and len(dimensions) < 2):
            continue
        value = asked.option(name)
        if name in SWITCHES:
            found.append(Control(name, LABELS[name], "switch", value))
        elif name in ("of", "prices", "rates"):
            choices = [("", "—"), *dimensions] if name == "of" else _published(name)
            found.append(Control(name, LABELS[name], "choice", value, tuple(choices)))
        else:
            found.append(Control(name, LABELS[name], "number" if name in NUMBERS else "text", value))
    return found


def _published(name: str) -> list[tuple[str, str]]:
    language = reader.language()

    def fits(code: str) -> bool:
        return code.endswith("_cny_rate") if name == "rates" else code.startswith(("cpi", "ppi"))

    return [(code, one.name.say(language)) for code, one in catalogue().indicators.items() if fits(code)]


def completed(asked: Request, transform: Transform) -> Request:
    """The question with what its transform cannot do without: the first period as base, consumer prices, dollars."""
    begin = {"base": asked.first.text, "prices": PRICES, "rates": RATES, "currency": CURRENCY}
    missing = {name: begin[name] for name in transform.required if not asked.option(name)}
    return asked.with_(options={**asked.options, **missing}) if missing else asked
