"""Unified social credit codes 统一社会信用代码 (GB 32100): cleaned, checked, and made up for invented firms."""

from __future__ import annotations

import unicodedata

from stdnum.cn import uscc as standard

from commercebrain.engine.errors import UserError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SYNTHETIC = "9199"  # a firm whose code would have been issued by a region 99…: no such office exists
_LOOKALIKE = str.maketrans("IOZSV", "10256")  # letters that the standard leaves out because they read like digits
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def clean(text: str) -> str:
    """The code as the standard writes it: full-width to half-width, capitals, no spaces, hyphens or quotes."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in plain if char.isalnum())


def check(text: str) -> str:
    """The cleaned code; raises :class:`UserError` that says what is wrong with it and what it may have meant.

    Codes: ``uscc.length``, ``uscc.letters``, ``uscc.check_digit``.
    """
    code = clean(text)
    if len(code) != 18:
        raise UserError(
            "uscc.length",
            f"统一社会信用代码“{text}”有{len(code)}位，应为18位；请核对营业执照。",
            f"The credit code “{text}” has {len(code)} characters; it must have 18. Check the business licence.",
        )
    if standard.is_valid(code):
        return code
    meant = code.translate(_LOOKALIKE)
    hint_zh = hint_en = ""
    if meant != code and standard.is_valid(meant):
        hint_zh, hint_en = f"也许应为 {meant}。", f" Perhaps {meant} is meant."
    if any(char not in ALPHABET for char in code) or not (code[:8].isascii() and code[:8].isdigit()):
        raise UserError(
            "uscc.letters",
            f"统一社会信用代码“{text}”含有不允许的字符：前8位只能是数字，其余不用 I、O、Z、S、V；请核对营业执照。{hint_zh}",
            f"The credit code “{text}” holds characters that are not allowed: the first 8 are digits and I, O, Z, S, V "
            f"are never used. Check the business licence.{hint_en}",
        )
    raise UserError(
        "uscc.check_digit",
        f"统一社会信用代码“{text}”的校验位不符：按前17位应为 {standard.calc_check_digit(code[:17])}；请核对营业执照。",
        f"The check digit of the credit code “{text}” is wrong: after these 17 characters it would be "
        f"{standard.calc_check_digit(code[:17])}. Check the business licence.",
    )


def is_valid(text: str) -> bool:
    """Whether :func:`check` would accept it."""
    code = clean(text)
    return len(code) == 18 and standard.is_valid(code)


def is_synthetic(text: str) -> bool:
    """Whether the code is one of those that no office issues, kept for invented firms."""
    return clean(text).startswith(SYNTHETIC)


def organisation_check(body: str) -> str:
    """The ninth character of an organisation code (GB 11714) after its eight: a digit or X."""
    rest = 11 - sum((int(c) if c.isdigit() else ord(c) - 55) * w for c, w in zip(body, _WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def synthetic(region: str, number: int) -> str:
    """The ``number``-th invented firm's code in a region 99xxxx: valid in form, issued by nobody.

    The same arguments give the same code, different ones different codes (up to ten million a region).
    """
    if not region.startswith("99") or len(region) != 6:
        raise ValueError(f"{region} is not an invented region")
    if not 0 <= number < 10**7:
        raise ValueError("too many firms for one region")
    body = f"M{number:07d}"
    first = f"91{region}{body}{organisation_check(body)}"
    return first + standard.calc_check_digit(first)
