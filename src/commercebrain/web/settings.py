"""One settings file; what differs between installations comes from the environment.

``CBRAIN_HOME``   where the database, the lake, uploads and the secret key live (default ``./var``)
``DATABASE_URL``  SQLite under ``CBRAIN_HOME`` by default, PostgreSQL for a bureau
``CBRAIN_LAKE``   folder of the records (default ``CBRAIN_HOME/lake``)
``CBRAIN_TODAY``  pins the business date (the demo)
``CBRAIN_HOSTS``  host names the server answers to, separated by commas
``CBRAIN_HTTPS``  ``1`` where a proxy ends TLS in front: cookies are then marked secure
``CBRAIN_DEBUG``  ``1`` for development only
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

PACKAGE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("CBRAIN_HOME", "var")).resolve()
LAKE_ROOT = Path(os.environ.get("CBRAIN_LAKE", HOME / "lake")).resolve()
DEBUG = os.environ.get("CBRAIN_DEBUG") == "1"


def _secret_key() -> str:
    """The key from the environment, else one made once and kept under ``CBRAIN_HOME`` readable by its owner only."""
    if key := os.environ.get("CBRAIN_SECRET_KEY"):
        return key
    path = HOME / "secret_key"
    if not path.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_urlsafe(50))
        try:
            os.link(temporary, path)  # atomic: two processes starting at once agree on the first one's key
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("CBRAIN_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "commercebrain.desk.core",
    "commercebrain.desk.people",
    "commercebrain.desk.registry",
    "commercebrain.desk.access",
    "commercebrain.desk.registers",
    "commercebrain.desk.plans",
    "commercebrain.desk.audits",
    "commercebrain.desk.responsibility",
    "commercebrain.desk.figures",
    "commercebrain.desk.lists",
    "commercebrain.desk.forms",
    "commercebrain.desk.foresight",
    "commercebrain.desk.cases",
    "commercebrain.desk.warnings",
    "commercebrain.desk.bulletins",
    "commercebrain.desk.notices",
    "commercebrain.web.apps.WebConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "commercebrain.desk.access.middleware.SafeHeaders",
    "commercebrain.desk.core.memo.RememberWithinReads",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "commercebrain.web.middleware.ReadersLanguage",
    "commercebrain.web.middleware.ProblemDetails",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "commercebrain.desk.people.middleware.AccountLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "commercebrain.desk.access.middleware.TokenSignIn",
    "commercebrain.desk.access.middleware.RefusalsTold",
    "commercebrain.desk.access.middleware.LiveSession",
    "commercebrain.desk.people.middleware.SignInRequired",
    "commercebrain.web.middleware.FaultSentences",
    "commercebrain.desk.access.middleware.RequiredSteps",
    "commercebrain.desk.access.middleware.RateLimits",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "commercebrain.web.urls"
WSGI_APPLICATION = "commercebrain.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "commercebrain.web.context.chrome",
                "commercebrain.desk.notices.context.bell",
            ],
            "builtins": ["commercebrain.web.templatetags.desk"],
        },
    },
]

DATABASES = {
    "default": dj_database_url.config(default=f"sqlite:///{HOME / 'db.sqlite3'}", conn_max_age=60),
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Read-then-write transactions must take the write lock at once, or they fail under load instead of waiting.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000; "
        "PRAGMA foreign_keys=ON;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name_zh", "name_en", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "commercebrain.desk.access.passwords.NotOneOfTheLast", "OPTIONS": {"last": 5}},
]
LOGIN_URL = "people:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "people:sign_in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "access/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_HTTP_RESPONSE_CODE = 429
AXES_CLIENT_IP_CALLABLE = "commercebrain.desk.access.addresses.address_of"

# Signing in: who asks, how often, for how long, and what else is asked for.
PROXIES = int(os.environ.get("CBRAIN_PROXIES", "1" if os.environ.get("CBRAIN_HTTPS") == "1" else "0"))
LIMITS = os.environ.get("CBRAIN_LIMITS", "")  # "api=1200/60 search=off", or "off" for none
IDLE_MINUTES = int(os.environ.get("CBRAIN_IDLE_MINUTES", "30"))  # 0: never
PASSWORD_DAYS = int(os.environ.get("CBRAIN_PASSWORD_DAYS", "0"))  # 0: passwords do not age
# Roles whose holders must sign in with one-time codes; the demo's accounts are for everybody to try.
SECOND_FACTOR_ROLES = os.environ.get(
    "CBRAIN_SECOND_FACTOR_ROLES", "" if os.environ.get("CBRAIN_DEMO") else "administrator super_administrator"
).split()
MFA_ADAPTER = "commercebrain.desk.access.adapters.EncryptedSecrets"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = os.environ.get("CBRAIN_TOTP_ISSUER", "Commerce Brain 商务大脑")
# The bureau's own identity provider; off until an issuer is named.
OIDC_ISSUER = os.environ.get("CBRAIN_OIDC_ISSUER", "")
if OIDC_ISSUER:
    INSTALLED_APPS += ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
OIDC_CLIENT_ID = os.environ.get("CBRAIN_OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = os.environ.get("CBRAIN_OIDC_CLIENT_SECRET", "")
OIDC_NAME = os.environ.get("CBRAIN_OIDC_NAME", "")
OIDC_CLAIM = os.environ.get("CBRAIN_OIDC_CLAIM", "preferred_username")  # holds our user name

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE / "static"]
STATIC_ROOT = Path(os.environ.get("CBRAIN_STATIC", HOME / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = HOME / "uploads"
SCAN_COMMAND = os.environ.get("CBRAIN_SCAN_COMMAND", "")  # a virus scanner for uploads; empty: none

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Everything comes from this server; no inline script, no inline style, no frame.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_ENGINE = "commercebrain.desk.access.session_store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(os.environ.get("CBRAIN_SESSION_HOURS", "12")) * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "commercebrain.web.faults.csrf_failure"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
if os.environ.get("CBRAIN_HTTPS") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# A list of more rows is exported by a job; its file is kept for so many days of the business calendar.
EXPORT_AT_ONCE = int(os.environ.get("CBRAIN_EXPORT_AT_ONCE", "5000"))
EXPORT_KEEP_DAYS = int(os.environ.get("CBRAIN_EXPORT_KEEP_DAYS", "7"))

# A target counts as on path from the first chance upwards, as off path below the second (design: states are settings).
CHANCE_ON_PATH = float(os.environ.get("CBRAIN_CHANCE_ON_PATH", "0.8"))
CHANCE_OFF_PATH = float(os.environ.get("CBRAIN_CHANCE_OFF_PATH", "0.2"))
# The heads of the chain of events, best on another disk; how long a worker may be silent before its jobs are lost.
AUDIT_ANCHORS = Path(os.environ.get("CBRAIN_AUDIT_ANCHORS", HOME / "audit_anchors.txt"))
JOB_LOST_AFTER = float(os.environ.get("CBRAIN_JOB_LOST_AFTER", "60"))  # seconds
UPDATE_WORKDAYS = int(os.environ.get("CBRAIN_UPDATE_WORKDAYS", "5"))  # of the next month, to write a month's updates
DRAFT_DAYS = int(
    os.environ.get("CBRAIN_DRAFT_DAYS", "30")
)  # a draft of a form that nobody saves is removed after so long
MAP_APPROVAL_NUMBER = os.environ.get("CBRAIN_MAP_APPROVAL", "")  # 审图号; empty: no public or printed geographic map

# Nothing leaves this machine until a mail server is named and webhooks are switched on.
PUBLIC_ADDRESS = os.environ.get("CBRAIN_ADDRESS", "http://localhost:8000")  # as people reach it, for links in mails
MAIL_DOMAIN = urlsplit(PUBLIC_ADDRESS).hostname or "localhost"
EMAIL_HOST = os.environ.get("CBRAIN_MAIL_HOST", "")
MAIL_IS_CONFIGURED = bool(EMAIL_HOST)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"
EMAIL_PORT = int(os.environ.get("CBRAIN_MAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("CBRAIN_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("CBRAIN_MAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("CBRAIN_MAIL_SECURITY", "starttls") == "starttls"
EMAIL_USE_SSL = os.environ.get("CBRAIN_MAIL_SECURITY", "starttls") == "tls"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("CBRAIN_MAIL_FROM", f"commercebrain@{MAIL_DOMAIN}")
WEBHOOKS_ARE_ON = os.environ.get("CBRAIN_WEBHOOKS") == "1"
CONNECTORS_FILE = os.environ.get("CBRAIN_CONNECTORS", "")
WEBHOOK_NETWORKS = [part for part in os.environ.get("CBRAIN_WEBHOOK_NETWORKS", "").replace(",", " ").split() if part]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
