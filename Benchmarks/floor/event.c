#include "event.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int text_now(char text[32]) {
  struct timespec time;
  struct tm parts;
  clock_gettime(CLOCK_REALTIME, &time);
  gmtime_r(&time.tv_sec, &parts);
  int length = (int)strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &parts);
  return length + sprintf(text + length, ".%03ldZ", time.tv_nsec / 1000000);
}

// The member `data` with a result that makes up the size, and the end of the document.
static int put_data(char *text, int used, long size, double sent_at) {
  used += sprintf(text + used, "\"data\":{\"workspace\":\"default\",\"status\":\"completed\",\"result\":\"sent-at:%.6f; ", sent_at);
  static const char answer[] = "Quantum computing uses qubits. ";
  for (int i = 0; used < size - 3; i++) text[used++] = answer[(size_t)i % (sizeof answer - 1)];
  return used + sprintf(text + used, "\"}}");
}

int event_document(char *text, long size, const char *id, long endpoint, double sent_at) {
  char time[32];
  text_now(time);
  int used = sprintf(text,
                     "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/moltbot/default\",\"type\":\"model.e%ld\",\"time\":\"%s\","
                     "\"datacontenttype\":\"application/json\",",
                     id, endpoint, time);
  return put_data(text, used, size, sent_at);
}

int event_webhook(char *text, long size, long endpoint, double sent_at) {
  char time[32];
  text_now(time);
  int used = sprintf(text, "{\"type\":\"model.e%ld\",\"timestamp\":\"%s\",", endpoint, time);
  return put_data(text, used, size, sent_at);
}
