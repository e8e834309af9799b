"""What the studio refuses, with which status and words, and that it goes on serving."""

from __future__ import annotations

import json
import socket
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("python_multipart")

from PIL import Image
from tests.studio.server import encoded, failure, photo, running

from huefold import render
from huefold.errors import OptionError
from huefold.studio.helper_operations import OPERATIONS
from huefold.studio.records import clean_edits, clean_name
from huefold.studio.security import UPLOADS_AT_ONCE
from huefold.studio.settings import StudioSettings


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    with running(tmp_path_factory.mktemp("studio")) as server:
        yield server


@pytest.fixture(autouse=True)
def still_serving(studio):
    """After each refusal, the server answers and has kept nothing of it."""
    yield
    assert studio.client.get("/api/status").status_code == 200
    assert studio.client.get("/api/jobs").json() == []


def refused(studio, answer, status):
    """Return the error, which is one line without paths of this machine."""
    error = failure(answer, status)
    assert error["message"]
    assert "\n" not in error["message"]
    for part in (str(studio.settings.folder), "/tmp", "/home", "Traceback", "site-packages"):
        assert part not in answer.text
    return error


# ---------------------------------------------------------------- who may ask


def test_requests_from_other_sites_are_refused(studio):
    def post(**headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return studio.client.post("/api/projects", data={"sample": "none"}, headers=headers)

    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": studio.url, "sec_fetch_site": "cross-site"},
    ):
        assert refused(studio, post(**headers), 403)["code"] == "cross-site"
    assert post(origin=studio.url, sec_fetch_site="same-origin").status_code == 404
    assert post().status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_no_unsafe_method_is_open_to_other_sites(studio, method):
    answer = studio.client.request(
        method, "/api/projects/0123456789abcdef", headers={"origin": "http://a.example"}
    )
    refused(studio, answer, 403)


def test_other_sites_can_neither_read_nor_embed(studio):
    refused(studio, studio.client.get("/api/projects", headers={"sec-fetch-site": "cross-site"}), 403)
    answer = studio.client.get("/", headers={"sec-fetch-site": "cross-site"})  # a link to the studio is fine
    assert answer.status_code == 200
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    preflight = studio.client.options(
        "/api/jobs", headers={"origin": "http://a.example", "access-control-request-method": "POST"}
    )
    assert not [name for name in preflight.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "192.168.0.1"]
)
def test_foreign_hosts_are_refused_everywhere(studio, host):
    for path in ("/", "/api/projects", "/static/index.html", "/docs"):
        assert refused(studio, studio.client.get(path, headers={"host": host}), 403)["code"] == "host"


@pytest.mark.parametrize("host", ["localhost", "localhost:1234", "127.0.0.1", "[::1]:80", "LOCALHOST"])
def test_names_of_this_machine_are_fine(studio, host):
    assert studio.client.get("/api/options", headers={"host": host}).status_code == 200


# ---------------------------------------------------------------- how much may come in


def endless(sent):
    """Yield ten gigabytes of a form with a file, counting what was taken."""
    yield b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n\r\n'
    for _ in range(10_240):
        sent.append(1 << 20)
        yield bytes(1 << 20)


def test_ten_gigabytes_are_refused_before_they_came(studio):
    with socket.create_connection(("127.0.0.1", studio.settings.port)) as connection:
        head = (
            "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            f"Content-Length: {10 << 30}\r\n\r\n"
        )
        connection.sendall(head.encode())
        connection.settimeout(5)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413")


@pytest.mark.slow
def test_ten_gigabytes_of_unknown_length_are_refused_while_they_come(studio, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sent = []
    answer = studio.client.post(
        "/api/projects", content=endless(sent), headers={"content-type": "multipart/form-data; boundary=b"}
    )
    assert "64 MiB" in refused(studio, answer, 413)["message"]
    assert sum(sent) < 4 << 30  # a gigabyte or so passes by unread while the answer is on its way
    assert sum(file.stat().st_size for file in tmp_path.rglob("*")) == 0


def test_files_and_fields_and_bodies_have_limits_of_their_own(studio):
    large = {"photo": ("a.png", bytes((64 << 20) + 1))}
    refused(studio, studio.client.post("/api/projects", files=large), 413)
    key = studio.project()["id"]
    refused(studio, studio.client.put(f"/api/projects/{key}/map", content=bytes((16 << 20) + 1)), 413)
    refused(studio, studio.client.patch(f"/api/projects/{key}", content=b" " * ((1 << 20) + 1)), 413)
    answer = studio.client.post("/api/jobs", data={"project": key, "options": "{" + " " * (2 << 20)})
    assert answer.status_code in (400, 413)
    assert str(studio.settings.folder) not in answer.text


def test_clients_that_stop_on_their_way_do_not_keep_others_from_uploading(studio, monkeypatch):
    monkeypatch.setattr("huefold.studio.security.STALL_SECONDS", 0.5)
    head = (
        "POST /api/projects HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        "Content-Length: 5000000\r\n\r\n--b\r\n"
    )
    with ExitStack() as stack:
        stalled = [
            stack.enter_context(socket.create_connection(("127.0.0.1", studio.settings.port)))
            for _ in range(UPLOADS_AT_ONCE + 1)
        ]
        for connection in stalled:
            connection.sendall(head.encode())
        assert studio.project()["width"] == 96
        stalled[0].settimeout(5)
        assert stalled[0].recv(1 << 16).startswith(b"HTTP/1.1 408")


@pytest.mark.slow
def test_a_body_may_not_drip_in_forever(studio, monkeypatch):
    monkeypatch.setattr("huefold.studio.security.BODY_SECONDS", 0.6)

    def dripping():
        for _ in range(20):
            yield b"x"
            time.sleep(0.1)

    answer = studio.client.put("/api/projects/0123456789abcdef/map", content=dripping())
    assert answer.status_code in (404, 408)
    key = studio.project()["id"]
    assert (
        refused(studio, studio.client.put(f"/api/projects/{key}/map", content=dripping()), 408)["code"]
        == "too-slow"
    )


def test_forms_without_files_are_small(studio):
    answer = studio.client.post(
        "/api/projects",
        content=b"a&" * (1 << 20),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert "1 MiB" in refused(studio, answer, 413)["message"]


# ---------------------------------------------------------------- what may come in


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
        b"just some text",
        b"<html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"\x00" * 100,
        b"",
        photo()[:400],
        photo(kind="JPEG")[:500],
    ],
    ids=["svg", "text", "html", "pdf", "zip", "zeros", "empty", "cut png", "cut jpeg"],
)
def test_only_whole_photos_are_taken(studio, content):
    before = len(studio.client.get("/api/projects").json())
    answer = studio.client.post("/api/projects", files={"photo": ("photo.png", content, "image/png")})
    refused(studio, answer, 415)
    job = studio.client.post("/api/jobs", files={"photo": ("photo.png", content)})
    refused(studio, job, 415)
    assert len(studio.client.get("/api/projects").json()) == before
    assert len(list((studio.settings.folder / "projects").iterdir())) == before


def bomb(width, height):
    """Return a PNG of few bytes that unfolds into so many pixels."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(bytes(1 << 24), 9)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(11_000, 11_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_decompression_bombs_are_refused_by_their_size(studio, size):
    answer = studio.client.post("/api/projects", files={"photo": ("a.png", bomb(*size))})
    assert "megapixels" in refused(studio, answer, 413)["message"]
    assert studio.project()["width"] == 96


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/cron.d/evil.png",
        "..\\..\\evil.png",
        "/etc/passwd",
        "evil\x00.png",
        "con.png",
        "é\u202e.png",
        "a" * 500,
    ],
)
def test_names_are_labels_and_never_paths(studio, name):
    answer = studio.client.post("/api/projects", files={"photo": (name, photo())})
    assert answer.status_code == 201, answer.text
    project = answer.json()
    assert len(project["name"]) <= 80
    assert not {"/", "\\", "\x00", "\u202e"} & set(project["name"])
    folder = studio.settings.folder / "projects" / project["id"]
    assert {file.name for file in folder.iterdir()} == {
        "photo",
        "photo-4096",
        "thumbnail",
        "project.json",
        "jobs",
    }
    saved = studio.client.get(f"/api/projects/{project['id']}/project.huefold")
    assert "\n" not in saved.headers["content-disposition"]
    assert clean_name(name) != ""


@pytest.mark.parametrize(
    "key",
    [
        "..",
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "0123456789ABCDEF",
        "0" * 15,
        "0" * 17,
        "0" * 16,
        "a\x00b",
        "*",
    ],
)
def test_ids_are_ids_and_never_paths(studio, key):
    for path in (f"/api/projects/{key}", f"/api/jobs/{key}/drawing.svg", f"/api/projects/{key}/photo"):
        raw = studio.client.build_request("GET", studio.url).url.copy_with(
            raw_path=path.replace("\x00", "%00").encode()
        )
        refused(studio, studio.client.get(raw), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2f..%2f..%2f..%2fetc/passwd",
        "/static//etc/passwd",
    ],
)
def test_nothing_but_the_page_is_served(studio, path):
    with socket.create_connection(("127.0.0.1", studio.settings.port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        connection.settimeout(5)
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert answer.startswith(b"HTTP/1.1 404"), answer[:200]
    assert b"create_app" not in answer
    assert b"root:" not in answer


def deep_options():
    """Return a form whose options are lists in lists."""
    lines = ['--b\r\nContent-Disposition: form-data; name="project"\r\n\r\n', "0" * 16]
    lines += [
        '\r\n--b\r\nContent-Disposition: form-data; name="options"\r\n\r\n',
        "[" * 50_000,
        "\r\n--b--\r\n",
    ]
    return "".join(lines).encode()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/projects", b"\xff\xfe"),
        ("POST", "/api/jobs", b"--b\r\n"),
        ("PATCH", "/api/projects/{key}", b'{"options": 7}'),
        ("PATCH", "/api/projects/{key}", b'{"name": {"a": 1}}'),
        ("PATCH", "/api/projects/{key}", b"[" * 50_000),
        ("POST", "/api/jobs", deep_options()),
        ("POST", "/api/projects/{key}/saliency", b'{"source": ["auto"]}'),
        ("PUT", "/api/projects/{key}/map", bytes(1000)),
        ("GET", "/api/projects/{key}/photo?size=1e9", b""),
        ("GET", "/api/projects/{key}/regions?count=-1", b""),
        ("GET", "/nothing/here", b""),
        ("TRACE", "/api/projects", b""),
    ],
)
def test_nonsense_is_answered_in_one_shape(studio, method, path, body):
    key = studio.project()["id"]
    kind = "application/json" if body[:1] in (b"{", b"[") else "multipart/form-data; boundary=b"
    answer = studio.client.request(method, path.format(key=key), content=body, headers={"content-type": kind})
    assert 400 <= answer.status_code < 500, answer.text
    refused(studio, answer, answer.status_code)


def test_text_from_outside_stays_text(studio):
    text = "<img src=x onerror=alert(1)>"
    key = studio.project()["id"]
    answer = studio.client.patch(f"/api/projects/{key}", json={"name": text, "options": {"prompt": [text]}})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["options"]["prompt"] == [text]
    surrogate = studio.client.patch(
        f"/api/projects/{key}", content=b'{"name": "\\ud800a"}', headers={"content-type": "application/json"}
    )
    assert surrogate.json()["name"] == "a"


def test_pictures_are_written_anew(studio):
    marked = encoded(Image.new("RGB", (20, 10)), "JPEG", comment=b"<script>alert(1)</script>")
    key = studio.project(marked)["id"]
    for path in ("photo", "thumbnail"):
        answer = studio.client.get(f"/api/projects/{key}/{path}")
        assert answer.headers["content-type"] in ("image/jpeg", "image/png")
        assert b"script" not in answer.content


def test_large_pictures_are_drawn_one_at_a_time(tmp_path, monkeypatch):
    drawing = tmp_path / "drawing.svg"
    drawing.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0H9V9Z"/></svg>'
    )
    (tmp_path / "photo").write_bytes(photo(8, 8))
    rasterize, at_once, most = render.rasterize, [], []

    def watched(*scene, **size):
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.05)
        at_once.pop()
        return rasterize(*scene, **size)

    monkeypatch.setattr(render, "rasterize", watched)
    order = {"drawing": str(drawing), "edits": clean_edits(None), "width": 8}
    order |= {"photo": str(tmp_path / "photo"), "background": "#ffffff", "into": str(tmp_path / "error.png")}
    with ThreadPoolExecutor() as pool:
        made = [pool.submit(OPERATIONS[op], order, b"") for op in ("picture", "error-map") * 3]
    assert all(one.result()[0] == {} for one in made)
    assert most == [1] * 6


# ---------------------------------------------------------------- beyond loopback


def test_a_studio_that_others_can_reach_needs_a_token(tmp_path):
    with pytest.raises(OptionError, match="needs a token"):
        StudioSettings(folder=tmp_path, host="0.0.0.0")


def test_the_token_opens_by_address_cookie_or_header_and_nothing_else_does(tmp_path):
    with running(tmp_path, host="0.0.0.0", port=0, token="a-secret") as server:
        client = server.client
        assert failure(client.get("/"), 401)["code"] == "token"
        failure(client.get("/api/status"), 401)
        failure(client.get("/?token=other"), 401)
        failure(client.get("/api/status?token=a-secret"), 401)
        assert client.get("/static/index.html").status_code == 200
        bearer = {"authorization": "Bearer a-secret"}
        assert client.get("/api/status", headers=bearer).json()["token_required"] is True
        failure(client.get("/api/status", headers={"authorization": "Bearer a-secret2"}), 401)
        failure(client.get("/api/status", headers={"cookie": f"huefold-{server.settings.port}=other"}), 401)
        failure(client.get("/api/status", headers={"cookie": "=;;\x7f="}), 401)
        for other in ('seen={"a": 1}', "a b=c", 'x="', "=", "y"):  # of other servers on this host
            both = {"cookie": f"{other}; huefold-{server.settings.port}=a-secret"}
            assert client.get("/api/status", headers=both).status_code == 200, other
        welcome = client.get("/?token=a-secret")
        assert welcome.status_code == 200
        cookie = welcome.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert client.get("/api/status").status_code == 200  # the client has kept the cookie
        assert client.get("/").status_code == 200
        failure(client.post("/api/projects", headers={"origin": "http://evil.example"}), 403)
        assert client.get("/api/status", headers={"host": "192.168.0.7:80"}).status_code == 200
        failure(client.get("/api/status", headers={"host": "evil.example"}), 403)
        assert "a-secret" not in json.dumps(client.get("/api/status").json())
        assert "a-secret" not in repr(server.settings)
