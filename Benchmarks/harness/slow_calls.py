"""Thousands of slow calls in flight in one worker: does the rate stay ideal, and what does it cost in memory?"""

from processes import Failure, peak_resident_megabytes, resident_megabytes
from report import Outcome
from rig import MOLTBOT_NAMES, Rig

CONCURRENCY = 5000
SECONDS = 2  # the model stand-in's /slow


def run(rig: Rig, is_quick: bool) -> Outcome:
    # Each wave is one call in every slot. Steady state begins when the broker has taken all tasks in, which it does faster
    # than the worker can run them and at the worker's cost, and ends when the last wave begins to empty the slots.
    waves = 10 if is_quick else 16
    tasks = waves * CONCURRENCY
    ideal = CONCURRENCY / SECONDS
    with rig.worker(CONCURRENCY, "/slow/v1") as worker:
        idle = resident_megabytes(worker.pid)
        figures = rig.ask_floor(
            "subscriber,producer", *MOLTBOT_NAMES, "--tasks", tasks, "--every", CONCURRENCY, "--run", rig.next_run(),
            "--deadline", 300, seconds=310)
        peak = peak_resident_megabytes(worker.pid)
        rig.empty_queues()
    last = tasks - CONCURRENCY
    first = next(
        count for count in range(CONCURRENCY, tasks, CONCURRENCY) if figures[f"result_{count}"] > figures["last_confirm"])
    if first >= last:
        raise Failure("the broker was still taking tasks in when the last ones began")
    rate = (last - first) / (figures[f"result_{last}"] - figures[f"result_{first}"])
    outcome = Outcome("slow-calls", f"{tasks:,} calls of {SECONDS} s, {CONCURRENCY:,} in flight in one worker")
    outcome.add("calls in steady state", last - first, "")
    outcome.add("rate in steady state", rate, "tasks/s")
    outcome.judge("of the ideal rate", rate / ideal, "", ">= 0.95", lambda share: share >= 0.95)
    outcome.judge("worker's peak resident memory", peak, "MB", "< 250 MB", lambda size: size < 250)
    outcome.add("worker's resident memory before the first call", idle, "MB")
    outcome.add("calls in flight at once, as the model saw it", rig.model_stats()["peak_in_flight"], "")
    return outcome
