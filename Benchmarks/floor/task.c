#include "task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void task_id(char id[TASK_ID_LENGTH + 1], long run, long number) {
  snprintf(id, TASK_ID_LENGTH + 1, "%08lx-0000-8000-8000-%012lx", run & 0xffffffffL, number);
}

long task_number(const char *id, long run) {
  if (strlen(id) != TASK_ID_LENGTH || strtol(id, NULL, 16) != run) return -1;
  return strtol(strrchr(id, '-') + 1, NULL, 16);
}

void task_body(char *body, long size, double sent_at) {
  int used = sprintf(body, "{\"model\": \"mock\", \"prompt\": \"");
  if (sent_at >= 0) used += sprintf(body + used, "sent-at:%.6f; ", sent_at);
  static const char prompt[] = "Explain quantum computing in one line. ";
  static const char end[] = "\"}";
  long room = size - used - (long)(sizeof end - 1);
  for (long i = 0; i < room; i++) body[used + i] = prompt[i % (long)(sizeof prompt - 1)];
  memcpy(body + used + room, end, sizeof end - 1);
}
