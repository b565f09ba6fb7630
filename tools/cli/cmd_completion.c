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

/* The options whose value is the next word, which is then no command. */
static void print_valued(const struct opts_row *rows) {
    const char *between = "";

    for (const struct opts_row *o = rows; o->name; o++)
        if (o->arg) {
            printf("%s--%s", between, o->name);
            between = " | ";
            if (o->letter)
                printf("%s-%c", between, o->letter);
        }
}

/* Where nothing is offered, -o default completes file names, and quotes them as they need it. */
static void bash(void) {
    puts("# bash completion of slipway");
    fputs("_slipway() {\n    local cur=${COMP_WORDS[COMP_CWORD]} cmd= i\n    COMPREPLY=()\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n        case ${COMP_WORDS[i]} in\n        ",
          stdout);
    print_valued(cmd_common_opts);
    puts(") ((i++)) ;;\n        -*) ;;\n        *) cmd=${COMP_WORDS[i]}; break ;;\n"
         "        esac\n    done\n    case $cmd in");
    fputs("    '') COMPREPLY=($(compgen -W '", stdout);
    print_commands(" ");
    print_names(cmd_common_opts);
    puts("' -- \"$cur\")) ;;");
    for (const struct cmd *const *c = cmd_all; *c; c++) {
        printf("    %s) [[ $cur == -* ]] && COMPREPLY=($(compgen -W '", (*c)->name);
        print_names((*c)->opts);
        print_names(cmd_common_opts);
        puts("' -- \"$cur\")) ;;");
    }
    puts("    esac\n    return 0\n}\ncomplete -o default -F _slipway slipway");
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

static void zsh_option(const char *dashes, const char *name, const struct opts_row *o) {
    printf("        '%s%s%s[", dashes, name, !o->arg ? "" : dashes[1] ? "=" : "+");
    quoted(o->help);
    fputs("]", stdout);
    if (o->arg) {
        fputs(":", stdout);
        quoted(o->arg);
        fputs(":_files", stdout);
    }
    puts("' \\");
}

static void zsh_options(const struct opts_row *rows) {
    for (const struct opts_row *o = rows; o && o->name; o++) {
        const char letter[] = {o->letter, 0};

        zsh_option("--", o->name, o);
        if (o->letter)
            zsh_option("-", letter, o);
    }
}

/* `_arguments -C` finds the command behind the options; the words from it on are completed as that
 * command's. Sourced instead of found in $fpath, the function makes itself known. */
static void zsh(void) {
    puts("#compdef slipway\n_slipway() {\n    local -a commands line\n    local "
         "curcontext=$curcontext "
         "state\n    commands=(");
    for (const struct cmd *const *c = cmd_all; *c; c++) {
        printf("        '%s:", (*c)->name);
        quoted((*c)->summary);
        puts("'");
    }
    puts("    )\n    _arguments -C \\");
    zsh_options(cmd_common_opts);
    puts("        '1:command:->command' '*::argument:->argument'\n"
         "    if [[ $state == command ]]; then _describe command commands; return; fi\n"
         "    case $words[1] in");
    for (const struct cmd *const *c = cmd_all; *c; c++) {
        printf("    %s) _arguments \\\n", (*c)->name);
        zsh_options((*c)->opts);
        zsh_options(cmd_common_opts);
        puts("        '*:file:_files' ;;");
    }
    puts("    esac\n}\n"
         "if [[ $funcstack[1] == _slipway ]]; then _slipway \"$@\"; else compdef _slipway slipway; "
         "fi");
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
    fputs("set -l slipway_commands ", stdout);
    print_commands(" ");
    puts("");
    for (const struct cmd *const *c = cmd_all; *c; c++) {
        printf("complete -c slipway -n \"not __fish_seen_subcommand_from $slipway_commands\" "
               "-f -a %s -d '",
               (*c)->name);
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
