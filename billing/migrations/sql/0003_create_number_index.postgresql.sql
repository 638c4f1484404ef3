CREATE INDEX billing_invoice_by_number ON billing_invoice ((rtrim(reg_number, '0123456789') || CAST(length(reg_number) + 100 AS varchar) || reg_number), id);
