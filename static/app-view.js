/* The page around the rows: new todos, the counter, the filters, and what could not be saved. */

import {isKey, TodoView, UNTITLED} from './todo-view.js';

const FILTERS = {
    all: () => true,
    active: todo => !todo.isCompleted(),
    completed: todo => todo.isCompleted(),
};

const EXCERPT_LENGTH_MAX = 40;

function excerpt(text) {
    const characters = Array.from(text);
    const start = characters.slice(0, EXCERPT_LENGTH_MAX).join('');

    return characters.length > EXCERPT_LENGTH_MAX ? `${start}…` : start;
}

/* Live regions are read out when they are written: they are written when they change. */
function setText(element, text) {
    if (element.textContent !== text) {
        element.textContent = text;
    }
}

export const AppView = Backbone.View.extend({
    el: '#todoapp',

    events: {
        'keydown #new-todo': 'newKey',
        'change #toggle-all': 'toggleAll',
        'click #clear-completed': 'clearCompleted',
        'click #retry-all': 'retryAll',
    },

    initialize() {
        const find = id => document.getElementById(id);

        this.newInput = find('new-todo');
        this.toggleAllBox = find('toggle-all');
        this.list = find('todo-list');
        this.problem = find('problem');
        this.problemText = find('problem-text');
        this.retryButton = find('retry-all');
        this.sections = [find('main'), find('footer')];
        this.count = find('todo-count');
        this.clearButton = find('clear-completed');
        this.filter = 'all';
        this.views = new Map();
        this.collection.each(todo => this.addRow(todo));
        this.listenTo(this.collection, 'add', this.addRow);
        this.listenTo(this.collection, 'remove', todo => this.views.delete(todo));
        this.listenTo(this.collection, 'all', this.renderSoon);
    },

    addRow(todo) {
        const view = new TodoView({model: todo});

        this.views.set(todo, view);
        this.list.append(view.render().el);
    },

    /* Once for all events of a turn: toggling a thousand todos counts them once. */
    renderSoon() {
        if (!this.rendering) {
            this.rendering = true;
            queueMicrotask(() => this.render());
        }
    },

    render() {
        const active = this.collection.active().length;

        this.rendering = false;
        this.sections.forEach(section => { section.hidden = this.collection.isEmpty(); });
        this.toggleAllBox.checked = !active;
        this.renderFilter();
        this.renderCount(active);
        this.renderProblem();
        this.renderClear(this.collection.length - active);
        return this;
    },

    renderFilter() {
        this.views.forEach((view, todo) => view.show(FILTERS[this.filter](todo)));
        this.$('#filters a').each((index, link) => {
            const selected = (link.hash.slice(2) || 'all') === this.filter;

            link.classList.toggle('selected', selected);
            link.toggleAttribute('aria-current', selected);
        });
    },

    renderCount(active) {
        const text = ` ${active === 1 ? 'item' : 'items'} left`;

        if (this.count.textContent !== active + text) {
            const strong = document.createElement('strong');

            strong.textContent = active;
            this.count.replaceChildren(strong, text);
        }
    },

    renderProblem() {
        const failed = this.collection.failed();
        const [first] = failed;
        const what = failed.length === 1
            ? `“${excerpt(first.get('title') || UNTITLED)}” is not ${first.doomed ? 'deleted' : 'saved'}`
            : `${failed.length} changes are not saved`;

        this.problem.classList.toggle('shown', Boolean(first));
        this.retryButton.hidden = !first;
        this.retryButton.textContent = failed.length === 1 ? 'Retry' : 'Retry all';
        setText(this.problemText, first ? `${what}: ${first.failure}` : '');
    },

    renderClear(completed) {
        if (!completed && document.activeElement === this.clearButton) {
            this.newInput.focus();
        }
        this.clearButton.hidden = !completed;
    },

    setFilter(name) {
        this.filter = Object.hasOwn(FILTERS, name) ? name : 'all';
        this.render();
    },

    newKey(event) {
        const title = this.newInput.value.trim();

        if (isKey(event, 'Enter') && title) {
            this.newInput.value = '';
            this.collection.append(title);
        }
    },

    toggleAll() {
        const completed = this.toggleAllBox.checked;

        this.collection
            .filter(todo => todo.isCompleted() !== completed)
            .forEach(todo => todo.change({completed}));
    },

    clearCompleted() {
        this.collection.completed().forEach(todo => todo.remove());
    },

    retryAll() {
        this.newInput.focus(); // the button is about to go
        this.collection.failed().forEach(todo => todo.flush());
    },
});
