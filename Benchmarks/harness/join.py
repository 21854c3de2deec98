"""A node that joins: how fast it reads up the ledger stream, while it takes tasks already."""

import threading
import time

from node import Answers, api, ask, is_ready
from processes import Failure
from report import Outcome
from rig import MOLTBOT_NAMES, Rig

RATE = 200  # tasks/s that the new node gets
CLIENTS = 20


def run(rig: Rig, is_quick: bool) -> Outcome:
    entries = 20_000 if is_quick else 500_000
    rig.moltbot_command("topology", "apply", MOLTBOT_BROKER_URL=rig.broker_url)
    rig.ask_floor("producer", *MOLTBOT_NAMES, "--tasks", entries, "--run", rig.next_run(), "--deadline", 300, seconds=310)
    answers: list[Answers] = []
    ready: list[float] = []
    with api(rig, is_ready_at_once=False) as node:
        begin = time.monotonic()

        def watch() -> None:
            while not is_ready(node.port) and time.monotonic() < begin + 300:
                time.sleep(0.01)
            ready.append(time.monotonic() - begin)

        watcher = threading.Thread(target=watch)
        watcher.start()
        while not answers or not ready:
            # A second each.
            answers.append(ask(rig, node.url, RATE, CLIENTS, "--rate", RATE, seconds=60))
        watcher.join()
        if not is_ready(node.port):
            raise Failure("the node has not caught up in 5 minutes")
    rig.empty_queues()
    outcome = Outcome("join", f"a node with an empty file reads up {entries:,} tasks and gets {RATE} new ones a second meanwhile")
    outcome.add("ready after", ready[0], "s")
    outcome.add("caught up with", entries / ready[0], "tasks/s")
    outcome.judge("tasks not taken meanwhile", sum(RATE - each.taken for each in answers), "", "= 0", lambda count: count == 0)
    outcome.add("POST /tasks, p50", max(each.p50 for each in answers), "ms")
    outcome.add("POST /tasks, p99 of the worst second", max(each.p99 for each in answers), "ms")
    return outcome
