"""ApplicationScopes: the scopes that an OAuth application may request."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.settings import oauth2_settings


def check_scopes(scopes: str) -> None:
    """Raise ValidationError if a word is no scope."""
    if unknown := sorted(set(scopes.split()) - set(oauth2_settings.SCOPES)):
        raise ValidationError(_("Unknown scope: %(names)s."), params={"names": ", ".join(unknown)})


class ApplicationScopes(models.Model):
    """The scopes that an application may request; without such a row, every scope."""

    application = models.OneToOneField(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        on_delete=models.CASCADE,
        related_name="allowed",
        verbose_name=_("application"),
    )
    scopes = models.CharField(
        max_length=200,
        blank=True,
        validators=[check_scopes],
        help_text=_("Scopes, separated by spaces; empty: none."),
        verbose_name=_("scopes"),
    )

    class Meta:
        verbose_name = _("application scopes")
        verbose_name_plural = _("application scopes")

    def __str__(self) -> str:
        return f"{self.application}: {self.scopes}"
