"""Numbers of cases, as offices number papers: 示预〔2025〕12号 — by the bureau that opens it, what it is, and the year.

A number is taken in the transaction that opens the case, so a series has no gap and no double: two who open at once wait
for one another, and what was rolled back gives its number back. The word of a bureau is the first character of its
region's name, or as many as it takes to differ from every other bureau's; once taken it stays.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from commercebrain.desk.core.models import Setting
from commercebrain.desk.people.models import Unit


def bureau_of(unit: Unit) -> Unit:
    """The bureau that a unit belongs to: the uppermost of its chain that stands in the same region."""
    found = unit
    chain = {row.pk: row for row in Unit.objects.filter(pk__in=[int(part) for part in unit.path.split("/") if part])}
    while found.parent_id is not None:
        above = chain.get(found.parent_id)
        if above is None or above.region_id != unit.region_id:
            break
        found = above
    return found


def next_number(unit: Unit, prefix: str, day: date) -> str:
    """The next number of a bureau's series; call it in the transaction that opens the case."""
    with transaction.atomic():
        bureau = bureau_of(unit)
        word = _word(bureau)
        key = f"case-number-{bureau.pk}-{_plain(prefix)}-{day.year}"
        Setting.objects.get_or_create(key=key, defaults={"value": "0"})
        row = Setting.objects.select_for_update().get(key=key)
        row.value = str(int(row.value) + 1)
        row.save(update_fields=["value"])
    return f"{word}{prefix}〔{day.year}〕{row.value}号"


def _word(bureau: Unit) -> str:
    """The word of a bureau, taken when it first opens a case."""
    own = f"case-word-of-{bureau.pk}"
    if (kept := Setting.objects.filter(key=own).values_list("value", flat=True).first()) is not None:
        return kept
    name = bureau.region.name_zh
    for word in [*(name[:n] for n in range(1, len(name) + 1)), f"{name}{bureau.pk}"]:
        row, _made = Setting.objects.get_or_create(key=f"case-word-{_plain(word)}", defaults={"value": str(bureau.pk)})
        if row.value == str(bureau.pk):
            return Setting.objects.get_or_create(key=own, defaults={"value": word})[0].value
    raise AssertionError("the last word holds the unit's own number")


def _plain(text: str) -> str:
    """A text as a key of settings holds it: short and of plain letters."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:16]
