"""Settings of the product: those read from the environment, which `.env.example` lists, and fixed ones."""

import contextlib
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_noop

from clinic.databases import database_of_url
from clinic.environment import demo_secret, flag, text, whole, words

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"  # the SQLite database, the demo's secret, collected static files; not in git


# -- The clinic

CLINIC_DEMO = flag("CLINIC_DEMO")
CLINIC_NAME = text("CLINIC_NAME", "Clinic")
CLINIC_ADDRESS = text("CLINIC_ADDRESS").replace("\\n", "\n")
CLINIC_TIME_ZONE = text("CLINIC_TIME_ZONE", "UTC")
CLINIC_CURRENCY = text("CLINIC_CURRENCY", "EUR")
CLINIC_COUNTRY = text("CLINIC_COUNTRY").upper()
PAYMENT_TERMS_DAYS = whole("PAYMENT_TERMS_DAYS", 30, most=3650)
BACKDATE_DAYS = whole("BACKDATE_DAYS", 365, most=36500)


# -- The secret

SECRET_KEY = text("SECRET_KEY")
START_REFUSED = ""  # the message with which the server and manage.py refuse to start
if not SECRET_KEY and CLINIC_DEMO:
    SECRET_KEY = demo_secret(VAR / "demo-secret")
elif not SECRET_KEY:
    # For the tests and for commands that read no records, such as `check`.
    SECRET_KEY = get_random_secret_key()
    START_REFUSED = (
        "SECRET_KEY is not set. Set SECRET_KEY, or SECRET_KEY_FILE to a file that holds it, to at least 50 "
        "random characters (python3 -c 'import secrets; print(secrets.token_urlsafe(64))'), or set "
        "CLINIC_DEMO=1 to try the product with made-up data."
    )


# -- Hosts, HTTPS, cookies and headers

DEBUG = False
ALLOWED_HOSTS = words("ALLOWED_HOSTS")
if CLINIC_DEMO:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
# Addresses or networks of the reverse proxies whose X-Forwarded-* headers are trusted (clinic/web/server.py).
TRUSTED_PROXIES = words("TRUSTED_PROXIES")
SECURE_SSL_REDIRECT = not CLINIC_DEMO
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)/?$"]  # monitoring connects without TLS (clinic/api/probes.py)
SECURE_HSTS_SECONDS = 0 if CLINIC_DEMO else 365 * 24 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# With the prefix __Host-, a browser accepts the cookie only over HTTPS, and only from this host.
SESSION_COOKIE_NAME = "sessionid" if CLINIC_DEMO else "__Host-sessionid"
SESSION_COOKIE_SECURE = not CLINIC_DEMO
CSRF_COOKIE_NAME = "csrftoken" if CLINIC_DEMO else "__Host-csrftoken"
CSRF_COOKIE_SECURE = not CLINIC_DEMO
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "clinic.admin.sessions.csrf_failure_view"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # computers at the clinic are shared
SESSION_COOKIE_AGE = 12 * 3600  # seconds after the login
SESSION_IDLE_SECONDS = 3600  # seconds without a request

# Origins of web pages that may call the API from a browser (clinic/web/headers.py).
CORS_ALLOWED_ORIGINS = words("CORS_ALLOWED_ORIGINS")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {name: ["'none'"] for name in ("default-src", "base-uri", "form-action", "frame-ancestors")}
}
ADMIN_CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **{name: ["'none'"] for name in ("default-src", "base-uri", "frame-ancestors")},
        **{name: ["'self'"] for name in ("font-src", "connect-src", "form-action")},
        "script-src": ["'self'", "'unsafe-eval'"],  # the theme's Alpine evaluates attributes; no script is inline
        "style-src": ["'self'", "'unsafe-inline'"],  # the theme's colours, and widths that its scripts set
        "img-src": ["'self'", "data:"],
    }
}
# Addresses or networks that may read /metrics.
METRICS_ALLOWED = words("METRICS_ALLOWED") or ["127.0.0.1", "::1"]
# Folder of the files from which /metrics adds up the counts of all workers.
PROMETHEUS_MULTIPROC_DIR = text("PROMETHEUS_MULTIPROC_DIR")
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # the owner of the domain decides about HSTS for its other hosts
    "security.W021",  # and about the browsers' preload list
    "oauth2_provider.W002",  # the API's contract requires the password grant
    # the library's grace period returns the token issued before, of which a hash is stored; ClinicOAuth2Validator
    # issues another one
    "oauth2_provider.E001",
]

# Limits of one request, which a clinic may lower.
MAX_BODY_BYTES = DATA_UPLOAD_MAX_MEMORY_SIZE = whole("MAX_BODY_BYTES", 1024 * 1024, least=1024, most=100_000_000)
MAX_JSON_DEPTH = whole("MAX_JSON_DEPTH", 32, least=4, most=100)
MAX_INVOICE_ITEMS = whole("MAX_INVOICE_ITEMS", 500, least=1, most=500)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000 + 12 * MAX_INVOICE_ITEMS  # the form of a draft has a dozen fields for each item
MAX_PAGE = whole("MAX_PAGE", 500, least=1, most=500)

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
APPEND_SLASH = False  # a redirected PUT loses its body

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # the theme stands before the admin, whose templates it replaces
    "unfold.contrib.filters",
    "clinic.apps.AdminConfig",
    *(f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions", "messages", "staticfiles")),
    "rest_framework",
    "oauth2_provider",
    "axes",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "clinic",
    "patients",
    "billing",
]

MIDDLEWARE = [
    "clinic.web.request_id.RequestIdMiddleware",  # first, so that every response has a request id
    "clinic.web.request_log.RequestLogMiddleware",
    "clinic.web.security_log.SecurityLogMiddleware",
    "clinic.web.metrics.MetricsMiddleware",
    "clinic.web.headers.HeadersMiddleware",
    "clinic.web.headers.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "clinic.api.probes.ProbesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.web.headers.CorsMiddleware",
    "clinic.web.admin_only.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "clinic.web.admin_only.AuthenticationMiddleware",
    "clinic.web.locale.AdminLocaleMiddleware",
    "clinic.admin.sessions.SessionLimitsMiddleware",
    "clinic.web.admin_only.MessageMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it replaces the response of a login that is locked out
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
            ]
        },
    }
]

FORM_RENDERER = "clinic.admin.form_errors.FormRenderer"
# The theme of the admin, which calls the named functions for every page.
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Clinic Billing",
    "SITE_HEADER": "Clinic Billing",
    "SITE_SUBHEADER": "clinic.admin.theme.clinic_name",
    "SITE_ICON": "clinic.admin.theme.logo",
    "SITE_FAVICONS": "clinic.admin.theme.favicons",
    "COLORS": "clinic.admin.theme.colours",
    "ENVIRONMENT": "clinic.admin.theme.environment",
    "STYLES": [
        "clinic.admin.theme.style_sheet",
        "clinic.admin.theme.lists_style_sheet",
        "billing.admin.assets.dialogs_style",
    ],
    "SCRIPTS": [
        "clinic.admin.theme.script",
        "clinic.admin.theme.search_script",
        "billing.admin.assets.dialogs_script",
        "billing.admin.assets.shortcuts_script",
    ],
    "SHOW_LANGUAGES": True,
    "COMMAND": {"show_history": False},  # the history would store patients' names in the browser
    "SIDEBAR": {"show_search": True, "command_search": True, "navigation": "clinic.admin.sidebar.theme_navigation"},
}

# -- The database

# Whether a pooler in transaction mode, such as PgBouncer, stands before PostgreSQL.
DATABASE_POOLER = flag("DATABASE_POOLER")
# Seconds after which PostgreSQL cancels a statement of a request; 0 is no limit (clinic/web/server.py).
STATEMENT_TIMEOUT = whole("STATEMENT_TIMEOUT", 5, most=3600)

DATABASE_URL = text("DATABASE_URL")
if not DATABASE_URL:
    with contextlib.suppress(OSError):
        VAR.mkdir(mode=0o700, exist_ok=True)  # it contains data of patients
DATABASES = {
    "default": database_of_url(DATABASE_URL or "sqlite:///var/clinic.sqlite3", folder=BASE_DIR, pooler=DATABASE_POOLER)
}
# A streaming replica of the same PostgreSQL, for lists (clinic/db/replica.py).
REPLICA_DATABASE_URL = text("REPLICA_DATABASE_URL")
if REPLICA_DATABASE_URL:
    if not DATABASE_URL.startswith("postgres") or not REPLICA_DATABASE_URL.startswith("postgres"):
        raise ImproperlyConfigured("REPLICA_DATABASE_URL needs PostgreSQL: it names a replica of DATABASE_URL.")
    DATABASES["replica"] = database_of_url(
        REPLICA_DATABASE_URL, folder=BASE_DIR, pooler=DATABASE_POOLER, variable="REPLICA_DATABASE_URL"
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# -- Users and applications

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# The last is for generated secrets of applications alone (OAUTH2_PROVIDER["CLIENT_SECRET_HASHER"]).
PASSWORD_HASHERS = [*global_settings.PASSWORD_HASHERS, "clinic.api.auth.client_secrets.GeneratedSecretHasher"]

# Seconds for which a refresh token stays good after its use: the answer may have been lost, or two tabs use it at once.
REFRESH_GRACE_SECONDS = whole("REFRESH_GRACE_SECONDS", 10, most=60)

# The client id of the public application that token requests without `client_id` are of; empty: none.
DEFAULT_OAUTH_CLIENT = text("DEFAULT_OAUTH_CLIENT", "demo" if CLINIC_DEMO else "")

OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"  # the target of foreign keys in clinic/models/
OAUTH2_PROVIDER: dict[str, Any] = {
    "OAUTH2_VALIDATOR_CLASS": "clinic.api.auth.oauth_validator.ClinicOAuth2Validator",
    "SCOPES": {
        "invoice:read": gettext_noop("Read invoices, their documents and events"),
        "invoice:write": gettext_noop("Draft, issue, void, credit and correct invoices"),
        "payment:write": gettext_noop("Take, allocate, refund and reverse payments"),
        "writeoff:write": gettext_noop("Write invoices off and reinstate them"),
        "patient:read": gettext_noop("Read patients and appointments"),
        "patient:write": gettext_noop("Change patients and appointments"),
    },
    "CLIENT_SECRET_HASHER": "generated_secret_sha256",
    "SCOPES_BACKEND_CLASS": "clinic.api.auth.scopes.ApplicationScopesBackend",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 15 * 60,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 14 * 24 * 3600,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,  # a refresh token that is used twice revokes its family
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": REFRESH_GRACE_SECONDS,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    **{  # the recommendations of RFC 9700: no token in a URL, only checksums in the database, and others
        f"COMPLIANT_BCP_RFC9700_{rule}": True
        for rule in """ACCESS_TOKEN_TRANSPORT AUTHZ_RESPONSE_ISS IMPLICIT_GRANT PKCE_METHOD PKCE_REQUIRED
        REDIRECT_URI_MATCHING REDIRECT_URI_SCHEME REFRESH_TOKEN TOKEN_STORAGE""".split()
    },
}

# Seconds for which a worker may cache a token and its user; with 0, all workers refuse a revoked token at once.
TOKEN_CACHE_SECONDS = whole("TOKEN_CACHE_SECONDS", 0, most=5)

# Requests per minute, counted by each worker for itself (clinic/api/auth/throttles.py); 0 is no limit.
THROTTLE_USER = 0 if CLINIC_DEMO else whole("THROTTLE_USER", 600, most=1_000_000)
THROTTLE_CLIENT = 0 if CLINIC_DEMO else whole("THROTTLE_CLIENT", 6000, most=1_000_000)
# The same at /o/: new tokens of one user, and requests of one application from one address.
THROTTLE_TOKEN_USER = 0 if CLINIC_DEMO else whole("THROTTLE_TOKEN_USER", 60, most=1_000_000)
THROTTLE_TOKEN_CLIENT = 0 if CLINIC_DEMO else whole("THROTTLE_TOKEN_CLIENT", 600, most=1_000_000)

# Names with a wrong password within AXES_COOLOFF_TIME, from one address and overall, after which the logins of others
# are refused (clinic/web/login_budgets.py).
LOGIN_NAMES_PER_ADDRESS = whole("LOGIN_NAMES_PER_ADDRESS", 10, least=1, most=10_000)
LOGIN_NAMES_OVERALL = whole("LOGIN_NAMES_OVERALL", 100, least=1, most=100_000)

# Login lockout by username and address (clinic/web/lockout.py).
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "clinic.web.login_budgets.PasswordBackend"]
AXES_HANDLER = "clinic.web.lockout.LockoutHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "clinic.web.lockout.attempted_username"
AXES_CLIENT_IP_CALLABLE = "clinic.web.lockout.client_address"
AXES_LOCKOUT_CALLABLE = "clinic.web.lockout.lockout_response"
AXES_ENABLE_ADMIN = False  # clinic/admin/lockouts.py has a page of its own
AXES_VERBOSE = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["clinic.api.auth.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["clinic.api.auth.authentication.ActionPermission"],
    "DEFAULT_PARSER_CLASSES": ["clinic.api.requests.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["clinic.api.responses.renderers.OrjsonRenderer"],
    "EXCEPTION_HANDLER": "clinic.api.responses.errors.problem_response",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "COERCE_DECIMAL_TO_STRING": False,
    "URL_FORMAT_OVERRIDE": None,  # `format` is no known query parameter
    "DEFAULT_SCHEMA_CLASS": "clinic.api.schema.operations.OperationSchema",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Clinic Billing",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "DEFAULT_GENERATOR_CLASS": "clinic.api.schema.generator.Generator",
    "SORT_OPERATIONS": False,  # in the order of clinic/urls.py
    "LICENSE": {"name": "BSD 3-Clause", "identifier": "BSD-3-Clause"},
    "SERVERS": [{"url": "/", "description": "This clinic."}],
    "POSTPROCESSING_HOOKS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"displayRequestDuration": True, "tryItOutEnabled": True},
    "SWAGGER_UI_OAUTH2_CONFIG": {"clientId": "demo" if CLINIC_DEMO else ""},
}


# -- Time, language, static files

USE_TZ = True
TIME_ZONE = "UTC"  # of stored datetimes; CLINIC_TIME_ZONE is that of the clinic
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # of the admin; the API is in English (clinic/web/locale.py)
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "clinic.i18n.formats"
LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE, LANGUAGE_COOKIE_SECURE = True, "Lax", not CLINIC_DEMO
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
WHITENOISE_USE_FINDERS = CLINIC_DEMO  # the demo serves static files without `collectstatic`
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}


# -- Logs: lines of JSON on stderr, without the contents of requests (clinic/web/request_log.py)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "clinic.web.request_log.json_formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django.request": {"level": "CRITICAL"},  # its lines contain paths; clinic.requests has a line without them
        "django.security": {"level": "CRITICAL"},  # likewise
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # scanners cause such lines all the time
        "oauth2_provider": {"level": "ERROR"},  # it warns at every password grant, which the API's contract requires
        "axes": {"level": "CRITICAL"},  # clinic.security has a line without the username
        "clinic.exports": {"level": "INFO"},
        "clinic.jobs": {"level": "INFO"},
        "clinic.requests": {"level": "INFO"},
        "clinic.security": {"level": "INFO"},
    },
}
