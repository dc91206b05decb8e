"""What the page does when a save fails, when answers are slow, and when the server is gone."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

UNREACHABLE = 'the server cannot be reached'


def would_ask_before_leaving(page):
    return page.driver.execute_script('''
        const event = new Event('beforeunload', {cancelable: true});
        window.dispatchEvent(event);
        return event.defaultPrevented;
    ''')


@pytest.mark.failed_requests
def test_changes_made_while_the_server_is_down_are_kept_and_saved_by_retry(page, server):
    todos = [server.add(title) for title in ['toggled', 'edited', 'deleted']]
    page.open()
    assert not would_ask_before_leaving(page)
    server.stop()
    page.toggle('toggled')
    page.wait_for(f'“toggled” is not saved: {UNREACHABLE}', page.alert)
    page.edit('edited').send_keys('edited twice', Keys.ENTER)
    page.delete('deleted')
    page.add('new')
    page.wait_for(f'4 changes are not saved: {UNREACHABLE}', page.alert)
    assert page.failures() == ['toggled', 'edited twice', 'deleted', 'new']
    assert page.rows()[0]['reason'] == f'Not saved: {UNREACHABLE}'
    assert page.rows()[2]['reason'] == f'Not deleted: {UNREACHABLE}'
    assert page.completed() == [True, False, False, False]
    assert would_ask_before_leaving(page)
    page.requests()
    server.start()
    page.find('#retry-all').click()
    page.wait_for([], page.failures)
    page.wait_for(['toggled', 'edited twice', 'new'], page.titles)
    page.settled()
    assert page.alert() == ''
    assert page.find('#retry-all') is None
    assert not would_ask_before_leaving(page)
    assert sorted(page.requests()) == [
        ('DELETE', f'todos/{todos[2]["id"]}', None),
        ('PATCH', f'todos/{todos[0]["id"]}', {'completed': True}),
        ('PATCH', f'todos/{todos[1]["id"]}', {'title': 'edited twice'}),
        ('POST', 'todos/', {'title': 'new', 'order': 1, 'completed': False})]
    assert [(todo['title'], todo['completed']) for todo in server.todos()] == [
        ('toggled', True), ('edited twice', False), ('new', False)]


@pytest.mark.failed_requests
def test_one_todo_is_retried_alone(page, server):
    server.add('a')
    server.add('b')
    page.open()
    server.stop()
    page.toggle('a')
    page.toggle('b')
    page.wait_for(['a', 'b'], page.failures)
    server.start()
    page.within('b', '.retry').click()
    page.wait_for(['a'], page.failures)
    page.settled()
    assert page.focus() == ('toggle', 'b')
    assert [todo['completed'] for todo in server.todos()] == [False, True]
    page.toggle('a')  # the next change takes the failed one along
    page.wait_for([], page.failures)
    page.settled()
    assert [todo['completed'] for todo in server.todos()] == [False, True]


@pytest.mark.failed_requests
def test_a_value_of_unknown_fate_is_sent_again_even_when_changed_back(page, server):
    todo = server.add('a')
    page.open()
    server.stop()
    page.toggle('a')
    page.wait_for(['a'], page.failures)
    server.start()
    server.call('PATCH', f'todos/{todo["id"]}', {'completed': True})  # as if it had arrived
    page.toggle('a')
    page.settled()
    assert page.completed() == [False]
    assert server.todos() == [todo]


@pytest.mark.failed_requests
@pytest.mark.settings('MAX_CONTENT_LENGTH=300')
def test_the_servers_own_words_are_shown_and_the_text_can_be_corrected(page, server):
    title = 'long ' * 100
    status, answer = server.call('POST', 'todos/', {'title': title})
    assert status == 413
    page.open()
    page.paste(title)
    page.wait_for([title.strip()], page.failures)
    assert page.alert() == f'“{title[:40]}…” is not saved: {answer["message"]}'
    assert page.rows()[0]['reason'] == 'Not saved: ' + answer['message']
    page.edit(title.strip()).send_keys('short', Keys.ENTER)
    page.wait_for([], page.failures)
    page.settled()
    assert [todo['title'] for todo in server.todos()] == ['short']


@pytest.mark.failed_requests
def test_an_unsaved_new_todo_can_be_deleted(page, server):
    page.open()
    server.stop()
    page.add('never saved')
    page.wait_for(['never saved'], page.failures)
    page.delete('never saved')
    page.wait_for([], page.titles)
    assert page.alert() == ''
    server.start()
    assert server.todos() == []


@pytest.mark.failed_requests
def test_a_todo_deleted_elsewhere_can_be_added_again(page, server):
    todo = server.add('a', order=3)
    page.open()
    server.call('DELETE', f'todos/{todo["id"]}')
    page.edit('a').send_keys('my text', Keys.ENTER)
    page.wait_for(['my text'], page.failures)
    assert 'deleted elsewhere' in page.alert()
    page.find('#retry-all').click()
    page.wait_for([], page.failures)
    page.settled()
    saved, = server.todos()
    assert (saved['title'], saved['order'], saved['completed']) == ('my text', 3, False)


def slow_down(page, latency_ms):
    page.driver.set_network_conditions(
        offline=False, latency=latency_ms, download_throughput=-1, upload_throughput=-1)


def test_requests_of_one_todo_wait_for_each_other(page, server):
    todo = server.add('a')
    page.open()
    slow_down(page, 300)
    page.toggle('a')
    page.edit('a').send_keys('b', Keys.ENTER)
    page.toggle('b')
    assert page.rows() == [{'title': 'b', 'completed': False, 'visible': True, 'failed': False,
                            'reason': ''}]
    page.settled()
    requests = page.timed_requests()
    assert {one['path'] for one in requests} == {f'todos/{todo["id"]}'}
    assert len(requests) >= 2
    for before, after in zip(requests, requests[1:]):
        assert before['end'] is not None
        assert before['end'] <= after['begin']
    assert (page.titles(), page.completed()) == (['b'], [False])
    assert server.todos() == [{**todo, 'title': 'b'}]


def test_a_new_todo_can_be_changed_before_it_is_saved(page, server):
    page.open()
    slow_down(page, 300)
    page.add('a')
    page.toggle('a')
    page.settled()
    todo, = server.todos()
    assert page.requests() == [
        ('POST', 'todos/', {'title': 'a', 'order': 1, 'completed': False}),
        ('PATCH', f'todos/{todo["id"]}', {'completed': True})]
    assert todo['completed'] is True
    slow_down(page, 300)
    page.add('b')
    page.delete('b')
    page.wait_for(['a'], page.titles)
    assert server.todos() == [todo]


def test_an_answer_does_not_disturb_an_edit(page, server):
    server.add('a')
    page.open()
    slow_down(page, 300)
    page.toggle('a')
    page.edit('a').send_keys('text')
    page.settled()
    edit = page.find('.edit')
    assert edit == page.driver.switch_to.active_element
    assert edit.get_attribute('value') == 'text'
    edit.send_keys('s', Keys.ENTER)
    page.settled()
    assert [todo['title'] for todo in server.todos()] == ['texts']
    assert not page.driver.find_elements(By.CSS_SELECTOR, '.editing')


HOLD_ANSWERS_TO_DELETE = '''
jQuery.ajaxPrefilter(options => {
    const success = options.success;
    if (options.type === 'DELETE') {
        options.success = (...answer) => { window.releaseAnswer = () => success(...answer); };
    }
});
'''


def test_a_new_todo_may_take_the_id_of_one_whose_deletion_is_answered_later(page, server):
    todo = server.add('a')
    page.open()
    page.driver.execute_script(HOLD_ANSWERS_TO_DELETE)
    page.delete('a')
    page.wait(lambda: page.driver.execute_script('return Boolean(window.releaseAnswer)'))
    page.add('b')
    page.wait_for('2 items left', page.count)
    page.wait(lambda: len(page.driver.find_elements(By.CSS_SELECTOR, '[aria-busy="true"]')) == 1)
    assert [one['id'] for one in server.todos()] == [todo['id']]
    page.driver.execute_script('window.releaseAnswer()')
    page.wait_for(['b'], page.titles)
    page.settled()
    page.wait_for('1 item left', page.count)
    assert not would_ask_before_leaving(page)
    page.toggle('b')
    page.settled()
    saved, = server.todos()
    assert (saved['id'], saved['title'], saved['completed']) == (todo['id'], 'b', True)
