"""The studio's page without its server: its files over HTTP, and answers made up for the API it asks."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
}
PROJECT, JOB = "0123456789abcdef", "fedcba9876543210"


def png(array: np.ndarray) -> bytes:
    """The array as PNG."""
    out = BytesIO()
    Image.fromarray(array).save(out, "PNG", compress_level=1)
    return out.getvalue()


def photo(width: int, height: int, *, seed: int = 0) -> np.ndarray:
    """A photo of soft waves of colour with a disc in the middle, (height, width, 3) uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(width, height)
    waves = [np.sin(x * rng.uniform(3, 12) + y * rng.uniform(3, 12) + rng.uniform(0, 6)) for _ in range(3)]
    picture = (np.stack(waves, axis=2) * 60 + 128).astype(np.uint8)
    inside = (x - 0.5) ** 2 + (y - height / max(width, height) / 2) ** 2 < 0.02
    picture[inside] = (240, 200, 60)
    return picture


def blocks(width: int, height: int, columns: int, rows: int) -> np.ndarray:
    """Labels of a grid of blocks, (height, width) int, numbered row by row."""
    y, x = np.mgrid[0:height, 0:width]
    return (y * rows // height) * columns + x * columns // width


def label_picture(labels: np.ndarray) -> bytes:
    """Labels as the API sends them: red + 256 green + 65536 blue."""
    return png(np.stack([labels & 255, labels >> 8 & 255, labels >> 16 & 255], axis=2).astype(np.uint8))


def levels(columns: int, rows: int) -> dict[str, Any]:
    """A hierarchy of the blocks in which the first two parts that are left are joined, again and again."""
    finest = columns * rows
    rng = np.random.default_rng(1)
    left = list(range(finest))
    merges = []
    for node in range(finest, 2 * finest - 1):
        a, b, *left = left
        merges.append([a, b])
        left.append(node)
    colors = rng.integers(0, 256, (2 * finest - 1, 3)).tolist()
    return {"width": 768, "height": 512, "finest": finest, "merges": merges, "colors": colors}


def ellipse(cx: float, cy: float, rx: float, ry: float) -> str:
    """An ellipse of four cubics."""
    k = 0.5523
    points = [
        (1, 0),
        (1, k),
        (k, 1),
        (0, 1),
        (-k, 1),
        (-1, k),
        (-1, 0),
        (-1, -k),
        (-k, -1),
        (0, -1),
        (k, -1),
        (1, -k),
        (1, 0),
    ]
    spelled = [f"{cx + rx * x:.2f} {cy + ry * y:.2f}" for x, y in points]
    return f"M{spelled[0]}" + "".join(f"C{' '.join(spelled[i : i + 3])}" for i in (1, 4, 7, 10)) + "Z"


def scene(width: int, height: int, paths: int, *, seed: int = 0) -> dict[str, Any]:
    """A drawing of ellipses, the first third of them structure, one with a gradient of each kind."""
    rng = np.random.default_rng(seed)
    made: list[dict[str, Any]] = []
    for index in range(paths):
        structural = index < paths // 3
        reach = 0.35 if structural else 0.08
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        d = ellipse(cx, cy, rng.uniform(0.3, 1) * reach * width, rng.uniform(0.3, 1) * reach * height)
        fill: Any = "#{:02x}{:02x}{:02x}".format(*rng.integers(30, 230, 3))
        if index == 1:
            fill = {
                "kind": "linear",
                "x1": 0,
                "y1": 0,
                "x2": width,
                "y2": 0,
                "stops": [[0, "#336699", 1], [1, "#ffcc66", 1]],
            }
        if index == 2:
            fill = {
                "kind": "radial",
                "cx": cx,
                "cy": cy,
                "r": 200,
                "fx": cx,
                "fy": cy,
                "stops": [[0, "#ffffff", 1], [1, "#884422", 0.5]],
            }
        role = "structural" if structural else "detail"
        made.append(
            {
                "id": f"{role[0]}{index}",
                "role": role,
                "name": "sofa" if index == 0 else None,
                "d": d,
                "rule": "nonzero",
                "opacity": 1.0,
                "fill": fill,
                "nodes": 4,
            }
        )
    return {
        "width": width,
        "height": height,
        "background": "#c8d4dc",
        "paths": made,
        "bytes": 90 * paths,
        "nodes": 4 * paths,
    }


@dataclass
class World:
    """What the made-up server knows, and what it was told."""

    width: int = 768
    height: int = 512
    shapes: int = 96
    drawn: bool = True
    asked: list[str] = field(default_factory=list)
    maps: list[bytes] = field(default_factory=list)
    patches: list[dict[str, Any]] = field(default_factory=list)

    def job(self) -> dict[str, Any]:
        """A finished job."""
        report = {
            "psnr": 24.2,
            "paths": {"asked": self.shapes, "drawn": self.shapes},
            "nodes": 4 * self.shapes,
            "bytes": 90 * self.shapes,
        }
        return {
            "id": JOB,
            "project": PROJECT,
            "status": "done",
            "position": 0,
            "stage": "write",
            "fraction": 1,
            "overall": 1,
            "message": "",
            "created": "2026-01-01T00:00:00Z",
            "started": "2026-01-01T00:00:00Z",
            "finished": "2026-01-01T00:00:09Z",
            "error": None,
            "report": report,
            "options": {},
            "has_drawing": True,
        }

    def project(self) -> dict[str, Any]:
        """The one project."""
        done = self.job() if self.drawn else None
        return {
            "id": PROJECT,
            "name": "waves",
            "width": self.width,
            "height": self.height,
            "created": "2026-01-01T00:00:00Z",
            "opened": "2026-01-01T00:00:00Z",
            "options": {},
            "edits": None,
            "has_map": False,
            "map_version": 0,
            "job": done,
            "result": JOB if done else None,
        }

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, str, bytes]:
        """Status, type and body for a call of the API."""
        self.asked.append(f"{method} {path}")
        route, _, _ = path.partition("?")
        mine, result = f"/api/projects/{PROJECT}", f"/api/jobs/{JOB}"
        if method == "PUT" and route == f"{mine}/map":
            self.maps.append(body)
            return 204, "text/plain", b""
        if method == "DELETE" and route == f"{mine}/map":
            return 204, "text/plain", b""
        if method == "PATCH":
            self.patches.append(json.loads(body))
        if (method, route) == ("POST", "/api/projects"):
            return 201, "application/json", json.dumps(self.project()).encode()
        pictures = {
            f"{mine}/photo": lambda: png(photo(self.width, self.height)),
            f"{mine}/thumbnail": lambda: png(photo(320, 214)),
            f"{mine}/regions": lambda: label_picture(blocks(self.width, self.height, 8, 6)),
            f"{mine}/levels.png": lambda: label_picture(blocks(768, 512, 16, 16)),
            f"{result}/error.png": lambda: png(photo(self.width, self.height, seed=5)[..., [0, 0, 2]]),
        }
        if route in pictures:
            return 200, "image/png", pictures[route]()
        texts: dict[str, Any] = {
            "/api/status": {
                "version": "0.1.0",
                "workers": 1,
                "queue": {"running": 0, "waiting": 0},
                "disk": {"used": 0, "limit": 1},
                "limits": {"bytes": 64 << 20, "pixels": 120_000_000},
                "presets": ["fast", "default", "quality"],
                "samples": [{"name": "coffee", "title": "Coffee"}],
                "token_required": False,
                "prompt": {
                    "available": False,
                    "how": "Install huefold[models] to say what matters in words.",
                },
            },
            "/api/options": [
                {
                    "name": "paths",
                    "group": "budget",
                    "label": "Paths",
                    "help": "How many shapes.",
                    "kind": "integer",
                    "default": 128,
                    "minimum": 1,
                    "maximum": 4096,
                    "choices": None,
                },
                {
                    "name": "structural_ratio",
                    "group": "budget",
                    "label": "Structure",
                    "help": "",
                    "kind": "number",
                    "default": 0.4,
                    "minimum": 0.0,
                    "maximum": 1.0,
                    "choices": None,
                },
            ],
            "/api/projects": [self.project()],
            "/api/jobs": [],
            mine: self.project(),
            result: self.job(),
            f"{mine}/levels": levels(16, 16),
            f"{result}/scene": scene(self.width, self.height, self.shapes),
        }
        if route in texts:
            return 200, "application/json", json.dumps(texts[route]).encode()
        missing = {"error": {"code": "not-found", "message": "there is nothing here", "field": None}}
        return 404, "application/json", json.dumps(missing).encode()


def serve(world: World) -> ThreadingHTTPServer:
    """Serve the page and the made-up API on a free port, in a thread of its own."""
    static = files("huefold.studio") / "static"

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, content = self.find(body)
            self.send_response(status)
            for name, value in {
                "Content-Type": kind,
                "Content-Length": str(len(content)),
                "Content-Security-Policy": POLICY,
                "Cache-Control": "no-store",
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def find(self, body: bytes) -> tuple[int, str, bytes]:
            route = self.path.partition("?")[0]
            if route.startswith("/api/"):
                return world.answer(self.command, self.path, body)
            found = static / ("index.html" if route == "/" else route.removeprefix("/static/"))
            if not found.is_file():
                return 404, "text/plain", b"not here"
            return 200, TYPES[route.rpartition(".")[2] if route != "/" else "html"], found.read_bytes()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = reply

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def read_grey(data: bytes) -> np.ndarray:
    """The red channel of a PNG, (height, width) uint8."""
    return np.asarray(Image.open(BytesIO(data)).convert("RGB"))[..., 0]
