/* SPDX-License-Identifier: Apache-2.0 */
/* What Windows or wine says of Authenticode signatures, by WinVerifyTrust and crypt32:
 *     wintrust [-r ROOT.der] FILE...
 * -r puts a certificate into the user's root store, where it stays. A line for each file, "NAME OK"
 * or "NAME 80096010", then the chain and the nested signatures: "NAME by Lab Publisher, Lab Root",
 * "NAME nested good by ...". Exit status 1 when a file is not accepted. */
/* clang-format off: this one comes first */
#include <windows.h>
/* clang-format on */
#include <mscat.h>
#include <softpub.h>
#include <stdio.h>
#include <wchar.h>
#include <wintrust.h>

enum { DER = 1 << 16, NAME = 256, KINDS = PKCS_7_ASN_ENCODING | X509_ASN_ENCODING };

static int fail(const wchar_t *what) {
    fwprintf(stderr, L"wintrust: %ls: error %lu\n", what, (unsigned long)GetLastError());
    return 2;
}

static int add_root(const wchar_t *path) {
    static BYTE der[DER];
    HCERTSTORE store;
    DWORD n = 0;
    HANDLE h = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

    if (h == INVALID_HANDLE_VALUE || !ReadFile(h, der, sizeof der, &n, NULL))
        return fail(path);
    CloseHandle(h);
    store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"Root");
    if (!store || !CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, n,
                                                    CERT_STORE_ADD_REPLACE_EXISTING, NULL))
        return fail(L"root store");
    CertCloseStore(store, 0);
    return 0;
}

static void print_name(const wchar_t *before, PCCERT_CONTEXT c) {
    wchar_t name[NAME] = L"?";

    if (c)
        CertGetNameStringW(c, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, name, NAME);
    wprintf(L"%ls%ls", before, name);
}

static void print_chain(const wchar_t *path, const WINTRUST_DATA *d) {
    CRYPT_PROVIDER_DATA *p = WTHelperProvDataFromStateData(d->hWVTStateData);
    CRYPT_PROVIDER_SGNR *s = p ? WTHelperGetProvSignerFromChain(p, 0, FALSE, 0) : NULL;

    if (!s || !s->csCertChain)
        return;
    wprintf(L"%ls by", path);
    for (DWORD i = 0; i < s->csCertChain; i++)
        print_name(i ? L", " : L" ", s->pasCertChain[i].pCert);
    wprintf(L"\n");
}

static void *message_param(HCRYPTMSG m, DWORD kind, DWORD *n) {
    void *p;

    *n = 0;
    if (!CryptMsgGetParam(m, kind, 0, NULL, n) || !*n)
        return NULL;
    p = LocalAlloc(LPTR, *n);
    if (p && !CryptMsgGetParam(m, kind, 0, p, n)) {
        LocalFree(p);
        p = NULL;
    }
    return p;
}

/* One nested signature: its signer's certificate is in it, its digest and signature are right. */
static void check_nested(const wchar_t *path, const CRYPT_ATTR_BLOB *der) {
    HCRYPTMSG m = CryptMsgOpenToDecode(KINDS, 0, 0, 0, NULL, NULL);
    PCCERT_CONTEXT signer = NULL;
    HCERTSTORE certs = NULL;
    CERT_INFO *who = NULL;
    BOOL good = FALSE;
    DWORD n;

    if (CryptMsgUpdate(m, der->pbData, der->cbData, TRUE)) {
        who = message_param(m, CMSG_SIGNER_CERT_INFO_PARAM, &n);
        certs = CertOpenStore(CERT_STORE_PROV_MSG, KINDS, 0, 0, m);
        if (who && certs)
            signer = CertGetSubjectCertificateFromStore(certs, KINDS, who);
        if (signer)
            good = CryptMsgControl(m, 0, CMSG_CTRL_VERIFY_SIGNATURE, signer->pCertInfo);
    }
    wprintf(L"%ls nested %ls", path, good ? L"good" : L"BAD");
    print_name(L" by ", signer);
    wprintf(L"\n");
    LocalFree(who);
    if (signer)
        CertFreeCertificateContext(signer);
    if (certs)
        CertCloseStore(certs, 0);
    CryptMsgClose(m);
}

static void check_all_nested(const wchar_t *path, HCRYPTMSG m) {
    DWORD n;
    CRYPT_ATTRIBUTES *v = message_param(m, CMSG_SIGNER_UNAUTH_ATTR_PARAM, &n);

    for (DWORD i = 0; v && i < v->cAttr; i++)
        for (DWORD k = 0; k < v->rgAttr[i].cValue; k++)
            if (strcmp(v->rgAttr[i].pszObjId, "1.3.6.1.4.1.311.2.4.1") == 0)
                check_nested(path, &v->rgAttr[i].rgValue[k]);
    LocalFree(v);
}

static LONG check(const wchar_t *path) {
    GUID action = WINTRUST_ACTION_GENERIC_VERIFY_V2;
    WINTRUST_FILE_INFO file = {.cbStruct = sizeof file, .pcwszFilePath = path};
    WINTRUST_DATA d = {.cbStruct = sizeof d,
                       .dwUIChoice = WTD_UI_NONE,
                       .fdwRevocationChecks = WTD_REVOKE_NONE,
                       .dwUnionChoice = WTD_CHOICE_FILE,
                       .dwStateAction = WTD_STATEACTION_VERIFY,
                       .dwProvFlags = WTD_CACHE_ONLY_URL_RETRIEVAL};
    CRYPT_PROVIDER_DATA *p;
    LONG r;

    d.pFile = &file;
    r = WinVerifyTrust((HWND)INVALID_HANDLE_VALUE, &action, &d);
    if (r)
        wprintf(L"%ls %08lx\n", path, (unsigned long)r);
    else
        wprintf(L"%ls OK\n", path);
    print_chain(path, &d);
    p = WTHelperProvDataFromStateData(d.hWVTStateData);
    if (p && p->hMsg)
        check_all_nested(path, p->hMsg);
    d.dwStateAction = WTD_STATEACTION_CLOSE;
    WinVerifyTrust((HWND)INVALID_HANDLE_VALUE, &action, &d);
    return r;
}

int wmain(int argc, wchar_t **argv) {
    int bad = 0, i = 1;

    for (; i + 1 < argc && wcscmp(argv[i], L"-r") == 0; i += 2)
        if (add_root(argv[i + 1]))
            return 2;
    for (; i < argc; i++)
        bad |= check(argv[i]) != 0;
    return bad;
}
