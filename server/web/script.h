/*
 * script.h: JSON inside an HTML page. Private to the server.
 */
#ifndef CALX_SERVER_WEB_SCRIPT_H
#define CALX_SERVER_WEB_SCRIPT_H

#include <calx/buffer.h>

/*
 * Changes the JSON that out has from there on so that it can stand in <script
 * type="application/json">, whatever its strings hold: it means the same, and nothing in it ends
 * the element or changes how it is read (HTML, "restrictions for contents of script elements").
 */
void calx__script_make_safe(calx_buffer *out, size_t from);

#endif
