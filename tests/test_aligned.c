/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Memory on a cache line from an allocator that knows nothing of lines. */
#include "aligned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Gives memory that begins ${shift} bytes behind where a line may begin. */
struct crooked {
  size_t shift, asked;
  void *raw, *given, *back;
};

static void *crooked_calloc(size_t count, size_t size, void *user)
{
  struct crooked *crooked = user;

  crooked->asked++;
  crooked->raw = calloc(1, count * size + 2 * MPCC__LINE);
  assert_non_null(crooked->raw);
  crooked->given = (unsigned char *)crooked->raw + crooked->shift;
  return crooked->given;
}

static void crooked_free(void *memory, void *user)
{
  struct crooked *crooked = user;

  crooked->back = memory;
  free(crooked->raw);
}

static void *none(size_t count, size_t size, void *user)
{
  (void)count;
  (void)size;
  (void)user;
  return NULL;
}

static void it_begins_on_a_line_is_zero_and_goes_back_as_it_came(void **state)
{
  (void)state;
  for (size_t shift = 0; shift < MPCC__LINE; shift += 8) {
    struct crooked crooked = {.shift = shift};
    const struct mpcc__source source = {crooked_calloc, crooked_free, &crooked};

    unsigned char *memory = mpcc__aligned_calloc(&source, 200);
    assert_non_null(memory);
    assert_int_equal((uintptr_t)memory % MPCC__LINE, 0);
    for (size_t i = 0; i < 200; i++) {
      assert_int_equal(memory[i], 0);
      memory[i] = 0xff;
    }
    mpcc__aligned_free(&source, memory);

    assert_int_equal(crooked.asked, 1);
    assert_ptr_equal(crooked.back, crooked.given);
  }
}

static void what_is_refused_or_fits_no_address_space_is_null(void **state)
{
  (void)state;
  struct crooked crooked = {.shift = 0};
  const struct mpcc__source source = {crooked_calloc, crooked_free, &crooked};
  const struct mpcc__source empty = {none, crooked_free, &crooked};

  assert_null(mpcc__aligned_calloc(&source, SIZE_MAX));
  assert_null(mpcc__aligned_calloc(&source, SIZE_MAX - 2 * MPCC__LINE + 1));
  assert_null(mpcc__aligned_calloc(&empty, 200));
  mpcc__aligned_free(&source, NULL);

  assert_int_equal(crooked.asked, 0);
  assert_null(crooked.back);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_begins_on_a_line_is_zero_and_goes_back_as_it_came),
    cmocka_unit_test(what_is_refused_or_fits_no_address_space_is_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
