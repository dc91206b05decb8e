/* catalog_mysql.c: the catalogue of MySQL and MariaDB: information_schema, of the current database.
 */
#include "core/dialect/catalog.h"

#include <stddef.h>

#define TABLES_AND(name)                                                                           \
    "information_schema.TABLES AS t JOIN information_schema." name                                 \
    " AS x ON x.TABLE_SCHEMA = t.TABLE_SCHEMA AND x.TABLE_NAME = t.TABLE_NAME"

#define OWN_TABLES "t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE'"

/* MariaDB keeps a JSON column as a text with this condition, written with the quotes of the
 * session. Its version comments hide from MySQL, which has the type, what only MariaDB has. */
#define JSON_CONDITIONS(name)                                                                      \
    "(CONCAT('json_valid(`', " name ", '`)'), CONCAT('json_valid(\"', " name ", '\")'))"
#define IS_JSON                                                                                    \
    "j.CONSTRAINT_SCHEMA = x.TABLE_SCHEMA AND j.TABLE_NAME = x.TABLE_NAME AND"                     \
    " j.CHECK_CLAUSE IN " JSON_CONDITIONS("x.COLUMN_NAME")

/* InnoDB's RESTRICT is its NO ACTION: which of the two names is shown depends on the version. */
#define ACTION(column) "COALESCE(NULLIF(" column ", 'RESTRICT'), 'NO ACTION')"

/*
 * A foreign key's index that the database has made by itself has the foreign key's name: it is left
 * out. A unique index and a unique constraint are the same here.
 */
const calx__catalog calx__catalog_mysql = {
    .tables = "SELECT t.TABLE_NAME FROM information_schema.TABLES AS t WHERE " OWN_TABLES
              " ORDER BY t.TABLE_NAME",
    .columns =
        "SELECT x.TABLE_NAME, x.COLUMN_NAME,"
        " /*M!100201 CASE WHEN EXISTS (SELECT 1 FROM information_schema.CHECK_CONSTRAINTS AS j"
        " WHERE " IS_JSON ") THEN 'json' ELSE */ x.COLUMN_TYPE /*M!100201 END */,"
        " x.IS_NULLABLE = 'YES', NULLIF(x.COLUMN_DEFAULT, 'NULL'),"
        " x.EXTRA LIKE '%auto_increment%', COALESCE(x.GENERATION_EXPRESSION, '') <> '', NULL"
        " FROM " TABLES_AND("COLUMNS") " WHERE " OWN_TABLES
        " ORDER BY x.TABLE_NAME, x.ORDINAL_POSITION",
    .keys = "SELECT x.TABLE_NAME, x.CONSTRAINT_NAME, x.CONSTRAINT_TYPE = 'UNIQUE', k.COLUMN_NAME"
            " FROM " TABLES_AND("TABLE_CONSTRAINTS")
            " JOIN information_schema.KEY_COLUMN_USAGE AS k ON k.TABLE_SCHEMA = x.TABLE_SCHEMA"
            " AND k.TABLE_NAME = x.TABLE_NAME AND k.CONSTRAINT_NAME = x.CONSTRAINT_NAME"
            " WHERE " OWN_TABLES " AND x.CONSTRAINT_TYPE IN ('PRIMARY KEY', 'UNIQUE')"
            " ORDER BY x.TABLE_NAME, 3, x.CONSTRAINT_NAME, k.ORDINAL_POSITION",
    .foreign_keys =
        "SELECT x.TABLE_NAME, x.CONSTRAINT_NAME, x.COLUMN_NAME, x.REFERENCED_TABLE_NAME,"
        " x.REFERENCED_COLUMN_NAME, " ACTION("r.DELETE_RULE") ", " ACTION("r.UPDATE_RULE")
        " FROM " TABLES_AND("KEY_COLUMN_USAGE")
        " JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r"
        " ON r.CONSTRAINT_SCHEMA = x.CONSTRAINT_SCHEMA AND r.TABLE_NAME = x.TABLE_NAME"
        " AND r.CONSTRAINT_NAME = x.CONSTRAINT_NAME"
        " WHERE " OWN_TABLES " AND x.REFERENCED_TABLE_NAME IS NOT NULL"
        " ORDER BY x.TABLE_NAME, x.CONSTRAINT_NAME, x.ORDINAL_POSITION",
    .checks = "SELECT x.TABLE_NAME, x.CONSTRAINT_NAME, c.CHECK_CLAUSE"
              " FROM " TABLES_AND("TABLE_CONSTRAINTS")
              " JOIN information_schema.CHECK_CONSTRAINTS AS c"
              " ON c.CONSTRAINT_SCHEMA = x.CONSTRAINT_SCHEMA"
              " AND c.CONSTRAINT_NAME = x.CONSTRAINT_NAME"
              " /*M!100201 AND c.TABLE_NAME = x.TABLE_NAME */"
              " WHERE " OWN_TABLES " AND x.CONSTRAINT_TYPE = 'CHECK'"
              " /*M!100201 AND c.CHECK_CLAUSE NOT IN " JSON_CONDITIONS("x.CONSTRAINT_NAME") " */"
              " ORDER BY x.TABLE_NAME, x.CONSTRAINT_NAME",
    .indexes = "SELECT x.TABLE_NAME, x.INDEX_NAME, x.NON_UNIQUE = 0, x.COLUMN_NAME, NULL, NULL"
               " FROM " TABLES_AND("STATISTICS") " WHERE " OWN_TABLES
               " AND NOT EXISTS (SELECT 1 FROM information_schema.TABLE_CONSTRAINTS AS k"
               " WHERE k.TABLE_SCHEMA = x.TABLE_SCHEMA AND k.TABLE_NAME = x.TABLE_NAME"
               " AND k.CONSTRAINT_NAME = x.INDEX_NAME)"
               " ORDER BY x.TABLE_NAME, x.INDEX_NAME, x.SEQ_IN_INDEX",
    .types =
        (const calx__type_word[]){
            {NULL, NULL},
        },
};
