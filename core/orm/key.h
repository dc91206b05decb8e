/*
 * key.h: the primary key of a model, of one column or several, as values: one for each of its
 * columns, in their order. Private to core.
 */
#ifndef CALX_CORE_ORM_KEY_H
#define CALX_CORE_ORM_KEY_H

#include <calx/model.h>
#include <calx/value.h>

/* Of a record; the values lend their bytes from it. Room for the key's columns. */
void calx__key_of_record(const calx_model *model, const void *record, calx_value *out);

/* What a foreign key of the record refers to, as the other model's key. False: to nothing, or to
 * something else that is unique. */
bool calx__key_referred(const calx_model *model, const calx_foreign_key *key, const void *record,
                        calx_value *out);

/* Of a row with all columns of the model. What the database stores in another form than the type's
 * own (a UUID as text) is in that form here. */
void calx__key_of_row(const calx_model *model, const calx_value *row, calx_value *out);

/* The columns of the key, as bits; those of a foreign key. */
uint64_t calx__key_bits(const calx_model *model);
uint64_t calx__foreign_key_bits(const calx_foreign_key *key);

uint32_t calx__key_hash(const calx_model *model, const calx_value *key);

/* Negative, 0 or positive; values that are NULL are equal to each other. */
int calx__key_compare(const calx_model *model, const calx_value *a, const calx_value *b);

#endif
