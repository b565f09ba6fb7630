/* SPDX-License-Identifier: Apache-2.0 */
/* Runs Microsoft's evaluators of installer packages (ICE) on Windows or under wine:
 *     runice PACKAGE.msi DARICE.cub ICE…
 * The evaluators' tables are merged into a copy of the package, as msival2 does. A line for each
 * thing found, "ICE03 ERROR text [table column keys]"; "ICE03 LOST" for one that said nothing or
 * gave up. Exit status 2 when it cannot begin. */
/* clang-format off: this one comes first */
#include <windows.h>
/* clang-format on */
#include <msi.h>
#include <msiquery.h>
#include <stdio.h>
#include <wchar.h>

enum { FIELDS = 16, TEXT = 4096, BLOCK = 65536 };

struct said {
    int messages, failures;
};

static INT CALLBACK hear(LPVOID self, UINT type, LPCWSTR message) {
    struct said *said = self;
    wchar_t text[TEXT], *field[FIELDS] = {0}, *p = text;
    int n = 0, kind;

    if ((type & 0xff000000) != INSTALLMESSAGE_USER || !message)
        return 0;
    wcsncpy(text, message, TEXT - 1);
    text[TEXT - 1] = 0;
    while (p && n < FIELDS) {
        field[n++] = p;
        p = wcschr(p, L'\t');
        if (p)
            *p++ = 0;
    }
    kind = n > 1 ? (int)wcstol(field[1], NULL, 10) : 3;
    said->messages++;
    said->failures += kind == 0;
    if (kind == 1 || kind == 2) {
        wprintf(L"%ls %ls %ls", field[0], kind == 1 ? L"ERROR" : L"WARNING",
                n > 2 ? field[2] : L"");
        for (int i = 4; i < n; i++)
            wprintf(L"%ls%ls%ls", i == 4 ? L" [" : L" ", field[i], i + 1 == n ? L"]" : L"");
        wprintf(L"\n");
    }
    return 1;
}

static int fail(const wchar_t *what, UINT r) {
    fwprintf(stderr, L"runice: %ls: error %u\n", what, r);
    return 2;
}

static UINT run_query(MSIHANDLE db, const wchar_t *sql, MSIHANDLE record) {
    MSIHANDLE view;
    UINT r = MsiDatabaseOpenViewW(db, sql, &view);

    if (r)
        return r;
    r = MsiViewExecute(view, record);
    MsiCloseHandle(view);
    return r;
}

/* wine's merge brings the rows of Binary without their streams: they are put in once more, by way
 * of a file. */
static UINT copy_binary(MSIHANDLE db, MSIHANDLE from, const wchar_t *dir) {
    wchar_t name[80], file[MAX_PATH], sql[160];
    static char block[BLOCK];
    MSIHANDLE row;
    DWORD n = 80;
    UINT r;
    FILE *f;

    MsiRecordGetStringW(from, 1, name, &n);
    GetTempFileNameW(dir, L"ice", 0, file);
    f = _wfopen(file, L"wb");
    if (!f)
        return ERROR_OPEN_FAILED;
    for (n = BLOCK; !MsiRecordReadStream(from, 2, block, &n) && n; n = BLOCK)
        fwrite(block, 1, n, f);
    fclose(f);
    swprintf(sql, 160, L"DELETE FROM `Binary` WHERE `Name`='%ls'", name);
    (void)run_query(db, sql, 0);
    row = MsiCreateRecord(2);
    MsiRecordSetStringW(row, 1, name);
    r = MsiRecordSetStreamW(row, 2, file);
    if (!r)
        r = run_query(db, L"INSERT INTO `Binary` (`Name`,`Data`) VALUES (?,?)", row);
    MsiCloseHandle(row);
    DeleteFileW(file);
    return r;
}

static UINT copy_binaries(MSIHANDLE db, MSIHANDLE cub, const wchar_t *dir) {
    MSIHANDLE view, row;
    UINT r = MsiDatabaseOpenViewW(cub, L"SELECT `Name`,`Data` FROM `Binary`", &view);

    if (!r)
        r = MsiViewExecute(view, 0);
    while (!r && !MsiViewFetch(view, &row)) {
        r = copy_binary(db, row, dir);
        MsiCloseHandle(row);
    }
    MsiCloseHandle(view);
    return r;
}

/* A copy of the package with the evaluators in it, open. */
static int merged(wchar_t **argv, const wchar_t *dir, const wchar_t *copy, MSIHANDLE *db) {
    MSIHANDLE cub;
    UINT r;

    if (!CopyFileW(argv[1], copy, FALSE))
        return fail(L"copy", GetLastError());
    SetFileAttributesW(copy, FILE_ATTRIBUTE_NORMAL);
    if ((r = MsiOpenDatabaseW(copy, MSIDBOPEN_DIRECT, db)))
        return fail(L"package", r);
    if ((r = MsiOpenDatabaseW(argv[2], MSIDBOPEN_READONLY, &cub)))
        return fail(L"evaluators", r);
    /* This one says that some property is in both, as it should. */
    r = MsiDatabaseMergeW(*db, cub, L"MergeErrors");
    if (r && r != ERROR_FUNCTION_FAILED)
        return fail(L"merge", r);
    if ((r = copy_binaries(*db, cub, dir)))
        return fail(L"binaries", r);
    if ((r = MsiDatabaseCommit(*db)))
        return fail(L"commit", r);
    MsiCloseHandle(cub);
    return 0;
}

int wmain(int argc, wchar_t **argv) {
    wchar_t copy[MAX_PATH], dir[MAX_PATH], handle[32];
    struct said said = {0};
    MSIHANDLE db, package;
    UINT r;

    if (argc < 4)
        return fail(L"usage: PACKAGE.msi DARICE.cub ICE...", 0);
    GetTempPathW(MAX_PATH, dir);
    GetTempFileNameW(dir, L"ice", 0, copy);
    if (merged(argv, dir, copy, &db))
        return 2;
    MsiSetInternalUI(INSTALLUILEVEL_NONE, NULL);
    MsiSetExternalUIW(hear, ~0u, &said);
    swprintf(handle, 32, L"#%lu", (unsigned long)db);
    if ((r = MsiOpenPackageW(handle, &package)))
        return fail(L"session", r);
    for (int i = 3; i < argc; i++) {
        struct said before = said;

        r = MsiDoActionW(package, argv[i]);
        if (r || said.messages == before.messages || said.failures > before.failures)
            wprintf(L"%ls LOST %u\n", argv[i], r);
        else
            wprintf(L"%ls RAN\n", argv[i]);
        fflush(stdout);
    }
    MsiCloseHandle(package);
    MsiCloseHandle(db);
    DeleteFileW(copy);
    return 0;
}
