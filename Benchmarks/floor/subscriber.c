// Consumes results until every task of the run has its answer; a second answer or a failed task ends the program.
#include <stdio.h>
#include <stdlib.h>

#include "broker.h"
#include "roles.h"
#include "task.h"

// An ack for many results costs the broker less than one for each; small enough to keep the prefetch window moving.
enum { ACK_EVERY = 50 };

void subscribe(const struct plan *plan) {
  struct broker broker;
  broker_open(&broker, plan->broker_url);
  broker_consume(&broker, plan->results, (int)plan->window);
  bool *is_answered = calloc((size_t)plan->tasks + 1, sizeof *is_answered);
  for (long received = 0, unacked = 0; received < plan->tasks;) {
    struct arrival result = broker_next(&broker, true);
    if (result.kind != DELIVERY) continue;
    if (plan->run > 0) {
      long number = task_number(result.task, plan->run);
      if (number < 1 || number > plan->tasks) fail("a result for no task of this run: %s", result.task);
      if (is_answered[number]) fail("a second result for task %s", result.task);
      is_answered[number] = true;
    }
    if (!result.is_completed) fail("task %s has not completed", result.task);
    received++;
    if (plan->every > 0 && received % plan->every == 0) {
      printf("result_%ld %.6f\n", received, now());
      fflush(stdout);
    }
    if (++unacked == ACK_EVERY || received == plan->tasks) {
      broker_ack(&broker, result.tag, true);
      unacked = 0;
    }
  }
  printf("last_result %.6f\n", now());
  fflush(stdout);
  free(is_answered);
  broker_close(&broker);
}
