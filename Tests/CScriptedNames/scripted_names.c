#define _GNU_SOURCE
#include "scripted_names.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic(scripted_names_resolver) installed;

void scripted_names_install(scripted_names_resolver resolver) { atomic_store(&installed, resolver); }

int scripted_names_system(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  int (*system)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
  return system ? system(name, service, hints, result) : EAI_FAIL;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  scripted_names_resolver resolver = atomic_load(&installed);
  int code = resolver && name ? resolver(name, service, hints, result) : SCRIPTED_NAMES_UNKNOWN;
  return code == SCRIPTED_NAMES_UNKNOWN ? scripted_names_system(name, service, hints, result) : code;
}
