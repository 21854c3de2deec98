"""Thousands of slow calls in flight in one worker: does the rate stay ideal, and what does it cost in memory?"""

from processes import peak_resident_megabytes, resident_megabytes
from report import Outcome
from rig import MOLTBOT_NAMES, Rig

CONCURRENCY = 5000
SECONDS = 2  # the model stand-in's /slow


def run(rig: Rig, is_quick: bool) -> Outcome:
    # Each wave is one call in every slot. The first wave fills the slots and the last one empties them; between the end
    # of the first and the start of the last all slots are taken all the time.
    waves = 4 if is_quick else 12
    tasks = waves * CONCURRENCY
    ideal = CONCURRENCY / SECONDS
    with rig.worker(CONCURRENCY, "/slow/v1") as worker:
        idle = resident_megabytes(worker.pid)
        figures = rig.ask_floor(
            "subscriber,producer", *MOLTBOT_NAMES, "--tasks", tasks, "--every", CONCURRENCY, "--run", rig.next_run(),
            "--deadline", 300, seconds=310)
        peak = peak_resident_megabytes(worker.pid)
        rig.empty_queues()
    steady = tasks - 2 * CONCURRENCY
    rate = steady / (figures[f"result_{tasks - CONCURRENCY}"] - figures[f"result_{CONCURRENCY}"])
    outcome = Outcome("slow-calls", f"{tasks:,} calls of {SECONDS} s, {CONCURRENCY:,} in flight in one worker")
    outcome.add("rate in steady state", rate, "tasks/s")
    outcome.judge("of the ideal rate", rate / ideal, "", ">= 0.95", lambda share: share >= 0.95)
    outcome.judge("worker's peak resident memory", peak, "MB", "< 250 MB", lambda size: size < 250)
    outcome.add("worker's resident memory before the first call", idle, "MB")
    outcome.add("calls in flight at once, as the model saw it", rig.model_stats()["peak_in_flight"], "")
    return outcome
