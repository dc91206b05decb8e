/* error.c: what an errno means. One table; the SQLSTATE decides what is not in it. The numbers are
 * those of MariaDB's and MySQL's error references and of the client library's errmsg.h. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define BREAKS 1u /* the connection is of no more use */
#define UNDOES 2u /* the server has rolled the transaction back */

typedef struct meaning {
    unsigned short code;
    short class; /* calx_error_class */
    unsigned char effects;
} meaning;

/* Sorted by class, searched from front to back: it runs after a failure only. */
static const meaning meanings[] = {
    {1022, CALX_ERROR_UNIQUE, 0},
    {1062, CALX_ERROR_UNIQUE, 0},
    {1169, CALX_ERROR_UNIQUE, 0},
    {1586, CALX_ERROR_UNIQUE, 0},
    {1216, CALX_ERROR_FOREIGN_KEY, 0},
    {1217, CALX_ERROR_FOREIGN_KEY, 0},
    {1451, CALX_ERROR_FOREIGN_KEY, 0},
    {1452, CALX_ERROR_FOREIGN_KEY, 0},
    {1048, CALX_ERROR_NOT_NULL, 0},
    {1364, CALX_ERROR_NOT_NULL, 0},
    {3819, CALX_ERROR_CHECK, 0},
    {4025, CALX_ERROR_CHECK, 0},
    {1264, CALX_ERROR_DATA, 0},
    {1265, CALX_ERROR_DATA, 0},
    {1292, CALX_ERROR_DATA, 0},
    {1365, CALX_ERROR_DATA, 0},
    {1366, CALX_ERROR_DATA, 0},
    {1367, CALX_ERROR_DATA, 0},
    {1406, CALX_ERROR_DATA, 0},
    {1411, CALX_ERROR_DATA, 0},
    {1690, CALX_ERROR_DATA, 0},
    {3140, CALX_ERROR_DATA, 0},
    {1020, CALX_ERROR_SERIALIZATION, 0}, /* innodb_snapshot_isolation */
    {1412, CALX_ERROR_SERIALIZATION, 0}, /* the table changed under the snapshot */
    {3101, CALX_ERROR_SERIALIZATION, UNDOES},
    {1213, CALX_ERROR_DEADLOCK, UNDOES}, /* also a conflict in a Galera cluster */
    {1205, CALX_ERROR_LOCK_TIMEOUT, 0},
    {3572, CALX_ERROR_LOCK_TIMEOUT, 0},
    {1969, CALX_ERROR_TIMEOUT, 0},
    {3024, CALX_ERROR_TIMEOUT, 0},
    {1317, CALX_ERROR_CANCELLED, 0},
    {1053, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {1152, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {1158, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {1159, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {1160, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {1161, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {1184, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {1927, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {2006, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {2013, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {2026, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {2055, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {4031, CALX_ERROR_CONNECTION_LOST, BREAKS},
    {1040, CALX_ERROR_UNREACHABLE, BREAKS},
    {1047, CALX_ERROR_UNREACHABLE, BREAKS}, /* a Galera node that is not synced */
    {1129, CALX_ERROR_UNREACHABLE, BREAKS},
    {1180, CALX_ERROR_UNREACHABLE, BREAKS | UNDOES}, /* a Galera commit without quorum */
    {1203, CALX_ERROR_UNREACHABLE, BREAKS},
    {1226, CALX_ERROR_UNREACHABLE, 0},
    {2001, CALX_ERROR_UNREACHABLE, BREAKS},
    {2002, CALX_ERROR_UNREACHABLE, BREAKS},
    {2003, CALX_ERROR_UNREACHABLE, BREAKS},
    {2004, CALX_ERROR_UNREACHABLE, BREAKS},
    {2005, CALX_ERROR_UNREACHABLE, BREAKS},
    {2007, CALX_ERROR_UNREACHABLE, BREAKS},
    {2012, CALX_ERROR_UNREACHABLE, BREAKS},
    {1044, CALX_ERROR_AUTHENTICATION, 0},
    {1045, CALX_ERROR_AUTHENTICATION, 0},
    {1130, CALX_ERROR_AUTHENTICATION, 0},
    {1142, CALX_ERROR_AUTHENTICATION, 0},
    {1143, CALX_ERROR_AUTHENTICATION, 0},
    {1227, CALX_ERROR_AUTHENTICATION, 0},
    {1251, CALX_ERROR_AUTHENTICATION, 0},
    {1370, CALX_ERROR_AUTHENTICATION, 0},
    {1698, CALX_ERROR_AUTHENTICATION, 0},
    {1820, CALX_ERROR_AUTHENTICATION, 0},
    {1862, CALX_ERROR_AUTHENTICATION, 0},
    {2058, CALX_ERROR_AUTHENTICATION, 0},
    {2059, CALX_ERROR_AUTHENTICATION, 0},
    {4151, CALX_ERROR_AUTHENTICATION, 0},
    {1036, CALX_ERROR_READ_ONLY, 0},
    {1290, CALX_ERROR_READ_ONLY, BREAKS}, /* --read-only: another server is the one to write to */
    {1792, CALX_ERROR_READ_ONLY, 0},
    {1836, CALX_ERROR_READ_ONLY, BREAKS},
    {28, CALX_ERROR_DISK_FULL, 0},
    {1021, CALX_ERROR_DISK_FULL, 0},
    {1114, CALX_ERROR_DISK_FULL, 0},
    {1023, CALX_ERROR_IO, 0},
    {1024, CALX_ERROR_IO, 0},
    {1025, CALX_ERROR_IO, 0},
    {1026, CALX_ERROR_IO, 0},
    {1030, CALX_ERROR_IO, 0},
    {126, CALX_ERROR_CORRUPT, 0},
    {127, CALX_ERROR_CORRUPT, 0},
    {144, CALX_ERROR_CORRUPT, 0},
    {145, CALX_ERROR_CORRUPT, 0},
    {1034, CALX_ERROR_CORRUPT, 0},
    {1194, CALX_ERROR_CORRUPT, 0},
    {1195, CALX_ERROR_CORRUPT, 0},
    {1712, CALX_ERROR_CORRUPT, 0},
    {1037, CALX_ERROR_NO_MEMORY, 0},
    {1038, CALX_ERROR_NO_MEMORY, 0},
    {1041, CALX_ERROR_NO_MEMORY, 0},
    {1206, CALX_ERROR_NO_MEMORY, 0},
    {2008, CALX_ERROR_NO_MEMORY, BREAKS},
    {1064, CALX_ERROR_SYNTAX, 0},
    {1065, CALX_ERROR_SYNTAX, 0},
    {1149, CALX_ERROR_SYNTAX, 0},
    {1008, CALX_ERROR_UNDEFINED, 0},
    {1046, CALX_ERROR_UNDEFINED, 0},
    {1049, CALX_ERROR_UNDEFINED, 0},
    {1051, CALX_ERROR_UNDEFINED, 0},
    {1054, CALX_ERROR_UNDEFINED, 0},
    {1072, CALX_ERROR_UNDEFINED, 0},
    {1091, CALX_ERROR_UNDEFINED, 0},
    {1109, CALX_ERROR_UNDEFINED, 0},
    {1146, CALX_ERROR_UNDEFINED, 0},
    {1176, CALX_ERROR_UNDEFINED, 0},
    {1305, CALX_ERROR_UNDEFINED, 0},
    {1007, CALX_ERROR_EXISTS, 0},
    {1050, CALX_ERROR_EXISTS, 0},
    {1060, CALX_ERROR_EXISTS, 0},
    {1061, CALX_ERROR_EXISTS, 0},
    {1304, CALX_ERROR_EXISTS, 0},
    {1826, CALX_ERROR_EXISTS, 0},
    {1178, CALX_ERROR_UNSUPPORTED, 0},
    {1235, CALX_ERROR_UNSUPPORTED, 0},
    {1289, CALX_ERROR_UNSUPPORTED, 0},
    {1295, CALX_ERROR_UNSUPPORTED, 0},
    {1071, CALX_ERROR_LIMIT, 0},
    {1118, CALX_ERROR_LIMIT, 0},
    {1153, CALX_ERROR_LIMIT, BREAKS}, /* the server hangs up after it */
    {1162, CALX_ERROR_LIMIT, 0},
    {1301, CALX_ERROR_LIMIT, 0},
    {1390, CALX_ERROR_LIMIT, 0},
    {1461, CALX_ERROR_LIMIT, 0},
    {2020, CALX_ERROR_LIMIT, BREAKS},
    {2014, CALX_ERROR_DATABASE, BREAKS}, /* out of step: ours to avoid, never to go on with */
    {2027, CALX_ERROR_DATABASE, BREAKS},
};

static const meaning *meaning_find(unsigned code)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].code == code)
            return &meanings[i];
    return NULL;
}

calx_error_class calx__mysql_error_class(unsigned code, const char *sqlstate)
{
    const meaning *found = meaning_find(code);
    if (found)
        return (calx_error_class)found->class;
    if (strncmp(sqlstate, "08", 2) == 0)
        return CALX_ERROR_CONNECTION_LOST;
    if (strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0)
        return CALX_ERROR_DATA;
    if (strcmp(sqlstate, "40001") == 0)
        return CALX_ERROR_SERIALIZATION;
    return CALX_ERROR_DATABASE;
}

bool calx__mysql_error_breaks(unsigned code)
{
    const meaning *found = meaning_find(code);
    return found && found->effects & BREAKS;
}

bool calx__mysql_error_ends_transaction(unsigned code)
{
    const meaning *found = meaning_find(code);
    return found && found->effects & UNDOES;
}

/* 1026 and 1030 carry the system's errno in their text, 28 being ENOSPC. */
static bool tells_full_disk(calx_error_class class, const char *text)
{
    return (class == CALX_ERROR_IO || class == CALX_ERROR_UNREACHABLE) &&
           (strstr(text, "rror 28 ") || strstr(text, "rrno: 28 "));
}

/* The last occurrence of mark: a user's value, which may contain anything, stands before it. */
static const char *last_after(const char *text, const char *mark)
{
    const char *found = NULL;
    for (const char *at = strstr(text, mark); at; at = strstr(at + 1, mark))
        found = at + strlen(mark);
    return found;
}

/* Copies an identifier up to its closing quote; a doubled quote stands for one. Nothing if it does
 * not end (the server has cut its message) or does not fit. */
static void identifier_copy(char out[CALX_ERROR_NAME_MAX], const char *from, char quote)
{
    size_t length = 0;
    for (; *from && length + 1 < CALX_ERROR_NAME_MAX; from++) {
        if (*from == quote && from[1] == quote)
            from++;
        else if (*from == quote)
            break;
        out[length++] = *from;
    }
    out[*from == quote ? length : 0] = '\0';
}

/* "Duplicate entry 'a' for key 'title'"; MySQL 8 writes 'table.title'. */
static void unique_name(char out[CALX_ERROR_NAME_MAX], const char *text)
{
    const char *name = last_after(text, " for key '");
    if (!name)
        return;
    identifier_copy(out, name, '\'');
    const char *dot = strrchr(out, '.');
    if (dot)
        memmove(out, dot + 1, strlen(dot));
}

/* "Column 'title' cannot be null", "Field 'title' doesn't have a default value": the column stands
 * for the constraint, which has no name. */
static void column_name(char out[CALX_ERROR_NAME_MAX], const char *text)
{
    const char *quote = strchr(text, '\'');
    if (quote)
        identifier_copy(out, quote + 1, '\'');
}

/* "CONSTRAINT `name` …", with ANSI_QUOTES sometimes "CONSTRAINT "name" …"; MySQL 8 writes of a
 * check "Check constraint 'name' …". */
static void constraint_name(char out[CALX_ERROR_NAME_MAX], const char *text)
{
    static const char *const marks[] = {"CONSTRAINT `", "CONSTRAINT \"", "Check constraint '"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *found = strstr(text, marks[i]);
        if (!found)
            continue;
        size_t length = strlen(marks[i]);
        identifier_copy(out, found + length, marks[i][length - 1]);
        return;
    }
}

int calx__mysql_error_set(calx_error *err, unsigned code, const char *sqlstate, const char *text)
{
    calx_error_class class = calx__mysql_error_class(code, sqlstate);
    if (tells_full_disk(class, text))
        class = CALX_ERROR_DISK_FULL;
    if (!err || err->code)
        return class;
    calx_error_set(err, class, "%s", *text ? text : "the client library named no reason");
    err->native_code = (int)code;
    if (strcmp(sqlstate, "00000") != 0)
        snprintf(err->sqlstate, sizeof err->sqlstate, "%s", sqlstate);
    if (class == CALX_ERROR_UNIQUE)
        unique_name(err->constraint, text);
    else if (class == CALX_ERROR_NOT_NULL)
        column_name(err->constraint, text);
    else if (class == CALX_ERROR_FOREIGN_KEY || class == CALX_ERROR_CHECK)
        constraint_name(err->constraint, text);
    return class;
}
