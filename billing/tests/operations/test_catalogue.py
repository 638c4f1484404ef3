"""Operations on the price list and the tags."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.models import Service, Tag
from billing.operations.catalogue import CodeTaken, TagTaken, add_service, add_tag, change_service, rename_tag
from billing.tests.factories import InvoiceFactory, ServiceFactory, TagFactory

PRICE = Decimal("80.00")


class TestService:
    def test_service_is_added(self, actor):
        service = add_service(at=actor["at"], code="C1", description="Consultation", unit_price=PRICE)

        service.refresh_from_db()
        assert (service.unit_price, service.created_at, service.updated_at) == (PRICE, actor["at"], actor["at"])

    def test_service_code_is_unique(self, actor):
        ServiceFactory(code="C1")

        with pytest.raises(CodeTaken) as raised:
            add_service(at=actor["at"], code="C1", description="Another", unit_price=PRICE)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/code", "service_code_taken")]

    def test_price_change_leaves_existing_invoices_unchanged(self, actor):
        service = ServiceFactory(unit_price=PRICE)
        invoice = InvoiceFactory(items=[{"service": service}])

        change_service(service, at=actor["at"], unit_price=Decimal("95.00"))

        assert Service.objects.get().unit_price == Decimal("95.00")
        invoice.refresh_from_db()
        assert invoice.total_amount == PRICE

    def test_unchanged_service_is_not_written(self, actor):
        service = ServiceFactory(unit_price=PRICE)
        later = actor["at"] + timedelta(hours=1)

        change_service(service, at=later, unit_price=Decimal("80.0000"), code=service.code)

        assert Service.objects.get().updated_at < later

    def test_service_code_of_another_service_is_refused(self, actor):
        ServiceFactory(code="C1")
        other = ServiceFactory(code="C2")

        with pytest.raises(CodeTaken):
            change_service(other, at=actor["at"], code="C1")


class TestTag:
    def test_tag_is_added(self, actor):
        assert add_tag(name="Recall", at=actor["at"]).key == "recall"

    def test_tag_is_unique_whatever_its_case(self, actor):
        TagFactory(name="Recall")

        with pytest.raises(TagTaken) as raised:
            add_tag(name="RECALL", at=actor["at"])

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/name", "tag_taken")]

    def test_renamed_tag_has_its_new_name_on_every_invoice(self, actor):
        invoice = InvoiceFactory(tags=["Recall"])

        rename_tag(Tag.objects.get(), name="RECALL", at=actor["at"])

        assert [tag.name for tag in invoice.tags.all()] == ["RECALL"]

    def test_tag_is_not_renamed_to_another_tag(self, actor):
        TagFactory(name="Recall")
        other = TagFactory(name="VIP")

        with pytest.raises(TagTaken):
            rename_tag(other, name="recall", at=actor["at"])

    def test_tag_renamed_to_its_own_name_is_not_written(self, actor):
        tag = TagFactory(name="Recall")

        rename_tag(tag, name="Recall", at=actor["at"] + timedelta(hours=1))

        assert Tag.objects.get().updated_at == actor["at"]
