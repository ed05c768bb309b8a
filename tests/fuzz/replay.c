/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * replay <file or folder>...           run each stored input once
 * replay -r <count> [seed]             run as many random ones
 * replay -u <folder> <file.hex>...     unpack stored inputs, for libFuzzer
 * replay -p <file or folder>...        pack what libFuzzer has found: prints lines for a .hex file
 *
 * The fuzz target without libFuzzer, for every compiler and sanitizer. Inputs are stored as text
 * (.hex): one in a line, two digits a byte, and comments that begin with #. Other files are one
 * input each.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "../verdict.h"

enum { LONGEST = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static char again[PATH_MAX + 64]; /* what is said when an input ends the process */
static uint64_t inputs;
static const char *unpack_into; /* a folder; NULL: run them */
static bool packs;

/* -- One input --------------------------------------------------------------------------------- */

static FILE *open_file(const char *path, const char *mode)
{
  FILE *file = fopen(path, mode);

  if (file == NULL) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(1);
  }
  return file;
}

static void write_input(const uint8_t *bytes, size_t count)
{
  char path[PATH_MAX];
  FILE *file;

  snprintf(path, sizeof path, "%s/%04" PRIu64, unpack_into, inputs);
  file = open_file(path, "wb");
  if (fwrite(bytes, 1, count, file) != count || fclose(file) != 0) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(1);
  }
}

static void handle_input(const uint8_t *bytes, size_t count)
{
  if (unpack_into != NULL) {
    write_input(bytes, count);
  } else if (packs) {
    for (size_t i = 0; i < count; i++)
      printf("%02x", bytes[i]);
    putchar('\n');
  } else {
    LLVMFuzzerTestOneInput(bytes, count);
  }
  inputs++;
}

/* -- Files ------------------------------------------------------------------------------------- */

/* The value of two digits, or -1. */
static int byte_of(const char *digits)
{
  unsigned value;

  if (strspn(digits, "0123456789abcdef") < 2 || sscanf(digits, "%2x", &value) != 1)
    return -1;
  return (int)value;
}

static void read_lines(const char *path)
{
  static char line[2 * LONGEST + 3];
  static uint8_t bytes[LONGEST];
  FILE *file = open_file(path, "r");
  uint64_t number = 0;

  while (fgets(line, sizeof line, file) != NULL) {
    size_t count = 0;

    number++;
    if (line[0] == '#')
      continue;
    for (int byte; count < LONGEST && (byte = byte_of(line + 2 * count)) >= 0; count++)
      bytes[count] = (uint8_t)byte;
    if (line[2 * count] != '\n') {
      fprintf(stderr, "%s: line %" PRIu64 " is no input\n", path, number);
      exit(1);
    }
    snprintf(again, sizeof again, "It was line %" PRIu64 " of %s\n", number, path);
    handle_input(bytes, count);
  }
  fclose(file);
}

static void read_bytes(const char *path)
{
  static uint8_t bytes[LONGEST];
  FILE *file = open_file(path, "rb");
  size_t count = fread(bytes, 1, sizeof bytes, file);

  fclose(file);
  snprintf(again, sizeof again, "It was %s\n", path);
  handle_input(bytes, count);
}

static void read_file(const char *path)
{
  size_t length = strlen(path);

  if (length > 4 && strcmp(path + length - 4, ".hex") == 0)
    read_lines(path);
  else
    read_bytes(path);
}

static void read_path(const char *path)
{
  char inner[PATH_MAX];
  struct dirent *entry;
  struct stat about;
  DIR *dir;

  if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode)) {
    read_file(path);
    return;
  }
  dir = opendir(path);
  while (dir != NULL && (entry = readdir(dir)) != NULL)
    if (entry->d_name[0] != '.' &&
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) < (int)sizeof inner)
      read_file(inner);
  if (dir != NULL)
    closedir(dir);
}

/* -- Running ----------------------------------------------------------------------------------- */

static void on_abort(int number)
{
  (void)number;
  if (write(STDERR_FILENO, again, strlen(again)) < 0)
    _exit(3);
}

static void run_random(uint64_t count, uint64_t seed)
{
  uint8_t bytes[LONGEST];

  for (uint64_t i = 0; i < count; i++) {
    uint64_t random = verdict_stream(seed + i, 11);
    size_t length = (size_t)verdict_draw(&random, 600);

    snprintf(again, sizeof again, "Again: replay -r 1 %" PRIu64 "\n", seed + i);
    for (size_t k = 0; k < length; k++)
      bytes[k] = (uint8_t)verdict_draw(&random, 256);
    handle_input(bytes, length);
  }
}

int main(int argc, char **argv)
{
  const char *option = argc > 1 && argv[1][0] == '-' ? argv[1] : "";
  int first = option[0] != '\0' ? 2 : 1;

  signal(SIGABRT, on_abort);
  if (strcmp(option, "-u") == 0 && argc > 2)
    unpack_into = argv[first++];
  packs = strcmp(option, "-p") == 0;
  if (strcmp(option, "-r") == 0)
    run_random(verdict_argument(argc, argv, 2, 1000), verdict_argument(argc, argv, 3, 1));
  else
    for (int i = first; i < argc; i++)
      read_path(argv[i]);
  if (inputs == 0) {
    fprintf(stderr, "there was no input\n");
    return 1;
  }
  if (!packs && unpack_into == NULL)
    printf("fuzz: %" PRIu64 " inputs, all promises kept\n", inputs);
  return 0;
}
