#include "lags.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// More than any run sends between two reports; what is beyond it is counted only.
enum { LIMIT = 2000000 };

static uint32_t samples[LIMIT];
static long count;
static double last;

void note_lag(double lag, double arrival) {
  if (count < LIMIT) samples[count] = lag > 0 ? (uint32_t)(lag * 1e6) : 0;
  count++;
  last = arrival;
}

long lags_noted(void) { return count; }

static int by_size(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

void report_lags(char *text, size_t size) {
  long kept = count < LIMIT ? count : LIMIT;
  qsort(samples, (size_t)kept, sizeof *samples, by_size);
#define SHARE(of) (kept ? samples[(long)((double)(kept - 1) * (of))] : 0)
  snprintf(text, size, "{\"count\": %ld, \"last\": %.6f, \"p50_us\": %u, \"p99_us\": %u, \"max_us\": %u}\n", count, last, SHARE(0.5),
           SHARE(0.99), SHARE(1));
#undef SHARE
  count = 0;
}
