// The least a relay can do for an event: take it, store it in its endpoint's queue as it is, and ack it when that is confirmed.
#include <stdio.h>

#include "broker.h"
#include "roles.h"
#include "task.h"

// Events with the router, and so deliveries without a confirm.
enum { PREFETCH = 500 };

void route(const struct plan *plan) {
  struct broker broker;
  broker_open(&broker, plan->broker_url);
  broker_confirm_publishes(&broker);
  broker_consume(&broker, "bench.relay", PREFETCH);
  for (long stored = 0; stored < plan->tasks;) {
    struct arrival arrival = broker_next(&broker, true);
    if (arrival.kind == CONFIRM) {
      // One publish an event, so the numbers of both are the same.
      broker_ack(&broker, arrival.tag, arrival.multiple);
      stored = arrival.multiple || (long)arrival.tag > stored ? (long)arrival.tag : stored;
      continue;
    }
    char key[24];
    long number = task_number(arrival.task, plan->run);
    if (number < 0) fail("an event of no run: %s", arrival.task);
    snprintf(key, sizeof key, "%ld", number % plan->endpoints);
    broker_publish(&broker, &(struct message){.exchange = "bench.deliveries", .routing_key = key, .id = arrival.task,
                                              .body = broker.body, .size = broker.body_size});
  }
  broker_close(&broker);
}
