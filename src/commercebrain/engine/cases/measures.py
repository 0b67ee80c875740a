"""Measures 措施 as data: what a case may do for a firm.

``toolbox`` names the kind of policy that carries a measure out, where the policy toolbox knows one; until it is switched on
a measure is entered by hand and nothing is looked up.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from commercebrain.engine.catalogue.models import Code, Model, SourceRef, Words


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


class Measure(Model):
    """A kind of measure: its name, what it is, which document speaks of it, and which kind of policy carries it out."""

    code: Code
    name: Words
    definition: Words
    toolbox: Code | None = None
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = Field(min_length=1)
