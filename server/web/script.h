/*
 * script.h: JSON inside an HTML page. Private to the server.
 */
#ifndef CALX_SERVER_WEB_SCRIPT_H
#define CALX_SERVER_WEB_SCRIPT_H

#include <calx/buffer.h>

/*
 * Appends JSON so that it can stand in <script type="application/json">, whatever its strings hold:
 * it means the same, and nothing in it ends the element or changes how it is read (HTML,
 * "restrictions for contents of script elements").
 */
void calx__script_append_json(calx_buffer *out, const calx_buffer *json);

#endif
