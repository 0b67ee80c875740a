"""Two more reasons for which a signal is closed; no column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("warnings", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="signal",
            name="end",
            field=models.CharField(
                blank=True,
                choices=[
                    ("ended", "no longer holds"),
                    ("handled", "handled"),
                    ("false_alarm", "false alarm"),
                    ("rule_off", "rule switched off"),
                    ("merged", "two firms became one"),
                    ("unit_closed", "bureau closed"),
                ],
                max_length=20,
            ),
        ),
    ]
