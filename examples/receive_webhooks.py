#!/usr/bin/env python3
"""Receives webhooks and prints the outcome of every task that comes.

    pip install standardwebhooks
    WEBHOOK_SECRET=whsec_... python3 examples/receive_webhooks.py [PORT] [COUNT]

The secret is what `moltbot webhooks add` printed. Listens on loopback; stops after COUNT events, else at Ctrl-C.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

LARGEST_BODY = 32 * 1024 * 1024


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # the relay keeps its connections
    webhook: Webhook
    seen: set[str] = set()
    count: int | None = None

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        if length > LARGEST_BODY:
            self.close_connection = True
            return self._answer(413)
        body = self.rfile.read(length)  # verified as it came: parsing and writing JSON again would change it
        try:
            event = self.webhook.verify(body, dict(self.headers))
        except WebhookVerificationError as error:
            print(f"refused: {error}", file=sys.stderr, flush=True)
            return self._answer(401)
        # Answer first, work afterwards: whoever takes longer than the endpoint's timeout gets the event again.
        self._answer(204)
        # An event may come twice, always with the same id. Keep the ids where they outlive the program, as long as events are retried.
        if self.headers["webhook-id"] not in self.seen:
            self.seen.add(self.headers["webhook-id"])
            data = event["data"]
            print(event["type"], data.get("task_id"), data.get("result") or data.get("error"), flush=True)
        if self.count is not None and len(self.seen) >= self.count:
            self.server.shutdown()

    def _answer(self, status: int) -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def main() -> int:
    Receiver.webhook = Webhook(os.environ["WEBHOOK_SECRET"])
    Receiver.count = int(sys.argv[2]) if len(sys.argv) > 2 else None
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8000), Receiver) as server:
        print(f"listening on http://127.0.0.1:{server.server_port}/", file=sys.stderr, flush=True)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
