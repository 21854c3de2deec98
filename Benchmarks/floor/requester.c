// Clients of a REST API: posts tasks on kept connections, `concurrency` at a time, as fast as they are answered or at a given rate.
// At a rate an answer's time counts from when its request was due, so that a server that stalls is seen to (coordinated omission).
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "lags.h"
#include "roles.h"
#include "task.h"

enum { ANSWER_LIMIT = 1024, URL_LIMIT = 512 };

struct request {
  CURL *easy;
  struct request *next_free;
  double begun;
  bool is_wait;
  size_t got;
  char answer[ANSWER_LIMIT + 1], url[URL_LIMIT];
};

struct client {
  const struct plan *plan;
  CURLM *multi;
  struct request *free;
  struct curl_slist *json, *text;
  char *body;
  long begun, ended;
  long taken, refused, busy, faults;  // by status: 2xx, 4xx, 429, 5xx
  double first;
};

// Requests that a server refuses, each for a reason of its own.
static const struct {
  const char *path, *body;
  bool is_text;
} wrong[] = {
    {"", "{\"prompt\": ", false},
    {"", "{\"promt\": \"misspelt\"}", false},
    {"", "{\"prompt\": \"x\", \"priority\": \"urgent\"}", false},
    {"", "{\"prompt\": \"from a form\"}", true},
    {"", "", false},
    {"/no-such-task/cancel", "{}", false},
};
enum { WRONGS = sizeof wrong / sizeof *wrong };

static size_t keep(char *bytes, size_t size, size_t count, void *context) {
  struct request *request = context;
  size_t room = ANSWER_LIMIT - request->got, length = size * count;
  memcpy(request->answer + request->got, bytes, length < room ? length : room);
  request->got += length < room ? length : room;
  return length;
}

static void post_to(struct client *client, struct request *request, const char *path, const char *body, long size, bool is_text) {
  snprintf(request->url, URL_LIMIT, "%s%s", client->plan->model_url, path);
  request->got = 0;
  curl_easy_setopt(request->easy, CURLOPT_URL, request->url);
  curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, is_text ? client->text : client->json);
  curl_easy_setopt(request->easy, CURLOPT_POSTFIELDSIZE, size);
  curl_easy_setopt(request->easy, CURLOPT_POSTFIELDS, body);
  curl_multi_add_handle(client->multi, request->easy);
}

static void begin(struct client *client, double due) {
  struct request *request = client->free;
  client->free = request->next_free;
  request->begun = due;
  request->is_wait = false;
  long number = ++client->begun;
  if (client->plan->bad && number % client->plan->bad == 0) {
    long kind = number / client->plan->bad % WRONGS;
    post_to(client, request, wrong[kind].path, wrong[kind].body, (long)strlen(wrong[kind].body), wrong[kind].is_text);
  } else {
    post_to(client, request, "", client->body, client->plan->size, false);
  }
}

static void wait_for_task(struct client *client, struct request *request) {
  static const char member[] = "\"task_id\":\"";
  request->answer[request->got] = 0;
  char *id = strstr(request->answer, member), path[96];
  if (!id) fail("request: no task_id in %s", request->answer);
  id += sizeof member - 1;
  snprintf(path, sizeof path, "/%.*s/wait?timeout=60", (int)strcspn(id, "\""), id);
  request->is_wait = true;
  post_to(client, request, path, "", 0, false);
}

static void count(struct client *client, long status) {
  if (status == 429) client->busy++;
  else if (status >= 500) client->faults++;
  else if (status >= 400) client->refused++;
  else client->taken++;
}

static void end(struct client *client, struct request *request) {
  long status = 0;
  curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
  if (client->plan->waits && !request->is_wait && status == 202) return wait_for_task(client, request);
  request->answer[request->got] = 0;
  if (request->is_wait && !strstr(request->answer, "\"status\":\"completed\"")) fail("request: %s", request->answer);
  note_lag(now() - request->begun, now());
  count(client, status);
  client->ended++;
  request->next_free = client->free;
  client->free = request;
}

static void reap(struct client *client) {
  int left = 0;
  for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &left));) {
    if (message->msg != CURLMSG_DONE) continue;
    if (message->data.result != CURLE_OK) fail("request: %s", curl_easy_strerror(message->data.result));
    struct request *request = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
    curl_multi_remove_handle(client->multi, request->easy);
    end(client, request);
  }
}

// When the next request is due; in the past when requests are only limited by `concurrency`.
static double due(const struct client *client) {
  return client->plan->rate ? client->first + (double)client->begun / (double)client->plan->rate : now();
}

static void prepare(struct client *client, struct request *request) {
  request->easy = curl_easy_init();
  curl_easy_setopt(request->easy, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(request->easy, CURLOPT_WRITEDATA, request);
  curl_easy_setopt(request->easy, CURLOPT_PRIVATE, request);
  curl_easy_setopt(request->easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(request->easy, CURLOPT_PROXY, "");
  request->next_free = client->free;
  client->free = request;
}

static void report(const struct client *client) {
  sort_lags();
  printf("first_request %.6f\nlast_answer %.6f\ntaken %ld\nrefused %ld\nbusy %ld\nfaults %ld\np50_us %u\np99_us %u\nmax_us %u\n",
         client->first, now(), client->taken, client->refused, client->busy, client->faults, lag_at(0.5), lag_at(0.99), lag_at(1));
  fflush(stdout);
}

void request(const struct plan *plan) {
  if (!plan->model_url) fail("the requester needs --model, the URL of /tasks");
  struct client client = {.plan = plan, .multi = curl_multi_init(), .body = malloc((size_t)plan->size)};
  struct request *requests = calloc((size_t)plan->concurrency, sizeof *requests);
  if (!client.multi || !client.body || !requests) fail("no memory");
  curl_multi_setopt(client.multi, CURLMOPT_MAXCONNECTS, plan->concurrency);
  client.json = curl_slist_append(NULL, "Content-Type: application/json");
  client.text = curl_slist_append(NULL, "Content-Type: text/plain");
  task_body(client.body, plan->size, -1);
  for (long i = 0; i < plan->concurrency; i++) prepare(&client, &requests[i]);
  client.first = now();
  while (client.ended < plan->tasks) {
    while (client.free && client.begun < plan->tasks && due(&client) <= now()) begin(&client, due(&client));
    int running = 0;
    curl_multi_perform(client.multi, &running);
    reap(&client);
    // A millisecond is the grain of the pace; answers end the wait earlier.
    if (client.ended < plan->tasks) curl_multi_poll(client.multi, NULL, 0, plan->rate ? 1 : 10, NULL);
  }
  report(&client);
  for (long i = 0; i < plan->concurrency; i++) curl_easy_cleanup(requests[i].easy);
  curl_multi_cleanup(client.multi);
  curl_slist_free_all(client.json);
  curl_slist_free_all(client.text);
  free(requests);
  free(client.body);
}
