"""The pipeline's ratio while an API node keeps the ledger of the tasks that go through."""

from statistics import median

import pipeline
from node import api
from processes import cpu_seconds
from report import Outcome
from rig import Rig


def run(rig: Rig, is_quick: bool) -> Outcome:
    tasks, rounds = (4000, 1) if is_quick else (30000, 5)
    floor, alone, beside, ledger = [], [], [], []
    for _ in range(rounds):
        floor.append(pipeline.floor(rig, tasks, events=1))
        alone.append(pipeline.moltbot(rig, tasks))
        with api(rig) as node:
            before = cpu_seconds(node.child.pid)
            beside.append(pipeline.moltbot(rig, tasks))
            ledger.append((cpu_seconds(node.child.pid) - before) / tasks * 1e6)
    outcome = Outcome("ledger-pipeline", f"{tasks:,} tasks as in pipeline, with and without `moltbot api`, median of {rounds} rounds in turn")
    for name, samples in (("floor", floor), ("moltbot", alone), ("moltbot, ledger kept", beside)):
        outcome.add(name, median(sample.rate for sample in samples), "tasks/s")
    ratios = [ours.rate / theirs.rate for ours, theirs in zip(beside, floor)]
    outcome.add("moltbot, ledger kept / floor", median(ratios), "")
    outcome.add("with the ledger / without", median(ours.rate / theirs.rate for ours, theirs in zip(beside, alone)), "")
    outcome.add("processor time, api", median(ledger), "us a task")
    outcome.notes.append("ratio a round: " + "  ".join(f"{ratio:.2f}" for ratio in ratios))
    return outcome
