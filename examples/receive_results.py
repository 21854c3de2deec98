#!/usr/bin/env python3
"""Prints the outcome of every task, from a queue of its own that gets a copy of each.

    pip install pika
    MOLTBOT_BROKER_URL=$(moltbot broker url) python3 examples/receive_results.py [COUNT]

Stops after COUNT outcomes, else at Ctrl-C. The queue stays: start it again and nothing was missed in between.
"""

import json
import os
import sys

import pika

QUEUE = "example.results"
OUTCOMES = ["*.task.completed", "*.task.failed", "*.task.cancelled", "*.task.expired"]


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else None
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["MOLTBOT_BROKER_URL"]))
    channel = connection.channel()
    channel.queue_declare(QUEUE, durable=True, arguments={"x-expires": 7 * 24 * 3600 * 1000})
    for key in OUTCOMES:  # <workspace>.<type>
        channel.queue_bind(QUEUE, exchange="moltbot.events.topic", routing_key=key)
    channel.basic_qos(prefetch_count=50)
    print("waiting for results", file=sys.stderr, flush=True)

    seen = set()
    for method, properties, body in channel.consume(QUEUE):
        # An event may come twice, always with the same id.
        if properties.message_id not in seen:
            seen.add(properties.message_id)
            data = json.loads(body)["data"]
            print(data["task_id"], data["status"], data["result"] or data["error"], flush=True)
        channel.basic_ack(method.delivery_tag)
        if count is not None and len(seen) >= count:
            break
    connection.close()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
