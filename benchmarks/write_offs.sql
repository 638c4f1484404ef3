-- What `manage.py write_off_invoices` asks of the database for one invoice of 100.00: the same statements, by pgbench.
-- The invoices have the ids from n + 1 on.
\set n :n + 1
BEGIN;
SELECT id FROM billing_invoice WHERE id = lpad(to_hex(:n::bigint), 32, '0')::uuid
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED;
SELECT invoice.* FROM billing_invoice invoice
    WHERE status IN ('ISSUED', 'PARTIALY_PAID') AND due_date < now() AND issue_date < now()
    AND NOT EXISTS (
        SELECT 1 FROM billing_invoiceevent event WHERE event.invoice_id = invoice.id AND event.kind = 'reinstated'
    )
    AND id = lpad(to_hex(:n::bigint), 32, '0')::uuid
    ORDER BY greatest(due_date, issue_date), id;
INSERT INTO billing_writeoff
    (id, created_at, created_by_id, client, request_id, invoice_id, amount, reason, batch_id, reverses_id)
    VALUES (gen_random_uuid(), now(), :by, 'pgbench', '', lpad(to_hex(:n::bigint), 32, '0')::uuid, 10000, 'No reply',
        '00000000-0000-4000-8000-000000000000', NULL);
INSERT INTO billing_invoiceevent
    (id, created_at, created_by_id, client, request_id, invoice_id, kind, version, status, reason, changes)
    VALUES (gen_random_uuid(), now(), :by, 'pgbench', '', lpad(to_hex(:n::bigint), 32, '0')::uuid, 'written_off', 3,
        'WRITTEN_OFF', 'No reply',
        '{"written_off_amount": ["0.00", "100.00"], "status": ["ISSUED", "WRITTEN_OFF"]}');
UPDATE billing_invoice SET updated_at = now(), reg_number = reg_number, status = 'WRITTEN_OFF', version = 3,
    subtotal = subtotal, discount_total = discount_total, taxes = taxes, tax_amount = tax_amount,
    total_amount = total_amount, written_off_amount = 10000, remaining_amount = 0, search_text = search_text,
    wire_document = NULL
    WHERE id = lpad(to_hex(:n::bigint), 32, '0')::uuid;
COMMIT;
