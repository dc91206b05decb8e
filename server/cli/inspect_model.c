/* inspect_model.c: a reflected schema as models: lists of columns, lists of constraints. */
#include <string.h>

#include "server/cli/inspect.h"

#define LENGTH_MAX 16383 /* characters of a STRING in a model; a longer one is a TEXT */

static const char *const type_words[] = {
#define WORD(name, lower) [CALX_TYPE_##name] = #name,
    CALX_TYPES(WORD)
#undef WORD
};

/* ---- Pieces ---- */

/* A C string. */
void calx__cli_write_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        if (*text == '\n')
            fputs("\\n", out);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

/* Inside of a comment. */
static void write_comment(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        fputc(text[0] == '*' && text[1] == '/' ? '|' : *text == '\n' ? ' ' : *text, out);
}

/* What a model cannot say. */
void calx__cli_write_remark(const calx__cli_writer *to, const char *kind, const char *name,
                            const char *reason)
{
    fprintf(to->out, " \\\n    /* %s %s: ", kind, name ? name : "");
    write_comment(to->out, reason);
    fprintf(to->out, " */");
}

void calx__cli_write_action(const calx__cli_writer *to, const char *option, const char *action)
{
    if (strcmp(action, "NO ACTION") == 0)
        return;
    fprintf(to->out, ", %s(%s)", option, strcmp(action, "SET NULL") == 0 ? "SET_NULL" : action);
}

/* "a, b" in C. */
void calx__cli_write_columns(const calx__cli_writer *to, const calx__cli_names *names,
                             const char **columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = calx__cli_name_of_column(names, columns[i]);
        fprintf(to->out, "%s%s", i == 0 ? "" : ", ", name ? name : columns[i]);
    }
}

/* ---- What goes with a column ---- */

static bool is_alone(const char *const *columns, size_t count, const char *column)
{
    return count == 1 && columns[0] && strcmp(columns[0], column) == 0;
}

static bool in_key(const calx_reflected_table *table, const char *column)
{
    for (size_t i = 0; i < table->primary_key.column_count; i++)
        if (strcmp(table->primary_key.columns[i], column) == 0)
            return true;
    return false;
}

static bool is_unique(const calx_reflected_table *table, const char *column)
{
    for (size_t i = 0; i < table->unique_count; i++)
        if (is_alone(table->uniques[i].columns, table->uniques[i].column_count, column))
            return true;
    return false;
}

/* An index that the option of a column, or a list of columns, says wholly. */
bool calx__cli_is_plain(const calx_reflected_index *index)
{
    for (size_t i = 0; i < index->column_count; i++)
        if (!index->columns[i])
            return false;
    return !index->where;
}

/* Does the option INDEX of its column say all of it? */
bool calx__cli_is_option(const calx_reflected_index *index)
{
    return !index->unique && calx__cli_is_plain(index) && index->column_count == 1;
}

static bool is_indexed(const calx_reflected_table *table, const char *column)
{
    for (size_t i = 0; i < table->index_count; i++) {
        const calx_reflected_index *index = &table->indexes[i];
        if (calx__cli_is_option(index) && strcmp(index->columns[0], column) == 0)
            return true;
    }
    return false;
}

/* Its action SET DEFAULT, and tables elsewhere, are unknown to models. */
const calx__cli_names *calx__cli_referred(const calx__cli_writer *to,
                                          const calx_reflected_foreign_key *key)
{
    if (strcmp(key->on_delete, "SET DEFAULT") == 0 || strcmp(key->on_update, "SET DEFAULT") == 0)
        return NULL;
    return calx__cli_names_of_table(to->names, to->all->table_count, key->referred_table);
}

/* The first one that is of this column alone: a column has one reference. */
const calx_reflected_foreign_key *calx__cli_reference_of(const calx__cli_writer *to,
                                                         const char *column)
{
    const calx_reflected_table *table = to->own->table;
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        const calx_reflected_foreign_key *key = &table->foreign_keys[i];
        if (is_alone(key->columns, key->column_count, column) && calx__cli_referred(to, key))
            return key;
    }
    return NULL;
}

static void write_reference(const calx__cli_writer *to, const calx_reflected_foreign_key *key)
{
    const calx__cli_names *other = calx__cli_referred(to, key);
    fprintf(to->out, ", FOREIGN_KEY(%s, ", other->model);
    calx__cli_write_columns(to, other, key->referred_columns, 1);
    calx__cli_write_action(to, "ON_DELETE", key->on_delete);
    calx__cli_write_action(to, "ON_UPDATE", key->on_update);
    fputc(')', to->out);
}

static void write_server_default(const calx__cli_writer *to, const calx_reflected_column *column)
{
    fputs(", SERVER_DEFAULT(", to->out);
    calx__cli_write_string(to->out,
                           column->defaults_to_now ? "CURRENT_TIMESTAMP" : column->server_default);
    fputc(')', to->out);
}

/* ---- Columns ---- */

static bool is_text(const calx_reflected_column *column)
{
    return column->type == &calx_type_string && column->length > LENGTH_MAX;
}

/* Does a column that refers to this one have the type? SQLite has one name for generated keys of
 * any size, and the others have to agree. */
static bool is_referred_as(const calx__cli_writer *to, const char *column, const calx_type *type)
{
    for (size_t i = 0; i < to->all->table_count; i++) {
        const calx_reflected_table *table = &to->all->tables[i];
        for (size_t j = 0; j < table->foreign_key_count; j++) {
            const calx_reflected_foreign_key *key = &table->foreign_keys[j];
            if (strcmp(key->referred_table, to->own->table->name) == 0 &&
                is_alone(key->referred_columns, key->column_count, column) &&
                calx_reflected_table_column(table, key->columns[0])->type == type)
                return true;
        }
    }
    return false;
}

static const calx_type *type_of(const calx__cli_writer *to, const calx_reflected_column *column)
{
    if (is_text(column))
        return &calx_type_text;
    if (column->generated && column->type == &calx_type_integer &&
        is_referred_as(to, column->name, &calx_type_big_integer))
        return &calx_type_big_integer;
    return column->type;
}

static const char *null_of(const calx_reflected_column *column)
{
    return column->nullable ? "_OR_NULL" : "";
}

static void write_type(const calx__cli_writer *to, const calx_reflected_column *column)
{
    fprintf(to->out, "%s%s", type_words[type_of(to, column)->id], null_of(column));
    if (column->type == &calx_type_numeric)
        fprintf(to->out, "(%u, %u)", column->precision, column->scale);
    if (column->type == &calx_type_array)
        fprintf(to->out, "(%s)", type_words[column->item->id]);
    if (column->type == &calx_type_enum)
        fprintf(to->out, "(%s)", calx__cli_enum_name(to, to->own, column));
}

/* What an array's items cannot be, or cannot be without more than its word. */
static bool is_no_item(const calx_type *type)
{
    return type == &calx_type_large_binary || type == &calx_type_interval ||
           type == &calx_type_json_document || type == &calx_type_enum ||
           type == &calx_type_numeric || type == &calx_type_hstore;
}

/* NULL: a model can have the column. */
static const char *problem_of(const calx_reflected_column *column)
{
    if (column->computed)
        return "it is computed by the database";
    if (!column->type)
        return "no type of calx is stored so";
    if (column->type == &calx_type_array && is_no_item(column->item))
        return "models have no such array";
    if (column->type == &calx_type_numeric && column->precision == 0)
        return "a NUMERIC without precision";
    return NULL;
}

static void write_column(const calx__cli_writer *to, size_t place)
{
    const calx_reflected_table *table = to->own->table;
    const calx_reflected_column *column = &table->columns[place];
    const calx__cli_name *name = &to->own->columns[place];
    if (problem_of(column)) {
        calx__cli_write_remark(to, column->type_text, column->name, problem_of(column));
        return;
    }
    fputs(" \\\n    COLUMN(Model, ", to->out);
    write_type(to, column);
    fprintf(to->out, ", %s", name->c);
    if (in_key(table, column->name))
        fputs(", PRIMARY_KEY", to->out);
    if (is_unique(table, column->name))
        fputs(", UNIQUE", to->out);
    if (is_indexed(table, column->name))
        fputs(", INDEX", to->out);
    if (calx__cli_reference_of(to, column->name))
        write_reference(to, calx__cli_reference_of(to, column->name));
    if (column->length > 0 && !is_text(column))
        fprintf(to->out, ", LENGTH(%u)", column->length);
    if (column->timezone)
        fputs(", TIMEZONE", to->out);
    if (column->server_default)
        write_server_default(to, column);
    if (strcmp(name->c, name->sql) != 0) {
        fputs(", NAME(", to->out);
        calx__cli_write_string(to->out, name->sql);
        fputc(')', to->out);
    }
    fputc(')', to->out);
}

/* ---- The file ---- */

static void write_table(const calx__cli_writer *to)
{
    const calx_reflected_table *table = to->own->table;
    fprintf(to->out, "\n#define %s(COLUMN, Model)", to->own->list);
    if (table->primary_key.column_count == 0)
        calx__cli_write_remark(to, "PRIMARY KEY", NULL, "there is none, but a model needs one");
    for (size_t i = 0; i < table->column_count; i++)
        write_column(to, i);
    fputs("\n", to->out);
    if (calx__cli_has_constraints(to)) {
        fprintf(to->out, "\n#define %s_TABLE(CONSTRAINT, Model)", to->own->list);
        calx__cli_write_constraints(to);
        fputs("\n", to->out);
    }
}

static void write_definition(const calx__cli_writer *to)
{
    fprintf(to->out, "CALX_MODEL_DEFINE(%s, ", to->own->model);
    calx__cli_write_string(to->out, to->own->table->name);
    fprintf(to->out, ", %s", to->own->list);
    if (calx__cli_has_constraints(to))
        fprintf(to->out, ", TABLE(%s_TABLE)", to->own->list);
    fputs(")\n", to->out);
}

bool calx__cli_write_models(FILE *out, const calx_reflection *all)
{
    calx_arena arena = {0};
    calx__cli_writer to = {.out = out, .all = all, .arena = &arena};
    to.names = calx__cli_names_make(all, &arena);
    if (to.names) {
        fputs(
            "/* The tables as they were found. An option JSON lets a column out and in. */\n"
            "#include <calx/calx.h>\n",
            out);
        calx__cli_write_enumerations(&to);
        for (size_t i = 0; i < all->table_count; i++) {
            to.own = &to.names[i];
            write_table(&to);
        }
        fputs("\n", out);
        for (size_t i = 0; i < all->table_count; i++)
            fprintf(out, "CALX_MODEL_DECLARE(%s, %s)\n", to.names[i].model, to.names[i].list);
        fputs("\n", out);
        for (size_t i = 0; i < all->table_count; i++) {
            to.own = &to.names[i];
            write_definition(&to);
        }
    }
    bool complete = to.names && !arena.failed;
    calx_arena_finish(&arena);
    return complete;
}
