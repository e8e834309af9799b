"""Projects and jobs on disk: one folder each, with a JSON record that is written atomically."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from huefold.errors import HuefoldError, OptionError
from huefold.files import write_atomically
from huefold.studio.failures import StudioError, disk_full, missing
from huefold.studio.records import JobRecord, ProjectRecord, is_id, new_id
from huefold.studio.settings import StudioSettings

__all__ = ["Store"]

PROJECT_FILE, JOB_FILE, JOBS = "project.json", "job.json", "jobs"


class Store:
    """All projects and jobs, in memory and on disk; safe to use from any thread.

    Parameters
    ----------
    settings : StudioSettings
        Folder and limit of its size.

    Raises
    ------
    OptionError
        If the folder cannot be written, or another studio uses it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(StudioSettings(folder=Path(folder)))
    ...     store.projects()
    ...     store.close()
    []
    """

    def __init__(self, settings: StudioSettings) -> None:
        self._settings = settings
        self._root = settings.folder.expanduser().resolve() / "projects"
        self._lock = threading.RLock()
        self._projects: dict[str, ProjectRecord] = {}
        self._jobs: dict[str, JobRecord] = {}
        self._sizes: dict[str, int] = {}
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            self._claim = _claimed(self._root.parent / ".lock")
        except OSError as error:
            raise OptionError(
                f"the studio cannot keep its work in {settings.folder}: {error.strerror}"
            ) from error
        self._read_all()

    def close(self) -> None:
        """Release the folder for another studio."""
        self._claim.close()

    def _read_all(self) -> None:
        for folder in sorted(self._root.iterdir()):
            if not is_id(folder.name):
                continue  # not ours
            if not (folder / PROJECT_FILE).exists():
                shutil.rmtree(folder, ignore_errors=True)  # an upload that was never finished
                continue
            project = _read(folder / PROJECT_FILE, ProjectRecord)
            if project is None or project.id != folder.name:
                sys.stderr.write(f"huefold studio: {folder / PROJECT_FILE} cannot be read; left as it is\n")
                continue
            self._projects[project.id] = project
            for place in sorted((folder / JOBS).glob("*")):
                job = _read(place / JOB_FILE, JobRecord)
                if job is not None and job.id == place.name:
                    self._jobs[job.id] = job
            self._sizes[project.id] = _size(folder)

    def folder(self, project: ProjectRecord | str) -> Path:
        """Return a project's folder."""
        return self._root / (project if isinstance(project, str) else project.id)

    def job_folder(self, job: JobRecord) -> Path:
        """Return a job's folder."""
        return self.folder(job.project) / JOBS / job.id

    def projects(self) -> list[ProjectRecord]:
        """Return all projects, newest first."""
        with self._lock:
            return sorted(self._projects.values(), key=lambda project: -project.created)

    def jobs(self, project: str | None = None) -> list[JobRecord]:
        """Return all jobs, or those of a project, newest first."""
        with self._lock:
            found = [job for job in self._jobs.values() if project in (None, job.project)]
        return sorted(found, key=lambda job: -job.created)

    def project(self, key: str) -> ProjectRecord:
        """Return a project; raise if there is none of that id."""
        with self._lock:
            if key not in self._projects:
                raise missing("project")
            return self._projects[key]

    def job(self, key: str) -> JobRecord:
        """Return a job; raise if there is none of that id."""
        with self._lock:
            if key not in self._jobs:
                raise missing("job")
            return self._jobs[key]

    def result(self, project: str) -> JobRecord | None:
        """Return the job of a project's current drawing: the newest, or the one that the user went back to."""
        drawn = self._drawn(project)
        if not drawn:
            return None
        back, newest = self.project(project).chosen or ("", "")
        if newest == drawn[0].id:
            return next((job for job in drawn if job.id == back), drawn[0])
        return drawn[0]

    def before(self, project: str) -> JobRecord | None:
        """Return the newest edited drawing that is older than the current one."""
        result = self.result(project)
        older = (job for job in self._drawn(project) if result is not None and job.created < result.created)
        return next((job for job in older if job.edited), None)

    def choose(self, job: JobRecord) -> None:
        """Make a drawing the current one, until a newer one ends."""
        with self._lock:
            project = self.project(job.project)
            newest = self._drawn(project.id)[0]
            project.chosen = [] if job is newest else [job.id, newest.id]

    def _drawn(self, project: str) -> list[JobRecord]:
        """Return a project's jobs that left a drawing, newest first."""
        return [job for job in self.jobs(project) if job.ended and job.has_drawing]

    def new_folder(self) -> Path:
        """Make the empty folder of a new project, which `add_project` adds."""
        folder = self._root / new_id()
        folder.mkdir(mode=0o700)  # photos are private
        (folder / JOBS).mkdir()
        return folder

    def discard(self, folder: Path) -> None:
        """Remove the folder of a new project that failed."""
        shutil.rmtree(folder, ignore_errors=True)

    def add_project(self, project: ProjectRecord) -> None:
        """Add a new project whose folder exists."""
        with self._lock:
            self._projects[project.id] = project
        self.save_project(project)
        self.measure(project.id)

    def add_job(self, job: JobRecord) -> None:
        """Add a new job; its folder may exist already."""
        with self._lock:
            self.project(job.project)
            self._jobs[job.id] = job
        self.save_job(job)

    def save_project(self, project: ProjectRecord) -> None:
        """Write the record of a project."""
        with self._lock:
            if project.id in self._projects:
                _write(self.folder(project) / PROJECT_FILE, project.to_dict())

    def save_job(self, job: JobRecord) -> None:
        """Write the record of a job."""
        with self._lock:
            if job.id in self._jobs:
                self.job_folder(job).mkdir(exist_ok=True)
                _write(self.job_folder(job) / JOB_FILE, job.to_dict())

    def remove_job(self, job: JobRecord) -> None:
        """Remove a job and its drawing."""
        with self._lock:
            self._jobs.pop(job.id, None)
            shutil.rmtree(self.job_folder(job), ignore_errors=True)
        self.measure(job.project)

    def remove_project(self, project: ProjectRecord) -> None:
        """Remove a project and all its jobs."""
        with self._lock:
            for job in self.jobs(project.id):
                self._jobs.pop(job.id, None)
            self._projects.pop(project.id, None)
            self._sizes.pop(project.id, None)
            shutil.rmtree(self.folder(project), ignore_errors=True)

    def measure(self, project: str) -> None:
        """Update the size of a project on disk."""
        with self._lock:
            if project in self._projects:
                self._sizes[project] = _size(self.folder(project))

    @property
    def used(self) -> int:
        """Size of all projects, in bytes."""
        with self._lock:
            return sum(self._sizes.values())

    def make_room(self, wanted: int = 0, *, keep: str | None = None) -> None:
        """Remove old work until `wanted` more bytes fit into the limit.

        Drawings that a newer one of their project has replaced go first, then whole projects, least recently
        opened first. Waiting and running jobs stay, and projects that were opened recently, with the drawings that
        the user can go back to: the one before the newest, and edited ones.

        Parameters
        ----------
        wanted : int, optional
            Bytes that are to be written.
        keep : str, optional
            Id of a project that stays.

        Raises
        ------
        StudioError
            If there is still no room.
        """
        limit = self._settings.disk_bytes - wanted
        with self._lock:
            for remove in self._removals(keep):
                if self.used <= limit:
                    return
                remove()
            if self.used > limit:
                raise StudioError(
                    507,
                    "disk-full",
                    "the studio's folder is full; delete projects, or start it with a larger --limit",
                )

    def _removals(self, keep: str | None) -> Iterator[Any]:
        for project in self._oldest():
            for job in self._replaced(project):
                yield lambda job=job: self.remove_job(job)
        for project in self._oldest():
            idle = all(job.ended for job in self.jobs(project.id))
            if project.id != keep and idle and not self._recent(project):
                yield lambda project=project: self.remove_project(project)

    def _replaced(self, project: ProjectRecord) -> list[JobRecord]:
        """Return the jobs that a newer drawing has replaced and the user cannot go back to, oldest first."""
        drawn = self._drawn(project.id)
        if not drawn:
            return []
        stay = {drawn[0].id, *project.chosen}
        if self._recent(project):
            stay |= {drawn[min(1, len(drawn) - 1)].id, *(job.id for job in drawn if job.edited)}
        older = [job for job in self.jobs(project.id) if job.ended and job.created < drawn[0].created]
        return [job for job in reversed(older) if job.id not in stay]

    def _recent(self, project: ProjectRecord) -> bool:
        touched = max([project.opened, *(job.finished or 0.0 for job in self.jobs(project.id))])
        return touched >= time.time() - self._settings.kept_seconds

    def _oldest(self) -> list[ProjectRecord]:
        return sorted(self._projects.values(), key=lambda project: project.opened)


def _claimed(path: Path) -> BinaryIO:
    """Return the locked file, which the system frees however this process ends."""
    stream = path.open("ab")
    with contextlib.suppress(ImportError):  # without fcntl, the folder is not locked
        import fcntl  # noqa: PLC0415 - not on every system

        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.close()
            raise OptionError(
                f"another studio keeps its work in {path.parent}; use that one, or give another --folder"
            ) from None
    return stream


def _read(path: Path, kind: Any) -> Any:
    try:
        return kind.from_dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, values: dict[str, Any]) -> None:
    try:
        write_atomically(path, json.dumps(values, allow_nan=False))
    except HuefoldError:
        raise disk_full() from None


def _size(folder: Path) -> int:
    return sum(_file_sizes(folder.rglob("*")))


def _file_sizes(paths: Iterable[Path]) -> Iterator[int]:
    for path in paths:
        with contextlib.suppress(OSError):  # gone meanwhile
            if path.is_file():
                yield path.stat().st_size
