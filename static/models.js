/*
 * The todos, and how they reach the server: one request at a time for each todo, carrying only what
 * differs from what the server is known to hold. What could not be saved stays until it can be.
 */

const COLUMNS = ['id', 'title', 'order', 'completed'];
const ORDER_MAX = 2147483647; // the column is a 32 bit integer
const REQUEST_TIMEOUT_MS = 30000;

/* The server's own words when it has sent some. */
function failureReason(xhr) {
    if (xhr.responseJSON && _.isString(xhr.responseJSON.message)) {
        return xhr.responseJSON.message;
    }
    if (xhr.statusText === 'timeout') {
        return 'the server has not answered in time';
    }
    if (xhr.status === 0) {
        return 'the server cannot be reached';
    }
    return `the server’s answer was ${xhr.status}`;
}

export const Todo = Backbone.Model.extend({
    defaults: {title: '', completed: false},

    preinitialize() {
        this.stored = {}; // the server's values; one whose fate is unknown is absent
        this.busy = false; // a request is on its way
        this.doomed = false; // to be deleted
        this.failure = null; // why the last request failed, a sentence
    },

    isCompleted() {
        return Boolean(this.get('completed')); // null means not completed
    },

    /* Takes the values at once and sends them as soon as no other request is on its way. */
    change(values) {
        this.doomed = false;
        this.set(values);
        this.flush();
    },

    remove() {
        this.doomed = true;
        this.flush();
    },

    isSaved() {
        return !this.busy && !this.failure;
    },

    flush() {
        if (this.busy) {
            return;
        }
        const changes = _.pick(this.attributes, (value, name) => value !== this.stored[name]);
        if (this.doomed) {
            this.sendDelete();
        } else if (!_.isEmpty(changes)) {
            this.sendChanges(changes);
        }
    },

    begin() {
        this.busy = true;
        this.failure = null;
        this.trigger('state', this);
    },

    sendDelete() {
        this.begin(); // one that the server has never had is destroyed without a request
        this.destroy({
            wait: true,
            timeout: REQUEST_TIMEOUT_MS,
            error: (model, xhr) => this.fail(failureReason(xhr)),
        });
    },

    sendChanges(changes) {
        this.begin();
        this.save(null, {
            patch: true, // a new todo is posted all the same
            attrs: changes,
            sent: _.clone(this.attributes),
            timeout: REQUEST_TIMEOUT_MS,
            success: () => this.settle(),
            error: (model, xhr) => this.failChanges(changes, xhr),
        });
    },

    /* Values that the user has changed while the request was on its way win over the answer's. */
    parse(response, options) {
        this.stored = _.pick(response, COLUMNS);
        return _.pick(this.stored, (value, name) =>
            !options.sent || this.get(name) === options.sent[name]);
    },

    settle() {
        this.busy = false;
        this.trigger('state', this);
        this.flush();
    },

    failChanges(changes, xhr) {
        let reason = failureReason(xhr);

        if (xhr.status === 404 && !this.isNew()) {
            this.unset('id');
            this.stored = {};
            reason = 'it has been deleted elsewhere; Retry adds it again';
        }
        this.stored = _.omit(this.stored, _.keys(changes)); // they may have arrived
        this.fail(reason);
    },

    fail(reason) {
        this.busy = false;
        this.failure = reason;
        this.trigger('state', this);
        if (this.doomed && this.isNew()) {
            this.flush(); // nothing to delete on the server
        }
    },
});

export const Todos = Backbone.Collection.extend({
    model: Todo,
    url: '/todos/',

    /* Not by id: SQLite gives the id of a deleted todo to a new one, whose answer may come first. */
    modelId() {
        return undefined;
    },

    /* By order, then id. Without an order comes first, so that a new todo is always the last. */
    comparator(a, b) {
        const key = todo => [todo.get('order') ?? -Infinity, todo.id ?? Infinity];
        const [orderA, idA] = key(a);
        const [orderB, idB] = key(b);

        if (orderA !== orderB) {
            return orderA < orderB ? -1 : 1;
        }
        return idA === idB ? 0 : idA < idB ? -1 : 1;
    },

    append(title) {
        const todo = this.add({title, order: this.nextOrder(), completed: false});

        todo.flush();
    },

    nextOrder() {
        const last = this.isEmpty() ? 0 : this.last().get('order') ?? 0;

        return Math.min(last + 1, ORDER_MAX);
    },

    completed() {
        return this.filter(todo => todo.isCompleted());
    },

    active() {
        return this.reject(todo => todo.isCompleted());
    },

    failed() {
        return this.filter(todo => todo.failure);
    },
});
