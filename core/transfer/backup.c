/* backup.c: a whole database as one file, as of one moment, while others read and write. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/transfer/transfer.h"

/* A name beside the target; "./" keeps it from being read as a URI or an option. */
static char *part_of(const char *path)
{
    char *part;
    const char *here = path[0] == '/' ? "" : "./";
    return asprintf(&part, "%s%s.part-%ld", here, path, (long)getpid()) < 0 ? NULL : part;
}

static int io_error(const char *path, calx_error *err)
{
    return calx_error_set(err, errno == ENOSPC ? CALX_ERROR_DISK_FULL : CALX_ERROR_IO, "%s: %s",
                          path, strerror(errno));
}

/* What was written to a file, or to a folder's list of files, stays after a loss of power. */
static int make_durable(const char *path, int flags, calx_error *err)
{
    int fd = open(path, flags | O_CLOEXEC);
    int status = fd < 0 || fsync(fd) < 0 ? io_error(path, err) : 0;
    if (fd >= 0)
        close(fd);
    return status;
}

/* Empty, so that whatever is wrong with the folder is found out here. */
static int create_part(const char *part, const char *path, calx_error *err)
{
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return io_error(path, err);
    close(fd);
    return 0;
}

static int put_in_place(const char *part, const char *path, calx_error *err)
{
    int status = make_durable(part, O_RDONLY, err);
    if (status == 0 && rename(part, path) < 0)
        status = io_error(path, err);
    char *copy = status == 0 ? strdup(part) : NULL;
    if (copy != NULL)
        status = make_durable(dirname(copy), O_RDONLY | O_DIRECTORY, err);
    free(copy);
    return status;
}

static int write_part(calx_engine *engine, const char *part, calx_error *err)
{
    static const calx_kind kinds[] = {CALX_KIND_TEXT};
    const char *text = calx__engine_dialect(engine)->backup;
    const calx_value binds[] = {{.kind = CALX_KIND_TEXT, .as.text = calx_text_of(part)}};
    calx_sql sql = {.text = text, .length = strlen(text), .bind_kinds = kinds, .bind_count = 1};
    calx__end end;
    int status = calx__end_open(&end, engine, NULL, 0, (calx_transfer_watcher){0}, err);
    if (status == 0)
        status = calx__end_run(&end, &sql, binds, NULL, NULL, err);
    calx__end_close(&end);
    return status;
}

int calx_backup(calx_engine *engine, const char *path, calx_error *err)
{
    const calx__dialect *dialect = calx__engine_dialect(engine);
    if (dialect->backup == NULL)
        return calx_error_set(err, CALX_ERROR_UNSUPPORTED,
                              "%s has a program of its own for backups, %s", dialect->name,
                              dialect->backup_program);
    char *part = part_of(path);
    if (part == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a backup");
    int status = create_part(part, path, err);
    if (status == 0) {
        status = write_part(engine, part, err);
        if (status == 0)
            status = put_in_place(part, path, err);
        if (status < 0)
            unlink(part);
    }
    free(part);
    return status;
}
