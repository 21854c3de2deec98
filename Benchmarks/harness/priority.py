"""How long an urgent task waits for its model call when 100,000 others wait before it."""

from dataclasses import dataclass

from processes import Failure
from report import Outcome, percentile
from rig import MOLTBOT_NAMES, MOLTBOT_QUEUES, REPOSITORY, Rig

BACKLOG = 100_000
CONCURRENCY = 200


@dataclass
class Pace:
    """How long calls take, and how often an urgent one comes."""

    # The stand-in spreads its answers from half to one and a half times this, as models do; with equal ones all slots would
    # fall free at the same instant.
    model_ms: int
    probes_a_second: int

    @property
    def model_path(self) -> str:
        return f"/around/{self.model_ms}/v1"

    @property
    def turnover(self) -> int:
        """Tasks/s of all slots together."""
        return CONCURRENCY * 1000 // self.model_ms

    @property
    def reserved(self) -> int:
        """Slots: twice what the urgent tasks need on average."""
        return 2 * self.probes_a_second * self.model_ms // 1000

    def __str__(self) -> str:
        return f"calls of {self.model_ms / 2000:g} to {self.model_ms * 3 / 2000:g} s"


CALLS = Pace(2000, 20)
# A slot falls free each millisecond, so that one queue has a chance; the ratio then measures the work on 1,000 tasks/s as well.
SHORT_CALLS = Pace(200, 40)


@dataclass
class Way:
    """Where tasks go, and where they wait."""

    names: list[str]
    urgent_key: str
    backlog_key: str
    backlog_queue: str


FLOOR = Way([], "default.normal", "default.normal", "bench.tasks.default")
ONE_QUEUE = Way(MOLTBOT_NAMES, "default.critical", "default.low", MOLTBOT_QUEUES[0])
BY_LANE = Way(["--exchange", "moltbot.tasks", "--results", "moltbot.results"],
              "default.critical", "default.low", "moltbot.tasks.default.low")
LANE_QUEUES = [BY_LANE.backlog_queue, "moltbot.tasks.default.critical", "moltbot.results", "moltbot.relay"]


@dataclass
class Waits:
    """In ms, one for each urgent task."""

    idle: list[float]
    deep: list[float]
    depth: float

    @property
    def ratio(self) -> float:
        return percentile(self.deep, 0.99) / percentile(self.idle, 0.99)


def _waits(rig: Rig, way: Way, pace: Pace, probes: int) -> list[float]:
    """Publishes urgent tasks at an even pace; gives their waits in ms, from just before the publish to the model's door."""
    before = len(rig.model.lines(0, 0))
    rig.ask_floor("producer", *way.names, "--key", way.urgent_key, "--tasks", probes, "--priority", 10,
                  "--rate", pace.probes_a_second, "--run", rig.next_run(), "--deadline", 120, seconds=130)
    lines = rig.model.lines(before + probes, 60)[before:]
    return [value / 1000 for _, value in lines]


def _measure(rig: Rig, way: Way, pace: Pace, probes: int) -> Waits:
    """With a worker that waits for tasks already."""
    # What the worker takes while the backlog is published and the probes run must not eat into the 100,000.
    spare = pace.turnover * (probes // pace.probes_a_second + 30)
    with rig.floor("subscriber", *way.names, "--tasks", 10_000_000, "--deadline", 500) as subscriber:
        _waits(rig, way, pace, probes // 10)  # connections and caches
        idle = _waits(rig, way, pace, probes)
        rig.ask_floor("producer", *way.names, "--key", way.backlog_key, "--tasks", BACKLOG + spare, "--priority", 1,
                      "--run", rig.next_run(), "--deadline", 200, seconds=210)
        deep = _waits(rig, way, pace, probes)
        depth = rig.ask_floor("depth", "--queue", way.backlog_queue)["depth"]
        subscriber.check()
    if depth < BACKLOG:
        raise Failure(f"priority: the backlog fell to {depth:,.0f} before the last urgent task: this machine fills it too slowly")
    return Waits(idle, deep, depth)


def _floor(rig: Rig, probes: int) -> Waits:
    with rig.floor_topology(), rig.floor("worker", "--tasks", 10_000_000, "--concurrency", CONCURRENCY,
                                         "--model", rig.model_url(f"{SHORT_CALLS.model_path}/chat/completions")):
        rig.ask_floor("await", "--queue", FLOOR.backlog_queue)
        return _measure(rig, FLOOR, SHORT_CALLS, probes)


def _one_queue(rig: Rig, probes: int) -> Waits:
    with rig.worker(CONCURRENCY, SHORT_CALLS.model_path):
        waits = _measure(rig, ONE_QUEUE, SHORT_CALLS, probes)
        rig.empty_queues()
    return waits


def _by_lane(rig: Rig, pace: Pace, probes: int) -> Waits:
    # A broker of its own: the same names stand for queues of another kind.
    with Rig(rig.moltbot, None) as rig, rig.worker(
            CONCURRENCY, pace.model_path, LANE_QUEUES, MOLTBOT_BROKER_TOPOLOGY=str(REPOSITORY / "topology" / "ha.yaml"),
            MOLTBOT_WORKER_RESERVED_SLOTS=str(pace.reserved)):
        return _measure(rig, BY_LANE, pace, probes)


def run(rig: Rig, is_quick: bool) -> Outcome:
    probes = 200 if is_quick else 1000
    outcome = Outcome("priority", f"{probes:,} tasks of priority 10, concurrency {CONCURRENCY}")
    shown = {f"floor, {SHORT_CALLS}": _floor(rig, probes), f"one queue, {SHORT_CALLS}": _one_queue(rig, probes)}
    judged = {f"by lane, {pace}": _by_lane(rig, pace, probes) for pace in (SHORT_CALLS, CALLS)}
    for name, waits in (shown | judged).items():
        for state, values in [("idle", waits.idle), ("behind the backlog", waits.deep)]:
            for share in (0.5, 0.99):
                outcome.add(f"{name}, wait {state}, p{share * 100:.0f}", percentile(values, share), "ms")
        outcome.add(f"{name}, priority-1 tasks waiting at the end", waits.depth, "")
    for name, waits in shown.items():
        outcome.add(f"{name}, p99 behind the backlog / idle", waits.ratio, "")
    for name, waits in judged.items():
        outcome.judge(f"{name}, p99 behind the backlog / idle", waits.ratio, "", "<= 2", lambda ratio: ratio <= 2)
    return outcome
