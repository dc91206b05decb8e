"""HTTPS, its certificate exchanged while serving, and compressed answers."""
import gzip
import http.client
import os
import signal
import ssl
import subprocess
import warnings

import pytest
from harness.client import eventually
from harness.server import Server

pytestmark = pytest.mark.only("sqlite")


def certify(folder, name):
    """A certificate that nobody but the test trusts."""
    paths = [os.path.join(folder, "server." + ending) for ending in ("crt", "key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:%s,IP:127.0.0.1" % name, "-out", paths[0],
                    "-keyout", paths[1]], check=True, stderr=subprocess.DEVNULL)
    return paths


def connect(port, **versions):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT@SECLEVEL=0")  # the client takes anything: it is the server that refuses
    for name, value in versions.items():
        setattr(context, name, value)
    return http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)


def certificate_of(port):
    connection = connect(port)
    connection.connect()
    found = connection.sock.getpeercert(binary_form=True)
    connection.close()
    return found


def der(path):
    with open(path, encoding="ascii") as file:
        return ssl.PEM_cert_to_DER_cert(file.read())


@pytest.fixture
def secure(database, tmp_path):
    certificate, key = certify(tmp_path, "first")
    with Server(database.uri(), {"TLS_CERTIFICATE": certificate, "TLS_KEY": key}, folder=str(tmp_path)) as running:
        yield running


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_requests_over_tls(secure, version):
    connection = connect(secure.port, minimum_version=version, maximum_version=version)
    title = "x" * 100000
    for number in range(3):
        connection.request("POST", "/todos/", '{"title":"%s"}' % title, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200 and b'"title":"' + title.encode() in answer.read(), number
    connection.request("GET", "/todos")
    answer = connection.getresponse()
    assert answer.status == 308 and answer.read()
    connection.close()


def test_old_versions_and_plain_text_are_refused(secure):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with pytest.raises(ssl.SSLError, match="EOF|ALERT_PROTOCOL_VERSION"):
            connect(secure.port, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1).connect()
    with pytest.raises((ConnectionError, EOFError)):
        secure.api.get("/todos/")


def test_sighup_exchanges_the_certificate(secure):
    path = os.path.join(secure.folder, "server.crt")
    first = der(path)
    held = connect(secure.port)
    held.request("GET", "/todos/")
    assert held.getresponse().read() and certificate_of(secure.port) == first
    certify(secure.folder, "second")
    secure.terminate(signal.SIGHUP)
    eventually(lambda: certificate_of(secure.port) == der(path))
    held.request("GET", "/todos/")
    assert held.getresponse().status == 200
    with open(path, "w", encoding="ascii") as file:
        file.write("no certificate")
    secure.terminate(signal.SIGHUP)
    eventually(lambda: "TLS_CERTIFICATE" in secure.log())
    assert certificate_of(secure.port) != first
    held.close()


@pytest.mark.parametrize("settings, blamed", [({"TLS_CERTIFICATE": "server.crt"}, "TLS_KEY"), ({"TLS_KEY": "server.key"}, "TLS_CERTIFICATE"),
                                              ({"TLS_CERTIFICATE": "none.crt", "TLS_KEY": "server.key"}, "TLS_CERTIFICATE"),
                                              ({"TLS_CERTIFICATE": "server.crt", "TLS_KEY": "server.crt"}, "TLS_")])
def test_wrong_files_are_named(database, tmp_path, settings, blamed):
    certify(tmp_path, "first")
    config = tmp_path / "server.conf"
    config.write_text("".join("%s = %r\n" % pair for pair in dict(settings, SQLALCHEMY_DATABASE_URI=database.uri()).items()))
    ended = subprocess.run([os.environ["CALX_TODO"], "serve", "--port", "0", "--config", str(config)], cwd=tmp_path,
                           stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, timeout=20)
    assert ended.returncode == 1 and blamed in ended.stderr and ended.stderr.count("\n") == 1, ended.stderr


def test_large_answers_are_compressed_for_who_takes_it(api):
    for _ in range(30):
        api.create(title="a todo like many others")
    plain = api.get("/todos/")
    packed = api.get("/todos/", headers=[("Accept-Encoding", "gzip")])
    assert packed.header("content-encoding") == "gzip" and "accept-encoding" in packed.header("vary").lower()
    assert gzip.decompress(packed.body) == plain.body and len(packed.body) < len(plain.body) / 4
    assert plain.header("content-encoding") is None
    small = api.get("/health/live", headers=[("Accept-Encoding", "gzip")])
    assert small.header("content-encoding") is None
