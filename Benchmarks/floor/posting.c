#include "posting.h"

#include <stddef.h>

#include "broker.h"

static size_t swallow(char *bytes, size_t size, size_t count, void *context) {
  (void)bytes, (void)context;
  return size * count;
}

void posting_open(struct posting *posting, long concurrency) {
  posting->multi = curl_multi_init();
  posting->headers = curl_slist_append(NULL, "Content-Type: application/json");
  if (!posting->multi || !posting->headers) fail("no memory");
  curl_multi_setopt(posting->multi, CURLMOPT_MAXCONNECTS, concurrency);
}

void posting_close(struct posting *posting) {
  curl_multi_cleanup(posting->multi);
  curl_slist_free_all(posting->headers);
}

CURL *posting_handle(const struct posting *posting, const char *url, void *owner) {
  CURL *easy = curl_easy_init();
  if (!easy) fail("no memory");
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, posting->headers);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, owner);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  return easy;
}

void *posting_ended(struct posting *posting) {
  int left = 0;
  for (CURLMsg *message; (message = curl_multi_info_read(posting->multi, &left));) {
    if (message->msg != CURLMSG_DONE) continue;
    if (message->data.result != CURLE_OK) fail("post: %s", curl_easy_strerror(message->data.result));
    long status = 0;
    void *owner = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) fail("post: status %ld", status);
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    curl_multi_remove_handle(posting->multi, message->easy_handle);
    return owner;
  }
  return NULL;
}
