// An event as a worker publishes it and as a webhook's receiver gets it.
#ifndef BENCH_EVENT_H
#define BENCH_EVENT_H

// Writes the CloudEvents document of about `size` bytes for the endpoint with this number; returns its length.
int event_document(char *text, long size, const char *id, long endpoint, double sent_at);

// Writes the body that the relay makes of it: type, timestamp and data.
int event_webhook(char *text, long size, long endpoint, double sent_at);

#endif
