DROP INDEX billing_payment_by_number;

DROP INDEX billing_creditnote_by_number;
