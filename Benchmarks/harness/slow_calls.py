"""Thousands of slow calls in flight in one worker: does the rate stay ideal, and what does it cost in memory?"""

from contextlib import AbstractContextManager
from collections.abc import Callable

from processes import Child, peak_resident_megabytes
from report import Outcome
from rig import MOLTBOT_NAMES, Rig

CONCURRENCY = 5000
SECONDS = 2
# Where the model stand-in answers after that time: exactly, so that calls that began together end together, or on average.
KINDS = [("calls of 2 s", "/slow/v1"), ("calls of 1 to 3 s", "/around/2000/v1")]


def _steady_rate(
    rig: Rig, waves: int, names: list[str], start_worker: Callable[[], AbstractContextManager[Child]],
) -> tuple[float, float]:
    """Tasks per second while all slots are taken all the time, and the worker's peak memory in MB."""
    # Each wave is one call in every slot. The first wave fills the slots and the last one empties them.
    tasks, last = waves * CONCURRENCY, (waves - 1) * CONCURRENCY
    run = ["--tasks", tasks, "--run", rig.next_run(), "--deadline", 300]
    # All tasks wait before the worker starts: while they come in, the broker's processor time is theirs.
    rig.ask_floor("producer", *names, *run, seconds=310)
    with rig.floor("subscriber", *names, "--every", CONCURRENCY, *run) as results:
        with start_worker() as worker:
            figures = results.finish(310)
            peak = peak_resident_megabytes(worker.pid)
    return (last - CONCURRENCY) / (figures[f"result_{last}"] - figures[f"result_{CONCURRENCY}"]), peak


def run(rig: Rig, is_quick: bool) -> Outcome:
    waves = 6 if is_quick else 12
    ideal = CONCURRENCY / SECONDS
    outcome = Outcome("slow-calls", f"{waves * CONCURRENCY:,} calls, {CONCURRENCY:,} in flight in one worker")
    rig.moltbot_command("topology", "apply", MOLTBOT_BROKER_URL=rig.broker_url)
    for name, path in KINDS:
        rig.empty_queues()
        rate, peak = _steady_rate(rig, waves, MOLTBOT_NAMES, lambda: rig.worker(CONCURRENCY, path, keeps_messages=True))
        rig.empty_queues()
        outcome.judge(f"{name}: of the ideal rate", rate / ideal, "", ">= 0.95", lambda share: share >= 0.95)
        outcome.judge(f"{name}: worker's peak resident memory", peak, "MB", "< 250 MB", lambda size: size < 250)
        # What the same machine and broker give a worker that does nothing but this, all slots on one channel.
        with rig.floor_topology():
            floor, _ = _steady_rate(rig, waves, [], lambda: rig.floor(
                "worker", "--tasks", waves * CONCURRENCY + 1, "--concurrency", CONCURRENCY, "--events", 2,
                "--model", rig.model_url(path + "/chat/completions")))
        outcome.add(f"{name}: of the ideal rate, worker in C with one channel", floor / ideal, "")
    outcome.add("calls in flight at once, as the model saw it", rig.model_stats()["peak_in_flight"], "")
    return outcome
