-- Each function keeps this search path: a temporary table of the same name must not be found before the real one.
SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE OR REPLACE FUNCTION books_booksclosing_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF NEW.closed_through <= (SELECT MAX(closed_through) FROM billing_booksclosing) OR NEW.closed_through >= CAST(NEW.created_at AT TIME ZONE 'UTC' + interval '14 hours' AS date) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the closing date moves forward only, to a day that is over (billing_booksclosing)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_booksclosing_insert BEFORE INSERT ON billing_booksclosing FOR EACH ROW EXECUTE FUNCTION books_booksclosing_insert();

CREATE OR REPLACE FUNCTION books_booksclosing_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_booksclosing)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_booksclosing_update BEFORE UPDATE ON billing_booksclosing FOR EACH ROW EXECUTE FUNCTION books_booksclosing_update();

CREATE OR REPLACE FUNCTION books_booksclosing_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_booksclosing)';
  END IF;
  RETURN OLD;
END
$function$;

CREATE TRIGGER books_booksclosing_delete BEFORE DELETE ON billing_booksclosing FOR EACH ROW EXECUTE FUNCTION books_booksclosing_delete();

CREATE OR REPLACE FUNCTION books_booksclosing_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_booksclosing)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE TRIGGER books_booksclosing_truncate BEFORE TRUNCATE ON billing_booksclosing FOR EACH STATEMENT EXECUTE FUNCTION books_booksclosing_truncate();

CREATE OR REPLACE FUNCTION books_creditnote_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF COALESCE((SELECT status FROM billing_invoice WHERE id = NEW.invoice_id), 'DRAFT') IN ('DRAFT', 'VOID') THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'only an issued invoice is credited (billing_creditnote)';
  END IF;
  IF NEW.total_amount + COALESCE((SELECT SUM(total_amount) FROM billing_creditnote WHERE invoice_id = NEW.invoice_id), 0) > COALESCE((SELECT SUM(total_amount) FROM billing_invoice WHERE id = NEW.invoice_id), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'an invoice is not credited beyond its total (billing_creditnote)';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM billing_numberseries series WHERE series.document = 'CN' AND series.year BETWEEN extract(year FROM NEW.created_at AT TIME ZONE 'UTC' - interval '12 hours') AND extract(year FROM NEW.created_at AT TIME ZONE 'UTC' + interval '14 hours') AND NEW.number = 'CN-' || series.year || '-' || CASE WHEN series.last_number < 1000000 THEN substr(CAST(series.last_number + 1000000 AS text), 2) ELSE CAST(series.last_number AS text) END) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a credit note takes the next number of its series (billing_creditnote)';
  END IF;
  IF CAST(NEW.created_at AT TIME ZONE 'UTC' + interval '14 hours' AS date) <= (SELECT MAX(closed_through) FROM billing_booksclosing) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'no credit note is dated in a closed period (billing_creditnote)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_creditnote_insert BEFORE INSERT ON billing_creditnote FOR EACH ROW EXECUTE FUNCTION books_creditnote_insert();

CREATE OR REPLACE FUNCTION books_creditnote_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_creditnote)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_creditnote_update BEFORE UPDATE ON billing_creditnote FOR EACH ROW EXECUTE FUNCTION books_creditnote_update();

CREATE OR REPLACE FUNCTION books_creditnote_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_creditnote)';
  END IF;
  RETURN OLD;
END
$function$;

CREATE TRIGGER books_creditnote_delete BEFORE DELETE ON billing_creditnote FOR EACH ROW EXECUTE FUNCTION books_creditnote_delete();

CREATE OR REPLACE FUNCTION books_creditnote_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_creditnote)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE TRIGGER books_creditnote_truncate BEFORE TRUNCATE ON billing_creditnote FOR EACH STATEMENT EXECUTE FUNCTION books_creditnote_truncate();

CREATE OR REPLACE FUNCTION books_creditnoteline_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM billing_creditnote note JOIN billing_invoiceitem item ON item.invoice_id = note.invoice_id WHERE note.id = NEW.credit_note_id AND item.id = NEW.item_id) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a credit note credits items of its own invoice (billing_creditnoteline)';
  END IF;
  IF NEW.total_amount + COALESCE((SELECT SUM(total_amount) FROM billing_creditnoteline WHERE credit_note_id = NEW.credit_note_id), 0) > COALESCE((SELECT SUM(total_amount) FROM billing_creditnote WHERE id = NEW.credit_note_id), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the lines of a credit note add up to its amounts (billing_creditnoteline)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_creditnoteline_insert BEFORE INSERT ON billing_creditnoteline FOR EACH ROW EXECUTE FUNCTION books_creditnoteline_insert();

CREATE OR REPLACE FUNCTION books_creditnoteline_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_creditnoteline)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_creditnoteline_update BEFORE UPDATE ON billing_creditnoteline FOR EACH ROW EXECUTE FUNCTION books_creditnoteline_update();

CREATE OR REPLACE FUNCTION books_creditnoteline_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_creditnoteline)';
  END IF;
  RETURN OLD;
END
$function$;

CREATE TRIGGER books_creditnoteline_delete BEFORE DELETE ON billing_creditnoteline FOR EACH ROW EXECUTE FUNCTION books_creditnoteline_delete();

CREATE OR REPLACE FUNCTION books_creditnoteline_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_creditnoteline)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE TRIGGER books_creditnoteline_truncate BEFORE TRUNCATE ON billing_creditnoteline FOR EACH STATEMENT EXECUTE FUNCTION books_creditnoteline_truncate();

CREATE OR REPLACE FUNCTION books_invoice_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF NEW.status <> 'DRAFT' OR substr(NEW.reg_number, 1, 6) <> 'DRAFT-' OR NEW.version <> 1 OR NEW.paid_amount <> 0 OR NEW.credited_amount <> 0 OR NEW.written_off_amount <> 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a new invoice is a draft without payments, credit notes and write-offs (billing_invoice)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_invoice_insert BEFORE INSERT ON billing_invoice FOR EACH ROW EXECUTE FUNCTION books_invoice_insert();

CREATE OR REPLACE FUNCTION books_invoice_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF (NEW.id IS DISTINCT FROM OLD.id OR NEW.created_at IS DISTINCT FROM OLD.created_at OR NEW.currency IS DISTINCT FROM OLD.currency) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'id, currency and creation of an invoice never change (billing_invoice)';
  END IF;
  IF NEW.version < OLD.version THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the version of an invoice never decreases (billing_invoice)';
  END IF;
  IF OLD.status <> 'DRAFT' AND (NEW.bill_to_address IS DISTINCT FROM OLD.bill_to_address OR NEW.bill_to_name IS DISTINCT FROM OLD.bill_to_name OR NEW.discount_amount IS DISTINCT FROM OLD.discount_amount OR NEW.discount_percent IS DISTINCT FROM OLD.discount_percent OR NEW.discount_total IS DISTINCT FROM OLD.discount_total OR NEW.issue_date IS DISTINCT FROM OLD.issue_date OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.reg_number IS DISTINCT FROM OLD.reg_number OR NEW.subtotal IS DISTINCT FROM OLD.subtotal OR NEW.tax_amount IS DISTINCT FROM OLD.tax_amount OR NEW.taxes IS DISTINCT FROM OLD.taxes OR NEW.total_amount IS DISTINCT FROM OLD.total_amount OR NEW.particulars IS DISTINCT FROM OLD.particulars OR NEW.corrects_id IS DISTINCT FROM OLD.corrects_id) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the content of an issued invoice never changes (billing_invoice)';
  END IF;
  IF OLD.status IN ('PAID', 'VOID', 'WRITTEN_OFF') AND (NEW.appointment_id IS DISTINCT FROM OLD.appointment_id OR NEW.due_date IS DISTINCT FROM OLD.due_date) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'due date and appointment are frozen once an invoice is settled or void (billing_invoice)';
  END IF;
  IF NOT (NEW.status = OLD.status OR OLD.status = 'DRAFT' AND NEW.status IN ('ISSUED', 'PAID', 'PARTIALY_PAID', 'VOID') OR OLD.status = 'ISSUED' AND NEW.status IN ('PAID', 'PARTIALY_PAID', 'VOID', 'WRITTEN_OFF') OR OLD.status = 'PARTIALY_PAID' AND NEW.status IN ('ISSUED', 'PAID', 'VOID', 'WRITTEN_OFF') OR OLD.status = 'PAID' AND NEW.status IN ('ISSUED', 'PARTIALY_PAID', 'VOID') OR OLD.status = 'WRITTEN_OFF' AND NEW.status IN ('ISSUED', 'PAID', 'PARTIALY_PAID', 'VOID')) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the invoice cannot change to that status (billing_invoice)';
  END IF;
  IF OLD.status = 'DRAFT' AND NEW.status IN ('DRAFT', 'VOID') AND (NEW.reg_number IS DISTINCT FROM OLD.reg_number) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'an invoice gets its number when it is issued (billing_invoice)';
  END IF;
  IF OLD.status = 'DRAFT' AND NEW.status NOT IN ('DRAFT', 'VOID') THEN IF NOT EXISTS (SELECT 1 FROM billing_numberseries series WHERE series.document = 'INV' AND series.year BETWEEN extract(year FROM NEW.issue_date AT TIME ZONE 'UTC' - interval '12 hours') AND extract(year FROM NEW.issue_date AT TIME ZONE 'UTC' + interval '14 hours') AND NEW.reg_number = 'INV-' || series.year || '-' || CASE WHEN series.last_number < 1000000 THEN substr(CAST(series.last_number + 1000000 AS text), 2) ELSE CAST(series.last_number AS text) END) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'an issued invoice takes the next number of its series (billing_invoice)';
  END IF; END IF;
  IF OLD.status = 'DRAFT' AND NEW.status NOT IN ('DRAFT', 'VOID') THEN IF NOT EXISTS (SELECT 1 FROM billing_invoiceitem WHERE invoice_id = NEW.id) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'an invoice without items is not issued (billing_invoice)';
  END IF; END IF;
  IF OLD.status = 'DRAFT' THEN IF NEW.subtotal <> COALESCE((SELECT SUM(line_total) FROM billing_invoiceitem WHERE invoice_id = NEW.id), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the subtotal is the sum of the items (billing_invoice)';
  END IF; END IF;
  IF NEW.status <> OLD.status AND (NEW.status = 'VOID' OR OLD.status = 'DRAFT') AND substr(NEW.reg_number, 1, 6) <> 'DRAFT-' THEN IF CAST(NEW.issue_date AT TIME ZONE 'UTC' + interval '14 hours' AS date) <= (SELECT MAX(closed_through) FROM billing_booksclosing) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'no invoice of a closed period is issued or voided (billing_invoice)';
  END IF; END IF;
  IF NEW.paid_amount <> COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE invoice_id = NEW.id), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'paid_amount is the sum of billing_paymentallocation (billing_invoice)';
  END IF;
  IF NEW.credited_amount <> COALESCE((SELECT SUM(total_amount) FROM billing_creditnote WHERE invoice_id = NEW.id), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'credited_amount is the sum of billing_creditnote (billing_invoice)';
  END IF;
  IF NEW.written_off_amount <> COALESCE((SELECT SUM(amount) FROM billing_writeoff WHERE invoice_id = NEW.id), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'written_off_amount is the sum of billing_writeoff (billing_invoice)';
  END IF;
  IF NEW.status <> OLD.status THEN IF NOT EXISTS (SELECT 1 FROM billing_invoiceevent event WHERE event.invoice_id = NEW.id AND event.version = NEW.version AND event.status = NEW.status) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a change of status needs its event (billing_invoice)';
  END IF; END IF;
  IF NEW.wire_document IS NOT NULL AND NEW.wire_document IS NOT DISTINCT FROM OLD.wire_document AND (NEW.status IS DISTINCT FROM OLD.status OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.appointment_id IS DISTINCT FROM OLD.appointment_id OR NEW.issue_date IS DISTINCT FROM OLD.issue_date OR NEW.due_date IS DISTINCT FROM OLD.due_date OR NEW.bill_to_name IS DISTINCT FROM OLD.bill_to_name OR NEW.bill_to_address IS DISTINCT FROM OLD.bill_to_address OR NEW.discount_amount IS DISTINCT FROM OLD.discount_amount OR NEW.discount_percent IS DISTINCT FROM OLD.discount_percent OR NEW.notes IS DISTINCT FROM OLD.notes OR NEW.corrects_id IS DISTINCT FROM OLD.corrects_id OR NEW.currency IS DISTINCT FROM OLD.currency OR NEW.reg_number IS DISTINCT FROM OLD.reg_number OR NEW.subtotal IS DISTINCT FROM OLD.subtotal OR NEW.discount_total IS DISTINCT FROM OLD.discount_total OR NEW.taxes IS DISTINCT FROM OLD.taxes OR NEW.tax_amount IS DISTINCT FROM OLD.tax_amount OR NEW.total_amount IS DISTINCT FROM OLD.total_amount OR NEW.paid_amount IS DISTINCT FROM OLD.paid_amount OR NEW.credited_amount IS DISTINCT FROM OLD.credited_amount OR NEW.written_off_amount IS DISTINCT FROM OLD.written_off_amount OR NEW.remaining_amount IS DISTINCT FROM OLD.remaining_amount OR NEW.created_at IS DISTINCT FROM OLD.created_at OR NEW.updated_at IS DISTINCT FROM OLD.updated_at) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a change of an invoice replaces its stored representation, or sets it to NULL (billing_invoice)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_invoice_update BEFORE UPDATE ON billing_invoice FOR EACH ROW EXECUTE FUNCTION books_invoice_update();

CREATE OR REPLACE FUNCTION books_invoice_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'an invoice is never deleted (billing_invoice)';
  END IF;
  RETURN OLD;
END
$function$;

CREATE TRIGGER books_invoice_delete BEFORE DELETE ON billing_invoice FOR EACH ROW EXECUTE FUNCTION books_invoice_delete();

CREATE OR REPLACE FUNCTION books_invoice_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'an invoice is never deleted (billing_invoice)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE TRIGGER books_invoice_truncate BEFORE TRUNCATE ON billing_invoice FOR EACH STATEMENT EXECUTE FUNCTION books_invoice_truncate();

CREATE OR REPLACE FUNCTION books_invoiceevent_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM billing_invoice invoice WHERE invoice.id = NEW.invoice_id AND (NEW.version = invoice.version + 1 OR NEW.version = invoice.version AND NEW.status = invoice.status)) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'an event belongs to the change that is being made (billing_invoiceevent)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_invoiceevent_insert BEFORE INSERT ON billing_invoiceevent FOR EACH ROW EXECUTE FUNCTION books_invoiceevent_insert();

CREATE OR REPLACE FUNCTION books_invoiceevent_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_invoiceevent)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_invoiceevent_update BEFORE UPDATE ON billing_invoiceevent FOR EACH ROW EXECUTE FUNCTION books_invoiceevent_update();

CREATE OR REPLACE FUNCTION books_invoiceevent_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_invoiceevent)';
  END IF;
  RETURN OLD;
END
$function$;

CREATE TRIGGER books_invoiceevent_delete BEFORE DELETE ON billing_invoiceevent FOR EACH ROW EXECUTE FUNCTION books_invoiceevent_delete();

CREATE OR REPLACE FUNCTION books_invoiceevent_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_invoiceevent)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE TRIGGER books_invoiceevent_truncate BEFORE TRUNCATE ON billing_invoiceevent FOR EACH STATEMENT EXECUTE FUNCTION books_invoiceevent_truncate();

CREATE OR REPLACE FUNCTION books_invoiceitem_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF (SELECT status FROM billing_invoice WHERE id = NEW.invoice_id) IS DISTINCT FROM 'DRAFT' THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'items are added to drafts only (billing_invoiceitem)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_invoiceitem_insert BEFORE INSERT ON billing_invoiceitem FOR EACH ROW EXECUTE FUNCTION books_invoiceitem_insert();

CREATE OR REPLACE FUNCTION books_invoiceitem_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF (NEW.id IS DISTINCT FROM OLD.id) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the id of an item never changes (billing_invoiceitem)';
  END IF;
  IF (SELECT status FROM billing_invoice WHERE id = OLD.invoice_id) IS DISTINCT FROM 'DRAFT' OR (SELECT status FROM billing_invoice WHERE id = NEW.invoice_id) IS DISTINCT FROM 'DRAFT' THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the items of an issued invoice never change (billing_invoiceitem)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_invoiceitem_update BEFORE UPDATE ON billing_invoiceitem FOR EACH ROW EXECUTE FUNCTION books_invoiceitem_update();

CREATE OR REPLACE FUNCTION books_invoiceitem_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF (SELECT status FROM billing_invoice WHERE id = OLD.invoice_id) IS DISTINCT FROM 'DRAFT' THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the items of an issued invoice never change (billing_invoiceitem)';
  END IF;
  RETURN OLD;
END
$function$;

CREATE TRIGGER books_invoiceitem_delete BEFORE DELETE ON billing_invoiceitem FOR EACH ROW EXECUTE FUNCTION books_invoiceitem_delete();

CREATE OR REPLACE FUNCTION books_invoiceitem_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the items of an issued invoice never change (billing_invoiceitem)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE TRIGGER books_invoiceitem_truncate BEFORE TRUNCATE ON billing_invoiceitem FOR EACH STATEMENT EXECUTE FUNCTION books_invoiceitem_truncate();

CREATE OR REPLACE FUNCTION books_numberseries_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF NEW.last_number <> 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a number series begins at 0 (billing_numberseries)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_numberseries_insert BEFORE INSERT ON billing_numberseries FOR EACH ROW EXECUTE FUNCTION books_numberseries_insert();

CREATE OR REPLACE FUNCTION books_numberseries_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF (NEW.id IS DISTINCT FROM OLD.id OR NEW.document IS DISTINCT FROM OLD.document OR NEW.year IS DISTINCT FROM OLD.year) OR NEW.last_number <> OLD.last_number + 1 THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a number series increases by one (billing_numberseries)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_numberseries_update BEFORE UPDATE ON billing_numberseries FOR EACH ROW EXECUTE FUNCTION books_numberseries_update();

CREATE OR REPLACE FUNCTION books_numberseries_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a number series is never deleted (billing_numberseries)';
  END IF;
  RETURN OLD;
END
$function$;

CREATE TRIGGER books_numberseries_delete BEFORE DELETE ON billing_numberseries FOR EACH ROW EXECUTE FUNCTION books_numberseries_delete();

CREATE OR REPLACE FUNCTION books_numberseries_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a number series is never deleted (billing_numberseries)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE TRIGGER books_numberseries_truncate BEFORE TRUNCATE ON billing_numberseries FOR EACH STATEMENT EXECUTE FUNCTION books_numberseries_truncate();

CREATE OR REPLACE FUNCTION books_payment_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF NEW.reverses_id IS NOT NULL THEN IF NOT EXISTS (SELECT 1 FROM billing_payment original WHERE original.id = NEW.reverses_id AND original.reverses_id IS NULL AND original.amount = -NEW.amount AND original.patient_id = NEW.patient_id AND original.currency = NEW.currency) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a reversal reverses one payment in full (billing_payment)';
  END IF; END IF;
  IF NEW.reverses_id IS NOT NULL THEN IF EXISTS (SELECT 1 FROM billing_paymentallocation WHERE payment_id = NEW.reverses_id AND refund_id IS NOT NULL AND invoice_id IS NULL) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a payment of which credit was refunded is not reversed (billing_payment)';
  END IF; END IF;
  IF CAST(NEW.received_at AT TIME ZONE 'UTC' + interval '14 hours' AS date) <= (SELECT MAX(closed_through) FROM billing_booksclosing) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'no payment is dated in a closed period (billing_payment)';
  END IF;
  IF NEW.particulars = '{}' THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a payment names who paid it (billing_payment)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_payment_insert BEFORE INSERT ON billing_payment FOR EACH ROW EXECUTE FUNCTION books_payment_insert();

CREATE OR REPLACE FUNCTION books_payment_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_payment)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_payment_update BEFORE UPDATE ON billing_payment FOR EACH ROW EXECUTE FUNCTION books_payment_update();

CREATE OR REPLACE FUNCTION books_payment_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_payment)';
  END IF;
  RETURN OLD;
END
$function$;

CREATE TRIGGER books_payment_delete BEFORE DELETE ON billing_payment FOR EACH ROW EXECUTE FUNCTION books_payment_delete();

CREATE OR REPLACE FUNCTION books_payment_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_payment)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE TRIGGER books_payment_truncate BEFORE TRUNCATE ON billing_payment FOR EACH STATEMENT EXECUTE FUNCTION books_payment_truncate();

CREATE OR REPLACE FUNCTION books_paymentallocation_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF (SELECT status FROM billing_invoice WHERE id = NEW.invoice_id) = 'VOID' THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a void invoice receives no payment (billing_paymentallocation)';
  END IF;
  IF NEW.amount > 0 THEN IF NEW.amount + COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE payment_id = NEW.payment_id), 0) > COALESCE((SELECT SUM(amount) FROM billing_payment WHERE id = NEW.payment_id AND reverses_id IS NULL), 0) + COALESCE((SELECT SUM(amount) FROM billing_payment WHERE reverses_id = NEW.payment_id), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a payment is not allocated beyond its amount (billing_paymentallocation)';
  END IF; END IF;
  IF NEW.amount < 0 THEN IF NEW.amount + COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE payment_id = NEW.payment_id AND invoice_id = NEW.invoice_id), 0) < 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'an invoice does not release more of a payment than was allocated to it (billing_paymentallocation)';
  END IF; END IF;
  IF NEW.refund_id IS NOT NULL AND NEW.invoice_id IS NULL THEN IF NEW.amount + COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE refund_id = NEW.refund_id AND invoice_id IS NULL), 0) > COALESCE((SELECT SUM(amount) FROM billing_refund WHERE id = NEW.refund_id), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a refund does not take more from payments than its amount (billing_paymentallocation)';
  END IF; END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_paymentallocation_insert BEFORE INSERT ON billing_paymentallocation FOR EACH ROW EXECUTE FUNCTION books_paymentallocation_insert();

CREATE OR REPLACE FUNCTION books_paymentallocation_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_paymentallocation)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_paymentallocation_update BEFORE UPDATE ON billing_paymentallocation FOR EACH ROW EXECUTE FUNCTION books_paymentallocation_update();

CREATE OR REPLACE FUNCTION books_paymentallocation_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_paymentallocation)';
  END IF;
  RETURN OLD;
END
$function$;

CREATE TRIGGER books_paymentallocation_delete BEFORE DELETE ON billing_paymentallocation FOR EACH ROW EXECUTE FUNCTION books_paymentallocation_delete();

CREATE OR REPLACE FUNCTION books_paymentallocation_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_paymentallocation)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE TRIGGER books_paymentallocation_truncate BEFORE TRUNCATE ON billing_paymentallocation FOR EACH STATEMENT EXECUTE FUNCTION books_paymentallocation_truncate();

CREATE OR REPLACE FUNCTION books_refund_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF NEW.particulars = '{}' THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a refund names who received it (billing_refund)';
  END IF;
  IF CAST(NEW.created_at AT TIME ZONE 'UTC' + interval '14 hours' AS date) <= (SELECT MAX(closed_through) FROM billing_booksclosing) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'no refund is dated in a closed period (billing_refund)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_refund_insert BEFORE INSERT ON billing_refund FOR EACH ROW EXECUTE FUNCTION books_refund_insert();

CREATE OR REPLACE FUNCTION books_refund_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_refund)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_refund_update BEFORE UPDATE ON billing_refund FOR EACH ROW EXECUTE FUNCTION books_refund_update();

CREATE OR REPLACE FUNCTION books_refund_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_refund)';
  END IF;
  RETURN OLD;
END
$function$;

CREATE TRIGGER books_refund_delete BEFORE DELETE ON billing_refund FOR EACH ROW EXECUTE FUNCTION books_refund_delete();

CREATE OR REPLACE FUNCTION books_refund_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_refund)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE TRIGGER books_refund_truncate BEFORE TRUNCATE ON billing_refund FOR EACH STATEMENT EXECUTE FUNCTION books_refund_truncate();

CREATE OR REPLACE FUNCTION books_writeoff_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF COALESCE((SELECT status FROM billing_invoice WHERE id = NEW.invoice_id), 'DRAFT') IN ('DRAFT', 'VOID') THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'only an issued invoice is written off (billing_writeoff)';
  END IF;
  IF NEW.reverses_id IS NOT NULL THEN IF NOT EXISTS (SELECT 1 FROM billing_writeoff original WHERE original.id = NEW.reverses_id AND original.reverses_id IS NULL AND original.invoice_id = NEW.invoice_id AND original.amount + NEW.amount + COALESCE((SELECT SUM(amount) FROM billing_writeoff WHERE reverses_id = NEW.reverses_id), 0) >= 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'no more of a write-off is reversed than was written off (billing_writeoff)';
  END IF; END IF;
  IF CAST(NEW.created_at AT TIME ZONE 'UTC' + interval '14 hours' AS date) <= (SELECT MAX(closed_through) FROM billing_booksclosing) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'no write-off is dated in a closed period (billing_writeoff)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_writeoff_insert BEFORE INSERT ON billing_writeoff FOR EACH ROW EXECUTE FUNCTION books_writeoff_insert();

CREATE OR REPLACE FUNCTION books_writeoff_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_writeoff)';
  END IF;
  RETURN NEW;
END
$function$;

CREATE TRIGGER books_writeoff_update BEFORE UPDATE ON billing_writeoff FOR EACH ROW EXECUTE FUNCTION books_writeoff_update();

CREATE OR REPLACE FUNCTION books_writeoff_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_writeoff)';
  END IF;
  RETURN OLD;
END
$function$;

CREATE TRIGGER books_writeoff_delete BEFORE DELETE ON billing_writeoff FOR EACH ROW EXECUTE FUNCTION books_writeoff_delete();

CREATE OR REPLACE FUNCTION books_writeoff_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'ledger rows are append-only (billing_writeoff)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE TRIGGER books_writeoff_truncate BEFORE TRUNCATE ON billing_writeoff FOR EACH STATEMENT EXECUTE FUNCTION books_writeoff_truncate();

CREATE OR REPLACE FUNCTION books_creditnote_insert_at_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND credited_amount <> COALESCE((SELECT SUM(total_amount) FROM billing_creditnote WHERE invoice_id = NEW.invoice_id), 0)) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'credited_amount is the sum of billing_creditnote (billing_creditnote)';
  END IF;
  IF EXISTS (SELECT 1 FROM billing_creditnote WHERE id = NEW.id AND (total_amount <> COALESCE((SELECT SUM(total_amount) FROM billing_creditnoteline WHERE credit_note_id = NEW.id), 0) OR tax_amount <> COALESCE((SELECT SUM(tax_amount) FROM billing_creditnoteline WHERE credit_note_id = NEW.id), 0))) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the lines of a credit note add up to its amounts (billing_creditnote)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER books_creditnote_insert_at_commit AFTER INSERT ON billing_creditnote DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_creditnote_insert_at_commit();

CREATE OR REPLACE FUNCTION books_creditnoteline_insert_at_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_creditnote WHERE id = NEW.credit_note_id AND (total_amount <> COALESCE((SELECT SUM(total_amount) FROM billing_creditnoteline WHERE credit_note_id = NEW.credit_note_id), 0) OR tax_amount <> COALESCE((SELECT SUM(tax_amount) FROM billing_creditnoteline WHERE credit_note_id = NEW.credit_note_id), 0))) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the lines of a credit note add up to its amounts (billing_creditnoteline)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER books_creditnoteline_insert_at_commit AFTER INSERT ON billing_creditnoteline DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_creditnoteline_insert_at_commit();

CREATE OR REPLACE FUNCTION books_invoice_insert_at_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_invoice WHERE id = NEW.id AND subtotal <> COALESCE((SELECT SUM(line_total) FROM billing_invoiceitem WHERE invoice_id = NEW.id), 0)) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the subtotal is the sum of the items (billing_invoice)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER books_invoice_insert_at_commit AFTER INSERT ON billing_invoice DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_invoice_insert_at_commit();

CREATE OR REPLACE FUNCTION books_invoiceevent_insert_at_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND version < NEW.version) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'an event belongs to a change that was made (billing_invoiceevent)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER books_invoiceevent_insert_at_commit AFTER INSERT ON billing_invoiceevent DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_invoiceevent_insert_at_commit();

CREATE OR REPLACE FUNCTION books_invoiceitem_insert_at_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND subtotal <> COALESCE((SELECT SUM(line_total) FROM billing_invoiceitem WHERE invoice_id = NEW.invoice_id), 0)) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the subtotal is the sum of the items (billing_invoiceitem)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER books_invoiceitem_insert_at_commit AFTER INSERT ON billing_invoiceitem DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_invoiceitem_insert_at_commit();

CREATE OR REPLACE FUNCTION books_invoiceitem_update_at_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND subtotal <> COALESCE((SELECT SUM(line_total) FROM billing_invoiceitem WHERE invoice_id = NEW.invoice_id), 0)) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the subtotal is the sum of the items (billing_invoiceitem)';
  END IF;
  IF EXISTS (SELECT 1 FROM billing_invoice WHERE id = OLD.invoice_id AND subtotal <> COALESCE((SELECT SUM(line_total) FROM billing_invoiceitem WHERE invoice_id = OLD.invoice_id), 0)) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the subtotal is the sum of the items (billing_invoiceitem)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER books_invoiceitem_update_at_commit AFTER UPDATE ON billing_invoiceitem DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_invoiceitem_update_at_commit();

CREATE OR REPLACE FUNCTION books_invoiceitem_delete_at_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_invoice WHERE id = OLD.invoice_id AND subtotal <> COALESCE((SELECT SUM(line_total) FROM billing_invoiceitem WHERE invoice_id = OLD.invoice_id), 0)) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the subtotal is the sum of the items (billing_invoiceitem)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER books_invoiceitem_delete_at_commit AFTER DELETE ON billing_invoiceitem DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_invoiceitem_delete_at_commit();

CREATE OR REPLACE FUNCTION books_payment_insert_at_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF NEW.reverses_id IS NOT NULL THEN IF COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE payment_id = NEW.reverses_id), 0) > COALESCE((SELECT SUM(amount) FROM billing_payment WHERE id = NEW.reverses_id AND reverses_id IS NULL), 0) + COALESCE((SELECT SUM(amount) FROM billing_payment WHERE reverses_id = NEW.reverses_id), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a payment is not allocated beyond its amount (billing_payment)';
  END IF; END IF;
  RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER books_payment_insert_at_commit AFTER INSERT ON billing_payment DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_payment_insert_at_commit();

CREATE OR REPLACE FUNCTION books_paymentallocation_insert_at_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND paid_amount <> COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE invoice_id = NEW.invoice_id), 0)) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'paid_amount is the sum of billing_paymentallocation (billing_paymentallocation)';
  END IF;
  IF COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE payment_id = NEW.payment_id), 0) > COALESCE((SELECT SUM(amount) FROM billing_payment WHERE id = NEW.payment_id AND reverses_id IS NULL), 0) + COALESCE((SELECT SUM(amount) FROM billing_payment WHERE reverses_id = NEW.payment_id), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'a payment is not allocated beyond its amount (billing_paymentallocation)';
  END IF;
  IF NEW.refund_id IS NOT NULL THEN IF EXISTS (SELECT 1 FROM billing_refund WHERE id = NEW.refund_id AND (amount <> COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE refund_id = NEW.refund_id AND invoice_id IS NULL), 0) OR COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE refund_id = NEW.refund_id AND invoice_id IS NOT NULL), 0) <> CASE WHEN invoice_id IS NULL THEN 0 ELSE -amount END)) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the amount of a refund is what it took from payments (billing_paymentallocation)';
  END IF; END IF;
  RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER books_paymentallocation_insert_at_commit AFTER INSERT ON billing_paymentallocation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_paymentallocation_insert_at_commit();

CREATE OR REPLACE FUNCTION books_refund_insert_at_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_refund WHERE id = NEW.id AND (amount <> COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE refund_id = NEW.id AND invoice_id IS NULL), 0) OR COALESCE((SELECT SUM(amount) FROM billing_paymentallocation WHERE refund_id = NEW.id AND invoice_id IS NOT NULL), 0) <> CASE WHEN invoice_id IS NULL THEN 0 ELSE -amount END)) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'the amount of a refund is what it took from payments (billing_refund)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER books_refund_insert_at_commit AFTER INSERT ON billing_refund DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_refund_insert_at_commit();

CREATE OR REPLACE FUNCTION books_writeoff_insert_at_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path FROM CURRENT
AS $function$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND written_off_amount <> COALESCE((SELECT SUM(amount) FROM billing_writeoff WHERE invoice_id = NEW.invoice_id), 0)) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'written_off_amount is the sum of billing_writeoff (billing_writeoff)';
  END IF;
  RETURN NULL;
END
$function$;

CREATE CONSTRAINT TRIGGER books_writeoff_insert_at_commit AFTER INSERT ON billing_writeoff DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_writeoff_insert_at_commit();

RESET search_path;
