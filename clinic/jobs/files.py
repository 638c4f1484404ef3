"""The file of a job, read from the database chunk by chunk."""

from collections.abc import Iterator

from clinic.models import Job, JobChunk


def chunks_of(job: Job) -> Iterator[bytes]:
    """Yield the content of a job's file; one chunk is in memory at a time."""
    number = 0
    while chunk := JobChunk.objects.filter(job=job, number=number).values_list("content").first():
        yield bytes(chunk[0])
        number += 1
