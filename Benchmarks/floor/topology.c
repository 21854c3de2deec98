// What the floor runs on: the queues that MoltBot's topology has on a task's way, under names of its own.
//
//   bench.tasks (topic)    -> bench.tasks.default  classic, 10 priorities
//                          -> bench.ledger         stream
//   bench.events (fanout)  -> bench.results        classic
//                          -> bench.relay          quorum
//                          -> bench.ledger
//   bench.started (fanout) -> bench.relay, bench.ledger    used with --events 2 and by the announcer
//
// and on a webhook's, which starts at bench.started (no result comes of it):
//
//   bench.deliveries (direct)  -> bench.deliveries.<endpoint>  quorum, one for each of --endpoints
//   bench.delivered (fanout)   -> bench.ledger
//
// Results hang on the fanout exchange directly: MoltBot's second exchange, which lets subscribers choose events by
// routing key, is a cost of MoltBot's and stays out of the floor.
#include <amqp.h>
#include <amqp_framing.h>
#include <stdio.h>
#include <time.h>

#include "broker.h"
#include "roles.h"

static const char *const queues[] = {"bench.tasks.default", "bench.results", "bench.relay", "bench.ledger"};
static const struct {
  const char *name, *type;
} exchanges[] = {
    {"bench.tasks", "topic"}, {"bench.events", "fanout"}, {"bench.started", "fanout"}, {"bench.deliveries", "direct"},
    {"bench.delivered", "fanout"},
};
enum { QUEUES = sizeof queues / sizeof *queues, EXCHANGES = sizeof exchanges / sizeof *exchanges };

static amqp_bytes_t text(const char *string) { return amqp_cstring_bytes(string); }

static void declare_exchange(struct broker *broker, const char *name, const char *type) {
  amqp_exchange_declare(broker->link, CONSUMING, text(name), text(type), 0, 1, 0, 0, amqp_empty_table);
  broker_check(broker, name);
}

static void declare_queue(struct broker *broker, const char *name, amqp_table_t arguments) {
  amqp_queue_declare(broker->link, CONSUMING, text(name), 0, 1, 0, 0, arguments);
  broker_check(broker, name);
}

static void declare_typed_queue(struct broker *broker, const char *name, const char *type) {
  amqp_table_entry_t entry = {.key = text("x-queue-type"), .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = text(type)}};
  declare_queue(broker, name, (amqp_table_t){1, &entry});
}

static void bind_queue(struct broker *broker, const char *queue, const char *exchange, const char *key) {
  amqp_queue_bind(broker->link, CONSUMING, text(queue), text(exchange), text(key), amqp_empty_table);
  broker_check(broker, queue);
}

static void delete_queue(struct broker *broker, const char *name) {
  amqp_queue_delete(broker->link, CONSUMING, text(name), 0, 0);
  broker_check(broker, name);
}

struct endpoint_queue {
  char name[48], key[24];
};

static struct endpoint_queue endpoint_queue(long endpoint) {
  struct endpoint_queue queue;
  snprintf(queue.key, sizeof queue.key, "%ld", endpoint);
  snprintf(queue.name, sizeof queue.name, "bench.deliveries.%s", queue.key);
  return queue;
}

static void remove_all(struct broker *broker, const struct plan *plan) {
  for (int i = 0; i < QUEUES; i++) delete_queue(broker, queues[i]);
  for (long endpoint = 0; endpoint < plan->endpoints; endpoint++) delete_queue(broker, endpoint_queue(endpoint).name);
  for (int i = 0; i < EXCHANGES; i++) {
    amqp_exchange_delete(broker->link, CONSUMING, text(exchanges[i].name), 0);
    broker_check(broker, exchanges[i].name);
  }
}

void declare_topology(const struct plan *plan) {
  struct broker broker;
  broker_open(&broker, plan->broker_url);
  remove_all(&broker, plan);
  for (int i = 0; i < EXCHANGES; i++) declare_exchange(&broker, exchanges[i].name, exchanges[i].type);
  amqp_table_entry_t kind[] = {
      {.key = text("x-max-priority"), .value = {.kind = AMQP_FIELD_KIND_I32, .value.i32 = 10}},
      {.key = text("x-queue-mode"), .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = text("lazy")}},
  };
  declare_queue(&broker, "bench.tasks.default", (amqp_table_t){2, kind});
  declare_queue(&broker, "bench.results", amqp_empty_table);
  declare_typed_queue(&broker, "bench.relay", "quorum");
  declare_typed_queue(&broker, "bench.ledger", "stream");
  bind_queue(&broker, "bench.tasks.default", "bench.tasks", "default.#");
  bind_queue(&broker, "bench.results", "bench.events", "");
  bind_queue(&broker, "bench.relay", "bench.events", "");
  bind_queue(&broker, "bench.ledger", "bench.tasks", "#");
  bind_queue(&broker, "bench.ledger", "bench.events", "");
  bind_queue(&broker, "bench.relay", "bench.started", "");
  bind_queue(&broker, "bench.ledger", "bench.started", "");
  bind_queue(&broker, "bench.ledger", "bench.delivered", "");
  for (long endpoint = 0; endpoint < plan->endpoints; endpoint++) {
    struct endpoint_queue queue = endpoint_queue(endpoint);
    declare_typed_queue(&broker, queue.name, "quorum");
    bind_queue(&broker, queue.name, "bench.deliveries", queue.key);
  }
  broker_close(&broker);
}

void remove_topology(const struct plan *plan) {
  struct broker broker;
  broker_open(&broker, plan->broker_url);
  remove_all(&broker, plan);
  broker_close(&broker);
}

void purge_queue(const struct plan *plan) {
  struct broker broker;
  broker_open(&broker, plan->broker_url);
  amqp_queue_purge(broker.link, CONSUMING, text(plan->queue));
  broker_check(&broker, plan->queue);
  broker_close(&broker);
}

struct depth {
  unsigned messages, consumers;
};

// A passive declare of a missing queue closes the channel, so each question gets its own connection.
static struct depth ask(const struct plan *plan) {
  struct broker broker;
  broker_open(&broker, plan->broker_url);
  const amqp_queue_declare_ok_t *found =
      amqp_queue_declare(broker.link, CONSUMING, text(plan->queue), 1, 0, 0, 0, amqp_empty_table);
  struct depth depth = {0, 0};
  if (found) depth = (struct depth){found->message_count, found->consumer_count};
  broker_close(&broker);
  return depth;
}

// Asking again is the only way: AMQP has no notice of a queue's first consumer.
void await_consumer(const struct plan *plan) {
  const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
  while (ask(plan).consumers == 0) nanosleep(&pause, NULL);
}

void print_depth(const struct plan *plan) {
  printf("depth %u\n", ask(plan).messages);
}
