/* SPDX-License-Identifier: Apache-2.0 */
/* Goes through the dialogs of a Windows program: press.exe STEP… Each step waits until a dialog
 * shows a button of that text that can be pressed, prints all texts of the dialog in one line, and
 * presses it, and waits until the screen looks otherwise. "TEXT?" only waits and prints, "TEXT!"
 * wants it to be there and not to be pressed;
 * "=TEXT" puts a text into the edit field of the dialog that was there last. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

enum { TEXT = 65536, WAIT_MS = 300000, CHANGE_MS = 20000, STEP_MS = 50 };

struct look {
    const wchar_t *want;
    HWND dialog, button, edit;
    BOOL usable; /* wanted */
};

static wchar_t text[TEXT];

/* Without the marks of keys. */
static void text_of(HWND w) {
    wchar_t *to = text;

    text[0] = 0;
    SendMessageTimeoutW(w, WM_GETTEXT, TEXT, (LPARAM)text, SMTO_ABORTIFHUNG, 1000, NULL);
    for (const wchar_t *p = text; *p; p++)
        if (*p != '&')
            *to++ = *p;
    *to = 0;
}

static BOOL CALLBACK child(HWND w, LPARAM self) {
    struct look *l = (struct look *)self;
    wchar_t class[64];

    if (!IsWindowVisible(w))
        return TRUE;
    GetClassNameW(w, class, 64);
    if (!wcsicmp(class, L"Edit") || !wcsnicmp(class, L"RichEdit", 8))
        l->edit = w;
    text_of(w);
    if (l->want && !wcsicmp(class, L"Button") && !wcscmp(text, l->want) &&
        !!IsWindowEnabled(w) == l->usable)
        l->button = w;
    return TRUE;
}

static BOOL CALLBACK top(HWND w, LPARAM self) {
    struct look *l = (struct look *)self;
    struct look here = {.want = l->want, .usable = l->usable};

    if (!IsWindowVisible(w) || !IsWindowEnabled(w))
        return TRUE;
    EnumChildWindows(w, child, (LPARAM)&here);
    if (!here.button)
        return TRUE;
    here.dialog = w;
    *l = here;
    return FALSE;
}

static BOOL CALLBACK tell(HWND w, LPARAM self) {
    char utf8[4 * 200];
    int n;

    (void)self;
    if (!IsWindowVisible(w))
        return TRUE;
    text_of(w);
    if (!text[0])
        return TRUE;
    text[199] = 0;
    n = WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8 - 1, NULL, NULL);
    utf8[n] = 0;
    for (char *p = utf8; *p; p++)
        if (*p == '\r' || *p == '\n')
            *p = ' ';
    printf(" | %s", utf8);
    return TRUE;
}

static BOOL find(struct look *l) {
    for (int waited = 0; waited < WAIT_MS; waited += STEP_MS) {
        struct look new = {.want = l->want, .usable = l->usable};

        EnumWindows(top, (LPARAM) & new);
        if (new.button) {
            Sleep(STEP_MS); /* until all of it is there */
            *l = new;
            return TRUE;
        }
        Sleep(STEP_MS);
    }
    return FALSE;
}

/* What all windows look like, as a number: their places, texts and states. */
static BOOL CALLBACK add_child(HWND w, LPARAM self) {
    unsigned long long *sum = (unsigned long long *)self;
    wchar_t class[64];

    if (!IsWindowVisible(w))
        return TRUE;
    GetClassNameW(w, class, 64);
    text_of(w);
    *sum = (*sum ^ (ULONG_PTR)w) * 1099511628211u + !!IsWindowEnabled(w);
    if (!wcsicmp(class, L"Button"))
        *sum += 2 * (unsigned)SendMessageW(w, BM_GETCHECK, 0, 0);
    for (const wchar_t *p = text; *p; p++)
        *sum = (*sum ^ *p) * 1099511628211u;
    return TRUE;
}

static BOOL CALLBACK add(HWND w, LPARAM self) {
    add_child(w, self);
    if (IsWindowVisible(w))
        EnumChildWindows(w, add_child, self);
    return TRUE;
}

static unsigned long long looks(void) {
    unsigned long long sum = 14695981039346656037u;

    EnumWindows(add, (LPARAM)&sum);
    return sum;
}

/* Pressed, a button leads to another dialog or is another: else the next step would find it in the
 * dialog that is about to go. Not for ever: what is chosen may have been so already. */
static void press(HWND button) {
    unsigned long long before = looks();

    PostMessageW(button, BM_CLICK, 0, 0);
    for (int waited = 0; waited < CHANGE_MS && looks() == before; waited += STEP_MS)
        Sleep(STEP_MS);
}

int wmain(int n, wchar_t **step) {
    HWND edit = NULL;

    for (int i = 1; i < n; i++) {
        size_t last = wcslen(step[i]) - 1;
        wchar_t end = step[i][last];
        struct look l = {.want = step[i], .usable = end != '!'};

        if (step[i][0] == '=') {
            SendMessageW(edit, WM_SETTEXT, 0, (LPARAM)(step[i] + 1));
            SendMessageW(edit, WM_KILLFOCUS, 0, 0); /* it is looked at when people go on */
            continue;
        }
        if (end == '!' || end == '?')
            step[i][last] = 0;
        if (!find(&l)) {
            printf("no dialog has %ls\n", step[i]);
            return 1;
        }
        printf("%ls:", step[i]);
        EnumChildWindows(l.dialog, tell, 0);
        printf("\n");
        fflush(stdout);
        edit = l.edit;
        if (end != '!' && end != '?')
            press(l.button);
    }
    return 0;
}
