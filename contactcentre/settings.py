"""All settings, read from the environment once. A secret may also be given as a file: NAME_FILE=/run/secrets/name.

Where they come from: `make run` and the tests set what they need; production sets the variables in `.env.example`.
With DEBUG off nothing insecure has a default: the process refuses to start and names what is missing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from contactcentre.logs import configure_structlog, logging_config
from contactcentre.ticks import beat_schedule
from core.keys import split_keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

DEBUG: bool = env.bool("DEBUG", default=False)
TESTING: bool = env.str("CONTACTCENTRE_ENV", default="") == "test"
LOCAL = DEBUG or TESTING
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()


def _embedded(name: str) -> str:
    """The address of an embedded service (`contactcentre.embedded`), or nothing when it is not running."""
    try:
        return str(json.loads((DATA_DIR / "run" / "services.json").read_text())[name])
    except (OSError, ValueError, KeyError):
        return ""


def _required(name: str, local: str) -> str:
    """A variable that production must set; `local` is used in development and tests only."""
    value: str = env.str(name, default="").strip()  # the file of a secret ends with a line feed
    if value:
        return value
    if not LOCAL:
        _missing.append(name)
    return local


_missing: list[str] = []


def _check_nothing_is_missing() -> None:
    """Refuse to start in production without what has no safe default, naming all of it at once."""
    if _missing:
        raise ImproperlyConfigured(
            f"{', '.join(_missing)} {'is' if len(_missing) == 1 else 'are'} not set. Production needs "
            f"{'it' if len(_missing) == 1 else 'them'} (or the same name with _FILE); see .env.example. "
            "For a trial on this machine use `make run`."
        )
    if not LOCAL and len(SECRET_KEY) < 40:
        raise ImproperlyConfigured("SECRET_KEY must be at least 40 random characters.")


# --- Core ---------------------------------------------------------------------------------------------------------

PORT: int = env.int("PORT", default=8000)
BASE_URL: str = _required("BASE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
SECRET_KEY: str = _required("SECRET_KEY", "insecure-and-only-for-development-and-tests")
# The first encrypts the secrets in the database, all decrypt. Locally a key of its own is made under DATA_DIR.
try:
    SECRETS_KEYS = split_keys(_required("SECRETS_KEYS", ""))
except ValueError as error:
    raise ImproperlyConfigured(f"SECRETS_KEYS: {error}.") from None
ALLOWED_HOSTS: list[str] = [
    host.strip() for host in _required("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
]
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL.startswith("https://") else []
ROOT_URLCONF = "contactcentre.urls"
ASGI_APPLICATION = "contactcentre.asgi.application"
WSGI_APPLICATION = "contactcentre.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_NAME = "Contact Centre"

INSTALLED_APPS = [
    "contactcentre.apps.ContactCentre",
    "contactcentre.apps.AdminSite",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "django_htmx",
    "django_prometheus",
    "django_structlog",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "csp",
    "lucide",
    "core",
    "agents",
    "crm",
    "knowledge",
    "tickets",
    "chat",
    "email_inbox",
    "console",
    "dashboard",
    "api",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "contactcentre.middleware.UnusableCharacters",
    "contactcentre.request_log.RequestLog",
    "contactcentre.middleware.AgentPreferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "contactcentre.middleware.AppErrors",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "contactcentre.context.site",
            ],
            "builtins": [
                "lucide.templatetags.lucide",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]

# --- PostgreSQL ---------------------------------------------------------------------------------------------------

DATABASE_URL = _required("DATABASE_URL", _embedded("database_url"))
if not DATABASE_URL:
    # Commands that need no database (`--help`, `makemigrations --check`) still work; others say what to do.
    DATABASE_URL = "postgresql://contactcentre@127.0.0.1:9/contactcentre"
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url_config(DATABASE_URL)
    | {
        # Without it every request opens a connection: 104 instead of 415 chat messages/s (measured).
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": env.str("TEST_DATABASE", default="test_contactcentre")},
    }
}

# --- Redis: broker, pushes to sockets, cache. May be flushed at any time without losing data -----------------------

REDIS_URL = _required("REDIS_URL", _embedded("redis_url")) or "redis://127.0.0.1:9/0"
# Pub/sub ignores Redis' database numbers, so the number is part of the prefix: test workers must not hear each other.
CHANNEL_PREFIX = "contactcentre-" + REDIS_URL.rsplit("/", 1)[-1]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "global_keyprefix": "celery-",
}
CELERY_TASK_TIME_LIMIT = 300
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = beat_schedule()

# --- People and sign-in -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "agents.Agent"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if TESTING:  # the real one is slow on purpose, and tests make thousands of people
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "contactcentre.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# People are added by an administrator, who vouches for the address; there is nothing to verify and no sign-up.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_PREVENT_ENUMERATION = True
# The address as the proxy in front saw it. Zero proxies when served directly.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"

# --- Web security -------------------------------------------------------------------------------------------------

SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE and env.bool("SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if env.int("TRUSTED_PROXIES", default=0):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF, BASE_URL.replace("http", "ws", 1)],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}

# --- Mail ---------------------------------------------------------------------------------------------------------

SMTP_HOST: str = env.str("SMTP_HOST", default="127.0.0.1")
SMTP_PORT: int = env.int("SMTP_PORT", default=2525)
# A certificate (whole chain) and its key switch STARTTLS on. LMTP_LISTEN: "host:port" or the path of a socket.
SMTP_TLS_CERT: str = env.str("SMTP_TLS_CERT", default="")
SMTP_TLS_KEY: str = env.str("SMTP_TLS_KEY", default="")
SMTP_TLS_REQUIRED: bool = env.bool("SMTP_TLS_REQUIRED", default=False)
LMTP_LISTEN: str = env.str("LMTP_LISTEN", default="")
# Providers that post mail to /mail/webhooks/: django-anymail's settings, whose secrets switch them on.
ANYMAIL: dict[str, Any] = env.json("ANYMAIL", default={})
MAIL_SINK_PORT: int = env.int("MAIL_SINK_PORT", default=2526)
# Where outgoing mail leaves, for mailboxes without a relay of their own: smtp://user:password@host:port
EMAIL_URL: str = _required("EMAIL_URL", f"smtp://127.0.0.1:{MAIL_SINK_PORT}")
vars().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 30
# Relays whose Authentication-Results are believed (RFC 8601), and addresses of relays in front of the intake.
MAIL_AUTHSERV_IDS: list[str] = env.list("MAIL_AUTHSERV_IDS", default=[])
MAIL_RELAYS: list[str] = env.list("MAIL_RELAYS", default=[])
# Ask the DNS for SPF, DKIM and DMARC where no such relay has spoken.
MAIL_SENDER_CHECKS: bool = env.bool("MAIL_SENDER_CHECKS", default=not LOCAL)
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="Contact Centre <no-reply@example.com>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Limits -------------------------------------------------------------------------------------------------------

ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=25 * 1024 * 1024)
EMAIL_MAX_BYTES = env.int("EMAIL_MAX_BYTES", default=50 * 1024 * 1024)
# A console that has been closed this long gives the chats of its agent back to their line.
HAND_BACK_SECONDS = env.int("HAND_BACK_SECONDS", default=120)
# The same for written contacts that nobody has answered: longer than a break, shorter than a customer's patience.
HAND_BACK_WRITTEN_SECONDS = env.int("HAND_BACK_WRITTEN_SECONDS", default=7200)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- Files --------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "core.storage.DurableFileStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = LOCAL
WHITENOISE_AUTOREFRESH = LOCAL

# --- Language and time --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("id", _("Indonesian")),
    ("el", _("Greek")),
    ("zh-hans", _("Chinese")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- API ----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.AgentRate"],
    "DEFAULT_THROTTLE_RATES": {"user": "600/min"},
    "EXCEPTION_HANDLER": "api.errors.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": SITE_NAME,
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# --- Logs and metrics ---------------------------------------------------------------------------------------------

METRICS_TOKEN: str = _required("METRICS_TOKEN", "-")
_check_nothing_is_missing()
PROMETHEUS_EXPORT_MIGRATIONS = False
DJANGO_STRUCTLOG_CELERY_ENABLED = True
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if LOCAL else "json")
LOGGING = logging_config(LOG_FORMAT, level=env.str("LOG_LEVEL", default="WARNING" if TESTING else "INFO"), local=LOCAL)
configure_structlog()
