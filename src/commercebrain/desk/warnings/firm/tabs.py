"""The first tab of a firm's page: the firm as a whole."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import tabs
from commercebrain.desk.registry import standing as first_line
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.warnings.firm.panels import whole
from commercebrain.desk.warnings.firm.standing import open_on

#: The code of the tab in addresses.
CODE = "whole"


def _context(request: HttpRequest, thing: Any) -> dict[str, Any]:
    return whole(request, thing)


def _tab(request: HttpRequest, thing: Any) -> tabs.Tab | None:
    return tabs.Tab(CODE, _("Firm 360"), "warnings/firm360.html", _context)


tabs.register(lambda thing: isinstance(thing, Enterprise), _tab, first=True)
first_line.register(open_on)
