DROP SEQUENCE billing_receipt_number;
