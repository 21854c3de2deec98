"""Whether one endpoint that hangs is felt by the others."""

from statistics import median

from report import Outcome
from rig import Rig
from webhooks import EVENTS, arrived, relay

ENDPOINTS = 50
RATE = 500  # events/s over all endpoints


def _p99(rig: Rig, events: int, hanging: int | None) -> float:
    urls = [rig.model_url(f"/{'hang' if number == hanging else 'hook'}/{number}") for number in range(ENDPOINTS)]
    with relay(rig, urls, 8) as child:
        rig.ask_floor(
            "announcer", *EVENTS, "--tasks", events, "--endpoints", ENDPOINTS, "--rate", RATE, "--run", rig.next_run(),
            "--deadline", 600, seconds=610)
        expected = events if hanging is None else events - events // ENDPOINTS
        return arrived(rig, child, expected, 120)["p99_us"] / 1e3


def run(rig: Rig, is_quick: bool) -> Outcome:
    # Each run lasts longer than the relay's timeout, so that the hanging endpoint meets failures and the breaker as well.
    seconds, rounds = (25, 1) if is_quick else (60, 3)
    alone, beside = [], []
    for _ in range(rounds):
        alone.append(_p99(rig, RATE * seconds, hanging=None))
        beside.append(_p99(rig, RATE * seconds, hanging=0))
    outcome = Outcome("isolation", f"{ENDPOINTS} endpoints, {RATE} events/s in all, {seconds} s; then one of them hangs for 30 s each "
                                   f"time; median of {rounds} rounds in turn")
    outcome.add("p99 lag, none hangs", median(alone), "ms")
    outcome.add(f"p99 lag of the other {ENDPOINTS - 1}", median(beside), "ms")
    ratios = [with_one / without for with_one, without in zip(beside, alone)]
    outcome.judge("ratio", median(ratios), "", "<= 1.1", lambda ratio: ratio <= 1.1)
    outcome.notes.append("ratio a round: " + "  ".join(f"{ratio:.2f}" for ratio in ratios))
    return outcome
