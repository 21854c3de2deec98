#include "broker.h"

#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("floor: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static const char *reason(amqp_rpc_reply_t reply) {
  static _Thread_local char text[300];
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) return amqp_error_string2(reply.library_error);
  amqp_bytes_t said = {0};
  if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) said = ((amqp_channel_close_t *)reply.reply.decoded)->reply_text;
  if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) said = ((amqp_connection_close_t *)reply.reply.decoded)->reply_text;
  snprintf(text, sizeof text, "%.*s", (int)said.len, (const char *)said.bytes);
  return text;
}

void broker_check(struct broker *broker, const char *what) {
  amqp_rpc_reply_t reply = amqp_get_rpc_reply(broker->link);
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail("%s: %s", what, reason(reply));
}

void broker_open(struct broker *broker, const char *url) {
  memset(broker, 0, sizeof *broker);
  char *parts = strdup(url);  // the parser cuts the text in place, and the parts point into it
  struct amqp_connection_info where;
  if (amqp_parse_url(parts, &where) != AMQP_STATUS_OK) fail("not an AMQP URL: %s", url);
  broker->link = amqp_new_connection();
  if (amqp_socket_open(amqp_tcp_socket_new(broker->link), where.host, where.port) != AMQP_STATUS_OK)
    fail("no broker at %s:%d", where.host, where.port);
  amqp_rpc_reply_t reply =
      amqp_login(broker->link, where.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, where.user, where.password);
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail("login: %s", reason(reply));
  for (int channel = CONSUMING; channel <= PUBLISHING; channel++) {
    amqp_channel_open(broker->link, (amqp_channel_t)channel);
    broker_check(broker, "open a channel");
  }
  free(parts);
}

void broker_close(struct broker *broker) {
  amqp_connection_close(broker->link, AMQP_REPLY_SUCCESS);
  amqp_destroy_connection(broker->link);
}

void broker_consume(struct broker *broker, const char *queue, int prefetch) {
  amqp_basic_qos(broker->link, CONSUMING, 0, (uint16_t)prefetch, 0);
  broker_check(broker, "set the prefetch");
  amqp_basic_consume(broker->link, CONSUMING, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  broker_check(broker, queue);
}

void broker_confirm_publishes(struct broker *broker) {
  amqp_confirm_select(broker->link, PUBLISHING);
  broker_check(broker, "turn on confirms");
}

void broker_publish(struct broker *broker, const struct message *message) {
  amqp_basic_properties_t properties = {
      ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_PRIORITY_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG,
      .delivery_mode = AMQP_DELIVERY_PERSISTENT,
      .priority = (uint8_t)message->priority,
      .content_type = amqp_cstring_bytes("application/json"),
  };
  if (message->id) {
    properties._flags |= AMQP_BASIC_MESSAGE_ID_FLAG;
    properties.message_id = amqp_cstring_bytes(message->id);
  }
  if (message->correlation_id) {
    properties._flags |= AMQP_BASIC_CORRELATION_ID_FLAG;
    properties.correlation_id = amqp_cstring_bytes(message->correlation_id);
  }
  if (message->type) {
    properties._flags |= AMQP_BASIC_TYPE_FLAG;
    properties.type = amqp_cstring_bytes(message->type);
  }
  amqp_bytes_t body = {message->size, (void *)message->body};
  int status = amqp_basic_publish(broker->link, PUBLISHING, amqp_cstring_bytes(message->exchange),
                                  amqp_cstring_bytes(message->routing_key), 0, 0, &properties, body);
  if (status != AMQP_STATUS_OK) fail("publish: %s", amqp_error_string2(status));
}

void broker_ack(struct broker *broker, uint64_t tag, bool multiple) {
  int status = amqp_basic_ack(broker->link, CONSUMING, tag, multiple);
  if (status != AMQP_STATUS_OK) fail("ack: %s", amqp_error_string2(status));
}

// Takes one method frame; true when it completes an arrival.
static bool take_method(struct broker *broker, const amqp_method_t *method, struct arrival *arrival) {
  switch (method->id) {
    case AMQP_BASIC_DELIVER_METHOD:
      broker->delivery = (struct arrival){.kind = DELIVERY};
      broker->delivery.tag = ((amqp_basic_deliver_t *)method->decoded)->delivery_tag;
      return false;
    case AMQP_BASIC_ACK_METHOD: {
      const amqp_basic_ack_t *ack = method->decoded;
      *arrival = (struct arrival){.kind = CONFIRM, .tag = ack->delivery_tag, .multiple = ack->multiple};
      return true;
    }
    case AMQP_BASIC_NACK_METHOD: fail("the broker refused a publish");
    case AMQP_CHANNEL_CLOSE_METHOD:
    case AMQP_CONNECTION_CLOSE_METHOD:
      fail("the broker closed: %s", reason((amqp_rpc_reply_t){AMQP_RESPONSE_SERVER_EXCEPTION, *method, 0}));
    default: return false;
  }
}

static void take_properties(struct arrival *delivery, const amqp_basic_properties_t *properties) {
  amqp_bytes_t task = properties->_flags & AMQP_BASIC_CORRELATION_ID_FLAG ? properties->correlation_id : properties->message_id;
  size_t length = task.len < TASK_ID_LENGTH ? task.len : TASK_ID_LENGTH;
  memcpy(delivery->task, task.bytes, length);
  static const char completed[] = "task.completed";
  delivery->is_completed = properties->_flags & AMQP_BASIC_TYPE_FLAG && properties->type.len == sizeof completed - 1 &&
                           !memcmp(properties->type.bytes, completed, sizeof completed - 1);
}

struct arrival broker_next(struct broker *broker, bool blocking) {
  struct arrival arrival = {.kind = NOTHING};
  for (bool is_whole = false; !is_whole;) {
    amqp_frame_t frame;
    struct timeval at_once = {0, 0};
    int status = amqp_simple_wait_frame_noblock(broker->link, &frame, blocking ? NULL : &at_once);
    if (status == AMQP_STATUS_TIMEOUT) return arrival;
    if (status != AMQP_STATUS_OK) fail("read: %s", amqp_error_string2(status));
    if (frame.frame_type == AMQP_FRAME_METHOD) {
      is_whole = take_method(broker, &frame.payload.method, &arrival);
    } else if (frame.frame_type == AMQP_FRAME_HEADER) {
      broker->body_size = frame.payload.properties.body_size;
      broker->body_got = 0;
      if (broker->body_size > BODY_LIMIT) fail("a message of %zu bytes", broker->body_size);
      take_properties(&broker->delivery, frame.payload.properties.decoded);
      is_whole = broker->body_size == 0;
    } else if (frame.frame_type == AMQP_FRAME_BODY) {
      memcpy(broker->body + broker->body_got, frame.payload.body_fragment.bytes, frame.payload.body_fragment.len);
      broker->body_got += frame.payload.body_fragment.len;
      is_whole = broker->body_got == broker->body_size;
    }
    if (is_whole && arrival.kind == NOTHING) arrival = broker->delivery;
    // Everything that outlives the frame has been copied.
    amqp_maybe_release_buffers(broker->link);
  }
  return arrival;
}
