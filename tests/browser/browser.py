"""Chromium without a window, with a profile of its own and both logs kept."""

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

ARGUMENTS = (
    '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update',
    '--disable-sync')


def open_browser(profile_folder, width=1280, height=900):
    options = webdriver.ChromeOptions()
    options.binary_location = '/usr/bin/chromium'
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f'--user-data-dir={profile_folder}')
    options.add_argument(f'--window-size={width},{height}')
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'})
    driver = webdriver.Chrome(service=Service('/usr/bin/chromedriver'), options=options)
    driver.set_page_load_timeout(30)
    return driver


def set_viewport(driver, width, height, touch=False, scale=1):
    driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', {
        'width': width, 'height': height, 'deviceScaleFactor': scale, 'mobile': touch})
    driver.execute_cdp_cmd('Emulation.setTouchEmulationEnabled', {'enabled': touch})


def reset_viewport(driver):
    driver.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
    driver.execute_cdp_cmd('Emulation.setTouchEmulationEnabled', {'enabled': False})
