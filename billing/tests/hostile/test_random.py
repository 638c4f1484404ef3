"""Random JSON to every route that takes a body, and random queries to every list: whichever endpoint is added, too."""

import json
from copy import deepcopy
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.tests.hostile.case import body_of, places
from billing.tests.hostile.clinic import undone
from billing.tests.hostile.corpus import CASES, VALID
from billing.tests.hostile.problem_checks import check_problem
from billing.tests.rights.routes import NOBODY, endpoints
from clinic.urls import urlpatterns

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ROUTES = list(endpoints(urlpatterns))
WRITES = [(method, route) for route in ROUTES for method in ("POST", "PUT", "PATCH") if method in route.methods]
LISTS = [route for route in ROUTES if "GET" in route.methods and not route.path.endswith(NOBODY)]
# The record that is behind an id, by the route's name; a route that is not here is asked of what nobody has, too.
RECORDS = {
    "invoice": ("draft", "issued", "part_paid", "paid", "written_off", "void"),
    "payment": ("credit", "paid_payment"),
    "patient": ("other_patient",),
    "appointment": ("appointment",),
    "service": ("service",),
    "tag": ("tag",),
}

texts = st.text(max_size=20) | st.sampled_from(["", "\0", "<patient>", "<issued>", "<nobody>", "DRAFT", "cash", "1e9"])
numbers = st.integers(-(10**25), 10**25) | st.floats() | st.decimals(allow_nan=False).map(str)
days = st.dates().map(str) | st.datetimes().map(str) | st.datetimes(timezones=st.timezones()).map(str)
leaves = st.none() | st.booleans() | numbers | texts | days
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
# Copies: what is drawn may be changed by the next mutation of the same body.
known_values: st.SearchStrategy = st.sampled_from(
    [True, -1, 0, 0.01, 10**10, "x" * 600, [], {}, [{}], [None], None, "2026-06-01"]
).map(deepcopy)
names = sorted({name for body in VALID.values() for name in body} | {"id", "version", "created_by", "subtotal"})
parameters = sorted({case.request.partition("?")[2].partition("=")[0] for case in CASES if "?" in case.request})


@st.composite
def mutated(draw, body):
    """A body that would be taken, with a few of its members replaced, taken away, or joined by others."""
    copy = json.loads(json.dumps(body))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(copy))
        act = draw(st.sampled_from(["replace", "remove", "add"])) if found else "add"
        if act == "add":
            copy[draw(st.sampled_from(names))] = draw(known_values | anything)
            continue
        *steps, last = draw(st.sampled_from(found))
        here = copy
        for step in steps:
            here = here[step]
        if act == "remove":
            del here[last]
        else:
            here[last] = draw(known_values | anything)
    return copy


def bodies_of(method, route):
    """Bodies for a route: random ones, and those that begin with what it takes."""
    shape = route.path.replace(NOBODY, "")
    line_of_shape = f"{method.replace('PATCH', 'PUT')} {shape.rstrip('/')}"
    seeds = [body for line, body in VALID.items() if without_id(line) == line_of_shape]
    begun = st.one_of([mutated(seed) for seed in seeds]) if seeds else anything
    return st.one_of(begun, begun, anything)


def without_id(line):
    """The request of a corpus line without the record that it names."""
    start, _, rest = line.partition("<")
    return (start + rest.partition(">")[2]).rstrip("/")


def paths_of(route):
    """Addresses of a route: with the id of a record that there is, wherever it takes one."""
    records = RECORDS.get(route.name.partition("-")[0], ("nobody",))
    return st.sampled_from(records).map(lambda name: route.path.replace(NOBODY, f"<{name}>"))


def check_write(clinic, method, path, body):
    """Whatever is sent: no fault, and what is refused has left no trace."""
    sent = json.dumps(body).encode("utf-8", "surrogatepass")
    for name, key in clinic.names.items():
        sent = sent.replace(f"<{name}>".encode(), key.encode())
        path = path.replace(f"<{name}>", key)
    with undone() as writes:
        answer = clinic.send(method, path, sent)
        assert answer.status_code < 500, (path, sent)
        if answer.status_code >= 400:
            check_problem(answer)
            assert not writes.happened or clinic.changes() == [], (path, sent)


def check_list(clinic, path, query):
    """Whatever is asked: no fault, and nothing is written."""
    for name, key in clinic.names.items():
        path, query = path.replace(f"<{name}>", key), query.replace(f"<{name}>", key)
    with undone() as writes:
        answer = clinic.send("GET", f"{path}?{query}")
        assert answer.status_code < 500, (path, query)
        if answer.status_code >= 400:
            check_problem(answer)
        assert not writes.happened


def query_strings():
    """Queries: known names and others, with values of all sorts, some of them twice."""
    name = st.sampled_from(parameters) | st.text(max_size=10)
    value = texts | leaves.map(str) | st.sampled_from(["-created_at", "PAID,", "true", "%", "2026-06-15", "a b c"])
    pairs = st.lists(st.tuples(name, value), min_size=1, max_size=4)
    return pairs.map(lambda all_: "&".join(f"{written(name)}={written(value)}" for name, value in all_))


def written(text):
    """A text as a query carries it; half of a character in the bytes that it would have."""
    return text if text in {"<patient>", "<issued>", "<nobody>"} else quote(text.encode("utf-8", "surrogatepass"))


class TestBodies:
    @pytest.mark.parametrize(("method", "route"), WRITES, ids=lambda part: getattr(part, "name", part))
    @settings(max_examples=20)
    @given(data=st.data())
    def test_random_body_is_answered_without_a_server_error(self, clinic, method, route, data):
        check_write(clinic, method, data.draw(paths_of(route)), data.draw(bodies_of(method, route)))

    @pytest.mark.long
    @pytest.mark.parametrize(("method", "route"), WRITES, ids=lambda part: getattr(part, "name", part))
    @settings(max_examples=100)
    @given(data=st.data())
    def test_many_random_bodies_are_answered_without_a_server_error(self, clinic, method, route, data):
        check_write(clinic, method, data.draw(paths_of(route)), data.draw(bodies_of(method, route)))


class TestQueries:
    @pytest.mark.parametrize("route", LISTS, ids=lambda route: route.name)
    @settings(max_examples=20)
    @given(data=st.data())
    def test_random_query_is_answered_without_a_server_error(self, clinic, route, data):
        check_list(clinic, data.draw(paths_of(route)), data.draw(query_strings()))

    @pytest.mark.long
    @pytest.mark.parametrize("route", LISTS, ids=lambda route: route.name)
    @settings(max_examples=100)
    @given(data=st.data())
    def test_many_random_queries_are_answered_without_a_server_error(self, clinic, route, data):
        check_list(clinic, data.draw(paths_of(route)), data.draw(query_strings()))


class TestHelpers:
    def test_every_route_with_a_body_has_a_valid_body(self):
        writes = [(method, route) for method, route in WRITES if method != "PATCH"]  # takes what PUT takes
        shapes = {f"{method} {route.path.replace(NOBODY, '').rstrip('/')}" for method, route in writes}

        assert shapes == {without_id(line) for line in VALID}

    @pytest.mark.parametrize("body", [{"a": float("nan")}, {"\ud800": "\udfff"}, [1e400]])
    def test_body_that_is_no_json_can_be_sent(self, clinic, body):
        check_write(clinic, "POST", "/invoice/", body)

    def test_body_of_the_corpus_can_be_sent(self, clinic):
        assert body_of(CASES[0], clinic.names)
