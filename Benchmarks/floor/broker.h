// One AMQP connection of the benchmark, and the three things that can arrive on it.
#ifndef BENCH_BROKER_H
#define BENCH_BROKER_H

#include <amqp.h>
#include <stdbool.h>
#include <stdint.h>

// Deliveries and acks use one channel and confirmed publishes another: the broker runs a process a channel.
enum { CONSUMING = 1, PUBLISHING = 2 };

// A longer body is an error: none of the benchmark's messages has one.
enum { TASK_ID_LENGTH = 36, BODY_LIMIT = 16384 };

enum arrival_kind { NOTHING, DELIVERY, CONFIRM };

struct arrival {
  enum arrival_kind kind;
  uint64_t tag;                   // delivery tag, or the publish sequence number that is confirmed
  bool multiple;                  // confirm: this one and all before it
  char task[TASK_ID_LENGTH + 1];  // delivery: correlation id, or the message id when there is none
  bool is_completed;              // delivery: the type property says task.completed
};

struct broker {
  amqp_connection_state_t link;
  struct arrival delivery;  // the delivery whose frames are arriving
  size_t body_size, body_got;
  char body[BODY_LIMIT];  // of the last delivery, until broker_next is called again
};

struct message {
  const char *exchange, *routing_key;
  const char *id, *correlation_id, *type;  // NULL: property left out
  int priority;
  const char *body;
  size_t size;
};

// Seconds on the clock that all processes of a machine share.
double now(void);

// Ends the program with a reason. Nothing here is worth retrying: a run with a fault has no result.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Opens a connection with both channels; `url` is amqp://user:password@host:port/vhost.
void broker_open(struct broker *broker, const char *url);
void broker_close(struct broker *broker);

// Ends the program when the last synchronous call was refused.
void broker_check(struct broker *broker, const char *what);

void broker_consume(struct broker *broker, const char *queue, int prefetch);
void broker_confirm_publishes(struct broker *broker);
void broker_publish(struct broker *broker, const struct message *message);
void broker_ack(struct broker *broker, uint64_t tag, bool multiple);

// Waits for the next delivery or confirm; with `blocking` false, NOTHING when the socket has no more to give.
struct arrival broker_next(struct broker *broker, bool blocking);

#endif
