/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "service.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "handler.h"
#include "receiver.h"
#include "report.h"
#include "say.h"

/* On libmpcc's loop: the batch goes to the thread that owns the connection its tags belong to. */
static int pump(mpcc_batch_t *batch, void *state)
{
  struct service *service = state;

  receiver_give(&service->receivers[batch->slot], batch);
  return MPCC_PENDING;
}

void service_stop(struct service *service)
{
  pthread_kill(service->main_thread, SIGUSR1); /* blocked: one that is not yet awaited waits */
}

void service_fail(struct service *service)
{
  /* relaxed: it is read when the threads that set it have been joined. */
  atomic_store_explicit(&service->failed, true, memory_order_relaxed);
  service_stop(service);
}

void service_handled(struct service *service)
{
  /* relaxed: a count and nothing else. */
  if (atomic_fetch_add_explicit(&service->handled, 1, memory_order_relaxed) + 1 ==
      service->args->messages)
    service_stop(service);
}

static void enter_phase(struct service *service, int phase)
{
  /* pairs service.phase */
  atomic_store_explicit(&service->phase, phase, memory_order_release);
  for (uint32_t i = 0; i < service->args->receivers; i++)
    receiver_wake(&service->receivers[i]);
}

/* -- Making and unmaking ------------------------------------------------------------------ */

static int make_mpcc(struct service *service)
{
  const struct args *args = service->args;
  mpcc_options_t options;
  int err;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct processed);
  options.slot_count = args->receivers;
  options.batch_size = args->batch;
  options.push_interval_ms = args->interval_ms;
  options.capacity = args->prefetch; /* the broker's own limit, so a push never finds it full */
  err = mpcc_create(&service->mpcc, &options);
  if (err == 0 && (err = mpcc_start(service->mpcc, pump, service)) != 0)
    mpcc_destroy(service->mpcc);
  return err;
}

static int make_receivers(struct service *service)
{
  uint32_t made = 0;
  int err = 0;

  while (made < service->args->receivers && err == 0) {
    err = receiver_open(&service->receivers[made], service, made);
    made += err == 0;
  }
  while (err != 0 && made > 0)
    receiver_close(&service->receivers[--made]);
  return err;
}

/* Returns 0, or -1 after a message. */
static int make(struct service *service)
{
  const struct args *args = service->args;
  int err;

  service->receivers = calloc(args->receivers, sizeof *service->receivers);
  service->handlers = calloc(args->handlers, sizeof *service->handlers);
  if (service->receivers == NULL || service->handlers == NULL) {
    say("out of memory");
    goto free_arrays;
  }
  err = work_open(&service->work);
  if (err != 0) {
    say("no queue: %s", strerror(err));
    goto free_arrays;
  }
  err = make_receivers(service);
  if (err != 0) {
    say("no receivers: %s", strerror(err));
    goto destroy_work;
  }
  err = make_mpcc(service);
  if (err == 0)
    return 0;
  say("no libmpcc: %s", mpcc_strerror(err));

  for (uint32_t i = 0; i < args->receivers; i++)
    receiver_close(&service->receivers[i]);
destroy_work:
  work_destroy(&service->work);
free_arrays:
  free(service->handlers);
  free(service->receivers);
  return -1;
}

static void unmake(struct service *service)
{
  mpcc_destroy(service->mpcc);
  for (uint32_t i = 0; i < service->args->receivers; i++)
    receiver_close(&service->receivers[i]);
  work_destroy(&service->work);
  free(service->handlers);
  free(service->receivers);
}

/* -- Life --------------------------------------------------------------------------------- */

/* A service without all its threads is none: what can't be had ends it. */
static void start_threads(struct service *service, uint32_t *handlers, uint32_t *receivers)
{
  const struct args *args = service->args;
  const uint32_t handlers_wanted = args->direct > 0 ? 0 : args->handlers;
  int err = 0;

  for (; err == 0 && *handlers < handlers_wanted; *handlers += err == 0)
    err = handler_start(&service->handlers[*handlers], service);
  for (; err == 0 && *receivers < args->receivers; *receivers += err == 0)
    err = receiver_start(&service->receivers[*receivers]);
  if (err != 0) {
    say("no threads: %s", strerror(err));
    service_fail(service);
  }
}

/* Every tag that was pushed goes out, or is dropped when its time is over. */
static void drain(struct service *service)
{
  const int modes[] = {MPCC_DRAIN, MPCC_DISCARD, MPCC_ABANDON};

  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
    mpcc_complete(service->mpcc, modes[i], NULL, NULL);
    if (mpcc_wait(service->mpcc, i == 0 ? service->args->grace_ms : 1000) == 0)
      return;
    if (i == 0) {
      say("acknowledgements are not out in time: what is left comes again");
      service_fail(service);
    }
  }
  mpcc_wait(service->mpcc, MPCC_NO_TIMEOUT); /* abandoned: it ends without anybody's help */
}

static void allow_signals(void)
{
  sigset_t stop;

  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_UNBLOCK, &stop, NULL);
}

static void serve(struct service *service, const sigset_t *awaited)
{
  uint32_t handlers = 0, receivers = 0;
  int number;

  start_threads(service, &handlers, &receivers);
  while (sigwait(awaited, &number) != 0)
    ;
  if (number != SIGUSR1)
    allow_signals(); /* a second Ctrl-C ends it at once: nothing can be lost by that */
  enter_phase(service, STOPPING);
  if (number != SIGUSR1)
    say("stopping: what is handled is acknowledged; once more does not wait for that");
  work_close(&service->work);
  for (uint32_t i = 0; i < handlers; i++)
    pthread_join(service->handlers[i].thread, NULL);
  drain(service);
  enter_phase(service, ENDED);
  for (uint32_t i = 0; i < receivers; i++)
    pthread_join(service->receivers[i].thread, NULL);
}

int service_run(const struct args *args)
{
  struct service service = {.args = args, .main_thread = pthread_self()};
  sigset_t awaited;
  int status = EXIT_FAILURE;

  sigemptyset(&awaited);
  sigaddset(&awaited, SIGINT);
  sigaddset(&awaited, SIGTERM);
  sigaddset(&awaited, SIGUSR1);
  if (broker_parse(&service.broker, args->url) != 0)
    return EXIT_FAILURE;
  if (job_open(&service.job, args->journal, args->work_us) != 0)
    goto free_broker;
  /* Every thread made from here on inherits this, libmpcc's among them. */
  pthread_sigmask(SIG_BLOCK, &awaited, NULL);
  if (make(&service) == 0) {
    serve(&service, &awaited);
    status = report(&service) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    /* relaxed: those who set it have been joined. */
    if (atomic_load_explicit(&service.failed, memory_order_relaxed))
      status = EXIT_FAILURE;
    unmake(&service);
  }
  job_close(&service.job);
free_broker:
  broker_free(&service.broker);
  return status;
}
