/* SPDX-License-Identifier: Apache-2.0 */
#include "text/tmpl.h"
#include "unit/cmocka_all.h"

static const char vars_text[] =
    "name: hello\ntitle: Hello & <World>\nsize: 12\nyes: true\nno: false\nnothing: ~\n"
    "empty: ''\nnone: []\nenv: { HOME: /root, 'A-B': x }\nit: \"it's\"\n"
    "long: \"one\\n\\ntwo\\n\"\n"
    "money: '\"${NAME}\" $%HOME% a$\\n $(x) $$'\n"
    "services:\n  - { name: a, exec: bin/a }\n  - { name: b, exec: '', ports: [1, 2] }\n";

static const char *expand(struct arena *a, const char *text, struct err *e) {
    struct value *vars;
    AUTO(buf) out;

    buf_init(&out, 10000);
    assert_int_equal(value_yaml(STR(vars_text), "v", a, &vars, e), 0);
    if (tmpl_expand(str_of(text), "t", vars, &out, e))
        return NULL;
    return str_z(a, buf_get(&out));
}

static void gives(const char *text, const char *want) {
    AUTO(arena) a = {0};
    struct err e = {0};
    const char *got = expand(&a, text, &e);

    if (!got)
        fail_msg("%s", e.msg);
    assert_string_equal(got, want);
}

static void refused(const char *text, const char *message) {
    AUTO(arena) a = {0};
    struct err e = {0};

    assert_null(expand(&a, text, &e));
    assert_int_equal(e.code, E_RECIPE);
    assert_string_equal(e.msg, message);
}

static void values_go_in(void **state) {
    (void)state;
    gives("{{ name }}-{{size}} {{ yes }}{{nothing}} {{ env.HOME }} {{ env.A-B }} } }}",
          "hello-12 true /root x } }}");
    gives("\\{{ name }} {{ services.1.name }}", "{{ name }} b");
    gives("a{{! not\nshown }}b", "ab");
    gives("", "");
}

static void filters_escape(void **state) {
    (void)state;
    gives("{{ title | xml }}", "Hello &amp; &lt;World&gt;");
    gives("{{ it | sh }}", "'it'\\''s'");
    gives("{{ it | json }} {{ none | json }} {{ env | json }} {{size|json}}",
          "\"it's\" [] {\"HOME\":\"/root\",\"A-B\":\"x\"} 12");
    gives("{{ long | desktop }}", "one\\n\\ntwo\\n");
    gives("Description: {{ long | deb822 }}\n", "Description: one\n .\n two\n");
    gives("{{ name | upper | json }}", "\"HELLO\"");
    gives("{{ long | nsis }}", "one$\\n$\\ntwo$\\n");
    /* makensis would take ${NAME}, $%HOME% and $\n for its own even behind $$ */
    gives("{{ money | nsis }}", "$\\\"$$${U+7B}NAME}$\\\" $$${U+25}HOME% a$$${U+5C}n $$(x) $$$$");
}

static void blocks_repeat_and_choose(void **state) {
    (void)state;
    gives("{{#each services}}{{ name }}={{#if exec}}{{ exec }}{{else}}-{{/if}} {{title}};{{/each}}",
          "a=bin/a Hello & <World>;b=- Hello & <World>;");
    gives("{{#each services}}{{#if ports}}{{#each ports}}{{ . }}/{{ name }} "
          "{{/each}}{{/if}}{{/each}}",
          "1/b 2/b ");
    gives("x\n  {{#if yes}}  \n  y\n  {{else}}\n  n\n  {{/if}}\nz\n", "x\n  y\nz\n");
    gives("x\r\n{{#if no}}\r\ny\r\n{{/if}}\r\nz", "x\r\nz");
    gives("x {{#if yes}}\ny{{/if}}\n", "x \ny\n");
    gives("{{#if absent.deep}}a{{/if}}{{#if no}}b{{/if}}{{#if empty}}c{{/if}}{{#if none}}d{{/if}}"
          "{{#if nothing}}e{{/if}}{{#if size}}f{{/if}}",
          "f");
    gives("{{#each none}}{{ . }}{{ unknown }}{{/each}}{{#each nothing}}x{{/each}}", "");
    gives("{{#if no}}{{#each absent}}{{ x }}{{/each}}{{#if yes}}a{{else}}b{{/if}}{{else}}c{{/if}}",
          "c");
}

static void mistakes_are_named(void **state) {
    (void)state;
    refused("\xc3\xa9\n\xc3\xa9 {{ nmae }}",
            "t:2:3: unknown variable \"nmae\"; did you mean \"name\"?");
    refused("{{ env.HOMR }}", "t:1:1: unknown variable \"env.HOMR\"; did you mean \"HOME\"?");
    refused("{{ . }}", "t:1:1: unknown variable \".\"");
    refused("{{ name.x }}", "t:1:1: unknown variable \"name.x\"");
    refused("{{ name | html }}", "t:1:1: unknown filter \"html\"");
    refused("{{ env }}", "t:1:1: \"env\" is a map, not a text");
    refused("a {{ name", "t:1:3: \"{{\" is never closed (a literal one is written \\{{)");
    refused("{{#if yes}}x", "t:1:1: {{#if}} has no {{/if}} of its own");
    refused("{{#if yes}}x{{/each}}", "t:1:1: {{#if}} has no {{/if}} of its own");
    refused("{{#each none}}x{{/if}}", "t:1:1: {{#each}} has no {{/each}} of its own");
    refused("{{/if}}", "t:1:1: {{/if}} closes nothing");
    refused("{{else}}", "t:1:1: {{else}} closes nothing");
    refused("{{#for x}}", "t:1:1: unknown block {{#for x}}");
    refused("{{#each name}}{{/each}}", "t:1:1: \"name\" is a string, not a list");
    refused("{{}}", "t:1:1: a name is missing in {{ }}");
}

static void output_and_work_are_bounded(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(buf) text;
    struct err e = {0};
    struct value *v = value_new(&a, VALUE_MAP), *l = value_new(&a, VALUE_LIST);
    AUTO(buf) out;

    buf_init(&text, 1000);
    buf_init(&out, 1000);
    for (int i = 0; i < 1000; i++)
        value_add(l, value_int(&a, i));
    value_set(&a, v, "l", l);
    for (int i = 0; i < 5; i++)
        buf_z(&text, "{{#each l}}");
    for (int i = 0; i < 5; i++)
        buf_z(&text, "{{/each}}");
    assert_int_equal(tmpl_expand(buf_get(&text), "t", v, &out, &e), E_RECIPE);
    assert_string_equal(e.msg, "t:1:56: loops in loops run too often");
    assert_int_equal(tmpl_expand(STR("{{#each l}}{{.}}{{/each}}"), "t", v, &out, &e), E_INPUT);
    assert_string_equal(e.msg, "t is larger than 1000 bytes");
}

static void templates_are_compiled_in(void **state) {
    (void)state;
    struct str text;
    struct err e = {0};

    assert_int_equal(tmpl_find("README.md", &text, &e), 0);
    assert_true(str_starts(text, "# Templates\n") && str_ends(text, ".\n"));
    assert_int_equal(tmpl_find("no", &text, &e), E_BUG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_go_in),
        cmocka_unit_test(filters_escape),
        cmocka_unit_test(blocks_repeat_and_choose),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(output_and_work_are_bounded),
        cmocka_unit_test(templates_are_compiled_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
