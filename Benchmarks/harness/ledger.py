"""The ledger by itself: how fast it follows the stream, and how fast it answers when it holds millions of tasks."""

import tempfile

from report import Outcome
from rig import Rig

LOOKUPS = {"task": "a task by its id", "answer": "a worker's question, with an idempotency key"}
LISTS = {"list_status": "tasks of a status", "list_model": "tasks of a model", "list_metadata": "tasks by metadata",
         "list_statuses_model": "tasks of two statuses and a model"}


def run(rig: Rig, is_quick: bool) -> Outcome:
    tasks, events = (60_000, 30_000) if is_quick else (5_000_000, 300_000)
    # A broker of its own: the stream begins with the first of these events.
    with Rig(rig.moltbot, None) as own, tempfile.TemporaryDirectory(prefix="moltbot-bench-ledger-") as folder:
        with own.child([str(own.built("LedgerBenchmark")), folder, str(tasks), str(events)], MOLTBOT_BROKER_URL=own.broker_url) as child:
            figures = child.finish(3600)
    outcome = Outcome("ledger", f"{tasks:,} tasks of two entries in the file; a stream of {events:,} events")
    outcome.judge("from the stream into the file", figures["follow_events_per_s"], "events/s", ">= 15,000", lambda rate: rate >= 15_000)
    outcome.add("into the file alone", figures["fill_entries_per_s"], "entries/s")
    for name, what in LOOKUPS.items():
        outcome.add(f"{what}, p50", figures[f"{name}_p50_us"] / 1000, "ms")
        outcome.judge(f"{what}, p99", figures[f"{name}_p99_us"] / 1000, "ms", "< 2 ms", lambda time: time < 2)
    for name, what in LISTS.items():
        outcome.add(f"50 {what}, p99", figures[f"{name}_p99_us"] / 1000, "ms")
    return outcome
