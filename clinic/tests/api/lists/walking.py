"""Pages of a list, by the links of their answers."""

import re


def walked(client, **query):
    """The given names on all pages, following the links, and the number of pages."""
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


def linked(answer, rel):
    """Where a page's link leads, "" without one."""
    link = re.search(rf'<([^>]+)>; rel="{rel}"', answer.headers.get("Link", ""))
    return link.group(1) if link else ""
