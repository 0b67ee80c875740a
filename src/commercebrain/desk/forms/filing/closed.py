"""Why a round takes no report of a firm at this moment: not open yet, locked, under review, passed, excused."""

from __future__ import annotations

from datetime import datetime

from commercebrain.desk.forms.filing import queries
from commercebrain.desk.forms.filing.words import moment_words
from commercebrain.desk.forms.models import Report
from commercebrain.engine.errors import UserError


class Closed(UserError):  # noqa: N818 - it is an answer, not an error
    """The report cannot be sent now; ``locked`` says that leave may be asked for."""

    status = 409

    def __init__(self, code: str, zh: str, en: str, *, locked: bool = False) -> None:
        super().__init__(f"filing.{code}", zh, en)
        self.locked = locked


def closed(report: Report, moment: datetime) -> Closed | None:
    """Why the report cannot be sent at ``moment``; none where it can. Expects the report with its round and unit."""
    round_ = report.round
    if report.state == Report.State.PASSED:
        return Closed(
            "passed",
            f"本期报表已由{report.unit.name_zh}审核通过，不能再改；确需更正，请该单位退回后再填。",
            f"{report.unit.name_en} has passed this report, so it cannot be changed; to correct it, ask that office to "
            "send it back.",
        )
    if report.state == Report.State.EXCUSED:
        return Closed(
            "excused",
            f"本企业本期免报：{report.excuse or '无须填写'}。",
            f"The firm is excused from this report: {report.excuse or 'nothing is to be filled in'}.",
        )
    if report.state == Report.State.SENT and queries.is_under_review(report):
        return Closed(
            "under_review",
            f"报表正由{report.unit.name_zh}审核，不能再改；确需更正，请该单位退回后再填。",
            f"{report.unit.name_en} is reviewing this report, so it cannot be changed; to correct it, ask that office to "
            "send it back.",
        )
    if moment < round_.opens_at:
        zh, en = moment_words(round_.opens_at)
        return Closed("not_open", f"本期报表{zh}开始填报，现在还不能发送。", f"This report opens on {en}.")
    if moment < round_.locks_at or report.state == Report.State.RETURNED:
        return None  # what was sent back is to be corrected, whenever that was
    if queries.exception(report, moment) is not None:
        return None
    zh, en = moment_words(round_.locks_at)
    return Closed(
        "locked",
        f"本期报表已于{zh}锁定，不能再发送；您填写的内容不会丢失。确有原因的，请在本页申请补报，经批准后再发送。",
        f"This report was locked on {en} and cannot be sent any more; what you typed is not lost. If there is a reason, "
        "ask on this page for leave to report late and send it then.",
        locked=True,
    )
