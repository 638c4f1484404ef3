"""Read the pages of the patients' list by their links."""

import re


def read_all_pages(client, **query):
    """Return the given names on all pages, and the number of pages."""
    names, pages = [], 1
    answer = client.get("/patient/", **query)
    while True:
        assert set(answer.json()) == {"total", "offset", "limit", "data"}
        names += [patient["given_name"] for patient in answer.json()["data"]]
        link = re.match(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        if not link:
            return names, pages
        answer = client.get(link.group(1))
        pages += 1


def page_link(answer, rel):
    """Return the address of a link of a page; an empty string if there is none."""
    link = re.search(rf'<([^>]+)>; rel="{rel}"', answer.headers.get("Link", ""))
    return link.group(1) if link else ""
