"""Consecutive months as whole numbers, yyyymm."""

from __future__ import annotations

from datetime import date

from commercebrain.engine.errors import UserError


def check_first(first: int) -> None:
    """Raise ``UserError`` where ``first`` is no month (yyyymm) that a series could begin with."""
    if not (190001 <= first <= 299912 and 1 <= first % 100 <= 12):
        raise UserError(
            "foresight.first_month",
            f"首月应写成年月六位数（如202401），给出的是{first}。",
            f"The first month is written yyyymm, such as 202401; {first} was given.",
        )


def shift(month: int, by: int) -> int:
    """The month ``by`` months later (earlier when negative)."""
    index = month // 100 * 12 + month % 100 - 1 + by
    return index // 12 * 100 + index % 12 + 1


def months_from(first: int, count: int) -> list[int]:
    """``count`` months beginning with ``first``."""
    return [shift(first, n) for n in range(count)]


def months_apart(first: int, last: int) -> int:
    """How many months ``last`` is after ``first``; 0 for the same month."""
    return (last // 100 - first // 100) * 12 + last % 100 - first % 100


def first_day(month: int) -> date:
    """The first day of a month."""
    return date(month // 100, month % 100, 1)
