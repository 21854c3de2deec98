// Linux interfaces that Swift's Glibc module leaves out.
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <time.h>

// Milliseconds since 1970 by the system's clock. In C, since Swift takes `timespec` for a member of whichever module the
// compiler happened to load first.
static inline long long clinux_wall_clock_milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

#endif
