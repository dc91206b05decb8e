/* inspect_enum.c: the enumerations of a reflected schema. */
#include <string.h>

#include "server/cli/inspect.h"

/* One that has no name in the database is called after its table and column. */
char *calx__cli_enum_name(const calx__cli_writer *to, const calx__cli_names *names,
                          const calx_reflected_column *column)
{
    char *words = column->enumeration
                      ? calx_arena_format(to->arena, "%s", column->enumeration)
                      : calx_arena_format(to->arena, "%s %s", names->model, column->name);
    char *name = words ? calx__cli_camel(words, to->arena) : NULL;
    for (size_t i = 0; name && i < to->all->table_count; i++)
        if (strcmp(to->names[i].model, name) == 0)
            return calx_arena_format(to->arena, "%s_value", name);
    return name;
}

static bool label_is_taken(const char *const *taken, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(taken[i], name) == 0)
            return true;
    return false;
}

static void write_labels(const calx__cli_writer *to, const calx_reflected_column *column)
{
    const char **names = calx_arena_alloc(to->arena, (column->label_count + 1) * sizeof(*names));
    for (size_t i = 0; names && i < column->label_count; i++) {
        names[i] = calx__cli_capitals(column->labels[i], to->arena);
        if (names[i] && label_is_taken(names, i, names[i]))
            names[i] = calx_arena_format(to->arena, "%s_%zu", names[i], i + 1);
        if (!names[i])
            return;
        fprintf(to->out, " \\\n    VALUE(Enum, %s, ", names[i]);
        calx__cli_write_string(to->out, column->labels[i]);
        fputs(")", to->out);
    }
}

static void write_enumeration(const calx__cli_writer *to, const calx__cli_names *names,
                              const calx_reflected_column *column, const char *name)
{
    const char *list = calx__cli_capitals(name, to->arena);
    const char *sql = column->enumeration
                          ? column->enumeration
                          : calx_arena_format(to->arena, "%s_%s", names->table->name, column->name);
    if (!list || !sql)
        return;
    fprintf(to->out, "\n#define %s_VALUES(VALUE, Enum)", list);
    write_labels(to, column);
    fprintf(to->out, "\n\nCALX_ENUM_DECLARE(%s, %s_VALUES)\nCALX_ENUM_DEFINE(%s, ", name, list,
            name);
    calx__cli_write_string(to->out, sql);
    fprintf(to->out, ", %s_VALUES)\n", list);
}

/* Several columns may share one. */
void calx__cli_write_enumerations(const calx__cli_writer *to)
{
    const char **written = NULL;
    size_t count = 0;
    for (size_t i = 0; i < to->all->table_count; i++) {
        const calx_reflected_table *table = &to->all->tables[i];
        for (size_t j = 0; j < table->column_count; j++) {
            const calx_reflected_column *column = &table->columns[j];
            const char *name = column->type == &calx_type_enum
                                   ? calx__cli_enum_name(to, &to->names[i], column)
                                   : NULL;
            if (!name || label_is_taken(written, count, name))
                continue;
            write_enumeration(to, &to->names[i], column, name);
            const char **more = calx_arena_alloc(to->arena, (count + 1) * sizeof(*more));
            if (!more)
                return;
            if (count > 0)
                memcpy(more, written, count * sizeof(*more));
            more[count++] = name;
            written = more;
        }
    }
}
