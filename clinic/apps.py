"""The project as an app: the shared ground's tables, and the checks that guard a deployment."""

from django.apps import AppConfig


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"

    def ready(self) -> None:
        from clinic import checks  # noqa: F401  # importing registers them
        from clinic.api.bearer import forget_on_change

        forget_on_change()
