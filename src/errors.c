/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include <mpcc.h>

static const struct {
  int code;
  const char *name, *sentence;
} known[] = {
    {MPCC_OK, "MPCC_OK", "success"},
    {MPCC_PENDING, "MPCC_PENDING", "the batch will be finished later"},
    {MPCC_EINVAL, "MPCC_EINVAL", "an argument is out of range"},
    {MPCC_ENOMEM, "MPCC_ENOMEM", "memory was refused"},
    {MPCC_EALREADY, "MPCC_EALREADY", "it was started or done already"},
    {MPCC_ECLOSED, "MPCC_ECLOSED", "the instance is completing or completed"},
    {MPCC_EFULL, "MPCC_EFULL", "the slot is at its capacity"},
    {MPCC_ETIMEDOUT, "MPCC_ETIMEDOUT", "the time given ran out"},
    {MPCC_EBUSY, "MPCC_EBUSY", "not now: batches are in flight, or it is not completed"},
    {MPCC_EDEADLK, "MPCC_EDEADLK", "it would wait for the thread that is calling"},
    {MPCC_ECANCELED, "MPCC_ECANCELED", "discarded or cancelled before it was done"},
    {MPCC_ESTATE, "MPCC_ESTATE", "the instance is not in a state for this"},
    {MPCC_ESYSTEM, "MPCC_ESYSTEM", "the system refused a thread, a descriptor or a loop"},
    {MPCC_E2BIG, "MPCC_E2BIG", "one item outweighs a whole batch"},
};

const char *mpcc_strerror(int code)
{
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (known[i].code == code)
      return known[i].sentence;
  return "not a code of this library";
}

const char *mpcc_err_name(int code)
{
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (known[i].code == code)
      return known[i].name;
  return "MPCC_UNKNOWN";
}
