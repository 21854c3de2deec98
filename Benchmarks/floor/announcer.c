// Publishes events for webhook endpoints, as workers do: persistent, confirmed, for one endpoint after the other.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "broker.h"
#include "event.h"
#include "roles.h"

// Takes confirms until at most `limit` publishes are without one.
static void settle(struct broker *broker, long published, long *confirmed, long limit) {
  while (published - *confirmed > limit) {
    struct arrival arrival = broker_next(broker, true);
    if (arrival.kind == CONFIRM) *confirmed = arrival.multiple ? (long)arrival.tag : *confirmed + 1;
  }
}

static void sleep_until(double time) {
  struct timespec due = {.tv_sec = (time_t)time, .tv_nsec = (long)((time - (double)(time_t)time) * 1e9)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

void announce(const struct plan *plan) {
  struct broker broker;
  broker_open(&broker, plan->broker_url);
  broker_confirm_publishes(&broker);
  char id[48], type[32], body[BODY_LIMIT];
  long confirmed = 0;
  double first = now();
  for (long number = 0; number < plan->tasks; number++) {
    if (plan->rate > 0) sleep_until(first + (double)number / (double)plan->rate);
    long endpoint = number % plan->endpoints;
    snprintf(id, sizeof id, "%08lx-0000-8000-8000-%012lx", plan->run & 0xffffffffL, number);
    snprintf(type, sizeof type, "model.e%ld", endpoint);
    int size = event_document(body, plan->size, id, endpoint, now());
    broker_publish(&broker, &(struct message){.exchange = plan->exchange, .routing_key = "default.model.bench", .id = id, .type = type,
                                              .body = body, .size = (size_t)size});
    settle(&broker, number + 1, &confirmed, plan->window - 1);
  }
  settle(&broker, plan->tasks, &confirmed, 0);
  printf("first_publish %.6f\nlast_confirm %.6f\n", first, now());
  fflush(stdout);
  broker_close(&broker);
}
