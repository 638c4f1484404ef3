"""The page of the API's documentation: the guide first, then the operations."""

import pytest


def violations_in(page, axe, place):
    """Return the violations that are in a part of the page, by its selector."""
    page.wait_for_selector("#swagger-ui .opblock")
    page.evaluate("() => document.querySelector('#swagger-ui').remove()")  # another project's
    assert page.locator(place).count() == 1
    return axe(page)


@pytest.mark.parametrize("width", [390, 1366])
def test_guide_is_accessible_and_not_cut(open_page, axe, screenshot, width):
    page = open_page("", width=width)
    page.goto("/docs/")
    screenshot(page, "docs", full_page=False)
    page.get_by_text("Codes of problems").click()

    found = violations_in(page, axe, "article.guide")

    assert found == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    screenshot(page, "docs-guide")


def test_keyboard_skips_the_guide(open_page):
    page = open_page("")
    page.goto("/docs/")
    page.wait_for_selector("#swagger-ui .opblock")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_url("**/docs/#operations")
    assert page.get_by_role("heading", level=1).all_text_contents()[0].strip() == "Clinic Billing API"
