# SPDX-License-Identifier: MIT
"""A page as Chromium draws it."""
import re
import shutil
import subprocess

import harness


def dump(case, page, width=1400, *options):
    """The page's document as drawn; what it says on its console is a failure of the case."""
    browser = shutil.which("chromium") or case.skipTest("no chromium")
    if harness.is_sanitized():
        case.skipTest("the page is the same as without sanitizers")
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
         f"--user-data-dir={case.path('profile')}", f"--window-size={width},1000",
         "--enable-logging=stderr", "--virtual-time-budget=5000", *options, "--dump-dom",
         "file://" + page],
        capture_output=True, text=True, timeout=4 * harness.PATIENCE_S, check=False)
    case.assertEqual(re.findall(r"CONSOLE.*", done.stderr), [])
    return done.stdout
