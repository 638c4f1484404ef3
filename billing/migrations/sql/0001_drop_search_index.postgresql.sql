-- The extension stays: others may use it.
DROP INDEX IF EXISTS billing_invoice_words;
