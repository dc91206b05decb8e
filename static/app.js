/* Starts the page: the todos are those that the server has written into it. */

import {AppView} from './app-view.js';
import {Todos} from './models.js';

const embedded = JSON.parse(document.getElementById('todos').textContent);
const todos = new Todos(embedded, {parse: true});
const page = new AppView({collection: todos});

const Router = Backbone.Router.extend({
    routes: {'*filter': filter => page.setFilter((filter ?? '').replace(/^!\//, ''))},
});

new Router();
Backbone.history.start();

/* The browser asks before it leaves with something that the server does not have. */
window.addEventListener('beforeunload', event => {
    if (!todos.every(todo => todo.isSaved())) {
        event.preventDefault();
    }
});
