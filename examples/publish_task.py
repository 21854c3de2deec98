#!/usr/bin/env python3
"""Gives MoltBot one task and waits for the answer, with nothing but RabbitMQ in between.

    pip install pika
    MOLTBOT_BROKER_URL=$(moltbot broker url) python3 examples/publish_task.py "What is six times seven?"

Optional: MOLTBOT_MODEL names the model (default: echo).
Exits with 0 and the answer on standard output, with 1 when the task failed, with 75 when no answer came within a minute.
"""

import json
import os
import sys
import uuid

import pika

TERMINAL = {"task.completed", "task.failed", "task.cancelled", "task.expired"}
PATIENCE_SECONDS = 60


def main() -> int:
    prompt = " ".join(sys.argv[1:]) or "What is six times seven?"
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["MOLTBOT_BROKER_URL"]))
    channel = connection.channel()
    channel.confirm_delivery()  # From here on publishing returns when the broker has stored the message.

    # A queue of our own for the answer. It ends with this connection.
    reply_queue = channel.queue_declare("", exclusive=True).method.queue
    task_id = str(uuid.uuid4())
    channel.basic_publish(
        exchange="moltbot.tasks",
        routing_key="default.normal",  # <workspace>.<lane>; lanes: low, normal, high, critical
        body=json.dumps({"prompt": prompt, "model": os.environ.get("MOLTBOT_MODEL", "echo")}),
        properties=pika.BasicProperties(
            message_id=task_id,
            content_type="application/json",
            delivery_mode=pika.DeliveryMode.Persistent,
            priority=5,
            reply_to=reply_queue,
            correlation_id=task_id,
        ),
        mandatory=True,
    )

    for method, properties, body in channel.consume(reply_queue, inactivity_timeout=PATIENCE_SECONDS):
        if method is None:
            print(f"no answer to task {task_id} within {PATIENCE_SECONDS} s; does a worker run?", file=sys.stderr)
            return 75
        channel.basic_ack(method.delivery_tag)
        if properties.correlation_id != task_id or properties.type not in TERMINAL:
            continue
        data = json.loads(body)["data"]
        if data["status"] == "completed":
            print(data["result"])
            return 0
        print(f"task {task_id} {data['status']}: {data['error']}", file=sys.stderr)
        return 1
    return 1


if __name__ == "__main__":
    sys.exit(main())
