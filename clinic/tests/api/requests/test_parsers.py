"""The JSON parser and content negotiation."""

from decimal import Decimal

import pytest

from clinic.api.requests.parsers import MalformedJSON, parse_json
from clinic.domain.errors import InvalidValue

pytestmark = pytest.mark.neutral


class TestBody:
    def test_decimals_are_exact(self):
        read = parse_json(b'{"a": 0.1, "b": 12, "c": -0.0, "d": 1e2, "e": "1.10", "f": [true, null]}')

        assert read == {"a": Decimal("0.1"), "b": 12, "c": 0, "d": 100, "e": "1.10", "f": [True, None]}
        assert isinstance(read["a"], Decimal)

    @pytest.mark.parametrize("body", [b"", b"  \n", b"{}"])
    def test_empty_body_is_an_empty_object(self, body):
        assert parse_json(body) == {}

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"nonsense",
            b'{"a": 1,}',
            b"{'a': 1}",
            b'{"a": 01}',
            b'{"a": +1}',
            b'{"a": .5}',
            b'{"a": 1_000}',
            b'{"a": 1} {"b": 2}',
            b'{"a": "raw \x00 nul"}',
            b'{"a": "raw \n line"}',
            b"\xef\xbb\xbf\xef\xbb\xbf{}",
            b"\xff\xfe{\x00}\x00",
            b'{"a": "\xed\xa0\x80"}',
            b"[]",
            b'"text"',
            b"1",
            b"null",
            b"true",
        ],
    )
    def test_body_that_is_no_json_object_is_refused(self, body):
        with pytest.raises(MalformedJSON):
            parse_json(body)

    def test_body_may_begin_with_a_byte_order_mark(self):
        assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
        assert parse_json(b"\xef\xbb\xbf") == {}

    @pytest.mark.parametrize("opened", ["[", '{"a":'])
    @pytest.mark.parametrize("levels", [33, 1_000, 500_000])
    def test_body_nested_too_deeply_is_refused(self, opened, levels):
        with pytest.raises(MalformedJSON):
            parse_json(b'{"a":' + opened.encode() * levels)

    def test_body_of_32_levels_is_parsed_and_of_33_refused(self):
        def nested(levels):
            return b'{"a":' * levels + b"1" + b"}" * levels

        assert parse_json(nested(32))
        with pytest.raises(MalformedJSON):
            parse_json(nested(33))

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            (b'{"a": 1, "a": 1}', "/a", "repeated_key"),
            (b'{"items": [{"a/b": 1, "a/b": 2}]}', "/items/0/a~1b", "repeated_key"),
            (b'{"a": NaN}', "/a", "not_a_number"),
            (b'{"a": [1, -Infinity]}', "/a/1", "not_a_number"),
            (b'{"a": ' + b"9" * 61 + b"}", "/a", "too_many_digits"),
            (b'{"a": ' + b"9" * 100_000 + b"}", "/a", "too_many_digits"),
            (b'{"a": 0.' + b"1" * 100_000 + b"}", "/a", "too_many_digits"),
            (b'{"a": "\\u0000"}', "/a", "bad_text"),
            (b'{"a": {"b": "x\\ud800y"}}', "/a/b", "bad_text"),
            (b'{"a": {"\\udfff": 1}}', "/a", "bad_text"),
            (b'{"\\u0000": 1}', "", "bad_text"),
        ],
    )
    def test_value_that_cannot_be_stored_is_refused_with_its_pointer(self, body, pointer, code):
        with pytest.raises(InvalidValue) as refusal:
            parse_json(body)

        assert [(error.pointer, error.code) for error in refusal.value.errors] == [(pointer, code)]

    def test_surrogate_pair_is_one_character(self):
        assert parse_json(b'{"a": "\\ud83d\\ude00"}') == {"a": "😀"}

    def test_at_most_fifty_errors_are_reported(self):
        with pytest.raises(InvalidValue) as refusal:
            parse_json(b'{"a": [' + b"NaN," * 10_000 + b"1]}")

        assert len(refusal.value.errors) == 50

    @pytest.mark.parametrize("number", [b"1e400", b"1e999999999", b"1e-999999999"])
    def test_huge_exponent_is_not_written_out(self, number):
        assert len(parse_json(b'{"a": ' + number + b"}")["a"].as_tuple().digits) == 1

    def test_exponent_out_of_range_is_refused(self):
        with pytest.raises(InvalidValue) as refusal:
            parse_json(b'{"a": 1e99999999999999999999}')

        assert [(error.pointer, error.code) for error in refusal.value.errors] == [("/a", "out_of_range")]


class TestOverHttp:
    def test_malformed_json_is_a_400(self, client):
        response = client.post("/patient/", b'{"family_name": ')

        assert response.status_code == 400
        assert response.json()["code"] == "malformed_json"

    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "",
            "application/json; charset=latin-1",
            "application/json; charset=utf-16",
            "application/jsonp",
        ],
    )
    def test_other_content_type_is_a_415(self, client, content_type):
        response = client.send("POST", "/patient/", b'{"family_name": "Kim"}', content_type=content_type)

        assert response.status_code == 415
        assert response.json()["code"] == "unsupported_media_type"

    @pytest.mark.parametrize(
        "content_type", ["application/json", "application/json; charset=utf-8", 'Application/JSON; charset="UTF-8"']
    )
    def test_json_in_utf_8_is_accepted(self, client, content_type):
        response = client.send("POST", "/patient/", b'{"family_name": "Kim"}', content_type=content_type)

        assert response.status_code == 201

    def test_too_large_body_is_a_413(self, client, settings):
        body = b'{"family_name": "' + b"a" * settings.MAX_BODY_BYTES + b'"}'

        assert client.post("/patient/", body).status_code == 413

    def test_ten_megabytes_of_text_are_a_413(self, client):
        assert client.post("/patient/", {"family_name": "a" * 10_000_000}).json()["code"] == "body_too_large"

    @pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0", "image/*", "*/*;q=0.0"])
    def test_client_that_does_not_accept_json_is_a_406(self, client, accept):
        response = client.get("/patient/", headers={"Accept": accept})

        assert response.status_code == 406
        assert response["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize(
        "accept", ["*/*", "", "application/json", "text/html, application/*;q=0.1", "application/json;v=1"]
    )
    def test_client_that_accepts_json_is_answered(self, client, accept):
        assert client.get("/patient/", headers={"Accept": accept}).status_code == 200
