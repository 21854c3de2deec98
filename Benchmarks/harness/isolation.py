"""Whether one endpoint that hangs is felt by the others."""

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
    # The run with the hanging endpoint is longer than that one's timeout, so that it meets failures and the breaker as well.
    events = RATE * (20 if is_quick else 60)
    alone = _p99(rig, events, hanging=None)
    beside = _p99(rig, events, hanging=0)
    outcome = Outcome("isolation", f"{ENDPOINTS} endpoints, {RATE} events/s in all, {events // RATE} s; then one of them hangs for 30 s each time")
    outcome.add("p99 lag, none hangs", alone, "ms")
    outcome.add(f"p99 lag of the other {ENDPOINTS - 1}", beside, "ms")
    outcome.judge("ratio", beside / alone, "", "<= 1.1", lambda ratio: ratio <= 1.1)
    return outcome
