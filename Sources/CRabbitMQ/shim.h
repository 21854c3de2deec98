// librabbitmq's protocol codec. Only its encoders and decoders are used; sockets, TLS and
// the blocking calls of the library are not.
#ifndef CRABBITMQ_SHIM_H
#define CRABBITMQ_SHIM_H

#include <amqp.h>
#include <amqp_framing.h>

#endif
