"""What help does to a firm of the invented city: with a declared chance, what befell it fades."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from commercebrain.engine.simulate.city import City, generator
from commercebrain.engine.yaml_text import read_yaml

_TAG = 111


@dataclass(frozen=True, order=True, slots=True)
class Help:
    """A measure that a firm was given on a day; ``measure`` is its kind."""

    uscc: str
    on: date
    measure: str = ""


@lru_cache(maxsize=1)
def recipe() -> dict[str, Any]:
    """The declared recipe (``catalogue/simulation/responses.yaml``)."""
    text = (files("commercebrain.catalogue") / "simulation" / "responses.yaml").read_text(encoding="utf-8")
    told: dict[str, Any] = read_yaml(text)
    return told


def works_from(city: City, help: Help) -> int | None:
    """The month (a running number) from which help works: the one after it was given; None where it does not.

    Whether it works is drawn by the seed and the firm: asked again, or for another measure, the luck is the same.
    """
    told = recipe()
    luck = float(generator(city.seed, _TAG, zlib.crc32(help.uscc.encode())).random())
    if luck >= float(told["chances"].get(help.measure, told["chance"])):
        return None
    return help.on.year * 12 + help.on.month


def left_of(months: int) -> float:
    """What part of a shock is left so many months after help began to work."""
    left: list[float] = recipe()["left"]
    return left[min(months, len(left) - 1)]


def gain_of(months: int) -> float:
    """By what part help raises a firm's exports so many months after it began to work."""
    gain: list[float] = recipe()["gain"]
    return gain[min(months, len(gain) - 1)]
