"""Webhook deliveries per second from the first publish to the last arrival, against two floors: posting the same bodies without a
broker, and the same way through the broker in bare C."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from processes import Child, cpu_seconds
from report import Outcome
from rig import Rig
from webhooks import SIZE, arrived, relay

ENDPOINTS = 4
IN_FLIGHT = 50  # of each endpoint


@dataclass
class _Round:
    rate: float  # deliveries/s
    cpu: dict[str, float]  # us a delivery, by process


def _bare(rig: Rig, events: int) -> _Round:
    figures = rig.ask_floor(
        "poster", "--model", rig.model_url("/hook/0"), "--tasks", events, "--size", SIZE, "--concurrency", ENDPOINTS * IN_FLIGHT,
        "--deadline", 300, seconds=310)
    rig.lags()
    return _Round(events / (figures["last_answer"] - figures["first_post"]), {})


def _timed(
    rig: Rig, events: int, exchange: str, run: int, watched: dict[str, Child], arrivals: Callable[[], dict[str, float]]
) -> _Round:
    """Publishes the events and waits for their arrival."""
    processes = {name: child.pid for name, child in watched.items()} | {"receiver": rig.model.pid}
    if rig.broker_pid:
        processes["broker"] = rig.broker_pid
    before = {name: cpu_seconds(pid) for name, pid in processes.items()}
    figures = rig.ask_floor(
        "announcer", "--exchange", exchange, "--size", SIZE, "--tasks", events, "--endpoints", ENDPOINTS, "--run", run,
        "--deadline", 300, seconds=310)
    lags = arrivals()
    cpu = {name: (cpu_seconds(pid) - before[name]) / events * 1e6 for name, pid in processes.items()}
    return _Round(events / (lags["last"] - figures["first_publish"]), cpu)


def _through_broker(rig: Rig, events: int) -> _Round:
    run = rig.next_run()
    options = ["--tasks", events, "--endpoints", ENDPOINTS, "--run", run, "--deadline", 300]
    with rig.floor_topology(ENDPOINTS), ExitStack() as stack:
        router = stack.enter_context(rig.floor("router", *options))
        courier = stack.enter_context(rig.floor(
            "courier", *options, "--model", rig.model_url("/hook/0"), "--concurrency", ENDPOINTS * IN_FLIGHT))
        for queue in ["bench.relay", *(f"bench.deliveries.{number}" for number in range(ENDPOINTS))]:
            rig.ask_floor("await", "--queue", queue, "--deadline", 60, seconds=70)

        def arrivals() -> dict[str, float]:
            router.finish(300)
            courier.finish(300)
            return arrived(rig, rig.model, events, 10)

        return _timed(rig, events, "bench.started", run, {}, arrivals)


def _moltbot(rig: Rig, events: int) -> _Round:
    urls = [rig.model_url(f"/hook/{number}") for number in range(ENDPOINTS)]
    with relay(rig, urls, IN_FLIGHT) as child:
        return _timed(rig, events, "moltbot.events", rig.next_run(), {"relay": child}, lambda: arrived(rig, child, events, 300))


def run(rig: Rig, is_quick: bool) -> Outcome:
    events, rounds = (5000, 3) if is_quick else (30000, 5)
    bare, through, moltbot = [], [], []
    for _ in range(rounds):
        bare.append(_bare(rig, events))
        through.append(_through_broker(rig, events))
        moltbot.append(_moltbot(rig, events))
    outcome = Outcome("relay", f"{events:,} events of {SIZE} bytes to {ENDPOINTS} endpoints, {IN_FLIGHT} requests in flight each, "
                               f"median of {rounds} rounds in turn")
    for name, side, unit in (
        ("bare libcurl, no broker", bare, "posts/s"), ("bare C through the broker", through, "deliveries/s"),
        ("moltbot relay", moltbot, "deliveries/s"),
    ):
        outcome.add(name, median(each.rate for each in side), unit)

    def ratios(theirs: list[_Round]) -> list[float]:
        return [ours.rate / other.rate for ours, other in zip(moltbot, theirs)]

    outcome.judge("moltbot / bare libcurl", median(ratios(bare)), "", ">= 0.5", lambda ratio: ratio >= 0.5)
    outcome.add("moltbot / bare C through the broker", median(ratios(through)), "")
    outcome.add("bare C through the broker / bare libcurl", median(c.rate / b.rate for c, b in zip(through, bare)), "")
    for side, of in ((moltbot, "moltbot"), (through, "bare C")):
        for name in side[0].cpu:
            outcome.add(f"processor time, {of}: {name}", median(each.cpu[name] for each in side), "us a delivery")
    outcome.notes.append("moltbot / bare libcurl a round: " + "  ".join(f"{ratio:.2f}" for ratio in ratios(bare)))
    return outcome
