"""Every setting of the product: what the environment may decide, typed, and what is decided here."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from environ import FileAwareEnv

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"  # the embedded database, the demo's secret, collected static files; never in git
env = FileAwareEnv()  # NAME, or a file that holds it: NAME_FILE


# -- Readers: one name, one type, and a sentence when the value cannot be right


def text(name: str, default: str = "") -> str:
    """The value as it stands, without spaces around it; environ's reader would look up what begins with $."""
    try:
        return str(env.ENVIRON[name]).strip() or default
    except KeyError:
        return default
    except (OSError, UnicodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read: {error}.") from error


def flag(name: str) -> bool:
    """Yes or no; no when absent. Any other word is refused, so that a slip of the pen does not decide."""
    value = text(name, "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not “{value}”.")


def whole(name: str, default: int, *, least: int = 0, most: int) -> int:
    """A whole number between two bounds."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and least <= int(value) <= most):
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not “{value}”.")
    return int(value)


def words(name: str) -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


# -- The clinic

CLINIC_DEMO = flag("CLINIC_DEMO")
CLINIC_NAME = text("CLINIC_NAME", "Clinic")
CLINIC_ADDRESS = text("CLINIC_ADDRESS").replace("\\n", "\n")
CLINIC_TIME_ZONE = text("CLINIC_TIME_ZONE", "UTC")
CLINIC_CURRENCY = text("CLINIC_CURRENCY", "EUR")
PAYMENT_TERMS_DAYS = whole("PAYMENT_TERMS_DAYS", 30, most=3650)
BACKDATE_DAYS = whole("BACKDATE_DAYS", 365, most=36500)


# -- The secret


def demo_secret(path: Path) -> str:
    """The demo's own secret, made once; of several workers that start at once, all get the same one."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)  # only its owner can read it
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        with contextlib.suppress(FileExistsError):  # another worker was first: its secret counts
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text(encoding="ascii")


SECRET_KEY = text("SECRET_KEY")
START_REFUSED = ""  # the sentence with which manage.py and door.py refuse to serve or change anything
if not SECRET_KEY and CLINIC_DEMO:
    SECRET_KEY = demo_secret(VAR / "demo-secret")
elif not SECRET_KEY:
    # For `check`, `makemigrations` and the tests; forgotten with the process.
    SECRET_KEY = get_random_secret_key()
    START_REFUSED = (
        "SECRET_KEY is not set. Set SECRET_KEY, or SECRET_KEY_FILE to a file that holds it, to at least 50 "
        "random characters (python3 -c 'import secrets; print(secrets.token_urlsafe(64))'), or set "
        "CLINIC_DEMO=1 to try the product with made-up data."
    )


# -- The door

DEBUG = False
ALLOWED_HOSTS = words("ALLOWED_HOSTS")
if CLINIC_DEMO:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
# Addresses or networks of the reverse proxies whose X-Forwarded-For and -Proto are believed (door.py).
TRUSTED_PROXIES = words("TRUSTED_PROXIES")
SECURE_SSL_REDIRECT = not CLINIC_DEMO
SESSION_COOKIE_SECURE = not CLINIC_DEMO
CSRF_COOKIE_SECURE = not CLINIC_DEMO
SECURE_HSTS_SECONDS = 0 if CLINIC_DEMO else 365 * 24 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # a desk is shared
SESSION_COOKIE_AGE = 12 * 3600
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for the domain's other hosts is not this product's to decide
    "security.W021",  # nor is the browsers' preload list
    "oauth2_provider.W002",  # the contract's tokens are those of the password grant
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # 500 items with the longest of descriptions fit

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
APPEND_SLASH = False  # a redirected PUT loses its body

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "oauth2_provider",
    "django_filters",
    "clinic",
    "patients",
    "billing",
]

MIDDLEWARE = [
    "clinic.middleware.RequestMiddleware",  # first: every answer names its request
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
            ],
        },
    },
]


# -- The database

# PgBouncer or its like, in transaction mode, stands before PostgreSQL: nothing may outlive a transaction.
DATABASE_POOLER = flag("DATABASE_POOLER")
# Seconds after which PostgreSQL gives up a request's statement; 0 is never; commands have no limit (door.py).
STATEMENT_TIMEOUT = whole("STATEMENT_TIMEOUT", 5, most=3600)


def sqlite(config: dict[str, Any]) -> dict[str, Any]:
    """A SQLite database as the books need it: writers queue, nothing is lost, no trigger is slipped past."""
    if config["NAME"] != ":memory:":  # a relative path is the same file from any folder
        config["NAME"] = str(BASE_DIR / config["NAME"])
    config["OPTIONS"] = {
        **config.get("OPTIONS", {}),
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000; "
            "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON"
        ),
    }
    return config


def postgresql(config: dict[str, Any]) -> dict[str, Any]:
    """A PostgreSQL database with statements prepared at their first use, unless a pooler forbids it."""
    config["OPTIONS"] = {
        **config.get("OPTIONS", {}),
        "server_side_binding": True,
        "prepare_threshold": None if DATABASE_POOLER else 1,
    }
    config["DISABLE_SERVER_SIDE_CURSORS"] = DATABASE_POOLER
    return config


def database(url: str) -> dict[str, Any]:
    """The database that a URL describes, "" for the embedded one; connections are kept and checked."""
    url = url or "sqlite:///var/clinic.sqlite3"
    if url.partition(":")[0] not in {"postgresql", "postgres", "sqlite"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql:// or sqlite:///.")
    try:
        config = dict(env.db_url_config(url))
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}.") from error
    config |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
    return sqlite(config) if config["ENGINE"].endswith("sqlite3") else postgresql(config)


DATABASE_URL = text("DATABASE_URL")
if not DATABASE_URL:
    with contextlib.suppress(OSError):
        VAR.mkdir(mode=0o700, exist_ok=True)  # patients are in there
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# -- People and applications

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

OAUTH2_PROVIDER = {
    "SCOPES": {
        "invoice:read": "Read invoices, their documents and events",
        "invoice:write": "Draft, issue, void, credit and correct invoices",
        "payment:write": "Take, allocate, refund and reverse payments",
        "writeoff:write": "Write invoices off and reinstate them",
        "patient:read": "Read patients and appointments",
        "patient:write": "Change patients and appointments",
    },
    "ACCESS_TOKEN_EXPIRE_SECONDS": 15 * 60,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 14 * 24 * 3600,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,  # a refresh token used twice ends its whole family
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,  # never in a URL
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,  # only checksums are stored
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["clinic.api.auth.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["clinic.api.auth.IsStaff"],
    "DEFAULT_PARSER_CLASSES": ["clinic.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["clinic.api.renderers.OrjsonRenderer"],
    "EXCEPTION_HANDLER": "clinic.api.errors.problem_response",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "COERCE_DECIMAL_TO_STRING": False,
    "URL_FORMAT_OVERRIDE": None,  # `format` is an unknown parameter like any other
}


# -- Time, language, static files

USE_TZ = True
TIME_ZONE = "UTC"  # what is stored; the clinic's own days are those of CLINIC_TIME_ZONE
LANGUAGE_CODE = "en"
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
WHITENOISE_USE_FINDERS = CLINIC_DEMO  # from where they are; a clinic runs `collectstatic`
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}


# -- Logs: to stderr, a line each; what a request carries is never in them

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django.request": {"level": "ERROR"},  # a client's mistake is answered, not logged
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # scanners ask by address all day
        "oauth2_provider": {"level": "ERROR"},  # it warns at every password grant, which is the contract's
    },
}
