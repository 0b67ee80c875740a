"""The form of a monthly bulletin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.bulletins import queries
from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.fields import ChooserField
from commercebrain.desk.people.models import Unit


class BulletinForm(forms.Form):
    """For whom, of what, which month, and the sheet with the counties' figures."""

    unit = ChooserField(Unit.objects.none(), label=_("unit that issues it"))
    indicator = forms.ChoiceField(label=_("indicator"))
    month = forms.ChoiceField(label=_("month"))
    file = forms.FileField(
        label=_("sheet of the counties' figures"),
        required=False,
        help_text=_(
            "xlsx or csv; the title says the month, a line for each county, columns such as this month, year to date, year on year. Without a file the bulletin is made of the figures that are known."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = reader.language()
        self.fields["unit"].queryset = units
        items = sorted(queries.indicators(), key=lambda item: (item.area, item.code))
        self.fields["indicator"].choices = [(i.code, i.name.say(language)) for i in items]
        offered = queries.months(today())
        self.fields["month"].choices = [(p.text, p.say(language)) for p in offered]
