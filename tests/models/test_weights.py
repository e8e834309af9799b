"""Where weights are looked for, what is said when they are not there, and what is refused."""

from __future__ import annotations

import json
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from huefold import models
from huefold.errors import Cancelled, MissingExtraError, WeightsError
from huefold.models import download

HUB_ID = "some/tiny-model"


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """A machine without weights: its cache is an empty folder, and no other place is named."""
    for variable in ("HF_HOME", "HUGGINGFACE_HUB_CACHE", "HUEFOLD_MODELS", "HF_HUB_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path


def make_model(folder: Path, *, weights: str = "model.safetensors", config: bool = True) -> Path:
    folder.mkdir(parents=True)
    if config:
        (folder / "config.json").write_text("{}")
    (folder / weights).write_bytes(b"weights")
    return folder


def make_snapshot(tmp_path: Path, revision: str, *, main: bool) -> Path:
    repository = tmp_path / "hub" / "models--some--tiny-model"
    if main:
        (repository / "refs").mkdir(parents=True)
        (repository / "refs" / "main").write_text(revision)
    return make_model(repository / "snapshots" / revision)


def test_an_explicit_folder_or_file_comes_first(nowhere, monkeypatch):
    folder = make_model(nowhere / "own")
    checkpoint = nowhere / "sam.pth"
    checkpoint.write_bytes(b"weights")
    monkeypatch.setenv("HUEFOLD_MODELS", str(nowhere / "elsewhere"))
    assert models.find_weights(folder) == folder
    assert models.find_weights(str(checkpoint)) == checkpoint


@pytest.mark.parametrize("layout", ["some/tiny-model", "some--tiny-model"])
def test_the_users_folder_comes_before_the_cache(nowhere, monkeypatch, layout):
    cached = make_snapshot(nowhere, "aaaa", main=True)
    assert models.find_weights(HUB_ID) == cached
    own = make_model(nowhere / "models" / layout)
    monkeypatch.setenv("HUEFOLD_MODELS", str(nowhere / "models"))
    assert models.find_weights(HUB_ID) == own
    assert models.find_weights(HUB_ID, folder=nowhere / "none") == cached  # given, it replaces the variable


def test_files_in_the_users_folder_are_found_by_name(nowhere):
    (nowhere / "sam_vit_h.pth").write_bytes(b"weights")
    assert models.find_weights("sam_vit_h.pth", folder=nowhere) == nowhere / "sam_vit_h.pth"


def test_the_cache_gives_the_main_revision_or_any(nowhere):
    make_snapshot(nowhere, "aaaa", main=False)
    assert models.find_weights(HUB_ID).name == "aaaa"
    make_snapshot(nowhere, "bbbb", main=True)
    assert models.find_weights(HUB_ID).name == "bbbb"


CACHE_PROGRAM = """
import importlib, os, sys
from huggingface_hub import constants
from huefold.models import hub_cache

home, hub = {"HF_HOME": "/home"}, {"HF_HUB_CACHE": "/hub"}
for variables in ({}, {"XDG_CACHE_HOME": "/caches"}, home, home | hub):
    for name in ("XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        os.environ.pop(name, None)
    os.environ.update(variables)
    importlib.reload(constants)  # the client reads the variables when it is imported
    print(hub_cache(), constants.HF_HUB_CACHE)
"""


def test_the_cache_is_where_the_hubs_own_tools_have_it():
    ran = subprocess.run([sys.executable, "-c", CACHE_PROGRAM], check=True, capture_output=True, text=True)
    pairs = [line.split() for line in ran.stdout.splitlines()]
    assert len(pairs) == 4
    assert all(ours == theirs for ours, theirs in pairs)
    assert len({ours for ours, _ in pairs}) == 4


def test_incomplete_copies_are_passed_over_and_named(nowhere):
    incomplete = make_model(nowhere / "models" / "some" / "tiny-model", config=False)
    with pytest.raises(WeightsError, match=r"misses config.json, vocab.json") as caught:
        models.find_weights(HUB_ID, files=["vocab.json"], folder=nowhere / "models")
    assert str(incomplete) in str(caught.value)
    whole = make_snapshot(nowhere, "aaaa", main=True)
    assert models.find_weights(HUB_ID, folder=nowhere / "models") == whole


def test_an_explicit_folder_that_misses_files_is_an_error(nowhere):
    folder = make_model(nowhere / "own", weights="tf_model.h5")
    with pytest.raises(WeightsError, match=r"incomplete: it misses weights \(model.safetensors\)"):
        models.find_weights(folder)


def test_parts_that_an_index_names_must_all_be_there(nowhere):
    folder = make_model(nowhere / "own", weights="model-00001-of-00002.safetensors")
    index = folder / "model.safetensors.index.json"
    parts = [f"model-0000{k}-of-00002.safetensors" for k in (1, 2)]
    index.write_text(json.dumps({"weight_map": {"a": parts[0], "b": parts[1]}}))
    assert models.missing_from(folder) == [parts[1]]
    index.write_text("[]")
    with pytest.raises(WeightsError, match="is not the index of a model in parts"):
        models.missing_from(folder)


def test_without_leave_the_line_says_what_to_do(nowhere):
    with pytest.raises(WeightsError) as caught:
        models.find_weights(HUB_ID)
    line = str(caught.value)
    assert "\n" not in line
    for part in (HUB_ID, "--download", f"hf download {HUB_ID}", "HUEFOLD_MODELS=DIR", str(nowhere / "hub")):
        assert part in line


@pytest.mark.parametrize("name", ["./none", "/no/such/folder", "a/b/c", "model.pth", "no such model", ""])
def test_what_is_no_hub_id_is_never_sought_on_the_hub(nowhere, monkeypatch, name):
    monkeypatch.chdir(nowhere)
    with pytest.raises(WeightsError, match=r"check the path, or give a hub id"):
        models.find_weights(name, allow_download=True)


def test_offline_is_respected(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(download, "needs", None)  # nothing of the hub's client may be touched
    with pytest.raises(WeightsError, match=r"HF_HUB_OFFLINE is set: unset it, or run 'hf download"):
        models.find_weights(HUB_ID, allow_download=True)


def test_without_the_hubs_client_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError, match=r"downloading weights needs huggingface_hub: pip install"):
        models.find_weights(HUB_ID, allow_download=True)


FILES = {
    "config.json": b"{}",
    "model.safetensors": b"w" * 300_000,
    "pytorch_model.bin": b"b" * 300_000,
    "tf_model.h5": b"t" * 300_000,
    "tokenizer.json": b"[]",
    "onnx/model.onnx": b"o" * 10,
}


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as a download of small files needs."""

    asked: list[str]
    files: dict[str, bytes]

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = self.path.partition("?")[0]
        self.asked.append(f"{self.command} {path}")
        if path == f"/api/models/{HUB_ID}":
            siblings = [{"rfilename": name, "size": len(data)} for name, data in self.files.items()]
            self.answer(
                json.dumps(
                    {"id": HUB_ID, "sha": "c" * 40, "siblings": siblings, "cardData": {"license": "mit"}}
                ).encode()
            )
        elif path.startswith(f"/{HUB_ID}/resolve/"):
            name = path.split("/", 5)[5]
            self.answer(self.files[name], etag=f'"{name}-{len(self.files[name])}"')
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def answer(self, data, etag='"x"'):
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", etag)
        self.send_header("X-Repo-Commit", "c" * 40)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch):
    """A hub on this machine, with one model."""
    handler = type("OneHub", (Hub,), {"asked": [], "files": dict(FILES)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    point_at(monkeypatch, f"http://127.0.0.1:{server.server_port}")
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def point_at(monkeypatch, address):
    """Let the hub's client, which reads its address when imported, ask this one."""
    from huggingface_hub import HfApi, constants

    monkeypatch.setenv("HF_ENDPOINT", address)
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
    )
    init = HfApi.__init__
    monkeypatch.setattr(HfApi, "__init__", lambda self, *a, **k: init(self, *a, **{**k, "endpoint": address}))


def test_a_download_fetches_what_is_needed_and_tells_of_it_first(hub):
    told, heard = [], []
    place = models.find_weights(
        HUB_ID,
        allow_download=lambda info: told.append((info, list(hub.asked))) or True,
        progress=lambda fraction, message: heard.append((fraction, message)),
    )
    info, asked_before = told[0]
    assert (info.bytes, info.licence) == (300_004, "mit")
    assert set(info.files) == {"config.json", "tokenizer.json", "model.safetensors"}
    assert not any("resolve" in request for request in asked_before)
    assert {file.name for file in place.iterdir()} == set(info.files)
    assert (place / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    fractions = [fraction for fraction, _ in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert "300 kB" in heard[0][1]
    assert "licence: mit" in heard[0][1]
    asked = len(hub.asked)
    assert models.find_weights(HUB_ID) == place  # from now on it is in the cache
    assert len(hub.asked) == asked


def test_pickles_are_fetched_only_where_there_is_nothing_better(hub):
    del hub.files["model.safetensors"]
    place = models.find_weights(HUB_ID, allow_download=True)
    assert {file.name for file in place.iterdir()} == {"config.json", "tokenizer.json", "pytorch_model.bin"}


def test_a_declined_download_fetches_nothing(hub):
    with pytest.raises(WeightsError, match="was declined; nothing was fetched"):
        models.find_weights(HUB_ID, allow_download=lambda _info: False)
    assert not any("resolve" in request for request in hub.asked)


@pytest.mark.usefixtures("hub")
def test_a_download_can_be_stopped():
    def stop(fraction, _message):
        if fraction > 0.5:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        models.find_weights(HUB_ID, allow_download=True, progress=stop)
    with pytest.raises(WeightsError, match="no weights of"):
        models.find_weights(HUB_ID)  # what came so far does not pass for a model


@pytest.mark.usefixtures("hub")
def test_a_model_that_the_hub_does_not_have_is_told_apart():
    with pytest.raises(WeightsError, match=r"there is no model other/model on the hub, or it is private"):
        models.find_weights("other/model", allow_download=True)


def test_a_model_without_weights_is_told_apart(hub):
    for name in ("model.safetensors", "pytorch_model.bin"):
        del hub.files[name]
    with pytest.raises(WeightsError, match=r"incomplete: it misses weights"):
        models.find_weights(HUB_ID, allow_download=True)


def test_a_network_that_refuses_is_told_at_once(monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        point_at(monkeypatch, f"http://127.0.0.1:{unused.getsockname()[1]}")
    begin = time.monotonic()
    with pytest.raises(
        WeightsError, match=r"cannot download some/tiny-model .* 'hf download some/tiny-model'"
    ):
        models.find_weights(HUB_ID, allow_download=True)
    assert time.monotonic() - begin < 8


def test_a_network_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr(download, "ANSWER_SECONDS", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        point_at(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        begin = time.monotonic()
        with pytest.raises(WeightsError, match="cannot download"):
            models.find_weights(HUB_ID, allow_download=True)
        assert time.monotonic() - begin < 8


def fetch_by_command(*, download, quiet=False):
    from huefold.cli.model_weights import fetch_model
    from huefold.saliency import prompt

    fetch_model(prompt("the cat", model=HUB_ID), download=download, quiet=quiet)


def test_the_flag_downloads_and_says_what(hub, capsys):
    fetch_by_command(download=True)
    said = capsys.readouterr().err
    assert "some/tiny-model: 300 kB from http://127.0.0.1" in said
    assert "licence: mit" in said
    asked = len(hub.asked)
    fetch_by_command(download=False)  # it is here now
    assert len(hub.asked) == asked


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("answer", ["y", "n"])
def test_somebody_at_a_terminal_is_asked(monkeypatch, answer):
    from huefold.cli import model_weights

    questions = []

    def confirm(question, **_):
        questions.append(question)
        return answer == "y"

    monkeypatch.setattr(model_weights, "_somebody_there", lambda *, quiet: not quiet)
    monkeypatch.setattr(model_weights.click, "confirm", confirm)
    with pytest.raises(WeightsError, match="--download"):
        fetch_by_command(download=False, quiet=True)
    assert questions == []
    if answer == "y":
        fetch_by_command(download=False)
        assert models.find_weights(HUB_ID).is_dir()
    else:
        with pytest.raises(WeightsError, match="declined"):
            fetch_by_command(download=False)
    assert "300 kB" in questions[0]
    assert "licence: mit" in questions[0]


torch = pytest.importorskip("torch")
STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2, dtype=torch.int64)}


def save_state(file: Path) -> Path:
    if file.suffix == ".safetensors":
        from safetensors.torch import save_file

        save_file(STATE, file)
    else:
        torch.save(STATE, file)
    return file


def same(state) -> bool:
    return state.keys() == STATE.keys() and all(torch.equal(state[name], STATE[name]) for name in STATE)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "sam.pth"])
def test_states_survive(tmp_path, name):
    assert same(models.load_state_dict(save_state(tmp_path / name)))
    assert same(models.load_state_dict(tmp_path))


def test_safetensors_are_preferred(tmp_path):
    save_state(tmp_path / "model.safetensors")
    (tmp_path / "pytorch_model.bin").write_bytes(b"not read")
    assert same(models.load_state_dict(tmp_path))


def test_models_in_parts_are_put_together(tmp_path):
    from safetensors.torch import save_file

    for part, name in enumerate(STATE):
        save_file({name: STATE[name]}, tmp_path / f"part{part}.safetensors")
    index = {"weight_map": {name: f"part{part}.safetensors" for part, name in enumerate(STATE)}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert same(models.load_state_dict(tmp_path))


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("kept", [0.0, 0.02, 0.5, 0.98])
def test_truncated_files_are_named(tmp_path, name, kept):
    file = save_state(tmp_path / name)
    data = file.read_bytes()
    file.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(WeightsError) as caught:
        models.load_state_dict(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize(
    "content", [b"<html>not found</html>", b"PK\x03\x04nonsense", b"\x80\x02nonsense", b"\0" * 999]
)
def test_other_kinds_of_files_are_named(tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(WeightsError, match=name):
        models.load_state_dict(file)


class Evil:
    def __reduce__(self):
        return os.mkdir, (os.environ["EVIL_FOLDER"],)


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_pickles_that_run_something_are_refused_and_do_not_run(tmp_path, monkeypatch, how):
    monkeypatch.setenv("EVIL_FOLDER", str(tmp_path / "was-here"))
    file = tmp_path / "model.pth"
    if how == "torch":
        torch.save({"a": Evil()}, file)
    else:
        file.write_bytes(pickle.dumps({"a": Evil()}))
    with pytest.raises(WeightsError, match="more than tensors"):
        models.load_state_dict(file)
    assert not (tmp_path / "was-here").exists()


def test_what_is_no_state_dict_is_refused(tmp_path):
    for content in ([1, 2], {"a": 1}, {}, torch.ones(3)):
        torch.save(content, tmp_path / "x.pth")
        with pytest.raises(WeightsError, match="no state dict"):
            models.load_state_dict(tmp_path / "x.pth")


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(WeightsError, match="check the path"):
        models.load_state_dict(tmp_path / "none.pth")
    with pytest.raises(WeightsError, match="neither safetensors nor a checkpoint"):
        models.load_state_dict(tmp_path)
