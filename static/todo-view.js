/*
 * One row of the list. Its elements are made once, from the page's template, and only ever written
 * through textContent and properties: no title can become markup, and no answer disturbs an edit.
 */

export const UNTITLED = 'Untitled';

/* Enter and Escape also end a composition (Chinese, Japanese …): those are not ours. */
export function isKey(event, key) {
    return event.key === key && !event.originalEvent.isComposing;
}

export const TodoView = Backbone.View.extend({
    el() {
        const template = document.getElementById('todo-template');

        // Not cloneNode: jQuery listens for "blur" on the document that owns the element.
        return document.importNode(template.content.firstElementChild, true);
    },

    events: {
        'change .toggle': 'toggle',
        'dblclick label': 'edit',
        'click .rename': 'edit',
        'click .destroy': 'destroy',
        'click .retry': 'retry',
        'keydown .view': 'viewKey',
        'keydown .edit': 'editKey',
        'blur .edit': 'save',
    },

    initialize() {
        const find = selector => this.el.querySelector(selector);

        this.toggleBox = find('.toggle');
        this.label = find('label');
        this.renameButton = find('.rename');
        this.destroyButton = find('.destroy');
        this.input = find('.edit');
        this.failure = find('.failure');
        this.reason = find('.reason');
        this.retryButton = find('.retry');
        this.label.id = `title-${this.model.cid}`;
        this.toggleBox.setAttribute('aria-labelledby', this.label.id);
        this.listenTo(this.model, 'change state', this.render);
        this.listenTo(this.model, 'destroy', this.leave);
    },

    render() {
        const {busy, doomed, failure} = this.model;
        const completed = this.model.isCompleted();
        const title = this.model.get('title') || UNTITLED;
        const reason = failure ? `${doomed ? 'Not deleted' : 'Not saved'}: ${failure}` : '';

        this.el.classList.toggle('completed', completed);
        this.el.classList.toggle('failed', Boolean(failure));
        this.el.setAttribute('aria-busy', String(busy));
        this.toggleBox.checked = completed;
        this.label.textContent = title;
        this.renameButton.setAttribute('aria-label', `Edit ${title}`);
        this.destroyButton.setAttribute('aria-label', `Delete ${title}`);
        this.input.setAttribute('aria-label', `New title of ${title}`);
        this.retryButton.setAttribute('aria-label', `Retry ${title}`);
        this.failure.hidden = !failure;
        this.reason.textContent = reason;
        return this;
    },

    toggle() {
        this.model.change({completed: this.toggleBox.checked});
    },

    destroy() {
        this.model.remove();
    },

    retry() {
        this.toggleBox.focus(); // the button is about to go
        this.model.flush();
    },

    viewKey(event) {
        if (isKey(event, 'F2')) {
            this.edit();
        }
    },

    edit() {
        this.input.value = this.model.get('title') ?? '';
        this.shown = this.input.value; // as the input has it: without line breaks
        this.el.classList.add('editing');
        this.input.focus();
        this.input.select();
    },

    editKey(event) {
        if (isKey(event, 'Enter')) {
            this.save();
        } else if (isKey(event, 'Escape')) {
            this.close();
        } else {
            return;
        }
        event.preventDefault(); // else the same key presses the button that gets the focus
        this.renameButton.focus();
    },

    /* Hiding the input blurs it: what comes second finds the edit closed. */
    save() {
        if (!this.close() || this.input.value === this.shown) {
            return;
        }
        const title = this.input.value.trim();

        if (!title) {
            this.model.remove();
        } else if (title !== this.model.get('title')) {
            this.model.change({title});
        }
    },

    close() {
        const editing = this.el.classList.contains('editing');

        this.el.classList.remove('editing');
        return editing;
    },

    show(visible) {
        if (!visible) {
            this.passFocus();
        }
        this.el.hidden = !visible;
    },

    leave() {
        this.close();
        this.passFocus();
        this.remove();
    },

    /* Someone at the keyboard goes on with the next row, not at the top of the page. */
    passFocus() {
        if (!this.el.contains(document.activeElement)) {
            return;
        }
        const shown = ':not([hidden])';
        const row = this.$el.nextAll(shown)[0] || this.$el.prevAll(shown)[0];
        const next = row?.querySelector('.toggle') || document.getElementById('new-todo');

        next.focus();
    },
});
