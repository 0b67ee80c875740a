"""What responsibility for targets and tasks needs of the rows read from plans."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="target",
            name="nature_clause",
            field=models.CharField(blank=True, default="", max_length=300, verbose_name="clause"),
        ),
        migrations.AddField(
            model_name="target",
            name="nature_reason",
            field=models.TextField(blank=True, default="", verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="target",
            name="nature_set",
            field=models.CharField(
                blank=True, choices=[("binding", "binding"), ("expected", "expected")], default="", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="task",
            name="reported_on",
            field=models.DateField(help_text="day of the last monthly update; none: never reported", null=True),
        ),
        migrations.AddField(
            model_name="task",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
    ]
