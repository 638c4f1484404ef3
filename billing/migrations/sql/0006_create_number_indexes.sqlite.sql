CREATE INDEX billing_payment_by_number ON billing_payment ((rtrim(receipt_number, '0123456789') || CAST(length(receipt_number) + 100 AS varchar) || receipt_number), id);

CREATE INDEX billing_creditnote_by_number ON billing_creditnote ((rtrim(number, '0123456789') || CAST(length(number) + 100 AS varchar) || number), id);
