/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"

#include <stdio.h>
#include <string.h>

/* Completions for shells, from the tables of commands and options. */

static void print_commands(const char *between) {
    for (const struct cmd *const *c = cmd_all; *c; c++)
        printf("%s%s", c == cmd_all ? "" : between, (*c)->name);
}

static void print_names(const struct opts_row *rows) {
    for (const struct opts_row *o = rows; o && o->name; o++)
        printf(" --%s", o->name);
}

static void bash(void) {
    puts("# bash completion of slipway");
    puts(
        "_slipway() {\n    local cur=${COMP_WORDS[COMP_CWORD]} cmd= i\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "        case ${COMP_WORDS[i]} in -*) ;; *) cmd=${COMP_WORDS[i]}; break ;; esac\n    done\n"
        "    case $cmd in");
    fputs("    '') COMPREPLY=($(compgen -W '", stdout);
    print_commands(" ");
    print_names(cmd_common_opts);
    puts("' -- \"$cur\")); return ;;");
    for (const struct cmd *const *c = cmd_all; *c; c++) {
        printf("    %s) [[ $cur == -* ]] && COMPREPLY=($(compgen -W '", (*c)->name);
        print_names((*c)->opts);
        print_names(cmd_common_opts);
        puts("' -- \"$cur\")) ;;");
    }
    puts("    esac\n    [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- \"$cur\"))\n}\n"
         "complete -o filenames -F _slipway slipway");
}

/* Inside '…' of a zsh or fish word. */
static void quoted(const char *text) {
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_options(const struct opts_row *rows) {
    for (const struct opts_row *o = rows; o && o->name; o++) {
        printf("        '--%s%s[", o->name, o->arg ? "=" : "");
        quoted(o->help);
        fputs("]", stdout);
        if (o->arg) {
            fputs(":", stdout);
            quoted(o->arg);
            fputs(":_files", stdout);
        }
        puts("' \\");
    }
}

static void zsh(void) {
    puts("#compdef slipway\n_slipway() {\n    local -a commands\n    commands=(");
    for (const struct cmd *const *c = cmd_all; *c; c++) {
        printf("        '%s:", (*c)->name);
        quoted((*c)->summary);
        puts("'");
    }
    puts("    )\n    if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
         "    case $words[2] in");
    for (const struct cmd *const *c = cmd_all; *c; c++) {
        printf("    %s) _arguments \\\n", (*c)->name);
        zsh_options((*c)->opts);
        zsh_options(cmd_common_opts);
        puts("        '*:file:_files' ;;");
    }
    puts("    esac\n}\n_slipway \"$@\"");
}

static void fish_options(const char *command, const struct opts_row *rows) {
    for (const struct opts_row *o = rows; o && o->name; o++) {
        fputs("complete -c slipway", stdout);
        if (command)
            printf(" -n '__fish_seen_subcommand_from %s'", command);
        printf(" -l %s", o->name);
        if (o->letter)
            printf(" -s %c", o->letter);
        printf("%s -d '", o->arg ? " -r" : "");
        for (const char *p = o->help; *p; p++)
            printf(*p == '\'' || *p == '\\' ? "\\%c" : "%c", *p);
        puts("'");
    }
}

static void fish(void) {
    puts("# fish completion of slipway");
    for (const struct cmd *const *c = cmd_all; *c; c++) {
        printf("complete -c slipway -n __fish_use_subcommand -f -a %s -d '", (*c)->name);
        for (const char *p = (*c)->summary; *p; p++)
            printf(*p == '\'' || *p == '\\' ? "\\%c" : "%c", *p);
        puts("'");
    }
    fish_options(NULL, cmd_common_opts);
    for (const struct cmd *const *c = cmd_all; *c; c++)
        fish_options((*c)->name, (*c)->opts);
}

static int completion_run(struct cmd_run *run, struct err *e) {
    const char *shell = run->n_args == 1 ? run->args[0] : "";

    if (!strcmp(shell, "bash"))
        bash();
    else if (!strcmp(shell, "zsh"))
        zsh();
    else if (!strcmp(shell, "fish"))
        fish();
    else
        return err_set(e, E_USAGE, "completion bash, zsh or fish");
    return OK;
}

const struct cmd cmd_completion = {
    .name = "completion",
    .args = "bash | zsh | fish",
    .summary = "Print completions for a shell.",
    .text = "To try them: source <(slipway completion bash). To keep them, write them to the "
            "folder that your shell reads completions from.",
    .opts_size = 1,
    .run = completion_run,
};
