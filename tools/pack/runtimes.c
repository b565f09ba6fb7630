/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/runtimes.h"

/* The assembler puts the files' bytes here as they are; the build names those of the architectures
 * that it has been asked for. */
#if defined(__APPLE__)
#define SECTION ".section __TEXT,__const\n"
#define PREVIOUS ".text\n"
#define SYMBOL "_"
#else
#define SECTION ".pushsection .rodata\n"
#define PREVIOUS ".popsection\n"
#define SYMBOL ""
#endif
#define EMBED(name, path)                                                                          \
    extern const char name[], name##_end[];                                                        \
    __asm__(SECTION ".balign 16\n"                                                                 \
                    ".globl " SYMBOL #name "\n" SYMBOL #name ":\n"                                 \
                    ".incbin \"" path "\"\n"                                                       \
                    ".globl " SYMBOL #name "_end\n" SYMBOL #name "_end:\n"                         \
                    ".byte 0\n" PREVIOUS)
#define FILE_OF(name) ((struct str){name, (size_t)(name##_end - name)})

#ifdef RUNTIMES_APPIMAGE_X86_64
EMBED(runtimes_appimage_x86_64, RUNTIMES_APPIMAGE_X86_64);
EMBED(runtimes_launcher_x86_64, RUNTIMES_LAUNCHER_X86_64);
#endif
#ifdef RUNTIMES_APPIMAGE_AARCH64
EMBED(runtimes_appimage_aarch64, RUNTIMES_APPIMAGE_AARCH64);
EMBED(runtimes_launcher_aarch64, RUNTIMES_LAUNCHER_AARCH64);
#endif

struct str runtimes_appimage(enum arch_kind arch) {
#ifdef RUNTIMES_APPIMAGE_X86_64
    if (arch == ARCH_X86_64)
        return FILE_OF(runtimes_appimage_x86_64);
#endif
#ifdef RUNTIMES_APPIMAGE_AARCH64
    if (arch == ARCH_AARCH64)
        return FILE_OF(runtimes_appimage_aarch64);
#endif
    (void)arch;
    return (struct str){NULL, 0};
}

struct str runtimes_launcher(enum arch_kind arch) {
#ifdef RUNTIMES_LAUNCHER_X86_64
    if (arch == ARCH_X86_64)
        return FILE_OF(runtimes_launcher_x86_64);
#endif
#ifdef RUNTIMES_LAUNCHER_AARCH64
    if (arch == ARCH_AARCH64)
        return FILE_OF(runtimes_launcher_aarch64);
#endif
    (void)arch;
    return (struct str){NULL, 0};
}
