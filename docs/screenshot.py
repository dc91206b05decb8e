#!/usr/bin/python3
"""Makes the picture in the README: docs/screenshot.py [build/todo [docs/todos.png]]"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / 'tests' / 'browser'))

from browser import open_browser, set_viewport  # noqa: E402
from todo_page import TodoPage  # noqa: E402
from todo_server import TodoServer  # noqa: E402

TODOS = [
    ('Write the models as one list', True),
    ('Serve them with h2o', True),
    ('Keep them in SQLite', True),
    ('Change one line, restart, keep them in PostgreSQL', False),
    ('Or in MariaDB', False),
    ('Buy milk & "fresh" <bread>', False),
]


def main():
    executable = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / 'build' / 'todo')
    picture = sys.argv[2] if len(sys.argv) > 2 else str(ROOT / 'docs' / 'todos.png')
    with tempfile.TemporaryDirectory() as folder, TodoServer(executable, folder) as server:
        for order, (title, completed) in enumerate(TODOS, 1):
            server.add(title, completed, order)
        driver = open_browser(Path(folder) / 'profile')
        try:
            set_viewport(driver, 1280, 800)
            TodoPage(driver, server.url).open()
            driver.save_screenshot(picture)
        finally:
            driver.quit()


if __name__ == '__main__':
    main()
