// A task as the producer writes it and as the subscriber recognises its answer.
#ifndef BENCH_TASK_H
#define BENCH_TASK_H

#include "broker.h"

// A UUID (version 8, "custom") that carries the run and the task's number, so that an answer says which task it is for
// and a second answer shows.
void task_id(char id[TASK_ID_LENGTH + 1], long run, long number);

// The number of the task with this id; -1 when it belongs to another run.
long task_number(const char *id, long run);

// A JSON task of exactly `size` bytes. `sent_at` is written into the prompt, where the model stand-in finds it and prints
// how long the task waited; below 0 the prompt has none.
void task_body(char *body, long size, double sent_at);

// The smallest `size` that task_body can fill.
enum { TASK_BODY_MINIMUM = 96 };

#endif
