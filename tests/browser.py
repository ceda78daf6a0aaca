"""A real Chromium on a live server, and axe-core: for the browser tests of every app."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from crm_site.places import BASE_DIR

AXE = BASE_DIR / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK, PHONE = (1366, 768), (390, 844)
ARGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    assert program, "No Chromium on this machine: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGS)
        yield browser
        browser.close()


class Person:
    """Somebody at a window of one size and language, with what the browser complained about."""

    def __init__(self, browser: Browser, url: str, *, size: tuple[int, int] = DESK, language: str = "zh-hans") -> None:
        self.url = url
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.context.add_cookies([{"name": "atrium_language", "value": language, "url": url}])
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self._heard(said))

    def _heard(self, said: ConsoleMessage) -> None:
        self.complaints.append(f"{said.text} {said.location.get('url', '')}".strip())

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def sign_in(self, username: str, password: str = "atrium-demo") -> Page:
        self.open("/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", password)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/login/" not in url)
        return self.page

    def faults(self) -> list[str]:
        """What axe-core, the layout and the console have to say about this page: nothing, if it is right."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found = [f"{wide} px too wide"] if wide > 0 else []
        self.page.evaluate(AXE.read_text())
        result = self.page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
        found += [f"{item['id']}: {item['nodes'][0]['html'][:160]}" for item in result["violations"]]
        return found + self.complaints
