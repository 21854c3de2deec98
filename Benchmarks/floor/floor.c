// The floor under any worker on this broker: MoltBot's task pipeline in bare C.
//
//   producer    publishes persistent tasks, confirmed, `window` at a time
//   worker      takes a task, calls the model, publishes the result, acks once that is confirmed
//   subscriber  consumes the results and acks them
//
//   announcer   publishes events for webhook endpoints
//   poster      posts webhooks to a receiver, without a broker
//   router      stores each event in its endpoint's queue, acks once that is confirmed
//   courier     posts the deliveries of all endpoints, announces each, acks it
//   requester   posts tasks to a REST API
//
// Each part has its own connection. Producer and subscriber also drive MoltBot's worker, with its exchange and its
// result queue, so that in a comparison only the worker differs.
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker.h"
#include "roles.h"
#include "task.h"

static const char usage[] =
    "usage: floor --broker URL --role ROLE[,ROLE] [options]\n"
    "roles: declare producer worker subscriber remove | all (these five) | purge | depth (of --queue) | await (its consumer)\n"
    "       announcer | poster, requester (to --model) | router courier (to --model); events: --exchange bench.started\n"
    "  --model URL       call it for each task; without it the worker answers at once\n"
    "  --exchange NAME   where tasks go (bench.tasks)     --queue NAME    where the worker gets them (bench.tasks.default)\n"
    "  --results NAME    where results come (bench.results)  --key KEY  of the tasks (default.normal)\n"
    "  --tasks N         (30000)                          --size BYTES    of a task and of a result (512)\n"
    "  --window N        unconfirmed publishes (500)      --concurrency N calls in flight (200)\n"
    "  --priority P      (0 to 9 in turn)                 --rate N        tasks/s, each with its send time (no limit)\n"
    "  --every N         print each N-th result's time    --run N         marks this run's tasks (any)\n"
    "  --events 1|2      2: task.started as well (1)      --endpoints N   webhook endpoints (1)\n"
    "  --bad N           each N-th request is wrong (0)   --waits 1       the requester waits for its tasks\n"
    "  --deadline S      give up (600)\n"
    "Prints `name value` lines; times are seconds on the machine's monotonic clock.\n";

struct role {
  const char *name;
  void (*run)(const struct plan *);
  enum { BEFORE, TOGETHER, AFTER } stage;
  bool in_all;
};

// Consumers come before the producer: the first publish starts the clock.
static const struct role roles[] = {
    {"declare", declare_topology, BEFORE, true}, {"purge", purge_queue, BEFORE, false},
    {"await", await_consumer, BEFORE, false},    {"depth", print_depth, BEFORE, false},
    {"subscriber", subscribe, TOGETHER, true},   {"worker", work, TOGETHER, true},
    {"producer", produce, TOGETHER, true},       {"announcer", announce, TOGETHER, false},
    {"poster", post, TOGETHER, false},           {"requester", request, TOGETHER, false},
    {"router", route, TOGETHER, false},          {"courier", deliver, TOGETHER, false},
    {"remove", remove_topology, AFTER, true},
};
enum { ROLES = sizeof roles / sizeof *roles };

struct part {
  const struct role *role;
  const struct plan *plan;
};

static void *run_part(void *context) {
  const struct part *part = context;
  part->role->run(part->plan);
  return NULL;
}

static bool is_asked(const struct role *role, const char *asked) {
  if (role->in_all && !strcmp(asked, "all")) return true;
  size_t length = strlen(role->name);
  for (const char *name = asked; name; name = strchr(name, ','), name = name ? name + 1 : NULL)
    if (!strncmp(name, role->name, length) && (name[length] == ',' || name[length] == 0)) return true;
  return false;
}

static void run_stage(const char *asked, const struct plan *plan, int stage) {
  pthread_t threads[ROLES];
  struct part parts[ROLES];
  int count = 0;
  for (int i = 0; i < ROLES; i++) {
    if ((int)roles[i].stage != stage || !is_asked(&roles[i], asked)) continue;
    // The subscriber and the worker are waiting in their queues before the producer begins.
    if (count > 0) usleep(300 * 1000);
    parts[count] = (struct part){&roles[i], plan};
    if (pthread_create(&threads[count], NULL, run_part, &parts[count])) fail("no thread");
    count++;
  }
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

int main(int count, char **arguments) {
  struct plan plan = {.exchange = "bench.tasks", .key = "default.normal", .queue = "bench.tasks.default", .results = "bench.results",
                      .tasks = 30000, .size = 512, .window = 500, .concurrency = 200, .priority = -1, .events = 1,
                      .endpoints = 1};
  const char *role = NULL;
  long deadline = 600;
  struct { const char *name; const char **text; long *number; long least; } options[] = {
      {"--broker", &plan.broker_url, 0, 0}, {"--role", &role, 0, 0},
      {"--model", &plan.model_url, 0, 0},   {"--exchange", &plan.exchange, 0, 0},
      {"--queue", &plan.queue, 0, 0},       {"--results", &plan.results, 0, 0},
      {"--key", &plan.key, 0, 0},
      {"--tasks", 0, &plan.tasks, 1},       {"--size", 0, &plan.size, TASK_BODY_MINIMUM},
      {"--window", 0, &plan.window, 1},     {"--concurrency", 0, &plan.concurrency, 1},
      {"--priority", 0, &plan.priority, 0}, {"--rate", 0, &plan.rate, 1},
      {"--every", 0, &plan.every, 1},       {"--run", 0, &plan.run, 1},
      {"--events", 0, &plan.events, 1},     {"--endpoints", 0, &plan.endpoints, 1},
      {"--bad", 0, &plan.bad, 1},           {"--waits", 0, &plan.waits, 1},
      {"--deadline", 0, &deadline, 1},
  };
  for (int i = 1; i < count; i += 2) {
    size_t option = 0;
    while (option < sizeof options / sizeof *options && strcmp(options[option].name, arguments[i])) option++;
    if (option == sizeof options / sizeof *options || i + 1 == count) return fputs(usage, stderr), 2;
    if (options[option].text) *options[option].text = arguments[i + 1];
    else if ((*options[option].number = atol(arguments[i + 1])) < options[option].least)
      fail("%s is at least %ld", arguments[i], options[option].least);
  }
  if (!plan.broker_url || !role) return fputs(usage, stderr), 2;
  // The default action of the alarm ends the process: no run outlives its deadline.
  alarm((unsigned)deadline);
  signal(SIGPIPE, SIG_IGN);
  curl_global_init(CURL_GLOBAL_ALL);
  for (int stage = BEFORE; stage <= AFTER; stage++) run_stage(role, &plan, stage);
  curl_global_cleanup();
  return 0;
}
