"""Errors that are meant for people: a sentence that says what is wrong, where, and what to do."""

from __future__ import annotations


class UserError(Exception):
    """A fault in what was given to us, told in both languages.

    ``zh`` and ``en`` are whole sentences: what is wrong, where (file, sheet, row, column, value), and what to do.
    ``code`` is a stable snake_case identifier that tests, the API and language files may rely on.
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.code = code
        self.zh = zh
        self.en = en

    def say(self, language: str = "zh") -> str:
        """The sentence in ``language`` ("zh…" or anything else for English)."""
        return self.zh if language.startswith("zh") else self.en


class CancelledError(Exception):
    """Someone wanted a long computation to stop; nothing of it was kept."""
