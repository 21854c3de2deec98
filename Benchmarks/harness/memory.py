"""Whether the worker's resident memory stays where it is while the tasks go through."""

from processes import resident_megabytes
from report import Outcome
from rig import MOLTBOT_NAMES, Rig

CONCURRENCY = 200
STEP = 5000


def _slope(points: list[tuple[int, float]]) -> float:
    """Least squares: the rise of y for one step of x."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def run(rig: Rig, is_quick: bool) -> Outcome:
    tasks, warm_up = (40_000, 10_000) if is_quick else (200_000, 20_000)
    points = []
    with rig.worker(CONCURRENCY) as worker:
        with rig.floor("subscriber,producer", *MOLTBOT_NAMES, "--tasks", tasks, "--every", STEP, "--run", rig.next_run(),
                       "--deadline", 500) as client:
            seen = 0
            while not points or points[-1][0] < tasks:
                lines = client.lines(seen + 1, 120)
                for name, _ in lines[seen:]:
                    if name.startswith("result_"):
                        points.append((int(name.removeprefix("result_")), resident_megabytes(worker.pid)))
                seen = len(lines)
            client.finish(60)
        rig.empty_queues()
    points = [point for point in points if point[0] >= warm_up]
    warm, end = points[0][1], points[-1][1]
    outcome = Outcome("memory", f"{tasks:,} tasks, concurrency {CONCURRENCY}, resident memory each {STEP:,} results")
    outcome.add(f"resident after {warm_up:,} tasks", warm, "MB")
    outcome.add(f"resident after {tasks:,} tasks", end, "MB")
    outcome.add("slope", _slope(points) * 1e6, "bytes a task")
    outcome.judge("end / after warm-up", end / warm, "", "<= 1.1", lambda ratio: ratio <= 1.1)
    return outcome
