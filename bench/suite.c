/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "suite.h"

#include <mpcc.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char csv_columns[] =
    "bench,config,subject,metric,unit,value,value_low,value_high,ratio,ratio_low,ratio_high,rounds";

_Noreturn void suite_fail(const struct suite *suite, const char *what)
{
  fprintf(stderr, "%s: %s\n", suite->name, what);
  exit(1);
}

/* -- Options ------------------------------------------------------------------------------- */

static _Noreturn void usage(const char *name)
{
  fprintf(stderr, "usage: %s [--smoke] [--csv FILE] [--rounds 1..%d] [--only TEXT] "
          "[--subjects NAME,NAME...]\n", name, ROUNDS_MAX);
  exit(2);
}

static size_t rounds_of(const struct suite *suite, const char *text)
{
  char *end;
  const long rounds = strtol(text, &end, 10);

  if (*end != '\0' || rounds < 1 || rounds > ROUNDS_MAX)
    usage(suite->name);
  return (size_t)rounds;
}

/* A file that is there already is continued. */
static void open_csv(struct suite *suite, const char *path)
{
  suite->csv = fopen(path, "a");
  if (suite->csv == NULL)
    suite_fail(suite, "the CSV file does not open");
  if (ftell(suite->csv) == 0)
    fprintf(suite->csv, "%s\n", csv_columns);
}

static void describe_machine(void)
{
  struct utsname name;

  if (uname(&name) < 0)
    memset(&name, 0, sizeof name);
  printf("mpcc %s, %s %s, %ld processors\n", mpcc_version(), name.sysname, name.machine,
         sysconf(_SC_NPROCESSORS_ONLN));
}

void suite_open(struct suite *suite, const char *name, int argc, char **argv)
{
  *suite = (struct suite){.name = name};
  for (int i = 1; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : NULL;

    if (strcmp(argv[i], "--smoke") == 0) {
      suite->smoke = true;
      continue;
    }
    if (value == NULL)
      usage(name);
    if (strcmp(argv[i], "--csv") == 0)
      open_csv(suite, value);
    else if (strcmp(argv[i], "--rounds") == 0)
      suite->rounds = rounds_of(suite, value);
    else if (strcmp(argv[i], "--only") == 0)
      suite->only = value;
    else if (strcmp(argv[i], "--subjects") == 0)
      suite->subjects = value;
    else
      usage(name);
    i++;
  }
  describe_machine();
}

void suite_close(struct suite *suite)
{
  if (suite->csv != NULL && fclose(suite->csv) != 0)
    suite_fail(suite, "the CSV file could not be written");
  suite->csv = NULL;
}

bool suite_wants(const struct suite *suite, const char *config)
{
  return suite->only == NULL || strstr(config, suite->only) != NULL;
}

bool suite_takes(const struct suite *suite, const char *subject)
{
  const size_t length = strlen(subject);

  if (suite->subjects == NULL)
    return true;
  for (const char *at = suite->subjects; at != NULL; at = strchr(at, ',')) {
    at += *at == ',';
    if (strncmp(at, subject, length) == 0 && (at[length] == ',' || at[length] == '\0'))
      return true;
  }
  return false;
}

size_t suite_rounds(const struct suite *suite, size_t smoke, size_t usual)
{
  if (suite->smoke)
    return smoke;
  return suite->rounds != 0 ? suite->rounds : usual;
}

/* -- Lines --------------------------------------------------------------------------------- */

void suite_heading(const struct suite *suite, const char *metric, const char *unit)
{
  printf("\n%s: %s, %s\n%-28s %-26s %12s %8s  %s\n", suite->name, metric, unit, "", "", unit,
         "ratio", "95 %");
}

static void print_line(const char *config, const char *subject,
                       const struct median *value, const struct median *ratio)
{
  printf("%-28s %-26s %12.4g", config, subject, value->value);
  if (ratio != NULL && ratio->rank != 0)
    printf(" %8.2f  %.2f to %.2f", ratio->value, ratio->low, ratio->high);
  else if (ratio != NULL)
    printf(" %8.2f", ratio->value);
  printf("\n");
  fflush(stdout);
}

static void write_line(struct suite *suite, const char *config, const char *subject,
                       const char *metric, const char *unit, const struct median *value,
                       const struct median *ratio, size_t rounds)
{
  if (suite->csv == NULL)
    return;
  fprintf(suite->csv, "%s,%s,%s,%s,%s,%.6g,%.6g,%.6g,", suite->name, config, subject, metric,
          unit, value->value, value->low, value->high);
  if (ratio != NULL)
    fprintf(suite->csv, "%.6g,%.6g,%.6g,", ratio->value, ratio->low, ratio->high);
  else
    fprintf(suite->csv, ",,,");
  fprintf(suite->csv, "%zu\n", rounds);
  fflush(suite->csv);
}

void suite_value(struct suite *suite, const char *config, const char *subject, const char *metric,
                 const char *unit, double value, const char *note)
{
  const struct median one = {.value = value, .low = value, .high = value};

  printf("%-28s %-26s %12.6g %s: %s%s%s\n", config, subject, value, unit, metric,
         *note != '\0' ? "; " : "", note);
  fflush(stdout);
  write_line(suite, config, subject, metric, unit, &one, NULL, 1);
}

/* -- Rounds -------------------------------------------------------------------------------- */

void suite_measure(const struct suite *suite, const struct subject *subjects, size_t count,
                   size_t rounds, double *values)
{
  if (count > SUBJECTS_MAX || rounds > ROUNDS_MAX)
    suite_fail(suite, "too many subjects or rounds");
  for (size_t round = 0; round < rounds; round++) {
    for (size_t turn = 0; turn < count; turn++) {
      const size_t which = (turn + round) % count;

      values[which * rounds + round] = subjects[which].measure(subjects[which].arg);
    }
  }
}

static struct median ratio_of(const double *ours, const double *theirs, size_t rounds,
                              enum better better)
{
  double ratios[ROUNDS_MAX];

  for (size_t round = 0; round < rounds; round++)
    ratios[round] = better == LOWER_IS_BETTER ? theirs[round] / ours[round]
                                              : ours[round] / theirs[round];
  return median_of(ratios, rounds);
}

void suite_report(struct suite *suite, const char *config, const char *metric, const char *unit,
                  enum better better, const struct subject *subjects, size_t count,
                  size_t rounds, const double *values, size_t lead)
{
  if (count > SUBJECTS_MAX || rounds > ROUNDS_MAX || lead >= count)
    suite_fail(suite, "too many subjects or rounds");
  for (size_t i = 0; i < count; i++) {
    const struct median ratio = ratio_of(&values[lead * rounds], &values[i * rounds], rounds,
                                         better);
    double sorted[ROUNDS_MAX];
    struct median value;

    memcpy(sorted, &values[i * rounds], rounds * sizeof *sorted);
    value = median_of(sorted, rounds);
    print_line(config, subjects[i].name, &value, i == lead ? NULL : &ratio);
    write_line(suite, config, subjects[i].name, metric, unit, &value, i == lead ? NULL : &ratio,
               rounds);
  }
}

void suite_compare(struct suite *suite, const char *config, const char *metric, const char *unit,
                   enum better better, const struct subject *subjects, size_t count,
                   size_t rounds)
{
  static double values[SUBJECTS_MAX * ROUNDS_MAX];

  suite_measure(suite, subjects, count, rounds, values);
  suite_report(suite, config, metric, unit, better, subjects, count, rounds, values, 0);
}
