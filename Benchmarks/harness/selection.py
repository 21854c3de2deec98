"""What the choice of a deployment costs each call."""

from report import Outcome
from rig import Rig

BAR_NS = 2000


def run(rig: Rig, is_quick: bool) -> Outcome:
    calls = 100_000 if is_quick else 1_000_000
    with rig.child([str(rig.built("SelectionBenchmark")), str(calls)]) as child:
        figures = child.finish(300)
    outcome = Outcome("selection", f"{calls:,} choices of one of 100 deployments, by each strategy")
    for name, time in figures.items():
        outcome.judge(name.removesuffix("_ns"), time, "ns", f"< {BAR_NS:,} ns", lambda time: time < BAR_NS)
    return outcome
