"""A role says in words what it is for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two columns."""

    dependencies = [("people", "0003_unit_history")]

    operations = [
        migrations.AddField(
            model_name="role",
            name="does_en",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="role",
            name="does_zh",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
    ]
