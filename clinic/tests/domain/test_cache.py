"""BoundedCache: stored and dropped values, and use by several threads."""

from concurrent.futures import ThreadPoolExecutor

from clinic.domain.cache import BoundedCache


def test_cache_returns_what_was_stored():
    cache = BoundedCache(2)

    cache.set("a", 1)

    assert (cache.get("a"), cache.get("b"), len(cache)) == (1, None, 1)


def test_cache_drops_the_value_that_was_stored_longest_ago():
    cache = BoundedCache(2)
    for key in ("a", "b", "a", "c"):  # “a” is stored again: “b” is the oldest now
        cache.set(key, key)

    assert (cache.get("a"), cache.get("b"), cache.get("c"), len(cache)) == ("a", None, "c", 2)


def test_cleared_cache_is_empty():
    cache = BoundedCache(2)
    cache.set("a", 1)

    cache.clear()

    assert (cache.get("a"), len(cache)) == (None, 0)


def test_cache_stays_within_its_size_when_many_threads_store():
    cache = BoundedCache(10)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: cache.set(number % 50, number), range(5000)))

    assert len(cache) == 10
