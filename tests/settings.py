"""The product's settings with what tests need otherwise: a house of their own, quick passwords, jobs run at once."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_home = Path(tempfile.mkdtemp(prefix="cbrain-tests-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["CBRAIN_HOME"] = str(_home)
os.environ["CBRAIN_TODAY"] = "2025-07-21"
for _name in (
    "CBRAIN_LAKE",
    "CBRAIN_DEBUG",
    "CBRAIN_DEMO",
    "CBRAIN_HTTPS",
    "CBRAIN_HOSTS",
    "CBRAIN_SECRET_KEY",
):
    os.environ.pop(_name, None)

from commercebrain.web.settings import *  # noqa: E402, F403
from commercebrain.web.settings import DATABASES, HOME, INSTALLED_APPS, STORAGES  # noqa: E402

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# The identity provider's parts are loaded where one is configured; tests configure one of their own.
INSTALLED_APPS = [*INSTALLED_APPS, "allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
LIMITS = "off"  # tests ask more often than people do; those of the limits themselves switch them on
SECOND_FACTOR_ROLES: list[str] = []
WHITENOISE_AUTOREFRESH = True
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in production: threads then have connections of their own, and races are real.
    DATABASES["default"]["TEST"] = {"NAME": HOME / "test.sqlite3"}
