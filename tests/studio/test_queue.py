"""Jobs in order, cancelled, crashed and over restarts; what is kept, and what goes to make room."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("python_multipart")

from tests.studio.server import LONG, QUICK, failure, grey_map, photo, running, told, until

from huefold.errors import OptionError
from huefold.studio.failures import StudioError
from huefold.studio.records import JobRecord, ProjectRecord, clean_edits, new_id
from huefold.studio.settings import StudioSettings
from huefold.studio.store import Store


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    with running(tmp_path_factory.mktemp("studio"), waiting=30, grace_seconds=2.0) as server:
        yield server.ready()


def running_job(studio, *, previews=0):
    """Return a long job that runs already, and has sent so many previews."""
    job = studio.job(studio.project()["id"], LONG)
    until(
        lambda: (
            studio.get_job(job["id"])["stage"] == "refine"
            or (not previews and studio.get_job(job["id"])["stage"])
        ),
        "it runs",
    )
    events = studio.context.queue.events(studio.context.store.job(job["id"]))
    until(lambda: events.scene_version >= previews, "previews come")
    return job


@pytest.mark.slow
def test_twenty_jobs_at_once_finish_in_order_while_the_page_is_answered(studio):
    def post(number):
        files = {"photo": (f"{number}.png", photo(seed=number))}
        return studio.client.post("/api/jobs", files=files, data={"options": json.dumps(QUICK)}).json()

    with ThreadPoolExecutor(20) as pool:
        posted = list(pool.map(post, range(20)))
    assert all("id" in job for job in posted), posted
    slowest = 0.0
    until_all = [job["id"] for job in posted]
    while any(studio.get_job(key)["status"] in ("waiting", "running") for key in until_all):
        begun = time.monotonic()
        assert studio.client.get("/api/status").status_code == 200
        slowest = max(slowest, time.monotonic() - begun)
    jobs = [studio.get_job(key) for key in until_all]
    assert [job["status"] for job in jobs] == ["done"] * 20
    in_order = sorted(jobs, key=lambda job: job["created"])
    finished = [job["finished"] for job in in_order]
    assert finished == sorted(finished)
    assert all(a["finished"] <= b["started"] for a, b in pairwise(in_order))
    assert slowest < 2.0


def test_a_waiting_job_knows_its_place_and_can_be_taken_out(studio):
    first = running_job(studio)
    project = studio.project()["id"]
    second, third = studio.job(project), studio.job(project)
    assert [studio.get_job(job["id"])["position"] for job in (first, second, third)] == [0, 1, 2]
    assert studio.client.post(f"/api/jobs/{second['id']}/cancel").json()["status"] == "cancelled"
    assert studio.get_job(third["id"])["position"] == 1
    studio.client.post(f"/api/jobs/{first['id']}/cancel")
    assert studio.ended(third["id"])["status"] == "done"


def test_a_cancelled_job_keeps_its_best_drawing(studio):
    job = running_job(studio, previews=1)
    begun = time.monotonic()
    studio.client.post(f"/api/jobs/{job['id']}/cancel")
    ended = studio.ended(job["id"])
    assert time.monotonic() - begun < 4.0
    assert (ended["status"], ended["has_drawing"], ended["error"]) == ("cancelled", True, None)
    assert studio.client.get(f"/api/jobs/{job['id']}/drawing.svg").text.count("<path") > 0
    assert studio.client.get(f"/api/projects/{job['project']}").json()["result"] == job["id"]


@pytest.mark.slow
def test_a_job_that_is_cancelled_before_its_worker_heard_of_it_is_not_drawn(tmp_path, monkeypatch):
    save = Store.save_job

    def slowly(store, job):  # the order to draw is sent only when this is done
        time.sleep(0.5)
        save(store, job)

    with running(tmp_path) as studio:
        monkeypatch.setattr(Store, "save_job", slowly)
        key = studio.project()["id"]
        gone = studio.job(key)["id"]
        studio.client.post(f"/api/jobs/{gone}/cancel")
        assert studio.context.queue.worker.state != "ready"
        assert studio.ended(studio.job(key)["id"])["status"] == "done"
        assert studio.get_job(gone)["status"] == "cancelled"
        assert not list(tmp_path.rglob(f"jobs/{gone}/drawing.svg"))


@pytest.mark.slow
def test_a_worker_that_does_not_stop_is_ended_and_its_preview_kept(studio):
    job = running_job(studio, previews=1)
    os.kill(studio.context.queue.worker.pid, signal.SIGSTOP)
    studio.client.post(f"/api/jobs/{job['id']}/cancel")
    ended = studio.ended(job["id"])
    assert (ended["status"], ended["has_drawing"]) == ("cancelled", True)
    scene = studio.client.get(f"/api/jobs/{job['id']}/scene").json()
    assert len(scene["paths"]) > 0
    assert scene["bytes"] == len(studio.client.get(f"/api/jobs/{job['id']}/drawing.svg").content)


@pytest.mark.slow
def test_a_killed_worker_fails_its_job_and_the_next_one_works(studio):
    job = running_job(studio)
    waiting = studio.job(studio.project()["id"])
    os.kill(studio.context.queue.worker.pid, signal.SIGKILL)
    ended = studio.ended(job["id"])
    assert (ended["status"], ended["error"]["code"]) == ("failed", "crashed")
    assert "unexpectedly" in ended["error"]["message"]
    assert studio.ended(waiting["id"])["status"] == "done"


@pytest.mark.slow
def test_a_killed_helper_worker_is_told_and_replaced(studio):
    studio.project()
    os.kill(studio.context.helper.process.pid, signal.SIGSTOP)
    pid = studio.context.helper.process.pid
    killer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
    killer.start()
    answer = studio.client.post("/api/projects", files={"photo": ("a.png", photo())})
    assert failure(answer, 500)["code"] == "helper-stopped"
    assert studio.project()["width"] == 96


@pytest.mark.slow
def test_a_worker_is_replaced_when_it_has_done_enough_and_nobody_notices(studio):
    queue = studio.context.queue
    before, queue._done_by_worker = queue.worker.pid, studio.settings.jobs_per_worker - 1
    project = studio.project()["id"]
    first, second = studio.job(project), studio.job(project)
    assert studio.ended(first["id"])["status"] == studio.ended(second["id"])["status"] == "done"
    assert queue.worker.pid != before


@pytest.mark.slow
def test_a_full_queue_says_so(studio):
    first = running_job(studio)
    project = studio.project()["id"]
    jobs = [studio.job(project) for _ in range(30)]
    answer = studio.client.post("/api/jobs", data={"project": project})
    assert failure(answer, 429)["code"] == "queue-full"
    for job in [*jobs, first]:
        studio.client.post(f"/api/jobs/{job['id']}/cancel")
    studio.ended(first["id"])


def test_removing_a_project_ends_its_job_and_its_news(studio):
    job = running_job(studio)
    with studio.client.stream("GET", f"/api/jobs/{job['id']}/events") as stream:
        events = told(stream)
        next(events)
        assert studio.client.delete(f"/api/projects/{job['project']}").status_code == 204
        assert all(kind in ("job", "scene") for kind, _, _ in events)
    until(lambda: studio.context.queue.counts["running"] == 0, "the worker is free")
    assert studio.ended(studio.job(studio.project()["id"])["id"])["status"] == "done"
    assert not (studio.settings.folder / "projects" / job["project"]).exists()


# ---------------------------------------------------------------- restarts


def a_project(store, *, size=0, opened=0.0, **fields):
    """Add a project whose photo has so many bytes; its name says nothing."""
    folder = store.new_folder()
    (folder / "photo").write_bytes(photo() if not size else bytes(size))
    project = ProjectRecord(folder.name, "a", 96, 64, created=opened, opened=opened, **fields)
    store.add_project(project)
    return project


def a_job(store, project, status, *, created, size=0, **fields):
    job = JobRecord(new_id(), project.id, dict(QUICK), status=status, created=created, **fields)
    if status in ("done", "cancelled"):
        job.finished, job.has_drawing = created, True
    store.add_job(job)
    (store.job_folder(job) / "drawing.svg").write_bytes(bytes(size))
    store.measure(project.id)
    return job


@pytest.mark.slow
def test_a_restart_keeps_everything_and_goes_on_with_the_queue(tmp_path):
    store = Store(StudioSettings(folder=tmp_path))
    project = a_project(store)
    done = a_job(store, project, "done", created=1.0)
    twice = a_job(store, project, "running", created=2.0, attempts=2)
    once = a_job(store, project, "running", created=3.0, attempts=1, started=3.0)
    waiting = a_job(store, project, "waiting", created=4.0)
    store.close()
    with running(tmp_path) as studio:
        ended = [studio.ended(job.id) for job in (done, twice, once, waiting)]
        assert [job["status"] for job in ended] == ["done", "failed", "done", "done"]
        assert ended[1]["error"]["code"] == "interrupted"
        assert ended[2]["finished"] <= ended[3]["started"]
        again = studio.client.get(f"/api/projects/{project.id}").json()
        assert (again["name"], again["job"]["id"]) == ("a", waiting.id)
        long = studio.job(project.id, LONG)
        until(lambda: studio.get_job(long["id"])["status"] == "running", "it runs")
    kept = json.loads((tmp_path / "projects" / project.id / "jobs" / long["id"] / "job.json").read_text())
    assert (kept["status"], kept["attempts"]) == ("running", 1)


def test_damaged_and_unfinished_folders_are_passed_over(tmp_path):
    store = Store(StudioSettings(folder=tmp_path))
    whole = a_project(store)
    store.new_folder()
    broken = a_project(store)
    (store.folder(broken) / "project.json").write_text("{")
    store.close()
    store = Store(StudioSettings(folder=tmp_path))
    assert [project.id for project in store.projects()] == [whole.id]
    assert {folder.name for folder in (tmp_path / "projects").iterdir()} == {whole.id, broken.id}
    store.close()


def test_what_is_not_the_studios_is_left_alone(tmp_path, capsys):
    """Homes may have a folder named projects; newer studios may write what this one cannot read."""
    own = tmp_path / "projects" / "thesis" / "thesis.tex"
    newer = tmp_path / "projects" / ("ab" * 8) / "project.json"
    for path, text in ((own, "years of work"), (newer, '{"format": 99}')):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    store = Store(StudioSettings(folder=tmp_path))
    assert store.projects() == []
    assert stat.S_IMODE(store.new_folder().stat().st_mode) == 0o700
    store.close()
    assert own.read_text() == "years of work"
    assert newer.exists()
    assert "cannot be read" in capsys.readouterr().err


def test_a_folder_belongs_to_one_studio_at_a_time(tmp_path):
    store = Store(StudioSettings(folder=tmp_path))
    with pytest.raises(OptionError, match="another studio"):
        Store(StudioSettings(folder=tmp_path))
    store.close()
    Store(StudioSettings(folder=tmp_path)).close()


# ---------------------------------------------------------------- room


def test_replaced_drawings_go_first_then_what_was_not_opened_for_longest(tmp_path):
    store = Store(StudioSettings(folder=tmp_path, disk_bytes=100_000))
    old, new = (a_project(store, size=20_000, opened=opened) for opened in (1.0, 2.0))
    replaced = a_job(store, new, "done", created=1.0, size=20_000)
    newest = a_job(store, new, "done", created=2.0, size=20_000)
    assert 80_000 < store.used < 90_000
    store.make_room(30_000)
    assert {job.id for job in store.jobs()} == {newest.id}
    assert not store.job_folder(replaced).exists()
    assert {project.id for project in store.projects()} == {old.id, new.id}
    store.make_room(50_000)
    assert [project.id for project in store.projects()] == [new.id]
    assert not store.folder(old).exists()
    store.close()


def test_drawings_that_undo_may_go_back_to_stay_while_their_project_is_open(tmp_path):
    store = Store(StudioSettings(folder=tmp_path, disk_bytes=100_000))
    project = a_project(store, size=1_000, opened=time.time())
    edited = a_job(store, project, "done", created=1.0, size=20_000, edits={"deleted": ["d0"]})
    a_job(store, project, "done", created=2.0, size=20_000, edits={"deleted": [], "order": None})
    before = a_job(store, project, "done", created=3.0, size=20_000)
    newest = a_job(store, project, "done", created=4.0, size=20_000)
    store.make_room(25_000)
    assert {job.id for job in store.jobs()} == {edited.id, before.id, newest.id}
    store.choose(edited)
    assert store.result(project.id) is edited
    project.opened = 1.0
    store.make_room(50_000)
    assert {job.id for job in store.jobs()} == {edited.id, newest.id}
    newer = a_job(store, project, "cancelled", created=5.0)
    assert store.result(project.id) is newer
    store.close()


def test_what_waits_or_was_just_opened_stays_even_if_nothing_fits_any_more(tmp_path):
    store = Store(StudioSettings(folder=tmp_path, disk_bytes=50_000))
    busy = a_project(store, size=20_000, opened=1.0)
    a_job(store, busy, "waiting", created=1.0)
    recent = a_project(store, size=20_000, opened=time.time())
    kept = a_project(store, size=5_000, opened=1.0)
    with pytest.raises(StudioError) as caught:
        store.make_room(40_000, keep=kept.id)
    assert caught.value.status == 507
    assert {project.id for project in store.projects()} == {busy.id, recent.id, kept.id}
    store.close()


def test_a_full_folder_refuses_uploads(tmp_path):
    with running(tmp_path, disk_bytes=2_000) as studio:
        answer = studio.client.post("/api/projects", files={"photo": ("a.png", photo())})
        error = failure(answer, 507)
        assert "--limit" in error["message"]
        assert str(tmp_path) not in answer.text
        assert list((tmp_path / "projects").iterdir()) == []


@contextmanager
def writing_nothing(process):
    """Let a process write no byte to a file, as if its disk were full."""
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("limits of another process can be set on Linux alone")
    before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, -1))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_what_is_there_can_be_opened(studio, monkeypatch):
    key = studio.project()["id"]
    path = f"/api/projects/{key}"
    with writing_nothing(studio.context.helper.process):
        for answer in (
            studio.client.put(f"{path}/map", content=grey_map()),
            studio.client.get(f"{path}/regions"),
            studio.client.get(f"{path}/project.huefold"),
        ):
            assert failure(answer, 507)["code"] == "disk-full"
    assert not list((studio.settings.folder / "projects" / key).glob("*.part"))
    with writing_nothing(studio.context.queue.worker):
        assert studio.ended(studio.job(key)["id"])["error"]["code"] == "disk-full"

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfileobj", full)
        failure(studio.client.post("/api/projects", files={"photo": ("a.png", photo())}), 507)
        patch.setattr("os.fsync", full)
        failure(studio.client.patch(path, json={"name": "other"}), 507)
        assert studio.client.get(path).status_code == 200
    assert studio.client.put(f"{path}/map", content=grey_map()).status_code == 200
    assert studio.ended(studio.job(key)["id"])["status"] == "done"


def test_edits_hold_what_they_can_and_nothing_else():
    given = {
        "order": ["a", "a", 3],
        "hidden": "a",
        "fills": {"a": "#12345g", "b": "#ABCDEF"},
        "names": {"a": "x\0"},
    }
    assert clean_edits(given) == {
        "order": ["a"],
        "hidden": [],
        "deleted": [],
        "locked": [],
        "fills": {"b": "#abcdef"},
        "names": {"a": "x"},
    }


# ---------------------------------------------------------------- the command


def studio_command(*arguments, **more):
    # Started in the background, a program would ignore Ctrl-C.
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    program += "import huefold.cli as cli; cli.main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, "studio", "--no-browser", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def children(pid):
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(text) for text in listed.stdout.split()]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="asks the system for processes by ps")
def test_the_command_prints_its_address_and_leaves_nothing_behind(tmp_path):
    with studio_command("--folder", tmp_path) as process:
        line = process.stdout.readline()
        assert "huefold studio: http://127.0.0.1:" in line
        workers = until(
            lambda: len(children(process.pid)) == 2 and children(process.pid), "both workers are there"
        )
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert time.monotonic() - begun < 2.5
    assert process.returncode == 0, err
    assert err == ""
    assert "ended" in out

    def gone(pid):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    until(lambda: all(gone(pid) for pid in workers), "the workers are gone", seconds=3)


def test_the_command_says_in_one_line_why_it_cannot_start(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from huefold.cli.studio import studio
    from huefold.studio.serve import listen

    with listen("127.0.0.1", 0, any_port=False) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OptionError, match="another --port"):
            CliRunner().invoke(
                studio,
                ["--port", str(port), "--folder", str(tmp_path), "--no-browser"],
                catch_exceptions=False,
                standalone_mode=False,
            )
        with listen("127.0.0.1", port, any_port=True) as other:
            assert other.getsockname()[1] != port
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.setattr("huefold.cli.studio.PACKAGES", {"huefold_no_such": "no-such"})
    with pytest.raises(ImportError, match=r"pip install 'huefold\[studio\]'"):
        CliRunner().invoke(studio, [], catch_exceptions=False, standalone_mode=False)


@pytest.mark.slow
def test_the_server_process_computes_nothing():
    program = "import sys, huefold.studio.serve; print({'scipy', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
