"""GET /invoice/: found, narrowed, ordered and paged; what is not known is refused, not ignored."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.api.invoices import InvoiceResource
from billing.tests.api.bodies import CONTRACT_FIELDS, ENVELOPE, NOBODY, ids
from billing.tests.api.list_queries import found, names
from billing.tests.factories import InvoiceFactory, item
from clinic.testing import codes_of
from patients.tests.factories import AppointmentFactory, PatientFactory


class TestEnvelope:
    def test_envelope_has_exactly_the_keys_of_the_contract(self, client):
        InvoiceFactory()

        answer = client.get("/invoice/")

        assert answer.json().keys() == ENVELOPE
        assert (answer.json()["total"], answer.json()["offset"], answer.json()["limit"]) == (1, 0, 100)
        assert answer.json()["data"][0].keys() >= CONTRACT_FIELDS

    def test_list_contains_invoices_as_they_are_read_one_by_one(self, client):
        invoice = InvoiceFactory(part_paid=True, corrected=True, tags=["VIP"], items=[item(), item("5.00")])

        row = next(row for row in client.get("/invoice/").json()["data"] if row["id"] == str(invoice.pk))

        assert row == client.get(f"/invoice/{invoice.pk}").json()
        assert row["corrected_by_id"]


class TestPages:
    @pytest.fixture
    def five(self, db):
        return [InvoiceFactory(at=timezone.now() - timedelta(days=5 - n)) for n in range(5)]

    def test_pages_are_in_order_of_creation(self, client, five):
        assert ids(client.get("/invoice/")) == [str(invoice.pk) for invoice in five]

    @pytest.mark.parametrize(
        ("query", "limit", "count"),
        [
            ({}, 100, 5),
            ({"limit": 2}, 2, 2),
            ({"limit": 500}, 500, 5),
            ({"limit": 501}, 500, 5),
            ({"limit": 10**30}, 500, 5),
            ({"limit": 0}, 0, 0),
            ({"offset": 3}, 100, 2),
            ({"offset": 5}, 100, 0),
            ({"offset": 10**9}, 100, 0),
            ({"limit": 2, "offset": 4}, 2, 1),
        ],
    )
    def test_pages_are_cut_by_limit_and_offset(self, client, five, query, limit, count):
        answer = client.get("/invoice/", **query)

        assert answer.status_code == 200
        assert (answer.json()["limit"], len(answer.json()["data"]), answer.json()["total"]) == (limit, count, 5)
        assert answer.json()["offset"] == query.get("offset", 0)

    @pytest.mark.parametrize(
        "query",
        [
            "limit=abc",
            "limit=-1",
            "limit=1.5",
            "limit=%EF%BC%91",
            "offset=-1",
            "offset=x",
            "offset=1000000001",
            "offset=1" + "0" * 30,
            "limit=1&limit=2",
            "offset=1&offset=1",
            "search=a&search=b",
            "cursor=x",
            "search=" + "x" * 201,
            "search=%00",
        ],
    )
    def test_pages_refuse_an_invalid_limit_or_offset(self, client, query):
        answer = client.get(f"/invoice/?{query}")

        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert list(codes_of(answer)) == [f"?{query.partition('=')[0]}"]

    @pytest.mark.parametrize("order", ["created_at", "-created_at", "due_date", "-total_amount,status", "patient"])
    def test_pages_follow_the_link_to_the_next(self, client, order):
        InvoiceFactory.create_batch(3)
        InvoiceFactory.create_batch(4, issued=True, total="7.00")
        whole = ids(client.get("/invoice/", order_by=order))

        pages, path = [], f"/invoice/?order_by={order}&limit=2"
        while path:
            answer = client.get(path)
            pages += ids(answer)
            link = answer.headers.get("Link", "")
            path = link.partition("<")[2].partition(">")[0] if 'rel="next"' in link else ""

        assert pages == whole
        assert len(pages) == 7

    def test_cursor_and_offset_exclude_each_other(self, client, five):
        link = client.get("/invoice/", limit=1).headers["Link"]
        path = link.partition("<")[2].partition(">")[0]

        assert client.get(f"{path}&offset=1").status_code == 400


class TestOrder:
    def test_list_can_be_ordered_by_amounts_times_status_and_number(self, client):
        early = InvoiceFactory(total="10.00", at=timezone.now() - timedelta(days=2))
        late = InvoiceFactory(part_paid=True, total="90.00")

        for name in "created_at updated_at total_amount remaining_amount paid_amount status reg_number".split():
            assert ids(client.get("/invoice/", order_by=name)) == [str(early.pk), str(late.pk)], name
            assert ids(client.get("/invoice/", order_by=f"-{name}")) == [str(late.pk), str(early.pk)], name

    @pytest.mark.parametrize("name", ["issue_date", "due_date"])
    def test_invoices_without_a_date_are_last_in_order(self, client, name):
        draft, issued = InvoiceFactory(), InvoiceFactory(issued=True)

        assert ids(client.get("/invoice/", order_by=name)) == [str(issued.pk), str(draft.pk)]
        assert ids(client.get("/invoice/", order_by=f"-{name}")) == [str(issued.pk), str(draft.pk)]

    def test_order_by_patient_is_that_of_the_names(self, client):
        zoe = InvoiceFactory(patient=PatientFactory(family_name="Zürn"))
        eda = InvoiceFactory(patient=PatientFactory(family_name="Émile"))
        abe = InvoiceFactory(patient=PatientFactory(family_name="abel"))

        assert ids(client.get("/invoice/", order_by="patient")) == [str(each.pk) for each in (abe, eda, zoe)]

    def test_order_accepts_several_fields(self, client):
        first, second = InvoiceFactory(total="5.00"), InvoiceFactory(total="9.00")
        third = InvoiceFactory(issued=True, total="9.00")

        assert ids(client.get("/invoice/", order_by="-total_amount,status")) == [
            str(each.pk) for each in (second, third, first)
        ]

    @pytest.mark.parametrize("name", ["colour", "id", "patient__email", "-", "total_amount;", "?", "--created_at"])
    def test_order_by_an_unknown_field_is_refused(self, client, name):
        assert client.get("/invoice/", order_by=name).status_code == 400

    def test_refused_order_lists_the_known_ones(self, client):
        detail = client.get("/invoice/", order_by="colour").json()["errors"][0]["detail"]

        assert "Did you mean" not in detail
        assert all(name in detail for name in InvoiceResource.listing.orders)

    def test_refused_order_names_the_closest_field(self, client):
        assert "“total_amount”" in client.get("/invoice/", order_by="total_amout").json()["errors"][0]["detail"]


class TestSearch:
    @pytest.fixture
    def invoice(self, db):
        patient = PatientFactory(
            given_name="Łucja",
            family_name="Müller",
            phone="+49 30 555-12",
            email="lucja@example.org",
            record_number="K-77",
        )
        InvoiceFactory(issued=True, patient=PatientFactory(given_name="Ana", family_name="Ruiz"))
        return InvoiceFactory(issued=True, patient=patient, items=[item(description="Root canal, 50 % done")])

    @pytest.mark.parametrize(
        "text",
        """müller MULLER lucja Łucja_Müller mull_root K-77 k-77 lucja@example 4930555 CANAL 50_% ülle (canal), root–
        müller_muller""".split(),
    )
    def test_search_requires_every_word(self, client, invoice, text):
        assert found(client, search=text.replace("_", " ")) == names(invoice)

    def test_search_finds_the_number(self, client, invoice):
        assert found(client, search=invoice.reg_number.lower()) == names(invoice)

    @pytest.mark.parametrize("text", ["müller zoe", "mueller", "%%", "_", "\\", "x" * 200, "'; DROP", "5_0", "r%t"])
    def test_search_leaves_out_invoices_without_its_words(self, client, invoice, text):
        assert str(invoice.pk) not in found(client, search=text)

    @pytest.mark.parametrize("text", ["", "   "])
    def test_blank_search_finds_everything(self, client, invoice, text):
        assert len(found(client, search=text)) == 2


class TestTags:
    @pytest.fixture
    def tagged(self, db):
        return {words: InvoiceFactory(tags=words.split()) for words in ("Recall", "VIP", "Recall VIP", "Árpád", "")}

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("tags=recall", ["Recall", "Recall VIP"]),
            ("tags=Recall&tags=vip", ["Recall", "VIP", "Recall VIP"]),
            ("tags=recall,VIP", ["Recall", "VIP", "Recall VIP"]),
            ("tags[]=recall", ["Recall", "Recall VIP"]),
            ("tags[0]=recall", ["Recall", "Recall VIP"]),
            ("tags[0]=recall&tags[1]=vip", ["Recall", "VIP", "Recall VIP"]),
            ("tags=%C3%A1RP%C3%81D", ["Árpád"]),
            ("tags_all=recall,vip", ["Recall VIP"]),
            ("tags_all=recall&tags_all=vip", ["Recall VIP"]),
            ("tags=nobody", []),
            ("tags_all=recall,nobody", []),
            ("tags=vip&tags_all=recall", ["Recall VIP"]),
            ("tags=", ["Recall", "VIP", "Recall VIP", "Árpád", ""]),
        ],
    )
    def test_tags_filter_finds_any_or_all(self, client, tagged, query, expected):
        answer = client.get(f"/invoice/?{query}")

        assert set(ids(answer)) == names(*(tagged[words] for words in expected))
        assert answer.json()["total"] == len(expected)

    @pytest.mark.parametrize(
        ("query", "total", "counts_links"),
        [
            ("tags=recall", 2, True),
            ("tags=recall,nobody", 2, True),
            ("tags=recall,vip", 3, True),
            ("tags=recall,vip&search=draft", 3, False),
            ("tags=recall&search=nowhere", 0, False),
            ("tags=vip&tags_all=recall", 1, False),
            ("tags=vip&status=draft", 2, False),
            ("tags=vip&status=paid", 0, False),
        ],
    )
    def test_tags_filter_alone_is_counted_by_the_links(self, client, tagged, statements, query, total, counts_links):
        with statements() as counted:
            answer = client.get(f"/invoice/?{query}&limit=0")

        assert answer.json()["total"] == total
        counts = [sql for sql in counted.sql if "COUNT(*)" in sql and 'FROM "billing_invoice"' not in sql]
        assert bool(counts) == counts_links


class TestPatientAndAppointment:
    def test_patient_and_appointment_filters_narrow_the_list(self, client):
        appointment = AppointmentFactory()
        seen = InvoiceFactory(patient=appointment.patient, appointment=appointment)
        other = InvoiceFactory(patient=appointment.patient)
        other_patient = InvoiceFactory()

        assert found(client, patient_id=appointment.patient_id) == names(seen, other)
        assert found(client, appointment_id=appointment.pk) == names(seen)
        assert found(client, patient_id=[appointment.patient_id, other_patient.patient_id]) == names(
            seen, other, other_patient
        )
        assert found(client, patient_id=other_patient.patient_id, appointment_id=appointment.pk) == set()

    @pytest.mark.parametrize("name", ["patient_id", "appointment_id"])
    def test_unknown_patient_or_appointment_returns_an_empty_list(self, client, name):
        InvoiceFactory()

        assert found(client, **{name: NOBODY}) == set()

    @pytest.mark.parametrize("name", ["patient_id", "appointment_id"])
    @pytest.mark.parametrize("text", ["1", "null", "P-000001", "x" * 1000, "\0"])
    def test_malformed_patient_or_appointment_is_refused(self, client, name, text):
        answer = client.get("/invoice/", **{name: text})

        assert answer.status_code == 400
        assert list(codes_of(answer)) == [f"?{name}"]

    def test_patient_filter_includes_merged_patients(self, client):
        survivor = PatientFactory()
        merged = PatientFactory()
        before, own = InvoiceFactory(patient=merged), InvoiceFactory(patient=survivor)
        merged.merge_into(survivor, by=before.events.get().created_by, at=timezone.now())

        assert found(client, patient_id=survivor.pk) == names(before, own)
        assert found(client, patient_id=merged.pk) == names(before, own)


class TestStatus:
    @pytest.fixture
    def each(self, db):
        states = {"ISSUED": "issued", "PARTIALY_PAID": "part_paid", "PAID": "paid", "VOID": "void"}
        states["WRITTEN_OFF"] = "written_off"
        return {"DRAFT": InvoiceFactory()} | {name: InvoiceFactory(**{state: True}) for name, state in states.items()}

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("status=DRAFT", ["DRAFT"]),
            ("status=draft", ["DRAFT"]),
            ("status=PARTIALY_PAID", ["PARTIALY_PAID"]),
            ("status=partially_paid", ["PARTIALY_PAID"]),
            ("status=PAID,void", ["PAID", "VOID"]),
            ("status=PAID&status=VOID", ["PAID", "VOID"]),
            ("status[]=WRITTEN_OFF", ["WRITTEN_OFF"]),
            ("status[0]=PAID&status[1]=VOID", ["PAID", "VOID"]),
            ("status=PAID,", ["PAID"]),
        ],
    )
    def test_status_filter_accepts_several_statuses_in_any_case(self, client, each, query, expected):
        assert set(ids(client.get(f"/invoice/?{query}"))) == names(*(each[name] for name in expected))

    @pytest.mark.parametrize("status", ["OVERDUE", "1"])
    def test_unknown_status_is_refused_with_the_allowed_ones(self, client, status):
        answer = client.get("/invoice/", status=status)

        assert answer.status_code == 400
        assert "PARTIALY_PAID" in answer.json()["errors"][0]["detail"]


class TestUnknownParameters:
    @pytest.mark.parametrize(
        ("name", "meant"),
        [("stauts", "status"), ("patient", "patient_id"), ("tag", "tags"), ("ofset", "offset"), ("Search", "search")],
    )
    def test_unknown_parameter_is_refused_with_the_closest_known_one(self, client, name, meant):
        answer = client.get("/invoice/", **{name: "1"})

        assert answer.status_code == 400
        assert codes_of(answer) == {f"?{name}": "unknown_parameter"}
        assert f"“{meant}”" in answer.json()["errors"][0]["detail"]

    @pytest.mark.parametrize(
        "query", ["format=json", "access_token=x", "page=2", "\0=1", "patient__email=x", "x" * 9000]
    )
    def test_unknown_parameter_is_refused_whatever_its_value(self, client, query):
        assert client.get(f"/invoice/?{query}").status_code == 400

    def test_errors_are_reported_together(self, client):
        answer = client.get("/invoice/?limit=x&colour=red&status=late&order_by=size&patient_id=1")

        assert set(codes_of(answer)) == {"?limit", "?colour", "?status", "?order_by", "?patient_id"}
