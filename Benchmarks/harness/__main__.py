"""Runs the benchmarks and prints what they measured. `run.sh --help` lists the options."""

import argparse
import json
import resource
import signal
import sys
from pathlib import Path

import endpoints
import failover
import isolation
import join
import ledger
import ledger_pipeline
import load
import memory
import pipeline
import priority
import relay
import rest
import selection
import slow_calls
import wait
from processes import Failure
from rig import Rig

BENCHMARKS = {
    "pipeline": pipeline.run, "slow-calls": slow_calls.run, "priority": priority.run, "memory": memory.run,
    "relay": relay.run, "isolation": isolation.run, "endpoints": endpoints.run,
    "rest": rest.run, "wait": wait.run, "load": load.run,
    "failover": failover.run, "selection": selection.run,
    "ledger": ledger.run, "ledger-pipeline": ledger_pipeline.run, "join": join.run,
}

# 5,000 calls in flight on the worker's side, and as many connections in the model stand-in.
DESCRIPTORS = 6000


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Benchmarks/run.sh", description="Measures MoltBot's worker, relay and API, as ratios where it can.")
    parser.add_argument("benchmarks", nargs="*", metavar="BENCHMARK", help=f"{', '.join(BENCHMARKS)}; all when none is named")
    parser.add_argument("--quick", action="store_true", help="fewer tasks: to see that everything works, not to compare")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--broker", metavar="URL", help="use this broker instead of a private one")
    parser.add_argument("--moltbot", type=Path, metavar="PATH", help="the worker's binary")
    parser.add_argument("--floor-only", action="store_true", help="only what this broker can do; needs --broker")
    options = parser.parse_args()
    if unknown := set(options.benchmarks) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    if options.floor_only:
        options.benchmarks, options.moltbot = ["pipeline"], None
    return options


def _allow_descriptors() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < DESCRIPTORS:
        raise Failure(f"{most} open files are too few: raise the hard limit to {DESCRIPTORS} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _first(failure: BaseException) -> BaseException:
    while isinstance(failure.__context__, Failure) and not failure.__suppress_context__:
        failure = failure.__context__
    return failure


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, _interrupt)
    outcomes = []
    try:
        _allow_descriptors()
        with Rig(options.moltbot, options.broker) as rig:
            for name in options.benchmarks or BENCHMARKS:
                outcomes.append(BENCHMARKS[name](rig, options.quick))
                print(outcomes[-1].text(), flush=True)
    except Failure as failure:
        # The first failure is the one that matters; later ones may come from clearing up after it.
        print(f"bench: {_first(failure)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if options.json:
        options.json.write_text(json.dumps([outcome.json() for outcome in outcomes], indent=2) + "\n")
    return 0 if all(figure.is_met is not False for outcome in outcomes for figure in outcome.figures) else 3


if __name__ == "__main__":
    sys.exit(main())
