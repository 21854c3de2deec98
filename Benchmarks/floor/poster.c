// The floor under any webhook relay: posts the same bodies to the same receiver with libcurl's multi interface, `concurrency` at a time,
// on one thread and kept connections. No broker, no signature, no retry.
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "broker.h"
#include "event.h"
#include "roles.h"

struct post {
  CURL *easy;
  char body[BODY_LIMIT];
};

static size_t swallow(char *bytes, size_t size, size_t count, void *context) {
  (void)bytes, (void)context;
  return size * count;
}

static void begin(CURLM *multi, struct post *post, const struct plan *plan) {
  int size = event_webhook(post->body, plan->size, 0, now());
  curl_easy_setopt(post->easy, CURLOPT_POSTFIELDSIZE, (long)size);
  curl_easy_setopt(post->easy, CURLOPT_POSTFIELDS, post->body);
  curl_multi_add_handle(multi, post->easy);
}

static void prepare(struct post *post, const struct plan *plan, struct curl_slist *headers) {
  post->easy = curl_easy_init();
  curl_easy_setopt(post->easy, CURLOPT_URL, plan->model_url);
  curl_easy_setopt(post->easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(post->easy, CURLOPT_WRITEFUNCTION, swallow);
  curl_easy_setopt(post->easy, CURLOPT_PRIVATE, post);
  curl_easy_setopt(post->easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(post->easy, CURLOPT_PROXY, "");
}

// The posts that have ended, each followed by the next one.
static long reap(CURLM *multi, const struct plan *plan, long *begun) {
  long ended = 0;
  int left = 0;
  for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
    long status = 0;
    if (message->msg != CURLMSG_DONE) continue;
    if (message->data.result != CURLE_OK) fail("post: %s", curl_easy_strerror(message->data.result));
    curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) fail("post: status %ld", status);
    struct post *post = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &post);
    curl_multi_remove_handle(multi, post->easy);
    ended++;
    if (*begun < plan->tasks) begin(multi, post, plan), ++*begun;
  }
  return ended;
}

void post(const struct plan *plan) {
  if (!plan->model_url) fail("the poster needs --model, the receiver's URL");
  CURLM *multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, plan->concurrency);
  struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
  struct post *posts = calloc((size_t)plan->concurrency, sizeof *posts);
  if (!multi || !posts) fail("no memory");
  long begun = 0, ended = 0;
  double first = now();
  for (; begun < plan->concurrency && begun < plan->tasks; begun++) {
    prepare(&posts[begun], plan, headers);
    begin(multi, &posts[begun], plan);
  }
  while (ended < plan->tasks) {
    int running = 0;
    curl_multi_perform(multi, &running);
    ended += reap(multi, plan, &begun);
    if (ended < plan->tasks) curl_multi_poll(multi, NULL, 0, 10, NULL);
  }
  printf("first_post %.6f\nlast_answer %.6f\n", first, now());
  fflush(stdout);
  for (long i = 0; i < plan->concurrency; i++) curl_easy_cleanup(posts[i].easy);
  curl_multi_cleanup(multi);
  curl_slist_free_all(headers);
  free(posts);
}
