/* SPDX-License-Identifier: Apache-2.0 */
/* What libappimage, by which desktops take AppImages in, makes of one: registers it in
 * XDG_DATA_HOME, and tells what it found. */
#include <appimage/appimage.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    char **files;

    if (argc != 2)
        return 2;
    printf("type %d\n", appimage_get_type(argv[1], false));
    printf("offset %ld\n", (long)appimage_get_payload_offset(argv[1]));
    printf("terminal %d\n", appimage_is_terminal_app(argv[1]));
    printf("apart %d\n", appimage_shall_not_be_integrated(argv[1]));
    files = appimage_list_files(argv[1]);
    for (char **f = files; f && *f; f++)
        printf("file %s\n", *f);
    appimage_string_list_free(files);
    return appimage_register_in_system(argv[1], false);
}
