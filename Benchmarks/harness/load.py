"""Whether the API stays upright under 2,000 requests a second of which some are wrong: no fault of its own, no growing memory."""

import threading

from node import Answers, api, ask
from processes import Failure, resident_megabytes
from report import Outcome
from rig import Rig

RATE = 2000
BAD_EVERY = 20
# For as many requests that are late; a server that keeps up needs a tenth.
CONNECTIONS = 256
CONCURRENCY = 200
STEP = 2.0  # seconds between two looks at the memory


def _drive(rig: Rig, url: str, pid: int, seconds: int) -> tuple[Answers, list[float]]:
    """The answers, and the server's resident memory at each step."""
    memory: list[float] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(STEP):
            memory.append(resident_megabytes(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        answers = ask(rig, url, RATE * seconds, CONNECTIONS, "--rate", RATE, "--bad", BAD_EVERY, seconds=seconds * 3 + 60)
    finally:
        is_over.set()
        watcher.join()
    return answers, memory


def run(rig: Rig, is_quick: bool) -> Outcome:
    seconds, warm_up = (8, 2) if is_quick else (60, 60)
    with api(rig) as node, rig.worker(CONCURRENCY):
        idle = resident_megabytes(node.child.pid)
        _drive(rig, node.url, node.child.pid, warm_up)
        answers, memory = _drive(rig, node.url, node.child.pid, seconds)
        rig.empty_queues()
    requests = RATE * seconds
    if answers.taken + answers.refused + answers.busy + answers.faults != requests:
        raise Failure(f"not every request was answered: {answers}")
    third = max(1, len(memory) // 3)
    warm, end = max(memory[:third]), max(memory[-third:])
    outcome = Outcome("load", f"{RATE:,} requests/s for {seconds} s after {warm_up} s of warm-up, one of {BAD_EVERY} wrong; a worker runs the tasks")
    outcome.judge("faults (5xx)", answers.faults, "", "= 0", lambda count: count == 0)
    outcome.add("most resident memory, first third", warm, "MB")
    outcome.add("most resident memory, last third", end, "MB")
    if is_quick:
        outcome.add("last third / first third, caches filling", end / warm, "")
    else:
        outcome.judge("last third / first third", end / warm, "", "<= 1.1", lambda ratio: ratio <= 1.1)
    outcome.judge("wrong requests refused", answers.refused, "", f"= {requests // BAD_EVERY:,}",
                  lambda count: count == requests // BAD_EVERY)
    outcome.add("tasks taken", answers.taken, "")
    outcome.add("tasks refused for the load (429)", answers.busy, "")
    outcome.add("requests answered", answers.rate, "requests/s")
    outcome.add("p50", answers.p50, "ms")
    outcome.add("p99", answers.p99, "ms")
    outcome.add("longest", answers.longest, "ms")
    outcome.notes.append(f"resident memory, MB: {idle:.0f} before, then each {STEP:.0f} s: " + " ".join(f"{size:.0f}" for size in memory))
    return outcome
