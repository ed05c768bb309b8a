/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "screen.h"

#include <ncurses.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <term.h>
#undef lines /* <term.h> has names like these */
#include <unistd.h>

static SCREEN *screen;

static attr_t attributes[] = {
    [PAGE_TITLE] = A_BOLD, [PAGE_HEAD] = A_REVERSE, [PAGE_BUSY] = A_BOLD, [PAGE_BAD] = A_BOLD};

/* Unless the user wants none: https://no-color.org */
static void choose_colors(void)
{
  const char *none = getenv("NO_COLOR");

  if ((none != NULL && none[0] != '\0') || !has_colors() || start_color() != OK)
    return;
  (void)use_default_colors();
  init_pair(1, COLOR_RED, -1);
  init_pair(2, COLOR_CYAN, -1);
  attributes[PAGE_BAD] = (attr_t)COLOR_PAIR(1) | A_BOLD;
  attributes[PAGE_TITLE] = (attr_t)COLOR_PAIR(2) | A_BOLD;
}

int screen_open(void)
{
  if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1)
    return -1;
  screen = newterm(NULL, stdout, stdin);
  if (screen == NULL)
    return -1;
  if (cursor_address == NULL || clear_screen == NULL) {
    screen_close();
    return -1;
  }
  choose_colors();
  (void)cbreak();
  (void)noecho();
  (void)curs_set(0);
  (void)nodelay(stdscr, TRUE);
  (void)keypad(stdscr, TRUE);
  return 0;
}

void screen_close(void)
{
  if (screen == NULL)
    return;
  (void)endwin();
  delscreen(screen);
  screen = NULL;
}

unsigned screen_lines(void)
{
  return (unsigned)getmaxy(stdscr);
}

void screen_draw(const struct page *page)
{
  const int width = getmaxx(stdscr);

  (void)erase();
  for (unsigned i = 0; i < page->count && i < screen_lines(); i++) {
    const attr_t attribute = attributes[page->styles[i]];

    (void)attrset((int)attribute);
    (void)mvaddnstr((int)i, 0, page->text[i], width);
    if (page->styles[i] == PAGE_HEAD)
      for (int x = getcurx(stdscr); x > 0 && x < width && x < PAGE_WIDTH; x++)
        (void)addch(' ');
  }
  (void)attrset(A_NORMAL);
  (void)refresh();
}

void screen_resize(void)
{
  struct winsize size;

  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
    (void)resizeterm(size.ws_row, size.ws_col);
  (void)clearok(stdscr, TRUE);
}

int screen_key(void)
{
  const int key = getch();

  return key == ERR ? -1 : key;
}
