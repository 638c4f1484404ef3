"""How the price list and the tags are kept."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.models import Service, Tag
from billing.operations.catalogue import CodeTaken, TagTaken, add_service, add_tag, change_service, rename_tag
from billing.tests.factories import InvoiceFactory, ServiceFactory, TagFactory

PRICE = Decimal("80.00")


class TestAService:
    def test_is_added(self, actor):
        service = add_service(at=actor["at"], code="C1", description="Consultation", unit_price=PRICE)

        service.refresh_from_db()
        assert (service.unit_price, service.created_at, service.updated_at) == (PRICE, actor["at"], actor["at"])

    def test_has_a_code_of_its_own(self, actor):
        ServiceFactory(code="C1")

        with pytest.raises(CodeTaken) as raised:
            add_service(at=actor["at"], code="C1", description="Another", unit_price=PRICE)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/code", "service_code_taken")]

    def test_changes_its_price_for_invoices_to_come(self, actor):
        service = ServiceFactory(unit_price=PRICE)
        invoice = InvoiceFactory(items=[{"service": service}])

        change_service(service, at=actor["at"], unit_price=Decimal("95.00"))

        assert Service.objects.get().unit_price == Decimal("95.00")
        invoice.refresh_from_db()
        assert invoice.total_amount == PRICE

    def test_is_not_written_when_nothing_differs(self, actor):
        service = ServiceFactory(unit_price=PRICE)
        later = actor["at"] + timedelta(hours=1)

        change_service(service, at=later, unit_price=Decimal("80.0000"), code=service.code)

        assert Service.objects.get().updated_at < later

    def test_does_not_take_the_code_of_another(self, actor):
        ServiceFactory(code="C1")
        other = ServiceFactory(code="C2")

        with pytest.raises(CodeTaken):
            change_service(other, at=actor["at"], code="C1")


class TestATag:
    def test_is_added(self, actor):
        assert add_tag(name="Recall", at=actor["at"]).key == "recall"

    def test_is_one_whatever_its_case(self, actor):
        TagFactory(name="Recall")

        with pytest.raises(TagTaken) as raised:
            add_tag(name="RECALL", at=actor["at"])

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/name", "tag_taken")]

    def test_is_spelled_in_another_way_on_every_invoice(self, actor):
        invoice = InvoiceFactory(tags=["Recall"])

        rename_tag(Tag.objects.get(), name="RECALL", at=actor["at"])

        assert [tag.name for tag in invoice.tags.all()] == ["RECALL"]

    def test_does_not_take_the_word_of_another(self, actor):
        TagFactory(name="Recall")
        other = TagFactory(name="VIP")

        with pytest.raises(TagTaken):
            rename_tag(other, name="recall", at=actor["at"])

    def test_is_not_written_when_it_is_spelled_so(self, actor):
        tag = TagFactory(name="Recall")

        rename_tag(tag, name="Recall", at=actor["at"] + timedelta(hours=1))

        assert Tag.objects.get().updated_at == actor["at"]
