"""Thousands of slow calls in flight in one worker: does the rate stay ideal, and what does it cost in memory?"""

from processes import peak_resident_megabytes
from report import Outcome
from rig import MOLTBOT_NAMES, Rig

CONCURRENCY = 5000
SECONDS = 2  # the model stand-in's /slow


def run(rig: Rig, is_quick: bool) -> Outcome:
    # Each wave is one call in every slot. The first wave fills the slots and the last one empties them; between the end
    # of the first and the start of the last all slots are taken all the time.
    waves = 6 if is_quick else 12
    tasks, last = waves * CONCURRENCY, (waves - 1) * CONCURRENCY
    ideal = CONCURRENCY / SECONDS
    run = ["--tasks", tasks, "--run", rig.next_run(), "--deadline", 300]
    # All tasks wait before the worker starts: while they come in, the broker's processor time is theirs.
    rig.moltbot_command("topology", "apply", MOLTBOT_BROKER_URL=rig.broker_url)
    rig.empty_queues()
    rig.ask_floor("producer", *MOLTBOT_NAMES, *run, seconds=310)
    with rig.floor("subscriber", *MOLTBOT_NAMES, "--every", CONCURRENCY, *run) as results:
        with rig.worker(CONCURRENCY, "/slow/v1", keeps_messages=True) as worker:
            figures = results.finish(310)
            peak = peak_resident_megabytes(worker.pid)
    rig.empty_queues()
    rate = (last - CONCURRENCY) / (figures[f"result_{last}"] - figures[f"result_{CONCURRENCY}"])
    outcome = Outcome("slow-calls", f"{tasks:,} calls of {SECONDS} s, {CONCURRENCY:,} in flight in one worker")
    outcome.add("rate in steady state", rate, "tasks/s")
    outcome.judge("of the ideal rate", rate / ideal, "", ">= 0.95", lambda share: share >= 0.95)
    outcome.judge("worker's peak resident memory", peak, "MB", "< 250 MB", lambda size: size < 250)
    outcome.add("calls in flight at once, as the model saw it", rig.model_stats()["peak_in_flight"], "")
    return outcome
