"""Documents written anew: those that are missing or old, or, with --all, those that are not what they should be."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Invoice
from billing.models.invoice import stored_representation
from billing.operations import stored_representations
from billing.tests.books import finding_of
from billing.tests.factories import InvoiceFactory

pytestmark = pytest.mark.django_db


def written(*options):
    out = StringIO()
    call_command("write_documents", "--json", *options, stdout=out)
    return json.loads(out.getvalue())["written"]


@pytest.fixture
def invoices():
    return [InvoiceFactory(paid=True, tags=["urgent"]), InvoiceFactory(corrected=True), InvoiceFactory()]


class TestWriteDocuments:
    def test_missing_representations_are_stored(self, invoices):
        before = dict(Invoice.objects.values_list("pk", "wire_document"))
        Invoice.objects.filter(pk=invoices[0].pk).update(wire_document=None)

        assert written() == 1
        assert dict(Invoice.objects.values_list("pk", "wire_document")) == before

    def test_representations_of_another_format_are_replaced(self, invoices, monkeypatch):
        monkeypatch.setattr(stored_representation, "FORMAT", stored_representation.FORMAT + 1)

        assert written() == Invoice.objects.count()
        assert not Invoice.objects.with_old_representations().exists()

    def test_second_run_changes_nothing(self, invoices):
        Invoice.objects.update(wire_document=None)
        written()

        assert (written(), written("--all")) == (0, 0)

    def test_all_option_repairs_a_forged_representation(self, invoices):
        Invoice.objects.filter(pk=invoices[0].pk).update(wire_document=stored_representation.heading() + "{}")

        assert finding_of("wire_document").count == 1
        assert (written(), written("--all")) == (0, 1)
        assert finding_of("wire_document").count == 0

    def test_content_stays_the_same(self, invoices):
        before = list(Invoice.objects.order_by("pk").values("version", "updated_at", "notes"))
        Invoice.objects.update(wire_document=None)

        written()

        assert list(Invoice.objects.order_by("pk").values("version", "updated_at", "notes")) == before

    def test_next_batch_begins_after_the_last(self, invoices, monkeypatch):
        monkeypatch.setattr(stored_representations, "BATCH_SIZE", 2)
        Invoice.objects.update(wire_document=None)

        assert written() == Invoice.objects.count()

    def test_batch_takes_the_same_statements_for_any_size(self, invoices):
        with CaptureQueriesContext(connection) as few:
            written("--all")
        InvoiceFactory.create_batch(10, issued=True)
        with CaptureQueriesContext(connection) as many:
            written("--all")

        assert len(few) == len(many)
