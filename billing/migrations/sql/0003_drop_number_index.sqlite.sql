DROP INDEX billing_invoice_by_number;
