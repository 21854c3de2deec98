// A stand-in for models and webhook receivers that is never the bottleneck: one thread on epoll, thousands of kept-alive connections.
//
//   POST /v1/...              answers at once
//   POST /slow/v1/...         answers after 2 s
//   POST /around/<ms>/v1/...  answers after half to one and a half times <ms>, evenly spread
//   GET  /stats               requests so far, the most that were in flight at once, and the events noted
//   POST /hook/...            a webhook's receiver: answers at once and notes how long the event took
//   POST /hang/...            one that answers after 30 s
//   GET  /lags                what was noted since the last time
//
// Prints `port N` when it listens on loopback, and `wait_us N` for each prompt that says when its task was published
// (`sent-at:<seconds>`, monotonic clock). Ends with its standard input, so it never outlives who started it.
// `model PORT` listens there, in the place of one that has ended; without it on any free port.
#define _GNU_SOURCE  // accept4, strcasestr
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lags.h"

// Delays wait in a wheel of one slot a millisecond; REQUEST_LIMIT is far above any task of the benchmark.
enum { WHEEL = 32768, REQUEST_LIMIT = 16384, SLOW_MS = 2000, HANG_MS = 30000 };

struct connection {
  int fd;
  size_t length;
  struct connection *next, **link;  // in a slot of the wheel while the answer waits
  char request[REQUEST_LIMIT + 1];
};

static struct connection *wheel[WHEEL];
static int64_t tick;  // the wheel has turned up to this millisecond
static long requests, in_flight, peak;

static const char answer[] =
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"mock\",\"choices\":[{\"index\":0,"
    "\"message\":{\"role\":\"assistant\",\"content\":\"Quantum computing uses qubits.\"},\"finish_reason\":\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":6,\"total_tokens\":18}}\n";

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void end(struct connection *connection) {
  if (connection->link) {
    *connection->link = connection->next;
    if (connection->next) connection->next->link = connection->link;
    in_flight--;
  }
  close(connection->fd);
  free(connection);
}

// Answers are small enough for an empty socket buffer to take them whole.
static bool reply(struct connection *connection, const char *status, const char *body) {
  char text[1024];
  int length = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                        status, strlen(body), body);
  connection->length = 0;
  return write(connection->fd, text, (size_t)length) == length;
}

static void hold(struct connection *connection, int milliseconds) {
  int64_t present = (int64_t)(seconds() * 1e3);
  if (in_flight == 0) tick = present;  // an idle wheel stands still
  // One tick more than asked: the current one has begun.
  struct connection **slot = &wheel[(present + milliseconds + 1) % WHEEL];
  connection->next = *slot;
  connection->link = slot;
  if (*slot) (*slot)->link = &connection->next;
  *slot = connection;
  if (++in_flight > peak) peak = in_flight;
}

static void turn_wheel(void) {
  for (int64_t present = (int64_t)(seconds() * 1e3); tick <= present; tick++) {
    while (wheel[tick % WHEEL]) {
      struct connection *due = wheel[tick % WHEEL];
      wheel[tick % WHEEL] = due->next;
      if (due->next) due->next->link = &wheel[tick % WHEEL];
      due->link = NULL;
      in_flight--;
      if (!reply(due, "200 OK", answer)) end(due);
    }
  }
}

static void report_wait(const char *body) {
  const char *sent_at = strstr(body, "sent-at:");
  if (!sent_at) return;
  printf("wait_us %.0f\n", (seconds() - strtod(sent_at + 8, NULL)) * 1e6);
  fflush(stdout);
}

static void note_event(const char *body) {
  const char *sent_at = strstr(body, "sent-at:");
  double arrival = seconds();
  if (sent_at) note_lag(arrival - strtod(sent_at + 8, NULL), arrival);
}

// Acts on one whole request; false when the connection is of no more use.
static bool serve(struct connection *connection, const char *body) {
  const char *request = connection->request;
  int around = 0;
  if (!strncmp(request, "GET /stats ", 11)) {
    char stats[100];
    snprintf(stats, sizeof stats, "{\"requests\": %ld, \"peak_in_flight\": %ld, \"hooks\": %ld}\n", requests, peak, lags_noted());
    return reply(connection, "200 OK", stats);
  }
  if (!strncmp(request, "GET /lags ", 10)) {
    char lags[200];
    report_lags(lags, sizeof lags);
    return reply(connection, "200 OK", lags);
  }
  requests++;
  if (!strncmp(request, "POST /hook/", 11)) return note_event(body), reply(connection, "200 OK", "{}\n");
  if (!strncmp(request, "POST /hang/", 11)) return hold(connection, HANG_MS), true;
  report_wait(body);
  if (!strncmp(request, "POST /v1/", 9)) return reply(connection, "200 OK", answer);
  if (!strncmp(request, "POST /slow/v1/", 14)) return hold(connection, SLOW_MS), true;
  if (sscanf(request, "POST /around/%4d/v1/", &around) == 1 && around > 0 && around * 3 / 2 < WHEEL)
    return hold(connection, around / 2 + rand() % (around + 1)), true;
  return reply(connection, "404 Not Found", "{\"error\": {\"message\": \"no such path\"}}\n");
}

// Reads what has come; false when the connection is over.
static bool receive(struct connection *connection) {
  ssize_t got = read(connection->fd, connection->request + connection->length, REQUEST_LIMIT - connection->length);
  if (got < 0) return errno == EAGAIN;
  // A client that speaks while its answer waits is not one of ours.
  if (got == 0 || connection->link) return false;
  connection->length += (size_t)got;
  connection->request[connection->length] = 0;
  const char *body = strstr(connection->request, "\r\n\r\n");
  if (!body) return connection->length < REQUEST_LIMIT;
  const char *field = strcasestr(connection->request, "\r\ncontent-length:");
  size_t size = field && field < body ? strtoul(field + 17, NULL, 10) : 0;
  body += 4;
  if ((size_t)(body - connection->request) + size > connection->length) return connection->length < REQUEST_LIMIT;
  return serve(connection, body);
}

static void accept_all(int listener, int poll) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct connection *connection = malloc(sizeof *connection);
    if (!connection) fail("memory");
    connection->fd = fd, connection->length = 0, connection->link = NULL;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event)) fail("epoll");
  }
}

int main(int count, char **arguments) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (count > 1) address.sin_port = htons((uint16_t)atoi(arguments[1]));
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 4096)) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);

  // The two descriptors that are no connections are told apart by these addresses.
  static char listening, input;
  int poll = epoll_create1(EPOLL_CLOEXEC);
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.ptr = &listening});
  epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &(struct epoll_event){.events = EPOLLIN, .data.ptr = &input});
  tick = (int64_t)(seconds() * 1e3);
  for (;;) {
    struct epoll_event events[512];
    int ready = epoll_wait(poll, events, 512, in_flight > 0 ? 1 : -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.ptr == &listening) accept_all(listener, poll);
      else if (events[i].data.ptr == &input) {
        if (read(STDIN_FILENO, (char[64]){0}, 64) <= 0) return 0;
      } else if (!receive(events[i].data.ptr)) end(events[i].data.ptr);
    }
    turn_wheel();
  }
}
