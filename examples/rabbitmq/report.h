/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What a person sees at the end, and whether the numbers agree with each other.
 */
#ifndef RABBITMQ_REPORT_H
#define RABBITMQ_REPORT_H

#include "service.h"

/*
 * Print it; every thread has ended. Returns 0 if all that was handled is acknowledged or will come
 * again, -1 if something was lost on the way, or the books do not balance, or the broker refused.
 */
int report(const struct service *service);

#endif
