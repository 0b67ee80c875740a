"""The tree of units as it stands becomes the first page of its history: so it has been for as long as is known."""

from typing import Any

from django.db import migrations


def begin(apps: Any, editor: Any) -> None:
    """One open state for every unit that has none."""
    unit, state = apps.get_model("people", "Unit"), apps.get_model("people", "UnitState")
    known = set(state.objects.values_list("unit", flat=True))
    state.objects.bulk_create(
        state(
            unit_id=row.pk,
            name_zh=row.name_zh,
            name_en=row.name_en,
            parent_id=row.parent_id,
            region_id=row.region_id,
            path=row.path,
        )
        for row in unit.objects.exclude(pk__in=known)
    )


class Migration(migrations.Migration):
    """Rows only; going back leaves them."""

    dependencies = [("people", "0002_scopes")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
