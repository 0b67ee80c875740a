"""What every page of the product shares."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views import View

from commercebrain.desk.core.columns import Text


class Page(View):
    """A heading, the answer in the first line, the frame for htmx; ``allowed`` is asked before anything is read."""

    template_name = ""
    title: ClassVar[Text] = ""

    def allowed(self, request: HttpRequest) -> bool:
        """Whether this person may open the page at all; rows are narrowed in the query besides."""
        return True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuses before anything is read."""
        if not self.allowed(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)
