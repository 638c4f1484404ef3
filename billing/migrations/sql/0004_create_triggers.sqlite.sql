CREATE TRIGGER books_booksclosing_insert BEFORE INSERT ON billing_booksclosing FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM billing_booksclosing WHERE rowid = NEW.rowid OR id = NEW.id OR closed_through = NEW.closed_through)
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_booksclosing)')
    WHEN NEW.closed_through <= (SELECT MAX(closed_through) FROM billing_booksclosing) OR NEW.closed_through >= date(NEW.created_at, '+14 hours')
    THEN RAISE(ABORT, 'the closing date moves forward only, to a day that is over (billing_booksclosing)')
  END;
END;

CREATE TRIGGER books_booksclosing_update BEFORE UPDATE ON billing_booksclosing FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN NEW.rowid <> OLD.rowid
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_booksclosing)')
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_booksclosing)')
  END;
END;

CREATE TRIGGER books_booksclosing_delete BEFORE DELETE ON billing_booksclosing FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_booksclosing)')
  END;
END;

CREATE TRIGGER books_creditnote_insert BEFORE INSERT ON billing_creditnote FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM billing_creditnote WHERE rowid = NEW.rowid OR id = NEW.id OR number = NEW.number)
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_creditnote)')
    WHEN COALESCE((SELECT status FROM billing_invoice WHERE id = NEW.invoice_id), 'DRAFT') IN ('DRAFT', 'VOID')
    THEN RAISE(ABORT, 'only an issued invoice is credited (billing_creditnote)')
    WHEN NEW.total_amount + COALESCE((SELECT SUM(total_amount) FROM billing_creditnote WHERE invoice_id = NEW.invoice_id), 0) > COALESCE((SELECT SUM(total_amount) FROM billing_invoice WHERE id = NEW.invoice_id), 0)
    THEN RAISE(ABORT, 'an invoice is not credited beyond its total (billing_creditnote)')
    WHEN NOT EXISTS (SELECT 1 FROM billing_numberseries series WHERE series.document = 'CN' AND series.year BETWEEN CAST(strftime('%Y', NEW.created_at, '-12 hours') AS INTEGER) AND CAST(strftime('%Y', NEW.created_at, '+14 hours') AS INTEGER) AND NEW.number = 'CN-' || series.year || '-' || CASE WHEN series.last_number < 1000000 THEN substr(CAST(series.last_number + 1000000 AS text), 2) ELSE CAST(series.last_number AS text) END)
    THEN RAISE(ABORT, 'a credit note takes the next number of its series (billing_creditnote)')
    WHEN date(NEW.created_at, '+14 hours') <= (SELECT MAX(closed_through) FROM billing_booksclosing)
    THEN RAISE(ABORT, 'no credit note is dated in a closed period (billing_creditnote)')
  END;
END;

CREATE TRIGGER books_creditnote_update BEFORE UPDATE ON billing_creditnote FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN NEW.rowid <> OLD.rowid
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_creditnote)')
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_creditnote)')
  END;
END;

CREATE TRIGGER books_creditnote_delete BEFORE DELETE ON billing_creditnote FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_creditnote)')
  END;
END;

CREATE TRIGGER books_creditnoteline_insert BEFORE INSERT ON billing_creditnoteline FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM billing_creditnoteline WHERE rowid = NEW.rowid OR id = NEW.id)
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_creditnoteline)')
    WHEN NOT EXISTS (SELECT 1 FROM billing_creditnote note JOIN billing_invoiceitem item ON item.invoice_id = note.invoice_id WHERE note.id = NEW.credit_note_id AND item.id = NEW.item_id)
    THEN RAISE(ABORT, 'a credit note credits items of its own invoice (billing_creditnoteline)')
    WHEN NEW.total_amount + COALESCE((SELECT SUM(total_amount) FROM billing_creditnoteline WHERE credit_note_id = NEW.credit_note_id), 0) > COALESCE((SELECT SUM(total_amount) FROM billing_creditnote WHERE id = NEW.credit_note_id), 0)
    THEN RAISE(ABORT, 'the lines of a credit note add up to its amounts (billing_creditnoteline)')
  END;
END;

CREATE TRIGGER books_creditnoteline_update BEFORE UPDATE ON billing_creditnoteline FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN NEW.rowid <> OLD.rowid
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_creditnoteline)')
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_creditnoteline)')
  END;
END;

CREATE TRIGGER books_creditnoteline_delete BEFORE DELETE ON billing_creditnoteline FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_creditnoteline)')
  END;
END;

CREATE TRIGGER books_invoice_insert BEFORE INSERT ON billing_invoice FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM billing_invoice WHERE rowid = NEW.rowid OR id = NEW.id OR reg_number = NEW.reg_number OR corrects_id = NEW.corrects_id)
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_invoice)')
    WHEN NEW.status <> 'DRAFT' OR substr(NEW.reg_number, 1, 6) <> 'DRAFT-' OR NEW.version <> 1 OR NEW.paid_amount <> 0 OR NEW.credited_amount <> 0 OR NEW.written_off_amount <> 0
    THEN RAISE(ABORT, 'a new invoice is a draft without payments, credit notes and write-offs (billing_invoice)')
  END;
END;

CREATE TRIGGER books_invoice_update BEFORE UPDATE ON billing_invoice FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN NEW.rowid <> OLD.rowid
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_invoice)')
    WHEN EXISTS (SELECT 1 FROM billing_invoice WHERE id <> OLD.id AND (rowid = NEW.rowid OR id = NEW.id OR reg_number = NEW.reg_number OR corrects_id = NEW.corrects_id))
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_invoice)')
    WHEN (NEW.id IS NOT OLD.id OR NEW.created_at IS NOT OLD.created_at OR NEW.currency IS NOT OLD.currency)
    THEN RAISE(ABORT, 'id, currency and creation of an invoice never change (billing_invoice)')
    WHEN NEW.version < OLD.version
    THEN RAISE(ABORT, 'the version of an invoice never decreases (billing_invoice)')
    WHEN OLD.status <> 'DRAFT' AND (NEW.bill_to_address IS NOT OLD.bill_to_address OR NEW.bill_to_name IS NOT OLD.bill_to_name OR NEW.discount_amount IS NOT OLD.discount_amount OR NEW.discount_percent IS NOT OLD.discount_percent OR NEW.discount_total IS NOT OLD.discount_total OR NEW.issue_date IS NOT OLD.issue_date OR NEW.patient_id IS NOT OLD.patient_id OR NEW.reg_number IS NOT OLD.reg_number OR NEW.subtotal IS NOT OLD.subtotal OR NEW.tax_amount IS NOT OLD.tax_amount OR NEW.taxes IS NOT OLD.taxes OR NEW.total_amount IS NOT OLD.total_amount OR NEW.particulars IS NOT OLD.particulars OR NEW.corrects_id IS NOT OLD.corrects_id)
    THEN RAISE(ABORT, 'the content of an issued invoice never changes (billing_invoice)')
    WHEN OLD.status IN ('PAID', 'VOID', 'WRITTEN_OFF') AND (NEW.appointment_id IS NOT OLD.appointment_id OR NEW.due_date IS NOT OLD.due_date)
    THEN RAISE(ABORT, 'due date and appointment are frozen once an invoice is settled or void (billing_invoice)')
    WHEN NOT (NEW.status = OLD.status OR OLD.status = 'DRAFT' AND NEW.status IN ('ISSUED', 'PAID', 'PARTIALY_PAID', 'VOID') OR OLD.status = 'ISSUED' AND NEW.status IN ('PAID', 'PARTIALY_PAID', 'VOID', 'WRITTEN_OFF') OR OLD.status = 'PARTIALY_PAID' AND NEW.status IN ('ISSUED', 'PAID', 'VOID', 'WRITTEN_OFF') OR OLD.status = 'PAID' AND NEW.status IN ('ISSUED', 'PARTIALY_PAID', 'VOID') OR OLD.status = 'WRITTEN_OFF' AND NEW.status IN ('ISSUED', 'PAID', 'PARTIALY_PAID', 'VOID'))
    THEN RAISE(ABORT, 'the invoice cannot change to that status (billing_invoice)')
    WHEN OLD.status = 'DRAFT' AND NEW.status IN ('DRAFT', 'VOID') AND (NEW.reg_number IS NOT OLD.reg_number)
    THEN RAISE(ABORT, 'an invoice gets its number when it is issued (billing_invoice)')
    WHEN OLD.status = 'DRAFT' AND NEW.status NOT IN ('DRAFT', 'VOID') AND (NOT EXISTS (SELECT 1 FROM billing_numberseries series WHERE series.document = 'INV' AND series.year BETWEEN CAST(strftime('%Y', NEW.issue_date, '-12 hours') AS INTEGER) AND CAST(strftime('%Y', NEW.issue_date, '+14 hours') AS INTEGER) AND NEW.reg_number = 'INV-' || series.year || '-' || CASE WHEN series.last_number < 1000000 THEN substr(CAST(series.last_number + 1000000 AS text), 2) ELSE CAST(series.last_number AS text) END))
    THEN RAISE(ABORT, 'an issued invoice takes the next number of its series (billing_invoice)')
    WHEN OLD.status = 'DRAFT' AND NEW.status NOT IN ('DRAFT', 'VOID') AND (NOT EXISTS (SELECT 1 FROM billing_invoiceitem WHERE invoice_id = NEW.id))
    THEN RAISE(ABORT, 'an invoice without items is not issued (billing_invoice)')
    WHEN OLD.status = 'DRAFT' AND (NEW.subtotal <> COALESCE((SELECT SUM(line_total) FROM billing_invoiceitem WHERE invoice_id = NEW.id), 0))
    THEN RAISE(ABORT, 'the subtotal is the sum of the items (billing_invoice)')
    WHEN NEW.status <> OLD.status AND (NEW.status = 'VOID' OR OLD.status = 'DRAFT') AND substr(NEW.reg_number, 1, 6) <> 'DRAFT-' AND (date(NEW.issue_date, '+14 hours') <= (SELECT MAX(closed_through) FROM billing_booksclosing))
    THEN RAISE(ABORT, 'no invoice of a closed period is issued or voided (billing_invoice)')
    WHEN NEW.paid_amount <> COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE invoice_id = NEW.id), 0)
    THEN RAISE(ABORT, 'paid_amount is the sum of billing_paymentallocation (billing_invoice)')
    WHEN NEW.credited_amount <> COALESCE((SELECT SUM(total_amount) FROM billing_creditnote WHERE invoice_id = NEW.id), 0)
    THEN RAISE(ABORT, 'credited_amount is the sum of billing_creditnote (billing_invoice)')
    WHEN NEW.written_off_amount <> COALESCE((SELECT SUM(amount) FROM billing_writeoff WHERE invoice_id = NEW.id), 0)
    THEN RAISE(ABORT, 'written_off_amount is the sum of billing_writeoff (billing_invoice)')
    WHEN NEW.status <> OLD.status AND (NOT EXISTS (SELECT 1 FROM billing_invoiceevent event WHERE event.invoice_id = NEW.id AND event.version = NEW.version AND event.status = NEW.status))
    THEN RAISE(ABORT, 'a change of status needs its event (billing_invoice)')
    WHEN NEW.wire_document IS NOT NULL AND NEW.wire_document IS OLD.wire_document AND (NEW.status IS NOT OLD.status OR NEW.patient_id IS NOT OLD.patient_id OR NEW.appointment_id IS NOT OLD.appointment_id OR NEW.issue_date IS NOT OLD.issue_date OR NEW.due_date IS NOT OLD.due_date OR NEW.bill_to_name IS NOT OLD.bill_to_name OR NEW.bill_to_address IS NOT OLD.bill_to_address OR NEW.discount_amount IS NOT OLD.discount_amount OR NEW.discount_percent IS NOT OLD.discount_percent OR NEW.notes IS NOT OLD.notes OR NEW.corrects_id IS NOT OLD.corrects_id OR NEW.currency IS NOT OLD.currency OR NEW.reg_number IS NOT OLD.reg_number OR NEW.subtotal IS NOT OLD.subtotal OR NEW.discount_total IS NOT OLD.discount_total OR NEW.taxes IS NOT OLD.taxes OR NEW.tax_amount IS NOT OLD.tax_amount OR NEW.total_amount IS NOT OLD.total_amount OR NEW.paid_amount IS NOT OLD.paid_amount OR NEW.credited_amount IS NOT OLD.credited_amount OR NEW.written_off_amount IS NOT OLD.written_off_amount OR NEW.remaining_amount IS NOT OLD.remaining_amount OR NEW.created_at IS NOT OLD.created_at OR NEW.updated_at IS NOT OLD.updated_at)
    THEN RAISE(ABORT, 'a change of an invoice replaces its stored representation, or sets it to NULL (billing_invoice)')
  END;
END;

CREATE TRIGGER books_invoice_delete BEFORE DELETE ON billing_invoice FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN TRUE
    THEN RAISE(ABORT, 'an invoice is never deleted (billing_invoice)')
  END;
END;

CREATE TRIGGER books_invoiceevent_insert BEFORE INSERT ON billing_invoiceevent FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM billing_invoiceevent WHERE rowid = NEW.rowid OR id = NEW.id)
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_invoiceevent)')
    WHEN NOT EXISTS (SELECT 1 FROM billing_invoice invoice WHERE invoice.id = NEW.invoice_id AND (NEW.version = invoice.version + 1 OR NEW.version = invoice.version AND NEW.status = invoice.status))
    THEN RAISE(ABORT, 'an event belongs to the change that is being made (billing_invoiceevent)')
  END;
END;

CREATE TRIGGER books_invoiceevent_update BEFORE UPDATE ON billing_invoiceevent FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN NEW.rowid <> OLD.rowid
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_invoiceevent)')
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_invoiceevent)')
  END;
END;

CREATE TRIGGER books_invoiceevent_delete BEFORE DELETE ON billing_invoiceevent FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_invoiceevent)')
  END;
END;

CREATE TRIGGER books_invoiceitem_insert BEFORE INSERT ON billing_invoiceitem FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM billing_invoiceitem WHERE rowid = NEW.rowid OR id = NEW.id)
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_invoiceitem)')
    WHEN (SELECT status FROM billing_invoice WHERE id = NEW.invoice_id) IS NOT 'DRAFT'
    THEN RAISE(ABORT, 'items are added to drafts only (billing_invoiceitem)')
  END;
END;

CREATE TRIGGER books_invoiceitem_update BEFORE UPDATE ON billing_invoiceitem FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN NEW.rowid <> OLD.rowid
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_invoiceitem)')
    WHEN (NEW.id IS NOT OLD.id)
    THEN RAISE(ABORT, 'the id of an item never changes (billing_invoiceitem)')
    WHEN (SELECT status FROM billing_invoice WHERE id = OLD.invoice_id) IS NOT 'DRAFT' OR (SELECT status FROM billing_invoice WHERE id = NEW.invoice_id) IS NOT 'DRAFT'
    THEN RAISE(ABORT, 'the items of an issued invoice never change (billing_invoiceitem)')
  END;
END;

CREATE TRIGGER books_invoiceitem_delete BEFORE DELETE ON billing_invoiceitem FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN (SELECT status FROM billing_invoice WHERE id = OLD.invoice_id) IS NOT 'DRAFT'
    THEN RAISE(ABORT, 'the items of an issued invoice never change (billing_invoiceitem)')
  END;
END;

CREATE TRIGGER books_numberseries_insert BEFORE INSERT ON billing_numberseries FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM billing_numberseries WHERE rowid = NEW.rowid OR id = NEW.id OR document = NEW.document AND year = NEW.year)
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_numberseries)')
    WHEN NEW.last_number <> 0
    THEN RAISE(ABORT, 'a number series begins at 0 (billing_numberseries)')
  END;
END;

CREATE TRIGGER books_numberseries_update BEFORE UPDATE ON billing_numberseries FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN NEW.rowid <> OLD.rowid
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_numberseries)')
    WHEN (NEW.id IS NOT OLD.id OR NEW.document IS NOT OLD.document OR NEW.year IS NOT OLD.year) OR NEW.last_number <> OLD.last_number + 1
    THEN RAISE(ABORT, 'a number series increases by one (billing_numberseries)')
  END;
END;

CREATE TRIGGER books_numberseries_delete BEFORE DELETE ON billing_numberseries FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN TRUE
    THEN RAISE(ABORT, 'a number series is never deleted (billing_numberseries)')
  END;
END;

CREATE TRIGGER books_payment_insert BEFORE INSERT ON billing_payment FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM billing_payment WHERE rowid = NEW.rowid OR id = NEW.id OR receipt_number = NEW.receipt_number OR reverses_id = NEW.reverses_id)
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_payment)')
    WHEN NEW.reverses_id IS NOT NULL AND (NOT EXISTS (SELECT 1 FROM billing_payment original WHERE original.id = NEW.reverses_id AND original.reverses_id IS NULL AND original.amount = -NEW.amount AND original.patient_id = NEW.patient_id AND original.currency = NEW.currency))
    THEN RAISE(ABORT, 'a reversal reverses one payment in full (billing_payment)')
    WHEN NEW.reverses_id IS NOT NULL AND (EXISTS (SELECT 1 FROM billing_paymentallocation WHERE payment_id = NEW.reverses_id AND refund_id IS NOT NULL AND invoice_id IS NULL))
    THEN RAISE(ABORT, 'a payment of which credit was refunded is not reversed (billing_payment)')
    WHEN date(NEW.received_at, '+14 hours') <= (SELECT MAX(closed_through) FROM billing_booksclosing)
    THEN RAISE(ABORT, 'no payment is dated in a closed period (billing_payment)')
    WHEN NEW.particulars = '{}'
    THEN RAISE(ABORT, 'a payment names who paid it (billing_payment)')
  END;
END;

CREATE TRIGGER books_payment_update BEFORE UPDATE ON billing_payment FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN NEW.rowid <> OLD.rowid
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_payment)')
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_payment)')
  END;
END;

CREATE TRIGGER books_payment_delete BEFORE DELETE ON billing_payment FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_payment)')
  END;
END;

CREATE TRIGGER books_paymentallocation_insert BEFORE INSERT ON billing_paymentallocation FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM billing_paymentallocation WHERE rowid = NEW.rowid OR id = NEW.id)
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_paymentallocation)')
    WHEN (SELECT status FROM billing_invoice WHERE id = NEW.invoice_id) = 'VOID'
    THEN RAISE(ABORT, 'a void invoice receives no payment (billing_paymentallocation)')
    WHEN NEW.amount > 0 AND (NEW.amount + COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE payment_id = NEW.payment_id), 0) > COALESCE((SELECT SUM(amount) FROM billing_payment WHERE id = NEW.payment_id AND reverses_id IS NULL), 0) + COALESCE((SELECT SUM(amount) FROM billing_payment WHERE reverses_id = NEW.payment_id), 0))
    THEN RAISE(ABORT, 'a payment is not allocated beyond its amount (billing_paymentallocation)')
    WHEN NEW.amount < 0 AND (NEW.amount + COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE payment_id = NEW.payment_id AND invoice_id = NEW.invoice_id), 0) < 0)
    THEN RAISE(ABORT, 'an invoice does not release more of a payment than was allocated to it (billing_paymentallocation)')
    WHEN NEW.refund_id IS NOT NULL AND NEW.invoice_id IS NULL AND (NEW.amount + COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE refund_id = NEW.refund_id AND invoice_id IS NULL), 0) > COALESCE((SELECT SUM(amount) FROM billing_refund WHERE id = NEW.refund_id), 0))
    THEN RAISE(ABORT, 'a refund does not take more from payments than its amount (billing_paymentallocation)')
  END;
END;

CREATE TRIGGER books_paymentallocation_update BEFORE UPDATE ON billing_paymentallocation FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN NEW.rowid <> OLD.rowid
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_paymentallocation)')
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_paymentallocation)')
  END;
END;

CREATE TRIGGER books_paymentallocation_delete BEFORE DELETE ON billing_paymentallocation FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_paymentallocation)')
  END;
END;

CREATE TRIGGER books_refund_insert BEFORE INSERT ON billing_refund FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM billing_refund WHERE rowid = NEW.rowid OR id = NEW.id)
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_refund)')
    WHEN NEW.particulars = '{}'
    THEN RAISE(ABORT, 'a refund names who received it (billing_refund)')
    WHEN date(NEW.created_at, '+14 hours') <= (SELECT MAX(closed_through) FROM billing_booksclosing)
    THEN RAISE(ABORT, 'no refund is dated in a closed period (billing_refund)')
  END;
END;

CREATE TRIGGER books_refund_update BEFORE UPDATE ON billing_refund FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN NEW.rowid <> OLD.rowid
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_refund)')
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_refund)')
  END;
END;

CREATE TRIGGER books_refund_delete BEFORE DELETE ON billing_refund FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_refund)')
  END;
END;

CREATE TRIGGER books_writeoff_insert BEFORE INSERT ON billing_writeoff FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM billing_writeoff WHERE rowid = NEW.rowid OR id = NEW.id)
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_writeoff)')
    WHEN COALESCE((SELECT status FROM billing_invoice WHERE id = NEW.invoice_id), 'DRAFT') IN ('DRAFT', 'VOID')
    THEN RAISE(ABORT, 'only an issued invoice is written off (billing_writeoff)')
    WHEN NEW.reverses_id IS NOT NULL AND (NOT EXISTS (SELECT 1 FROM billing_writeoff original WHERE original.id = NEW.reverses_id AND original.reverses_id IS NULL AND original.invoice_id = NEW.invoice_id AND original.amount + NEW.amount + COALESCE((SELECT SUM(amount) FROM billing_writeoff WHERE reverses_id = NEW.reverses_id), 0) >= 0))
    THEN RAISE(ABORT, 'no more of a write-off is reversed than was written off (billing_writeoff)')
    WHEN date(NEW.created_at, '+14 hours') <= (SELECT MAX(closed_through) FROM billing_booksclosing)
    THEN RAISE(ABORT, 'no write-off is dated in a closed period (billing_writeoff)')
  END;
END;

CREATE TRIGGER books_writeoff_update BEFORE UPDATE ON billing_writeoff FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN NEW.rowid <> OLD.rowid
    THEN RAISE(ABORT, 'a row is never replaced by another (billing_writeoff)')
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_writeoff)')
  END;
END;

CREATE TRIGGER books_writeoff_delete BEFORE DELETE ON billing_writeoff FOR EACH ROW
BEGIN
  SELECT CASE
    WHEN TRUE
    THEN RAISE(ABORT, 'ledger rows are append-only (billing_writeoff)')
  END;
END;
