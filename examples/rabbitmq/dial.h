/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A TCP connection that says why there is none. librabbitmq could open it, too, but has only
 * "a socket error occurred" to say.
 */
#ifndef RABBITMQ_DIAL_H
#define RABBITMQ_DIAL_H

#include <stddef.h>

/*
 * Connect to the first address of ${host} that answers within ${timeout_ms}. Returns a descriptor
 * that does not block, or -1 with the reason, a phrase, in ${why}.
 */
int dial(const char *host, int port, int timeout_ms, char *why, size_t why_size);

#endif
