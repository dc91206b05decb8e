/* orders.c: an application whose handlers do what handlers may do, and what they should not: what
 * the HTTP tests of Idempotency-Key serve. */
#include <signal.h>
#include <unistd.h>

#include <calx/calx.h>
#include <calx/server.h>

#define ORDER(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, item, JSON, LENGTH(200))

/* Whose key the client makes. */
#define PAYMENT(COLUMN, Model)                                                                     \
    COLUMN(Model, UUID, id, PRIMARY_KEY)                                                           \
    COLUMN(Model, INTEGER, amount, JSON)

CALX_MODEL_DECLARE(Order, ORDER)
CALX_MODEL_DEFINE(Order, "orders", ORDER)
CALX_MODEL_DECLARE(Payment, PAYMENT)
CALX_MODEL_DEFINE(Payment, "payments", PAYMENT)

static Order *order_of(calx_request *request)
{
    Order *order = Order_new(calx_request_session(request));
    calx_request_read_json(request, order);
    return order;
}

static void order_create(calx_request *request)
{
    Order *order = order_of(request);
    calx_request_commit(request);
    calx_reply(request, order);
}

static void order_update(calx_request *request)
{
    Order *order = calx_get_or_404(request, Order, calx_request_int(request, "id"));
    calx_request_read_json(request, order);
    calx_request_commit(request);
    calx_reply(request, order);
}

/* Two commits, and a change that nobody commits. */
static void order_twice(calx_request *request)
{
    Order *first = order_of(request);
    calx_request_commit(request);
    Order *second = Order_new(calx_request_session(request));
    second->item = calx_text_of("another");
    calx_request_commit(request);
    first->item = calx_text_of("never stored");
    calx_reply(request, second);
}

static void order_forgotten(calx_request *request)
{
    Order *order = order_of(request);
    calx_session_flush(calx_request_session(request));
    calx_reply(request, order);
}

/* Behind its commit: nothing tells one from the other in a transaction. */
static void order_behind(calx_request *request)
{
    Order *order = order_of(request);
    calx_request_commit(request);
    order->item = calx_text_of("behind");
    calx_session_flush(calx_request_session(request));
    calx_reply(request, order);
}

static void order_rolled_back(calx_request *request)
{
    Order *order = order_of(request);
    calx_session_flush(calx_request_session(request));
    calx_session_rollback(calx_request_session(request));
    order = Order_new(calx_request_session(request));
    order->item = calx_text_of("instead");
    calx_request_commit(request);
    calx_reply(request, order);
}

static void order_serializable(calx_request *request)
{
    calx_session_set_isolation(calx_request_session(request), CALX_ISOLATION_SERIALIZABLE);
    calx_count(calx_request_query(request, Order));
    order_create(request);
}

static void add(calx_session *session, void *context)
{
    (void)context;
    Order_new(session)->item = calx_text_of("elsewhere");
}

static void order_elsewhere(calx_request *request)
{
    calx_error err = {0};
    if (calx_session_run(calx_session_engine(calx_request_session(request)), CALX_NO_DEADLINE, add,
                         NULL, &err) < 0)
        calx_request_fail(request, 500, "%s", err.message);
    calx_reply_empty(request);
}

static void die(void *context, calx_session *session, calx_session_event event, void *object)
{
    (void)context;
    (void)session;
    (void)object;
    if (event == CALX_SESSION_AFTER_COMMIT)
        kill(getpid(), SIGKILL);
}

/* The process ends between commit and answer. */
static void order_fatal(calx_request *request)
{
    calx_session_listen(calx_request_session(request), die, NULL);
    order_create(request);
}

static void order_failing(calx_request *request)
{
    order_of(request);
    calx_session_flush(calx_request_session(request));
    calx_request_fail(request, (int)calx_request_int(request, "status"), "as it was asked for");
}

static void order_large(calx_request *request)
{
    static char item[200];
    for (size_t i = 0; i < sizeof item; i++)
        item[i] = 'x';
    for (int i = 0; i < 6000; i++)
        Order_new(calx_request_session(request))->item = (calx_text){item, sizeof item};
    calx_request_commit(request);
    calx_reply_all(request, calx_request_query(request, Order));
}

static void order_list(calx_request *request)
{
    calx_reply_all(request, calx_order_by(calx_request_query(request, Order), Order_.id));
}

/* PUT /payments/<key>/<key>: the two halves of its UUID. */
static void payment_create(calx_request *request)
{
    Payment *payment = Payment_new(calx_request_session(request));
    uint64_t halves[] = {(uint64_t)calx_request_int(request, "high"),
                         (uint64_t)calx_request_int(request, "low")};
    for (size_t i = 0; i < sizeof payment->id.bytes; i++)
        payment->id.bytes[i] = (unsigned char)(halves[i / 8] >> (56 - i % 8 * 8));
    calx_request_read_json(request, payment);
    calx_request_commit(request);
    calx_reply(request, payment);
}

int main(int argc, char **argv)
{
    calx_app *app = calx_app_create("orders", NULL, NULL);

    calx_app_model(app, &Order_model);
    calx_app_model(app, &Payment_model);
    calx_app_route(app, "GET", "/orders/", order_list);
    calx_app_route(app, "POST", "/orders/", order_create);
    calx_app_route_repeatable(app, "POST", "/repeatable/", order_create);
    calx_app_route_repeatable(app, "PUT PATCH", "/orders/<int:id>", order_update);
    calx_app_route(app, "POST", "/twice/", order_twice);
    calx_app_route(app, "POST", "/forgotten/", order_forgotten);
    calx_app_route(app, "POST", "/behind/", order_behind);
    calx_app_route(app, "POST", "/rolled-back/", order_rolled_back);
    calx_app_route_repeatable(app, "POST", "/serializable/", order_serializable);
    calx_app_route(app, "POST", "/elsewhere/", order_elsewhere);
    calx_app_route(app, "POST", "/fatal/", order_fatal);
    calx_app_route(app, "POST", "/failing/<int:status>", order_failing);
    calx_app_route(app, "POST", "/large/", order_large);
    calx_app_route(app, "PUT", "/payments/<int:high>/<int:low>", payment_create);
    return calx_app_main(app, argc, argv);
}
