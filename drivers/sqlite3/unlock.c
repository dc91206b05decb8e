/* unlock.c: an unlock that the system refuses. SQLite 3.40 goes on as if it had worked, but keeps
 * the lock in its own books: the connection that has it does not know, no other of the process gets
 * it, and closing does not give it back. */
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>

#include "drivers/sqlite3/internal.h"

typedef int fcntl_call(int fd, int command, ...);

static fcntl_call *real_fcntl;

/*
 * Says that it worked. What the system still has is locked once more and unlocked by the next
 * transaction here, which is not in its own way; other processes wait until then.
 */
static int fcntl_that_unlocks(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    bool unlocks = command == F_SETLK && ((const struct flock *)argument)->l_type == F_UNLCK;
    int result = real_fcntl(fd, command, argument);
    return unlocks ? 0 : result;
}

static void install(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    if (vfs == NULL || vfs->iVersion < 3)
        return;
    real_fcntl = (fcntl_call *)vfs->xGetSystemCall(vfs, "fcntl");
    if (real_fcntl != NULL)
        vfs->xSetSystemCall(vfs, "fcntl", (sqlite3_syscall_ptr)fcntl_that_unlocks);
}

void calx__sqlite3_unlock_install(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
}
