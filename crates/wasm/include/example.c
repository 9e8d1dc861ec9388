/* Opens a bundle and judges one pass.
 *
 *   cc example.c -lpassport -o example
 *   ./example OPEN.JSON VERIFY.JSON
 *
 * The two files hold the requests of passport_open and passport_verify.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "passport.h"

static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(66);
    }
    char *text = NULL;
    size_t size = 0;
    *length = 0;
    for (;;) {
        if (*length == size) {
            size = size ? size * 2 : 65536;
            text = realloc(text, size);
            if (!text) abort();
        }
        size_t count = fread(text + *length, 1, size - *length, file);
        if (count == 0) break;
        *length += count;
    }
    fclose(file);
    return text;
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: example OPEN.JSON VERIFY.JSON\n");
        return 64;
    }
    if (passport_abi() != 1) return 70;
    size_t length;
    char *request = read_file(arguments[1], &length);
    char *opened = passport_open(request, length);
    free(request);
    /* A JSON library would do this better. */
    const char *handle = opened ? strstr(opened, "\"handle\":") : NULL;
    if (!handle) {
        printf("%s\n", opened ? opened : "out of memory");
        passport_free(opened);
        return 2;
    }
    uint32_t number = (uint32_t)strtoul(handle + strlen("\"handle\":"), NULL, 10);
    passport_free(opened);

    request = read_file(arguments[2], &length);
    char *answer = passport_verify(number, request, length);
    free(request);
    printf("%s\n", answer ? answer : "out of memory");
    int accepted = answer && strstr(answer, "{\"answer\":{\"decision\":\"accepted\"") == answer;
    passport_free(answer);
    passport_close(number);
    return accepted ? 0 : 1;
}
