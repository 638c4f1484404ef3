DROP FUNCTION books_booksclosing_insert() CASCADE;

DROP FUNCTION books_booksclosing_update() CASCADE;

DROP FUNCTION books_booksclosing_delete() CASCADE;

DROP FUNCTION books_booksclosing_truncate() CASCADE;

DROP FUNCTION books_creditnote_insert() CASCADE;

DROP FUNCTION books_creditnote_update() CASCADE;

DROP FUNCTION books_creditnote_delete() CASCADE;

DROP FUNCTION books_creditnote_truncate() CASCADE;

DROP FUNCTION books_creditnoteline_insert() CASCADE;

DROP FUNCTION books_creditnoteline_update() CASCADE;

DROP FUNCTION books_creditnoteline_delete() CASCADE;

DROP FUNCTION books_creditnoteline_truncate() CASCADE;

DROP FUNCTION books_invoice_insert() CASCADE;

DROP FUNCTION books_invoice_update() CASCADE;

DROP FUNCTION books_invoice_delete() CASCADE;

DROP FUNCTION books_invoice_truncate() CASCADE;

DROP FUNCTION books_invoiceevent_insert() CASCADE;

DROP FUNCTION books_invoiceevent_update() CASCADE;

DROP FUNCTION books_invoiceevent_delete() CASCADE;

DROP FUNCTION books_invoiceevent_truncate() CASCADE;

DROP FUNCTION books_invoiceitem_insert() CASCADE;

DROP FUNCTION books_invoiceitem_update() CASCADE;

DROP FUNCTION books_invoiceitem_delete() CASCADE;

DROP FUNCTION books_invoiceitem_truncate() CASCADE;

DROP FUNCTION books_numberseries_insert() CASCADE;

DROP FUNCTION books_numberseries_update() CASCADE;

DROP FUNCTION books_numberseries_delete() CASCADE;

DROP FUNCTION books_numberseries_truncate() CASCADE;

DROP FUNCTION books_payment_insert() CASCADE;

DROP FUNCTION books_payment_update() CASCADE;

DROP FUNCTION books_payment_delete() CASCADE;

DROP FUNCTION books_payment_truncate() CASCADE;

DROP FUNCTION books_paymentallocation_insert() CASCADE;

DROP FUNCTION books_paymentallocation_update() CASCADE;

DROP FUNCTION books_paymentallocation_delete() CASCADE;

DROP FUNCTION books_paymentallocation_truncate() CASCADE;

DROP FUNCTION books_refund_insert() CASCADE;

DROP FUNCTION books_refund_update() CASCADE;

DROP FUNCTION books_refund_delete() CASCADE;

DROP FUNCTION books_refund_truncate() CASCADE;

DROP FUNCTION books_writeoff_insert() CASCADE;

DROP FUNCTION books_writeoff_update() CASCADE;

DROP FUNCTION books_writeoff_delete() CASCADE;

DROP FUNCTION books_writeoff_truncate() CASCADE;

DROP FUNCTION books_creditnote_insert_at_commit() CASCADE;

DROP FUNCTION books_creditnoteline_insert_at_commit() CASCADE;

DROP FUNCTION books_invoice_insert_at_commit() CASCADE;

DROP FUNCTION books_invoiceevent_insert_at_commit() CASCADE;

DROP FUNCTION books_invoiceitem_insert_at_commit() CASCADE;

DROP FUNCTION books_invoiceitem_update_at_commit() CASCADE;

DROP FUNCTION books_invoiceitem_delete_at_commit() CASCADE;

DROP FUNCTION books_payment_insert_at_commit() CASCADE;

DROP FUNCTION books_paymentallocation_insert_at_commit() CASCADE;

DROP FUNCTION books_refund_insert_at_commit() CASCADE;

DROP FUNCTION books_writeoff_insert_at_commit() CASCADE;
