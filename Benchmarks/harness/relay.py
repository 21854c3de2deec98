"""Webhook deliveries per second from the first publish to the last arrival, against posting the same bodies without a relay."""

from statistics import median

from processes import cpu_seconds
from report import Outcome
from rig import Rig
from webhooks import EVENTS, arrived, relay

ENDPOINTS = 4
IN_FLIGHT = 50  # of each endpoint


def _floor(rig: Rig, events: int) -> float:
    figures = rig.ask_floor(
        "poster", "--model", rig.model_url("/hook/0"), "--tasks", events, "--size", 512, "--concurrency", ENDPOINTS * IN_FLIGHT,
        "--deadline", 300, seconds=310)
    rig.lags()
    return events / (figures["last_answer"] - figures["first_post"])


def _moltbot(rig: Rig, events: int) -> tuple[float, dict[str, float]]:
    urls = [rig.model_url(f"/hook/{number}") for number in range(ENDPOINTS)]
    with relay(rig, urls, IN_FLIGHT) as child:
        processes = {"relay": child.pid, "receiver": rig.model.pid} | ({"broker": rig.broker_pid} if rig.broker_pid else {})
        before = {name: cpu_seconds(pid) for name, pid in processes.items()}
        figures = rig.ask_floor(
            "announcer", *EVENTS, "--tasks", events, "--endpoints", ENDPOINTS, "--run", rig.next_run(), "--deadline", 300, seconds=310)
        lags = arrived(rig, child, events, 300)
        cpu = {name: (cpu_seconds(pid) - before[name]) / events * 1e6 for name, pid in processes.items()}
    return events / (lags["last"] - figures["first_publish"]), cpu


def run(rig: Rig, is_quick: bool) -> Outcome:
    events, rounds = (5000, 3) if is_quick else (30000, 5)
    floor, moltbot, cpu = [], [], []
    for _ in range(rounds):
        floor.append(_floor(rig, events))
        rate, times = _moltbot(rig, events)
        moltbot.append(rate)
        cpu.append(times)
    outcome = Outcome("relay", f"{events:,} events of 512 bytes to {ENDPOINTS} endpoints, {IN_FLIGHT} requests in flight each, "
                               f"median of {rounds} rounds in turn")
    outcome.add("bare libcurl, no broker", median(floor), "posts/s")
    outcome.add("moltbot relay", median(moltbot), "deliveries/s")
    ratios = [ours / theirs for ours, theirs in zip(moltbot, floor)]
    outcome.judge("moltbot / bare libcurl", median(ratios), "", ">= 0.5", lambda ratio: ratio >= 0.5)
    for name in cpu[0]:
        outcome.add(f"processor time, {name}", median(times[name] for times in cpu), "us a delivery")
    outcome.notes.append("ratio a round: " + "  ".join(f"{ratio:.2f}" for ratio in ratios))
    return outcome
