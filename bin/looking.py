"""`bin/look`: log into the running product as each role and look at its pages in a real browser.

bin/look [--role NAME] [--url http://127.0.0.1:8000] [--dark] [PATH…]

Opens the paths (or every page of the role's menu) at 1366×768 and 390×844 in both languages, saves screenshots
under .data/look/, and prints console errors, failed requests, axe findings, queries and milliseconds per page.
Ends with 1 when it found an error.
"""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Response, sync_playwright

BASE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("CRM_DATA_DIR") or BASE / ".data").resolve()
AXE = BASE / "node_modules" / "axe-core" / "axe.min.js"
ROLES = ("clerk", "associate", "agent", "marketer", "buyer", "finance", "manager", "ceo", "admin")
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
LANGUAGES = {"zh": "zh-hans", "en": "en"}
BROWSER_ARGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Looker:
    """One signed-in browser window of one size and language, and what it noticed."""

    def __init__(self, browser: Browser, url: str, size: str, language: str, dark: bool) -> None:
        width, height = SIZES[size]
        self.url, self.size, self.language = url, size, language
        self.context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        cookies = {"atrium_language": LANGUAGES[language], "atrium_theme": "dark" if dark else "light"}
        self.context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
        # The phone's stream never ends, so no page with it would ever be idle.
        self.context.add_init_script("delete window.EventSource")
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("requestfailed", self._failed)

    def _failed(self, request) -> None:
        if request.failure and "ERR_ABORTED" not in request.failure:
            self.errors.append(f"{request.url}: {request.failure}")

    def sign_in(self, role: str) -> None:
        self.page.goto(f"{self.url}/login/")
        self.page.fill("[name=username]", role)
        self.page.fill("[name=password]", "atrium-demo")
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_load_state()
        if urlsplit(self.page.url).path.startswith("/login"):
            sys.exit(f"{role} could not sign in at {self.url}.")

    def menu(self) -> list[str]:
        links = self.page.locator(".words a, .menu-body a").evaluate_all("links => links.map(a => a.pathname)")
        return list(dict.fromkeys(["/", *(link for link in links if not link.startswith("/admin"))]))

    def look(self, role: str, path: str, folder: Path) -> bool:
        self.errors.clear()
        response = self.page.goto(self.url + path)
        self.page.wait_for_load_state("networkidle")
        name = re.sub(r"\W+", "-", path).strip("-") or "home"
        self.page.screenshot(path=folder / f"{role}-{name}-{self.size}-{self.language}.png", full_page=True)
        findings = self._findings()
        status = response.status if response else 0
        bad = status >= 400 or bool(self.errors or findings)
        print(f"{'!!' if bad else '  '} {role:9} {self.size:5} {self.language} {status} {timing(response)} {path}")
        for error in self.errors:
            print(f"       console: {error}")
        for finding in findings:
            print(f"       {finding}")
        return bad

    def _findings(self) -> list[str]:
        findings = []
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            findings.append(f"layout: the page is {wide} px wider than the window")
        if AXE.exists():
            self.page.evaluate(AXE.read_text())
            result = self.page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
            findings += [
                f"axe {item['id']} ({len(item['nodes'])}×): {item['help']}: {item['nodes'][0]['html'][:140]}"
                for item in result["violations"]
            ]
        return findings


def timing(response: Response | None) -> str:
    header = (response.headers if response else {}).get("server-timing", "")
    total = re.search(r"total;dur=([\d.]+)", header)
    queries = re.search(r"(\d+) queries", header)
    return f"{total.group(1) if total else '?':>7} ms {queries.group(1) if queries else '?':>3} queries"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/look", description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", metavar="PATH")
    parser.add_argument("--role", choices=ROLES)
    parser.add_argument("--url", default=f"http://127.0.0.1:{os.environ.get('CRM_PORT', '8000')}")
    parser.add_argument("--dark", action="store_true", help="the dark theme")
    options = parser.parse_args()
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        sys.exit("No Chromium on this machine: apt-get install chromium fonts-noto-cjk")
    folder = DATA / "look"
    folder.mkdir(parents=True, exist_ok=True)
    bad = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=BROWSER_ARGS)
        for role in [options.role] if options.role else ROLES:
            for size in SIZES:
                for language in LANGUAGES:
                    looker = Looker(browser, options.url, size, language, options.dark)
                    looker.sign_in(role)
                    for path in options.paths or looker.menu():
                        bad += looker.look(role, path, folder)
                    looker.context.close()
        browser.close()
    print(f"\nScreenshots: {folder}\n{bad} pages with findings.")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
