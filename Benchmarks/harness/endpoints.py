"""A thousand endpoints at one event a second each: do memory and lag stay where they are?"""

from processes import resident_megabytes
from report import Outcome
from rig import Rig
from webhooks import EVENTS, arrived, relay

ENDPOINTS = 1000
STEPS = 10


def run(rig: Rig, is_quick: bool) -> Outcome:
    count, seconds = (100, 20) if is_quick else (ENDPOINTS, 600)
    step = seconds // STEPS
    memory, lags = [], []
    with relay(rig, [rig.model_url(f"/hook/{number}") for number in range(count)], 8) as child:
        for _ in range(STEPS):
            rig.ask_floor(
                "announcer", *EVENTS, "--tasks", count * step, "--endpoints", count, "--rate", count, "--run", rig.next_run(),
                "--deadline", 600, seconds=610)
            lags.append(arrived(rig, child, count * step, 60)["p99_us"] / 1e3)
            memory.append(resident_megabytes(child.pid))
    outcome = Outcome("endpoints", f"{count:,} endpoints, one event a second each, {seconds} s in {STEPS} steps")
    outcome.add("p99 lag, second step", lags[1], "ms")
    outcome.judge("p99 lag, last step / second step", lags[-1] / lags[1], "", "<= 1.25", lambda ratio: ratio <= 1.25)
    outcome.add("relay's resident memory, second step", memory[1], "MB")
    outcome.judge("memory, last step / second step", memory[-1] / memory[1], "", "<= 1.1", lambda ratio: ratio <= 1.1)
    outcome.notes.append("p99 lag a step, ms: " + "  ".join(f"{lag:.1f}" for lag in lags))
    return outcome
