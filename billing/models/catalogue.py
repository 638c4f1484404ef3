"""Services (the price list) and tags."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.rules.limits import CATEGORY_LENGTH, CODE_LENGTH, DESCRIPTION_LENGTH, TAG_LENGTH
from clinic.db.fields import BaseModel, RateField
from clinic.domain.amounts import MAX_MONEY, MAX_PERCENT
from clinic.domain.text import comparison_key, distinct, search_text, search_words


class ServiceQuerySet(models.QuerySet["Service"]):
    def matching(self, text: str) -> Self:
        """Services with every word in the code, description or category; case and accents are ignored."""
        return self.filter(*(models.Q(search_text__contains=word) for word in search_words(text)))


class Service(BaseModel):
    """A row of the price list: the default text, price and tax of an item."""

    code = models.CharField(max_length=CODE_LENGTH, verbose_name=_("code"))
    description = models.CharField(max_length=DESCRIPTION_LENGTH, verbose_name=_("description"))
    category = models.CharField(max_length=CATEGORY_LENGTH, blank=True, verbose_name=_("category"))
    unit_price = RateField(
        help_text=_("Per unit, with up to four decimal places, in the clinic's currency."), verbose_name=_("unit price")
    )
    tax_rate = RateField(
        default=Decimal("0.0000"), help_text=_("In percent; 0 for tax-exempt health care."), verbose_name=_("tax rate")
    )
    active = models.BooleanField(default=True, verbose_name=_("active"))
    # computed by save()
    code_key = models.TextField(null=True, unique=True, editable=False)
    description_key = models.TextField(default="", db_default="", editable=False)
    category_key = models.TextField(default="", db_default="", editable=False)
    search_text = models.TextField(blank=True, editable=False)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["code_key", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unit_price__gte=0, unit_price__lte=MAX_MONEY),
                name="service_unit_price_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(tax_rate__gte=0, tax_rate__lte=MAX_PERCENT), name="service_tax_rate_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"

    def clean(self) -> None:
        if self.has_taken_code():
            raise ValidationError({"code": _("This code belongs to another service.")})

    def has_taken_code(self) -> bool:
        """Return whether another service has the same code, as `comparison_key` compares them."""
        return Service.objects.filter(code_key=comparison_key(self.code)).exclude(pk=self.pk).exists()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.code_key = comparison_key(self.code)
        self.description_key = comparison_key(self.description)
        self.category_key = comparison_key(self.category)
        self.search_text = search_text(self.code, self.description, self.category)
        super().save(*args, **kwargs)


class TagQuerySet(models.QuerySet["Tag"]):
    def matching(self, text: str) -> Self:
        """Tags with every word in the name; case and accents are ignored."""
        return self.filter(*(models.Q(key__contains=word) for word in search_words(text)))

    def get_or_create_named(self, names: Iterable[str]) -> list["Tag"]:
        """Return the tags with these names, created where they are new; the first spelling of a name is kept."""
        names_by_key = distinct(names)
        if not names_by_key:
            return []
        known = {tag.key: tag for tag in self.filter(key__in=names_by_key)}
        # in the order of their keys: two requests that create the same tags wait for each other in one direction only
        missing = [Tag(name=names_by_key[key], key=key) for key in sorted(names_by_key.keys() - known.keys())]
        if missing:
            Tag.objects.bulk_create(missing, ignore_conflicts=True)
            known = {tag.key: tag for tag in self.filter(key__in=names_by_key)}
        return sorted(known.values(), key=lambda tag: tag.key)


class Tag(BaseModel):
    """A label of invoices."""

    name = models.CharField(max_length=TAG_LENGTH, verbose_name=_("name"))
    key = models.TextField(unique=True, editable=False)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["key", "pk"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.has_taken_name():
            raise ValidationError({"name": _("A tag with this name already exists.")})

    def has_taken_name(self) -> bool:
        """Return whether another tag has the same name, as `comparison_key` compares them."""
        return Tag.objects.filter(key=comparison_key(self.name)).exclude(pk=self.pk).exists()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = comparison_key(self.name)
        super().save(*args, **kwargs)
