// How long things take: events from their publish to their receiver, requests to their answer.
#ifndef BENCH_LAGS_H
#define BENCH_LAGS_H

#include <stddef.h>
#include <stdint.h>

// Notes one arrival of an event that was sent `lag` seconds ago.
void note_lag(double lag, double arrival);

// Writes what was noted since the last time as JSON, and forgets it: count, time of the last arrival, percentiles in microseconds.
void report_lags(char *text, size_t size);

// Microseconds that a share of the noted lags, 0 to 1, do not exceed; sort_lags comes first.
void sort_lags(void);
uint32_t lag_at(double share);

// How many were noted since the last report.
long lags_noted(void);

#endif
