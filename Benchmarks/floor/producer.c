// Publishes persistent tasks, with at most `window` of them unconfirmed.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "broker.h"
#include "roles.h"
#include "task.h"

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

void produce(const struct plan *plan) {
  struct broker broker;
  broker_open(&broker, plan->broker_url);
  broker_confirm_publishes(&broker);
  char id[TASK_ID_LENGTH + 1], *body = malloc((size_t)plan->size);
  task_body(body, plan->size, -1);
  long confirmed = 0;
  double first = now();
  for (long number = 1; number <= plan->tasks; number++) {
    if (plan->rate > 0) {
      sleep_until(first + (double)number / (double)plan->rate);
      task_body(body, plan->size, now());
    }
    task_id(id, plan->run, number);
    broker_publish(&broker, &(struct message){
                                .exchange = plan->exchange,
                                .routing_key = plan->key,
                                .id = id,
                                .priority = plan->priority < 0 ? (int)(number % 10) : (int)plan->priority,
                                .body = body,
                                .size = (size_t)plan->size,
                            });
    // At a given rate each publish is confirmed before the next, so that the window never delays one.
    settle(&broker, number, &confirmed, plan->rate > 0 ? 0 : plan->window - 1);
  }
  settle(&broker, plan->tasks, &confirmed, 0);
  printf("first_publish %.6f\nlast_confirm %.6f\n", first, now());
  fflush(stdout);
  free(body);
  broker_close(&broker);
}
