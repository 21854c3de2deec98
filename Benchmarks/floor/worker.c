// The least a worker can do for a task: take it, post it to the model as it is, publish a result, and ack when that
// is confirmed.
// One thread, libcurl's multi interface beside librabbitmq's socket; nothing is parsed and nothing is checked.
#include <curl/curl.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "broker.h"
#include "roles.h"

struct call {
  CURL *easy;
  uint64_t tag;
  char task[TASK_ID_LENGTH + 1];
};

struct worker {
  const struct plan *plan;
  struct broker broker;
  char *result;
  CURLM *multi;
  struct call *calls, **idle;
  long idle_count;
  // Tasks whose result is on its way to the broker: a ring over publish sequence numbers, 0 where there is no task.
  uint64_t *tags, ring;
  uint64_t published, oldest;  // sequence numbers: the last one published, the first one unconfirmed
  long done;
};

static size_t swallow(char *data, size_t size, size_t count, void *context) {
  (void)data, (void)context;
  return size * count;
}

// `tag` is acked when the event is confirmed; 0: nothing waits for it.
static void publish_event(struct worker *worker, const char *exchange, const char *task, const char *type, uint64_t tag) {
  uint64_t number = ++worker->published;
  if (number - worker->oldest >= worker->ring) fail("the broker holds back confirms");
  worker->tags[number % worker->ring] = tag;
  broker_publish(&worker->broker, &(struct message){.exchange = exchange,
                                                    .routing_key = "",
                                                    .correlation_id = task,
                                                    .type = type,
                                                    .body = worker->result,
                                                    .size = (size_t)worker->plan->size});
}

static void finish(struct worker *worker, const char *task, uint64_t tag) {
  publish_event(worker, "bench.events", task, "task.completed", tag);
}

static void start(struct worker *worker, const struct arrival *delivery) {
  if (worker->plan->events == 2) publish_event(worker, "bench.started", delivery->task, "task.started", 0);
  if (!worker->plan->model_url) {
    finish(worker, delivery->task, delivery->tag);
    return;
  }
  struct call *call = worker->idle[--worker->idle_count];  // the prefetch is the number of calls
  call->tag = delivery->tag;
  memcpy(call->task, delivery->task, sizeof call->task);
  curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE, (long)worker->broker.body_size);
  curl_easy_setopt(call->easy, CURLOPT_COPYPOSTFIELDS, worker->broker.body);
  curl_multi_add_handle(worker->multi, call->easy);
}

static void ack_confirmed(struct worker *worker, const struct arrival *confirm) {
  for (uint64_t number = confirm->multiple ? worker->oldest : confirm->tag; number <= confirm->tag; number++) {
    uint64_t *tag = &worker->tags[number % worker->ring];
    if (*tag == 0) continue;  // confirmed out of turn before, or not a result
    broker_ack(&worker->broker, *tag, false);
    *tag = 0;
    worker->done++;
  }
  if (confirm->multiple || confirm->tag == worker->oldest) worker->oldest = confirm->tag + 1;
}

static void collect_answers(struct worker *worker) {
  int running, left;
  curl_multi_perform(worker->multi, &running);
  for (CURLMsg *message; (message = curl_multi_info_read(worker->multi, &left));) {
    if (message->msg != CURLMSG_DONE) continue;
    if (message->data.result != CURLE_OK) fail("model call: %s", curl_easy_strerror(message->data.result));
    struct call *call;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
    curl_multi_remove_handle(worker->multi, call->easy);
    worker->idle[worker->idle_count++] = call;
    finish(worker, call->task, call->tag);
  }
}

static void prepare_calls(struct worker *worker, struct curl_slist *headers) {
  long count = worker->plan->concurrency;
  worker->multi = curl_multi_init();
  worker->calls = calloc((size_t)count, sizeof *worker->calls);
  worker->idle = calloc((size_t)count, sizeof(struct call *));
  curl_multi_setopt(worker->multi, CURLMOPT_MAXCONNECTS, count);
  for (long i = 0; i < count; i++) {
    struct call *call = &worker->calls[i];
    call->easy = curl_easy_init();
    curl_easy_setopt(call->easy, CURLOPT_URL, worker->plan->model_url);
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(call->easy, CURLOPT_NOSIGNAL, 1L);
    worker->idle[worker->idle_count++] = call;
  }
}

void work(const struct plan *plan) {
  struct worker worker = {.plan = plan, .oldest = 1, .ring = (uint64_t)plan->concurrency * 16};
  worker.tags = calloc(worker.ring, sizeof *worker.tags);
  worker.result = malloc((size_t)plan->size);
  memset(worker.result, 'x', (size_t)plan->size);
  struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
  if (plan->model_url) prepare_calls(&worker, headers);
  broker_open(&worker.broker, plan->broker_url);
  broker_confirm_publishes(&worker.broker);
  broker_consume(&worker.broker, plan->queue, (int)plan->concurrency);
  amqp_connection_state_t link = worker.broker.link;
  while (worker.done < plan->tasks) {
    // The broker's socket is emptied first: a waiting task or ack is worth more than an early look at the calls.
    struct arrival arrival = broker_next(&worker.broker, !plan->model_url);
    if (arrival.kind == DELIVERY) start(&worker, &arrival);
    if (arrival.kind == CONFIRM) ack_confirmed(&worker, &arrival);
    if (arrival.kind != NOTHING || !plan->model_url) continue;
    collect_answers(&worker);
    struct curl_waitfd socket = {.fd = amqp_get_sockfd(link), .events = CURL_WAIT_POLLIN};
    if (!amqp_data_in_buffer(link) && !amqp_frames_enqueued(link)) curl_multi_poll(worker.multi, &socket, 1, 10, NULL);
  }
  broker_close(&worker.broker);
  for (long i = 0; plan->model_url && i < plan->concurrency; i++) curl_easy_cleanup(worker.calls[i].easy);
  curl_multi_cleanup(worker.multi);
  curl_slist_free_all(headers);
  free(worker.tags), free(worker.result), free(worker.calls), free(worker.idle);
}
