"""What the benchmarks of the REST API share: a node of it, which keeps the ledger, and clients."""

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from processes import Child, Failure
from rig import Rig

SIZE = 512  # bytes of a task


@dataclass
class Node:
    child: Child
    port: int

    @property
    def url(self) -> str:
        """Of /tasks."""
        return f"http://127.0.0.1:{self.port}/tasks"


@dataclass
class Answers:
    """What the clients of one run got."""

    rate: float  # requests/s
    p50: float  # ms
    p99: float  # ms
    longest: float  # ms
    taken: int
    refused: int
    busy: int
    faults: int


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def api(rig: Rig, is_ready_at_once: bool = True) -> Iterator[Node]:
    """`moltbot api` with an empty ledger file, once it is ready: it has read the ledger stream up to its start. Or once it listens."""
    port = _free_port()
    arguments = [str(rig.moltbot), "api", "--api-port", str(port), "--state-dir", f"api-{rig.next_run()}", "--apply-topology",
                 "--log-level", "warning"]
    with rig.child(arguments, MOLTBOT_BROKER_URL=rig.broker_url) as child:
        deadline = time.monotonic() + 300
        while not (is_ready(port) if is_ready_at_once else _answers(port, "/health")):
            child.check()
            if time.monotonic() > deadline:
                raise child.failure("is not ready after 5 minutes")
            time.sleep(0.05)
        yield Node(child, port)


def is_ready(port: int) -> bool:
    return _answers(port, "/health/ready")


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def ask(rig: Rig, url: str, requests: int, concurrency: int, *options: object, size: int = SIZE, seconds: float = 300) -> Answers:
    """Sends tasks from the C client, and gives what came back."""
    figures = rig.ask_floor("requester", "--model", url, "--tasks", requests, "--concurrency", concurrency, "--size", size,
                            "--deadline", int(seconds), *options, seconds=seconds + 10)
    return Answers(
        requests / (figures["last_answer"] - figures["first_request"]), figures["p50_us"] / 1000, figures["p99_us"] / 1000,
        figures["max_us"] / 1000, *(int(figures[name]) for name in ("taken", "refused", "busy", "faults")))


def ask_all_taken(rig: Rig, url: str, requests: int, concurrency: int, *options: object) -> Answers:
    answers = ask(rig, url, requests, concurrency, *options)
    if answers.taken != requests:
        raise Failure(f"{requests - answers.taken} of {requests} requests were not taken: {answers}")
    return answers
