/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What a user builds against the library, however it reached him: vendored, by find_package or by
 * pkg-config. It runs both kinds of instance, so that everything the library itself needs must
 * have been linked, and compares the header's version with the library's.
 */
#include <stdio.h>
#include <string.h>

#include <mpcc.h>

static int add_up(mpcc_batch_t *batch, void *state)
{
  const int *items = batch->items;
  int *sum = state;

  for (size_t i = 0; i < batch->count; i++) {
    *sum += items[i];
  }
  return 0;
}

static int push_and_drain(bool manual, int *sum)
{
  mpcc_options_t options;
  mpcc_t *mpcc = NULL;
  int err;

  mpcc_options_init(&options);
  options.item_size = sizeof(int);
  options.manual = manual;
  err = mpcc_create(&mpcc, &options);
  if (err != 0) {
    return err;
  }
  err = mpcc_start(mpcc, add_up, sum);
  for (int item = 1; err == 0 && item <= 4; item++) {
    err = mpcc_push(mpcc, &item, 0);
  }
  if (err == 0) {
    err = mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL);
  }
  if (err == 0 && manual) {
    err = mpcc_step(mpcc, 0, NULL);
  }
  if (err == 0) {
    err = mpcc_wait(mpcc, MPCC_NO_TIMEOUT);
  }
  return err != 0 ? err : mpcc_destroy(mpcc);
}

int main(void)
{
  char version[32];
  int sum = 0;

  snprintf(version, sizeof version, "%d.%d.%d", MPCC_VERSION_MAJOR, MPCC_VERSION_MINOR,
           MPCC_VERSION_PATCH);
  if (strcmp(version, mpcc_version()) != 0) {
    printf("header %s, library %s\n", version, mpcc_version());
    return 1;
  }
  for (int manual = 0; manual <= 1; manual++) {
    int err = push_and_drain(manual != 0, &sum);

    if (err != 0) {
      printf("%s instance: %s\n", manual != 0 ? "manual" : "own loop", mpcc_strerror(err));
      return 1;
    }
  }
  printf("mpcc %s: the items add up to %d\n", version, sum);
  return sum == 20 ? 0 : 1;
}
