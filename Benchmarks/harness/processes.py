"""Child processes that never outlive the benchmark, and what /proc says about any process."""

import ctypes
import os
import signal
import subprocess
import threading
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Failure(Exception):
    """A run that has no result; the message says what to do about it."""


class Child:
    """A process whose `name value` lines are read as they come. Its error output goes to a file."""

    def __init__(self, arguments: list[str], log: Path, folder: Path, environment: dict[str, str]):
        self.name = Path(arguments[0]).name
        self._log = log
        with log.open("ab") as errors:
            # A session of its own: Ctrl-C reaches the benchmark alone, which then ends its children in order.
            self._process = subprocess.Popen(
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                cwd=folder, env=environment, start_new_session=True, preexec_fn=_die_with_parent,
            )
        self.pid = self._process.pid
        self._lines: list[tuple[str, float]] = []
        self._changed = threading.Condition()
        self._is_over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            name, _, value = line.strip().partition(" ")
            with self._changed:
                try:
                    self._lines.append((name, float(value)))
                except ValueError:
                    continue  # not a figure
                self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def lines(self, count: int, seconds: float) -> list[tuple[str, float]]:
        """The figures so far, as soon as there are `count`."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._lines) >= count or self._is_over, seconds)
            if len(self._lines) < count:
                raise self.failure(f"printed {len(self._lines)} of {count} figures in {seconds:.0f} s")
            return list(self._lines)

    def finish(self, seconds: float) -> dict[str, float]:
        """Waits for the process to end by itself and gives its figures by name."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise self.failure(f"not done in {seconds:.0f} s") from None
        self._reader.join()
        if status != 0:
            raise self.failure(f"ended with status {status}")
        return dict(self._lines)

    def check(self) -> None:
        """Raises when the process has ended."""
        if self._process.poll() is not None:
            raise self.failure(f"ended with status {self._process.returncode}")

    def stop(self) -> None:
        """SIGTERM, then SIGKILL for one that does not go."""
        for send in (self._process.terminate, self._process.kill):
            if self._process.poll() is None:
                send()
                try:
                    self._process.wait(20)
                except subprocess.TimeoutExpired:
                    continue
        self._process.stdin.close()
        self._reader.join()
        self._process.stdout.close()

    def failure(self, what: str) -> Failure:
        said = self._log.read_text(errors="replace").splitlines()[-15:]
        return Failure("\n  ".join([f"{self.name}: {what}", *said]))

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def cpu_seconds(pid: int) -> float:
    """Processor time that the process has used, all threads, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _status_megabytes(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    raise Failure(f"/proc/{pid}/status has no {field}")


def resident_megabytes(pid: int) -> float:
    return _status_megabytes(pid, "VmRSS")


def peak_resident_megabytes(pid: int) -> float:
    return _status_megabytes(pid, "VmHWM")


def listener_pid(port: int) -> int | None:
    """The process that listens on a loopback port, when we may see it."""
    inodes = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].partition(":")[2], 16) == port and fields[3] == "0A":
            inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(descriptor) in inodes for descriptor in (process / "fd").iterdir()):
                return int(process.name)
        except OSError:
            continue  # gone, or not ours
    return None
