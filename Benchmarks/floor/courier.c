// The least a relay can do for a delivery: take it from its endpoint's queue, post it as it is, tell that it was delivered, and ack it.
// One thread, libcurl's multi interface beside librabbitmq's socket; nothing is signed, parsed or checked.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "event.h"
#include "posting.h"
#include "roles.h"

struct request {
  CURL *easy;
  uint64_t tag;
  char event[TASK_ID_LENGTH + 1];
};

struct courier {
  const struct plan *plan;
  struct broker broker;
  struct posting posting;
  struct request *requests, **idle;
  long idle_count, done;
  // By delivery tag, in a ring of twice the prefetch: whether it has reached its receiver. `acked` is the last tag of an ack.
  bool *is_done;
  uint64_t ring, acked;
};

static void start(struct courier *courier, const struct arrival *delivery) {
  struct request *request = courier->idle[--courier->idle_count];  // the prefetch is the number of requests
  request->tag = delivery->tag;
  memcpy(request->event, delivery->task, sizeof request->event);
  curl_easy_setopt(request->easy, CURLOPT_POSTFIELDSIZE, (long)courier->broker.body_size);
  curl_easy_setopt(request->easy, CURLOPT_COPYPOSTFIELDS, courier->broker.body);
  curl_multi_add_handle(courier->posting.multi, request->easy);
}

// News of single deliveries are sent once: nothing waits for their confirms.
static void announce_delivered(struct courier *courier, const struct request *request) {
  char body[BODY_LIMIT];
  int size = event_document(body, courier->plan->size, request->event, 0, now());
  broker_publish(&courier->broker, &(struct message){.exchange = "bench.delivered", .routing_key = "", .id = request->event,
                                                     .type = "webhook.delivered", .body = body, .size = (size_t)size});
}

static void collect(struct courier *courier) {
  int running = 0;
  curl_multi_perform(courier->posting.multi, &running);
  for (struct request *request; (request = posting_ended(&courier->posting));) {
    announce_delivered(courier, request);
    courier->is_done[request->tag % courier->ring] = true;
    courier->idle[courier->idle_count++] = request;
    courier->done++;
  }
  uint64_t last = courier->acked;
  for (; courier->is_done[(last + 1) % courier->ring]; last++) courier->is_done[(last + 1) % courier->ring] = false;
  if (last > courier->acked) broker_ack(&courier->broker, last, true);
  courier->acked = last;
}

static void prepare(struct courier *courier) {
  long count = courier->plan->concurrency;
  courier->ring = (uint64_t)count * 2;
  courier->is_done = calloc(courier->ring, sizeof *courier->is_done);
  courier->requests = calloc((size_t)count, sizeof *courier->requests);
  courier->idle = calloc((size_t)count, sizeof *courier->idle);
  if (!courier->is_done || !courier->requests || !courier->idle) fail("no memory");
  posting_open(&courier->posting, count);
  for (long i = 0; i < count; i++) {
    courier->requests[i].easy = posting_handle(&courier->posting, courier->plan->model_url, &courier->requests[i]);
    courier->idle[courier->idle_count++] = &courier->requests[i];
  }
}

static void consume_all(struct courier *courier) {
  const struct plan *plan = courier->plan;
  broker_open(&courier->broker, plan->broker_url);
  for (long endpoint = 0; endpoint < plan->endpoints; endpoint++) {
    char queue[48];
    snprintf(queue, sizeof queue, "bench.deliveries.%ld", endpoint);
    broker_consume(&courier->broker, queue, (int)(plan->concurrency / plan->endpoints));
  }
}

void deliver(const struct plan *plan) {
  if (!plan->model_url) fail("the courier needs --model, the receiver's URL");
  struct courier courier = {.plan = plan};
  prepare(&courier);
  consume_all(&courier);
  amqp_connection_state_t link = courier.broker.link;
  while (courier.done < plan->tasks) {
    struct arrival arrival = broker_next(&courier.broker, false);
    if (arrival.kind == DELIVERY) start(&courier, &arrival);
    if (arrival.kind != NOTHING) continue;
    collect(&courier);
    struct curl_waitfd socket = {.fd = amqp_get_sockfd(link), .events = CURL_WAIT_POLLIN};
    if (!amqp_data_in_buffer(link) && !amqp_frames_enqueued(link)) curl_multi_poll(courier.posting.multi, &socket, 1, 10, NULL);
  }
  broker_close(&courier.broker);
  for (long i = 0; i < plan->concurrency; i++) curl_easy_cleanup(courier.requests[i].easy);
  posting_close(&courier.posting);
  free(courier.is_done), free(courier.requests), free(courier.idle);
}
