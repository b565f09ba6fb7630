/* A service that notes in the event log that it runs. NAME is what Windows calls it. */
#include <windows.h>

static SERVICE_STATUS_HANDLE handle;
static SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS,
                                .dwControlsAccepted =
                                    SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN};
static HANDLE end;

static void tell(DWORD state) {
    status.dwCurrentState = state;
    SetServiceStatus(handle, &status);
}

static void WINAPI control(DWORD code) {
    if (code == SERVICE_CONTROL_STOP || code == SERVICE_CONTROL_SHUTDOWN) {
        tell(SERVICE_STOP_PENDING);
        SetEvent(end);
    }
}

/* agent.ini beside the program; the installer leaves it alone once it is there. */
static DWORD minutes(void) {
    WCHAR path[MAX_PATH], *slash;

    GetModuleFileNameW(NULL, path, MAX_PATH - 10);
    slash = wcsrchr(path, L'\\');
    wcscpy(slash ? slash + 1 : path, L"agent.ini");
    return GetPrivateProfileIntW(L"report", L"minutes", 10, path);
}

static void WINAPI service(DWORD n, WCHAR **arguments) {
    const WCHAR *text = NAME L" runs";
    HANDLE log = RegisterEventSourceW(NULL, NAME);

    (void)n;
    (void)arguments;
    handle = RegisterServiceCtrlHandlerW(NAME, control);
    end = CreateEventW(NULL, TRUE, FALSE, NULL);
    tell(SERVICE_RUNNING);
    do
        ReportEventW(log, EVENTLOG_INFORMATION_TYPE, 0, 1, NULL, 1, 0, &text, NULL);
    while (WaitForSingleObject(end, minutes() * 60000) == WAIT_TIMEOUT);
    DeregisterEventSource(log);
    tell(SERVICE_STOPPED);
}

int wmain(void) {
    SERVICE_TABLE_ENTRYW table[] = {{NAME, service}, {NULL, NULL}};

    return StartServiceCtrlDispatcherW(table) ? 0 : 1;
}
