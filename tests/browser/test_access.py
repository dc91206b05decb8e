"""The page without a mouse, without eyes, and on a telephone."""

import pytest
from selenium.webdriver.common.keys import Keys

from browser import set_viewport


def accessible_names(page):
    """(role, name) of all that Chromium tells a screen reader of, in document order."""
    tree = page.driver.execute_cdp_cmd('Accessibility.getFullAXTree', {})['nodes']
    return [(node['role']['value'], node.get('name', {}).get('value', ''))
            for node in tree if not node['ignored']]


def test_everything_can_be_done_with_the_keyboard(page, server):
    page.open()
    page.press('milk', Keys.ENTER, 'bread', Keys.ENTER, 'eggs', Keys.ENTER)
    assert page.titles() == ['milk', 'bread', 'eggs']
    page.settled()
    page.tab_to('toggle', 'milk')
    page.press(Keys.SPACE)
    page.tab_to('rename', 'bread')
    page.press(Keys.ENTER)
    assert page.focus() == ('edit', 'bread')
    page.press('butter', Keys.ENTER)
    assert page.focus() == ('rename', 'butter')
    page.press(Keys.F2, 'discarded', Keys.ESCAPE)
    assert page.focus() == ('rename', 'butter')
    page.tab_to('destroy', 'butter')
    page.press(Keys.ENTER)
    page.wait_for(('toggle', 'eggs'), page.focus)
    assert page.titles() == ['milk', 'eggs']
    page.tab_to('#/completed')
    page.press(Keys.ENTER)
    page.wait_for(['milk'], page.titles)
    page.tab_to('clear-completed')
    page.press(Keys.ENTER)
    page.wait_for([], page.titles)
    page.wait_for(('new-todo', ''), page.focus)
    assert [todo['title'] for todo in server.todos()] == ['eggs']


def test_the_focus_goes_on_when_a_filter_hides_its_row(page, server):
    for title in ['a', 'b', 'c']:
        server.add(title)
    page.open('#/active')
    page.tab_to('toggle', 'b')
    page.press(Keys.SPACE)
    page.wait_for(('toggle', 'c'), page.focus)
    page.press(Keys.SPACE)
    page.wait_for(('toggle', 'a'), page.focus)
    page.press(Keys.SPACE)
    page.wait_for(('new-todo', ''), page.focus)
    page.settled()
    assert all(todo['completed'] for todo in server.todos())


def test_buttons_of_a_row_show_when_the_focus_is_in_it(page, server):
    server.add('a')
    page.open()
    page.tab_to('rename', 'a')
    for selector in ['.rename', '.destroy']:
        page.wait_for('1', lambda: page.within('a', selector).value_of_css_property('opacity'))
    outline = page.within('a', '.rename').value_of_css_property('outline-style')
    assert outline == 'solid'


def test_enter_that_ends_a_composition_is_not_ours(page, server):
    page.open()
    page.driver.execute_script('''
        const input = document.getElementById('new-todo');
        input.value = 'にほん';
        input.dispatchEvent(new KeyboardEvent('keydown', {
            key: 'Enter', bubbles: true, isComposing: true}));
    ''')
    assert page.titles() == []
    page.press(Keys.ENTER)
    assert page.titles() == ['にほん']
    page.settled()


def test_a_screen_reader_is_told_what_everything_is(page, server):
    server.add('milk')
    server.add('bread', True)
    page.open()
    names = accessible_names(page)
    for expected in [('textbox', 'New todo'), ('checkbox', 'Mark all as complete'),
                     ('list', 'Todos'), ('checkbox', 'milk'), ('button', 'Edit milk'),
                     ('button', 'Delete milk'), ('navigation', 'Filter'), ('link', 'All'),
                     ('button', 'Clear completed'), ('heading', 'todos')]:
        assert expected in names
    roles = [role for role, name in names]
    assert 'main' in roles
    assert 'status' in roles
    unnamed = [node for node in names
               if node[0] in ('textbox', 'checkbox', 'button', 'link') and not node[1]]
    assert unnamed == []
    current = page.driver.find_element('css selector', '#filters [aria-current]')
    assert current.text == 'All'
    assert page.find('html').get_attribute('lang') == 'en'


@pytest.mark.failed_requests
@pytest.mark.parametrize('width', [320, 360])
def test_nothing_is_cut_off_on_a_telephone(page, server, width):
    server.add('Donaudampfschifffahrtsgesellschaft' * 8)
    server.add('ordinary words ' * 20, True)
    set_viewport(page.driver, width, 640, touch=True)
    page.open()
    fits = '''return document.documentElement.scrollWidth <= innerWidth
        && innerWidth === arguments[0]'''
    assert page.driver.execute_script(fits, width)
    for row in page.rows():
        for selector in ['.toggle', 'label', '.rename', '.destroy']:
            rect = page.within(row['title'], selector).rect
            assert rect['x'] >= 0 and rect['x'] + rect['width'] <= width
            assert rect['width'] >= 24 and rect['height'] >= 24
            assert page.within(row['title'], selector).value_of_css_property('opacity') == '1'
    server.stop()
    page.add('failing')
    page.wait_for(['failing'], page.failures)
    assert page.driver.execute_script(fits, width)
    server.start()
    page.find('#retry-all').click()
    page.wait_for([], page.failures)
    page.settled()


def contrast(page, selector):
    """WCAG 2's contrast of an element's text with the first opaque background behind it."""
    return page.driver.execute_script('''
        const channels = text => text.match(/[0-9.]+/g).map(Number);
        const luminance = ([r, g, b]) => [r, g, b].map(value => value / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        let element = document.querySelector(arguments[0]);
        const text = luminance(channels(getComputedStyle(element, arguments[1]).color));
        const transparent = e => channels(getComputedStyle(e).backgroundColor)[3] === 0;
        while (transparent(element)) {
            element = element.parentElement;
        }
        const back = luminance(channels(getComputedStyle(element).backgroundColor));
        return (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
    ''', *selector)


@pytest.mark.failed_requests
@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_all_text_has_enough_contrast(page, server, scheme):
    server.add('open')
    server.add('done', True)
    page.driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [
        {'name': 'prefers-color-scheme', 'value': scheme},
        {'name': 'prefers-reduced-motion', 'value': 'reduce'}]})
    page.open()
    duration = page.within('open', 'label').value_of_css_property('transition-duration')
    assert duration == '0s'
    server.stop()
    page.add('failing')
    page.wait_for(['failing'], page.failures)
    for selector in [('h1', None), ('#new-todo', None), ('#new-todo', '::placeholder'),
                     ('li:not(.completed) label', None), ('.completed label', None),
                     ('.rename', None), ('.failed .rename', None), ('.failed .reason', None),
                     ('.retry', None), ('#problem-text', None), ('#retry-all', None),
                     ('#todo-count', None), ('#filters a', None), ('#filters .selected', None),
                     ('#clear-completed', None), ('#info p', None)]:
        assert contrast(page, selector) >= 4.5, selector
    page.driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': []})
    server.start()
    page.find('#retry-all').click()
    page.wait_for([], page.failures)
