"""App of the project: its tables, system checks and admin."""

from django.apps import AppConfig
from django.contrib.admin import apps
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class AdminConfig(apps.AdminConfig):
    """Django's admin with the site of this product."""

    default = False
    default_site = "clinic.admin.site.ClinicAdminSite"


class ClinicConfig(AppConfig):
    name = "clinic"
    default = True
    verbose_name = _("Clinic")

    def ready(self) -> None:
        from clinic import checks  # noqa: F401  # importing registers them
        from clinic.admin import applications, jobs, lockouts, users  # noqa: F401  # importing registers their pages
        from clinic.api.auth.token_lookup import clear_token_cache_on_changes
        from clinic.db.postgres import register_fast_timestamptz_loader
        from clinic.db.transactions import assign_connection_id

        clear_token_cache_on_changes()
        connection_created.connect(assign_connection_id)
        connection_created.connect(register_fast_timestamptz_loader)
