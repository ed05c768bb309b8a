/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * rabbitmq_ack: acknowledging messages in batches, on the connection each came from.
 *
 *   receivers (threads)              handlers (threads)             libmpcc
 *   connection 0 --messages--+                                +---> slot 0 --batch--+
 *        ^                   +--> work --> job --> its tag ---+                     |
 *   connection 1 --messages--+                                +---> slot 1 --batch--|--+
 *        ^                                                                          |  |
 *        +----- basic.ack, by the thread that owns the connection <-----------------+--+
 *
 * acks.c is where libmpcc comes in, link.c what happens when a connection dies, job.c the part to
 * replace. tags.c and channel.c know nothing of libmpcc, and can be used without it.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>

#include "args.h"
#include "say.h"
#include "service.h"

int main(int argc, char **argv)
{
  struct args args;
  int err;

  say_name("rabbitmq_ack");
  err = args_parse(&args, argc, argv);
  if (err != 0)
    return err > 0 ? EXIT_SUCCESS : 2;
  return service_run(&args);
}
