/* catalog_sqlite.c: SQLite's catalogue: pragmas as tables, and the text of the definitions. */
#include "core/dialect/catalog.h"

#include <stddef.h>

#define OWN_TABLES "t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"

/* An INTEGER that is the whole key is the rowid. Ids of foreign keys count down from the last one
 * that was declared. */
const calx__catalog calx__catalog_sqlite = {
    .tables = "SELECT t.name FROM sqlite_master AS t WHERE " OWN_TABLES " ORDER BY t.name",
    .columns =
        "SELECT t.name, c.name, c.type, c.\"notnull\" = 0 AND c.pk = 0, c.dflt_value,"
        " c.pk = 1 AND upper(c.type) = 'INTEGER' AND"
        " (SELECT count(*) FROM pragma_table_info(t.name) AS k WHERE k.pk > 0) = 1,"
        " c.hidden IN (2, 3), NULL"
        " FROM sqlite_master AS t, pragma_table_xinfo(t.name) AS c"
        " WHERE " OWN_TABLES " AND c.hidden <> 1 ORDER BY t.name, c.cid",
    .keys =
        "SELECT table_name, name, is_unique, column_name FROM ("
        "SELECT t.name AS table_name, '' AS name, 0 AS is_unique, c.name AS column_name,"
        " 0 AS mark, c.pk AS place"
        " FROM sqlite_master AS t, pragma_table_info(t.name) AS c"
        " WHERE " OWN_TABLES
        " AND c.pk > 0 UNION ALL "
        "SELECT t.name, l.name, 1, i.name, -l.seq, i.seqno"
        " FROM sqlite_master AS t, pragma_index_list(t.name) AS l,"
        " pragma_index_info(l.name) AS i"
        " WHERE " OWN_TABLES
        " AND l.origin = 'u'"
        ") ORDER BY table_name, is_unique, mark, place",
    .foreign_keys =
        "SELECT t.name, CAST(f.id AS TEXT), f.\"from\", f.\"table\", f.\"to\","
        " f.on_delete, f.on_update"
        " FROM sqlite_master AS t, pragma_foreign_key_list(t.name) AS f"
        " WHERE " OWN_TABLES " ORDER BY t.name, f.id DESC, f.seq",
    .indexes =
        "SELECT t.name, l.name, l.\"unique\", i.name, NULL, NULL"
        " FROM sqlite_master AS t, pragma_index_list(t.name) AS l,"
        " pragma_index_xinfo(l.name) AS i"
        " WHERE " OWN_TABLES
        " AND l.origin = 'c' AND i.\"key\" = 1"
        " ORDER BY t.name, l.name, i.seqno",
    .texts =
        "SELECT t.tbl_name, t.sql, CASE t.type WHEN 'index' THEN t.name END"
        " FROM sqlite_master AS t WHERE t.type IN ('table', 'index') AND t.sql IS NOT NULL"
        " AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.tbl_name, t.name",
    .names_in_text = true,
    .types =
        (const calx__type_word[]){
            {"real", &calx_type_double},
            {"json text", &calx_type_json_document},
            {NULL, NULL},
        },
};
