"""What the desk picks from: the price list and the tags."""

import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.db.fields import BaseModel, RateField
from clinic.db.search import normalise, search_words
from clinic.domain.amounts import MAX_MONEY


class ServiceQuerySet(models.QuerySet["Service"]):
    def found_by(self, text: str) -> Self:
        """Services in whose code, description or category every word occurs; case and accents are ignored."""
        found = self
        for word in search_words(text):
            found = found.filter(search_text__contains=word)
        return found


class Service(BaseModel):
    """A row of the price list: what an item's text, price and tax start from."""

    code = models.CharField(max_length=50, unique=True, verbose_name=_("code"))
    description = models.CharField(max_length=500, verbose_name=_("description"))
    category = models.CharField(max_length=100, blank=True, verbose_name=_("category"))
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
    """What two spellings of one tag share.

    Composed, without case and outer blanks; accents count: a tag is a word, not a search.
    """
    return unicodedata.normalize("NFC", word.strip().casefold())


class TagQuerySet(models.QuerySet["Tag"]):
    def found_by(self, text: str) -> Self:
        """Tags in which every word occurs; case is ignored."""
        found = self
        for word in text.split():
            found = found.filter(key__contains=tag_key(word))
        return found

    def named(self, words: Iterable[str]) -> list["Tag"]:
        """The tags of these words, made where they are new; in the spelling that came first."""
        spelled: dict[str, str] = {}
        for word in words:
            spelled.setdefault(tag_key(word), word.strip())
        if not spelled:
            return []
        known = {tag.key: tag for tag in self.filter(key__in=spelled)}
        # in the order of their keys: two who name the same new words at once wait for each other one way only
        missing = [Tag(name=spelled[key], key=key) for key in sorted(spelled.keys() - known.keys())]
        if missing:
            Tag.objects.bulk_create(missing, ignore_conflicts=True)
            known = {tag.key: tag for tag in self.filter(key__in=spelled)}
        return sorted(known.values(), key=lambda tag: tag.key)


class Tag(BaseModel):
    """A word that invoices are found by."""

    name = models.CharField(max_length=50, verbose_name=_("name"))
    key = models.CharField(max_length=150, unique=True, editable=False)

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
