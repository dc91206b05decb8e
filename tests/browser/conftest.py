import os

import pytest

from browser import open_browser, reset_viewport
from todo_page import TodoPage
from todo_server import TodoServer


def pytest_configure(config):
    config.addinivalue_line('markers', 'settings(*pairs): start the server with --set for each')
    config.addinivalue_line('markers', 'failed_requests: the browser may report requests that fail')


@pytest.fixture(scope='session')
def driver(tmp_path_factory):
    driver = open_browser(tmp_path_factory.mktemp('profile'))
    yield driver
    driver.quit()


@pytest.fixture
def server(request, tmp_path):
    marker = request.node.get_closest_marker('settings')
    with TodoServer(os.environ['CALX_TODO'], tmp_path, marker.args if marker else ()) as server:
        yield server


@pytest.fixture
def page(request, driver, server):
    """A page not yet opened; afterwards its console must be empty: no error, no CSP violation."""
    driver.get_log('browser')
    yield TodoPage(driver, server.url)
    driver.delete_network_conditions()
    reset_viewport(driver)
    complaints = driver.get_log('browser')
    driver.get('about:blank')
    if request.node.get_closest_marker('failed_requests'):
        complaints = [one for one in complaints if one['source'] != 'network']
    assert complaints == []
