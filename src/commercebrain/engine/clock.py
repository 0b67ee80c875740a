"""The business date: code asks here for today, never the machine.

The date is today in Beijing time unless ``CBRAIN_TODAY`` (YYYY-MM-DD) pins it; the demo is pinned, and the desk may
pass its own stored date (``cbrain tick --to``) to whatever it calls.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from zoneinfo import ZoneInfo

from commercebrain.engine.errors import UserError

BEIJING = ZoneInfo("Asia/Shanghai")


def business_date() -> date:
    """The pinned date, or today in Beijing.

    Raises :class:`UserError` when ``CBRAIN_TODAY`` is set and is not a date.
    """
    pinned = os.environ.get("CBRAIN_TODAY", "").strip()
    if not pinned:
        return datetime.now(BEIJING).date()
    try:
        return date.fromisoformat(pinned)
    except ValueError:
        raise UserError(
            "clock.not_a_date",
            f"环境变量 CBRAIN_TODAY 的值“{pinned}”不是日期，请写成 2025-07-21 这样的形式。",
            f"CBRAIN_TODAY is “{pinned}”, which is not a date; write it like 2025-07-21.",
        ) from None
