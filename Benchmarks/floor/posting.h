// Requests to a webhook's receiver: kept connections, one handle for each request that may be under way.
#ifndef BENCH_POSTING_H
#define BENCH_POSTING_H

#include <curl/curl.h>

struct posting {
  CURLM *multi;
  struct curl_slist *headers;
};

void posting_open(struct posting *posting, long concurrency);
void posting_close(struct posting *posting);

// A handle that posts to `url`; `owner` comes back from posting_ended.
CURL *posting_handle(const struct posting *posting, const char *url, void *owner);

// The owner of a request that has ended, or NULL. Ends the program when the receiver did not take it.
void *posting_ended(struct posting *posting);

#endif
