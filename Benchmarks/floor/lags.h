// How long events take from their publish to their receiver.
#ifndef BENCH_LAGS_H
#define BENCH_LAGS_H

#include <stddef.h>

// Notes one arrival of an event that was sent `lag` seconds ago.
void note_lag(double lag, double arrival);

// Writes what was noted since the last time as JSON, and forgets it: count, time of the last arrival, percentiles in microseconds.
void report_lags(char *text, size_t size);

// How many were noted since the last report.
long lags_noted(void);

#endif
