"""All settings, from the environment. Business thresholds are rows in the database, not settings."""

import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from crm_site import embedded
from crm_site.environment import env_bool, env_int, env_secret, env_str
from crm_site.places import BASE_DIR, data_dir, push_port

DATA_DIR = data_dir()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env_bool("CRM_DEBUG", False)
DEMO = env_bool("CRM_DEMO", True)
HTTPS = env_bool("CRM_HTTPS", False)
SECRET_KEY = env_secret("CRM_SECRET_KEY", DATA_DIR)
ALLOWED_HOSTS = [host for host in env_str("CRM_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in env_str("CRM_ORIGINS").split(",") if origin]
PORT = env_int("CRM_PORT", 8000)
BASE_URL = env_str("CRM_BASE_URL", f"http://127.0.0.1:{PORT}")
# Where browsers find the push process: an address behind the same proxy, or its own port on the host they asked.
PUSH_PORT = push_port(PORT)
PUSH_URL = env_str("CRM_PUSH_URL")
PUSH_CHANNEL = "atrium:push"
PUSH_SOURCES = [PUSH_URL] if PUSH_URL else [f"http://{host}:{PUSH_PORT}" for host in ALLOWED_HOSTS if ":" not in host]

# Apps ---------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "crm_site.admin_site.AtriumAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "import_export",
    "ninja",
    "template_partials",
    # Ours, from the ground up.
    "stores",
    "staff",
    "workflow",
    "members",
    "sales",
    "loyalty",
    "suppliers",
    "campaigns",
    "callcenter",
    "crm_site",
]

MIDDLEWARE = [
    "crm_site.middleware.ServerTimingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "crm_site.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crm_site.middleware.DomainErrorMiddleware",
    "workflow.middleware.ChoiceMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "crm_site.urls"
WSGI_APPLICATION = "crm_site.wsgi.application"
ASGI_APPLICATION = "crm_site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm_site.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "crm_site.templatetags.crm"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# Database, broker, cache ----------------------------------------------------------------------------

# A page waits this long for a lock, and no statement of a page runs longer than this; commands and the worker
# set CRM_STATEMENT_TIMEOUT_MS to 0.
LOCK_TIMEOUT_MS = env_int("CRM_LOCK_TIMEOUT_MS", 5_000)
STATEMENT_TIMEOUT_MS = env_int("CRM_STATEMENT_TIMEOUT_MS", 30_000)


def database_from_url(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = query.pop("host", None) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": env_int("CRM_CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "options": f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS}",
            "application_name": "atrium",
            **query,
        },
    }


EMBEDDED_POSTGRES = not env_str("DATABASE_URL")
EMBEDDED_REDIS = not env_str("REDIS_URL")
TESTING = env_str("DJANGO_SETTINGS_MODULE") == "crm_site.settings_test"

DATABASES = {
    "default": database_from_url(
        env_str("DATABASE_URL")
        or embedded.ensure_postgres(DATA_DIR, "pgtest" if TESTING else "pg", durable=not TESTING)
    )
}
ATOMIC_REQUESTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_str("REDIS_URL") or embedded.ensure_redis(DATA_DIR)


def redis_database(number: int, *, broker: bool = False) -> str:
    """The same Redis, another of its numbered databases; Celery spells a socket address its own way."""
    if REDIS_URL.startswith("unix://"):
        scheme = "redis+socket://" if broker else "unix://"
        name = "virtual_host" if broker else "db"
        return f"{scheme}{REDIS_URL.removeprefix('unix://')}?{name}={number}"
    return f"{REDIS_URL.rstrip('/')}/{number}"


CACHES = {
    "default": {
        "BACKEND": "kit.caches.ForgivingRedisCache",
        "LOCATION": redis_database(1),
        "KEY_PREFIX": "atrium",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * 12

CELERY_BROKER_URL = redis_database(0, broker=True)

# People ---------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "staff.backends.RoleBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_ENABLED = env_bool("CRM_LOGIN_LOCKOUT", True)
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "Atrium"
ADMIN_NEEDS_OTP = env_bool("CRM_ADMIN_OTP", False)

# Language and time --------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "atrium_language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["crm_site.formats"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False  # money and counts are written by their own filters

# Static files -------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
ICONS_DIR = BASE_DIR / "node_modules" / "@tabler" / "icons" / "icons"
FONTS_DIR = BASE_DIR / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"  # printed pages
ASSETS_DIR = Path(env_str("CRM_ASSETS_DIR", str(DATA_DIR / "assets")))  # what bin/run takes out of node_modules
if ASSETS_DIR.exists():
    STATICFILES_DIRS.append(("vendor", ASSETS_DIR))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
MEDIA_ROOT = DATA_DIR / "files"
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

# Messages that leave the house --------------------------------------------------------------------

# Hosts that serve one database together share a name: only one installation sends from a database.
INSTALLATION = env_str("CRM_INSTALLATION")
OUTBOX_DIR = DATA_DIR / "outbox"
SMS_BACKEND = env_str("CRM_SMS_BACKEND", "kit.sms.FileBackend")
EMAIL_HOST = env_str("EMAIL_HOST")
EMAIL_PORT = env_int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env_str("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env_str("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = env_bool("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 15
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = OUTBOX_DIR / "email"
DEFAULT_FROM_EMAIL = env_str("CRM_EMAIL_FROM", "Atrium <atrium@localhost>")

# Access to providers of sends (docs/sends.md): never in the database.
ALIYUN_KEY_ID = env_str("CRM_ALIYUN_KEY_ID")
ALIYUN_KEY_SECRET = env_str("CRM_ALIYUN_KEY_SECRET")
ALIYUN_URL = env_str("CRM_ALIYUN_URL", "https://dysmsapi.aliyuncs.com")
TENCENT_KEY_ID = env_str("CRM_TENCENT_KEY_ID")
TENCENT_KEY_SECRET = env_str("CRM_TENCENT_KEY_SECRET")
TENCENT_SMS_APP = env_str("CRM_TENCENT_SMS_APP")
TENCENT_REGION = env_str("CRM_TENCENT_REGION", "ap-guangzhou")
TENCENT_URL = env_str("CRM_TENCENT_URL", "https://sms.tencentcloudapi.com")
# An e-mail service in place of SMTP, through django-anymail: Mailgun.
MAIL_SERVICE = env_str("CRM_MAIL_SERVICE")
MAIL_SERVICE_KEY = env_str("CRM_MAIL_SERVICE_KEY")
if MAIL_SERVICE not in ("", "mailgun"):
    raise ImproperlyConfigured(f"CRM_MAIL_SERVICE must be mailgun, not {MAIL_SERVICE!r}.")
ANYMAIL = {
    "MAILGUN_API_KEY": MAIL_SERVICE_KEY,
    "MAILGUN_API_URL": env_str("CRM_MAIL_SERVICE_URL", "https://api.mailgun.net/v3"),
    "MAILGUN_SENDER_DOMAIN": env_str("CRM_MAIL_SERVICE_DOMAIN") or None,
    "MAILGUN_WEBHOOK_SIGNING_KEY": env_str("CRM_MAIL_SERVICE_HOOK_KEY") or MAIL_SERVICE_KEY,
}
# An SMPP 3.4 gateway; what it tells us comes in through `manage.py listen_smpp`.
SMPP_HOST = env_str("CRM_SMPP_HOST")
SMPP_PORT = env_int("CRM_SMPP_PORT", 2775)
SMPP_USER = env_str("CRM_SMPP_USER")
SMPP_PASSWORD = env_str("CRM_SMPP_PASSWORD")
SMPP_TLS = env_bool("CRM_SMPP_TLS", False)
SMPP_SOURCE = env_str("CRM_SMPP_SOURCE")

# The manager port of an Asterisk: `manage.py listen_asterisk`, and dialling through it.
AMI_HOST = env_str("CRM_AMI_HOST")
AMI_PORT = env_int("CRM_AMI_PORT", 5038)
AMI_USER = env_str("CRM_AMI_USER")
AMI_SECRET = env_str("CRM_AMI_SECRET")
AMI_CONTEXT = env_str("CRM_AMI_CONTEXT", "from-internal")

# Safety -------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("CRM_BEHIND_PROXY", False) else None
CSRF_FAILURE_VIEW = "crm_site.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src-elem": [SELF],
        # Bar widths are style attributes; no stylesheet or script may be inline.
        "style-src-attr": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF, *PUSH_SOURCES],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS = [] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]

# What the panels of a page do when one of them breaks: show a quiet card (here) or raise (tests).
PANELS_RAISE = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env_str("CRM_LOG_LEVEL", "WARNING")},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
