/* replay.c: a fuzz target's main() without a fuzzer: runs every file of the folders given as
 * arguments. No file at all is a failure, or a lost corpus would pass for ever. */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly as many bytes as the file has, so that a sanitizer sees one read too many. */
static int run_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size > 0 ? size : 1);
    int complete = file && data && fread(data, 1, size, file) == size;
    if (complete)
        LLVMFuzzerTestOneInput(data, size);
    else
        perror(path);
    free(data);
    if (file)
        fclose(file);
    return complete;
}

/* The number of files run, or -1. */
static int run_folder(const char *folder)
{
    DIR *directory = opendir(folder);
    const struct dirent *item;
    int count = 0;
    if (!directory)
        perror(folder);
    while (directory && count >= 0 && (item = readdir(directory)) != NULL) {
        char path[PATH_MAX];
        struct stat status;
        snprintf(path, sizeof(path), "%s/%s", folder, item->d_name);
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
            count = run_file(path, (size_t)status.st_size) ? count + 1 : -1;
    }
    if (directory)
        closedir(directory);
    return directory ? count : -1;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        int count = run_folder(argv[i]);
        if (count < 0)
            return 1;
        total += count;
    }
    printf("%d inputs\n", total);
    return total > 0 ? 0 : 1;
}
