"""How long an urgent task waits for its model call when 100,000 others wait before it."""

from dataclasses import dataclass

from processes import Failure
from report import Outcome, percentile
from rig import MOLTBOT_NAMES, MOLTBOT_QUEUES, REPOSITORY, Rig

BACKLOG = 100_000
CONCURRENCY = 200
# 200 slots of about 200 ms: a slot falls free each millisecond. The stand-in spreads its answers from 100 to 300 ms, as
# models do; with equal ones all slots would fall free at the same instant.
MODEL_MS = 200
MODEL_PATH = f"/around/{MODEL_MS}/v1"
TURNOVER = CONCURRENCY * 1000 // MODEL_MS  # tasks/s
PROBES_A_SECOND = 40
# Twice what the urgent tasks need on average, 40/s for 0.2 s each.
RESERVED = 16


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


def _waits(rig: Rig, way: Way, probes: int) -> list[float]:
    """Publishes urgent tasks at an even pace; gives their waits in ms, from just before the publish to the model's door."""
    before = len(rig.model.lines(0, 0))
    rig.ask_floor("producer", *way.names, "--key", way.urgent_key, "--tasks", probes, "--priority", 10,
                  "--rate", PROBES_A_SECOND, "--run", rig.next_run(), "--deadline", 120, seconds=130)
    lines = rig.model.lines(before + probes, 60)[before:]
    return [value / 1000 for _, value in lines]


def _measure(rig: Rig, way: Way, probes: int) -> Waits:
    """With a worker that waits for tasks already."""
    # What the worker takes while the backlog is published and the probes run must not eat into the 100,000.
    spare = TURNOVER * (probes // PROBES_A_SECOND + 30)
    with rig.floor("subscriber", *way.names, "--tasks", 10_000_000, "--deadline", 500) as subscriber:
        _waits(rig, way, probes // 10)  # connections and caches
        idle = _waits(rig, way, probes)
        rig.ask_floor("producer", *way.names, "--key", way.backlog_key, "--tasks", BACKLOG + spare, "--priority", 1,
                      "--run", rig.next_run(), "--deadline", 200, seconds=210)
        deep = _waits(rig, way, probes)
        depth = rig.ask_floor("depth", "--queue", way.backlog_queue)["depth"]
        subscriber.check()
    if depth < BACKLOG:
        raise Failure(f"priority: the backlog fell to {depth:,.0f} before the last urgent task: this machine fills it too slowly")
    return Waits(idle, deep, depth)


def _floor(rig: Rig, probes: int) -> Waits:
    with rig.floor_topology(), rig.floor("worker", "--tasks", 10_000_000, "--concurrency", CONCURRENCY,
                                         "--model", rig.model_url(f"{MODEL_PATH}/chat/completions")):
        rig.ask_floor("await", "--queue", FLOOR.backlog_queue)
        return _measure(rig, FLOOR, probes)


def _one_queue(rig: Rig, probes: int) -> Waits:
    with rig.worker(CONCURRENCY, MODEL_PATH):
        waits = _measure(rig, ONE_QUEUE, probes)
        rig.empty_queues()
    return waits


def _by_lane(rig: Rig, probes: int) -> Waits:
    # A broker of its own: the same names stand for queues of another kind.
    with Rig(rig.moltbot, None) as rig, rig.worker(
            CONCURRENCY, MODEL_PATH, LANE_QUEUES, MOLTBOT_BROKER_TOPOLOGY=str(REPOSITORY / "topology" / "ha.yaml"),
            MOLTBOT_WORKER_RESERVED_SLOTS=str(RESERVED)):
        return _measure(rig, BY_LANE, probes)


def run(rig: Rig, is_quick: bool) -> Outcome:
    probes = 200 if is_quick else 1000
    outcome = Outcome("priority", f"{probes:,} tasks of priority 10, {PROBES_A_SECOND}/s, concurrency {CONCURRENCY}, "
                                  f"calls of {MODEL_MS // 2} to {MODEL_MS * 3 // 2} ms ({TURNOVER:,} tasks/s)")
    ways = {"floor": _floor(rig, probes), "one queue": _one_queue(rig, probes), "by lane": _by_lane(rig, probes)}
    for name, waits in ways.items():
        for state, values in [("idle", waits.idle), ("behind the backlog", waits.deep)]:
            for share in (0.5, 0.99):
                outcome.add(f"{name}, wait {state}, p{share * 100:.0f}", percentile(values, share), "ms")
        outcome.add(f"{name}, priority-1 tasks waiting at the end", waits.depth, "")
    outcome.add("floor, p99 behind the backlog / idle", ways["floor"].ratio, "")
    outcome.add("one queue, p99 behind the backlog / idle", ways["one queue"].ratio, "")
    outcome.judge("by lane, p99 behind the backlog / idle", ways["by lane"].ratio, "", "<= 2", lambda ratio: ratio <= 2)
    return outcome
