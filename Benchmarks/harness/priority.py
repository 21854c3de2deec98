"""How long an urgent task waits for its model call when 100,000 others wait before it."""

from processes import Failure
from report import Outcome, percentile
from rig import MOLTBOT_NAMES, MOLTBOT_QUEUES, Rig

BACKLOG = 100_000
CONCURRENCY = 200
# 200 slots of about 200 ms: a slot falls free each millisecond. The stand-in spreads its answers from 100 to 300 ms, as
# models do; with equal ones all slots would fall free at the same instant.
MODEL_MS = 200
TURNOVER = CONCURRENCY * 1000 // MODEL_MS  # tasks/s
PROBES_A_SECOND = 40


def _waits(rig: Rig, probes: int) -> list[float]:
    """Publishes urgent tasks at an even pace; gives their waits in ms, from just before the publish to the model's door."""
    before = len(rig.model.lines(0, 0))
    rig.ask_floor("producer", *MOLTBOT_NAMES, "--tasks", probes, "--priority", 10, "--rate", PROBES_A_SECOND,
                  "--run", rig.next_run(), "--deadline", 120, seconds=130)
    lines = rig.model.lines(before + probes, 60)[before:]
    return [value / 1000 for _, value in lines]


def _depth(rig: Rig) -> float:
    return rig.ask_floor("depth", "--queue", MOLTBOT_QUEUES[0])["depth"]


def run(rig: Rig, is_quick: bool) -> Outcome:
    probes = 200 if is_quick else 1000
    # What the worker takes while the backlog is published and the probes run must not eat into the 100,000.
    spare = TURNOVER * (probes // PROBES_A_SECOND + 30)
    with rig.worker(CONCURRENCY, f"/around/{MODEL_MS}/v1"), \
            rig.floor("subscriber", *MOLTBOT_NAMES, "--tasks", 10_000_000, "--deadline", 500) as subscriber:
        _waits(rig, probes // 10)  # connections and caches
        idle = _waits(rig, probes)
        rig.ask_floor("producer", *MOLTBOT_NAMES, "--tasks", BACKLOG + spare, "--priority", 1, "--run", rig.next_run(),
                      "--deadline", 200, seconds=210)
        deep = _waits(rig, probes)
        depth = _depth(rig)
        subscriber.check()
        rig.empty_queues()
    if depth < BACKLOG:
        raise Failure(f"priority: the backlog fell to {depth:,.0f} before the last urgent task; this machine is too slow to fill it")
    outcome = Outcome("priority", f"{probes:,} tasks of priority 10, {PROBES_A_SECOND}/s, concurrency {CONCURRENCY}, "
                                  f"calls of {MODEL_MS // 2} to {MODEL_MS * 3 // 2} ms ({TURNOVER:,} tasks/s)")
    for name, waits in [("idle", idle), ("behind the backlog", deep)]:
        outcome.add(f"wait {name}, p50", percentile(waits, 0.5), "ms")
        outcome.add(f"wait {name}, p99", percentile(waits, 0.99), "ms")
    outcome.add("priority-1 tasks waiting at the end", depth, "")
    outcome.judge("p99 behind the backlog / idle", percentile(deep, 0.99) / percentile(idle, 0.99), "", "<= 2",
                  lambda ratio: ratio <= 2)
    return outcome
