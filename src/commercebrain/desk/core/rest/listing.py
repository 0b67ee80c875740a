"""Lists of the API that are narrowed by the filters of their page: one parser, the same words, the same rows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from commercebrain.engine.errors import UserError

OWN = frozenset({"q", "sort", "limit", "offset"})


def narrowed(page_class: Any, request: HttpRequest, *, prefix: str = "list", **kwargs: Any) -> Any:
    """The rows of the list page ``page_class`` as the address' parameters narrow and order them.

    A parameter or an order that the page does not know is refused (``<prefix>.no_filter``, ``<prefix>.no_order``), so that no
    answer is wider than what was asked for.
    """
    page = page_class()
    page.setup(request, **kwargs)
    known = OWN | {key for one in page.filters for key in one.keys}
    for key in request.GET:
        if key not in known:
            raise UserError(
                f"{prefix}.no_filter",
                f"这里没有可筛选的“{key[:60]}”；可用：{'、'.join(sorted(known))}。",
                f"“{key[:60]}” is no filter here; there are: {', '.join(sorted(known))}.",
            )
    wanted = request.GET.get("sort", "").removeprefix("-")
    orders = [column.key for column in page.columns if column.sort]
    if wanted and wanted not in orders:
        raise UserError(
            f"{prefix}.no_order",
            f"不能按“{wanted[:60]}”排序；可用：{'、'.join(orders)}。",
            f"There is no order by “{wanted[:60]}”; there are: {', '.join(orders)}.",
        )
    rows, _sort = page._sorted(request, page.narrow(request, request.GET))
    return rows
