import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("registry", "0002_registers"),
    ]

    operations = [
        migrations.AddField(
            model_name="enterprise",
            name="updated_at",
            field=models.DateTimeField(auto_now=True, default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["updated_at", "id"], name="enterprise_feed"),
        ),
    ]
