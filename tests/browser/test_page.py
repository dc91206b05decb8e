"""What TodoMVC's specification asks of the page, against the real server."""

import urllib.request

import pytest
from selenium.webdriver.common.keys import Keys

NASTY = [
    '</script><script>window.pwned = 1</script>',
    '<img src=x onerror="window.pwned = 1">',
    '"quotes" \'single\' `back` & &amp; {{todos}} {{{todos}}} <%= 1 %>',
    'emoji 🦊 👩‍👩‍👧, Grüße, 日本語, שלום, \u2028 and \u2029 inside',
    'jsonp=? ?? \\u003c \\ / %00',
    '<!-- <script>',
    '__proto__',
]


def test_an_empty_list_shows_only_the_input(page):
    page.open()
    assert page.find('#main') is None
    assert page.find('#footer') is None
    assert page.find('#problem [role="alert"]') is None
    assert page.focus() == ('new-todo', '')


def test_enter_adds_a_trimmed_todo_at_the_end_and_clears_the_input(page, server):
    server.add('first', order=1)
    page.open()
    page.add('   second  ')
    assert page.titles() == ['first', 'second']
    assert page.find('#new-todo').get_attribute('value') == ''
    page.settled()
    assert page.requests() == [
        ('POST', 'todos/', {'title': 'second', 'order': 2, 'completed': False})]
    assert [todo['title'] for todo in server.todos()] == ['first', 'second']


def test_a_todo_without_text_is_not_added(page, server):
    page.open()
    page.find('#new-todo').send_keys('   ', Keys.ENTER)
    assert page.titles() == []
    assert page.requests() == []
    assert server.todos() == []


def test_the_order_stops_at_the_largest_integer(page, server):
    server.add('last', order=2147483647)
    page.open()
    page.add('one more')
    page.settled()
    assert page.requests()[0][2]['order'] == 2147483647
    page.open()
    assert page.titles() == ['last', 'one more']


def test_the_list_is_sorted_by_order_then_id(page, server):
    for title, order in [('c', 7), ('a', None), ('b', 2), ('d', 7)]:
        server.add(title, order=order)
    page.open()
    assert page.titles() == ['a', 'b', 'c', 'd']


def test_null_values_are_shown_and_left_alone(page, server):
    status, todo = server.call('POST', 'todos/', {})
    assert (status, todo['title'], todo['completed']) == (200, None, None)
    page.open()
    assert page.titles() == ['Untitled']
    assert page.completed() == [False]
    edit = page.edit('Untitled')
    edit.send_keys(Keys.ENTER)
    assert page.requests() == []
    page.toggle('Untitled')
    page.settled()
    assert page.requests() == [('PATCH', f'todos/{todo["id"]}', {'completed': True})]
    assert server.todos() == [{**todo, 'completed': True}]


def test_toggle_saves_the_changed_attribute_only(page, server):
    todo = server.add('milk')
    page.open()
    page.toggle('milk')
    page.settled()
    assert page.completed() == [True]
    assert page.requests() == [('PATCH', f'todos/{todo["id"]}', {'completed': True})]
    page.toggle('milk')
    page.settled()
    assert page.completed() == [False]
    assert server.todos() == [todo]


def test_enter_saves_an_edit_once(page, server):
    todo = server.add('milk')
    page.open()
    page.edit('milk').send_keys('  bread ', Keys.ENTER)
    assert page.titles() == ['bread']
    assert page.find('.edit') is None
    page.find('#new-todo').click()
    page.settled()
    assert page.requests() == [('PATCH', f'todos/{todo["id"]}', {'title': 'bread'})]
    assert server.todos() == [{**todo, 'title': 'bread'}]


def test_blur_saves_an_edit(page, server):
    todo = server.add('milk')
    page.open()
    page.edit('milk').send_keys('bread')
    page.find('#new-todo').click()
    page.settled()
    assert page.find('.edit') is None
    assert page.requests() == [('PATCH', f'todos/{todo["id"]}', {'title': 'bread'})]


def test_escape_discards_an_edit(page, server):
    server.add('milk')
    page.open()
    page.edit('milk').send_keys('bread', Keys.ESCAPE)
    assert page.find('.edit') is None
    assert page.titles() == ['milk']
    page.find('#new-todo').click()
    page.press(Keys.TAB)
    page.within('milk', '.rename').send_keys(Keys.ENTER)
    assert page.find('.edit').get_attribute('value') == 'milk'
    page.press(Keys.ENTER)
    page.settled()
    assert page.requests() == []


def test_an_edit_that_changes_nothing_sends_nothing(page, server):
    server.add('milk\nand bread')
    page.open()
    page.within('milk\nand bread', '.rename').send_keys(Keys.ENTER)
    page.press(Keys.ENTER)
    assert page.find('.edit') is None
    assert page.requests() == []
    assert page.titles() == ['milk\nand bread']


@pytest.mark.parametrize('text', ['', '   '])
def test_an_empty_edit_deletes(page, server, text):
    todo = server.add('milk')
    server.add('bread')
    page.open()
    page.edit('milk').send_keys(text, Keys.ENTER)
    page.wait_for(['bread'], page.titles)
    assert page.requests() == [('DELETE', f'todos/{todo["id"]}', None)]
    assert [one['title'] for one in server.todos()] == ['bread']


def test_destroy_appears_under_the_mouse_and_deletes(page, server):
    todo = server.add('milk')
    page.open()
    page.find('#new-todo').click()
    opacity = lambda: page.within('milk', '.destroy').value_of_css_property('opacity')
    page.wait_for('0', opacity)
    page.delete('milk')
    page.wait_for([], page.titles)
    assert page.requests() == [('DELETE', f'todos/{todo["id"]}', None)]
    assert page.find('#main') is None
    assert page.find('#footer') is None
    assert server.todos() == []


def test_toggle_all_changes_the_others_and_follows_them(page, server):
    todos = [server.add(title, completed) for title, completed in
             [('a', False), ('b', True), ('c', None)]]
    page.open()
    box = page.find('#toggle-all')
    assert not box.is_selected()
    box.click()
    page.settled()
    assert page.completed() == [True, True, True]
    assert sorted(page.requests()) == [
        ('PATCH', f'todos/{todos[0]["id"]}', {'completed': True}),
        ('PATCH', f'todos/{todos[2]["id"]}', {'completed': True})]
    assert all(todo['completed'] for todo in server.todos())
    page.toggle('b')
    assert not box.is_selected()
    page.toggle('b')
    assert box.is_selected()
    page.settled()
    box.click()
    page.settled()
    assert page.completed() == [False, False, False]
    assert not any(todo['completed'] for todo in server.todos())


def test_clear_completed_deletes_the_completed(page, server):
    for title, completed in [('a', True), ('b', False), ('c', True)]:
        server.add(title, completed)
    page.open()
    page.find('#clear-completed').click()
    page.wait_for(['b'], page.titles)
    assert page.find('#clear-completed') is None
    assert not page.find('#toggle-all').is_selected()
    assert page.focus() == ('new-todo', '')
    assert [todo['title'] for todo in server.todos()] == ['b']


def test_the_counter_counts_the_active_ones(page, server):
    server.add('a')
    page.open()
    assert page.count() == '1 item left'
    assert page.find('#todo-count strong').text == '1'
    page.add('b')
    assert page.count() == '2 items left'
    page.toggle('a')
    page.toggle('b')
    assert page.count() == '0 items left'
    page.settled()


def test_filters_hide_and_are_kept_over_a_reload(page, server):
    server.add('open')
    server.add('done', True)
    page.open()
    selected = lambda: page.find('#filters .selected').text
    assert (page.titles(), selected()) == (['open', 'done'], 'All')
    page.find('#filters a[href="#/active"]').click()
    page.wait_for(['open'], page.titles)
    assert selected() == 'Active'
    page.find('#filters a[href="#/completed"]').click()
    page.wait_for(['done'], page.titles)
    page.driver.refresh()
    page.wait_for(['done'], page.titles)
    assert selected() == 'Completed'
    page.driver.back()
    page.wait_for(['open'], page.titles)
    page.find('#filters a[href="#/"]').click()
    page.wait_for(['open', 'done'], page.titles)
    assert selected() == 'All'


def test_a_change_under_a_filter_moves_the_todo(page, server):
    server.add('a')
    server.add('b')
    page.open('#/active')
    page.toggle('a')
    page.wait_for(['b'], page.titles)
    page.settled()
    page.find('#filters a[href="#/completed"]').click()
    page.wait_for(['a'], page.titles)
    page.add('c')
    assert page.titles() == ['a']
    page.settled()
    page.find('#filters a[href="#/"]').click()
    page.wait_for(['a', 'b', 'c'], page.titles)


def test_a_reload_shows_what_was_done(page, server):
    page.open()
    for title in ['a', 'b', 'c']:
        page.add(title)
    page.toggle('b')
    page.edit('c').send_keys('d', Keys.ENTER)
    page.settled()
    page.delete('a')
    page.wait_for(['b', 'd'], page.titles)
    page.driver.refresh()
    page.wait_for(['b', 'd'], page.titles)
    assert page.completed() == [True, False]
    assert page.count() == '1 item left'


def test_no_title_becomes_markup(page, server):
    for title in NASTY[::2]:
        server.add(title)
    page.open()
    for title in NASTY[1::2]:
        page.paste(title)
    page.settled()
    shown = NASTY[::2] + NASTY[1::2]
    assert page.titles() == shown
    page.open()
    assert page.titles() == shown
    assert [todo['title'] for todo in server.todos()] == shown
    assert page.driver.execute_script('return window.pwned') is None
    assert page.driver.execute_script('return document.images.length') == 0


def test_the_policy_forbids_inline_code_and_eval(page, server):
    with urllib.request.urlopen(server.url) as response:
        policy = response.headers['Content-Security-Policy']
    assert "default-src 'self'" in policy
    assert 'unsafe' not in policy
    page.open()
    ran = page.driver.execute_script('''
        const script = document.createElement('script');
        script.textContent = 'window.pwned = 1';
        document.body.append(script);
        return window.pwned ?? null;
    ''')
    assert ran is None
    complaints = page.driver.get_log('browser')
    assert any('Content Security Policy' in one['message'] for one in complaints)
