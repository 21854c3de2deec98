// The parts of the pipeline. Each opens its own connection, so any of them can run in its own process.
#ifndef BENCH_ROLES_H
#define BENCH_ROLES_H

#include <stdint.h>

struct plan {
  const char *broker_url;
  const char *model_url;  // NULL: answer without a call
  const char *exchange;   // where tasks are published
  const char *key;        // with which routing key
  const char *queue;      // the queue to consume, purge or wait for
  const char *results;    // where the subscriber listens
  long tasks;
  long size;              // bytes of a task's or a result's body
  long window;            // publishes without a confirm; results without an ack
  long concurrency;       // calls in flight in the worker
  long priority;          // -1: 0 to 9 in turn
  long rate;              // tasks/s or requests/s; 0: as fast as the window, or the concurrency, allows
  long every;             // print the time of each so-many-th result; 0: of none
  long run;               // the number that marks the tasks of this run; 0: the subscriber takes results of any run
  long events;            // events the worker publishes for a task: 1, or 2 with task.started
  long endpoints;         // webhook endpoints: the announcer's events are for them in turn, the courier consumes their queues
  long bad;               // each so-many-th request is one to refuse; 0: none
  long waits;             // 1: each task is waited for, over REST
};

void produce(const struct plan *plan);
void work(const struct plan *plan);
void subscribe(const struct plan *plan);
void announce(const struct plan *plan);
void post(const struct plan *plan);
void route(const struct plan *plan);
void deliver(const struct plan *plan);
void request(const struct plan *plan);

// The floor's own exchanges and queues, under bench.*; declaring starts from empty ones.
void declare_topology(const struct plan *plan);
void remove_topology(const struct plan *plan);

void purge_queue(const struct plan *plan);
// Returns when `plan->queue` exists and somebody consumes it.
void await_consumer(const struct plan *plan);
// Prints how many tasks wait in `plan->queue`, those that are with a consumer not counted.
void print_depth(const struct plan *plan);

#endif
