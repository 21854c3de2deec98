// Takes the place of the C library's getaddrinfo in the test executable, for libcurl and everybody else in the process: the dynamic linker
// finds the executable's symbol first. In C, because what Swift exports has protected visibility, which the linker keeps to itself.
#ifndef SCRIPTED_NAMES_H
#define SCRIPTED_NAMES_H

#include <netdb.h>

// Answers for a name, or leaves it to the system by returning SCRIPTED_NAMES_UNKNOWN.
typedef int (*scripted_names_resolver)(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result);

enum { SCRIPTED_NAMES_UNKNOWN = -1000 };

// Called once, before the names are used.
void scripted_names_install(scripted_names_resolver resolver);

// The C library's own.
int scripted_names_system(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result);

#endif
