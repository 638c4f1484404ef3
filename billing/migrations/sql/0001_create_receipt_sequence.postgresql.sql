CREATE SEQUENCE billing_receipt_number AS bigint;
