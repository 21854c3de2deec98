"""One of two deployments is killed under load and comes back: does a task fail, and how long does the switch take?"""

import json
import time
from datetime import datetime

from processes import Child, Failure
from report import Outcome, percentile
from rig import MOLTBOT_NAMES, Rig

CONCURRENCY = 200
MODEL_PATH = "/around/50/v1"  # calls are on their way when their server is killed
SECONDS = 40  # of publishing; killed after a quarter of it, back after a half
SETTINGS = """\
models:
  deployments:
    - {{name: killed, model: mock, provider: openai-compatible, endpoint: "{killed}"}}
    - {{name: sound, model: mock, provider: openai-compatible, endpoint: "{sound}"}}
"""


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _end(attempt: dict) -> float:
    """When an attempt ended, in seconds."""
    return _seconds(attempt["started_at"]) + attempt["duration_ms"] / 1000


def _results(rig: Rig, tasks: int) -> list[dict]:
    """What the tasks came to, one entry each."""
    lines = rig.moltbot_command("results", "--follow", "--json", "--count", str(tasks),
                                MOLTBOT_BROKER_URL=rig.broker_url).splitlines()
    events = [json.loads(line)["data"] for line in lines]
    if len({event["task_id"] for event in events}) != tasks:
        raise Failure(f"failover: {len(events)} results are not of {tasks} tasks: some were answered twice")
    return events


def _kill_and_return(rig: Rig, first: Child, port: int, tasks: int) -> tuple[Child, float]:
    """Publishes the tasks, and kills the first server on the way; gives its successor and when that was there."""
    with rig.floor("producer", *MOLTBOT_NAMES, "--tasks", tasks, "--rate", tasks // SECONDS, "--run", rig.next_run(),
                   "--deadline", 300) as producer:
        time.sleep(SECONDS / 4)
        first.stop()
        time.sleep(SECONDS / 4)
        producer.check()
        second, _ = rig.another_model(port)
        back = time.time()
        producer.finish(300)
    return second, back


def run(rig: Rig, is_quick: bool) -> Outcome:
    tasks = 4000 if is_quick else 20_000
    killed, port = rig.another_model()
    sound_before = rig.model_stats()["requests"]
    settings = rig.settings_file(SETTINGS.format(killed=f"http://127.0.0.1:{port}{MODEL_PATH}", sound=rig.model_url(MODEL_PATH)))
    try:
        with rig.worker(CONCURRENCY, MOLTBOT_CONFIG=str(settings)):
            killed, back = _kill_and_return(rig, killed, port, tasks)
            events = _results(rig, tasks)
            calls = rig.model_stats(port)["requests"]
            rig.empty_queues()
    finally:
        killed.stop()
    struck = [event for event in events if event["attempts"] and event["attempts"][0]["error"]]
    if not struck:
        raise Failure("failover: no call failed, so there was nothing to switch")
    switched = [event for event in struck if event["status"] == "completed"]
    waits = [(_end(event["attempts"][-1]) - _end(event["attempts"][0])) * 1000 for event in switched]
    starts = [(_seconds(event["attempts"][-1]["started_at"]) - _end(event["attempts"][0])) * 1000 for event in switched]
    taken_back = [_seconds(event["completed_at"]) - back for event in events
                  if event.get("deployment") == "killed" and _seconds(event["completed_at"]) > back]
    failed = sum(event["status"] != "completed" for event in events)
    outcome = Outcome("failover", f"{tasks:,} tasks, {tasks // SECONDS:,}/s, one of two deployments killed after {SECONDS // 4} s, "
                                  f"there again after {SECONDS // 2} s")
    outcome.judge("failed tasks", failed, "", "= 0", lambda number: number == 0)
    outcome.add("tasks whose first call failed", len(struck), "")
    outcome.judge("of these answered by another deployment", len(switched) / len(struck) * 100, "%", ">= 99.99 %",
                  lambda share: share >= 99.99)
    outcome.add("from the first error to the next call, p99", percentile(starts, 0.99), "ms")
    outcome.judge("from the first error to the answer, p99", percentile(waits, 0.99), "ms", "< 500 ms", lambda wait: wait < 500)
    outcome.add("calls to the second deployment", rig.model_stats()["requests"] - sound_before, "")
    outcome.judge("calls to the killed one after its return", calls, "", "> 0", lambda number: number > 0)
    if taken_back:
        outcome.add("its first answer after its return", min(taken_back), "s")
    return outcome
