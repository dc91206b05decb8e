/* inspect_constraint.c: the constraints of a reflected table, as the second list of its model. */
#include <string.h>

#include "server/cli/inspect.h"

static void write_unique(const calx__cli_writer *to, const char **columns, size_t count)
{
    fputs(" \\\n    CONSTRAINT(Model, UNIQUE(", to->out);
    calx__cli_write_columns(to, to->own, columns, count);
    fputs("))", to->out);
}

static void write_foreign_key(const calx__cli_writer *to, const calx_reflected_foreign_key *key)
{
    const calx__cli_names *other = calx__cli_referred(to, key);
    if (!other) {
        calx__cli_write_remark(to, "FOREIGN KEY", key->name, "models have no such reference");
        return;
    }
    fprintf(to->out, " \\\n    CONSTRAINT(Model, FOREIGN_KEY_OF(%s, (", other->model);
    calx__cli_write_columns(to, to->own, key->columns, key->column_count);
    fputs("), (", to->out);
    calx__cli_write_columns(to, other, key->referred_columns, key->column_count);
    fputs(")", to->out);
    calx__cli_write_action(to, "ON_DELETE", key->on_delete);
    calx__cli_write_action(to, "ON_UPDATE", key->on_update);
    fputs("))", to->out);
}

static void write_check(const calx__cli_writer *to, size_t place)
{
    const calx_reflected_table *table = to->own->table;
    const calx_reflected_check *check = &table->checks[place];
    if (check->name)
        fprintf(to->out, " \\\n    CONSTRAINT(Model, CHECK(%s, ",
                calx__cli_chosen_name("ck", table->name, check->name, to->arena));
    else
        fprintf(to->out, " \\\n    CONSTRAINT(Model, CHECK(check_%zu, ", place + 1);
    calx__cli_write_string(to->out, check->sql);
    fputs("))", to->out);
}

static void write_expressions(const calx__cli_writer *to, const calx_reflected_index *index)
{
    calx_buffer text = {0};
    for (size_t i = 0; i < index->column_count; i++) {
        calx_buffer_append_string(&text, i == 0 ? "" : ", ");
        calx_buffer_append_string(&text,
                                  index->columns[i] ? index->columns[i] : index->expressions[i]);
    }
    calx_buffer_append(&text, "", 1);
    if (!text.failed)
        calx__cli_write_string(to->out, text.data);
    calx_buffer_finish(&text);
}

static void write_index(const calx__cli_writer *to, const calx_reflected_index *index)
{
    const char *name = calx__cli_chosen_name("ix", to->own->table->name, index->name, to->arena);
    const char *word = index->unique ? "UNIQUE" : "INDEX";
    bool plain = calx__cli_is_plain(index);
    bool on_expression = !plain && !index->where;
    for (size_t i = 0; i < index->column_count; i++)
        if (!index->columns[i] && index->where) {
            calx__cli_write_remark(to, "INDEX", index->name,
                                   "models have no partial index on an expression");
            return;
        }
    fprintf(to->out, " \\\n    CONSTRAINT(Model, %s", word);
    if (plain) {
        fputc('(', to->out);
    } else if (on_expression) {
        fprintf(to->out, "_ON(%s, ", name);
        write_expressions(to, index);
    } else {
        fprintf(to->out, "_WHERE(%s, ", name);
        calx__cli_write_string(to->out, index->where);
        fputs(", ", to->out);
    }
    if (!on_expression)
        calx__cli_write_columns(to, to->own, index->columns, index->column_count);
    fputs("))", to->out);
}

static void write_indexes(const calx__cli_writer *to)
{
    const calx_reflected_table *table = to->own->table;
    for (size_t i = 0; i < table->index_count; i++) {
        const calx_reflected_index *index = &table->indexes[i];
        if (!calx__cli_is_option(index))
            write_index(to, index);
    }
}

void calx__cli_write_constraints(const calx__cli_writer *to)
{
    const calx_reflected_table *table = to->own->table;
    for (size_t i = 0; i < table->unique_count; i++)
        if (table->uniques[i].column_count > 1)
            write_unique(to, table->uniques[i].columns, table->uniques[i].column_count);
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        const calx_reflected_foreign_key *key = &table->foreign_keys[i];
        if (calx__cli_reference_of(to, key->columns[0]) != key)
            write_foreign_key(to, key);
    }
    for (size_t i = 0; i < table->check_count; i++)
        write_check(to, i);
    write_indexes(to);
}

/* More than what the options of columns say. */
bool calx__cli_has_constraints(const calx__cli_writer *to)
{
    const calx_reflected_table *table = to->own->table;
    for (size_t i = 0; i < table->unique_count; i++)
        if (table->uniques[i].column_count > 1)
            return true;
    for (size_t i = 0; i < table->foreign_key_count; i++)
        if (calx__cli_reference_of(to, table->foreign_keys[i].columns[0]) !=
            &table->foreign_keys[i])
            return true;
    for (size_t i = 0; i < table->index_count; i++)
        if (!calx__cli_is_option(&table->indexes[i]))
            return true;
    return table->check_count > 0;
}
