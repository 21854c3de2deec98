"""What every benchmark runs on: a private broker, a model stand-in, the C programs and MoltBot's worker."""

import json
import os
import shutil
import subprocess
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from processes import Child, Failure, listener_pid

REPOSITORY = Path(__file__).resolve().parent.parent.parent
BUILD = REPOSITORY / "Benchmarks" / ".build"

# Where MoltBot's contract puts tasks and results, against the floor's own names (the defaults of `floor`).
MOLTBOT_NAMES = ["--exchange", "moltbot.tasks", "--queue", "moltbot.tasks.default", "--results", "moltbot.results"]
MOLTBOT_QUEUES = ["moltbot.tasks.default", "moltbot.results", "moltbot.relay"]


def environment() -> dict[str, str]:
    """Ours without MoltBot's settings: a benchmark measures the defaults, in a folder without a settings file."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MOLTBOT_")}


class Rig:
    """Use as a context: everything it starts has ended and its folder is gone when the context is left."""

    def __init__(self, moltbot: Path | None, broker_url: str | None):
        self.moltbot = moltbot.resolve() if moltbot else None
        self.broker_url = broker_url or ""
        self._stack = ExitStack()
        self._runs = 0

    def __enter__(self) -> "Rig":
        with ExitStack() as stack:
            self._folder = Path(tempfile.mkdtemp(prefix="moltbot-bench-"))
            stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            if not self.broker_url:
                self._start_broker(stack)
            self.broker_pid = listener_pid(urllib.parse.urlsplit(self.broker_url).port or 5672)
            self.model = stack.enter_context(self.child([str(BUILD / "model")]))
            self._model_port = int(self.model.lines(1, 10)[0][1])
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start_broker(self, stack: ExitStack) -> None:
        if self.moltbot is None:
            raise Failure("no broker: name one with --broker, or leave --floor-only away")
        state = ["--state-dir", str(self._folder / "broker")]
        stack.callback(self.moltbot_command, "broker", "stop", *state)
        self.moltbot_command("broker", "start", *state)
        self.broker_url = self.moltbot_command("broker", "url", *state).strip()

    def moltbot_command(self, *arguments: str, **variables: str) -> str:
        """Runs a command to its end, and gives what it printed."""
        try:
            done = subprocess.run(
                [str(self.moltbot), *arguments], capture_output=True, text=True, timeout=120, start_new_session=True,
                env=environment() | variables, cwd=self._folder)
        except subprocess.TimeoutExpired:
            raise Failure(f"moltbot {' '.join(arguments[:2])}: not done in 120 s") from None
        if done.returncode != 0:
            raise Failure(f"moltbot {' '.join(arguments[:2])}: {done.stderr.strip()}")
        return done.stdout

    def built(self, product: str) -> Path:
        """A program of this package that was built beside `moltbot`."""
        program = self.moltbot.parent / product
        if not program.exists():
            raise Failure(f"{program} is missing: swift build -c release --product {product}")
        return program

    def child(self, arguments: list[str], **variables: str) -> Child:
        log = self._folder / (Path(arguments[0]).name + ".log")
        return Child(arguments, log=log, folder=self._folder, environment=environment() | variables)

    def floor(self, role: str, *options: object) -> Child:
        """Starts parts of the C pipeline."""
        return self.child([str(BUILD / "floor"), "--broker", self.broker_url, "--role", role, *map(str, options)])

    def ask_floor(self, role: str, *options: object, seconds: float = 60) -> dict[str, float]:
        """Runs parts of the C pipeline to their end."""
        with self.floor(role, *options) as child:
            return child.finish(seconds)

    @contextmanager
    def floor_topology(self, endpoints: int = 1) -> Iterator[None]:
        """The floor's own queues, empty, for as long as the context lasts."""
        self.ask_floor("declare", "--endpoints", endpoints)
        try:
            yield
        finally:
            self.ask_floor("remove", "--endpoints", endpoints)

    def worker(
        self, concurrency: int, model_path: str = "/v1", queues: list[str] = MOLTBOT_QUEUES, keeps_messages: bool = False,
        **settings: str,
    ) -> Child:
        """Starts MoltBot's worker; returns when it consumes and `queues`, with its first task queue in front, are empty, unless it
        `keeps_messages`."""
        worker = self.child(
            [str(self.moltbot), "worker", "--concurrency", str(concurrency), "--apply-topology"],
            # Not as a flag: everybody on the machine can read those, and the URL has the password.
            MOLTBOT_BROKER_URL=self.broker_url, OPENAI_BASE_URL=self.model_url(model_path), OPENAI_API_KEY="bench",
            **settings,
        )
        try:
            self.ask_floor("await", "--queue", queues[0], "--deadline", 60, seconds=70)
            worker.check()
            if not keeps_messages:
                self.empty_queues(queues)
        except BaseException as error:
            worker.stop()
            if isinstance(error, Failure):
                raise worker.failure("does not consume") from None
            raise
        return worker

    def empty_queues(self, queues: list[str] = MOLTBOT_QUEUES) -> None:
        """No run inherits another's messages."""
        for queue in queues:
            self.ask_floor("purge", "--queue", queue)

    def model_url(self, path: str = "/v1") -> str:
        return f"http://127.0.0.1:{self._model_port}{path}"

    def settings_file(self, text: str) -> Path:
        """A settings file for a worker, in the run's folder."""
        file = self._folder / "settings.yaml"
        file.write_text(text)
        return file

    def another_model(self, port: int = 0) -> tuple[Child, int]:
        """Starts one more stand-in, on any port or in the place of one that has ended; gives its port as well."""
        model = self.child([str(BUILD / "model"), *([str(port)] if port else [])])
        try:
            return model, int(model.lines(1, 10)[0][1])
        except BaseException:
            model.stop()
            raise

    def model_stats(self, port: int | None = None) -> dict[str, int]:
        """Of our own stand-in, or of the one on that port."""
        return self._ask_model("/stats", port)

    def lags(self) -> dict[str, float]:
        """What the receiver of webhooks noted since the last time."""
        return self._ask_model("/lags")

    def _ask_model(self, path: str, port: int | None = None) -> dict[str, float]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port or self._model_port}{path}", timeout=10) as answer:
            return json.load(answer)

    def next_run(self) -> int:
        """A number for the tasks of one run."""
        self._runs += 1
        return self._runs
