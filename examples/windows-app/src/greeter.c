/* Opens greet:// links and greets whom they name. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

int WINAPI wWinMain(HINSTANCE self, HINSTANCE before, PWSTR line, int show) {
    static const wchar_t scheme[] = L"greet://";
    wchar_t text[256] = L"Hello, world!";
    int n, quiet = 0;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &n);

    (void)self, (void)before, (void)line, (void)show;
    for (int i = 1; words && i < n; i++) {
        if (!wcscmp(words[i], L"--quiet"))
            quiet = 1;
        else if (!wcsncmp(words[i], scheme, wcslen(scheme)))
            swprintf(text, 256, L"Hello, %.200ls!", words[i] + wcslen(scheme));
    }
    LocalFree(words);
    if (quiet)
        OutputDebugStringW(text);
    else
        MessageBoxW(NULL, text, L"Greeter", MB_ICONINFORMATION);
    return 0;
}
