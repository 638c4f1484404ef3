"""System checks of a deployment, each with an id and a hint.

Checks of the code run always; those of the environment run with `manage.py check --deploy`, those of the records with
`--database default`. The server runs all of them when it starts.
"""

import ipaddress
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.db import connections
from phonenumbers import SUPPORTED_REGIONS

# ISO 4217: the currencies that have two decimals, and those that have none or three.
TWO_DECIMALS = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP
    CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
    MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE
    SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR
    ZMW ZWG
    """.split()
)
OTHER_DECIMALS = frozenset(
    """
    BHD BIF CLP DJF GNF IQD ISK JOD JPY KMF KRW KWD LYD OMR PYG RWF TND UGX VND VUV XAF XOF XPF
    """.split()
)

# An origin as a browser sends it: no path, no capitals, no wildcard.
ORIGIN = re.compile(r"https?://([a-z0-9-]+\.)*[a-z0-9-]+(:[0-9]{1,5})?")

# The usernames that `manage.py demo` creates, all with the password `demo`.
DEMO_LOGINS = ("admin", "supervisor", "clerk", "auditor", "patient", "system")


@register
def check_time(**_: object) -> list[CheckMessage]:
    """Check that datetimes are stored in UTC, and that the clinic's time zone exists."""
    found: list[CheckMessage] = []
    if not settings.USE_TZ or settings.TIME_ZONE != "UTC":
        hint = "Do not change USE_TZ and TIME_ZONE; CLINIC_TIME_ZONE sets the clinic's own time zone."
        found.append(Error("Datetimes are not stored in UTC.", hint=hint, id="clinic.E001"))
    try:
        ZoneInfo(settings.CLINIC_TIME_ZONE)
    except (KeyError, ValueError, OSError):
        message = f"CLINIC_TIME_ZONE “{settings.CLINIC_TIME_ZONE}” is not a known time zone."
        hint = "Use a name of the IANA database, such as Europe/Berlin; the package tzdata provides it."
        found.append(Error(message, hint=hint, id="clinic.E002"))
    return found


@register
def check_currency(**_: object) -> list[CheckMessage]:
    """Check that the currency has two decimals: amounts are stored in hundredths."""
    code = settings.CLINIC_CURRENCY
    if code in TWO_DECIMALS:
        return []
    reason = "does not have two decimals" if code in OTHER_DECIMALS else "is not a current code of ISO 4217"
    hint = "Set the code of a currency with two decimals, in capitals, such as EUR."
    return [Error(f"CLINIC_CURRENCY “{code}” {reason}.", hint=hint, id="clinic.E003")]


@register
def check_country(**_: object) -> list[CheckMessage]:
    """Check that the country of telephone numbers is one that has them."""
    code = settings.CLINIC_COUNTRY
    if not code or code in SUPPORTED_REGIONS:
        return []
    hint = "Set the two-letter code of ISO 3166, such as DE, or leave it empty."
    return [Error(f"CLINIC_COUNTRY “{code}” is unknown.", hint=hint, id="clinic.E018")]


@register
def check_database_kind(**_: object) -> list[CheckMessage]:
    """Check that the database is SQLite or PostgreSQL: the triggers are written for these."""
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine in {"clinic.db.backends.sqlite3", "clinic.db.backends.postgresql"}:
        return []
    hint = "DATABASE_URL must begin with postgresql:// or sqlite:///, or be unset (a file in var/)."
    return [Error(f"The database engine {engine} is not supported.", hint=hint, id="clinic.E004")]


@register
def check_addresses(**_: object) -> list[CheckMessage]:
    """Check that trusted proxies, and the readers of /metrics, are given as addresses or networks."""
    found: list[CheckMessage] = []
    hint = "List addresses or networks, separated by commas, such as 127.0.0.1,10.0.0.0/24."
    for setting, id_ in (("TRUSTED_PROXIES", "clinic.E005"), ("METRICS_ALLOWED", "clinic.E012")):
        for address in getattr(settings, setting):
            try:
                ipaddress.ip_network(address)
            except ValueError:
                message = f"{setting}: “{address}” is neither an address nor a network."
                found.append(Error(message, hint=hint, id=id_))
    return found


@register
def check_origins(**_: object) -> list[CheckMessage]:
    """Check that each allowed origin is written as a browser sends it, and uses HTTPS."""
    found: list[CheckMessage] = []
    hint = "List scheme and host, with the port if it is not the default: https://app.example.org."
    for origin in settings.CORS_ALLOWED_ORIGINS:
        if not ORIGIN.fullmatch(origin):
            found.append(Error(f"CORS_ALLOWED_ORIGINS: “{origin}” is not an origin.", hint=hint, id="clinic.E013"))
        elif origin.startswith("http://") and not settings.CLINIC_DEMO:
            message = f"CORS_ALLOWED_ORIGINS: the pages of “{origin}” are not protected by https."
            found.append(Error(message, hint="Use an https origin.", id="clinic.E014"))
    return found


@register(deploy=True)
def check_metrics_folder(**_: object) -> list[CheckMessage]:
    """Check that the workers can write the files of which /metrics returns the sum."""
    folder = settings.PROMETHEUS_MULTIPROC_DIR
    if not folder:
        hint = "Set PROMETHEUS_MULTIPROC_DIR to a folder that is empty at each start (docs/operations.md)."
        return [checks.Warning("With several workers, /metrics shows only one of them.", hint=hint, id="clinic.W003")]
    if Path(folder).is_dir() and os.access(folder, os.W_OK):
        return []
    hint = "Create the folder before the server starts, for its user only: mkdir -m 700."
    message = f"PROMETHEUS_MULTIPROC_DIR: “{folder}” is not a writable folder."
    return [Error(message, hint=hint, id="clinic.E015")]


@register(Tags.security, deploy=True)
def check_secret(**_: object) -> list[CheckMessage]:
    """Check that the secret, which signs sessions and password links, cannot be guessed."""
    if settings.START_REFUSED:
        return [Error(settings.START_REFUSED, id="clinic.E006")]
    secret = settings.SECRET_KEY
    if len(secret) >= 50 and len(set(secret)) >= 5 and not secret.startswith("django-insecure-"):
        return []
    hint = "Generate one: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"
    return [Error("SECRET_KEY is too easy to guess.", hint=hint, id="clinic.E007")]


@register(Tags.security, deploy=True)
def check_hosts(**_: object) -> list[CheckMessage]:
    """Check that the site's host names are set."""
    if settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS:
        return []
    hint = "Set the host names of the site, such as ALLOWED_HOSTS=billing.example.org."
    return [Error("ALLOWED_HOSTS does not name the site's hosts.", hint=hint, id="clinic.E008")]


@register(Tags.security, deploy=True)
def check_https(**_: object) -> list[CheckMessage]:
    """Check that every request and cookie outside the demo needs TLS."""
    found: list[CheckMessage] = []
    needed = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS")
    off = [name for name in needed if not getattr(settings, name)]
    if settings.DEBUG or (off and not settings.CLINIC_DEMO):
        message = f"Patient data would be transmitted or shown unprotected: {', '.join(off) or 'DEBUG is on'}."
        hint = "Leave these settings as clinic/settings.py derives them from CLINIC_DEMO."
        found.append(Error(message, hint=hint, id="clinic.E009"))
    if not settings.TRUSTED_PROXIES and not settings.CLINIC_DEMO:
        message = "TRUSTED_PROXIES is empty: behind a proxy, every request is redirected to https endlessly."
        hint = "Set the address of the proxy that terminates TLS (docs/operations.md)."
        found.append(checks.Warning(message, hint=hint, id="clinic.W001"))
    return found


@register(Tags.staticfiles, deploy=True)
def check_static_files(**_: object) -> list[CheckMessage]:
    """Check that the admin's static files are collected."""
    if settings.WHITENOISE_USE_FINDERS or any(settings.STATIC_ROOT.glob("*")):
        return []
    hint = "Run manage.py collectstatic --noinput."
    return [checks.Warning("The admin's static files are not collected.", hint=hint, id="clinic.W002")]


@register(Tags.database)
def check_demo_logins(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """Check that no login has the password of the demo, which everyone knows."""
    if settings.CLINIC_DEMO:
        return []
    hint = "Change the password (manage.py changepassword), or use another database."
    return [
        Error(f"The user “{name}” has the demo password.", hint=hint, id="clinic.E010")
        for alias in databases or []
        for name in demo_logins(alias)
    ]


def demo_logins(alias: str) -> Iterator[str]:
    """Yield the usernames of the demo that have its password. Other names are not tried: a hash takes long."""
    users = apps.get_model("auth", "User")
    if users._meta.db_table not in connections[alias].introspection.table_names():
        return  # before the first `migrate`
    known = users._base_manager.using(alias).filter(username__in=DEMO_LOGINS, is_active=True)
    for name, password in known.values_list("username", "password"):
        if check_password("demo", password):
            yield name


@register(Tags.database)
def check_sqlite_guards(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """Check that SQLite runs with foreign keys, recursive triggers and full synchronization."""
    needed: dict[str, Any] = {"foreign_keys": 1, "recursive_triggers": 1, "synchronous": 2}
    found: list[CheckMessage] = []
    for alias in databases or []:
        if connections[alias].vendor != "sqlite":
            continue
        with connections[alias].cursor() as cursor:
            for pragma, value in needed.items():
                cursor.execute(f"PRAGMA {pragma}")
                if cursor.fetchone()[0] != value:
                    message = f"SQLite runs without {pragma}={value}."
                    hint = "Keep the OPTIONS that clinic/settings.py sets for each SQLite database."
                    found.append(Error(message, hint=hint, id="clinic.E011"))
    return found


def startup_findings() -> list[CheckMessage]:
    """Return the messages of all checks of this environment and its database; without `--deploy` in the demo."""
    deploy = not settings.CLINIC_DEMO
    found = run_checks(include_deployment_checks=deploy, databases=["default"])
    return [finding for finding in found if not finding.is_silenced()]
