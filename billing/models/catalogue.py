"""Services (the price list) and tags."""

import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.rules.limits import CATEGORY_LENGTH, CODE_LENGTH, DESCRIPTION_LENGTH, TAG_LENGTH
from clinic.db.fields import BaseModel, RateField
from clinic.db.search import normalise, search_words
from clinic.domain.amounts import MAX_MONEY


class ServiceQuerySet(models.QuerySet["Service"]):
    def matching(self, text: str) -> Self:
        """Services in whose code, description or category every word occurs; case and accents are ignored."""
        return self.filter(*(models.Q(search_text__contains=word) for word in search_words(text)))


class Service(BaseModel):
    """A row of the price list: the default text, price and tax of an item."""

    code = models.CharField(max_length=CODE_LENGTH, unique=True, verbose_name=_("code"))
    description = models.CharField(max_length=DESCRIPTION_LENGTH, verbose_name=_("description"))
    category = models.CharField(max_length=CATEGORY_LENGTH, blank=True, verbose_name=_("category"))
    unit_price = RateField(
        help_text=_("Per unit, four decimals, in the clinic's currency."), verbose_name=_("unit price")
    )
    tax_rate = RateField(
        default=Decimal("0.0000"), help_text=_("Percent; 0 where health care is exempt."), verbose_name=_("tax rate")
    )
    active = models.BooleanField(default=True, verbose_name=_("active"))
    search_text = models.TextField(blank=True, editable=False)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["code", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unit_price__gte=0, unit_price__lte=MAX_MONEY),
                name="service_unit_price_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(tax_rate__gte=0, tax_rate__lte=100), name="service_tax_rate_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = normalise(f"{self.code} {self.description} {self.category}")
        super().save(*args, **kwargs)


def tag_key(word: str) -> str:
    """Return the key by which two spellings of one tag are equal.

    Composed, without case and outer blanks; accents count: a tag is a word, not a search.
    """
    return unicodedata.normalize("NFC", word.strip().casefold())


class TagQuerySet(models.QuerySet["Tag"]):
    def matching(self, text: str) -> Self:
        """Tags in which every word occurs; case is ignored."""
        return self.filter(*(models.Q(key__contains=tag_key(word)) for word in text.split()))

    def get_or_create_named(self, names: Iterable[str]) -> list["Tag"]:
        """Return the tags with these names, created where they are new; the first spelling of a name is kept."""
        names_by_key: dict[str, str] = {}
        for name in names:
            names_by_key.setdefault(tag_key(name), name.strip())
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
    key = models.CharField(max_length=3 * TAG_LENGTH, unique=True, editable=False)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["key", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = tag_key(self.name)
        super().save(*args, **kwargs)
