"""The project as an app: the shared ground's tables, and the checks that guard a deployment."""

from django.apps import AppConfig
from django.contrib.admin import apps
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class AdminConfig(apps.AdminConfig):
    """Django's admin, as this product's back office."""

    default = False
    default_site = "clinic.admin.site.ClinicAdminSite"


class ClinicConfig(AppConfig):
    name = "clinic"
    default = True
    verbose_name = _("Clinic")

    def ready(self) -> None:
        from clinic import checks  # noqa: F401  # importing registers them
        from clinic.admin import applications, lockouts, users  # noqa: F401  # the same: their pages
        from clinic.api.auth.token_cache import forget_on_change
        from clinic.db.transactions import number_connections, read_moments_quickly

        forget_on_change()
        connection_created.connect(number_connections)
        connection_created.connect(read_moments_quickly)
