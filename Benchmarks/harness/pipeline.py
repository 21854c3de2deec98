"""Tasks per second from the first publish to the last result, MoltBot's worker in the place of the C worker."""

from statistics import median

from processes import Child, cpu_seconds
from report import Outcome
from rig import MOLTBOT_NAMES, Rig

CONCURRENCY = 200
SIZE = 512
WINDOW = 500


class Sample:
    """One run: its rate, and the processor time a task costs in each process."""

    def __init__(self, tasks: int, figures: dict[str, float], cpu: dict[str, float]):
        self.rate = tasks / (figures["last_result"] - figures["first_publish"])
        self.cpu = {name: seconds / tasks * 1e6 for name, seconds in cpu.items()}


def _drive(rig: Rig, tasks: int, worker: Child, names: list[str]) -> Sample:
    processes = {"worker": worker.pid, "model": rig.model.pid}
    if rig.broker_pid:
        processes["broker"] = rig.broker_pid
    before = {name: cpu_seconds(pid) for name, pid in processes.items()}
    figures = rig.ask_floor(
        "subscriber,producer", *names, "--tasks", tasks, "--size", SIZE, "--window", WINDOW, "--run", rig.next_run(),
        "--deadline", 300, seconds=310)
    return Sample(tasks, figures, {name: cpu_seconds(pid) - before[name] for name, pid in processes.items()})


def floor(rig: Rig, tasks: int, events: int) -> Sample:
    with rig.floor_topology():
        # One task more than it gets keeps the worker alive, and its processor time readable, after the last.
        with rig.floor("worker", "--tasks", tasks + 1, "--size", SIZE, "--concurrency", CONCURRENCY, "--events", events,
                       "--model", rig.model_url("/v1/chat/completions")) as worker:
            rig.ask_floor("await", "--queue", "bench.tasks.default")
            return _drive(rig, tasks, worker, [])


def moltbot(rig: Rig, tasks: int, **settings: str) -> Sample:
    with rig.worker(CONCURRENCY, **settings) as worker:
        sample = _drive(rig, tasks, worker, MOLTBOT_NAMES)
        rig.empty_queues()
    return sample


def run(rig: Rig, is_quick: bool) -> Outcome:
    tasks, rounds = (8000, 3) if is_quick else (30000, 5)
    floors, moltbots, floors_started, moltbots_started = [], [], [], []
    for _ in range(rounds):
        floors.append(floor(rig, tasks, events=1))
        if rig.moltbot:
            moltbots.append(moltbot(rig, tasks))
            floors_started.append(floor(rig, tasks, events=2))
            moltbots_started.append(moltbot(rig, tasks, MOLTBOT_WORKER_ANNOUNCE_START_AFTER="0"))
    outcome = Outcome("pipeline", f"{tasks:,} tasks of {SIZE} bytes, one model call each, concurrency {CONCURRENCY}, "
                                  f"median of {rounds} rounds in turn")
    kinds = [("floor", floors), ("moltbot", moltbots), ("floor, each start too", floors_started),
             ("moltbot, each start too", moltbots_started)]
    for name, samples in kinds:
        if samples:
            outcome.add(name, median(sample.rate for sample in samples), "tasks/s")
    if moltbots:
        ratios = [ours.rate / theirs.rate for ours, theirs in zip(moltbots, floors)]
        outcome.judge("moltbot / floor", median(ratios), "", ">= 0.6", lambda ratio: ratio >= 0.6)
        outcome.add("moltbot / floor, each start too",
                    median(ours.rate / theirs.rate for ours, theirs in zip(moltbots_started, floors_started)), "")
        outcome.notes.append("ratio a round: " + "  ".join(f"{ratio:.2f}" for ratio in ratios))
    for name, samples in kinds:
        for process in samples[0].cpu if samples else []:
            outcome.add(f"{name}: processor time, {process}", median(sample.cpu[process] for sample in samples), "us a task")
    return outcome
