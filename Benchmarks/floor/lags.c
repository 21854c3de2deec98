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

static long kept(void) { return count < LIMIT ? count : LIMIT; }

void sort_lags(void) { qsort(samples, (size_t)kept(), sizeof *samples, by_size); }

uint32_t lag_at(double share) { return kept() ? samples[(long)((double)(kept() - 1) * share)] : 0; }

void report_lags(char *text, size_t size) {
  sort_lags();
  snprintf(text, size, "{\"count\": %ld, \"last\": %.6f, \"p50_us\": %u, \"p99_us\": %u, \"max_us\": %u}\n", count, last, lag_at(0.5),
           lag_at(0.99), lag_at(1));
  count = 0;
}
