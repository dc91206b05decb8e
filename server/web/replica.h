/* replica.h: requests that may read on the replica. Private to the server. */
#ifndef CALX_SERVER_WEB_REPLICA_H
#define CALX_SERVER_WEB_REPLICA_H

#include "server/web/request.h"

/* What the request's session is opened on: the replica where the route asks for it, and it has come
 * as far as the client's last write. */
calx_engine *calx__request_engine(calx_request *request);

/* Has the replica failed this request, so that it is to be run again on the database itself? */
bool calx__request_leaves_replica(calx_request *request);

/* After a request that may have written: tells the client how far the database has come. Its
 * session has ended. */
void calx__request_answer_position(calx_request *request);

#endif
