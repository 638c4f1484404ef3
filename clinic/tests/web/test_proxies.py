"""The proxies' files in docs/proxy/, each tried with the program itself where it is installed."""

import json
import os
import shutil
import subprocess

import pytest

from billing.tests.live_server import ROOT, Books, served
from clinic.tests.test_serve import free_port, wait_until
from clinic.tests.web.sockets import HALVES, connect, get, open_halves

pytestmark = [
    pytest.mark.slow,
    pytest.mark.neutral,
    pytest.mark.skipif(os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="seen on SQLite"),
]

NGINX_AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/responses;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    {servers}
}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory, django_db_setup):
    """A server that trusts a proxy on this machine; its log is the file `server.log`."""
    with (
        Books(tmp_path_factory.mktemp("proxied")) as books,
        served(books, workers=2, TRUSTED_PROXIES="127.0.0.1") as it,
    ):
        it.log = books.path.parent / "server.log"
        yield it


def program(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
def proxy(request, server, tmp_path_factory):
    """The port of a proxy with TLS before the server, set up as its file says."""
    folder, path, port = tmp_path_factory.mktemp(request.param), program(request.param), free_port()
    certificate = folder / "both.pem"
    make = [program("openssl"), "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-newkey", "ec"]
    make += ["-pkeyopt", "ec_paramgen_curve:prime256v1"]
    made = subprocess.run([*make, "-keyout", folder / "key", "-out", folder / "cert"], capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    certificate.write_text((folder / "cert").read_text() + (folder / "key").read_text())
    replaced = {
        "127.0.0.1:8000": f"127.0.0.1:{server.port}",
        "listen 443": f"listen 127.0.0.1:{port}",
        "listen 80": f"listen 127.0.0.1:{free_port()}",
        "bind :443": f"bind 127.0.0.1:{port}",
        "bind :80": f"bind 127.0.0.1:{free_port()}",
        "/etc/ssl/certs/billing.example.org.pem": str(certificate),
        "/etc/ssl/private/billing.example.org.key": str(certificate),
        "/etc/haproxy/certs/billing.example.org.pem": str(certificate),
    }
    text = next((ROOT / "docs" / "proxy").glob(f"{request.param}.*")).read_text()
    for old, new in replaced.items():
        text = text.replace(old, new)
    config = folder / "config"
    if request.param == "nginx":
        text = NGINX_AROUND.format(folder=folder, servers=text)
        command = [path, "-e", folder / "error.log", "-p", folder, "-c", config]
    else:
        command = [path, "-db", "-f", config]
    config.write_text(text)
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        wait_until(lambda: passes(port, process, folder), 20)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def passes(port, process, folder):
    assert process.poll() is None, (folder / "output").read_text()
    try:
        return get(port, "/healthz", tls=True)[0] == 200
    except OSError:
        return False


def send(port, head, body=b""):
    """Return the response to raw bytes over TLS."""
    with connect(port, tls=True) as line:
        line.sendall(head.replace("\n", "\r\n").encode() + body)
        return line.makefile("rb").read()


def test_request_passes(proxy, server):
    token = server.token()

    status, _, body, _ = get(proxy, "/invoice/", tls=True, headers=f"Authorization: Bearer {token}\r\n")

    assert status == 200
    assert json.loads(body)["data"]


def test_metrics_are_not_reached(proxy):
    assert get(proxy, "/metrics", tls=True)[0] == 404
    assert get(proxy, "/metrics/", tls=True)[0] == 404


@pytest.mark.parametrize("kind", HALVES)
def test_others_are_answered_within_a_second_with_300_unfinished_requests_open(proxy, server, kind):
    headers = f"Authorization: Bearer {server.token()}\r\n"
    before = len(server.log.read_text())
    with open_halves(proxy, kind, 300, tls=True):
        answers = [get(proxy, path, tls=True, headers=headers) for path in ["/healthz", "/invoice/"] * 10]

    assert [status for status, *_ in answers] == [200] * 20
    assert max(seconds for *_, seconds in answers) < 1
    assert '"method":"POST"' not in server.log.read_text()[before:]


def test_body_that_is_too_large_is_refused(proxy):
    head = "POST /o/token/ HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 3000000\n\n"

    assert send(proxy, head).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X-Forwarded-For"])
def test_forged_address_does_not_count(proxy, server, name):
    form = b"grant_type=password&client_id=demo&username=nobody&password=wrong"
    head = f"POST /o/token/ HTTP/1.1\nHost: localhost\nConnection: close\n{name}: 6.6.6.6\n"
    head += f"Content-Type: application/x-www-form-urlencoded\nContent-Length: {len(form)}\n\n"
    before = len(server.log.read_text())

    answer = send(proxy, head, form)

    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 429 ")), answer
    written = server.log.read_text()[before:]
    assert '"address":"127.0.0.1"' in written
    assert "6.6.6.6" not in written
