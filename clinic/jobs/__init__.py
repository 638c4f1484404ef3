"""Jobs: work that leaves the request and is done by a worker (`manage.py work`).

| module | contains |
|---|---|
| `kinds` | `job_kind`, with which an app registers the function of a kind; `JobFailed` |
| `queue` | `queue_job` (in the transaction of its cause), `cancel_job`, `clear_expired_jobs`, `is_worker_alive` |
| `lease` | taking a job, renewing the lease, ending the job: one short transaction each |
| `running` | `JobRun`, which the function gets: parameters, progress, transactions, the file |
| `files` | the file of a job, read from the database in chunks |
| `worker` | the loop that runs one job after the other |

It knows no domain and imports no app: the kinds are registered by the apps.
"""
