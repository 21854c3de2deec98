"""What the benchmarks of the webhook relay share: a relay, its endpoints, and events for them."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from processes import Child, Failure
from rig import Rig

# The receiver is on loopback and without TLS. At the end of a run no request is worth waiting for.
SETTINGS = {
    "MOLTBOT_RELAY_ALLOW_HTTP": "true", "MOLTBOT_RELAY_ALLOWED_NETWORKS": "127.0.0.1/32", "MOLTBOT_RELAY_GRACE_PERIOD": "1",
}
SIZE = 512  # bytes of an event
EVENTS = ["--exchange", "moltbot.events", "--size", SIZE]


@contextmanager
def relay(rig: Rig, urls: list[str], max_in_flight: int) -> Iterator[Child]:
    """A relay with an endpoint for each URL, the n-th for events of type `model.e<n>`; all are removed at the end."""
    rig.moltbot_command("topology", "apply", MOLTBOT_BROKER_URL=rig.broker_url)

    def add(number: int) -> str:
        added = rig.moltbot_command(
            "webhooks", "add", urls[number], "--events", f"model.e{number}", "--max-in-flight", str(max_in_flight), "--json",
            MOLTBOT_BROKER_URL=rig.broker_url, **SETTINGS)
        return json.loads(added)["id"]

    def remove(identifier: str) -> None:
        # One that hangs leaves deliveries behind.
        rig.moltbot_command("webhooks", "remove", identifier, "--force", MOLTBOT_BROKER_URL=rig.broker_url)

    with ThreadPoolExecutor(4) as pool:
        # The first one alone: it makes the file with the master key.
        identifiers = [add(0), *pool.map(add, range(1, len(urls)))]
        try:
            with rig.child([str(rig.moltbot), "relay"], MOLTBOT_BROKER_URL=rig.broker_url, **SETTINGS) as child:
                rig.ask_floor("await", "--queue", "moltbot.relay", "--deadline", 60, seconds=70)
                for identifier in identifiers:
                    rig.ask_floor("await", "--queue", f"moltbot.deliveries.{identifier}", "--deadline", 60, seconds=70)
                child.check()
                rig.lags()  # forgets what came before
                yield child
        finally:
            list(pool.map(remove, identifiers))


def arrived(rig: Rig, child: Child, count: int, seconds: float) -> dict[str, float]:
    """What the receiver noted, once so many events have come. More than that is a run without a result: an event came twice."""
    deadline = time.monotonic() + seconds
    while (came := rig.model_stats()["hooks"]) < count:
        child.check()
        if time.monotonic() > deadline:
            raise child.failure(f"{came} of {count} events came in {seconds:.0f} s")
        time.sleep(0.05)
    lags = rig.lags()
    if lags["count"] != count:
        raise Failure(f"{lags['count']} events came, {count} were sent")
    return lags
