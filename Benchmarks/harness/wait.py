"""What POST /tasks and a wait for the result add to the model's own time."""

from statistics import median

from node import Answers, api, ask_all_taken
from report import Outcome
from rig import MOLTBOT_QUEUES, Rig

CLIENTS = 20
CONCURRENCY = 200


def run(rig: Rig, is_quick: bool) -> Outcome:
    requests, rounds = (200, 2) if is_quick else (2000, 5)
    samples: list[tuple[Answers, Answers, Answers, Answers]] = []
    model = rig.model_url("/v1/chat/completions")
    with api(rig) as node, rig.worker(CONCURRENCY, queues=MOLTBOT_QUEUES):
        ask_all_taken(rig, node.url, requests // 10, CLIENTS, "--waits", 1)  # connections and caches
        for _ in range(rounds):
            samples.append((
                ask_all_taken(rig, model, requests, 1), ask_all_taken(rig, node.url, requests, 1, "--waits", 1),
                ask_all_taken(rig, model, requests, CLIENTS), ask_all_taken(rig, node.url, requests, CLIENTS, "--waits", 1)))
            rig.empty_queues(MOLTBOT_QUEUES[1:])
    outcome = Outcome("wait", f"{requests:,} times POST /tasks and then a wait for the result, a model that answers at once, "
                              f"median of {rounds} rounds")
    for clients, own, whole in ((1, 0, 1), (CLIENTS, 2, 3)):
        name = "one client" if clients == 1 else f"{clients} clients"
        for share in ("p50", "p99"):
            outcome.add(f"{name}, the model's own time, {share}", median(getattr(sample[own], share) for sample in samples), "ms")
        added = {share: median(getattr(sample[whole], share) - getattr(sample[own], share) for sample in samples) for share in ("p50", "p99")}
        for share, value in added.items():
            outcome.add(f"{name}, added, {share}", value, "ms")
    return outcome
