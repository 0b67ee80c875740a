"""The report for the drafting office: 规划数据核对意见, as Word or PDF, from one content."""

from __future__ import annotations

from collections.abc import Callable

from commercebrain.desk.audits.report.content import Report, content
from commercebrain.desk.audits.report.docx import to_docx
from commercebrain.desk.audits.report.pdf import to_pdf

__all__ = ["FORMS", "Report", "content", "to_docx", "to_pdf"]

#: Form of the file → its content type and its writer.
FORMS: dict[str, tuple[str, Callable[[Report], bytes]]] = {
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", to_docx),
    "pdf": ("application/pdf", to_pdf),
}
