"""A studio that runs in a thread of the tests, and what is needed to talk to it."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import httpx
import numpy as np
import uvicorn
from PIL import Image

from huefold.studio.app import create_app
from huefold.studio.serve import listen
from huefold.studio.settings import StudioSettings

QUICK = {"paths": 8, "preset": "fast", "rounds": 2}
LONG = {"paths": 300, "preset": "best"}
PATIENCE = 60


class Running:
    """A server, its context, and a client of it."""

    def __init__(self, settings):
        self.listener = listen(settings.host, settings.port, any_port=False)
        port = self.listener.getsockname()[1]
        self.settings = replace(settings, port=port)
        self.app = create_app(self.settings)
        config = uvicorn.Config(
            self.app,
            log_level="error",
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=1,
            ws="none",
        )
        self.server = uvicorn.Server(config)
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        until(lambda: self.server.started, "the server starts")

    def _run(self):
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self.server.serve([self.listener]))
        self.loop.close()

    @property
    def context(self):
        return self.app.state.context

    def stop(self):
        self.client.close()
        self.server.should_exit = True
        self.thread.join(10)
        self.listener.close()
        assert not self.thread.is_alive()

    def ready(self):
        """Wait until both workers are."""
        states = {"draw": "ready", "assistant": "ready"}
        until(lambda: self.client.get("/api/status").json()["workers"] == states, "the workers are ready")
        return self

    def project(self, content=None, **form):
        answer = self.client.post(
            "/api/projects", files={"photo": ("photo.png", content or photo())}, data=form
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    def job(self, project, options=QUICK, **form):
        data = {"project": project, "options": json.dumps(options), **form}
        answer = self.client.post("/api/jobs", data=data)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def ended(self, key):
        """Wait until a job has ended, and return it."""
        return until(
            lambda: (job := self.get_job(key))["status"] in ("done", "failed", "cancelled") and job, "it ends"
        )

    def get_job(self, key):
        return self.client.get(f"/api/jobs/{key}").json()

    def drawn(self, options=QUICK):
        """Return a project and its finished job."""
        project = self.project()
        job = self.ended(self.job(project["id"], options)["id"])
        assert job["status"] == "done", job["error"]
        return project["id"], job


@contextmanager
def running(folder, **settings):
    server = Running(StudioSettings(**{"folder": folder, "port": 0, **settings}))
    try:
        yield server
    finally:
        server.stop()


def until(check, what, seconds=PATIENCE):
    """Wait until `check` gives something, and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain until {what}")


def photo(width=96, height=64, *, seed=0, kind="PNG", **options):
    """Return the file of a small photo: coloured blocks under noise."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 200, (-(-height // 16), -(-width // 16), 3)).repeat(16, 0).repeat(16, 1)
    pixels = blocks[:height, :width] + rng.integers(0, 55, (height, width, 3))
    return encoded(Image.fromarray(pixels.astype(np.uint8)), kind, **options)


def grey_map(width=96, height=64, *, value=255):
    """Return a map whose left half matters."""
    pixels = np.zeros((height, width), np.uint8)
    pixels[:, : width // 2] = value
    return encoded(Image.fromarray(pixels))


def encoded(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(answer):
    """Return the picture of an answer as an array."""
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def labels(pixels):
    """Return the labels that a picture of them shows."""
    wide = pixels.astype(np.int64)
    return wide[:, :, 0] + 256 * wide[:, :, 1] + 65536 * wide[:, :, 2]


def told(stream, *, most=10_000):
    """Yield the events of a stream as (kind, data, id)."""
    kind = data = number = None
    for line in stream.iter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            data = value
        elif name == "id":
            number = int(value)
        elif not line and kind is not None:
            yield kind, json.loads(data), number
            kind = None
            most -= 1
            if not most:
                return


def failure(answer, status):
    """Return the error of an answer that has that status."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer.json()["error"]
