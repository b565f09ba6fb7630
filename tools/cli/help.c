/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char help_about[] =
    "From one recipe to signed packages, feeds and a published release.";

static const struct {
    int status;
    const char *text;
} help_status[] = {
    {0, "Done."},
    {1, "What was verified is wrong."},
    {2, "The command line is wrong."},
    {3, "The recipe is wrong."},
    {4, "An input, a local file or a damaged format."},
    {5, "A child process failed."},
    {6, "Keys and signing."},
    {7, "Network or remote."},
    {70, "A mistake of slipway's own."},
};

static void option_words(const struct opts_row *o, char *to, size_t room) {
    char letter[8] = "    ";

    if (o->letter)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(to, room, "%s--%s%s%s", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "");
}

static void print_options(const struct opts_row *rows) {
    for (const struct opts_row *o = rows; o && o->name; o++) {
        char words[100];

        option_words(o, words, sizeof words);
        printf("  %-28s %s\n", words, o->help);
    }
}

int help_print(const struct cmd *c, struct err *e) {
    (void)e;
    if (c) {
        printf("usage: slipway %s [options]%s%s\n\n%s\n\n%s\n", c->name, *c->args ? " " : "",
               c->args, c->summary, c->text);
        if (c->opts)
            printf("\noptions:\n");
        print_options(c->opts);
        printf("\noptions of every command:\n");
        print_options(cmd_common_opts);
        return OK;
    }
    printf("usage: slipway COMMAND [options]\n\n%s\n\ncommands:\n", help_about);
    for (const struct cmd *const *x = cmd_all; *x; x++)
        printf("  %-12s %s\n", (*x)->name, (*x)->summary);
    printf("\noptions of every command:\n");
    print_options(cmd_common_opts);
    printf("\nexit status:\n");
    for (size_t i = 0; i < COUNT(help_status); i++)
        printf("  %-4d %s\n", help_status[i].status, help_status[i].text);
    return OK;
}

/* A dot or quote at the beginning of a line is a request to roff; a dash would become a hyphen. */
static void roff(const char *text) {
    bool start = true;

    for (const char *p = text; *p; p++) {
        if (*p == '\n' && p[1] == '\n') {
            fputs("\n.PP\n", stdout);
            p++;
            start = true;
            continue;
        }
        if (start && (*p == '.' || *p == '\''))
            fputs("\\&", stdout);
        if (*p == '\\')
            fputs("\\e", stdout);
        else if (*p == '-')
            fputs("\\-", stdout);
        else if (*p == '\n' && p[1] == ' ')
            fputs("\n.br\n", stdout);
        else
            putchar(*p);
        start = *p == '\n';
    }
}

static void roff_options(const struct opts_row *rows) {
    for (const struct opts_row *o = rows; o && o->name; o++) {
        fputs(".TP\n", stdout);
        if (o->letter)
            printf("\\fB\\-%c\\fR, ", o->letter);
        fputs("\\fB\\-\\-", stdout);
        roff(o->name);
        fputs("\\fR", stdout);
        if (o->arg)
            printf(" \\fI%s\\fR", o->arg);
        putchar('\n');
        roff(o->help);
        putchar('\n');
    }
}

static void roff_status(void) {
    puts(".SH EXIT STATUS");
    for (size_t i = 0; i < COUNT(help_status); i++) {
        printf(".TP\n.B %d\n", help_status[i].status);
        roff(help_status[i].text);
        putchar('\n');
    }
}

static void roff_title(const char *name) {
    fputs(".TH ", stdout);
    for (const char *p = name; *p; p++)
        putchar(toupper((unsigned char)*p));
    printf(" 1 2026-11-21 \"slipway %s\" \"slipway manual\"\n.SH NAME\n", SLIPWAY_VERSION);
}

int help_man(const struct cmd *c, struct err *e) {
    char name[64] = "slipway";

    (void)e;
    if (c)
        snprintf(name, sizeof name, "slipway-%s", c->name);
    roff_title(name);
    roff(name);
    fputs(" \\- ", stdout);
    roff(c ? c->summary : help_about);
    printf("\n.SH SYNOPSIS\n\\fBslipway%s%s\\fR [\\fIoptions\\fR] ", c ? " " : "",
           c ? c->name : " COMMAND");
    roff(c ? c->args : "");
    puts("\n.SH DESCRIPTION");
    if (c) {
        roff(c->text);
    } else {
        puts("The commands, each with a manual page slipway\\-COMMAND(1) of its own:");
        for (const struct cmd *const *x = cmd_all; *x; x++) {
            printf(".TP\n.B %s\n", (*x)->name);
            roff((*x)->summary);
            putchar('\n');
        }
    }
    puts("\n.SH OPTIONS");
    if (c)
        roff_options(c->opts);
    roff_options(cmd_common_opts);
    roff_status();
    return OK;
}

static void markdown_options(const struct opts_row *rows) {
    puts("| option | meaning |\n|---|---|");
    for (const struct opts_row *o = rows; o && o->name; o++) {
        char words[100];

        option_words(o, words, sizeof words);
        printf("| `%s` | %s |\n", words + strspn(words, " "), o->help);
    }
    putchar('\n');
}

int help_markdown(struct err *e) {
    (void)e;
    printf("# Commands\n\n%s Made by `slipway help --markdown`.\n\n## Options of every command\n\n",
           help_about);
    markdown_options(cmd_common_opts);
    puts("## Exit status\n\n| status | meaning |\n|---|---|");
    for (size_t i = 0; i < COUNT(help_status); i++)
        printf("| %d | %s |\n", help_status[i].status, help_status[i].text);
    for (const struct cmd *const *c = cmd_all; *c; c++) {
        printf("\n## slipway %s%s%s\n\n%s\n\n%s\n\n", (*c)->name, *(*c)->args ? " " : "",
               (*c)->args, (*c)->summary, (*c)->text);
        if ((*c)->opts)
            markdown_options((*c)->opts);
    }
    return OK;
}
