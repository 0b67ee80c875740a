"""The registers: zones, codes, enterprises with all that belongs to them."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Code",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "list",
                    models.CharField(
                        choices=[
                            ("country", "Countries and regions"),
                            ("industry", "Industries"),
                            ("product", "Products"),
                            ("trade_mode", "Customs supervision modes"),
                        ],
                        max_length=20,
                    ),
                ),
                ("edition", models.CharField(max_length=20)),
                ("code", models.CharField(max_length=12)),
                ("parent", models.CharField(blank=True, max_length=12)),
                ("level", models.CharField(blank=True, max_length=20)),
                ("name_zh", models.CharField(blank=True, max_length=300)),
                ("name_en", models.CharField(blank=True, max_length=600)),
                ("remark", models.TextField(blank=True)),
                ("more", models.JSONField(blank=True, default=dict)),
                ("source", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "code",
                "verbose_name_plural": "codes",
                "ordering": ["list", "edition", "code"],
            },
        ),
        migrations.CreateModel(
            name="CodeLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "list",
                    models.CharField(
                        choices=[
                            ("country", "Countries and regions"),
                            ("industry", "Industries"),
                            ("product", "Products"),
                            ("trade_mode", "Customs supervision modes"),
                        ],
                        max_length=20,
                    ),
                ),
                ("from_edition", models.CharField(max_length=20)),
                ("from_code", models.CharField(max_length=12)),
                ("to_edition", models.CharField(max_length=20)),
                ("to_code", models.CharField(max_length=12)),
                ("source", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "concordance line",
                "verbose_name_plural": "concordance lines",
                "ordering": ["list", "from_edition", "from_code", "to_code"],
            },
        ),
        migrations.CreateModel(
            name="Enterprise",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("uscc", models.CharField(max_length=18, unique=True)),
                ("name_zh", models.CharField(max_length=120)),
                ("name_en", models.CharField(blank=True, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("existing", "in business"),
                            ("revoked", "licence revoked"),
                            ("closed", "deregistered"),
                            ("moved", "moved away"),
                        ],
                        default="existing",
                        max_length=10,
                    ),
                ),
                ("established_on", models.DateField(blank=True, null=True)),
                ("closed_on", models.DateField(blank=True, null=True)),
                ("address", models.CharField(blank=True, max_length=200)),
                ("industry", models.CharField(blank=True, help_text="GB/T 4754 code", max_length=4)),
                (
                    "size",
                    models.CharField(
                        blank=True,
                        choices=[("large", "large"), ("medium", "medium"), ("small", "small"), ("micro", "micro")],
                        max_length=10,
                    ),
                ),
                ("tags", models.JSONField(blank=True, default=list)),
                ("synthetic", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "enterprise",
                "verbose_name_plural": "enterprises",
                "ordering": ["uscc"],
            },
        ),
        migrations.CreateModel(
            name="EnterpriseChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("changes", models.JSONField()),
                ("reason", models.CharField(max_length=400)),
                ("evidence", models.FileField(blank=True, upload_to="registry/evidence/")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("approved", "approved"),
                            ("rejected", "rejected"),
                            ("withdrawn", "withdrawn"),
                        ],
                        db_index=True,
                        default="open",
                        max_length=10,
                    ),
                ),
                ("asked_on", models.DateField()),
                ("decided_on", models.DateField(blank=True, null=True)),
                ("decision_note", models.CharField(blank=True, max_length=400)),
            ],
            options={
                "verbose_name": "change request",
                "verbose_name_plural": "change requests",
                "ordering": ["-asked_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="EnterpriseContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("post", models.CharField(blank=True, max_length=60)),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("main", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
                "ordering": ["enterprise", "-main", "name"],
            },
        ),
        migrations.CreateModel(
            name="EnterpriseFlag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40)),
                ("source", models.CharField(max_length=200)),
                ("starts", models.DateField(blank=True, null=True)),
                ("ends", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "flag",
                "verbose_name_plural": "flags",
                "ordering": ["enterprise", "code", "starts"],
            },
        ),
        migrations.CreateModel(
            name="EnterpriseMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=400)),
                ("score", models.FloatField(blank=True, null=True)),
                ("explanation", models.JSONField(blank=True, default=list)),
                ("journal", models.JSONField(blank=True, default=list)),
                ("undone_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="EnterpriseName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("former", "former name"),
                            ("short", "short name"),
                            ("english", "English name"),
                            ("brand", "brand"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("source", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "other name",
                "verbose_name_plural": "other names",
                "ordering": ["enterprise", "-valid_to", "name"],
            },
        ),
        migrations.CreateModel(
            name="EnterpriseOfficer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.CharField(blank=True, max_length=60)),
                ("starts", models.DateField(blank=True, null=True)),
                ("ends", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "person in charge",
                "verbose_name_plural": "persons in charge",
                "ordering": ["enterprise", "line", "person"],
            },
        ),
        migrations.CreateModel(
            name="RegionChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(help_text="first day on which the new map holds")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("merge", "merged"),
                            ("split", "split"),
                            ("part", "part transferred"),
                            ("rename", "renamed or given another code"),
                        ],
                        max_length=10,
                    ),
                ),
                ("share_zh", models.CharField(blank=True, max_length=200)),
                ("share_en", models.CharField(blank=True, max_length=300)),
                ("source", models.CharField(max_length=300)),
            ],
            options={
                "verbose_name": "region change",
                "verbose_name_plural": "region changes",
                "ordering": ["day", "before__code", "after__code"],
            },
        ),
        migrations.CreateModel(
            name="Township",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=12, unique=True)),
                ("name_zh", models.CharField(max_length=60)),
                ("name_en", models.CharField(blank=True, max_length=100)),
                ("source", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "township",
                "verbose_name_plural": "townships",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Zone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("name_zh", models.CharField(max_length=80)),
                ("name_en", models.CharField(max_length=160)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("development", "economic development zone"),
                            ("high_tech", "high-tech zone"),
                            ("bonded", "comprehensive bonded zone"),
                            ("free_trade", "free-trade area"),
                            ("functional", "functional area"),
                            ("park", "park"),
                        ],
                        max_length=20,
                    ),
                ),
                ("in_county_totals", models.BooleanField(default=True)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("synthetic", models.BooleanField(default=False)),
                ("source", models.CharField(max_length=300)),
            ],
            options={
                "verbose_name": "zone",
                "verbose_name_plural": "zones",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="ZonePart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("whole", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "part of a zone",
                "verbose_name_plural": "parts of zones",
                "ordering": ["zone", "region__code"],
            },
        ),
        migrations.AddConstraint(
            model_name="region",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_from", None)), fields=("code",), name="region_without_start_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="region",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_to", None)), fields=("code",), name="region_without_end_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="region",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code__gte", "990000"), ("synthetic", True)),
                    models.Q(("code__lt", "990000"), ("synthetic", False)),
                    _connector="OR",
                ),
                name="region_synthetic_by_code",
            ),
        ),
        migrations.AddIndex(
            model_name="code",
            index=models.Index(fields=["list", "edition", "parent"], name="code_children"),
        ),
        migrations.AddConstraint(
            model_name="code",
            constraint=models.UniqueConstraint(fields=("list", "edition", "code"), name="code_once"),
        ),
        migrations.AddIndex(
            model_name="codelink",
            index=models.Index(fields=["list", "to_edition", "to_code"], name="code_link_back"),
        ),
        migrations.AddConstraint(
            model_name="codelink",
            constraint=models.UniqueConstraint(
                fields=("list", "from_edition", "from_code", "to_edition", "to_code"), name="code_link_once"
            ),
        ),
        migrations.AddField(
            model_name="enterprise",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="registry.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="enterprise",
            name="region",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="enterprises", to="registry.region"
            ),
        ),
        migrations.AddField(
            model_name="enterprise",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                help_text="the county bureau in charge",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enterprises",
                to="people.unit",
            ),
        ),
        migrations.AddField(
            model_name="enterprisechange",
            name="asked_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="enterprisechange",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="enterprisechange",
            name="enterprise",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="change_requests", to="registry.enterprise"
            ),
        ),
        migrations.AddField(
            model_name="enterprisecontact",
            name="enterprise",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="contacts", to="registry.enterprise"
            ),
        ),
        migrations.AddField(
            model_name="enterpriseflag",
            name="enterprise",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="flags", to="registry.enterprise"
            ),
        ),
        migrations.AddField(
            model_name="enterprisemerge",
            name="kept",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="registry.enterprise"
            ),
        ),
        migrations.AddField(
            model_name="enterprisemerge",
            name="merged",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merged_by", to="registry.enterprise"
            ),
        ),
        migrations.AddField(
            model_name="enterprisemerge",
            name="person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="enterprisemerge",
            name="undone_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="enterprisename",
            name="enterprise",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="names", to="registry.enterprise"
            ),
        ),
        migrations.AddField(
            model_name="enterpriseofficer",
            name="enterprise",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="officers", to="registry.enterprise"
            ),
        ),
        migrations.AddField(
            model_name="enterpriseofficer",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enterprises_in_charge",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="regionchange",
            name="after",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="origins", to="registry.region"
            ),
        ),
        migrations.AddField(
            model_name="regionchange",
            name="before",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="successions", to="registry.region"
            ),
        ),
        migrations.AddField(
            model_name="township",
            name="region",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="townships", to="registry.region"
            ),
        ),
        migrations.AddField(
            model_name="enterprise",
            name="township",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enterprises",
                to="registry.township",
            ),
        ),
        migrations.AddField(
            model_name="zone",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="registry.zone",
            ),
        ),
        migrations.AddField(
            model_name="zone",
            name="region",
            field=models.ForeignKey(
                help_text="the city it is in",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="zones",
                to="registry.region",
            ),
        ),
        migrations.AddField(
            model_name="zonepart",
            name="region",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="zone_parts", to="registry.region"
            ),
        ),
        migrations.AddField(
            model_name="zonepart",
            name="township",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="zone_parts",
                to="registry.township",
            ),
        ),
        migrations.AddField(
            model_name="zonepart",
            name="zone",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="registry.zone"
            ),
        ),
        migrations.AddConstraint(
            model_name="enterprisechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    ("state", "withdrawn"),
                    _connector="OR",
                ),
                name="enterprise_change_decided_by_another",
            ),
        ),
        migrations.AddIndex(
            model_name="enterpriseflag",
            index=models.Index(fields=["code", "enterprise"], name="enterprise_flag_code"),
        ),
        migrations.AddConstraint(
            model_name="enterprisemerge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_on", None)), fields=("merged",), name="enterprise_merged_into_one_only"
            ),
        ),
        migrations.AddConstraint(
            model_name="enterprisemerge",
            constraint=models.CheckConstraint(
                condition=models.Q(("kept", models.F("merged")), _negated=True),
                name="enterprise_not_merged_with_itself",
            ),
        ),
        migrations.AddIndex(
            model_name="enterprisename",
            index=models.Index(fields=["name"], name="enterprise_name_name"),
        ),
        migrations.AddConstraint(
            model_name="regionchange",
            constraint=models.UniqueConstraint(fields=("before", "after", "day"), name="region_change_once"),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["unit", "merged_into", "name_zh"], name="enterprise_by_unit"),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["region", "industry"], name="enterprise_by_region"),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["name_zh"], name="enterprise_by_name"),
        ),
        migrations.AddConstraint(
            model_name="enterprise",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("synthetic", True), ("uscc__startswith", "9199")),
                    models.Q(("synthetic", False), models.Q(("uscc__startswith", "9199"), _negated=True)),
                    _connector="OR",
                ),
                name="enterprise_synthetic_by_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="enterprise",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_on", None),
                    ("established_on", None),
                    ("closed_on__gte", models.F("established_on")),
                    _connector="OR",
                ),
                name="enterprise_closed_after_opening",
            ),
        ),
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
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["size", "status", "unit", "merged_into"], name="enterprise_by_size"),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(
                condition=models.Q(("merged_into", None), ("synthetic", True)),
                fields=["unit"],
                name="enterprise_synthetic",
            ),
        ),
    ]
