"""The price list and the tags."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billing.models import Service, Tag
from billing.tests.factories import InvoiceFactory, ServiceFactory, TagFactory

pytestmark = pytest.mark.django_db


class TestService:
    def test_service_is_found_by_code_description_and_category(self):
        service = ServiceFactory(code="XR1", description="Röntgen", category="Diagnostics")

        assert service.search_text == "xr1 rontgen diagnostics"
        assert str(service) == "XR1 Röntgen"

    def test_retired_service_stays_on_its_invoices(self):
        old, current = ServiceFactory(active=False), ServiceFactory()
        invoice = InvoiceFactory(items=[{"service": old}])

        assert list(Service.objects.filter(active=True)) == [current]
        assert invoice.items.get().service == old

    @pytest.mark.parametrize(
        "wrong", [{"unit_price": Decimal("-0.01")}, {"tax_rate": Decimal("100.01")}, {"tax_rate": Decimal(-1)}], ids=str
    )
    def test_service_with_an_invalid_price_or_tax_is_refused(self, wrong):
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceFactory(**wrong)


class TestTag:
    def test_tag_keeps_its_first_name(self):
        Tag.objects.get_or_create_named(["Recall"])

        assert [tag.name for tag in Tag.objects.get_or_create_named(["RECALL", " recall "])] == ["Recall"]
        assert Tag.objects.count() == 1

    def test_tag_repeated_in_one_list_has_its_first_name(self):
        assert [tag.name for tag in Tag.objects.get_or_create_named(["Recall", "RECALL"])] == ["Recall"]

    def test_tag_is_trimmed(self):
        assert [tag.name for tag in Tag.objects.get_or_create_named(["  VIP "])] == ["VIP"]

    @pytest.mark.parametrize(
        ("one", "other"),
        [("straße", "STRASSE"), ("é", "e\N{COMBINING ACUTE ACCENT}"), ("é", "E")],
    )
    def test_tag_is_the_same_however_it_is_written(self, one, other):
        assert Tag.objects.get_or_create_named([one]) == Tag.objects.get_or_create_named([other])

    def test_tag_with_another_word_is_another_tag(self):
        assert Tag.objects.get_or_create_named(["cafe"]) != Tag.objects.get_or_create_named(["cafes"])

    def test_empty_list_of_names_has_no_tags(self):
        assert Tag.objects.get_or_create_named([]) == []

    def test_tag_has_its_key_from_its_name(self):
        tag = TagFactory(name="Recall")

        assert (tag.key, str(tag)) == ("recall", "Recall")
