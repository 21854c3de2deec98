"""Tasks that POST /tasks accepts a second, against a bare route that publishes the same body with a confirm."""

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from node import Answers, api, ask_all_taken
from processes import cpu_seconds
from report import Outcome
from rig import Rig

CLIENTS = 64


@contextmanager
def _baseline(rig: Rig) -> Iterator[tuple[int, str]]:
    with rig.child([str(rig.built("RestBaseline"))], MOLTBOT_BROKER_URL=rig.broker_url) as child:
        port = int(child.lines(1, 30)[0][1])
        yield child.pid, f"http://127.0.0.1:{port}/tasks"


def _measure(rig: Rig, pid: int, url: str, requests: int) -> tuple[Answers, Answers, float]:
    """With many clients, with one, and the processor time that a task of many costs the server, in us."""
    ask_all_taken(rig, url, requests // 20, CLIENTS)  # connections and caches
    before = cpu_seconds(pid)
    many = ask_all_taken(rig, url, requests, CLIENTS)
    cpu = (cpu_seconds(pid) - before) / requests * 1e6
    one = ask_all_taken(rig, url, requests // 20, 1)
    rig.empty_queues()
    return many, one, cpu


def run(rig: Rig, is_quick: bool) -> Outcome:
    requests, rounds = (2000, 2) if is_quick else (20000, 5)
    rig.moltbot_command("topology", "apply", MOLTBOT_BROKER_URL=rig.broker_url)
    bare, moltbot = [], []
    for _ in range(rounds):
        with _baseline(rig) as (pid, url):
            bare.append(_measure(rig, pid, url, requests))
        with api(rig) as node:
            moltbot.append(_measure(rig, node.child.pid, node.url, requests))
    outcome = Outcome("rest", f"{requests:,} tasks of 512 bytes over {CLIENTS} connections, then {requests // 20:,} over one, "
                              f"median of {rounds} rounds in turn")
    for name, samples in (("bare route", bare), ("moltbot api", moltbot)):
        outcome.add(f"{name}, accepted", median(many.rate for many, _, _ in samples), "tasks/s")
        outcome.add(f"{name}, p50", median(many.p50 for many, _, _ in samples), "ms")
        outcome.add(f"{name}, p99", median(many.p99 for many, _, _ in samples), "ms")
        outcome.add(f"{name}, one connection, p50", median(one.p50 for _, one, _ in samples), "ms")
        outcome.add(f"{name}, one connection, p99", median(one.p99 for _, one, _ in samples), "ms")
        outcome.add(f"{name}, processor time", median(cpu for _, _, cpu in samples), "us a task")
    ratios = [ours[0].rate / theirs[0].rate for ours, theirs in zip(moltbot, bare)]
    outcome.add("moltbot api / bare route, accepted", median(ratios), "")
    outcome.notes.append("ratio a round: " + "  ".join(f"{ratio:.2f}" for ratio in ratios))
    return outcome
