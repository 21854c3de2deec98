// The floor under any webhook sender: posts the same bodies to the same receiver with libcurl's multi interface, `concurrency` at a time,
// on one thread and kept connections. No broker, no signature, no retry.
#include <stdio.h>
#include <stdlib.h>

#include "broker.h"
#include "event.h"
#include "posting.h"
#include "roles.h"

struct post {
  CURL *easy;
  char body[BODY_LIMIT];
};

static void begin(struct posting *posting, struct post *post, const struct plan *plan) {
  int size = event_webhook(post->body, plan->size, 0, now());
  curl_easy_setopt(post->easy, CURLOPT_POSTFIELDSIZE, (long)size);
  curl_easy_setopt(post->easy, CURLOPT_POSTFIELDS, post->body);
  curl_multi_add_handle(posting->multi, post->easy);
}

void post(const struct plan *plan) {
  if (!plan->model_url) fail("the poster needs --model, the receiver's URL");
  struct posting posting;
  posting_open(&posting, plan->concurrency);
  struct post *posts = calloc((size_t)plan->concurrency, sizeof *posts);
  if (!posts) fail("no memory");
  long begun = 0, ended = 0;
  double first = now();
  for (; begun < plan->concurrency && begun < plan->tasks; begun++) {
    posts[begun].easy = posting_handle(&posting, plan->model_url, &posts[begun]);
    begin(&posting, &posts[begun], plan);
  }
  while (ended < plan->tasks) {
    int running = 0;
    curl_multi_perform(posting.multi, &running);
    for (struct post *post; (post = posting_ended(&posting)); ended++)
      if (begun < plan->tasks) begin(&posting, post, plan), begun++;
    if (ended < plan->tasks) curl_multi_poll(posting.multi, NULL, 0, 10, NULL);
  }
  printf("first_post %.6f\nlast_answer %.6f\n", first, now());
  fflush(stdout);
  for (long i = 0; i < plan->concurrency; i++) curl_easy_cleanup(posts[i].easy);
  posting_close(&posting);
  free(posts);
}
