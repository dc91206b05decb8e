"""The page as a person sees it: what it shows, what can be done, and which requests that causes."""

import json

from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

TIMEOUT_S = 20

READ_ROWS = '''
return Array.from(document.querySelectorAll('#todo-list li'), li => ({
    title: li.querySelector('label').textContent,
    completed: li.classList.contains('completed') && li.querySelector('.toggle').checked,
    visible: li.getClientRects().length > 0,
    failed: li.classList.contains('failed'),
    reason: li.querySelector('.reason').textContent,
}));
'''


class TodoPage:
    def __init__(self, driver, url):
        self.driver = driver
        self.url = url

    def open(self, fragment=''):
        self.driver.get('about:blank')  # else a new fragment alone would not load the page
        self.driver.get(self.url + fragment)
        self.wait(lambda: self.find('#filters .selected', visible=False))
        self.requests()
        return self

    def wait(self, condition):
        waiter = WebDriverWait(self.driver, TIMEOUT_S, poll_frequency=0.05)
        return waiter.until(lambda _: condition())

    def wait_for(self, expected, actual):
        """Waits for a value; says what was there instead."""
        try:
            self.wait(lambda: actual() == expected)
        except TimeoutException:
            last = actual()
            assert last == expected

    def settled(self):
        """Waits until no todo has a request on its way."""
        self.wait(lambda: not self.driver.find_elements(By.CSS_SELECTOR, '[aria-busy="true"]'))

    def find(self, selector, visible=True):
        found = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return next((one for one in found if not visible or one.is_displayed()), None)

    def rows(self):
        return self.driver.execute_script(READ_ROWS)

    def titles(self):
        return [row['title'] for row in self.rows() if row['visible']]

    def completed(self):
        return [row['completed'] for row in self.rows()]

    def failures(self):
        return [row['title'] for row in self.rows() if row['failed']]

    def count(self):
        return self.find('#todo-count').text

    def alert(self):
        return self.find('#problem [role="alert"]', visible=False).text

    def row(self, title):
        for row in self.driver.find_elements(By.CSS_SELECTOR, '#todo-list li'):
            if row.find_element(By.CSS_SELECTOR, 'label').get_attribute('textContent') == title:
                return row
        raise AssertionError(f'no row {title!r} among {self.titles()}')

    def within(self, title, selector):
        return self.row(title).find_element(By.CSS_SELECTOR, selector)

    def add(self, title):
        self.find('#new-todo').send_keys(title, Keys.ENTER)

    def paste(self, title):
        """Adds a todo with characters that cannot be typed."""
        script = 'document.getElementById("new-todo").value = arguments[0]'
        self.driver.execute_script(script, title)
        self.add('')

    def toggle(self, title):
        self.within(title, '.toggle').click()

    def delete(self, title):
        row = self.row(title)
        ActionChains(self.driver).move_to_element(row).perform()
        row.find_element(By.CSS_SELECTOR, '.destroy').click()

    def edit(self, title):
        """Opens the edit by double click and returns its emptied input."""
        row = self.row(title)
        ActionChains(self.driver).double_click(
            row.find_element(By.CSS_SELECTOR, 'label')).perform()
        edit = row.find_element(By.CSS_SELECTOR, '.edit')
        self.wait(edit.is_displayed)
        assert edit == self.driver.switch_to.active_element
        edit.send_keys(Keys.CONTROL, 'a')
        edit.send_keys(Keys.DELETE)
        return edit

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def focus(self):
        """The focused element as (first class or id, title of its row)."""
        return tuple(self.driver.execute_script('''
            const e = document.activeElement, row = e.closest('li');
            const label = row && row.querySelector('label');
            return [e.id || e.classList[0] || e.hash || e.tagName, label ? label.textContent : ''];
        '''))

    def tab_to(self, name, title=''):
        """Presses Tab until the focus is there, as often as the page has stops."""
        seen = []
        for _ in range(40):
            self.press(Keys.TAB)
            seen.append(self.focus())
            if seen[-1] == (name, title):
                return
        raise AssertionError(f'Tab does not reach {name!r} {title!r}: {seen}')

    def requests(self):
        """The API's requests since the last call, as [(method, path, body)], in their order."""
        return [(one['method'], one['path'], one['body']) for one in self.timed_requests()]

    def timed_requests(self):
        begun = {}
        for entry in self.driver.get_log('performance'):
            message = json.loads(entry['message'])['message']
            params = message['params']
            if message['method'] == 'Network.requestWillBeSent':
                request = params['request']
                path = request['url'].removeprefix(self.url)
                if path.startswith('todos/'):
                    body = request.get('postData')
                    begun[params['requestId']] = {
                        'method': request['method'], 'path': path, 'begin': params['timestamp'],
                        'body': json.loads(body) if body else None, 'end': None}
            elif message['method'] in ('Network.loadingFinished', 'Network.loadingFailed'):
                if params['requestId'] in begun:
                    begun[params['requestId']]['end'] = params['timestamp']
        return list(begun.values())
