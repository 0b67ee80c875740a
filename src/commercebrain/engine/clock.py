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


def known_by(as_of: date | None, today: date) -> date:
    """The day whose knowledge is asked for: ``as_of``, or ``today`` where none is named.

    Raises :class:`UserError` (``as_of.future``) for a day after ``today``: what will be known then is not known yet.
    """
    if as_of is not None and as_of > today:
        raise UserError(
            "as_of.future",
            f"{as_of} 晚于业务日期 {today}，那时的数据还不存在。",
            f"{as_of} is later than the business date {today}; there are no figures of that day yet.",
        )
    return as_of or today
