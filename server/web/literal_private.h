/* literal_private.h: what the parts of the reader of literals share. */
#ifndef CALX_SERVER_WEB_LITERAL_PRIVATE_H
#define CALX_SERVER_WEB_LITERAL_PRIVATE_H

#include "server/web/literal.h"

/* True if a text begins here: a quote, maybe after a prefix that is supported. */
bool calx__literal_text_begins(const calx_literal_reader *reader);

/* Appends one text, from its prefix to its closing quote. False on failure. */
bool calx__literal_read_text(calx_literal_reader *reader, calx_buffer *out);

/* True if a number begins here. */
bool calx__literal_number_begins(const calx_literal_reader *reader);

/* NULL on failure. */
json_t *calx__literal_read_number(calx_literal_reader *reader);

#endif
